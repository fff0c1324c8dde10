"""Pairs of calls on raw arrays: unigrad's function, and the library's own for the same answer, as a program would write both.

An axis that ours takes by its name alone, as the array API has it, theirs is told by name too: to read a name takes time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import unigrad as ug

Call = Callable[[], Any]

#: elementwise functions by the library's own name, which are unigrad's too
ONE = (
    "abs", "ceil", "cos", "exp", "expm1", "floor", "isfinite", "isinf", "isnan", "log", "log1p", "logical_not", "negative",
    "round", "sign", "signbit", "sin", "sqrt", "square", "tan", "tanh", "trunc",
)  # fmt: skip
TWO = (
    "add", "copysign", "divide", "floor_divide", "greater", "greater_equal", "hypot", "less", "less_equal", "logaddexp",
    "logical_and", "maximum", "minimum", "multiply", "nextafter", "not_equal", "remainder", "subtract",
)  # fmt: skip
OVER = ("all", "any", "argmax", "argmin", "max", "mean", "min", "prod", "std", "sum", "var")


class Pair(NamedTuple):
    """A call of ours, the library's own, and why ours may take longer than the bound; None: it may not."""

    ours: Call
    theirs: Call
    because: str | None = None


def pairs(library: Any, x: Any) -> Iterator[tuple[str, Pair]]:
    """Of ten numbers `x` between 0 and 1: a float64 ndarray, a float32 tensor or a JAX array."""
    torch = library.__name__ == "torch"
    table = library.reshape(x, (2, 5))
    row = library.reshape(x, (1, 10))
    mask = x > 0.5
    because = {"sign": "PyTorch's own makes a 0 of a NaN, ours keeps it"} if torch else {}
    for name in ONE:
        ours, theirs = getattr(ug, name), getattr(library, name)
        yield name, Pair(lambda f=ours: f(x), lambda f=theirs: f(x), because.get(name))
    for name in TWO:
        ours, theirs = getattr(ug, name), getattr(library, name)
        yield name, Pair(lambda f=ours: f(x, x), lambda f=theirs: f(x, x))
    for name in OVER:
        ours, theirs = getattr(ug, name), getattr(library, name)
        if torch and name in ("std", "var"):
            yield name, Pair(lambda f=ours: f(x), lambda f=theirs: f(x, correction=0))
            yield (
                f"{name}, axis 0",
                Pair(lambda f=ours: f(table, axis=0), lambda f=theirs: f(table, dim=0, correction=0)),
            )
            continue
        yield name, Pair(lambda f=ours: f(x), lambda f=theirs: f(x))
        along = {"max": library.amax, "min": library.amin}.get(name, theirs)
        if torch:
            yield f"{name}, axis 0", Pair(lambda f=ours: f(table, axis=0), lambda f=along: f(table, dim=0))
        else:
            yield f"{name}, axis 0", Pair(lambda f=ours: f(table, axis=0), lambda f=along: f(table, axis=0))
    yield from (_of_torch if torch else _of_numpy)(library, x, table, row, mask)
    yield "reshape", Pair(lambda f=ug.reshape: f(x, (2, 5)), lambda f=library.reshape: f(x, (2, 5)))
    yield "reshape, -1", Pair(lambda f=ug.reshape: f(table, (-1,)), lambda f=library.reshape: f(table, (-1,)))
    yield "squeeze", Pair(lambda f=ug.squeeze: f(row, 0), lambda f=library.squeeze: f(row, 0))
    yield "broadcast_to", Pair(lambda f=ug.broadcast_to: f(x, (3, 10)), lambda f=library.broadcast_to: f(x, (3, 10)))
    yield "stack", Pair(lambda f=ug.stack: f([x, x]), lambda f=library.stack: f([x, x]))
    yield "matmul", Pair(lambda f=ug.matmul: f(x, x), lambda f=library.matmul: f(x, x))
    yield "tensordot", Pair(lambda f=ug.tensordot: f(x, x, axes=1), lambda f=library.tensordot: f(x, x, 1))
    yield "where", Pair(lambda f=ug.where: f(mask, x, x), lambda f=library.where: f(mask, x, x))
    yield "clip", Pair(lambda f=ug.clip: f(x, 0.2, 0.8), lambda f=library.clip: f(x, 0.2, 0.8))


def _of_numpy(library: Any, x: Any, table: Any, row: Any, mask: Any) -> Iterator[tuple[str, Pair]]:
    """NumPy's names, and JAX's."""
    places = library.asarray([1, 3, 5])
    yield "equal", Pair(lambda f=ug.equal: f(x, x), lambda f=library.equal: f(x, x))
    yield "pow", Pair(lambda f=ug.pow: f(x, x), lambda f=library.power: f(x, x))
    yield "atan2", Pair(lambda f=ug.atan2: f(x, x), lambda f=library.arctan2: f(x, x))
    yield (
        "permute_dims",
        Pair(lambda f=ug.permute_dims: f(table, (1, 0)), lambda f=library.permute_dims: f(table, (1, 0))),
    )
    yield "expand_dims", Pair(lambda f=ug.expand_dims: f(x, 0), lambda f=library.expand_dims: f(x, 0))
    yield "flip", Pair(lambda f=ug.flip: f(table, axis=0), lambda f=library.flip: f(table, axis=0))
    yield "concat", Pair(lambda f=ug.concat: f([x, x]), lambda f=library.concat: f([x, x]))
    yield "vecdot", Pair(lambda f=ug.vecdot: f(x, x), lambda f=library.vecdot: f(x, x))
    yield "astype", Pair(lambda f=ug.astype: f(x, ug.float32), lambda: x.astype(ug.float32))
    clamps = (
        "JAX's own takes a place out of bounds for the last, ours looks" if library.__name__ == "jax.numpy" else None
    )
    yield "take", Pair(lambda f=ug.take: f(x, places), lambda f=library.take: f(x, places), clamps)
    yield "cumulative_sum", Pair(lambda f=ug.cumulative_sum: f(x), lambda f=library.cumsum: f(x))
    yield "sort", Pair(lambda f=ug.sort: f(x), lambda f=library.sort: f(x))


def _of_torch(library: Any, x: Any, table: Any, row: Any, mask: Any) -> Iterator[tuple[str, Pair]]:
    """PyTorch's names."""
    places = library.asarray([1, 3, 5])
    float64 = library.float64
    yield "equal", Pair(lambda f=ug.equal: f(x, x), lambda f=library.eq: f(x, x))
    yield "pow", Pair(lambda f=ug.pow: f(x, x), lambda f=library.pow: f(x, x))
    yield "atan2", Pair(lambda f=ug.atan2: f(x, x), lambda f=library.atan2: f(x, x))
    yield "permute_dims", Pair(lambda f=ug.permute_dims: f(table, (1, 0)), lambda f=library.permute: f(table, (1, 0)))
    yield "expand_dims", Pair(lambda f=ug.expand_dims: f(x, 0), lambda f=library.unsqueeze: f(x, 0))
    yield "flip", Pair(lambda f=ug.flip: f(table, axis=0), lambda f=library.flip: f(table, dims=(0,)))
    yield "concat", Pair(lambda f=ug.concat: f([x, x]), lambda f=library.cat: f([x, x]))
    yield "vecdot", Pair(lambda f=ug.vecdot: f(x, x), lambda f=library.linalg.vecdot: f(x, x))
    yield "astype", Pair(lambda f=ug.astype: f(x, ug.float64), lambda: x.to(float64))
    yield "take", Pair(lambda f=ug.take: f(x, places), lambda f=library.index_select: f(x, 0, places))
    yield "cumulative_sum", Pair(lambda f=ug.cumulative_sum: f(x), lambda f=library.cumsum: f(x, dim=0))
    yield "sort", Pair(lambda f=ug.sort: f(x), lambda f=library.sort: f(x).values)
