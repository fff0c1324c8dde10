"""Second and third derivatives in the mixings of both modes, against the library's own autodiff and against differences."""

from collections.abc import Callable, Iterator

import numpy as np

from unigrad_conformance.arrays import coordinates
from unigrad_conformance.checks.check import Check
from unigrad_conformance.checks.judging import Judge, by_native, by_truth, rounded, without_native
from unigrad_conformance.runs import SECOND
from unigrad_conformance.trial import Trial

#: like `SECOND`
THIRD = ("rrr", "fff", "rfr", "frf")
WORDS = {"r": "reverse", "f": "forward"}
KINDS = {2: "second", 3: "third"}


def told_of(modes: str) -> str:
    """reverse over forward"""
    return " over ".join(WORDS[m] for m in reversed(modes))


def judged(modes: str, judge: Judge) -> Callable[[Trial], Iterator[str]]:
    """The gradient of the derivative along the tangents; of forward modes alone its pairing with one tangent more."""
    kind = KINDS[len(modes)]

    def run(trial: Trial) -> Iterator[str]:
        got = trial.higher(modes)
        if "r" in modes:
            yield from judge(trial, got, kind)
            return
        ct = coordinates([trial.cotangent], [trial.reference])
        yield from judge(trial, np.array([ct @ got]), f"{kind} paired")

    return run


def no_second(judge_out: Callable[[Trial], str], modes: str) -> Callable[[Trial], str]:
    """Why a trial takes no derivative of this order."""

    def leave_out(trial: Trial) -> str:
        if reason := judge_out(trial):
            return reason
        if trial.order < len(modes):
            return f"derivatives of order {len(modes)} are taken of a few cases of each op"
        return "" if len(modes) > 2 or modes in trial.mixings else "the seed draws other mixings of both modes"

    return leave_out


CHECKS = tuple(
    Check(
        f"{told_of(modes)} against {against}",
        f"{KINDS[len(modes)]} derivatives by {told_of(modes)}, against {what}",
        judged(modes, judge),
        no_second(out, modes),
        "light" if len(modes) == 2 else "quick",
        len(modes),
        respect if against == "differences" else "",
        modes,
    )
    for modes in (*SECOND, *THIRD)
    for respect in [KINDS[len(modes)]]
    for against, what, judge, out in (
        ("native", "the library's own autodiff", by_native, without_native),
        ("differences", "finite differences", by_truth, rounded),
    )
)
