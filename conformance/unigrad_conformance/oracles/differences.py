"""Central differences of sixth order, in float64, of the function as NumPy computes it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unigrad.backend import load
from unigrad_conformance.arrays import Array, coordinates, pairing, units
from unigrad_conformance.oracles.protocol import Problem, Told

#: steps and weights
STENCIL = ((-3, -1 / 60), (-2, 3 / 20), (-1, -3 / 4), (1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
#: by the order of the derivative, and how far its result may be off, relative to its largest number
STEP = {1: 2e-3, 2: 2e-3, 3: 1e-2}
ERROR = {1: 1e-8, 2: 1e-6, 3: 1e-4}


class FiniteDifferences:
    """Derivatives from values alone."""

    name = "finite differences"

    def vjps(self, problem: Problem, cts: Sequence[Array]) -> Told:
        """From the whole Jacobian."""
        columns, error = self.jvps(problem, list(units(problem.sources)))
        rows = np.array([coordinates([ct], [problem.reference]) for ct in cts]).reshape(len(cts), problem.m)
        return Told(rows @ columns.T, np.abs(rows) @ np.broadcast_to(error, columns.shape).T)

    def jvps(self, problem: Problem, tangents: Sequence[Sequence[Array]]) -> Told:
        """One difference for each tangent."""
        numpy = load("numpy")
        rows = [
            coordinates(
                [_along(lambda *xs: problem.value(numpy, *xs), problem.sources, ts, STEP[1])], [problem.reference]
            )
            for ts in tangents
        ]
        return _told(np.array(rows).reshape(len(rows), problem.m), 1)

    def higher(self, problem: Problem, ct: Array, along: Sequence[Sequence[Array]]) -> Told:
        """Differences of differences."""
        numpy, order = load("numpy"), len(along) + 1
        phi: Callable[..., Any] = lambda *xs: pairing(ct, problem.value(numpy, *xs))  # noqa: E731
        for ts in along:
            phi = _differenced(phi, ts, STEP[order])
        found = [_along(phi, problem.sources, unit, STEP[order]) for unit in units(problem.sources)]
        return _told(np.array(found, dtype=float), order)


def _differenced(phi: Callable[..., Any], ts: Sequence[Array], step: float) -> Callable[..., Any]:
    return lambda *xs: _along(phi, xs, ts, step)


def _along(phi: Callable[..., Any], sources: Sequence[Array], ts: Sequence[Array], step: float) -> Any:
    total: Any = 0.0
    for steps, weight in STENCIL:
        total = total + (weight / step) * phi(*(x + steps * step * t for x, t in zip(sources, ts, strict=True)))
    return total


def _told(numbers: Array, order: int) -> Told:
    finite = np.abs(numbers[np.isfinite(numbers)])
    return Told(numbers, ERROR[order] * max(1.0, float(finite.max()) if finite.size else 1.0))
