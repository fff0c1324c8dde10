"""Checking a hazard point: our answer on the backend in every mode, and which natives still differ."""

from collections.abc import Iterator
from typing import Any

import numpy as np

import unigrad as ug
from unigrad.backend import Backend
from unigrad.errors import DTypeError
from unigrad_conformance import hazards as first
from unigrad_conformance import hazards_linalg as linear
from unigrad_conformance import hazards_more as more
from unigrad_conformance import hazards_special as special
from unigrad_conformance import hazards_standard as standard
from unigrad_conformance.hazards import Hazard
from unigrad_conformance.oracles import Native, has_native
from unigrad_conformance.report import Failure, Report, short
from unigrad_conformance.tolerance import apart, rtol

HAZARDS: tuple[Hazard, ...] = (
    *first.STEPS, *first.KINKS, *first.SINGULAR, *more.TRAPS, *more.COMPLEX, *more.SHAPES, *more.SECOND,
    *standard.SORTING, *standard.SETS, *standard.TAKING, *standard.FOURIER, *linear.LINALG,
    *special.SPECIAL, *special.CHOICES,
)  # fmt: skip


def hazards(pattern: str = "") -> Iterator[Hazard]:
    """The hazards whose name holds `pattern` (or one of several, separated by commas)."""
    wanted = [p for p in pattern.split(",") if p]
    return (h for h in HAZARDS if not wanted or any(p in h.name for p in wanted))


def arrays(hazard: Hazard) -> list[Any]:
    """The inputs as NumPy arrays."""
    found = [np.asarray(x) for x in hazard.inputs]
    return [x if x.dtype.kind == "c" else x.astype(hazard.dtype) for x in found]


def ours(hazard: Hazard, backend: Backend) -> list[Any]:
    """Our gradients, by reverse mode."""
    xs = [ug.asarray(backend.asarray(x, x.dtype, None, True)) for x in arrays(hazard)]
    xp = xs[0].__array_namespace__()
    with ug.GradientTape() as outer:
        outer.watch(xs)
        with ug.GradientTape() as tape:
            tape.watch(xs)
            out = hazard.f(xp, *xs)
        if hazard.order == 2:
            grads = tape.gradient(out, xs)
    return outer.gradient(grads, xs, unconnected_gradients="zero") if hazard.order == 2 else tape.gradient(out, xs)


def along_ones(hazard: Hazard, backend: Backend) -> Any:
    """Our directional derivative along ones, summed; of the gradients for order 2."""
    xs = [ug.asarray(backend.asarray(x, x.dtype, None, True)) for x in arrays(hazard)]
    with ug.ForwardAccumulator(xs, [ug.ones_like(x) for x in xs]) as acc:
        if hazard.order == 1:
            outs = [hazard.f(xs[0].__array_namespace__(), *xs)]
        else:
            with ug.GradientTape() as tape:
                tape.watch(xs)
                out = hazard.f(xs[0].__array_namespace__(), *xs)
            outs = tape.gradient(out, xs)
    found = acc.jvp(outs, unconnected_gradients="zero")
    return sum(complex(np.sum(backend.to_numpy(t.raw))) for t in found)


def natively(hazard: Hazard, backend: Backend) -> list[Any]:
    """The gradients of the backend's own autodiff."""
    oracle = Native(backend)
    xs = arrays(hazard)
    wrt = tuple(range(len(xs)))

    def f(_: Backend, *raws: Any) -> Any:
        return backend.xp.sum(hazard.f(backend.xp, *raws))

    dtype = np.result_type(*xs)
    value = np.asarray(backend.to_numpy(f(backend, *(backend.asarray(x, None, None, True) for x in xs))))
    ct = np.ones((), value.dtype if value.dtype.kind in "fc" else dtype)
    return (
        oracle.vjp(f, xs, wrt, ct)
        if hazard.order == 1
        else oracle.second(f, xs, wrt, ct, [np.ones_like(x) for x in xs])
    )


def far(hazard: Hazard, got: Any, want: Any) -> bool:
    """Whether an answer is another one."""
    want = np.asarray(want)
    if np.shape(got) != want.shape:
        return True
    tolerance = rtol(np.dtype(hazard.dtype), "second", True)
    return apart(np.asarray(got), want, tolerance) > 1


def check_hazard(hazard: Hazard, backend: Backend) -> Report:
    """Our answer on this backend is the expected one, in both modes; and its native one is where the data say it is."""
    report = Report(cases=1)
    label = f"{hazard.name} on {backend.name}"
    if not all(has_dtype(backend, x.dtype) for x in arrays(hazard)):
        return Report()
    with np.errstate(all="ignore"):
        try:
            grads = ours(hazard, backend)
            for i, (g, want) in enumerate(zip(grads, hazard.want, strict=True)):
                report.comparisons += 1
                got = None if g is None else backend.to_numpy(g.raw)
                if got is None or far(hazard, got, want):
                    report.failures.append(Failure(label, f"input {i}", f"got {short(got)}, expected {short(want)}"))
            total = sum(complex(np.sum(np.conj(np.asarray(w)))) for w in hazard.want)
            if not holomorphic(hazard):
                report.comparisons += 1
                want = total.real if hazard.forward is None else hazard.forward
                got = along_ones(hazard, backend).real
                if far(hazard, got, want):
                    report.failures.append(Failure(label, "forward mode", f"got {got}, expected {want}"))
        except Exception as e:  # noqa: BLE001  (whatever is raised is a failure of this point, told with the rest)
            report.failures.append(Failure(label, "raised", f"{type(e).__name__}: {str(e)[:300]}"))
            return report
        if has_native(backend):
            check_native(hazard, backend, report)
    return report


def has_dtype(backend: Backend, dtype: np.dtype) -> bool:
    """Whether the backend has this dtype."""
    try:
        backend.native_dtype(dtype)
    except DTypeError:
        return False
    return True


def holomorphic(hazard: Hazard) -> bool:
    """Whether the result is complex: its derivative along ones is then not the sum of the gradient."""
    return hazard.name in ("z * z, holomorphic", "conj(z)", "exp(z) at i")


def check_native(hazard: Hazard, backend: Backend, report: Report) -> None:
    """The native framework differs where the data say so, and only there."""
    report.comparisons += 1
    try:
        found = natively(hazard, backend)
        differs = any(far(hazard, g, w) for g, w in zip(found, hazard.want, strict=True))
        told = ", ".join(short(g) for g in found)
    except Exception as e:  # noqa: BLE001  (a native framework that raises answers otherwise)
        differs, told = True, f"{type(e).__name__}: {str(e)[:200]}"
    reason = hazard.differs.get(backend.name)
    label = f"{hazard.name} on {backend.name}"
    if differs and reason is None:
        report.failures.append(Failure(label, "native differs, and no row says why", f"{told}; expected {hazard.want}"))
    if not differs and reason is not None:
        report.failures.append(Failure(label, "stale difference", f"{backend.name} no longer differs: {reason}"))
