"""Chapter I of the measured table: the derivative of the sum of the gradients."""

import math
from functools import partial

import unigrad as ug
from unigrad_conformance.hazards import Hazard, inf

H = partial(Hazard, chapter="I", order=2)
S = ug.special

SECOND = (
    H("d2 x**2 (py int) at 0", lambda xp, x: x**2, ([0.0],), ([2.0],)),
    H("d2 x**2.0 at 0", lambda xp, x: x**2.0, ([0.0],), ([2.0],)),
    H(
        "d2 pow(x,y=2 array) at 0 (both)",
        lambda xp, x, y: xp.pow(x, y),
        ([0.0], [2.0]),
        ([2.0], [0.0]),
    ),
    H("d2 x**1 at 0", lambda xp, x: x**1, ([0.0],), ([0.0],)),
    H("d2 x**3 at 0", lambda xp, x: x**3, ([0.0],), ([0.0],)),
    H("d2 3*x (linear)", lambda xp, x: 3 * x, ([1.0],), (None,)),
    H("d2 abs at 0", lambda xp, x: xp.abs(x), ([0.0],), ([0.0],)),
    H("d2 relu(x)**2 at 0", lambda xp, x: ug.relu(x) ** 2, ([0.0],), ([0.0],)),
    H("d2 maximum(x,0)**2 at 0", lambda xp, x: xp.maximum(x, xp.zeros_like(x)) ** 2, ([0.0],), ([0.5],)),
    H("d2 max([1,2,2])", lambda xp, x: xp.max(x) ** 2, ([1.0, 2.0, 2.0],), ([0.0, 1.0, 1.0],)),
    H("d2 prod [0,2,3]", lambda xp, x: xp.prod(x), ([0.0, 2.0, 3.0],), ([5.0, 3.0, 2.0],)),
    H("d2 prod [0,0,3]", lambda xp, x: xp.prod(x), ([0.0, 0.0, 3.0],), ([3.0, 3.0, 0.0],)),
    H(
        "d2 cumprod [2,0,3]",
        lambda xp, x: xp.cumulative_prod(x),
        ([2.0, 0.0, 3.0],),
        ([4.0, 6.0, 2.0],),
    ),
    H("d2 norm at [3,4]", lambda xp, x: xp.linalg.vector_norm(x), ([3.0, 4.0],), ([0.032, -0.024],)),
    H("d2 x*abs(x) at 0", lambda xp, x: x * xp.abs(x), ([0.0],), ([0.0],)),
    H("d2 hypot at (3,4)", lambda xp, x, y: xp.hypot(x, y), ([3.0], [4.0]), ([0.032], [-0.024])),
    H(
        "d2 logaddexp(-inf,0)",
        lambda xp, x, y: xp.logaddexp(x, y),
        ([-inf], [0.0]),
        ([0.0], [0.0]),
    ),
    H(
        "d2 std zero variance",
        lambda xp, x: xp.std(x),
        ([1.0, 1.0],),
        ([0.0, 0.0],),
    ),
    H("d2 sinc at 0", lambda xp, x: S.sinc(x), ([0.0],), ([-(math.pi**2) / 3],)),
    H(
        "d2 where(x>0,x**2,0) at 0",
        lambda xp, x: xp.where(x > 0, x**2, xp.zeros_like(x)),
        ([0.0],),
        ([0.0],),
    ),
)  # fmt: skip
