"""Memory that is lent to NumPy: ``np.asarray(t)`` is the memory of `t` itself, until `t` is used again.

Code that ends in C takes ``np.asarray(out)`` and writes its result there. So the array of a tensor that nobody else holds is
handed out as it is, and the tensor keeps it as `Lent`, a type that no fast road knows. The first op on the tensor after that
comes by the general road, where `settle` gives the tensor an array that nobody else can write to: the same one where the
borrower has let go, else a copy of what is in it by then. What a tape keeps therefore never changes.
"""

from sys import getrefcount
from typing import Any

import numpy as np

from unigrad.backend import backend_of

#: `getrefcount` of a base that its view alone holds
_REACHED = 2


class Lent(np.ndarray[Any, Any]):
    """A view of an array that somebody outside may write to; `base` is that array."""

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        plain = array.view(np.ndarray)
        return plain[()] if return_scalar else plain


def lend(tensor: Any) -> np.ndarray[Any, Any] | None:
    """The memory of a tensor; None where it is shared with views, or where the library's memory is not NumPy's."""
    raw = tensor._raw
    if type(raw) is Lent:
        return raw.base
    if type(raw) is not np.ndarray or not _alone(tensor):
        return None
    if getattr(tensor, "_view", None) is not None:
        tensor._view = None  # of a base that nobody can reach
    del raw
    if not backend_of(tensor._raw).unshared(tensor._raw, 1):
        tensor._raw = np.array(tensor._raw)
    array = tensor._raw
    tensor._raw = array.view(Lent)
    return array  # type: ignore[no-any-return]


def _alone(tensor: Any, views: int = 0) -> bool:
    """Whether no living tensor shows part of this one but `views` known ones, nor it of one that somebody can reach."""
    if sum(v() is not None for v in getattr(tensor, "_views", ())) > views:
        return False
    found = getattr(tensor, "_view", None)
    return found is None or (getrefcount(found.base) <= _REACHED and _alone(found.base, 1))


def settle(tensor: Any) -> Any:
    """The array of a tensor, which nobody outside can write to from now on."""
    if type(tensor._raw) is Lent:
        alone = backend_of(tensor._raw).unshared(tensor._raw.base, 1)
        tensor._raw = tensor._raw.base if alone else np.array(tensor._raw.base)
    return tensor._raw
