"""What the two modes, and the arguments, say of each other."""

from collections.abc import Iterator

import numpy as np

from unigrad_conformance.arrays import coordinates, short
from unigrad_conformance.checks.check import Check, differentiated
from unigrad_conformance.tolerance import apart, rounding
from unigrad_conformance.trial import Trial


def forward_is_reverse(trial: Trial) -> Iterator[str]:
    """Both modes give one Jacobian: <ct, J t> of all cotangents and tangents, by each."""
    trial.compared()
    cts = np.array([coordinates([ct], [trial.reference]) for ct in trial.cotangents])
    ts = np.array([coordinates(t, trial.problem.sources) for t in trial.directions])
    if not cts.size or not ts.size:
        return
    left, right = trial.rows @ ts.T, cts @ trial.columns.T
    size = np.abs(trial.rows) @ np.abs(ts.T) + np.abs(cts) @ np.abs(trial.columns.T)
    far = apart(left, right, rounding(trial.judged, 1, trial.least) * (1 + size), 1.0)
    if far > 1:
        yield f"{far:.3g} times the tolerance apart; reverse {short(left)}, forward {short(right)}"


def alone(trial: Trial) -> Iterator[str]:
    """Each argument differentiated alone gives what it gives among the others, and their tangents add up."""
    total = 0
    for g, i, (lone, tangent) in zip(trial.gradients, trial.case.wrt, trial.alone, strict=True):
        if (lone is None) != (g is None):
            yield f"argument {i} is {'not ' if lone is None else ''}connected alone"
        elif lone is not None:
            yield from (f"argument {i}: {text}" for text in trial.compare(lone, trial.numbers(g)))
        total = total + (0 if tangent is None else trial.numbers(tangent))
    if trial.tangent is not None:
        yield from (f"tangents added up: {text}" for text in trial.compare(trial.tangent, total))


def several(trial: Trial) -> str:
    """There are several arguments."""
    return differentiated(trial) or ("" if len(trial.case.wrt) > 1 else "one argument")


CHECKS = (
    Check("forward equals reverse", "both modes give one Jacobian", forward_is_reverse, respect="both", shows="any"),
    Check(
        "each argument alone",
        "alone an argument has the derivatives that it has among the others",
        alone,
        several,
        shows="any",
    ),
)
