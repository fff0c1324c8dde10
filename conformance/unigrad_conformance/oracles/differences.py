"""Central differences with Richardson extrapolation, in float64, of the function as NumPy computes it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unigrad.backend import load
from unigrad_conformance.arrays import Array, coordinates, pairing, units
from unigrad_conformance.oracles.estimate import slope
from unigrad_conformance.oracles.protocol import Problem, Told


class FiniteDifferences:
    """Derivatives from values alone."""

    name = "finite differences"

    def vjps(self, problem: Problem, cts: Sequence[Array]) -> Told:
        """From the whole Jacobian."""
        return from_columns(problem, cts, self.jvps(problem, list(units(problem.sources))))

    def jvps(self, problem: Problem, tangents: Sequence[Sequence[Array]]) -> Told:
        """A slope for each tangent."""

        def value(*xs: Array) -> Told:
            return Told(coordinates([problem.value(load("numpy"), *xs)], [problem.reference]))

        return stacked([slope(along(value, problem.sources, ts)) for ts in tangents], problem.m)

    def higher(self, problem: Problem, ct: Array, along_: Sequence[Sequence[Array]]) -> Told:
        """Slopes of slopes."""
        phi = nested(lambda *xs: Told(np.array([pairing(ct, problem.value(load("numpy"), *xs))])), along_)
        found = stacked([slope(along(phi, problem.sources, unit)) for unit in units(problem.sources)], 1)
        return Told(found.numbers[:, 0], found.error[:, 0])


def along(phi: Callable[..., Told], xs: Sequence[Any], ts: Sequence[Array]) -> Callable[[float], Told]:
    """A function of arrays as one of a step in a direction."""
    return lambda h: phi(*(x + h * t for x, t in zip(xs, ts, strict=True)))


def nested(phi: Callable[..., Told], directions: Sequence[Sequence[Array]]) -> Callable[..., Told]:
    """The derivative of a function of arrays along each of several directions in turn."""
    for ts in directions:
        phi = _sloped(phi, ts)
    return phi


def _sloped(phi: Callable[..., Told], ts: Sequence[Array]) -> Callable[..., Told]:
    return lambda *xs: slope(along(phi, xs, ts))


def stacked(rows: Sequence[Told], width: int) -> Told:
    """Vectors as the rows of a matrix."""
    errors = [np.broadcast_to(row.error, row.numbers.shape) for row in rows]
    shape = (len(rows), width)
    return Told(np.array([row.numbers for row in rows]).reshape(shape), np.array(errors).reshape(shape))


def from_columns(problem: Problem, cts: Sequence[Array], columns: Told) -> Told:
    """The rows that cotangents make of the columns of a Jacobian."""
    rows = np.array([coordinates([ct], [problem.reference]) for ct in cts]).reshape(len(cts), problem.m)
    return Told(rows @ columns.numbers.T, np.abs(rows) @ np.broadcast_to(columns.error, columns.numbers.shape).T)
