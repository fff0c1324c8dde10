"""Triangular factors: Cholesky and QR."""

import math
from typing import Any, NamedTuple

from unigrad.cotangents import shortcut
from unigrad.errors import ShapeError
from unigrad.kinds import general
from unigrad.ops.elementwise import imag, is_complex, where
from unigrad.ops.linalg import matmul
from unigrad.ops.manipulation import concat, tril_, triu_
from unigrad.ops.matrices import (
    Place,
    adjoint,
    columns,
    diagonal_of,
    hermitian,
    identity,
    if_any,
    matrix,
    on_diagonal,
    pack,
    places,
    unpack,
)  # fmt: skip
from unigrad.ops.solving import triangular
from unigrad.primitive import Domain, Primitive, Sample


class QRResult(NamedTuple):
    """What `qr` gives."""

    Q: Any
    R: Any


# -- Cholesky: dL = L half(L^-1 dA L^-H), where half takes the lower triangle with half of the diagonal; I. Murray,
# "Differentiation of the Cholesky decomposition" (2016) ------------------------------------------------------------------


def _half(x: Any) -> Any:
    lower = tril_(x, k=0)
    return where(on_diagonal(lower), lower * 0.5, lower)


def _cholesky_vjp(ct: Any, out: Any) -> Any:
    quick = shortcut("cholesky_pull", ct, out)
    if quick is not None:
        return quick
    inner = matmul(adjoint(out), ct)
    inner = tril_(inner, k=0) + tril_(inner, k=-1)  # twice the half; its Hermitian part is taken at the end
    left = triangular(out, inner, lower=True, adjoint=True)
    whole = triangular(out, adjoint(left), lower=True, adjoint=True)
    return if_any((whole + adjoint(whole)) * 0.25, ct)


def _cholesky_jvp(t: Any, out: Any) -> Any:
    left = triangular(out, hermitian(t), lower=True)
    inner = adjoint(triangular(out, adjoint(left), lower=True))
    return if_any(matmul(out, _half(inner)), t)


_cholesky: Primitive = general(
    "cholesky", vjp=_cholesky_vjp, jvp=_cholesky_jvp, promotes="as is",
    domain=Domain(samples=(Sample(((3, 3),), {}), Sample(((2, 2, 2),), {}))), doc="Lower Cholesky factors.",
)  # fmt: skip


def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    """The lower triangular L with x = L L^H, or the upper triangular U with x = U^H U, of Hermitian positive definite matrices.

    The lower triangle is read; the gradient is Hermitian, that of the function of (x + x^H) / 2.

    Raises:
        LinAlgError: a matrix is not positive definite. Inside a compiler its factor is NaN.
    """
    factor = _cholesky(matrix(x, "cholesky", square=True))
    return adjoint(factor) if upper else factor


# -- QR: with W = Q^H dA R^-1, Q turns by the anti-Hermitian part that W's lower triangle has, and R grows by the rest;
# H.-J. Liao et al., "Differentiable programming tensor networks" (2019); wide matrices by their first square ---------------


def _qr_places(shape: tuple[int, ...], mode: str) -> tuple[Place, ...]:
    m, n = shape[-2:]
    k = m if mode == "complete" else min(m, n)
    return places((m, k), (k, n))


def _turn(w: Any) -> Any:
    """The anti-Hermitian matrix with the lower triangle of w, and the imaginary part of its diagonal."""
    lower = tril_(w, k=-1)
    out = lower - adjoint(lower)
    return out + identity(out) * columns(imag(diagonal_of(w))) * 1j if is_complex(w) else out


def _turn_transpose(z: Any) -> Any:
    lower = tril_(z - adjoint(z), k=-1)
    return lower + identity(lower) * columns(imag(diagonal_of(z))) * 1j if is_complex(z) else lower


def _invertible(r: Any) -> Any:
    """NaN in the place of zeros on the diagonal: without full rank there is no derivative, and no error."""
    return where(on_diagonal(r), where(r == 0, math.nan, r), r)


def _over(x: Any, r: Any) -> Any:
    """x r^-H."""
    return adjoint(triangular(r, adjoint(x), lower=False))


def _qr_vjp(ct: Any, x: Any, out: Any, x_shape: Any, mode: str) -> Any:
    m, n = x_shape[-2:]
    k = min(m, n)
    where_ = _qr_places(x_shape, mode)
    q, r = unpack(out, where_)
    gq, gr = unpack(ct, where_)
    q1, r1, gq1, gr1 = q[..., :k], r[..., :k, :k], gq[..., :k], triu_(gr[..., :k, :k], k=0)
    if n > k:  # R = [R1 R2], and R2 = Q^H A2
        right, gright = x[..., k:], gr[..., k:]
        gq1 = gq1 + matmul(right, adjoint(gright))
    inside = matmul(adjoint(q1), gq1)
    grown = matmul(gr1, adjoint(r1))
    gw = grown + _turn_transpose(inside - grown)
    g = matmul(q1, gw)
    if m > k and mode == "complete":
        q2, gq2 = q[..., k:], gq[..., k:]
        g = g + matmul(q2, matmul(adjoint(q2), gq1) - matmul(adjoint(gq2), q1))
    elif m > k:
        g = g + gq1 - matmul(q1, inside)
    g = if_any(_over(g, _invertible(r1)), gq, gr)
    return g if n == k else concat([g, matmul(q1, gright)], axis=-1)


def _qr_jvp(t: Any, x: Any, out: Any, x_shape: Any, mode: str) -> Any:
    m, n = x_shape[-2:]
    k = min(m, n)
    where_ = _qr_places(x_shape, mode)
    q, r = unpack(out, where_)
    q1, r1 = q[..., :k], r[..., :k, :k]
    back = adjoint(q1)
    ratio = adjoint(triangular(_invertible(r1), adjoint(t[..., :k]), lower=False, adjoint=True))  # dA R^-1
    ratio = if_any(ratio, t)
    w = matmul(back, ratio)
    turn = _turn(w)
    dq, dr = matmul(q1, turn), triu_(matmul(w - turn, r1), k=0)
    if m > k and mode == "complete":
        q2 = q[..., k:]
        out_of = matmul(adjoint(q2), ratio)
        dq = concat([dq + matmul(q2, out_of), -matmul(q1, adjoint(out_of))], axis=-1)
        dr = concat([dr, r[..., k:, :] * 0], axis=-2)
    elif m > k:
        dq = dq + ratio - matmul(q1, w)
    if n > k:
        more = matmul(adjoint(dq), x[..., k:]) + matmul(back, t[..., k:])
        dr = concat([dr, more], axis=-1)
    return pack((dq, dr), where_)


_qr: Primitive = general(
    "qr", vjp=_qr_vjp, jvp=_qr_jvp, promotes="as is",
    domain=Domain(samples=(
        Sample(((3, 2),), {"mode": "reduced"}), Sample(((2, 3),), {"mode": "reduced"}),
        Sample(((2, 2, 2),), {"mode": "reduced"}), Sample(((3, 2),), {"mode": "complete"}),
    )),
    doc="Factors Q (orthonormal columns) and R (upper triangular), in one array.",
)  # fmt: skip


def qr(x: Any, /, *, mode: str = "reduced") -> QRResult:
    """The factors of x = Q R: Q with orthonormal columns, R upper triangular.

    Args:
        x: matrices, shape (..., M, N); K = min(M, N).
        mode: "reduced": Q of shape (..., M, K), R of shape (..., K, N). "complete": (..., M, M) and (..., M, N).

    The derivative exists where the first K columns are independent; else it is NaN. The columns that "complete" adds
    are known up to a rotation among themselves, and only what does not depend on that has a derivative.
    """
    x = matrix(x, "qr")
    if mode not in ("reduced", "complete"):
        raise ShapeError(f"qr: mode is 'reduced' or 'complete', not {mode!r}")
    mode = mode if x.shape[-2] > x.shape[-1] else "reduced"
    return QRResult(*unpack(_qr(x, mode=mode), _qr_places(tuple(x.shape), mode)))
