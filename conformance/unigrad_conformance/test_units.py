"""One test for each op on each backend: ``pytest --pyargs unigrad_conformance``."""

import warnings

import pytest

from unigrad_conformance.command.exits import Refused
from unigrad_conformance.facts import ask
from unigrad_conformance.plan import Plan
from unigrad_conformance.run import Unit, check_unit

SHOWN = 5
_asked: dict[str, str] = {}


def test_unit(unit: Unit | Refused, plan: Plan) -> None:
    """Everything that was compared agrees."""
    if isinstance(unit, Refused):
        pytest.fail(str(unit), pytrace=False)
    if unit.backend not in _asked:
        _asked[unit.backend] = ask(unit.backend).message
    if _asked[unit.backend]:
        pytest.fail(_asked[unit.backend], pytrace=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 0 / 0 is what hazards are made of
        report = check_unit(unit, plan)
    if report.failures:
        script = next((f.script for f in report.failures if f.script), "")
        told = [str(f) for f in report.failures[:SHOWN]]
        more = [f"and {len(report.failures) - SHOWN} failures more"] * (len(report.failures) > SHOWN)
        pytest.fail("\n".join([*told, *more, "", script]), pytrace=False)
    if not report.comparisons:
        reasons = {reason for cell in report.cells.values() for reason in cell.left_out}
        pytest.skip("; ".join(sorted(reasons)) or "nothing of it is compared here")
