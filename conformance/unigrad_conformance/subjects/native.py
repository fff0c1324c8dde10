"""A native framework's own autodiff, with no unigrad engine in between: it is both an oracle for us and a subject of its own.

A cotangent pairs with a tangent by the real part of sum(conj(ct) * t): the gradient of a real function of complex numbers is
df/dx + i df/dy. JAX's is the conjugate of that, and is conjugated here, going in and coming out.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from unigrad.backend import Backend
from unigrad_conformance.arrays import Array
from unigrad_conformance.cases import Case
from unigrad_conformance.subjects.protocol import Function, listed


@contextmanager
def theirs() -> Iterator[None]:
    """A block in which what a library warns of itself (a deprecated part of its own, say) is not heard."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def has_native(backend: Backend) -> bool:
    """Whether the backend brings an autodiff of its own."""
    return type(backend).native_vjp is not Backend.native_vjp


class NativeRecording:
    """One run, and its pullback."""

    def __init__(self, subject: "NativeSubject", f: Function, sources: Sequence[Any]) -> None:
        self._subject = subject
        with theirs():
            self.value, self._pullback = subject.backend.native_pullback(f, list(sources))

    def pull(self, ct: Any) -> list[Any]:
        """The cotangent of each source."""
        turn = self._subject.turn
        with theirs():
            return [turn(g) for g in self._pullback(turn(ct))]

    def reached(self, row: Any) -> bool:
        """A framework has rules of its own."""
        return True


class NativeSubject:
    """A backend's own autodiff."""

    is_ours = False

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.name = backend.name

    def array(self, x: Array) -> Any:
        """The library's array."""
        return self.backend.asarray(x, x.dtype, self.backend.device, True)

    def function(self, case: Case) -> Function:
        """The case on raw arrays: a row is the library's own kernel there, and no rule of ours is met."""
        return partial(case.native, self.backend)

    def turn(self, raw: Any) -> Any:
        """The conjugate, for a library whose gradients are."""
        conjugates = self.backend.native_conjugates and self.backend.dtype_of(raw).kind == "c"
        return self.backend.xp.conj(raw) if conjugates else raw

    def record(self, f: Function, sources: Sequence[Any]) -> NativeRecording:
        """Run f(*sources) once."""
        return NativeRecording(self, f, sources)

    def tangent(self, f: Function, sources: Sequence[Any], tangents: Sequence[Any]) -> Any:
        """The tangent of f's one result."""
        return self.push(f, sources, tangents)[0]

    def pull(self, f: Function, sources: Sequence[Any], cts: Sequence[Any]) -> list[Any]:
        """Cotangents by the library's reverse mode."""
        with theirs():
            found = self.backend.native_vjp(
                lambda *xs: tuple(listed(f(*xs))), list(sources), tuple(self.turn(c) for c in cts)
            )
        assert found is not None
        return [self.turn(g) for g in found]

    def push(self, f: Function, sources: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
        """Tangents by the library's forward mode."""
        with theirs():
            found = self.backend.native_jvp(lambda *xs: tuple(listed(f(*xs))), list(sources), list(tangents))
        return list(found)

    def raw(self, x: Any) -> Any:
        """The same: adding zeros makes numbers of a symbolic zero, which torch's forward mode gives."""
        return x + self.backend.asarray(
            np.zeros(tuple(x.shape), self.backend.dtype_of(x)), None, self.backend.device, True
        )
