"""PyTorch's Fourier transforms."""

from collections.abc import Callable
from typing import Any

import array_api_compat.torch as xp
import torch

from unigrad.derived import FOURIER, fourier


def _fourier(name: str) -> Callable[..., Any]:
    """A transform; where there is nothing to transform, MKL refuses."""
    transform = fourier(xp.fft, name)

    def call(x: Any, s: tuple[int, ...], axes: tuple[int, ...], norm: str) -> Any:
        if x.numel():
            return transform(x, s, axes, norm)
        shape = list(x.shape)
        for axis, n in zip(axes, s, strict=True):
            shape[axis] = n
        if name == "rfftn":
            shape[axes[-1]] = s[-1] // 2 + 1
        dtype = x.dtype.to_real() if name == "irfftn" else x.dtype.to_complex()
        return torch.zeros(shape, dtype=dtype, device=x.device)

    return call


KERNELS: dict[str, Callable[..., Any]] = {name: _fourier(name) for name in FOURIER}
