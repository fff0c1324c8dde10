"""PyTorch's kernels of reductions."""

from collections.abc import Callable
from typing import Any

import array_api_compat.torch as xp
import torch


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    if axis == ():  # torch takes that for all axes
        return x.clone()
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


def _over_something(function: Callable[..., Any]) -> Callable[..., Any]:
    """A variance or deviation, for which no axis is one of a single element: the own one is 0 there, whatever is taken off."""

    def call(x: Any, axis: Any, keepdims: bool, correction: float) -> Any:
        if axis == ():
            x, axis, keepdims = x[..., None], (-1,), False
        return function(x, axis=axis, keepdims=keepdims, correction=correction)

    return call


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


def _place(function: Callable[..., Any]) -> Callable[..., Any]:
    """argmax or argmin, of bools too."""

    def call(x: Any, axis: Any, keepdims: bool) -> Any:
        return function(x.to(torch.uint8) if x.dtype == torch.bool else x, dim=axis, keepdim=keepdims)

    return call


def _sound(out: Any) -> bool:
    """Whether products are far from overflow and underflow, so that a division takes a factor out of them exactly."""
    if not out.is_cpu:
        return False  # nobody waits for a device to look
    limits = torch.finfo(out.dtype)
    smallest, largest = torch.aminmax(torch.abs(out))
    return limits.tiny / limits.eps < smallest.item() and largest.item() < limits.max * limits.eps


def _prod_pull(ct: Any, out: Any, x: Any) -> Any:
    if not _sound(out):
        return None
    if x.is_complex():
        x, out = x.conj(), out.conj()
    return (ct * out).div(x)


def _cumulative_prod_pull(ct: Any, out: Any, x: Any, axis: int) -> Any:
    if not _sound(out):
        return None
    if x.is_complex():
        x, out = x.conj(), out.conj()
    product = ct * out
    if product.shape[axis] > 1:
        product = product.flip(axis)
        torch.cumsum(product, axis, out=product)
        product = product.flip(axis)
    return product.div_(x)


KERNELS: dict[str, Callable[..., Any]] = {
    "argmax": _place(torch.argmax),
    "argmin": _place(torch.argmin),
    "cumulative_prod_pull": _cumulative_prod_pull,
    "prod_pull": _prod_pull,
    "logsumexp": _logsumexp,
    "max": _extreme(torch.amax),
    "mean": _mean,
    "min": _extreme(torch.amin),
    "std": _over_something(_std),
    "sum": _sum,
    "var": _over_something(xp.var),
}
