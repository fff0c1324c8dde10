"""What an oracle is asked, and what it tells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from unigrad.backend import Backend
from unigrad_conformance.arrays import Array, count
from unigrad_conformance.cases import Case


class Undecided(ArithmeticError):
    """The oracle cannot tell the derivative of this function at this point."""


class Told(NamedTuple):
    """An oracle's numbers."""

    numbers: Array
    #: by how much each may be off by the oracle's own method; 0: by rounding alone
    error: Any = 0.0
    #: of each the sum of the absolute values of its terms, |J| |t|: what rounding errors are relative to; None: not known
    size: Any = None


@dataclass(frozen=True, eq=False)
class Problem:
    """A case at its arguments, in 64 bits: the function of the differentiated ones that is asked about."""

    case: Case
    #: all arguments: arrays of float64, complex128 or integers, or Python numbers
    args: tuple[Any, ...]
    wrt: tuple[int, ...]
    #: of the result's shape and kind
    reference: Array

    @cached_property
    def memo(self) -> dict[str, Any]:
        """What oracles remember of it, by their names."""
        return {}

    @property
    def sources(self) -> list[Array]:
        """The differentiated arguments."""
        return [self.args[i] for i in self.wrt]

    @cached_property
    def n(self) -> int:
        """Real coordinates of the sources: columns of the Jacobian."""
        return count(self.sources)

    @cached_property
    def m(self) -> int:
        """Real coordinates of the result: rows of the Jacobian."""
        return count([self.reference])

    def value(self, backend: Backend, *sources: Array) -> Array:
        """The case's native form as a backend computes it, of NumPy arrays."""
        args: list[Any] = list(self.args)
        for i, x in zip(self.wrt, sources, strict=True):
            args[i] = x
        raws = [backend.asarray(a, None, backend.device, True) if isinstance(a, np.ndarray) else a for a in args]
        return np.asarray(backend.to_numpy(self.case.native(backend, *raws)))

    def of_sources(self, function: Callable[..., Any], args: Sequence[Any]) -> Callable[..., Any]:
        """`function` of all arguments, some of them as in `args`, as a function of the sources alone."""

        def of_some(*sources: Any) -> Any:
            full = list(args)
            for i, x in zip(self.wrt, sources, strict=True):
                full[i] = x
            return function(*full)

        return of_some


class Oracle(Protocol):
    """Derivatives of a problem by other means. Matrices have a row for each cotangent or tangent that is asked for."""

    name: str

    def vjps(self, problem: Problem, cts: Sequence[Array]) -> Told:
        """For each cotangent of the result (an array like it) the coordinates of the sources' cotangents: (k, n)."""

    def jvps(self, problem: Problem, tangents: Sequence[Sequence[Array]]) -> Told:
        """For each list of tangents like the sources the coordinates of the result's tangent: (k, m)."""

    def higher(self, problem: Problem, ct: Array, along: Sequence[Sequence[Array]]) -> Told:
        """The gradient of the real pairing of `ct` with the derivative along one or two lists of tangents: (n,)."""
