"""NumPy's differences, gradients, integrals, interpolation and convolution."""

import math
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.errors import DTypeError, ShapeError
from unigrad.ops import elementwise as ew
from unigrad.ops import manipulation as mv
from unigrad.ops import reductions
from unigrad.ops.linalg import matmul
from unigrad.protocols.arguments import (
    MISSING,
    array,
    as_axes,
    at_axis,
    constant_like,
    first_tensor,
    floating,
    tensor,
    tensors,
    values,
)
from unigrad.protocols.manipulation import take_flat
from unigrad.protocols.table import row, ug


@row("direct", "diff")
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = MISSING, append: Any = MISSING) -> Any:
    like = first_tensor((a, prepend, append))
    x = tensor(a, like)
    if n < 0:
        raise ShapeError(f"diff: the order is not negative, as {n} is")
    if x.ndim == 0:
        raise ShapeError("diff: an array of no dimensions has no differences")
    if n == 0:
        return x
    axis = mv.axis_of(axis, x.ndim, "diff")

    def edge(v: Any) -> list[Any]:
        if v is MISSING:
            return []
        v = tensor(v, like)
        return [mv.spread_to(v, tuple(1 if i == axis else d for i, d in enumerate(x.shape))) if v.ndim == 0 else v]

    parts = [*edge(prepend), x, *edge(append)]
    x = mv.concat(parts, axis=axis) if len(parts) > 1 else x
    for _ in range(n):
        after, before = x[at_axis(slice(1, None), axis)], x[at_axis(slice(None, -1), axis)]
        x = after != before if x.dtype.kind == "b" else after - before
    return x


@row("composed", "ediff1d")
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    like = first_tensor((ary, to_end, to_begin))
    x = mv.reshape(tensor(ary, like), (-1,))
    parts = [x[1:] - x[:-1] if x.size else x]
    for v, first in ((to_begin, True), (to_end, False)):
        if v is not None:
            v = mv.reshape(tensor(v, like), (-1,))
            if not np.can_cast(v.dtype, x.dtype, "same_kind"):
                raise DTypeError(f"ediff1d: {v.dtype} does not fit the differences of {x.dtype}")
            parts.insert(0 if first else len(parts), ew.astype(v, dtype=x.dtype))
    return mv.concat(parts, axis=0)


# -- derivatives and integrals on a grid ---------------------------------------------------------------------------------


def _slopes(before: Any, after: Any, at: int) -> tuple[Any, Any, Any]:
    """Weights of three neighbours, a distance `before` and `after` apart, in the derivative of their parabola at one of them."""
    whole = before + after
    if at == 0:
        return -(2 * before + after) / (before * whole), whole / (before * after), -before / (after * whole)
    if at == 1:
        return -after / (before * whole), (after - before) / (before * after), before / (after * whole)
    return after / (before * whole), -whole / (before * after), (2 * after + before) / (after * whole)


@row("composed", "gradient")
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Second order within (weights of the parabola through three neighbours, Fornberg 1988), `edge_order` at the ends."""
    like = first_tensor((f, varargs))
    x = floating(tensor(f, like))
    axes = mv.axes_of(as_axes(axis), x.ndim, "gradient")
    if edge_order not in (1, 2):
        raise ShapeError(f"gradient: edge_order is 1 or 2, not {edge_order!r}")
    spacings = list(varargs) if varargs else [1.0]
    if len(spacings) == 1 and not np.ndim(values(spacings[0])):
        spacings = spacings * len(axes)
    if len(spacings) != len(axes):
        raise DTypeError(f"gradient: {len(spacings)} spacings for {len(axes)} axes")
    found = []
    for i, h in zip(axes, spacings, strict=True):
        n = x.shape[i]
        if n < edge_order + 1:
            raise ShapeError(f"gradient: an axis of size {n} is too small for edge_order={edge_order}")
        h = floating(tensor(h, like))
        if h.ndim > 1 or (h.ndim == 1 and h.shape[0] != n):
            raise ShapeError(f"gradient: a spacing of shape {h.shape} for an axis of size {n}")
        steps = h[1:] - h[:-1] if h.ndim else mv.spread_to(h, (n - 1,))
        found.append(_derivative(x, steps, i, edge_order))
    return found[0] if len(axes) == 1 else tuple(found)


def _derivative(x: Any, steps: Any, axis: int, edge_order: int) -> Any:
    def piece(start: int | None, stop: int | None) -> Any:
        return x[at_axis(slice(start, stop), axis)]

    def along(w: Any) -> Any:
        return mv.reshape(w, tuple(-1 if i == axis else 1 for i in range(x.ndim)))

    n = x.shape[axis]
    parts = []
    if edge_order == 1:
        parts.append((piece(1, 2) - piece(0, 1)) / along(steps[:1]))
    else:
        a, b, c = map(along, _slopes(steps[:1], steps[1:2], 0))
        parts.append(a * piece(0, 1) + b * piece(1, 2) + c * piece(2, 3))
    if n > 2:
        a, b, c = map(along, _slopes(steps[:-1], steps[1:], 1))
        # between equal steps the one in the middle has no weight, whatever it is
        middle = ew.absorbing_multiply(b, piece(1, -1))
        parts.append(a * piece(None, -2) + middle + c * piece(2, None))
    if edge_order == 1:
        parts.append((piece(n - 1, n) - piece(n - 2, n - 1)) / along(steps[-1:]))
    else:
        a, b, c = map(along, _slopes(steps[-2:-1], steps[-1:], 2))
        parts.append(a * piece(n - 3, n - 2) + b * piece(n - 2, n - 1) + c * piece(n - 1, n))
    return mv.concat(parts, axis=axis)


@row("composed", "trapezoid")
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    like = first_tensor((y, x, dx))
    y = tensor(y, like)
    place = mv.axis_of(axis, y.ndim, "trapezoid")
    if x is None:
        step: Any = dx if not hasattr(dx, "shape") else tensor(dx, like)
    else:
        x = tensor(x, like)
        if x.ndim == 1:
            step = mv.reshape(x[1:] - x[:-1], tuple(-1 if i == place else 1 for i in range(y.ndim)))
        else:
            step = diff(x, axis=axis)  # of x, which may have other axes in front than y
    middle = y[at_axis(slice(1, None), place)] + y[at_axis(slice(None, -1), place)]
    return reductions.sum(step * middle / 2.0, axis=axis)


@row("composed", "unwrap")
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * math.pi) -> Any:
    """What is added is a whole number of periods: a constant."""
    x = tensor(p)
    data = values(x)
    moved = np.unwrap(data, discont, axis, period=period)
    with np.errstate(invalid="ignore"):
        return x + constant_like(np.where(moved == data, 0, moved - data), x)  # inf - inf is no period


# -- interpolation and convolution ---------------------------------------------------------------------------------------


@row("direct", "interp")
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    x, xp, fp = tensors(x, xp, fp)
    return ug.interp(x, xp, fp, left=left, right=right, period=period)


@row("composed", "convolve")
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    like = first_tensor((a, v))
    a, v = (mv.reshape(x, (1,)) if x.ndim == 0 else x for x in (array(a, like), array(v, like)))
    return _convolved(*((v, a) if v.shape[0] > a.shape[0] else (a, v)), mode)


@row("composed", "correlate")
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    like = first_tensor((a, v))
    a, v = (mv.reshape(x, (1,)) if x.ndim == 0 else x for x in (array(a, like), array(v, like)))
    if v.shape[0] > a.shape[0]:
        return mv.flip(_convolved(ew.conj(v), mv.flip(a), mode))
    return _convolved(a, mv.flip(ew.conj(v)), mode)


def _convolved(a: Any, v: Any, mode: Any) -> Any:
    """A product with the matrix of the shifts of `a`, the longer one."""
    if a.ndim != 1 or v.ndim != 1:
        raise ShapeError(f"convolve: vectors, not arrays of the shapes {a.shape} and {v.shape}")
    n, m = a.shape[0], v.shape[0]
    if not m:
        raise ShapeError("convolve: an empty array")
    if a.dtype == v.dtype and a.dtype in dtypes.REAL_FLOATS and mode in ("full", "same", "valid"):
        return ug.convolve(a, v, mode)
    bounds = {"full": (0, n + m - 1), "same": ((m - 1) // 2, (m - 1) // 2 + n), "valid": (m - 1, n)}
    if mode not in bounds:
        raise ShapeError(f"convolve: mode is 'full', 'same' or 'valid', not {mode!r}")
    places = np.arange(*bounds[mode])[:, None] - np.arange(m)
    return matmul(take_flat(a, np.where(places < n, places, -1), 0), v)


# -- a function along axes -----------------------------------------------------------------------------------------------


@row("composed", "apply_along_axis")
def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    x = tensor(arr, first_tensor((arr, args)))
    axis = mv.axis_of(axis, x.ndim, "apply_along_axis")
    rows = mv.moveaxis(x, axis, -1)
    outer = rows.shape[:-1]
    if 0 in outer:
        raise ShapeError("apply_along_axis: there is no slice to apply the function to")
    done = [tensor(func1d(rows[i], *args, **kwargs), x) for i in np.ndindex(outer)]
    inner = done[0].shape
    out = mv.reshape(mv.stack(done), (*outer, *inner))
    return mv.moveaxis(out, tuple(range(len(outer), out.ndim)), tuple(range(axis, axis + len(inner))))


@row("composed", "apply_over_axes")
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    x = tensor(a)
    for axis in np.atleast_1d(np.asarray(axes)).tolist():
        out = tensor(func(x, axis), x)
        if out.ndim not in (x.ndim, x.ndim - 1):
            raise ShapeError(f"apply_over_axes: the function made {out.ndim} dimensions of {x.ndim}")
        x = out if out.ndim == x.ndim else mv.expand_dims(out, axis=axis)
    return x
