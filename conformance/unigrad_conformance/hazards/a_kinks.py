"""Chapter A of the measured table: ties and kinks."""

from functools import partial
from typing import Any

import numpy as np

import unigrad as ug
import unigrad.tf as tf
from unigrad.nn import functional as nn
from unigrad_conformance.hazards import Hazard, nan

H = partial(Hazard, chapter="A")


def weighed(xp: Any, x: Any) -> Any:
    """The elements times 1, 10, 100, ..., each of which then shows in the gradient."""
    return sum(x[i] * 10.0**i for i in range(x.shape[0]))


def floats(xp: Any, x: Any) -> Any:
    """Bools or integers as numbers."""
    return xp.astype(x, xp.float64)


A = (
    H("abs at -0,0", lambda xp, x: xp.abs(x), ([-0.0, 0.0],), ([0.0, 0.0],)),
    H("sign at [-1,0,1]", lambda xp, x: xp.sign(x), ([-1.0, 0.0, 1.0],), ([0.0, 0.0, 0.0],)),
    H("floor at 0.5, 1.0", lambda xp, x: xp.floor(x), ([0.5, 1.0],), ([0.0, 0.0],)),
    H("ceil", lambda xp, x: xp.ceil(x), ([0.5, 1.0],), ([0.0, 0.0],)),
    H("round at 0.5", lambda xp, x: xp.round(x), ([0.5, 1.0],), ([0.0, 0.0],)),
    H("trunc (tf has no trunc; Floor used)", lambda xp, x: xp.trunc(x), ([0.5, 1.5],), ([0.0, 0.0],)),
    H(
        "framework relu at 0",
        lambda xp, x: ug.relu(x),
        ([-0.0, 0.0],),
        ([0.0, 0.0],),
    ),
    H("maximum(x,0.) const at 0", lambda xp, x: xp.maximum(x, xp.zeros_like(x)), ([0.0],), ([0.5],)),
    H("x*(x>0) at 0", lambda xp, x: x * floats(xp, x > 0), ([0.0],), ([0.0],)),
    H("where(x>0,x,0) at 0", lambda xp, x: xp.where(x > 0, x, xp.zeros_like(x)), ([0.0],), ([0.0],)),
    H("maximum(x,y), x==y", lambda xp, x, y: xp.maximum(x, y), ([1.0], [1.0]), ([0.5], [0.5])),
    H("minimum(x,y), x==y", lambda xp, x, y: xp.minimum(x, y), ([1.0], [1.0]), ([0.5], [0.5])),
    H("maximum(x,x) same array", lambda xp, x: xp.maximum(x, x), ([1.0],), ([1.0],)),
    H(
        "fmax(x,y), x==y",
        lambda xp, x, y: np.fmax(x, y),
        ([1.0], [1.0]),
        ([0.5], [0.5]),
        native=lambda xp, x, y: xp.fmax(x, y),
        note="NumPy's function, which takes a tensor",
    ),
    H("max() full, ties [1,2,2]", lambda xp, x: xp.max(x), ([1.0, 2.0, 2.0],), ([0.0, 0.5, 0.5],)),
    H("max axis=0, ties [1,2,2]", lambda xp, x: xp.max(x, axis=0), ([1.0, 2.0, 2.0],), ([0.0, 0.5, 0.5],)),
    H(
        "amax axis=0, ties",
        lambda xp, x: np.amax(x, axis=0),
        ([1.0, 2.0, 2.0],),
        ([0.0, 0.5, 0.5],),
        native=lambda xp, x: xp.max(x, axis=0),
        note="NumPy's function, which takes a tensor",
    ),
    H("min() full, ties", lambda xp, x: xp.min(x), ([1.0, 1.0, 2.0],), ([0.5, 0.5, 0.0],)),
    H("max-min of constant [1,1]", lambda xp, x: xp.max(x) - xp.min(x), ([1.0, 1.0],), ([0.0, 0.0],)),
    H(
        "clip(x,-1,1) at [-1,0,1]",
        lambda xp, x: xp.clip(x, -1.0, 1.0),
        ([-1.0, 0.0, 1.0],),
        ([0.5, 1.0, 0.5],),
    ),
    H(
        "clip(x,lo,hi) x==lo arrays",
        lambda xp, x, a, b: xp.clip(x, a, b),
        ([1.0], [1.0], [2.0]),
        ([0.5], [0.5], [0.0]),
    ),
    H(
        "clip(x,lo,hi) x<lo arrays",
        lambda xp, x, a, b: xp.clip(x, a, b),
        ([0.0], [1.0], [2.0]),
        ([0.0], [1.0], [0.0]),
    ),
    H(
        "clip lo>hi (x=0,lo=1,hi=-1)",
        lambda xp, x, a, b: xp.clip(x, a, b),
        ([0.0], [1.0], [-1.0]),
        ([0.0], [0.0], [1.0]),
    ),
    H("remainder(5.5,2)", lambda xp, x, y: xp.remainder(x, y), ([5.5], [2.0]), ([1.0], [-2.0])),
    H("remainder(-5.5,2)", lambda xp, x, y: xp.remainder(x, y), ([-5.5], [2.0]), ([1.0], [3.0])),
    H("remainder(4,2) at the jump", lambda xp, x, y: xp.remainder(x, y), ([4.0], [2.0]), ([1.0], [-2.0])),
    H("floor_divide(5.5,2)", lambda xp, x, y: x // y, ([5.5], [2.0]), ([0.0], [0.0])),
    H(
        "sort [2,1,2] weights 1,10,100 (W=[1,10,100])",
        lambda xp, x: weighed(xp, xp.sort(x)),
        ([2.0, 1.0, 2.0],),
        ([10.0, 1.0, 100.0],),
    ),
    H("median [1,2,2,3]", lambda xp, x: ug.median(x), ([1.0, 2.0, 2.0, 3.0],), ([0.0, 0.5, 0.5, 0.0],)),
    H("argmax used as value", lambda xp, x: floats(xp, xp.argmax(x)) * 2, ([1.0, 3.0, 2.0],), ([0.0, 0.0, 0.0],)),
    H(
        "hypot(0,0) (tf has no hypot; sqrt(a^2+b^2))",
        lambda xp, x, y: xp.hypot(x, y),
        ([0.0], [0.0]),
        ([0.0], [0.0]),
    ),
    H("atan2(0,0)", lambda xp, x, y: xp.atan2(x, y), ([0.0], [0.0]), ([nan], [nan])),
    H("copysign(0,1)", lambda xp, x, y: xp.copysign(x, y), ([0.0], [1.0]), ([0.0], [0.0])),
    H("copysign(-2,3)", lambda xp, x, y: xp.copysign(x, y), ([-2.0], [3.0]), ([-1.0], [0.0])),
    H("abs(x)*sign(x) at 0", lambda xp, x: xp.abs(x) * xp.sign(x), ([0.0],), ([0.0],)),
    H(
        "leaky_relu at 0",
        lambda xp, x: nn.leaky_relu(x, 0.1),
        ([0.0],),
        ([0.1],),
        native=lambda xp, x: xp.where(x > 0, x, 0.1 * x),
    ),
    H(
        "relu6 at 6",
        lambda xp, x: tf.nn.relu6(x),
        ([0.0, 6.0],),
        ([0.0, 0.0],),
        native=lambda xp, x: xp.where((x > 0) & (x < 6), x, xp.zeros_like(x)),
        note="TensorFlow's name",
    ),
    H(
        "elu at 0",
        lambda xp, x: nn.elu(x),
        ([0.0],),
        ([1.0],),
        native=lambda xp, x: xp.where(x > 0, x, xp.expm1(x)),
    ),
)
