"""A loop that reads x[i] for every row of x: its gradient must cost the same per row however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

import unigrad as ug
from benchmarks.report import Row
from benchmarks.timing import Run, agree, interleave

COLUMNS = 10
FLAT = 1.5  # time per row at the most rows against that at the fewest; quadratic would give 8


def ours(backend: str, x: np.ndarray) -> Run:
    with ug.use_backend(backend):
        tensor = ug.asarray(x)

    def run() -> Any:
        with ug.GradientTape() as tape:
            tape.watch(tensor)
            total = tensor[0] * 0.0
            for i in range(len(x)):
                total = total + tensor[i] * tensor[i]
            loss = ug.sum(total)
        gradient = tape.gradient(loss, tensor).raw
        return gradient.block_until_ready() if backend == "jax" else gradient

    return run


def torch_eager(x: np.ndarray) -> Run:
    import torch

    tensor = torch.tensor(x, requires_grad=True)

    def run() -> Any:
        total = tensor[0] * 0.0
        for i in range(len(x)):
            total = total + tensor[i] * tensor[i]
        return torch.autograd.grad(total.sum(), tensor)[0]

    return run


def rows(quick: bool) -> Iterator[Row]:
    import jax

    jax.config.update("jax_enable_x64", True)
    numbers = (250, 500, 1000) if quick else (1000, 2000, 4000, 8000)
    rounds = 2 if quick else 5
    for backend in ("numpy", "torch"):
        yield _linear(f"unigrad on {backend}", numbers, rounds, partial(ours, backend), FLAT)
    yield from _on_jax(numbers, rounds)
    yield _linear("torch eager", numbers, rounds, torch_eager, None)


def _on_jax(numbers: Sequence[int], rounds: int) -> Iterator[Row]:
    """JAX compiles what it has not met: a loop that runs once pays for that too, so it must not grow either."""
    first = {}
    for number in numbers:
        run = ours("jax", _array(number))
        start = perf_counter()
        run()
        first[number] = (perf_counter() - start) / number * 1e6
    # the first of all warms up what they share: compare with the second
    few, many = numbers[1], numbers[-1]
    who, peer, growth = "unigrad on jax, first call", f"itself, {few:,} rows", first[many] / first[few]
    what = f"x[i] for every row, {many:,} rows, {who}"
    yield Row("slices", what, first[many], "us/row", peer, first[few], growth, None, FLAT, _told(who, first))
    yield _linear("unigrad on jax", numbers, rounds, partial(ours, "jax"), FLAT)


def _linear(
    who: str, numbers: Sequence[int], rounds: int, make: Callable[[np.ndarray], Run], bound: float | None
) -> Row:
    runs = {str(number): make(_array(number)) for number in numbers}
    few, many = numbers[0], numbers[-1]
    agree({who: runs[str(few)], "by hand": lambda: 2 * _array(few)})
    timing = interleave(runs, rounds)
    figures = {number: timing.seconds(str(number)) / number * 1e6 for number in numbers}
    growth = median(timing.ratios(str(many), str(few))) * few / many
    what, peer = f"x[i] for every row, {many:,} rows, {who}", f"itself, {few:,} rows"
    return Row("slices", what, figures[many], "us/row", peer, figures[few], growth, None, bound, _told(who, figures))


def _array(number: int) -> np.ndarray:
    return np.arange(number * COLUMNS, dtype=np.float64).reshape(number, COLUMNS)


def _told(who: str, figures: dict[int, float]) -> str:
    return f"{who}, us per row: " + ", ".join(f"{number:,} rows {figure:.1f}" for number, figure in figures.items())
