"""A chain of ops on 10 elements, op by op: what the engine costs where the arrays cost nothing."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import peers
from benchmarks.peers import Chain
from benchmarks.report import Row, against
from benchmarks.timing import agree, interleave


def rows(quick: bool) -> Iterator[Row]:
    import jax

    jax.config.update("jax_enable_x64", True)
    for arrays in (False, True):
        yield from _on_numpy(Chain(200 if quick else 1000, arrays=arrays), 5 if quick else 15)
        yield from _on_torch(Chain(200 if quick else 1000, arrays=arrays), 5 if quick else 15)
        yield from _on_jax(Chain(10 if quick else 50, arrays=arrays), 3 if quick else 7)


def _constants(problem: Chain) -> str:
    return "c, d arrays" if problem.arrays else "c, d floats"


def _on_numpy(problem: Chain, rounds: int) -> Iterator[Row]:
    runs = {
        "hand-written NumPy": peers.handwritten(problem),
        "unigrad": peers.ours("numpy", problem),
        "torch eager, in torch": peers.torch_eager(problem),
        "HIPS autograd": peers.hips(problem),
        "MyGrad": peers.mygrad(problem),
    }
    agree(runs)
    timing = interleave(runs, rounds)
    bounds = {"hand-written NumPy": 3.0, "torch eager, in torch": 1 / 1.5, "HIPS autograd": 1 / 4, "MyGrad": None}
    for peer, bound in bounds.items():
        what = f"chain on NumPy, {_constants(problem)}"
        yield against(timing, "chain", what, "unigrad", peer, per=problem.ops, bound=bound)


def _on_torch(problem: Chain, rounds: int) -> Iterator[Row]:
    runs = {"torch eager": peers.torch_eager(problem), "unigrad": peers.ours("torch", problem)}
    agree(runs)
    timing = interleave(runs, rounds)
    what = f"chain on torch, {_constants(problem)}"
    yield against(timing, "chain", what, "unigrad", "torch eager", per=problem.ops, bound=1.5)


def _on_jax(problem: Chain, rounds: int) -> Iterator[Row]:
    runs = {"jax.grad, no jit": peers.jax_eager(problem), "unigrad": peers.ours("jax", problem)}
    agree(runs)
    timing = interleave(runs, rounds)
    what = f"chain on JAX, no jit, {_constants(problem)}"
    yield against(timing, "chain", what, "unigrad", "jax.grad, no jit", per=problem.ops, bound=1 / 3)
