"""Determinants. The derivative of det is the adjugate, which divides by nothing: it is right for singular matrices too."""

from typing import Any, NamedTuple

from unigrad.kinds import general
from unigrad.ops.elementwise import conj, imag, is_complex, where
from unigrad.ops.linalg import matmul
from unigrad.ops.manipulation import spread_to
from unigrad.ops.matrices import (
    adjoint,
    columns,
    diagonal_of,
    everywhere,
    factor,
    identity,
    if_any,
    like,
    matrix,
    on_diagonal,
    pack,
    places,
    raw_of,
    real_part,
    rows,
    swap,
    ties,
    undifferentiable,
    unpack,
)  # fmt: skip
from unigrad.ops.products import _others
from unigrad.ops.reductions import any, sum
from unigrad.ops.singular import svd
from unigrad.ops.solving import inverse
from unigrad.ops.vectors import trace
from unigrad.primitive import Domain, Primitive, Sample

_SQUARE = (Sample(((3, 3),), {}), Sample(((2, 2, 2),), {}), Sample(((1, 1),), {}))


class SlogdetResult(NamedTuple):
    """What `slogdet` gives."""

    sign: Any
    logabsdet: Any


_det: Primitive = general(
    "det",
    vjp=lambda ct, x: if_any(everywhere(ct) * adjoint(adjugate(x)), everywhere(ct)),
    jvp=lambda t, x: sum(t * swap(adjugate(x)), axis=(-2, -1)),
    promotes="as is", domain=Domain(samples=_SQUARE), doc="Determinants.",
)  # fmt: skip


def _second(a: Any, out: Any, x: Any) -> Any:
    """The derivative of the adjugate `out` of `a` along x, right at every rank.

    Where a is far from singular: (tr(adj(a) x) - adj(a) x) inv(a), which can be differentiated again and again. Else by the
    singular values, a = U S Vh: adj(a) = det(U Vh) V adj(S) U^H, and the derivative of adj(S) along M = U^H x V has
    sum_j M_jj P_ij on its diagonal and -M_ij P_ij beside it, with P_ij the product of all singular values but those two.
    """
    if not a.shape[-1]:
        return x
    u, s, vh = svd(a, full_matrices=False)
    plain = raw_of(s)
    equal = any(ties(plain) & (~raw_of(on_diagonal(a))), axis=-1)
    regular = plain[..., -1] > 1e-3 * plain[..., 0]
    s = undifferentiable(s, equal & ~regular)  # the vectors' derivatives would be needed
    good = everywhere(like(a, regular))
    y = inverse(where(good, a, identity(a)), check=False)
    product = matmul(out, x)
    far = matmul(identity(a) * everywhere(trace(product)) - product, y)

    inside = on_diagonal(a)
    spread = where(inside, 1, spread_to(columns(s), a.shape))
    others = where(inside, 0, _others(spread))
    m = matmul(matmul(adjoint(u), x), adjoint(vh))
    core = identity(a) * rows(_times(others, diagonal_of(m))) - others * m
    near = everywhere(det(u) * det(vh)) * matmul(matmul(adjoint(vh), core), adjoint(u))
    return where(good, far, near)


def _times(a: Any, v: Any) -> Any:
    return sum(a * columns(v), axis=-1)


adjugate_: Primitive = general(
    "adjugate",
    vjp=lambda ct, x, out: if_any(adjoint(_second(x, out, adjoint(ct))), ct),
    jvp=lambda t, x, out: if_any(_second(x, out, t), t),
    promotes="as is", domain=Domain(samples=(*_SQUARE[:2], Sample(((0, 0),), {}))),
    doc="Adjugates of square matrices: the transposes of their cofactors.",
)  # fmt: skip


def adjugate(x: Any) -> Any:
    """The adjugate of each square matrix: adj(x) @ x is det(x) times the identity."""
    return adjugate_(x)


def det(x: Any, /) -> Any:
    """The determinant of each square matrix.

    Its derivative is the adjugate, right in every order at regular matrices, and at singular ones in the first and second
    order, and beyond where the singular values differ.
    """
    return _det(matrix(x, "det", square=True))


# -- the logarithm: d log|det A| = Re tr(inv(A) dA), and the sign turns by the imaginary part ----------------------------------

_PLACES = places((), ())


def _slogdet_vjp(ct: Any, x: Any, out: Any) -> Any:
    sign, _ = unpack(out, _PLACES)
    gs, gl = unpack(ct, _PLACES)
    weight = real_part(gl) + 1j * imag(gs * conj(sign)) if is_complex(x) else gl
    return if_any(everywhere(weight) * adjoint(inverse(x, check=False)), everywhere(weight))


def _slogdet_jvp(t: Any, x: Any, out: Any) -> Any:
    z = trace(if_any(matmul(inverse(x, check=False), t), t))
    if not is_complex(x):
        return pack((z * 0, z), _PLACES)
    return pack((1j * factor(out, start=0, shape=()) * imag(z), real_part(z)), _PLACES)


_slogdet: Primitive = general(
    "slogdet", vjp=_slogdet_vjp, jvp=_slogdet_jvp, promotes="as is", domain=Domain(samples=_SQUARE[:2]),
    doc="Sign and logarithm of the absolute value of determinants, in one array.",
)  # fmt: skip


def slogdet(x: Any, /) -> SlogdetResult:
    """The sign (a phase for complex matrices) of each determinant, and the logarithm of its absolute value.

    A singular matrix has the sign 0 and the logarithm -inf, which has no derivative: NaN.
    """
    x = matrix(x, "slogdet", square=True)
    sign, log = unpack(_slogdet(x), _PLACES)
    return SlogdetResult(sign, real_part(log))
