"""NumPy's methods of an array, for code that says ``x.sum(axis=0)``: each is NumPy's function of that name on this tensor."""

from typing import Any

import numpy as np

from unigrad.flat import Flat


class Methods:
    """The methods of an ndarray that are not in the standard. They go the way of ``np.f(t)``: arguments, gradients and errors
    are those of the function. `sort`, `partition`, `fill` and `put` write in place.
    """

    __slots__ = ()

    @property
    def flat(self: Any) -> Flat:
        """The elements as one row, to be read, written and iterated over."""
        return Flat(self)

    @flat.setter
    def flat(self: Any, value: Any) -> None:
        self.flat[:] = value

    @property
    def itemsize(self: Any) -> int:
        """Bytes of one element."""
        return int(self.dtype.itemsize)

    @property
    def nbytes(self: Any) -> int:
        """Bytes of all elements."""
        return int(self.size * self.dtype.itemsize)

    def all(self: Any, *args: Any, **options: Any) -> Any:
        """Whether all are true."""
        return np.all(self, *args, **options)

    def any(self: Any, *args: Any, **options: Any) -> Any:
        """Whether one is true."""
        return np.any(self, *args, **options)

    def argmax(self: Any, *args: Any, **options: Any) -> Any:
        """Place of the largest."""
        return np.argmax(self, *args, **options)

    def argmin(self: Any, *args: Any, **options: Any) -> Any:
        """Place of the smallest."""
        return np.argmin(self, *args, **options)

    def argpartition(self: Any, kth: Any, *args: Any, **options: Any) -> Any:
        """Places of the elements around the `kth` in ascending order."""
        return np.argpartition(self, kth, *args, **options)

    def argsort(self: Any, *args: Any, **options: Any) -> Any:
        """Places in ascending order of the elements."""
        return np.argsort(self, *args, **options)

    def choose(self: Any, choices: Any, *args: Any, **options: Any) -> Any:
        """For each element the element of the choice that it numbers."""
        return np.choose(self, choices, *args, **options)

    def clip(self: Any, *args: Any, **options: Any) -> Any:
        """Limited to an interval."""
        return np.clip(self, *args, **options)

    def compress(self: Any, condition: Any, *args: Any, **options: Any) -> Any:
        """The slices along an axis where the condition is true."""
        return np.compress(condition, self, *args, **options)

    def conj(self: Any) -> Any:
        """The complex conjugate."""
        return np.conj(self)

    conjugate = conj

    def copy(self: Any, order: str = "C") -> Any:
        """The same values, with their gradient; no view."""
        return np.copy(self)

    def cumprod(self: Any, *args: Any, **options: Any) -> Any:
        """Products of all up to each."""
        return np.cumprod(self, *args, **options)

    def cumsum(self: Any, *args: Any, **options: Any) -> Any:
        """Sums of all up to each."""
        return np.cumsum(self, *args, **options)

    def diagonal(self: Any, *args: Any, **options: Any) -> Any:
        """A diagonal."""
        return np.diagonal(self, *args, **options)

    def dot(self: Any, other: Any) -> Any:
        """The product, as np.dot has it."""
        return np.dot(self, other)

    def fill(self: Any, value: Any) -> None:
        """Write `value` everywhere."""
        self[...] = value

    def flatten(self: Any, order: Any = "C") -> Any:
        """All elements as one row; no view."""
        return np.copy(np.ravel(self, order=order))

    def max(self: Any, *args: Any, **options: Any) -> Any:
        """The largest."""
        return np.max(self, *args, **options)

    def mean(self: Any, *args: Any, **options: Any) -> Any:
        """The arithmetic mean."""
        return np.mean(self, *args, **options)

    def min(self: Any, *args: Any, **options: Any) -> Any:
        """The smallest."""
        return np.min(self, *args, **options)

    def nonzero(self: Any) -> Any:
        """Places of what is not zero."""
        return np.nonzero(self)

    def partition(self: Any, kth: Any, *args: Any, **options: Any) -> None:
        """Put the `kth` in its place of ascending order, smaller elements before it, in place."""
        self[...] = np.partition(self, kth, *args, **options)

    def prod(self: Any, *args: Any, **options: Any) -> Any:
        """The product of all."""
        return np.prod(self, *args, **options)

    def put(self: Any, indices: Any, values: Any, mode: Any = "raise") -> None:
        """Write `values` at places of the flattened tensor."""
        np.put(self, indices, values, mode=mode)

    def ravel(self: Any, order: Any = "C") -> Any:
        """All elements as one row. A view."""
        return np.ravel(self, order=order)

    def repeat(self: Any, *args: Any, **options: Any) -> Any:
        """Each element several times."""
        return np.repeat(self, *args, **options)

    def round(self: Any, *args: Any, **options: Any) -> Any:
        """Rounded to a number of decimals."""
        return np.round(self, *args, **options)

    def searchsorted(self: Any, *args: Any, **options: Any) -> Any:
        """Where values would be put into this sorted tensor."""
        return np.searchsorted(self, *args, **options)

    def sort(self: Any, *args: Any, **options: Any) -> None:
        """Put the elements in ascending order, in place."""
        self[...] = np.sort(self, *args, **options)

    def squeeze(self: Any, *args: Any, **options: Any) -> Any:
        """Without axes of size 1. A view."""
        return np.squeeze(self, *args, **options)

    def std(self: Any, *args: Any, **options: Any) -> Any:
        """The standard deviation."""
        return np.std(self, *args, **options)

    def sum(self: Any, *args: Any, **options: Any) -> Any:
        """The sum."""
        return np.sum(self, *args, **options)

    def swapaxes(self: Any, axis1: Any, axis2: Any) -> Any:
        """Two axes exchanged. A view."""
        return np.swapaxes(self, axis1, axis2)

    def take(self: Any, *args: Any, **options: Any) -> Any:
        """The elements at indices."""
        return np.take(self, *args, **options)

    def trace(self: Any, *args: Any, **options: Any) -> Any:
        """The sum of a diagonal."""
        return np.trace(self, *args, **options)

    def transpose(self: Any, *axes: Any) -> Any:
        """The axes in another order, reversed if none is given. A view."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return np.transpose(self, order)

    def var(self: Any, *args: Any, **options: Any) -> Any:
        """The variance."""
        return np.var(self, *args, **options)
