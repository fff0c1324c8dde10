"""One case on one subject in one precision: what the subject answers, computed once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zlib import crc32

import numpy as np

from unigrad import kinds
from unigrad.backend import Backend, load
from unigrad_conformance.arrays import Array, coordinates, narrow, units, wide
from unigrad_conformance.cases import Case
from unigrad_conformance.differences import Difference
from unigrad_conformance.layouts import laid
from unigrad_conformance.oracles import Problem
from unigrad_conformance.subjects import Recording, Subject, Tapes
from unigrad_conformance.subjects.protocol import derivative

#: a Jacobian of so many rows and columns is taken whole; of a larger one a few products with random vectors
WHOLE = 40
#: mixings of both modes, the outermost last, as `subjects.protocol.derivative` takes them
SECOND = ("rr", "rf", "fr", "ff")
PRODUCTS = 3


@dataclass
class Notes:
    """What the trials of one group have come upon."""

    #: a tape recorded the row
    reached: bool = False
    #: known differences that were met
    used: set[Difference] = field(default_factory=set)
    #: which comparisons with a framework's autodiff were made: its name, the respect, the case
    seen: set[tuple[str, str, str]] = field(default_factory=set)


class Runs:
    """One case on one subject in one precision: its values and derivatives.

    Args:
        case: what is computed, at which arguments.
        subject: who computes and differentiates it; a backend stands for unigrad on it.
        dtype: the real floating dtype under test.
        order: the highest order of derivatives that is taken.
        whole: whole Jacobians (small ones); False: products with one random vector.
        peers: other backends that are asked too.
        seed: of the random cotangents and tangents.
        notes: shared by the trials of a group.
    """

    def __init__(
        self,
        case: Case,
        subject: Subject | Backend,
        dtype: Any,
        *,
        order: int = 1,
        whole: bool = True,
        peers: Sequence[Backend] = (),
        seed: int = 0,
        notes: Notes | None = None,
    ) -> None:
        self.case, self.dtype, self.order, self.peers = case, np.dtype(dtype), order, tuple(peers)
        self.subject: Subject = Tapes(subject) if isinstance(subject, Backend) else subject
        self.backend = self.subject.backend
        self.args = [narrow(a, self.dtype) for a in case.args]
        self.exact_args = [wide(a) for a in self.args]
        self.notes = notes or Notes()
        self._whole, self.seed = whole, seed

    #: whether the answers come of one compiled program; and why they do not, where they should
    is_at_once = False
    trouble: Exception | None = None

    # -- random numbers -------------------------------------------------------------------------------------------
    def rng(self, purpose: str) -> np.random.Generator:
        """Random numbers for one purpose: the same whatever else was drawn."""
        return np.random.default_rng([self.seed, crc32(f"{self.case.name} {purpose}".encode())])

    def random(self, purpose: str, likes: Sequence[Any]) -> list[Array]:
        """Random arrays like some others, in numbers that the precision under test has."""
        rng, found = self.rng(purpose), []
        for like in likes:
            x = rng.uniform(-1, 1, np.shape(like))
            if np.asarray(like).dtype.kind == "c":
                x = x + 1j * rng.uniform(-1, 1, np.shape(like))
            found.append(np.asarray(wide(narrow(x, self.dtype))))
        return found

    @cached_property
    def cotangent(self) -> Array:
        """A cotangent of the result: random, and ones of a result without derivative."""
        if self.is_constant:
            return np.ones(self.reference.shape, self.reference.dtype)
        return self.random("cotangent", [self.reference])[0].astype(self.reference.dtype)

    @cached_property
    def tangents(self) -> list[Array]:
        """A tangent of each differentiated argument."""
        return self.random("tangents", self.problem.sources)

    @cached_property
    def others(self) -> list[Array]:
        """Tangents for the second derivative's derivative."""
        return self.random("others", self.problem.sources)

    @cached_property
    def third(self) -> list[Array]:
        """Tangents once more."""
        return self.random("third", self.problem.sources)

    # -- the subject ----------------------------------------------------------------------------------------------
    def tensor(self, x: Any) -> Any:
        """An argument as the subject's own array, in the precision under test; what is no array stays."""
        if not isinstance(x, np.ndarray):
            return x
        x = narrow(x, self.dtype)
        if self.case.layout and self.subject.is_ours:
            return laid(self.backend, x, self.case.layout)
        return self.subject.array(x)

    def run(self, wrt: Sequence[int]) -> tuple[list[Any], list[Any]]:
        """Fresh tensors of all arguments, and those of `wrt` among them."""
        tensors = [self.tensor(a) for a in self.args]
        return tensors, [tensors[i] for i in wrt]

    def bound(self, wrt: Sequence[int]) -> tuple[Any, list[Any]]:
        """The case as a function of the arguments `wrt` alone, and fresh tensors of these."""
        tensors, sources = self.run(wrt)
        problem = self.problem if tuple(wrt) == self.case.wrt else Problem(self.case, (), tuple(wrt), self.reference)
        return problem.of_sources(self.subject.function(self.case), tensors), sources

    def vjp(self, wrt: Sequence[int], ct: Array) -> list[Any]:
        """The cotangents of some arguments; None where nothing connects."""
        f, sources = self.bound(wrt)
        return self.subject.record(f, sources).pull(self.tensor(ct))

    def jvp(self, wrt: Sequence[int], tangents: Sequence[Array]) -> Any:
        """The tangent of the result; None where nothing connects."""
        f, sources = self.bound(wrt)
        return self.subject.tangent(f, sources, [self.tensor(t) for t in tangents])

    def numbers(self, tensor: Any) -> Array:
        """A tensor's values in 64 bits."""
        return np.asarray(wide(self.backend.to_numpy(self.subject.raw(tensor))))

    def dtype_of(self, tensor: Any) -> np.dtype:
        """A tensor's dtype."""
        return self.backend.dtype_of(self.subject.raw(tensor))

    @cached_property
    def value(self) -> Any:
        """The result, recorded by nobody."""
        return self.subject.function(self.case)(*self.run(())[0])

    @cached_property
    def native_value(self) -> Array:
        """The result of the library's own function, of the same arguments."""
        return np.asarray(self.backend.to_numpy(self.case.native(self.backend, *self.natives())))

    def natives(self) -> list[Any]:
        """The arguments as the library's own arrays."""
        backend = self.backend
        return [backend.asarray(a, None, backend.device, True) if isinstance(a, np.ndarray) else a for a in self.args]

    @cached_property
    def judged(self) -> np.dtype:
        """The coarsest precision that the value passed through."""
        dtype = self.dtype_of(self.value)
        real = dtype.itemsize // (1 + (dtype.kind == "c"))
        return dtype if dtype.kind in "fcV" and real < self.dtype.itemsize else self.dtype

    @cached_property
    def recording(self) -> Recording:
        """One run with all differentiated arguments, to be pulled back as often as it takes."""
        recording = self.subject.record(*self.bound(self.case.wrt))
        self.notes.reached |= recording.reached(self.case.row)
        return recording

    @cached_property
    def gradients(self) -> list[Any]:
        """The cotangents of the differentiated arguments."""
        return self.recording.pull(self.tensor(self.cotangent))

    @cached_property
    def tangent(self) -> Any:
        """The tangent of the result."""
        return self.jvp(self.case.wrt, self.tangents)

    @cached_property
    def alone(self) -> list[tuple[Any, Any]]:
        """For each differentiated argument its cotangent and the result's tangent when no other argument is differentiated."""
        found = []
        for i, t in zip(self.case.wrt, self.tangents, strict=True):
            (lone,) = self.vjp((i,), self.cotangent)
            found.append((lone, self.jvp((i,), [t])))
        return found

    # -- Jacobians ------------------------------------------------------------------------------------------------
    @cached_property
    def is_whole(self) -> bool:
        """Whether the Jacobians are whole."""
        return self._whole and self.problem.m + self.problem.n <= WHOLE

    @cached_property
    def cotangents(self) -> list[Array]:
        """The cotangents of the rows of `rows`: all unit vectors, or random ones."""
        if self.is_whole:
            return [unit.astype(self.reference.dtype) for (unit,) in units([self.reference])]
        more = [self.random(f"cotangent {k}", [self.reference])[0] for k in range(1, PRODUCTS if self._whole else 1)]
        return [self.cotangent, *(ct.astype(self.reference.dtype) for ct in more)]

    @cached_property
    def directions(self) -> list[list[Array]]:
        """The tangents of the rows of `columns`: all unit vectors, or random ones."""
        if self.is_whole:
            return list(units(self.problem.sources))
        count = PRODUCTS if self._whole else 1
        return [self.tangents, *(self.random(f"tangents {k}", self.problem.sources) for k in range(1, count))]

    @cached_property
    def rows(self) -> Array:
        """By reverse mode: for each of `cotangents` the coordinates of the sources' cotangents."""
        sources = self.problem.sources
        found = [self._coordinates(self.recording.pull(self.tensor(ct)), sources) for ct in self.cotangents]
        return np.array(found).reshape(len(found), self.problem.n)

    @cached_property
    def columns(self) -> Array:
        """By forward mode: for each of `directions` the coordinates of the result's tangent."""
        found = [self._coordinates([self.jvp(self.case.wrt, ts)], [self.reference]) for ts in self.directions]
        return np.array(found).reshape(len(found), self.problem.m)

    def _coordinates(self, tensors: Sequence[Any], likes: Sequence[Array]) -> Array:
        return coordinates(
            [np.zeros_like(like) if t is None else self.numbers(t) for t, like in zip(tensors, likes, strict=True)],
            likes,
        )

    @property
    def mixings(self) -> Sequence[str]:
        """Which mixings of both modes are taken in second order."""
        return SECOND

    def higher(self, modes: str) -> Array:
        """Derivatives of higher order as `subjects.protocol.derivative` takes them, in coordinates."""
        f, sources = self.bound(self.case.wrt)
        along = [[self.tensor(t) for t in ts] for ts in (self.tangents, self.others, self.third)]
        ct = self.tensor(self.cotangent)
        found = derivative(self.subject, modes, f, ct, along)(*sources)
        return self._coordinates(found, self.problem.sources if "r" in modes else [self.reference])

    # -- the case -------------------------------------------------------------------------------------------------
    @cached_property
    def reference(self) -> Array:
        """The value as NumPy computes it in 64 bits."""
        return Problem(self.case, tuple(self.exact_args), (), np.zeros(())).value(load("numpy"))

    @cached_property
    def problem(self) -> Problem:
        """What oracles are asked about."""
        return Problem(self.case, tuple(self.exact_args), self.case.wrt, self.reference)

    @property
    def is_constant(self) -> bool:
        """Whether the result has no derivative: it is zero."""
        return isinstance(self.case.row, kinds.Constant) or self.reference.dtype.kind not in "fc"
