"""Making tensors and variables with TensorFlow's defaults: Python floats are float32, Python integers int32."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from unigrad import variable
from unigrad.dtypes import as_dtype, complex128, float32, float64, int32, int64, is_float
from unigrad.errors import ShapeError
from unigrad.ops import creation
from unigrad.ops.manipulation import axes_of, broadcast_arrays, expand_dims, reshape, size_of, spread_to

Shape = Any  # an int, a sequence of ints, or an integer tensor


def as_shape(shape: Shape) -> tuple[int, ...]:
    """A shape as a tuple of ints."""
    if hasattr(shape, "numpy"):
        shape = shape.numpy()
    return tuple(int(d) for d in np.atleast_1d(shape)) if not isinstance(shape, int) else (shape,)


def is_array(value: Any) -> bool:
    """Whether `value` has a dtype of its own."""
    return hasattr(value, "dtype")


def plain_dtype(value: Any) -> Any:
    """The dtype that TensorFlow gives to Python numbers and nested lists of them; None: another's, or none of ours."""
    for leaf in _array_leaves(value):
        return as_dtype(leaf.dtype)
    try:
        array = np.asarray(value)
    except ValueError:
        return None  # ragged: the error is told where the tensor is made
    if array.dtype.kind == "f":
        return float32
    if array.dtype.kind in "iu":
        fits = not array.size or (array.min() >= -(2**31) and array.max() < 2**31)
        return int32 if fits else int64
    return complex128 if array.dtype.kind == "c" else None


def highest(values: Any) -> Any:
    """The dtype of several values that are joined: that of the first tensor among them, else the highest of the numbers'."""
    for leaf in _array_leaves(values):
        return as_dtype(leaf.dtype)
    kinds = {plain_dtype(v) for v in values}
    return next((kind for kind in (complex128, float32, int64, int32) if kind in kinds), None)


def _array_leaves(value: Any) -> Any:
    if isinstance(value, list | tuple):
        for v in value:
            yield from _array_leaves(v)
    elif is_array(value):
        yield value


def convert_to_tensor(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """`value` as a tensor: Python floats are float32, integers int32; what has a dtype keeps it, unless `dtype` is given."""
    if dtype is None and not is_array(value):
        dtype = plain_dtype(value)
    return creation.asarray(value, dtype=dtype)


def constant(value: Any, dtype: Any = None, shape: Shape = None, name: str = "Const") -> Any:
    """A tensor of `value`; with `shape`, one number fills it, and as many numbers as it holds are brought into it."""
    t = convert_to_tensor(value, dtype)
    if shape is None:
        return t
    wanted = as_shape(shape)
    if t.size == 1:
        return spread_to(reshape(t, ()), wanted)
    if t.size != size_of(wanted):
        raise ShapeError(f"constant: {t.size} numbers do not fit the shape {wanted}")
    return reshape(t, wanted)


def alike(x: Any, y: Any) -> tuple[Any, Any]:
    """Two operands: next to a tensor, Python numbers and lists take its dtype; without one, TensorFlow's defaults hold."""
    if is_array(x) or is_array(y):
        return x, y
    return convert_to_tensor(x), convert_to_tensor(y)


class Variable(variable.Variable):
    """`unigrad.Variable` with TensorFlow's defaults: float32 from Python floats, int32 from integers.

    Args:
        initial_value: a tensor, array, nested list or number, or a function of no arguments that returns one.
        trainable: whether a tape watches it when it is read.
        name: shown in the repr, after the name scope, with ``:0``.
        dtype: of the value.
    """

    __slots__ = ()

    _shown_as: ClassVar[str] = "tf.Variable"

    def __init__(
        self, initial_value: Any, trainable: bool = True, *, name: str | None = None, dtype: Any = None
    ) -> None:
        if callable(initial_value):
            initial_value = initial_value()
        super().__init__(convert_to_tensor(initial_value, dtype), trainable, name)


def zeros(shape: Shape, dtype: Any = float32, name: str | None = None) -> Any:
    """Zeros."""
    return creation.zeros(as_shape(shape), dtype=dtype)


def ones(shape: Shape, dtype: Any = float32, name: str | None = None) -> Any:
    """Ones."""
    return creation.ones(as_shape(shape), dtype=dtype)


def fill(dims: Shape, value: Any, name: str | None = None) -> Any:
    """One number everywhere; its gradient is kept."""
    return spread_to(convert_to_tensor(value), as_shape(dims))


def zeros_like(input: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Zeros of the shape and dtype of `input`."""
    return creation.full_like(convert_to_tensor(input), 0, dtype=dtype)


def ones_like(input: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Ones of the shape and dtype of `input`."""
    return creation.full_like(convert_to_tensor(input), 1, dtype=dtype)


def eye(
    num_rows: int,
    num_columns: int | None = None,
    batch_shape: Sequence[int] | None = None,
    dtype: Any = float32,
    name: str | None = None,
) -> Any:
    """Ones on the diagonal of a matrix, zeros elsewhere; the same for every member of a batch."""
    matrix = creation.eye(num_rows, num_columns, dtype=dtype)
    return matrix if batch_shape is None else spread_to(matrix, (*as_shape(batch_shape), *matrix.shape))


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range") -> Any:
    """Numbers from `start` (0 if only one number is given) up to, but without, `limit`.

    `dtype` is by default the highest of the three, where Python's are int32 or float32.
    """
    if limit is None:
        start, limit = 0, start
    kinds = {convert_to_tensor(v).dtype for v in (start, limit, delta)}
    kind = next((k for k in (float64, float32, int64) if k in kinds), int32)
    start, limit, delta = (v.numpy().item() if hasattr(v, "numpy") else v for v in (start, limit, delta))
    return creation.arange(start, limit, delta, dtype=dtype or kind)


def linspace(start: Any, stop: Any, num: int, name: str | None = None, axis: int = 0) -> Any:
    """`num` evenly spaced numbers from `start` to `stop`, both included, along a new `axis` of what they broadcast to.

    Python floats make float32, integers float64, as in TensorFlow.
    """
    n = int(num)
    if n < 0:
        raise ShapeError(f"linspace: {n} numbers")
    kinds = [convert_to_tensor(v).dtype for v in (start, stop) if is_array(v)]
    kinds = kinds or [convert_to_tensor(v).dtype for v in (start, stop)]
    kind = next((k for k in kinds if is_float(k)), float64)
    first, last = broadcast_arrays(*(creation.astype(convert_to_tensor(v), kind) for v in (start, stop)))
    (place,) = axes_of(axis, first.ndim + 1, "linspace")
    steps = np.arange(n).reshape(n, *(1,) * (first.ndim - place)) / max(n - 1, 1)
    first, last, w = expand_dims(first, place), expand_dims(last, place), creation.asarray(steps, dtype=kind)
    return first * (1 - w) + last * w
