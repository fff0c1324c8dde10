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
    # as a transposed convolution: its backward kernel wants an input, and memory for one costs more than the rest of the call
    pad = _even(pads)
    wide = size if pad is not None else [n + lo + hi for n, (lo, hi) in zip(size, pads)]
    pad = pad if pad is not None else [0] * len(size)
    unreached = [
        n + 2 * q - d * (k - 1) - 1 - (p - 1) * s
        for n, q, k, d, p, s in zip(wide, pad, w.shape[2:], dilation, y.shape[2:], stride)
    ]
    out = torch.convolution(y, w, None, stride, pad, dilation, True, unreached, groups)
    return out if wide is size else _inside(out, size, pads)


def _conv_weight(x: Any, y: Any, size: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    pad = _even(pads)
    if pad is None:
        x, pad = _padded(x, pads), [0] * len(size)
    like = y.new_empty((y.shape[1], x.shape[1] // groups, *size))
    return _aten.convolution_backward(
        y, x, like, None, stride, pad, dilation, False, [0] * len(size), groups, (False, True, False)
    )[1]


def _conv_pull(ct: Any, x: Any, w: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    """Both cotangents at once, for real numbers."""
    if x.is_complex():
        return None
    pad = _even(pads)
    wide = x if pad is not None else _padded(x, pads)
    none = [0] * len(stride)
    gx, gw, _ = _aten.convolution_backward(
        ct, wide, w, None, stride, pad or none, dilation, False, none, groups, (True, True, False)
    )
    return (gx if wide is x else _inside(gx, x.shape[2:], pads)), gw


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


def _largest(x: Any, window: Any, stride: Any) -> Any:
    """Of a padded array: one axis after the other by maximum, which is vectorised as torch's pooling on the CPU is not."""
    for axis, (k, s) in enumerate(zip(window, stride), start=2):
        p = (x.shape[axis] - k) // s + 1
        before = (slice(None),) * axis
        parts = [x[(*before, slice(t, t + (p - 1) * s + 1, s))] for t in range(k)]
        x = parts[0].clone() if k == 1 else torch.maximum(parts[0], parts[1])
        for part in parts[2:]:
            x = torch.maximum(x, part)
    return x


def _max_pool(x: Any, window: Any, stride: Any, pads: Any) -> Any:
    return _largest(_padded(x, pads, -math.inf) if any(map(any, pads)) else x, window, stride)


def _reached(at: Any, places: Any, stride: Any) -> Any:
    """Which elements of a padded array the place `at` of all windows meets."""
    return (..., *(slice(t, t + (p - 1) * s + 1, s) for t, p, s in zip(at, places, stride)))


def _shares(x: Any, window: Any, stride: Any, pads: Any) -> tuple[Any, list[Any]]:
    """Of every window the number of its largest elements, NaN where it holds one; for each place whether that is one of them."""
    x, real = x.detach(), None
    if any(map(any, pads)):
        real = _padded(x.new_ones((1, 1, *x.shape[2:])), pads) > 0
        x = _padded(x, pads, -math.inf)
    top = _largest(x, window, stride)
    count, hits = torch.where(torch.isnan(top), math.nan, torch.zeros_like(top)), []
    for at in itertools.product(*map(range, window)):
        met = _reached(at, top.shape[2:], stride)
        hit = torch.lt(x[met], top).logical_not_()
        if real is not None:
            hit &= real[met]
        count += hit
        hits.append((met, hit))
    return count, hits


def _max_pool_pull(ct: Any, x: Any, window: Any, stride: Any, pads: Any) -> Any:
    count, hits = _shares(x, window, stride, pads)
    share = ct / count
    zero = share.new_zeros(())
    out = share.new_zeros((*x.shape[:2], *(n + lo + hi for n, (lo, hi) in zip(x.shape[2:], pads))))
    apart = all(s >= k for s, k in zip(stride, window))
    for met, hit in hits:
        part = torch.where(hit, share, zero)
        if apart:
            out[met] = part
        else:
            out[met] += part
    return _inside(out, x.shape[2:], pads) if any(map(any, pads)) else out


def _max_pool_push(t: Any, x: Any, window: Any, stride: Any, pads: Any) -> Any:
    count, hits = _shares(x, window, stride, pads)
    wide = _padded(t, pads) if any(map(any, pads)) else t
    return sum(torch.where(hit, wide[met], 0) for met, hit in hits) / count


KERNELS: dict[str, Callable[..., Any]] = {
    "conv": _floating(_by_parts(_conv), "conv"),
    "conv_pull": _conv_pull,
    "conv_input": _by_parts(_conv_input),
    "conv_weight": _by_parts(_conv_weight),
    "max_pool": _max_pool,
    "max_pool_pull": _max_pool_pull,
    "max_pool_push": _max_pool_push,
    "sum_pool": _sum_pool,
    "sum_pool_transpose": _sum_pool_transpose,
}
