"""The chain `x = x*c + sin(x)*d`, forward and backward, as each library's users write it.

Each function here takes a Chain and returns a run: a function of nothing that goes forward and backward once and
returns the gradient. What does not belong to the step, such as making the arrays, is done outside of the run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import unigrad as ug
from benchmarks.timing import Run

OPS_PER_STEP = 4


@dataclass(frozen=True)
class Chain:
    """`steps` steps on `size` float64 elements; c and d are Python floats, or arrays of the same shape as x."""

    steps: int
    size: int = 10
    arrays: bool = False

    @property
    def ops(self) -> int:
        return OPS_PER_STEP * self.steps

    @property
    def x(self) -> np.ndarray:
        return np.linspace(0.3, 1.2, self.size)

    def constants(self, convert: Callable[[np.ndarray], Any]) -> tuple[Any, Any]:
        """c and d: floats, or arrays made by `convert`."""
        if not self.arrays:
            return 0.9, 0.1
        return convert(np.full(self.size, 0.9)), convert(np.full(self.size, 0.1))


def chain(x: Any, c: Any, d: Any, sin: Callable[[Any], Any], steps: int) -> Any:
    """The program itself, the same for everybody."""
    for _ in range(steps):
        x = x * c + sin(x) * d
    return x


def tape_gradient(x: Any, c: Any, d: Any, steps: int) -> tuple[Any, Any]:
    """The loss and its gradient by a tape of ours: eagerly, or traced by somebody's compiler."""
    with ug.GradientTape() as tape:
        tape.watch(x)
        loss = ug.sum(chain(x, c, d, ug.sin, steps))
    return loss, tape.gradient(loss, x)


def ours(backend: str, problem: Chain) -> Run:
    with ug.use_backend(backend):
        x = ug.asarray(problem.x)
        c, d = problem.constants(ug.asarray)

    def run() -> Any:
        gradient = tape_gradient(x, c, d, problem.steps)[1].raw
        return gradient.block_until_ready() if backend == "jax" else gradient

    return run


def handwritten(problem: Chain) -> Run:
    """Forward keeps the x of every step; backward is the derivative worked out by hand."""
    x0, steps = problem.x, problem.steps
    c, d = problem.constants(np.asarray)

    def run() -> np.ndarray:
        x, kept = x0, []
        for _ in range(steps):
            kept.append(x)
            x = x * c + np.sin(x) * d
        np.sum(x)
        g = np.ones_like(x)
        for x in reversed(kept):
            g = g * c + g * d * np.cos(x)
        return g

    return run


def hips(problem: Chain) -> Run:
    import autograd
    import autograd.numpy as anp

    x = problem.x
    c, d = problem.constants(np.asarray)
    gradient = autograd.grad(lambda x: anp.sum(chain(x, c, d, anp.sin, problem.steps)))
    return lambda: gradient(x)


def mygrad(problem: Chain) -> Run:
    import mygrad as mg

    c, d = problem.constants(np.asarray)
    x0 = problem.x

    def run() -> np.ndarray:
        x = mg.tensor(x0)
        chain(x, c, d, mg.sin, problem.steps).sum().backward()
        return x.grad

    return run


def torch_eager(problem: Chain) -> Run:
    import torch

    x = torch.tensor(problem.x, requires_grad=True)
    c, d = problem.constants(torch.tensor)

    def run() -> Any:
        loss = chain(x, c, d, torch.sin, problem.steps).sum()
        return torch.autograd.grad(loss, x)[0]

    return run


def jax_eager(problem: Chain) -> Run:
    import jax
    import jax.numpy as jnp

    x = jnp.asarray(problem.x)
    c, d = problem.constants(jnp.asarray)
    gradient = jax.grad(lambda x: jnp.sum(chain(x, c, d, jnp.sin, problem.steps)))
    return lambda: gradient(x).block_until_ready()
