"""One case on one subject in one precision, and how its answers are compared: what all checks ask."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from unigrad import kinds
from unigrad_conformance.arrays import Array, coordinates, short
from unigrad_conformance.oracles import Oracle, Problem, Told, Undecided
from unigrad_conformance.runs import Notes, Runs
from unigrad_conformance.tolerance import (
    NEIGHBOURS,
    SPREAD,
    WORTHLESS,
    allowed,
    apart,
    is_conditioning,
    neighbour,
    products_unit,
    rtol,
    size_of,
)

__all__ = ["Miss", "Notes", "Trial"]


AT_A_KINK = "Is the sample at a kink, or at the edge of a domain?"


@dataclass(frozen=True)
class Miss:
    """A disagreement: what a program that shows it is made of."""

    #: as `Trial.told` has it, or "value"
    what: str
    want: Array
    #: how far apart the numbers may be
    limit: float
    #: the row of the farthest number
    worst: int


class Trial(Runs):
    """Runs, with the oracles' answers and the comparisons with them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        #: by the check that runs
        self.comparisons = 0
        #: known differences of frameworks that it met
        self.known: set[str] = set()
        #: the first disagreement that it found
        self.miss: Miss | None = None
        self._told: dict[tuple[str, Any], Told | Exception] = {}
        self._spread: dict[tuple[str, str], float] = {}

    # -- the truth ------------------------------------------------------------------------------------------------
    def told(self, oracle: Oracle, what: str) -> Told:
        """An oracle's answer, asked once.

        Args:
            oracle: who is asked.
            what: "rows" or "columns" of the Jacobian, as many as there are `cotangents` and `directions`; "second" or "third"
                derivatives: the gradient of those along `tangents` (and `others`); "second paired" or "third paired": its
                pairing with the tangents that follow.
        """
        key = (oracle.name, what)
        if key not in self._told:
            try:
                self._told[key] = self._ask(oracle, what, self.problem)
            except Exception as e:  # noqa: BLE001  (a framework may raise anything: each check that asks tells it)
                self._told[key] = e
        found = self._told[key]
        if isinstance(found, Exception):
            raise found
        return found

    def _ask(self, oracle: Oracle, what: str, problem: Problem) -> Told:
        if what == "rows":
            return oracle.vjps(problem, self.cotangents)
        if what == "columns":
            return oracle.jvps(problem, self.directions)
        if what.endswith("paired"):
            last = coordinates(self.others if what == "second paired" else self.third, problem.sources)
            unpaired = what.removesuffix(" paired")
            is_own = problem is self.problem
            numbers, error, _ = self.told(oracle, unpaired) if is_own else self._ask(oracle, unpaired, problem)
            error = np.broadcast_to(error, last.shape) @ np.abs(last)
            return Told(np.array([numbers @ last]), error, np.array([np.abs(numbers) @ np.abs(last)]))
        along = {"second": [self.tangents], "third": [self.tangents, self.others]}[what]
        return oracle.higher(problem, self.cotangent, along)

    def spread(self, oracle: Oracle, what: str) -> float:
        """How far an oracle's numbers move with the last digits of the arguments.

        That is the conditioning of the case in the precision under test, and rounding errors of the oracle's own formulas.
        """
        key = (oracle.name, what)
        if key not in self._spread:
            rng, told, moves = self.rng("neighbours"), self.told(oracle, what).numbers, [0.0]
            for _ in range(NEIGHBOURS):
                args = tuple(neighbour(a, self.judged, rng) for a in self.problem.args)
                there = self._ask(oracle, what, replace(self.problem, args=args)).numbers
                moves.append(float(np.max(np.abs(there - told), initial=0.0)))
            self._spread[key] = max(moves)
        return self._spread[key]

    # -- comparisons ----------------------------------------------------------------------------------------------
    def compared(self, n: int = 1) -> None:
        """Count comparisons."""
        self.comparisons += n

    @cached_property
    def least(self) -> float:
        """The rounding error of one operation, where it may be larger than the dtype's: float32 products in TF32."""
        single = self.judged in (np.dtype(np.float32), np.dtype(np.complex64))
        return products_unit(self.backend) if single and not isinstance(self.case.row, kinds.Elementwise) else 0.0

    def compare(self, got: Any, want: Any, order: str = "first") -> Iterator[str]:
        """One text if a tensor, or an array, is not near enough: `yield from` it."""
        self.compared()
        got = self.backend.to_numpy(self.subject.raw(got)) if not isinstance(got, np.ndarray | np.generic) else got
        if np.shape(got) != np.shape(want):
            yield f"shape {np.shape(got)}, expected {np.shape(want)}"
            return
        limit = rtol(self.judged, order, self.least)
        far = apart(got, want, limit)
        if far > 1:
            self._missed("value", np.asarray(want), limit * self.scale(np.asarray(want)), 0)
            yield f"{far:.3g} times the tolerance apart; got {short(got)}, expected {short(want)}"

    def compare_numbers(self, got: Array, oracle: Oracle, what: str, order: int) -> Iterator[str]:
        """One text if coordinates of derivatives are not near enough to an oracle's; `Undecided` where it cannot tell."""
        self.compared()
        told = self.told(oracle, what)
        scale = self.scale(told.numbers) if told.size is None else size_of(told.size)
        off = float(np.max(told.error)) if np.size(told.error) else 0.0
        if not off <= WORTHLESS * scale:
            raise Undecided(f"{oracle.name} cannot tell: it may be {off:.2g} off, of {scale:.2g}. {AT_A_KINK}")
        limit = allowed(self.judged, order, scale, told.error, self.least)
        far = apart(got, told.numbers, limit, 1.0)
        if far <= 1:
            return
        with np.errstate(invalid="ignore"):
            distances = np.atleast_2d(np.nan_to_num(np.abs(got - told.numbers), nan=np.inf))
        if is_conditioning(float(distances.max()), self.judged, scale):
            spread = self.spread(oracle, what)
            limit = limit + SPREAD * spread * is_conditioning(spread, self.judged, scale)
            far = apart(got, told.numbers, limit, 1.0)
        if far > 1:
            worst = int(np.argmax(distances.max(axis=1))) if what in ("rows", "columns") else 0
            self._missed(what, told.numbers, float(np.max(limit)), worst)
            yield f"{far:.3g} times the tolerance apart; got {short(got)}, expected {short(told.numbers)}"

    def _missed(self, what: str, want: Array, limit: float, worst: int) -> None:
        if self.miss is None:
            self.miss = Miss(what, want, limit, worst)

    def scale(self, want: Array) -> float:
        """What rounding errors are relative to where the sums are not known: the largest number, the value's too, and 1."""
        return max(1.0, size_of(want), size_of(self.reference))
