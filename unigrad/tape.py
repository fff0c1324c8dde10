"""GradientTape: a list of records, and one walk backwards over it."""

import warnings
from enum import Enum
from typing import Any, Self

import numpy as np

from unigrad import dtypes, sweeps
from unigrad.backend import Raw, backend_of
from unigrad.cotangents import ZERO, Pieces, as_tensor
from unigrad.errors import (
    DTypeError,
    MixedBackendsError,
    NotDifferentiableWarning,
    ShapeError,
    SourceError,
    SourceTypeError,
    TapeError,
    TapeStateError,
)
from unigrad.ops.creation import full_like
from unigrad.ops.elementwise import astype, zeros_like
from unigrad.primitive import Entry, wrap
from unigrad.recording import Node, listening, paused, start, stop
from unigrad.structures import flatten, flatten_with_none, leaves_of
from unigrad.tensor import Tensor
from unigrad.variable import Variable


class UnconnectedGradients(Enum):
    """What `gradient` gives for a source that no path leads to: None, or zeros of the source's shape and dtype."""

    NONE = "none"
    ZERO = "zero"


class GradientTape:
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
        self._records: list[Any] = []  # flat, five entries an op: rule, input nodes, output node, saved, shapes
        self.log = self._records.extend
        self._variables: dict[int, Variable] = {}
        self._snapshots: dict[int, tuple[Raw, Raw]] = {}
        self._recording = False
        self._entered = False
        self._used = False
        self._complex = False  # a complex number was met: the sweep conjugates

    # -- recording -----------------------------------------------------------------------------------------------
    def __enter__(self) -> Self:
        if self._recording:
            raise TapeStateError("Tape is still recording: it cannot be entered again inside its own `with` block")
        self._entered = self._recording = True
        start(self)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._recording:
            self._recording = False
            stop(self)

    def tracks(self, node: Node) -> bool:
        """Whether the value of this node is watched or computed from what is."""
        return node in self.tracked

    def record(self, entry: Entry) -> None:
        """Append one op (the general road; the common ops append by themselves)."""
        wanted = tuple([i for i, n in enumerate(entry.nodes) if n is not None and n in self.tracked])
        if wanted:
            rule = entry.primitive.rule(wanted)
            self.tracked.add(entry.node)
            if not self._complex:
                self._complex = dtypes.is_complex(backend_of(entry.out).dtype_of(entry.out))
            self.log((rule, tuple(entry.nodes), entry.node, rule.save(entry), entry.spec))

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
        for leaf in leaves_of(tensor):
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
            self._complex = self._complex or dtypes.is_complex(leaf.dtype)
            self.tracked.add(leaf.leaf_node())

    def watch_variable(self, variable: Variable) -> None:
        """Track a variable, in the order of first reading."""
        if id(variable) not in self._variables:
            self._variables[id(variable)] = variable
            self._complex = self._complex or dtypes.is_complex(variable.dtype)
            self.tracked.add(variable.node)

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
        self._variables.clear()
        self._snapshots.clear()

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
        target_leaves = [as_target(t) for t in leaves_of(target)]
        for s in source_leaves:
            check_source(s)
        seeds = seeds_of(target_leaves, output_gradients)
        nodes = [source_node(s) for s in source_leaves]
        if self._persistent or not self._recording:
            found = self._sweep(target_leaves, seeds, nodes)
        else:  # its own backward is not recorded on a tape that can be asked only once
            stop(self)
            try:
                found = self._sweep(target_leaves, seeds, nodes)
            finally:
                start(self)
        if not self._persistent:
            self._records.clear()
            self._snapshots.clear()
            self._used = True
        results = [finish(s, ct, unconnected) for s, ct in zip(source_leaves, found, strict=True)]
        return unflatten(results)

    def _sweep(self, targets: list[Tensor], seeds: list[Any], sources: list[Any]) -> list[Any]:
        """Plain products first; again with absorbing ones when a result is not finite, or cannot be looked at."""
        if not targets:
            return [None] * len(sources)
        backend = backend_of(targets[0]._raw)
        traced = any(backend_of(t._raw).is_traced(t._raw) for t in (*targets, *seeds))
        with backend.quiet():
            if not traced:
                found = self._walk(targets, seeds, sources, absorbing=False)
                if backend.all_finite([raw_of(g) for g in found if g is not None and g is not ZERO]):
                    return found
            return self._walk(targets, seeds, sources, absorbing=True)

    def _walk(self, targets: list[Tensor], seeds: list[Any], sources: list[Any], *, absorbing: bool) -> list[Any]:
        """One walk backwards over the records: with tensors when somebody listens to it, else on raw arrays."""
        recorded = bool(listening().recorders)
        cts: dict[Any, Any] = {}
        for t, seed in zip(targets, seeds, strict=True):
            node = t._node
            if node is not None and node in self.tracked:
                ct = seed if recorded else seed._raw
                cts[node] = ct if node not in cts else cts[node] + ct
        keep = {n for n in sources if n is not None}
        if recorded or absorbing or self._complex:
            kept = sweeps.careful(
                self._records, cts, keep, recorded=recorded, absorbing=absorbing, conjugating=self._complex
            )
        else:
            kept = sweeps.fast(self._records, cts, keep)
        found = [kept.get(n, cts.get(n)) for n in sources]
        return [ct.whole() if type(ct) is Pieces else ct for ct in found]


class _Pause:
    """The block in which a tape does not record."""

    def __init__(self, tape: GradientTape) -> None:
        self._tape = tape

    def __enter__(self) -> None:
        self._tape._recording = False
        stop(self._tape)

    def __exit__(self, *exc: object) -> None:
        self._tape._recording = True
        start(self._tape)


# -- targets, sources, seeds -----------------------------------------------------------------------------------------


def short(value: Any) -> str:
    """A short text of a value, for messages."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def as_target(target: Any) -> Tensor:
    """The tensor of a target."""
    if isinstance(target, Variable):
        return target.value()
    if not isinstance(target, Tensor):
        raise SourceTypeError(
            f"a target must be a Tensor or Variable, not {short(target)} of type {type(target).__name__}: "
            f"what has left the tape has no gradient"
        )
    return target


def check_source(source: Any) -> None:
    """A source is a tensor or a variable of a floating dtype; of another dtype it gets a warning, and None."""
    if not isinstance(source, Tensor | Variable):
        raise SourceTypeError(
            f"a source must be a Tensor or Variable, not {short(source)} of type {type(source).__name__}: "
            f"make it with unigrad.asarray or unigrad.Variable before the tape, and watch it"
        )
    if not dtypes.is_float(source.dtype):
        warn_dtype("gradient", source)


def warn_dtype(what: str, leaf: Any) -> None:
    """Say that this dtype carries no gradient."""
    warnings.warn(
        f"{what}: a source of dtype {leaf.dtype} has no gradient (it will be None): only floating and complex tensors do; "
        f"cast it with unigrad.astype(x, unigrad.float64) first",
        NotDifferentiableWarning,
        stacklevel=4,
    )


def source_node(source: Any) -> Node | None:
    """The node under which the cotangent of a source is found."""
    if not dtypes.is_float(source.dtype):
        return None
    return source.node if isinstance(source, Variable) else source.source_node()


def unconnected_of(value: UnconnectedGradients | str) -> UnconnectedGradients:
    """The option, from its value or itself."""
    try:
        return UnconnectedGradients(value)
    except ValueError:
        raise SourceError(f"Unknown value for unconnected_gradients: {value!r}; it is 'none' or 'zero'") from None


def seeds_of(targets: list[Tensor], output_gradients: Any) -> list[Tensor]:
    """The cotangent of each target: ones, or what the caller gave, checked."""
    if output_gradients is None:
        return [full_like(t, 1) if type(t) is Tensor else t for t in targets]
    given = flatten_with_none(output_gradients)[0]
    if len(given) != len(targets):
        raise SourceError(f"output_gradients holds {len(given)} cotangents for {len(targets)} targets")
    seeds = []
    for t, g in zip(targets, given, strict=True):
        if g is None:
            seeds.append(full_like(t, 1))
            continue
        backend = backend_of(t._raw)
        if isinstance(g, Variable):
            g = g.value()
        if not isinstance(g, Tensor):
            try:
                g = wrap(g if backend.owns(g) else backend.asarray(np.asarray(g), t.dtype, None, True))
            except (TypeError, ValueError) as e:
                raise SourceTypeError(f"output_gradients: {short(g)} is no array: {e}") from e
        elif g.backend.name != backend.name:
            raise MixedBackendsError(f"output_gradients lives in {g.backend.name!r}, its target in {backend.name!r}")
        if g.shape != t.shape:
            raise ShapeError(f"output_gradients: a cotangent of shape {g.shape} for a target of shape {t.shape}")
        if dtypes.is_complex(g.dtype) and not dtypes.is_complex(t.dtype):
            raise DTypeError(f"output_gradients: a {g.dtype} cotangent for a target of dtype {t.dtype}")
        seeds.append(astype(g, dtype=t.dtype) if g.dtype != t.dtype else g)
    return seeds


def raw_of(ct: Any) -> Raw:
    """The raw array of a cotangent."""
    return ct._raw if type(ct) is Tensor else ct


def finish(source: Any, ct: Any, unconnected: UnconnectedGradients) -> Tensor | None:
    """A source's cotangent as a tensor of the source's dtype; None or zeros when there is none."""
    value = source.value() if isinstance(source, Variable) else source
    if ct is None:
        if unconnected is UnconnectedGradients.NONE:
            return None
        with paused():
            return zeros_like(value)  # type: ignore[no-any-return]
    if ct is ZERO:
        with paused():
            return zeros_like(value)  # type: ignore[no-any-return]
    result = as_tensor(ct)
    if result.dtype != value.dtype:
        result = astype(result, dtype=value.dtype)
    return result  # type: ignore[no-any-return]
