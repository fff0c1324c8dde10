"""JAX's kernels of convolution and pooling, by `jax.lax`."""

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

_GEOMETRY = ("stride", "pads", "dilation", "groups")
_WINDOW = ("window", "stride", "pads")


def _tails(size: Any, places: Any, kernel: Any, stride: Any, pads: Any, dilation: Any) -> list[int]:
    """How many elements at the end of each padded axis no window reaches."""
    return [
        n + lo + hi - d * (k - 1) - 1 - (p - 1) * s
        for n, p, k, s, (lo, hi), d in zip(size, places, kernel, stride, pads, dilation)
    ]


@partial(jax.jit, static_argnames=_GEOMETRY)
def _conv(x: Any, w: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    return lax.conv_general_dilated(x, w, stride, pads, rhs_dilation=dilation, feature_group_count=groups)


@partial(jax.jit, static_argnames=("size", *_GEOMETRY))
def _conv_input(y: Any, w: Any, size: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    kernel, places = w.shape[2:], y.shape[2:]
    tails = _tails(size, places, kernel, stride, pads, dilation)
    w = jnp.flip(w, axis=tuple(range(2, w.ndim))).reshape(groups, w.shape[0] // groups, *w.shape[1:])
    w = jnp.swapaxes(w, 1, 2).reshape(groups * w.shape[2], w.shape[1], *kernel)
    around = [
        (d * (k - 1) - lo, d * (k - 1) - hi + tail) for k, (lo, hi), d, tail in zip(kernel, pads, dilation, tails)
    ]
    ones = (1,) * len(kernel)
    return lax.conv_general_dilated(
        y, w, ones, around, lhs_dilation=stride, rhs_dilation=dilation, feature_group_count=groups
    )


@partial(jax.jit, static_argnames=("size", *_GEOMETRY))
def _conv_weight(x: Any, y: Any, size: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    tails = _tails(x.shape[2:], y.shape[2:], size, stride, pads, dilation)
    around = [(lo, hi - tail) for (lo, hi), tail in zip(pads, tails)]
    turned = (1, 0, *range(2, x.ndim))  # the batch is summed over, so it takes the place of the channels
    numbers = lax.ConvDimensionNumbers(turned, turned, turned)
    return lax.conv_general_dilated(
        x, y, dilation, around, rhs_dilation=stride, dimension_numbers=numbers, batch_group_count=groups
    )


@partial(jax.jit, static_argnames=_WINDOW)
def _sum_pool(x: Any, window: Any, stride: Any, pads: Any) -> Any:
    zero = np.zeros((), x.dtype)  # a constant: JAX then knows the sum for what it is
    return lax.reduce_window(x, zero, lax.add, (1, 1, *window), (1, 1, *stride), ((0, 0), (0, 0), *pads))


@partial(jax.jit, static_argnames=("size", *_WINDOW))
def _sum_pool_transpose(y: Any, size: Any, window: Any, stride: Any, pads: Any) -> Any:
    ones = (1,) * len(window)
    tails = _tails(size, y.shape[2:], window, stride, pads, ones)
    around = [(k - 1 - lo, k - 1 - hi + tail, s - 1) for k, (lo, hi), s, tail in zip(window, pads, stride, tails)]
    wide = lax.pad(y, jnp.zeros((), y.dtype), [(0, 0, 0), (0, 0, 0), *around])
    return _sum_pool(wide, window, ones, ((0, 0),) * len(window))


@partial(jax.jit, static_argnames=_WINDOW)
def _max_pool(x: Any, window: Any, stride: Any, pads: Any) -> Any:
    low = np.asarray(-math.inf, x.dtype)
    return lax.reduce_window(x, low, lax.max, (1, 1, *window), (1, 1, *stride), ((0, 0), (0, 0), *pads))


def _padded(x: Any, pads: Any) -> Any:
    return jnp.pad(x, ((0, 0), (0, 0), *pads)) if any(map(any, pads)) else x


def _shares(x: Any, window: Any, stride: Any, pads: Any) -> Any:
    """Of every window the number of its largest elements, NaN where it holds one; for each place whether that is one of them."""
    x = lax.stop_gradient(x)
    top = _max_pool(x, window, stride, pads)
    wide, real = _padded(x, pads), _padded(jnp.ones((1, 1, *x.shape[2:]), bool), pads)
    hits = []
    for at in itertools.product(*map(range, window)):
        met = (..., *(slice(t, t + (p - 1) * s + 1, s) for t, p, s in zip(at, top.shape[2:], stride)))
        hits.append((at, met, ~(wide[met] < top) & real[met]))
    count = sum(hit.astype(x.dtype) for _, _, hit in hits)
    return jnp.where(jnp.isnan(top), math.nan, count), hits


@partial(jax.jit, static_argnames=_WINDOW)
def _max_pool_pull(ct: Any, x: Any, window: Any, stride: Any, pads: Any) -> Any:
    count, hits = _shares(x, window, stride, pads)
    share, total = ct / count, None
    for at, _, hit in hits:
        part = jnp.where(hit, share, 0)
        ends = [
            (t - lo, n + lo - t - (p - 1) * s - 1, s - 1)
            for t, (lo, _), n, p, s in zip(at, pads, x.shape[2:], ct.shape[2:], stride)
        ]
        part = lax.pad(part, jnp.zeros((), part.dtype), [(0, 0, 0), (0, 0, 0), *ends])
        total = part if total is None else total + part
    return total


@partial(jax.jit, static_argnames=_WINDOW)
def _max_pool_push(t: Any, x: Any, window: Any, stride: Any, pads: Any) -> Any:
    count, hits = _shares(x, window, stride, pads)
    wide = _padded(t, pads)
    return sum(jnp.where(hit, wide[met], 0) for _, met, hit in hits) / count


KERNELS: dict[str, Callable[..., Any]] = {
    "conv": _conv,
    "conv_input": _conv_input,
    "conv_weight": _conv_weight,
    "max_pool": _max_pool,
    "max_pool_pull": _max_pool_pull,
    "max_pool_push": _max_pool_push,
    "sum_pool": _sum_pool,
    "sum_pool_transpose": _sum_pool_transpose,
}
