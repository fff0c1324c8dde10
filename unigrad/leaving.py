"""Where values leave the tape: what `tape.explain` is told while a program runs, and where in that program.

A tracked value that becomes a Python number, a NumPy array or a constant takes its gradient with it. That is allowed, and is
remembered by the tapes that track it: the node, how, and the line of the user's program.
"""

import os
import sys
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import Any

from unigrad import backend
from unigrad.recording import Node, listening

#: what `unigrad.debug` has put in force in this context; `OFF` where it was put out of force
_debug: ContextVar[Any] = ContextVar("unigrad_debug", default=None)
OFF: Any = object()
#: those `unigrad.debug` that are in force somewhere in the process, and those that are so in every thread
debuggers: list[Any] = []
everywhere: list[Any] = []

#: packages whose frames are no user's program
OURS = {"unigrad", "numpy", "array_api_compat"}

#: modules that only pass a call on
PASSED = {"unigrad.operators", "unigrad.variable", "unigrad.methods"}


#: a line of a function
Where = tuple[CodeType, int]


def of_scipy(depth: int) -> str:
    """What to do where SciPy or scikit-learn asks for the values: they take tensors, but not as they start.

    Args:
        depth: how many frames lie between this function and the one that was asked.
    """
    frame: FrameType | None = sys._getframe(depth + 1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in OURS:
        frame = frame.f_back
    root = "" if frame is None else frame.f_globals.get("__name__", "").partition(".")[0]
    if root not in ("scipy", "sklearn"):
        return ""
    if os.environ.get("SCIPY_ARRAY_API", "0") in ("", "0"):
        return ". SciPy takes tensors, where it follows the array API, with SCIPY_ARRAY_API=1 set before it is imported"
    return ". SciPy follows the array API in other functions, not here: it wants an ndarray" if root == "scipy" else ""


def debugging() -> Any:
    """What `unigrad.debug` has put in force here, or None."""
    found = _debug.get()
    if found is None:
        return everywhere[-1] if everywhere else None
    return None if found is OFF else found


def left(node: Node | None, how: str, *, always: bool = False, inside: bool = False, depth: int = 1) -> Node | None:
    """Remember that the value of a node leaves the tapes that track it, by the method that called this function.

    Args:
        node: of the value.
        how: what the user wrote, like ``float()``.
        always: a variable's value, which a tape may not have met yet.
        depth: how many frames lie between this function and the user's.
        inside: called by unigrad on the user's behalf; without it what the library itself reads is not remembered.

    Returns:
        A node for the constant that comes of it, by which an op that takes it is known; None where no tape tracks the value.
    """
    if node is None:
        return None
    tapes = [r for r in listening().recorders if r.is_tape and (always or r.tracks(node))]
    if not tapes:
        return None
    frame: FrameType | None = sys._getframe(depth + 1)
    while frame is not None and frame.f_globals.get("__name__") in PASSED:
        frame = frame.f_back
    if not inside and frame is not None and is_ours(frame):
        return None
    where = where_of(frame)
    constant = Node()
    for tape in tapes:
        if tape._left is None:
            tape._left = {}
        constant = tape._left.setdefault((node, how, where), constant)
    return constant


def is_ours(frame: FrameType) -> bool:
    """Whether a frame belongs to unigrad, a plugin, or an array library's own Python code."""
    root = frame.f_globals.get("__name__", "").partition(".")[0]
    return root in OURS or root in plugin_roots()


def plugin_roots() -> set[str]:
    """The packages of the backends that were loaded."""
    loaded = backend._loaded.values()
    return {type(b).__module__.partition(".")[0] for b in loaded} - {"__main__"}


def user_frame(frame: FrameType | None) -> FrameType | None:
    """The first frame, outwards, of the user's program."""
    roots = OURS | plugin_roots()
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in roots:
        frame = frame.f_back
    return frame


def where_of(frame: FrameType | None) -> Where | None:
    """The user's line that led to a frame."""
    frame = user_frame(frame)
    return None if frame is None else (frame.f_code, frame.f_lineno)
