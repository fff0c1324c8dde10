"""Kernels of linear algebra where PyTorch has a faster one, or says nothing of a singular matrix."""

from collections.abc import Callable
from typing import Any

import torch

from unigrad.errors import LinAlgError


def _solve_triangular(a: Any, b: Any, lower: bool, adjoint: bool, unit: bool, check: bool) -> Any:
    a = a.mH.resolve_conj() if adjoint else a
    if check and not unit and type(a) is torch.Tensor and not torch.compiler.is_compiling():
        diagonal = torch.diagonal(a, dim1=-2, dim2=-1)
        if torch._C._functorch.maybe_current_level() is None and bool((diagonal == 0).any()):
            raise LinAlgError(f"solve_triangular of an array of shape {tuple(a.shape)}: a matrix is singular")
    return torch.linalg.solve_triangular(a, b, upper=lower == adjoint, unitriangular=unit)


KERNELS: dict[str, Callable[..., Any]] = {"solve_triangular": _solve_triangular}
