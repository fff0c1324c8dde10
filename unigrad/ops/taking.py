"""Taking elements at indices along an axis, and adding them back: each the transpose of the other.

Indices are parameters, not operands. One out of bounds is an error on every backend, but under a compiler, where nobody can look.
"""

from typing import Any

import numpy as np

from unigrad import primitive
from unigrad.backend import Backend, backend_of, find_backend, get_backend
from unigrad.direct import roads
from unigrad.errors import KERNEL_ERRORS, DTypeError, OutOfBoundsError, ShapeError
from unigrad.kinds import linear
from unigrad.lending import settle
from unigrad.operands import list_constant
from unigrad.ops.creation import as_array
from unigrad.ops.indexing import getitem
from unigrad.ops.manipulation import axis_of, broadcast_shapes, concat, size_of, spread_to
from unigrad.primitive import Domain, Primitive, Sample

_LINES = np.array([[0, 2, 0], [1, 2, 0]])
take_rows: Primitive = linear(
    "take_along_axis",
    lambda ct, x_shape, indices, axis: add_rows(ct, indices=indices, axis=axis, n=x_shape[axis]),
    promotes="as is",
    domain=Domain(samples=(
        Sample(((2, 4),), {"indices": _LINES, "axis": 1}), Sample(((3, 3),), {"indices": _LINES, "axis": 0}),
        Sample(((3,),), {"indices": np.array([2, 0, 2, 1]), "axis": 0}),
    )),
    doc="The elements that each line along an axis is asked for, at places counted from the start.",
)  # fmt: skip
add_rows: Primitive = linear(
    "add_along_axis",
    lambda ct, indices, axis: take_rows(ct, indices=indices, axis=axis),
    promotes="as is",
    domain=Domain(samples=(
        Sample(((2, 3),), {"indices": _LINES, "axis": 1, "n": 4}), Sample(((2, 3),), {"indices": _LINES, "axis": 0, "n": 3}),
    )),
    doc="Zeros, `n` of them along an axis, with the elements added where each line is told; what meets is summed.",
)  # fmt: skip


def places(indices: Any, what: str, backend: Backend) -> Any:
    """Integer indices as a raw array of a backend; a copy of what its owner could change."""
    home: Backend | None
    if hasattr(indices, "__unigrad_tensor__"):
        raw = settle(indices.__unigrad_tensor__())
        home = backend_of(raw)
    else:
        home = None if isinstance(indices, list | tuple | int) else find_backend(indices)
        raw = list_constant(what, indices) if home is None else indices
        if home is None and raw.size == 0:
            raw = raw.astype(np.int64)
    kind = (raw.dtype if home is None else home.dtype_of(raw)).kind
    if kind not in "iu":
        raise DTypeError(f"{what}: indices are integers, not {raw.dtype}")
    if home is not None and home.name == backend.name:
        return raw if hasattr(indices, "__unigrad_tensor__") else backend.asarray(raw, None, None, True)
    values = raw if home is None else home.to_numpy(raw)
    return backend.asarray(np.asarray(values, dtype=backend.default_int), None, None, True)


def within(indices: Any, n: int, axis: int, what: str, backend: Backend) -> Any:
    """Raw indices counted from the start; an error for one that is not in an axis of `n` elements, on every backend.

    Where they are traced nobody can look.
    """
    if size_of(indices.shape) == 0:
        return indices
    xp = backend.xp
    home = backend_of(indices)
    if not home.is_traced(indices):
        low, high = int(xp.min(indices)), int(xp.max(indices))
        if low < -n or high >= n:
            wrong = high if high >= n else low
            raise OutOfBoundsError(f"{what}: index {wrong} is out of bounds for axis {axis} of size {n}")
        if low >= 0:
            return indices
    return primitive.TABLE["where"](indices < 0, indices + n, indices)


def _home(x: Any) -> Backend:
    return find_backend(x._raw if type(x) is primitive.Tensor else x) or get_backend()


_TAKE = roads("take")
_hot: Any = None
_quick: Any = None
_good: Any = None  # whether the library itself looks if these indices are out of bounds
_TAKE.tell_module(globals(), "_hot", "_quick", "_good")


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """The elements of `x` at `indices` along `axis`, which may be left out for 1-d arrays.

    Args:
        x: array of one or more dimensions.
        indices: integers, counted from the end where negative; their shape takes the place of `axis`.
        axis: the axis.

    Raises:
        DTypeError: indices that are not integers.
        OutOfBoundsError: an index beyond the axis (under a compiler: a NaN on JAX).
        ShapeError: no such axis, or none said for an array of several dimensions.
    """
    try:
        if (
            type(x) is _hot
            and type(indices) is _hot
            and axis is None
            and x.ndim == 1 == indices.ndim
            and _good(indices)
        ):
            return _quick(x, 0, indices)
        if (road := _TAKE.get(type(x))) is not None and (out := road(x, indices, axis)) is not None:
            return out
    except KERNEL_ERRORS:
        pass
    x = as_array(x)
    ndim = len(x.shape)
    if axis is None and ndim != 1:
        raise ShapeError(f"take: an array of {ndim} dimensions needs an axis")
    place = axis_of(0 if axis is None else axis, ndim, "take")
    backend = _home(x)
    index = places(indices, "take", backend)
    if not backend.checks_indices(index):
        index = within(index, x.shape[place], place, "take", backend)
    return getitem(x, index=(*(slice(None),) * place, index, *(slice(None),) * (ndim - place - 1)))


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """For each line of `x` along `axis` the elements at the line of `indices` that belongs to it.

    Args:
        x: array of one or more dimensions.
        indices: integers, of as many dimensions; the other axes broadcast against those of `x`.
        axis: the axis.

    Raises:
        DTypeError: indices that are not integers.
        OutOfBoundsError: an index beyond the axis.
        ShapeError: no such axis, another number of dimensions, or axes that do not broadcast.
    """
    x = as_array(x)
    ndim = len(x.shape)
    place = axis_of(axis, ndim, "take_along_axis")
    backend = _home(x)
    index = places(indices, "take_along_axis", backend)
    if len(index.shape) != ndim:
        raise ShapeError(f"take_along_axis: indices of {len(index.shape)} dimensions for an array of {ndim}")
    index = within(index, x.shape[place], place, "take_along_axis", backend)
    others = broadcast_shapes(*((*a.shape[:place], 1, *a.shape[place + 1 :]) for a in (x, index)))
    mine, theirs = ((*others[:place], a.shape[place], *others[place + 1 :]) for a in (x, index))
    x = x if tuple(x.shape) == mine else spread_to(x, mine)
    index = index if tuple(index.shape) == theirs else spread_to(index, theirs)
    return take_rows(x, indices=index, axis=place)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along `axis`, `n` times over; `prepend` and `append` are joined to `x` before.

    Raises:
        ShapeError: no such axis, a negative `n`, or shapes that do not join.
    """
    x = as_array(x)
    place = axis_of(axis, len(x.shape), "diff")
    if n < 0:
        raise ShapeError(f"diff: {n} differences cannot be taken")
    if n == 0:
        return x
    ends = [None if e is None else _end(e, x, place) for e in (prepend, append)]
    if any(e is not None for e in ends):
        x = concat([a for a in (ends[0], x, ends[1]) if a is not None], axis=place)
    before = (slice(None),) * place
    apart = primitive.TABLE["not_equal" if _is_bool(x) else "subtract"]
    for _ in range(n):
        later, sooner = (getitem(x, index=(*before, part, ...)) for part in (slice(1, None), slice(None, -1)))
        x = apart(later, sooner)
    return x


def _is_bool(x: Any) -> bool:
    return str(x.dtype).endswith("bool")


def _end(end: Any, x: Any, axis: int) -> Any:
    """What is joined to `x`: an array of its dimensions, or a number for each line."""
    if isinstance(end, bool | int | float | complex):
        end = primitive.TABLE["zeros_like"](getitem(x, index=(*(slice(None),) * axis, slice(0, 1), ...))) + end
    return as_array(end)
