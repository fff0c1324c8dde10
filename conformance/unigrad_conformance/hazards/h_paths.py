"""Chapter H of the measured table: what connects a source with a target. A step does, with gradient zero; a constant does not."""

from functools import partial
from importlib import import_module
from typing import Any

import unigrad.tf as tf
from unigrad_conformance.hazards import Hazard

H = partial(Hazard, chapter="H")


def stopped(xp: Any, x: Any) -> Any:
    """The value as a constant, in the native libraries' words."""
    return x.detach() * 1 if hasattr(x, "detach") else import_module("jax.lax").stop_gradient(x)


HS = (
    H("unconnected source", lambda xp, x, y: x * 2, ([2.0], [3.0]), ([2.0], None)),
    H("constant output", lambda xp, x: xp.ones(2, dtype=xp.float64) * 2, ([2.0],), (None,)),
    H("stop_gradient path only", lambda xp, x: tf.stop_gradient(x), ([2.0],), (None,), native=stopped),
    H("zeros_like(x) only", lambda xp, x: xp.zeros_like(x), ([2.0],), ([0.0],)),
    H("identity: grad(x,x)", lambda xp, x: x, ([1.0],), ([1.0],)),
    H("x*0 (connected zero)", lambda xp, x: x * 0, ([1.0],), ([0.0],)),
    H("x > 0 as loss", lambda xp, x: x > 0, ([1.0],), ([0.0],), native=lambda xp, x: xp.astype(x > 0, xp.float64)),
    H("shape-only dep: x.shape[0]*1.", lambda xp, x: xp.ones(1, dtype=xp.float64) * x.shape[0], ([1.0, 2.0],), (None,)),
)
