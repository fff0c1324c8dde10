"""NumPy's dtypes and PyTorch's own."""

from typing import Any

import torch

from unigrad.dtypes import BY_NAME

TO_NATIVE: dict[Any, torch.dtype] = {d: getattr(torch, name) for name, d in BY_NAME.items() if hasattr(torch, name)}
FROM_NATIVE = {native: d for d, native in TO_NATIVE.items()}
