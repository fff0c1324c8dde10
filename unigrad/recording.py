"""The context: which recorders (tapes and accumulators) listen in this thread or task.

A `Node` is the identity of one value. A recorder keeps the nodes that it tracks in a set, so one op looks a node up once for
each recorder in force. Nothing here knows what a record holds.
"""

from _thread import RLock, allocate_lock  # `threading` itself takes a millisecond to import
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

#: The identity of one tracked value. A bare object: 16 bytes, and the garbage collector never sees it, so that a tape of a
#: million records costs it nothing.
Node = object


#: one thread at a time gives a tensor its node, or asks a tape that answers once
ONE_AT_A_TIME = allocate_lock()


def node_of(tensor: Any) -> Node:
    """The node of a tensor, given to it if it has none: the same one, whichever threads ask at once."""
    with ONE_AT_A_TIME:
        node = tensor._node
        if node is None:
            node = tensor._node = Node()
        return node


class DualNode:
    """A node made while an accumulator listens: the accumulator finds the value's tangent by it, for as long as both live."""

    __slots__ = ("__weakref__",)


class Recorder(Protocol):
    """What a tape and an accumulator have in common. A tape is told of an op by `record`, an accumulator by `push_forward`."""

    is_tape: bool
    _recording: bool

    def tracks(self, node: Node) -> bool:
        """Whether the value of this node matters to the recorder."""


class Levels:
    """Counts the levels of batching of the process. A tape remembers the last one at its beginning: those after it are inside."""

    def __init__(self) -> None:
        self.last = 0
        self._lock = RLock()

    def next(self) -> int:
        """A level that nobody had before, above all others."""
        with self._lock:
            self.last += 1
            return self.last


LEVEL = Levels()


class Listening:
    """The recorders in force, outermost first; `solo` is set when there is just one and it is a tape (the fast road)."""

    __slots__ = ("recorders", "solo")

    def __init__(self, recorders: tuple[Any, ...]) -> None:
        self.recorders = recorders
        self.solo = recorders[0] if len(recorders) == 1 and recorders[0].is_tape else None


NOBODY = Listening(())
_listening: ContextVar[Listening] = ContextVar("unigrad_recorders", default=NOBODY)
listening = _listening.get


def start(recorder: Recorder) -> None:
    """Put `recorder` innermost in this context; one whose block has ended in another context is forgotten here."""
    others = listening().recorders
    _listening.set(Listening((*[r for r in others if r._recording], recorder) if others else (recorder,)))


def stop(recorder: Recorder) -> None:
    """Take `recorder` out of this context, wherever it stands; others are left as they are."""
    rest = tuple(r for r in listening().recorders if r is not recorder)
    _listening.set(Listening(rest) if rest else NOBODY)


@contextmanager
def only(recorders: tuple[Any, ...]) -> Iterator[None]:
    """Let just `recorders` listen inside the block."""
    token = _listening.set(Listening(recorders) if recorders else NOBODY)
    try:
        yield
    finally:
        _listening.reset(token)


def paused() -> Any:
    """A context in which nobody records."""
    return only(())


def tracked(node: Node | None) -> bool:
    """Whether any recorder in force tracks the value of this node."""
    return node is not None and any(r.tracks(node) for r in listening().recorders)
