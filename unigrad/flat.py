"""``t.flat``: the elements of a tensor in the order of its indices, as NumPy's code reads and writes them."""

from collections.abc import Iterator
from typing import Any

import numpy as np


class Flat:
    """The elements of one tensor as a row. What is read is a copy, with its gradient; what is written is written to the tensor.

    ``t.flat[i]`` takes an integer, a slice, integers or a mask over all elements. Written values are repeated until the places
    are full, as NumPy does it.
    """

    __slots__ = ("base",)

    def __init__(self, base: Any) -> None:
        #: the tensor
        self.base = base

    def __len__(self) -> int:
        return int(self.base.size)

    def __iter__(self) -> Iterator[Any]:
        return iter(np.ravel(self.base))

    def __getitem__(self, index: Any) -> Any:
        return np.take(self.base, self._places(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        places = self._places(index)
        if np.size(places):
            np.put(self.base, places, value)

    def _places(self, index: Any) -> Any:
        return np.arange(self.base.size)[index]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.asarray(np.ravel(self.base), dtype=dtype, copy=copy)

    def copy(self) -> Any:
        """All elements as a tensor of one axis; no view."""
        return np.copy(np.ravel(self.base))

    def __repr__(self) -> str:
        return f"<flat elements of {self.base!r}>"
