"""Kernels over the array API namespace for order statistics, places and segments."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Kernel = Callable[..., Any]


def order_statistics(backend: Any) -> Kernel:
    """Sorted along the last axis, at places; NaN where there is one, which sorting puts last."""
    xp = backend.xp

    def kernel(x: Any, places: tuple[int, ...]) -> Any:
        ordered = xp.sort(x, axis=-1)
        found = xp.stack([ordered[..., p] for p in places], axis=-1)
        last = ordered[..., -1:]
        return xp.where(xp.isnan(last), last, found)

    return kernel


def cells(side: str) -> Callable[[Any], Kernel]:
    """How many knots are below (or not above) each element."""

    def kernel_of(backend: Any) -> Kernel:
        xp = backend.xp
        return lambda x, knots: xp.reshape(xp.searchsorted(knots, xp.reshape(x, (-1,)), side=side), x.shape)

    return kernel_of


def knot_order(backend: Any) -> Kernel:
    """The indices that sort."""
    return lambda x: backend.xp.argsort(x, axis=-1)


def top_k_places(backend: Any) -> Kernel:
    """By a stable sort; for the largest of the reversed array, read backwards, so that the first of equal ones is first."""
    xp = backend.xp

    def kernel(x: Any, k: int, largest: bool) -> Any:
        if largest:
            order = xp.flip(xp.argsort(xp.flip(x, axis=-1), axis=-1, stable=True), axis=-1)
            order = x.shape[-1] - 1 - order
        else:
            order = xp.argsort(x, axis=-1, stable=True)
        return order[..., :k]

    return kernel


def as_complex(x: Any) -> Any:
    """Pairs of ndarrays' last axis as complex numbers."""
    return np.ascontiguousarray(x).view(np.result_type(x.dtype, np.complex64))[..., 0]


def segment_max(x: Any, ids: Any, count: int) -> Any:
    """The largest of each segment, of ndarrays."""
    out = np.full((count, *x.shape[1:]), -math.inf, x.dtype)
    np.maximum.at(out, np.asarray(ids), x)
    return out


ORDERING: dict[str, Callable[[Any], Kernel]] = {
    "cell_above": cells("right"),
    "cell_below": cells("left"),
    "knot_order": knot_order,
    "order_statistics": order_statistics,
    "top_k_places": top_k_places,
}


def pad_zeros(x: Any, widths: Any) -> Any:
    """Zeros around an ndarray."""
    out = np.zeros(tuple(n + lo + hi for n, (lo, hi) in zip(x.shape, widths)), x.dtype)
    out[tuple(slice(lo, lo + n) for n, (lo, _) in zip(x.shape, widths))] = x
    return out
