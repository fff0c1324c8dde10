"""All that a mutant could change: the derivatives on every sample of a unit, to third order. Equal ones make it equivalent."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from unigrad.backend import Backend
from unigrad_conformance.arrays import Array
from unigrad_conformance.checks.batched import around, differing, several, unseen
from unigrad_conformance.checks.check import differentiated
from unigrad_conformance.checks.higher import SECOND, THIRD
from unigrad_conformance.mutants.units import INSIDE, QUICK, Unit, cases, points
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import forward, ours, tensors
from unigrad_conformance.trial import Trial

#: rounding errors of the dtype within which two derivatives are the same
UNITS = 64

Found = dict[str, list[Array] | str]  # by what was asked; the name of the error that it raised


def derivatives(unit: Unit, backend: Backend, plan: Plan = QUICK) -> Found:
    """Every derivative on every sample, in two precisions; of a hazard point in both modes; or all inside of vmap."""
    found: Found = {}
    of_cases = _inside if plan is INSIDE else _of_cases
    with np.errstate(all="ignore"):
        for name, ask in _of_point(unit, backend) if unit.kind == "hazard" else of_cases(unit, backend):
            try:
                found[name] = [_array(x, backend) for x in ask()]
            except Exception as e:  # noqa: BLE001  (an error is an answer too)
                found[name] = type(e).__name__
    return found


def _array(x: Any, backend: Backend) -> Array:
    return backend.to_numpy(x.raw) if hasattr(x, "raw") else np.asarray(x)


def _of_point(unit: Unit, backend: Backend) -> Iterator[tuple[str, Callable[[], Any]]]:
    hazard = points()[unit.name]
    yield "gradients", lambda: ours(hazard, backend)[1]
    for i in range(len(hazard.inputs)):
        yield f"forward {i}", lambda i=i: [forward(hazard, backend, i, 1)]
    yield "value", lambda: [hazard.f(tensors(hazard, backend)[0].__array_namespace__(), *tensors(hazard, backend))]


def _of_cases(unit: Unit, backend: Backend) -> Iterator[tuple[str, Callable[[], Any]]]:
    for case in cases(unit):
        for dtype in ("float64", "float32"):
            for what, ask in _of_trial(Trial(case, backend, dtype)):
                yield f"{case.name} {dtype}: {what}", ask


def _inside(unit: Unit, backend: Backend) -> Iterator[tuple[str, Callable[[], Any]]]:
    for case in cases(unit):
        trial = Trial(case, backend, "float64")
        for at in () if unseen(trial) else differing(trial):
            yield f"{case.name}: inside vmap of {at}", lambda trial=trial, at=at: several(trial, at)
            if not differentiated(trial):
                yield f"{case.name}: around vmap of {at}", lambda trial=trial, at=at: around(trial, at)


def _of_trial(trial: Trial) -> Iterator[tuple[str, Callable[[], Any]]]:
    wrt = trial.case.wrt
    yield "value", lambda: [trial.value]
    if not wrt:
        return
    yield "vjp", lambda: trial.gradients
    yield "jvp", lambda: [trial.tangent]
    if len(wrt) > 1:
        for k, i in enumerate(wrt):
            yield f"vjp {i}", lambda i=i: trial.vjp((i,), trial.cotangent)
            yield f"jvp {i}", lambda i=i, k=k: [trial.jvp((i,), [trial.tangents[k]])]
    if not trial.is_constant:
        for modes in (*SECOND, *THIRD) if trial.dtype == np.float64 else SECOND:
            yield modes, lambda modes=modes: [trial.higher(modes)]


def differs(right: Found, wrong: Found) -> str:
    """What a mutant changes by more than rounding, in words; "" if nothing."""
    for name, want in right.items():
        got = wrong[name]
        if isinstance(want, str) or isinstance(got, str):
            if got != want:
                return f"{name}: {_short(got)} for {_short(want)}"
            continue
        for g, w in zip(got, want, strict=True):
            if not same(g, w):
                return f"{name}: {_short(g)} for {_short(w)}"
    return ""


def same(got: Array, want: Array) -> bool:
    """Whether two arrays are alike: shape, dtype, numbers but for rounding."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return False
    if got.dtype.kind not in "fc":
        return bool((got == want).all())
    if got.tobytes() == want.tobytes():
        return True
    scale = np.abs(want[np.isfinite(want)]).max(initial=1.0)
    allowed = UNITS * float(np.finfo(got.dtype).eps) * float(scale)
    return bool(np.isclose(got, want, rtol=0, atol=allowed, equal_nan=True).all())


def _short(x: Any) -> str:
    text = x if isinstance(x, str) else np.array2string(np.asarray(x), precision=6, threshold=8)
    return " ".join(text.split())[:80]
