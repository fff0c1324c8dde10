"""`import unigrad` against `import numpy`, each in a fresh interpreter, taking turns.

In processor time, to which other programs add nothing. Both from compiled files, as an installer leaves them: they are written
first, into a folder of their own, even where PYTHONDONTWRITEBYTECODE says that Python shall compile anew each time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.report import Row

PROGRAM = "from time import process_time as t; start = t(); import {}; print(t() - start)"


def rows(quick: bool) -> Iterator[Row]:
    names = ("numpy", "unigrad")
    samples: dict[str, list[float]] = {name: [] for name in names}
    with TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for name in names:
            _seconds(name, environment)  # writes the compiled files, and brings them into the page cache
        for turn in range(5 if quick else 25):
            for name in names if turn % 2 else reversed(names):
                samples[name].append(_seconds(name, environment) * 1e3)
    more = median(ours - numpy for ours, numpy in zip(samples["unigrad"], samples["numpy"], strict=True))
    note = f"import numpy {median(samples['numpy']):.0f} ms, import unigrad {median(samples['unigrad']):.0f} ms"
    yield Row("import", "import unigrad beyond import numpy", more, "ms", bound=60, note=note)


def _seconds(name: str, environment: dict[str, str]) -> float:
    command = [sys.executable, "-c", PROGRAM.format(name)]
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(run.stdout)
