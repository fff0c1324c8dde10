"""A whole step, tape included, inside `jax.jit`, against native `jax.jit(jax.value_and_grad(...))`."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import unigrad as ug
from benchmarks.peers import Chain, chain, tape_gradient
from benchmarks.report import Row, against
from benchmarks.timing import Run, agree, interleave


def rows(quick: bool) -> Iterator[Row]:
    import jax

    jax.config.update("jax_enable_x64", True)
    steps = 20 if quick else 100
    for size in (10, 10_000 if quick else 100_000):
        for arrays in (False, True):
            yield from _compiled(Chain(steps, size, arrays), 7 if quick else 21)


def _compiled(problem: Chain, rounds: int) -> Iterator[Row]:
    import jax
    import jax.numpy as jnp

    def ours(x: Any, c: Any, d: Any) -> tuple[Any, Any]:
        c, d = (ug.asarray(c), ug.asarray(d)) if problem.arrays else problem.constants(ug.asarray)
        loss, gradient = tape_gradient(ug.asarray(x), c, d, problem.steps)
        return loss.raw, gradient.raw

    def loss(x: Any, c: Any, d: Any) -> Any:
        c, d = (c, d) if problem.arrays else problem.constants(jnp.asarray)
        return jnp.sum(chain(x, c, d, jnp.sin, problem.steps))

    arguments = (jnp.asarray(problem.x), *problem.constants(jnp.asarray))
    runs: dict[str, Run] = {}
    compiling = {}
    for name, step in (("jax.jit(value_and_grad)", jax.value_and_grad(loss)), ("unigrad", ours)):
        start = perf_counter()
        compiled = jax.jit(step).lower(*arguments).compile()
        compiling[name] = perf_counter() - start
        runs[name] = lambda compiled=compiled: jax.block_until_ready(compiled(*arguments))
    agree(runs)
    timing = interleave(runs, rounds)
    kind = "arrays" if problem.arrays else "floats"
    note = "tracing and compiling: " + ", ".join(f"{name} {took:.1f} s" for name, took in compiling.items())
    yield against(
        timing, "jit", f"jax.jit, {problem.ops} ops on {problem.size:,} elements, c, d {kind}",
        "unigrad", "jax.jit(value_and_grad)", unit="us/step", bound=1.05, note=note,
    )  # fmt: skip
