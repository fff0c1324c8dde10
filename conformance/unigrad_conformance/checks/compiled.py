"""The same value and gradients inside the libraries' compilers: the tape is traced through."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from unigrad_conformance.checks.check import Check
from unigrad_conformance.checks.composing import eager, on_raws, raw_sources, same, sampled, value_and_gradients
from unigrad_conformance.trial import Trial

#: of so many ops a quick run takes one: each is compiled, which takes a second and more
FEW, RARE = 8, 64


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of each place that it cannot follow
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


CHECKS = (
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
        inside(dynamo), sampled("torch", RARE), "full",
    ),
    Check(
        "make_fx and torch.compile", "value and gradients of a graph that inductor compiles",
        inside(inductor), sampled("torch", RARE), "exhaustive",
    ),
    Check(
        "inside torch.compile, more cases", "value and gradients of a function that dynamo follows as far as it can",
        inside(dynamo), sampled("torch", FEW), "exhaustive",
    ),
)  # fmt: skip
