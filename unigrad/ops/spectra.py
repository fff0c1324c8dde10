"""Eigenvalues and singular values, with their vectors.

Vectors are known up to a phase each (for real matrices, a sign), and the derivative of a function that depends on that choice
does not exist. The rules give the one with the least change: along each vector itself there is none. Where two eigenvalues or
singular values are the same but for rounding, the vectors have no derivative: NaN for a cotangent that reaches one of the two.
Derivatives of the values alone divide by no gap, and share evenly among those that are the same: right for every function
that takes them alike.
"""

import math
from typing import Any, NamedTuple

from unigrad.kinds import constant, general
from unigrad.ops.elementwise import astype, conj, is_complex, where
from unigrad.ops.linalg import matmul
from unigrad.ops.manipulation import concat
from unigrad.ops.matrices import (
    Place,
    adjoint,
    columns,
    diagonal_of,
    epsilon,
    gaps,
    hermitian,
    identity,
    if_any,
    inverse_sizes,
    like,
    masked,
    matrix,
    on_diagonal,
    pack,
    pairs,
    places,
    raw_of,
    real_part,
    rows,
    shared,
    skew,
    twice_zero,
    unpack,
    used_columns,
    used_with_values,
)  # fmt: skip
from unigrad.ops.reductions import any, dtype_like, sum
from unigrad.ops.solving import inverse, real_rtol
from unigrad.primitive import Domain, Primitive, Sample


class EighResult(NamedTuple):
    """What `eigh` gives."""

    eigenvalues: Any
    eigenvectors: Any


class EigResult(NamedTuple):
    """What `eig` gives."""

    eigenvalues: Any
    eigenvectors: Any


class SVDResult(NamedTuple):
    """What `svd` gives."""

    U: Any
    S: Any
    Vh: Any


_SQUARE = (Sample(((3, 3),), {}), Sample(((2, 2, 2),), {}))


# -- Hermitian matrices: with W = V^H dA V, dw = diag(W) and dV = V (W / gaps) -----------------------------------------------


def _eigen_places(shape: tuple[int, ...]) -> tuple[Place, ...]:
    n = shape[-1]
    return places((n,), (n, n))


def _eigh_vjp(ct: Any, out: Any, x_shape: Any) -> Any:
    where_ = _eigen_places(x_shape)
    w, v = unpack(out, where_)
    gw, gv = unpack(ct, where_)
    back = adjoint(v)
    used = used_with_values(used_columns(gv), gw)
    turned = masked(pairs(used), gaps(real_part(w)) * matmul(back, gv))
    gw = shared(real_part(gw), real_part(w))
    return hermitian(matmul(matmul(v, turned) + v * columns(gw), back))


def _eigh_jvp(t: Any, out: Any, x_shape: Any) -> Any:
    where_ = _eigen_places(x_shape)
    w, v = unpack(out, where_)
    change = matmul(adjoint(v), matmul(hermitian(t), v))
    w = real_part(w)
    dv = matmul(v, if_any(gaps(w) * change, t))
    return pack((shared(real_part(diagonal_of(change)), w), dv), where_)


_eigh: Primitive = general(
    "eigh", vjp=_eigh_vjp, jvp=_eigh_jvp, promotes="as is", domain=Domain(samples=_SQUARE),
    doc="Eigenvalues and eigenvectors of Hermitian matrices, in one array.",
)  # fmt: skip


def eigh(x: Any, /) -> EighResult:
    """Eigenvalues (ascending, real) and eigenvectors (columns) of Hermitian matrices: x = V diag(w) V^H.

    The lower triangle is read; the gradient is Hermitian, that of the function of (x + x^H) / 2.
    A function of the vectors has a derivative where it does not depend on their signs or phases, and no two
    eigenvalues are the same; where they are, the gradient is NaN. Take `eigvalsh` for values alone.
    """
    x = matrix(x, "eigh", square=True)
    w, v = unpack(_eigh(x), _eigen_places(tuple(x.shape)))
    return EighResult(real_part(w), v)


def _eigvalsh_vjp(ct: Any, x: Any) -> Any:
    w, v = eigh(x)
    return if_any(matmul(v * columns(shared(ct, w)), adjoint(v)), rows(ct))


def _eigvalsh_jvp(t: Any, x: Any) -> Any:
    w, v = eigh(x)
    return shared(real_part(sum(conj(v) * matmul(hermitian(t), v), axis=-2)), w)


_eigvalsh: Primitive = general(
    "eigvalsh", vjp=_eigvalsh_vjp, jvp=_eigvalsh_jvp, promotes="as is", domain=Domain(samples=_SQUARE),
    doc="Eigenvalues of Hermitian matrices.",
)  # fmt: skip


def eigvalsh(x: Any, /) -> Any:
    """Eigenvalues of Hermitian matrices, ascending; the lower triangle is read.

    Where some of them are the same they share a gradient evenly: right for every function that takes them alike, and
    the subgradient of least norm of the largest. A second derivative is NaN there.
    """
    return _eigvalsh(matrix(x, "eigvalsh", square=True))


# -- any square matrices: with W = V^-1 dA V, dw = diag(W) and dV = V (W / gaps), less what lies along each vector -----------


def _as_input(g: Any, x_dtype: Any) -> Any:
    return g if x_dtype.kind == "c" else real_part(g)


def _eig_vjp(ct: Any, out: Any, x_shape: Any, x_dtype: Any) -> Any:
    where_ = _eigen_places(x_shape)
    w, v = unpack(out, where_)
    gw, gv = unpack(ct, where_)
    back = adjoint(v)
    x = matmul(back, gv)
    x = x - matmul(back, v) * columns(diagonal_of(x))
    turned = masked(pairs(used_with_values(used_columns(gv), gw)), conj(gaps(w)) * x)
    inside = turned + identity(turned) * columns(gw)
    y = adjoint(inverse(v, check=False))
    return _as_input(if_any(matmul(matmul(y, inside), back), gv, rows(gw)), x_dtype)


def _eig_jvp(t: Any, out: Any, x_shape: Any) -> Any:
    where_ = _eigen_places(x_shape)
    w, v = unpack(out, where_)
    change = if_any(matmul(inverse(v, check=False), matmul(astype(t, dtype=dtype_like(v)), v)), t)
    dv = matmul(v, if_any(gaps(w) * change, t))
    along = sum(conj(v) * dv, axis=-2)
    return pack((diagonal_of(change), dv - v * columns(along)), where_)


_eig: Primitive = general(
    "eig", vjp=_eig_vjp, jvp=_eig_jvp, promotes="as is", domain=Domain(samples=_SQUARE),
    doc="Eigenvalues and eigenvectors of square matrices, in one array.",
)  # fmt: skip


def eig(x: Any, /) -> EigResult:
    """Eigenvalues and eigenvectors (columns, of length 1) of square matrices; complex, in no particular order.

    A function of the vectors has a derivative where it does not depend on their phases, and no two eigenvalues are the
    same; where they are, the gradient is NaN.
    """
    x = matrix(x, "eig", square=True)
    return EigResult(*unpack(_eig(x), _eigen_places(tuple(x.shape))))


def _eigvals_vjp(ct: Any, x: Any, x_dtype: Any) -> Any:
    v = eig(x).eigenvectors
    g = matmul(adjoint(inverse(v, check=False)) * columns(ct), adjoint(v))
    return _as_input(if_any(g, rows(ct)), x_dtype)


def _eigvals_jvp(t: Any, x: Any) -> Any:
    v = eig(x).eigenvectors
    change = matmul(astype(t, dtype=dtype_like(v)), v)
    return diagonal_of(if_any(matmul(inverse(v, check=False), change), t))


_eigvals: Primitive = general(
    "eigvals", vjp=_eigvals_vjp, jvp=_eigvals_jvp, promotes="as is", domain=Domain(samples=_SQUARE),
    doc="Eigenvalues of square matrices.",
)  # fmt: skip


def eigvals(x: Any, /) -> Any:
    """Eigenvalues of square matrices; complex, in no particular order."""
    return _eigvals(matrix(x, "eigvals", square=True))


# -- singular values: with P = U^H dA V, s its diagonal; U turns by (P + P^H) / 2 / (s_j - s_i) + (P - P^H) / 2 / (s_j + s_i),
# V likewise with a minus; J. Townsend, "Differentiating the singular value decomposition" (2016), and for complex matrices
# Z.-Q. Wan and S.-X. Zhang, "Automatic differentiation for complex valued SVD" (2019), with the phase shared by U and V ------


def _svd_places(shape: tuple[int, ...], full_matrices: bool) -> tuple[Place, ...]:
    m, n = shape[-2:]
    k = min(m, n)
    return places((m, m if full_matrices else k), (k,), (n if full_matrices else k, n))


def _sums(s: Any, is_complex_: bool) -> Any:
    """1 / (s_i + s_j); on the diagonal, where a real matrix has nothing to turn, 0 for a real one."""
    total = columns(s) + rows(s)
    flat = total == 0
    found = where(flat, float("nan"), 1 / where(flat, 1, total))
    return found if is_complex_ else where(on_diagonal(found), 0, found)


def _svd_vjp(ct: Any, out: Any, x_shape: Any, full_matrices: bool) -> Any:
    m, n = x_shape[-2:]
    k = min(m, n)
    where_ = _svd_places(x_shape, full_matrices)
    u, s, vh = unpack(out, where_)
    gu, gs, gvh = unpack(ct, where_)
    v, gv = adjoint(vh), adjoint(gvh)
    s = real_part(s)
    u1, v1, gu1, gv1 = (a[..., :k] for a in (u, v, gu, gv))
    ub, vb = adjoint(u1), adjoint(v1)
    x, y = matmul(ub, gu1), matmul(vb, gv1)
    used_u, used_v = used_columns(gu), used_columns(gv)
    used = pairs(used_with_values(used_columns(gu1, gv1), gs))
    gs = real_part(gs)
    gs = where(like(gs, twice_zero(s, x_shape) & (raw_of(gs) != 0)), math.nan, shared(gs, s))
    inner = hermitian(masked(used, gaps(s) * (x + y)))
    inner = inner + skew(masked(used, _sums(s, is_complex(u)) * (x - y)))
    g = matmul(matmul(u1, inner) + u1 * columns(gs), vb)
    if m > k:
        outside = _outside(u, gu, u1, gu1, x, k, full_matrices)
        g = g + matmul(_over(outside, s, x_shape, used_u[..., :k], gu, full_matrices), vb)
    if n > k:
        outside = _outside(v, gv, v1, gv1, y, k, full_matrices)
        g = g + matmul(u1, adjoint(_over(outside, s, x_shape, used_v[..., :k], gv, full_matrices)))
    return g


def _outside(u: Any, gu: Any, u1: Any, gu1: Any, x: Any, k: int, full: bool) -> Any:
    """What a cotangent says of the vectors' turning out of their own space."""
    if not full:
        return gu1 - matmul(u1, x)
    u2, gu2 = u[..., k:], gu[..., k:]
    return matmul(u2, matmul(adjoint(u2), gu1) - matmul(adjoint(gu2), u1))


def _over(outside: Any, s: Any, shape: Any, used: Any, gu: Any, full: bool) -> Any:
    """Columns divided by their singular values, where a cotangent reaches them."""
    k = s.shape[-1]
    if full:  # a cotangent of the other vectors reaches all of these
        used = used | any(used_columns(gu[..., k:]), axis=-1, keepdims=True)
    return masked(columns(used), outside * columns(inverse_sizes(s, shape)))


def _svd_jvp(t: Any, out: Any, x_shape: Any, full_matrices: bool) -> Any:
    m, n = x_shape[-2:]
    k = min(m, n)
    where_ = _svd_places(x_shape, full_matrices)
    u, s, vh = unpack(out, where_)
    v = adjoint(vh)
    s = real_part(s)
    u1, v1 = u[..., :k], v[..., :k]
    p = matmul(adjoint(u1), matmul(t, v1))
    even, odd = gaps(s) * hermitian(p), _sums(s, is_complex(u)) * skew(p)
    du, dv = matmul(u1, if_any(even + odd, t)), matmul(v1, if_any(even - odd, t))
    over = columns(inverse_sizes(s, x_shape))
    if m > k:
        du = _turned(du, matmul(t, v1) - matmul(u1, p), u, u1, over, t, full_matrices)
    if n > k:
        dv = _turned(dv, matmul(adjoint(t), u1) - matmul(v1, adjoint(p)), v, v1, over, t, full_matrices)
    ds = shared(real_part(diagonal_of(p)), s)
    ds = where(
        like(ds, twice_zero(s, x_shape) & any(raw_of(t) != 0, axis=(-2, -1), keepdims=True)[..., 0]), math.nan, ds
    )
    return pack((du, ds, adjoint(dv)), where_)


def _turned(du: Any, outside: Any, u: Any, u1: Any, over: Any, t: Any, full: bool) -> Any:
    """The change of vectors inside their own space, and what turns out of it added; with the other vectors if `full`."""
    k = u1.shape[-1]
    outside = if_any(outside * over, t)
    if not full:
        return du + outside
    u2 = u[..., k:]
    turn = matmul(adjoint(u2), outside)
    return concat([du + matmul(u2, turn), -matmul(u1, adjoint(turn))], axis=-1)


_svd: Primitive = general(
    "svd", vjp=_svd_vjp, jvp=_svd_jvp, promotes="as is",
    domain=Domain(samples=(
        Sample(((3, 2),), {"full_matrices": False}), Sample(((2, 3),), {"full_matrices": True}),
        Sample(((2, 2, 2),), {"full_matrices": False}), Sample(((3, 2),), {"full_matrices": True}),
        Sample(((2, 3),), {"full_matrices": False}),
    )),
    doc="Singular values with their vectors on either side, in one array.",
)  # fmt: skip


def svd(x: Any, /, *, full_matrices: bool = True) -> SVDResult:
    """Singular value decomposition x = U diag(S) Vh, with S descending.

    Args:
        x: matrices, shape (..., M, N); K = min(M, N).
        full_matrices: U of shape (..., M, M) and Vh of shape (..., N, N); else (..., M, K) and (..., K, N).

    A function of the vectors has a derivative where it does not depend on the choice of their signs or phases (nor of
    the basis that fills U or Vh up), and no two singular values are the same; where they are, the gradient is NaN. So it
    is for values of which two are 0, for it cannot be told whether their vectors matter: take `svdvals` for values alone.
    """
    x = matrix(x, "svd")
    full = bool(full_matrices) and x.shape[-1] != x.shape[-2]
    u, s, vh = unpack(_svd(x, full_matrices=full), _svd_places(tuple(x.shape), full))
    return SVDResult(u, real_part(s), vh)


def _svdvals_vjp(ct: Any, x: Any) -> Any:
    u, s, vh = svd(x, full_matrices=False)
    ct = where(s == 0, 0, ct)  # the tip of a cone, as abs has one
    return if_any(matmul(u * columns(shared(ct, s)), vh), rows(ct))


def _svdvals_jvp(t: Any, x: Any) -> Any:
    u, s, vh = svd(x, full_matrices=False)
    return where(s == 0, 0, shared(real_part(sum(conj(u) * matmul(t, adjoint(vh)), axis=-2)), s))


_svdvals: Primitive = general(
    "svdvals", vjp=_svdvals_vjp, jvp=_svdvals_jvp, promotes="as is",
    domain=Domain(samples=(Sample(((3, 2),), {}), Sample(((2, 2, 3),), {}))), doc="Singular values of matrices.",
)  # fmt: skip


def svdvals(x: Any, /) -> Any:
    """Singular values, descending, shape (..., min(M, N)).

    The derivative of one that is 0 is 0, as that of abs at 0. Where some of them are the same they share a gradient
    evenly: right for every function that takes them alike. A second derivative is NaN there.
    """
    return _svdvals(matrix(x, "svdvals"))


_matrix_rank: Primitive = constant(
    "matrix_rank",
    promotes="as is",
    domain=Domain(samples=(Sample(((3, 2),), {"rtol": 1e-3}), Sample(((2, 2, 2),), {"rtol": 0.3}))),
    doc="How many singular values are larger than rtol times the largest.",
)


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    """The rank of each matrix, an integer: connected, with derivative zero.

    Args:
        x: matrices, shape (..., M, N).
        rtol: singular values up to `rtol` times the largest count as zero: a number, or one for each matrix. None:
            max(M, N) times the rounding error of the dtype.
    """
    x = matrix(x, "matrix_rank")
    limit = max(x.shape[-2:]) * epsilon(x) if rtol is None else raw_of(real_rtol(rtol, "matrix_rank"))
    return _matrix_rank(x, rtol=limit)
