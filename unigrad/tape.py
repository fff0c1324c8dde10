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
from unigrad.recording import LEVEL, ONE_AT_A_TIME, Node, listening, only, start, stop
from unigrad.sources import (
    UnconnectedGradients,
    all_finite,
    as_target,
    finish,
    present,
    seeds_of,
    short,
    source_node,
    unconnected_of,
    values_of,
    warn_dtype,
    whole_or_rows,
)
from unigrad.structures import flatten, flatten_with_none
from unigrad.tensor import Tensor
from unigrad.variable import Variable
from unigrad.yielding import UNYIELDING


class GradientTape(Looks):
    """Records what is computed with watched tensors and trainable variables; `gradient` differentiates it.

    Args:
        persistent: keep the records after `gradient`, so that it can be asked again.
        watch_accessed_variables: watch every trainable `Variable` that is read while the tape records.
    """

    is_tape = True
    _linearize = False  # a recorded walk leaves the partial derivatives that it computed for the next one

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self.watches_variables = watch_accessed_variables
        self.tracked: dict[Node, None] = {}  # not a set: torch.compile loses what is added to one that holds objects
        self._watched: dict[Node, Any] = {}  # those of `tracked` that `watch` was given, and where
        self._records: list[Any] = []  # flat, five entries an op: rule, input nodes, output node, saved, shapes
        self.log: Callable[[Any], None] = _ignore
        self._variables: dict[Node, Variable] = {}
        self._snapshots: dict[int, tuple[Raw, Raw]] = {}
        self._recording = False
        self._entered = False
        self._used = False
        self.level = 0  # of batching: what is batched at a higher one is so inside of this tape alone
        self._complex = False  # a complex number was met: the sweep conjugates
        self._met: Any = None  # the last dtype that was met

    # -- recording -----------------------------------------------------------------------------------------------
    def __enter__(self) -> Self:
        if self._recording:
            raise TapeStateError("Tape is still recording: it cannot be entered again inside its own `with` block")
        self.level = LEVEL.last
        start(self)
        self._entered = self._recording = True  # no call may fail between the two
        self.log = self._records.extend
        if leaving.debuggers:
            self._follow(True)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._recording:
            self._recording = False
            self.log = _ignore  # a task started inside the block has the tape in its context for longer than the block
            stop(self)
            if leaving.debuggers:
                self._follow(False)

    def _relisten(self) -> None:
        if self._recording:
            self.log = self._records.extend
            if leaving.debuggers:
                self._follow(True)

    def _follow(self, on: bool) -> None:
        """Tell the `unigrad.debug` in force that recording begins or ends."""
        look = leaving.debugging()
        if look is not None:
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
        self.tracked[node] = None
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
        if type(tensor) is Tensor and kind_of(tensor._raw) in "fc":
            self.meet(tensor._raw)
            node = tensor.leaf_node()
            self._watched[node] = where
            self.tracked[node] = None
            return
        leaves = flatten_with_none(tensor)[0]
        if len(leaves) > 1:  # None is a part of a structure that is not there
            leaves = [leaf for leaf in leaves if leaf is not None]
        for leaf in leaves:  # all of them are looked at before any is watched
            if not isinstance(leaf, Tensor | Variable):
                raise SourceError(
                    f"Passed in object {short(leaf)} of type {type(leaf).__name__!r}, not unigrad.Tensor or "
                    f"unigrad.Variable: make a tensor of it first, with unigrad.asarray"
                )
            if not dtypes.is_float(leaf.dtype):
                warn_dtype("watch", leaf)
            self.meet(present(leaf)._raw)
        variables = {v.node: v for v in leaves if isinstance(v, Variable) and v.node not in self.tracked}
        nodes = [t.leaf_node() for t in leaves if isinstance(t, Tensor)]
        self._variables.update(variables)
        watched = dict.fromkeys(nodes, where)
        self.tracked.update(dict.fromkeys((*variables, *watched)))
        self._watched.update(watched)

    def watch_variable(self, variable: Variable) -> None:
        """Track a variable."""
        node = variable.node
        if node not in self.tracked:
            self.tracked[node] = None
            self._variables[node] = variable
            raw = variable._value._raw
            if raw.dtype is not self._met:
                self.meet(raw)

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that the tape watches, in the order in which they were made."""
        return tuple(sorted(self._variables.values(), key=lambda v: v.number))

    def stop_recording(self) -> Any:
        """A context in which this tape records nothing; what other threads and tasks do meanwhile it still hears."""
        if not self._entered:
            raise TapeError("Trying to stop recording a tape which is not recording.")
        self._must_record()
        return _Pause(self)

    def _must_record(self) -> None:
        if not self._recording or self not in listening().recorders:
            raise TapeStateError("Tape is not recording.")

    def reset(self) -> None:
        """Forget everything recorded and watched, and go on recording."""
        self._must_record()
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
            target: a tensor or variable, or a nested structure of them: lists, tuples, dicts, named tuples, dataclasses, and
                what is registered with optree. None inside of a structure counts nothing.
            sources: likewise; None inside of a structure has the gradient None.
            output_gradients: cotangents of the targets, of their shapes and in their structure; ones by default.
            unconnected_gradients: `UnconnectedGradients.NONE` or `ZERO`, or its value.

        Returns:
            For each source a tensor of its shape and dtype, or None when no recorded path leads from it to a target. For
            complex numbers the convention is df/dx + i df/dy, the direction of steepest ascent. For a source that was only
            read by gathers of rows it is `IndexedSlices`, a tensor that makes its dense array when that is first needed.
        """
        unconnected = unconnected_of(unconnected_gradients)
        if target is None:
            raise SourceTypeError(
                "Argument `target` should be a list or nested structure of Tensors or Variables to be differentiated, "
                "but received None."
            )
        if not self._entered:
            raise TapeError("this tape has never been entered: nothing was recorded on it")
        if self._used:
            self._refuse()
        source_leaves, unflatten = flatten(sources, "sources")
        target_leaves = [as_target(t) for t in flatten(target, "target")[0]]
        nodes = [source_node(s, self._watched) for s in source_leaves]
        seeds = seeds_of(target, target_leaves, output_gradients)
        if not self._persistent:
            self._use_up()
        try:
            if self._persistent or not self._recording:
                found = self._sweep(target_leaves, seeds, nodes)
            else:  # its own backward is not recorded on a tape that can be asked only once
                with only(tuple(r for r in listening().recorders if r is not self)):
                    found = self._sweep(target_leaves, seeds, nodes)
            results = unflatten([finish(s, ct, unconnected) for s, ct in zip(source_leaves, found)])
        except BaseException:
            self._used = False
            raise
        if not self._persistent:
            for g in found:
                if g is None or g is ZERO:  # `explain` may be asked why
                    self._remains = (*(self._records[i::5] for i in range(3)), [g is ZERO for g in found], nodes)
                    break
            self._records.clear()
            self._snapshots.clear()
        return results

    def _use_up(self) -> None:
        """The one answer of a tape that is not persistent goes to one thread."""
        with ONE_AT_A_TIME:
            used, self._used = self._used, True
        if used:
            self._refuse()

    def _refuse(self) -> None:
        raise TapeError(
            "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians): "
            "make it with GradientTape(persistent=True) to ask it again"
        )

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of every element of `target` with respect to every element of each source.

        All rows are computed in one sweep, by `vmap`.

        Args:
            target: one tensor or variable.
            sources: a tensor or variable, or a nested structure of them.
            unconnected_gradients: as in `gradient`.
            parallel_iterations: how many rows at once, where all of them would take too much memory; None: all.
            experimental_use_pfor: False: one row after the other, of a persistent tape.

        Returns:
            In the structure of `sources`, for each a tensor of the shape of `target` and then of the source, or None.

        Raises:
            TapeError, SourceError, SourceTypeError: as `gradient`; for a target that is a structure; for `experimental_use_pfor`
                False on a tape that is not persistent.
        """
        from unigrad.batching.sweeping import jacobian

        return jacobian(self, target, sources, unconnected_gradients, parallel_iterations, experimental_use_pfor)

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """For each example the Jacobian of its part of `target` with respect to its part of `source`, in one sweep by `vmap`.

        It is meant for a target of which each example depends on the same example of the source alone.

        Args:
            target: a tensor or variable of shape (n, ...), of two or more axes.
            source: a tensor or variable of shape (n, ...), of two or more axes.
            unconnected_gradients: accepted; what is not connected is zeros, as TensorFlow has it.
            parallel_iterations, experimental_use_pfor: as in `jacobian`.

        Returns:
            A tensor of shape (n, ...) with the axes of one example of the target, then those of one of the source.

        Raises:
            ShapeError: fewer than two axes, or another number of examples.
            TapeError, SourceTypeError: as `jacobian`.
        """
        from unigrad.batching.sweeping import batch_jacobian

        return batch_jacobian(self, target, source, unconnected_gradients, parallel_iterations, experimental_use_pfor)

    def _sweep(self, targets: list[Tensor], seeds: list[Any], sources: list[Any]) -> list[Any]:
        """Plain products first; again with absorbing ones when a result is not finite, or cannot be looked at."""
        if not targets:
            return [None] * len(sources)
        backend = backend_of(targets[0]._raw)
        traced = not all(backend_of(t._raw).can_look(t._raw) for t in (*targets, *seeds))
        look = leaving.debugging() if leaving.debuggers else None
        sweep = sweeps if look is None else look.sweep(self, traced)
        with backend.quiet():
            if not traced:
                found = self._walk(targets, seeds, sources, absorbing=False, sweep=sweep)
                if all_finite(values_of(found)) and (look is None or not sweep.doubtful):
                    return found
            with absorbing():
                return self._walk(targets, seeds, sources, absorbing=True, sweep=sweep)

    def _walk(
        self, targets: list[Tensor], seeds: list[Any], sources: list[Any], *, absorbing: bool, sweep: Any = sweeps
    ) -> list[Any]:
        """One walk backwards over the records: with tensors when somebody listens to it, else on raw arrays.

        With tensors too on a library whose operators raise for what they do not know.
        """
        recorded = bool(listening().recorders) or (bool(UNYIELDING) and targets[0].backend.name in UNYIELDING)
        cts: dict[Any, Any] = {}
        keep = {n for n in sources if n is not None}
        for t, seed in zip(targets, seeds, strict=True):
            node = t._node
            if node is not None and (node in self.tracked or node in keep):
                ct = seed if recorded else settle(seed)
                cts[node] = ct if node not in cts else cts[node] + ct
        if absorbing or self._complex:
            kept = sweep.careful(
                self._records, cts, keep, recorded=recorded, absorbing=absorbing, conjugating=self._complex
            )
        elif recorded:
            kept = sweep.recorded(self._records, cts, keep, linearize=self._linearize)
        else:
            kept = sweep.fast(self._records, cts, keep)
        cts.update(kept)
        return [whole_or_rows(ct) if type(ct) is Pieces else ct for ct in map(cts.get, sources)]


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
        stop(tape)
        if leaving.debuggers:
            tape._follow(False)

    def __exit__(self, *exc: object) -> None:
        tape = self._tape
        tape._pausing = False
        if tape._recording and tape not in listening().recorders:
            start(tape)
            if leaving.debuggers:
                tape._follow(True)
