"""recompute_grad: the memory of a chain of n steps in sqrt(n) blocks, counted by tracemalloc on NumPy, and its time."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np

import unigrad as ug
from benchmarks.report import Row, against
from benchmarks.timing import Run, agree, interleave

SIZE = 20_000


def steps(x: Any, count: int) -> Any:
    for _ in range(count):
        x = ug.sin(x)
    return ug.sum(x) if not count else x


def plain(n: int) -> Run:
    x = np.linspace(0.0, 1.0, SIZE)
    gradient = ug.elementwise_grad(lambda x: steps(x, n))
    return lambda: gradient(x)


def in_blocks(n: int) -> Run:
    x = np.linspace(0.0, 1.0, SIZE)
    side = round(n**0.5)
    block = ug.recompute_grad(steps)

    def chain(x: Any) -> Any:
        for _ in range(side):
            x = block(x, side)
        return x

    gradient = ug.elementwise_grad(chain)
    return lambda: gradient(x)


def peak(run: Run) -> float:
    """The most memory in use, in arrays of the chain's size."""
    run()
    gc.collect()
    tracemalloc.start()
    run()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found / (8 * SIZE)


def rows(quick: bool) -> Iterator[Row]:
    for n in (16, 64) if quick else (64, 256, 1024):
        runs = {"in blocks": in_blocks(n), "plain": plain(n)}
        agree(runs)
        saved, kept = peak(runs["in blocks"]), peak(runs["plain"])
        what = f"memory of a chain of {n:,} steps in {round(n**0.5)} blocks"
        yield Row("recompute", what, saved, "arrays", "plain", kept, saved / kept)
        most = 2 * n**0.5 + 8  # the blocks' arguments, the steps of one block, and what a sweep needs
        yield Row("recompute", what + ", by itself", saved, "arrays", bound=most, note="bound: 2 sqrt(n) + 8 arrays")
        timing = interleave(runs, 2 if quick else 5)
        yield against(timing, "recompute", f"time of the same, {n:,} steps", "in blocks", "plain", unit="ms", bound=2.0)
