"""NumPy's own functions for the public functions on ndarrays: `unigrad.direct` says what a direct road is.

Most are quicker than NumPy's functions of that name: a reduction is that of the ufunc, and a shape the array's own method.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from unigrad.errors import KERNEL_ERRORS

Road = Callable[..., Any]

REAL, NUMBERS = frozenset("fiub"), frozenset("fciu")
SEQUENCES = frozenset((tuple, list))
#: of native byte order, and NumPy's own
DTYPES = frozenset(map(np.dtype, "?bhilqBHILQefdFD"))


def _accumulating(reduce: Road) -> Road:
    """A sum or product of numbers that NumPy does not widen."""

    def road(x: Any, axis: Any, dtype: Any, keepdims: bool) -> Any:
        if dtype is None and x.dtype.kind in NUMBERS and (axis is None or type(axis) is int):
            try:
                out = reduce(x, axis, None, None, keepdims)
            except KERNEL_ERRORS:
                return None
            if out.dtype is x.dtype:
                return out
        return None

    return road


def _reducing(reduce: Road, kinds: frozenset[str]) -> Road:
    """A reduction of dtypes of these kinds."""

    def road(x: Any, axis: Any, keepdims: bool) -> Any:
        if x.dtype.kind in kinds and (axis is None or type(axis) is int):
            try:
                return reduce(x, axis, None, None, keepdims)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _mean(x: Any, axis: Any, keepdims: bool) -> Any:
    dtype = x.dtype
    if dtype.kind in "fc" and dtype.itemsize > 2 and (axis is None or type(axis) is int):
        try:
            total = np.add.reduce(x, axis, None, None, keepdims)
            return total / dtype.type(x.size // total.size)
        except KERNEL_ERRORS:
            return None
    return None


def _spread(function: Road) -> Road:
    """The variance or standard deviation of real floats."""

    def road(x: Any, axis: Any, correction: float, keepdims: bool) -> Any:
        if x.dtype.kind == "f" and (axis is None or type(axis) is int):
            try:
                return function(x, axis=axis, ddof=correction, keepdims=keepdims)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _place(search: Road) -> Road:
    """argmax or argmin."""

    def road(x: Any, axis: Any, keepdims: bool) -> Any:
        if x.dtype.kind in REAL and (axis is None or type(axis) is int):
            try:
                return search(x, axis, None, keepdims=keepdims)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _reshape(x: Any, shape: Any) -> Any:
    try:
        out = x.reshape(shape)
        if out.shape == shape or (-1 in shape and min(shape) == -1):
            return out
    except KERNEL_ERRORS:
        pass
    return None


def _permute_dims(x: Any, axes: Any) -> Any:
    if type(axes) in SEQUENCES:
        try:
            return x.transpose(axes)
        except KERNEL_ERRORS:
            return None
    return None


def _squeeze(x: Any, axis: Any) -> Any:
    if type(axis) is int:
        try:
            return x.squeeze(axis)
        except KERNEL_ERRORS:
            return None
    return None


def _expand_dims(x: Any, axis: Any) -> Any:
    if type(axis) is int:
        shape = x.shape
        at = axis if axis >= 0 else axis + len(shape) + 1
        if 0 <= at <= len(shape):
            return x.reshape((*shape[:at], 1, *shape[at:]))
    return None


def _broadcast_to(x: Any, shape: Any) -> Any:
    try:
        return np.broadcast_to(x, shape)
    except KERNEL_ERRORS:
        return None


def _flip(x: Any, axis: Any) -> Any:
    if axis is None or type(axis) is int:
        try:
            return np.flip(x, axis)
        except KERNEL_ERRORS:
            return None
    return None


def _joining(join: Road) -> Road:
    """concat or stack, of ndarrays of one dtype."""

    def road(arrays: Any, axis: Any) -> Any:
        for a in arrays:
            if type(a) is not np.ndarray:
                return None
        try:
            out = join(arrays, axis)
        except KERNEL_ERRORS:
            return None
        return out if out.dtype is arrays[0].dtype else None

    return road


def _matmul(x: Any, y: Any) -> Any:
    if type(y) is np.ndarray and x.dtype is y.dtype:
        try:
            out = np.matmul(x, y)
        except KERNEL_ERRORS:
            return None
        if out.dtype is x.dtype:  # NumPy gives float32 for bfloat16
            return out
    return None


def _vecdot(x: Any, y: Any, axis: Any) -> Any:
    if type(y) is np.ndarray and x.dtype is y.dtype and axis == -1:
        try:
            out = np.vecdot(x, y)
        except KERNEL_ERRORS:
            return None
        if out.dtype is x.dtype:
            return out
    return None


def _tensordot(x: Any, y: Any, axes: Any) -> Any:
    if type(y) is np.ndarray and x.dtype is y.dtype and type(axes) is int and axes >= 0:
        try:
            out = np.tensordot(x, y, axes)
        except KERNEL_ERRORS:
            return None
        if out.dtype is x.dtype:
            return out
    return None


def _where(condition: Any, x: Any, y: Any) -> Any:
    if type(x) is type(y) is np.ndarray and x.dtype is y.dtype:
        try:
            return np.where(condition, x, y)
        except KERNEL_ERRORS:
            return None
    return None


def _astype(x: Any, dtype: Any, copy: bool, device: Any) -> Any:
    if isinstance(dtype, np.dtype) and dtype in DTYPES and device is None and x.dtype.kind != "c":
        return x.astype(dtype)
    return None


def _take(x: Any, indices: Any, axis: Any) -> Any:
    if type(indices) is np.ndarray and indices.dtype.kind in "iu" and (type(axis) is int or axis is None and x.ndim == 1):
        try:
            return x.take(indices, axis)
        except KERNEL_ERRORS:
            return None
    return None


def _sort(x: Any, axis: Any, descending: bool, stable: bool) -> Any:
    if not descending and type(axis) is int and x.dtype.kind in REAL:
        try:
            out = x.copy("K")
            out.sort(axis, "stable" if stable else None)
            return out
        except KERNEL_ERRORS:
            return None
    return None


def _cumulative_sum(x: Any, axis: Any, dtype: Any, include_initial: bool) -> Any:
    if axis is None and x.ndim == 1:
        axis = 0
    if dtype is None and not include_initial and type(axis) is int and x.dtype.kind in NUMBERS:
        try:
            out = np.add.accumulate(x, axis)
        except KERNEL_ERRORS:
            return None
        if out.dtype is x.dtype:
            return out
    return None


def _clip(x: Any, low: Any, high: Any) -> Any:
    if x.dtype.kind == "f" and type(low) is type(high) is float:
        return np.minimum(np.maximum(x, low), high)
    return None


DIRECT: dict[str, Road] = {
    "all": _reducing(np.logical_and.reduce, REAL | {"c"}),
    "any": _reducing(np.logical_or.reduce, REAL | {"c"}),
    "argmax": _place(np.ndarray.argmax),
    "argmin": _place(np.ndarray.argmin),
    "astype": _astype,
    "broadcast_to": _broadcast_to,
    "clip": _clip,
    "concat": _joining(np.concatenate),
    "cumulative_sum": _cumulative_sum,
    "expand_dims": _expand_dims,
    "flip": _flip,
    "matmul": _matmul,
    "max": _reducing(np.maximum.reduce, REAL),
    "mean": _mean,
    "min": _reducing(np.minimum.reduce, REAL),
    "permute_dims": _permute_dims,
    "prod": _accumulating(np.multiply.reduce),
    "reshape": _reshape,
    "sort": _sort,
    "squeeze": _squeeze,
    "stack": _joining(np.stack),
    "std": _spread(np.std),
    "sum": _accumulating(np.add.reduce),
    "take": _take,
    "tensordot": _tensordot,
    "var": _spread(np.var),
    "where": _where,
    **({"vecdot": _vecdot} if hasattr(np, "vecdot") else {}),
}
