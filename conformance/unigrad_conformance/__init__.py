"""The conformance suite: every row of unigrad's table, on any backend, against oracles that use none of unigrad's rules.

``python -m unigrad_conformance --backend torch`` runs it. A backend or an op of your own is checked like the library's: the
rows are taken from the table, and the backend from its entry point.

* `cases`: samples of a row, from its domain.
* `expressions`: public functions, each written once over an array API namespace.
* `hazards`: points where frameworks disagree, with the one right answer; a module for each chapter of the measured table of 262.
  `points`: how they are checked.
* `oracles`: the native autodiff of a backend, and finite differences.
* `differences`: where a native framework is known to answer otherwise: data, with the reason and a program that shows it.
* `checks`: what is compared. `groups`: which cases, in which precision. `run`: all of it.
"""

from unigrad_conformance.cases import Case, cases_of, rows
from unigrad_conformance.groups import check_group
from unigrad_conformance.report import Failure, Report
from unigrad_conformance.run import run

__all__ = ["Case", "Failure", "Report", "cases_of", "check_group", "rows", "run"]
