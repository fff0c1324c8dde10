"""A trial whose answers come of two compiled programs, for a library that compiles each op for each shape.

Op by op a trial runs hundreds of small programs there, and each is compiled for longer than it runs. Here the tape is traced once
with all cotangents and tangents that the checks ask for, and once more the library's own autodiff, apart from it: in one program
the compiler would find that both compute the same. The checks read the same properties as of any trial.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

import unigrad as ug
from unigrad_conformance.arrays import Array, coordinates, wide
from unigrad_conformance.compiling import compiled
from unigrad_conformance.oracles import Oracle, Problem, Told, native
from unigrad_conformance.shares import mixings
from unigrad_conformance.subjects import Recording, Subject
from unigrad_conformance.subjects.protocol import Function, derivative
from unigrad_conformance.trial import Trial

#: the mixing by which the oracle takes second derivatives, as `Framework.higher` has it
THEIRS = ("fr",)


class Seeds(NamedTuple):
    """What is pulled back and pushed forward: raw arrays."""

    #: of the result, one behind the other along a first axis
    cotangents: Any
    #: of each source likewise
    tangents: list[Any]
    #: as `subjects.protocol.derivative` takes them
    along: list[list[Any]]


class Answers(NamedTuple):
    """What one subject says: raw arrays, None where nothing connects."""

    value: Any
    #: of the first cotangent, and of the first tangents
    gradients: list[Any]
    tangent: Any
    #: of each source for each cotangent, along a first axis; of the result for each of the tangents
    rows: list[Any]
    columns: Any
    #: by the modes of `subjects.protocol.derivative`
    higher: dict[str, list[Any]]


def traced(
    subject: Subject, f: Function, modes: Sequence[str], sources: Sequence[Any], seeds: Seeds
) -> tuple[Answers, Recording]:
    """All that a subject says of f(*sources), raw arrays, under the compiler's trace; and what it recorded."""
    import jax

    def raw(x: Any) -> Any:
        return None if x is None else subject.raw(x)

    def pull(ct: Any) -> list[Any]:
        return [raw(g) for g in recording.pull(subject.array(ct))]

    def push(*tangents: Any) -> Any:
        return raw(subject.tangent(f, own, list(map(subject.array, tangents))))

    own = list(map(subject.array, sources))
    recording = subject.record(f, own)
    rows, columns = jax.vmap(pull)(seeds.cotangents), jax.vmap(push)(*seeds.tangents)
    gradients, tangent = [None if g is None else g[0] for g in rows], None if columns is None else columns[0]
    ct, along = subject.array(seeds.cotangents[0]), [list(map(subject.array, ts)) for ts in seeds.along]
    higher = {m: [raw(x) for x in derivative(subject, m, f, ct, along)(*own)] for m in modes}
    return Answers(raw(recording.value), gradients, tangent, rows, columns, higher), recording


class AtOnce(Trial):
    """A trial whose first and second derivatives are compiled at once, and so those of the library's own autodiff.

    What cannot be traced runs op by op, as in any trial; `trouble` says why.
    """

    is_at_once = True

    def op_by_op(self) -> Trial:
        """The same trial with no compiler around it."""
        options = {
            "order": self.order,
            "whole": self._whole,
            "peers": self.peers,
            "seed": self.seed,
            "notes": self.notes,
        }
        return Trial(self.case, self.subject, self.dtype, **options)

    # -- the two programs -----------------------------------------------------------------------------------------
    @cached_property
    def ours(self) -> tuple[Answers, list[Answers]] | None:
        """What the subject says, and what it says with each of several arguments alone; None where there is no program."""
        subject, wrt = self.subject, self.case.wrt
        if not wrt:
            return None
        f, sources = self.bound(wrt)
        lone = [self.bound((i,))[0] for i in wrt] if len(wrt) > 1 and not self.is_constant else []

        def program(sources: Sequence[Any], seeds: Seeds) -> tuple[Answers, list[Answers]]:
            found, recording = traced(subject, f, self._modes(self.mixings), sources, seeds)
            self.notes.reached |= recording.reached(self.case.row)
            firsts = [Seeds(seeds.cotangents[:1], [t[:1]], []) for t in seeds.tangents]
            each = zip(lone, sources, firsts, strict=bool(lone))
            return found, [traced(subject, g, (), [x], first)[0] for g, x, first in each]

        try:
            return compiled(program, list(map(raw_of, sources)), self._seeds(self.tensor))  # type: ignore[no-any-return]
        except Exception as e:  # noqa: BLE001  (whatever a rule raises: op by op it is told where it belongs)
            self.trouble = e
            return None

    @cached_property
    def theirs(self) -> Answers | None:
        """What the library's own autodiff says in 64 bits, of its function's value in the precision under test; or None."""
        oracle, wrt = native(self.backend), self.case.wrt
        if not wrt or self.is_constant or self.backend.name in self.case.not_native:
            return None

        def program(sources: Sequence[Any], seeds: Seeds) -> Answers:
            value = self.problem.of_sources(oracle.subject.function(self.case), narrow)(*sources)
            exact = [x.astype(w.dtype) for x, w in zip(sources, wide_sources, strict=True)]
            found, _ = traced(oracle.subject, f, self._modes(THEIRS), exact, seeds)
            return found._replace(value=value)

        try:
            narrow = self.natives()
            f, wide_sources = oracle.bound(self.problem)
            return compiled(program, [narrow[i] for i in wrt], self._seeds(oracle.subject.array))  # type: ignore[no-any-return]
        except Exception:  # noqa: BLE001  (it has no derivative there, say: asked op by op, it tells so to each check)
            return None

    def _modes(self, modes: Sequence[str]) -> Sequence[str]:
        return modes if self.order > 1 and not self.is_constant else ()

    def _seeds(self, array: Callable[[Array], Any]) -> Seeds:
        """The random cotangent and tangents, and those of `rows` and `columns`; of a result without derivative no more."""
        whole = not self.is_constant
        cotangents = [self.cotangent, *(self.cotangents if whole else ())]
        tangents = zip(self.tangents, *(self.directions if whole else ()), strict=True)

        def stacked(arrays: Sequence[Array]) -> Any:
            return raw_of(array(np.stack(arrays)))

        along = [[raw_of(array(t)) for t in ts] for ts in (self.tangents, self.others)]
        return Seeds(stacked(cotangents), list(map(stacked, tangents)), along)

    @property
    def mixings(self) -> Sequence[str]:
        return mixings(self.case.name, self.seed)

    # -- what the checks read -------------------------------------------------------------------------------------
    def _own(self, raw: Any) -> Any:
        """The subject's array of a raw one."""
        return ug.asarray(raw) if self.subject.is_ours and raw is not None else raw

    @cached_property
    def value(self) -> Any:
        """As of any trial, and so the others."""
        return super().value if self.ours is None else self._own(self.ours[0].value)

    @cached_property
    def native_value(self) -> Array:
        return super().native_value if self.theirs is None else np.asarray(self.backend.to_numpy(self.theirs.value))

    @cached_property
    def gradients(self) -> list[Any]:
        return super().gradients if self.ours is None else list(map(self._own, self.ours[0].gradients))

    @cached_property
    def tangent(self) -> Any:
        return super().tangent if self.ours is None else self._own(self.ours[0].tangent)

    @cached_property
    def alone(self) -> list[tuple[Any, Any]]:
        if self.ours is None:
            return super().alone
        return [(self._own(a.gradients[0]), self._own(a.tangent)) for a in self.ours[1]]

    @cached_property
    def rows(self) -> Array:
        return super().rows if self.ours is None else self._rows(self.ours[0])

    @cached_property
    def columns(self) -> Array:
        return super().columns if self.ours is None else self._columns(self.ours[0])

    def higher(self, modes: str) -> Array:
        if self.ours is None or modes not in self.ours[0].higher:
            return super().higher(modes)
        likes = self.problem.sources if "r" in modes else [self.reference]
        return self._numbers(self.ours[0].higher[modes], likes)

    def _ask(self, oracle: Oracle, what: str, problem: Problem) -> Told:
        asked = {"rows": self._rows, "columns": self._columns, "second": self._second}.get(what)
        if oracle is native(self.backend) and problem is self.problem and asked and self.theirs is not None:
            return Told(asked(self.theirs))
        return super()._ask(oracle, what, problem)

    # -- as coordinates -------------------------------------------------------------------------------------------
    def _rows(self, answers: Answers) -> Array:
        found = self._numbers(answers.rows, self.problem.sources, len(self.cotangents))
        return np.reshape(found, (len(self.cotangents), self.problem.n))

    def _columns(self, answers: Answers) -> Array:
        found = self._numbers([answers.columns], [self.reference], len(self.directions))
        return np.reshape(found, (len(self.directions), self.problem.m))

    def _second(self, answers: Answers) -> Array:
        return self._numbers(*answers.higher.values(), self.problem.sources)

    def _numbers(self, raws: Sequence[Any], likes: Sequence[Array], many: int | None = None) -> Array:
        """Raw arrays like these as coordinates; or, behind the first, of each so many along a first axis."""
        if many is not None:
            each = [[None if x is None else x[k] for x in self._arrays(raws)] for k in range(1, 1 + many)]
            return np.array([self._numbers(xs, likes) for xs in each])
        found = zip(self._arrays(raws), likes, strict=True)
        return coordinates([np.zeros_like(like) if x is None else x for x, like in found], likes)

    def _arrays(self, raws: Sequence[Any]) -> list[Any]:
        return [None if x is None else np.asarray(wide(self.backend.to_numpy(x))) for x in raws]


def raw_of(x: Any) -> Any:
    """The library's array in a subject's own."""
    return x.raw if isinstance(x, ug.Tensor) else x
