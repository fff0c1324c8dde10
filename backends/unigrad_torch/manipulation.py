"""PyTorch's kernels that move elements, or ask which are there."""

from collections.abc import Callable
from typing import Any

import torch

from unigrad_torch.dtypes import TO_NATIVE
from unigrad_torch.indexing import flip


def _astype(x: Any, dtype: Any) -> Any:
    if x.is_complex() and dtype.kind not in "cb":
        x = torch.real(x)
    return x.to(TO_NATIVE[dtype])


def _roll(x: Any, shift: Any, axis: Any) -> Any:
    return torch.roll(x, shift, axis)


def _repeat(x: Any, repeats: Any, axis: int) -> Any:
    if isinstance(repeats, int):
        return torch.repeat_interleave(x, repeats, dim=axis)
    counts = torch.as_tensor(repeats, dtype=torch.int64, device=x.device)
    size = sum(repeats)  # a compiler cannot look what the counts are
    return torch.repeat_interleave(x, counts, dim=axis, output_size=size)


def _isin(x: Any, y: Any, invert: bool) -> Any:
    if x.is_complex() or x.dtype == torch.bool:
        found = (x[..., None] == y.reshape(-1)).any(-1)
        return ~found if invert else found
    return torch.isin(x, y.reshape(-1), invert=invert)  # torch 2.13 takes no view of a transpose


KERNELS: dict[str, Callable[..., Any]] = {
    "as_complex": lambda x: torch.complex(x[..., 0], x[..., 1]),
    "astype": _astype,
    "broadcast_to": lambda x, shape: x.broadcast_to(shape),
    "concat": lambda *xs, axis: torch.cat(xs, axis),
    "flip": flip,
    "isin": _isin,
    "permute_dims": lambda x, axes: x.permute(axes),
    "repeat": _repeat,
    "reshape": lambda x, shape: x.reshape(shape),
    "roll": _roll,
    "tril": lambda x, k: torch.tril(x, k),
    "triu": lambda x, k: torch.triu(x, k),
}
