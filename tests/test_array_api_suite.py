"""What runs the standard's own suite: names in the data file, outcomes, and what is told of them."""

import argparse
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent / "array_api_suite"


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("suite_runner", HERE / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_data_file_has_reasons(runner: ModuleType) -> None:
    for backend in ("numpy", "jax", "torch"):
        plain, taped = (runner.known_failures(backend, t) for t in (False, True))
        assert len(taped) == len(plain) + 1
        assert all(len(k.reason) > 20 and k.tests and k.backends for k in taped)


def test_a_star_stands_for_anything_and_nothing_else_does(runner: ModuleType) -> None:
    row = runner.runs.Known(("test_a.py::test_b[exp(* is +0) -> *]",), ("numpy",), "", False)
    assert row.covers("test_a.py::test_b[exp(x is +0) -> 1]")
    assert not row.covers("test_a.py::test_b[exp(x is -0) -> 1]")
    assert not row.covers("test_a.py::test_b[exp(x is +0) -> 1] and more")


def outcome(runner: ModuleType, outcomes: dict[str, str], capsys: Any) -> tuple[int, str]:
    options = argparse.Namespace(tape=False)
    new = runner.judge("numpy", {"outcomes": outcomes, "reasons": {"test_x.py::test_y": "AssertionError: 2"}}, options)
    return new, capsys.readouterr().out


def test_a_new_failure_is_counted_and_told_with_its_reason(runner: ModuleType, capsys: Any) -> None:
    known = "test_special_cases.py::test_binary[floor_divide(x1_i is +infinity and isfinite(x2_i) and x2_i > 0) -> +infinity]"
    new, told = outcome(runner, {"test_x.py::test_y": "failed", known: "failed", "test_x.py::test_z": "passed"}, capsys)
    assert new == 1
    assert "1 passed, 2 failed, 0 skipped; 1 known, 1 new" in told
    assert "new: test_x.py::test_y: AssertionError: 2" in told
    assert "nothing fails any more of: test_special_cases.py::test_unary[expm1" in told
    assert outcome(runner, {known: "failed"}, capsys)[0] == 0


def test_it_runs_a_suite_and_sees_what_fails(runner: ModuleType, tmp_path: Path, capsys: Any) -> None:
    folder = tmp_path / "array_api_tests"
    folder.mkdir()
    (folder / "test_small.py").write_text(
        "import unigrad as xp\n"
        "def test_right():\n    assert float(xp.sum(xp.ones((2,)))) == 2\n"
        "def test_wrong():\n    assert float(xp.sum(xp.ones((2,)))) == 3\n"
        "def test_recorded():\n    import unigrad.recording as r\n    assert bool(r.listening().recorders) is RECORDED\n"
        "RECORDED = bool(__import__('os').environ['UNIGRAD_SUITE_TAPE'])\n"
    )
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser):\n"
        "    for name in ('--disable-deadline', '--derandomize'):\n        parser.addoption(name, action='store_true')\n"
        "    parser.addoption('--max-examples')\n"
    )
    for tape in ([], ["--tape"]):
        sys.argv[1:], old = [str(tmp_path), "--backend", "numpy", *tape], sys.argv[1:]
        try:
            assert runner.main() == 1
        finally:
            sys.argv[1:] = old
        told = capsys.readouterr().out
        assert "2 passed, 1 failed, 0 skipped; 0 known, 1 new" in told
        assert "new: test_small.py::test_wrong" in told


def test_a_baseline_of_other_names_is_told(runner: ModuleType, capsys: Any) -> None:
    """A run whose tests the baseline does not know finds no failure there: that must not pass for a good result."""
    result = {"outcomes": {"a/test_x.py::test_one": "failed", "a/test_x.py::test_two": "passed"}}
    assert runner.runs.strangers(result, {"elsewhere/a/test_x.py::test_one": "passed"})
    assert "--baseline" in capsys.readouterr().out
    assert runner.runs.strangers(result, {})
    assert not runner.runs.strangers(result, result["outcomes"])
