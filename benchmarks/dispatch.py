"""What a call costs where the arrays cost nothing: by NumPy's name, and by unigrad's on raw arrays. Extra time, not ratios."""

from __future__ import annotations

import importlib
import json
import operator
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from statistics import median
from time import thread_time
from typing import Any

from benchmarks.report import Row
from benchmarks.timing import interleave

#: microseconds more than the plain call
NUMPYS_NAME, RAW = 1.0, 0.3


def rows(quick: bool) -> Iterator[Row]:
    yield from _numpys_names(5 if quick else 25)
    yield from _raw_arrays(5, 1) if quick else _raw_arrays(41, 7)


def _numpys_names(rounds: int) -> Iterator[Row]:
    """np.f(t) against unigrad.f(t)."""
    import numpy as np

    import unigrad as ug

    a = np.linspace(0.1, 0.9, 10)
    t = ug.asarray(a)
    pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any], float | None]] = {
        "np.sin(t)": (lambda: np.sin(t), lambda: ug.sin(t), NUMPYS_NAME),
        "np.multiply(t, t)": (lambda: np.multiply(t, t), lambda: ug.multiply(t, t), NUMPYS_NAME),
        "np.matmul(t, t)": (lambda: np.matmul(t, t), lambda: ug.matmul(t, t), NUMPYS_NAME),
        "a + t, an ndarray on the left": (lambda: operator.add(a, t), lambda: operator.add(t, a), None),
        "np.mean(t)": (lambda: np.mean(t), lambda: ug.mean(t), None),
        "np.reshape(t, (2, 5))": (lambda: np.reshape(t, (2, 5)), lambda: ug.reshape(t, (2, 5)), None),
        "np.concatenate([t, t])": (lambda: np.concatenate([t, t]), lambda: ug.concat([t, t]), None),
    }
    for what, (ours, theirs, bound) in pairs.items():
        yield _more(what, "unigrad's function", ours, theirs, rounds, bound)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(t)
        ours, theirs = (lambda: np.sin(t)), (lambda: ug.sin(t))
        yield _more("np.sin(t) on the tape", "unigrad's function", ours, theirs, rounds, NUMPYS_NAME)


def _raw_arrays(rounds: int, processes: int) -> Iterator[Row]:
    """unigrad.f(a) of raw arrays against the library's own f(a): the median over processes.

    Each has one library, as programs do. Where its code and data happen to lie moves all figures of a process, by up to 0.2
    microseconds, and more rounds do not help.
    """
    for name in ("numpy", "torch", "jax"):
        command = [sys.executable, "-m", "benchmarks.dispatch", name, str(rounds)]
        found = []
        for _ in range(processes):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
            found.append([Row(**row) for row in json.loads(done.stdout)])
        for rows in zip(*found, strict=True):
            yield sorted(rows, key=lambda row: row.ours)[processes // 2]


def _of(name: str, rounds: int) -> Iterator[Row]:
    """The rows of one library."""
    from benchmarks.direct import pairs

    library = importlib.import_module("jax.numpy" if name == "jax" else name)
    what = {"numpy": "ndarray", "torch": "torch tensor", "jax": "JAX array"}[name]
    for f, (ours, theirs, because) in pairs(library, library.linspace(0.1, 0.9, 10)):
        bound = None if because else RAW
        yield _more(f"unigrad.{f}, {what}", f"{library.__name__}'s own", ours, theirs, rounds, bound, because, 0.002)


def _more(
    what: str,
    peer: str,
    ours: Any,
    theirs: Any,
    rounds: int,
    bound: float | None,
    because: str | None = None,
    seconds: float = 0.02,
) -> Row:
    """How many microseconds more, the median over the rounds of the difference within a round."""
    timing = interleave({"ours": ours, "theirs": theirs}, rounds, seconds, thread_time, collect=False)
    pairs = zip(timing.samples["ours"], timing.samples["theirs"], strict=True)
    more = median(mine - plain for mine, plain in pairs) * 1e6
    note = f"{what}: {timing.seconds('ours') * 1e6:.2f} us, {peer} {timing.seconds('theirs') * 1e6:.2f} us"
    note += f"; no bound: {because}" if because else ""
    return Row("dispatch", f"{what}, beyond {peer}", more, "us", bound=bound, note=note)


if __name__ == "__main__":
    print(json.dumps([asdict(row) for row in _of(sys.argv[1], int(sys.argv[2]))]))
