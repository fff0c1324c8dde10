"""NumPy's functions that put arrays together: stacks, blocks, insertions, padding."""

from collections.abc import Callable
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.errors import DTypeError, ShapeError
from unigrad.ops import elementwise as ew
from unigrad.ops import manipulation as mv
from unigrad.ops import reductions
from unigrad.protocols.arguments import (
    at_axis,
    cast,
    constant_like,
    deliver,
    first_tensor,
    holds_tensors,
    is_tensor,
    tensor,
    to_dtype,
    values,
)
from unigrad.protocols.manipulation import atleast_1d, atleast_2d, atleast_3d
from unigrad.protocols.statistics import median
from unigrad.protocols.table import row


def together(arrays: Any, dtype: Any = None, casting: str = "same_kind", out: Any = None) -> list[Any]:
    """The arrays of a sequence as tensors of one backend and dtype."""
    like = first_tensor((arrays, out))
    parts = [tensor(a, like) for a in arrays]
    kind = None if like is None else to_dtype(dtype, like.backend)
    if kind is not None:
        for p in parts:
            if not np.can_cast(p.dtype, kind, casting):  # type: ignore[arg-type]
                raise DTypeError(f"an array of {p.dtype} cannot be cast to {kind} by the rule {casting!r}")
    return [cast(p, kind) for p in parts]


@row("direct", "concatenate")
def concatenate(
    arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    return deliver(mv.concat(together(arrays, dtype, casting, out), axis=axis), out, casting)


@row("direct", "stack")
def stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    return deliver(mv.stack(together(arrays, dtype, casting, out), axis=axis), out, casting)


def _all(function: Callable[..., Any], arrays: Any) -> list[Any]:
    done = function(*arrays)
    return list(done) if isinstance(done, tuple) else [done]


@row("direct", "vstack")
def vstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    return mv.concat(_all(atleast_2d, together(tup, dtype, casting)), axis=0)


@row("direct", "hstack")
def hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    parts = _all(atleast_1d, together(tup, dtype, casting))
    return mv.concat(parts, axis=0 if parts and parts[0].ndim == 1 else 1)


@row("direct", "dstack")
def dstack(tup: Any) -> Any:
    return mv.concat(_all(atleast_3d, together(tup)), axis=2)


@row("direct", "column_stack")
def column_stack(tup: Any) -> Any:
    return mv.concat([mv.reshape(x, (-1, 1)) if x.ndim < 2 else x for x in together(tup)], axis=1)


@row("composed", "block")
def block(arrays: Any) -> Any:
    """The innermost lists are joined along the last axis, the lists around them along the one before."""
    like = first_tensor((arrays,))
    depth = _depth(arrays)
    most = max(depth, _dimensions(arrays))

    def join(part: Any, level: int) -> Any:
        if not isinstance(part, list):
            x = tensor(part, like)
            return mv.reshape(x, (*(1,) * (most - x.ndim), *x.shape))
        return mv.concat([join(p, level + 1) for p in part], axis=level - depth)

    return join(arrays, 0)


def _depth(part: Any) -> int:
    if isinstance(part, tuple):
        raise DTypeError("np.block takes lists of lists, not tuples")
    if not isinstance(part, list):
        return 0
    depths = {_depth(p) for p in part}
    if len(depths) != 1:
        raise ShapeError("np.block: an empty list, or lists of different depth")
    return 1 + depths.pop()


def _dimensions(part: Any) -> int:
    return max(map(_dimensions, part)) if isinstance(part, list) else len(getattr(part, "shape", ()))


@row("composed", "append")
def append(arr: Any, values: Any, axis: Any = None) -> Any:
    return mv.concat(together((arr, values)), axis=axis)


@row("composed", "delete")
def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    x = tensor(arr, first_tensor((arr, obj)))
    if axis is None:
        x, axis = mv.reshape(x, (-1,)), 0
    axis = mv.axis_of(axis, x.ndim, "delete")
    return x[at_axis(np.delete(np.arange(x.shape[axis]), obj if isinstance(obj, slice) else _places(obj)), axis)]


@row("composed", "insert")
def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    like = first_tensor((arr, values, obj))
    x, v = tensor(arr, like), tensor(values, like)
    if axis is None:
        x, axis = mv.reshape(x, (-1,)), 0
    axis = mv.axis_of(axis, x.ndim, "insert")
    n = x.shape[axis]
    where = np.arange(*obj.indices(n)) if isinstance(obj, slice) else _places(obj)
    if where.dtype.kind == "b":
        where = np.flatnonzero(where)
    if where.size == 1:
        # as NumPy: all the values go to the one place; where it is no list, their own first axis is laid along this one
        v = mv.reshape(v, (*(1,) * (x.ndim - v.ndim), *v.shape)) if v.ndim < x.ndim else v
        v = mv.moveaxis(v, 0, axis) if where.ndim == 0 else v
        count = v.shape[axis]
        order = np.insert(np.arange(n), [where.item()] * count, -1 - np.arange(count))
    else:
        count = np.insert(np.zeros(n), where, 0).size - n
        order = np.insert(np.arange(n), where, -1 - np.arange(count))
    v = mv.spread_to(v, tuple(count if i == axis else d for i, d in enumerate(x.shape)))
    both = mv.concat([x, ew.astype(v, dtype=x.dtype)], axis=axis)
    return both[at_axis(np.where(order < 0, n - 1 - order, order), axis)]


def _places(obj: Any) -> Any:
    at = values(obj)
    return at if at.size else at.astype(np.int64)  # an empty list holds no floats


# -- padding -------------------------------------------------------------------------------------------------------------

#: modes that copy elements: NumPy pads their positions
_COPYING = ("edge", "wrap", "reflect", "symmetric", "empty")
_STATISTICS: dict[str, Any] = {"maximum": reductions.max, "mean": reductions.mean, "minimum": reductions.min}


@row("composed", "pad")
def pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    """Axis by axis, as NumPy does; the modes that copy elements by padding their positions."""
    x = tensor(array, first_tensor((array, *options.values())))
    if callable(mode):
        raise DTypeError("np.pad with a function as mode writes into ndarrays: use one of the named modes")
    if isinstance(pad_width, dict):
        widths = [(0, 0)] * x.ndim
        for axis, w in pad_width.items():
            widths[mv.axis_of(axis, x.ndim, "pad")] = (w, w) if isinstance(w, int) else tuple(w)
    else:
        widths = [tuple(map(int, w)) for w in np.broadcast_to(np.asarray(pad_width), (x.ndim, 2))]  # type: ignore[misc]
    if any(w < 0 for pair in widths for w in pair):
        raise ShapeError("pad: the widths are not negative")
    known = {"constant": ["constant_values"], "linear_ramp": ["end_values"], "reflect": ["reflect_type"],
             "symmetric": ["reflect_type"]} | {m: ["stat_length"] for m in (*_STATISTICS, "median")}  # fmt: skip
    if mode not in (*_COPYING, *known):
        raise ShapeError(f"pad: mode {mode!r} is not supported")
    if not set(options) <= set(known.get(mode, [])):
        raise DTypeError(f"pad: mode {mode!r} takes no {', '.join(options)}")
    for axis, (before, after) in enumerate(widths):
        if before or after:
            x = _padded(x, axis, before, after, mode, options, len(widths))
    return ew.positive(x) if x is array and x.dtype.kind != "b" else x


def _padded(x: Any, axis: int, before: int, after: int, mode: str, options: dict[str, Any], n: int) -> Any:
    size = x.shape[axis]
    if mode in _COPYING:
        if options.get("reflect_type") == "odd":
            return _reflected(x, axis, before, after, mode)
        if size == 0 and mode != "empty":
            raise ShapeError(f"pad: an axis of size 0 has no elements for the mode {mode!r}")
        if mode == "empty":  # whatever: zeros
            return _joined(x, axis, before, after, 0, 0)
        return x[at_axis(np.pad(np.arange(size), (before, after), mode=mode), axis)]  # type: ignore[call-overload]
    if mode == "constant":
        low, high = _pair(options.get("constant_values", 0), axis, n)
        return _joined(x, axis, before, after, low, high)
    first, last = x[at_axis(slice(0, 1), axis)], x[at_axis(slice(size - 1, size), axis)]
    if mode == "linear_ramp":
        low, high = _pair(options.get("end_values", 0), axis, n)
        return _joined(x, axis, before, after, _ramp(first, low, before, axis), _ramp(last, high, after, axis, True))
    lengths = options.get("stat_length")
    parts = []
    for side, length in enumerate((None, None) if lengths is None else _pair(lengths, axis, n)):
        length = size if length is None else min(int(length), size)
        piece = x[at_axis(slice(0, length) if side == 0 else slice(size - length, size), axis)]
        if mode == "median":
            part = median(piece, axis=axis, keepdims=True)
        else:
            part = _STATISTICS[mode](piece, axis=axis, keepdims=True)
        if not dtypes.is_float(x.dtype) and dtypes.is_float(part.dtype):
            part = ew.round(part)
        parts.append(ew.astype(part, dtype=x.dtype))
    return _joined(x, axis, before, after, *parts)


def _pair(value: Any, axis: int, n: int) -> Any:
    """The two values for an axis of what NumPy broadcasts to (axes, 2)."""
    if is_tensor(value) or holds_tensors(value):
        v = mv.spread_to(tensor(value), (n, 2))
        return v[axis, 0], v[axis, 1]
    return tuple(np.broadcast_to(np.asarray(value), (n, 2))[axis].tolist())


def _joined(x: Any, axis: int, before: int, after: int, low: Any, high: Any) -> Any:
    def side(value: Any, count: int) -> Any:
        shape = tuple(count if i == axis else d for i, d in enumerate(x.shape))
        return ew.astype(mv.spread_to(tensor(value, x), shape), dtype=x.dtype)

    return mv.concat([side(low, before), x, side(high, after)], axis=axis)


def _ramp(edge: Any, end: Any, count: int, axis: int, falling: bool = False) -> Any:
    steps = np.arange(count)[::-1].copy() if falling else np.arange(count)
    k = constant_like(steps.reshape(tuple(count if i == axis else 1 for i in range(edge.ndim))), edge)
    if not dtypes.is_float(edge.dtype):  # the quotient that is whole is exactly so
        ramp = end + (ew.astype(edge, dtype=k.dtype) - end) * k / max(count, 1)
        return ramp if edge.dtype.kind == "b" else ew.floor(ramp)
    w = ew.astype(k, dtype=edge.dtype) / max(count, 1)
    return end * (1 - w) + edge * w


def _reflected(x: Any, axis: int, before: int, after: int, mode: str) -> Any:
    """The odd reflection: twice the edge, less the even reflection, as often as it takes."""
    skip = 1 if mode == "reflect" else 0
    if x.shape[axis] == 1 and skip:
        return x[at_axis(np.zeros(before + 1 + after, dtype=np.int64), axis)]
    while before or after:
        size = x.shape[axis]
        a, b = min(before, size - skip), min(after, size - skip)
        low = 2 * x[at_axis(slice(0, 1), axis)] - mv.flip(x[at_axis(slice(skip, skip + a), axis)], axis=axis)
        high = 2 * x[at_axis(slice(size - 1, size), axis)] - mv.flip(
            x[at_axis(slice(size - skip - b, size - skip), axis)], axis=axis
        )
        x = mv.concat([low, x, high], axis=axis)
        before, after = before - a, after - b
    return x
