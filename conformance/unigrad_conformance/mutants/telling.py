"""What is told of a run: a table on the screen, JSON for machines, a page for readers."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, get_args

from unigrad_conformance.mutants.mutant import Outcome, Verdict

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def rate(verdicts: Iterable[Verdict]) -> float:
    """The share of the killed among the mutants that change a result."""
    counts = Counter(v.outcome for v in verdicts)
    return counts["killed"] / ((counts["killed"] + counts["survived"]) or 1)


def as_json(verdicts: Sequence[Verdict], **asked: Any) -> str:
    """Everything, with what was asked for."""
    counts = Counter(v.outcome for v in verdicts)
    summary = {"made": len(verdicts), **{o: counts[o] for o in OUTCOMES}, "rate": rate(verdicts)}
    return json.dumps({"asked": asked, "summary": summary, "mutants": [asdict(v) for v in verdicts]}, indent=1) + "\n"


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """Lines of a Markdown table: kinds of mistake by outcomes."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for v in verdicts:
        counts[v.area, v.kind][v.outcome] += 1
    whole = Counter(v.outcome for v in verdicts)
    rows = [(area, kind, *_cells(counts[area, kind])) for area, kind in sorted(counts)]
    head = ("where", "mistake", "made", *OUTCOMES)
    return [_line(head), _line(["---"] * len(head)), *map(_line, rows), _line(("all", "", *_cells(whole)))]


def _cells(counts: Counter[str]) -> list[str]:
    return [str(sum(counts.values())), *(str(counts[o]) for o in OUTCOMES)]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def listed(verdicts: Iterable[Verdict], outcome: Outcome) -> list[str]:
    """Lines of a Markdown list: the mutants with this outcome, and what is known of each."""
    return [f"- `{v.mutant}` ({v.kind}; {v.op}): {v.detail}" for v in verdicts if v.outcome == outcome]


def page(verdicts: Sequence[Verdict], command: str) -> str:
    """The report as Markdown."""
    parts = [f"`{command}`", "", *table(verdicts), "", f"Killed of those that change a result: {rate(verdicts):.1%}"]
    for outcome in ("survived", "unreached", "equivalent"):
        lines = listed(verdicts, outcome)
        if lines:
            parts += ["", f"### {outcome}", "", *lines]
    return "\n".join(parts) + "\n"
