"""A Hessian-vector product against a gradient of the same function, and against HIPS autograd's and torch's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import unigrad as ug
from benchmarks.problems import Problem, problems
from benchmarks.report import Row, against
from benchmarks.timing import Run, agree, interleave

GRADIENTS = 3.0  # the most gradients that a product may cost


def on_numpy(problem: Problem) -> dict[str, Run]:
    """Ours and HIPS autograd's, on NumPy arrays."""
    import autograd
    import autograd.numpy as anp

    x, v = problem.x, np.ones_like(problem.x)
    ours, theirs = problem.make(ug, lambda a: a), problem.make(anp, lambda a: a)
    product = autograd.hessian_vector_product(theirs)
    gradient = ug.grad(ours)
    return {"ours": lambda: ug.hvp(ours, x, v), "gradient": lambda: gradient(x), "autograd": lambda: product(x, v)}


def on_torch(problem: Problem) -> dict[str, Run]:
    """Ours on torch tensors, and torch's: reverse over reverse, as torch.autograd.functional.vhp does it."""
    import torch

    x = torch.tensor(problem.x)
    v = torch.ones_like(x)
    of: Any = torch.tensor
    ours, theirs = problem.make(ug, of), problem.make(torch, of)
    gradient = ug.grad(ours)
    return {
        "ours": lambda: ug.hvp(ours, x, v),
        "gradient": lambda: gradient(x),
        "torch": lambda: torch.autograd.functional.vhp(theirs, x, v)[1],
    }


def rows(quick: bool) -> Iterator[Row]:
    for problem in problems()[: 2 if quick else None]:
        for library, runs in (("NumPy", on_numpy(problem)), ("torch", on_torch(problem))):
            peer = "autograd" if library == "NumPy" else "torch"
            agree({name: run for name, run in runs.items() if name != "gradient"}, rtol=1e-7)
            timing = interleave(runs, 3 if quick else 9)
            what = f"hvp on {library}, {problem.name}"
            yield against(timing, "hvp", what, "ours", "gradient", unit="us", bound=GRADIENTS)
            yield against(timing, "hvp", what, "ours", peer, unit="us")
