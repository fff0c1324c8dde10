"""PyTorch's kernels of what networks are made of."""

from collections.abc import Callable
from typing import Any

import torch


def _affine(x: Any, w: Any, b: Any) -> Any:
    if x.ndim == 2 == w.ndim and b.ndim == 1:
        return torch.addmm(b, x, w)
    product = torch.matmul(x, w)
    return product + b.broadcast_to(product.shape)


def _surplus(x: Any, labels: Any) -> Any:
    places = _places(labels, x.device)
    return torch.softmax(x, -1).scatter_add(-1, places, x.new_full(places.shape, -1))


def _cross_entropy(x: Any, labels: Any, mean: bool) -> Any:
    try:  # not by nll_loss, which ignores labels of one number, whichever it is
        logs = torch.log_softmax(x, -1).gather(-1, _places(labels, x.device))
    except RuntimeError:
        raise IndexError(f"a label is not one of the {x.shape[-1]} classes, which are numbered from 0") from None
    return logs.mean().neg_() if mean else logs.squeeze(-1).neg_()


def _places(labels: Any, device: Any) -> Any:
    """Labels as places along the last axis."""
    labels = labels if type(labels) is torch.Tensor else torch.as_tensor(labels, device=device)
    return labels.to(device).long().unsqueeze(-1)


KERNELS: dict[str, Callable[..., Any]] = {
    "affine": _affine,
    "cross_entropy": _cross_entropy,
    "log_softmax": torch.log_softmax,
    "softmax": torch.softmax,
    "surplus": _surplus,
}
