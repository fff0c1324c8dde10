"""Hazard points beyond the standard: special functions at their singular points, order statistics, pooling, interpolation."""

import math
from typing import Any

import unigrad as ug
from unigrad.ops.pooling import max_pool
from unigrad_conformance.hazards import (
    Hazard,
    inf,
    nan,
)  # fmt: skip

H = Hazard
S = ug.special

SPECIAL = (
    H("xlogy(0, 2)", lambda xp, x, y: S.xlogy(x, y), ([0.0], [2.0]), ([math.log(2)], [0.0])),
    H("xlogy(2, 0)", lambda xp, x, y: S.xlogy(x, y), ([2.0], [0.0]), ([-inf], [inf])),
    H("xlogy of numbers", lambda xp, x: S.xlogy(x, 0.0) + S.xlog1py(x, -1.0), ([2.0],), ([-inf],)),
    H("xlogy of a negative number", lambda xp, x: S.xlogy(x, -1.0), ([2.0],), ([nan],)),
    H("xlog1py of a negative number", lambda xp, x: S.xlog1py(x, -2.0), ([2.0],), ([nan],)),
    H("gammainc(0, x) of a number", lambda xp, x: S.gammainc(0.0, x), ([2.0],), ([0.0],)),
    H("xlogy(0, nan)", lambda xp, x, y: S.xlogy(x, y), ([0.0], [nan]), ([nan], [nan])),
    H("xlog1py(0, -1)", lambda xp, x, y: S.xlog1py(x, y), ([0.0], [-1.0]), ([-inf], [0.0])),
    H("entr at 0", lambda xp, x: S.entr(x), ([0.0],), ([inf],)),
    H("rel_entr(0, 1)", lambda xp, x, y: S.rel_entr(x, y), ([0.0], [1.0]), ([-inf], [0.0])),
    H("rel_entr(0, 0)", lambda xp, x, y: S.rel_entr(x, y), ([0.0], [0.0]), ([nan], [0.0])),
    H("logit at 0 and 1", lambda xp, x: S.logit(x), ([0.0, 1.0],), ([inf, inf],)),
    H("softplus at -1000, 0, 1000", lambda xp, x: S.softplus(x), ([-1000.0, 0.0, 1000.0],), ([0.0, 0.5, 1.0],)),
    H("softplus at -inf, inf", lambda xp, x: S.softplus(x), ([-inf, inf],), ([0.0, 1.0],)),
    H("log_expit at -1000, 1000", lambda xp, x: S.log_expit(x), ([-1000.0, 1000.0],), ([1.0, 0.0],)),
    H("expit at -1000, 1000", lambda xp, x: S.expit(x), ([-1000.0, 1000.0],), ([0.0, 0.0],)),
    H("erfinv at -1, 1", lambda xp, x: S.erfinv(x), ([-1.0, 1.0],), ([inf, inf],)),
    H("ndtri at 0, 1", lambda xp, x: S.ndtri(x), ([0.0, 1.0],), ([inf, inf],)),
    H("gammaln at -1", lambda xp, x: S.gammaln(x), ([-1.0],), ([nan],)),
    H("digamma at 0", lambda xp, x: S.digamma(x), ([0.0],), ([inf],)),
    H("digamma at 1.5", lambda xp, x: S.digamma(x), ([1.5],), ([math.pi**2 / 2 - 4],)),
    H("gammainc(2, x) at 1", lambda xp, x: S.gammainc(2.0, x), ([1.0],), ([math.exp(-1)],)),
    H("log_ndtr at -1e5", lambda xp, x: S.log_ndtr(x), ([-1e5],), ([100000.00001],)),
    H("log_ndtr at -1e200", lambda xp, x: S.log_ndtr(x), ([-1e200],), ([1e200],)),
    H("i0 at 0", lambda xp, x: S.i0(x), ([0.0],), ([0.0],)),
    H("i0e at 0", lambda xp, x: S.i0e(x), ([0.0],), ([0.0],)),
    H("i1 at 0", lambda xp, x: S.i1(x), ([0.0],), ([0.5],)),
    H("i1e at 0", lambda xp, x: S.i1e(x), ([0.0],), ([0.5],)),
    H("d2 i0 at 0", lambda xp, x: S.i0(x), ([0.0],), ([0.5],), order=2),
    H("d2 i1 at 0", lambda xp, x: S.i1(x), ([0.0],), ([0.0],), order=2),
    H("d2 softplus at 0", lambda xp, x: S.softplus(x), ([0.0],), ([0.25],), order=2),
    H("d2 xlogy(0, 2)", lambda xp, x, y: S.xlogy(x, y), ([0.0], [2.0]), ([0.5], [0.5]), order=2),
)


def _pooled(xp: Any, x: Any) -> Any:
    return max_pool(x, 2)


CHOICES = (
    H("median [2, 2, 2]", lambda xp, x: ug.median(x), ([2.0, 2.0, 2.0],), ([1 / 3, 1 / 3, 1 / 3],)),
    H("median [1, nan, 2]", lambda xp, x: ug.median(x), ([1.0, nan, 2.0],), ([nan, nan, nan],)),
    H(
        "quantile 0.3 with ties",
        lambda xp, x: ug.quantile(x, 0.3),
        ([1.0, 1.0, 3.0, 1.0],),
        ([1 / 3, 1 / 3, 0.0, 1 / 3],),
    ),
    H("max_pool with ties", _pooled, ([[[1.0, 1.0, 0.0, 1.0]]],), ([[[0.5, 0.5, 0.0, 1.0]]],)),
    H(
        "max_pool at -inf and inf",
        _pooled,
        ([[[-inf, -inf, inf, 1.0]]],),
        ([[[0.5, 0.5, 1.0, 0.0]]],),
    ),
    H("max_pool with nan", _pooled, ([[[nan, 1.0, 0.0, 1.0]]],), ([[[nan, nan, 0.0, 1.0]]],)),
    H(
        "d2 max_pool with ties",
        lambda xp, x: max_pool(x, 2) ** 2,
        ([[[1.0, 1.0, 0.0, 1.0]]],),
        ([[[1.0, 1.0, 0.0, 2.0]]],),
        order=2,
    ),
    H("segment_max with ties", lambda xp, x: ug.segment_max(x, [0, 0, 1]), ([1.0, 1.0, 2.0],), ([0.5, 0.5, 1.0],)),
    H("top_k with ties", lambda xp, x: ug.top_k(x, 2)[0], ([1.0, 2.0, 1.0],), ([1.0, 1.0, 0.0],)),
    H(
        "interp at a knot",
        lambda xp, x, k, f: ug.interp(x, k, f),
        ([1.0], [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]),
        ([2.0], [0.0, -2.0, 0.0], [0.0, 1.0, 0.0]),
    ),
    H(
        "interp at the ends and outside",
        lambda xp, x, k, f: ug.interp(x, k, f),
        ([-1.0, 0.0, 2.0, 3.0], [0.0, 2.0], [1.0, 5.0]),
        ([0.0, 1.0, 1.0, 0.0], [-1.0, -1.0], [2.0, 2.0]),
    ),
)
