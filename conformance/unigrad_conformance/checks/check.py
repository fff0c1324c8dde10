"""What a check is, and reasons to leave one out that several checks share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from unigrad_conformance.plan import Thoroughness
from unigrad_conformance.trial import Trial


def always(trial: Trial) -> str:
    """It applies to every trial."""
    return ""


def differentiated(trial: Trial) -> str:
    """It applies where a derivative is."""
    if not trial.case.wrt:
        return "no argument is differentiated"
    return "a result without derivative" if trial.is_constant else ""


@dataclass(frozen=True)
class Check:
    """One check, told of by itself."""

    #: "value", "vjp against native", "reverse over forward", ...
    name: str
    #: one line for a page
    title: str
    #: yields one text for each disagreement; it counts what it compares with `trial.compared`
    run: Callable[[Trial], Iterator[str]]
    #: why it does not apply to this trial; "": it does
    leave_out: Callable[[Trial], str] = differentiated
    #: the least thoroughness that takes it
    depth: Thoroughness = "light"
    #: of the derivatives that it looks at
    order: int = 1
    #: whether it holds for a framework's own autodiff too, and in which respect `differences` may excuse that: "first" for
    #: reverse mode, "jvp" for forward mode, "both", "second", "third", "value"; "": it is about unigrad alone
    respect: str = ""
    #: what its program shows: "value", or the modes of a derivative, the last the outermost ("r", "f", "rf", ...); "any": what
    #: any gradient has to be; "": it has none, and the check is run again
    shows: str = ""
