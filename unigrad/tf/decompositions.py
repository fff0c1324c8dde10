"""Systems of equations and decompositions, by TensorFlow's names. `name` is taken for TensorFlow's sake, and not used."""

from typing import Any

from unigrad import linalg as la
from unigrad.ops.elementwise import conj, log, real
from unigrad.ops.manipulation import matrix_transpose
from unigrad.tf.constants import alike, convert_to_tensor
from unigrad.tf.reductions import reduce_sum

__all__ = [
    "adjoint",
    "cholesky",
    "det",
    "diag_part",
    "eigh",
    "eigvalsh",
    "inv",
    "logdet",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "triangular_solve",
]


def adjoint(matrix: Any, name: str | None = None) -> Any:
    """The conjugate transpose of each matrix."""
    return conj(matrix_transpose(convert_to_tensor(matrix)))


def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Any:
    """x in matrix @ x = rhs, both (..., n, n) and (..., n, k); with `adjoint` of the conjugate transpose."""
    a, b = (convert_to_tensor(v) for v in alike(matrix, rhs))
    return la.solve(conj(matrix_transpose(a)) if adjoint else a, b)


def triangular_solve(matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None) -> Any:
    """x in matrix @ x = rhs, of which one triangle is read; with `adjoint` of the conjugate transpose."""
    a, b = (convert_to_tensor(v) for v in alike(matrix, rhs))
    return la.solve_triangular(a, b, trans="C" if adjoint else "N", lower=lower)


def inv(input: Any, adjoint: bool = False, name: str | None = None) -> Any:
    """The inverse of each matrix (..., n, n), or that of its conjugate transpose."""
    a = convert_to_tensor(input)
    return la.inv(conj(matrix_transpose(a)) if adjoint else a)


def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Any:
    """The pseudoinverse of Moore and Penrose; singular values below rcond times the largest count as zero."""
    return la.pinv(convert_to_tensor(a), rtol=rcond)


def det(input: Any, name: str | None = None) -> Any:
    """The determinant of each matrix."""
    return la.det(convert_to_tensor(input))


def slogdet(input: Any, name: str | None = None) -> Any:
    """The sign, and the logarithm of the absolute value, of each determinant."""
    return la.slogdet(convert_to_tensor(input))


def logdet(matrix: Any, name: str | None = None) -> Any:
    """The logarithm of the determinant of each Hermitian positive definite matrix, by Cholesky's factor."""
    factor = la.cholesky(convert_to_tensor(matrix))
    return 2.0 * reduce_sum(log(real(la.diagonal(factor))), -1)


def cholesky(input: Any, name: str | None = None) -> Any:
    """The lower triangular L in input = L @ L^H."""
    return la.cholesky(convert_to_tensor(input))


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Any:
    """q, r in input = q @ r."""
    return la.qr(convert_to_tensor(input), mode="complete" if full_matrices else "reduced")


def eigh(tensor: Any, name: str | None = None) -> Any:
    """Eigenvalues, ascending, and eigenvectors, in columns, of each Hermitian matrix."""
    return la.eigh(convert_to_tensor(tensor))


def eigvalsh(tensor: Any, name: str | None = None) -> Any:
    """Eigenvalues, ascending, of each Hermitian matrix."""
    return la.eigvalsh(convert_to_tensor(tensor))


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """s, u, v in tensor = u @ diag(s) @ v^H, in TensorFlow's order and with v itself; s alone without `compute_uv`."""
    a = convert_to_tensor(tensor)
    if not compute_uv:
        return la.svdvals(a)
    u, s, vh = la.svd(a, full_matrices=full_matrices)
    return s, u, conj(matrix_transpose(vh))


def diag_part(input: Any, name: str | None = None, k: int = 0) -> Any:
    """The k-th diagonal of each matrix."""
    return la.diagonal(convert_to_tensor(input), offset=k)
