"""On JAX a quick run compiles a trial at once: the same answers, the same mistakes told. In float64, complex128 and float32."""

import contextlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import unigrad as ug
from tests.test_conformance_catches import BREAKS, POINTS, broken, hazard
from unigrad.backend import load
from unigrad.primitive import TABLE
from unigrad_conformance.at_once import AtOnce
from unigrad_conformance.cases import cases_of
from unigrad_conformance.compiling import CHEAPLY, compiled, known
from unigrad_conformance.groups import check_group, trials
from unigrad_conformance.oracles import native
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import check_hazard
from unigrad_conformance.results import Report
from unigrad_conformance.shares import CASES, COMPLEX, OP_BY_OP
from unigrad_conformance.subjects import Tapes
from unigrad_conformance.trial import Notes, Trial

jax = pytest.importorskip("jax", reason="JAX is the library that compiles")

#: mistakes that show in a shape that only some seeds draw: a seed that draws it
SEEDS = {"a shape that does not broadcast back": 17}


def quick(name: str, seed: int = 0) -> Report:
    """The quick judgement of one row on JAX."""
    return check_group(list(cases_of(TABLE[name], seed)), load("jax"), Plan(seed=seed))


def both(name: str, is_complex: bool, dtype: str = "float64") -> list[Trial]:
    """The first case of a row, at once and op by op."""
    case = next(c for c in cases_of(TABLE[name]) if c.lead and c.is_complex == is_complex)
    return [kind(case, load("jax"), dtype, order=2 if dtype == "float64" else 1) for kind in (AtOnce, Trial)]


@pytest.mark.parametrize(
    ("name", "is_complex", "dtype"),
    [
        ("sin", False, "float64"), ("multiply", True, "float64"), ("matmul", False, "float32"), ("vecdot", True, "float64"),
        ("cumulative_prod", False, "float64"), ("eigvalsh", False, "float64"), ("sort", False, "float64"),
    ],
)  # fmt: skip
def test_the_answers_are_those_of_op_by_op(name: str, is_complex: bool, dtype: str) -> None:
    with ug.use_backend("jax") as backend:
        one, other = both(name, is_complex, dtype)
        assert one.trouble is None
        close = {"rtol": 1e-10, "atol": 1e-12} if dtype == "float64" else {"rtol": 1e-4, "atol": 1e-5}
        for x, y in (
            (one.value, other.value),
            (one.tangent, other.tangent),
            *zip(one.gradients, other.gradients, strict=True),
        ):
            assert (x.dtype, x.shape, x.device) == (y.dtype, y.shape, y.device)
            np.testing.assert_allclose(x.numpy(), y.numpy(), **close)
        np.testing.assert_allclose(one.native_value, other.native_value, **close)
        np.testing.assert_allclose(one.rows, other.rows, **close)
        np.testing.assert_allclose(one.columns, other.columns, **close)
        for (g, t), (h, u) in zip(one.alone, other.alone if one.alone else [], strict=True):
            np.testing.assert_allclose(g.numpy(), h.numpy(), **close)
            np.testing.assert_allclose(t.numpy(), u.numpy(), **close)
        for modes in one.mixings if one.order > 1 else ():
            np.testing.assert_allclose(one.higher(modes), other.higher(modes), **close)
        for what in ("rows", "columns", *(("second",) if one.order > 1 else ())):
            np.testing.assert_allclose(
                one.told(native(backend), what).numbers, other.told(native(backend), what).numbers, **close
            )


def test_a_trial_is_two_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    from unigrad_conformance import at_once

    made: list[Any] = []
    monkeypatch.setattr(at_once, "compiled", lambda *a: made.append(a[0]) or compiled(*a))
    report = quick("sin", seed=0 if not COMPLEX.takes(complex_case("sin"), 0) else 1)
    assert not report.failures
    assert len(made) == 2 * report.cases, "one of ours and one of JAX's own for each"


def complex_case(name: str) -> str:
    """The name of a row's first complex case."""
    return next(c.name for c in cases_of(TABLE[name]) if c.lead and c.is_complex)


def test_the_seeds_are_right() -> None:
    assert CASES.takes("matmul[(3,2) (4,2,3)]", SEEDS["a shape that does not broadcast back"])


@pytest.mark.parametrize("what", BREAKS)
def test_broken_rule_is_caught(what: str) -> None:
    """A mistake in complex numbers alone, or in one mixing alone, is noticed by one of two seeds."""
    name, breaking = BREAKS[what]
    with breaking():
        failures = [f for seed in (SEEDS.get(what, 0), 1) for f in quick(name, seed).failures]
    assert any("raised" not in f.detail for f in failures), f"{name}: {what} went unnoticed, or the break only raises"
    assert not quick(name).failures


@pytest.mark.parametrize("what", [w for w in POINTS if w != "sqrt not absorbed"])
def test_broken_hazard_is_caught(what: str) -> None:
    name, breaking = POINTS[what]
    assert not check_hazard(hazard(name), load("jax")).failures
    with breaking():
        assert check_hazard(hazard(name), load("jax")).failures, f"{what} went unnoticed"


def test_a_rule_that_cannot_be_traced_is_told() -> None:
    def looks(x: Any) -> Any:
        return ug.cos(x) if float(ug.sum(x)) != 1e9 else x

    with broken("sin", "partials", (looks,)):
        failures = quick("sin").failures
    assert {f.check for f in failures} == {"traced at once"}, "op by op it is right"
    assert "under a trace" in failures[0].detail


def test_what_differs_without_a_compiler_is_told() -> None:
    """The check of some ops, by the seed, in which nothing is compiled at once."""
    case = next(c for c in cases_of(TABLE["sin"]) if c.lead)

    def ours(x: Any) -> Any:
        return ug.sin(x) if isinstance(x.raw, jax.core.Tracer) else ug.sin(x) * 1.001

    for seed in range(OP_BY_OP.one_in):
        report = check_group([replace(case, ours=ours)], load("jax"), Plan(seed=seed, dtypes=("float64",)))
        cell = report.cells["sin", "jax", "outside of jax.jit"]
        if cell.comparisons:
            break
    assert cell.failures, "one of so many seeds draws it, and it is told"
    assert {f.check for f in report.failures} == {"outside of jax.jit"}


def test_without_a_program_it_runs_op_by_op() -> None:
    with ug.use_backend("jax") as backend:
        case = next(c for c in cases_of(TABLE["nonzero"]) if c.lead)
        trial = AtOnce(case, backend, "float64")
        assert trial.ours is None
        assert trial.trouble is not None
        assert trial.value.shape == Trial(case, backend, "float64").value.shape


@pytest.mark.parametrize(("thoroughness", "kind"), [("quick", AtOnce), ("full", Trial)])
def test_a_full_run_is_op_by_op(thoroughness: str, kind: type[Trial]) -> None:
    cases = list(cases_of(TABLE["sin"]))
    found = list(trials(cases, Tapes(load("jax")), Plan(thoroughness), Notes()))  # type: ignore[arg-type]
    assert {type(trial) for trial in found} == {kind}
    other = list(trials(cases, Tapes(load("numpy")), Plan(thoroughness), Notes()))  # type: ignore[arg-type]
    assert {type(trial) for trial in other} == {Trial}


def test_options_that_this_version_has_not_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHEAPLY, "xla_no_such_option", 1)
    known.cache_clear()
    with contextlib.ExitStack() as stack:
        stack.callback(known.cache_clear)
        assert "xla_no_such_option" not in known()
        assert set(known()) <= set(CHEAPLY)
        assert float(compiled(lambda x: x + 1, np.float64(1.0))) == 2.0


def test_a_mistake_of_the_compilers_alone_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """As XLA's without its optimiser: what disagrees is asked again op by op."""
    from unigrad_conformance import at_once

    def wrong(*args: Any) -> Any:
        return jax.tree.map(lambda x: x * float("nan") if x.dtype.kind == "f" else x, compiled(*args))

    monkeypatch.setattr(at_once, "compiled", wrong)
    assert not quick("sin").failures
