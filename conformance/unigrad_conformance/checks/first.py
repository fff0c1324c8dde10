"""First derivatives: the whole Jacobian by each mode, against each kind of oracle."""

from collections.abc import Callable, Iterator

from unigrad_conformance.checks.check import Check
from unigrad_conformance.checks.judging import (
    Judge,
    by_native,
    by_others,
    by_truth,
    rounded,
    without_native,
    without_others,
)
from unigrad_conformance.trial import Trial


def reverse(judge: Judge) -> Callable[[Trial], Iterator[str]]:
    """Rows of the Jacobian, one of a pullback."""
    return lambda trial: judge(trial, trial.rows, "rows")


def forward(judge: Judge) -> Callable[[Trial], Iterator[str]]:
    """Columns of the Jacobian, one of a push forward."""
    return lambda trial: judge(trial, trial.columns, "columns")


CHECKS = (
    Check(
        "vjp against native", "reverse mode, against the library's own autodiff",
        reverse(by_native), without_native, shows="r",
    ),
    Check(
        "jvp against native", "forward mode, against the library's own autodiff",
        forward(by_native), without_native, shows="f",
    ),
    Check(
        "vjp against another backend", "reverse mode, against unigrad on another backend",
        reverse(by_others), without_others, depth="quick", shows="r",
    ),
    Check(
        "jvp against another backend", "forward mode, against unigrad on another backend",
        forward(by_others), without_others, depth="quick", shows="f",
    ),
    Check(
        "vjp against differences", "reverse mode, against finite differences",
        reverse(by_truth), rounded, respect="first", shows="r",
    ),
    Check(
        "jvp against differences", "forward mode, against finite differences",
        forward(by_truth), rounded, respect="jvp", shows="f",
    ),
)  # fmt: skip
