"""Kernels of linear algebra where JAX differs: it symmetrises its input, and says nothing of a singular matrix."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from unigrad.errors import LinAlgError
from unigrad.linalg_kernels import pack, unless_known


def _look(name: str, out: Any, *inputs: Any, nan_too: bool = False) -> Any:
    """`out`; an error where it is not finite, outside a compiler. With `nan_too` also for an input that is not finite."""
    if any(isinstance(a, jax.core.Tracer) for a in (out, *inputs)) or bool(jnp.isfinite(out).all()):
        return out
    if nan_too or all(bool(jnp.isfinite(a).all()) for a in inputs):
        shapes = ", ".join(str(a.shape) for a in inputs)
        raise LinAlgError(f"{name} of an array of shape {shapes}: {_WHY[name]}")
    return out


_WHY = {
    "cholesky": "a matrix is not positive definite",
    "eig": "no convergence, as of an array with infinities or NaNs",
    "eigvals": "no convergence, as of an array with infinities or NaNs",
    "inv": "a matrix is singular",
    "pinv": "no convergence, as of an array with infinities or NaNs",
    "solve": "a matrix is singular",
    "solve_triangular": "a matrix is singular",
    "svd": "no convergence, as of an array with infinities or NaNs",
    "svdvals": "no convergence, as of an array with infinities or NaNs",
}


def _cholesky(x: Any) -> Any:
    return _look("cholesky", jax.lax.linalg.cholesky(x, symmetrize_input=False), x)


def _eig(x: Any) -> Any:
    return _look("eig", pack(jnp, jnp.linalg.eig(x), x.shape[:-2]), x, nan_too=True)


def _eigh(x: Any) -> Any:
    return pack(jnp, jnp.linalg.eigh(x, symmetrize_input=False), x.shape[:-2])


def _eigvalsh(x: Any) -> Any:
    return jax.lax.linalg.eigh(x, symmetrize_input=False)[1]


def _inv(x: Any, check: bool) -> Any:
    out = jnp.linalg.inv(x)
    if check:
        return _look("inv", out, x)
    return jnp.where(jnp.isfinite(out).all((-2, -1), keepdims=True), out, jnp.nan)


def _solve(a: Any, b: Any) -> Any:
    return _look("solve", jnp.linalg.solve(a, b), a, b)


def _solve_triangular(a: Any, b: Any, lower: bool, adjoint: bool, unit: bool, check: bool) -> Any:
    batch = jnp.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = (jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (a, b))
    out = jax.lax.linalg.triangular_solve(
        a, b, left_side=True, lower=lower, transpose_a=adjoint, conjugate_a=adjoint, unit_diagonal=unit
    )
    return _look("solve_triangular", out, a, b) if check else out


def _svd(x: Any, full_matrices: bool) -> Any:
    return _look("svd", pack(jnp, jnp.linalg.svd(x, full_matrices=full_matrices), x.shape[:-2]), x, nan_too=True)


KERNELS: dict[str, Callable[..., Any]] = {
    "cholesky": _cholesky,
    "eig": _eig,
    "eigh": _eigh,
    "eigvals": lambda x: _look("eigvals", jnp.linalg.eigvals(x), x, nan_too=True),
    "eigvalsh": unless_known(_eigvalsh),
    "inv": _inv,
    "pinv": lambda x, rtol: _look("pinv", jnp.linalg.pinv(x, rtol=rtol), x, nan_too=True) if x.size else x.mT,
    "solve": _solve,
    "solve_triangular": _solve_triangular,
    "svd": _svd,
    "svdvals": unless_known(lambda x: _look("svdvals", jnp.linalg.svdvals(x), x, nan_too=True)),
}
