"""A program for a failure that brings none of its own: its check is run again on its op, and fails as long as it did."""

from dataclasses import replace

import unigrad as ug
from unigrad_conformance.catalogue import checks
from unigrad_conformance.plan import Plan
from unigrad_conformance.results import Failure, Report

AGAIN = '''"""{title}"""

import os

from unigrad_conformance.workers import ENVIRONMENT

os.environ.update(ENVIRONMENT)  # before a library is imported: of JAX's two precisions one is off as it starts

from unigrad_conformance.plan import Plan
from unigrad_conformance.run import Unit, check_unit

plan = {plan!r}
report = check_unit(Unit({kind!r}, {name!r}, {backend!r}), plan)
for failure in report.failures:
    print(failure)
assert not report.failures
'''


def with_scripts(kind: str, name: str, report: Report, plan: Plan) -> Report:
    """The report of one unit, in which the smallest failure of each cell comes first and has a program."""
    for cell in report.cells.values():
        cell.failures.sort(key=lambda f: f.size)
        if cell.failures and not cell.failures[0].script:
            cell.failures[0] = replace(cell.failures[0], script=again(kind, name, cell.failures[0], plan))
    return report


def again(kind: str, name: str, failure: Failure, plan: Plan) -> str:
    """The check alone, in the dtype alone, where that can be chosen."""
    narrower = replace(
        plan,
        checks=(failure.check,) if failure.check in checks() else (),
        dtypes=(failure.dtype,) if failure.dtype in ug.dtypes.BY_NAME and kind != "hazard" else (),
    )
    title = " ".join(f"{failure.case} {failure.dtype} on {failure.backend}: {failure.check}.".split())
    return AGAIN.format(title=title, plan=narrower, kind=kind, name=name, backend=failure.backend)
