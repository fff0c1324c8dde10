"""Derivatives as limits of difference quotients with steps of 1e-20 to 1e-80: one-sided, then compared."""

from collections.abc import Callable, Sequence
from typing import Any

from unigrad_conformance.oracles.precise.numbers import mp

#: powers of ten: first order takes these steps, second order half of them, and their squares inside
STEPS = (20, 40, 80)
SECOND_STEPS = (10, 20, 40)
#: what stands for an infinite argument
FAR = (4, 6, 8)
#: how near the last two quotients of a limit are, of their size
NEAR = mp.mpf(10) ** -15


def limit(values: Sequence[Any]) -> Any:
    """Of three numbers on the way: the last when it hardly moves, an infinity when they grow on and on, else NaN."""
    a, b, c = values
    if any(map(mp.isnan, values)):
        return mp.nan
    if mp.isinf(c) or abs(c - b) <= NEAR * max(1, abs(c)):
        return c
    if abs(a) < abs(b) < abs(c) and mp.sign(a) == mp.sign(b) == mp.sign(c) and abs(c - b) > abs(b - a) / 2:
        return mp.sign(c) * mp.inf
    return mp.nan


def difference(later: Any, earlier: Any) -> Any:
    """later - earlier, nothing of an infinity that stays."""
    return mp.mpf(0) if later == earlier else later - earlier


def change(later: Any, earlier: Any) -> Any:
    """The sum of the differences of two lists of numbers."""
    return mp.fsum(map(difference, later, earlier))


def sides(phi: Callable[[Any], Any], scale: Any) -> list[Any]:
    """The one-sided derivatives at 0 of the sum of a list of functions, from the right and the left; else NaN."""
    here = phi(mp.mpf(0))
    found = []
    for side in (1, -1):
        steps = [side * scale * mp.mpf(10) ** -p for p in STEPS]
        found.append(limit([change(phi(h), here) / h for h in steps]))
    return found


def second_sides(phi: Callable[[Any, Any], Any], scale: Any) -> list[Any]:
    """The limits of the mixed second quotients of phi(outer step, inner step), from each of the four corners."""
    here = phi(mp.mpf(0), mp.mpf(0))
    found = []
    for side in (1, -1):
        for inner_side in (1, -1):
            quotients = []
            for p in SECOND_STEPS:
                h, k = side * scale * mp.mpf(10) ** -p, inner_side * scale * mp.mpf(10) ** (-2 * p)
                there = change(phi(h, k), phi(h, 0 * k)) - change(phi(0 * h, k), here)
                quotients.append(there / (h * k))
            found.append(limit(quotients))
    return found
