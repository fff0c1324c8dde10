"""vmap: a function of one example, run for many at once."""

import functools
import gc
from collections.abc import Callable
from typing import Any

import numpy as np

from unigrad import batching  # noqa: F401  binds the rules of batching
from unigrad.backend import backend_of, find_backend
from unigrad.batched import levels_of, visible
from unigrad.batching.crossing import enter, examples_of
from unigrad.batching.loop import policy
from unigrad.conforming import plain, raw_of
from unigrad.errors import AxisError, BatchedValueError, ShapeError, SourceError, SourceTypeError
from unigrad.looking.places import place_in
from unigrad.operands import ndarray_of
from unigrad.ops.creation import as_array, asarray
from unigrad.ops.manipulation import moveaxis
from unigrad.outliving import held_by_calls_alone
from unigrad.primitive import wrap
from unigrad.running import Running, examples
from unigrad.sources import short
from unigrad.structures import flatten_with_none, is_record, parts_of
from unigrad.tensor import Tensor
from unigrad.views import unwrite

Axes = Any  # an int, None, or a structure of them

#: what to do about an argument without examples
_SAME_FOR_ALL = "say in_axes=None for what is the same for all; for a keyword argument, bind it by functools.partial"


def vmap(function: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0) -> Callable[..., Any]:
    """A function that runs `function` for every example along an axis of its arguments, and lays the results side by side.

    All examples are computed at once, by one call of the library for each op. Inside, a tensor has the shape of one example; its
    values are not known, so a condition on them is for `unigrad.where`. It may stand inside and outside of tapes, accumulators
    and other vmaps: the gradient of a `vmap` is the sum over the examples, and the `vmap` of a gradient gives one for each.
    Random numbers are drawn anew for every example, but for those of a `seed`, which are the same. The function runs once: what
    it writes to a tensor from outside is written once, for all examples.

    Args:
        function: of arrays and nested structures of them (lists, tuples, dicts, what optree knows); it returns likewise.
        in_axes: along which axis of each argument the examples lie: an int (negative: from the end), None for an argument that is
            the same for all of them, or a tuple of these, one for each argument, where for a structure a structure may stand. A
            None in an argument stays one.
            Keyword arguments have their examples along axis 0.
        out_axes: where the examples go in the results: an int, or a structure of them; None for a result that is the same for
            all examples, which is then given once.

    Returns:
        A function of the same arguments. Raw arrays alone in, raw arrays out.

    Raises:
        ShapeError: examples of unequal number, an axis that an argument does not have, no argument with examples, or a result
            that differs between the examples where `out_axes` is None.
        SourceError: `in_axes` or `out_axes` of another structure than the arguments or results.
        SourceTypeError: an argument with examples, or a result, that is no array.
        BatchedValueError: a tensor from outside is written to with values that differ between the examples; or a value of one is
            looked at, for a condition.

    The idea of interpreting a program on batched values, one level for each nested call, is that of JAX (J. Bradbury and others,
    2018) and of functorch.
    """

    if not callable(function):
        raise SourceTypeError(f"vmap: needs a function, not {short(function)} of type {type(function).__name__}")

    @functools.wraps(function, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def mapped(*args: Any, **kwargs: Any) -> Any:
        leaves, unflatten = flatten_with_none((args, kwargs))
        axes = [None if a is None else axis for a, axis in zip(leaves, _spread_in(in_axes, args, kwargs), strict=True)]
        arrays = [a if axis is None else _array(a) for a, axis in zip(leaves, axes, strict=True)]
        axes = [None if axis is None else _axis(axis, a) for a, axis in zip(arrays, axes, strict=True)]
        arrays = _in_one_library(arrays, axes)
        size = _size(arrays, axes)
        raw = not any(hasattr(leaf, "__unigrad_tensor__") for leaf in leaves)
        with examples(size) as run:
            try:
                inside = [
                    a
                    if axis is None
                    else enter(_tensor(moveaxis(a, axis, 0) if axis else a), level=run.level, size=size)
                    for a, axis in zip(arrays, axes, strict=True)
                ]
                given, named = unflatten(inside)
                results = function(*given, **named)
                outs, rebuild = flatten_with_none(results)
                places = _spread_out(out_axes, results, len(outs))
                done = [_out(out, place, run.level, size) for out, place in zip(outs, places, strict=True)]
            except BaseException:
                unwrite(run.written)
                raise
        if run.written:
            del inside, given, named, results, outs
            _only_inside(run)
        return rebuild([plain(d) for d in done] if raw else done)

    return mapped


def vectorized_map(fn: Callable[[Any], Any], elems: Any, fallback_to_while_loop: bool = True, warn: bool = True) -> Any:
    """`vmap` by its TensorFlow name: `fn` of every example along the first axis of the tensors in `elems`, at once.

    Args:
        fn: of one structure like `elems`.
        elems: a tensor or a nested structure of them, with the examples along the first axes.
        fallback_to_while_loop: False: an op without a batching rule is an error, and not run in a loop.
        warn: whether such an op warns.

    Returns:
        The results, with the examples along the first axes.
    """
    with policy(allowed=fallback_to_while_loop, warned=warn):
        return vmap(fn)(elems)


# -- axes ----------------------------------------------------------------------------------------------------------------


def _spread_in(in_axes: Axes, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[int | None]:
    """The axis of the examples for every leaf of the arguments."""
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)
    if isinstance(in_axes, tuple) and len(in_axes) != len(args):
        raise SourceError(f"vmap: in_axes has {len(in_axes)} entries for {len(args)} positional arguments: {in_axes!r}")
    each = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
    found: list[int | None] = []
    for k, (axes, arg) in enumerate(zip(each, args, strict=True)):
        found += prefix(axes, arg, f"in_axes of argument {k}")
    for value in (kwargs[name] for name in sorted(kwargs)):
        found += prefix(0, value, "in_axes")
    return found


def _spread_out(out_axes: Axes, results: Any, count: int) -> list[int | None]:
    return prefix(out_axes, results, "out_axes")


def prefix(axes: Axes, tree: Any, what: str) -> list[Any]:
    """One entry for each leaf of `tree`, from a structure whose entries may stand for whole parts of it."""
    import optree

    if axes is None or isinstance(axes, int | np.integer):
        return [axes] * len(flatten_with_none(tree)[0])
    if (
        is_record(axes) and type(axes) is type(tree) and optree.tree_is_leaf(axes)
    ):  # by field: an integer in a dataclass is no leaf
        parts = parts_of(tree)
        return [axis for name in sorted(parts) for axis in prefix(getattr(axes, name), parts[name], what)]
    if not isinstance(axes, list | tuple | dict) and optree.tree_is_leaf(axes):
        raise SourceError(f"vmap: {what} holds ints and None, not {axes!r}")
    found: list[Any] = []
    try:
        optree.tree_map(
            lambda axis, part: found.extend(prefix(axis, part, what)), axes, tree, none_is_leaf=True
        )  # fmt: skip
    except (ValueError, TypeError) as e:
        if isinstance(e, SourceError):
            raise
        raise SourceError(f"vmap: {what} is {axes!r}, which does not fit the structure of {short(tree)}: {e}") from e
    return found


def _axis(axis: int, array: Any) -> int:
    ndim = len(array.shape)
    if isinstance(axis, bool) or not -ndim <= axis < ndim:
        raise AxisError(
            f"vmap: in_axes is {axis} for an argument of shape {tuple(array.shape)}, which has no such axis"
            + ("" if ndim else f": {_SAME_FOR_ALL}")
        )
    return int(axis % ndim)


def _size(arrays: list[Any], axes: list[int | None]) -> int:
    sizes = {k: int(a.shape[axis]) for k, (a, axis) in enumerate(zip(arrays, axes, strict=True)) if axis is not None}
    if not sizes:
        raise ShapeError("vmap: no argument has examples: in_axes is None for all of them, or there are none")
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{n} (axis {axes[k]} of shape {tuple(arrays[k].shape)})" for k, n in sizes.items())
        raise ShapeError(f"vmap: the arguments have unequal numbers of examples: {told}")
    return next(iter(sizes.values()))


def _only_inside(run: Running) -> None:
    """An error for a write of values that differ between the examples to a tensor that outlives the function."""
    written = _outside(run.written, run)
    if written:
        gc.collect()  # what the function left in a cycle is not held outside
        written = _outside(written, run)
    found = unwrite(written)
    if found is not None:
        tensor, where = found
        line = "" if where is None else f", at {place_in(*where)},"
        raise BatchedValueError(
            f"vmap: a tensor of shape {tensor.shape} that lives outside of the function was written to{line} with values that "
            f"differ between the {run.size} examples, and it has one value: return them from the function; or write into a "
            f"copy that is made inside of it, or make one with t.at[index].set(value)"
        )


def _outside(written: list[Any], run: Running) -> list[Any]:
    """Those of the tensors written to that are alive, and that somebody holds besides the pullbacks on a tape."""
    written = [entry for entry in written if entry[0]() is not None]
    if not (written and run.calls):
        return written
    inside = held_by_calls_alone(run.calls)
    return [entry for entry in written if id(entry[0]()) not in inside]


# -- values --------------------------------------------------------------------------------------------------------------


def _array(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return ndarray_of("vmap", value)
    try:
        return as_array(value)
    except TypeError as e:
        raise SourceTypeError(
            f"vmap: {short(value)} of type {type(value).__name__} has no examples: {_SAME_FOR_ALL}"
        ) from e


def _in_one_library(arrays: list[Any], axes: list[int | None]) -> list[Any]:
    """NumPy's arrays of examples brought to the library of the other arguments, as constants of NumPy's are for every op."""
    homes = [find_backend(raw_of(a)) for a in arrays]
    near = next((a for a, home in zip(arrays, homes, strict=True) if home is not None and home.name != "numpy"), None)
    if near is None:
        return arrays
    near = visible(raw_of(near))
    return [
        backend_of(near).beside(ndarray_of("vmap", a), None, near)
        if axis is not None and isinstance(a, np.ndarray)
        else a
        for a, axis in zip(arrays, axes, strict=True)
    ]


def _tensor(value: Any) -> Tensor:
    if type(value) is Tensor:
        return value
    backend = find_backend(value)
    assert backend is not None
    return wrap(backend.asarray(value, None, None, True))  # type: ignore[no-any-return]


def _out(out: Any, place: Any, level: int, size: int) -> Any:
    """A result with the examples at their place."""
    if out is None:
        return None
    if hasattr(out, "__unigrad_tensor__"):
        out = out.__unigrad_tensor__()
    elif find_backend(out) is not None or type(out) in (bool, int, float, complex):
        out = asarray(out)
    else:
        raise SourceTypeError(
            f"vmap: the function returned {short(out)} of type {type(out).__name__}, which is no array"
        )
    if place is None:
        if any(found == level for found, _ in levels_of(out._raw)):
            raise ShapeError(
                f"vmap: out_axes is None for a result of shape {out.shape} that differs between the {size} examples"
            )
        return out
    ndim = out.ndim + 1
    if isinstance(place, bool) or not -ndim <= place < ndim:
        raise AxisError(f"vmap: out_axes is {place} for a result whose examples have the shape {out.shape}")
    whole = examples_of(out, level, size)
    return moveaxis(whole, 0, place) if place % ndim else whole
