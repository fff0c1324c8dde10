"""All cases of one row or expression on one backend: which of them in which precision and order."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import unigrad as ug
from unigrad.backend import Backend
from unigrad.errors import DTypeError
from unigrad_conformance.cases import Case
from unigrad_conformance.checks import Checker
from unigrad_conformance.differences import expected
from unigrad_conformance.differences.telling import stale
from unigrad_conformance.report import Failure, Report, narrow


def precisions(backend: Backend) -> list[np.dtype]:
    """The real floating dtypes that a backend has."""
    found = []
    for name in ("float64", "float32", "float16", "bfloat16"):
        dtype = ug.dtypes.BY_NAME[name]
        try:
            backend.native_dtype(dtype)
        except DTypeError:
            continue
        found.append(dtype)
    return found


def check_group(cases: Sequence[Case], backend: Backend, *, depth: str = "quick") -> Report:
    """All cases of one row or expression, on one backend.

    Args:
        cases: of one group.
        backend: where they run.
        depth: "quick" takes every shape in the widest precision, the first ones in second order too, and one of each kind in
            the narrower precisions. "thorough" takes everything everywhere (two-byte floats in first order). "light" takes a
            few shapes, for a library that compiles each op for each shape.
    """
    report = Report()
    if not cases:
        return report
    row, group = cases[0].row, cases[0].group
    thorough = depth == "thorough"
    widest, *narrower = precisions(backend)
    chosen = [c for c in cases if thorough or (c.light if depth == "light" else not c.thorough)]
    seconds = 0
    for case in chosen:
        twice = case.second and (thorough or case.lead or (depth == "quick" and seconds < 3))
        seconds += twice
        Checker(case, backend, widest, report, case.lead or thorough).check((1, 2) if twice else (1,))
    for dtype in narrower:
        for case in chosen if thorough else [c for c in chosen if c.lead]:
            if (
                case.wrt
                and not case.is_empty
                and (dtype.itemsize > 2 or (case.two_bytes and not case.is_complex and runs(case, backend, dtype)))
            ):
                orders = (1, 2) if thorough and dtype.itemsize > 2 else (1,)
                Checker(case, backend, dtype, report, thorough).check(orders)
    for d in expected(group, backend.name):
        if d not in report.used and any(respect == d.respect and d.when in name for respect, name in report.seen):
            where = f"{group}, {d.respect}" + (f", cases with {d.when!r}" if d.when else "")
            report.failures.append(Failure(group, "stale difference", stale(d.native, d.row, where, "that case")))
    if row is not None and any(c.wrt for c in cases) and not report.reached:
        report.failures.append(Failure(group, "no sample", "no case reached the row's derivative rule"))
    return report


def runs(case: Case, backend: Backend, dtype: Any) -> bool:
    """Whether the library itself computes this in a two-byte float."""
    raws = [
        backend.asarray(a, None, None, True) if isinstance(a, np.ndarray) else a
        for a in (narrow(a, dtype) for a in case.args)
    ]
    try:
        found = backend.dtype_of(case.native(backend, *raws))
    except Exception:  # noqa: BLE001  (no kernel for this dtype: any error says so)
        return False
    return found.kind not in "fc" or found.itemsize <= 2  # else it computed in another
