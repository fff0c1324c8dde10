"""Each branch of each rule is taken by a case, in float64 on NumPy; and the suite notices one that is not."""

import contextlib
from typing import Any

import pytest

import unigrad as ug
from unigrad.backend import load
from unigrad.ops import reductions
from unigrad.ops.elementwise import cos
from unigrad.primitive import TABLE
from unigrad_conformance.branches import Watch, branches_of, callers, unreached, within
from unigrad_conformance.cases import cases_of
from unigrad_conformance.groups import check_group
from unigrad_conformance.plan import Plan
from unigrad_conformance.subjects import Tapes
from unigrad_conformance.unreachable import UNREACHABLE


@pytest.mark.parametrize("name", TABLE)
def test_row(name: str) -> None:
    row = TABLE[name]
    with ug.use_backend("numpy"):
        assert [str(b) for b in unreached(row, list(cases_of(row)), Tapes(load("numpy")))] == []


def test_what_is_excused_is_a_branch() -> None:
    there = {(b.function, b.text, b.truth) for code in callers() for b in branches_of(code)}
    assert set(UNREACHABLE) <= there


def chooses(a: Any, b: Any = None) -> Any:
    if b is not None and a:
        return 1
    while a > 5:
        a -= 1
    if not 0 < a <= 5:
        raise ValueError
    return [k for k in range(3) if k == a]


@pytest.mark.parametrize(
    ("calls", "missed"),
    [
        ([(3,)], {"a > 5 True", "a False", "a True", "b is not None True", "k == a True"}),
        ([(2, 1), (2,)], {"a > 5 True", "a False"}),
        ([(2, 1), (7, None), (0.0, 1)], {"k == a True"}),
        ([(2,), (7, 0), (0, 7)], {"a > 5 True"}),
    ],
)  # fmt: skip
def test_conditions(calls: list[Any], missed: set[str]) -> None:
    codes = list(within(chooses.__code__))
    with Watch(codes) as watch:
        for args in calls:
            with contextlib.suppress(ValueError):
                chooses(*args)
    assert {f"{b.text} {b.truth}" for b in watch.missed(codes)} == missed


@pytest.mark.parametrize("thoroughness", ["quick", "full"])
def test_a_planted_branch_that_no_case_takes(thoroughness: Any) -> None:
    row, backend = TABLE["sin"], load("numpy")
    kept, cases = row.partials, list(cases_of(TABLE["sin"]))
    row.define((lambda x: cos(x) if len(x.shape) < 7 else x,))
    try:
        report = check_group(cases, backend, Plan(thoroughness))
        light = check_group(cases, backend, Plan("light"))
    finally:
        row.define(kept)
    (failure,) = report.failures
    assert (failure.op, failure.check) == ("sin", "branches of the rule")
    assert "'len(x.shape) < 7' is never false" in failure.detail
    assert not light.failures
    assert not check_group(cases, backend, Plan(thoroughness)).failures


def test_what_a_function_remembers_hides_no_branch() -> None:
    """A helper of the rules of sum is cached: asked before by others, it would not run while it is watched."""
    helper = reductions._kept_shape
    code = helper.__wrapped__.__code__
    helper((2, 3), None)
    with Watch([code]) as watch:
        helper((2, 3), None)
    assert watch.steps[code]
