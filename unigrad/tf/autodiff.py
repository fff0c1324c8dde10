"""Forward mode (tf.autodiff)."""

from unigrad.forward import ForwardAccumulator
from unigrad.tape import GradientTape

__all__ = ["ForwardAccumulator", "GradientTape"]
