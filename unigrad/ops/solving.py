"""Inverses and systems of linear equations."""

from typing import Any

from unigrad.cotangents import unbroadcast
from unigrad.errors import DTypeError, ShapeError
from unigrad.kinds import general
from unigrad.kinds.joint import joint
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import conj, zeros_like
from unigrad.ops.linalg import matmul
from unigrad.ops.manipulation import broadcast_shapes, int_of, tril_, triu_
from unigrad.ops.matrices import adjoint, epsilon, floating, identity, if_any, matrix, raw_of, reshaped, swap
from unigrad.primitive import Domain, Primitive, Sample


def _inv_vjp(ct: Any, out: Any) -> Any:
    y = adjoint(out)
    return if_any(-matmul(y, matmul(ct, y)), ct)


def _inv_jvp(t: Any, out: Any) -> Any:
    return if_any(-matmul(out, matmul(t, out)), t)


#: `check`: whether a singular matrix is an error, or its inverse NaN
inverse: Primitive = general(
    "inv", vjp=_inv_vjp, jvp=_inv_jvp, promotes="as is",
    domain=Domain(samples=(Sample(((3, 3),), {"check": True}), Sample(((2, 2, 2),), {"check": True}))),
    doc="Inverses of matrices.",
)  # fmt: skip


def inv(x: Any, /) -> Any:
    """The inverse of each square matrix.

    Raises:
        LinAlgError: a matrix is singular. Inside a compiler, where nobody can look, its inverse is infinite or NaN.
    """
    return inverse(matrix(x, "inv", square=True), check=True)


# -- solve: A X = B, so dX = inv(A) (dB - dA X) -----------------------------------------------------------------------------


def _solve_both(ct: Any, a: Any, out: Any, a_shape: Any, b_shape: Any) -> Any:
    gb = if_any(_solve(adjoint(a), ct), ct)
    ga = if_any(-matmul(gb, adjoint(out)), ct)
    return unbroadcast(ga, a_shape), unbroadcast(gb, b_shape)


def _solve_left(ct: Any, a: Any, out: Any, a_shape: Any) -> Any:
    return unbroadcast(if_any(-matmul(_solve(adjoint(a), ct), adjoint(out)), ct), a_shape)


def _solve_right(ct: Any, a: Any, b_shape: Any) -> Any:
    return unbroadcast(if_any(_solve(adjoint(a), ct), ct), b_shape)


_solve: Primitive = joint(
    "solve", args=("a", "b"), both=_solve_both, vjp=(_solve_left, _solve_right),
    jvp=(
        lambda t, a, out: if_any(-_solve(a, matmul(t, out)), t),
        lambda t, a: if_any(_solve(a, t), t),
    ),
    domain=Domain(samples=(
        Sample(((3, 3), (3, 2)), {}), Sample(((2, 2), (2, 2, 1)), {}), Sample(((2, 2, 2), (2, 3)), {}),
    )),
    doc="The matrix x with a x = b.",
)  # fmt: skip


def solve(x1: Any, x2: Any, /) -> Any:
    """The solution x of x1 @ x = x2, for square matrices x1; leading axes broadcast.

    x2 is one vector if it has just one dimension, and else a stack of matrices.

    Raises:
        LinAlgError: a matrix is singular. Inside a compiler, where nobody can look, the solution is infinite or NaN.
        ShapeError: x1 is not square, or x2 does not fit.
    """
    x1, x2, vector = _system(x1, x2, "solve")
    return _vector(_solve(x1, x2), vector)


def _system(a: Any, b: Any, what: str) -> tuple[Any, Any, bool]:
    """The operands of a system of equations, with a right side of matrices; and whether it was one vector."""
    a, b = matrix(a, what, square=True), floating(b, what)
    shapes = f"{what}: a right side of shape {tuple(b.shape)} for matrices of shape {tuple(a.shape)}"
    if not b.shape:
        raise ShapeError(f"{shapes} is no vector")
    vector = len(b.shape) == 1
    if b.shape[0 if vector else -2] != a.shape[-1]:
        raise ShapeError(f"{shapes} has another number of rows")
    if not vector:
        broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return a, reshaped(b, *b.shape, 1) if vector else b, vector


def _vector(x: Any, vector: bool) -> Any:
    return reshaped(x, *x.shape[:-1]) if vector else x


# -- triangular systems ------------------------------------------------------------------------------------------------------


def _in_triangle(g: Any, lower: bool, unit: bool) -> Any:
    return tril_(g, k=-1 if unit else 0) if lower else triu_(g, k=1 if unit else 0)


def triangular(a: Any, b: Any, *, lower: bool, adjoint: bool = False, unit: bool = False) -> Any:
    """x with a x = b, or with adjoint(a) x = b, where only one triangle of a is read; NaN where a is singular."""
    return _triangular(a, b, lower=lower, adjoint=adjoint, unit=unit, check=False)


def _triangular_left(gb: Any, out: Any, lower: bool, adjoint_: bool, unit: bool) -> Any:
    g = -matmul(out, adjoint(gb)) if adjoint_ else -matmul(gb, adjoint(out))
    return _in_triangle(g, lower, unit)


def _triangular_both(
    ct: Any, a: Any, out: Any, a_shape: Any, b_shape: Any, lower: bool, adjoint: bool, unit: bool
) -> Any:
    gb = if_any(triangular(a, ct, lower=lower, adjoint=not adjoint, unit=unit), ct)
    ga = if_any(_triangular_left(gb, out, lower, adjoint, unit), ct)
    return unbroadcast(ga, a_shape), unbroadcast(gb, b_shape)


def _triangular_first(ct: Any, a: Any, out: Any, a_shape: Any, lower: bool, adjoint: bool, unit: bool) -> Any:
    return _triangular_both(ct, a, out, a_shape, tuple(ct.shape), lower, adjoint, unit)[0]


def _triangular_second(ct: Any, a: Any, b_shape: Any, lower: bool, adjoint: bool, unit: bool) -> Any:
    return unbroadcast(if_any(triangular(a, ct, lower=lower, adjoint=not adjoint, unit=unit), ct), b_shape)


def _triangular_first_jvp(t: Any, a: Any, out: Any, lower: bool, adjoint: bool, unit: bool) -> Any:
    change = _in_triangle(t, lower, unit)
    change = swap(conj(change)) if adjoint else change
    return if_any(-triangular(a, matmul(change, out), lower=lower, adjoint=adjoint, unit=unit), t)


def _triangular_second_jvp(t: Any, a: Any, lower: bool, adjoint: bool, unit: bool) -> Any:
    return if_any(triangular(a, t, lower=lower, adjoint=adjoint, unit=unit), t)


def _samples(*flags: tuple[bool, bool, bool]) -> tuple[Sample, ...]:
    return tuple(
        Sample(shapes, {"lower": lower, "adjoint": adjoint, "unit": unit, "check": True})
        for shapes, (lower, adjoint, unit) in zip(
            (((3, 3), (3, 2)), ((2, 2, 2), (2, 1)), ((2, 2), (2, 2, 2)), ((2, 2), (2, 1)), ((3, 3), (3, 1))),
            flags,
            strict=True,
        )
    )


_triangular: Primitive = joint(
    "solve_triangular", args=("a", "b"), both=_triangular_both, vjp=(_triangular_first, _triangular_second),
    jvp=(_triangular_first_jvp, _triangular_second_jvp),
    domain=Domain(
        samples=_samples(
            (True, False, False), (False, False, False), (True, True, True), (False, True, False), (False, False, True)
        )
    ),
    doc="The matrix x with a x = b, where only one triangle of a is read.",
)  # fmt: skip


def solve_triangular(
    a: Any, b: Any, /, *, lower: bool = False, trans: int | str = 0, unit_diagonal: bool = False
) -> Any:
    """The solution x of a @ x = b, where a is triangular: one triangle is read, whatever stands in the other.

    Args:
        a: square matrices; leading axes broadcast with those of `b`.
        b: one vector if it has just one dimension, and else a stack of matrices.
        lower: read the lower triangle; else the upper one.
        trans: 0 or "N": a itself. 1 or "T": its transpose. 2 or "C": its conjugate transpose.
        unit_diagonal: take the diagonal for ones, and do not read it.

    Raises:
        LinAlgError: a zero on the diagonal. Inside a compiler the solution is infinite or NaN.
    """
    turn = {0: 0, 1: 1, 2: 2, "N": 0, "T": 1, "C": 2}.get(trans)
    if turn is None:
        raise ShapeError(f"solve_triangular: trans is 0, 1, 2, 'N', 'T' or 'C', not {trans!r}")
    a, b, vector = _system(a, b, "solve_triangular")
    a = conj(a) if turn == 1 else a
    x = _triangular(a, b, lower=bool(lower), adjoint=turn != 0, unit=bool(unit_diagonal), check=True)
    return _vector(x, vector)


# -- powers ------------------------------------------------------------------------------------------------------------------


def matrix_power(x: Any, n: int, /) -> Any:
    """The product of `n` factors x, for square matrices; of -n inverses if `n` is negative; the identity if it is 0.

    Raises:
        LinAlgError: `n` is negative, and a matrix is singular.
    """
    x = matrix(x, "matrix_power", square=True, narrow=True)
    n = int_of(n, "matrix_power", "the exponent")
    return power(inv(x), -n) if n < 0 else power(x, n)


def power(x: Any, n: int) -> Any:
    """x to the power of `n`, 0 or more, by repeated squaring: square matrices of any dtype."""
    if n == 0:
        return zeros_like(x) + identity(x)
    if n == 1:
        return +x
    out = None
    while True:
        if n & 1:
            out = x if out is None else matmul(out, x)
        n >>= 1
        if not n:
            return out
        x = matmul(x, x)


# -- pseudoinverse: Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems whose
# variables separate", SIAM J. Numer. Anal. 10 (1973), for matrices of constant rank ------------------------------------------


def _pinv_vjp(ct: Any, x: Any, out: Any) -> Any:
    p = adjoint(out)
    back = adjoint(ct)
    first = -matmul(p, matmul(ct, p))
    z = matmul(matmul(back, out), p)
    w = matmul(matmul(p, out), back)
    return first + (z - matmul(x, matmul(out, z))) + (w - matmul(matmul(w, out), x))


def _pinv_jvp(t: Any, x: Any, out: Any) -> Any:
    p = adjoint(out)
    back = adjoint(t)
    first = -matmul(out, matmul(t, out))
    z = matmul(matmul(out, p), back)
    w = matmul(back, matmul(p, out))
    return first + (z - matmul(matmul(z, x), out)) + (w - matmul(out, matmul(x, w)))


_pinv: Primitive = general(
    "pinv", vjp=_pinv_vjp, jvp=_pinv_jvp, promotes="as is",
    domain=Domain(samples=(
        Sample(((3, 2),), {"rtol": 1e-12}), Sample(((2, 3),), {"rtol": 1e-12}), Sample(((2, 2, 2),), {"rtol": 1e-12}),
    )),
    doc="Moore-Penrose inverses of matrices.",
)  # fmt: skip


def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    """The Moore-Penrose inverse of each matrix.

    Its derivative holds among matrices of one rank, as everywhere but where the rank changes (Golub and Pereyra 1973).

    Args:
        x: matrices of any two sizes, shape (..., M, N).
        rtol: singular values up to `rtol` times the largest count as zero: a number, or one for each matrix. None:
            max(M, N) times the rounding error of the dtype.
    """
    x = matrix(x, "pinv")
    return _pinv(x, rtol=max(x.shape[-2:]) * epsilon(x) if rtol is None else raw_of(real_rtol(rtol, "pinv")))


def real_rtol(rtol: Any, what: str) -> Any:
    """A tolerance, as a number or an array of numbers that are not complex."""
    if isinstance(rtol, complex):
        raise DTypeError(f"{what}: rtol is a real number, not {rtol!r}")
    return float(rtol) if isinstance(rtol, int | float) else as_array(rtol)
