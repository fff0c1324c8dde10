"""Checking a hazard point: our answer on the backend in every mode, and which natives still differ."""

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import unigrad as ug
from unigrad.backend import Backend
from unigrad.errors import DTypeError, NotDifferentiableWarning
from unigrad_conformance import differences
from unigrad_conformance.differences import telling
from unigrad_conformance.hazards import (
    Hazard,
    a_kinks,
    b_singular,
    beyond,
    c_traps,
    d_linalg,
    e_complex,
    f_shapes,
    g_dtypes,
    h_paths,
    i_second,
    j_others,
    linalg,
    special,
    standard,
)
from unigrad_conformance.oracles import Native, has_native, theirs
from unigrad_conformance.report import Failure, Report, short
from unigrad_conformance.tolerance import apart, rtol

#: the chapters of the measured table
CHAPTERS: dict[str, tuple[Hazard, ...]] = {
    "A": a_kinks.A, "B": b_singular.B, "C": c_traps.C, "D": d_linalg.D, "E": e_complex.E, "F": f_shapes.F, "G": g_dtypes.G,
    "H": h_paths.HS, "I": i_second.SECOND, "J": j_others.J,
}  # fmt: skip

HAZARDS: tuple[Hazard, ...] = (
    *(h for chapter in CHAPTERS.values() for h in chapter), *beyond.BEYOND, *linalg.LINALG,
    *standard.SORTING, *standard.SETS, *standard.TAKING, *standard.FOURIER, *special.SPECIAL, *special.CHOICES,
)  # fmt: skip


def hazards(pattern: str = "") -> Iterator[Hazard]:
    """The hazards whose chapter and name hold `pattern` (or one of several, separated by commas)."""
    wanted = [p for p in pattern.split(",") if p]
    return (h for h in HAZARDS if not wanted or any(p in h.label for p in wanted))


def arrays(hazard: Hazard) -> list[Any]:
    """The inputs as NumPy arrays."""
    dtypes = hazard.dtype.split()
    each = dtypes * len(hazard.inputs) if len(dtypes) == 1 else dtypes
    found = [np.asarray(x) for x in hazard.inputs]
    return [x if x.dtype.kind == "c" else x.astype(d) for x, d in zip(found, each, strict=True)]


def tensors(hazard: Hazard, backend: Backend) -> list[Any]:
    """The inputs as tensors."""
    return [ug.asarray(backend.asarray(x, x.dtype, None, True)) for x in arrays(hazard)]


def ours(hazard: Hazard, backend: Backend) -> tuple[list[Any], list[Any]]:
    """The inputs, and our gradients by reverse mode."""
    xs = tensors(hazard, backend)
    xp = xs[0].__array_namespace__()
    with ug.GradientTape() as outer:
        outer.watch(xs)
        with ug.GradientTape() as tape:
            tape.watch(xs)
            out = hazard.f(xp, *xs)
        if hazard.order == 2:
            grads = tape.gradient(out, xs)
    return xs, outer.gradient(grads, xs) if hazard.order == 2 else tape.gradient(out, xs)


def forward(hazard: Hazard, backend: Backend, wrt: int, along: complex) -> Any:
    """Our directional derivative with respect to one input, summed; of the gradients for order 2."""
    xs = tensors(hazard, backend)
    xp = xs[0].__array_namespace__()
    with ug.ForwardAccumulator(xs[wrt], ug.ones_like(xs[wrt]) * along) as acc:
        if hazard.order == 1:
            outs = [hazard.f(xp, *xs)]
        else:
            with ug.GradientTape() as tape:
                tape.watch(xs)
                out = hazard.f(xp, *xs)
            outs = tape.gradient(out, xs)
    found = [t for t in acc.jvp(outs) if t is not None]
    return sum(complex(np.sum(backend.to_numpy(t.raw))) for t in found).real if found else None


def natively(hazard: Hazard, backend: Backend) -> list[Any]:
    """The gradients of the backend's own autodiff."""
    oracle = Native(backend)
    xs = arrays(hazard)
    wrt = tuple(range(len(xs)))
    expression = hazard.native or hazard.f

    def f(_: Backend, *raws: Any) -> Any:
        return backend.xp.sum(expression(backend.xp, *raws))

    dtype = np.result_type(*xs)
    value = np.asarray(backend.to_numpy(f(backend, *(backend.asarray(x, None, None, True) for x in xs))))
    ct = np.ones((), value.dtype if value.dtype.kind in "fc" else dtype)
    if hazard.order == 1:
        return oracle.vjp(f, xs, wrt, ct)
    return oracle.second(f, xs, wrt, ct, [np.ones_like(x) for x in xs])


def far(hazard: Hazard, got: Any, want: Any) -> bool:
    """Whether an answer is another one."""
    want = np.asarray(want)
    if np.shape(got) != want.shape:
        return True
    tolerance = rtol(np.dtype(hazard.dtype.split()[0]), "second", True)
    return apart(np.asarray(got), want, tolerance) > 1


def check_hazard(hazard: Hazard, backend: Backend) -> Report:
    """Our answer on this backend is the expected one, in both modes; and its native one is where the data say it is."""
    if not all(has_dtype(backend, x.dtype) for x in arrays(hazard)):
        return Report()
    report = Report(cases=1)
    with np.errstate(all="ignore"), theirs():
        try:
            check_error(hazard, backend, report) if hazard.error else check_numbers(hazard, backend, report)
        except Exception as e:  # noqa: BLE001  (whatever is raised is a failure of this point, told with the rest)
            fail(report, hazard, backend, "raised", f"{type(e).__name__}: {str(e)[:300]}")
            return report
        if has_native(backend):
            check_native(hazard, backend, report)
    return report


def fail(report: Report, hazard: Hazard, backend: Backend, what: str, detail: str) -> None:
    """Note a failure."""
    report.failures.append(Failure(f"{hazard.label} on {backend.name}", what, detail))


def check_error(hazard: Hazard, backend: Backend, report: Report) -> None:
    """The expression is this error, recorded or not."""
    assert hazard.error is not None
    for record in (False, True):
        report.comparisons += 1
        xs = tensors(hazard, backend)
        try:
            with ug.GradientTape() as tape:
                tape.watch(xs if record else [])
                out = hazard.f(xs[0].__array_namespace__(), *xs)
        except hazard.error:
            continue
        fail(report, hazard, backend, "no error", f"a result of shape {out.shape}, expected {hazard.error.__name__}")


def check_numbers(hazard: Hazard, backend: Backend, report: Report) -> None:
    """The gradient of each input, of its dtype; and the same by forward mode, along ones, and for complex inputs along i."""
    exact = any(x.dtype.kind not in "fc" for x in arrays(hazard))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        xs, grads = ours(hazard, backend)
    if exact != any(issubclass(w.category, NotDifferentiableWarning) for w in heard):
        fail(
            report, hazard, backend, "warning", "none, of a source without gradient" if exact else str(heard[0].message)
        )
    for i, (x, g, want) in enumerate(zip(xs, grads, hazard.want, strict=True)):
        report.comparisons += 1
        got = None if g is None else backend.to_numpy(g.raw)
        if (got is None) != (want is None) or (want is not None and far(hazard, got, want)):
            fail(report, hazard, backend, f"input {i}", f"got {short(got)}, expected {short(want)}")
        elif g is not None and g.dtype != x.dtype:
            fail(report, hazard, backend, f"input {i}", f"a gradient of {g.dtype} for a source of {x.dtype}")
        if x.dtype.kind not in "fc":
            continue
        for along in (1.0, 1j) if x.dtype.kind == "c" else (1.0,):
            report.comparisons += 1
            expected = expected_forward(hazard, want, along)
            slope = forward(hazard, backend, i, along)
            if (slope is None) != (expected is None) or (expected is not None and far(hazard, slope, expected)):
                fail(report, hazard, backend, f"forward mode, input {i}", f"got {slope}, expected {expected}")


def expected_forward(hazard: Hazard, want: Any, along: complex) -> float | None:
    """The real pairing of a gradient with a tangent of all `along`, which the forward mode must tell too."""
    if want is None:
        return None
    if hazard.forward is not None:
        return float(hazard.forward)
    g = np.sum(np.asarray(want))
    return float(np.real(g) if along == 1.0 else np.imag(g))


def has_dtype(backend: Backend, dtype: np.dtype) -> bool:
    """Whether the backend has this dtype."""
    try:
        backend.native_dtype(dtype)
    except DTypeError:
        return False
    return True


def check_native(hazard: Hazard, backend: Backend, report: Report) -> None:
    """The native framework differs where the data say so, and only there; its zeros are our None."""
    report.comparisons += 1
    try:
        found: Sequence[Any] = natively(hazard, backend)
        pairs = zip(found, hazard.want, strict=True) if hazard.error is None else ()
        differs = hazard.error is not None or any(
            far(hazard, g, np.zeros_like(g) if w is None else w) for g, w in pairs
        )
        told = ", ".join(short(g) for g in found)
    except Exception as e:  # noqa: BLE001  (a native framework that raises answers otherwise)
        differs, told = hazard.error is None, f"{type(e).__name__}: {str(e)[:200]}"
    row = differences.at_point(hazard.label, backend.name)
    if differs and row is None:
        add = telling.to_add(backend.name, told, point=hazard.label)
        fail(
            report, hazard, backend, "native differs, and no row says why", f"{told}; expected {answer(hazard)}. {add}"
        )
    if not differs and row is not None:
        advice = telling.stale(backend.name, row.name, repr(hazard.label), f"the point {hazard.label!r}")
        fail(report, hazard, backend, "stale difference", advice)


def answer(hazard: Hazard) -> str:
    """What a hazard wants, in one line: the gradients, or the error."""
    if hazard.error is not None:
        return hazard.error.__name__
    return ", ".join("None" if w is None else short(w) for w in hazard.want)
