"""Many programs on one backend: hypothesis draws them, and makes the ones that fail small."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed as seeded, settings
from hypothesis import strategies as st

from unigrad.backend import load
from unigrad_conformance.programs.check import Checked, Checker, Found, doubles
from unigrad_conformance.programs.compose import compose
from unigrad_conformance.programs.script import script
from unigrad_conformance.programs.text import Program

#: programs of one draw of hypothesis: what fails ends it, and the next goes on
CHUNK = 50
#: failures after which a run ends
ENOUGH = 5
#: seconds and programs that making one failure small may take
PATIENCE, TRIES = 30.0, 400

NUMBER = st.integers(0, 4095)
ROW = st.tuples(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER)
#: the inputs' row, and short or long programs
ROWS = st.tuples(ROW, st.one_of(st.lists(ROW, min_size=1, max_size=8), st.lists(ROW, min_size=8, max_size=44)))


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


class Done(BaseException):
    """Small enough, or tried for long enough: hypothesis passes it on at once."""


class Search:
    """The programs of one draw; the smallest that failed is kept."""

    def __init__(self, backend: str, report: ProgramsReport, count: int, told: Callable[[str], None] | None) -> None:
        self.backend, self.report, self.left, self.told = load(backend), report, count, told
        self.smallest: tuple[Program, Found] | None = None
        self.began, self.tries = 0.0, 0

    def judge(self, rows: Any) -> None:
        """Compose and check one program."""
        if self.smallest is None:
            if not self.left:
                return
            self.left -= 1
        elif time.monotonic() - self.began > PATIENCE or self.tries > TRIES:
            raise Done
        self.tries += self.smallest is not None
        seen = Checked()
        with doubles(load("numpy")):
            program = compose([rows[0], *rows[1]])
        Checker(program, self.backend, seen).check()
        if self.smallest is None:
            self.report.programs += 1
            self.report.ops += program.size
            self.report.comparisons += seen.comparisons
            self.report.rough += seen.rough
            self.report.reached += seen.reached
            if self.told and self.report.programs % 100 == 0:
                self.told(f"{self.backend.name}: {self.report.programs} programs")
        if seen.found is None:
            return
        if self.smallest is None:
            self.began = time.monotonic()
        elif seen.found.what != self.smallest[1].what:
            return  # another failure: this one is made small first
        if self.smallest is None or program.size <= self.smallest[0].size:
            self.smallest = program, seen.found
        raise AssertionError(seen.found.what)


def check_programs(
    backend: str, count: int, seed: int, told: Callable[[str], None] | None = None
) -> ProgramsReport:
    """Run random programs on a backend: the same for the same seed, on every backend.

    Args:
        backend: a name as in UNIGRAD_BACKEND.
        count: how many; fewer when many fail.
        seed: any integer.
        told: is given a line of progress now and then.

    Returns:
        A report; its failures have been made small.
    """
    report = ProgramsReport()
    chunk = 0
    while report.programs < count and len(report.failures) < ENOUGH:
        search = Search(backend, report, min(CHUNK, count - report.programs), told)
        _draw(search, seed * 10007 + chunk)
        chunk += 1
        if search.smallest is not None:
            program, found = search.smallest
            report.failures.append((script(program, backend, found), found.detail))
            if told:
                told(f"{backend}: failed: {found.detail[:300]}\n{report.failures[-1][0]}")
    return report


def _draw(search: Search, seed: int) -> None:
    @seeded(seed)
    @settings(
        max_examples=search.left,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    @given(ROWS)
    def programs(rows: Any) -> None:
        search.judge(rows)

    try:
        programs()
    except (AssertionError, Done):
        assert search.smallest is not None
