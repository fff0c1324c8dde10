"""The same value and gradients for several examples at once: a tape inside each library's vmap, and inside our own."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import unigrad as ug
from unigrad.batching.loop import policy
from unigrad_conformance.arrays import Array
from unigrad_conformance.checks.check import Check, differentiated
from unigrad_conformance.checks.composing import (
    OPAQUE,
    SHAPED,
    eager,
    on_raws,
    same,
    sampled,
    value_and_gradients,
    widest,
)
from unigrad_conformance.oracles import theirs
from unigrad_conformance.shares import COMPILING
from unigrad_conformance.trial import Trial

#: what torch.func.vmap writes to other places than torch without it, or refuses: see differences/torch.toml
MISWRITTEN = ("written in an order of another", "written at lists apart")


def by_jax(function: Callable[..., Any], raws: list[Any]) -> Any:
    """By jax.vmap."""
    import jax

    return jax.vmap(function)(*raws)


def by_torch(function: Callable[..., Any], raws: list[Any]) -> Any:
    """By torch.func.vmap."""
    import torch

    with theirs():  # torch warns of ops that it maps one example at a time
        return torch.func.vmap(function)(*raws)


def turned(x: Array) -> Array:
    """The elements in the opposite order: another example of the same domain."""
    return np.reshape(np.ravel(x)[::-1], x.shape)


def differing(trial: Trial) -> list[tuple[int, ...]]:
    """Which arguments differ between the examples: all that are differentiated (of a constant all arrays), and each alone."""
    arrays = tuple(i for i, x in enumerate(trial.args) if isinstance(x, np.ndarray))
    together = arrays if trial.is_constant else trial.case.wrt
    return [together, *((i,) for i in together if len(together) > 1)]


def examples(trial: Trial, at: tuple[int, ...]) -> list[list[Array]]:
    """The arguments `together` of two examples, which differ in those of `at`."""
    together = differing(trial)[0]
    one = [np.asarray(trial.args[i]) for i in together]
    return [one, [turned(x) if i in at else x for i, x in zip(together, one, strict=True)]]


def several(trial: Trial, at: tuple[int, ...]) -> list[Any]:
    """By unigrad.vmap the value and gradients of two examples, which differ in the arguments `at`; of a constant the value."""
    axes, given = stacked(trial, at)
    with policy(allowed=True, warned=False):
        return [t.raw for t in ug.vmap(function_of(trial), in_axes=axes)(*given)]


def around(trial: Trial, at: tuple[int, ...]) -> list[Any]:
    """The values of two examples, and the gradients that a tape around unigrad.vmap sees."""
    axes, given = stacked(trial, at)
    f, _ = trial.bound(trial.case.wrt)
    with policy(allowed=True, warned=False), ug.GradientTape() as tape:
        tape.watch(given)
        out = ug.vmap(f, in_axes=axes)(*given)
    cts = trial.tensor(np.stack([trial.cotangent] * 2))
    return [t.raw for t in (out, *tape.gradient(out, given, cts, unconnected_gradients="zero"))]


def stacked(trial: Trial, at: tuple[int, ...]) -> tuple[tuple[int | None, ...], list[Any]]:
    """The arguments of two examples for a vmap: along which axis of each they lie, and tensors."""
    axes = tuple(0 if i in at else None for i in differing(trial)[0])
    pairs = zip(axes, *examples(trial, at), strict=True)
    return axes, [trial.tensor(x if axis is None else np.stack([x, y])) for axis, x, y in pairs]


def each(trial: Trial, at: tuple[int, ...]) -> list[list[Array]]:
    """Of each example alone what `several` gives of both."""
    function = function_of(trial)
    return [[trial.numbers(t) for t in function(*map(trial.tensor, xs))] for xs in examples(trial, at)]


def function_of(trial: Trial) -> Callable[..., list[Any]]:
    """What every example computes."""
    if not trial.is_constant:
        return value_and_gradients(trial)
    f, _ = trial.bound(differing(trial)[0])
    return lambda *xs: [f(*xs)]


def unseen(trial: Trial) -> str:
    """Why no vmap can be around a trial."""
    if OPAQUE.get(trial.case.group) == SHAPED:
        return SHAPED
    if not any(np.size(trial.args[i]) for i in differing(trial)[0]):
        return "taken with elements"
    return "" if widest(trial) else "taken in the widest precision"


def inside_ours(trial: Trial) -> Iterator[str]:
    """Two examples by unigrad.vmap, against each alone: all arguments differ between them, then one does."""
    for at in differing(trial):
        found = several(trial, at)
        for k, wants in enumerate(each(trial, at)):
            texts = same(trial, [f[k, ...] for f in found], wants)
            yield from (f"example {k}, by arguments {at}: {text}" for text in texts)


def around_ours(trial: Trial) -> Iterator[str]:
    """A tape around unigrad.vmap: of what is the same for both examples it has the sum of their gradients."""
    for at in differing(trial):
        value, *grads = zip(*each(trial, at), strict=True)
        sums = [np.stack(g) if i in at else g[0] + g[1] for i, g in zip(trial.case.wrt, grads, strict=True)]
        texts = same(trial, around(trial, at), [np.stack(value), *sums])
        yield from (f"by arguments {at}: {text}" for text in texts)


def of_ours(rest: bool = False, constants: bool = True) -> Callable[[Trial], str]:
    """Why a trial is left out: of libraries that compile one case of some ops is taken; `rest`: what this leaves out."""
    few = sampled(rest=rest)

    def leave_out(trial: Trial) -> str:
        if reason := unseen(trial) or ("" if constants else differentiated(trial)):
            return reason
        if trial.backend.name in COMPILING:
            return "" if rest and trial.is_constant else few(trial)
        return "the quick check has it" if rest else ""

    return leave_out


def of_torch(rest: bool = False) -> Callable[[Trial], str]:
    """Why a trial is left out inside of torch.func.vmap."""
    chosen = sampled("torch", rest=rest)
    return lambda trial: "torch.func.vmap writes elsewhere" if trial.case.group in MISWRITTEN else chosen(trial)


def inside(vmap: Callable[..., Any]) -> Callable[[Trial], Iterator[str]]:
    """Value and gradients of two examples at once, against those of each alone."""

    def run(trial: Trial) -> Iterator[str]:
        function = value_and_gradients(trial)
        _, two = examples(trial, trial.case.wrt)
        other = [trial.numbers(t) for t in function(*map(trial.tensor, two))]
        stacks = [trial.tensor(np.stack([x, y])).raw for x, y in zip(*examples(trial, trial.case.wrt), strict=True)]
        found = vmap(on_raws(function), stacks)
        for k, wants in enumerate((eager(trial), other)):
            yield from (f"example {k}: {text}" for text in same(trial, [f[k, ...] for f in found], wants))

    return run


OWN = (
    Check("inside vmap", "value and gradients of several examples at once", inside_ours, of_ours(), "quick"),
    Check(
        "inside vmap, every case", "value and gradients of several examples at once",
        inside_ours, of_ours(rest=True), "full",
    ),
    Check("around vmap", "a tape around vmap", around_ours, of_ours(constants=False), "quick"),
    Check(
        "around vmap, every case", "a tape around vmap", around_ours, of_ours(rest=True, constants=False), "full",
    ),
)  # fmt: skip
CHECKS = (
    *OWN,
    Check("inside jax.vmap", "a tape inside jax.vmap", inside(by_jax), sampled("jax"), "quick"),
    Check("inside jax.vmap, every case", "a tape inside jax.vmap", inside(by_jax), sampled("jax", rest=True), "full"),
    Check("inside torch.func.vmap", "a tape inside torch.func.vmap", inside(by_torch), of_torch(), "quick"),
    Check(
        "inside torch.func.vmap, every case", "a tape inside torch.func.vmap",
        inside(by_torch), of_torch(rest=True), "full",
    ),
)  # fmt: skip
