"""The same value and gradients for several examples at once: a tape inside each library's vmap, and inside our own."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import unigrad as ug
from unigrad_conformance.arrays import Array
from unigrad_conformance.checks.check import Check
from unigrad_conformance.checks.composing import eager, on_raws, same, sampled, value_and_gradients
from unigrad_conformance.oracles import theirs
from unigrad_conformance.trial import Trial


def by_jax(function: Callable[..., Any], raws: list[Any]) -> Any:
    """By jax.vmap."""
    import jax

    return jax.vmap(function)(*raws)


def by_torch(function: Callable[..., Any], raws: list[Any]) -> Any:
    """By torch.func.vmap."""
    import torch

    with theirs():  # torch warns of ops that it maps one example at a time
        return torch.func.vmap(function)(*raws)


def by_ours(function: Callable[..., Any], raws: list[Any]) -> Any:
    """By unigrad.vmap: raw arrays in, raw arrays out."""
    return ug.vmap(function)(*raws)


def turned(x: Array) -> Array:
    """The elements in the opposite order: another example of the same domain."""
    return np.reshape(np.ravel(x)[::-1], x.shape)


def inside(vmap: Callable[..., Any]) -> Callable[[Trial], Iterator[str]]:
    """Value and gradients of two examples at once, against those of each alone."""

    def run(trial: Trial) -> Iterator[str]:
        function = value_and_gradients(trial)
        sources = [np.asarray(trial.args[i]) for i in trial.case.wrt]
        other = [trial.numbers(t) for t in function(*(trial.tensor(turned(x)) for x in sources))]
        stacks = [trial.tensor(np.stack([x, turned(x)])).raw for x in sources]
        found = vmap(function if vmap is by_ours else on_raws(function), stacks)
        for k, wants in enumerate((eager(trial), other)):
            yield from (f"example {k}: {text}" for text in same(trial, [f[k, ...] for f in found], wants))

    return run


CHECKS = (
    Check("inside vmap", "value and gradients of several examples at once", inside(by_ours), sampled(), "quick"),
    Check(
        "inside vmap, every case", "value and gradients of several examples at once",
        inside(by_ours), sampled(rest=True), "full",
    ),
    Check("inside jax.vmap", "a tape inside jax.vmap", inside(by_jax), sampled("jax"), "quick"),
    Check("inside jax.vmap, every case", "a tape inside jax.vmap", inside(by_jax), sampled("jax", rest=True), "full"),
    Check("inside torch.func.vmap", "a tape inside torch.func.vmap", inside(by_torch), sampled("torch"), "quick"),
    Check(
        "inside torch.func.vmap, every case", "a tape inside torch.func.vmap",
        inside(by_torch), sampled("torch", rest=True), "full",
    ),
)  # fmt: skip
