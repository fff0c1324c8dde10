"""NumPy's own functions for the public functions on ndarrays: `unigrad.direct` says what a direct road is.

Most are quicker than NumPy's functions of that name: a reduction is that of the ufunc, and a shape the array's own method.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

Road = Callable[..., Any]

#: of native byte order, and NumPy's own
DTYPES = frozenset(map(np.dtype, "?bhilqBHILQefdFD"))
REAL = frozenset(d for d in DTYPES if d.kind in "fiub")
#: floats that NumPy computes in themselves, real ones and all
EXACT = frozenset(map(np.dtype, "fd"))
INEXACT = EXACT | frozenset(map(np.dtype, "FD"))
#: what a sum or product is not widened from
WIDE = frozenset(d for d in DTYPES if d.kind in "fc" or (d.kind in "iu" and d.itemsize == 8))
BACKWARDS = slice(None, None, -1)


# -- reductions, over all elements or one axis -------------------------------------------------------------------------


def _reducing(reduce: Road, known: frozenset[Any]) -> tuple[Road, Road, frozenset[Any]]:
    """By the ufunc's own, quicker than NumPy's function."""

    def along(x: Any, axis: Any, keepdims: bool) -> Any:
        return reduce(x, axis, None, None, keepdims)

    return (lambda x: reduce(x, None)), along, known


def _searching(search: Road) -> tuple[Road, Road, frozenset[Any]]:
    """argmax or argmin."""
    return search, (lambda x, axis, keepdims: search(x, axis, None, keepdims=keepdims)), REAL


_total = np.add.reduce


def _mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    total = _total(x, axis, None, None, keepdims)
    return total / x.dtype.type(x.size // total.size)


def _spreading(finish: Road | None) -> Road:
    """The variance of real floats, or what `finish` makes of it; in the steps in which NumPy computes it."""
    subtract, square = np.subtract, np.multiply

    def road(x: Any, axis: Any, correction: float, keepdims: bool) -> Any:
        dtype = x.dtype
        if dtype not in EXACT or not (axis is None or (type(axis) is int and x.ndim)):
            return None
        total = _total(x, axis, None, None, True)
        n = x.size // total.size
        if n <= correction or n >= 1 << 24:
            return None
        centred = subtract(x, total / dtype.type(n))
        square(centred, centred, centred)
        out = _total(centred, axis, None, None, keepdims) / dtype.type(n - correction)
        return out if finish is None else finish(out)

    return road


# -- shapes ------------------------------------------------------------------------------------------------------------


def _reshape(x: Any, shape: Any) -> Any:
    out = x.reshape(shape)
    return out if out.shape == shape or (-1 in shape and min(shape) == -1) else None  # NumPy takes -2 for -1


def _permute_dims(x: Any, axes: Any) -> Any:
    return x.transpose(axes) if type(axes) is tuple or type(axes) is list else None


def _expand_dims(x: Any, axis: Any) -> Any:
    shape = x.shape
    at = axis if axis >= 0 else axis + len(shape) + 1
    return x.reshape((*shape[:at], 1, *shape[at:])) if 0 <= at <= len(shape) else None


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
        for a in arrays:
            if type(a) is not ndarray:
                return None
        out = join(arrays, axis) if axis else join(arrays)
        return out if out.dtype is arrays[0].dtype else None

    return road


def _stacking(join: Road) -> Road:
    """stack along the first axis, as a longer array in another shape."""

    def road(arrays: Any, axis: Any) -> Any:
        shape = arrays[0].shape
        if axis or not shape:
            return None
        for a in arrays:
            if type(a) is not ndarray or a.shape != shape:
                return None
        out = join(arrays)
        return out.reshape((len(arrays), *shape)) if out.dtype is arrays[0].dtype else None

    return road


# -- products ----------------------------------------------------------------------------------------------------------


def _tensordot(x: Any, y: Any, axes: Any) -> Any:
    left, shape = x.ndim - axes, y.shape
    if axes >= 0 and left >= 0 and x.dtype is y.dtype and (shared := shape[:axes]) == x.shape[left:]:
        k = 1
        for n in shared:
            k *= n
        if k:
            out = np.matmul(x.reshape(-1, k), y.reshape(k, -1))
            if out.dtype is x.dtype:
                return out.reshape(x.shape[:left] + shape[axes:])
    return None


# -- elements ----------------------------------------------------------------------------------------------------------


def _astype(x: Any, dtype: Any) -> Any:
    return x.astype(dtype) if dtype in DTYPES and x.dtype.kind != "c" else None


def _take(x: Any, indices: Any, axis: Any) -> Any:
    if (
        type(indices) is ndarray
        and indices.dtype.kind in "iu"
        and (x.ndim if type(axis) is int else axis is None and x.ndim == 1)
    ):
        return x.take(indices, axis)
    return None


def _sort(x: Any, axis: Any, descending: bool, stable: bool) -> Any:
    if descending or not x.ndim or x.dtype not in REAL:
        return None
    out = x.copy("K")
    out.sort(axis, "stable" if stable else None)
    return out


def _clipping(maximum: Road, minimum: Road) -> Road:
    return lambda x, low, high: minimum(maximum(x, low), high)


# -- elementwise: the row's own function sees that two arrays have one dtype, and what is raised goes the general road -----

#: of one array, of two of any one dtype: the row's name is NumPy's too
ONE = ("ceil", "floor", "isfinite", "isinf", "isnan", "logical_not", "negative", "signbit", "trunc")
TWO = (
    "add", "bitwise_and", "bitwise_or", "bitwise_xor", "equal", "floor_divide", "logical_and", "logical_or", "logical_xor",
    "multiply", "not_equal", "remainder", "subtract",
)  # fmt: skip
#: NumPy orders complex numbers, and the standard does not
ORDERED = ("greater", "greater_equal", "less", "less_equal", "maximum", "minimum", "sign")
#: of integers NumPy's float is not always the default one
FLOATING = ("copysign", "hypot", "logaddexp", "nextafter")
HALF = frozenset((np.dtype("e"),))

DIRECT: dict[str, Any] = {
    **{name: getattr(np, name) for name in ONE},
    **{name: (getattr(np, name), None) for name in TWO},
    **{name: (getattr(np, name), REAL) for name in ORDERED},
    **{name: (getattr(np, name), EXACT | HALF) for name in FLOATING},
    "all": _reducing(np.logical_and.reduce, DTYPES),
    "any": _reducing(np.logical_or.reduce, DTYPES),
    "argmax": _searching(ndarray.argmax),
    "argmin": _searching(ndarray.argmin),
    "astype": _astype,
    "atan2": (np.arctan2, EXACT | HALF),
    "bitwise_invert": np.invert,
    "bitwise_left_shift": (np.left_shift, None),
    "bitwise_right_shift": (np.right_shift, None),
    "broadcast_to": np.broadcast_to,
    "clip": (_clipping(np.maximum, np.minimum), EXACT | HALF),
    "concat": _joining(np.concatenate),
    "cumulative_sum": (np.add.accumulate, WIDE),
    "divide": (np.divide, INEXACT | HALF),
    "expand_dims": _expand_dims,
    "flip": _flip,
    "imag": lambda x: x.imag.copy("K"),
    "matmul": (np.matmul, DTYPES),
    "max": _reducing(np.maximum.reduce, REAL),
    "mean": (_mean, _mean, INEXACT),
    "min": _reducing(np.minimum.reduce, REAL),
    "permute_dims": _permute_dims,
    "prod": _reducing(np.multiply.reduce, WIDE),
    "real": lambda x: x.real.copy("K"),
    "reshape": _reshape,
    "sort": _sort,
    "squeeze": ndarray.squeeze,
    "stack": _stacking(np.concatenate),
    "std": _spreading(np.sqrt),
    "sum": _reducing(np.add.reduce, WIDE),
    "take": _take,
    "tensordot": _tensordot,
    "var": _spreading(None),
    "where": np.where,
    **({"vecdot": (np.vecdot, DTYPES)} if hasattr(np, "vecdot") else {}),
}
