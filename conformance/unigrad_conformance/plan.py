"""What a run is to do: how thorough, which checks, dtypes and orders, from which seed. Plain data, sent to workers as it is."""

from dataclasses import dataclass
from typing import Literal

Thoroughness = Literal["light", "quick", "full", "exhaustive"]


@dataclass(frozen=True)
class Plan:
    """How the cases of an op are checked.

    `light` takes a few shapes; `quick` every shape in the widest precision and one of each kind in the others (of a library that
    compiles each op for each shape, what `shares` says); `full` every shape in every precision and order; `exhaustive` every
    variant of every sample too (layouts, sizes, each argument of each).
    """

    thoroughness: Thoroughness = "quick"
    #: names of checks; none: all that belong to the thoroughness
    checks: tuple[str, ...] = ()
    #: names of dtypes, "float32"; none: all that the backend has
    dtypes: tuple[str, ...] = ()
    #: the highest order of derivatives
    orders: int = 3
    #: 0: the samples that every run takes; else others, drawn from it
    seed: int = 0
