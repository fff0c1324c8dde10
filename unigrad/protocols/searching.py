"""NumPy's sorting, searching, selecting and set functions: the places are constant, the elements are taken from there."""

from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.errors import DTypeError, OutOfBoundsError, ShapeError
from unigrad.operands import common_dtype
from unigrad.ops import elementwise as ew
from unigrad.ops import indexing, sets, sorting
from unigrad.ops import manipulation as mv
from unigrad.protocols.arguments import (
    at_axis,
    axes_in,
    cast,
    constant_like,
    deliver,
    first_tensor,
    is_complex,
    tensor,
    tensors,
    values,
)
from unigrad.protocols.manipulation import take_flat
from unigrad.protocols.table import enter, row


def along_axis(x: Any, places: Any, axis: int) -> Any:
    """The elements of the tensor `x` at places along `axis`, an ndarray of the same number of axes."""
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in places.shape)])
    grid[axis] = places
    return x[tuple(np.broadcast_to(g, places.shape) if i != axis and x.shape[i] != 1 else
                   np.zeros(places.shape, np.int64) if i != axis else g for i, g in enumerate(grid))]  # fmt: skip


def _one_axis(x: Any, axis: Any) -> tuple[Any, int]:
    return (mv.reshape(x, (-1,)), 0) if axis is None else (x, mv.axis_of(axis, x.ndim, "sort"))


def sorted_along(x: Any, axis: int) -> Any:
    """Sorted along an axis, ties in their order, NaNs last."""
    if not is_complex(x) and x.ndim:
        return sorting.sort(x, axis=axis)
    return along_axis(x, np.argsort(values(x), axis=axis, kind="stable"), axis) if x.ndim else ew.positive(x)


@row("direct", "sort")
def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    _no_order(order)
    return sorted_along(*_one_axis(tensor(a), axis))


def _no_order(order: Any) -> None:
    if order is not None:
        raise DTypeError("order= names fields, and a tensor has none")


@row("constant", "argsort")
def argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    _no_order(order)
    x = tensor(a)
    x, axis = _one_axis(x, axes_in(axis, x))
    if not is_complex(x) and x.ndim:
        return sorting.argsort(x, axis=axis)
    return constant_like(np.argsort(values(x), axis=axis, kind="stable"), x)


@row("composed", "sort_complex")
def sort_complex(a: Any) -> Any:
    x = sorted_along(*_one_axis(tensor(a), -1))
    return x if is_complex(x) else ew.astype(x, dtype=dtypes.complex_of(x.dtype))


@row("composed", "partition")
def partition(a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None) -> Any:
    _no_order(order)
    x, axis = _one_axis(tensor(a), axis)
    return along_axis(x, np.argpartition(values(x), kth, axis=axis), axis)


@row("constant", "argpartition")
def argpartition(a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None) -> Any:
    _no_order(order)
    x = tensor(a)
    x, axis = _one_axis(x, axes_in(axis, x))
    return constant_like(np.argpartition(values(x), kth, axis=axis), x)


@row("constant", "lexsort")
def lexsort(keys: Any, axis: int = -1) -> Any:
    return constant_like(np.lexsort(values(keys), axis=axis), first_tensor((keys,)))


@row("constant", "searchsorted")
def searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Any:
    found = np.searchsorted(values(a), values(v), side, None if sorter is None else values(sorter))
    return constant_like(found, first_tensor((a, v, sorter)))


@row("constant", "digitize")
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    return constant_like(np.digitize(values(x), values(bins), right), first_tensor((x, bins)))


@row("constant", "nonzero")
def nonzero(a: Any) -> tuple[Any, ...]:
    x = tensor(a)
    return tuple(constant_like(i, x) for i in np.nonzero(np.atleast_1d(values(x)) if x.ndim else _no_axes("nonzero")))


def _no_axes(what: str) -> Any:
    raise ShapeError(f"{what}: an array of no dimensions has no places; np.atleast_1d makes one of it")


@row("constant", "flatnonzero")
def flatnonzero(a: Any) -> Any:
    x = tensor(a)
    return constant_like(np.flatnonzero(values(x)), x)


@row("constant", "argwhere")
def argwhere(a: Any) -> Any:
    x = tensor(a)
    return constant_like(np.argwhere(values(x)), x)


@row("direct", "where")
def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ShapeError("np.where takes both x and y, or neither")
    like = first_tensor((condition, x, y))
    condition = tensor(condition, like)
    if condition.dtype != dtypes.bool_:
        condition = condition != 0
    scalars = (bool, int, float, complex)
    if type(x) in scalars and type(y) in scalars:
        x = tensor(np.asarray(x), like)
        x = ew.astype(x, dtype=like.backend.default_float) if x.dtype.kind == "f" else x
    x, y = (v if type(v) in scalars else tensor(v, like) for v in (x, y))
    return ew.where(condition, x, y)


# -- taking and choosing -----------------------------------------------------------------------------------------------


def places(indices: Any, size: int, mode: str, what: str) -> Any:
    """Integer places of an axis of `size`, by NumPy's ``mode=``."""
    i = values(indices)
    if i.dtype.kind not in "iu" and not (i.dtype.kind == "b" or i.size == 0):
        raise DTypeError(f"{what}: indices are ints, not {i.dtype}")
    i = i.astype(np.int64)
    if mode == "wrap":
        return i % max(size, 1)
    if mode == "clip":
        return np.clip(i, 0, size - 1)
    if mode != "raise":
        raise ShapeError(f"{what}: mode is 'raise', 'wrap' or 'clip', not {mode!r}")
    if ((i < -size) | (i >= size)).any():
        raise OutOfBoundsError(f"{what}: an index is out of bounds for an axis of size {size}")
    return i


@row("direct", "take")
def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Any:
    x = tensor(a, first_tensor((a, indices, out)))
    axis = axes_in(axis, x)
    if axis is None:
        x, axis = mv.reshape(x, (-1,)), 0
    axis = mv.axis_of(axis, x.ndim, "take")
    i = places(indices, x.shape[axis], mode, "take")
    return deliver(x[at_axis(i if i.ndim else int(i), axis)], out)


@row("direct", "take_along_axis")
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    x = tensor(arr, first_tensor((arr, indices)))
    i = values(indices)
    if axis is None:
        x, axis = mv.reshape(x, (-1,)), 0
    axis = mv.axis_of(axis, x.ndim, "take_along_axis")
    if i.ndim != x.ndim:
        raise ShapeError(f"take_along_axis: indices of {i.ndim} dimensions for an array of {x.ndim}")
    i = places(i, x.shape[axis], "raise", "take_along_axis")
    shape = np.broadcast_shapes(i.shape, tuple(1 if k == axis else n for k, n in enumerate(x.shape)))
    return along_axis(x, np.broadcast_to(i, shape), axis)


@row("direct", "compress")
def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    mask = values(condition)
    if mask.ndim != 1:
        raise ShapeError(f"compress: the condition has 1 dimension, not {mask.ndim}")
    return take(tensor(a, first_tensor((a, condition, out))), np.flatnonzero(mask), axis, out)


@row("direct", "extract")
def extract(condition: Any, arr: Any) -> Any:
    x = tensor(arr, first_tensor((arr, condition)))
    return mv.reshape(x, (-1,))[np.flatnonzero(values(condition))]


@row("composed", "choose")
def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    like = first_tensor((a, choices, out))
    options = mv.broadcast_arrays(*(tensor(c, like) for c in choices))
    i = places(a, len(options), mode, "choose")
    if (i < 0).any():
        raise OutOfBoundsError("choose: an index is negative")
    stacked = mv.stack(options)
    shape = np.broadcast_shapes(i.shape, stacked.shape[1:])
    stacked = mv.spread_to(mv.reshape(stacked, (len(options), *(1,) * (len(shape) + 1 - stacked.ndim),
                                                   *stacked.shape[1:])), (len(options), *shape))  # fmt: skip
    return deliver(along_axis(stacked, np.broadcast_to(i, shape)[None], 0)[0], out)


@row("composed", "select")
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ShapeError(f"select: {len(condlist)} conditions for {len(choicelist)} choices")
    like = first_tensor((condlist, choicelist, default))
    conditions = [tensor(c, like) for c in condlist]
    if any(c.dtype != dtypes.bool_ for c in conditions):
        raise DTypeError("select: the conditions are bools")
    out = tensor(default, tensor(choicelist[0], like))
    for condition, choice in reversed(list(zip(conditions, choicelist, strict=True))):
        out = ew.where(condition, tensor(choice, like), out)
    return out


@row("composed", "piecewise")
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Each function of the elements that its condition chooses; later conditions win, as in NumPy."""
    t = tensor(x, first_tensor((x, condlist)))
    if isinstance(condlist, list | tuple):
        one = len(condlist) and not np.ndim(values(condlist[0])) and t.ndim
    else:
        one = np.ndim(values(condlist)) <= t.ndim
    if one:
        condlist = [condlist]
    masks = [np.broadcast_to(values(c).astype(bool), t.shape) for c in condlist]
    functions = list(funclist)
    if len(functions) == len(masks) + 1:
        masks.append(~np.any(masks, axis=0))
    if len(functions) != len(masks):
        raise ShapeError(f"piecewise: {len(functions)} functions for {len(masks)} conditions")
    row_ = mv.reshape(t, (-1,))
    out = ew.zeros_like(row_)
    for mask, function in zip(masks, functions, strict=True):
        at = np.flatnonzero(mask)
        if not callable(function):
            part: Any = ew.astype(tensor(function, t), dtype=t.dtype)
        elif at.size:
            part = ew.astype(tensor(function(row_[at], *args, **kw), t), dtype=t.dtype)
        else:
            continue
        out = indexing.setitem(out, part, index=at)
    return mv.reshape(out, t.shape)


# -- sets ----------------------------------------------------------------------------------------------------------------


def _unique(x: Any, axis: Any = None, equal_nan: bool = True) -> tuple[Any, Any, Any, Any]:
    """The elements, and the places NumPy found them at. Of n that are alike each has 1/n of the gradient: a tie."""
    _, index, inverse, counts = np.unique(values(x), True, True, True, axis=axis, equal_nan=equal_nan)
    axis = None if axis is None else mv.axis_of(axis, x.ndim, "unique")
    taken = take_flat(x, index) if axis is None else x[at_axis(index, axis)]
    if (counts > 1).any() and dtypes.is_float(x.dtype):
        rows = mv.reshape(x, (-1,)) if axis is None else mv.moveaxis(x, axis, 0)
        weights = constant_like(counts.reshape(-1, *(1,) * (rows.ndim - 1)), x)
        shape = (counts.size, *rows.shape[1:])
        total = indexing.scatter(rows, shape=shape, indices=(inverse.ravel(),))
        mean = total / ew.astype(weights, dtype=x.dtype)
        mean = mean if axis is None else mv.moveaxis(mean, 0, axis)
        # the value of the first exactly, with the derivative of the mean
        finite = ew.isfinite(mean.detach())
        mean = ew.where(finite, mean, 0)
        taken = ew.where(finite, taken.detach() + (mean - mean.detach()), taken)
    return taken, index, inverse, counts


@row("composed", "unique")
def unique(
    ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, axis: Any = None, *,
    equal_nan: bool = True, sorted: bool = True,
) -> Any:  # fmt: skip
    x = tensor(ar)
    found, *rest = _unique(x, axis, equal_nan)
    wanted = (return_index, return_inverse, return_counts)
    more = tuple(constant_like(r, x) for r, w in zip(rest, wanted, strict=True) if w)
    return (found, *more) if more else found


for _name in ("unique_all", "unique_counts", "unique_inverse", "unique_values"):
    enter(_name, "direct", getattr(sets, _name))


@row("composed", "union1d")
def union1d(ar1: Any, ar2: Any) -> Any:
    return _unique(mv.concat(tensors(ar1, ar2), axis=None))[0]


@row("composed", "intersect1d")
def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    x, y = tensors(ar1, ar2)
    _, i, j = np.intersect1d(values(x), values(y), assume_unique, True)
    out = cast(take_flat(x, i), common_dtype([x.dtype, y.dtype], [], x.backend))
    return (out, constant_like(i, x), constant_like(j, x)) if return_indices else out


@row("composed", "setdiff1d")
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    x, y = tensors(ar1, ar2)
    x = mv.reshape(x, (-1,)) if assume_unique else _unique(x)[0]
    return x[np.flatnonzero(~np.isin(values(x), values(y)))]


@row("composed", "setxor1d")
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    x, y = tensors(ar1, ar2)
    if not assume_unique:
        x, y = _unique(x)[0], _unique(y)[0]
    found, _, _, counts = _unique(mv.concat([x, y], axis=None))
    return found[np.flatnonzero(counts == 1)]


@row("constant", "isin")
def isin(
    element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *, kind: Any = None
) -> Any:
    return sets.isin(*tensors(element, test_elements), invert=invert)
