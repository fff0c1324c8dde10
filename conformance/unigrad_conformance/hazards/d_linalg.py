"""Chapter D of the measured table: singular matrices, equal eigenvalues, norms at 0."""

from functools import partial
from typing import Any

import unigrad as ug
from unigrad_conformance.hazards import Hazard
from unigrad_conformance.hazards.linalg import (
    EYE,
    HALF,
    NANS_2,
    RANK_1,
    RANK_1_OF_3,
    RANK_2,
    TENTH,
    ZEROS,
    rebuilt,
    weights,
)

H = partial(Hazard, chapter="D")
SMALL = [[2.0, 1.0], [1.0, 3.0]]


def qr_tall(xp: Any, x: Any) -> Any:
    """The sum of the squares of Q, which is constant, and of R."""
    q, r = xp.linalg.qr(x)
    return xp.sum(q * q) + xp.sum(r)


D = (
    H("eigvalsh(I2) sum", lambda xp, x: xp.linalg.eigvalsh(x), (EYE,), (EYE,)),
    H(
        "eigvalsh(I2) w=[1,10]",
        lambda xp, x: xp.linalg.eigvalsh(x) * weights(xp, x, 1.0, 10.0),
        (EYE,),
        ([[5.5, 0.0], [0.0, 5.5]],),
    ),
    H("eigh(I2) sum of vectors", lambda xp, x: xp.linalg.eigh(x)[1], (EYE,), (NANS_2,)),
    H("eigh(I2) sum(V**2) gauge-inv", lambda xp, x: xp.linalg.eigh(x)[1] ** 2, (EYE,), (NANS_2,)),
    H(
        "eigvalsh [[2,1],[1,3]] w=[1,10]",
        lambda xp, x: xp.linalg.eigvalsh(x) * weights(xp, x, 1.0, 10.0),
        (SMALL,),
        ([[3.4875388202501894, 4.024922359499621], [4.024922359499621, 7.51246117974981]],),
    ),
    H(
        "cholesky [[2,1],[1,3]] sum",
        lambda xp, x: xp.linalg.cholesky(x),
        (SMALL,),
        ([[HALF / 4 + 0.25 * TENTH**0.5, (HALF - TENTH**0.5) / 2], [(HALF - TENTH**0.5) / 2, TENTH**0.5]],),
    ),
    H("svdvals(I2) sum", lambda xp, x: xp.linalg.svdvals(x), (EYE,), (EYE,)),
    H("svdvals(zeros)", lambda xp, x: xp.linalg.svdvals(x), (ZEROS,), (ZEROS,)),
    H("svd(I2) U@diag(s)@Vh sum", rebuilt, (EYE,), (NANS_2,)),
    H("svd(I2) sum(U**2)", lambda xp, x: xp.linalg.svd(x)[0] ** 2, (EYE,), (NANS_2,)),
    H(
        "det rank1 [[1,2],[2,4]]",
        lambda xp, x: xp.linalg.det(x),
        (RANK_1,),
        ([[4.0, -2.0], [-2.0, 1.0]],),
    ),
    H("det zeros 2x2", lambda xp, x: xp.linalg.det(x), (ZEROS,), (ZEROS,)),
    H(
        "det 3x3 rank 2",
        lambda xp, x: xp.linalg.det(x),
        (RANK_2,),
        ([[-3.0, 6.0, -3.0], [6.0, -12.0, 6.0], [-3.0, 6.0, -3.0]],),
    ),
    H("det 3x3 rank 1", lambda xp, x: xp.linalg.det(x), (RANK_1_OF_3,), ([[0.0] * 3] * 3,)),
    H("slogdet singular", lambda xp, x: xp.linalg.slogdet(x)[1], (RANK_1,), (NANS_2,)),
    H(
        "inv singular",
        lambda xp, x: xp.linalg.inv(x),
        (RANK_1,),
        error=ug.LinAlgError,
    ),
    H("fro norm at zeros", lambda xp, x: xp.linalg.matrix_norm(x), (ZEROS,), (ZEROS,)),
    H("matrix_norm nuc at I2", lambda xp, x: xp.linalg.matrix_norm(x, ord="nuc"), (EYE,), (EYE,)),
    H("matrix_norm 2 at I2 (tie)", lambda xp, x: xp.linalg.matrix_norm(x, ord=2), (EYE,), ([[0.5, 0.0], [0.0, 0.5]],)),
    H("pinv rank1", lambda xp, x: xp.linalg.pinv(x), (RANK_1,), ([[0.0048, -0.0144], [-0.0144, -0.0768]],)),
    H("qr wide 1x2 sum R", lambda xp, x: xp.linalg.qr(x)[1], ([[3.0, 4.0]],), ([[1.0, 1.0]],)),
    H(
        "qr tall sum Q+R",
        qr_tall,
        ([[3.0], [4.0]],),
        ([[-0.6], [-0.8]],),
        note="of the squares of Q; the sum of Q itself is among the points beyond the table",
    ),
    H(
        "solve singular-ish ok",
        lambda xp, a, b: xp.linalg.solve(a, b),
        ([[2.0, 0.0], [0.0, 4.0]], [[1.0], [1.0]]),
        ([[-0.25, -0.125], [-0.125, -0.0625]], [[0.5], [0.25]]),
    ),
)
