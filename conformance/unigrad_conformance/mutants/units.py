"""The units of a quick run, and the one place from which the suite is called."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

from unigrad.backend import Backend
from unigrad.primitive import TABLE
from unigrad_conformance.cases import Case, cases_of
from unigrad_conformance.checks import batched
from unigrad_conformance.expressions import expressions
from unigrad_conformance.groups import chosen_checks, finish, run_check, trials
from unigrad_conformance.mutants.mutant import Area
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import HAZARDS, check_hazard
from unigrad_conformance.results import Report
from unigrad_conformance.subjects import Tapes
from unigrad_conformance.trial import Notes

#: what a quick run does; of a mistake in a batching rule, which nothing else can notice, the checks inside of vmap
QUICK = Plan("quick")
INSIDE = Plan("quick", checks=tuple(check.name for check in batched.OWN if check.depth == "quick"))


class Unit(NamedTuple):
    """What is checked at once: a row, an expression or a hazard point."""

    kind: Literal["row", "expression", "hazard"]
    name: str


def plan_of(area: Area) -> Plan:
    """What is run of a mutant in this area."""
    return INSIDE if area == "batching" else QUICK


@cache
def cases(unit: Unit) -> tuple[Case, ...]:
    """The cases of a row or an expression, the same objects each time."""
    if unit.kind == "row":
        return tuple(cases_of(TABLE[unit.name]))
    return tuple(_expressions()[unit.name])


@cache
def _expressions() -> dict[str, Sequence[Case]]:
    return {group[0].group: group for group in expressions()}


@cache
def points() -> dict[str, Any]:
    """The hazard points by their labels."""
    return {hazard.label: hazard for hazard in HAZARDS}


def units() -> list[Unit]:
    """All units of a quick run."""
    rows = [Unit("row", name) for name in TABLE if cases(Unit("row", name))]
    return [*rows, *(Unit("expression", name) for name in _expressions()), *(Unit("hazard", name) for name in points())]


def failure(unit: Unit, backend: Backend, plan: Plan = QUICK) -> str:
    """The first that the quick run says of a unit; "" if it passes. As `groups.check_group`, ended at the first failure."""
    if unit.kind == "hazard":
        report = check_hazard(points()[unit.name], backend, QUICK)
        return _first(report)
    report, notes, subject = Report(), Notes(), Tapes(backend)
    for trial in trials(cases(unit), subject, plan, notes):
        for check in chosen_checks(plan):
            run_check(check, trial, report)
            if told := _first(report):
                return told
    finish(cases(unit), subject, plan, notes, report)
    return _first(report)


def _first(report: Report) -> str:
    return next(map(str, report.failures), "")
