"""Adding up cotangents: symbolic zeros, pieces of one buffer, sums over broadcast axes, and the absorbing product.

All of it works on raw arrays and on tensors alike, through the primitives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from unigrad import primitive
from unigrad.backend import backend_of
from unigrad.operands import SCALARS
from unigrad.primitive import TABLE


class Pieces:
    """The cotangent of a value that was read in pieces: written into one buffer when somebody needs the whole.

    So n slices of an array of n rows cost O(n), on a library without in-place writes too. No pieces at all is a zero.
    """

    __slots__ = ("dense", "indices", "parts", "shape")

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.indices: list[Any] = []
        self.parts: list[Any] = []
        self.dense: Any = None

    def whole(self) -> Any:
        """The cotangent as one array."""
        if not self.parts:
            return ZERO if self.dense is None else self.dense
        total = TABLE["scatter"](*self.parts, shape=self.shape, indices=tuple(self.indices))
        return total if self.dense is None else total + self.dense


class Piece:
    """A rule's answer: this cotangent belongs to the elements `index` of an array of shape `shape`."""

    __slots__ = ("index", "part", "shape")

    def __init__(self, shape: tuple[int, ...], index: Any, part: Any) -> None:
        self.shape = shape
        self.index = index
        self.part = part


#: connected, and zero
ZERO: Any = Pieces(())


def gather(old: Any, piece: Piece) -> Any:
    """Add one piece to what is there."""
    if type(old) is not Pieces or old is ZERO:
        new = Pieces(piece.shape)
        new.dense = None if old is ZERO else old
        old = new
    old.indices.append(piece.index)
    old.parts.append(piece.part)
    return old


def add(old: Any, ct: Any) -> Any:
    """`old + ct`, where `old` may be in pieces."""
    if type(old) is Pieces:
        if old is ZERO:
            return ct
        old.dense = ct if old.dense is None else old.dense + ct
        return old
    return old + ct


def unbroadcast(ct: Any, shape: tuple[int, ...]) -> Any:
    """Sum `ct` over the axes along which an array of `shape` was broadcast."""
    have = ct.shape
    if have == shape:
        return ct
    axes, keepdims, rest = _summed(have, shape)
    row = TABLE["sum"]
    ct = row.kernels.get(type(ct), row)(ct, axis=axes, keepdims=keepdims)
    return ct if rest else TABLE["reshape"](ct, shape=shape)


@lru_cache(1024)
def _summed(have: tuple[int, ...], shape: tuple[int, ...]) -> tuple[tuple[int, ...], bool, bool]:
    """Which axes to sum to come from one shape to the other, whether to keep them, and whether that is all."""
    extra = len(have) - len(shape)
    axes = tuple([i for i, n in enumerate(shape, extra) if n == 1 and have[i] != 1])
    if extra == 0:
        return axes, True, True
    return (*range(extra), *axes), False, not axes


def absorb(ct: Any, p: Any) -> Any:
    """`ct * p`, where a zero in `ct` gives zero whatever `p` is: 0 * inf and 0 * nan are 0."""
    if type(p) in SCALARS:
        return ct * p
    if type(ct) in SCALARS:
        ct = TABLE["zeros_like"](p) + ct
    return TABLE["absorbing_multiply"](ct, p)


_absorbing: ContextVar[bool] = ContextVar("unigrad_absorbing", default=False)


@contextmanager
def absorbing() -> Iterator[None]:
    """Inside, the rules' own products absorb zeros too: the second sweep, and forward mode."""
    token = _absorbing.set(True)
    try:
        yield
    finally:
        _absorbing.reset(token)


def scale(ct: Any, p: Any) -> Any:
    """`ct * p` inside a rule; a zero in `ct` absorbs where the sweep says so."""
    return absorb(ct, p) if _absorbing.get() else ct * p


def contract(row: Any, ct_at: int, x: Any, y: Any, **params: Any) -> Any:
    """`row(x, y)`, a sum of products; where the sweep says so, zeros of operand `ct_at` absorb what they are multiplied with.

    Only what a nonzero element of it meets can make the result infinite or NaN. Under a compiler, where nobody can look whether
    there is anything to absorb, this is the plain product.
    """
    if not _absorbing.get():
        kernel = row.kernels.get(type(x))  # the plain sweep's products: raw arrays of one dtype
        return row(x, y, **params) if kernel is None else kernel(x, y, **params)
    if _traced(x) or _traced(y):
        return row(x, y, **params)
    other = y if ct_at == 0 else x
    finite = TABLE["isfinite"](other)
    if bool(TABLE["all"](finite, axis=None, keepdims=False)):
        return row(x, y, **params)
    where, ct = TABLE["where"], x if ct_at == 0 else y
    safe, mask = where(finite, other, 0), where(finite, TABLE["zeros_like"](other), 1)
    met = where(ct == 0, TABLE["zeros_like"](ct), 1)
    pairs = ((ct, safe), (met, mask)) if ct_at == 0 else ((safe, ct), (mask, met))
    clean, touched = (row(a, b, **params) for a, b in pairs)
    return where(touched != 0, row(x, y, **params), clean)


def _traced(x: Any) -> bool:
    raw = x._raw if type(x) is primitive.Tensor else x
    return backend_of(raw).is_traced(raw)
