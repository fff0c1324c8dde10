"""Points where frameworks disagree, with the one right answer: the exact derivative where it exists, the minimum-norm
subgradient at a convex kink, an even split at a tie, else NaN; a zero cotangent absorbs.

A hazard is the gradient of the sum of an expression with respect to every input (`order` 2: of the sum of those gradients).
`differs` names the native frameworks that answer otherwise, and why; one that no longer does is a failure.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import unigrad as ug

inf, nan = float("inf"), float("nan")


@dataclass(frozen=True)
class Hazard:
    """One point: an expression over a namespace, its inputs, and the gradient with respect to each."""

    name: str
    f: Callable[..., Any]
    inputs: tuple[Any, ...]
    want: tuple[Any, ...]
    order: int = 1
    differs: dict[str, str] = field(default_factory=dict, hash=False)
    #: the directional derivative along ones, where it is not the sum of the gradient
    forward: Any = None
    dtype: str = "float64"


KINK = "another subgradient at a kink"
TIE = "a tie is not split evenly"
TRAP = "0 * inf in its rule: the where trap"
WRONG = "a finite wrong number where the derivative exists"
NANS = "NaN where the derivative exists, or a subgradient of least norm"
PLAIN = "a finite number where nothing compares, or no limit exists"
NO_RULE = "no derivative rule"


def both(reason: str) -> dict[str, str]:
    """JAX and torch differ for the same reason."""
    return {"jax": reason, "torch": reason}


def jax(reason: str) -> dict[str, str]:
    """Only JAX differs."""
    return {"jax": reason}


def torch(reason: str) -> dict[str, str]:
    """Only torch differs."""
    return {"torch": reason}


H = Hazard
STEPS = tuple(
    H(name, f, (x,), ([0.0] * len(x),))
    for name, f, x in (
        ("sign", lambda xp, x: xp.sign(x), [-1.0, 0.0, 1.0]),
        ("floor", lambda xp, x: xp.floor(x), [0.5, 1.0]),
        ("ceil", lambda xp, x: xp.ceil(x), [0.5, 1.0]),
        ("round", lambda xp, x: xp.round(x), [0.5, 1.0]),
        ("trunc", lambda xp, x: xp.trunc(x), [0.5, 1.0]),
        ("floor of nan and inf", lambda xp, x: xp.floor(x), [nan, inf]),
        ("sign of nan", lambda xp, x: xp.sign(x), [nan]),
        ("x > 0 as a loss", lambda xp, x: xp.astype(x > 0, xp.float64), [0.0, 1.0]),
        ("float to int to float", lambda xp, x: xp.astype(xp.astype(x, xp.int64), xp.float64), [1.5]),
        ("zeros_like alone", lambda xp, x: xp.zeros_like(x), [1.0]),
        ("x * 0", lambda xp, x: x * 0, [1.0]),
    )
)

KINKS = (
    H("abs at -0, 0", lambda xp, x: xp.abs(x), ([-0.0, 0.0],), ([0.0, 0.0],), differs=jax(KINK)),
    H("relu at 0", lambda xp, x: ug.relu(x), ([-0.0, 0.0],), ([0.0, 0.0],), differs=jax("its maximum splits the tie")),
    H("maximum(x, 0) at 0", lambda xp, x: xp.maximum(x, x * 0), ([0.0],), ([0.5],)),
    H("x * (x > 0) at 0", lambda xp, x: x * xp.astype(x > 0, xp.float64), ([0.0],), ([0.0],)),
    H("where(x > 0, x, 0) at 0", lambda xp, x: xp.where(x > 0, x, xp.zeros_like(x)), ([0.0],), ([0.0],)),
    H("maximum tie", lambda xp, x, y: xp.maximum(x, y), ([1.0], [1.0]), ([0.5], [0.5])),
    H("minimum tie", lambda xp, x, y: xp.minimum(x, y), ([1.0], [1.0]), ([0.5], [0.5])),
    H("maximum(x, x)", lambda xp, x: xp.maximum(x, x), ([1.0],), ([1.0],)),
    H("maximum(inf, inf)", lambda xp, x, y: xp.maximum(x, y), ([inf], [inf]), ([0.5], [0.5])),
    H("maximum(-inf, inf)", lambda xp, x, y: xp.maximum(x, y), ([-inf], [inf]), ([0.0], [1.0])),
    H("max ties", lambda xp, x: xp.max(x), ([1.0, 2.0, 2.0],), ([0.0, 0.5, 0.5],)),
    H("max ties over an axis", lambda xp, x: xp.max(x, axis=0), ([1.0, 2.0, 2.0],), ([0.0, 0.5, 0.5],)),
    H("min ties", lambda xp, x: xp.min(x), ([1.0, 1.0, 2.0],), ([0.5, 0.5, 0.0],)),
    H("max ties at inf", lambda xp, x: xp.max(x), ([inf, inf, 0.0],), ([0.5, 0.5, 0.0],)),
    H("max - min of a constant", lambda xp, x: xp.max(x) - xp.min(x), ([1.0, 1.0],), ([0.0, 0.0],)),
    H(
        "clip at its bounds",
        lambda xp, x: xp.clip(x, -1.0, 1.0),
        ([-1.0, 0.0, 1.0],),
        ([0.5, 1.0, 0.5],),
        differs=torch(TIE),
    ),
    H(
        "clip, x == lo",
        lambda xp, x, a, b: xp.clip(x, a, b),
        ([1.0], [1.0], [2.0]),
        ([0.5], [0.5], [0.0]),
        differs=torch(TIE),
    ),
    H("clip, x < lo", lambda xp, x, a, b: xp.clip(x, a, b), ([0.0], [1.0], [2.0]), ([0.0], [1.0], [0.0])),
    H("clip, lo > hi", lambda xp, x, a, b: xp.clip(x, a, b), ([0.0], [1.0], [-1.0]), ([0.0], [0.0], [1.0])),
    H("remainder(5.5, 2)", lambda xp, x, y: xp.remainder(x, y), ([5.5], [2.0]), ([1.0], [-2.0])),
    H("remainder(-5.5, 2)", lambda xp, x, y: xp.remainder(x, y), ([-5.5], [2.0]), ([1.0], [3.0])),
    H("remainder(4, 2)", lambda xp, x, y: xp.remainder(x, y), ([4.0], [2.0]), ([1.0], [-2.0])),
    H("floor_divide(5.5, 2)", lambda xp, x, y: x // y, ([5.5], [2.0]), ([0.0], [0.0]), differs=torch(NO_RULE)),
    H("hypot(0, 0)", lambda xp, x, y: xp.hypot(x, y), ([0.0], [0.0]), ([0.0], [0.0]), differs=both(NANS)),
    H("atan2(0, 0)", lambda xp, x, y: xp.atan2(x, y), ([0.0], [0.0]), ([nan], [nan]), differs=torch(PLAIN)),
    H("copysign(-2, 3)", lambda xp, x, y: xp.copysign(x, y), ([-2.0], [3.0]), ([-1.0], [0.0])),
    H("copysign(0, 1)", lambda xp, x, y: xp.copysign(x, y), ([0.0], [1.0]), ([0.0], [0.0]), differs=jax(KINK)),
    H("abs(x) * sign(x) at 0", lambda xp, x: xp.abs(x) * xp.sign(x), ([0.0],), ([0.0],)),
)

SINGULAR = (
    H("sqrt at 0", lambda xp, x: xp.sqrt(x), ([0.0],), ([inf],)),
    H("sqrt(x)**2 at 0", lambda xp, x: xp.sqrt(x) ** 2, ([0.0],), ([0.0],), differs=both(TRAP), forward=nan),
    H("x * sqrt(x) at 0", lambda xp, x: x * xp.sqrt(x), ([0.0],), ([0.0],), differs=both(TRAP), forward=nan),
    H("x**2 at 0", lambda xp, x: x**2, ([0.0],), ([0.0],)),
    H("x**1 at 0", lambda xp, x: x**1, ([0.0],), ([1.0],)),
    H("x**0 at 0", lambda xp, x: x**0, ([0.0],), ([0.0],)),
    H("x**0.0 at 0", lambda xp, x: x**0.0, ([0.0],), ([0.0],), differs=jax(NANS)),
    H("x**1.0 at 0", lambda xp, x: x**1.0, ([0.0],), ([1.0],)),
    H("x**2.0 at 0", lambda xp, x: x**2.0, ([0.0],), ([0.0],)),
    H("x**0.5 at 0", lambda xp, x: x**0.5, ([0.0],), ([inf],)),
    H("x**-0.5 at 0", lambda xp, x: x**-0.5, ([0.0],), ([-inf],)),
    H("x**-1 at 0", lambda xp, x: x**-1.0, ([0.0],), ([-inf],)),
    H("x**3.0 at -2", lambda xp, x: x**3.0, ([-2.0],), ([12.0],)),
    H("pow(0, 0)", lambda xp, x, y: xp.pow(x, y), ([0.0], [0.0]), ([0.0], [0.0]), differs=jax(NANS)),
    H("pow(0, 1)", lambda xp, x, y: xp.pow(x, y), ([0.0], [1.0]), ([1.0], [0.0])),
    H("pow(0, 2)", lambda xp, x, y: xp.pow(x, y), ([0.0], [2.0]), ([0.0], [0.0])),
    H("pow(0, 0.5)", lambda xp, x, y: xp.pow(x, y), ([0.0], [0.5]), ([inf], [0.0])),
    H("pow(0, -1)", lambda xp, x, y: xp.pow(x, y), ([0.0], [-1.0]), ([-inf], [nan]), differs=torch(PLAIN)),
    H("pow(-2, 2)", lambda xp, x, y: xp.pow(x, y), ([-2.0], [2.0]), ([-4.0], [nan])),
    H("pow(-2, 3)", lambda xp, x, y: xp.pow(x, y), ([-2.0], [3.0]), ([12.0], [nan])),
    H("pow(1, inf)", lambda xp, x, y: xp.pow(x, y), ([1.0], [inf]), ([inf], [0.0])),
    H("2**x at 0", lambda xp, x: 2**x, ([0.0],), ([0.6931471805599453],)),
    H("0**x at 0, 1", lambda xp, x: 0.0**x, ([0.0, 1.0],), ([0.0, 0.0],)),
    H("log at 0", lambda xp, x: xp.log(x), ([0.0],), ([inf],)),
    H("1/x at 0", lambda xp, x: 1 / x, ([0.0],), ([-inf],)),
    H("x/x at 0", lambda xp, x: x / x, ([0.0],), ([nan],)),
    H("log1p at -1", lambda xp, x: xp.log1p(x), ([-1.0],), ([inf],)),
    H("acos at 1", lambda xp, x: xp.acos(x), ([1.0],), ([-inf],)),
    H("atanh at 1", lambda xp, x: xp.atanh(x), ([1.0],), ([inf],)),
    H("acosh at 1", lambda xp, x: xp.acosh(x), ([1.0],), ([inf],)),
    H("std at no variance", lambda xp, x: xp.std(x), ([1.0, 1.0, 1.0],), ([0.0, 0.0, 0.0],), differs=jax(NANS)),
    H("var at no variance", lambda xp, x: xp.var(x), ([1.0, 1.0, 1.0],), ([0.0, 0.0, 0.0],)),
    H("logaddexp(-inf, -inf)", lambda xp, x, y: xp.logaddexp(x, y), ([-inf], [-inf]), ([nan], [nan])),
    H("logaddexp(-inf, 0)", lambda xp, x, y: xp.logaddexp(x, y), ([-inf], [0.0]), ([0.0], [1.0])),
    H("logaddexp(inf, inf)", lambda xp, x, y: xp.logaddexp(x, y), ([inf], [inf]), ([nan], [nan]), differs=jax(PLAIN)),
    H("logaddexp(1000, 0)", lambda xp, x, y: xp.logaddexp(x, y), ([1000.0], [0.0]), ([1.0], [0.0])),
    H("prod with a zero", lambda xp, x: xp.prod(x), ([0.0, 2.0, 3.0],), ([6.0, 0.0, 0.0],)),
    H("prod with two zeros", lambda xp, x: xp.prod(x), ([0.0, 0.0, 3.0],), ([0.0, 0.0, 0.0],)),
    H("cumprod with a zero", lambda xp, x: xp.cumulative_prod(x), ([2.0, 0.0, 3.0],), ([1.0, 8.0, 0.0],)),
    H("cumprod with two zeros", lambda xp, x: xp.cumulative_prod(x), ([0.0, 0.0, 3.0],), ([1.0, 0.0, 0.0],)),
    H("tanh at 1000", lambda xp, x: xp.tanh(x), ([1000.0],), ([0.0],)),
    H(
        "hypot(1e200, 1e200)",
        lambda xp, x, y: xp.hypot(x, y),
        ([1e200], [1e200]),
        ([0.5**0.5], [0.5**0.5]),
        differs=jax(WRONG),
    ),
    H(
        "hypot(1e-200, 1e-200)",
        lambda xp, x, y: xp.hypot(x, y),
        ([1e-200], [1e-200]),
        ([0.5**0.5], [0.5**0.5]),
        differs=jax(WRONG),
    ),
    H("square at inf", lambda xp, x: xp.square(x), ([inf],), ([inf],)),
    H("log at -1", lambda xp, x: xp.log(x), ([-1.0],), ([-1.0],)),
    H("remainder(1, 0)", lambda xp, x, y: xp.remainder(x, y), ([1.0], [0.0]), ([1.0], [-inf])),
)
