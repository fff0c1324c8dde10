"""Resident memory of 1,000 training steps with a tape each: it stays where it is. The garbage collector is off."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator

import numpy as np

import unigrad as ug
from benchmarks.report import Row

#: megabytes that 1,000 steps may add: less than 1 kB a step, of which one hidden layer alone is 65 kB
BOUND = 1.0


def rows(quick: bool) -> Iterator[Row]:
    steps = 100 if quick else 1000
    for backend in ("numpy", "torch", "jax"):
        for what, step in (("training", _training), ("gradient penalty, a tape in a tape", _nested)):
            with ug.use_backend(backend):
                run = step()
                gc.collect()
                gc.disable()
                try:
                    for _ in range(steps // 5):  # caches and the allocator's arenas fill
                        run()
                    before = _resident()
                    for _ in range(steps):
                        run()
                    more = _resident() - before
                finally:
                    gc.enable()
            note = f"{before:.0f} MB before, {more:+.2f} MB after"
            yield Row("memory", f"{what}, {steps} steps on {backend}", more, "MB", bound=BOUND, note=note)


def _resident() -> float:
    """Megabytes of this process in memory."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _network() -> tuple[list[ug.Variable], ug.Tensor, ug.Tensor]:
    draw = np.random.default_rng(0).normal
    shapes = ((64, 128), (128,), (128, 64), (64,), (64, 1), (1,))
    weights = [ug.Variable(ug.asarray(draw(size=s).astype(np.float32) / 8)) for s in shapes]
    x, y = (ug.asarray(draw(size=(128, n)).astype(np.float32)) for n in (64, 1))
    return weights, x, y


def _apply(weights: list[ug.Variable], x: ug.Tensor) -> ug.Tensor:
    a, b, c, d, e, f = weights
    return ug.tanh(ug.tanh(x @ a + b) @ c + d) @ e + f


def _training() -> Callable[[], None]:
    weights, x, y = _network()

    def step() -> None:
        with ug.GradientTape() as tape:
            loss = ug.mean(ug.square(_apply(weights, x) - y))
        for w, g in zip(weights, tape.gradient(loss, weights), strict=True):
            w.assign_sub(0.01 * g)

    return step


def _nested() -> Callable[[], None]:
    weights, x, _ = _network()

    def step() -> None:
        with ug.GradientTape() as outer:
            with ug.GradientTape() as inner:
                inner.watch(x)
                out = ug.sum(_apply(weights, x))
            slope = inner.gradient(out, x)
            loss = ug.mean(ug.square(slope))
        for w, g in zip(weights, outer.gradient(loss, weights), strict=True):
            if g is not None:
                w.assign_sub(0.01 * g)

    return step
