"""Broken oracles: a native autodiff that is wrong. The suite, which believes it, must find itself at odds with it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from unigrad.backend import Backend
from unigrad_conformance import oracles
from unigrad_conformance.mutants.mutant import Mutant

Wrong = Callable[[Any], Any]  # of one array that an oracle gives

WRONGS: dict[str, Wrong] = {
    "0.1 % off": lambda g: g * 1.001,
    "sign": lambda g: -g,
    "conjugate added": np.conj,
    "NaN": lambda g: g * np.nan,
    "another shape": lambda g: g[None],
    "zeros": lambda g: g * 0,
}
#: rows by which it must be noticed; complex ones among them
ROWS = ("divide", "matmul", "max")


@contextmanager
def wrong(cls: type, method: str, change: Wrong) -> Iterator[None]:
    """A block in which an oracle gives wrong derivatives."""
    right = getattr(cls, method)

    def asked(self: Any, *given: Any) -> Any:
        found = right(self, *given)
        return [change(g) for g in found] if isinstance(found, list) else change(found)

    setattr(cls, method, asked)
    try:
        yield
    finally:
        setattr(cls, method, right)


def of_oracles(backend: Backend) -> Iterator[Mutant]:
    """Each oracle that judges this backend, wrong in each method."""
    judges: Sequence[type] = [type(o) for o in oracles.oracles_for(backend)]
    for cls in dict.fromkeys(judges):
        for method in ("vjp", "jvp", "second"):
            for kind, change in WRONGS.items():
                for row in ("divide",) if kind == "conjugate added" else ROWS:
                    name = f"{cls.__name__}.{method}: {kind}, {row}"
                    yield Mutant(name, kind, (row,), partial(wrong, cls, method, change), area="oracle")
