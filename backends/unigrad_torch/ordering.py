"""PyTorch's kernels of order statistics, segments and padding."""

import math
from collections.abc import Callable
from typing import Any

import torch


def _order_statistics(x: Any, places: Any) -> Any:
    ordered = torch.sort(x, dim=-1).values
    found = ordered[..., list(places)]
    return torch.where(torch.isnan(ordered[..., -1:]), math.nan, found)


def _pad_zeros(x: Any, widths: Any) -> Any:
    return torch.nn.functional.pad(x, [n for pair in reversed(widths) for n in pair]) if widths else x


def _segment_max(x: Any, ids: Any, count: int) -> Any:
    at = torch.as_tensor(ids, device=x.device).reshape(-1, *(1,) * (x.ndim - 1)).expand(x.shape)
    out = x.new_full((count, *x.shape[1:]), -math.inf)
    return out.scatter_reduce(0, at, x, "amax")


def _cells(right: bool) -> Callable[..., Any]:
    return lambda x, knots: torch.searchsorted(knots.contiguous(), x.contiguous(), right=right)


def _searchsorted(x: Any, y: Any, side: str) -> Any:
    """NaNs are the greatest, as they are for `sort`; torch's own search takes them for the least."""
    x, y = x.contiguous(), y.contiguous()
    if not x.is_floating_point():
        return torch.searchsorted(x, y, side=side)
    missing = torch.isnan(x)
    numbers = x.numel() - missing.sum()
    found = torch.searchsorted(torch.where(missing, math.inf, x), y, side=side)
    return torch.where(torch.isnan(y), numbers if side == "left" else x.numel(), torch.minimum(found, numbers))


KERNELS: dict[str, Callable[..., Any]] = {
    "searchsorted": _searchsorted,
    "cell_above": _cells(True),
    "cell_below": _cells(False),
    "order_statistics": _order_statistics,
    "pad_zeros": _pad_zeros,
    "segment_max": _segment_max,
}
