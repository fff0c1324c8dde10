"""NumPy's own functions for the public functions on ndarrays: `unigrad.direct` says what a direct road is.

Most are quicker than NumPy's functions of that name: a reduction is that of the ufunc, and a shape the array's own method.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from unigrad.errors import KERNEL_ERRORS

Road = Callable[..., Any]

REAL, NUMBERS = frozenset("fiub"), frozenset("fciu")
#: of native byte order, and NumPy's own
DTYPES = frozenset(map(np.dtype, "?bhilqBHILQefdFD"))
BACKWARDS = slice(None, None, -1)


# -- reductions, over all elements or one axis -------------------------------------------------------------------------


def _accumulating(reduce: Road) -> Road:
    """A sum or product of numbers that NumPy does not widen."""

    def road(x: Any, axis: Any, dtype: Any, keepdims: bool) -> Any:
        if dtype is None and (axis is None or (type(axis) is int and x.ndim)) and x.dtype.kind in NUMBERS:
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
        if (axis is None or (type(axis) is int and x.ndim)) and x.dtype.kind in kinds:
            try:
                return reduce(x, axis, None, None, keepdims)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _searching(search: Road) -> Road:
    """argmax or argmin."""

    def road(x: Any, axis: Any, keepdims: bool) -> Any:
        if (axis is None or (type(axis) is int and x.ndim)) and x.dtype.kind in REAL:
            try:
                return search(x, axis, None, keepdims=keepdims)
            except KERNEL_ERRORS:
                return None
        return None

    return road


_total = np.add.reduce


def _mean(x: Any, axis: Any, keepdims: bool) -> Any:
    dtype = x.dtype
    if (axis is None or (type(axis) is int and x.ndim)) and dtype.kind in "fc" and dtype.itemsize > 2:
        try:
            total = _total(x, axis, None, None, keepdims)
            return total / dtype.type(x.size // total.size)
        except KERNEL_ERRORS:
            return None
    return None


def _spreading(finish: Road | None) -> Road:
    """The variance of real floats, or what `finish` makes of it; in the steps in which NumPy computes it."""
    subtract, square = np.subtract, np.multiply

    def road(x: Any, axis: Any, correction: float, keepdims: bool) -> Any:
        dtype = x.dtype
        if (axis is None or (type(axis) is int and x.ndim)) and dtype.kind == "f" and dtype.itemsize > 2:
            try:
                total = _total(x, axis, None, None, True)
                n = x.size // total.size
                if n <= correction or n >= 1 << 24:
                    return None
                centred = subtract(x, total / dtype.type(n))
                square(centred, centred, centred)
                out = _total(centred, axis, None, None, keepdims) / dtype.type(n - correction)
            except KERNEL_ERRORS:
                return None
            return out if finish is None else finish(out)
        return None

    return road


def _cumulative_sum(x: Any, axis: Any, dtype: Any, include_initial: bool) -> Any:
    if axis is None and x.ndim == 1:
        axis = 0
    if dtype is None and not include_initial and type(axis) is int and x.ndim and x.dtype.kind in NUMBERS:
        try:
            out = np.add.accumulate(x, axis)
        except KERNEL_ERRORS:
            return None
        if out.dtype is x.dtype:
            return out
    return None


# -- shapes ------------------------------------------------------------------------------------------------------------


def _reshape(x: Any, shape: Any) -> Any:
    try:
        out = x.reshape(shape)
        if out.shape == shape or (-1 in shape and min(shape) == -1):  # NumPy takes -2 for -1
            return out
    except KERNEL_ERRORS:
        pass
    return None


def _permute_dims(x: Any, axes: Any) -> Any:
    if type(axes) is tuple or type(axes) is list:
        try:
            return x.transpose(axes)
        except KERNEL_ERRORS:
            return None
    return None


def _squeeze(x: Any, axis: Any) -> Any:
    if type(axis) is int and x.ndim:
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


def _broadcasting(broadcast_to: Road) -> Road:
    def road(x: Any, shape: Any) -> Any:
        try:
            return broadcast_to(x, shape)
        except KERNEL_ERRORS:
            return None

    return road


def _flip(x: Any, axis: Any) -> Any:
    n = x.ndim
    if axis is None:
        return x[(BACKWARDS,) * n]
    if type(axis) is int and -n <= axis < n:
        return x[(slice(None),) * (axis % n) + (BACKWARDS,)]
    return None


def _joining(join: Road) -> Road:
    """concat of ndarrays that meet in the dtype of the first."""

    def road(arrays: Any, axis: Any) -> Any:
        if axis is not None and type(axis) is not int:
            return None
        for a in arrays:
            if type(a) is not ndarray:
                return None
        try:
            out = join(arrays, axis) if axis != 0 else join(arrays)
        except KERNEL_ERRORS:
            return None
        return out if out.dtype is arrays[0].dtype else None

    return road


def _stacking(join: Road) -> Road:
    """stack along the first axis, as a longer array in another shape."""

    def road(arrays: Any, axis: Any) -> Any:
        shape = arrays[0].shape
        if type(axis) is not int or axis or not shape:
            return None
        for a in arrays:
            if type(a) is not ndarray or a.shape != shape:
                return None
        try:
            out = join(arrays)
        except KERNEL_ERRORS:
            return None
        return out.reshape((len(arrays), *shape)) if out.dtype is arrays[0].dtype else None

    return road


# -- products ----------------------------------------------------------------------------------------------------------


def _multiplying(multiply: Road) -> Road:
    """matmul: of bfloat16 NumPy gives float32."""

    def road(x: Any, y: Any) -> Any:
        if type(y) is ndarray:
            try:
                out = multiply(x, y)
            except KERNEL_ERRORS:
                return None
            if out.dtype is x.dtype:
                return out
        return None

    return road


def _along_last(vecdot: Road) -> Road:
    def road(x: Any, y: Any, axis: Any) -> Any:
        if type(y) is ndarray and axis == -1:
            try:
                out = vecdot(x, y)
            except KERNEL_ERRORS:
                return None
            if out.dtype is x.dtype:
                return out
        return None

    return road


def _tensordot(x: Any, y: Any, axes: Any) -> Any:
    if type(y) is ndarray and type(axes) is int and x.dtype is y.dtype:
        left, shape = x.ndim - axes, y.shape
        if axes >= 0 and left >= 0 and (shared := shape[:axes]) == x.shape[left:]:
            k = 1
            for n in shared:
                k *= n
            if k:
                try:
                    out = np.matmul(x.reshape(-1, k), y.reshape(k, -1))
                except KERNEL_ERRORS:
                    return None
                if out.dtype is x.dtype:
                    return out.reshape(x.shape[:left] + shape[axes:])
    return None


# -- elements ----------------------------------------------------------------------------------------------------------


def _selecting(where: Road) -> Road:
    def road(condition: Any, x: Any, y: Any) -> Any:
        if type(x) is type(y) is ndarray and x.dtype is y.dtype:
            try:
                return where(condition, x, y)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _astype(x: Any, dtype: Any, copy: bool, device: Any) -> Any:
    try:
        return x.astype(dtype) if dtype in DTYPES and device is None and x.dtype.kind != "c" else None
    except TypeError:
        return None


def _take(x: Any, indices: Any, axis: Any) -> Any:
    if (
        type(indices) is ndarray
        and indices.dtype.kind in "iu"
        and (x.ndim if type(axis) is int else axis is None and x.ndim == 1)
    ):
        try:
            return x.take(indices, axis)
        except KERNEL_ERRORS:
            return None
    return None


def _sort(x: Any, axis: Any, descending: bool, stable: bool) -> Any:
    if not descending and type(axis) is int and x.ndim and x.dtype.kind in REAL:
        try:
            out = x.copy("K")
            out.sort(axis, "stable" if stable else None)
            return out
        except KERNEL_ERRORS:
            return None
    return None


def _clipping(maximum: Road, minimum: Road) -> Road:
    def road(x: Any, low: Any, high: Any) -> Any:
        if type(low) is float and type(high) is float and x.dtype.kind == "f":
            return minimum(maximum(x, low), high)
        return None

    return road


# -- elementwise: the row's own function sees that two arrays have one dtype, and what is raised goes the general road -----


def _ordering(function: Road) -> Road:
    """A comparison, or what is made of one: NumPy orders complex numbers, and the standard does not."""

    def road(x: Any, y: Any) -> Any:
        if x.dtype.kind == "c":
            raise TypeError("complex numbers have no order")
        return function(x, y)

    return road


def _sign(x: Any) -> Any:
    if x.dtype.kind == "c":
        raise TypeError("by the general road, for any version of NumPy")
    return np.sign(x)


#: the row's name is NumPy's too
SAME = (
    "add", "ceil", "copysign", "divide", "equal", "floor", "floor_divide", "hypot", "isfinite", "isinf", "isnan",
    "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor", "multiply", "negative", "nextafter",
    "not_equal", "remainder", "signbit", "subtract", "trunc", "bitwise_and", "bitwise_or", "bitwise_xor",
)  # fmt: skip
ORDERED = ("greater", "greater_equal", "less", "less_equal", "maximum", "minimum")

DIRECT: dict[str, Road] = {
    **{name: getattr(np, name) for name in SAME},
    **{name: _ordering(getattr(np, name)) for name in ORDERED},
    "all": _reducing(np.logical_and.reduce, REAL | {"c"}),
    "any": _reducing(np.logical_or.reduce, REAL | {"c"}),
    "argmax": _searching(ndarray.argmax),
    "argmin": _searching(ndarray.argmin),
    "astype": _astype,
    "atan2": np.arctan2,
    "bitwise_invert": np.invert,
    "bitwise_left_shift": np.left_shift,
    "bitwise_right_shift": np.right_shift,
    "broadcast_to": _broadcasting(np.broadcast_to),
    "clip": _clipping(np.maximum, np.minimum),
    "concat": _joining(np.concatenate),
    "cumulative_sum": _cumulative_sum,
    "expand_dims": _expand_dims,
    "flip": _flip,
    "imag": lambda x: x.imag.copy("K"),
    "matmul": _multiplying(np.matmul),
    "max": _reducing(np.maximum.reduce, REAL),
    "mean": _mean,
    "min": _reducing(np.minimum.reduce, REAL),
    "permute_dims": _permute_dims,
    "prod": _accumulating(np.multiply.reduce),
    "real": lambda x: x.real.copy("K"),
    "reshape": _reshape,
    "sign": _sign,
    "sort": _sort,
    "squeeze": _squeeze,
    "stack": _stacking(np.concatenate),
    "std": _spreading(np.sqrt),
    "sum": _accumulating(np.add.reduce),
    "take": _take,
    "tensordot": _tensordot,
    "var": _spreading(None),
    "where": _selecting(np.where),
    **({"vecdot": _along_last(np.vecdot)} if hasattr(np, "vecdot") else {}),
}
