"""Checking a hazard point: our answer on the backend in every mode, and which natives still differ."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

import unigrad as ug
from unigrad.backend import Backend
from unigrad.errors import DTypeError, NotDifferentiableWarning
from unigrad_conformance import differences
from unigrad_conformance.arrays import short
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
from unigrad_conformance.plan import Plan
from unigrad_conformance.results import Failure, Report
from unigrad_conformance.subjects import NativeSubject, Subject, Tapes, column_of
from unigrad_conformance.subjects.native import has_native, theirs
from unigrad_conformance.subjects.protocol import derivative
from unigrad_conformance.tolerance import apart, rtol

#: the chapters of the measured table
CHAPTERS: dict[str, tuple[Hazard, ...]] = {
    "A": a_kinks.A, "B": b_singular.B, "C": c_traps.C, "D": d_linalg.D, "E": e_complex.E, "F": f_shapes.F, "G": g_dtypes.G,
    "H": h_paths.HS, "I": i_second.SECOND, "J": j_others.J,
}  # fmt: skip

HAZARDS: tuple[Hazard, ...] = (
    *(h for chapter in CHAPTERS.values() for h in chapter), *beyond.BEYOND, *beyond.SIGNED, *linalg.LINALG,
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
    return [ug.asarray(backend.asarray(x, x.dtype, backend.device, True)) for x in arrays(hazard)]


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
    subject = NativeSubject(backend)
    expression = hazard.native or hazard.f
    sources = [subject.array(x) for x in arrays(hazard)]

    def f(*raws: Any) -> Any:
        with backend.making_here():
            return backend.xp.sum(expression(backend.xp, *raws))

    value = backend.to_numpy(f(*sources))
    ct = subject.array(np.ones((), value.dtype if value.dtype.kind in "fcV" else np.result_type(*arrays(hazard))))
    if hazard.order == 1:
        found = subject.record(f, sources).pull(ct)
    else:
        ones = [subject.array(np.ones_like(x)) for x in arrays(hazard)]
        found = derivative(subject, "fr", f, ct, [ones])(*sources)
    return [backend.to_numpy(subject.raw(g)) for g in found]


def far(hazard: Hazard, got: Any, want: Any) -> bool:
    """Whether an answer is another one."""
    want = np.asarray(want)
    if np.shape(got) != want.shape:
        return True
    tolerance = rtol(np.dtype(hazard.dtype.split()[0]), "second")
    return apart(np.asarray(got), want, tolerance) > 1


# -- checks ----------------------------------------------------------------------------------------------------------


class Point:
    """One hazard on one backend."""

    def __init__(self, hazard: Hazard, backend: Backend) -> None:
        self.hazard, self.backend = hazard, backend
        self.comparisons = 0
        self.known: set[str] = set()
        #: why a check had nothing to compare
        self.left_out = ""

    @cached_property
    def reverse(self) -> tuple[list[Any], list[Any], list[warnings.WarningMessage]]:
        """The inputs, the gradients, and what was warned of."""
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            xs, grads = ours(self.hazard, self.backend)
        return xs, grads, heard


def error(point: Point) -> Iterator[str]:
    """The expression is this error, recorded or not."""
    wanted = point.hazard.error
    assert wanted is not None
    for record in (False, True):
        point.comparisons += 1
        xs = tensors(point.hazard, point.backend)
        try:
            with ug.GradientTape() as tape:
                tape.watch(xs if record else [])
                out = point.hazard.f(xs[0].__array_namespace__(), *xs)
        except wanted:
            continue
        yield f"no error: a result of shape {out.shape}, expected {wanted.__name__}"


def warning(point: Point) -> Iterator[str]:
    """A source that has no gradient is told of, and no other."""
    point.comparisons += 1
    exact = any(x.dtype.kind not in "fcV" for x in arrays(point.hazard))
    heard = [w for w in point.reverse[2] if issubclass(w.category, NotDifferentiableWarning)]
    if exact != bool(heard):
        yield str(heard[0].message) if heard else "none, of a source without gradient"


def gradients(point: Point) -> Iterator[str]:
    """The gradient of each input, of its dtype."""
    xs, grads, _ = point.reverse
    for i, (x, g, want) in enumerate(zip(xs, grads, point.hazard.want, strict=True)):
        point.comparisons += 1
        got = None if g is None else point.backend.to_numpy(g.raw)
        if (got is None) != (want is None) or (want is not None and far(point.hazard, got, want)):
            yield f"input {i}: got {short(got)}, expected {short(want)}"
        elif g is not None and g.dtype != x.dtype:
            yield f"input {i}: a gradient of {g.dtype} for a source of {x.dtype}"


def tangents(point: Point) -> Iterator[str]:
    """The same by forward mode, along ones, and for complex inputs along i."""
    hazard = point.hazard
    for i, (x, want) in enumerate(zip(arrays(hazard), hazard.want, strict=True)):
        for along in () if x.dtype.kind not in "fcV" else (1.0, 1j) if x.dtype.kind == "c" else (1.0,):
            point.comparisons += 1
            expected = expected_forward(hazard, want, along)
            slope = forward(hazard, point.backend, i, along)
            if (slope is None) != (expected is None) or (expected is not None and far(hazard, slope, expected)):
                yield f"input {i}: got {slope}, expected {expected}"


def expected_forward(hazard: Hazard, want: Any, along: complex) -> float | None:
    """The real pairing of a gradient with a tangent of all `along`, which the forward mode must tell too."""
    if want is None:
        return None
    if hazard.forward is not None:
        return float(hazard.forward)
    g = np.sum(np.asarray(want))
    return float(np.real(g) if along == 1.0 else np.imag(g))


def limits(point: Point) -> Iterator[str]:
    """The expected gradient is the limit of difference quotients in 250 digits, or of a convention that is written down."""
    from unigrad_conformance.oracles.precise import decide, unproved  # needs mpmath, which nothing else here does

    verdict = decide(point.hazard)
    point.left_out = verdict.silence
    point.comparisons += len(verdict.elements)
    yield from unproved(point.hazard, verdict)


def framework(point: Point) -> Iterator[str]:
    """The native framework differs where the data say so, and only there; its zeros are our None."""
    hazard, home = point.hazard, point.backend.name
    point.comparisons += 1
    try:
        found = natively(hazard, point.backend)
        pairs = zip(found, hazard.want, strict=True) if hazard.error is None else ()
        differs = hazard.error is not None or any(
            far(hazard, g, np.zeros_like(g) if w is None else w) for g, w in pairs
        )
        told = ", ".join(short(g) for g in found)
    except Exception as e:  # noqa: BLE001  (a native framework that raises answers otherwise)
        differs, told = hazard.error is None, f"{type(e).__name__}: {str(e)[:200]}"
    row = differences.at_point(hazard.label, home)
    if differs and row is None:
        add = telling.to_add(home, told, point=hazard.label)
        yield f"{home} differs, and no row says why: {told}; expected {answer(hazard)}. {add}"
    elif row is not None and not differs:
        yield telling.stale(home, row.name, repr(hazard.label), f"the point {hazard.label!r}")
    elif row is not None:
        point.known.add(f"{home}: {row.why}")


def answer(hazard: Hazard) -> str:
    """What a hazard wants, in one line: the gradients, or the error."""
    if hazard.error is not None:
        return hazard.error.__name__
    return ", ".join("None" if w is None else short(w) for w in hazard.want)


def has_numbers(hazard: Hazard, backend: Backend) -> bool:
    """The expression is no error."""
    return hazard.error is None


@dataclass(frozen=True)
class PointCheck:
    """One check of a point."""

    name: str
    title: str
    run: Callable[[Point], Iterator[str]]
    applies: Callable[[Hazard, Backend], bool] = has_numbers


POINT_CHECKS = (
    PointCheck("error at a point", "the expression is an error", error, lambda h, b: h.error is not None),
    PointCheck("warning at a point", "a source that cannot have a gradient is told of", warning),
    PointCheck("vjp at a point", "the gradient of each input", gradients),
    PointCheck("jvp at a point", "the directional derivative of each input", tangents),
    PointCheck("limit at a point", "the expected gradient, against limits of differences in 250 digits", limits),
    PointCheck(
        "native at a point", "the native autodiff answers otherwise where the data say so, and only there", framework,
        lambda h, b: has_native(b),
    ),
)  # fmt: skip


def check_hazard(hazard: Hazard, subject: Subject | Backend, plan: Plan | None = None) -> Report:
    """Our answer on this backend is the expected one, in both modes; and its native one is where the data say it is."""
    plan = plan or Plan()
    if isinstance(subject, Backend):
        subject = Tapes(subject)
    backend, column, report = subject.backend, column_of(subject), Report()
    if not all(has_dtype(backend, x.dtype) for x in arrays(hazard)):
        return report
    report.cases = 1
    point, size = Point(hazard, backend), sum(np.size(x) for x in hazard.inputs)
    for check in POINT_CHECKS:
        if (plan.checks and check.name not in plan.checks) or (not subject.is_ours and check.run is not framework):
            continue
        if not check.applies(hazard, backend):
            continue
        cell = report.cell(hazard.label, column, check.name)
        point.comparisons, point.known, point.left_out = 0, set(), ""
        with np.errstate(all="ignore"), theirs(), subject.scope():
            try:
                texts = list(check.run(point))
            except Exception as e:  # noqa: BLE001  (whatever is raised is a failure of this point, told with the rest)
                texts = [f"raised {type(e).__name__}: {str(e)[:300]}"]
        cell.comparisons += point.comparisons
        cell.known |= point.known
        if point.left_out:
            cell.left_out[point.left_out] = 1
        cell.failures += [
            Failure(hazard.label, check.name, column, hazard.label, hazard.dtype, text, int(size)) for text in texts
        ]
    return report


def has_dtype(backend: Backend, dtype: np.dtype) -> bool:
    """Whether the backend has this dtype."""
    try:
        backend.native_dtype(dtype)
    except DTypeError:
        return False
    return True
