"""np.linalg: unigrad.linalg's functions, with NumPy's arguments; what the standard has not is composed of them."""

import math
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.errors import NoRuleError, ShapeError
from unigrad.ops import elementwise as ew
from unigrad.ops import manipulation as mv
from unigrad.ops import reductions
from unigrad.ops.linalg import matmul
from unigrad.ops.matrices import matrix
from unigrad.ops.solving import power
from unigrad.protocols.arguments import (
    MISSING,
    constant_like,
    deliver,
    first_tensor,
    floating,
    tensor,
    tensors,
    values,
)
from unigrad.protocols.manipulation import copy
from unigrad.protocols.table import row, ug


def _direct(name: str) -> Any:
    def function(a: Any, /) -> Any:
        return getattr(ug.linalg, name)(floating(tensor(a)))

    return function


for _name in ("det", "inv", "slogdet", "svdvals", "eig", "eigvals"):
    row("direct", f"linalg.{_name}")(_direct(_name))


@row("direct", "linalg.cholesky")
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    return ug.linalg.cholesky(_lower(a, "U" if upper else "L"), upper=upper)


@row("direct", "linalg.solve")
def solve(a: Any, b: Any) -> Any:
    a, b = (floating(x) for x in tensors(a, b))
    return ug.linalg.solve(a, b)


@row("direct", "linalg.matrix_power")
def matrix_power(a: Any, n: int) -> Any:
    x, n = tensor(a), mv.int_of(n, "matrix_power", "the exponent")
    if n < 0 or dtypes.is_float(x.dtype):
        return ug.linalg.matrix_power(floating(x), n)
    # unlike the standard's, NumPy's keeps integers
    x = matrix(x, "matrix_power", square=True, narrow=True, whole=True)
    return copy(x) if n == 1 else power(x, n)


def _lower(a: Any, uplo: str) -> Any:
    """The matrix with the triangle that is to be read as its lower one: what unigrad's own functions read."""
    if uplo.upper() not in ("L", "U"):
        raise ShapeError(f"linalg: UPLO is 'L' or 'U', not {uplo!r}")
    x = floating(tensor(a))
    return x if uplo.upper() == "L" else mv.matrix_transpose(ew.conj(x))


@row("direct", "linalg.eigh")
def eigh(a: Any, UPLO: str = "L") -> Any:
    """From the triangle that is named; the gradient is symmetric (Hermitian), for the matrix is taken to be so."""
    return ug.linalg.eigh(_lower(a, UPLO))


@row("direct", "linalg.eigvalsh")
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """From the triangle that is named; the gradient is symmetric (Hermitian), for the matrix is taken to be so."""
    return ug.linalg.eigvalsh(_lower(a, UPLO))


@row("direct", "linalg.qr")
def qr(a: Any, mode: str = "reduced") -> Any:
    if mode not in ("reduced", "complete", "r"):
        raise NoRuleError(f"np.linalg.qr: mode {mode!r} has no rule for tensors: use 'reduced', 'complete' or 'r'")
    found = ug.linalg.qr(floating(tensor(a)), mode="reduced" if mode == "r" else mode)
    return found[1] if mode == "r" else found


@row("direct", "linalg.svd")
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    x = floating(tensor(a))
    return ug.linalg.svd(x, full_matrices=full_matrices) if compute_uv else ug.linalg.svdvals(x)


@row("direct", "linalg.pinv")
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = MISSING) -> Any:
    x = floating(tensor(a))
    given = rcond if rtol is MISSING else rtol
    if rcond is not None and rtol is not MISSING:
        raise ShapeError("linalg.pinv takes rcond= or rtol=, not both")
    if given is None:
        given = 1e-15 if rtol is MISSING else max(x.shape[-2:]) * float(np.finfo(x.dtype).eps)
    if not isinstance(given, int | float):  # one for each matrix
        given = ew.astype(tensor(given, x), dtype=np.finfo(x.dtype).dtype)
    return ug.linalg.pinv(x, rtol=given)


@row("constant", "linalg.matrix_rank")
def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    x = tensor(A)
    tol, rtol = (None if t is None else values(t) for t in (tol, rtol))
    return constant_like(np.linalg.matrix_rank(values(x), tol, hermitian, rtol=rtol), x)


# -- norms ---------------------------------------------------------------------------------------------------------------


@row("direct", "linalg.vector_norm")
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return ug.linalg.vector_norm(floating(tensor(x)), axis=axis, keepdims=keepdims, ord=ord)


@row("direct", "linalg.matrix_norm")
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return ug.linalg.matrix_norm(floating(tensor(x)), keepdims=keepdims, ord=ord)


@row("composed", "linalg.norm")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    t = floating(tensor(x))
    if axis is None:
        if ord is None or t.ndim == 1:
            return ug.linalg.vector_norm(t, axis=None, keepdims=keepdims, ord=2 if ord is None else ord)
        if t.ndim != 2:
            raise ShapeError(f"linalg.norm: ord={ord!r} is for vectors and matrices, not for {t.ndim} dimensions")
        axes: tuple[int, ...] = (0, 1)
    else:
        axes = mv.axes_of(tuple(int(i) for i in np.atleast_1d(np.asarray(axis))), t.ndim, "linalg.norm")
    if len(axes) == 1:
        if isinstance(ord, str):
            raise ShapeError(f"linalg.norm: ord={ord!r} is for matrices")
        return ug.linalg.vector_norm(t, axis=axes[0], keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) != 2:
        raise ShapeError(f"linalg.norm: along {len(axes)} axes, where a vector has one and a matrix two")
    moved = mv.moveaxis(t, axes, (-2, -1))
    out = ug.linalg.matrix_norm(moved, ord="fro" if ord is None else ord)
    return mv.reshape(out, tuple(1 if i in axes else n for i, n in enumerate(t.shape))) if keepdims else out


@row("composed", "linalg.cond")
def cond(x: Any, p: Any = None) -> Any:
    t = floating(tensor(x))
    if t.ndim < 2 or 0 in t.shape[-2:]:
        raise ShapeError(f"linalg.cond: an array of shape {t.shape} is no matrix")
    if p in (None, 2, -2):
        s = ug.linalg.svdvals(t)
        with t.backend.quiet():
            ratio = s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
        # of zeros alone it is infinite as well
        return ew.where(ew.logical_and(s[..., 0] == 0, ew.isnan(ratio)), math.inf, ratio)
    if t.shape[-1] != t.shape[-2]:
        raise ShapeError(f"linalg.cond: an array of shape {t.shape} is no square matrix, which p={p!r} asks for")
    singular = ug.linalg.slogdet(ug.stop_gradient(t))[1] == -math.inf
    whole = ew.where(singular[..., None, None], ug.eye(t.shape[-1], dtype=t.dtype, device=t.device), t)
    number = ug.linalg.matrix_norm(t, ord=p) * ug.linalg.matrix_norm(ug.linalg.inv(whole), ord=p)
    return ew.where(singular, math.inf, number)


# -- equations -----------------------------------------------------------------------------------------------------------


def least_squares(a: Any, b: Any, rcond: float) -> Any:
    """The solution of smallest norm, by the pseudoinverse: differentiable where the rank stays (Golub and Pereyra 1973)."""
    return matmul(ug.linalg.pinv(a, rtol=rcond), b)


@row("composed", "linalg.lstsq")
def lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, Any, Any]:
    a, b = (floating(x) for x in tensors(a, b))
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise ShapeError(f"linalg.lstsq: a matrix and its right side, not the shapes {a.shape} and {b.shape}")
    m, n = a.shape
    rcond = float(np.finfo(a.dtype).eps) * max(m, n) if rcond is None else rcond
    s = ug.linalg.svdvals(a)
    rank = int((values(s) > rcond * values(s).max(initial=0.0)).sum())
    x = least_squares(a, b, rcond)
    rest = b - matmul(a, x)
    power = reductions.sum(ew.real(rest * ew.conj(rest)), axis=0)
    residuals = mv.reshape(power, (-1,)) if rank == n and m > n else mv.reshape(power, (-1,))[:0]
    return x, residuals, rank, s


@row("composed", "linalg.tensorsolve")
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = tensors(a, b)
    if axes is not None:
        last = mv.axes_of(tuple(axes), a.ndim, "linalg.tensorsolve")
        a = mv.permute_dims(a, (*(i for i in range(a.ndim) if i not in last), *last))
    shape = a.shape[b.ndim :]
    n = mv.size_of(shape)
    if n * n != a.size or n != b.size:
        raise ShapeError(f"linalg.tensorsolve: {a.shape} and {b.shape} are no square system")
    return mv.reshape(solve(mv.reshape(a, (n, n)), mv.reshape(b, (-1,))), shape)


@row("composed", "linalg.tensorinv")
def tensorinv(a: Any, ind: int = 2) -> Any:
    a = floating(tensor(a))
    if ind <= 0:
        raise ShapeError(f"linalg.tensorinv: ind is positive, not {ind}")
    left, right = a.shape[:ind], a.shape[ind:]
    if mv.size_of(left) != mv.size_of(right):
        raise ShapeError(f"linalg.tensorinv: {left} and {right} are no square matrix")
    return mv.reshape(ug.linalg.inv(mv.reshape(a, (mv.size_of(left), -1))), (*right, *left))


@row("composed", "linalg.multi_dot")
def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """In the order with the fewest multiplications (Cormen et al., matrix-chain order)."""
    like = first_tensor((arrays, out))
    parts = [tensor(a, like) for a in arrays]
    if len(parts) < 2:
        raise ShapeError("linalg.multi_dot: two arrays at least")
    inner = parts[1:-1]
    if any(p.ndim != 2 for p in inner) or any(p.ndim not in (1, 2) for p in (parts[0], parts[-1])):
        raise ShapeError("linalg.multi_dot: matrices, where only the first and the last may be a vector")
    ends = parts[0].ndim == 1, parts[-1].ndim == 1
    if ends[0]:
        parts[0] = mv.reshape(parts[0], (1, -1))
    if ends[1]:
        parts[-1] = mv.reshape(parts[-1], (-1, 1))
    result = _chain(parts)
    shape = tuple(n for n, gone in zip(result.shape, ends, strict=True) if not gone)
    return deliver(mv.reshape(result, shape), out)


def _chain(parts: list[Any]) -> Any:
    dims = [parts[0].shape[0], *(p.shape[1] for p in parts)]
    n = len(parts)
    cost = {(i, i): (0, i) for i in range(n)}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j] = min(
                (cost[i, k][0] + cost[k + 1, j][0] + dims[i] * dims[k + 1] * dims[j + 1], k) for k in range(i, j)
            )

    def product(i: int, j: int) -> Any:
        if i == j:
            return parts[i]
        k = cost[i, j][1]
        return matmul(product(i, k), product(k + 1, j))

    return product(0, n - 1)
