"""Chapter F of the measured table: indices, shapes, arrays without elements."""

from functools import partial
from typing import Any

import numpy as np

import unigrad as ug
from unigrad_conformance.hazards import Hazard

H = partial(Hazard, chapter="F")


def written(xp: Any, x: Any) -> Any:
    """A result whose first element is then overwritten."""
    y = x * 1
    y[0] = 0.0
    return y


def into_zeros(xp: Any, x: Any) -> Any:
    """Zeros whose first element is then overwritten."""
    z = xp.zeros_like(x)
    z[0] = x[0]
    return z


def added(xp: Any, x: Any) -> Any:
    """A result to which something is added in place."""
    y = x * 1
    y += x
    return y


def set_twice(xp: Any, x: Any, v: Any) -> Any:
    """Two writes to one place."""
    if hasattr(x, "at"):
        return x.at[ZEROTH].set(v)
    y = x.clone()
    y[[0, 0]] = v
    return y


def added_twice(xp: Any, x: Any, v: Any) -> Any:
    """Two additions to one place."""
    if hasattr(x, "at"):
        return x.at[ZEROTH].add(v)
    return x.index_add(0, xp.asarray([0, 0]), v)


ZEROTH = np.array([0, 0])

F = (
    H("sum of empty", lambda xp, x: xp.sum(x), ([],), ([],)),
    H("prod of empty", lambda xp, x: xp.prod(x), ([],), ([],)),
    H("mean of empty", lambda xp, x: xp.mean(x), ([],), ([],)),
    H("max of empty", lambda xp, x: xp.max(x), ([],), error=ug.ShapeError),
    H("norm of empty", lambda xp, x: xp.linalg.vector_norm(x), ([],), ([],)),
    H("(0,)*(1,) broadcast", lambda xp, x, y: x * y, ([], [1.0]), ([], [0.0])),
    H("(0,3)+(3,) broadcast", lambda xp, x, y: x + y, (np.zeros((0, 3)), [1.0, 2.0, 3.0]), (np.zeros((0, 3)), [0.0] * 3)),
    H(
        "(2,0)@(0,3)",
        lambda xp, x, y: xp.matmul(x, y),
        (np.zeros((2, 0)), np.zeros((0, 3))),
        (np.zeros((2, 0)), np.zeros((0, 3))),
    ),
    H("take dup idx [0,0,1]", lambda xp, x: x[xp.asarray([0, 0, 1])], ([1.0, 2.0, 3.0],), ([2.0, 1.0, 0.0],)),
    H(
        "setitem dup idx: x.at[[0,0]].set(v)",
        set_twice,
        ([1.0, 2.0], [5.0, 7.0]),
        ([0.0, 1.0], [0.0, 1.0]),
    ),
    H("add at dup idx", added_twice, ([1.0, 2.0], [5.0, 7.0]), ([1.0, 1.0], [1.0, 1.0])),
    H(
        "out of bounds index x[5]",
        lambda xp, x: x[5],
        ([1.0, 2.0, 3.0],),
        error=ug.OutOfBoundsError,
    ),
    H("boolean mask x[x>1]", lambda xp, x: x[x > 1], ([1.0, 2.0, 3.0],), ([0.0, 1.0, 1.0],)),
    H("in-place-style: y=x*1;y[0]=0", written, ([1.0, 2.0],), ([0.0, 1.0],)),
    H(
        "in-place on numpy-style buffer: z=zeros;z[0]=x",
        into_zeros,
        ([1.0, 2.0],),
        ([1.0, 0.0],),
    ),
    H("aug-assign y=x*1; y+=x", added, ([1.0, 2.0],), ([2.0, 2.0],)),
    H("broadcast_to (1,)->(4,)", lambda xp, x: xp.broadcast_to(x, (4,)), ([1.0],), ([4.0],)),
    H("0-d broadcast: x() * ones(3)", lambda xp, x: x * xp.ones(3, dtype=xp.float64), (1.0,), (3.0,)),
)  # fmt: skip
