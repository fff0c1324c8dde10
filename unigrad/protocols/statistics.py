"""NumPy's statistics: averages, covariances, quantiles, histograms."""

from typing import Any

import numpy as np

from unigrad.errors import DTypeError, ShapeError
from unigrad.ops import elementwise as ew
from unigrad.ops import indexing, quantiles, reductions
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
from unigrad.protocols.searching import along_axis
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
    x = tensor(m, like)
    x = _observations(x, rowvar or x.ndim < 2, dtype)
    if y is not None:
        y = tensor(y, like)
        x = mv.concat([x, _observations(y, rowvar or y.ndim < 2 or y.shape[0] == 1, dtype)], axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    elif ddof != int(ddof):
        raise ShapeError("cov: ddof is an int")
    w: Any = None
    if fweights is not None:
        counts = values(fweights)
        if (counts != np.around(counts)).any() or (counts < 0).any():
            raise ShapeError("cov: fweights are ints that are not negative")
        w = ew.astype(constant_like(counts, x), dtype=x.backend.default_float)
    if aweights is not None:
        a = floating(tensor(aweights, like))
        w = a if w is None else w * a
    for v, what in ((fweights, "fweights"), (aweights, "aweights")):
        if v is not None and len(np.shape(values(v))) != 1:
            raise ShapeError(f"cov: {what} has 1 dimension")
    if w is None:
        factor: Any = max(x.shape[1] - ddof, 0)
        apart = x - reductions.mean(x, axis=1, keepdims=True)
        weighted = apart
    else:
        total = reductions.sum(w)
        apart = x - reductions.sum(x * w, axis=1, keepdims=True) / total
        factor = total if ddof == 0 else total - ddof if aweights is None else (
            total - ddof * reductions.sum(w * floating(tensor(aweights, like))) / total
        )  # fmt: skip
        factor = ew.where(factor > 0, factor, 0)
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
    x = mv.reshape(x, (1, -1)) if x.ndim < 2 else x
    return x if rowvar else mv.matrix_transpose(x)


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


def _quantile(a: Any, q: Any, axis: Any, out: Any, keepdims: Any, method: str, weights: Any, what: str) -> Any:
    if weights is not None:
        raise ShapeError(f"np.{what}: weights= are not supported for tensors: np.repeat the elements, or use t.numpy()")
    x = tensor(a, first_tensor((a, q, out)))
    function = {"quantile": quantiles.quantile, "percentile": quantiles.percentile}[what]
    return deliver(function(x, q, axis=as_axes(axis), method=method, keepdims=flag(keepdims)), out)


def _without_nan(x: Any, q: Any, axis: Any, keepdims: Any, method: str, what: str) -> Any:
    """Row by row the quantile of the numbers alone: those of all counts are picked from the rows with NaNs at the end."""
    if is_tensor(q):
        q.__unigrad_tensor__()._guard(f"q= of np.{what}, a constant,")
    q = values(q).astype(np.float64) / (100 if what == "nanpercentile" else 1)
    if not ((q >= 0) & (q <= 1)).all():
        raise ShapeError(f"np.{what}: q is out of its range")
    if not q.size:
        raise ShapeError(f"np.{what}: q is empty")
    rows, kept = quantiles.rows_of(x, as_axes(axis), flag(keepdims), f"np.{what}")
    shape = (mv.size_of(rows.shape[:-1]), rows.shape[-1])
    rows = mv.reshape(rows, shape)
    missing = ew.isnan(rows)
    counts = shape[1] - values(missing).sum(axis=1)
    ends = {
        int(c): [quantiles.between(max(int(c), 1), float(v), method) for v in q.ravel()]
        for c in set(counts.tolist()) or {shape[1]}  # where there are no rows
    }
    places = sorted({p for pairs in ends.values() for low, high, _ in pairs for p in (low, high)})
    found = quantiles.order_statistics(ew.where(missing, np.inf, rows), places=tuple(places))
    low, high, weight = np.array([ends[int(c)] for c in counts]).reshape(shape[0], q.size, 3).transpose(2, 0, 1)
    below, above = (along_axis(found, np.searchsorted(places, p), 1) for p in (low, high))
    w = ew.astype(constant_like(weight, x), dtype=rows.dtype)
    out = ew.where(w == 0, below, below * (1 - w) + above * w)
    out = ew.where(tensor(counts[:, None] == 0, x), np.nan, out)
    return mv.reshape(mv.moveaxis(out, 1, 0), (*q.shape, *kept))


def _quantiles(what: str) -> Any:
    def quantile(
        a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear",
        keepdims: Any = False, *, weights: Any = None,
    ) -> Any:  # fmt: skip
        if not what.startswith("nan"):
            return _quantile(a, q, axis, out, keepdims, method, weights, what)
        if weights is not None:
            raise ShapeError(f"np.{what}: weights= are not supported for tensors: use t.numpy()")
        return deliver(_without_nan(tensor(a, first_tensor((a, q, out))), q, axis, keepdims, method, what), out)

    return quantile


for _name in ("quantile", "percentile"):
    row("direct", _name)(_quantiles(_name))
for _name in ("nanquantile", "nanpercentile"):
    row("composed", _name)(_quantiles(_name))


@row("direct", "median")
def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False) -> Any:
    x = tensor(a, first_tensor((a, out)))
    return deliver(quantiles.median(x, axis=as_axes(axis), keepdims=flag(keepdims)), out)


@row("composed", "nanmedian")
def nanmedian(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False) -> Any:
    return deliver(_without_nan(tensor(a, first_tensor((a, out))), 0.5, axis, keepdims, "linear", "nanmedian"), out)


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
    kind = floating(x).dtype
    w = ew.astype(constant_like(w, x), dtype=kind)
    edges = (low - width) * (1 - w) + (high + width) * w
    # NumPy's own numbers: an element may lie on an edge, and belongs to the bin on its right
    exact = ew.astype(constant_like(found, x), dtype=kind)
    return exact + (edges - edges.detach())


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
    index = index.astype(np.int64)
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
    return indexing.scatter(w, shape=(n,), indices=(index,))
