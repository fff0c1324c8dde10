"""PyTorch's kernels of reductions."""

from collections.abc import Callable
from typing import Any

import array_api_compat.torch as xp
import torch


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    return torch.logsumexp(x, tuple(range(x.ndim)) if axis is None else axis, keepdims)


def _sum(x: Any, axis: Any, keepdims: bool) -> Any:
    if axis is None:
        return torch.sum(x) if not keepdims else torch.sum(x, dim=tuple(range(x.ndim)), keepdim=True)
    return torch.sum(x, axis, keepdims) if axis != () else x.clone()


def _mean(x: Any, axis: Any, keepdims: bool) -> Any:
    if axis is None and not keepdims:
        return torch.mean(x)
    axes = tuple(range(x.ndim)) if axis is None else axis
    return torch.mean(x, dim=axes, keepdim=keepdims) if axes else x.clone()


def _std(x: Any, axis: Any, keepdims: bool, correction: float) -> Any:
    if correction == int(correction):
        return xp.std(x, axis=axis, keepdims=keepdims, correction=correction)
    return torch.sqrt(xp.var(x, axis=axis, keepdims=keepdims, correction=correction))


def _extreme(function: Callable[..., Any]) -> Callable[..., Any]:
    """amax or amin, which take several axes at once."""

    def call(x: Any, axis: Any, keepdims: bool) -> Any:
        axes = tuple(range(x.ndim)) if axis is None else axis
        return function(x, dim=axes, keepdim=keepdims) if axes else x.clone()

    return call


KERNELS: dict[str, Callable[..., Any]] = {
    "logsumexp": _logsumexp,
    "max": _extreme(torch.amax),
    "mean": _mean,
    "min": _extreme(torch.amin),
    "std": _std,
    "sum": _sum,
}
