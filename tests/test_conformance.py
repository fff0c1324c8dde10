"""Every row of the table, every expression and every hazard point, on every backend."""

from collections.abc import Iterator

import pytest

import unigrad as ug
from unigrad.backend import Backend
from unigrad.primitive import TABLE
from unigrad_conformance.cases import Case, cases_of, rows
from unigrad_conformance.expressions import expressions
from unigrad_conformance.groups import check_group
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import HAZARDS, check_hazard
from unigrad_conformance.results import Report
from unigrad_conformance.shares import COMPILING

BACKENDS = ("numpy", "jax", "torch", "strict")
ROWS = [row.name for row in rows()]
EXPRESSIONS = {cases[0].group: cases for cases in expressions()}


@pytest.fixture(params=BACKENDS)
def each(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """The library's backends, and one that came in by the door for third parties."""
    with ug.use_backend(request.param) as chosen:
        yield chosen


def told(report: object) -> str:
    """The failures of a report, one a line."""
    return "\n".join(map(str, report.failures[:10]))


def quick(cases: list[Case], backend: Backend) -> Report:
    """The quick run; where it takes shares, of two seeds, which have each op's first cases and all mixings of second order."""
    report = Report()
    for seed in (0, 1) if backend.name in COMPILING else (0,):
        report.add(check_group(cases, backend, Plan(seed=seed)))
    return report


@pytest.mark.parametrize("name", ROWS)
def test_row(name: str, each: Backend) -> None:
    cases = list(cases_of(TABLE[name]))
    assert cases, f"the domain of {name} gives no sample"
    report = quick(cases, each)
    assert not report.failures, told(report)
    assert report.comparisons


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expression(name: str, each: Backend) -> None:
    report = quick(EXPRESSIONS[name], each)
    assert not report.failures, told(report)


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda h: h.label)
def test_hazard(hazard: object, each: Backend) -> None:
    report = check_hazard(hazard, each)
    assert not report.failures, told(report)


@pytest.mark.sweep
@pytest.mark.parametrize("name", ROWS)
def test_row_in_every_shape_and_precision(name: str, each: Backend) -> None:
    report = check_group(list(cases_of(TABLE[name])), each, Plan("full"))
    assert not report.failures, told(report)


@pytest.mark.sweep
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expression_in_every_precision(name: str, each: Backend) -> None:
    report = check_group(EXPRESSIONS[name], each, Plan("full"))
    assert not report.failures, told(report)
