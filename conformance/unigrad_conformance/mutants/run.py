"""A run: mutants to workers, in three rounds. First each mutant's own rows; then which units reach the rest; then those units."""

import multiprocessing
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import unigrad as ug
from unigrad_conformance.mutants.choosing import chosen, every
from unigrad_conformance.mutants.judge import Judge, Key, key_of
from unigrad_conformance.mutants.mutant import AREAS, Area, Mutant, Verdict
from unigrad_conformance.mutants.remembered import remembered
from unigrad_conformance.mutants.units import Unit, plan_of, units
from unigrad_conformance.plan import Plan

Told = Callable[[Verdict], Any]


class Court:
    """What one process needs: a judge, and the mutants by name."""

    def __init__(self, backend: str) -> None:
        self._open = ExitStack()
        chosen_backend = self._open.enter_context(ug.use_backend(backend))
        self.mutants = every(chosen_backend)
        self.judge = Judge(chosen_backend, self._open.enter_context(remembered()))

    def close(self) -> None:
        """Everything as it was."""
        self._open.close()

    def at_home(self, name: str) -> Verdict | None:
        """The first round."""
        return self.judge.at_home(self.mutants[name])

    def reached(self, unit: Unit, wanted: Sequence[Key], plan: Plan) -> list[Key]:
        """The second round."""
        return self.judge.reached(unit, wanted, plan)

    def abroad(self, name: str, among: Sequence[Unit]) -> Verdict:
        """The third round."""
        return self.judge.abroad(self.mutants[name], among)


def run(
    backend: str,
    count: int,
    seed: int,
    ops: Sequence[str] = (),
    areas: Sequence[Area] = AREAS,
    workers: int = 1,
    told: Told | None = None,
) -> list[Verdict]:
    """The verdicts on `count` mutants, in the order in which they were drawn.

    Args:
        backend: as in UNIGRAD_BACKEND.
        count, seed, ops, areas: see `choosing.chosen`.
        workers: processes; 1: this one.
        told: called with each verdict as it is found.
    """
    court = Court(backend)
    try:
        mutants = chosen(list(court.mutants.values()), count, seed, ops, areas)
        among = [u for u in units() if not ops or u.kind != "row" or u.name in ops]
        if workers == 1:
            return _rounds(mutants, among, lambda ask, jobs: (getattr(court, ask)(*job) for job in jobs), told)
        with multiprocessing.get_context("spawn").Pool(workers, _begin, (backend,)) as pool:
            return _rounds(mutants, among, lambda ask, jobs: pool.imap(_asked, [(ask, job) for job in jobs]), told)
    finally:
        court.close()


_court: Court | None = None


def _begin(backend: str) -> None:
    global _court
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    _court = Court(backend)


def _asked(job: tuple[str, tuple[Any, ...]]) -> Any:
    return getattr(_court, job[0])(*job[1])


Ask = Callable[[str, list[Any]], Iterator[Any]]  # (method of a court, arguments of each call) -> results, in order


def _rounds(mutants: Sequence[Mutant], among: Sequence[Unit], ask: Ask, told: Told | None) -> list[Verdict]:
    found: dict[str, Verdict] = {}

    def note(verdict: Verdict) -> None:
        found[verdict.mutant] = verdict
        if told:
            told(verdict)

    for verdict in ask("at_home", [(m.name,) for m in mutants]):
        if verdict is not None:
            note(verdict)
    rest = [m for m in mutants if m.name not in found]
    reach = _reach(rest, among, ask) if rest else {}
    for verdict in ask("abroad", [(m.name, _reaching(m, among, reach)) for m in rest]):
        note(verdict)
    return [found[m.name] for m in mutants]


def _reach(rest: Sequence[Mutant], among: Sequence[Unit], ask: Ask) -> dict[Key, list[Unit]]:
    wanted: dict[Plan, set[Key]] = defaultdict(set)
    for m in rest:
        wanted[plan_of(m.area)].update(map(key_of, m.code))
    reach: dict[Key, list[Unit]] = defaultdict(list)
    for plan, keys in wanted.items():
        found = ask("reached", [(unit, sorted(keys), plan) for unit in among])
        for unit, met in zip(among, found, strict=True):
            for key in met:
                reach[key].append(unit)
    return reach


def _reaching(mutant: Mutant, among: Sequence[Unit], reach: dict[Key, list[Unit]]) -> list[Unit]:
    """The units in which the code of a mutant runs; every one where nobody can tell, a broken backend's own row alone.

    Of the engine, which runs everywhere, the expressions and points besides its own rows.
    """
    if mutant.area in ("backend", "oracle"):
        return [u for u in among if any(op in u.name for op in mutant.ops)]
    found = list(among)
    if mutant.code:
        found = list(dict.fromkeys(u for code in mutant.code for u in reach.get(key_of(code), ())))
    return [u for u in found if u.kind != "row"] if mutant.area == "engine" else found
