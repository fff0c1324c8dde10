"""Indices: what a user writes between brackets, in the terms of the indexing primitives."""

import operator
from types import EllipsisType
from typing import Any

import numpy as np

from unigrad.backend import find_backend
from unigrad.errors import DTypeError, OutOfBoundsError
from unigrad.lending import settle


def clean_index(index: Any) -> Any:
    """An index of slices, ints, Ellipsis, None and raw arrays; arrays are copied, for the record keeps them."""
    if type(index) is tuple:
        if sum(i is Ellipsis for i in index) > 1:
            raise OutOfBoundsError("an index has at most one ellipsis (...)")
        return tuple([clean_index(i) for i in index])
    if index is None or isinstance(index, int | slice | EllipsisType):
        if isinstance(index, slice):
            try:
                return slice(*(None if v is None else operator.index(v) for v in (index.start, index.stop, index.step)))
            except TypeError:
                raise DTypeError(f"a slice goes from int to int in steps of an int, or has None: not {index}") from None
        return np.asarray(index) if isinstance(index, bool) else index
    if hasattr(index, "__unigrad_tensor__"):
        t = index.__unigrad_tensor__()
        if t.dtype.kind not in "biu":
            raise OutOfBoundsError(f"an index holds integers or bools, not {t.dtype}")
        if not t._raw.shape and t.dtype.kind != "b" and not t.backend.is_traced(t._raw):
            return int(t)
        return settle(t)
    if isinstance(index, np.integer):
        return int(index)
    if isinstance(index, list | np.ndarray | np.bool_):
        array = np.array(index)
        if array.size == 0 and isinstance(index, list):
            array = array.astype(np.int64)
        if array.dtype.kind not in "biu":
            raise OutOfBoundsError(f"an index holds integers or bools, not {array.dtype} ({index!r:.60})")
        return array
    found = find_backend(index)
    if found is not None:  # the library's own array, which its owner may write to
        if found.dtype_of(index).kind not in "biu":
            raise OutOfBoundsError(f"an index holds integers or bools, not {found.dtype_of(index)}")
        return found.asarray(index, None, None, True)
    raise OutOfBoundsError(
        f"{index!r:.60} of type {type(index).__name__} is no index: use ints, slices, ..., None or arrays"
    )


def is_view(index: Any, out: Any) -> bool:
    """Whether NumPy would make this a view: a basic index that is not one single element."""
    parts = index if type(index) is tuple else (index,)
    if any(hasattr(p, "shape") for p in parts):
        return False
    return bool(out._raw.shape) or any(p is Ellipsis for p in parts)
