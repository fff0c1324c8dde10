"""A failing case brings a program: it fails while the bug is there, and passes when it is gone."""

import ast
import subprocess
import sys
from typing import Any

import pytest

import unigrad as ug
from tests.helpers import run_python
from tests.test_conformance_catches import BREAKS, broken
from unigrad.primitive import TABLE
from unigrad_conformance.cases import cases_of
from unigrad_conformance.checks import CHECKS
from unigrad_conformance.expressions import expressions
from unigrad_conformance.groups import check_group
from unigrad_conformance.plan import Plan
from unigrad_conformance.results import Failure
from unigrad_conformance.scripts import again


def failures(name: str, backend: Any, *checks: str) -> list[Failure]:
    """What some checks, or all, say of a row or an expression."""
    cases = list(cases_of(TABLE[name])) if name in TABLE else next(c for c in expressions() if c[0].group == name)
    return check_group(cases, backend, Plan(checks=checks)).failures


def run(script: str) -> None:
    exec(compile(script, "script", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("what", BREAKS)
def test_the_smallest_failure_of_a_check_is_a_program_that_fails_as_long_as_the_bug_is_there(what, backend):
    name, breaking = BREAKS[what]
    with ug.use_backend(backend) as chosen:
        with breaking():
            found = failures(name, chosen)
            smallest = {f.check: f for f in sorted(found, key=lambda f: -f.size)}
            short = {
                c.name for c in CHECKS if c.shows
            }  # the others are run again, which `unigrad_conformance.scripts` says
            scripts = [f.script for f in smallest.values() if f.check in short and not f.detail.startswith("raised")]
            assert scripts, found
            assert all(scripts), found
            for script in scripts:
                with pytest.raises((AssertionError, ValueError, AttributeError)):
                    run(script)
        for script in scripts:
            run(script)


def test_a_program_uses_unigrad_and_numpy_alone_in_a_process_of_its_own():
    with ug.use_backend("numpy") as chosen, broken("sin", "partials", (lambda x: 1.001 * ug.cos(x),)):
        script = failures("sin", chosen, "vjp against differences")[0].script
    imports = [n for n in ast.walk(ast.parse(script)) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert {n.module if isinstance(n, ast.ImportFrom) else n.names[0].name for n in imports} == {"numpy", "unigrad"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    off = script.replace("assert_allclose(found", "assert_allclose(found + 1")
    assert subprocess.run([sys.executable, "-c", off], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize(
    ("name", "row", "rule"),
    [
        ("powers", "pow", lambda x, y: 1.01 * y * x ** (y - 1)),
        ("writes in a loop", "pow", lambda x, y: 1.01 * y * x ** (y - 1)),
        ("x used twice", "sin", lambda x: 1.01 * ug.cos(x)),
    ],
)
def test_an_expression_brings_its_own_text(name, row, rule):
    partials = TABLE[row].partials
    with ug.use_backend("numpy") as chosen:
        with broken(row, "partials", (rule, *partials[1:])):
            found = [f for f in failures(name, chosen, "vjp against differences") if "raised" not in f.detail]
            scripts = [f.script for f in found if "with gaps" not in f.case]  # a layout is shown by the check itself
            assert scripts
            assert all(scripts)
            with pytest.raises(AssertionError):
                run(scripts[0])
        run(scripts[0])


def test_a_check_that_is_run_again_is_run_as_it_was():
    """On JAX in 64 bits, which it has not as it starts: the program passed, whatever the failure."""
    failure = Failure("sin", "vjp against native", "jax", "sin[()]", "float64", "it differs")
    script = again("row", "sin", failure, Plan("full")) + "assert report.comparisons\n"
    done = run_python(script)
    assert done.returncode == 0, done.stderr
