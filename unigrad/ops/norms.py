"""Norms of vectors and matrices. Every norm has the derivative 0 at 0, and none overflows before its value does."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad.cotangents import scale
from unigrad.errors import ShapeError
from unigrad.kinds import general
from unigrad.ops.elementwise import abs, astype, conj, sign, where
from unigrad.ops.manipulation import axes_of, expand_dims
from unigrad.ops.matrices import epsilon, floating, raw_of, real_part, reshaped
from unigrad.ops.reductions import dtype_like, max, min, sum
from unigrad.ops.singular import svdvals
from unigrad.primitive import Domain, Primitive, Sample

ORDERS = "1, -1, 2, -2, inf, -inf, 'fro' or 'nuc'"


def _kept(x: Any, shape: tuple[int, ...], axis: tuple[int, ...], keepdims: bool) -> Any:
    return x if keepdims else reshaped(x, *(1 if i in axis else n for i, n in enumerate(shape)))


def _direction(x: Any, out: Any, ord: float, axis: tuple[int, ...], keepdims: bool) -> Any:
    """The gradient of the norm: sign(x) (|x| / norm)**(ord - 1), and 0 at 0. Ratios alone, so nothing overflows."""
    norm = _kept(out, tuple(x.shape), axis, keepdims)
    flat = norm == 0
    if ord == 2:
        return x / where(flat, math.inf, norm)  # all is 0 there: 0 / inf, and no derivative of it either
    norm = where(flat, 1, norm)
    size = abs(x)
    zero = size == 0
    ratio = where(zero, 1, size) / norm
    return where(flat | zero, 0, sign(x) * ratio ** (ord - 1))


def _norm_vjp(ct: Any, x: Any, out: Any, ord: float, axis: Any, keepdims: bool) -> Any:
    return scale(_kept(ct, tuple(x.shape), axis, keepdims), _direction(x, out, ord, axis, keepdims))


def _norm_jvp(t: Any, x: Any, out: Any, ord: float, axis: Any, keepdims: bool) -> Any:
    along = scale(t, conj(_direction(x, out, ord, axis, keepdims)))
    return sum(real_part(along), axis=axis, keepdims=keepdims)


_vector_norm: Primitive = general(
    "vector_norm", vjp=_norm_vjp, jvp=_norm_jvp, promotes="as is",
    domain=Domain(0.3, 2.0, samples=(
        Sample(((2, 3),), {"ord": 2, "axis": (0, 1), "keepdims": False}),
        Sample(((2, 3),), {"ord": 3, "axis": (1,), "keepdims": True}),
        Sample(((2, 3),), {"ord": 0.5, "axis": (0,), "keepdims": False}),
        Sample(((4,),), {"ord": -1.5, "axis": (0,), "keepdims": False}),
        Sample(((2, 3),), {"ord": 3, "axis": (1,), "keepdims": False}),
        Sample(((0, 3),), {"ord": 2, "axis": (0,), "keepdims": False}),
    )),
    doc="(sum |x|**ord)**(1/ord) over axes.",
)  # fmt: skip


def vector_norm(x: Any, /, *, axis: int | Sequence[int] | None = None, keepdims: bool = False, ord: float = 2) -> Any:
    """The norm of order `ord` over `axis` (None: of all elements as one vector); real, also for complex numbers.

    Args:
        x: of a floating dtype.
        axis: one axis, several, or None.
        keepdims: keep the axes, with size 1.
        ord: any real number. inf: the largest absolute value; -inf: the smallest; 0: how many are not zero; else
            (sum |x|**ord)**(1/ord).

    The gradient at 0 is 0 for every order, and of elements that are 0; ties of inf and -inf are split evenly. Neither
    value nor gradient overflows or vanishes by squares and powers.
    """
    x = floating(x, "vector_norm")
    axes = axes_of(axis, len(x.shape), "vector_norm")
    if not _is_order(ord):
        raise ShapeError(f"vector_norm: ord is a real number, not {ord!r}")
    if ord == 0:
        return sum(astype(x != 0, dtype=dtype_like(raw_of(abs(x)))), axis=axes, keepdims=keepdims)
    if ord == 1 or not axes:
        return sum(abs(x), axis=axes, keepdims=keepdims)
    if math.isinf(ord):
        return (max if ord > 0 else min)(abs(x), axis=axes, keepdims=keepdims)
    return _vector_norm(x, ord=ord, axis=axes, keepdims=bool(keepdims))


def _is_order(ord: Any) -> bool:
    return isinstance(ord, int | float | np.integer | np.floating) and not math.isnan(ord)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: float | str | None = "fro") -> Any:
    """The norm of each matrix (the last two axes); real, also for complex numbers.

    Args:
        x: of a floating dtype, shape (..., M, N).
        keepdims: keep the last two axes, with size 1.
        ord: "fro" or None: of all elements as a vector. "nuc": the sum of the singular values. 2, -2: the largest and
            smallest of them. 1, -1: the largest and smallest sum of absolute values in a column; inf, -inf: in a row.

    The gradient at 0 is 0 for every order; ties are split evenly. Singular values that are zero but for rounding have
    no part in the gradient of "nuc": that is the subgradient of least norm.
    """
    x = floating(x, "matrix_norm")
    if len(x.shape) < 2:
        raise ShapeError(
            f"matrix_norm: an array of shape {tuple(x.shape)} is no matrix: it needs two dimensions or more"
        )
    if ord is None or ord == "fro":
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord in (1, 2, math.inf) and 0 in x.shape[-2:]:
        out = sum(abs(x), axis=(-2, -1))  # 0, as NumPy has it: there is no column that is larger
    elif ord in ("nuc", 2, -2):
        s = svdvals(x)
        if ord == "nuc":
            out = sum(_above_rounding(s, tuple(x.shape)), axis=-1)
        else:
            out = (max if ord == 2 else min)(s, axis=-1)
    elif ord in (1, -1, math.inf, -math.inf):
        sums = sum(abs(x), axis=-2 if ord in (1, -1) else -1)
        out = (max if ord in (1, math.inf) else min)(sums, axis=-1)
    else:
        raise ShapeError(f"matrix_norm: ord is {ORDERS}, not {ord!r}")
    return expand_dims(out, axis=(-2, -1)) if keepdims else out


def _above_rounding(s: Any, shape: tuple[int, ...]) -> Any:
    """Singular values; those that are zero but for rounding as constants."""
    if 0 in shape:
        return s
    limit = s[..., :1] * (shape[-2] if shape[-2] > shape[-1] else shape[-1]) * epsilon(s)
    return where(s > limit, s, raw_of(s))
