"""The checks' own reports, brought into the form of `results`."""

from typing import Any

from unigrad.backend import Backend
from unigrad.primitive import TABLE
from unigrad_conformance.cases import cases_of
from unigrad_conformance.expressions import expressions
from unigrad_conformance.groups import check_group
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import HAZARDS, check_hazard
from unigrad_conformance.report import Report as Found
from unigrad_conformance.results import Failure, Report

DEPTHS = {"light": "light", "quick": "quick", "full": "thorough", "exhaustive": "thorough"}
ALL = "everything else"


def check_row_or_expression(kind: str, name: str, backend: Backend, spec: str, plan: Plan) -> Report:
    """One row or one expression."""
    cases = list(cases_of(TABLE[name])) if kind == "row" else next(c for c in expressions(name) if c[0].group == name)
    found = check_group(cases, backend, depth=DEPTHS[plan.thoroughness])
    return brought(name, spec, found, "no sample: the row's domain gives none" if not cases else "")


def check_point(label: str, backend: Backend, spec: str, plan: Plan) -> Report:
    """One hazard point."""
    return brought(label, spec, check_hazard(next(h for h in HAZARDS if h.label == label), backend))


def brought(op: str, spec: str, found: Found, missing: str = "") -> Report:
    """Failures by what was compared, all other comparisons in one cell."""
    report = Report(cases=found.cases)
    rest = report.cell(op, spec, ALL)
    rest.comparisons = max(0, found.comparisons - len(found.failures))
    rest.known = {f"{d.group} on {d.native}: {d.reason}" for d in found.used}
    if not found.comparisons:
        rest.left_out = {"the backend has no such dtype": max(1, found.cases)}
    for f in found.failures:
        case, _, dtype = f.case.rpartition(" on ")[0].partition("] ")
        cell = report.cell(op, spec, f.what)
        cell.comparisons += 1
        cell.failures.append(Failure(op, f.what, spec, case + "]" * bool(dtype), dtype or "float64", f.detail))
    if missing:
        cell = report.cell(op, spec, "samples")
        cell.failures.append(Failure(op, "samples", spec, op, "", missing))
    return report


def checks(_: Any = None) -> dict[str, str]:
    """The names of the checks, with a line on each."""
    return {ALL: "values, both modes, both orders, dtypes and shapes"}
