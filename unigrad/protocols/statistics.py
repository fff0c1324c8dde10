"""NumPy's statistics: averages, covariances, quantiles, histograms."""

from typing import Any

import numpy as np

from unigrad.errors import DTypeError, ShapeError
from unigrad.ops import elementwise as ew
from unigrad.ops import indexing, reductions
from unigrad.ops import manipulation as mv
from unigrad.ops.linalg import matmul
from unigrad.protocols.arguments import (
    as_axes,
    cast,
    constant_like,
    deliver,
    first_tensor,
    flag,
    floating,
    is_complex,
    is_tensor,
    tensor,
    tensors,
    values,
)
from unigrad.protocols.searching import along_axis, sorted_along
from unigrad.protocols.table import row


@row("composed", "average")
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    like = first_tensor((a, weights))
    x = tensor(a, like)
    kept, axis = flag(keepdims), as_axes(axis)
    if weights is None:
        out = reductions.mean(x, axis=axis, keepdims=kept)
        if not returned:
            return out
        n = mv.size_of([x.shape[i] for i in mv.axes_of(axis, x.ndim, "average")])
        return out, mv.spread_to(tensor(float(n), out), out.shape)
    w = tensor(weights, like)
    if w.shape != x.shape:
        if axis is None:
            raise ShapeError(f"average: weights of shape {w.shape} for an array of shape {x.shape} need an axis")
        axes = mv.axes_of(axis, x.ndim, "average")
        if w.shape != tuple(x.shape[i] for i in axes):
            raise ShapeError(f"average: weights of shape {w.shape} for the axes {axes} of an array of shape {x.shape}")
        order = tuple(int(i) for i in np.argsort(axes))
        w = mv.permute_dims(w, order) if len(order) > 1 else w
        w = mv.reshape(w, tuple(n if i in axes else 1 for i, n in enumerate(x.shape)))
    w = floating(w)
    total = reductions.sum(mv.spread_to(w, x.shape), axis=axis, keepdims=kept)
    out = reductions.sum(x * w, axis=axis, keepdims=kept) / total
    return (out, total) if returned else out


@row("composed", "cov")
def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None, fweights: Any = None,
    aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    like = first_tensor((m, y, fweights, aweights))
    x = _observations(tensor(m, like), rowvar, dtype)
    if y is not None:
        x = mv.concat([x, _observations(tensor(y, like), rowvar, dtype)], axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    elif ddof != int(ddof):
        raise ShapeError("cov: ddof is an int")
    w: Any = None
    if fweights is not None:
        counts = values(fweights)
        if (counts != np.around(counts)).any() or (counts < 0).any():
            raise ShapeError("cov: fweights are ints that are not negative")
        w = ew.astype(tensor(counts, like), dtype=x.backend.default_float)
    if aweights is not None:
        a = floating(tensor(aweights, like))
        w = a if w is None else w * a
    for v, what in ((fweights, "fweights"), (aweights, "aweights")):
        if v is not None and len(np.shape(values(v))) != 1:
            raise ShapeError(f"cov: {what} has 1 dimension")
    if w is None:
        factor: Any = x.shape[1] - ddof
        apart = x - reductions.mean(x, axis=1, keepdims=True)
        weighted = apart
    else:
        total = reductions.sum(w)
        apart = x - reductions.sum(x * w, axis=1, keepdims=True) / total
        factor = total if ddof == 0 else total - ddof if aweights is None else (
            total - ddof * reductions.sum(w * floating(tensor(aweights, like))) / total
        )  # fmt: skip
        weighted = apart * w
    out = matmul(apart, mv.matrix_transpose(ew.conj(weighted)))
    with x.backend.quiet():
        return _squeezed(out / factor)


def _squeezed(x: Any) -> Any:
    return mv.squeeze(x, tuple(i for i, n in enumerate(x.shape) if n == 1))


def _observations(x: Any, rowvar: bool, dtype: Any) -> Any:
    """Variables in rows."""
    if x.ndim > 2:
        raise ShapeError(f"cov: an array of {x.ndim} dimensions, where 2 are the most")
    x = floating(cast(x, dtype))
    flat = x.ndim < 2
    x = mv.reshape(x, (1, -1)) if flat else x
    return x if rowvar or flat or x.shape[0] == 1 else mv.matrix_transpose(x)


@row("composed", "corrcoef")
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    i = np.arange(c.shape[0])
    deviation = ew.sqrt(ew.real(c[i, i]) if is_complex(c) else c[i, i])
    out = c / mv.reshape(deviation, (-1, 1)) / deviation
    if is_complex(out):
        return ew.clip(ew.real(out), -1, 1) + ew.clip(ew.imag(out), -1, 1) * 1j
    # rounding may leave [-1, 1]: a step back into it keeps the gradient, as clip would not on the diagonal
    return ew.where(ew.abs(out) > 1, ew.where(out > 0, out - (out - 1).detach(), out - (out + 1).detach()), out)


# -- quantiles -----------------------------------------------------------------------------------------------------------


def _virtual(n: int, q: Any, method: str) -> Any:
    """The place in a sorted row of n elements that is the quantile; between two elements it interpolates.

    NumPy's own answer for the row 0, 1, ..., n - 1, whose elements are their places: every method is linear between neighbours.
    """
    return np.quantile(np.arange(n, dtype=np.float64), q, method=method)  # type: ignore[call-overload]


def _quantile(
    a: Any, q: Any, axis: Any, out: Any, method: str, keepdims: Any, weights: Any, nan: bool, what: str
) -> Any:
    if weights is not None:
        raise ShapeError(f"np.{what}: weights= are not supported for tensors: np.repeat the elements, or use t.numpy()")
    if is_tensor(q):
        q.__unigrad_tensor__()._guard(f"q= of np.{what}, a constant,")
    place = values(q).astype(np.float64)
    if ((place < 0) | (place > 1)).any() or np.isnan(place).any():
        raise ShapeError(f"np.{what}: q is out of its range")
    x = floating(tensor(a, first_tensor((a, q, out))))
    if is_complex(x):
        raise DTypeError(f"np.{what}: complex numbers have no order")
    axes = mv.axes_of(as_axes(axis), x.ndim, what)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape)) if flag(keepdims) else tuple(
        x.shape[i] for i in rest
    )  # fmt: skip
    rows = mv.reshape(mv.moveaxis(x, axes, tuple(range(len(rest), x.ndim))) if x.ndim else x,
                      (mv.size_of([x.shape[i] for i in rest]), mv.size_of([x.shape[i] for i in axes])))  # fmt: skip
    n = rows.shape[1]
    if n == 0:
        raise ShapeError(f"np.{what}: an array of shape {x.shape} has no element along axis {axis}")
    ordered = sorted_along(rows, 1)
    missing = ew.isnan(rows)
    gone = reductions.all(missing, axis=1) if nan else reductions.any(missing, axis=1)
    flat = place.ravel()
    if nan:
        counts = n - values(missing).sum(axis=1)
        by_count = {int(c): _virtual(max(int(c), 1), flat, method) for c in set(counts.tolist())}
        at = np.array([by_count[int(c)] for c in counts]).reshape(rows.shape[0], flat.size)
    else:
        at = np.broadcast_to(_virtual(n, flat, method), (rows.shape[0], flat.size))
    below = np.floor(at).astype(np.int64)
    above = np.minimum(below + 1, n - 1)
    between = ew.astype(tensor(at - below, x), dtype=x.dtype)
    low, high = along_axis(ordered, below, 1), along_axis(ordered, above, 1)
    found = ew.where(between == 0, low, low + (high - low) * between)  # no 0 * inf beyond the end
    found = ew.where(mv.reshape(gone, (-1, 1)), np.nan, found)
    return deliver(mv.reshape(mv.moveaxis(found, 1, 0), (*place.shape, *shape)), out)


def _quantiles(what: str, scale: float, nan: bool) -> Any:
    def quantile(
        a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear",
        keepdims: Any = False, *, weights: Any = None,
    ) -> Any:  # fmt: skip
        q = q if is_tensor(q) else values(q) * scale
        return _quantile(a, q * scale if is_tensor(q) else q, axis, out, method, keepdims, weights, nan, what)

    return quantile


for _name, _scale, _nan in (
    ("quantile", 1.0, False), ("percentile", 0.01, False), ("nanquantile", 1.0, True), ("nanpercentile", 0.01, True),
):  # fmt: skip
    row("composed", _name)(_quantiles(_name, _scale, _nan))


@row("composed", "median")
def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False) -> Any:
    return _quantile(a, 0.5, axis, out, "linear", keepdims, None, False, "median")


@row("composed", "nanmedian")
def nanmedian(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False) -> Any:
    return _quantile(a, 0.5, axis, out, "linear", keepdims, None, True, "nanmedian")


# -- histograms ----------------------------------------------------------------------------------------------------------


def _edges(x: Any, bins: Any, range: Any) -> Any:
    """Edges that follow the smallest and largest element, or constants."""
    if not isinstance(bins, str) and np.ndim(values(bins)) > 0:
        return tensor(bins, x)
    found = np.histogram_bin_edges(values(x), bins, None if range is None else values(range))
    if range is not None or x.size == 0:
        return constant_like(found, x)
    low, high = reductions.min(x), reductions.max(x)
    w = np.arange(found.size) / (found.size - 1)
    width = 0.5 if float(low.detach()) == float(high.detach()) else 0.0
    w = ew.astype(constant_like(w, x), dtype=floating(x).dtype)
    return (low - width) * (1 - w) + (high + width) * w


def _bins_of(x: Any, edges: Any) -> tuple[Any, Any]:
    """Which bin each element is in, and which elements are in one."""
    data, e = values(x).ravel(), values(edges)
    if (np.diff(e) < 0).any():
        raise ShapeError("histogram: the edges do not rise")
    which = np.searchsorted(e, data, side="right") - 1
    which[data == e[-1]] = e.size - 2
    return which, (data >= e[0]) & (data <= e[-1])


@row("composed", "histogram_bin_edges")
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    return _edges(tensor(a, first_tensor((a, bins))), bins, range)


@row("composed", "histogram")
def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> tuple[Any, Any]:
    x = tensor(a, first_tensor((a, bins, weights)))
    edges = _edges(x, bins, range)
    counts = _counted([x], [edges], weights)
    if density:
        counts = counts / reductions.sum(counts) / (edges[1:] - edges[:-1])
    return counts, edges


def _counted(columns: list[Any], edges: list[Any], weights: Any) -> Any:
    """How many elements, or how much weight, is in each bin."""
    like = columns[0]
    found = [_bins_of(x, e) for x, e in zip(columns, edges, strict=True)]
    inside = np.flatnonzero(np.all([ok for _, ok in found], axis=0))
    shape = tuple(e.shape[0] - 1 for e in edges)
    index = np.ravel_multi_index(tuple(which[inside] for which, _ in found), shape) if inside.size else inside
    n = mv.size_of(shape)
    if weights is None:
        return constant_like(np.bincount(index, minlength=n).reshape(shape), like)
    w = mv.reshape(tensor(weights, like), (-1,))
    if w.shape[0] != like.size:
        raise ShapeError(f"histogram: {w.shape[0]} weights for {like.size} elements")
    return mv.reshape(indexing.scatter(w[inside], shape=(n,), indices=(index,)), shape)


@row("composed", "histogramdd")
def histogramdd(sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    like = first_tensor((sample, bins, weights))
    if isinstance(sample, list | tuple):
        columns = [tensor(s, like) for s in sample]
    else:
        x = tensor(sample, like)
        columns = [mv.reshape(x, (-1,))] if x.ndim < 2 else list(mv.unstack(x, axis=1))
    n = len(columns)
    each = [bins] * n if is_tensor(bins) or not isinstance(bins, list | tuple | np.ndarray) else list(bins)
    if len(each) != n:
        raise ShapeError(f"histogramdd: bins for {len(each)} of {n} dimensions")
    edges = [
        _edges(x, b, None if range is None else range[i]) for i, (x, b) in enumerate(zip(columns, each, strict=True))
    ]
    counts = floating(_counted(columns, edges, weights))
    if density:
        counts = counts / reductions.sum(counts)
        for i, e in enumerate(edges):
            counts = counts / mv.reshape(e[1:] - e[:-1], tuple(-1 if k == i else 1 for k in _range(n)))
    return counts, tuple(edges)


_range = range


@row("composed", "histogram2d")
def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any, Any]:
    if not isinstance(bins, str) and np.ndim(values(bins) if not isinstance(bins, list | tuple) else 0) == 1:
        bins = [bins, bins]
    elif isinstance(bins, list | tuple) and len(bins) not in (1, 2):
        bins = [np.asarray(bins)] * 2
    counts, (ex, ey) = histogramdd(list(tensors(x, y)), bins, range, density, weights)
    return counts, ex, ey


@row("composed", "bincount")
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    like = first_tensor((x, weights))
    index = values(x)
    if index.dtype.kind not in "biu" or index.ndim != 1:
        raise DTypeError(f"bincount: a vector of ints, not {index.dtype} of shape {index.shape}")
    if index.size and index.min() < 0:
        raise ShapeError("bincount: the elements are not negative")
    if weights is None:
        return constant_like(np.bincount(index, minlength=minlength), like)
    w = floating(tensor(weights, like))
    if w.shape != index.shape:
        raise ShapeError(f"bincount: weights of shape {w.shape} for elements of shape {index.shape}")
    n = max(int(index.max(initial=-1)) + 1, minlength)
    if not index.size:
        return constant_like(np.zeros(n), like)
    return indexing.scatter(w, shape=(n,), indices=(index.astype(np.int64),))
