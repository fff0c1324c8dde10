"""Central differences, in float64, of the function as NumPy computes it.

A derivative of order k along directions is a sum of k-th derivatives along single lines (polarization), and each of those a
stencil of sixth order. The stencil of fourth order on the same points tells the error; with the roundings of the values.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from unigrad.backend import load
from unigrad_conformance.arrays import Array, coordinates, pairing, units
from unigrad_conformance.oracles.protocol import Problem, Told


class Stencil(NamedTuple):
    """Weights of the points 0, 1, 2, ... steps ahead, of sixth and of fourth order; those behind have `sign` times them."""

    #: for values in float64
    step: float
    sixth: tuple[float, ...]
    fourth: tuple[float, ...]
    sign: int


#: by the order of the derivative
STENCILS = {
    1: Stencil(2e-3, (0, 3 / 4, -3 / 20, 1 / 60), (0, 2 / 3, -1 / 12, 0), -1),
    2: Stencil(1e-2, (-49 / 18, 3 / 2, -3 / 20, 1 / 90), (-5 / 2, 4 / 3, -1 / 12, 0), 1),
    3: Stencil(1e-2, (0, -61 / 30, 169 / 120, -3 / 10, 7 / 240), (0, -13 / 8, 1, -1 / 8, 0), -1),
}
#: of the values, in units of their dtype's
ROUNDINGS = 64
#: an estimated error beyond this, relative to the derivative, is tried to be made smaller by smaller steps
GOOD = {1: 1e-8, 2: 1e-7, 3: 1e-5}
TRIES = 4
#: of more coordinates of the sources no whole Jacobian is made for a few directions
MANY = 64


class FiniteDifferences:
    """Derivatives from values alone."""

    name = "finite differences"

    def jacobian(self, problem: Problem) -> Told:
        """A row for each coordinate of the sources; computed once."""
        if self.name not in problem.memo:
            problem.memo[self.name] = self._along(problem, units(problem.sources))
        return problem.memo[self.name]  # type: ignore[no-any-return]

    def _along(self, problem: Problem, tangents: Iterable[Sequence[Array]]) -> Told:
        numpy, unit = load("numpy"), _unit(problem)
        f: Callable[..., Any] = lambda *xs: coordinates([problem.value(numpy, *xs)], [problem.reference])  # noqa: E731
        told = [differenced(f, problem.sources, [ts], unit) for ts in tangents]
        numbers, error = (
            np.array(x).reshape(len(told), problem.m) for x in ([t[0] for t in told], [t[1] for t in told])
        )
        return Told(numbers, error)

    def vjps(self, problem: Problem, cts: Sequence[Array]) -> Told:
        """From the whole Jacobian."""
        rows = np.array([coordinates([ct], [problem.reference]) for ct in cts]).reshape(len(cts), problem.m)
        numbers, error, _ = self.jacobian(problem)
        return Told(rows @ numbers.T, np.abs(rows) @ error.T, np.abs(rows) @ np.abs(numbers.T))

    def jvps(self, problem: Problem, tangents: Sequence[Sequence[Array]]) -> Told:
        """From the whole Jacobian; of many sources, along each tangent."""
        if problem.n > MANY:
            return self._along(problem, tangents)
        ts = np.array([coordinates(t, problem.sources) for t in tangents]).reshape(len(tangents), problem.n)
        numbers, error, _ = self.jacobian(problem)
        return Told(ts @ numbers, np.abs(ts) @ error, np.abs(ts) @ np.abs(numbers))

    def higher(self, problem: Problem, ct: Array, along: Sequence[Sequence[Array]]) -> Told:
        """A derivative of the pairing for each coordinate."""
        numpy, unit = load("numpy"), _unit(problem)
        phi: Callable[..., Any] = lambda *xs: pairing(ct, problem.value(numpy, *xs))  # noqa: E731
        told = [differenced(phi, problem.sources, [*along, last], unit) for last in units(problem.sources)]
        return Told(np.array([t.numbers for t in told], dtype=float), np.array([t.error for t in told], dtype=float))


def _unit(problem: Problem) -> float:
    """The rounding error of one operation in the result's dtype: a case may narrow its arguments."""
    return float(np.finfo(problem.reference.dtype).eps)


def differenced(
    f: Callable[..., Any], sources: Sequence[Array], along: Sequence[Sequence[Array]], unit: float = 2.0**-52
) -> Told:
    """The derivative of f(*sources), computed to `unit`, along one to three lists of tangents."""
    order, tries = len(along), []
    # where the errors of the sixth order, step**6, and of the values, unit / step**order, are one
    step = STENCILS[order].step * (unit / 2.0**-52) ** (1 / (6 + order))
    for k in range(TRIES):
        with np.errstate(all="ignore"):
            tries.append(_polarized(f, sources, along, step / 4**k, unit))
        size = float(np.max(np.abs(tries[-1].numbers), initial=0.0))
        if _worst(tries[-1]) <= GOOD[order] * max(1.0, size):
            break
    at = min(range(len(tries)), key=lambda k: np.nan_to_num(_worst(tries[k]), nan=np.inf))
    numbers, error, _ = tries[at]
    for other in tries[at + 1 :]:  # across a jump each step tells another slope, all of them with small errors
        apart = np.abs(numbers - other.numbers)
        error = np.where(apart > error + other.error, apart, error)
    return Told(numbers, error)


def _worst(told: Told) -> float:
    return float(np.max(told.error, initial=0.0))


def _polarized(
    f: Callable[..., Any], sources: Sequence[Array], along: Sequence[Sequence[Array]], step: float, unit: float
) -> Told:
    """From lines: of all signs of the tangents but the first's, and the product of the signs over the order's factorial."""
    order, total, error = len(along), 0.0, 0.0
    scale = {1: 1.0, 2: 4.0, 3: 24.0}[order]
    for signs in product((1, -1), repeat=order - 1):
        line = [sum(s * t for s, t in zip((1, *signs), ts, strict=True)) for ts in zip(*along, strict=True)]
        number, off, _ = _line(f, sources, line, STENCILS[order], step, order, unit)
        total, error = total + np.prod(signs) * number / scale, error + off / scale
    return Told(total, error)


def _line(
    f: Callable[..., Any],
    sources: Sequence[Array],
    line: Sequence[Array],
    stencil: Stencil,
    step: float,
    order: int,
    unit: float,
) -> Told:
    sixth, fourth, size = 0.0, 0.0, 0.0
    for k, (a, b) in enumerate(zip(stencil.sixth, stencil.fourth, strict=True)):
        for at, sign in ((k, 1), (-k, stencil.sign)) if k else ((0, 1),) if a else ():
            value = f(*(x + at * step * t for x, t in zip(sources, line, strict=True)))
            sixth, fourth = sixth + sign * a * value, fourth + sign * b * value
            size = size + abs(a) * np.maximum(np.abs(value), 1.0)  # of terms that cancelled nothing is seen
    power = step**order
    return Told(sixth / power, np.abs(sixth - fourth) / power + ROUNDINGS * unit * size / power)
