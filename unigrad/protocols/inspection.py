"""What is exactly constant: shapes, dtypes, comparisons within a tolerance, printing and saving."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.lending import Lent
from unigrad.ops import elementwise as ew
from unigrad.ops import manipulation as mv
from unigrad.protocols.arguments import (
    as_axes,
    constant_like,
    deliver,
    first_tensor,
    floating,
    is_complex,
    is_tensor,
    tensor,
    tensors,
    values,
)
from unigrad.protocols.table import row


@row("constant", "shape")
def shape(a: Any) -> tuple[int, ...]:
    return tuple(tensor(a).shape)


@row("constant", "ndim")
def ndim(a: Any) -> int:
    return len(tensor(a).shape)


@row("constant", "size")
def size(a: Any, axis: Any = None) -> int:
    x = tensor(a)
    return mv.size_of([x.shape[i] for i in mv.axes_of(as_axes(axis), x.ndim, "size")])


@row("constant", "iscomplexobj")
def iscomplexobj(x: Any) -> bool:
    return is_complex(tensor(x))


@row("constant", "isrealobj")
def isrealobj(x: Any) -> bool:
    return not is_complex(tensor(x))


@row("constant", "iscomplex")
def iscomplex(x: Any) -> Any:
    return ew.imag(tensor(x)) != 0


@row("constant", "isreal")
def isreal(x: Any) -> Any:
    return ew.imag(tensor(x)) == 0


@row("constant", "isneginf")
def isneginf(x: Any, out: Any = None) -> Any:
    return deliver(floating(tensor(x, first_tensor((x, out)))) == -math.inf, out)


@row("constant", "isposinf")
def isposinf(x: Any, out: Any = None) -> Any:
    return deliver(floating(tensor(x, first_tensor((x, out)))) == math.inf, out)


@row("constant", "isclose")
def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    like = first_tensor((a, b, rtol, atol))
    x, y = tensor(a, like), floating(tensor(b, like))
    with like.backend.quiet():
        near = ew.less_equal(ew.abs(x - y), atol + rtol * ew.abs(y))
    out = ew.where(ew.isfinite(y), near, x == y)
    return ew.logical_or(out, ew.logical_and(ew.isnan(x), ew.isnan(y))) if equal_nan else out


@row("constant", "allclose")
def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> bool:
    return bool(values(isclose(a, b, rtol, atol, equal_nan)).all())


@row("constant", "array_equal")
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    try:
        x, y = tensors(a1, a2)
    except (TypeError, ValueError):  # as NumPy: what is no array equals none
        return False
    return bool(np.array_equal(values(x), values(y), equal_nan))


@row("constant", "array_equiv")
def array_equiv(a1: Any, a2: Any) -> bool:
    try:
        x, y = tensors(a1, a2)
    except (TypeError, ValueError):
        return False
    return bool(np.array_equiv(values(x), values(y)))


@row("constant", "may_share_memory", "shares_memory")
def shares_memory(a: Any, b: Any, /, max_work: Any = None) -> bool:
    """Whether a write to one is seen in the other: views of one tensor that have an element in common, and lent memory."""
    if not (is_tensor(a) and is_tensor(b)):
        raws = [x.__unigrad_tensor__()._raw if is_tensor(x) else x for x in (a, b)]
        return any(type(r) is Lent for r in raws) and bool(np.shares_memory(np.asarray(raws[0]), np.asarray(raws[1])))
    (mine, x), (theirs, y) = _positions(a), _positions(b)
    return a is b or (mine is theirs and bool(np.intersect1d(x, y).size))


def _positions(a: Any) -> tuple[Any, Any]:
    """The tensor that `a` is a view of, and the positions there of its elements."""
    base, takes = a.__unigrad_tensor__(), []
    while (view := getattr(base, "_view", None)) is not None:
        takes.append(view.take)
        base = view.base
    places = constant_like(np.arange(base.size).reshape(base.shape), base)
    for take in reversed(takes):
        places = take(places)
    return base, values(places)


# -- dtypes --------------------------------------------------------------------------------------------------------------


def _stand_in(a: Any) -> Any:
    """An ndarray of the dtype, with no more dimensions than tell a number from an array."""
    return np.empty((0,) * bool(a.ndim), dtype=a.dtype) if is_tensor(a) else a


@row("constant", "result_type")
def result_type(*arrays_and_dtypes: Any) -> Any:
    kinds = [a.dtype if is_tensor(a) else a for a in arrays_and_dtypes]
    known = [k for k in kinds if isinstance(k, np.dtype) and k in dtypes.FLOATS]
    return known[0] if len(known) == len(kinds) == 1 else np.result_type(*map(_stand_in, kinds))


@row("constant", "common_type")
def common_type(*arrays: Any) -> Any:
    return np.common_type(*map(_stand_in, arrays))


@row("constant", "min_scalar_type")
def min_scalar_type(a: Any, /) -> Any:
    return np.min_scalar_type(values(a))


@row("constant", "can_cast")
def can_cast(from_: Any, to: Any, casting: Any = "safe") -> bool:
    source, goal = (x.dtype if is_tensor(x) else x for x in (from_, to))
    return bool(np.can_cast(source, goal, casting))


# -- integers that NumPy computes ----------------------------------------------------------------------------------------


def _of_values(name: str) -> Callable[..., Any]:
    """A function of NumPy's on the values; arrays in the result are constants on the tensor's backend."""

    def function(*args: Any, **options: Any) -> Any:
        like = first_tensor((*args, *options.values()))
        plain = [_plain(a) for a in args]
        result = getattr(np, name)(*plain, **{k: _plain(v) for k, v in options.items()})
        return (
            tuple(constant_like(r, like) for r in result) if isinstance(result, tuple) else constant_like(result, like)
        )

    return function


def _plain(a: Any) -> Any:
    if isinstance(a, list | tuple):
        return type(a)(_plain(v) for v in a)
    return values(a) if is_tensor(a) else a


for _name in ("packbits", "unpackbits", "ravel_multi_index", "unravel_index"):
    row("constant", _name)(_of_values(_name))


# -- what leaves the tape on purpose, as text or in a file ---------------------------------------------------------------


def _as_text(name: str) -> Callable[..., Any]:
    def function(a: Any, *args: Any, **options: Any) -> str:
        return str(getattr(np, name)(values(a), *args, **options))

    return function


for _name in ("array2string", "array_str", "array_repr"):
    row("constant", _name)(_as_text(_name))


def _to_file(name: str) -> Callable[..., Any]:
    def function(*args: Any, **options: Any) -> None:
        getattr(np, name)(*(_plain(a) for a in args), **{k: _plain(v) for k, v in options.items()})

    return function


for _name in ("save", "savez", "savez_compressed", "savetxt"):
    row("constant", _name)(_to_file(_name))
