"""All cases of one row or expression on one backend: which of them in which precision and order, and every check of each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import unigrad as ug
from unigrad import kinds
from unigrad.backend import Backend, load
from unigrad.errors import DTypeError
from unigrad_conformance import differences
from unigrad_conformance.arrays import narrow
from unigrad_conformance.at_once import AtOnce
from unigrad_conformance.branches import unreached
from unigrad_conformance.cases import Case
from unigrad_conformance.checks import CHECKS, Check
from unigrad_conformance.checks.judging import known, named
from unigrad_conformance.compiling import dtype_of
from unigrad_conformance.differences.telling import stale
from unigrad_conformance.layouts import has_layout
from unigrad_conformance.oracles import Undecided, has_native, importable
from unigrad_conformance.plan import Plan
from unigrad_conformance.reproduce import script
from unigrad_conformance.results import Cell, Failure, Report
from unigrad_conformance.shares import CASES, COMPILING, COMPLEX, DTYPES, is_shared
from unigrad_conformance.subjects import Subject, Tapes, column_of
from unigrad_conformance.trial import Notes, Trial

DEPTHS = ("light", "quick", "full", "exhaustive")
#: cases of a quick run that are taken in second order, besides the first
SECONDS = 3
#: the samples of every run are chosen where all oracles can tell
DRAWN = "the sample that the seed draws lies at a kink, or at the edge of a domain"


def check_group(cases: Sequence[Case], subject: Subject | Backend, plan: Plan | None = None) -> Report:
    """All cases of one row or expression, on one backend (that is, of unigrad there) or another subject."""
    plan, report = plan or Plan(), Report()
    if not cases:
        return report
    if isinstance(subject, Backend):
        subject = Tapes(subject)
    if is_shared(subject.backend.name, plan):
        plan = replace(plan, thoroughness="light")
    chosen = chosen_checks(plan)
    notes = Notes()
    with subject.scope():
        for trial in trials(cases, subject, plan, notes):
            report.cases += 1
            for check in chosen:
                run_check(check, trial, report)
    finish(cases, subject, plan, notes, report)
    untaken(cases, subject, plan, report)
    return report


def chosen_checks(plan: Plan) -> list[Check]:
    """The checks of a plan."""
    depth = DEPTHS.index(plan.thoroughness)
    return [
        c
        for c in CHECKS
        if c.order <= plan.orders and (c.name in plan.checks if plan.checks else DEPTHS.index(c.depth) <= depth)
    ]


def run_check(check: Check, trial: Trial, report: Report) -> None:
    """One check of one trial, into its cell."""
    case, subject = trial.case, trial.subject
    if not subject.is_ours and not check.respect:
        return  # it is about unigrad
    cell = report.cell(case.group, column_of(subject), check.name)
    trial.comparisons, trial.known, trial.miss = 0, set(), None
    texts = said(check, trial, cell)
    if texts and isinstance(trial, AtOnce) and trial.trouble is None:
        again = trial.op_by_op()
        if not check.leave_out(
            again
        ):  # without its optimiser XLA makes mistakes of its own: op by op is what a user runs
            texts, trial.miss = said(check, again, cell), again.miss
    cell.comparisons += trial.comparisons
    if not subject.is_ours:
        trial.notes.seen.add((subject.name, check.respect, case.name))
        row = known(case, subject.name, check.respect) if texts else None
        if row is not None:
            trial.notes.used.add(row)
            trial.known.add(named(row))
            texts = []
    cell.known |= trial.known
    if not texts:
        return
    size = sum(int(np.size(a)) for a in case.args)
    try:
        program = script(check, trial)
    except Exception:  # noqa: BLE001  (what is broken may not come as far: the check is run again by its script then)
        program = ""
    cell.failures += [
        Failure(case.group, check.name, column_of(subject), case.name, str(trial.dtype), text, size, program)
        for text in texts
    ]


def said(check: Check, trial: Trial, cell: Cell) -> list[str]:
    """What a check says of a trial, into whose cell goes why it is left out."""
    try:
        reason = unsaid(trial) or check.leave_out(trial)
        if reason:
            cell.left_out[reason] = cell.left_out.get(reason, 0) + 1
            return []
        return list(check.run(trial))
    except Undecided as e:
        if trial.seed:
            cell.left_out[DRAWN] = cell.left_out.get(DRAWN, 0) + 1
            return []
        return [str(e)]
    except Exception as e:  # noqa: BLE001  (whatever an op raises is a failure of the check, told with the rest)
        return [f"raised {type(e).__name__}: {str(e)[:300]}"]


def unsaid(trial: Trial) -> str:
    """A framework cannot say the case in its own words."""
    home = trial.backend.name
    return f"{home} cannot say it" if not trial.subject.is_ours and home in trial.case.not_native else ""


# -- which cases -------------------------------------------------------------------------------------------------------


def trials(cases: Sequence[Case], subject: Subject, plan: Plan, notes: Notes) -> Iterator[Trial]:
    """The trials of a plan: every shape in the widest precision, and one of each kind in the narrower ones; or all in all."""
    depth, backend = DEPTHS.index(plan.thoroughness), subject.backend
    thorough = plan.thoroughness in ("full", "exhaustive")
    widest, *narrower = precisions(backend)
    peers = peers_of(backend, thorough)
    swift = [b for b in peers if b.name not in COMPILING]
    kind, shared = Trial, is_shared(backend.name, plan)
    # what a share is drawn from is what a quick run takes elsewhere
    chosen = [c for c in cases if is_taken(c, subject, replace(plan, thoroughness="quick") if shared else plan)]
    if shared:
        kind = AtOnce
        # an op that nothing is differentiated of has no first case to lead
        chosen = [c for c in chosen if is_drawn(c, plan.seed) or (c is chosen[0] and not c.lead)]
        narrower = [
            d for k, d in enumerate(narrower) if d.name in plan.dtypes or DTYPES.takes(cases[0].group, plan.seed + k)
        ]
    if not plan.dtypes or widest.name in plan.dtypes:
        seconds = 0
        for case in chosen:
            twice = case.second and (thorough or case.lead or (depth == 1 and seconds < SECONDS))
            seconds += twice
            order = (3 if thorough or case.lead else 2) if twice else 1
            yield kind(
                case,
                subject,
                widest,
                order=order,
                peers=peers if case.lead else swift if thorough else (),
                seed=plan.seed,
                notes=notes,
            )
    for dtype in narrower:
        if plan.dtypes and dtype.name not in plan.dtypes:
            continue
        for case in (
            chosen if depth == 3 else [c for c in chosen if not c.layout] if thorough else [c for c in chosen if c.lead]
        ):
            if case.wrt and not case.is_empty and takes(case, subject, dtype) and not ties(case, dtype, plan.seed):
                order = 2 if thorough and case.second and dtype.itemsize > 2 else 1
                yield kind(
                    case,
                    subject,
                    dtype,
                    order=order,
                    whole=thorough,
                    peers=swift if thorough else (),
                    seed=plan.seed,
                    notes=notes,
                )


def is_taken(case: Case, subject: Subject, plan: Plan) -> bool:
    """Whether a plan takes a case on a subject."""
    if case.layout and not (subject.is_ours and has_layout(subject.backend, case.layout)):
        return False
    if case.exhaustive or plan.thoroughness == "exhaustive":
        return plan.thoroughness == "exhaustive"
    return plan.thoroughness == "full" or (case.light if plan.thoroughness == "light" else not case.thorough)


def is_drawn(case: Case, seed: int) -> bool:
    """Whether the seed draws a case, where a run takes shares."""
    share = CASES if not case.lead else COMPLEX if case.is_complex else None
    return share is None or share.takes(case.name, seed)


def peers_of(backend: Backend, all_of_them: bool) -> list[Backend]:
    """The backends that are asked besides: NumPy, and on a backend without autodiff of its own one that has it, or all."""
    found = [load("numpy")] if backend.name != "numpy" else []
    if not has_native(backend) or all_of_them:
        frameworks = [b for b in importable(("torch", "jax")) if b.name != backend.name]
        found += frameworks if all_of_them else frameworks[:1]
    return found


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


def takes(case: Case, subject: Subject, dtype: Any) -> bool:
    """Whether the library itself computes this in a narrower float; derivatives in two bytes are a promise of ours alone."""
    backend = subject.backend
    if dtype.itemsize > 2:
        return True
    if not case.two_bytes or case.is_complex or not subject.is_ours:
        return False
    raws = [
        backend.asarray(a, None, backend.device, True) if isinstance(a, np.ndarray) else a
        for a in (narrow(a, dtype) for a in case.args)
    ]
    try:
        function = partial(case.native, backend)
        found = dtype_of(function, *raws) if backend.name in COMPILING else backend.dtype_of(function(*raws))
    except Exception:  # noqa: BLE001  (no kernel for this dtype: any error says so)
        return False
    return found.kind not in "fc" or found.itemsize <= 2  # else it computed in another


def ties(case: Case, dtype: np.dtype, seed: int) -> bool:
    """Whether two numbers become one in two bytes, where there may be a kink: of a large sample, or of one that a seed draws."""
    if dtype.itemsize > 2 or isinstance(case.row, kinds.Linear | kinds.Multilinear):
        return False
    if not seed and (case.second or not isinstance(case.row, kinds.General)):
        return False
    numbers = np.concatenate([np.ravel(a) for a in case.args if isinstance(a, np.ndarray) and a.dtype.kind == "f"])
    return bool(np.unique(narrow(numbers, dtype).astype(np.float64)).size < np.unique(numbers).size)


# -- what no single case can tell --------------------------------------------------------------------------------------


def finish(cases: Sequence[Case], subject: Subject, plan: Plan, notes: Notes, report: Report) -> None:
    """The cases reached the row's rule, and the known differences are still there."""
    group, column, home = cases[0].group, column_of(subject), subject.backend.name

    def fail(check: str, text: str) -> None:
        report.cell(group, column, check).failures.append(Failure(group, check, column, group, "", text))

    if plan.checks:
        return  # some were not made
    if subject.is_ours and cases[0].row is not None and any(c.wrt for c in cases):
        report.cell(group, column, "reached").comparisons += 1
        if not notes.reached:
            fail("reached", "no case reached the row's derivative rule")
    for row in differences.expected(group, home):
        report.cell(group, column, "known differences").comparisons += 1
        if row not in notes.used and any(
            (home, row.respect) == (native, respect) and row.when in name for native, respect, name in notes.seen
        ):
            where = f"{group}, {row.respect}" + (f", cases with {row.when!r}" if row.when else "")
            fail("known differences", stale(row.native, row.row, where, "that case"))


def untaken(cases: Sequence[Case], subject: Subject, plan: Plan, report: Report) -> None:
    """Each branch of the row's rules is taken by some case."""
    row, column, check = cases[0].row, column_of(subject), "branches of the rule"
    if (
        row is None
        or not subject.is_ours
        or subject.backend.name != "numpy"
        or plan.checks
        or plan.thoroughness == "light"
    ):
        return
    cell = report.cell(row.name, column, check)
    cell.comparisons += 1
    for branch in unreached(row, cases, subject):
        text = f"no case takes a branch of the rule: {branch}"
        cell.failures.append(Failure(row.name, check, column, row.name, "", text))
