"""Shapes, joining, cutting and selecting, by TensorFlow's names. `name` is taken for its sake, and not used."""

from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.errors import ShapeError
from unigrad.nn import functional as f
from unigrad.ops import creation, manipulation
from unigrad.ops import elementwise as ew
from unigrad.tf.constants import Shape, alike, as_shape, convert_to_tensor, highest, is_array
from unigrad.tf.reductions import as_axis


def identity(input: Any, name: str | None = None) -> Any:
    """The same values, as a new tensor that a tape follows."""
    x = convert_to_tensor(input)
    return ew.astype(x, dtype=x.dtype)


def stop_gradient(input: Any, name: str | None = None) -> Any:
    """The same values as a constant."""
    return f.stop_gradient(convert_to_tensor(input))


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """The same numbers in another dtype."""
    return ew.astype(convert_to_tensor(x), dtype=dtypes.as_dtype(dtype))


def shape(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Any:
    """The shape, as an integer tensor."""
    return creation.asarray(np.asarray(convert_to_tensor(input).shape, dtype=dtypes.as_dtype(out_type)))


def rank(input: Any, name: str | None = None) -> Any:
    """The number of axes, as an int32 tensor."""
    return creation.asarray(convert_to_tensor(input).ndim, dtype=dtypes.int32)


def size(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Any:
    """The number of elements, as an integer tensor."""
    return creation.asarray(convert_to_tensor(input).size, dtype=out_type)


def reshape(tensor: Any, shape: Shape, name: str | None = None) -> Any:
    """The same elements in another shape; one size may be -1."""
    return manipulation.reshape(convert_to_tensor(tensor), as_shape(shape))


def transpose(a: Any, perm: Any = None, conjugate: bool = False, name: str = "transpose") -> Any:
    """The axes in the order `perm`, by default reversed."""
    a = convert_to_tensor(a)
    a = ew.conj(a) if conjugate else a
    order = tuple(reversed(range(a.ndim))) if perm is None else as_shape(perm)
    return manipulation.permute_dims(a, order)


def expand_dims(input: Any, axis: int, name: str | None = None) -> Any:
    """With a new axis of size 1."""
    return manipulation.expand_dims(convert_to_tensor(input), axis=as_axis(axis))


def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Any:
    """Without axes of size 1: those of `axis`, or all."""
    x = convert_to_tensor(input)
    gone = tuple(i for i, n in enumerate(x.shape) if n == 1) if axis is None else as_axis(axis)
    return manipulation.squeeze(x, gone)


def broadcast_to(input: Any, shape: Shape, name: str | None = None) -> Any:
    """Repeated along new leading axes and axes of size 1."""
    return manipulation.broadcast_to(convert_to_tensor(input), as_shape(shape))


def tile(input: Any, multiples: Any, name: str | None = None) -> Any:
    """Laid out side by side, `multiples` times along each axis."""
    return manipulation.tile(convert_to_tensor(input), as_shape(multiples))


def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Any:
    """Each element several times."""
    counts = repeats.numpy().tolist() if hasattr(repeats, "numpy") else repeats
    return manipulation.repeat(convert_to_tensor(input), counts, axis=axis)


def reverse(tensor: Any, axis: Any, name: str | None = None) -> Any:
    """In reverse order along axes."""
    return manipulation.flip(convert_to_tensor(tensor), axis=as_axis(axis))


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Any:
    """Shifted round along axes."""
    return manipulation.roll(convert_to_tensor(input), as_axis(shift), axis=as_axis(axis))


def _parts(values: Any) -> list[Any]:
    """Tensors to be joined: Python numbers among them take the dtype of the tensors."""
    if is_array(values):
        return list(convert_to_tensor(values))
    dtype = highest(values)
    return [v if is_array(v) else creation.asarray(v, dtype=dtype) for v in values]


def concat(values: Any, axis: int, name: str = "concat") -> Any:
    """Joined along an existing axis."""
    return manipulation.concat(_parts(values), axis=as_axis(axis))


def stack(values: Any, axis: int = 0, name: str = "stack") -> Any:
    """Joined along a new axis."""
    return manipulation.stack(_parts(values), axis=axis)


def unstack(value: Any, num: int | None = None, axis: int = 0, name: str = "unstack") -> list[Any]:
    """The slices along an axis, without it."""
    parts = list(manipulation.unstack(convert_to_tensor(value), axis=axis))
    if num is not None and num != len(parts):
        raise ShapeError(f"unstack: num is {num}, and axis {axis} has the size {len(parts)}")
    return parts


def split(value: Any, num_or_size_splits: Any, axis: int = 0, num: int | None = None, name: str = "split") -> list[Any]:
    """Cut along an axis: into so many equal parts, or into parts of these sizes, of which one may be -1."""
    x = convert_to_tensor(value)
    if np.ndim(num_or_size_splits) == 0:
        return list(manipulation.split(x, int(num_or_size_splits), axis=axis))
    (place,) = manipulation.axes_of(axis, x.ndim, "split")
    sizes = list(as_shape(num_or_size_splits))
    if -1 in sizes:
        sizes[sizes.index(-1)] = x.shape[place] - sum(sizes) - 1
    if sum(sizes) != x.shape[place] or min(sizes, default=0) < 0:
        raise ShapeError(f"split: sizes {tuple(as_shape(num_or_size_splits))} for an axis of size {x.shape[place]}")
    cuts = [sum(sizes[:i]) for i in range(1, len(sizes))]
    return list(manipulation.split(x, cuts, axis=place))


def where(condition: Any, x: Any, y: Any, name: str | None = None) -> Any:
    """`x` where `condition`, `y` elsewhere. The branch not taken never spoils the gradient, be it NaN or infinite.

    TensorFlow's form with a condition alone is not here: its shape would depend on the data.
    """
    return ew.where(convert_to_tensor(condition), *alike(x, y))


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Any:
    """The slices of `params` along `axis` at `indices`; along axis 0, without batch axes, the gradient is `IndexedSlices`.

    The first `batch_dims` axes are those of both: each part of `params` is read at the indices of its own. `axis` is by default
    the first one after them. The result has the shape ``params.shape[:axis] + indices.shape[batch_dims:] +
    params.shape[axis + 1:]``. An index out of bounds is an error, whatever `validate_indices` says.

    Raises:
        ShapeError: no such axis, or one of the batch; batch axes of other sizes.
    """
    x, at = convert_to_tensor(params), convert_to_tensor(indices)
    batch = int(batch_dims) + (at.ndim if batch_dims < 0 else 0)
    if not 0 <= batch <= min(at.ndim, x.ndim):
        raise ShapeError(f"gather: batch_dims={batch_dims} of arrays of shapes {x.shape} and {at.shape}")
    (place,) = manipulation.axes_of(batch if axis is None else as_axis(axis), x.ndim, "gather")
    if place < batch or x.shape[:batch] != at.shape[:batch]:
        raise ShapeError(
            f"gather: axis {place} and batch_dims={batch} of arrays of shapes {x.shape} and {at.shape}: the first {batch} sizes "
            "are those of both, and the axis comes after them"
        )
    if batch == 0:
        return x[(*(slice(None),) * place, at)]
    grid = [
        np.arange(n).reshape(-1, *(1,) * (at.ndim - 1 - i)) for i, n in enumerate(at.shape[:batch])
    ]  # each example's own number, beside its indices
    out = manipulation.moveaxis(x, place, batch)[(*map(convert_to_tensor, grid), at)]
    return manipulation.moveaxis(out, tuple(range(batch, at.ndim)), tuple(range(place, place + at.ndim - batch)))


def boolean_mask(tensor: Any, mask: Any, axis: Any = None, name: str = "boolean_mask") -> Any:
    """The elements of `tensor` where `mask` is true, in a row that takes the place of the axes of `mask`: `axis` and after it.

    Of a mask of numbers, those that are not 0 are true.

    Raises:
        ShapeError: a mask of no axes, or not of the sizes of those axes.
    """
    x, where = convert_to_tensor(tensor), convert_to_tensor(mask)
    (place,) = manipulation.axes_of(0 if axis is None else as_axis(axis), x.ndim, "boolean_mask")
    if where.ndim == 0 or x.shape[place : place + where.ndim] != where.shape:
        raise ShapeError(f"boolean_mask: a mask of shape {where.shape} for axis {place} of an array of shape {x.shape}")
    return x[(*(slice(None),) * place, where if where.dtype == dtypes.bool_ else where != 0)]


def one_hot(
    indices: Any,
    depth: int,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Any:
    """`on_value` (1) at the place that each index names along a new axis of size `depth`, the last, `off_value` (0) elsewhere.

    `dtype` is that of the values if they are given, else float32.
    """
    given = [v for v in (on_value, off_value) if v is not None]
    kind = dtypes.as_dtype(dtype) if dtype is not None else highest(given) or dtypes.bool_ if given else dtypes.float32
    on, off = (default if v is None else v for v, default in ((on_value, 1), (off_value, 0)))
    if kind == dtypes.bool_:
        hits = f.one_hot(convert_to_tensor(indices), int(depth), axis=-1 if axis is None else axis, dtype=kind)
        return ew.where(hits, *(creation.asarray(v, dtype=kind) for v in (on, off)))
    return f.one_hot(convert_to_tensor(indices), int(depth), on, off, -1 if axis is None else axis, kind)


def meshgrid(*args: Any, indexing: str = "xy") -> list[Any]:
    """Coordinate matrices of one-dimensional tensors."""
    return list(creation.meshgrid(*(convert_to_tensor(a) for a in args), indexing=indexing))
