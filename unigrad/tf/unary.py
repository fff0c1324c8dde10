"""Elementwise functions of one argument. `name` is taken for TensorFlow's sake, and not used."""

from typing import Any

from unigrad.nn import functional as f
from unigrad.ops import elementwise as ew
from unigrad.tf.constants import convert_to_tensor


def abs(x: Any, name: str | None = None) -> Any:
    """Absolute value."""
    return ew.abs(convert_to_tensor(x))


def negative(x: Any, name: str | None = None) -> Any:
    """-x."""
    return ew.negative(convert_to_tensor(x))


def sign(x: Any, name: str | None = None) -> Any:
    """x / |x|, and 0 at 0."""
    return ew.sign(convert_to_tensor(x))


def reciprocal(x: Any, name: str | None = None) -> Any:
    """1 / x."""
    return ew.reciprocal(convert_to_tensor(x))


def square(x: Any, name: str | None = None) -> Any:
    """x * x."""
    return ew.square(convert_to_tensor(x))


def sqrt(x: Any, name: str | None = None) -> Any:
    """Square root."""
    return ew.sqrt(convert_to_tensor(x))


def exp(x: Any, name: str | None = None) -> Any:
    """Exponential."""
    return ew.exp(convert_to_tensor(x))


def expm1(x: Any, name: str | None = None) -> Any:
    """exp(x) - 1, exact near 0."""
    return ew.expm1(convert_to_tensor(x))


def log(x: Any, name: str | None = None) -> Any:
    """Natural logarithm."""
    return ew.log(convert_to_tensor(x))


def log1p(x: Any, name: str | None = None) -> Any:
    """log(1 + x), exact near 0."""
    return ew.log1p(convert_to_tensor(x))


def sin(x: Any, name: str | None = None) -> Any:
    """Sine."""
    return ew.sin(convert_to_tensor(x))


def cos(x: Any, name: str | None = None) -> Any:
    """Cosine."""
    return ew.cos(convert_to_tensor(x))


def tan(x: Any, name: str | None = None) -> Any:
    """Tangent."""
    return ew.tan(convert_to_tensor(x))


def asin(x: Any, name: str | None = None) -> Any:
    """Inverse sine."""
    return ew.asin(convert_to_tensor(x))


def acos(x: Any, name: str | None = None) -> Any:
    """Inverse cosine."""
    return ew.acos(convert_to_tensor(x))


def atan(x: Any, name: str | None = None) -> Any:
    """Inverse tangent."""
    return ew.atan(convert_to_tensor(x))


def sinh(x: Any, name: str | None = None) -> Any:
    """Hyperbolic sine."""
    return ew.sinh(convert_to_tensor(x))


def cosh(x: Any, name: str | None = None) -> Any:
    """Hyperbolic cosine."""
    return ew.cosh(convert_to_tensor(x))


def tanh(x: Any, name: str | None = None) -> Any:
    """Hyperbolic tangent."""
    return ew.tanh(convert_to_tensor(x))


def asinh(x: Any, name: str | None = None) -> Any:
    """Inverse hyperbolic sine."""
    return ew.asinh(convert_to_tensor(x))


def acosh(x: Any, name: str | None = None) -> Any:
    """Inverse hyperbolic cosine."""
    return ew.acosh(convert_to_tensor(x))


def atanh(x: Any, name: str | None = None) -> Any:
    """Inverse hyperbolic tangent."""
    return ew.atanh(convert_to_tensor(x))


def floor(x: Any, name: str | None = None) -> Any:
    """The integer below; its gradient is zero, where TensorFlow gives None."""
    return ew.floor(convert_to_tensor(x))


def ceil(x: Any, name: str | None = None) -> Any:
    """The integer above; its gradient is zero, where TensorFlow gives None."""
    return ew.ceil(convert_to_tensor(x))


def round(x: Any, name: str | None = None) -> Any:
    """The nearest integer, ties to even; its gradient is zero."""
    return ew.round(convert_to_tensor(x))


def sigmoid(x: Any, name: str | None = None) -> Any:
    """1 / (1 + exp(-x)), without overflow."""
    return f.sigmoid(convert_to_tensor(x))


def softplus(x: Any, name: str | None = None) -> Any:
    """log(1 + exp(x)), without overflow."""
    return f.softplus(convert_to_tensor(x))


def rsqrt(x: Any, name: str | None = None) -> Any:
    """1 / sqrt(x)."""
    return ew.reciprocal(ew.sqrt(convert_to_tensor(x)))


def log_sigmoid(x: Any, name: str | None = None) -> Any:
    """log(sigmoid(x)), without overflow."""
    return -f.softplus(-convert_to_tensor(x))


def real(input: Any, name: str | None = None) -> Any:
    """Real part."""
    return ew.real(convert_to_tensor(input))


def imag(input: Any, name: str | None = None) -> Any:
    """Imaginary part."""
    return ew.imag(convert_to_tensor(input))


def conj(x: Any, name: str | None = None) -> Any:
    """Complex conjugate."""
    return ew.conj(convert_to_tensor(x))


def is_nan(x: Any, name: str | None = None) -> Any:
    """Where x is not a number."""
    return ew.isnan(convert_to_tensor(x))


def is_inf(x: Any, name: str | None = None) -> Any:
    """Where x is infinite."""
    return ew.isinf(convert_to_tensor(x))


def is_finite(x: Any, name: str | None = None) -> Any:
    """Where x is neither infinite nor not a number."""
    return ew.isfinite(convert_to_tensor(x))


def logical_not(x: Any, name: str | None = None) -> Any:
    """not x."""
    return ew.logical_not(convert_to_tensor(x))
