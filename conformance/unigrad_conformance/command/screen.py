"""What is seen of a run: a bar while it goes, a summary at its end. Everything but what was asked for goes to standard error."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from unigrad_conformance.catalogue import checks, chosen, names
from unigrad_conformance.command.request import Request
from unigrad_conformance.facts import REAL, ask, registered
from unigrad_conformance.results import Cell
from unigrad_conformance.run import Unit
from unigrad_conformance.schema import STATUSES, Run
from unigrad_conformance.shares import lines
from unigrad_conformance.workers import Pool

#: a sign and a colour for each status, told apart without the colour
SIGNS = {"failed": ("✗", "bold red"), "known": ("≠", "yellow"), "passed": ("✓", "cyan"), "left out": ("–", "dim")}


def refuse(message: str) -> None:
    """Why nothing was run."""
    console = Console(stderr=True, soft_wrap=True)
    for line in message.splitlines():
        console.print(f"[bold red]error:[/] {escape(line)}", highlight=False)


def listing(what: str, patterns: Sequence[str]) -> None:
    """Names, one a line, with what they are; plain, for other programs too."""
    if what == "ops":
        kinds = names()
        there = {name: str(kinds[name]) for name in chosen(patterns, kinds)}
    elif what == "checks":
        there = checks()
    elif what == "dtypes":
        there = dict.fromkeys(REAL, "")
    else:
        with Pool(1) as pool:  # a plugin may end its process
            found = {o.item: o for o in pool.map(ask, registered())}
        there = {
            name: o.error or o.value.message or f"on {', '.join(o.value.devices)}" for name, o in sorted(found.items())
        }
    width = max(map(len, there), default=0)
    for name, told in there.items():
        print(f"{name:<{width}}  {told}".rstrip())


class Screen:
    """The terminal."""

    def __init__(self, to_stderr: bool = False) -> None:
        self.live = Console(stderr=True)
        self.out = self.live if to_stderr else Console()

    def say(self, text: str) -> None:
        """A line, in rich's markup."""
        self.live.print(text, highlight=False)

    def leave(self, text: str) -> None:
        """The last words, from a signal handler: the cursor comes back."""
        self.live.file.write(("\x1b[?25h" if self.live.is_terminal else "") + f"\n{text}\n")
        self.live.file.flush()

    @contextlib.contextmanager
    def progress(self, run: Run) -> Iterator[Callable[[Unit], None]]:
        """A bar; to be called with each unit that is done."""
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("{task.fields[failed]}"), TextColumn("[dim]{task.fields[at]}"),
        )  # fmt: skip
        where = ", ".join(b.name for b in run.backends)
        with Progress(*columns, console=self.live, transient=True, disable=not self.live.is_terminal) as bar:
            task = bar.add_task(f"conformance on {where}", total=run.planned, failed="", at="")

            def advance(unit: Unit) -> None:
                failed = len(run.report.failures)
                told = f"[bold red]{failed} failed[/]" if failed else ""
                bar.update(task, advance=1, failed=told, at=escape(str(unit)[:40]))

            yield advance

    def summary(self, run: Run, request: Request, shown: int) -> None:
        """Ops by status, the failing cells, the known differences, and in the last line how it ended."""
        report, out = run.report, self.out
        if report.cells:
            out.print(table_of(run))
        failing = sorted((c for c in report.cells.values() if c.failures), key=lambda c: (c.op, c.backend, c.check))
        for k, cell in enumerate(failing[:shown]):
            show(out, cell, with_script=k == 0)
        if len(failing) > shown:
            where = "the reports have them" if request.json or request.html else "--html FILE or --show N tells them"
            out.print(f"and {len(failing) - shown} failing cells more: {where}", highlight=False)
        known = Counter(name for c in report.cells.values() for name in c.known)
        if known:
            out.print(
                f"{len(known)} known differences of native frameworks were met, in {known.total()} cells",
                highlight=False,
            )
        for option, path in (("JSON", request.json), ("page", request.html)):
            if path and path != "-":
                out.print(f"{option}: {escape(path)}", highlight=False, soft_wrap=True)
        for line in lines(run.shares, run.plan):
            out.print(escape(line), highlight=False, soft_wrap=True)
        out.print(verdict(run), highlight=False, soft_wrap=True)


def verdict(run: Run) -> str:
    """The last line."""
    done = f"{run.report.comparisons:,} comparisons of {run.report.cases:,} cases in {run.seconds:.0f} s"
    if run.interrupted:
        done += f", interrupted after {run.done} of {run.planned} units"
    if failures := run.report.failures:
        ops = len({(f.op, f.backend) for f in failures})
        return f"[bold red]✗ {len(failures)} failures in {ops} ops[/]: {done}"
    if not run.report.comparisons and run.interrupted:
        return f"interrupted after {run.done} of {run.planned} units: nothing was compared"
    if not run.report.comparisons:
        reasons = sorted({r for c in run.report.cells.values() for r in c.left_out})
        return f"[bold red]nothing was compared[/]{': ' + escape('; '.join(reasons)) if reasons else ''}"
    return f"{'so far ' if run.interrupted else ''}[bold cyan]✓ all agree[/]: {done}"


def table_of(run: Run) -> Table:
    """For each backend and kind how many ops are in which status: an op is as bad as its worst cell."""
    worst: dict[tuple[str, str], int] = {}
    for (op, backend, _), cell in run.report.cells.items():
        rank = STATUSES.index(cell.status)
        worst[op, backend] = min(rank, worst.get((op, backend), rank))
    table = Table(box=None, header_style="dim", pad_edge=False)
    for title in ("backend", "kind"):
        table.add_column(title)
    for status in STATUSES:
        sign, style = SIGNS[status]
        table.add_column(f"{sign} {status}", justify="right", style=style)
    for backend in run.backends:
        for kind in dict.fromkeys(run.ops.values()):
            counts = Counter(rank for (op, b), rank in worst.items() if b == backend.name and run.ops[op] == kind)
            if counts:
                table.add_row(
                    escape(backend.name), kind, *(str(counts[k]) if counts[k] else "" for k in range(len(STATUSES)))
                )
    return table


def show(out: Console, cell: Cell, with_script: bool) -> None:
    """A failing cell by its smallest failure."""
    least = min(cell.failures, key=lambda f: f.size)
    more = f" [dim](and {len(cell.failures) - 1} more)[/]" if len(cell.failures) > 1 else ""
    out.print(
        f"\n[bold red]✗ {escape(cell.op)}[/] on {escape(cell.backend)}: {escape(cell.check)}{more}", highlight=False
    )
    out.print(f"  {escape(f'{least.case} {least.dtype}')}\n  {escape(least.detail)}", highlight=False, soft_wrap=True)
    if with_script and least.script:
        out.print("  this shows it:", style="dim")
        out.print(
            "\n".join("    " + line for line in least.script.splitlines()),
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
