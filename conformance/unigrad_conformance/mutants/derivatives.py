"""All that a mutant could change: the derivatives on every sample of a unit, to third order. Equal ones make it equivalent."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import unigrad as ug
from unigrad import kinds
from unigrad.backend import Backend
from unigrad.errors import DTypeError
from unigrad_conformance.cases import Case
from unigrad_conformance.checks import Checker
from unigrad_conformance.mutants.units import Unit, cases, points
from unigrad_conformance.points import forward, ours, tensors
from unigrad_conformance.report import Array, Report

#: rounding errors of the dtype within which two derivatives are the same
UNITS = 64

Found = dict[str, list[Array] | str]  # by what was asked; the name of the error that it raised


def derivatives(unit: Unit, backend: Backend) -> Found:
    """Every derivative on every sample, in two precisions; of a hazard point in both modes."""
    found: Found = {}
    with np.errstate(all="ignore"):
        for name, ask in _asked(unit, backend):
            try:
                found[name] = [
                    backend.to_numpy(t.raw) if hasattr(t, "raw") else np.asarray(t, object if t is None else None)
                    for t in ask()
                ]
            except Exception as e:  # noqa: BLE001  (an error is an answer too)
                found[name] = type(e).__name__
    return found


def _asked(unit: Unit, backend: Backend) -> Iterator[tuple[str, Callable[[], Any]]]:
    if unit.kind == "hazard":
        hazard = points()[unit.name]
        yield "gradients", lambda: ours(hazard, backend)[1]
        for i in range(len(hazard.inputs)):
            yield f"forward {i}", lambda i=i: [forward(hazard, backend, i, 1)]
        yield "value", lambda: [hazard.f(tensors(hazard, backend)[0].__array_namespace__(), *tensors(hazard, backend))]
        return
    for case in cases(unit):
        for dtype in (np.dtype("float64"), np.dtype("float32")):
            try:
                backend.native_dtype(dtype)
            except DTypeError:
                continue
            for what, ask in _of_case(case, backend, dtype):
                yield f"{case.name} {dtype}: {what}", ask


def _of_case(case: Case, backend: Backend, dtype: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    checker = Checker(case, backend, dtype, Report(), False)
    value = np.asarray(backend.to_numpy(case.ours(*checker.run(())[0]).raw))
    yield "value", lambda: [case.ours(*checker.run(())[0])]
    if not case.wrt:
        return
    ct = checker._random(value) if value.dtype.kind in "fc" else np.ones(value.shape, value.dtype)
    yield "vjp", lambda: checker.vjp(case.wrt, ct)
    yield "jvp", lambda: [checker.jvp(case.wrt, checker.tangents)]
    if len(case.wrt) > 1:
        for i, t in zip(case.wrt, checker.tangents, strict=True):
            yield f"vjp {i}", lambda i=i: checker.vjp((i,), ct)
            yield f"jvp {i}", lambda i=i, t=t: [checker.jvp((i,), [t])]
    if value.dtype.kind not in "fc" or isinstance(case.row, kinds.Constant):
        return
    others = [checker._random(t) for t in checker.tangents]
    yield "second", lambda: [g for _, gs in checker.seconds(ct, checker.tangents) for g in gs]
    yield "forward over forward", lambda: [checker.forward_forward(checker.tangents, others)]
    yield "third", lambda: _third(checker, ct, others)


def _third(checker: Checker, ct: Array, others: list[Array]) -> list[Any]:
    """Forward over forward over reverse."""
    xs, sources = checker.run(checker.case.wrt)
    with (
        ug.ForwardAccumulator(sources, [checker.tensor(t) for t in others]) as outer,
        ug.ForwardAccumulator(sources, [checker.tensor(t) for t in checker.tangents]) as inner,
    ):
        with ug.GradientTape() as tape:
            tape.watch(sources)
            out = checker.case.ours(*xs)
        first = tape.gradient(out, sources, output_gradients=checker.tensor(ct))
        second = inner.jvp(first, unconnected_gradients="zero")
    return list(outer.jvp(second, unconnected_gradients="zero"))


def differs(right: Found, wrong: Found) -> str:
    """What a mutant changes by more than rounding, in words; "" if nothing."""
    for name, want in right.items():
        got = wrong.get(name)
        if isinstance(want, str) or isinstance(got, str) or got is None:
            if got != want:
                return f"{name}: {_short(got)} for {_short(want)}"
            continue
        if len(got) != len(want):
            return f"{name}: {len(got)} arrays for {len(want)}"
        for g, w in zip(got, want, strict=True):
            if not same(g, w):
                return f"{name}: {_short(g)} for {_short(w)}"
    return ""


def same(got: Array, want: Array) -> bool:
    """Whether two arrays are alike: shape, dtype, the signs of zeros, numbers but for rounding."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return False
    if got.tobytes() == want.tobytes() or got.dtype == object:
        return got.dtype != object or bool((got == want).all())
    if got.dtype.kind not in "fc":
        return bool((got == want).all())
    scale = np.abs(want[np.isfinite(want)]).max(initial=1.0)
    near = np.isclose(got, want, rtol=0, atol=UNITS * float(np.finfo(got.dtype).eps) * float(scale), equal_nan=True)
    return bool(near.all())


def _short(x: Any) -> str:
    text = (
        x
        if isinstance(x, str)
        else np.array2string(np.asarray(x if x is not None else "nothing"), precision=6, threshold=8)
    )
    return " ".join(text.split())[:80]
