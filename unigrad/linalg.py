"""The extension `linalg` of the array API standard: linear algebra on the last two axes, batched over the others.

Every function is differentiable in both modes, to every order. Beyond the standard: `eig`, `eigvals` (of its version 2025.12),
`solve_triangular` and `kron`.
"""

from unigrad.ops.decompositions import QRResult, cholesky, qr
from unigrad.ops.determinants import SlogdetResult, det, slogdet
from unigrad.ops.linalg import matmul, tensordot, vecdot
from unigrad.ops.manipulation import matrix_transpose
from unigrad.ops.norms import matrix_norm, vector_norm
from unigrad.ops.singular import SVDResult, matrix_rank, svd, svdvals
from unigrad.ops.solving import inv, matrix_power, pinv, solve, solve_triangular
from unigrad.ops.spectra import EighResult, EigResult, eig, eigh, eigvals, eigvalsh
from unigrad.ops.vectors import cross, diagonal, kron, outer, trace

__all__ = [
    "EigResult",
    "EighResult",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "kron",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]
