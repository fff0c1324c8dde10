"""Kernels of linear algebra where PyTorch has a faster one, or says nothing of a singular matrix."""

import math
from collections.abc import Callable
from functools import cache
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


def _seen(x: Any) -> bool:
    """Whether the numbers of x can be looked at: no compiler and no transform is at work."""
    if type(x) is not torch.Tensor or torch.compiler.is_compiling():
        return False
    return torch._C._functorch.maybe_current_level() is None and torch._C._len_torch_dispatch_stack() == 0


def _vector_norm(x: Any, ord: float, axis: Any, keepdims: bool) -> Any:
    """torch's own for order 2 where its squares neither overflow nor vanish, else with the elements scaled."""
    if ord == 2 and x.is_cpu and x.numel() and _seen(x):
        out = torch.linalg.vector_norm(x, ord, axis, keepdims)
        limits = torch.finfo(out.dtype)
        smallest, largest = torch.aminmax(out)
        if math.sqrt(limits.tiny / limits.eps) < smallest.item() and largest.item() < math.sqrt(
            limits.max * limits.eps
        ):
            return out
    return _scaled()(x, ord, axis, keepdims)


@cache
def _scaled() -> Any:
    from unigrad.backend import load
    from unigrad.linalg_kernels import LINALG

    return LINALG["vector_norm"](load("torch"))


def _sound(out: Any) -> bool:
    """Whether products are far from overflow and underflow, so that a division takes a factor out of them exactly."""
    limits = torch.finfo(out.dtype)
    smallest, largest = torch.aminmax(torch.abs(out))
    return limits.tiny / limits.eps < smallest.item() and largest.item() < limits.max * limits.eps


def _prod_pull(ct: Any, out: Any, x: Any) -> Any:
    if not _sound(out):
        return None
    if x.is_complex():
        x, out = x.conj(), out.conj()
    return (ct * out).div(x)


def _cumulative_prod_pull(ct: Any, out: Any, x: Any, axis: int) -> Any:
    if not _sound(out):
        return None
    if x.is_complex():
        x, out = x.conj(), out.conj()
    product = ct * out
    if product.shape[axis] > 1:
        product = product.flip(axis)
        torch.cumsum(product, axis, out=product)
        product = product.flip(axis)
    return product.div_(x)


def _svd_pull(ct: Any, out: Any, shape: Any, full_matrices: bool) -> Any:
    """The cotangent where that of the vectors is zero, and no two values are near each other or near 0; for real numbers."""
    m, n = shape[-2:]
    k = min(m, n)
    before = m * (m if full_matrices else k)
    if (
        out.is_complex()
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


KERNELS: dict[str, Callable[..., Any]] = {
    "cumulative_prod_pull": _cumulative_prod_pull,
    "prod_pull": _prod_pull,
    "solve_triangular": _solve_triangular,
    "svd_pull": _svd_pull,
    "vector_norm": _vector_norm,
}
