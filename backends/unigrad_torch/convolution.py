"""PyTorch's kernels of convolution and pooling."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional as F

from unigrad.fallbacks import convolution as numpy_kernels

_aten = torch.ops.aten


def _even(pads: Any) -> Any:
    """The padding of each axis where it is the same before and after, or None."""
    return [lo for lo, _ in pads] if all(lo == hi for lo, hi in pads) else None


def _padded(x: Any, pads: Any, value: float = 0.0) -> Any:
    return F.pad(x, [n for pair in reversed(pads) for n in pair], value=value)


def _inside(x: Any, size: Any, pads: Any) -> Any:
    for axis, (n, (lo, _)) in enumerate(zip(size, pads), start=2):
        x = x.narrow(axis, lo, n)
    return x


def _by_parts(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is linear in two tensors, for complex ones by its real and imaginary parts: torch has no other kernel."""

    def kernel(x: Any, y: Any, **params: Any) -> Any:
        if not x.is_complex():
            return function(x, y, **params)
        a, b, c, d = x.real, x.imag, y.real, y.imag
        real = function(a, c, **params) - function(b, d, **params)
        return torch.complex(real, function(a, d, **params) + function(b, c, **params))

    return kernel


def _floating(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """torch convolves floats; integers go by way of NumPy."""
    fallback = numpy_kernels.CONVOLUTION[name]

    def kernel(x: Any, y: Any, **params: Any) -> Any:
        if x.is_floating_point() or x.is_complex():
            return function(x, y, **params)
        return torch.as_tensor(fallback(x.cpu().numpy(), y.cpu().numpy(), **params), device=x.device)

    return kernel


def _conv(x: Any, w: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    pad = _even(pads)
    if pad is None:
        x, pad = _padded(x, pads), [0] * len(stride)
    return torch.convolution(x, w, None, stride, pad, dilation, False, [0] * len(stride), groups)


def _conv_input(y: Any, w: Any, size: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    pad = _even(pads)
    wide = size if pad is not None else [n + lo + hi for n, (lo, hi) in zip(size, pads)]
    pad = pad if pad is not None else [0] * len(size)
    like = y.new_empty(1).expand(y.shape[0], w.shape[1] * groups, *wide)
    out = _aten.convolution_backward(
        y, like, w, None, stride, pad, dilation, False, [0] * len(size), groups, (True, False, False)
    )[0]
    return out if wide is size else _inside(out, size, pads)


def _conv_weight(x: Any, y: Any, size: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    pad = _even(pads)
    if pad is None:
        x, pad = _padded(x, pads), [0] * len(size)
    like = y.new_empty(1).expand(y.shape[1], x.shape[1] // groups, *size)
    return _aten.convolution_backward(
        y, x, like, None, stride, pad, dilation, False, [0] * len(size), groups, (False, True, False)
    )[1]


# -- pooling -----------------------------------------------------------------------------------------------------------


def _flat(x: Any, window: Any, stride: Any, pads: Any) -> tuple[Any, Any, Any, Any]:
    """One spatial axis as the second of two: torch has its gradients for two and three."""
    if len(window) != 1:
        return x, window, stride, pads
    return x.unsqueeze(2), (1, *window), (1, *stride), ((0, 0), *pads)


def _sum_pool(x: Any, window: Any, stride: Any, pads: Any) -> Any:
    if x.is_complex():
        return torch.complex(_sum_pool(x.real, window, stride, pads), _sum_pool(x.imag, window, stride, pads))
    one = len(window) == 1
    x, window, stride, pads = _flat(x, window, stride, pads)
    pad = _even(pads)
    if pad is None or any(2 * p > k for p, k in zip(pad, window)):
        x, pad = _padded(x, pads), [0] * len(window)
    pool = F.avg_pool2d if len(window) == 2 else F.avg_pool3d
    out = pool(x, window, stride, pad, divisor_override=1)
    return out.squeeze(2) if one else out


def _sum_pool_transpose(y: Any, size: Any, window: Any, stride: Any, pads: Any) -> Any:
    if y.is_complex():
        parts = [_sum_pool_transpose(p, size, window, stride, pads) for p in (y.real, y.imag)]
        return torch.complex(*parts)
    one = len(window) == 1
    y, window, stride, pads = _flat(y, window, stride, pads)
    size = (1, *size) if one else size
    pad = _even(pads)
    wide = size
    if pad is None or any(2 * p > k for p, k in zip(pad, window)):
        wide, pad = [n + lo + hi for n, (lo, hi) in zip(size, pads)], [0] * len(size)
    like = y.new_empty(1).expand(*y.shape[:2], *wide)
    pull = _aten.avg_pool2d_backward if len(window) == 2 else _aten.avg_pool3d_backward
    out = pull(y.contiguous(), like, window, stride, pad, False, True, 1)
    out = out if wide is size else _inside(out, size, pads)
    return out.squeeze(2) if one else out


def _pooled(x: Any, window: Any, stride: Any, pads: Any, indices: bool) -> Any:
    pool = F.max_pool2d if len(window) == 2 else F.max_pool3d
    pad = _even(pads)
    if pad is None or any(2 * p > k for p, k in zip(pad, window)):
        x, pad = _padded(x, pads, -math.inf), [0] * len(window)
    return pool(x, window, stride, pad, return_indices=indices)


def _max_pool(x: Any, window: Any, stride: Any, pads: Any) -> Any:
    one = len(window) == 1
    out = _pooled(*_flat(x, window, stride, pads), False)
    return out.squeeze(2) if one else out


def _shares(x: Any, window: Any, stride: Any, pads: Any) -> tuple[Any, list[Any]]:
    """Of every window the number of its largest elements, and for each place in it whether that is one of them."""
    x = x.detach()
    top = _pooled(x, window, stride, pads, False)
    wide, real = _padded(x, pads), _padded(x.new_ones((1, 1, *x.shape[2:])), pads) > 0
    hits = []
    for at in itertools.product(*map(range, window)):
        met = (..., *(slice(t, t + (p - 1) * s + 1, s) for t, p, s in zip(at, top.shape[2:], stride)))
        hits.append((met, (wide[met] == top) & real[met]))
    count = sum(hit.to(x.dtype) for _, hit in hits)
    return count, hits


def _max_pool_pull(ct: Any, x: Any, window: Any, stride: Any, pads: Any) -> Any:
    one = len(window) == 1
    size = x.shape[2:]
    x, window, stride, pads = _flat(x, window, stride, pads)
    ct = ct.unsqueeze(2) if one else ct
    count, hits = _shares(x, window, stride, pads)
    share = ct / count
    nothing = count == 0
    out = ct.new_zeros((*x.shape[:2], *(n + lo + hi for n, (lo, hi) in zip(x.shape[2:], pads))))
    for met, hit in hits:
        out[met] += torch.where(hit | nothing, share, 0)
    out = _inside(out, x.shape[2:], pads)
    return out.squeeze(2) if one else out


def _max_pool_push(t: Any, x: Any, window: Any, stride: Any, pads: Any) -> Any:
    one = len(window) == 1
    t = t.unsqueeze(2) if one else t
    x, window, stride, pads = _flat(x, window, stride, pads)
    count, hits = _shares(x, window, stride, pads)
    wide = _padded(t, pads)
    out = sum(torch.where(hit, wide[met], 0) for met, hit in hits) / count
    return out.squeeze(2) if one else out


KERNELS: dict[str, Callable[..., Any]] = {
    "conv": _floating(_by_parts(_conv), "conv"),
    "conv_input": _by_parts(_conv_input),
    "conv_weight": _by_parts(_conv_weight),
    "max_pool": _max_pool,
    "max_pool_pull": _max_pool_pull,
    "max_pool_push": _max_pool_push,
    "sum_pool": _sum_pool,
    "sum_pool_transpose": _sum_pool_transpose,
}
