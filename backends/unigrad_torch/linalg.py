"""Kernels of linear algebra where PyTorch has a faster one, or says nothing of a singular matrix."""

from collections.abc import Callable
from functools import lru_cache
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


def _cholesky_pull(ct: Any, out: Any) -> Any:
    """The rule of `unigrad.ops.decompositions`, in fewer passes over the matrices: two thirds of it are no arithmetic."""
    inner = (out.mH @ ct).tril_()
    inner.diagonal(dim1=-2, dim2=-1).mul_(0.5)
    left = torch.linalg.solve_triangular(out.mH, inner, upper=True)
    whole = torch.linalg.solve_triangular(out, left, upper=False, left=False)
    return (whole + whole.mH).mul_(0.5)


def _svd_pull(ct: Any, out: Any, shape: Any, full_matrices: bool) -> Any:
    """The cotangent of real matrices of which no two singular values are near each other or near 0.

    Nothing is to be masked then, and the two terms of the rule, over differences and sums of the values, are one over the
    product of both (J. Townsend, "Differentiating the singular value decomposition", 2016).
    """
    m, n = shape[-2:]
    k = min(m, n)
    before = m * (m if full_matrices else k)
    if not out.is_cpu or out.is_complex() or not k or not out.numel():  # nobody waits for a device to look
        return None
    turns = bool(ct[..., :before].any()) or bool(ct[..., before + k :].any())
    if turns and full_matrices and m != n:
        return None
    s, gs = out[..., before : before + k], ct[..., before : before + k]
    least = s[..., :1] * (max(m, n) * torch.finfo(s.dtype).eps)
    if not bool((s[..., -1:] > least).all() & ((s[..., :-1] - s[..., 1:]) > least).all()):
        return None
    u = out[..., :before].reshape(*shape[:-1], -1)[..., :k]
    vh = out[..., before + k :].reshape(*shape[:-2], -1, n)[..., :k, :]
    if not turns:
        return (u * gs.unsqueeze(-2)) @ vh
    gu, gvh = ct[..., :before].reshape(*shape[:-1], k), ct[..., before + k :].reshape(*shape[:-2], k, n)
    row, column = s.unsqueeze(-2), s.unsqueeze(-1)
    x, y = u.mT @ gu, vh @ gvh.mT
    inner = (x - x.mT).mul_(row).addcmul_(y - y.mT, column)
    over = (row - column).mul_(row + column)
    over.diagonal(dim1=-2, dim2=-1).fill_(1)  # torch may differentiate this: never 0 / 0
    inner.div_(over).diagonal(dim1=-2, dim2=-1).copy_(gs)
    g = (u @ inner) @ vh
    if m > k:
        g += ((gu - u @ x) / row) @ vh
    if n > k:
        g += u @ ((gvh - y.mT @ vh) / column)
    return g


@lru_cache(1024)
def _as_matrices(left: str, right: str, result: str) -> tuple[bool, bool, bool] | None:
    """Whether to transpose x, y and their matrix product, which the last two of the named axes make; None: they make none."""
    batch, (i, j), (k, m) = left[:-2], left[-2:].rjust(2), right[-2:].rjust(2)
    if not len(left) == len(right) == len(result) >= 2 or not batch == right[:-2] == result[:-2]:
        return None
    for flip_x, free_x, shared in ((False, i, j), (True, j, i)):
        for flip_y, met, free_y in ((False, k, m), (True, m, k)):
            if shared == met and result[-2:] in (free_x + free_y, free_y + free_x) and free_x != free_y:
                return flip_x, flip_y, result[-2:] == free_y + free_x
    return None


def _einsum_pair(x: Any, y: Any, left: str, right: str, result: str) -> Any:
    """Of matrices by matmul at once: torch.einsum finds that out anew in each call."""
    flips = _as_matrices(left, right, result)
    if flips is None:
        return torch.einsum(f"{left},{right}->{result}", x, y)
    flip_x, flip_y, flip = flips
    x, y = x.mT if flip_x else x, y.mT if flip_y else y
    return torch.matmul(y.mT, x.mT) if flip else torch.matmul(x, y)


def _vecdot(x: Any, y: Any, axis: int) -> Any:
    # array-api-compat moves the axis first, by a function that torch.func.vmap has no rule for
    if x.is_floating_point() or x.is_complex():
        return torch.linalg.vecdot(x, y, dim=axis)
    return torch.sum(x * y, dim=axis, dtype=x.dtype)


KERNELS: dict[str, Callable[..., Any]] = {
    "einsum_pair": _einsum_pair,
    "solve": told("solve", _solve),
    "solve_triangular": _solve_triangular,
    "cholesky_pull": _cholesky_pull,
    "svd_pull": _svd_pull,
    "vecdot": _vecdot,
}
