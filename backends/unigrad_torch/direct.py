"""PyTorch's own functions for the public functions on tensors: `unigrad.direct` says what a direct road is.

Nothing here looks at a value, so a GPU is not waited for and a compiler sees through it. PyTorch takes an axis of an array of no
dimensions, and promotes an array of no dimensions as if it were a number: such calls go the general road. A function is given to
its road, for to find it in `torch` at each call takes as long as a check.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from unigrad.errors import KERNEL_ERRORS
from unigrad_torch.dtypes import TO_NATIVE

Road = Callable[..., Any]

FLOATS = frozenset((torch.float16, torch.bfloat16, torch.float32, torch.float64))
UINT8, UINT64 = torch.uint8, torch.uint64
UNBIASED = {0: False, 1: True}
COMPLEX = frozenset((torch.complex64, torch.complex128))


# -- reductions, over all elements or one axis -------------------------------------------------------------------------


def _accumulating(function: Road) -> Road:
    """A sum or product; of small integers it is taken in 64 bits, as ours is, and of uint64 in int64."""

    def road(x: Any, axis: Any, dtype: Any, keepdims: bool) -> Any:
        if dtype is None and x.dtype is not UINT64:
            try:
                if axis is None:
                    return None if keepdims else function(x)
                if type(axis) is int and x.ndim:
                    return function(x, axis, keepdims) if keepdims else function(x, axis)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _reducing(function: Road) -> Road:
    """A reduction that refuses what we refuse."""

    def road(x: Any, axis: Any, keepdims: bool) -> Any:
        try:
            if axis is None:
                return None if keepdims else function(x)
            if type(axis) is int and x.ndim:
                return function(x, axis, keepdims) if keepdims else function(x, axis)
        except KERNEL_ERRORS:
            pass
        return None

    return road


def _choosing(whole: Road, along: Road) -> Road:
    """max or min; that along an axis takes complex numbers, if there are none."""

    def road(x: Any, axis: Any, keepdims: bool) -> Any:
        try:
            if axis is None:
                return None if keepdims else whole(x)
            if type(axis) is int and x.ndim and x.dtype not in COMPLEX:
                return along(x, axis, keepdims) if keepdims else along(x, axis)
        except KERNEL_ERRORS:
            pass
        return None

    return road


def _asking(function: Road) -> Road:
    """any or all: of uint8 the answer is uint8."""

    def road(x: Any, axis: Any, keepdims: bool) -> Any:
        if x.dtype is not UINT8:
            try:
                if axis is None:
                    return None if keepdims else function(x)
                if type(axis) is int and x.ndim:
                    return function(x, axis, keepdims) if keepdims else function(x, axis)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _spreading(function: Road) -> Road:
    """The variance or standard deviation of real floats."""

    def road(x: Any, axis: Any, correction: float, keepdims: bool) -> Any:
        if (unbiased := UNBIASED.get(correction)) is not None and x.dtype in FLOATS:
            try:
                if axis is None:
                    return None if keepdims else function(x, None, unbiased)
                if type(axis) is int and x.ndim:
                    return function(x, axis, unbiased, keepdims)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _running(cumsum: Road) -> Road:
    def road(x: Any, axis: Any, dtype: Any, include_initial: bool) -> Any:
        if dtype is None and not include_initial and x.dtype is not UINT64:
            try:
                if axis is None:
                    return cumsum(x, 0) if x.ndim == 1 else None
                if type(axis) is int and x.ndim:
                    return cumsum(x, axis)
            except KERNEL_ERRORS:
                return None
        return None

    return road


# -- shapes ------------------------------------------------------------------------------------------------------------


def _shaping(function: Road) -> Road:
    """reshape or permute_dims, which refuse what we refuse."""

    def road(x: Any, numbers: Any) -> Any:
        try:
            return function(x, numbers)
        except KERNEL_ERRORS:
            return None

    return road


def _squeezing(squeeze: Road) -> Road:
    def road(x: Any, axis: Any) -> Any:
        if type(axis) is int:
            try:
                out = squeeze(x, axis)
            except KERNEL_ERRORS:
                return None
            if out.ndim < x.ndim:  # else the axis is longer
                return out
        return None

    return road


def _expanding(unsqueeze: Road) -> Road:
    def road(x: Any, axis: Any) -> Any:
        if type(axis) is int:
            try:
                return unsqueeze(x, axis)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _broadcasting(broadcast_to: Road) -> Road:
    def road(x: Any, shape: Any) -> Any:
        try:
            return None if -1 in shape else broadcast_to(x, shape)  # -1 is an axis as it is
        except KERNEL_ERRORS:
            return None

    return road


def _flipping(flip: Road) -> Road:
    def road(x: Any, axis: Any) -> Any:
        try:
            if axis is None:
                return flip(x, tuple(range(x.ndim)))
            if type(axis) is int and x.ndim:
                return flip(x, (axis,))
        except KERNEL_ERRORS:
            pass
        return None

    return road


def _joining(join: Road, lenient: bool) -> Road:
    """concat or stack, whose promotion is ours. `lenient`: an empty array of one dimension is joined with any other."""

    def road(arrays: Any, axis: Any) -> Any:
        if type(axis) is not int:
            return None
        try:  # refuses whatever is no tensor
            out = join(arrays, axis) if axis else join(arrays)
        except KERNEL_ERRORS:
            return None
        if lenient and ((n := out.ndim) > 1 or axis):
            for a in arrays:
                if a.ndim != n or not -n <= axis < n:
                    return None
        return out

    return road


# -- products: PyTorch refuses operands of two dtypes ------------------------------------------------------------------


def _multiplying(multiply: Road) -> Road:
    def road(x: Any, y: Any) -> Any:
        if type(y) is Tensor:
            try:
                return multiply(x, y)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _along_last(vdot: Road, vecdot: Road) -> Road:
    def road(x: Any, y: Any, axis: Any) -> Any:
        if type(y) is Tensor and axis == -1:
            try:
                if (n := x.ndim) == 1:
                    return vdot(x, y)  # refuses another shape
                if n and x.shape == y.shape and x.dtype is y.dtype:
                    return vecdot(x, y)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _contracting(matmul: Road, reshape: Road) -> Road:
    """tensordot by matmul, quicker than PyTorch's own."""

    def road(x: Any, y: Any, axes: Any) -> Any:
        if type(y) is Tensor and type(axes) is int and axes >= 0:
            left, shape = x.ndim - axes, y.shape
            if left >= 0 and (shared := shape[:axes]) == x.shape[left:] and (k := shared.numel()):
                try:
                    out = matmul(reshape(x, (-1, k)), reshape(y, (k, -1)))
                except KERNEL_ERRORS:
                    return None
                return reshape(out, x.shape[:left] + shape[axes:])
        return None

    return road


# -- elements ----------------------------------------------------------------------------------------------------------


def _selecting(where: Road) -> Road:
    def road(condition: Any, x: Any, y: Any) -> Any:
        if type(x) is type(y) is Tensor and x.dtype is y.dtype:
            try:
                return where(condition, x, y)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _astype(x: Any, dtype: Any, copy: bool, device: Any) -> Any:
    try:
        return x.to(TO_NATIVE[dtype]) if device is None and x.dtype not in COMPLEX else None
    except KERNEL_ERRORS:
        return None


def _taking(index_select: Road) -> Road:
    def road(x: Any, indices: Any, axis: Any) -> Any:
        # a place counted from the end is refused, and on a GPU nobody would look whether it is out of bounds
        if type(indices) is Tensor and indices.ndim == 1 and indices.is_cpu:
            try:
                if axis is None:
                    return index_select(x, 0, indices) if x.ndim == 1 else None
                if type(axis) is int and x.ndim:
                    return index_select(x, axis, indices)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _sorting(sort: Road) -> Road:
    def road(x: Any, axis: Any, descending: bool, stable: bool) -> Any:
        if type(axis) is int and x.is_cpu and x.ndim:  # there every sort is stable
            try:
                return (sort(x, axis, descending) if descending or axis != -1 else sort(x))[0]
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _clipping(clamp: Road) -> Road:
    def road(x: Any, low: Any, high: Any) -> Any:
        if type(low) is float and type(high) is float and x.dtype in FLOATS:
            return clamp(x, low, high)
        return None

    return road


# -- elementwise: the row's own function sees that two arrays have one dtype, and what is raised goes the general road -----

#: the row's name is PyTorch's too
SAME = (
    "add", "atan2", "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "ceil",
    "copysign", "floor", "greater", "greater_equal", "hypot", "isfinite", "isinf", "isnan", "less",
    "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "nextafter",
    "not_equal", "remainder", "round", "signbit", "trunc",
)  # fmt: skip


def _real(function: Road) -> Road:
    """A function of real numbers that PyTorch gives a meaning for complex ones too."""

    def road(x: Any, y: Any) -> Any:
        if x.dtype in COMPLEX:
            raise TypeError("complex numbers go the general road")
        return function(x, y)

    return road


DIRECT: dict[str, Road] = {
    **{name: getattr(torch, name) for name in SAME},
    "all": _asking(torch.all),
    "any": _asking(torch.any),
    "argmax": _reducing(torch.argmax),
    "argmin": _reducing(torch.argmin),
    "astype": _astype,
    "bitwise_invert": torch.bitwise_not,
    "floor_divide": partial(torch.div, rounding_mode="floor"),  # torch.floor_divide has no derivative, not even zero
    "broadcast_to": _broadcasting(torch.broadcast_to),
    "clip": _clipping(torch.clamp),
    "concat": _joining(torch.cat, lenient=True),
    "cumulative_sum": _running(torch.cumsum),
    "equal": torch.eq,
    "expand_dims": _expanding(torch.unsqueeze),
    "flip": _flipping(torch.flip),
    "logaddexp": _real(torch.logaddexp),
    "matmul": _multiplying(torch.matmul),
    "max": _choosing(torch.max, torch.amax),
    "mean": _reducing(torch.mean),
    "min": _choosing(torch.min, torch.amin),
    "permute_dims": _shaping(torch.permute),
    "prod": _accumulating(torch.prod),
    "reshape": _shaping(torch.reshape),
    "sort": _sorting(torch.sort),
    "squeeze": _squeezing(torch.squeeze),
    "stack": _joining(torch.stack, lenient=False),
    "std": _spreading(torch.std),
    "sum": _accumulating(torch.sum),
    "take": _taking(torch.index_select),
    "tensordot": _contracting(torch.matmul, torch.reshape),
    "var": _spreading(torch.var),
    "vecdot": _along_last(torch.vdot, torch.linalg.vecdot),
    "where": _selecting(torch.where),
}
