"""A loop that reads x[i] for every row of x: its gradient must cost the same per row however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
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
    for backend in ("numpy", "torch", "jax"):
        yield _row(f"unigrad on {backend}", numbers, rounds, lambda x, backend=backend: ours(backend, x), FLAT)
    yield _row("torch eager", numbers, rounds, torch_eager, None)


def _row(who: str, numbers: Sequence[int], rounds: int, make: Callable[[np.ndarray], Run], bound: float | None) -> Row:
    xs = {number: np.arange(number * COLUMNS, dtype=np.float64).reshape(number, COLUMNS) for number in numbers}
    runs = {str(number): make(x) for number, x in xs.items()}
    few, many = str(numbers[0]), str(numbers[-1])
    agree({who: runs[few], "by hand": lambda: 2 * xs[numbers[0]]})
    timing = interleave(runs, rounds)
    figures = {number: timing.seconds(str(number)) / number * 1e6 for number in numbers}
    growth = [ratio * numbers[0] / numbers[-1] for ratio in timing.ratios(many, few)]
    note = f"{who}, us per row: " + ", ".join(f"{number:,} rows {figure:.1f}" for number, figure in figures.items())
    return Row(
        "slices", f"x[i] for every row, {numbers[-1]:,} rows, {who}", figures[numbers[-1]], "us/row",
        f"itself, {numbers[0]:,} rows", figures[numbers[0]], median(growth), None, bound, note,
    )  # fmt: skip
