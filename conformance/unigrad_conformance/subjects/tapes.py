"""unigrad on a backend: gradient tapes and forward accumulators."""

from collections.abc import Sequence
from typing import Any

import unigrad as ug
from unigrad import kinds
from unigrad.backend import Backend
from unigrad_conformance.arrays import Array
from unigrad_conformance.cases import Case
from unigrad_conformance.subjects.protocol import Function, listed


class TapeRecording:
    """A persistent tape that has recorded a run."""

    def __init__(self, f: Function, sources: Sequence[Any]) -> None:
        self.sources = list(sources)
        with ug.GradientTape(persistent=True) as self.tape:
            self.tape.watch(self.sources)
            self.value = f(*self.sources)

    def pull(self, ct: Any) -> list[Any]:
        """The cotangent of each source, or None."""
        return list(self.tape.gradient(self.value, self.sources, output_gradients=ct))

    def reached(self, row: Any) -> bool:
        """Whether the tape recorded the rule of this row."""
        return any(isinstance(r, kinds.Rule) and r.primitive is row for r in self.tape._records)


class Tapes:
    """unigrad on one backend."""

    name = "unigrad"
    is_ours = True

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def array(self, x: Array) -> Any:
        """A tensor of the backend."""
        return ug.asarray(self.backend.asarray(x, x.dtype, self.backend.device, True))

    def function(self, case: Case) -> Function:
        """The case on tensors."""
        return case.ours

    def record(self, f: Function, sources: Sequence[Any]) -> TapeRecording:
        """Run f(*sources) once, on a persistent tape."""
        return TapeRecording(f, sources)

    def tangent(self, f: Function, sources: Sequence[Any], tangents: Sequence[Any]) -> Any:
        """The tangent of f's one result by an accumulator, or None."""
        with ug.ForwardAccumulator(list(sources), list(tangents)) as acc:
            out = f(*sources)
        return acc.jvp(out)

    def pull(self, f: Function, sources: Sequence[Any], cts: Sequence[Any]) -> list[Any]:
        """Cotangents by a tape; zero where nothing connects."""
        with ug.GradientTape() as tape:
            tape.watch(list(sources))
            outs = listed(f(*sources))
        return list(tape.gradient(outs, list(sources), list(cts), unconnected_gradients="zero"))

    def push(self, f: Function, sources: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
        """Tangents by an accumulator; zero where nothing connects."""
        with ug.ForwardAccumulator(list(sources), list(tangents)) as acc:
            outs = listed(f(*sources))
        return list(acc.jvp(outs, unconnected_gradients="zero"))

    def raw(self, x: Any) -> Any:
        """The backend's array in a tensor."""
        return x.raw
