"""A tape inside the libraries' own automatic differentiation, and theirs inside a tape."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import unigrad as ug
from unigrad_conformance.arrays import coordinates
from unigrad_conformance.checks.check import Check
from unigrad_conformance.checks.composing import eager, on_raws, raw_sources, same, sampled, value_and_gradients
from unigrad_conformance.oracles import has_native
from unigrad_conformance.trial import Trial

FEW = 8


def native_over_ours(trial: Trial) -> Iterator[str]:
    """The library's reverse mode through a function with a tape inside: the gradient of <gradients, tangents>."""
    backend = trial.backend
    function, sources = on_raws(value_and_gradients(trial)), raw_sources(trial)
    directions = [trial.tensor(t).raw for t in trial.tangents]

    def paired(*raws: Any) -> Any:
        total: Any = 0.0
        for g, t in zip(function(*raws)[1:], directions, strict=True):
            product = g * backend.xp.conj(t) if is_complex(backend, g) else g * t
            total = total + backend.xp.sum(backend.xp.real(product) if is_complex(backend, product) else product)
        return total

    one = trial.tensor(np.ones((), np.float64)).raw
    found = backend.native_vjp(paired, sources, one)
    assert found is not None
    got = [np.conj(x) if backend.native_conjugates else x for x in map(backend.to_numpy, found)]
    yield from trial.compare(coordinates(got, trial.problem.sources), trial.higher("rr"), "second")


def forward_over_ours(trial: Trial) -> Iterator[str]:
    """The library's forward mode through a function with a tape inside: the derivative of the gradients along the tangents."""
    backend, function = trial.backend, on_raws(value_and_gradients(trial))
    directions = [trial.tensor(t).raw for t in trial.tangents]
    got = []
    for k in range(len(directions)):
        found = backend.native_jvp(lambda *raws, k=k: function(*raws)[1 + k], raw_sources(trial), directions)
        got.append(backend.to_numpy(found + 0 * raw_sources(trial)[k]))  # a number in the place of a symbolic zero
    yield from trial.compare(coordinates(got, trial.problem.sources), trial.higher("rf"), "second")


def is_complex(backend: Any, raw: Any) -> bool:
    """Whether a raw array is complex."""
    return bool(backend.dtype_of(raw).kind == "c")


def ours_over_native(trial: Trial) -> Iterator[str]:
    """A native function put on a tape with its own pullback, by `custom_gradient`, has the gradients of ours."""
    f = trial.problem.of_sources(lambda *raws: trial.case.native(trial.backend, *raws), native_args(trial))

    @ug.custom_gradient
    def function(*xs: Any) -> Any:
        out, pullback = trial.backend.native_pullback(f, [x.raw for x in xs])
        turn = ug.conj if trial.backend.native_conjugates else lambda x: x

        def pull(ct: Any) -> Any:
            grads = [turn(ug.asarray(g)) for g in pullback(turn(ct).raw)]
            return grads if len(grads) > 1 else grads[0]

        return ug.asarray(out), pull

    sources = trial.run(trial.case.wrt)[1]
    with ug.GradientTape() as tape:
        tape.watch(sources)
        out = function(*sources)
    grads = tape.gradient(out, sources, trial.tensor(trial.cotangent))
    yield from same(trial, [out.raw, *(g.raw for g in grads)], eager(trial))


def native_args(trial: Trial) -> Sequence[Any]:
    """All arguments as raw arrays."""
    return [t.raw if isinstance(t, ug.Tensor) else t for t in trial.run(())[0]]


def through(library: str, one_in: int = 1, rest: bool = False) -> Callable[[Trial], str]:
    """Of a library with automatic differentiation of its own, cases that have second derivatives."""
    chosen = sampled(library, one_in, rest)

    def leave_out(trial: Trial) -> str:
        if not has_native(trial.backend):
            return "the library has no automatic differentiation"
        if reason := chosen(trial):
            return reason
        return "" if trial.order > 1 else "derivatives of order 2 are taken of a few cases of each op"

    return leave_out


def native_form(library: str, one_in: int = 1) -> Callable[[Trial], str]:
    """Of a library whose own automatic differentiation takes the case."""
    chosen = through(library, one_in)
    return lambda trial: (
        chosen(trial)
        or (
            "the library's own automatic differentiation does not take it"
            if trial.backend.name in trial.case.not_native
            else ""
        )
    )


CHECKS = (
    Check(
        "jax.vjp of a tape",
        "JAX's reverse mode through our gradients",
        native_over_ours,
        through("jax", FEW),
        "quick",
        2,
    ),
    Check(
        "jax.jvp of a tape",
        "JAX's forward mode through our gradients",
        forward_over_ours,
        through("jax", FEW),
        "quick",
        2,
    ),
    Check("a tape of jax.vjp", "JAX's pullback on our tape", ours_over_native, native_form("jax", FEW), "quick"),
    Check(
        "torch.func.vjp of a tape",
        "PyTorch's reverse mode through our gradients",
        native_over_ours,
        through("torch"),
        "quick",
        2,
    ),
    Check(
        "torch.func.jvp of a tape",
        "PyTorch's forward mode through our gradients",
        forward_over_ours,
        through("torch"),
        "quick",
        2,
    ),
    Check(
        "a tape of torch.autograd", "PyTorch's pullback on our tape", ours_over_native, native_form("torch"), "quick"
    ),
    Check(
        "jax.vjp of a tape, every case",
        "JAX's reverse mode through our gradients",
        native_over_ours,
        through("jax", FEW, True),
        "full",
        2,
    ),
)
