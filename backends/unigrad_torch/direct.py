"""PyTorch's own functions for the public functions on tensors: `unigrad.direct` says what a direct road is.

Nothing here looks at a value, so a GPU is not waited for and a compiler sees through it. PyTorch takes an axis of an array of no
dimensions, and promotes an array of no dimensions as if it were a number: such calls go the general road. A function is given to
its road, for to find it in `torch` at each call takes as long as a check; a look at a tensor takes longer. It is a function of
`torch` and no method of `Tensor`: torch.compile takes one method that it is handed for another (pytorch/pytorch#197811).
"""

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor

from unigrad.direct import Hot
from unigrad_torch.dtypes import TO_NATIVE

Road = Callable[..., Any]

FLOATS = frozenset((torch.float16, torch.bfloat16, torch.float32, torch.float64))
COMPLEX = frozenset((torch.complex64, torch.complex128))
ALL = frozenset(TO_NATIVE.values())
UINT8, UINT64 = torch.uint8, torch.uint64
UNBIASED = {0: False, 1: True}


# -- reductions --------------------------------------------------------------------------------------------------------


def _reducing(whole: Road, along: Road, known: frozenset[Any] | None) -> Hot:
    return Hot(whole, known, (whole, along, known))


def _spreading(function: Road) -> Road:
    """The variance or standard deviation of real floats."""

    def road(x: Any, axis: Any, correction: float, keepdims: bool) -> Any:
        if (unbiased := UNBIASED.get(correction)) is not None and x.dtype in FLOATS:
            if axis is None:
                return None if keepdims else function(x, None, unbiased)
            if type(axis) is int and x.ndim:
                return function(x, axis, unbiased, keepdims)
        return None

    return road


# -- shapes ------------------------------------------------------------------------------------------------------------


def _flipping(flip: Road) -> Road:
    def road(x: Any, axis: Any) -> Any:
        if type(axis) is int:
            return flip(x, (axis,)) if x.ndim else None
        return flip(x, tuple(range(x.ndim))) if axis is None else None

    return road


def _stacking(stack: Road) -> Road:
    """An argument more takes PyTorch longer than a call takes Python."""
    return lambda arrays, axis: stack(arrays, axis) if axis else stack(arrays)


def _joining(cat: Road) -> Road:
    """concat, whose promotion is ours; PyTorch joins an empty array of one dimension with any other."""

    def road(arrays: Any, axis: Any) -> Any:
        out = cat(arrays, axis) if axis else cat(arrays)  # refuses whatever is no tensor
        if (n := out.ndim) > 1 or axis:
            for a in arrays:
                if a.ndim != n or not -n <= axis < n:
                    return None
        return out

    return road


# -- products: PyTorch refuses operands of two dtypes ------------------------------------------------------------------


def _along_last(vdot: Road, vecdot: Road) -> Road:
    def road(x: Any, y: Any) -> Any:
        if (n := x.ndim) == 1:
            return vdot(x, y)  # refuses another shape
        if n and x.shape == y.shape and x.dtype is y.dtype:
            return vecdot(x, y)
        raise ValueError("shapes that broadcast, or operands of two dtypes")

    return road


def _contracting(matmul: Road, reshape: Road) -> Road:
    """tensordot by matmul, quicker than PyTorch's own."""

    def road(x: Any, y: Any, axes: Any) -> Any:
        left, shape = x.ndim - axes, y.shape
        if axes >= 0 and left >= 0 and (shared := shape[:axes]) == x.shape[left:] and (k := shared.numel()):
            out = matmul(reshape(x, (-1, k)), reshape(y, (k, -1)))
            return reshape(out, x.shape[:left] + shape[axes:])
        return None

    return road


# -- elements ----------------------------------------------------------------------------------------------------------


def _casting(cast: Road) -> Road:
    def road(x: Any, dtype: Any) -> Any:
        return None if x.dtype in COMPLEX else cast(x, TO_NATIVE[dtype])

    return road


def _taking(index_select: Road) -> Road:
    def road(x: Any, indices: Any, axis: Any) -> Any:
        # a place counted from the end is refused, and on a GPU nobody would look whether it is out of bounds
        if type(indices) is Tensor and indices.ndim == 1 and indices.is_cpu:
            if axis is None:
                return index_select(x, 0, indices) if x.ndim == 1 else None
            if type(axis) is int and x.ndim:
                return index_select(x, axis, indices)
        return None

    return road


def _sorting(sort: Road, msort: Road) -> Road:
    """On a CPU, where every sort is stable; msort keeps no places, and sorts along the first axis."""

    def road(x: Any, axis: Any, descending: bool, stable: bool) -> Any:
        if x.is_cpu and (n := x.ndim):
            return msort(x) if n == 1 and axis == -1 and not descending else sort(x, axis, descending)[0]
        return None

    return road


# -- elementwise: the row's own function sees that two arrays have one dtype, and what is raised goes the general road -----

#: of one array, of two of any one dtype: the row's name is PyTorch's too
ONE = ("ceil", "floor", "isfinite", "isinf", "isnan", "logical_not", "round", "signbit", "trunc")
TWO = (
    "add", "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "greater", "greater_equal",
    "less", "less_equal", "logical_and", "logical_or", "logical_xor", "maximum", "minimum", "not_equal", "remainder",
)  # fmt: skip
#: the same, of floats alone: of integers PyTorch's float is not always the default one
FLOATING = ("atan2", "copysign", "hypot", "logaddexp", "nextafter")

ELEMENTWISE: dict[str, Any] = {
    **{name: getattr(torch, name) for name in ONE},
    **{name: (getattr(torch, name), None) for name in TWO},
    **{name: (getattr(torch, name), FLOATS) for name in FLOATING},
    "bitwise_invert": torch.bitwise_not,
    "divide": (torch.true_divide, FLOATS | COMPLEX),
    "equal": (torch.eq, None),
    # torch.floor_divide has no derivative, not even zero
    "floor_divide": (partial(torch.div, rounding_mode="floor"), None),
    "multiply": (torch.mul, None),
    "subtract": (torch.sub, None),
    # a complex 0 to the power of 0 is NaN, and of bools it keeps bools
    "pow": (torch.pow, ALL - COMPLEX - {torch.bool}),
}


def by_heart(road: Any) -> Hot:
    """The road of an elementwise function, for it to know by heart."""
    function, dtypes = road if type(road) is tuple else (road, None)
    return Hot(function, ALL if type(road) is tuple and dtypes is None else dtypes, road)


DIRECT: dict[str, Any] = {
    **{name: by_heart(road) for name, road in ELEMENTWISE.items()},
    "all": _reducing(torch.all, torch.all, ALL - {UINT8}),  # of uint8 the answer is uint8
    "any": _reducing(torch.any, torch.any, ALL - {UINT8}),
    "argmax": _reducing(torch.argmax, torch.argmax, None),
    "argmin": _reducing(torch.argmin, torch.argmin, None),
    "astype": _casting(Tensor.type),
    "broadcast_to": torch.broadcast_to,
    "clip": (torch.clamp, FLOATS),
    "concat": Hot(torch.cat, None, _joining(torch.cat)),
    # uint64 is summed in int64
    "cumulative_sum": (torch.cumsum, ALL - {UINT64}),
    "expand_dims": torch.unsqueeze,
    "flip": _flipping(torch.flip),
    "matmul": torch.matmul,
    "max": _reducing(torch.max, torch.amax, ALL - COMPLEX),  # amax takes complex numbers, if there are none
    "mean": _reducing(torch.mean, torch.mean, None),
    "min": _reducing(torch.min, torch.amin, ALL - COMPLEX),
    "permute_dims": torch.permute,
    "prod": _reducing(torch.prod, torch.prod, ALL - {UINT64}),
    "reshape": torch.reshape,
    "sort": _sorting(torch.sort, torch.msort),
    "squeeze": torch.squeeze,
    "stack": _stacking(torch.stack),
    "std": _spreading(torch.std),
    "sum": _reducing(torch.sum, torch.sum, ALL - {UINT64}),
    "take": Hot(torch.index_select, attrgetter("is_cpu"), _taking(torch.index_select)),
    "tensordot": _contracting(torch.matmul, torch.reshape),
    "var": _spreading(torch.var),
    "vecdot": _along_last(torch.vdot, torch.linalg.vecdot),
    "where": torch.where,
}
