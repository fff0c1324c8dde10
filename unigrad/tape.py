"""GradientTape: a list of records, and one walk backwards over it."""

import sys
from collections.abc import Callable
from typing import Any, Self

from unigrad import dtypes, leaving, sweeps
from unigrad.backend import Raw, backend_of, kind_of
from unigrad.cotangents import ZERO, Pieces, absorbing
from unigrad.errors import (
    SourceError,
    SourceTypeError,
    TapeError,
    TapeStateError,
)
from unigrad.lending import settle
from unigrad.looking.methods import Looks
from unigrad.recording import Node, listening, only, start, stop
from unigrad.sources import (
    UnconnectedGradients,
    all_finite,
    as_target,
    finish,
    seeds_of,
    short,
    source_node,
    unconnected_of,
    warn_dtype,
)
from unigrad.structures import flatten, flatten_with_none
from unigrad.tensor import Tensor
from unigrad.variable import Variable


class GradientTape(Looks):
    """Records what is computed with watched tensors and trainable variables; `gradient` differentiates it.

    Args:
        persistent: keep the records after `gradient`, so that it can be asked again.
        watch_accessed_variables: watch every trainable `Variable` that is read while the tape records.
    """

    is_tape = True

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self.watches_variables = watch_accessed_variables
        self.tracked: set[Node] = set()
        self._watched: dict[Node, Any] = {}  # those of `tracked` that `watch` was given, and where
        self._records: list[Any] = []  # flat, five entries an op: rule, input nodes, output node, saved, shapes
        self.log: Callable[[Any], None] = _ignore
        self._variables: dict[Node, Variable] = {}
        self._snapshots: dict[int, tuple[Raw, Raw]] = {}
        self._recording = False
        self._entered = False
        self._used = False
        self._complex = False  # a complex number was met: the sweep conjugates
        self._met: Any = None  # the last dtype that was met

    # -- recording -----------------------------------------------------------------------------------------------
    def __enter__(self) -> Self:
        if self._recording:
            raise TapeStateError("Tape is still recording: it cannot be entered again inside its own `with` block")
        self._entered = True
        self._listen(True)
        start(self)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._recording:
            self._listen(False)
            stop(self)

    def _listen(self, on: bool) -> None:
        """Note what is told, or not: a task started inside the block has the tape in its context for longer than the block."""
        self._recording = on
        self.log = self._records.extend if on else _ignore
        if leaving.debuggers and (look := leaving.debugging()) is not None:
            look.follow(self, on)

    def tracks(self, node: Node) -> bool:
        """Whether the value of this node is watched or computed from what is."""
        return node in self.tracked

    def record(self, rule: Any, raws: Any, nodes: Any, params: Any, out: Raw, node: Node, spec: Any) -> None:
        """Append one op that depends on tracked inputs; common ops append by themselves.

        Args:
            rule: for the tracked inputs.
            raws, nodes: the inputs' values and nodes.
            params, out, node: the parameters; the output's value and node.
            spec: for each input the shape that its cotangent is summed to, or None; or None for all.
        """
        self.tracked.add(node)
        if out.dtype is not self._met:
            self.meet(out)
        self.log((rule, nodes, node, rule.save(raws, out, params), spec))

    def meet(self, raw: Raw) -> None:
        """Look whether a value is complex: then the sweep conjugates."""
        if raw.dtype is not self._met and not self._complex:
            self._met = raw.dtype
            self._complex = kind_of(raw) == "c"

    def snapshot(self, raw: Raw) -> Raw:
        """A copy of a constant that the user may write to; the last copy again while the content is the same."""
        last = self._snapshots.get(id(raw))
        kept = backend_of(raw).snapshot(raw, last[1] if last else None)
        if kept.size > 64 if isinstance(kept.size, int) else kept.numel() > 64:
            self._snapshots[id(raw)] = (raw, kept)
        return kept

    def watch(self, tensor: Any) -> None:
        """Track a tensor, a variable, or every one in a nested structure of them."""
        if not self._entered:
            raise TapeError(
                "this tape has never been entered: write `with GradientTape() as tape:` and watch inside it"
            )
        caller = sys._getframe(1)
        where = (caller.f_code, caller.f_lineno)
        for leaf in flatten_with_none(tensor)[0]:
            if isinstance(leaf, Variable):
                self.watch_variable(leaf)
                continue
            if not isinstance(leaf, Tensor):
                raise SourceError(
                    f"Passed in object {short(leaf)} of type {type(leaf).__name__!r}, not unigrad.Tensor or "
                    f"unigrad.Variable: make a tensor of it first, with unigrad.asarray"
                )
            if not dtypes.is_float(leaf.dtype):
                warn_dtype("watch", leaf)
            self.meet(leaf._raw)
            node = leaf.leaf_node()
            self._watched[node] = where
            self.tracked.add(node)

    def watch_variable(self, variable: Variable) -> None:
        """Track a variable, in the order of first reading."""
        node = variable.node
        if node not in self.tracked:
            self.tracked.add(node)
            self._variables[node] = variable
            raw = variable._value._raw
            if raw.dtype is not self._met:
                self.meet(raw)

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that the tape watches, in the order in which it met them."""
        return tuple(self._variables.values())

    def stop_recording(self) -> Any:
        """A context in which this tape records nothing."""
        if not self._entered:
            raise TapeError("Trying to stop recording a tape which is not recording.")
        if not self._recording:
            raise TapeStateError("Tape is not recording.")
        return _Pause(self)

    def reset(self) -> None:
        """Forget everything recorded and watched, and go on recording."""
        if not self._recording:
            raise TapeStateError("Tape is not recording.")
        self._forget()

    def _forget(self) -> None:
        self._records.clear()
        self.tracked.clear()
        self._watched.clear()
        self._variables.clear()
        self._snapshots.clear()
        for name in ("_left", "_pauses", "_remains", "_account"):
            self.__dict__.pop(name, None)
        if self._steps:
            self._steps.clear()

    # -- differentiating -----------------------------------------------------------------------------------------
    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
    ) -> Any:
        """The gradient of the sum of `target` with respect to each source, in the structure of `sources`.

        Args:
            target: a tensor or variable, or a nested structure of them.
            sources: likewise.
            output_gradients: cotangents of the targets, of their shapes and in their structure; ones by default.
            unconnected_gradients: `UnconnectedGradients.NONE` or `ZERO`, or its value.

        Returns:
            For each source a tensor of its shape and dtype, or None when no recorded path leads from it to a target. For
            complex numbers the convention is df/dx + i df/dy, the direction of steepest ascent.
        """
        unconnected = unconnected_of(unconnected_gradients)
        if target is None:
            raise SourceTypeError(
                "Argument `target` should be a list or nested structure of Tensors or Variables to be differentiated, "
                "but received None."
            )
        if not self._entered:
            raise TapeError("this tape has never been entered: nothing was recorded on it")
        if self._used and not self._persistent:
            raise TapeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians): "
                "make it with GradientTape(persistent=True) to ask it again"
            )
        source_leaves, unflatten = flatten(sources, "sources")
        target_leaves = [as_target(t) for t in flatten(target, "target")[0]]
        nodes = [source_node(s, self._watched) for s in source_leaves]
        seeds = seeds_of(target, target_leaves, output_gradients)
        if self._persistent or not self._recording:
            found = self._sweep(target_leaves, seeds, nodes)
        else:  # its own backward is not recorded on a tape that can be asked only once
            with only(tuple(r for r in listening().recorders if r is not self)):
                found = self._sweep(target_leaves, seeds, nodes)
        if not self._persistent:
            for g in found:
                if g is None or g is ZERO:  # `explain` may be asked why
                    self._remains = (*(self._records[i::5] for i in range(3)), [g is ZERO for g in found], nodes)
                    break
            self._records.clear()
            self._snapshots.clear()
            self._used = True
        results = [finish(s, ct, unconnected) for s, ct in zip(source_leaves, found)]
        return unflatten(results)

    def _sweep(self, targets: list[Tensor], seeds: list[Any], sources: list[Any]) -> list[Any]:
        """Plain products first; again with absorbing ones when a result is not finite, or cannot be looked at."""
        if not targets:
            return [None] * len(sources)
        backend = backend_of(targets[0]._raw)
        traced = any(backend_of(t._raw).is_traced(t._raw) for t in (*targets, *seeds))
        look = leaving.debugging() if leaving.debuggers else None
        sweep = sweeps if look is None else look.sweep(self, traced)
        with backend.quiet():
            if not traced:
                found = self._walk(targets, seeds, sources, absorbing=False, sweep=sweep)
                raws = [g._raw if type(g) is Tensor else g for g in found if g is not None and g is not ZERO]
                if all_finite(raws) and (look is None or not sweep.doubtful):
                    return found
            with absorbing():
                return self._walk(targets, seeds, sources, absorbing=True, sweep=sweep)

    def _walk(
        self, targets: list[Tensor], seeds: list[Any], sources: list[Any], *, absorbing: bool, sweep: Any = sweeps
    ) -> list[Any]:
        """One walk backwards over the records: with tensors when somebody listens to it, else on raw arrays."""
        recorded = bool(listening().recorders)
        cts: dict[Any, Any] = {}
        keep = {n for n in sources if n is not None}
        for t, seed in zip(targets, seeds, strict=True):
            node = t._node
            if node is not None and (node in self.tracked or node in keep):
                ct = seed if recorded else settle(seed)
                cts[node] = ct if node not in cts else cts[node] + ct
        if recorded or absorbing or self._complex:
            kept = sweep.careful(
                self._records, cts, keep, recorded=recorded, absorbing=absorbing, conjugating=self._complex
            )
        else:
            kept = sweep.fast(self._records, cts, keep)
        cts.update(kept)
        return [ct.whole() if type(ct) is Pieces else ct for ct in map(cts.get, sources)]


def _ignore(record: Any) -> None:
    """What a tape that is not recording does with a record."""


class _Pause:
    """The block in which a tape does not record."""

    def __init__(self, tape: GradientTape) -> None:
        self._tape = tape

    def __enter__(self) -> None:
        tape = self._tape
        where = leaving.where_of(sys._getframe(1))
        if where is not None and where not in tape._pauses:
            tape._pauses = (*tape._pauses, where)
        tape._pausing = True
        tape._listen(False)
        stop(tape)

    def __exit__(self, *exc: object) -> None:
        self._tape._pausing = False
        self._tape._listen(True)
        start(self._tape)
