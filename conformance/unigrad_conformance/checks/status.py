"""What a gradient is, apart from its numbers: there or None, zero for a constant, of its source's dtype, shape and device."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from unigrad_conformance.checks.check import Check, differentiated
from unigrad_conformance.trial import Trial


def connected(trial: Trial) -> Iterator[str]:
    """Each source has a gradient, and the result a tangent."""
    for g, i in zip(trial.gradients, trial.case.wrt, strict=True):
        trial.compared()
        if g is None:
            yield f"argument {i} is not connected"
    trial.compared()
    if trial.tangent is None:
        yield "the result has no tangent"


def like_source(trial: Trial) -> Iterator[str]:
    """Each gradient is like its source, and the tangent like the result."""
    yield from alike(trial, trial.gradients, [trial.tensor(trial.args[i]) for i in trial.case.wrt], "argument")
    yield from alike(trial, [trial.tangent], [trial.value], "the tangent of result")


def alike(trial: Trial, gots: Sequence[Any], sources: Sequence[Any], what: str) -> Iterator[str]:
    """Arrays of the dtypes, shapes and devices of others."""
    for k, (g, source) in enumerate(zip(gots, sources, strict=True)):
        if g is None:
            continue  # "status" says so
        for name in ("dtype", "shape", "device"):
            trial.compared()
            got, want = (_property(trial, x, name) for x in (g, source))
            if got != want:
                yield f"{what} {k} has {name} {want}, and the derivative {got}"


def _property(trial: Trial, x: Any, name: str) -> Any:
    if name == "dtype":
        return trial.dtype_of(x)
    raw = trial.subject.raw(x)
    return tuple(raw.shape) if name == "shape" else trial.backend.device_of(raw)


def constant(trial: Trial) -> Iterator[str]:
    """A result without derivative: its sources are connected, and the derivatives zero in both modes."""
    wrt, like = trial.case.wrt, trial.reference
    for g, i in zip(trial.gradients, wrt, strict=True):
        if g is None:
            yield f"argument {i} is not connected"
        else:
            yield from trial.compare(g, np.zeros(np.shape(trial.args[i])))
    yield from alike(trial, trial.gradients, [trial.tensor(trial.args[i]) for i in wrt], "argument")
    if trial.tangent is None:
        yield "the result has no tangent"
    else:
        yield from trial.compare(trial.tangent, np.zeros(like.shape))


def no_constant(trial: Trial) -> str:
    """The result has a derivative."""
    if not trial.case.wrt:
        return "no argument is differentiated"
    return "" if trial.is_constant else "a result with derivative"


CHECKS = (
    Check("status", "each source has a gradient, and the result a tangent", connected, differentiated, shows="any"),
    Check(
        "dtype, shape and device",
        "each derivative has those of what it belongs to",
        like_source,
        differentiated,
        shows="any",
    ),
    Check("zero of a constant", "a result without derivative has zeros, and is connected", constant, no_constant),
)
