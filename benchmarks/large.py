"""Arrays of 1,000,000 elements on NumPy: there the arrays cost everything, and the engine should not be seen."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import peers
from benchmarks.peers import Chain
from benchmarks.report import Row, against
from benchmarks.timing import agree, interleave


def rows(quick: bool) -> Iterator[Row]:
    for arrays in (False, True):
        for steps in (5,) if quick else (1, 5, 20):
            problem = Chain(steps, 100_000 if quick else 1_000_000, arrays)
            runs = {"hand-written NumPy": peers.handwritten(problem), "unigrad": peers.ours("numpy", problem)}
            agree(runs)
            timing = interleave(runs, 5 if quick else 15, seconds=0.2)
            what = f"{problem.ops} ops on {problem.size:,} elements, c, d {'arrays' if arrays else 'floats'}"
            yield against(timing, "large", what, "unigrad", "hand-written NumPy", per=problem.ops, bound=1.1)
