"""`import unigrad` against `import numpy`, each in a fresh interpreter, taking turns."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from benchmarks.report import Row

PROGRAM = "from time import perf_counter as t; start = t(); import {}; print(t() - start)"


def rows(quick: bool) -> Iterator[Row]:
    names = ("numpy", "unigrad")
    for name in names:
        _seconds(name)  # writes the compiled files, and brings them into the page cache
    samples: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(5 if quick else 25):
        for name in names if turn % 2 else reversed(names):
            samples[name].append(_seconds(name) * 1e3)
    more = median(ours - numpy for ours, numpy in zip(samples["unigrad"], samples["numpy"], strict=True))
    note = f"import numpy {median(samples['numpy']):.0f} ms, import unigrad {median(samples['unigrad']):.0f} ms"
    yield Row("import", "import unigrad beyond import numpy", more, "ms", bound=60, note=note)


def _seconds(name: str) -> float:
    command = [sys.executable, "-c", PROGRAM.format(name)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
