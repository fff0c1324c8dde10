"""Chapter B of the measured table: singular points."""

import math
from functools import partial
from typing import Any

import unigrad as ug
import unigrad.tf as tf
from unigrad_conformance.hazards import Hazard, inf, nan

H = partial(Hazard, chapter="B")
S = ug.special


def norm(xp: Any, x: Any, ord: float = 2) -> Any:
    """The norm of a vector."""
    return xp.linalg.vector_norm(x, ord=ord)


def weighed(xp: Any, x: Any, *weights: float) -> Any:
    """The sum of the elements times constants."""
    return sum(x[i] * w for i, w in enumerate(weights))


B = (
    H("sqrt at 0", lambda xp, x: xp.sqrt(x), ([0.0],), ([inf],)),
    H("sqrt(x)**2 at 0", lambda xp, x: xp.sqrt(x) ** 2, ([0.0],), ([0.0],)),
    H("x*sqrt(x) at 0", lambda xp, x: x * xp.sqrt(x), ([0.0],), ([0.0],)),
    H("sqrt(x*x) at 0", lambda xp, x: xp.sqrt(x * x), ([0.0],), ([0.0],)),
    H("sqrt(sum(x^2)) at 0", lambda xp, x: xp.sqrt(xp.sum(x**2)), ([0.0, 0.0],), ([0.0, 0.0],)),
    H(
        "norm(x) 2 at 0",
        lambda xp, x: tf.norm(x),
        ([0.0, 0.0],),
        ([0.0, 0.0],),
        native=norm,
        note="TensorFlow's name",
    ),
    H("vector_norm(x) 2 at 0", norm, ([0.0, 0.0],), ([0.0, 0.0],)),
    H("vector_norm ord=1 at [0,1]", lambda xp, x: norm(xp, x, 1), ([0.0, 1.0],), ([0.0, 1.0],)),
    H("vector_norm ord=3 at 0", lambda xp, x: norm(xp, x, 3), ([0.0, 0.0],), ([0.0, 0.0],)),
    H("vector_norm inf ties [2,-2,1]", lambda xp, x: norm(xp, x, inf), ([2.0, -2.0, 1.0],), ([0.5, -0.5, 0.0],)),
    H("vector_norm inf at 0", lambda xp, x: norm(xp, x, inf), ([0.0, 0.0],), ([0.0, 0.0],)),
    H("vector_norm ord=0 at [0,2]", lambda xp, x: norm(xp, x, 0), ([0.0, 2.0],), ([0.0, 0.0],)),
    H("x**2 (py int) at 0", lambda xp, x: x**2, ([0.0],), ([0.0],)),
    H("x**1 (py int) at 0", lambda xp, x: x**1, ([0.0],), ([1.0],)),
    H("x**0 (py int) at 0", lambda xp, x: x**0, ([0.0],), ([0.0],)),
    H("x**0.0 (py float) at 0", lambda xp, x: x**0.0, ([0.0],), ([0.0],)),
    H("x**1.0 at 0", lambda xp, x: x**1.0, ([0.0],), ([1.0],)),
    H("x**2.0 at 0", lambda xp, x: x**2.0, ([0.0],), ([0.0],)),
    H("x**0.5 at 0", lambda xp, x: x**0.5, ([0.0],), ([inf],)),
    H("x**-1 at 0", lambda xp, x: x**-1.0, ([0.0],), ([-inf],)),
    H("x**3.0 at -2", lambda xp, x: x**3.0, ([-2.0],), ([12.0],)),
    H("pow(0,0) arrays", lambda xp, x, y: xp.pow(x, y), ([0.0], [0.0]), ([0.0], [0.0])),
    H("pow(0,1)", lambda xp, x, y: xp.pow(x, y), ([0.0], [1.0]), ([1.0], [0.0])),
    H("pow(0,2)", lambda xp, x, y: xp.pow(x, y), ([0.0], [2.0]), ([0.0], [0.0])),
    H("pow(0,0.5)", lambda xp, x, y: xp.pow(x, y), ([0.0], [0.5]), ([inf], [0.0])),
    H("pow(0,-1)", lambda xp, x, y: xp.pow(x, y), ([0.0], [-1.0]), ([-inf], [nan])),
    H("pow(-2,2)", lambda xp, x, y: xp.pow(x, y), ([-2.0], [2.0]), ([-4.0], [nan])),
    H("pow(-2,3)", lambda xp, x, y: xp.pow(x, y), ([-2.0], [3.0]), ([12.0], [nan])),
    H("pow(1,inf)", lambda xp, x, y: xp.pow(x, y), ([1.0], [inf]), ([inf], [0.0])),
    H("2**x (scalar base) at 0", lambda xp, x: 2**x, ([0.0],), ([math.log(2)],)),
    H("0**x (scalar base) at [0,1]", lambda xp, x: 0.0**x, ([0.0, 1.0],), ([0.0, 0.0],)),
    H("log at 0", lambda xp, x: xp.log(x), ([0.0],), ([inf],)),
    H("x*log(x) at 0", lambda xp, x: x * xp.log(x), ([0.0],), ([-inf],)),
    H("xlogy(0,0)", lambda xp, x, y: S.xlogy(x, y), ([0.0], [0.0]), ([-inf], [0.0])),
    H("1/x at 0", lambda xp, x: 1 / x, ([0.0],), ([-inf],)),
    H("x/x at 0", lambda xp, x: x / x, ([0.0],), ([nan],)),
    H(
        "divide_no_nan/0 (tf only)",
        lambda xp, x, y: tf.math.divide_no_nan(x, y),
        ([1.0], [0.0]),
        ([0.0], [0.0]),
        native=lambda xp, x, y: xp.where(y == 0, 0.0, x / xp.where(y == 0, 1.0, y)),
        note="TensorFlow's name",
    ),
    H("log1p at -1", lambda xp, x: xp.log1p(x), ([-1.0],), ([inf],)),
    H("acos at 1", lambda xp, x: xp.acos(x), ([1.0],), ([-inf],)),
    H("atanh at 1", lambda xp, x: xp.atanh(x), ([1.0],), ([inf],)),
    H("acosh at 1", lambda xp, x: xp.acosh(x), ([1.0],), ([inf],)),
    H(
        "std zero variance (ddof0)",
        lambda xp, x: xp.std(x),
        ([1.0, 1.0, 1.0],),
        ([0.0, 0.0, 0.0],),
    ),
    H("var zero variance", lambda xp, x: xp.var(x), ([1.0, 1.0, 1.0],), ([0.0, 0.0, 0.0],)),
    H("std n=1 correction=1", lambda xp, x: xp.std(x, correction=1), ([1.0],), ([nan],)),
    H("logsumexp [-inf,-inf]", lambda xp, x: ug.logsumexp(x), ([-inf, -inf],), ([nan, nan],)),
    H("logsumexp [-inf,0]", lambda xp, x: ug.logsumexp(x), ([-inf, 0.0],), ([0.0, 1.0],)),
    H("logsumexp [inf,0]", lambda xp, x: ug.logsumexp(x), ([inf, 0.0],), ([nan, 0.0],)),
    H("logaddexp(-inf,-inf)", lambda xp, x, y: xp.logaddexp(x, y), ([-inf], [-inf]), ([nan], [nan])),
    H("logaddexp(-inf,0)", lambda xp, x, y: xp.logaddexp(x, y), ([-inf], [0.0]), ([0.0], [1.0])),
    H("logaddexp(inf,inf)", lambda xp, x, y: xp.logaddexp(x, y), ([inf], [inf]), ([nan], [nan])),
    H("softmax [-inf,0] w=[1,10]", lambda xp, x: weighed(xp, ug.softmax(x), 1.0, 10.0), ([-inf, 0.0],), ([0.0, 0.0],)),
    H(
        "log_softmax [-inf,0] w=[0,1]",
        lambda xp, x: weighed(xp, ug.log_softmax(x), 0.0, 1.0),
        ([-inf, 0.0],),
        ([0.0, 0.0],),
    ),
    H("prod [0,2,3]", lambda xp, x: xp.prod(x), ([0.0, 2.0, 3.0],), ([6.0, 0.0, 0.0],)),
    H("prod [0,0,3]", lambda xp, x: xp.prod(x), ([0.0, 0.0, 3.0],), ([0.0, 0.0, 0.0],)),
    H("cumprod [2,0,3]", lambda xp, x: xp.cumulative_prod(x), ([2.0, 0.0, 3.0],), ([1.0, 8.0, 0.0],)),
    H("cumprod [0,0,3]", lambda xp, x: xp.cumulative_prod(x), ([0.0, 0.0, 3.0],), ([1.0, 0.0, 0.0],)),
    H("tanh at 1000", lambda xp, x: xp.tanh(x), ([1000.0],), ([0.0],)),
    H(
        "sigmoid naive 1/(1+exp(-x)) at -1000",
        lambda xp, x: 1 / (1 + xp.exp(-x)),
        ([-1000.0],),
        ([0.0],),
    ),
    H(
        "log(1+exp(x)) at 1000",
        lambda xp, x: xp.log(1 + xp.exp(x)),
        ([1000.0],),
        ([0.0],),
        note="the value is infinite, and so has no derivative: a zero factor absorbs",
    ),
    H(
        "logaddexp(x,0) at 1000",
        lambda xp, x: xp.logaddexp(x, xp.zeros_like(x)),
        ([1000.0],),
        ([1.0],),
    ),
    H("erfinv at 1", lambda xp, x: S.erfinv(x), ([1.0],), ([inf],)),
    H("sinc at 0", lambda xp, x: S.sinc(x), ([0.0],), ([0.0],)),
)
