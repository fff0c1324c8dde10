"""Comparing with an oracle, and where a framework's autodiff is known to answer otherwise."""

from collections.abc import Callable, Iterator

from unigrad_conformance import differences
from unigrad_conformance.arrays import Array
from unigrad_conformance.cases import Case
from unigrad_conformance.checks.check import differentiated
from unigrad_conformance.differences import telling
from unigrad_conformance.oracles import Framework, Oracle, Undecided, has_native, native, ours, truths
from unigrad_conformance.trial import Trial

ORDERS = {"rows": 1, "columns": 1, "second": 2, "third": 3, "second paired": 2, "third paired": 3}
RESPECTS = {
    "rows": "first", "columns": "jvp", "second": "second", "third": "third", "second paired": "second", "third paired": "third",
}  # fmt: skip

Judge = Callable[[Trial, Array, str], Iterator[str]]


def against(trial: Trial, oracle: Oracle, got: Array, what: str) -> Iterator[str]:
    """Compare with one oracle's answer of this kind."""
    try:
        trial.told(oracle, what)
    except Exception as e:  # noqa: BLE001  (a framework may raise anything; it is told as a disagreement)
        yield f"{oracle.name} raised {type(e).__name__}: {str(e)[:200]}"
        return
    yield from (f"{oracle.name}: {text}" for text in trial.compare_numbers(got, oracle, what, ORDERS[what]))


def against_native(trial: Trial, oracle: Framework, got: Array, what: str) -> Iterator[str]:
    """Compare with a framework's autodiff; where it is known to differ, note that."""
    home, respect, case = oracle.backend.name, RESPECTS[what], trial.case
    trial.notes.seen.add((home, respect, case.name))
    texts = list(against(trial, oracle, got, what))
    row = known(case, home, respect) if texts else None
    if row is None:
        yield from (text + told_how(trial, home, got, what, text) for text in texts)
    else:
        trial.notes.used.add(row)
        trial.known.add(named(row))


def told_how(trial: Trial, home: str, got: Array, what: str, answer: str) -> str:
    """The row to add for a difference, where what needs no automatic differentiation says that we are right."""
    try:
        if not trial.subject.is_ours or rounded(trial) or any(True for _ in by_truth(trial, got, what)):
            return ""
    except Undecided:
        return ""
    return ". " + telling.to_add(home, answer, group=trial.case.group, respect=RESPECTS[what], case=trial.case.name)


#: where second derivatives differ, third ones do; what compares both modes differs where one does
WIDER = {"third": ("third", "second"), "both": ("first", "jvp")}


def known(case: Case, home: str, respect: str) -> differences.Difference | None:
    """The known difference that explains one."""
    rows = (differences.known(case.group, home, r, case.name) for r in WIDER.get(respect, (respect,)))
    return next((row for row in rows if row is not None), None)


def named(row: differences.Difference) -> str:
    """A known difference in one line."""
    return f"{row.native}: {row.reason}"


# -- who judges ------------------------------------------------------------------------------------------------------


def by_native(trial: Trial, got: Array, what: str) -> Iterator[str]:
    """The backend's own autodiff; for a backend without one those of the others."""
    for oracle in natives(trial):
        yield from against_native(trial, oracle, got, what)


def natives(trial: Trial) -> list[Framework]:
    """The frameworks that can differentiate the case's native form."""
    chosen = [trial.backend] if has_native(trial.backend) else [b for b in trial.peers if has_native(b)]
    return [native(b) for b in chosen if b.name not in trial.case.not_native]


def by_others(trial: Trial, got: Array, what: str) -> Iterator[str]:
    """unigrad on other backends."""
    for oracle in others(trial):
        yield from against(trial, oracle, got, what)


def others(trial: Trial) -> list[Framework]:
    """unigrad on the other backends that are asked."""
    return [ours(b) for b in trial.peers]


def by_truth(trial: Trial, got: Array, what: str) -> Iterator[str]:
    """What needs no automatic differentiation."""
    for oracle in truths():
        yield from against(trial, oracle, got, what)


# -- and why not -----------------------------------------------------------------------------------------------------


def without_native(trial: Trial) -> str:
    """Nobody there has an autodiff for it."""
    return differentiated(trial) or ("" if natives(trial) else "no framework's own autodiff takes this case here")


def without_others(trial: Trial) -> str:
    """Other libraries are not asked."""
    return differentiated(trial) or ("" if trial.peers else "no other backend is asked about this case")


def rounded(trial: Trial) -> str:
    """The value has fewer digits than differences need."""
    if reason := differentiated(trial):
        return reason
    return "the value passed through a coarser dtype" if trial.judged != trial.dtype else ""
