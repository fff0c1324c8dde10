"""PyTorch's own functions for the public functions on tensors: `unigrad.direct` says what a direct road is.

Nothing here looks at a value, so a GPU is not waited for and a compiler sees through it. PyTorch takes an axis of an array of no
dimensions, and promotes an array of no dimensions as if it were a number: such calls go the general road.
"""

from collections.abc import Callable
from typing import Any

import torch

from unigrad.errors import KERNEL_ERRORS
from unigrad_torch.dtypes import TO_NATIVE

Road = Callable[..., Any]


def _accumulating(function: Road) -> Road:
    """A sum or product of real floats."""

    def road(x: Any, axis: Any, dtype: Any, keepdims: bool) -> Any:
        if dtype is None and x.is_floating_point():
            try:
                if axis is None:
                    return None if keepdims else function(x)
                if type(axis) is int and x.ndim:
                    return function(x, axis, keepdims)
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _mean(x: Any, axis: Any, keepdims: bool) -> Any:
    try:  # refuses integers
        if axis is None:
            return None if keepdims else torch.mean(x)
        if type(axis) is int and x.ndim:
            return torch.mean(x, axis, keepdims)
    except KERNEL_ERRORS:
        pass
    return None


def _reducing(whole: Road, along: Road) -> Road:
    """A reduction that refuses what we refuse: `whole` of all elements, `along` an axis."""

    def road(x: Any, axis: Any, keepdims: bool) -> Any:
        try:
            if axis is None:
                return None if keepdims else whole(x)
            if type(axis) is int and x.ndim:
                return along(x, axis, keepdims)
        except KERNEL_ERRORS:
            pass
        return None

    return road


def _truth(function: Road) -> Road:
    """any or all."""

    def road(x: Any, axis: Any, keepdims: bool) -> Any:
        try:
            if axis is None and not keepdims:
                out = function(x)
            elif type(axis) is int and x.ndim:
                out = function(x, axis, keepdims)
            else:
                return None
        except KERNEL_ERRORS:
            return None
        return out if out.dtype is torch.bool else None  # of uint8 it is uint8

    return road


def _spread(function: Road) -> Road:
    """The variance or standard deviation of real floats."""

    def road(x: Any, axis: Any, correction: float, keepdims: bool) -> Any:
        if x.is_floating_point() and (axis is None and not keepdims or type(axis) is int and x.ndim):
            try:
                return function(x, axis, correction=int(correction), keepdim=keepdims) if correction % 1 == 0 else None
            except KERNEL_ERRORS:
                return None
        return None

    return road


def _reshape(x: Any, shape: Any) -> Any:
    try:
        out = torch.reshape(x, shape)
        if out.shape == shape or (-1 in shape and min(shape) == -1):
            return out
    except KERNEL_ERRORS:
        pass
    return None


def _permute_dims(x: Any, axes: Any) -> Any:
    try:
        return torch.permute(x, axes)
    except KERNEL_ERRORS:
        return None


def _squeeze(x: Any, axis: Any) -> Any:
    if type(axis) is int:
        try:
            out = torch.squeeze(x, axis)
        except KERNEL_ERRORS:
            return None
        if out.ndim < x.ndim:
            return out
    return None


def _expand_dims(x: Any, axis: Any) -> Any:
    if type(axis) is int:
        try:
            return torch.unsqueeze(x, axis)
        except KERNEL_ERRORS:
            return None
    return None


def _broadcast_to(x: Any, shape: Any) -> Any:
    try:
        out = torch.broadcast_to(x, shape)
    except KERNEL_ERRORS:
        return None
    return out if out.shape == shape else None


def _flip(x: Any, axis: Any) -> Any:
    try:
        if axis is None:
            return torch.flip(x, tuple(range(x.ndim)))
        if type(axis) is int and x.ndim:
            return torch.flip(x, (axis,))
    except KERNEL_ERRORS:
        pass
    return None


def _concat(arrays: Any, axis: Any) -> Any:
    if type(axis) is not int:
        return None
    n = arrays[0].ndim
    for a in arrays:
        if type(a) is not torch.Tensor or a.ndim != n:  # PyTorch joins an empty array of one dimension with any other
            return None
    try:
        out = torch.cat(arrays, axis)
    except KERNEL_ERRORS:
        return None
    return out if out.dtype is arrays[0].dtype else None


def _stack(arrays: Any, axis: Any) -> Any:
    for a in arrays:
        if type(a) is not torch.Tensor:
            return None
    try:
        out = torch.stack(arrays, axis)
    except KERNEL_ERRORS:
        return None
    return out if out.dtype is arrays[0].dtype else None


def _matmul(x: Any, y: Any) -> Any:
    if type(y) is torch.Tensor:
        try:
            return torch.matmul(x, y)  # refuses two dtypes
        except KERNEL_ERRORS:
            return None
    return None


def _vecdot(x: Any, y: Any, axis: Any) -> Any:
    if type(y) is torch.Tensor and axis == -1 and x.shape == y.shape and x.dtype is y.dtype:
        try:
            return torch.linalg.vecdot(x, y)
        except KERNEL_ERRORS:
            return None
    return None


def _tensordot(x: Any, y: Any, axes: Any) -> Any:
    if type(y) is torch.Tensor and type(axes) is int and axes >= 0 and x.shape[x.ndim - axes :] == y.shape[:axes]:
        try:
            return torch.tensordot(x, y, axes)  # refuses two dtypes
        except KERNEL_ERRORS:
            return None
    return None


def _where(condition: Any, x: Any, y: Any) -> Any:
    if type(x) is type(y) is torch.Tensor and x.dtype is y.dtype:
        try:
            return torch.where(condition, x, y)
        except KERNEL_ERRORS:
            return None
    return None


def _astype(x: Any, dtype: Any, copy: bool, device: Any) -> Any:
    try:
        native = TO_NATIVE[dtype]
    except KERNEL_ERRORS:
        return None
    return x.to(native) if device is None and not x.is_complex() else None


def _take(x: Any, indices: Any, axis: Any) -> Any:
    if type(indices) is torch.Tensor and indices.ndim == 1 and indices.is_cpu:  # a GPU does not look what is out of bounds
        try:
            if type(axis) is int and x.ndim:
                return torch.index_select(x, axis, indices)
            if axis is None and x.ndim == 1:
                return torch.index_select(x, 0, indices)
        except KERNEL_ERRORS:  # a place counted from the end too
            return None
    return None


def _sort(x: Any, axis: Any, descending: bool, stable: bool) -> Any:
    if type(axis) is int and x.ndim:
        try:
            return torch.sort(x, dim=axis, descending=descending, stable=stable)[0]
        except KERNEL_ERRORS:
            return None
    return None


def _cumulative_sum(x: Any, axis: Any, dtype: Any, include_initial: bool) -> Any:
    if dtype is None and not include_initial and x.is_floating_point():
        try:
            if axis is None:
                return torch.cumsum(x, 0) if x.ndim == 1 else None
            if type(axis) is int and x.ndim:
                return torch.cumsum(x, axis)
        except KERNEL_ERRORS:
            return None
    return None


def _clip(x: Any, low: Any, high: Any) -> Any:
    if type(low) is type(high) is float and x.is_floating_point():
        return torch.clamp(x, low, high)
    return None


DIRECT: dict[str, Road] = {
    "all": _truth(torch.all),
    "any": _truth(torch.any),
    "argmax": _reducing(torch.argmax, torch.argmax),
    "argmin": _reducing(torch.argmin, torch.argmin),
    "astype": _astype,
    "broadcast_to": _broadcast_to,
    "clip": _clip,
    "concat": _concat,
    "cumulative_sum": _cumulative_sum,
    "expand_dims": _expand_dims,
    "flip": _flip,
    "matmul": _matmul,
    "max": _reducing(torch.max, torch.amax),
    "mean": _mean,
    "min": _reducing(torch.min, torch.amin),
    "permute_dims": _permute_dims,
    "prod": _accumulating(torch.prod),
    "reshape": _reshape,
    "sort": _sort,
    "squeeze": _squeeze,
    "stack": _stack,
    "std": _spread(torch.std),
    "sum": _accumulating(torch.sum),
    "take": _take,
    "tensordot": _tensordot,
    "var": _spread(torch.var),
    "vecdot": _vecdot,
    "where": _where,
}
