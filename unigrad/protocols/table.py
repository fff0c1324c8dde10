"""The table of NumPy's functions: one row for each, saying how it is computed in unigrad's terms.

A row is of one of these kinds:

* ``direct``: a unigrad function of the same meaning, with NumPy's arguments.
* ``composed``: a few of unigrad's functions.
* ``constant``: exactly constant: shapes, comparisons, positions. A result that is an array is connected, with derivative zero,
  where a derivative could be asked of it.
* ``refused``: an error that says what to do instead.

A name of NumPy that is in no row is an error too, never a silent loss of the gradient.
"""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from unigrad.errors import NoRuleError

#: the public names of unigrad, some of which are in modules that are imported later than this one
ug: Any = sys.modules["unigrad"]

KINDS = ("direct", "composed", "constant", "refused")


class Row(NamedTuple):
    """How one function of NumPy is computed."""

    name: str  # as after "np."
    kind: str
    function: Callable[..., Any]


#: every row, by its name after "np."
ROWS: dict[str, Row] = {}


def row(kind: str, *names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that makes a function the row of `names`. The function has NumPy's signature."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            enter(name, kind, function)
        return function

    return add


def enter(name: str, kind: str, function: Callable[..., Any]) -> None:
    """Add one row."""
    if name in ROWS or kind not in KINDS:
        raise ValueError(f"np.{name} has a row already, or {kind!r} is no kind of row")
    ROWS[name] = Row(name, kind, function)


def refuse(name: str, instead: str) -> Callable[..., Any]:
    """A function that raises what is said of np.`name`."""

    def refused(*args: Any, **kwargs: Any) -> Any:
        raise NoRuleError(
            f"np.{name} has no rule for tensors, and a result of NumPy's own would lose the gradient: {instead}"
        )

    return refused


def of_numpy(name: str) -> Any:
    """The object that NumPy has under this (dotted) name, or None."""
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
