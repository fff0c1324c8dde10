"""One planted bug for each check, and what a check is silent about; broken oracles are noticed too."""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import unigrad as ug
from tests.test_conformance_catches import both_off, broken, right_prod, too_short
from unigrad import tape
from unigrad.backend import load
from unigrad.primitive import TABLE
from unigrad_conformance.cases import cases_of
from unigrad_conformance.checks import CHECKS, NAMES, first, higher, modes, status, values
from unigrad_conformance.differences import at_point
from unigrad_conformance.groups import DRAWN, check_group, ties
from unigrad_conformance.oracles import differences as finite
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import check_hazard, hazards
from unigrad_conformance.results import Failure, Report
from unigrad_conformance.subjects import NativeSubject

#: the checks of values and derivatives; those of compositions have bugs of their own
CORE = tuple(c.name for module in (values, status, first, modes, higher) for c in module.CHECKS)

right_finish = tape.finish


@contextlib.contextmanager
def kernel(name: str, change: Any, backend: str = "torch") -> Iterator[None]:
    """A backend's kernel of a row, replaced by a function of the right one."""
    with ug.use_backend(backend) as chosen, pytest.MonkeyPatch.context() as patch:
        array = type(chosen.asarray(1.0, None, None, True))
        TABLE[name](chosen.asarray(1.0, None, None, True))  # the kernel is looked up at the first call
        patch.setitem(TABLE[name].kernels, array, change(TABLE[name].kernels[array]))
        yield


@contextlib.contextmanager
def finishing(change: Any) -> Iterator[None]:
    """What a tape does to each gradient at the end, replaced."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tape, "finish", change)
        yield


def detached(out: Any) -> Any:
    """The derivative of exp, constant to the derivatives after it."""
    return ug.asarray(out).detach() if type(out) is ug.Tensor else out


def curved(out: Any) -> Any:
    """The derivative of exp with a right value and first derivative, and a wrong second one."""
    if type(out) is not ug.Tensor:
        return out
    away = out - out.detach()
    return out + away * away


def exp(rule: Any) -> Any:
    return lambda: broken("exp", "partials", (rule,))


def vjp_off(ct: Any, x: Any, out: Any, axis: Any, keepdims: bool) -> Any:
    return right_prod(ct, x, out, axis, keepdims) * 1.001


def cos_off_on_torch(x: Any) -> Any:
    """A derivative that is wrong on one backend alone."""
    return ug.cos(x) * (1.001 if type(getattr(x, "raw", x)).__module__.startswith("torch") else 1)


def off(right: Any) -> Any:
    return lambda x: right(x) * 1.001


BUGS: dict[str, tuple[str, Any]] = {
    "value": ("sin", lambda: kernel("sin", off)),
    "value against native": ("hypot", lambda: broken_function("hypot")),
    "value against another backend": ("sin", lambda: kernel("sin", off)),
    "dtype": ("sin", lambda: kernel("sin", lambda right: lambda x: right(x).double())),
    "status": ("sin", lambda: finishing(lambda source, ct, unconnected: None)),
    "dtype, shape and device": (
        "sin",
        lambda: finishing(lambda *given: ug.reshape(right_finish(*given), (-1,))),
    ),
    "zero of a constant": ("floor", lambda: finishing(lambda *given: right_finish(*given) + 1)),
    "vjp against native": ("prod", lambda: broken("prod", "vjps", (vjp_off,))),
    "vjp against another backend": ("sin", lambda: broken("sin", "partials", (cos_off_on_torch,))),
    "vjp against differences": ("prod", lambda: broken("prod", "vjps", (vjp_off,))),
    "jvp against native": ("var", lambda: broken("var", "jvps", (too_short,))),
    "jvp against another backend": ("sin", lambda: broken("sin", "partials", (cos_off_on_torch,))),
    "jvp against differences": ("var", lambda: broken("var", "jvps", (too_short,))),
    "forward equals reverse": ("var", lambda: broken("var", "jvps", (too_short,))),
    "each argument alone": ("solve", lambda: broken("solve", "both", both_off)),
    **{c.name: ("exp", exp(detached)) for c in higher.CHECKS if c.order == 2},
    **{c.name: ("exp", exp(curved)) for c in higher.CHECKS if c.order == 3},
}


@contextlib.contextmanager
def broken_function(name: str) -> Iterator[None]:
    """The public function that users call, with another factor than the row."""
    with pytest.MonkeyPatch.context() as patch:
        right = TABLE[name].function
        patch.setattr(TABLE[name], "function", lambda *xs: right(*xs) * 1.001)
        yield


def told(name: str, subject: Any, **plan: Any) -> Report:
    return check_group(list(cases_of(TABLE[name])), subject, Plan(**plan))


def shown(report: Report) -> list[Failure]:
    """Failures that are disagreements, not errors."""
    return [f for f in report.failures if "raised" not in f.detail]


def test_each_check_of_the_core_has_a_bug_here() -> None:
    assert set(CORE) == set(BUGS)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("check", BUGS)
def test_a_planted_bug_is_told_by_its_check(check: str) -> None:
    name, breaking = BUGS[check]
    torch = load("torch")
    assert told(name, torch, checks=(check,)).comparisons
    with breaking():
        found = shown(told(name, torch, checks=(check,)))
    assert {f.check for f in found} == {check}
    assert all(f.op == name and f.backend == "torch" and f.case.startswith(name) for f in found)
    assert any(f.size for f in found)
    assert not told(name, torch, checks=(check,)).failures


def test_a_bug_of_third_order_is_silent_before() -> None:
    torch = load("torch")
    with exp(curved)():
        found = {f.check for f in told("exp", torch, checks=CORE).failures}
    assert found == {c.name for c in higher.CHECKS if c.order == 3}


def test_a_plan_has_its_orders_checks_and_dtypes() -> None:
    numpy = load("numpy")
    assert {key[2] for key in told("exp", numpy, orders=1).cells} <= {c.name for c in CHECKS if c.order == 1} | {
        "reached", "branches of the rule",
    }  # fmt: skip
    assert {key[2] for key in told("exp", numpy, checks=("value",)).cells} == {"value"}
    with exp(lambda out: out * 1.5)():
        assert {f.dtype for f in told("exp", numpy, dtypes=("float32",), checks=CORE).failures if f.dtype} == {
            "float32"
        }
    other = told("exp", numpy, checks=("vjp against differences",), seed=7)
    assert other.comparisons
    assert not other.failures


def test_what_is_left_out_is_told() -> None:
    report = told("sin", load("strict"), checks=("vjp against differences", "each argument alone"))
    cell = report.cells["sin", "strict", "each argument alone"]
    assert (cell.status, cell.comparisons) == ("left out", 0)
    assert "one argument" in cell.left_out


@pytest.mark.parametrize(
    ("dtype", "factor"), [("float64", 1 + 1e-12), ("float32", 1 + 1e-4), ("float16", 1.1), ("bfloat16", 1.5)]
)
def test_tolerances_are_near_the_dtypes_own(dtype: str, factor: float) -> None:
    """A factor of a few dozen rounding errors is noticed: against the library's own autodiff in the widest dtype."""
    checks = ("vjp against native", "vjp against differences")
    with broken("sin", "partials", (lambda x: factor * ug.cos(x),)):
        assert shown(told("sin", load("torch"), checks=checks, dtypes=(dtype,)))


@pytest.mark.parametrize("native", ["native_pullback", "native_jvp"])
def test_a_broken_native_autodiff_is_noticed(native: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = load("torch")
    right = getattr(torch, native)

    def pullback(function: Any, primals: Any) -> Any:
        out, pull = right(function, primals)
        return out, lambda ct: [g * 1.001 for g in pull(ct)]

    def jvp(function: Any, primals: Any, tangents: Any) -> Any:
        return tuple(t * 1.001 for t in right(function, primals, tangents))

    monkeypatch.setattr(torch, native, pullback if native == "native_pullback" else jvp, raising=False)
    mode = "vjp" if native == "native_pullback" else "jvp"
    assert f"{mode} against native" in {f.check for f in told("sin", torch, orders=1).failures}
    found = {f.check for f in told("sin", NativeSubject(torch), orders=1).failures}
    assert found == {f"{mode} against differences", "forward equals reverse"}


def test_a_broken_stencil_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = finite.STENCILS[1]
    wrong = right._replace(sixth=(0, 0.7501, *right.sixth[2:]))
    monkeypatch.setitem(finite.STENCILS, 1, wrong._replace(fourth=wrong.sixth))
    assert {f.check for f in told("sin", load("torch"), orders=1).failures} >= {"vjp against differences"}


@pytest.mark.parametrize("framework", ["torch", "jax"])
def test_a_native_framework_is_a_subject(framework: str) -> None:
    subject = NativeSubject(load(framework))
    report = told("multiply", subject, thoroughness="light")
    assert report.comparisons
    assert not report.failures
    assert {key[1] for key in report.cells} == {f"{framework} native"}
    assert ("multiply", f"{framework} native", "vjp against native") not in report.cells


def test_a_known_difference_of_a_native_subject_is_known() -> None:
    jax = NativeSubject(load("jax"))
    report = told("sign", jax, thoroughness="light", orders=1, seed=1)  # draws the complex case, which is the known one
    assert not report.failures
    assert report.cells["sign", "jax native", "vjp against differences"].status == "known"
    torch = NativeSubject(load("torch"))
    points = [h for h in hazards() if h.error is None]
    same = next(h for h in points if at_point(h.label, "torch") is None)
    kink = next(h for h in points if at_point(h.label, "torch") is not None)
    assert not check_hazard(same, torch).failures
    report = check_hazard(kink, torch)
    assert not report.failures
    assert [cell.status for cell in report.cells.values()] == ["known"]


def test_finite_differences_tell_their_error() -> None:
    x, t = np.asarray(0.7), np.asarray(0.9)
    wants = [0.9 * np.cos(0.7), -(0.9**2) * np.sin(0.7), -(0.9**3) * np.cos(0.7)]
    for order, want in enumerate(wants, 1):
        told = finite.differenced(np.sin, [x], [[t]] * order)
        assert abs(told.numbers - want) <= told.error <= 1e-6
    single = finite.differenced(lambda x: np.asarray(np.float32(x)), [x], [[t]], float(np.finfo(np.float32).eps))
    assert abs(single.numbers - 0.9) <= single.error <= 1e-3
    jump = finite.differenced(lambda x: np.asarray(float(x > 0.7)), [x], [[t]])
    assert jump.error > 1


@pytest.mark.parametrize("away", [0.0, 1e-6, 2e-5])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_jump_inside_of_every_step_is_told_as_an_error(away: float, order: int) -> None:
    x, t = np.asarray(0.7), np.asarray(0.9)
    told = finite.differenced(lambda x: np.sin(x) + 3 * (x > 0.7 + away), [x], [[t]] * order)
    assert told.error > 0.1 * abs(told.numbers)


def test_a_failure_whose_program_cannot_be_written_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from unigrad_conformance import groups

    def broken(*_: object) -> str:
        raise ug.ShapeError("nothing fits")

    monkeypatch.setattr(groups, "script", broken)
    with ug.use_backend("numpy"):
        cases = [dataclasses.replace(c, ours=lambda x: ug.sin(x) * 2.0) for c in cases_of(TABLE["sin"])]
        found = check_group(cases, load("numpy"), Plan("light", orders=1)).failures
    assert found
    assert not any(f.script for f in found)


def test_an_oracle_that_cannot_tell_judges_nothing() -> None:
    """float64: at the edge of a domain any number would lie within the error of differences."""
    with ug.use_backend("numpy"):
        (case,) = [c for c in cases_of(TABLE["sqrt"]) if c.lead and not c.is_complex][:1]
        edge = dataclasses.replace(case, args=(np.full((2, 3), 1e-9),))
        found = check_group([edge], load("numpy"), Plan(checks=("vjp against differences",))).failures
        left = check_group(
            [edge], load("numpy"), Plan(checks=("vjp against differences",), dtypes=("float64",), seed=3)
        )
    assert any("cannot tell" in f.detail for f in found)
    assert not left.failures
    assert left.cells["sqrt", "numpy", "vjp against differences"].left_out == {DRAWN: 1}


def judged(f: Any, native: Any, x: Any) -> set[str]:
    """The checks that fail for a case of one argument whose native form is another expression of the same function."""
    with ug.use_backend("torch"):
        (case,) = [c for c in cases_of(TABLE["sin"]) if c.lead and not c.is_complex][:1]
        case = dataclasses.replace(
            case, args=(np.asarray(x),), ours=f, native=lambda backend, raw: native(backend.xp, raw), row=None
        )
        report = check_group([case], load("torch"), Plan(checks=("vjp against native",), dtypes=("float64",)))
    return {f.check for f in report.failures}


def cancelling(xp: Any, x: Any) -> Any:
    """sin(x), whose derivative is a sum of terms a million times as large."""
    return xp.sin(x) * xp.exp(1e6 * (x - 0.5)) / xp.exp(1e6 * (x - 0.5))


def test_what_an_oracle_loses_by_cancellation_is_told_from_a_mistake() -> None:
    x = [0.49997, 0.50003]
    assert not judged(ug.sin, cancelling, x)
    assert judged(lambda x: ug.sin(x) * (1 + 1e-7), cancelling, x)
    # ours may not lose what the oracle keeps
    assert judged(lambda x: cancelling(ug, x), lambda xp, x: xp.sin(x), x)


def test_a_badly_conditioned_case_is_judged_by_its_conditioning() -> None:
    x = np.array([1e7 + 0.7000000005, 1.3e7])
    assert not judged(lambda x: ug.sin(x), lambda xp, x: xp.sin((x + 2e7) - 2e7), x)
    assert judged(lambda x: ug.sin(x) * (1 + 1e-5), lambda xp, x: xp.sin((x + 2e7) - 2e7), x)


def test_a_jump_is_no_conditioning() -> None:
    def step(xp: Any, x: Any) -> Any:
        return xp.where(x * (1 / 3) * 3 > x, x * 2.0, x)

    assert judged(lambda x: x * (1 + 1e-6), step, [1.0, 0.7])


def test_numbers_that_become_one_in_two_bytes_are_no_sample_of_a_kink() -> None:
    half = np.dtype("float16")
    large = next(c for c in cases_of(TABLE["sort"]) if np.size(c.args[0]) == 300)
    assert ties(large, half, 0)
    assert not ties(large, np.dtype("float32"), 0)
    near = dataclasses.replace(large, args=(np.array([1.0, 1.00001, 2.0]),), second=True)
    assert ties(near, half, 5)
    assert not ties(near, half, 0), "samples of every run are chosen"
    assert not ties(next(c for c in cases_of(TABLE["sum"]) if np.size(c.args[0]) == 320), half, 0)
