"""Who sees a tensor: other holders of its memory, a compiler, a transform."""

from typing import Any

import torch
from torch.autograd import forward_ad

_functorch_level: Any = torch._C._functorch.maybe_current_level
_dispatch_modes: Any = torch._C._len_torch_dispatch_stack
_is_compiling = torch.compiler.is_compiling
_storage_holders: Any = getattr(torch._C, "_storage_Use_Count", lambda data: 1_000_000)


def sole(raw: Any) -> bool:
    """Whether one tensor alone sees its memory: views and NumPy's aliases share the storage, which counts its holders."""
    if type(raw) is not torch.Tensor or raw.requires_grad:
        return False
    return _storage_holders(raw.untyped_storage()._cdata) <= 2  # type: ignore[no-any-return]  # the tensor, and the handle here


def observed() -> bool:
    """Whether a compiler or a transform looks at every call."""
    return _functorch_level() is not None or _dispatch_modes() > 0 or _is_compiling()


def differentiating() -> bool:
    """Whether a transform of torch.func looks at every call."""
    return _functorch_level() is not None


def dual() -> bool:
    """Whether tensors may carry tangents of torch's own forward mode."""
    return forward_ad._current_level >= 0


def transformed() -> bool:
    """Whether a compiler or a transform of torch.func looks at every call."""
    return _is_compiling() or _functorch_level() is not None
