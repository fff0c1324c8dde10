"""value_and_grad on NumPy arrays against HIPS autograd's, and against the tape that it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import unigrad as ug
from benchmarks.problems import Problem, problems
from benchmarks.report import Row, against
from benchmarks.timing import Run, agree, interleave


def runs_of(problem: Problem) -> dict[str, Run]:
    import autograd
    import autograd.numpy as anp

    x = problem.x
    ours, theirs = problem.make(ug, lambda a: a), problem.make(anp, lambda a: a)
    both, peers = ug.value_and_grad(ours), autograd.value_and_grad(theirs)

    def tape() -> Any:
        t = ug.asarray(x)
        with ug.GradientTape() as tape:
            tape.watch(t)
            y = ours(t)
        return [y.raw, tape.gradient(y, t).raw]

    return {"ours": lambda: list(both(x)), "autograd": lambda: list(peers(x)), "a tape by hand": tape}


def rows(quick: bool) -> Iterator[Row]:
    for problem in problems()[: 2 if quick else None]:
        runs = runs_of(problem)
        agree(runs)
        timing = interleave(runs, 3 if quick else 9)
        what = f"value_and_grad on NumPy, {problem.name}"
        yield against(timing, "functional", what, "ours", "autograd", unit="us", bound=1.25)
        yield against(timing, "functional", what, "ours", "a tape by hand", unit="us")
