"""A run's result as JSON, and back: `report.schema.json` and docs/conformance-report.md say what each name means."""

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from unigrad_conformance.facts import BackendFacts, Machine
from unigrad_conformance.plan import Plan
from unigrad_conformance.results import Failure, Report
from unigrad_conformance.shares import Taken

#: raised in its first part when a reader of the old form would misunderstand the new one, else in its second
VERSION = "1.1"
STATUSES = ("failed", "known", "passed", "left out")


@dataclass
class Run:
    """What was asked, where it ran, and what was found."""

    plan: Plan
    patterns: tuple[str, ...] = ()
    workers: int = 0
    machine: Machine = field(default_factory=Machine)
    versions: dict[str, str] = field(default_factory=dict)
    backends: list[BackendFacts] = field(default_factory=list)
    #: name: what kind of op it is
    ops: dict[str, str] = field(default_factory=dict)
    #: name: one line
    checks: dict[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    #: ISO 8601, in UTC
    started: str = ""
    seconds: float = 0.0
    planned: int = 0
    done: int = 0
    interrupted: bool = False
    #: what a quick run took a share of, by its seed
    shares: list[Taken] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Cells by status."""
        found = Counter(cell.status for cell in self.report.cells.values())
        return {status: found[status] for status in STATUSES}  # type: ignore[index]


def to_json(run: Run) -> dict[str, Any]:
    """Plain data, ready for `json.dump`."""
    report = run.report
    cells = sorted(report.cells.values(), key=lambda c: (c.op, c.backend, c.check))
    return {
        "schema": "unigrad-conformance-report",
        "schema_version": VERSION,
        "started": run.started,
        "seconds": round(run.seconds, 3),
        "interrupted": run.interrupted,
        "versions": run.versions,
        "machine": asdict(run.machine),
        "plan": {**listed(asdict(run.plan)), "ops": list(run.patterns), "workers": run.workers},
        "shares": [asdict(share) for share in run.shares],
        "backends": [listed({k: v for k, v in asdict(b).items() if k not in ("trouble", "message")}) for b in run.backends],
        "checks": [{"name": name, "title": title} for name, title in run.checks.items()],
        "ops": [{"name": name, "kind": kind} for name, kind in run.ops.items()],
        "summary": {
            "units": {"planned": run.planned, "done": run.done},
            "cases": report.cases,
            "comparisons": report.comparisons,
            "failures": len(report.failures),
            "cells": run.counts,
        },
        "cells": [
            {
                "op": c.op, "backend": c.backend, "check": c.check, "status": c.status, "comparisons": c.comparisons,
                "failures": len(c.failures), "known": sorted(c.known), "left_out": c.left_out,
            }
            for c in cells
        ],
        "failures": [asdict(f) for c in cells for f in sorted(c.failures, key=lambda f: f.size)],
    }  # fmt: skip


def from_json(data: dict[str, Any]) -> Run:
    """A run as `to_json` wrote it; a `ValueError` for anything else."""
    if data.get("schema") != "unigrad-conformance-report":
        raise ValueError('this is no report of unigrad conformance: it has no "schema": "unigrad-conformance-report"')
    if str(data["schema_version"]).split(".")[0] != VERSION.split(".")[0]:
        raise ValueError(f"a report of schema {data['schema_version']}; this version of the suite reads {VERSION}")
    report = Report(cases=data["summary"]["cases"])
    for c in data["cells"]:
        cell = report.cell(c["op"], c["backend"], c["check"])
        cell.comparisons, cell.known, cell.left_out = c["comparisons"], set(c["known"]), dict(c["left_out"])
    for f in data["failures"]:
        report.cell(f["op"], f["backend"], f["check"]).failures.append(Failure(**f))
    return Run(
        plan=Plan(**{f.name: tupled(data["plan"][f.name]) for f in fields(Plan)}),
        patterns=tuple(data["plan"]["ops"]),
        workers=data["plan"]["workers"],
        machine=Machine(**data["machine"]),
        versions=data["versions"],
        backends=[BackendFacts(**{k: tupled(v) for k, v in b.items()}) for b in data["backends"]],
        ops={op["name"]: op["kind"] for op in data["ops"]},
        checks={check["name"]: check["title"] for check in data["checks"]},
        report=report,
        started=data["started"],
        seconds=data["seconds"],
        planned=data["summary"]["units"]["planned"],
        done=data["summary"]["units"]["done"],
        interrupted=data["interrupted"],
        shares=[Taken(**share) for share in data.get("shares", [])],
    )


def listed(data: dict[str, Any]) -> dict[str, Any]:
    """Tuples as lists, as JSON has them."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in data.items()}


def tupled(value: Any) -> Any:
    """And back."""
    return tuple(value) if isinstance(value, list) else value


def write(path: Path, text: str) -> None:
    """All of the text or, whatever happens meanwhile, what was there before."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.write_text(text, encoding="utf-8")
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def write_json(run: Run, path: Path) -> None:
    """The JSON report in a file."""
    write(path, json.dumps(to_json(run), indent=1, allow_nan=False) + "\n")
