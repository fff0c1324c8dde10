"""The same value and gradients inside the libraries' compilers: the tape is traced through."""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from unigrad_conformance.checks.check import Check
from unigrad_conformance.checks.composing import (
    eager,
    of_each_kind,
    on_raws,
    opaque,
    raw_sources,
    same,
    sampled,
    value_and_gradients,
)
from unigrad_conformance.shares import OP_BY_OP, Share
from unigrad_conformance.trial import Trial

#: of so many ops a quick run takes one
FEW = 8
#: how many ops of each kind of rule dynamo follows in a full run and in an exhaustive one, two to four seconds each; inductor
#: compiles as many as the first, up to ten seconds each
COMPILED, MORE = 2, 10


@contextmanager
def unheard(name: str) -> Iterator[None]:
    """A block in which a library's log has errors alone."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def jitted(function: Callable[..., Any], raws: list[Any]) -> Any:
    """By jax.jit."""
    import jax

    return jax.jit(function)(*raws)


def traced(function: Callable[..., Any], raws: list[Any]) -> Any:
    """By torch's make_fx: the graph of forward and backward, which goes to inductor."""
    from torch.fx.experimental.proxy_tensor import make_fx

    return make_fx(function, tracing_mode="fake", _allow_non_fake_inputs=True)(*raws)(*raws)


def dynamo(function: Callable[..., Any], raws: list[Any]) -> Any:
    """By torch.compile directly, which breaks its graph where it cannot follow."""
    import torch

    torch.compiler.reset()
    with warnings.catch_warnings(), unheard("torch._dynamo"):
        warnings.simplefilter("ignore")  # it warns of each place that it cannot follow, and logs it
        return torch.compile(function, backend="eager")(*raws)


def inductor(function: Callable[..., Any], raws: list[Any]) -> Any:
    """The traced graph, compiled to machine code."""
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    torch.compiler.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.compile(make_fx(function, tracing_mode="fake", _allow_non_fake_inputs=True)(*raws))(*raws)


def inside(compiler: Callable[..., Any]) -> Callable[[Trial], Iterator[str]]:
    """Value and gradients by a compiled function, against those by none."""

    def run(trial: Trial) -> Iterator[str]:
        yield from same(trial, compiler(on_raws(value_and_gradients(trial)), raw_sources(trial)), eager(trial))

    return run


def looked_through(trial: Trial) -> Iterator[str]:
    """One program has been made of all derivatives of the trial."""
    trial.compared()
    if trial.trouble is not None:
        yield f"raised {type(trial.trouble).__name__} under a trace: {str(trial.trouble)[:300]}"


def op_by_op(trial: Trial) -> Iterator[str]:
    """Value and gradients as most users run them, with no compiler around, against those of the compiled program."""
    got = value_and_gradients(trial)(*trial.run(trial.case.wrt)[1])
    yield from same(trial, [t.raw for t in got], eager(trial))


def at_once(share: Share | None = None) -> Callable[[Trial], str]:
    """Why a trial is left out: of those alone whose answers come of one program, and of the ops that the seed draws."""

    def leave_out(trial: Trial) -> str:
        if not trial.is_at_once:
            return "of trials that are compiled at once"
        if share is not None and not (trial.case.lead and share.takes(trial.case.group, trial.seed)):
            return "the seed draws other ops"
        return opaque(trial)

    return leave_out


CHECKS = (
    Check("traced at once", "a compiler looks through the tape in all modes", looked_through, at_once()),
    Check(
        "outside of jax.jit", "value and gradients op by op, against those of a compiled program",
        op_by_op, at_once(OP_BY_OP),
    ),
    Check("inside jax.jit", "value and gradients of a compiled function", inside(jitted), sampled("jax"), "quick"),
    Check(
        "inside jax.jit, every case", "value and gradients of a compiled function",
        inside(jitted), sampled("jax", rest=True), "exhaustive",
    ),
    Check("inside make_fx", "value and gradients of a graph by make_fx", inside(traced), sampled("torch", FEW), "quick"),
    Check(
        "inside make_fx, every case", "value and gradients of a graph by make_fx",
        inside(traced), sampled("torch", FEW, rest=True), "full",
    ),
    Check(
        "inside torch.compile", "value and gradients of a function that dynamo follows as far as it can",
        inside(dynamo), of_each_kind("torch", COMPILED), "full",
    ),
    Check(
        "make_fx and torch.compile", "value and gradients of a graph that inductor compiles",
        inside(inductor), of_each_kind("torch", COMPILED), "exhaustive",
    ),
    Check(
        "inside torch.compile, more cases", "value and gradients of a function that dynamo follows as far as it can",
        inside(dynamo), of_each_kind("torch", MORE, COMPILED), "exhaustive",
    ),
)  # fmt: skip
