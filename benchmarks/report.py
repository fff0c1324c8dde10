"""One row per figure: ours, the peer's, the ratio, the bound, and whether it is kept."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.timing import Timing

PEERS = ("numpy", "autograd", "mygrad", "torch", "jax", "jaxlib", "array-api-compat", "optree")


@dataclass(frozen=True)
class Row:
    """A figure of ours in `unit`; with a peer, `bound` limits the ratio (ours / peer's), without one it limits ours."""

    group: str
    what: str
    ours: float
    unit: str = "us/op"
    peer: str = ""
    theirs: float | None = None
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    bound: float | None = None
    note: str = ""

    @property
    def ok(self) -> bool | None:
        """Whether the bound is kept; None where there is none."""
        if self.bound is None:
            return None
        return (self.ours if self.ratio is None else self.ratio) <= self.bound


def against(
    timing: Timing,
    group: str,
    what: str,
    ours: str,
    peer: str,
    *,
    per: float = 1.0,
    unit: str = "us/op",
    bound: float | None = None,
    note: str = "",
) -> Row:
    """The row of two interleaved functions, in microseconds (or milliseconds, if the unit says so) per `per` things."""
    scale = (1e3 if unit.startswith("ms") else 1e6) / per
    return Row(
        group,
        what,
        timing.seconds(ours) * scale,
        unit,
        peer,
        timing.seconds(peer) * scale,
        timing.ratio(ours, peer),
        timing.spread(ours, peer),
        bound,
        note,
    )


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the table, and below it what the notes say."""
    title = "unigrad against its peers (ratio = ours / peer's: below 1 is faster; one thread each)"
    table = Table(title=title, title_justify="left")
    for name, justify in (
        ("what", "left"), ("ours", "right"), ("peer", "left"), ("peer's", "right"),
        ("unit", "left"), ("ratio", "right"), ("quartiles", "right"), ("bound", "right"), ("", "left"),
    ):  # fmt: skip
        table.add_column(name, justify=justify, overflow="fold")
    notes: list[str] = []
    for number, row in enumerate(rows):
        if row.note and row.note not in notes:
            notes.append(row.note)
        table.add_row(
            escape(row.what) + (f" [dim]({notes.index(row.note) + 1})[/dim]" if row.note else ""),
            _figure(row.ours),
            row.peer,
            _figure(row.theirs),
            row.unit,
            _figure(row.ratio),
            "" if row.spread is None else f"{row.spread[0]:.2f}-{row.spread[1]:.2f}",
            "" if row.bound is None else f"≤ {_figure(row.bound)}",
            {None: "", True: "[green]ok[/green]", False: "[red]missed[/red]"}[row.ok],
            end_section=number + 1 == len(rows) or rows[number + 1].group != row.group,
        )
    console.print(table)
    for number, note in enumerate(notes):
        console.print(f"[dim]({number + 1}) {escape(note)}[/dim]", highlight=False)
    bounded = [row for row in rows if row.ok is not None]
    console.print(f"{sum(bool(row.ok) for row in bounded)} of {len(bounded)} bounds kept")


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def save(rows: Sequence[Row], path: str, quick: bool) -> None:
    """Write the rows and the machine they were measured on as JSON."""
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "packages": {name: _version(name) for name in PEERS},
    }
    data = {"quick": quick, "machine": machine, "rows": [{**asdict(row), "ok": row.ok} for row in rows]}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        return platform.processor()
