"""Run the benchmarks: `python benchmarks/run.py [--only NAME] [--quick] [--json FILE] [--check]`, or `make bench`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

# One thread each: two libraries' pools that spin on the same cores would time the scheduler. Set before they load.
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
if not __package__:  # run as a script: Python put this folder on the path, where its parent belongs
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import unigrad  # noqa: E402, F401 - without it there is nothing to measure: say so at once
from benchmarks.report import Row, save, show  # noqa: E402

GROUPS = {
    "chain": "chain",
    "dispatch": "dispatch",
    "jit": "jit",
    "inductor": "inductor",
    "mlp": "mlp",
    "large": "large",
    "long": "long",
    "memory": "memory",
    "slices": "slices",
    "gather": "gather",
    "import": "importing",
    "eight": "eight",
    "jacobians": "jacobians",
    "table": "table",
    "functional": "functional",
    "hvp": "hvp",
    "recompute": "recompute",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the groups asked for and print the table; 0 if all of them ran (and, with --check, kept their bounds)."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="unigrad against its peers, in the same run")
    parser.add_argument("--only", action="append", choices=list(GROUPS), metavar="NAME", help=", ".join(GROUPS))
    parser.add_argument("--quick", action="store_true", help="small and few: does it run at all?")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument("--check", action="store_true", help="fail if a bound is missed")
    options = parser.parse_args(arguments)

    # a table in a file or a log is not cut to 80 columns
    console = Console() if sys.stdout.isatty() else Console(width=160)
    found: list[Row] = []
    failed: list[str] = []
    for name in options.only or GROUPS:
        console.print(f"[bold]{name}[/bold]")
        try:
            for row in importlib.import_module(f"benchmarks.{GROUPS[name]}").rows(options.quick):
                found.append(row)
                ratio = "" if row.ratio is None else f", {row.ratio:.2f} times {row.peer}"
                console.print(f"  {escape(row.what)}: {row.ours:.4g} {row.unit}{ratio}", highlight=False)
        except Exception:  # noqa: BLE001 - one group that fails must not lose the figures of the others
            traceback.print_exc()
            failed.append(name)
    show(found, console)
    if options.json:
        save(found, options.json, options.quick)
    if failed:
        console.print(f"[red]failed: {', '.join(failed)}[/red]")
    return 1 if failed or (options.check and any(row.ok is False for row in found)) else 0


if __name__ == "__main__":
    sys.exit(main())
