"""Another differentiator as an oracle: a framework's own autodiff, or unigrad on another backend."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from unigrad.backend import Backend
from unigrad_conformance.arrays import Array, coordinates
from unigrad_conformance.oracles.protocol import Problem, Told
from unigrad_conformance.subjects import NativeSubject, Subject, Tapes
from unigrad_conformance.subjects.protocol import Function, derivative


class Framework:
    """What a subject says, in float64: as it runs, whatever its own mistakes."""

    def __init__(self, subject: Subject, name: str) -> None:
        self.subject, self.name = subject, name
        self.backend = subject.backend

    def bound(self, problem: Problem) -> tuple[Function, list[Any]]:
        """The function of the sources, and these as the subject's own arrays."""
        s = self.subject
        args = [s.array(a) if isinstance(a, np.ndarray) else a for a in problem.args]
        return problem.of_sources(s.function(problem.case), args), [args[i] for i in problem.wrt]

    def _numbers(self, found: Sequence[Any], likes: Sequence[Array]) -> Array:
        s = self.subject
        raws = [like * 0 if x is None else s.backend.to_numpy(s.raw(x)) for x, like in zip(found, likes, strict=True)]
        return coordinates(raws, likes)

    def value(self, problem: Problem) -> Array:
        """The value."""
        s = self.subject
        with s.scope():
            args = [s.array(a) if isinstance(a, np.ndarray) else a for a in problem.args]
            return np.asarray(s.backend.to_numpy(s.raw(s.function(problem.case)(*args))))

    def vjps(self, problem: Problem, cts: Sequence[Array]) -> Told:
        """One run, and a pullback for each cotangent."""
        with self.subject.scope():
            recording = self.subject.record(*self.bound(problem))
            rows = [self._numbers(recording.pull(self.subject.array(ct)), problem.sources) for ct in cts]
        return Told(np.array(rows).reshape(len(rows), problem.n))

    def jvps(self, problem: Problem, tangents: Sequence[Sequence[Array]]) -> Told:
        """A run for each tangent."""
        push, array, like = self.subject.push, self.subject.array, [problem.reference]
        with self.subject.scope():
            f, sources = self.bound(problem)
            rows = [self._numbers(push(f, sources, [array(t) for t in ts]), like) for ts in tangents]
        return Told(np.array(rows).reshape(len(rows), problem.m))

    def higher(self, problem: Problem, ct: Array, along: Sequence[Sequence[Array]]) -> Told:
        """Reverse mode over forward modes."""
        array = self.subject.array
        with self.subject.scope():
            f, sources = self.bound(problem)
            seeds = [[array(t) for t in ts] for ts in along]
            found = derivative(self.subject, "f" * len(seeds) + "r", f, array(ct), seeds)(*sources)
            return Told(self._numbers(found, problem.sources))


@cache
def native(backend: Backend) -> Framework:
    """A backend's own autodiff."""
    return Framework(NativeSubject(backend), f"{backend.name}'s native autodiff")


@cache
def ours(backend: Backend) -> Framework:
    """unigrad on another backend."""
    return Framework(Tapes(backend), f"unigrad on {backend.name}")


def framework(subject: Subject) -> Framework:
    """A subject's own answers in float64."""
    return Framework(subject, f"{subject.name} on {subject.backend.name}")
