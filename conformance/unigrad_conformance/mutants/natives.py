"""Broken oracles: a native autodiff, or the truth without autodiff, that is wrong. The suite must find itself at odds with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from unigrad.backend import Backend
from unigrad_conformance.arrays import Array
from unigrad_conformance.groups import peers_of
from unigrad_conformance.mutants.mutant import Mutant
from unigrad_conformance.oracles import Framework, Problem, Told, Truth, has_native
from unigrad_conformance.subjects import NativeSubject

Wrong = Callable[[Array], Array]  # of the numbers that an oracle tells

WRONGS: dict[str, Wrong] = {
    "0.1 % off": lambda numbers: numbers * 1.001,
    "sign": lambda numbers: -numbers,
    "NaN": lambda numbers: numbers * np.nan,
    "another shape": lambda numbers: numbers[..., None],
    "zeros": lambda numbers: numbers * 0,
}
#: the row by which it must be noticed: no derivative of it is zero
ROW = "divide"


@contextmanager
def replaced(cls: type, name: str, method: Any) -> Iterator[None]:
    """A block in which a class has another method."""
    right = getattr(cls, name)
    setattr(cls, name, method)
    try:
        yield
    finally:
        setattr(cls, name, right)


def wrong(method: Callable[..., Told], change: Wrong) -> Callable[..., Told]:
    """An oracle's method that tells other numbers; unigrad, where it is one, stays as it is."""

    def asked(oracle: Any, problem: Problem, *given: Any) -> Told:
        told = method(oracle, problem, *given)
        ours = isinstance(oracle, Framework) and oracle.subject.is_ours
        return told if ours else told._replace(numbers=change(told.numbers))

    return asked


def of_oracles(backend: Backend) -> Iterator[Mutant]:
    """Each oracle that judges this backend, wrong in each method."""
    frameworks = any(map(has_native, [backend, *peers_of(backend, False)]))
    for cls in (Truth, *([Framework] if frameworks else [])):
        for method in ("vjps", "jvps", "higher"):
            for kind, change in WRONGS.items():
                block = partial(_made, cls, method, change)
                yield Mutant(f"{cls.__name__}.{method}: {kind}", kind, (ROW,), block, area="oracle")
    if frameworks:
        block = partial(replaced, NativeSubject, "turn", lambda subject, raw: subject.backend.xp.conj(raw))
        yield Mutant(
            "NativeSubject.turn: conjugate added, by divide", "conjugate added", ("divide",), block, area="oracle"
        )


def _made(cls: type, name: str, change: Wrong) -> Any:
    return replaced(cls, name, wrong(getattr(cls, name), change))
