"""What a tape says of itself: small methods, each of which imports what it needs when it is called."""

import sys
from typing import Any

from unigrad.leaving import Where
from unigrad.recording import Node


class Looks:
    """The methods of a tape that look at its records."""

    # what `explain` and the pictures read; an instance has its own where there is something to tell
    _left: dict[Any, Node] | None = None  # tracked values that left the tape: see `unigrad.leaving.left`
    _pauses: tuple[Where, ...] = ()  # the lines of `stop_recording`
    _pausing: bool = False  # inside of one of them
    _steps: dict[Node, Any] | None = None  # of the nodes, what `unigrad.debug` noted
    _look: Any = None  # the `unigrad.debug` that noted it
    _account: dict[Node, int] | None = None  # bytes that records kept, when it was asked for a gradient under a profile
    _spans: list[Any] | None = None  # when the tape began and ended to record, by the count of ops of `_look`
    _remains: Any = None  # of the records of a tape that gave None or a symbolic zero, and is used up

    def _relisten(self) -> None:
        """`unigrad.debug` began or ended: a tape that records takes the log that is right from now on."""
        raise NotImplementedError

    def explain(self, target: Any, sources: Any) -> Any:
        """Why the gradient of `target` with respect to each source is what it is: connected (by which ops), zero, or None.

        Args:
            target: a tensor or variable, or a nested structure of them.
            sources: likewise.

        Returns:
            For each source an `Explanation`, in the structure of `sources`. Nothing is used up by asking.
        """
        from unigrad.looking.explain import explain

        return explain(self, target, sources)

    def summary(self) -> Any:
        """A table of the ops, a `Summary`: print it, or read its `lines`.

        It has their number, the bytes that the tape keeps for them, and the time forward and backward where it was measured, by
        ``unigrad.debug(profile=True)``.
        """
        from unigrad.looking.summary import summary

        return summary(self)

    def draw(self, file: Any = None, *, limit: int = 60) -> str:
        """A picture of the records: sources, ops, what is known of shapes and lines, and how the gradient goes.

        Args:
            file: a path that ends in .svg, .png or .pdf, which graphviz's program `dot` makes, or in .dot, which needs nothing.
            limit: the ops that are drawn; of a longer tape the first and the last.

        Returns:
            The picture as a graph in graphviz's language.

        Raises:
            DrawingError: graphviz is not there, or fails; an unknown ending.
        """
        from unigrad.looking.drawing import draw

        return draw(self, file, limit, sys._getframe(1))

    def __str__(self) -> str:
        """The records as a straight-line program."""
        from unigrad.looking.program import program

        return program(self)

    def __repr__(self) -> str:
        from unigrad.looking.program import shown

        return shown(self)
