"""Points where frameworks disagree, with the one right answer: the exact derivative where it exists, the minimum-norm
subgradient at a convex kink, an even split at a tie, else NaN; a zero factor absorbs.

A hazard is the gradient of the sum of an expression with respect to every input (`order` 2: of the sum of those gradients):
numbers, None where nothing connects the two, or the error that the expression is. Which native frameworks answer otherwise, and
why, is told by the data in `differences`.

`a_kinks` to `j_others` are the chapters of the measured table of 262 points whose names are in `table`, one hazard for each of
them in its order. The other modules have the points beyond it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

inf, nan = float("inf"), float("nan")


@dataclass(frozen=True)
class Hazard:
    """One point: an expression over a namespace, its inputs, and the gradient with respect to each."""

    name: str
    f: Callable[..., Any]
    inputs: tuple[Any, ...]
    #: for each input numbers of its shape; None: not connected
    want: tuple[Any, ...] = ()
    order: int = 1
    #: the directional derivative along ones, where it is not the sum of the gradient
    forward: Any = None
    #: of all inputs, or one for each, separated by spaces
    dtype: str = "float64"
    #: the expression in the native libraries' words, where they have others
    native: Callable[..., Any] | None = field(default=None, hash=False)
    #: what the expression raises, on every backend
    error: type[Exception] | None = None
    #: the chapter of the measured table that has this point; "": none
    chapter: str = ""
    #: where the point is said with other functions than the table's
    note: str = ""

    @property
    def label(self) -> str:
        """Chapter and name."""
        return f"{self.chapter} {self.name}" if self.chapter else self.name
