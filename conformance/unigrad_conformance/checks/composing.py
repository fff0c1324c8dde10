"""What the checks of compositions share: a case as a function of raw arrays to its value and gradients, and which cases."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any
from zlib import crc32

import numpy as np

import unigrad as ug
from unigrad import kinds
from unigrad.errors import DTypeError
from unigrad_conformance.arrays import Array
from unigrad_conformance.cases import rows
from unigrad_conformance.checks.check import differentiated
from unigrad_conformance.expressions import expressions
from unigrad_conformance.shares import COMPILING
from unigrad_conformance.trial import Trial

#: of libraries that compile each op for each shape one case of one op in so many is taken
FEW = 8
#: rows that no compiler, no vmap and no other differentiation can look through, and why
SHAPED = "has a shape that depends on values"
OPAQUE = {
    "elements at nonzero": SHAPED,
    "unique_values with ties": SHAPED,
    "convert": "hands its memory to another library, which arrays inside a transformation have not",
    "move": "goes to a device by its name, which arrays inside a transformation have not",
    "nonzero": SHAPED,
    "through_numpy": "runs a function of NumPy's",
    "there and back by numpy": "hands its memory to another library, which arrays inside a transformation have not",
}


def value_and_gradients(trial: Trial) -> Callable[..., list[Any]]:
    """The case as a function of its differentiated arguments, tensors, to its value and their gradients."""
    f, _ = trial.bound(trial.case.wrt)
    ct = trial.cotangent

    def both(*sources: Any) -> list[Any]:
        with ug.GradientTape() as tape:
            tape.watch(list(sources))
            out = f(*sources)
        grads = tape.gradient(out, list(sources), trial.tensor(ct), unconnected_gradients="zero")
        return [out, *grads]

    return both


def on_raws(function: Callable[..., Sequence[Any]]) -> Callable[..., tuple[Any, ...]]:
    """A function of tensors to tensors, of the library's own arrays."""
    return lambda *raws: tuple(t.raw for t in function(*map(ug.asarray, raws)))


def raw_sources(trial: Trial) -> list[Any]:
    """Fresh arrays of the differentiated arguments."""
    return [s.raw for s in trial.run(trial.case.wrt)[1]]


def eager(trial: Trial) -> list[Array]:
    """What `value_and_gradients` gives when nothing is around it: the trial's own answers."""
    zeros = [np.zeros_like(s) for s in trial.problem.sources]
    grads = [z if g is None else trial.numbers(g) for g, z in zip(trial.gradients, zeros, strict=True)]
    return [trial.numbers(trial.value), *grads]


def same(trial: Trial, founds: Sequence[Any], wants: Sequence[Array], order: str = "first") -> Iterator[str]:
    """Raw arrays have the numbers that are wanted: the value, then the gradient of each argument."""
    for k, (found, want) in enumerate(zip(founds, wants, strict=True)):
        what = "the value" if k == 0 else f"the gradient of argument {trial.case.wrt[k - 1]}"
        got = np.asarray(trial.backend.to_numpy(found))
        yield from (f"{what}: {text}" for text in trial.compare(got, want, order))


def widest(trial: Trial) -> bool:
    """Whether the trial is in the widest precision that the backend has."""
    try:
        trial.backend.native_dtype(np.dtype("float64"))
    except DTypeError:
        return bool(trial.dtype == np.float32)
    return bool(trial.dtype == np.float64)


def opaque(trial: Trial) -> str:
    """Why nothing can be around a trial: no derivative, nothing to look through, no elements, not the widest precision."""
    if reason := differentiated(trial):
        return reason
    if trial.case.group in OPAQUE:
        return OPAQUE[trial.case.group]
    return "taken with elements, in the widest precision" if trial.case.is_empty or not widest(trial) else ""


def sampled(library: str = "", one_in: int = 1, rest: bool = False) -> Callable[[Trial], str]:
    """Why a trial is left out: of a library only, and one case of one op in so many; `rest`: all that this leaves out.

    What is left out for good has its reason in either.
    """

    def leave_out(trial: Trial) -> str:
        if library and trial.backend.name != library:
            return f"of {library} alone"
        if reason := opaque(trial):
            return reason
        every = one_in * (FEW if trial.backend.name in COMPILING else 1)
        first = trial.case.lead and crc32(trial.case.group.encode()) % every == 0
        return "" if first != rest else "the quick check has it" if rest else "one case of some ops is taken"

    return leave_out


@cache
def ranks() -> dict[str, int]:
    """The place of each op among those of its kind of rule, expressions being one more, in an order that nobody chose."""
    found: dict[str, list[str]] = {"expression": [cases[0].group for cases in expressions()]}
    for row in rows():
        if not isinstance(row, kinds.Constant):
            found.setdefault(type(row).__name__, []).append(row.name)
    ordered = (
        sorted((n for n in names if n not in OPAQUE), key=lambda n: crc32(n.encode())) for names in found.values()
    )
    return {name: rank for names in ordered for rank, name in enumerate(names)}


def of_each_kind(library: str, last: int, first: int = 0) -> Callable[[Trial], str]:
    """Why a trial is left out: of a library only, and the ops of such ranks, in real and complex numbers."""
    chosen = sampled(library)

    def leave_out(trial: Trial) -> str:
        if reason := chosen(trial):
            return reason
        return "" if first <= ranks().get(trial.case.group, last) < last else "some ops of each kind of rule are taken"

    return leave_out
