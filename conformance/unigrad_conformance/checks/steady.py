"""What holds of every run: the same bits again, nothing kept alive, and a zero that absorbs."""

import gc
import itertools
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import unigrad as ug
from unigrad import kinds
from unigrad_conformance.arrays import Array, short
from unigrad_conformance.checks.check import Check
from unigrad_conformance.checks.composing import sampled
from unigrad_conformance.trial import Trial

#: where rules divide by zero, overflow, or leave the domain
HAZARDOUS = (0.0, -0.0, 1.0, -1.0, 2.0, 0.5, np.inf, -np.inf, np.nan, 1e308, 5e-324)


def same_bits(trial: Trial) -> Iterator[str]:
    """A second run gives the bits of the first: the value, each gradient, the tangent."""
    again = trial.subject.record(*trial.bound(trial.case.wrt))
    first = [trial.recording.value, *trial.gradients, trial.tangent]
    second = [again.value, *again.pull(trial.tensor(trial.cotangent)), trial.jvp(trial.case.wrt, trial.tangents)]
    for k, (a, b) in enumerate(zip(first, second, strict=True)):
        trial.compared()
        if (a is None) != (b is None) or (a is not None and bits(trial, a) != bits(trial, b)):
            what = "the value" if k == 0 else "the tangent" if k == len(first) - 1 else f"gradient {k - 1}"
            yield f"{what} has other bits in a second run"


def bits(trial: Trial, tensor: Any) -> bytes:
    """The bytes of a tensor."""
    return np.ascontiguousarray(trial.backend.to_numpy(trial.subject.raw(tensor))).tobytes()


def freed(trial: Trial) -> Iterator[str]:
    """Arrays, records and tape of a run die with the last reference to them, without the collector."""
    was = gc.isenabled()
    gc.disable()
    try:
        for what, ref in left_behind(trial):
            trial.compared()
            if ref() is not None:
                yield f"{what} is alive after the tape and all results were dropped"
    finally:
        if was:
            gc.enable()


def left_behind(trial: Trial) -> list[tuple[str, Any]]:
    """Weak references to what a run made."""
    f, sources = trial.bound(trial.case.wrt)
    with ug.GradientTape(persistent=True) as tape, ug.ForwardAccumulator(sources, sources) as acc:
        tape.watch(sources)
        out = f(*sources)
    grads = tape.gradient(out, sources, trial.tensor(trial.cotangent))
    made = {"the result": out, "the tangent": acc.jvp(out)} | {f"gradient {k}": g for k, g in enumerate(grads)}
    found = [("the tape", weakref.ref(tape)), ("the accumulator", weakref.ref(acc))]
    for name, tensor in made.items():
        if tensor is not None and not any(tensor is s for s in sources):
            found += [(name, weakref.ref(tensor)), (f"the array of {name}", weakref.ref(tensor.raw))]
    found += [(f"the array of source {k}", weakref.ref(s.raw)) for k, s in enumerate(sources)]
    return found


def absorbs(trial: Trial) -> Iterator[str]:
    """A zero cotangent gives zero gradients and zero tangents a zero tangent, at each combination of hazardous numbers."""
    wrt = trial.case.wrt
    grid = np.array(list(itertools.product(*[HAZARDOUS] * len(wrt))))
    with np.errstate(all="ignore"):
        points = [column.astype(trial.args[i].dtype) for i, column in zip(wrt, grid.T, strict=True)]
        sources = [trial.tensor(p) for p in points]
        with ug.GradientTape() as tape, ug.ForwardAccumulator(sources, [ug.zeros_like(s) for s in sources]) as acc:
            tape.watch(sources)
            out = trial.case.ours(*sources)
        grads = tape.gradient(out, sources, ug.zeros_like(out))
        tangent = acc.jvp(out)
    for i, g in zip(wrt, grads, strict=True):
        yield from all_zero(trial, g, f"the gradient of argument {i} for a zero cotangent", points)
    yield from all_zero(trial, tangent, "the tangent of zero tangents", points)


def all_zero(trial: Trial, tensor: Any, what: str, points: Sequence[Array]) -> Iterator[str]:
    """No number but 0."""
    trial.compared()
    if tensor is None:
        return
    numbers = trial.numbers(tensor)
    bad = ~(numbers == 0)
    if bad.any():
        where = np.argwhere(bad)[0]
        at = [p[tuple(where)] if p.shape == numbers.shape else short(p) for p in points]
        yield f"{what} is {numbers[tuple(where)]} at {', '.join(map(str, at))}"


def of_elements(trial: Trial) -> str:
    """The row works element by element, and the case is one where all arguments are alike."""
    if reason := sampled()(trial):
        return reason
    if not isinstance(trial.case.row, kinds.Elementwise):
        return "the row does not work element by element"
    if trial.case.is_complex or any(np.shape(a) != (2, 3) for a in trial.args):
        return "taken of real arrays of one shape"
    return "" if len(trial.case.wrt) == len(trial.args) else "an argument has no derivative"


CHECKS = (
    Check("the same bits again", "a second run gives the same bits", same_bits, sampled(), "quick"),
    Check("nothing kept alive", "what a run made dies with the tape, without the collector", freed, sampled(), "quick"),
    Check(
        "a zero absorbs",
        "a zero cotangent or tangent stays zero where derivatives are infinite",
        absorbs,
        of_elements,
        "quick",
    ),
)
