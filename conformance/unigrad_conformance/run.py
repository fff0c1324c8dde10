"""Run the suite on backends and collect one report for each."""

from collections.abc import Callable, Sequence
from typing import Any

import unigrad as ug
from unigrad.backend import get_backend
from unigrad_conformance.cases import cases_of, rows
from unigrad_conformance.expressions import expressions
from unigrad_conformance.groups import check_group
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import check_hazard, hazards
from unigrad_conformance.results import Failure, Report


def run(
    backends: Sequence[str] = (), ops: str = "", *, thorough: bool = False, told: Callable[[str], Any] | None = None
) -> dict[str, Report]:
    """Check every row, expression and hazard point whose name holds `ops`, on each backend; a report for each.

    Args:
        backends: names as in UNIGRAD_BACKEND; none: the backend in force.
        ops: parts of names, separated by commas; empty: everything.
        thorough: every shape in every precision and both orders.
        told: called with a line for each failure, when it is found.
    """
    reports = {}
    plan = Plan("full" if thorough else "quick")
    for name in backends or (spec_of(get_backend()),):
        report = reports[name] = Report()
        with ug.use_backend(name) as backend:
            for row in rows(ops):
                cases = list(cases_of(row))
                found = check_group(cases, backend, plan)
                if not cases:
                    found.cell(row.name, name, "reached").failures.append(
                        Failure(row.name, "reached", name, row.name, "", "the row's domain gives no sample")
                    )
                take(report, found, told)
            for cases in expressions(ops):
                take(report, check_group(cases, backend, plan), told)
            for hazard in hazards(ops):
                take(report, check_hazard(hazard, backend), told)
    return reports


def take(report: Report, found: Report, told: Callable[[str], Any] | None) -> None:
    """Add to a report, and tell the failures."""
    report.add(found)
    if told:
        for failure in found.failures:
            told(str(failure))


def spec_of(backend: Any) -> str:
    """The name by which a backend is chosen again."""
    return backend.name if backend.device is None else f"{backend.name}:{backend.device}"
