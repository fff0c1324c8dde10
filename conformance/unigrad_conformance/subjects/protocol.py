"""What the checks ask of the thing under test. Its arrays are its own: tensors, or a library's raw arrays."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from unigrad.backend import Backend
from unigrad_conformance.arrays import Array
from unigrad_conformance.cases import Case

#: arrays to one array or a list of them
Function = Callable[..., Any]


class Recording(Protocol):
    """One run of a case, differentiated as often as is asked."""

    value: Any

    def pull(self, ct: Any) -> list[Any]:
        """The cotangent of each source, or None; the same run every time."""

    def reached(self, row: Any) -> bool:
        """Whether the rule of this row is in it."""


class Subject(Protocol):
    """A thing that differentiates."""

    #: "unigrad", or a native framework's name
    name: str
    backend: Backend
    #: whether every check of ours applies: a framework's own autodiff has other promises
    is_ours: bool

    def scope(self) -> AbstractContextManager[Any]:
        """A block in which it computes: unigrad makes new arrays on its backend."""

    def array(self, x: Array) -> Any:
        """Its own array of these numbers."""

    def function(self, case: Case) -> Function:
        """What the case computes, on its own arrays."""

    def record(self, f: Function, sources: Sequence[Any]) -> Recording:
        """Run f(*sources) once."""

    def tangent(self, f: Function, sources: Sequence[Any], tangents: Sequence[Any]) -> Any:
        """The tangent of f's one result by forward mode; None where nothing connects."""

    def pull(self, f: Function, sources: Sequence[Any], cts: Sequence[Any]) -> list[Any]:
        """Cotangents of the sources by reverse mode; may be called inside an `f` of itself or of `push`."""

    def push(self, f: Function, sources: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
        """Tangents of the results by forward mode; may be called inside an `f` of itself or of `pull`."""

    def raw(self, x: Any) -> Any:
        """The library's own array in one of its arrays."""


def spec_of(backend: Backend) -> str:
    """The name by which a backend is chosen: a device after a colon."""
    return backend.name if backend.device is None else f"{backend.name}:{backend.device}"


def column_of(subject: Subject) -> str:
    """How a report names what was under test: a backend as in UNIGRAD_BACKEND, "native" after a framework itself."""
    spec = spec_of(subject.backend)
    return spec if subject.is_ours else f"{spec} native"


def listed(results: Any) -> list[Any]:
    """One result, or several, as a list."""
    return list(results) if isinstance(results, list | tuple) else [results]


def derivative(subject: Subject, modes: str, f: Function, ct: Any, along: Sequence[Any]) -> Function:
    """A function of the sources that takes as many derivatives of `f` as `modes` has letters, the last the outermost.

    Args:
        subject: who differentiates.
        modes: "r" for reverse mode, "f" for forward mode.
        f: of the sources, to one array.
        ct: the cotangent of its result: the first reverse mode takes it.
        along: lists of tangents like the sources: every other level takes the next.

    Returns:
        With a reverse mode in it a function to a list like the sources; else to a list of one like the result.
    """
    rest, pulled = iter(along), False
    for mode in modes:
        if mode == "f":
            f = _pushed(subject, f, next(rest))
        elif pulled:
            f = _pulled(subject, f, next(rest))
        else:
            f, pulled = _pulled(subject, f, [ct]), True
    return f


def _pushed(subject: Subject, f: Function, tangents: Sequence[Any]) -> Function:
    return lambda *sources: subject.push(f, sources, tangents)


def _pulled(subject: Subject, f: Function, cts: Sequence[Any]) -> Function:
    return lambda *sources: subject.pull(f, sources, cts)
