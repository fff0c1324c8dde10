"""JAX's own functions for the public functions on its arrays: `unigrad.direct` says what a direct road is.

A call of JAX's takes 5 microseconds and more, and a look at an array's dtype or shape 0.1 to 0.2.
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from unigrad.errors import KERNEL_ERRORS
from unigrad_jax.ordering import KERNELS

Road = Callable[..., Any]

REAL = frozenset("fiub")


def _accumulating(function: Road) -> Road:
    """A sum or product of floats."""

    def road(x: Any, axis: Any, dtype: Any, keepdims: bool) -> Any:
        if dtype is None and (axis is None or type(axis) is int) and x.dtype.kind in "fc":
            try:
                return function(x, axis=axis, keepdims=keepdims)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _reducing(function: Road, kinds: str) -> Road:
    """A reduction of dtypes of these kinds."""

    def road(x: Any, axis: Any, keepdims: bool) -> Any:
        if (axis is None or type(axis) is int) and x.dtype.kind in kinds:
            try:
                return function(x, axis=axis, keepdims=keepdims)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _spreading(function: Road) -> Road:
    """The variance or standard deviation of real floats."""

    def road(x: Any, axis: Any, correction: float, keepdims: bool) -> Any:
        if (axis is None or type(axis) is int) and x.dtype.kind == "f":
            try:
                return function(x, axis=axis, correction=correction, keepdims=keepdims)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _running(x: Any, axis: Any, dtype: Any, include_initial: bool) -> Any:
    if dtype is None and not include_initial and x.dtype.kind in "fc":
        try:
            if axis is None:
                return jnp.cumsum(x, 0) if x.ndim == 1 else None
            return jnp.cumsum(x, axis) if type(axis) is int else None
        except KERNEL_ERRORS:
            return None
    return None


def _shaping(function: Road) -> Road:
    """reshape or broadcast_to: a shape without -1."""

    def road(x: Any, shape: Any) -> Any:
        try:
            return function(x, shape) if type(shape) is tuple and -1 not in shape else None
        except KERNEL_ERRORS:
            return None

    return road


def _permute_dims(x: Any, axes: Any) -> Any:
    try:
        return jnp.transpose(x, axes) if type(axes) is tuple else None
    except KERNEL_ERRORS:
        return None


def _of_axis(function: Road) -> Road:
    """squeeze, expand_dims or flip: one axis."""

    def road(x: Any, axis: Any) -> Any:
        try:
            return function(x, axis) if type(axis) is int else None
        except KERNEL_ERRORS:
            return None

    return road


def _joining(function: Road) -> Road:
    """concat or stack, of arrays of one dtype."""

    def road(arrays: Any, axis: Any) -> Any:
        if type(axis) is not int:
            return None
        first = arrays[0]
        for a in arrays:
            if type(a) is not type(first) or a.dtype is not first.dtype:
                return None
        try:
            return function(arrays, axis)
        except KERNEL_ERRORS:
            return None

    return road


def _multiplying(function: Road) -> Road:
    """matmul, of arrays of one dtype."""

    def road(x: Any, y: Any) -> Any:
        if type(x) is type(y) and x.dtype is y.dtype:
            try:
                return function(x, y)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _vecdot(x: Any, y: Any, axis: Any) -> Any:
    if type(x) is type(y) and axis == -1 and x.dtype is y.dtype and x.shape == y.shape:
        try:
            return jnp.vecdot(x, y)
        except KERNEL_ERRORS:
            return None
    return None


def _tensordot(x: Any, y: Any, axes: Any) -> Any:
    if type(x) is type(y) and type(axes) is int and axes >= 0 and x.dtype is y.dtype:
        try:
            return jnp.tensordot(x, y, axes)
        except KERNEL_ERRORS:
            return None
    return None


def _where(condition: Any, x: Any, y: Any) -> Any:
    if type(condition) is type(x) is type(y) and x.dtype is y.dtype:
        try:
            return jnp.where(condition, x, y)
        except KERNEL_ERRORS:
            return None
    return None


def _take(x: Any, indices: Any, axis: Any) -> Any:
    """Where one look tells that no place is out of bounds, which JAX would not say."""
    if type(indices) is not type(x) or next(iter(indices.devices())).platform != "cpu":
        return None
    shape = x.shape
    if axis is None and len(shape) == 1:
        axis = 0
    if type(axis) is int and -len(shape) <= axis < len(shape):
        places = np.asarray(indices)
        if places.dtype.kind in "iu" and places.size and places.min() >= 0 and places.max() < shape[axis]:
            return jnp.take(x, indices, axis)
    return None


def _sort(x: Any, axis: Any, descending: bool, stable: bool) -> Any:
    if type(axis) is int and not descending and x.dtype.kind in REAL:
        try:
            return jnp.sort(x, axis, stable=stable)
        except KERNEL_ERRORS:
            return None
    return None


def _clip(x: Any, low: Any, high: Any) -> Any:
    if type(low) is float and type(high) is float and x.dtype.kind == "f":
        return jnp.clip(x, low, high)
    return None


#: elementwise functions of real numbers alone, JAX's too; what it raises goes the general road
SAME = ("ceil", "copysign", "floor", "floor_divide", "hypot", "nextafter", "remainder", "signbit", "trunc")

DIRECT: dict[str, Road] = {
    **{name: getattr(jnp, name) for name in SAME},
    "all": _reducing(jnp.all, "fiubc"),
    "any": _reducing(jnp.any, "fiubc"),
    "argmax": _reducing(jnp.argmax, "fiub"),
    "argmin": _reducing(jnp.argmin, "fiub"),
    "broadcast_to": _shaping(jnp.broadcast_to),
    "clip": _clip,
    "concat": _joining(jnp.concatenate),
    "cumulative_sum": _running,
    "expand_dims": _of_axis(jnp.expand_dims),
    "flip": _of_axis(jnp.flip),
    "matmul": _multiplying(jnp.matmul),
    "max": _reducing(KERNELS["max"], "fiub"),
    "mean": _reducing(jnp.mean, "fc"),
    "min": _reducing(KERNELS["min"], "fiub"),
    "permute_dims": _permute_dims,
    "prod": _accumulating(jnp.prod),
    "reshape": _shaping(jnp.reshape),
    "sort": _sort,
    "squeeze": _of_axis(jnp.squeeze),
    "stack": _joining(jnp.stack),
    "std": _spreading(jnp.std),
    "sum": _accumulating(jnp.sum),
    "take": _take,
    "tensordot": _tensordot,
    "var": _spreading(jnp.var),
    "vecdot": _vecdot,
    "where": _where,
}
