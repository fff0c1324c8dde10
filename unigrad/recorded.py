"""`gradients` and `hessians` of TensorFlow's graphs, for programs that run as they are written.

They know the computation in one of two ways: as a function, which they run; or as values, which a tape in force has recorded.
"""

from typing import Any

from unigrad.conforming import is_array
from unigrad.errors import SourceError, SourceTypeError, TapeError
from unigrad.ops.creation import asarray
from unigrad.recording import listening
from unigrad.sources import UnconnectedGradients, as_target, finish, seeds_of, source_node, unconnected_of
from unigrad.structures import flatten, flatten_with_none
from unigrad.tape import GradientTape
from unigrad.tensor import Tensor
from unigrad.variable import Variable


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    *,
    stop_gradients: Any = None,
    unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
) -> Any:
    """The gradient of the sum of `ys` with respect to each of `xs`, in the structure of `xs`.

    Args:
        ys: a function of `xs` (which are its positional arguments, where they are a list or tuple), that is run here; or its
            results, tensors that were computed in the block of a tape in force, which tracks the `xs`. The innermost such tape
            answers. It is not used up, and records what is computed here, so that there are gradients of gradients:
            ``gradients(gradients(y, x), x)``.
        xs: tensors or variables, in any structure; for a function also arrays and numbers.
        grad_ys: a cotangent for each of `ys`, in their structure; ones by default.
        stop_gradients: tensors of the tape that count as constants, so that nothing behind them counts.
        unconnected_gradients: "none" or "zero".

    Raises:
        TapeError: no tape in force has recorded `ys`.
        SourceTypeError, SourceError, ShapeError, DTypeError: `ys`, `xs` or `grad_ys` are none, or do not fit each other.
    """
    unconnected = unconnected_of(unconnected_gradients)
    if ys is None:
        raise SourceTypeError(
            "gradients: `ys` is a function of `xs`, or tensors that a tape in force has recorded, not None"
        )
    if is_function(ys):
        if stop_gradients is not None:
            raise SourceError("gradients: of a function, say unigrad.stop_gradient in it instead of stop_gradients")
        xs = tensors_of(xs)
        with GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(xs)
            ys = ys(*xs) if isinstance(xs, list | tuple) else ys(xs)
        return tape.gradient(ys, xs, grad_ys, unconnected)
    targets = [as_target(y) for y in flatten(ys, "ys")[0]]
    tape = tape_of("gradients", targets)
    sources, unflatten = flatten(xs, "xs")
    nodes = [source_node(x, tape._watched) for x in sources]
    seeds = seeds_of(ys, targets, grad_ys)
    if stop_gradients is not None:
        tape = without(tape, stop_gradients)
    found = tape._sweep(targets, seeds, nodes)
    return unflatten([finish(x, ct, unconnected) for x, ct in zip(sources, found, strict=True)])


def hessians(ys: Any, xs: Any) -> Any:
    """The Hessian of the sum of `ys` with respect to each of `xs` alone, of shape ``x.shape + x.shape``.

    Args:
        ys, xs: as in `gradients`. The mixed derivatives of two `xs` are no part of the result.

    Returns:
        A tensor for each of `xs`; zeros where `ys` are linear in it, and None where they do not depend on it.
    """
    if is_function(ys):
        function, xs = ys, tensors_of(xs)
        with GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(xs)
            return hessians(function(*xs) if isinstance(xs, list | tuple) else function(xs), xs)
    tape_of("hessians", [as_target(y) for y in flatten(ys, "ys")[0]])
    sources, unflatten = flatten(xs, "xs")
    return unflatten([hessian(ys, x) for x in sources])


def hessian(ys: Any, x: Any) -> Any:
    """The Hessian with respect to one tensor: the Jacobian of its gradient, in one sweep."""
    first = gradients(ys, x)
    if first is None:
        return None
    tape = tape_of("hessians", [as_target(y) for y in flatten(ys, "ys")[0]])
    return without(tape, ()).jacobian(first, x, UnconnectedGradients.ZERO)


def is_function(ys: Any) -> bool:
    """Whether `ys` is a function, and no tensor."""
    return callable(ys) and not hasattr(ys, "__unigrad_tensor__")


def tensors_of(xs: Any) -> Any:
    """The arguments of a function as tensors and variables."""
    leaves, unflatten = flatten_with_none(xs)
    bad = next((x for x in leaves if not is_array(x)), None)
    if bad is not None or not leaves or any(x is None for x in leaves):
        raise SourceTypeError(f"gradients: `xs` are tensors, variables or arrays, not {xs!r:.60}")
    return unflatten([x if isinstance(x, Tensor | Variable) else asarray(x) for x in leaves])


def tape_of(what: str, targets: list[Tensor]) -> GradientTape:
    """The innermost tape in force that has recorded one of the targets; if none has, the innermost: they are constants."""
    tapes = [r for r in reversed(listening().recorders) if isinstance(r, GradientTape)]
    if not tapes:
        raise TapeError(
            f"{what}: no tape in force has recorded `ys`: call it inside the `with GradientTape() as tape:` block that computes "
            f"them, or give the function in the place of its result, {what}(f, xs)"
        )
    return next((t for t in tapes if any(y._node in t.tracked for y in targets)), tapes[0])


def without(tape: GradientTape, constants: Any) -> GradientTape:
    """A tape like this one that does not know how some tensors were computed."""
    stops = {as_target(c)._node for c in flatten(constants, "stop_gradients")[0]}
    copy = GradientTape(persistent=True)
    copy._entered, copy.level = True, tape.level
    copy.tracked, copy._watched, copy._complex = tape.tracked, tape._watched, tape._complex
    records = tape._records
    for i in range(0, len(records), 5):
        if records[i + 2] not in stops:
            copy._records.extend(records[i : i + 5])
    return copy
