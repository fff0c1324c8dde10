"""ForwardAccumulator: forward mode, one op at a time. The tangents live on the values' nodes and die with them."""

from typing import Any, Self

import numpy as np

from unigrad import dtypes, leaving
from unigrad.backend import backend_of
from unigrad.cotangents import absorbing
from unigrad.errors import DTypeError, ShapeError, SourceError, SourceTypeError, TapeStateError
from unigrad.ops.elementwise import astype, zeros_like
from unigrad.primitive import Entry, wrap
from unigrad.recording import DualNode, Node, listening, only, paused, start, stop
from unigrad.sources import UnconnectedGradients, check_source, short, unconnected_of
from unigrad.structures import flatten, flatten_with_none, same_structure
from unigrad.tensor import Tensor
from unigrad.variable import Variable


class ForwardAccumulator:
    """Computes the Jacobian-vector product of everything computed inside its block with the tangents of the primals.

    Args:
        primals: a tensor or variable, or a nested structure of them (as `GradientTape.gradient` takes), each at most once.
        tangents: a tensor for each primal, of its shape and dtype, in the same structure.
    """

    is_tape = False

    def __init__(self, primals: Any, tangents: Any) -> None:
        primal_leaves, _ = flatten(primals, "primals")
        tangent_leaves, _ = flatten(tangents, "tangents")
        missing, without = ([leaf is None for leaf in flatten_with_none(s)[0]] for s in (primals, tangents))
        if missing != without or (len(missing) > 1 and not same_structure(primals, tangents)):
            raise SourceError(
                f"the tangents ({len(tangent_leaves)}) differ in structure from the primals ({len(primal_leaves)}): "
                f"give one for each, in its place"
            )
        self._seeds: dict[Node, Any] = {}
        for p, t in zip(primal_leaves, tangent_leaves, strict=True):
            check_source(p)
            if not dtypes.is_float(p.dtype):
                continue
            node = p.node if isinstance(p, Variable) else p.leaf_node()
            if node in self._seeds:
                raise SourceError(
                    f"Tensor {short(p)} was specified as a primal multiple times. This may indicate an error. If it was "
                    f"intended, please sum the corresponding tangents."
                )
            self._seeds[node] = checked_tangent(p, t)
        self._recording = False

    def __enter__(self) -> Self:
        if self._recording:
            raise TapeStateError("Accumulator is already recording: it cannot be entered again inside its own block")
        self._recording = True
        start(self)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._recording:
            self._recording = False
            stop(self)

    def tangent_of(self, node: Node | None) -> Any:
        """The tangent of the value of a node, or None."""
        if node is None:
            return None
        if type(node) is DualNode and self in node.tangents:
            return node.tangents[self]
        return self._seeds.get(node)

    def tracks(self, node: Node) -> bool:
        """Whether the value of this node has a tangent here."""
        return self.tangent_of(node) is not None

    def push_forward(self, entry: Entry) -> None:
        """Compute the tangent of one op's output; accumulators outside this one, and every tape, see that too."""
        tangents = [self.tangent_of(n) for n in entry.nodes]
        if not self._recording or all(t is None for t in tangents):
            return
        everybody = listening().recorders
        outer = everybody[: everybody.index(self)]
        with only(tuple(r for r in everybody if r.is_tape or r in outer)), backend_of(entry.out).quiet(), absorbing():
            tangent = entry.primitive.jvp(entry, tangents)
            if tangent is None:  # a rule of the user's own says that nothing connects them
                return
            dtype = backend_of(entry.out).dtype_of(entry.out)
            if tangent.dtype != dtype:  # NumPy's bfloat16 with a Python number, inside a rule
                tangent = astype(tangent, dtype=dtype)
        if leaving.debuggers and (look := leaving.debugging()) is not None:
            look.tangent(entry, tangents, tangent)
        assert type(entry.node) is DualNode
        entry.node.tangents[self] = tangent

    def jvp(self, primals: Any, unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE) -> Any:
        """The tangent of each value in `primals`; None, or zeros, for what does not depend on the accumulator's primals."""
        unconnected = unconnected_of(unconnected_gradients)
        leaves, unflatten = flatten_with_none(primals)
        return unflatten([self._jvp(leaf, unconnected, len(leaves) > 1) for leaf in leaves])

    def _jvp(self, value: Any, unconnected: UnconnectedGradients, inside: bool) -> Any:
        if value is None and inside:
            return None
        if isinstance(value, Variable):
            node: Node | None = value.node
            value = value._value
        elif isinstance(value, Tensor):
            node = value._node
        else:
            raise SourceTypeError(f"jvp: {short(value)} of type {type(value).__name__} is no Tensor or Variable")
        tangent = self.tangent_of(node)
        if tangent is None and unconnected is UnconnectedGradients.ZERO:
            with paused():
                return zeros_like(value)
        return tangent


def checked_tangent(primal: Any, tangent: Any) -> Tensor:
    """The tangent of one primal as a tensor of its shape and dtype."""
    value = primal._value if isinstance(primal, Variable) else primal
    if hasattr(tangent, "__unigrad_tensor__"):
        tangent = tangent.__unigrad_tensor__()
    if not isinstance(tangent, Tensor):
        backend = value.backend
        try:
            raw = tangent if backend.owns(tangent) else np.asarray(tangent)
            tangent = wrap(backend.asarray(raw, value.dtype, None, True))
        except (TypeError, ValueError) as e:
            raise SourceTypeError(f"a tangent must be an array, not {short(tangent)}: {e}") from e
    if tangent.shape != value.shape:
        raise ShapeError(f"a tangent of shape {tangent.shape} for a primal of shape {value.shape}")
    if tangent.dtype != value.dtype:
        raise DTypeError(f"a tangent of dtype {tangent.dtype} for a primal of dtype {value.dtype}")
    return tangent  # type: ignore[no-any-return]
