"""Whether the quick run kills a mutant; whether one that it lets live changes anything at all."""

import signal
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import CodeType, FrameType
from typing import Any

from unigrad.backend import Backend
from unigrad_conformance.mutants.derivatives import Found, derivatives, differs
from unigrad_conformance.mutants.mutant import Area, Mutant, Outcome, Verdict
from unigrad_conformance.mutants.remembered import Memory
from unigrad_conformance.mutants.units import Unit, cases, failure, plan_of
from unigrad_conformance.plan import Plan

#: after so many seconds a unit is given up: a mutant that does not end is noticed
SECONDS = 60

Key = tuple[str, int, str]  # of a function: file, first line, name


class EndlessError(BaseException):
    """A unit did not end in time; no `Exception`, so that nothing takes it for a failure of its own."""


@contextmanager
def limited(seconds: int = SECONDS) -> Iterator[None]:
    """A block that is broken off after a while."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise EndlessError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Judge:
    """The quick run of one backend, unit by unit; what it says without mutants is remembered."""

    def __init__(self, backend: Backend, memory: Memory) -> None:
        self.backend, self.memory = backend, memory
        self._sound: dict[tuple[Unit, Plan], bool] = {}
        self._right: dict[tuple[Unit, Plan], Found] = {}

    def judge(self, mutant: Mutant, others: Iterable[Unit]) -> Verdict:
        """The verdict on a mutant that reaches these units besides its own rows."""
        return self.at_home(mutant) or self.abroad(mutant, others)

    def at_home(self, mutant: Mutant) -> Verdict | None:
        """The verdict of the rows whose rules hold the mistake, if they kill it."""
        told = self.killed(mutant.made(), home(mutant), mutant.area)
        return verdict(mutant, "killed", told) if told else None

    def abroad(self, mutant: Mutant, others: Iterable[Unit]) -> Verdict:
        """The verdict of the other units that it reaches, and of the derivatives themselves."""
        among = home(mutant)
        others = [u for u in others if u not in among]
        told = self.killed(mutant.made(), others, mutant.area)
        if told:
            return verdict(mutant, "killed", told)
        among += others
        taken = mutant.area in ("backend", "oracle")
        changed = "taken for right" if taken else self.changed(mutant.made(), among, plan_of(mutant.area))
        if changed:
            return verdict(mutant, "survived", changed)
        if mutant.mined is not None and not self.killed(mutant.mined(), among, mutant.area):
            return verdict(mutant, "unreached", "no sample gets to this place")
        return verdict(mutant, "equivalent", f"the same derivatives in {len(among)} units")

    def killed(self, block: AbstractContextManager[Any], among: Collection[Unit], area: Area) -> str:
        """The first failure in a block in which a mutant is in force; "" if all units pass."""
        plan = plan_of(area)
        sound = [unit for unit in among if self.sound(unit, plan)]
        with block, self.memory.asleep(area in ("backend", "oracle")):
            for unit in sound:
                try:
                    with limited():
                        found = failure(unit, self.backend, plan)
                except EndlessError:
                    return f"{unit.kind} {unit.name}: did not end in {SECONDS} s"
                if found:
                    return f"{unit.kind} {unit.name}: {found[:200]}"
        return ""

    def sound(self, unit: Unit, plan: Plan) -> bool:
        """Whether a unit passes without mutants: another one judges nobody."""
        if (unit, plan) not in self._sound:
            self._sound[unit, plan] = not failure(unit, self.backend, plan)
        return self._sound[unit, plan]

    def changed(self, block: AbstractContextManager[Any], among: Collection[Unit], plan: Plan) -> str:
        """The first derivative that a mutant changes; "" if it changes none."""
        for unit in among:
            if (unit, plan) not in self._right:
                self._right[unit, plan] = derivatives(unit, self.backend, plan)
        with block:
            for unit in among:
                try:
                    told = differs(self._right[unit, plan], derivatives(unit, self.backend, plan))
                except Exception as e:  # noqa: BLE001  (a mutant may break what asks, too)
                    told = f"raised {type(e).__name__}: {str(e)[:100]}"
                if told:
                    return f"{unit.kind} {unit.name}: {told}"
        return ""

    def reached(self, unit: Unit, wanted: Collection[Key], plan: Plan) -> list[Key]:
        """Which of these functions run in a unit."""
        met: set[CodeType] = set()

        def called(frame: FrameType, event: str, argument: Any) -> None:
            if event == "call":
                met.add(frame.f_code)

        sys.setprofile(called)
        try:
            self._sound[unit, plan] = not failure(unit, self.backend, plan)
        finally:
            sys.setprofile(None)
        return sorted(set(map(key_of, met)) & set(wanted)) if self._sound[unit, plan] else []


def home(mutant: Mutant) -> list[Unit]:
    """The rows whose rules hold the mistake."""
    return [Unit("row", op) for op in mutant.ops if cases(Unit("row", op))]


def verdict(mutant: Mutant, outcome: Outcome, detail: str) -> Verdict:
    """What became of a mutant."""
    return Verdict(mutant.name, mutant.kind, mutant.ops[0], mutant.area, outcome, detail)


def key_of(code: CodeType) -> Key:
    """A function in every process: two on one line are taken for one."""
    return code.co_filename, code.co_firstlineno, code.co_name
