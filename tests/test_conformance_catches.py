"""The suite notices a rule that is wrong: each test breaks one on purpose."""

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import unigrad as ug
from unigrad import sweeps
from unigrad.cotangents import ZERO
from unigrad.primitive import TABLE
from unigrad_conformance.cases import cases_of
from unigrad_conformance.groups import check_group
from unigrad_conformance.points import HAZARDS, check_hazard
from unigrad_conformance.results import Report

BACKENDS = ("numpy", "torch")


@pytest.fixture(params=BACKENDS)
def where_run(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A backend judged by finite differences and others' autodiffs, and one judged by its own."""
    with ug.use_backend(request.param) as chosen:
        yield chosen


@contextlib.contextmanager
def broken(name: str, attribute: str, value: Any) -> Iterator[None]:
    """A row of the table with one of its rules replaced; as it was, afterwards."""
    row = TABLE[name]
    kept = getattr(row, attribute)
    change(row, attribute, value)
    try:
        yield
    finally:
        change(row, attribute, kept)


def change(row: Any, attribute: str, value: Any) -> None:
    """Give a row another rule; what was made of the old one is forgotten."""
    if attribute == "partials":
        row.define(value)
    else:
        setattr(row, attribute, value)
        row.rules.clear()


def check(name: str, backend: Any) -> Report:
    """The suite's judgement of one row."""
    return check_group(list(cases_of(TABLE[name])), backend)


def replaced(rules: tuple[Any, ...], i: int, rule: Any) -> tuple[Any, ...]:
    """The rules with another one at place i."""
    return (*rules[:i], rule, *rules[i + 1 :])


def partial(name: str, i: int, rule: Any) -> Callable[[], Any]:
    """Break the i-th partial derivative of an elementwise row."""
    return lambda: broken(name, "partials", replaced(TABLE[name].partials, i, rule))


def transpose(name: str, i: int, rule: Any, attribute: str = "transpose") -> Callable[[], Any]:
    """Break the i-th transpose of a row."""
    return lambda: broken(name, attribute, replaced(tuple(getattr(TABLE[name], attribute)), i, rule))


def of(name: str, attribute: str, i: int = 0) -> Any:
    """A rule as it is."""
    return getattr(TABLE[name], attribute)[i]


right_reshape, right_sum = of("reshape", "transpose"), of("sum", "transpose")
right_prod, right_left = of("prod", "vjps"), of("matmul", "transposes")

right_solve, right_eigh = TABLE["solve"].both, of("eigh", "jvps")
right_vecdot, right_var = of("vecdot", "transposes"), of("var", "jvps")


def not_summed(ct: Any, y: Any, x_shape: Any) -> Any:
    """A product's transpose that forgets the axes along which x was broadcast."""
    if len(y.shape) < 2 or len(x_shape) < 2:
        return right_left(ct, y, x_shape)
    return ug.matmul(ct, ug.conj(ug.matrix_transpose(y)))


def unconjugated(ct: Any, y: Any, x_shape: Any, axis: int) -> Any:
    """A transpose with a conjugate taken back."""
    return right_vecdot(ug.conj(ct), y, x_shape, axis)


def too_long(ct: Any, x: Any, out: Any, axis: Any, keepdims: bool) -> Any:
    """A cotangent that is 0.1 % off."""
    return right_prod(ct, x, out, axis, keepdims) * 1.001


def too_short(t: Any, x: Any, axis: Any, keepdims: bool, correction: float) -> Any:
    """A tangent that is 0.1 % off."""
    return right_var(t * 0.999, x, axis, keepdims, correction)


def both_off(ct: Any, a: Any, out: Any, a_shape: Any, b_shape: Any) -> Any:
    """A joint pullback that is 0.1 % off."""
    ga, gb = right_solve(ct, a, out, a_shape, b_shape)
    return ga * 1.001, gb


def full_gaps(t: Any, out: Any, x_shape: Any) -> Any:
    """A tangent of eigenvalues and vectors with another sign."""
    return -right_eigh(t, out, x_shape)


BREAKS = {
    "0.1 % off, unary": ("sin", partial("sin", 0, lambda x: 1.001 * ug.cos(x))),
    "0.1 % off, second argument": ("divide", partial("divide", 1, lambda y, out: -1.001 * (out / y))),
    "wrong sign": ("cos", partial("cos", 0, lambda x: ug.sin(x))),
    "wrong to second order alone": (
        "exp",
        partial("exp", 0, lambda out: ug.asarray(out).detach() if type(out) is ug.Tensor else out),
    ),
    "arguments exchanged": ("multiply", lambda: broken("multiply", "partials", (lambda x: x, lambda y: y))),
    "a lost argument": ("hypot", partial("hypot", 1, ZERO)),
    "a lost conjugate in the rule": ("abs", partial("abs", 0, lambda x: ug.sign(x))),
    "a lost conjugate in a transpose": ("vecdot", transpose("vecdot", 0, unconjugated, "transposes")),
    "a conjugate too many": ("conj", transpose("conj", 0, lambda ct: ct)),
    "a transposed axis": (
        "permute_dims",
        transpose("permute_dims", 0, lambda ct, axes: TABLE["permute_dims"](ct, axes=axes)),
    ),
    "wrong way round": (
        "roll",
        transpose("roll", 0, lambda ct, shift, axis: TABLE["roll"](ct, shift=shift, axis=axis)),
    ),
    "not flipped back": (
        "cumulative_sum",
        transpose("cumulative_sum", 0, lambda ct, axis: TABLE["cumulative_sum"](ct, axis=axis)),
    ),
    "0.1 % off in a transpose": (
        "reshape",
        transpose("reshape", 0, lambda ct, x_shape: right_reshape(ct * 1.001, x_shape)),
    ),
    "a mean not divided": (
        "mean",
        transpose("mean", 0, lambda ct, x_shape, axis, keepdims: right_sum(ct, x_shape, axis, keepdims), "vjps"),
    ),
    "vjp alone off": ("prod", transpose("prod", 0, too_long, "vjps")),
    "jvp alone off": ("var", lambda: broken("var", "jvps", (too_short,))),
    "a pullback of two that is off": ("solve", lambda: broken("solve", "both", both_off)),
    "a wrong sign in one mode": ("eigh", lambda: broken("eigh", "jvps", (full_gaps,))),
    "a transpose forgotten": ("inv", transpose("inv", 0, lambda ct, out: -ug.matmul(out, ug.matmul(ct, out)), "vjps")),
    "a shape that does not broadcast back": ("matmul", transpose("matmul", 0, not_summed, "transposes")),
}


@pytest.mark.parametrize("what", BREAKS)
def test_broken_rule_is_caught(what: str, where_run: Any) -> None:
    name, breaking = BREAKS[what]
    before = check(name, where_run)
    assert not before.failures, before.failures[:3]
    vjp_only = right_of(name)
    with breaking():
        found = check(name, where_run).failures
        assert any("raised" not in f.detail for f in found), f"{name}: {what} went unnoticed, or the break only raises"
    assert vjp_only == right_of(name)
    assert not check(name, where_run).failures


def right_of(name: str) -> Any:
    """The rules of a row, to see that they are back."""
    row = TABLE[name]
    return [getattr(row, a) for a in ("partials", "transpose", "transposes", "vjps", "jvps") if hasattr(row, a)]


def hazard(name: str) -> Any:
    """A hazard point by its name."""
    return next(h for h in HAZARDS if h.label == name)


POINTS = {
    "a wrong sign on a tie": (
        "A maximum(x,y), x==y",
        partial("maximum", 1, lambda x, y: -TABLE["heaviside_weight"](y, x)),
    ),
    "a tie that one side takes": (
        "A maximum(x,y), x==y",
        partial("maximum", 0, lambda x, y: ug.astype(x >= y, ug.float64)),
    ),
    "a kink with another subgradient": (
        "A abs at -0,0",
        partial("abs", 0, lambda x: ug.where(x >= 0, 1.0, ug.sign(x))),
    ),
    "0 * log 0": ("B pow(0,2)", partial("pow", 1, lambda x, out: out * ug.log(x))),
    "0 * 0**-1": ("B x**0.0 (py float) at 0", partial("pow", 0, lambda x, y: y * x ** (y - 1))),
    "a squared modulus": (
        "J hypot(1e200,1e200) (true 0.7071)",
        partial("hypot", 0, lambda x, y: x / ug.sqrt(x * x + y * y)),
    ),
    "division by zero": ("B prod [0,2,3]", transpose("prod", 0, lambda ct, x, out: ct * out / x, "vjps")),
    "sqrt not absorbed": ("C index-away nan: sqrt(x)[1] x=[0,4]", lambda: broken_absorb()),
}


@contextlib.contextmanager
def broken_absorb() -> Iterator[None]:
    """A product in which a zero does not absorb."""
    with pytest.MonkeyPatch.context() as patch:
        for name in BACKENDS:
            with ug.use_backend(name) as backend:
                patch.setitem(
                    TABLE["absorbing_multiply"].kernels,
                    type(backend.asarray(1.0, None, None, True)),
                    lambda x, y: x * y,
                )
        yield


@pytest.mark.parametrize("what", POINTS)
def test_broken_hazard_is_caught(what: str, where_run: Any) -> None:
    name, breaking = POINTS[what]
    assert not check_hazard(hazard(name), where_run).failures
    with breaking():
        assert check_hazard(hazard(name), where_run).failures, f"{what} went unnoticed"
    assert not check_hazard(hazard(name), where_run).failures


@pytest.mark.parametrize(
    ("what", "name", "instead"),
    [
        ("unbroadcast", "add", lambda right: lambda ct, shape: right(ct, shape) * 1.001),
        ("unbroadcast", "multiply", lambda right: lambda ct, shape: ug.broadcast_to(ug.mean(ct), shape)),
        ("conj", "exp", lambda right: lambda x: x),
    ],
)
def test_broken_engine_is_caught(
    what: str, name: str, instead: Any, where_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not check(name, where_run).failures
    monkeypatch.setattr(sweeps, what, instead(getattr(sweeps, what)))
    assert check(name, where_run).failures


def test_a_row_that_no_sample_reaches_is_caught(where_run: Any) -> None:
    row = TABLE["sin"]
    cases = [c for c in cases_of(row) if c.is_empty]
    plain = [type(c)(c.group, c.name, lambda x: x * 1, lambda b, x: x * 1, c.args, c.wrt, row=row) for c in cases]
    assert any(f.check == "reached" for f in check_group(plain, where_run).failures)


def test_a_known_difference_that_is_gone_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from unigrad_conformance import differences

    stale = differences.Difference("sin", "torch", "first", "", "made up", "a-row")
    monkeypatch.setattr(differences, "DIFFERENCES", (stale,))
    with ug.use_backend("torch") as torch:
        assert [f.check for f in check("sin", torch).failures] == ["known differences"]


@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        ("H zeros_like(x) only", {"want": (None,)}, "vjp at a point"),
        ("H constant output", {"want": ([0.0],)}, "vjp at a point"),
        ("H constant output", {"want": ([0.0],)}, "jvp at a point"),
        ("F max of empty", {"error": ug.DTypeError}, "error at a point"),
        ("F sum of empty", {"error": ug.ShapeError}, "error at a point"),
        ("G int64 source", {"dtype": "float64"}, "vjp at a point"),
        ("B sqrt(x)**2 at 0", {"forward": math.nan}, "jvp at a point"),
        ("E imag(z)", {"want": ([-1j],)}, "jvp at a point"),
    ],
)
def test_a_wrong_status_is_caught(name: str, change: dict[str, Any], what: str, where_run: Any) -> None:
    told = [f.check for f in check_hazard(dataclasses.replace(hazard(name), **change), where_run).failures]
    assert what in told
