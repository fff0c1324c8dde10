"""Sums, means and largest elements of segments, and the k largest elements of an axis."""

from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.backend import Backend, backend_of
from unigrad.cotangents import scale
from unigrad.errors import DTypeError, OutOfBoundsError, ShapeError
from unigrad.kinds import constant, general
from unigrad.ops.convolution import floats
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import astype, is_complex, ones_like, where
from unigrad.ops.indexing import getitem
from unigrad.ops.manipulation import axis_of, int_of, moveaxis, reshape
from unigrad.ops.reductions import dtype_like, evenly
from unigrad.primitive import TABLE, Domain, Primitive, Sample

_IDS = (2, 0, 2, 0, 1)


def _sums(x: Any, ids: Any, count: int) -> Any:
    return TABLE["scatter"](x, shape=(count, *x.shape[1:]), indices=((ids,),))


def _share(x: Any, out: Any, ids: Any, count: int) -> Any:
    hits = astype(x == getitem(out, index=(ids,)), dtype=dtype_like(x))
    return evenly(hits, getitem(_sums(hits, ids, count), index=(ids,)))


segment_max_: Primitive = general(
    "segment_max",
    vjp=lambda ct, x, out, ids, count: scale(getitem(ct, index=(ids,)), _share(x, out, ids, count)),
    jvp=lambda t, x, out, ids, count: _sums(scale(t, _share(x, out, ids, count)), ids, count),
    promotes="as is",
    domain=Domain(
        -30.0, 30.0, complex=False,
        samples=(
            Sample(((5,),), {"ids": list(_IDS), "count": 3}), Sample(((5, 2),), {"ids": list(_IDS), "count": 3}),
        ),
    ),
    doc="The largest element of each segment, -inf for an empty one; ties share evenly.",
)  # fmt: skip


def _prepared(x: Any, segment_ids: Any, num_segments: int | None, what: str) -> tuple[Any, Any, int]:
    x = as_array(x)
    raw = getattr(x, "_raw", x)
    backend = backend_of(raw)
    ids = as_array(segment_ids)
    ids = getattr(ids, "_raw", ids)
    home = backend_of(ids)
    if home.dtype_of(ids) not in dtypes.INTEGERS:
        raise DTypeError(f"{what}: the numbers of segments are integers, not {home.dtype_of(ids)}")
    if len(x.shape) < 1 or tuple(ids.shape) != tuple(x.shape[:1]):
        raise ShapeError(f"{what}: segment_ids of shape {tuple(ids.shape)} for the first axis of {tuple(x.shape)}")
    return x, *_checked(ids, home, backend, num_segments, what)


def _checked(ids: Any, home: Backend, backend: Backend, count: int | None, what: str) -> tuple[Any, int]:
    """The numbers in the backend's own array, and how many segments there are."""
    if home.is_traced(ids):
        if count is None:
            raise ShapeError(f"{what}: under a compiler the number of segments must be given: num_segments=...")
        return ids, int_of(count, what, "num_segments")
    values = home.to_numpy(ids)
    last = int(values.max()) if values.size else -1
    count = last + 1 if count is None else int_of(count, what, "num_segments")
    if count < 0:
        raise ShapeError(f"{what}: {count} segments")
    if values.size and (last >= count or values.min() < 0):
        bad = last if last >= count else int(values.min())
        raise OutOfBoundsError(f"{what}: segment {bad} is none of {count}, which are numbered from 0")
    return (ids if home is backend else backend.asarray(np.asarray(values), None, None, True)), count


def segment_sum(x: Any, segment_ids: Any, /, num_segments: int | None = None) -> Any:
    """The sum of the slices of `x` along its first axis that belong to each segment.

    Args:
        x: (n, ...).
        segment_ids: n integers, in any order: which segment each slice belongs to.
        num_segments: how many there are; None: as many as the largest number needs.

    Returns:
        (num_segments, ...); zeros for a segment without slices.

    Raises:
        ShapeError, DTypeError: numbers that do not fit the first axis, or are no integers.
        OutOfBoundsError: a number that is none of the segments.
    """
    return _sums(*_prepared(x, segment_ids, num_segments, "segment_sum"))


def segment_mean(x: Any, segment_ids: Any, /, num_segments: int | None = None) -> Any:
    """The mean of each segment, as `segment_sum` for the rest; zeros for a segment without slices."""
    x, ids, count = _prepared(x, segment_ids, num_segments, "segment_mean")
    n = _sums(ones_like(reshape(x, (x.shape[0], -1))[:, :1]), ids, count)
    n = reshape(where(n == 0, 1, n), (count,) + (1,) * (len(x.shape) - 1))
    return _sums(x, ids, count) / n


def segment_max(x: Any, segment_ids: Any, /, num_segments: int | None = None) -> Any:
    """The largest element of each segment, as `segment_sum` for the rest; -inf for a segment without slices.

    The gradient is split evenly among ties. `x` is real floating-point.
    """
    x, ids, count = _prepared(x, segment_ids, num_segments, "segment_max")
    floats(x, "segment_max")
    return segment_max_(x, ids=ids, count=count)


# -- the k largest -----------------------------------------------------------------------------------------------------

top_k_places: Primitive = constant(
    "top_k_places", promotes="as is",
    domain=Domain(complex=False, samples=(
        Sample(((5,),), {"k": 2, "largest": True}), Sample(((2, 4),), {"k": 3, "largest": False}),
        Sample(((2, 3),), {"k": 0, "largest": True}),
    )),
    doc="Where the k largest (or smallest) elements of the last axis are, in order; of equal ones the first comes first.",
)  # fmt: skip


def top_k(x: Any, k: int, /, *, axis: int = -1, largest: bool = True) -> tuple[Any, Any]:
    """The `k` largest (or smallest) elements along an axis, in order, and their indices.

    Of equal elements the first comes first, and has the gradient. A NaN counts as larger than any number.

    Args:
        x: real numbers.
        k: how many, from 0 to the size of the axis.
        axis: where they are looked for.
        largest: False: the smallest, from the smallest on.

    Returns:
        values and indices, both of the shape of `x` with `k` in the place of the axis.

    Raises:
        ShapeError: `k` does not fit the axis, or the axis is not there.
        DTypeError: complex numbers.
    """
    x = as_array(x)
    if is_complex(x):
        raise DTypeError("top_k: complex numbers have no order; take real or abs first")
    place = axis_of(axis, len(x.shape), "top_k")
    count = int_of(k, "top_k", "k")
    if not 0 <= count <= x.shape[place]:
        raise ShapeError(f"top_k: {count} of the {x.shape[place]} elements along axis {axis}")
    rows = moveaxis(x, place, -1)
    shape = tuple(rows.shape)
    flat = reshape(rows, (-1, shape[-1])) if len(shape) != 2 else rows
    at = top_k_places(
        flat.detach() if hasattr(flat, "detach") and hasattr(flat, "_raw") else flat, k=count, largest=bool(largest)
    )
    lines = np.broadcast_to(np.arange(flat.shape[0])[:, None], (flat.shape[0], count))
    raw = getattr(at, "_raw", at)
    values = getitem(flat, index=(backend_of(raw).asarray(lines, None, None, True), raw))
    return tuple(moveaxis(reshape(a, (*shape[:-1], count)), -1, place) for a in (values, at))
