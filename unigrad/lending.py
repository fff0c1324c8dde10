"""Memory that is lent to NumPy: ``np.asarray(t)`` is the memory of `t` itself, until `t` is used again.

Code that ends in C takes ``np.asarray(out)`` and writes its result there. So the array of a tensor is handed out as it is, and
the tensor keeps it as `Lent`, a type that no fast road knows; so do the tensors that show parts of the same memory. The first op
on one of them after that comes by the general road, where `settle` gives them all an array that nobody else can write to: the
same one where the borrower has let go, else a copy of what is in it by then. What a tape keeps therefore never changes.
"""

from _thread import RLock  # `threading` itself takes a millisecond to import
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np

from unigrad.backend import backend_of


class Lent(np.ndarray[Any, Any]):
    """A view of `array`, which somebody outside may write to."""

    array: np.ndarray[Any, Any] | None = None

    @property
    def plain(self) -> np.ndarray[Any, Any]:
        """The array; of what NumPy derived from a lent one, a view of NumPy's own type."""
        return self.view(np.ndarray) if self.array is None else self.array

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        plain = array.view(np.ndarray)
        return plain[()] if return_scalar else plain


#: one thread at a time changes what tensors hold: a write reads the whole array and replaces it
MEMORY = RLock()


def lend(tensor: Any) -> np.ndarray[Any, Any] | None:
    """The memory of a tensor; None where the library's memory is not NumPy's, or not all that shows it lies in it."""
    with MEMORY:
        if type(tensor._raw) is Lent:
            return tensor._raw.plain
        root = _root(tensor)
        if type(root._raw) is not np.ndarray:
            return None
        if not backend_of(root._raw).unshared(root._raw, 1):
            root._raw = np.array(root._raw)
        parts = list(_parts(root, root._raw))
        if not all(type(a) is np.ndarray and np.may_share_memory(a, root._raw) for _, a in parts if a is not root._raw):
            return None
        for shown, array in parts:
            shown._raw = array.view(Lent)
            shown._raw.array = array
        return tensor._raw.plain  # type: ignore[no-any-return]


def settle(tensor: Any) -> Any:
    """The array of a tensor, which nobody outside can write to from now on."""
    with MEMORY if type(tensor._raw) is Lent else nullcontext():
        if type(tensor._raw) is Lent:
            root = _root(tensor)
            array = root._raw.plain
            # held by the lent view twice, and here; the parts that views show would count as borrowers
            alone = backend_of(array).unshared(array, 3)
            for shown, part in _parts(root, array if alone else np.array(array)):
                shown._raw = part
    return tensor._raw


def constant(tensor: Any) -> Any:
    """The array of a tensor as a constant, for the library's own autodiff too."""
    raw = settle(tensor)
    return backend_of(raw).stopped(raw)


def _root(tensor: Any) -> Any:
    """The tensor whose memory a view shows."""
    while (found := getattr(tensor, "_view", None)) is not None:
        tensor = found.base
    return tensor


def _parts(tensor: Any, array: Any) -> Iterator[tuple[Any, Any]]:
    """A tensor and all living views of it, with what they show of its array."""
    yield tensor, array
    for ref in getattr(tensor, "_views", ()):
        shown = ref()
        if shown is not None:
            yield from _parts(shown, shown._view.take(array))
