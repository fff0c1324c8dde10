"""A run is units: an op, an expression, a hazard point on one backend. Each is checked alone to a `Report`, in any process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import unigrad as ug
from unigrad.backend import load
from unigrad.primitive import TABLE
from unigrad_conformance.cases import cases_of
from unigrad_conformance.catalogue import PROGRAMS, Kind, chosen, names, programs
from unigrad_conformance.checks import CHECKS
from unigrad_conformance.expressions import expressions
from unigrad_conformance.groups import check_group
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import HAZARDS, POINT_CHECKS, check_hazard
from unigrad_conformance.results import Failure, Report
from unigrad_conformance.scripts import with_scripts
from unigrad_conformance.shares import NATIVE, is_drawn
from unigrad_conformance.subjects import NativeSubject, Subject, Tapes, spec_of

#: how many random programs a backend gets
RANDOM = {"light": 0, "quick": 200, "full": 2000, "exhaustive": 2000}


@dataclass(frozen=True)
class Unit:
    """What one worker does at a time; plain data."""

    kind: Kind
    name: str
    #: as in UNIGRAD_BACKEND, a device after the colon; and `NATIVE` for the library's own autodiff
    backend: str

    def __str__(self) -> str:
        return f"{self.name} on {self.backend}"


def units(
    backends: Sequence[str], ops: Sequence[str] = (), plan: Plan | None = None, random_programs: int | None = 0
) -> list[Unit]:
    """The units of a run, backend by backend, in the order of the table; none of which the plan leaves nothing over.

    Args:
        backends: names as in UNIGRAD_BACKEND.
        ops: patterns as for `catalogue.chosen`; none: everything, or the shares of it that the seed draws.
        plan: how; none: the quick one.
        random_programs: how many; None: as many as belong to the plan.
    """
    plan = plan or Plan()
    kinds = names() | programs(RANDOM[plan.thoroughness] if random_programs is None else random_programs)
    out = {name for name, kind in kinds.items() if plan.checks and not checks_of(kind) & set(plan.checks)}
    if plan.dtypes:
        out |= {h.label for h in HAZARDS if not set(h.dtype.split()) & set(plan.dtypes)}
        out |= {name for name, kind in kinds.items() if kind == "programs" and "float64" not in plan.dtypes}
    found = [Unit(kinds[name], name, b) for b in backends for name in chosen(ops, kinds) if name not in out]
    found = [u for u in found if u.kind != "programs" or not u.backend.endswith(NATIVE)]
    left = kinds_to_draw(ops, random_programs)
    return [u for u in found if u.kind not in left or is_drawn(u.kind, u.name, u.backend, plan)]


def kinds_to_draw(ops: Sequence[str], random_programs: int | None) -> set[Kind]:
    """The kinds of units that nobody asks for by name or number: of these a run may take a share."""
    if ops:
        return set()
    return {"hazard", "expression", "programs"} if random_programs is None else {"hazard", "expression"}


def checks_of(kind: Kind) -> set[str]:
    """The names of the checks that units of a kind have."""
    if kind == "programs":
        return {PROGRAMS}
    return {c.name for c in (POINT_CHECKS if kind == "hazard" else CHECKS)}


def check_unit(unit: Unit, plan: Plan) -> Report:
    """What one unit finds. What it raises itself is a failure of the check "runs"."""
    spec = unit.backend.removesuffix(NATIVE)
    with ug.use_backend(spec):
        try:
            subject: Subject = Tapes(load(spec)) if spec == unit.backend else NativeSubject(load(spec))
            return with_scripts(unit.kind, unit.name, found_in(unit, subject, plan), plan)
        except Exception as e:  # noqa: BLE001  (whatever a backend raises is a failure of the unit: the others go on)
            return broken_off(unit, plan, f"{type(e).__name__}: {str(e)[:300]}")


def found_in(unit: Unit, subject: Subject, plan: Plan) -> Report:
    """The report of a unit, by its kind."""
    if unit.kind == "hazard":
        return check_hazard(next(h for h in HAZARDS if h.label == unit.name), subject, plan)
    if unit.kind == "programs":
        return some_programs(unit, plan)
    if unit.kind == "expression":
        return check_group(next(c for c in expressions(unit.name, plan.seed) if c[0].group == unit.name), subject, plan)
    cases = list(cases_of(TABLE[unit.name], plan.seed))
    report = check_group(cases, subject, plan)
    if not cases:
        fail(report, unit, "reached", "the row's domain gives no sample")
    return report


def some_programs(unit: Unit, plan: Plan) -> Report:
    """Random programs of a unit's numbers; each that fails brings a script, made small."""
    from unigrad_conformance.programs import check_programs  # needs hypothesis, which nothing else here does

    first, last = (int(word) for word in unit.name.split() if word.isdecimal())
    found = check_programs(unit.backend, last + 1 - first, plan.seed, first=first)
    report = Report(cases=found.programs)
    cell = report.cell(unit.name, unit.backend, PROGRAMS)
    cell.comparisons = found.comparisons
    for script, detail in found.failures:
        size = len(script.splitlines())
        cell.failures.append(Failure(unit.name, PROGRAMS, unit.backend, unit.name, "float64", detail, size, script))
    return report


def broken_off(unit: Unit, plan: Plan, why: str) -> Report:
    """The report of a unit that came to no end."""
    report = Report(cases=1)
    fail(report, unit, "runs", why)
    return with_scripts(unit.kind, unit.name, report, plan)


def fail(report: Report, unit: Unit, check: str, why: str) -> None:
    """Note a failure of the whole unit."""
    cell = report.cell(unit.name, unit.backend, check)
    cell.comparisons += 1
    cell.failures.append(Failure(unit.name, check, unit.backend, unit.name, "", why))


def run(
    backends: Sequence[str] = (),
    ops: Sequence[str] = (),
    plan: Plan | None = None,
    told: Callable[[Failure], Any] | None = None,
) -> Report:
    """Check everything whose name holds one of `ops` on each backend, in this process.

    Args:
        backends: names as in UNIGRAD_BACKEND; none: the backend in force.
        ops: patterns as for `catalogue.chosen`; none: everything.
        plan: how; none: the quick one.
        told: called with each failure, when it is found.
    """
    report, plan = Report(), plan or Plan()
    for unit in units(backends or (spec_of(ug.get_backend()),), ops, plan):
        found = check_unit(unit, plan)
        report.add(found)
        for failure in found.failures if told else ():
            told(failure)
    return report
