"""Chapter J of the measured table: what its other chapters have not."""

from functools import partial
from typing import Any

import numpy as np

import unigrad as ug
from unigrad_conformance.hazards import Hazard, inf, nan
from unigrad_conformance.hazards.linalg import EYE, HALF, RANK_1, ZEROS

H = partial(Hazard, chapter="J")
S = ug.special
TALL = [[3.0], [4.0]]


def norm(xp: Any, x: Any, ord: float = 2) -> Any:
    """The norm of a vector."""
    return xp.linalg.vector_norm(x, ord=ord)


def upright(xp: Any, u: Any) -> Any:
    """Singular vectors whose first elements are positive: libraries choose other signs."""
    return u * xp.sign(u[:1, :])


def to_integers(xp: Any, x: Any, *exponents: int) -> Any:
    """x to the powers of an array of integers."""
    return xp.pow(x, xp.asarray(list(exponents)))


def as_float(xp: Any, x: Any) -> Any:
    """Numbers of a floating dtype."""
    return xp.astype(x, xp.float64)


def running_max(xp: Any, x: Any) -> Any:
    """The largest element so far."""
    if hasattr(xp, "cummax"):
        return xp.cummax(x, 0).values
    return xp.maximum.accumulate(x) if hasattr(xp.maximum, "accumulate") else np.maximum.accumulate(x)


J = (
    H("pow(x, int array [0,1,2]) at 0", lambda xp, x: to_integers(xp, x, 0, 1, 2), ([0.0] * 3,), ([0.0, 1.0, 0.0],)),
    H("pow(-2, int array [2,3])", lambda xp, x: to_integers(xp, x, 2, 3), ([-2.0, -2.0],), ([-4.0, 12.0],)),
    H(
        "x/norm(x) at 0",
        lambda xp, x: x / norm(xp, x),
        ([0.0, 0.0],),
        ([nan, nan],),
        forward=inf,
        note="0/0, no derivative: forward mode meets the zero tangent of the norm before the NaN, and says inf",
    ),
    H("acos(clip(x,-1,1)) at 1", lambda xp, x: xp.acos(xp.clip(x, -1.0, 1.0)), ([1.0],), ([-inf],)),
    H(
        "unique_values [2,1,2]",
        lambda xp, x: xp.unique_values(x),
        ([2.0, 1.0, 2.0],),
        ([0.5, 1.0, 0.5],),
    ),
    H("imag(real x)", lambda xp, x: xp.imag(x), ([1.0],), ([0.0],)),
    H("conj(real x)", lambda xp, x: xp.conj(x), ([1.0],), ([1.0],)),
    H("log at -1 (value nan)", lambda xp, x: xp.log(x), ([-1.0],), ([-1.0],)),
    H("log1p at -2 (value nan)", lambda xp, x: xp.log1p(x), ([-2.0],), ([-1.0],)),
    H("atanh at 2 (value nan)", lambda xp, x: xp.atanh(x), ([2.0],), ([-1 / 3],)),
    H("remainder(1,0)", lambda xp, x, y: xp.remainder(x, y), ([1.0], [0.0]), ([1.0], [-inf])),
    H("floor(nan), floor(inf)", lambda xp, x: xp.floor(x), ([nan, inf],), ([0.0, 0.0],)),
    H("norm at [1e-200,1e-200] (true 0.7071)", norm, ([1e-200] * 2,), ([HALF] * 2,)),
    H("norm at [1e200,1e200] (true 0.7071)", norm, ([1e200] * 2,), ([HALF] * 2,)),
    H(
        "hypot(1e200,1e200) (true 0.7071)",
        lambda xp, x, y: xp.hypot(x, y),
        ([1e200], [1e200]),
        ([HALF], [HALF]),
    ),
    H(
        "hypot(1e-200,1e-200) (true 0.7071)",
        lambda xp, x, y: xp.hypot(x, y),
        ([1e-200], [1e-200]),
        ([HALF], [HALF]),
    ),
    H("abs(z) at 1e-200(1+1j)", lambda xp, z: xp.abs(z), ([1e-200 + 1e-200j],), ([complex(HALF, HALF)],)),
    H(
        "1/z at tiny 1e-200",
        lambda xp, z: 1 / z,
        ([1e-200 + 0j],),
        ([complex(-inf, nan)],),
        note="-1e400 cannot be said; a complex number of which a part overflows counts as not a number",
    ),
    H("pinv zeros", lambda xp, x: xp.linalg.pinv(x), (ZEROS,), (ZEROS,)),
    H(
        "qr complete tall, use Q",
        lambda xp, x: xp.linalg.qr(x, mode="complete")[0],
        (TALL,),
        ([[0.192], [-0.144]],),
    ),
    H("svd full_matrices 2x1, use S", lambda xp, x: xp.linalg.svd(x)[1], (TALL,), ([[0.6], [0.8]],)),
    H(
        "svd thin 2x1, use U",
        lambda xp, x: upright(xp, xp.linalg.svd(x, full_matrices=False)[0]),
        (TALL,),
        ([[0.032], [-0.024]],),
    ),
    H("matrix_rank", lambda xp, x: as_float(xp, xp.linalg.matrix_rank(x)), (EYE,), (ZEROS,)),
    H("expm1/x at 0", lambda xp, x: xp.expm1(x) / x, ([0.0],), ([nan],)),
    H("mean of int-cast mask", lambda xp, x: xp.mean(as_float(xp, xp.astype(x > 1, xp.int64))), ([1.0, 2.0],), ([0.0, 0.0],)),
    H(
        "cumsum+cummax like: maximum.accumulate ties",
        lambda xp, x: np.maximum.accumulate(x),
        ([1.0, 1.0, 0.0],),
        ([2.0, 1.0, 0.0],),
        native=running_max,
        note="NumPy's function, which takes a tensor",
    ),
    H("norm ord=-inf / min abs at [0,1]", lambda xp, x: norm(xp, x, -inf), ([0.0, 1.0],), ([0.0, 0.0],)),
    H(
        "logsumexp with b=0 weights (jax)",
        lambda xp, x: xp.log(xp.sum(0.0 * xp.exp(x))),
        ([1.0, 2.0],),
        ([0.0, 0.0],),
        note="the weights of zero are written out",
    ),
    H("gammaln at 0", lambda xp, x: S.gammaln(x), ([0.0],), ([-inf],)),
    H("rsqrt-ish x**-0.5 at 0", lambda xp, x: x**-0.5, ([0.0],), ([-inf],)),
    H("square(x) at inf", lambda xp, x: xp.square(x), ([inf],), ([inf],)),
    H(
        "exp at 1000 then log",
        lambda xp, x: xp.log(xp.exp(x)),
        ([1000.0],),
        ([0.0],),
        note="the value is infinite, and so has no derivative: a zero factor absorbs",
    ),
    H("d2 expm1 at 0", lambda xp, x: xp.expm1(x), ([0.0],), ([1.0],), 2),
    H(
        "d2 pow(x, int array [0,1,2]) at 0",
        lambda xp, x: to_integers(xp, x, 0, 1, 2),
        ([0.0] * 3,),
        ([0.0, 0.0, 2.0],),
        2,
    ),
    H("d2 x**0 at 0", lambda xp, x: x**0, ([0.0],), ([0.0],), 2),
    H("d2 vector_norm at 0", norm, ([0.0, 0.0],), ([0.0, 0.0],), 2),
    H("d2 det rank1", lambda xp, x: xp.linalg.det(x), (RANK_1,), ([[1.0, -1.0], [-1.0, 1.0]],), 2),
    H("d2 logsumexp [-inf,0]", lambda xp, x: ug.logsumexp(x), ([-inf, 0.0],), ([0.0, 0.0],), 2),
    H("d2 clip at inside 0.5", lambda xp, x: xp.clip(x, -1.0, 1.0) ** 3, ([0.5],), ([3.0],), 2),
    H("d2 sort**2", lambda xp, x: xp.sort(x) ** 2, ([2.0, 1.0],), ([2.0, 2.0],), 2),
)  # fmt: skip
