"""Which units a run has: by patterns, checks, dtypes and subjects. What a failure of a whole unit brings. In float64 on NumPy."""

import subprocess
import sys

import pytest

from unigrad_conformance.catalogue import PROGRAMS, chosen, names, programs
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import POINT_CHECKS
from unigrad_conformance.results import Failure
from unigrad_conformance.run import Unit, broken_off, check_unit, units
from unigrad_conformance.scripts import with_scripts
from unigrad_conformance.shares import NATIVE


def kinds(**more):
    return {u.kind for u in units(["numpy"], [], Plan(**more), random_programs=25)}


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("sin", {"sin", "asin", "sinh", "asinh", "isin"}), ("sin*", {"sin", "sinh"}), ("?sin", {"asin", "isin"}),
        ("max() full, ties [1,2*", {"max() full, ties [1,2,2]"}), ("nothing", set()),
    ],
)  # fmt: skip
def test_patterns(pattern, meant):
    among = ["sin", "asin", "sinh", "asinh", "isin", "cosh", "max() full, ties [1,2,2]"]
    assert set(chosen([pattern], among)) == meant


def test_everything_is_a_unit_once_on_each_backend():
    found = units(["numpy", "torch"], random_programs=5)
    assert len(set(found)) == len(found) == 2 * (len(names()) + 3)
    assert list(programs(5)) == ["programs 0 to 1", "programs 2 to 3", "programs 4 to 4"]


def test_a_plan_leaves_out_what_it_has_nothing_for():
    assert kinds() == {"row", "expression", "hazard", "programs"}
    assert kinds(checks=("vjp against differences",)) == {"row", "expression"}
    assert kinds(checks=(POINT_CHECKS[2].name,)) == {"hazard"}
    assert kinds(checks=(PROGRAMS,)) == {"programs"}
    assert "programs" not in kinds(dtypes=("float32",))
    some = {u.name for u in units(["numpy"], [], Plan(dtypes=("float32",))) if u.kind == "hazard"}
    assert 0 < len(some) < 50, "hazards of float64 have no part in a run of float32"


def test_random_programs_are_ours_alone():
    found = units(["jax", "jax" + NATIVE], random_programs=2)
    assert [u.backend for u in found if u.kind == "programs"] == ["jax"]


def test_what_a_backend_raises_is_a_failure_of_the_unit(monkeypatch):
    def raising(*_):
        raise ZeroDivisionError("by this test")

    monkeypatch.setattr(sys.modules[check_unit.__module__], "check_group", raising)
    report = check_unit(Unit("row", "sin", "numpy"), Plan())
    (failure,) = report.failures
    assert (failure.op, failure.check, failure.backend) == ("sin", "runs", "numpy")
    assert failure.detail == "ZeroDivisionError: by this test"
    assert "Unit('row', 'sin', 'numpy')" in failure.script


def test_a_failure_without_a_program_is_its_check_run_again():
    report = check_unit(Unit("hazard", "A abs at -0,0", "numpy"), Plan())
    assert not report.failures
    cell = report.cells["A abs at -0,0", "numpy", "vjp at a point"]
    for size in (3, 2):
        cell.failures.append(Failure(cell.op, cell.check, "numpy", cell.op, "float64", "planted", size))
    first, second = with_scripts("hazard", cell.op, report, Plan()).failures
    assert (first.size, second.size, second.script) == (2, 3, "")
    assert "checks=('vjp at a point',)" in first.script
    done = subprocess.run([sys.executable, "-c", first.script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr  # since the library is right
    wrong = first.script.replace("assert not report.failures", "assert not report.comparisons")
    assert subprocess.run([sys.executable, "-c", wrong], capture_output=True, check=False).returncode == 1


def test_broken_off_counts_one_case():
    report = broken_off(Unit("row", "sin", "numpy"), Plan(), "why")
    assert (report.cases, report.comparisons, [f.detail for f in report.failures]) == (1, 1, ["why"])
