"""Units: the unit vectors with which a Jacobian begins, batched, and not written out.

As many examples as there are elements, and in example k all elements but the k-th are zero. While that is so, a product with
what is the same for all examples is one of as many numbers as there are elements, and the product with a matrix only scales its
rows. Every other op gets the array with all its zeros.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unigrad.backend import OWNERS, Backend, Raw, backend_of
from unigrad.batched import BATCHED, Batched, BatchedBackend, batched, visible
from unigrad.batching.call import permute, reshape
from unigrad.operands import SCALARS
from unigrad.primitive import TABLE

_classes: dict[Backend, type] = {}


class Units(Batched):
    """A batched array whose example k has `diagonal` at its k-th element, and zeros elsewhere.

    The first `free` axes do not count: there example k has the diagonal's elements at all of their places.
    """

    __slots__ = ("_dense", "diagonal", "free")
    lazy = True

    def __init__(self, diagonal: Raw, level: int, free: int) -> None:
        self.diagonal = diagonal
        self.level = level
        self.free = free
        self._dense: Raw = None

    @property
    def raw(self) -> Raw:
        """All of it."""
        if self._dense is None:
            *free, n = *(1 for _ in range(self.free)), self.count
            eye = np.eye(n, dtype=self.home.dtype_of(self.diagonal)).reshape(n, *free, *self.shape[self.free :])
            self._dense = TABLE["multiply"](beside(eye, self.diagonal), self.diagonal)
        return self._dense

    @property
    def inner(self) -> Raw:
        return self.diagonal

    @property
    def count(self) -> int:
        return int(np.prod(self.shape[self.free :], dtype=np.int64))

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.diagonal.shape)

    @property
    def ndim(self) -> int:
        return len(self.diagonal.shape)

    @property
    def dtype(self) -> Any:
        return self.diagonal.dtype


def units(diagonal: Raw, level: int, free: int = 0) -> Batched:
    """The unit vectors times `diagonal`."""
    inner = backend_of(diagonal)
    cls = _classes.get(inner)
    if cls is None:
        cls = _classes[inner] = type(f"Units[{inner.name}]", (Units,), {"__slots__": ()})
        home = cls.home = OWNERS[cls] = UnitsBackend(inner)  # type: ignore[attr-defined]
        home.array_types = (cls,)
        BATCHED.add(cls)
    return cls(diagonal, level, free)  # type: ignore[no-any-return]


def beside(values: np.ndarray[Any, Any], raw: Raw) -> Raw:
    """A new array of these values in the library and on the device of another; a compiler puts it where it likes."""
    raw = visible(raw)
    home = backend_of(raw)
    place = None if home.is_traced(raw) else home.parse_device(home.device_of(raw))
    return home.asarray(values, None, place, False)


class UnitsBackend(BatchedBackend):
    """The backend of unit vectors: a few kernels leave them as they are."""

    def kernel(self, name: str) -> Callable[..., Raw]:
        found = self.found.get(name)
        if found is None:
            generic = super().kernel(name)
            make = KEPT.get(name)
            found = self.found[name] = generic if make is None else make(name, generic)
        return found

    def all_finite(self, raws: Sequence[Raw]) -> bool:
        return all(backend_of(r.diagonal).all_finite([r.diagonal]) for r in raws)


def _same_for_all(p: Any, unit: Units) -> bool:
    """Whether an operand is the same for all the unit vectors."""
    return not isinstance(p, Batched) or p.level < unit.level


def _product(name: str, generic: Callable[..., Raw]) -> Callable[..., Raw]:
    row = TABLE[name]

    def product(x: Any, y: Any) -> Raw:
        if isinstance(x, Units) and _same_for_all(y, x) and _fits(y, x):
            return units(row(x.diagonal, y), x.level, x.free)
        if isinstance(y, Units) and name == "multiply" and _same_for_all(x, y) and _fits(x, y):
            return units(row(x, y.diagonal), y.level, y.free)
        return generic(x, y)

    return product


def _fits(p: Any, unit: Units) -> bool:
    """Whether a factor broadcasts to the shape of the unit vectors."""
    if type(p) in SCALARS:
        return True
    shape = tuple(p.shape)
    tail = unit.shape[unit.ndim - len(shape) :]
    return len(shape) <= unit.ndim and all(a in (1, b) for a, b in zip(shape, tail, strict=True))


def _negative(name: str, generic: Callable[..., Raw]) -> Callable[..., Raw]:
    return lambda x: units(TABLE[name](x.diagonal), x.level, x.free)


def _reshape(name: str, generic: Callable[..., Raw]) -> Callable[..., Raw]:
    def reshaped(x: Any, shape: tuple[int, ...]) -> Raw:
        if tuple(shape[: x.free]) != x.shape[: x.free]:
            return generic(x, shape=shape)
        return units(TABLE[name](x.diagonal, shape=shape), x.level, x.free)

    return reshaped


def _matmul(name: str, generic: Callable[..., Raw]) -> Callable[..., Raw]:
    """A row vector with one element that is not zero picks a row of the matrix, and scales it."""

    def matmul(x: Any, y: Any) -> Raw:
        if not (isinstance(x, Units) and x.ndim and _same_for_all(y, x) and len(y.shape) == 2):
            return generic(x, y)
        *lead, k = x.shape
        if any(n != 1 for n in lead[x.free :]) or y.shape[0] != k or x.free == x.ndim:
            return generic(x, y)
        factors = permute(x.diagonal, (x.ndim - 1, *range(x.ndim - 1)))
        rows = reshape(y, k, *(1 for _ in lead), y.shape[1])
        return batched(TABLE["multiply"](reshape(factors, k, *lead, 1), rows), x.level)

    return matmul


#: the rows whose result is unit vectors again, or needs none of their zeros
KEPT: dict[str, Callable[[str, Callable[..., Raw]], Callable[..., Raw]]] = {
    "multiply": _product,
    "absorbing_multiply": _product,
    "negative": _negative,
    "reshape": _reshape,
    "matmul": _matmul,
}
