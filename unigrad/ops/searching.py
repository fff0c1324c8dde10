"""Searching functions of the standard: where the extreme elements are. Integers, so connected with derivative zero."""

from collections.abc import Sequence
from typing import Any

from unigrad.backend import find_backend
from unigrad.direct import over_axes
from unigrad.errors import DTypeError, ShapeError
from unigrad.kinds import constant
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import is_complex
from unigrad.ops.manipulation import axes_of, axis_of, expand_dims, size_of, unstack
from unigrad.ops.taking import take
from unigrad.primitive import Domain, Primitive, Sample

_SAMPLES = (
    Sample(((2, 3),), {"axis": None, "keepdims": False}),
    Sample(((2, 3),), {"axis": 1, "keepdims": False}),
    Sample(((2, 3, 2),), {"axis": 0, "keepdims": True}),
    Sample(((2, 3),), {"axis": None, "keepdims": True}),
)
_COUNTS = tuple(
    Sample(s.shapes, {**s.params, "axis": a}) for s, a in zip(_SAMPLES, (None, (1,), (0, 2), None), strict=True)
)
_REAL = Domain(complex=False, samples=_SAMPLES)
_argmax: Primitive = constant("argmax", promotes="as is", domain=_REAL, doc="Where the largest element is.")
_argmin: Primitive = constant("argmin", promotes="as is", domain=_REAL, doc="Where the smallest element is.")


def _search(row: Primitive, x: Any, axis: int | None, keepdims: bool) -> Any:
    x = as_array(x)
    if is_complex(x):
        raise DTypeError(f"{row.name}: complex numbers have no order; take real or abs first")
    place = None if axis is None else axis_of(axis, len(x.shape), row.name)
    if (size_of(x.shape) if place is None else x.shape[place]) == 0:
        raise ShapeError(f"{row.name}: an array of shape {tuple(x.shape)} has no element to choose")
    return row(x, axis=place, keepdims=keepdims)


@over_axes
def argmax(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Index of the first largest element along `axis` (None: in row-major order), in the backend's index dtype."""
    return _search(_argmax, x, axis, keepdims)


@over_axes
def argmin(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Index of the first smallest element along `axis` (None: in row-major order), in the backend's index dtype."""
    return _search(_argmin, x, axis, keepdims)


_count_nonzero: Primitive = constant(
    "count_nonzero", promotes="as is", domain=Domain(samples=_COUNTS), doc="How many elements are not zero."
)
_nonzero: Primitive = constant(
    "nonzero", promotes="as is", domain=Domain(samples=(Sample(((2, 3),), {}), Sample(((4,), ), {}))),
    doc="The places of the elements that are not zero, one row for each axis.",
)  # fmt: skip
_searchsorted: Primitive = constant(
    "searchsorted", args=("x", "y"), domain=Domain(-2.0, -1.0, complex=False, others=((-1.0, 1.0),), samples=(
        Sample(((4,), (2, 3)), {"side": "left"}), Sample(((4,), ()), {"side": "right"}), Sample(((0,), (3,)), {"side": "left"}),
    )),
    doc="Where the numbers y would have to be put into the sorted x.",
)  # fmt: skip


def count_nonzero(x: Any, /, *, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """How many elements over `axis` (None: all) are not zero. Integers: connected, with derivative zero."""
    x = as_array(x)
    axes = None if axis is None else axes_of(axis, len(x.shape), "count_nonzero")
    if axes == ():  # each element by itself, where PyTorch counts them all
        x, axes, keepdims = expand_dims(x, axis=0), (0,), False
    return _count_nonzero(x, axis=axes, keepdims=keepdims)


def nonzero(x: Any, /) -> tuple[Any, ...]:
    """The indices of the elements that are not zero, in row-major order: one array of integers for each axis.

    Raises:
        ShapeError: an array of no dimensions, or one whose values a compiler does not know yet.
    """
    x = as_array(x)
    if not len(x.shape):
        raise ShapeError("nonzero: an array of no dimensions has no index")
    values_known(x, "nonzero")
    return tuple(unstack(_nonzero(x)))


def values_known(x: Any, what: str) -> None:
    """An error under a compiler, for a function whose result has a shape that depends on the values."""
    raw = getattr(x, "_raw", x)
    backend = find_backend(raw)
    if backend is not None and backend.is_traced(raw):
        raise ShapeError(
            f"{what}: the shape of the result depends on the values, which are not known under a compiler: "
            f"call it outside, or use where and a mask of a fixed shape"
        )


def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
    """Where the numbers `x2` would have to be put into the sorted 1-d `x1`. Integers: connected, with derivative zero.

    Args:
        x1: 1-d array of real numbers, in ascending order, or in that order by the indices `sorter`.
        x2: real numbers of any shape.
        side: "left": before equal elements; "right": after them.
        sorter: indices that put `x1` in order.

    Raises:
        DTypeError: complex numbers.
        ShapeError: `x1` of other than one dimension, or an unknown side.
    """
    x1, x2 = as_array(x1), as_array(x2)
    if is_complex(x1) or is_complex(x2):
        raise DTypeError("searchsorted: complex numbers have no order; take real or abs first")
    if len(x1.shape) != 1:
        raise ShapeError(f"searchsorted: x1 has one dimension, not {len(x1.shape)}")
    if side not in ("left", "right"):
        raise ShapeError(f"searchsorted: side is 'left' or 'right', not {side!r}")
    return _searchsorted(x1 if sorter is None else take(x1, sorter, axis=0), x2, side=side)
