"""Chapter C of the measured table: the where trap, NaN and infinities."""

from functools import partial
from typing import Any

import numpy as np

import unigrad as ug
from unigrad_conformance.hazards import Hazard, inf, nan

H = partial(Hazard, chapter="C")


def chosen(xp: Any, condition: Any, x: Any, other: float = 0.0) -> Any:
    """x where the condition holds, a constant elsewhere."""
    return xp.where(condition, x, xp.zeros_like(x) + other)


def weighed(xp: Any, x: Any) -> Any:
    """The elements times 1, 10, 100."""
    return sum(x[i] * 10.0**i for i in range(x.shape[0]))


C = (
    H("where(x>0,sqrt(x),0) at 0", lambda xp, x: chosen(xp, x > 0, xp.sqrt(x)), ([0.0],), ([0.0],)),
    H("where(x>0,sqrt(x),0) at -1", lambda xp, x: chosen(xp, x > 0, xp.sqrt(x)), ([-1.0],), ([0.0],)),
    H("where(x>0,log(x),0) at 0", lambda xp, x: chosen(xp, x > 0, xp.log(x)), ([0.0],), ([0.0],)),
    H("where(x!=0,1/x,0) at 0", lambda xp, x: chosen(xp, x != 0, 1 / x), ([0.0],), ([0.0],)),
    H("where(x!=0,x/x,1) at 0", lambda xp, x: chosen(xp, x != 0, x / x, 1.0), ([0.0],), ([0.0],)),
    H(
        "where(x<50,exp(x),0) at 1000",
        lambda xp, x: chosen(xp, x < 50, xp.exp(x)),
        ([1000.0],),
        ([0.0],),
    ),
    H(
        "double-where sqrt at 0",
        lambda xp, x: chosen(xp, x > 0, xp.sqrt(chosen(xp, x > 0, x, 1.0))),
        ([0.0],),
        ([0.0],),
    ),
    H("0*sqrt(x) at 0", lambda xp, x: 0.0 * xp.sqrt(x), ([0.0],), ([0.0],)),
    H(
        "index-away nan: sqrt(x)[1] x=[0,4]",
        lambda xp, x: xp.sqrt(x)[1],
        ([0.0, 4.0],),
        ([0.0, 0.25],),
    ),
    H("maximum(nan,1)", lambda xp, x, y: xp.maximum(x, y), ([nan], [1.0]), ([nan], [nan])),
    H("maximum(1,nan)", lambda xp, x, y: xp.maximum(x, y), ([1.0], [nan]), ([nan], [nan])),
    H("max([1,nan,2])", lambda xp, x: xp.max(x), ([1.0, nan, 2.0],), ([nan, nan, nan],)),
    H("clip(nan,-1,1)", lambda xp, x: xp.clip(x, -1.0, 1.0), ([nan],), ([nan],)),
    H("relu(nan)", lambda xp, x: ug.relu(x), ([nan],), ([nan],)),
    H("abs(nan)", lambda xp, x: xp.abs(x), ([nan],), ([nan],)),
    H("sign(nan)", lambda xp, x: xp.sign(x), ([nan],), ([0.0],)),
    H(
        "sort([nan,1,2]) w=[1,10,100]",
        lambda xp, x: weighed(xp, xp.sort(x)),
        ([nan, 1.0, 2.0],),
        ([100.0, 1.0, 10.0],),
    ),
    H("inf - inf: x-x at inf", lambda xp, x: x - x, ([inf],), ([0.0],)),
    H("maximum(inf,inf)", lambda xp, x, y: xp.maximum(x, y), ([inf], [inf]), ([0.5], [0.5])),
    H("max([inf,inf,0])", lambda xp, x: xp.max(x), ([inf, inf, 0.0],), ([0.5, 0.5, 0.0],)),
    H(
        "nansum [nan,1]",
        lambda xp, x: np.nansum(x),
        ([nan, 1.0],),
        ([0.0, 1.0],),
        native=lambda xp, x: xp.nansum(x),
        note="NumPy's function, which takes a tensor",
    ),
)  # fmt: skip
