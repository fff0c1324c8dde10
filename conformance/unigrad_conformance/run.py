"""A run is units: an op, an expression, a hazard point on one backend. Each is checked alone to a `Report`, in any process."""

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import unigrad as ug
from unigrad_conformance.adapter import check_point, check_row_or_expression, checks
from unigrad_conformance.cases import rows
from unigrad_conformance.expressions import expressions
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import HAZARDS
from unigrad_conformance.results import Failure, Report
from unigrad_conformance.scripts import with_scripts

__all__ = ["Unit", "broken_off", "check_unit", "checks", "chosen", "names", "run", "units"]

Kind = Literal["row", "expression", "hazard", "programs"]


@dataclass(frozen=True)
class Unit:
    """What one worker does at a time; plain data."""

    kind: Kind
    name: str
    #: as in UNIGRAD_BACKEND, a device after the colon
    backend: str

    def __str__(self) -> str:
        return f"{self.name} on {self.backend}"


def names() -> dict[str, Kind]:
    """Everything that can be checked, by name: the rows of the table, the expressions, the hazard points."""
    found: dict[str, Kind] = {row.name: "row" for row in rows()}
    found |= {name: "expression" for cases in expressions() if (name := cases[0].group) not in found}
    return found | {h.label: "hazard" for h in HAZARDS}


def chosen(patterns: Sequence[str], among: Sequence[str]) -> list[str]:
    """The names that hold one of the patterns; a pattern with ``*`` or ``?`` is the whole name. No pattern: all."""
    return [name for name in among if not patterns or any(holds(name, p) for p in patterns)]


def holds(name: str, pattern: str) -> bool:
    """Whether a name is meant by a pattern."""
    if "*" in pattern or "?" in pattern:
        return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))
    return pattern in name


def units(backends: Sequence[str], ops: Sequence[str] = ()) -> list[Unit]:
    """The units of a run, backend by backend, in the order of the table."""
    kinds = names()
    return [Unit(kinds[name], name, backend) for backend in backends for name in chosen(ops, list(kinds))]


def check_unit(unit: Unit, plan: Plan) -> Report:
    """What one unit finds. What it raises itself is a failure of the check "runs"."""
    with ug.use_backend(unit.backend) as backend:
        try:
            if unit.kind == "hazard":
                found = check_point(unit.name, backend, unit.backend, plan)
            else:
                found = check_row_or_expression(unit.kind, unit.name, backend, unit.backend, plan)
            return with_scripts(unit.kind, unit.name, found, plan)
        except Exception as e:  # noqa: BLE001  (whatever a backend raises is a failure of the unit: the others go on)
            return broken_off(unit, f"{type(e).__name__}: {str(e)[:300]}")


def broken_off(unit: Unit, why: str) -> Report:
    """The report of a unit that came to no end."""
    report = Report(cases=1)
    cell = report.cell(unit.name, unit.backend, "runs")
    cell.comparisons = 1
    cell.failures.append(Failure(unit.name, "runs", unit.backend, unit.name, "", why))
    return report


def run(
    backends: Sequence[str] = (),
    ops: Sequence[str] = (),
    plan: Plan | None = None,
    told: Callable[[Failure], Any] | None = None,
) -> Report:
    """Check everything whose name holds one of `ops` on each backend, in this process.

    Args:
        backends: names as in UNIGRAD_BACKEND; none: the backend in force.
        ops: patterns as for `chosen`; none: everything.
        plan: how; none: the quick one.
        told: called with each failure, when it is found.
    """
    report = Report()
    for unit in units(backends or (spec_of(ug.get_backend()),), ops):
        found = check_unit(unit, plan or Plan())
        report.add(found)
        for failure in found.failures if told else ():
            told(failure)
    return report


def spec_of(backend: Any) -> str:
    """The name by which a backend is chosen again."""
    return backend.name if backend.device is None else f"{backend.name}:{backend.device}"
