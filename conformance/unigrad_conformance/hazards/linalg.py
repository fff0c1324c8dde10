"""Hazard points of linear algebra: singular matrices, equal eigenvalues, norms at 0 and far from 1."""

from typing import Any

from unigrad_conformance.hazards import Hazard, nan

H = Hazard
EYE = [[1.0, 0.0], [0.0, 1.0]]
EYE_ON_0 = [*EYE, [0.0, 0.0]]
ZEROS = [[0.0, 0.0], [0.0, 0.0]]
NANS_2 = [[nan, nan], [nan, nan]]
RANK_1 = [[1.0, 2.0], [2.0, 4.0]]
RANK_2 = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
RANK_1_OF_3 = [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]]
HALF = 0.5**0.5
TENTH = 0.1


def weights(xp: Any, x: Any, *values: float) -> Any:
    """A constant."""
    return xp.asarray(list(values), dtype=x.dtype)


def rebuilt(xp: Any, x: Any) -> Any:
    """U diag(S) Vh, which is x."""
    u, s, vh = xp.linalg.svd(x)
    return xp.matmul(u * s, vh)


LINALG = (
    H("eigh of I, values", lambda xp, x: xp.linalg.eigh(x)[0], (EYE,), (EYE,)),
    H("svd of I, values", lambda xp, x: xp.linalg.svd(x)[1], (EYE,), (EYE,)),
    H("svd of I on 0, values", lambda xp, x: xp.linalg.svd(x)[1], (EYE_ON_0,), (EYE_ON_0,)),
    H("svd of I on 0, thin, values", lambda xp, x: xp.linalg.svd(x, full_matrices=False)[1], (EYE_ON_0,), (EYE_ON_0,)),
    H("eig of I, values", lambda xp, x: xp.real(xp.linalg.eig(x)[0]), (EYE,), (EYE,)),
    H(
        "where(det != 0, slogdet, 0)",
        lambda xp, x: xp.where(xp.linalg.det(x) != 0, xp.linalg.slogdet(x)[1], xp.zeros_like(xp.linalg.det(x))),
        ([[[0.0, 0.0], [0.0, 0.0]], [[2.0, 0.0], [0.0, 4.0]]],),
        ([ZEROS, [[0.5, 0.0], [0.0, 0.25]]],),
    ),
    H("det of 0x0", lambda xp, x: xp.linalg.det(xp.reshape(x, (0, 0))), ([],), ([],)),
    H("nuclear norm at 0", lambda xp, x: xp.linalg.matrix_norm(x, ord="nuc"), (ZEROS,), (ZEROS,)),
    H("1-norm with a tie", lambda xp, x: xp.linalg.matrix_norm(x, ord=1), (EYE,), ([[0.5, 0.0], [0.0, 0.5]],)),
    H(
        "qr, tall",
        lambda xp, x: xp.sum(xp.linalg.qr(x)[0]) + xp.sum(xp.linalg.qr(x)[1]),
        ([[3.0], [4.0]],),
        ([[-0.632], [-0.776]],),
    ),
    H(
        "svd, thin, U U^H",
        lambda xp, x: xp.linalg.svd(x, full_matrices=False)[0][0, 0] * xp.linalg.svd(x, full_matrices=False)[0][1, 0],
        ([[3.0], [4.0]],),
        ([[0.0448], [-0.0336]],),
    ),
    H(
        "3-norm near inf",
        lambda xp, x: xp.linalg.vector_norm(x, ord=3),
        ([1e200] * 2,),
        ([0.25 ** (1 / 3)] * 2,),
    ),
    H("norm of a complex vector at 0", lambda xp, z: xp.linalg.vector_norm(z), ([0j, 0j],), ([0j, 0j],)),
    H("d2 det of I", lambda xp, x: xp.linalg.det(x), (EYE,), ([[1.0, -1.0], [-1.0, 1.0]],), 2),
    H("d2 det of 0", lambda xp, x: xp.linalg.det(x), (ZEROS,), ([[1.0, -1.0], [-1.0, 1.0]],), 2),
    H(
        "d2 det, rank 1 of 3",
        lambda xp, x: xp.linalg.det(x),
        (RANK_1_OF_3,),
        ([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]],),
        2,
    ),
    H(
        "svd full_matrices 2x1, U[0,1]**2",
        lambda xp, x: xp.linalg.svd(x)[0][0, 1] ** 2,
        ([[3.0], [4.0]],),
        ([[-0.1536], [0.1152]],),
    ),
    H(
        "|V[0, 1]|**2 of eig",
        lambda xp, x: xp.abs(xp.linalg.eig(x)[1][0, 1]) ** 2,
        ([[2.0, 1.0], [0.0, 3.0]],),
        ([[0.5, 0.5], [-0.5, -0.5]],),
    ),
)  # fmt: skip
