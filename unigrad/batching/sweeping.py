"""Jacobians of what a tape has recorded: one sweep for all elements of the target, with the unit cotangents batched.

The records hold what they hold for a gradient. The cotangents are `Batched`, so every rule computes all rows at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from unigrad.batching.crossing import enter, examples_of
from unigrad.batching.units import beside, units
from unigrad.errors import ShapeError, SourceError, SourceTypeError, TapeError
from unigrad.ops.manipulation import size_of
from unigrad.primitive import TABLE, wrap
from unigrad.recording import LEVEL, listening, only, paused
from unigrad.sources import UnconnectedGradients, as_target, short, unconnected_of
from unigrad.structures import flatten
from unigrad.tensor import Tensor


def jacobian(
    tape: Any, target: Any, sources: Any, unconnected: Any, parallel_iterations: int | None, at_once: bool
) -> Any:
    """`GradientTape.jacobian`."""
    unconnected = unconnected_of(unconnected)
    value = _single(target, "target")
    leaves, unflatten = flatten(sources, "sources")
    _check(tape, at_once, "jacobian")
    shape = value.shape
    count = size_of(shape)
    rows = _rows(parallel_iterations, at_once, count)

    def seeds(first: int, last: int, level: int) -> Tensor:
        if last - first == count:
            return _all_units(value, shape, level, 0)
        return _entered(_units(count, first, last, value.dtype).reshape(last - first, *shape), value, level)

    found = _sweeps(tape, target, leaves, unconnected, seeds, count, rows)
    return unflatten([None if g is None else _reshaped(g, (*shape, *g.shape[1:])) for g in found])


def batch_jacobian(
    tape: Any, target: Any, source: Any, unconnected: Any, parallel_iterations: int | None, at_once: bool
) -> Any:
    """`GradientTape.batch_jacobian`."""
    unconnected_of(unconnected)
    value, x = _single(target, "target"), _single(source, "source")
    for name, shape in (("target", value.shape), ("source", x.shape)):
        if len(shape) < 2:
            raise ShapeError(
                f"Shape {shape} must have rank at least 2: the {name} of batch_jacobian has its examples along the first axis, "
                f"and the axes of one example after it"
            )
    if value.shape[0] != x.shape[0]:
        raise ShapeError(
            f"Need first dimension of target shape ({value.shape}) and source shape ({x.shape}) to match: it counts the examples"
        )
    _check(tape, at_once, "batch_jacobian")
    n, *rest = value.shape
    count = size_of(rest)
    rows = _rows(parallel_iterations, at_once, count)

    def seeds(first: int, last: int, level: int) -> Tensor:
        if last - first == count:
            return _all_units(value, (n, *rest), level, 1)
        units = _units(count, first, last, value.dtype).reshape(last - first, 1, *rest)
        return _entered(np.broadcast_to(units, (last - first, n, *rest)), value, level)

    # what is not connected is zero, as TensorFlow has it, whatever is asked
    (found,) = _sweeps(tape, target, [source], UnconnectedGradients.ZERO, seeds, count, rows)
    if found is None:  # of an integer dtype
        return None
    axes = (1, 0, *range(2, len(found.shape)))
    return _reshaped(TABLE["permute_dims"](found, axes=axes), (n, *rest, *x.shape[1:]))


def _single(value: Any, what: str) -> Tensor:
    """The one tensor that is asked for."""
    if isinstance(value, list | tuple | dict):
        raise SourceTypeError(
            f"a Jacobian has one {what}, a Tensor or Variable, not the {type(value).__name__} {short(value)}: ask once for each"
        )
    return as_target(value)


def _check(tape: Any, at_once: bool, what: str) -> None:
    if not at_once and not tape._persistent:
        raise TapeError(
            f"GradientTape must be created with persistent=True to compute the {what} with experimental_use_pfor set to False: "
            f"one gradient after the other is asked of it. Leave it out for all of them at once"
        )


def _rows(parallel_iterations: Any, at_once: bool, count: int) -> int:
    """How many rows of the Jacobian are computed together."""
    if not at_once:
        return 1
    if parallel_iterations is None:
        return max(count, 1)
    if isinstance(parallel_iterations, bool) or not isinstance(parallel_iterations, int) or parallel_iterations < 1:
        raise SourceError(f"parallel_iterations is a positive int or None, not {parallel_iterations!r}")
    return parallel_iterations


def _units(count: int, first: int, last: int, dtype: Any) -> np.ndarray[Any, Any]:
    """Rows of the identity."""
    return np.eye(last - first, count, first, dtype=dtype)


def _all_units(value: Tensor, shape: tuple[int, ...], level: int, free: int) -> Tensor:
    """A unit vector for each element of the target, but for its first `free` axes."""
    return wrap(units(beside(np.ones(shape, value.dtype), value._raw), level, free))  # type: ignore[no-any-return]


def _entered(values: np.ndarray[Any, Any], value: Tensor, level: int) -> Tensor:
    """Some of the unit vectors, along the first axis, as a batched constant in the place of the target."""
    seed = wrap(beside(np.array(values), value._raw))
    with paused():
        return enter(seed, level=level, size=len(values))  # type: ignore[no-any-return]


def _sweeps(
    tape: Any, target: Any, leaves: list[Any], unconnected: UnconnectedGradients, seeds: Any, count: int, rows: int
) -> list[Any]:
    """For each source its cotangents for all seeds, along a first axis; None where it is not connected."""
    if count == 0:  # one sweep says what is connected
        found = tape.gradient(target, leaves, unconnected_gradients=unconnected)
        with paused():
            return [None if g is None else TABLE["broadcast_to"](_none_of(g), shape=(0, *g.shape)) for g in found]
    starts = list(range(0, count, rows))
    parts = []
    for first in starts:
        last = min(first + rows, count)
        level, size = LEVEL.next(), last - first
        seed = seeds(first, last, level)
        with _kept(tape) if first != starts[-1] else _as_it_is():
            found = tape.gradient(target, leaves, seed, unconnected)
        parts.append([None if g is None else examples_of(g, level, size) for g in found])
    if len(parts) == 1:
        return parts[0]
    return [None if any(g is None for g in gs) else TABLE["concat"](*gs, axis=0) for gs in zip(*parts, strict=True)]


def _none_of(g: Tensor) -> Any:
    """A first axis of size 0."""
    return TABLE["getitem"](TABLE["reshape"](g, shape=(1, *g.shape)), index=slice(0, 0))


@contextmanager
def _kept(tape: Any) -> Iterator[None]:
    """The records stay, for another sweep."""
    persistent = tape._persistent
    if persistent:
        yield
        return
    tape._persistent = True
    try:
        with only(tuple(r for r in listening().recorders if r is not tape)):
            yield
    finally:
        tape._persistent = False


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


def _reshaped(x: Any, shape: tuple[int, ...]) -> Any:
    return TABLE["reshape"](x, shape=shape) if tuple(x.shape) != shape else x
