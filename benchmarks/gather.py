"""The gradient of gathering 64 rows of a table of 1,000,000 x 64: as rows (IndexedSlices), as a dense array, and by the peers.

Time of the gradient alone and of a whole step of gradient descent; and how much the process grows at most, measured in a fresh
interpreter each: the highest resident memory after the gradient less that before it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import unigrad as ug
from benchmarks.report import Row, against
from benchmarks.timing import Run, agree, interleave
from unigrad import nn

ROWS, COLUMNS, TAKEN = 1_000_000, 64, 64
RATE = 0.01


def ids(rows: int) -> np.ndarray:
    """Which rows are read: far apart, one of them twice."""
    chosen = np.arange(TAKEN) * (rows // TAKEN)
    chosen[-1] = chosen[0]
    return chosen


def by_hand(table: np.ndarray, at: np.ndarray) -> Run:
    """NumPy: the dense gradient of sum(table[at] ** 2)."""

    def run() -> np.ndarray:
        gradient = np.zeros_like(table)
        np.add.at(gradient, at, 2 * table[at])
        return gradient

    return run


def in_torch(table: np.ndarray, at: np.ndarray, *, sparse: bool) -> Run:
    """torch's own embedding and autograd."""
    import torch

    weight = torch.tensor(table, requires_grad=True)
    places = torch.tensor(at)

    def run() -> Any:
        y = torch.nn.functional.embedding(places, weight, sparse=sparse)
        return torch.autograd.grad((y * y).sum(), weight)[0]

    return run


def ours(table: np.ndarray, at: np.ndarray, backend: str, *, dense: bool) -> Run:
    """unigrad: rows; or the dense array that they stand for."""
    with ug.use_backend(backend):
        x = ug.asarray(table)
        places = ug.asarray(at)

    def run() -> Any:
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.take(x, places, axis=0)
            loss = ug.sum(y * y)
        gradient = tape.gradient(loss, x)
        return gradient.raw if dense else gradient

    return run


def our_step(table: np.ndarray, at: np.ndarray, backend: str) -> Run:
    """A step of gradient descent."""
    with ug.use_backend(backend):
        v = ug.Variable(table)
        places = ug.asarray(at)
    optimizer = nn.SGD(RATE)

    def run() -> Any:
        with ug.GradientTape() as tape:
            y = ug.take(v, places, axis=0)
            loss = ug.sum(y * y)
        optimizer.apply_gradients([(tape.gradient(loss, v), v)])
        return v

    return run


def torch_step(table: np.ndarray, at: np.ndarray, *, sparse: bool) -> Run:
    """The same with torch's own optimizer."""
    import torch

    weight = torch.nn.Parameter(torch.tensor(table))
    places = torch.tensor(at)
    optimizer = torch.optim.SGD([weight], lr=RATE)

    def run() -> Any:
        optimizer.zero_grad()
        y = torch.nn.functional.embedding(places, weight, sparse=sparse)
        (y * y).sum().backward()
        optimizer.step()
        return weight

    return run


MAKERS: dict[str, Callable[[np.ndarray, np.ndarray], Run]] = {
    "numpy": lambda t, i: ours(t, i, "numpy", dense=False),
    "torch": lambda t, i: ours(t, i, "torch", dense=False),
    "numpy, made dense": lambda t, i: ours(t, i, "numpy", dense=True),
    "torch, made dense": lambda t, i: ours(t, i, "torch", dense=True),
    "NumPy by hand, dense": by_hand,
    "torch's own, sparse=True": lambda t, i: in_torch(t, i, sparse=True),
    "torch's own, dense": lambda t, i: in_torch(t, i, sparse=False),
}


def rows(quick: bool) -> Iterator[Row]:
    number = 20_000 if quick else ROWS
    table = np.random.default_rng(0).standard_normal((number, COLUMNS)).astype(np.float32)
    at = ids(number)
    runs = {name: make(table, at) for name, make in MAKERS.items()}
    agree(
        {name: (lambda run=run: _dense(run())) for name, run in runs.items()},
        rtol=1e-6,
        atol=1e-6,
    )
    timing = interleave(runs, 3 if quick else 7)
    head = f"gradient of {TAKEN} of {number:,} rows"
    for name, peer, bound in (
        ("numpy", "NumPy by hand, dense", 0.1),
        ("torch", "torch's own, sparse=True", 2.0),
        ("torch", "torch's own, dense", 0.1),
        ("numpy, made dense", "NumPy by hand, dense", None),
        ("torch, made dense", "torch's own, dense", None),
    ):
        yield against(timing, "gather", f"{head}, {name}", name, peer, unit="us", bound=None if quick else bound)
    steps = {
        "numpy": our_step(table, at, "numpy"),
        "torch": our_step(table, at, "torch"),
        "torch's own, sparse=True": torch_step(table, at, sparse=True),
        "torch's own, dense": torch_step(table, at, sparse=False),
    }
    timing = interleave(steps, 3 if quick else 7)
    for name, peer in (
        ("numpy", "torch's own, dense"),
        ("torch", "torch's own, sparse=True"),
        ("torch", "torch's own, dense"),
    ):
        yield against(timing, "gather", f"SGD step on {TAKEN} of {number:,} rows, {name}", name, peer, unit="us")
    grown = {name: _growth(name, number) for name in MAKERS}
    for name in MAKERS:
        peer = "torch's own, sparse=True" if name == "torch" else "NumPy by hand, dense"
        bound = 8.0 if name in ("numpy", "torch") else None
        theirs = grown[peer] if name != peer else None
        yield Row("gather", f"memory of the {head}, {name}", grown[name], "MiB", peer, theirs, None, None, bound)


def _dense(gradient: Any) -> Any:
    gradient = getattr(gradient, "raw", gradient)
    return gradient.to_dense() if getattr(gradient, "is_sparse", False) else gradient


PROGRAM = """
import numpy as np
from benchmarks.gather import COLUMNS, MAKERS, highest, ids
make = MAKERS[{name!r}]
small = np.ones((1000, COLUMNS), np.float32)
make(small, ids(1000))()
table = np.ones(({rows}, COLUMNS), np.float32)
run = make(table, ids({rows}))
before = highest()
kept = run()
print(highest() - before)
"""


def highest() -> int:
    """The highest resident memory of this process, in KiB. (That of `getrusage` begins with the parent's.)"""
    with open("/proc/self/status", encoding="ascii") as status:
        return int(next(line.split()[1] for line in status if line.startswith("VmHWM")))


def _growth(name: str, number: int) -> float:
    """MiB by which the highest resident memory of a process grows with one gradient."""
    command = [sys.executable, "-c", PROGRAM.format(name=name, rows=number)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1024
