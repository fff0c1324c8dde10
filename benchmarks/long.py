"""A chain of 1,000,000 ops: time per op against a short chain, bytes of tape per op, and what is left when it is gone.

Bytes are counted by `tracemalloc`, to which NumPy reports the data of its arrays: what was allocated while our forward
pass ran and is still alive at its end, less the same figure for a hand-written forward pass that keeps x at every step
(the arrays that the derivative needs), over the number of ops. The process's resident memory checks it from outside.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

import unigrad as ug
from benchmarks import peers
from benchmarks.peers import OPS_PER_STEP, Chain
from benchmarks.report import Row, against
from benchmarks.timing import Timing, interleave


def rows(quick: bool) -> Iterator[Row]:
    ops = 40_000 if quick else 1_000_000
    for arrays in (False, True):
        yield _time(ops, arrays, 2 if quick else 3)
    for arrays in (False, True):
        yield from _bytes(Chain(ops // OPS_PER_STEP, arrays=arrays))


def _time(ops: int, arrays: bool, rounds: int) -> Row:
    short, long = (Chain(number // OPS_PER_STEP, arrays=arrays) for number in (1000, ops))
    runs = {"1,000 ops": peers.ours("numpy", short), f"{ops:,} ops": peers.ours("numpy", long)}
    timing = interleave(runs, rounds, seconds=0.2)
    few, many = (timing.samples[name] for name in runs)
    # interleave times whole runs; a figure per op of each makes their ratio comparable
    scaled = Timing({"1,000 ops": [each / short.ops for each in few], "long": [each / long.ops for each in many]})
    what = f"chain of {ops:,} ops, c, d {'arrays' if arrays else 'floats'}"
    return against(scaled, "long", what, "long", "1,000 ops", bound=1.6)


def _bytes(problem: Chain) -> Iterator[Row]:
    """Bytes of tape per op, and what remains once the tape is gone, with the garbage collector off."""
    kind = "arrays" if problem.arrays else "floats"
    forward = _forward(problem)
    forward()  # fills caches
    gc.collect()
    gc.disable()
    try:
        arrays_alone, _ = _traced(_by_hand(problem))
        with_tape, dropped = _traced(forward)
        note = f"by tracemalloc: {with_tape:,} bytes alive after forward, {arrays_alone:,} of them the arrays saved"
        tape_bytes = (with_tape - arrays_alone) / problem.ops
        yield Row("long", f"tape of {problem.ops:,} ops, c, d {kind}", tape_bytes, "bytes/op", bound=500, note=note)
        resident = _resident_growth("tape", problem) - _resident_growth("arrays", problem)
        yield Row("long", f"the same by resident memory, c, d {kind}", resident / problem.ops, "bytes/op")
        yield _freed(f"left by a dropped tape, c, d {kind}", dropped)
        for persistent in (False, True):
            _, left = _traced(_forward(problem, gradient=True, persistent=persistent))
            name = "persistent tape" if persistent else "tape"
            yield _freed(f"left by a {name} after gradient, c, d {kind}", left)
        yield _weakrefs(problem, kind)
        unreachable = gc.collect()
        yield Row("long", f"objects in cycles, c, d {kind}", unreachable, "objects", bound=problem.ops / 1000)
    finally:
        gc.enable()


def _forward(problem: Chain, gradient: bool = False, persistent: bool = False) -> Callable[[], Any]:
    with ug.use_backend("numpy"):
        x = ug.asarray(problem.x)
        c, d = problem.constants(ug.asarray)

    def run() -> Any:
        with ug.GradientTape(persistent=persistent) as tape:
            tape.watch(x)
            y = peers.chain(x, c, d, ug.sin, problem.steps)
        return tape, y, tape.gradient(y, x) if gradient else None

    return run


def _by_hand(problem: Chain) -> Callable[[], list[np.ndarray]]:
    x0 = problem.x
    c, d = problem.constants(np.asarray)

    def run() -> list[np.ndarray]:
        x, kept = x0, []
        for _ in range(problem.steps):
            kept.append(x)
            x = x * c + np.sin(x) * d
        return kept

    return run


def _traced(run: Callable[[], Any]) -> tuple[int, int]:
    """Bytes alive while the result of `run` is, and bytes left once it is not."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        result = run()
        alive = tracemalloc.get_traced_memory()[0] - before
        del result
        return alive, tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def _freed(what: str, left: int) -> Row:
    """Interpreter and NumPy keep a bounded number of free blocks for reuse; a leak would keep megabytes."""
    return Row("long", what, left / 1e3, "KB", bound=1000, note="bytes by tracemalloc, with the garbage collector off")


def _weakrefs(problem: Chain, kind: str) -> Row:
    """How many of the tape, its first value and its last outlive it."""
    with ug.use_backend("numpy"):
        x = ug.asarray(problem.x)
        c, d = problem.constants(ug.asarray)
    with ug.GradientTape() as tape:
        tape.watch(x)
        first = peers.chain(x, c, d, ug.sin, 1)
        last = peers.chain(first, c, d, ug.sin, problem.steps)
    references = [weakref.ref(first.raw), weakref.ref(last.raw)]
    with suppress(TypeError):  # a class with __slots__ need not have room for weak references
        references.append(weakref.ref(tape))
    del tape, first, last
    alive = sum(reference() is not None for reference in references)
    return Row("long", f"of {len(references)} weak references, alive, c, d {kind}", alive, "objects", bound=0)


def _resident_growth(keep: str, problem: Chain) -> int:
    """Bytes by which the resident memory of a fresh interpreter grows while it runs one of the functions above."""
    program = f"from benchmarks import long; print(long.growth({keep!r}, {problem.steps}, {problem.arrays}))"
    command = [sys.executable, "-c", program]
    root = Path(__file__).resolve().parent.parent
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=root).stdout)


def growth(keep: str, steps: int, arrays: bool) -> int:
    """What the fresh interpreter runs."""
    make = {"tape": _forward, "arrays": _by_hand}[keep]
    make(Chain(10, arrays=arrays))()  # fills caches
    run = make(Chain(steps, arrays=arrays))
    before = _resident()
    result = run()
    after = _resident()
    del result
    return after - before


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
