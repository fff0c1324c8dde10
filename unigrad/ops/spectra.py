"""Eigenvalues, with their vectors.

Vectors are known up to a phase each (for real matrices, a sign), and the derivative of a function that depends on that choice
does not exist. The rules give the one with the least change: along each vector itself there is none. Where two
eigenvalues are the same but for rounding, the vectors have no derivative: NaN for a cotangent that reaches one of the two.
Derivatives of the values alone divide by no gap, and share evenly among those that are the same: right for every function
that takes them alike.
"""

from typing import Any, NamedTuple

from unigrad import primitive
from unigrad.kinds import general
from unigrad.ops.elementwise import astype, conj
from unigrad.ops.linalg import matmul
from unigrad.ops.matrices import (
    Place,
    adjoint,
    columns,
    diagonal_of,
    gaps,
    hermitian,
    identity,
    if_any,
    masked,
    matrix,
    pack,
    pairs,
    places,
    real_part,
    rows,
    shared,
    unpack,
    used_columns,
    used_with_values,
)  # fmt: skip
from unigrad.ops.reductions import dtype_like, sum
from unigrad.ops.solving import inverse
from unigrad.primitive import Domain, Primitive, Sample, is_tracked


class EighResult(NamedTuple):
    """What `eigh` gives."""

    eigenvalues: Any
    eigenvectors: Any


class EigResult(NamedTuple):
    """What `eig` gives."""

    eigenvalues: Any
    eigenvectors: Any


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


def _vectors(x: Any, known: Any, ct: Any) -> Any:
    """The eigenvalues and vectors: those of the forward pass, unless somebody differentiates this again."""
    return eigh(x) if known is None or type(x) is primitive.Tensor or type(ct) is primitive.Tensor else known


def _eigvalsh_vjp(ct: Any, x: Any, known: Any) -> Any:
    w, v = _vectors(x, known, ct)
    return if_any(matmul(v * columns(shared(ct, w)), adjoint(v)), rows(ct))


def _eigvalsh_jvp(t: Any, x: Any, known: Any) -> Any:
    w, v = eigh(x)
    return shared(real_part(sum(conj(v) * matmul(hermitian(t), v), axis=-2)), w)


_eigvalsh: Primitive = general(
    "eigvalsh", vjp=_eigvalsh_vjp, jvp=_eigvalsh_jvp, promotes="as is",
    domain=Domain(samples=tuple(Sample(s.shapes, {"known": None}) for s in _SQUARE)),
    doc="Eigenvalues of Hermitian matrices; with their vectors where those are `known` already.",
)  # fmt: skip


def eigvalsh(x: Any, /) -> Any:
    """Eigenvalues of Hermitian matrices, ascending; the lower triangle is read.

    Where some of them are the same they share a gradient evenly: right for every function that takes them alike, and
    the subgradient of least norm of the largest. A second derivative is NaN there.
    """
    x = matrix(x, "eigvalsh", square=True)
    return _eigvalsh(x, known=EighResult(*eigh(x._raw)) if is_tracked(x) else None)


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
