"""Searching functions of the standard: where the extreme elements are. Integers, so connected with derivative zero."""

from typing import Any

from unigrad.errors import DTypeError, ShapeError
from unigrad.kinds import constant
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import is_complex
from unigrad.ops.manipulation import axes_of, size_of
from unigrad.primitive import Domain, Primitive, Sample

_SAMPLES = (
    Sample(((2, 3),), {"axis": None, "keepdims": False}),
    Sample(((2, 3),), {"axis": 1, "keepdims": False}),
    Sample(((2, 3, 2),), {"axis": 0, "keepdims": True}),
)
_REAL = Domain(complex=False, samples=_SAMPLES)
_argmax: Primitive = constant("argmax", promotes="as is", domain=_REAL, doc="Where the largest element is.")
_argmin: Primitive = constant("argmin", promotes="as is", domain=_REAL, doc="Where the smallest element is.")


def _search(row: Primitive, x: Any, axis: int | None, keepdims: bool) -> Any:
    x = as_array(x)
    if is_complex(x):
        raise DTypeError(f"{row.name}: complex numbers have no order; take real or abs first")
    place = None if axis is None else axes_of(axis, len(x.shape), row.name)[0]
    if (size_of(x.shape) if place is None else x.shape[place]) == 0:
        raise ShapeError(f"{row.name}: an array of shape {tuple(x.shape)} has no element to choose")
    return row(x, axis=place, keepdims=keepdims)


def argmax(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Index of the first largest element along `axis` (None: in row-major order), in the backend's index dtype."""
    return _search(_argmax, x, axis, keepdims)


def argmin(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Index of the first smallest element along `axis` (None: in row-major order), in the backend's index dtype."""
    return _search(_argmin, x, axis, keepdims)
