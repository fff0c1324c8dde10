"""A program is a list of steps, each a line of Python or a block of them, with a reading for tensors and one for raw arrays.

Both readings are text, and the text is what runs: a script that is printed is the program itself. Most lines read the same on
either side, over the name ``ug``; where they do not (a write in place, a tape), the second reading is over ``native``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

INDENT = "    "


@dataclass(frozen=True)
class Line:
    """A line in both readings; None where one of them has none."""

    ours: str | None
    native: str | None


@dataclass(frozen=True)
class Block:
    """A head and the steps that are indented under it; without a head they are not indented."""

    ours: str
    native: str
    body: tuple["Step", ...] = ()


Step = Line | Block


def same(line: str) -> Line:
    """A line that reads the same on tensors and on raw arrays."""
    return Line(line, line)


def lines(steps: Sequence[Step], reading: str, depth: int = 0) -> Iterator[str]:
    """The text of one reading, "ours" or "native"."""
    for step in steps:
        head = getattr(step, reading)
        if head:
            yield INDENT * depth + head
        if isinstance(step, Block):
            body = list(lines(step.body, reading, depth + bool(head)))
            yield from body or [INDENT * (depth + 1) + "pass"]


def count(steps: Sequence[Step]) -> int:
    """How many ops: the lines of our reading that compute."""
    return sum(
        "=" in text and not text.lstrip().startswith(("if", "for", "with", "def")) for text in lines(steps, "ours")
    )


@dataclass(frozen=True)
class Program:
    """A function of arrays.

    Args:
        inputs: name and value of each; all of them are differentiated.
        tangents: a direction for each, along which the program is known to be smooth.
        steps: what is computed.
        result: the expression that is returned.
        words: which words of the vocabulary it uses.
        variables: the inputs are variables, which tapes watch by themselves.
    """

    inputs: dict[str, Any]
    tangents: tuple[Any, ...]
    steps: tuple[Step, ...]
    result: str
    words: frozenset[str] = frozenset()
    variables: bool = False
    cotangent: Any = field(default=None, compare=False)

    @property
    def size(self) -> int:
        """How many ops it has."""
        return count(self.steps)

    def source(self, reading: str) -> str:
        """The text of the function ``program`` in one reading."""
        body = [*self.steps, same(f"return {self.result}")]
        return "\n".join([f"def program({', '.join(self.inputs)}):", *lines(body, reading, 1)])

    def function(self, reading: str, names: dict[str, Any]) -> Any:
        """The function, over what the names in its text mean."""
        scope = dict(names)
        exec(compile(self.source(reading), f"<{reading} program>", "exec"), scope)
        return scope["program"]

    def with_cotangent(self, ct: Any) -> "Program":
        """The same with the cotangent that its result is paired with."""
        return replace(self, cotangent=ct)


def numbers(x: Any) -> str:
    """An array as text that reads back to the last digit."""
    return repr(np.asarray(x).tolist())
