"""Kernels of linear algebra that every backend has for nothing: over the `linalg` extension of its namespace.

A factorization gives one array: the factors, each flattened, side by side along the last axis. `unigrad.ops.matrices` takes it
apart again.
"""

import math
from collections.abc import Callable
from typing import Any

from unigrad.errors import LinAlgError

Kernel = Callable[..., Any]

#: a product of determinant and inverse is as exact as it can be below this condition number
WELL_CONDITIONED = 1e3


def is_linalg_error(error: Exception) -> bool:
    """Whether a library says that a matrix is singular, or a like thing: each has a class of its own for that."""
    said = str(error)
    return type(error).__name__.strip("_") == "LinAlgError" or "not contain infs or NaNs" in said


def told(name: str, function: Kernel) -> Kernel:
    """A library's function, whose error for a singular matrix is ours."""

    def call(*arrays: Any, **params: Any) -> Any:
        try:
            return function(*arrays, **params)
        except LinAlgError:
            raise
        except Exception as e:
            if not is_linalg_error(e):
                raise
            shapes = ", ".join(str(tuple(a.shape)) for a in arrays if hasattr(a, "shape"))
            raise LinAlgError(f"{name} of an array of shape {shapes}: {e}") from e

    return call


def plain(name: str) -> Callable[[Any], Kernel]:
    """The namespace's own function."""
    return lambda backend: told(name, getattr(backend.xp.linalg, name))


def pack(xp: Any, parts: Any, batch: tuple[int, ...]) -> Any:
    """Factors side by side in one array of shape (*batch, number of elements)."""
    flat = [xp.reshape(p, (*batch, math.prod(p.shape[len(batch) :]))) for p in parts]
    common = xp.result_type(*flat)
    return xp.concat([xp.astype(p, common) for p in flat], axis=-1)


def packed(name: str, core: int = 2) -> Callable[[Any], Kernel]:
    """The factors of the namespace's own function, in one array; `core`: how many axes of the input are the matrix."""

    def make(backend: Any) -> Kernel:
        xp = backend.xp
        function = told(name, getattr(xp.linalg, name))
        return lambda x, **params: pack(xp, function(x, **params), tuple(x.shape[: len(x.shape) - core]))

    return make


def _values(name: str, place: int) -> Callable[[Any], Kernel]:
    """The namespace's own function of values alone, or the values of a decomposition that is known."""

    def make(backend: Any) -> Kernel:
        own = told(name, getattr(backend.xp.linalg, name))
        return lambda x, known: own(x) if known is None else known[place]

    return make


def _inv(backend: Any) -> Kernel:
    xp = backend.xp
    function = told("inv", xp.linalg.inv)

    def inv(x: Any, check: bool) -> Any:
        try:
            return function(x)
        except LinAlgError:
            if check:
                raise
        flat = xp.reshape(x, (-1, *x.shape[-2:]))  # each for itself: NaN where a matrix is singular
        return xp.reshape(xp.stack([_inverse_or_nan(xp, flat[i, ...]) for i in range(flat.shape[0])]), x.shape)

    return inv


def _inverse_or_nan(xp: Any, x: Any) -> Any:
    try:
        return xp.linalg.inv(x)
    except Exception as e:
        if not is_linalg_error(e):
            raise
        return xp.full_like(x, math.nan)


def _solve_triangular(backend: Any) -> Kernel:
    xp = backend.xp
    solve = told("solve_triangular", xp.linalg.solve)

    def solve_triangular(a: Any, b: Any, lower: bool, adjoint: bool, unit: bool, check: bool) -> Any:
        a = xp.tril(a) if lower else xp.triu(a)
        diagonal = _on_diagonal(xp, a)
        if unit:
            a = xp.where(diagonal, xp.ones_like(a), a)
        elif not check:
            a = xp.where(diagonal & (a == 0), xp.full_like(a, math.nan), a)
        if adjoint:
            a = xp.matrix_transpose(xp.conj(a) if xp.isdtype(a.dtype, "complex floating") else a)
        return solve(a, b)

    return solve_triangular


def _adjugate(backend: Any) -> Kernel:
    """det(x) inv(x) where that is exact; else, and for singular matrices, by the singular values, without a division."""
    xp = backend.xp

    def adjugate(x: Any) -> Any:
        if x.shape[-1] == 0:
            return x
        if not backend.is_traced(x):
            y = _good_inverse(xp, x)
            if y is not None:
                return xp.linalg.det(x)[..., None, None] * y
        u, s, vh = xp.linalg.svd(x, full_matrices=False)
        others = xp.prod(except_diagonal(xp, s), axis=-1)  # for each singular value the product of the others
        turn = xp.linalg.det(u) * xp.linalg.det(vh)
        right = _adjoint(xp, vh) * xp.astype(others, x.dtype)[..., None, :]
        return turn[..., None, None] * xp.matmul(right, _adjoint(xp, u))

    return adjugate


def except_diagonal(xp: Any, s: Any) -> Any:
    """s in every row of a matrix, with 1 on the diagonal."""
    n = s.shape[-1]
    rows = xp.broadcast_to(s[..., None, :], (*s.shape, n))
    return xp.where(_on_diagonal(xp, rows), xp.ones_like(rows), rows)


def _on_diagonal(xp: Any, x: Any) -> Any:
    """True on the diagonal of every matrix of the shape of x; where x is, whatever a tracer may say of its device."""
    return xp.tril(xp.triu(xp.ones_like(x))) != 0


def _good_inverse(xp: Any, x: Any) -> Any:
    """The inverse, if every matrix is well conditioned; else None."""
    try:
        y = xp.linalg.inv(x)
    except Exception as e:
        if not is_linalg_error(e):
            raise
        return None
    sizes = [xp.max(xp.sum(xp.abs(a), axis=-1), axis=-1) for a in (x, y)] if math.prod(x.shape) else []
    return y if not sizes or bool(xp.all(sizes[0] * sizes[1] < WELL_CONDITIONED)) else None


def _adjoint(xp: Any, x: Any) -> Any:
    return xp.matrix_transpose(xp.conj(x) if xp.isdtype(x.dtype, "complex floating") else x)


def _slogdet(backend: Any) -> Kernel:
    xp = backend.xp
    function = told("slogdet", xp.linalg.slogdet)

    def slogdet(x: Any) -> Any:
        sign, log = function(x)
        return xp.stack([sign, xp.astype(log, x.dtype)], axis=-1)

    return slogdet


def _pinv(backend: Any) -> Kernel:
    xp = backend.xp
    function = told("pinv", xp.linalg.pinv)

    def pinv(x: Any, rtol: Any) -> Any:
        return function(x, rtol=rtol) if math.prod(x.shape) else xp.matrix_transpose(x)

    return pinv


def _matrix_rank(backend: Any) -> Kernel:
    xp = backend.xp
    svdvals = told("matrix_rank", xp.linalg.svdvals)

    def matrix_rank(x: Any, rtol: Any) -> Any:
        kind = backend.native_dtype(backend.default_int)
        if 0 in x.shape[-2:]:
            return xp.astype(xp.sum(xp.abs(x), axis=(-2, -1)), kind)
        s = svdvals(x)
        limit = s[..., :1] * (rtol[..., None] if hasattr(rtol, "shape") else rtol)
        return xp.astype(xp.sum(xp.astype(s > limit, kind), axis=-1), kind)

    return matrix_rank


def _vector_norm(backend: Any) -> Kernel:
    """(sum |x|**p)**(1/p), with the elements scaled before, so that no power overflows or vanishes."""
    xp = backend.xp

    def vector_norm(x: Any, ord: float, axis: tuple[int, ...], keepdims: bool) -> Any:
        a = xp.abs(x)
        if 0 in [x.shape[i] for i in axis]:
            return xp.sum(a, axis=axis, keepdims=keepdims)
        size = a
        for i in axis:  # one axis at a time: not every library takes several
            size = xp.max(size, axis=i, keepdims=True) if ord > 0 else xp.min(size, axis=i, keepdims=True)
        size = xp.where((size > 0) & xp.isfinite(size), size, xp.ones_like(size))
        y = a / size
        if ord == 2:
            out = xp.sqrt(xp.sum(y * y, axis=axis, keepdims=True)) * size
        else:
            with backend.quiet():  # a negative power of 0: the norm is 0
                out = xp.sum(y**ord, axis=axis, keepdims=True) ** (1 / ord) * size
        return (
            out if keepdims or not axis else xp.reshape(out, tuple(n for i, n in enumerate(x.shape) if i not in axis))
        )

    return vector_norm


def _factor(backend: Any) -> Kernel:
    xp = backend.xp
    return lambda x, start, shape: xp.reshape(x[..., start : start + math.prod(shape)], (*x.shape[:-1], *shape))


def _diagonal(backend: Any) -> Kernel:
    return lambda x, offset: backend.xp.linalg.diagonal(x, offset=offset)


LINALG: dict[str, Callable[[Any], Kernel]] = {
    "adjugate": _adjugate,
    "cholesky": plain("cholesky"),
    "cross": plain("cross"),
    "det": plain("det"),
    "diagonal": _diagonal,
    "eig": packed("eig"),
    "eigh": packed("eigh"),
    "eigvals": plain("eigvals"),
    "eigvalsh": _values("eigvalsh", 0),
    "factor": _factor,
    "inv": _inv,
    "matrix_rank": _matrix_rank,
    "pinv": _pinv,
    "qr": packed("qr"),
    "slogdet": _slogdet,
    "solve": plain("solve"),
    "solve_triangular": _solve_triangular,
    "svd": packed("svd"),
    "svdvals": _values("svdvals", 1),
    "vector_norm": _vector_norm,
}
