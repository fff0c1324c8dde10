"""Convolution and pooling of ndarrays: strided windows, and matrix products over them.

Arrays are (N, C, *spatial), weights (O, C/groups, *kernel). `pads` holds what is added before and after each spatial axis.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any  # an ndarray
Pads = tuple[tuple[int, int], ...]
Ints = tuple[int, ...]


def padded(x: Array, pads: Pads, value: Any = 0) -> Array:
    """`x` with `value` around its spatial axes."""
    if not any(map(any, pads)):
        return x
    shape = (*x.shape[:2], *(n + lo + hi for n, (lo, hi) in zip(x.shape[2:], pads)))
    out: Array = np.full(shape, value, x.dtype) if value else np.zeros(shape, x.dtype)
    out[(..., *(slice(lo, lo + n) for n, (lo, _) in zip(x.shape[2:], pads)))] = x
    return out


def windows(x: Array, kernel: Ints, stride: Ints, dilation: Ints) -> Array:
    """A view (N, C, *kernel, *places) of the windows of a padded array."""
    sizes = x.shape[2:]
    places = tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(sizes, kernel, stride, dilation))
    steps = x.strides[2:]
    return np.lib.stride_tricks.as_strided(
        x,
        (*x.shape[:2], *kernel, *places),
        (*x.strides[:2], *(t * d for t, d in zip(steps, dilation)), *(t * s for t, s in zip(steps, stride))),
        writeable=False,
    )


def _columns(x: Array, kernel: Ints, stride: Ints, pads: Pads, dilation: Ints, groups: int) -> Array:
    """(N, groups, C/groups * kernel, places): what each output element is a product with."""
    view = windows(padded(x, pads), kernel, stride, dilation)
    n, c = x.shape[:2]
    places = math.prod(view.shape[2 + len(kernel) :])
    return view.reshape(n, groups, c // groups * math.prod(kernel), places)


def conv(x: Array, w: Array, stride: Ints, pads: Pads, dilation: Ints, groups: int) -> Array:
    """Cross-correlation of (N, C, *spatial) with (O, C/groups, *kernel)."""
    kernel = w.shape[2:]
    sizes = [
        (n + lo + hi - d * (k - 1) - 1) // s + 1
        for n, k, s, (lo, hi), d in zip(x.shape[2:], kernel, stride, pads, dilation)
    ]
    columns = _columns(x, kernel, stride, pads, dilation, groups)
    rows = w.reshape(groups, w.shape[0] // groups, columns.shape[2])
    out = np.matmul(rows, columns).astype(x.dtype, copy=False)
    return out.reshape(x.shape[0], w.shape[0], *sizes)


def conv_weight(x: Array, y: Array, size: Ints, stride: Ints, pads: Pads, dilation: Ints, groups: int) -> Array:
    """The transpose of `conv` with respect to its weight of kernel `size`; y: (N, O, *places)."""
    columns = _columns(x, size, stride, pads, dilation, groups)
    n, o = y.shape[:2]
    rows = y.reshape(n, groups, o // groups, columns.shape[3])
    out = np.matmul(rows, columns.swapaxes(2, 3)).sum(axis=0, dtype=y.dtype)
    return out.reshape(o, x.shape[1] // groups, *size)


def conv_input(y: Array, w: Array, size: Ints, stride: Ints, pads: Pads, dilation: Ints, groups: int) -> Array:
    """The transpose of `conv` with respect to its input of spatial `size`; y: (N, O, *places)."""
    kernel, places = w.shape[2:], y.shape[2:]
    n, o = y.shape[:2]
    c = w.shape[1] * groups
    rows = w.reshape(groups, o // groups, -1).swapaxes(1, 2)
    columns = np.matmul(rows, y.reshape(n, groups, o // groups, math.prod(places)))
    columns = columns.astype(y.dtype, copy=False).reshape(n, c, *kernel, *places)
    out: Array = np.zeros((n, c, *(s + lo + hi for s, (lo, hi) in zip(size, pads))), columns.dtype)
    for at in np.ndindex(*kernel):
        out[(..., *_reached(at, places, stride, dilation))] += columns[(slice(None), slice(None), *at)]
    return inside(out, size, pads)


def inside(x: Array, size: Ints, pads: Pads) -> Array:
    """Without what was padded."""
    return x[(..., *(slice(lo, lo + n) for n, (lo, _) in zip(size, pads)))]


def _reached(at: Ints, places: Ints, stride: Ints, dilation: Ints) -> tuple[slice, ...]:
    """Which elements of a padded array the kernel's element `at` meets."""
    return tuple(slice(t * d, t * d + (p - 1) * s + 1, s) for t, p, s, d in zip(at, places, stride, dilation))


# -- pooling: x is (..., *spatial) with two axes before ------------------------------------------------------------------


def _places(size: Ints, window: Ints, stride: Ints, pads: Pads) -> Ints:
    return tuple((n + lo + hi - k) // s + 1 for n, k, s, (lo, hi) in zip(size, window, stride, pads))


def sum_pool(x: Array, window: Ints, stride: Ints, pads: Pads) -> Array:
    """Sums over windows: one axis after the other."""
    places = _places(x.shape[2:], window, stride, pads)
    out = padded(x, pads)
    for i, (k, s, p) in enumerate(zip(window, stride, places)):
        out = _along(out, i + 2, k, s, p, np.add)
    return out


def max_pool(x: Array, window: Ints, stride: Ints, pads: Pads) -> Array:
    """Largest elements of windows: one axis after the other; what is padded never counts."""
    places = _places(x.shape[2:], window, stride, pads)
    out = padded(x, pads, -math.inf)
    for i, (k, s, p) in enumerate(zip(window, stride, places)):
        out = _along(out, i + 2, k, s, p, np.maximum)
    return out


def _along(x: Array, axis: int, k: int, s: int, p: int, combine: Any) -> Array:
    before = (slice(None),) * axis
    out = x[(*before, slice(0, (p - 1) * s + 1, s))].copy()
    for t in range(1, k):
        combine(out, x[(*before, slice(t, t + (p - 1) * s + 1, s))], out=out)
    return out


def sum_pool_transpose(y: Array, size: Ints, window: Ints, stride: Ints, pads: Pads) -> Array:
    """The transpose of `sum_pool` with respect to its input of spatial `size`."""
    out = y
    for i, (k, s) in enumerate(zip(window, stride)):
        p, n = out.shape[i + 2], size[i] + sum(pads[i])
        before = (slice(None),) * (i + 2)
        wide = np.zeros((*out.shape[: i + 2], n, *out.shape[i + 3 :]), y.dtype)
        for t in range(k):
            wide[(*before, slice(t, t + (p - 1) * s + 1, s))] += out
        out = wide
    return inside(out, size, pads)


def _shares(x: Array, window: Ints, stride: Ints, pads: Pads) -> tuple[Array, list[tuple[Any, Array]]]:
    """Of every window the number of its largest elements, NaN where it holds one; for each place whether that is one of them."""
    places = _places(x.shape[2:], window, stride, pads)
    top = max_pool(x, window, stride, pads)
    wide, real = padded(x, pads), padded(np.ones((1, 1, *x.shape[2:]), bool), pads)
    count, hits = np.where(np.isnan(top), x.dtype.type(math.nan), x.dtype.type(0)), []
    for at in np.ndindex(*window):
        met = (..., *_reached(at, places, stride, (1,) * len(window)))
        hit = ~(wide[met] < top) & real[met]
        count += hit.astype(count.dtype)
        hits.append((met, hit))
    return count, hits


def max_pool_pull(ct: Array, x: Array, window: Ints, stride: Ints, pads: Pads) -> Array:
    """The cotangent of x: that of each window shared evenly by its largest elements."""
    count, hits = _shares(x, window, stride, pads)
    share = ct / count
    out = np.zeros((*x.shape[:2], *(n + lo + hi for n, (lo, hi) in zip(x.shape[2:], pads))), ct.dtype)
    for met, hit in hits:
        out[met] += np.where(hit, share, ct.dtype.type(0))
    return inside(out, x.shape[2:], pads)


def max_pool_push(t: Array, x: Array, window: Ints, stride: Ints, pads: Pads) -> Array:
    """The tangent of the result: the mean of the tangents of each window's largest elements."""
    count, hits = _shares(x, window, stride, pads)
    wide = padded(t, pads)
    total = np.zeros(count.shape, t.dtype)
    for met, hit in hits:
        total += np.where(hit, wide[met], t.dtype.type(0))
    return total / count


CONVOLUTION: dict[str, Callable[..., Any]] = {
    "conv": conv,
    "conv_input": conv_input,
    "conv_weight": conv_weight,
    "max_pool": max_pool,
    "max_pool_pull": max_pool_pull,
    "max_pool_push": max_pool_push,
    "sum_pool": sum_pool,
    "sum_pool_transpose": sum_pool_transpose,
}
