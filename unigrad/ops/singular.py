"""Singular values, with their vectors on either side. What is said of equal values in `spectra` holds here too."""

import math
from typing import Any, NamedTuple

from unigrad import primitive
from unigrad.cotangents import shortcut
from unigrad.kinds import constant, general
from unigrad.ops.elementwise import conj, is_complex, where
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
    if_any,
    inverse_sizes,
    like,
    masked,
    matrix,
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
from unigrad.ops.reductions import any, sum
from unigrad.ops.solving import real_rtol
from unigrad.primitive import Domain, Primitive, Sample
from unigrad.recording import tracked


class SVDResult(NamedTuple):
    """What `svd` gives."""

    U: Any
    S: Any
    Vh: Any


# -- singular values: with P = U^H dA V, s its diagonal; U turns by (P + P^H) / 2 / (s_j - s_i) + (P - P^H) / 2 / (s_j + s_i),
# V likewise with a minus; J. Townsend, "Differentiating the singular value decomposition" (2016), and for complex matrices
# Z.-Q. Wan and S.-X. Zhang, "Automatic differentiation for complex valued SVD" (2019), with the phase shared by U and V ------


def _svd_places(shape: tuple[int, ...], full_matrices: bool) -> tuple[Place, ...]:
    m, n = shape[-2:]
    k = min(m, n)
    return places((m, m if full_matrices else k), (k,), (n if full_matrices else k, n))


def _sums(s: Any, is_complex_: bool) -> Any:
    """1 / (s_i + s_j). Where that is 0 a real matrix has nothing to turn but between equal values, of which `gaps` tells."""
    total = columns(s) + rows(s)
    return 1 / where(total == 0, math.nan if is_complex_ else math.inf, total)


def _svd_vjp(ct: Any, out: Any, x_shape: Any, full_matrices: bool) -> Any:
    quick = shortcut("svd_pull", ct, out, shape=tuple(x_shape), full_matrices=full_matrices)
    if quick is not None:
        return quick
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
    used = pairs(used_with_values(used_columns(gu1, gv1), gs))
    gs = real_part(gs)
    gs = where(like(gs, twice_zero(s, x_shape) & (raw_of(gs) != 0)), math.nan, shared(gs, s))
    inner = hermitian(masked(used, gaps(s) * (x + y)))
    inner = inner + skew(masked(used, _sums(s, is_complex(u)) * (x - y)))
    g = matmul(matmul(u1, inner) + u1 * columns(gs), vb)
    if m > k:
        outside = _outside(u, gu, u1, gu1, x, k, full_matrices)
        g = g + matmul(_over(outside, s, x_shape, gu, full_matrices), vb)
    if n > k:
        outside = _outside(v, gv, v1, gv1, y, k, full_matrices)
        g = g + matmul(u1, adjoint(_over(outside, s, x_shape, gv, full_matrices)))
    return g


def _outside(u: Any, gu: Any, u1: Any, gu1: Any, x: Any, k: int, full: bool) -> Any:
    """What a cotangent says of the vectors' turning out of their own space."""
    if not full:
        return gu1 - matmul(u1, x)
    u2, gu2 = u[..., k:], gu[..., k:]
    return matmul(u2, matmul(adjoint(u2), gu1) - matmul(adjoint(gu2), u1))


def _over(outside: Any, s: Any, shape: Any, gu: Any, full: bool) -> Any:
    """Columns divided by their singular values, where a cotangent reaches them."""
    k = s.shape[-1]
    used = used_columns(gu)
    if used is not None:  # a cotangent of the vectors that `full` adds reaches all
        used = used[..., :k] | any(used[..., k:], axis=-1, keepdims=True) if full else used
        used = columns(used)
    return masked(used, outside * columns(inverse_sizes(s, shape)))


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
        Sample(((2, 3),), {"full_matrices": False}), Sample(((2, 0),), {"full_matrices": False}),
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


def _decomposed(x: Any, known: Any) -> Any:
    """The factors that the forward pass found, unless the derivative is to be differentiated again."""
    if known is None or type(x) is primitive.Tensor:
        return svd(x, full_matrices=False)
    return known[1], known[0], known[2]


def _svdvals_vjp(ct: Any, x: Any, known: Any) -> Any:
    u, s, vh = _decomposed(x, known)
    ct = where(s == 0, 0, ct)  # the tip of a cone, as abs has one
    return if_any(matmul(u * columns(shared(ct, s)), vh), rows(ct))


def _svdvals_jvp(t: Any, x: Any, known: Any) -> Any:
    u, s, vh = _decomposed(x, known)
    return where(s == 0, 0, shared(real_part(sum(conj(u) * matmul(t, adjoint(vh)), axis=-2)), s))


_svdvals: Primitive = general(
    "svdvals", vjp=_svdvals_vjp, jvp=_svdvals_jvp, promotes="as is",
    domain=Domain(samples=(Sample(((3, 2),), {"known": None}), Sample(((2, 2, 3),), {"known": None}))),
    doc="Singular values of matrices.",
)  # fmt: skip


def svdvals(x: Any, /) -> Any:
    """Singular values, descending, shape (..., min(M, N)).

    The derivative of one that is 0 is 0, as that of abs at 0. Where some of them are the same they share a gradient
    evenly: right for every function that takes them alike. A second derivative is NaN there.
    """
    x = matrix(x, "svdvals")
    known = None
    if type(x) is primitive.Tensor and tracked(x._node):  # the way back needs the vectors: one decomposition for both
        u, s, vh = svd(x._raw, full_matrices=False)
        known = (s, u, vh)
    return _svdvals(x, known=known)


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
