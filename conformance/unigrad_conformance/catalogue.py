"""What there is to choose from: ops, expressions and hazard points by name; checks by name."""

import fnmatch
from collections.abc import Iterable, Sequence
from typing import Literal

from unigrad_conformance.cases import rows
from unigrad_conformance.checks import CHECKS
from unigrad_conformance.expressions import expressions
from unigrad_conformance.points import HAZARDS, POINT_CHECKS

Kind = Literal["row", "expression", "hazard", "programs"]

#: the check of random programs
PROGRAMS = "random programs"
#: how many of them are one unit
TOGETHER = 2
#: of a whole op rather than of one case: always made, never chosen
OF_AN_OP = {
    "reached": "some case is recorded by the row's own rule",
    "branches of the rule": "some case takes each branch of the row's rule",
    "known differences": "each known difference of a native framework is still there",
    "runs": "the checks of the op come to an end",
}


def names() -> dict[str, Kind]:
    """Everything that can be checked: the rows of the table, the expressions, the hazard points."""
    found: dict[str, Kind] = {row.name: "row" for row in rows()}
    found |= {name: "expression" for cases in expressions() if (name := cases[0].group) not in found}
    return found | {h.label: "hazard" for h in HAZARDS}


def programs(count: int) -> dict[str, Kind]:
    """So many random programs, some together."""
    firsts = range(0, count, TOGETHER)
    return {f"programs {k} to {min(k + TOGETHER, count) - 1}": "programs" for k in firsts}


def checks() -> dict[str, str]:
    """The checks that can be chosen, each with one line: those of cases, then those of hazard points."""
    return {
        **{c.name: c.title for c in CHECKS},
        **{c.name: c.title for c in POINT_CHECKS},
        PROGRAMS: "programs of many ops: both modes against native ones and finite differences",
    }


def chosen(patterns: Sequence[str], among: Iterable[str]) -> list[str]:
    """The names that hold one of the patterns; a pattern with ``*`` or ``?`` is the whole name. No pattern: all."""
    return [name for name in among if not patterns or any(holds(name, p) for p in patterns)]


def holds(name: str, pattern: str) -> bool:
    """Whether a name is meant by a pattern."""
    if "*" in pattern or "?" in pattern:
        return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))
    return pattern in name
