"""Lines of the user's program."""

import os
from types import CodeType, FrameType
from typing import Any, NamedTuple

from unigrad.leaving import where_of
from unigrad.recording import Node


class Place(NamedTuple):
    """A line of the user's program."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{shortened(self.file)}:{self.line}"


def place_in(code: CodeType, line: int) -> Place:
    """A line of a function."""
    return Place(code.co_filename, line, code.co_qualname)


def place_of(frame: FrameType | None) -> Place | None:
    """The user's line that led to a frame."""
    where = where_of(frame)
    return None if where is None else place_in(*where)


def shortened(file: str) -> str:
    """A file's name for messages: from the working directory if it is below it."""
    here = os.getcwd() + os.sep
    return file[len(here) :] if file.startswith(here) else file


class Left(NamedTuple):
    """A tracked value that left the tape."""

    node: Node
    how: str
    place: Place | None
    constant: Node | None  # of the tensor that came of it, if one did


def departures_of(tape: Any) -> list[Left]:
    """What left a tape, in the order in which it did."""
    found = (tape._left or {}).items()
    return [Left(node, how, None if w is None else place_in(*w), constant) for (node, how, w), constant in found]
