"""What the rules of linear algebra share: adjoints, masks, factors packed into one array, and checks of operands.

A factorization is one row with one result: its factors, each flattened, side by side along the last axis. So one rule has all
factors, and all their cotangents, at hand; the decomposition is computed once; and a second derivative finds the factors as
tracked values. `factor` takes one of them out.
"""

import builtins
import math
from typing import Any

import numpy as np

from unigrad import primitive
from unigrad.backend import backend_of, kind_of
from unigrad.cotangents import Piece, _absorbing, absorb, scale
from unigrad.errors import DTypeError, ShapeError
from unigrad.kinds import linear
from unigrad.lending import settle
from unigrad.operands import dtype_name
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import abs, astype, conj, is_complex, isfinite, ones_like, real, where, zeros_like
from unigrad.ops.linalg import matmul
from unigrad.ops.manipulation import size_of, tril_, triu_
from unigrad.ops.reductions import any, dtype_like, max, sum
from unigrad.ops.vectors import diagonal_
from unigrad.primitive import TABLE, Domain, Primitive, Sample, wrap

Place = tuple[int, tuple[int, ...]]  # where a factor starts, and its shape


# -- operands ------------------------------------------------------------------------------------------------------------


def matrix(x: Any, what: str, *, square: bool = False, narrow: bool = False, whole: bool = False) -> Any:
    """An operand that is a stack of matrices of a floating dtype, of two bytes only if `narrow`, of integers and bools only if
    `whole`; an error for anything else.
    """
    x = as_array(x) if whole else floating(x, what)
    raw = raw_of(x)
    if not narrow and backend_of(raw).dtype_of(raw).itemsize < 4:
        raise DTypeError(f"{what}: no library does this in {dtype_name(raw)}: cast it to float32 first")
    shape = tuple(x.shape)
    if len(shape) < 2:
        raise ShapeError(f"{what}: an array of shape {shape} is no matrix: it needs two dimensions or more")
    if square and shape[-1] != shape[-2]:
        raise ShapeError(f"{what}: matrices of {shape[-2]} rows and {shape[-1]} columns are not square")
    return x


def floating(x: Any, what: str) -> Any:
    """An operand of a floating dtype; an error for integers and bools."""
    x = as_array(x)
    raw = raw_of(x)
    if kind_of(raw) not in "fc":
        raise DTypeError(
            f"{what}: an array of {dtype_name(raw)}, where the standard asks for a floating dtype: cast it with astype first"
        )
    return x


def raw_of(x: Any) -> Any:
    """The raw array of a tensor, or the raw array itself."""
    return settle(x) if type(x) is primitive.Tensor else x


def like(x: Any, raw: Any) -> Any:
    """A raw constant as a tensor if `x` is one."""
    return wrap(raw) if type(x) is primitive.Tensor else raw


def reshaped(x: Any, *shape: int) -> Any:
    """`x` in another shape: no view, no check."""
    return TABLE["reshape"](x, shape=shape)


# -- matrices ------------------------------------------------------------------------------------------------------------


def swap(x: Any) -> Any:
    """The transpose: no view."""
    n = len(x.shape)
    return TABLE["permute_dims"](x, axes=(*range(n - 2), n - 1, n - 2))


def adjoint(x: Any) -> Any:
    """The conjugate transpose."""
    return swap(conj(x)) if is_complex(x) else swap(x)


def hermitian(x: Any) -> Any:
    """The part of `x` that is its own adjoint."""
    return (x + adjoint(x)) * 0.5


def skew(x: Any) -> Any:
    """The part of `x` that is minus its own adjoint."""
    return (x - adjoint(x)) * 0.5


def real_part(x: Any) -> Any:
    """The real part; a real array as it is."""
    return real(x) if is_complex(x) else x


def identity(x: Any) -> Any:
    """A constant: ones on the diagonal of every matrix of the shape and dtype of `x`."""
    return like(x, triu_(tril_(ones_like(raw_of(x)), k=0), k=0))


def on_diagonal(x: Any) -> Any:
    """A constant: True on the diagonal of every matrix of the shape of `x`."""
    return like(x, raw_of(identity(x)) == 1)


def diagonal_of(x: Any) -> Any:
    """The diagonals."""
    return diagonal_(x, offset=0)


def columns(x: Any) -> Any:
    """A vector for each matrix as a row: it multiplies the matrix's columns."""
    return reshaped(x, *x.shape[:-1], 1, x.shape[-1])


def rows(x: Any) -> Any:
    """A vector for each matrix as a column: it multiplies the matrix's rows."""
    return reshaped(x, *x.shape, 1)


def everywhere(x: Any) -> Any:
    """A number for each matrix: it multiplies all of it."""
    return reshaped(x, *x.shape, 1, 1)


def epsilon(x: Any) -> float:
    """The rounding error of the dtype of `x`."""
    return float(np.finfo(dtype_like(x)).eps)


# -- zero cotangents absorb: in the sweep with plain products nothing is masked, and a NaN there brings the other sweep on ----


def if_any(result: Any, *cts: Any) -> Any:
    """`result`, but zero for each matrix whose cotangents (or tangents) are all zero, whatever is infinite or NaN there."""
    if not _absorbing.get():
        return result
    used: Any = None
    for ct in cts:
        mask = any(raw_of(ct) != 0, axis=(-2, -1), keepdims=True)
        used = mask if used is None else used | mask
    return masked(used, result)


def used_columns(*cts: Any) -> Any:
    """A constant: which columns have a cotangent that is not zero throughout; None in the sweep with plain products."""
    used: Any = None
    for ct in cts if _absorbing.get() else ():
        mask = any(raw_of(ct) != 0, axis=-2)
        used = mask if used is None else used | mask
    return used


def used_with_values(used: Any, values: Any) -> Any:
    """The same, and the columns of which only the value has a cotangent, in matrices of which any column is used.

    What becomes of a value next to vectors cannot be told: V diag(w) V^H with w = 0 twice gives its vectors no cotangent,
    and yet they matter.
    """
    if used is None:
        return None
    return used | (any(used, axis=-1, keepdims=True) & (raw_of(values) != 0))


def pairs(used: Any) -> Any:
    """For a mask of columns, the mask of pairs of columns of which one is used."""
    return None if used is None else columns(used) | rows(used)


def masked(used: Any, result: Any) -> Any:
    """`result` where `used`, else zero, whatever is infinite or NaN there; all of it for None.

    What is finite is zero by itself, for it is linear in what is not used. It is left as it is, for whoever differentiates with
    respect to that: `linearize` does, at cotangent zero.
    """
    if used is None:
        return result
    used = used | isfinite(raw_of(result))
    return scale(like(result, astype(used, dtype=dtype_like(raw_of(result)))), result)


def undifferentiable(x: Any, where_: Any) -> Any:
    """`x`, with the derivative NaN where the raw mask `where_` is true."""
    raw = raw_of(x)
    return x + absorb(x - raw, like(x, where(where_, math.nan, zeros_like(raw))))


def ties(w: Any) -> Any:
    """Which of the values in the last axis are the same but for rounding, pair by pair: a raw array, never differentiated."""
    w = raw_of(w)
    return _near(columns(w) - rows(w), w)


def _near(gap: Any, w: Any) -> Any:
    if not size_of(w.shape):
        return gap == 0
    return abs(gap) <= rows(max(abs(w), axis=-1, keepdims=True) * (w.shape[-1] * epsilon(w)))


def gaps(w: Any) -> Any:
    """1 / (w_j - w_i) in row i and column j; 0 on the diagonal; NaN where the two are the same but for rounding."""
    gap = columns(w) - rows(w)
    raw = raw_of(gap)
    tie = _near(raw, raw_of(w))
    # not nan * raw: a library's own autodiff that runs through this would multiply its zeros by NaN
    instead = where(raw_of(on_diagonal(raw)), math.inf, 0 * raw + math.nan)
    return 1 / where(like(gap, tie), like(gap, instead), gap)


def shared(x: Any, w: Any) -> Any:
    """`x`, one number for each of the values `w`, split evenly among those values that are the same.

    The vectors of such values are any basis of their space, and no answer may depend on which one a library chose.
    """
    weights = astype(ties(w), dtype=dtype_like(raw_of(x)))
    weights = weights / sum(weights, axis=-1, keepdims=True)
    return reshaped(matmul(like(x, weights), rows(x)), *x.shape)


def twice_zero(s: Any, shape: tuple[int, ...]) -> Any:
    """Which singular values are zero but for rounding, where more than one is: a raw mask."""
    raw = raw_of(s)
    if not size_of(raw.shape):
        return raw < 0
    flat = raw <= raw[..., :1] * (builtins.max(shape[-2:]) * epsilon(raw))
    return flat & (sum(astype(flat, dtype=dtype_like(raw)), axis=-1, keepdims=True) > 1)


def inverse_sizes(s: Any, shape: tuple[int, ...]) -> Any:
    """1 / s for singular values of matrices of `shape`; NaN where one is zero but for rounding."""
    if not size_of(s.shape):
        return s
    raw = raw_of(s)
    limit = raw[..., :1] * (builtins.max(shape[-2:]) * epsilon(raw))
    flat = like(s, raw <= limit)
    return where(flat, math.nan, 1 / where(flat, 1, s))


# -- factors in one array --------------------------------------------------------------------------------------------------


def _factor_transpose(ct: Any, x_shape: Any, start: int, shape: tuple[int, ...]) -> Any:
    n = size_of(shape)
    return Piece(x_shape, (Ellipsis, slice(start, start + n)), reshaped(ct, *x_shape[:-1], n))


factor: Primitive = linear(
    "factor", _factor_transpose, promotes="as is",
    domain=Domain(samples=(
        Sample(((7,),), {"start": 1, "shape": (2, 3)}), Sample(((2, 5),), {"start": 0, "shape": (3,)}),
        Sample(((2, 5),), {"start": 4, "shape": ()}),
    )),
    doc="One factor of a factorization: elements of the last axis from `start` on, in the shape `shape`.",
)  # fmt: skip


def places(*shapes: tuple[int, ...]) -> tuple[Place, ...]:
    """Where factors of these shapes are in the array of all."""
    found, start = [], 0
    for shape in shapes:
        found.append((start, shape))
        start += size_of(shape)
    return tuple(found)


def unpack(x: Any, where_: tuple[Place, ...]) -> list[Any]:
    """The factors in one array."""
    return [factor(x, start=start, shape=shape) for start, shape in where_]


def pack(parts: Any, where_: tuple[Place, ...]) -> Any:
    """Factors side by side in one array; complex ones make all of it complex."""
    batch = parts[0].shape[: len(parts[0].shape) - len(where_[0][1])]
    flat = [reshaped(p, *batch, size_of(shape)) for p, (_, shape) in zip(parts, where_, strict=True)]
    return TABLE["concat"](*flat, axis=len(batch))
