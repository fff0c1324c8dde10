"""Elementwise functions of two arguments, which broadcast. `name` is taken for TensorFlow's sake, and not used."""

from collections.abc import Sequence
from typing import Any

from unigrad.errors import ShapeError
from unigrad.ops import elementwise as ew
from unigrad.ops.norms import vector_norm
from unigrad.tf.constants import alike, convert_to_tensor
from unigrad.tf.reductions import as_axis, as_float


def add(x: Any, y: Any, name: str | None = None) -> Any:
    """x + y."""
    return ew.add(*alike(x, y))


def subtract(x: Any, y: Any, name: str | None = None) -> Any:
    """x - y."""
    return ew.subtract(*alike(x, y))


def multiply(x: Any, y: Any, name: str | None = None) -> Any:
    """x * y."""
    return ew.multiply(*alike(x, y))


def divide(x: Any, y: Any, name: str | None = None) -> Any:
    """x / y."""
    return ew.divide(*alike(x, y))


def truediv(x: Any, y: Any, name: str | None = None) -> Any:
    """x / y."""
    return ew.divide(*alike(x, y))


def floordiv(x: Any, y: Any, name: str | None = None) -> Any:
    """floor(x / y)."""
    return ew.floor_divide(*alike(x, y))


def floormod(x: Any, y: Any, name: str | None = None) -> Any:
    """x - y * floor(x / y), with the sign of y."""
    return ew.remainder(*alike(x, y))


def pow(x: Any, y: Any, name: str | None = None) -> Any:
    """x ** y."""
    return ew.pow(*alike(x, y))


def maximum(x: Any, y: Any, name: str | None = None) -> Any:
    """The larger of x and y; ties share the gradient evenly."""
    return ew.maximum(*alike(x, y))


def minimum(x: Any, y: Any, name: str | None = None) -> Any:
    """The smaller of x and y; ties share the gradient evenly."""
    return ew.minimum(*alike(x, y))


def atan2(y: Any, x: Any, name: str | None = None) -> Any:
    """Angle of the point (x, y) in the plane: y over x."""
    return ew.atan2(*alike(y, x))


def equal(x: Any, y: Any, name: str | None = None) -> Any:
    """x == y."""
    return ew.equal(*alike(x, y))


def not_equal(x: Any, y: Any, name: str | None = None) -> Any:
    """x != y."""
    return ew.not_equal(*alike(x, y))


def less(x: Any, y: Any, name: str | None = None) -> Any:
    """x < y."""
    return ew.less(*alike(x, y))


def less_equal(x: Any, y: Any, name: str | None = None) -> Any:
    """x <= y."""
    return ew.less_equal(*alike(x, y))


def greater(x: Any, y: Any, name: str | None = None) -> Any:
    """x > y."""
    return ew.greater(*alike(x, y))


def greater_equal(x: Any, y: Any, name: str | None = None) -> Any:
    """x >= y."""
    return ew.greater_equal(*alike(x, y))


def logical_and(x: Any, y: Any, name: str | None = None) -> Any:
    """x and y."""
    return ew.logical_and(*alike(x, y))


def logical_or(x: Any, y: Any, name: str | None = None) -> Any:
    """x or y."""
    return ew.logical_or(*alike(x, y))


def logical_xor(x: Any, y: Any, name: str | None = None) -> Any:
    """Either x or y."""
    return ew.logical_xor(*alike(x, y))


def squared_difference(x: Any, y: Any, name: str | None = None) -> Any:
    """(x - y)**2."""
    return ew.square(subtract(x, y))


def divide_no_nan(x: Any, y: Any, name: str | None = None) -> Any:
    """x / y, and 0 where y is 0; the gradients are 0 there too."""
    x, y = (convert_to_tensor(v) for v in alike(x, y))
    flat = y == 0
    return ew.where(flat, 0, x / ew.where(flat, 1, y))


def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Any:
    """x * y, and 0 where y is 0, whatever x is."""
    x, y = (convert_to_tensor(v) for v in alike(x, y))
    return ew.where((y == 0) & ~ew.isfinite(x), 0, x) * y  # a finite x is the derivative by y at 0 too


def xlogy(x: Any, y: Any, name: str | None = None) -> Any:
    """x * log(y), and 0 where x is 0, whatever y is."""
    x, y = (convert_to_tensor(v) for v in alike(x, y))
    flat = x == 0
    return ew.where(flat, 0, x * ew.log(ew.where(flat, 1, y)))


def add_n(inputs: Sequence[Any], name: str | None = None) -> Any:
    """The sum of tensors of one shape."""
    parts = [convert_to_tensor(v) for v in inputs]
    if not parts or len({tuple(p.shape) for p in parts}) > 1:
        raise ShapeError(f"add_n: tensors of one shape, not of {[tuple(p.shape) for p in parts]}")
    total = parts[0]
    for p in parts[1:]:
        total = total + p
    return total


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """`t` limited to an interval; an element that lies on a bound shares its gradient evenly with it."""
    return ew.clip(convert_to_tensor(t), clip_value_min, clip_value_max)


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """`t` scaled down to the norm `clip_norm` where its norm over `axes` (None: all) is larger."""
    t = as_float(t)
    norm = vector_norm(t, axis=as_axis(axes), keepdims=True)
    return t * (clip_norm / ew.maximum(norm, clip_norm))
