"""NumPy's products of arrays."""

import string
from typing import Any

import numpy as np

from unigrad.errors import DTypeError, ShapeError
from unigrad.ops import linalg, reductions, vectors
from unigrad.ops import manipulation as mv
from unigrad.protocols.arguments import (
    cast,
    deliver,
    first_tensor,
    tensor,
    tensors,
    to_dtype,
)
from unigrad.protocols.manipulation import diagonal
from unigrad.protocols.table import row, ug


@row("composed", "dot")
def dot(a: Any, b: Any, out: Any = None) -> Any:
    like = first_tensor((a, b, out))
    x, y = tensor(a, like), tensor(b, like)
    if not x.ndim or not y.ndim:
        result = x * y
    elif x.ndim <= 2 and y.ndim <= 2:
        result = linalg.matmul(x, y)
    else:
        result = linalg.tensordot(x, y, axes=((x.ndim - 1,), (max(y.ndim - 2, 0),)))
    return deliver(result, out)


@row("composed", "inner")
def inner(a: Any, b: Any, /) -> Any:
    x, y = tensors(a, b)
    return linalg.tensordot(x, y, axes=((x.ndim - 1,), (y.ndim - 1,))) if x.ndim and y.ndim else x * y


@row("composed", "vdot")
def vdot(a: Any, b: Any, /) -> Any:
    x, y = (mv.reshape(v, (-1,)) for v in tensors(a, b))
    return linalg.vecdot(x, y)


@row("composed", "outer")
def outer(a: Any, b: Any, out: Any = None) -> Any:
    like = first_tensor((a, b, out))
    x, y = tensor(a, like), tensor(b, like)
    return deliver(mv.reshape(x, (-1, 1)) * mv.reshape(y, (1, -1)), out)


@row("composed", "linalg.outer")
def linalg_outer(x1: Any, x2: Any, /) -> Any:
    x, y = tensors(x1, x2)
    if x.ndim != 1 or y.ndim != 1:
        raise ShapeError(f"linalg.outer: vectors, not arrays of the shapes {x.shape} and {y.shape}")
    return outer(x, y)


@row("direct", "kron")
def kron(a: Any, b: Any) -> Any:
    return vectors.kron(*tensors(a, b))


@row("direct", "tensordot")
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    x, y = tensors(a, b)
    if not isinstance(axes, int | np.integer):
        axes = tuple((int(v),) if isinstance(v, int | np.integer) else tuple(v) for v in axes)
    return linalg.tensordot(x, y, axes=axes)


@row("direct", "linalg.tensordot")
def linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    return tensordot(x1, x2, axes)


@row("direct", "linalg.matmul")
def matmul(x1: Any, x2: Any, /) -> Any:
    return linalg.matmul(x1, x2)


@row("direct", "linalg.vecdot")
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    x, y = tensors(x1, x2)
    return linalg.vecdot(x, y, axis=axis)


@row("composed", "trace")
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    x = cast(tensor(a, first_tensor((a, out))), dtype)
    return deliver(reductions.sum(diagonal(x, offset, axis1, axis2), axis=-1), out)


@row("composed", "linalg.trace")
def linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return trace(x, offset, -2, -1, dtype)


@row("composed", "cross")
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = tensors(a, b)
    x = mv.moveaxis(x, mv.axis_of(axisa, x.ndim, "cross"), -1)
    y = mv.moveaxis(y, mv.axis_of(axisb, y.ndim, "cross"), -1)
    if x.shape[-1] != 3 or y.shape[-1] != 3:
        raise ShapeError(f"cross: vectors of 3 elements, not {x.shape[-1]} and {y.shape[-1]}; append a zero to a pair")
    return mv.moveaxis(vectors.cross(x, y), -1, axisc)


@row("composed", "linalg.cross")
def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return cross(x1, x2, axis=axis)


# -- einsum --------------------------------------------------------------------------------------------------------------


def _subscripts(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Subscripts and operands; of the form ``a, [0, 1], b, [1, 2], [0, 2]`` too."""
    if isinstance(operands[0], str):
        return operands[0], list(operands[1:])
    letters = string.ascii_letters
    *pairs, last = operands if len(operands) % 2 else (*operands, None)

    def name(sub: Any) -> str:
        return "".join("..." if s is Ellipsis else letters[s] for s in sub)

    terms = ",".join(name(s) for s in pairs[1::2])
    return terms if last is None else f"{terms}->{name(last)}", list(pairs[0::2])


@row("direct", "einsum")
def einsum(
    *operands: Any, out: Any = None, optimize: Any = False, dtype: Any = None, order: str = "K",
    casting: str = "safe",
) -> Any:  # fmt: skip
    subscripts, arrays = _subscripts(operands)
    like = first_tensor((arrays, out))
    parts = [tensor(a, like) for a in arrays]
    kind = to_dtype(dtype, like.backend)
    if kind is not None and any(not np.can_cast(p.dtype, kind, casting) for p in parts):  # type: ignore[arg-type]
        raise DTypeError(f"einsum: an operand cannot be cast to {kind} by the rule {casting!r}")
    return deliver(ug.einsum(subscripts, *(cast(p, kind) for p in parts)), out)


@row("constant", "einsum_path")
def einsum_path(*operands: Any, optimize: Any = "greedy", einsum_call: bool = False) -> Any:
    subscripts, arrays = _subscripts(operands)
    shaped = [np.broadcast_to(np.float64(0), tensor(a).shape) for a in arrays]
    return np.einsum_path(subscripts, *shaped, optimize=optimize)
