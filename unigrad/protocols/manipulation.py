"""NumPy's functions that move elements: shapes, axes, repeats, triangles, and moves found from NumPy's own on positions."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unigrad.errors import ShapeError
from unigrad.ops import elementwise as ew
from unigrad.ops import manipulation as mv
from unigrad.ops import reductions, vectors
from unigrad.primitive import wrap
from unigrad.protocols.arguments import as_axes, axes_in, cast, first_tensor, is_tensor, tensor, tensors, values
from unigrad.protocols.table import row
from unigrad.views import layout, view


def take_flat(x: Any, positions: Any, fill: Any = None) -> Any:
    """The elements of `x` at positions in row-major order, an ndarray of any shape; `fill` where one is negative."""
    positions = np.asarray(positions)
    flat = mv.reshape(x, (-1,))
    if fill is None or not (positions < 0).any():
        return flat[positions]
    fill = bool(fill) if x.dtype.kind == "b" else fill
    if x.size == 0:
        return mv.spread_to(tensor(fill, x), positions.shape)
    return ew.where(tensor(positions >= 0, x), flat[np.maximum(positions, 0)], fill)


def moved(x: Any, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """A function of NumPy's that only moves elements: run on their positions, and the elements taken from there."""
    return take_flat(x, function(np.arange(x.size).reshape(x.shape), *args, **options))


@row("direct", "reshape")
def reshape(a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None) -> Any:
    x, shape = tensor(a), newshape if shape is None else shape
    if copy is False and order == "F":
        raise ShapeError("np.reshape: copy=False and order='F' do not go together for tensors")
    shape = tuple(shape) if isinstance(shape, Sequence) else shape
    if order == "F":
        dims = mv.shape_of(shape, x.size, "reshape")
        return _transposed(mv.reshape(_transposed(x), tuple(reversed(dims))))
    return mv.reshape(x, shape, copy=copy)


def _transposed(x: Any) -> Any:
    return mv.permute_dims(x, tuple(reversed(range(x.ndim))))


@row("direct", "ravel")
def ravel(a: Any, order: str = "C") -> Any:
    x = tensor(a)
    x = _transposed(x) if order == "F" else x
    return mv.reshape(x, (-1,), copy=not layout(x).flags.c_contiguous)


@row("direct", "transpose", "permute_dims")
def transpose(a: Any, axes: Any = None) -> Any:
    x = tensor(a)
    return _transposed(x) if axes is None else mv.permute_dims(x, tuple(axes))


@row("direct", "matrix_transpose", "linalg.matrix_transpose")
def matrix_transpose(x: Any, /) -> Any:
    return mv.matrix_transpose(tensor(x))


@row("direct", "swapaxes")
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    x = tensor(a)
    order = list(range(x.ndim))
    i, j = mv.axis_of(axis1, x.ndim, "swapaxes"), mv.axis_of(axis2, x.ndim, "swapaxes")
    order[i], order[j] = order[j], order[i]
    return mv.permute_dims(x, order)


@row("direct", "moveaxis")
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    return mv.moveaxis(tensor(a), as_axes(source), as_axes(destination))


@row("composed", "rollaxis")
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    x = tensor(a)
    axis = mv.axis_of(axis, x.ndim, "rollaxis")
    if not -x.ndim <= start <= x.ndim:
        raise ShapeError(f"rollaxis: start {start} is out of bounds for an array of {x.ndim} dimensions")
    start = start + x.ndim if start < 0 else start
    return mv.moveaxis(x, axis, start - 1 if axis < start else start)


@row("direct", "expand_dims")
def expand_dims(a: Any, axis: Any) -> Any:
    return mv.expand_dims(tensor(a), axis=as_axes(axis))


@row("direct", "squeeze")
def squeeze(a: Any, axis: Any = None) -> Any:
    x = tensor(a)
    axis = axes_in(axis, x)
    return mv.squeeze(x, tuple(i for i, n in enumerate(x.shape) if n == 1) if axis is None else axis)


@row("direct", "broadcast_to")
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    return mv.broadcast_to(tensor(array), as_axes(shape))


@row("direct", "broadcast_arrays")
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    return tuple(mv.broadcast_arrays(*tensors(*args)))


def _at_least(n: int) -> Callable[..., Any]:
    def atleast(*arys: Any) -> Any:
        like = first_tensor(arys)
        out = tuple(_with_axes(tensor(a, like), n) for a in arys)
        return out[0] if len(out) == 1 else out

    return atleast


def _with_axes(x: Any, n: int) -> Any:
    if x.ndim >= n:
        return x
    if n == 3:  # a vector is a row of columns, a matrix a stack of them
        return mv.reshape(x, {0: (1, 1, 1), 1: (1, -1, 1), 2: (*x.shape, 1)}[x.ndim] if x.size else
                          {1: (1, *x.shape, 1), 2: (*x.shape, 1)}[x.ndim])  # fmt: skip
    return mv.reshape(x, (*(1,) * (n - x.ndim), *x.shape))


atleast_1d = row("direct", "atleast_1d")(_at_least(1))
atleast_2d = row("direct", "atleast_2d")(_at_least(2))
atleast_3d = row("direct", "atleast_3d")(_at_least(3))


@row("direct", "flip")
def flip(m: Any, axis: Any = None) -> Any:
    return mv.flip(tensor(m), axis=as_axes(axis))


@row("direct", "fliplr")
def fliplr(m: Any) -> Any:
    return mv.flip(_dimensions(m, 2, "fliplr"), axis=1)


@row("direct", "flipud")
def flipud(m: Any) -> Any:
    return mv.flip(_dimensions(m, 1, "flipud"), axis=0)


def _dimensions(m: Any, n: int, what: str) -> Any:
    x = tensor(m)
    if x.ndim < n:
        raise ShapeError(f"{what}: an array of {x.ndim} dimensions, where {n} are needed")
    return x


@row("composed", "rot90")
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    x = tensor(m)
    i, j = mv.axes_of(tuple(axes), x.ndim, "rot90")
    if k % 4 == 0:
        return x[...]
    if k % 4 == 2:
        return mv.flip(x, axis=(i, j))
    return swapaxes(mv.flip(x, axis=j), i, j) if k % 4 == 1 else mv.flip(swapaxes(x, i, j), axis=j)


@row("direct", "roll")
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    x = tensor(a)
    if axis is None and not isinstance(shift, int | np.integer):
        shift = sum(int(s) for s in np.atleast_1d(values(shift)))
    shift = int(shift) if isinstance(shift, int | np.integer) else tuple(int(s) for s in np.atleast_1d(values(shift)))
    if isinstance(shift, tuple) or isinstance(axis, Sequence):
        try:
            shifts, axes = (a.tolist() for a in np.broadcast_arrays(*map(np.atleast_1d, (shift, axis))))
        except ValueError:
            raise ShapeError(f"roll: the shifts {shift} for the axes {axis}") from None
        for s, i in zip(shifts, axes, strict=True):  # one after the other: an axis may stand twice
            x = mv.roll(x, s, axis=i)
        return x
    return mv.roll(x, shift, axis=as_axes(axis))


@row("direct", "tile")
def tile(A: Any, reps: Any) -> Any:
    return mv.tile(tensor(A), tuple(int(r) for r in np.atleast_1d(np.asarray(reps))))


@row("direct", "repeat")
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    counts = values(repeats)
    if counts.dtype.kind not in "biu" and counts.size:
        raise ShapeError(f"repeat: the counts are ints, not {counts.dtype}")
    x = tensor(a, first_tensor((a, repeats)))
    return mv.repeat(x, counts.astype(np.int64).tolist(), axis=axes_in(axis, x))


@row("composed", "resize")
def resize(a: Any, new_shape: Any) -> Any:
    x = tensor(a)
    if x.size:
        return moved(x, np.resize, new_shape)
    zero = ew.astype(reductions.sum(x), dtype=x.dtype)  # there is nothing to repeat
    return mv.spread_to(zero, np.resize(np.zeros(0), new_shape).shape)


@row("direct", "tril")
def tril(m: Any, k: int = 0) -> Any:
    return _triangle(mv.tril, m, k)


@row("direct", "triu")
def triu(m: Any, k: int = 0) -> Any:
    return _triangle(mv.triu, m, k)


def _triangle(function: Any, m: Any, k: int) -> Any:
    x = tensor(m)
    if x.ndim == 1:  # each row of a square
        x = mv.spread_to(x, (x.shape[0], x.shape[0]))
    return function(x, k=k)


@row("composed", "diag")
def diag(v: Any, k: int = 0) -> Any:
    x = tensor(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError(f"diag: an array of {x.ndim} dimensions, where a vector or a matrix is needed")
    return take_flat(x, np.diag(np.arange(1, x.size + 1), k) - 1, 0)


@row("composed", "diagflat")
def diagflat(v: Any, k: int = 0) -> Any:
    return diag(mv.reshape(tensor(v), (-1,)), k)


@row("composed", "diagonal")
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    x = _dimensions(a, 2, "diagonal")
    if mv.axis_of(axis1, x.ndim, "diagonal") == mv.axis_of(axis2, x.ndim, "diagonal"):
        raise ShapeError("diagonal: axis1 and axis2 are the same")
    return vectors.diagonal(mv.moveaxis(x, (axis1, axis2), (-2, -1)), offset=operator.index(offset))


@row("direct", "linalg.diagonal")
def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return diagonal(x, offset, -2, -1)


@row("composed", "trim_zeros")
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    x = tensor(filt)
    if trim.lower() not in ("fb", "bf", "f", "b"):
        raise ShapeError(f"trim_zeros: trim is 'f', 'b' or 'fb', not {trim!r}")
    axes = mv.axes_of(as_axes(axis), x.ndim, "trim_zeros")
    at = np.nonzero(values(x)) if axes else ()
    index = [slice(None)] * x.ndim
    for i in axes:
        if at[i].size == 0:
            index[i] = slice(0, 0)
        else:
            index[i] = slice(
                int(at[i].min()) if "f" in trim.lower() else None, int(at[i].max()) + 1 if "b" in trim.lower() else None
            )
    return x[tuple(index)]


# -- cutting up ----------------------------------------------------------------------------------------------------------


@row("direct", "array_split")
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    x = tensor(ary)
    axis = mv.axis_of(axis, x.ndim, "array_split")
    if is_tensor(indices_or_sections):
        indices_or_sections = values(indices_or_sections)
    places = np.array_split(np.arange(x.shape[axis]), indices_or_sections)
    before = (slice(None),) * axis
    return [x[(*before, slice(int(p[0]), int(p[-1]) + 1) if p.size else slice(0, 0))] for p in places]


@row("direct", "split")
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    x = tensor(ary)
    axis = mv.axis_of(axis, x.ndim, "split")
    if isinstance(indices_or_sections, int | np.integer):
        n = x.shape[axis]
        if indices_or_sections < 1 or n % indices_or_sections:
            raise ShapeError(f"split: an axis of size {n} does not divide into {indices_or_sections} equal parts")
    return array_split(x, indices_or_sections, axis)


@row("direct", "hsplit")
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    x = _dimensions(ary, 1, "hsplit")
    return split(x, indices_or_sections, 1 if x.ndim > 1 else 0)


@row("direct", "vsplit")
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    return split(_dimensions(ary, 2, "vsplit"), indices_or_sections, 0)


@row("direct", "dsplit")
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    return split(_dimensions(ary, 3, "dsplit"), indices_or_sections, 2)


@row("direct", "unstack")
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    return mv.unstack(tensor(x), axis=axis)


@row("composed", "lib.stride_tricks.sliding_window_view")
def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    if writeable:
        raise ShapeError("sliding_window_view: the windows of a tensor are copies: leave out writeable=True")
    x, windows = tensor(x), np.lib.stride_tricks.sliding_window_view

    def take(base: Any) -> Any:
        if isinstance(base, np.ndarray):
            return windows(base, window_shape, as_axes(axis))
        return moved(base, windows, window_shape, as_axes(axis))

    return view(x, take(x), take, None)


@row("direct", "copy")
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    return ew.positive(tensor(a)) if tensor(a).dtype.kind != "b" else ew.astype(tensor(a), dtype=tensor(a).dtype)


@row("direct", "astype")
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    out = cast(tensor(x), dtype)
    out = wrap(out._raw, out._node) if copy and out is x else out
    return out if device is None else out.to_device(device)
