"""Many programs on one backend; the ones that fail are made small."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from unigrad.backend import Backend, load
from unigrad_conformance.programs.check import Checked, Checker, Found
from unigrad_conformance.programs.compose import Broken, compose
from unigrad_conformance.programs.runs import doubles
from unigrad_conformance.programs.script import script
from unigrad_conformance.programs.shrinking import BELOW, MOST_ROWS, WIDTH, Row, shrunk
from unigrad_conformance.programs.text import Program

#: failures after which a run ends
ENOUGH = 5
#: the part of the programs that have few steps
SHORT = 0.6


@dataclass
class ProgramsReport:
    """What a run has seen.

    Attributes:
        programs: how many ran.
        comparisons: how many times two results were compared.
        ops: how many lines the programs had together.
        reached: in how many programs a tape recorded each row of the table.
        rough: programs that finite differences could say nothing of.
        failures: for each a script that shows it, and what differed.
    """

    programs: int = 0
    comparisons: int = 0
    ops: int = 0
    rough: int = 0
    reached: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def add(self, program: Program, seen: Checked) -> None:
        """Count one program."""
        self.programs += 1
        self.ops += program.size
        self.comparisons += seen.comparisons
        self.rough += seen.rough
        self.reached += seen.reached


def rows_for(rng: np.random.Generator) -> list[Row]:
    """The numbers of one program: few steps or many."""
    steps = int(rng.integers(1, 9) if rng.random() < SHORT else rng.integers(8, MOST_ROWS))
    return [tuple(row) for row in rng.integers(0, BELOW, (1 + steps, WIDTH)).tolist()]


def judge(rows: Sequence[Row], backend: Backend) -> tuple[Program, Checked]:
    """Compose and check one program."""
    seen = Checked()
    try:
        with doubles(load("numpy")):
            program = compose(rows)
    except Broken as e:
        why = e.__cause__
        seen.found = Found("raised when composed", f"on numpy: {type(why).__name__}: {str(why)[:500]}")
        return e.program, seen
    Checker(program, backend, seen).check()
    return program, seen


def check_programs(
    backend: str, count: int, seed: int, told: Callable[[str], None] | None = None, first: int = 0
) -> ProgramsReport:
    """Run random programs on a backend: the same for the same seed, on every backend.

    Args:
        backend: a name as in UNIGRAD_BACKEND.
        count: how many; fewer when many fail.
        seed: any integer from 0.
        told: is given a line of progress now and then.
        first: the number of the first one: workers share the programs of a seed.

    Returns:
        A report; its failures have been made small.
    """
    report, home = ProgramsReport(), load(backend)
    for number in range(first, first + count):
        rows = rows_for(np.random.default_rng((seed, number)))
        program, seen = judge(rows, home)
        report.add(program, seen)
        if told and report.programs % 100 == 0:
            told(f"{backend}: {report.programs} programs")
        if seen.found is not None:
            what = seen.found.what

            def fails(fewer: Sequence[Row], what: str = what) -> bool:
                found = judge(fewer, home)[1].found
                return found is not None and found.what == what

            program, seen = judge(shrunk(rows, fails), home)
            assert seen.found is not None
            report.failures.append((script(program, backend, seen.found), seen.found.detail))
            if told:
                told(f"{backend}: program {number} failed: {seen.found.detail[:400]}\n{report.failures[-1][0]}")
            if len(report.failures) == ENOUGH:
                break
    return report
