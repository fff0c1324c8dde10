"""Optimizers (tf.keras.optimizers): `optimizer.apply_gradients(zip(gradients, variables))`."""

from unigrad.nn.optimizers import SGD, Adam, Optimizer

__all__ = ["SGD", "Adam", "Optimizer"]
