"""Kernels of linear algebra where PyTorch has a faster one, or says nothing of a singular matrix."""

from collections.abc import Callable
from typing import Any

import torch

from unigrad.errors import LinAlgError
from unigrad.linalg_kernels import told


def _solve(a: Any, b: Any) -> Any:
    n = max(a.ndim, b.ndim)  # torch.func.vmap lines up leading axes wrongly, where one operand has fewer
    return torch.linalg.solve(_of_rank(a, n), _of_rank(b, n))


def _of_rank(x: Any, n: int) -> Any:
    return x if x.ndim == n else x.reshape((*(1,) * (n - x.ndim), *x.shape))


def _solve_triangular(a: Any, b: Any, lower: bool, adjoint: bool, unit: bool, check: bool) -> Any:
    a = a.mH.resolve_conj() if adjoint else a
    if check and not unit and type(a) is torch.Tensor and not torch.compiler.is_compiling():
        diagonal = torch.diagonal(a, dim1=-2, dim2=-1)
        if torch._C._functorch.maybe_current_level() is None and bool((diagonal == 0).any()):
            raise LinAlgError(f"solve_triangular of an array of shape {tuple(a.shape)}: a matrix is singular")
    return torch.linalg.solve_triangular(a, b, upper=lower == adjoint, unitriangular=unit)


def _svd_pull(ct: Any, out: Any, shape: Any, full_matrices: bool) -> Any:
    """The cotangent where that of the vectors is zero, and no two values are near each other or near 0; for real numbers."""
    m, n = shape[-2:]
    k = min(m, n)
    before = m * (m if full_matrices else k)
    if (
        not out.is_cpu  # nobody waits for a device to look
        or out.is_complex()
        or not k
        or not out.numel()
        or bool(ct[..., :before].any())
        or bool(ct[..., before + k :].any())
    ):
        return None
    s, gs = out[..., before : before + k], ct[..., before : before + k]
    least = s[..., :1] * (max(m, n) * torch.finfo(s.dtype).eps)
    if not bool((s[..., -1:] > least).all() & ((s[..., :-1] - s[..., 1:]) > least).all()):
        return None
    u = out[..., :before].reshape(*shape[:-1], -1)[..., :k]
    vh = out[..., before + k :].reshape(*shape[:-2], -1, n)[..., :k, :]
    return (u * gs.unsqueeze(-2)) @ vh


def _vecdot(x: Any, y: Any, axis: int) -> Any:
    # array-api-compat moves the axis first, by a function that torch.func.vmap has no rule for
    if x.is_floating_point() or x.is_complex():
        return torch.linalg.vecdot(x, y, dim=axis)
    return torch.sum(x * y, dim=axis, dtype=x.dtype)


KERNELS: dict[str, Callable[..., Any]] = {
    "solve": told("solve", _solve),
    "solve_triangular": _solve_triangular,
    "svd_pull": _svd_pull,
    "vecdot": _vecdot,
}
