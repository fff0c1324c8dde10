"""Layers, models, optimizers and losses (tf.keras)."""

from unigrad.tf.keras import activations, backend, layers, losses, models, optimizers
from unigrad.tf.keras.models import Model, Sequential

__all__ = ["Model", "Sequential", "activations", "backend", "layers", "losses", "models", "optimizers"]
