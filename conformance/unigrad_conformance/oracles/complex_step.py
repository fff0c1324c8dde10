"""The complex step: f'(x) is the imaginary part of f(x + ih) / h, to the last digit, where f is analytic.

Nobody lists the functions for which it holds. A function qualifies at a point if it takes complex numbers there without an
error or a warning, gives real numbers for real ones and complex for complex ones, and the step along one direction tells
what differences tell.
"""

import warnings
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from unigrad.backend import load
from unigrad_conformance.arrays import Array, coordinates, units
from unigrad_conformance.oracles.differences import FiniteDifferences, differenced
from unigrad_conformance.oracles.protocol import Oracle, Problem, Told, Undecided

STEP = 1e-100  # nothing is subtracted, so no step is too small


class ComplexStep:
    """Derivatives of a problem that `qualifies`; `Undecided` where the result is not complex."""

    name = "the complex step"

    def vjps(self, problem: Problem, cts: Sequence[Array]) -> Told:
        """From the whole Jacobian."""
        rows = np.array([coordinates([ct], [problem.reference]) for ct in cts]).reshape(len(cts), problem.m)
        columns = self.jvps(problem, list(units(problem.sources))).numbers.T
        return Told(rows @ columns, 0.0, np.abs(rows) @ np.abs(columns))

    def jvps(self, problem: Problem, tangents: Sequence[Sequence[Array]]) -> Told:
        """A step for each tangent."""
        numbers = [stepped(problem, problem.sources, ts) for ts in tangents]
        return Told(np.array(numbers).reshape(len(numbers), problem.m))

    def higher(self, problem: Problem, ct: Array, along: Sequence[Sequence[Array]]) -> Told:
        """Differences of the gradient by complex steps."""
        weights, directions = coordinates([ct], [problem.reference]), list(units(problem.sources))

        def gradient(*xs: Array) -> Array:
            return np.array([weights @ stepped(problem, xs, ts) for ts in directions])

        return differenced(gradient, problem.sources, along)


def stepped(problem: Problem, sources: Sequence[Array], ts: Sequence[Array]) -> Array:
    """The derivative along tangents, at some sources."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a library that drops imaginary parts says so in a warning
        value = problem.value(load("numpy"), *(x + 1j * STEP * t for x, t in zip(sources, ts, strict=True)))
    if value.dtype.kind != "c":
        raise Undecided(f"a result of {value.dtype} for complex arguments")
    return np.imag(np.ravel(value)) / STEP


@lru_cache(maxsize=1)  # one problem is asked about several times in a row
def qualifies(problem: Problem) -> bool:
    """Whether the function is analytic here, as far as one direction tells."""
    if not problem.wrt or any(x.dtype.kind != "f" for x in (*problem.sources, problem.reference)):
        return False
    rng = np.random.default_rng(0)
    ts = [rng.uniform(0.5, 1.0, x.shape) * rng.choice([-1.0, 1.0], x.shape) for x in problem.sources]
    try:
        step, other = stepped(problem, problem.sources, ts), FiniteDifferences().jvps(problem, [ts])
    except Exception:  # noqa: BLE001  (no complex kernel: any error or warning says so)
        return False
    scale = max(1.0, float(np.max(np.abs(step), initial=0.0)))
    return bool(np.all(np.abs(step - other.numbers[0]) <= 10 * other.error[0] + 1e-9 * scale))


class Truth:
    """No automatic differentiation: the complex step where it holds, else differences."""

    name = "the complex step or finite differences"

    def way(self, problem: Problem) -> Oracle:
        """The one of the two that can tell, the more exact first."""
        return ComplexStep() if qualifies(problem) else FiniteDifferences()

    def vjps(self, problem: Problem, cts: Sequence[Array]) -> Told:
        """As the oracle of its choice."""
        return self.way(problem).vjps(problem, cts)

    def jvps(self, problem: Problem, tangents: Sequence[Sequence[Array]]) -> Told:
        """As the oracle of its choice."""
        return self.way(problem).jvps(problem, tangents)

    def higher(self, problem: Problem, ct: Array, along: Sequence[Sequence[Array]]) -> Told:
        """As the oracle of its choice."""
        return self.way(problem).higher(problem, ct, along)
