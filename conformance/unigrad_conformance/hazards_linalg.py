"""Hazard points of linear algebra: singular matrices, equal eigenvalues, norms at 0 and far from 1."""

from typing import Any

from unigrad_conformance.hazards import KINK, NANS, NO_RULE, PLAIN, WRONG, Hazard, both, inf, jax, nan, torch

H = Hazard
EYE = [[1.0, 0.0], [0.0, 1.0]]
ZEROS = [[0.0, 0.0], [0.0, 0.0]]
NANS_2 = [[nan, nan], [nan, nan]]
RANK_1 = [[1.0, 2.0], [2.0, 4.0]]
RANK_2 = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
RANK_1_OF_3 = [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]]
BASIS = "it takes the basis that LAPACK chose for equal eigenvalues"
SQUARES = "squares of the elements overflow or vanish"
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
    H("eigvalsh of I", lambda xp, x: xp.linalg.eigvalsh(x), (EYE,), (EYE,)),
    H(
        "eigvalsh of I, weighted",
        lambda xp, x: xp.linalg.eigvalsh(x) * weights(xp, x, 1.0, 10.0),
        (EYE,),
        ([[5.5, 0.0], [0.0, 5.5]],),
        differs=both(BASIS),
    ),
    H("eigh of I, vectors", lambda xp, x: xp.linalg.eigh(x)[1], (EYE,), (NANS_2,), forward=nan),
    H("eigh of I, vectors squared", lambda xp, x: xp.linalg.eigh(x)[1] ** 2, (EYE,), (NANS_2,), forward=nan),
    H("eigh of I, values", lambda xp, x: xp.linalg.eigh(x)[0], (EYE,), (EYE,)),
    H(
        "eigvalsh, weighted",
        lambda xp, x: xp.linalg.eigvalsh(x) * weights(xp, x, 1.0, 10.0),
        ([[2.0, 1.0], [1.0, 3.0]],),
        ([[3.4875388202501894, 4.024922359499621], [4.024922359499621, 7.51246117974981]],),
    ),
    H(
        "cholesky",
        lambda xp, x: xp.linalg.cholesky(x),
        ([[2.0, 1.0], [1.0, 3.0]],),
        ([[HALF / 4 + 0.25 * TENTH**0.5, (HALF - TENTH**0.5) / 2], [(HALF - TENTH**0.5) / 2, TENTH**0.5]],),
    ),
    H("svdvals of I", lambda xp, x: xp.linalg.svdvals(x), (EYE,), (EYE,)),
    H("svdvals of 0", lambda xp, x: xp.linalg.svdvals(x), (ZEROS,), (ZEROS,), differs=both(KINK)),
    H("svd of I, put together", rebuilt, (EYE,), (NANS_2,), forward=nan),
    H("svd of I, vectors squared", lambda xp, x: xp.linalg.svd(x)[0] ** 2, (EYE,), (NANS_2,), forward=nan),
    H("svd of I, values", lambda xp, x: xp.linalg.svd(x)[1], (EYE,), (EYE,)),
    H("det, rank 1 of 2", lambda xp, x: xp.linalg.det(x), (RANK_1,), ([[4.0, -2.0], [-2.0, 1.0]],), differs=torch(WRONG)),
    H("det of 0", lambda xp, x: xp.linalg.det(x), (ZEROS,), (ZEROS,)),
    H(
        "det, rank 2 of 3",
        lambda xp, x: xp.linalg.det(x),
        (RANK_2,),
        ([[-3.0, 6.0, -3.0], [6.0, -12.0, 6.0], [-3.0, 6.0, -3.0]],),
        differs=torch(WRONG),
    ),
    H("det, rank 1 of 3", lambda xp, x: xp.linalg.det(x), (RANK_1_OF_3,), ([[0.0] * 3] * 3,)),
    H("slogdet, singular", lambda xp, x: xp.linalg.slogdet(x)[1], (RANK_1,), (NANS_2,), differs=both(PLAIN)),
    H(
        "where(det != 0, slogdet, 0)",
        lambda xp, x: xp.where(xp.linalg.det(x) != 0, xp.linalg.slogdet(x)[1], xp.zeros_like(xp.linalg.det(x))),
        ([[[0.0, 0.0], [0.0, 0.0]], [[2.0, 0.0], [0.0, 4.0]]],),
        ([ZEROS, [[0.5, 0.0], [0.0, 0.25]]],),
        differs=both(NANS),
    ),
    H("Frobenius norm at 0", lambda xp, x: xp.linalg.matrix_norm(x), (ZEROS,), (ZEROS,), differs=jax(NANS)),
    H("nuclear norm of I", lambda xp, x: xp.linalg.matrix_norm(x, ord="nuc"), (EYE,), (EYE,)),
    H("nuclear norm at 0", lambda xp, x: xp.linalg.matrix_norm(x, ord="nuc"), (ZEROS,), (ZEROS,), differs=both(KINK)),
    H("2-norm of I", lambda xp, x: xp.linalg.matrix_norm(x, ord=2), (EYE,), ([[0.5, 0.0], [0.0, 0.5]],)),
    H("1-norm with a tie", lambda xp, x: xp.linalg.matrix_norm(x, ord=1), (EYE,), ([[0.5, 0.0], [0.0, 0.5]],), differs=jax(KINK)),
    H(
        "pinv, rank 1",
        lambda xp, x: xp.linalg.pinv(x),
        (RANK_1,),
        ([[0.0048, -0.0144], [-0.0144, -0.0768]],),
    ),
    H("pinv of 0", lambda xp, x: xp.linalg.pinv(x), (ZEROS,), (ZEROS,)),
    H("qr, wide", lambda xp, x: xp.linalg.qr(x)[1], ([[3.0, 4.0]],), ([[1.0, 1.0]],)),
    H(
        "qr, tall",
        lambda xp, x: xp.sum(xp.linalg.qr(x)[0]) + xp.sum(xp.linalg.qr(x)[1]),
        ([[3.0], [4.0]],),
        ([[-0.632], [-0.776]],),
    ),
    H(
        "qr, complete, Q",
        lambda xp, x: xp.linalg.qr(x, mode="complete")[0],
        ([[3.0], [4.0]],),
        ([[0.192], [-0.144]],),
        differs=torch(NO_RULE),
    ),
    H(
        "solve",
        lambda xp, a, b: xp.linalg.solve(a, b),
        ([[2.0, 0.0], [0.0, 4.0]], [[1.0], [1.0]]),
        ([[-0.25, -0.125], [-0.125, -0.0625]], [[0.5], [0.25]]),
    ),
    H("svd, full, values", lambda xp, x: xp.linalg.svd(x)[1], ([[3.0], [4.0]],), ([[0.6], [0.8]],), differs=jax(NO_RULE)),
    H(
        "svd, thin, U U^H",
        lambda xp, x: xp.linalg.svd(x, full_matrices=False)[0][0, 0] * xp.linalg.svd(x, full_matrices=False)[0][1, 0],
        ([[3.0], [4.0]],),
        ([[0.0448], [-0.0336]],),
    ),
    H(
        "matrix_rank",
        lambda xp, x: xp.astype(xp.linalg.matrix_rank(x), x.dtype),
        (EYE,),
        (ZEROS,),
    ),
    H("norm at 0", lambda xp, x: xp.linalg.vector_norm(x), ([0.0, 0.0],), ([0.0, 0.0],), differs=jax(NANS)),
    H("1-norm at 0", lambda xp, x: xp.linalg.vector_norm(x, ord=1), ([0.0, 0.0],), ([0.0, 0.0],), differs=jax(KINK)),
    H("inf-norm at 0", lambda xp, x: xp.linalg.vector_norm(x, ord=inf), ([0.0, 0.0],), ([0.0, 0.0],), differs=jax(KINK)),
    H("3-norm at 0", lambda xp, x: xp.linalg.vector_norm(x, ord=3), ([0.0, 0.0],), ([0.0, 0.0],), differs=jax(NANS)),
    H("-inf-norm with a 0", lambda xp, x: xp.linalg.vector_norm(x, ord=-inf), ([0.0, 1.0],), ([0.0, 0.0],), differs=jax(KINK)),
    H("inf-norm with a tie", lambda xp, x: xp.linalg.vector_norm(x, ord=inf), ([2.0, -2.0, 1.0],), ([0.5, -0.5, 0.0],)),
    H("norm of nothing", lambda xp, x: xp.linalg.vector_norm(x), ([],), ([],)),
    H("norm near 0", lambda xp, x: xp.linalg.vector_norm(x), ([1e-200] * 2,), ([HALF] * 2,), differs=both(SQUARES)),
    H("norm near inf", lambda xp, x: xp.linalg.vector_norm(x), ([1e200] * 2,), ([HALF] * 2,), differs=both(SQUARES)),
    H(
        "3-norm near inf",
        lambda xp, x: xp.linalg.vector_norm(x, ord=3),
        ([1e200] * 2,),
        ([0.25 ** (1 / 3)] * 2,),
        differs=both(SQUARES),
    ),
    H("x / norm(x) at 0", lambda xp, x: x / xp.linalg.vector_norm(x), ([0.0, 0.0],), ([nan, nan],), forward=inf),
    H("norm of a complex vector at 0", lambda xp, z: xp.linalg.vector_norm(z), ([0j, 0j],), ([0j, 0j],), differs=jax(NANS)),
    H("d2 norm", lambda xp, x: xp.linalg.vector_norm(x), ([3.0, 4.0],), ([0.032, -0.024],), 2),
    H("d2 norm at 0", lambda xp, x: xp.linalg.vector_norm(x), ([0.0, 0.0],), ([0.0, 0.0],), 2, both(NANS)),
    H("d2 det, rank 1 of 2", lambda xp, x: xp.linalg.det(x), (RANK_1,), ([[1.0, -1.0], [-1.0, 1.0]],), 2, torch(WRONG)),
    H("d2 det of I", lambda xp, x: xp.linalg.det(x), (EYE,), ([[1.0, -1.0], [-1.0, 1.0]],), 2, torch(WRONG)),
    H("d2 det of 0", lambda xp, x: xp.linalg.det(x), (ZEROS,), ([[1.0, -1.0], [-1.0, 1.0]],), 2, torch(WRONG)),
    H(
        "d2 det, rank 1 of 3",
        lambda xp, x: xp.linalg.det(x),
        (RANK_1_OF_3,),
        ([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]],),
        2,
        torch(WRONG),
    ),
)  # fmt: skip
