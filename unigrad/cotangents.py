"""Adding up cotangents: symbolic zeros, pieces of one buffer, sums over broadcast axes, and the absorbing product.

All of it works on raw arrays and on tensors alike, through the primitives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from unigrad import primitive
from unigrad.backend import MULTIPLY_ADD, backend_of
from unigrad.batched import BATCHED, Across, above, leading, levels_of
from unigrad.errors import KERNEL_ERRORS
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


def add_product(old: Any, ct: Any, factor: Any) -> Any:
    """`old + ct * factor` of raw arrays of one shape and dtype, in one call where the library has one."""
    cls = type(old)
    if cls in MULTIPLY_ADD and type(factor) is cls:
        try:
            return MULTIPLY_ADD[cls](old, ct, factor)
        except KERNEL_ERRORS:
            pass  # one cotangent for each example is added to what is the same for all
    product = ct * factor
    if cls is Pieces:
        return add(old, product)
    try:
        product += old  # the sweep's own array: where the library can, this writes into it
    except TypeError:
        product = product + old
    return product


def unbroadcast(ct: Any, shape: Any) -> Any:
    """Sum `ct` over the axes along which an array of `shape` was broadcast."""
    have = ct.shape
    if have == shape:
        return ct
    if type(shape) is Across:
        return over_examples(ct, shape)
    axes, keepdims, rest = _summed(have, shape)
    row = TABLE["sum"]
    ct = row.kernels.get(type(ct), row)(ct, axis=axes, keepdims=keepdims)
    return ct if rest else TABLE["reshape"](ct, shape=shape)


def over_examples(ct: Any, across: Across) -> Any:
    """The sum of cotangents, one for each example, for an operand that is the same for all of them."""
    ct = unbroadcast(ct, across.shape)
    for level, size in across.levels:
        raw = ct._raw if type(ct) is primitive.Tensor else ct
        if any(found == level for found, _ in levels_of(raw)):
            ct = TABLE["sum"](above.leave(ct, level=level, size=size), axis=(0,), keepdims=False)
        else:
            ct = ct * size
    return ct


def piece_over_examples(piece: Piece, across: Across) -> Any:
    """The same of a piece: one piece of all of them, where the examples read at places of their own."""
    found = above.gathered(piece, across)
    return found if found is not None else over_examples(gather(None, piece).whole(), across)


@lru_cache(1024)
def _summed(have: tuple[int, ...], shape: tuple[int, ...]) -> tuple[tuple[int, ...], bool, bool]:
    """Which axes to sum to come from one shape to the other, whether to keep them, and whether that is all."""
    extra = len(have) - len(shape)
    if extra < 0:  # a value that was written may have more axes than its place, of size 1 and in front
        axes, _, _ = _summed(have, shape[-extra:])
        return axes, True, False
    axes = tuple([i for i, n in enumerate(shape, extra) if n == 1 and have[i] != 1])
    if extra == 0:
        return axes, True, True
    return (*range(extra), *axes), False, not axes


def absorb(ct: Any, p: Any) -> Any:
    """`ct * p`, where a zero in `ct` gives zero whatever `p` is, and a zero in `p` whatever but NaN `ct` is.

    So the modes agree: a chain of factors with a zero and an infinity in it is met by them from its two ends. A NaN that comes
    in stays: it says that there is no derivative.
    """
    if type(p) in SCALARS and ((p and p - p == 0) or type(ct) in SCALARS):
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
    """`ct * p` inside a rule; a zero absorbs where the sweep says so."""
    return absorb(ct, p) if _absorbing.get() else ct * p


def shortcut(name: str, *raws: Any, **params: Any) -> Any:
    """What a backend's kernel `name` makes of raw arrays where it has one; None where it has none, or not for these numbers.

    A rule may ask it first, before it goes its own way, which is right for all numbers, absorbs, is recorded and can be traced.
    """
    if _absorbing.get() or any(type(r) is primitive.Tensor for r in raws):
        return None
    backend = backend_of(raws[0])
    if backend.is_traced(raws[0]) or (BATCHED and leading(raws, params) is not None):
        return None
    kernel = backend.kernels.get(name)
    return None if kernel is None else kernel(*raws, **params)


def contract(row: Any, ct_at: int, x: Any, y: Any, **params: Any) -> Any:
    """`row(x, y)`, a sum of products, of which operand `ct_at` is the cotangent; where the sweep says so, absorbing as `absorb`.

    Only what is not finite and meets more than a zero, and a NaN in the cotangent, can make the result infinite or NaN. Under
    a compiler, where nobody can look whether there is anything to absorb, this is the plain product.
    """
    if not _absorbing.get():
        kernel = row.kernels.get(type(x))  # the plain sweep's products: raw arrays of one dtype
        return row(x, y, **params) if kernel is None or type(y) is not type(x) else kernel(x, y, **params)
    if not (_can_look(x) and _can_look(y)) or (_finite(x) and _finite(y)):
        return row(x, y, **params)
    ct, p = (x, y) if ct_at == 0 else (y, x)

    def product(ct: Any, p: Any) -> Any:
        return row(ct, p, **params) if ct_at == 0 else row(p, ct, **params)

    safe_ct, wild_ct, met_ct = _parted(ct)
    safe_p, wild_p, met_p = _parted(p)
    lost = TABLE["where"](ct == ct, TABLE["zeros_like"](ct), 1)
    touched = product(wild_ct, met_p) + product(met_ct, wild_p) + product(lost, TABLE["ones_like"](p))
    return TABLE["where"](touched != 0, product(ct, p), product(safe_ct, safe_p))


def _parted(x: Any) -> tuple[Any, Any, Any]:
    """An operand with 0 for what is not finite; 1 where that is, else 0; 1 where it is not 0, else 0."""
    where, zeros, finite = TABLE["where"], TABLE["zeros_like"](x), TABLE["isfinite"](x)
    return where(finite, x, zeros), where(finite, zeros, 1), where(x == 0, zeros, 1)


def _can_look(x: Any) -> bool:
    raw = x._raw if type(x) is primitive.Tensor else x
    return backend_of(raw).can_look(raw)


def _finite(x: Any) -> bool:
    raw = x._raw if type(x) is primitive.Tensor else x
    return backend_of(raw).all_finite([raw])


def traced(x: Any) -> bool:
    """Whether a compiler looks on: no value is known."""
    raw = x._raw if type(x) is primitive.Tensor else x
    return backend_of(raw).is_traced(raw)
