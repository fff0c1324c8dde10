"""NumPy's polynomials by their coefficients, the highest power first."""

from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.errors import ShapeError
from unigrad.ops import elementwise as ew
from unigrad.ops import manipulation as mv
from unigrad.ops import reductions
from unigrad.ops.linalg import matmul
from unigrad.protocols.arguments import (
    array,
    cast,
    constant_like,
    first_tensor,
    floating,
    is_complex,
    tensor,
    tensors,
    values,
)
from unigrad.protocols.calculus import convolve
from unigrad.protocols.creation import vander
from unigrad.protocols.linalg import least_squares
from unigrad.protocols.manipulation import take_flat
from unigrad.protocols.table import row, ug


def _row(p: Any, like: Any) -> Any:
    """Coefficients as a vector."""
    x = array(p.coeffs if isinstance(p, np.poly1d) else p, like)
    return mv.reshape(x, (1,)) if x.ndim == 0 else x


@row("composed", "polyval")
def polyval(p: Any, x: Any) -> Any:
    """By Horner's scheme."""
    like = first_tensor((p, x))
    if isinstance(x, np.poly1d):
        raise ShapeError("polyval of a poly1d needs coefficients that are no tensors: take x.coeffs apart")
    c, x = _row(p, like), tensor(x, like)
    out = ew.zeros_like(x)
    for i in range(c.shape[0]):
        out = out * x + c[i]
    return out


def _sum(a1: Any, a2: Any, sign: int) -> Any:
    like = first_tensor((a1, a2))
    x, y = _row(a1, like), _row(a2, like)
    n = max(x.shape[0], y.shape[0])
    x, y = (take_flat(v, np.arange(v.shape[0] - n, v.shape[0]).clip(-1), 0) for v in (x, y))
    return x + y if sign > 0 else x - y


@row("composed", "polyadd")
def polyadd(a1: Any, a2: Any) -> Any:
    return _sum(a1, a2, 1)


@row("composed", "polysub")
def polysub(a1: Any, a2: Any) -> Any:
    return _sum(a1, a2, -1)


@row("composed", "polymul")
def polymul(a1: Any, a2: Any) -> Any:
    like = first_tensor((a1, a2))
    return convolve(_row(a1, like), _row(a2, like))


@row("composed", "polydiv")
def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Long division; which leading coefficients of the remainder are zero is looked at as in NumPy."""
    like = first_tensor((u, v))
    u, v = (floating(_row(p, like)) for p in (u, v))
    steps, n = u.shape[0] - v.shape[0] + 1, v.shape[0]
    nothing = ew.zeros_like(u[:1] * v[:1])
    rest, found = cast(u, nothing.dtype), []
    for k in range(steps):
        found.append(rest[k] / v[0])
        rest = mv.concat([rest[:k], rest[k : k + n] - found[-1] * v, rest[k + n :]], axis=0)
    data = values(rest)
    first = 0
    while first < data.size - 1 and np.allclose(data[first], 0, rtol=1e-14):
        first += 1
    return mv.stack(found) if found else nothing, rest[first:]


@row("composed", "polyder")
def polyder(p: Any, m: int = 1) -> Any:
    if m < 0:
        raise ShapeError(f"polyder: the order is not negative, as {m} is")
    x = _row(p, None)
    for _ in range(m):
        n = x.shape[0] - 1
        x = x[:-1] * _powers(np.arange(n, 0, -1), x) if n > 0 else x[:0]
    return x


def _powers(n: Any, x: Any) -> Any:
    kind = x.dtype
    return cast(constant_like(n, x), kind) if dtypes.is_float(kind) else constant_like(n, x)


@row("composed", "polyint")
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    if m < 0:
        raise ShapeError(f"polyint: the order is not negative, as {m} is")
    like = first_tensor((p, k))
    x = floating(_row(p, like))
    constants = floating(tensor([0.0] * m if k is None else k, x))
    constants = mv.spread_to(mv.reshape(constants, (-1,)), (m,)) if constants.size == 1 else constants
    if constants.ndim != 1 or constants.shape[0] < m:
        raise ShapeError(f"polyint: {constants.size} constants of integration, where {m} are needed")
    for i in range(m):
        n = x.shape[0]
        x = mv.concat([x / _powers(np.arange(n, 0, -1), x), constants[i : i + 1]], axis=0)
    return x


@row("composed", "poly")
def poly(seq_of_zeros: Any) -> Any:
    z = tensor(seq_of_zeros)
    if z.ndim == 2 and z.shape[0] == z.shape[1]:
        z = ug.linalg.eigvals(z)
    elif z.ndim > 1:
        raise ShapeError(f"poly: zeros in a vector, or a square matrix, not an array of shape {z.shape}")
    z = floating(mv.reshape(z, (-1,)))
    out = ew.ones_like(z[:1]) if z.size else tensor([1.0], z)
    for i in range(z.shape[0]):
        out = convolve(out, mv.concat([ew.ones_like(z[:1]), -z[i : i + 1]], axis=0))
    if is_complex(out):
        data = values(z)
        if np.all(np.sort(data) == np.sort(data.conj())):
            out = ew.real(out)
    return out


@row("composed", "roots")
def roots(p: Any) -> Any:
    """The eigenvalues of the companion matrix; zeros at the ends of `p` are looked for, as in NumPy."""
    x = floating(_row(p, None))
    at = np.flatnonzero(values(x))
    if not at.size:
        return x[:0]
    zeros = x.shape[0] - int(at[-1]) - 1
    x = x[int(at[0]) : int(at[-1]) + 1]
    n = x.shape[0]
    if n < 2:
        return ew.zeros_like(x[: 0 + 0]) if not zeros else tensor([0.0] * zeros, x)
    top = mv.reshape(-x[1:] / x[0], (1, n - 1))
    below = cast(constant_like(np.eye(n - 2, n - 1), x), x.dtype)
    found = ug.linalg.eigvals(mv.concat([top, below], axis=0))
    return mv.concat([found, cast(tensor([0.0] * zeros, x), found.dtype)], axis=0) if zeros else found


@row("composed", "polyfit")
def polyfit(x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False) -> Any:
    """Least squares, with the columns of the matrix scaled to norm 1."""
    if full:
        raise ShapeError("polyfit: full=True is not supported for tensors: np.linalg.lstsq gives residuals and rank")
    like = first_tensor((x, y, w))
    x, y = (floating(tensor(v, like)) for v in (x, y))
    powers = np.atleast_1d(np.asarray(deg))
    if x.ndim != 1 or y.ndim not in (1, 2) or x.shape[0] != y.shape[0] or not x.size:
        raise ShapeError(f"polyfit: x is a vector and y has its length: {x.shape} and {y.shape}")
    if powers.size == 1:
        matrix = vander(x, int(powers[0]) + 1)
    else:
        matrix = vander(x, int(powers.max()) + 1)[:, powers.max() - np.sort(powers)[::-1]]
    right = y
    if w is not None:
        w = floating(tensor(w, like))
        matrix = matrix * mv.reshape(w, (-1, 1))
        right = y * (mv.reshape(w, (-1, 1)) if y.ndim == 2 else w)
    scale = ew.sqrt(reductions.sum(matrix * matrix, axis=0))
    rcond = x.shape[0] * float(np.finfo(x.dtype).eps) if rcond is None else rcond
    found = least_squares(matrix / scale, right, rcond) / (mv.reshape(scale, (-1, 1)) if y.ndim == 2 else scale)
    if powers.size > 1:
        order = int(powers.max()) - np.sort(powers)[::-1]
        rows = [found[int(np.flatnonzero(order == i)[0])] if i in order else ew.zeros_like(found[0])
                for i in range(int(powers.max()) + 1)]  # fmt: skip
        found_all = mv.stack(rows)
    else:
        found_all = found
    if not cov:
        return found_all
    scaled = matrix / scale
    base = ug.linalg.inv(matmul(mv.matrix_transpose(scaled), scaled)) / (mv.reshape(scale, (-1, 1)) * scale)
    if cov == "unscaled":
        return found_all, base if y.ndim == 1 else mv.expand_dims(base, axis=2)
    free = x.shape[0] - powers.size if powers.size > 1 else x.shape[0] - int(powers[0]) - 1
    if free <= 0:
        raise ShapeError("polyfit: the number of points must be larger than that of coefficients to have a covariance")
    rest = right - matmul(matrix, found)
    factor = reductions.sum(rest * rest, axis=0) / free
    if y.ndim == 1:
        return found_all, base * factor
    return found_all, mv.expand_dims(base, axis=2) * factor


def _rising(c: Any, x: Any, by_place: bool) -> Any:
    """The polynomial with the coefficients along the first axis of `c`, the lowest power first: at each place, or on a grid."""
    grid = c if by_place else mv.reshape(c, (*c.shape, *(1,) * x.ndim))
    out = ew.zeros_like(grid[0] + x * 0)
    for i in reversed(range(c.shape[0])):
        out = out * x + grid[i]
    return out


@row("composed", "polynomial.polynomial.polyval2d")
def polyval2d(x: Any, y: Any, c: Any) -> Any:
    x, y, c = tensors(x, y, c)
    if x.shape != y.shape:
        raise ShapeError(f"polyval2d: x and y have the shapes {x.shape} and {y.shape}")
    return _rising(_rising(c, x, False), y, True)


@row("composed", "polynomial.polynomial.polygrid2d")
def polygrid2d(x: Any, y: Any, c: Any) -> Any:
    x, y, c = tensors(x, y, c)
    return _rising(_rising(c, x, False), y, False)
