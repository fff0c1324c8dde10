"""Reading and writing at indices, for many examples at once.

An index gets a part for the examples in front: all of them, or, where its arrays differ between examples, their numbers. Axes of
index arrays that then come to lie elsewhere than for one example (NumPy puts them first if they are apart) are moved.
"""

from typing import Any, NamedTuple

import numpy as np

from unigrad.backend import Raw, backend_of
from unigrad.batched import BATCHED, Across, visible
from unigrad.batching.call import Call, permute, reshape, widened
from unigrad.batching.crossing import examples_of
from unigrad.cotangents import Piece
from unigrad.errors import OutOfBoundsError, ShapeError
from unigrad.operands import SCALARS
from unigrad.ops.indexing import unknown_mask
from unigrad.primitive import TABLE


class Plan(NamedTuple):
    """An index for all examples: what it finds has its axes in another order; `order` brings the examples to the front."""

    parts: tuple[Any, ...]
    order: tuple[int, ...] | None
    ndim: int  # of what is found in one example


class Level(NamedTuple):
    """What a plan asks of a call."""

    level: int
    size: int

    def holds(self, x: Any) -> bool:
        """Whether an array is batched at this level."""
        return type(x) in BATCHED and x.level == self.level


def plan(call: Call | Level, index: Any, ndim: int, *, spread: bool) -> Plan:
    """The index for all examples of an array of `ndim` axes; `spread`: the array has their axis in front."""
    parts = expanded(index, ndim)
    arrays = [i for i, p in enumerate(parts) if hasattr(p, "shape")]
    if not arrays:
        kept = sum(not isinstance(p, int) for p in parts)
        return Plan((slice(None), *parts) if spread else tuple(parts), None, kept)
    # single places next to arrays count as arrays
    parts = [np.asarray(p) if isinstance(p, int) else p for p in parts]
    arrays = [i for i, p in enumerate(parts) if hasattr(p, "shape")]
    ours = any(call.holds(parts[i]) for i in arrays)
    n = max(len(parts[i].shape) for i in arrays)
    together = arrays[-1] - arrays[0] == len(arrays) - 1
    before = arrays[0] if together else 0  # axes of what one example gives before those of the arrays
    rest = len(parts) - len(arrays)
    total = n + rest
    if not ours:
        if together:
            return Plan((slice(None), *parts), None, total)
        return Plan((slice(None), *parts), (n, *range(n), *range(n + 1, total + 1)), total)
    for i in arrays:
        if call.holds(parts[i]):
            parts[i] = widened(parts[i].raw, n)
    if not spread:  # the examples are the first axis of the arrays
        order = (before, *range(before), *range(before + 1, total + 1))
        return Plan(tuple(parts), order if before else None, total)
    numbers = np.arange(call.size).reshape(call.size, *(1,) * n)
    # the examples and the arrays come first; those of one example lie after its `before` axes
    order = (0, *range(n + 1, n + 1 + before), *range(1, n + 1), *range(n + 1 + before, total + 1))
    return Plan((numbers, *parts), order if before else None, total)


def expanded(index: Any, ndim: int) -> list[Any]:
    """The parts of an index: ints, slices, None, and arrays of integers. No ellipsis, and no masks."""
    parts = []
    for p in index if type(index) is tuple else (index,):
        if isinstance(p, list):
            p = np.asarray(p, dtype=None if len(p) else np.int64)
        if hasattr(p, "shape") and str(p.dtype).endswith("bool"):
            parts += numbers_of_mask(p)
        else:
            parts.append(p)
    used = sum(p is not None and p is not Ellipsis for p in parts)
    fill = [slice(None)] * (ndim - used)
    at = next((i for i, p in enumerate(parts) if p is Ellipsis), len(parts))
    return [*parts[:at], *fill, *parts[at + 1 :]]


def numbers_of_mask(mask: Any) -> list[Any]:
    """A mask as the places where it is true, one array for each axis."""
    if type(mask) in BATCHED or backend_of(mask).is_traced(mask):
        raise ShapeError(
            "a mask whose values differ between the examples of vmap (or are a compiler's) selects another number of elements "
            "for each: use unigrad.where with a value for the others"
        )
    if not mask.shape:
        raise NotImplementedError
    return list(np.nonzero(backend_of(mask).to_numpy(mask)))


def getitem(call: Call) -> Raw:
    """The elements at an index."""
    (x,) = call.xs
    found = plan(call, call.params["index"], call.ndim(0), spread=call.at[0])
    out = call.run(x, index=found.parts)
    return out if found.order is None else permute(out, found.order)


def setitem(call: Call) -> Raw:
    """Elements at an index replaced: the array gets all examples where the values or the index differ between them."""
    x, v = call.full(0), call.xs[1]
    index = call.params["index"]
    mask = unknown_mask(index)
    if mask is not None:
        return masked(call, x, mask)
    found = plan(call, index, call.ndim(0), spread=True)
    if type(v) not in SCALARS and (call.at[1] or found.order is not None):
        v = fewer(v, call.at[1], found.ndim)
        v = widened(v, found.ndim) if call.at[1] else reshape(v, *(1,) * (found.ndim + 1 - len(v.shape)), *v.shape)
        v = v if found.order is None else permute(v, inverse(found.order))
    return call.run(x, v, index=found.parts)


def fewer(v: Raw, spread: bool, ndim: int) -> Raw:
    """A value to be written without the axes of size 1 in front that it has more than its place of `ndim` axes."""
    shape = tuple(v.shape)
    extra = len(shape) - spread - ndim
    examples, own = shape[:spread], shape[spread:]
    return reshape(v, *examples, *own[extra:]) if extra > 0 and set(own[:extra]) == {1} else v


def masked(call: Call, x: Raw, mask: Raw) -> Raw:
    """One value written where a mask is true; the mask may be one of other examples than those of this level."""
    v = call.xs[1]
    if call.ndim(1):
        raise ShapeError(
            f"values of shape {call.shape(1)} are written where a mask is true that differs between the examples of vmap (or "
            f"is a compiler's): use unigrad.where with an array of the shape of the mask"
        )
    shape = tuple(mask.shape)
    if shape != tuple(x.shape[1 : 1 + len(shape)]):
        raise OutOfBoundsError(f"a mask of shape {shape} for an array of shape {tuple(x.shape[1:])}")
    n, mask = (call.size, mask.raw) if call.holds(mask) else (1, mask)
    mask = reshape(mask, n, *shape, *(1,) * (len(x.shape) - 1 - len(shape)))
    v = widened(v, len(x.shape) - 1) if call.at[1] else v
    return TABLE["where"](mask, v, x)


def scatter(call: Call) -> Raw:
    """Every array added at its index, into as many results as there are examples."""
    goal = call.params["shape"]
    parts, indices = [], []
    for i, index in enumerate(call.params["indices"]):
        found = plan(call, index, len(goal), spread=True)
        part = call.full(i)
        parts.append(part if found.order is None else permute(part, inverse(found.order)))
        indices.append(found.parts)
    return call.run(*parts, shape=(call.size, *goal), indices=tuple(indices))


def inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    """The order that undoes an order."""
    return tuple(sorted(range(len(order)), key=order.__getitem__))


def winners(x: Raw, index: Any) -> Raw:
    """Which writes stay where an index names an element twice: write the numbers of the writes, and look which are left."""
    shape = tuple(x.shape)
    home = backend_of(visible(x))
    board = home.beside(np.zeros(shape, np.int64), None, visible(x))
    found = TABLE["getitem"](board, index=index)
    n = int(np.prod(found.shape, dtype=np.int64))
    order = home.beside(np.arange(1, n + 1).reshape(found.shape), None, visible(x))
    written = TABLE["setitem"](board, order, index=index)
    return TABLE["equal"](TABLE["getitem"](written, index=index), order)


def gathered(piece: Piece, across: Across) -> Piece | None:
    """A piece whose index differs between examples, for an array that is the same for all: one piece for all of them.

    So the gradient of a table of which each example reads a few rows is never written out for each example. None, where the index
    does not tell the examples of every level apart.
    """
    part, index = piece.part, piece.index
    for level, size in across.levels:
        at = Level(level, size)
        if not any(map(at.holds, index if type(index) is tuple else (index,))):
            return None
        found = plan(at, index, len(piece.shape), spread=False)
        part = examples_of(part, level, size)
        if found.order is not None:
            part = TABLE["permute_dims"](part, axes=inverse(found.order))
        index = found.parts
    return Piece(piece.shape, index, part)
