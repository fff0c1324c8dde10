"""NumPy's functions that write in place: into a tensor by its own writes, recorded; never a tracked value into an ndarray."""

from typing import Any

import numpy as np

from unigrad.errors import DTypeError, GradientLostError, ShapeError
from unigrad.leaving import left
from unigrad.lending import settle
from unigrad.ops import elementwise as ew
from unigrad.ops import indexing
from unigrad.ops import manipulation as mv
from unigrad.primitive import wrap
from unigrad.protocols.arguments import is_tensor, tensor, values
from unigrad.protocols.searching import places
from unigrad.protocols.table import row
from unigrad.views import check_writable, write
from unigrad.writing import fitting


def _into(a: Any, what: str, *written: Any) -> Any:
    """The tensor that is written into; an ndarray takes the values of what no tape tracks."""
    if is_tensor(a):
        if type(a) is not type(a.__unigrad_tensor__()):
            raise DTypeError(f"np.{what} writes in place, and a variable is assigned: use its assign()")
        check_writable(a)
        return a
    for v in written:
        if is_tensor(v):
            try:
                v.__unigrad_tensor__()._guard(f"np.{what} into an ndarray")
            except GradientLostError as e:
                raise GradientLostError(f"{e}; or make the array a tensor first: a = unigrad.asarray(a)") from None
    return None


@row("direct", "copyto")
def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    into = _into(dst, "copyto", src)
    if into is None:
        np.copyto(dst, values(src), casting, values(where))
        return
    value = tensor(src, into)
    if not np.can_cast(value.dtype, into.dtype, casting):
        raise DTypeError(f"np.copyto: {value.dtype} into {into.dtype} is not allowed by the rule {casting!r}")
    value = mv.spread_to(ew.astype(value, dtype=into.dtype), into.shape)
    if where is True:
        left(into._node, "copyto()", inside=True)
    write(into, value if where is True else ew.where(tensor(where, into), value, into))


@row("direct", "putmask")
def putmask(a: Any, /, mask: Any, values: Any) -> None:
    _masked(a, mask, values, "putmask", by_place=True)


@row("direct", "place")
def place(arr: Any, mask: Any, vals: Any) -> None:
    _masked(arr, mask, vals, "place", by_place=False)


def _masked(a: Any, mask: Any, v: Any, what: str, by_place: bool) -> None:
    """Values repeated as often as it takes: by their place in the array, or one after the other."""
    into = _into(a, what, v)
    if into is None:
        getattr(np, what)(a, values(mask), values(v))
        return
    at = np.flatnonzero(values(mask))
    if values(mask).size != into.size:
        raise ShapeError(f"np.{what}: a mask of shape {values(mask).shape} for an array of shape {into.shape}")
    row_ = mv.reshape(tensor(v, into), (-1,))
    if not at.size:
        return
    if not row_.size:
        raise ShapeError(f"np.{what}: there is no value to write")
    _write_flat(into, at, row_[(at if by_place else np.arange(at.size)) % row_.size])


def _write_flat(into: Any, at: Any, value: Any) -> None:
    flat = mv.reshape(wrap(settle(into), into._node), (-1,))
    write(into, mv.reshape(indexing.setitem(flat, fitting(value, into), index=at), into.shape))


@row("direct", "put")
def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    into = _into(a, "put", v)
    if into is None:
        np.put(a, values(ind), values(v), mode)
        return
    at = places(ind, into.size, mode, "put").ravel()
    row_ = mv.reshape(tensor(v, into), (-1,))
    if at.size and row_.size:
        _write_flat(into, at, row_[np.arange(at.size) % row_.size])


@row("direct", "put_along_axis")
def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    into = _into(arr, "put_along_axis", values)
    i = _values(indices)
    if into is None:
        np.put_along_axis(arr, i, _values(values), axis)
        return
    v = tensor(values, into)
    if axis is None:
        at = places(i, into.size, "raise", "put_along_axis").ravel()
        _write_flat(into, at, mv.spread_to(v, at.shape))
        return
    axis = mv.axis_of(axis, into.ndim, "put_along_axis")
    if i.ndim != into.ndim:
        raise ShapeError(f"put_along_axis: indices of {i.ndim} dimensions for an array of {into.ndim}")
    i = places(i, into.shape[axis], "raise", "put_along_axis")
    rows = tuple(1 if k == axis else n for k, n in enumerate(into.shape))
    try:
        shape = np.broadcast_shapes(i.shape, rows)
    except ValueError:
        raise ShapeError(
            f"put_along_axis: indices of shape {i.shape} along axis {axis} of shape {into.shape}"
        ) from None
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in into.shape)])
    grid[axis] = i
    at = np.ravel_multi_index(tuple(np.broadcast_to(g, shape) % n for g, n in zip(grid, into.shape, strict=True)),
                              into.shape)  # fmt: skip
    _write_flat(into, at.ravel(), mv.reshape(mv.spread_to(v, shape), (-1,)))


_values = values


@row("direct", "fill_diagonal")
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    into = _into(a, "fill_diagonal", val)
    if into is None:
        np.fill_diagonal(a, values(val), wrap)
        return
    positions = np.arange(into.size).reshape(into.shape)
    marked = positions.copy()
    np.fill_diagonal(marked, -1, wrap)  # NumPy's own word on what is the diagonal, and its errors
    at = np.flatnonzero(marked.ravel() < 0)
    row_ = mv.reshape(tensor(val, into), (-1,))
    _write_flat(into, at, row_[np.arange(at.size) % row_.size])
