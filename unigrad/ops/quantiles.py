"""Order statistics: quantiles and the median, by one row that picks the k-th smallest elements."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad.cotangents import scale
from unigrad.errors import DTypeError, ShapeError
from unigrad.kinds import general
from unigrad.ops.creation import as_array, zeros_like
from unigrad.ops.elementwise import absorbing_multiply, astype, is_complex
from unigrad.ops.manipulation import axes_of, moveaxis, reshape, size_of, stack
from unigrad.ops.reductions import Axis, _floating, dtype_like, evenly
from unigrad.ops.reductions import sum as sum_
from unigrad.primitive import Domain, Primitive, Sample


def _share(x: Any, out: Any, k: int) -> Any:
    """1/n for each of the n elements that are equal to the k-th result; NaN where that is NaN."""
    hits = astype(x == out[..., k : k + 1], dtype=dtype_like(x))
    return evenly(hits, sum_(hits, axis=-1, keepdims=True))


def _order_vjp(ct: Any, x: Any, out: Any, places: tuple[int, ...]) -> Any:
    total = None
    for k in range(len(places)):
        term = scale(ct[..., k : k + 1], _share(x, out, k))
        total = term if total is None else total + term
    return total


def _order_jvp(t: Any, x: Any, out: Any, places: tuple[int, ...]) -> Any:
    return stack([sum_(scale(t, _share(x, out, k)), axis=-1) for k in range(len(places))], axis=-1)


order_statistics: Primitive = general(
    "order_statistics",
    vjp=_order_vjp,
    jvp=_order_jvp,
    promotes="as is",
    domain=Domain(
        -30.0,
        30.0,
        complex=False,
        samples=(
            Sample(((5,),), {"places": (2,)}),
            Sample(((2, 4),), {"places": (0, 3, 1)}),
            Sample(((2, 1, 3),), {"places": (1, 1)}),
        ),
    ),
    doc="The elements at the given places of the last axis sorted; NaN throughout where it holds one. Ties share evenly.",
)


# -- where a quantile lies between two elements (Hyndman and Fan 1996, as numpy.quantile numbers them) ---------------------

#: methods that interpolate: (alpha, beta) of the place n q + alpha + q (1 - alpha - beta) - 1
_CONTINUOUS = {
    "linear": (1.0, 1.0),
    "weibull": (0.0, 0.0),
    "hazen": (0.5, 0.5),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
    "interpolated_inverted_cdf": (0.0, 1.0),
}
METHODS = (
    *_CONTINUOUS, "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "lower", "higher", "midpoint", "nearest",
)  # fmt: skip


def _place(n: int, q: float, method: str) -> float:
    """Where the quantile lies among n elements in order, for a method that interpolates."""
    alpha, beta = _CONTINUOUS[method]
    return (n - 1) * q if method == "linear" else n * q + (alpha + q * (1 - alpha - beta)) - 1


def between(n: int, q: float, method: str) -> tuple[int, int, float]:
    """The places of two elements and the weight of the second."""
    if method in _CONTINUOUS:
        place = min(max(_place(n, q, method), 0.0), n - 1.0)
        low = math.floor(place)
        return low, min(low + 1, n - 1), place - low
    if method in ("lower", "higher", "midpoint", "nearest"):
        place = (n - 1) * q
        low, high = math.floor(place), math.ceil(place)
        if method == "nearest":
            low = high = int(np.around(place))
        return (high, high, 0.0) if method == "higher" else (low, high, 0.5 if method == "midpoint" else 0.0)
    if method == "closest_observation":  # half-way to the even of the two, counted from 1
        place = n * q - 1 - 0.5
        low = math.floor(place)
        at = low if place == low and low % 2 == 1 else low + 1
        at = min(max(at, 0), n - 1)
        return at, at, 0.0
    place = n * q - 1
    low = math.floor(place)
    low, high = min(max(low, 0), n - 1), min(max(low + 1, 0), n - 1)
    if place != math.floor(place):
        return high, high, 0.0
    return (low, high, 0.5) if method == "averaged_inverted_cdf" else (low, low, 0.0)


def quantile(x: Any, q: Any, /, *, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The value below which a fraction `q` of the elements lies, as numpy.quantile has it.

    Args:
        x: real numbers; a NaN among those of a slice makes its quantiles NaN.
        q: a number from 0 to 1, or a sequence or array of them, whose axes come first in the result.
        axis: an axis, several, or None for all.
        method: one of numpy.quantile's.
        keepdims: keep reduced axes, of size 1.

    The gradient of an element is shared evenly among all elements that are equal to it. That of `q` is the slope between the
    two elements where the method interpolates by `q` (their mean where two slopes meet), and 0 for the other methods.

    Raises:
        ShapeError: no elements, a `q` outside of 0 to 1, an unknown method, a wrong axis.
        DTypeError: complex numbers.
    """
    return _quantile(x, q, 1, axis, method, keepdims, "quantile")


def percentile(x: Any, q: Any, /, *, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """`quantile` with `q` from 0 to 100."""
    return _quantile(x, q, 100, axis, method, keepdims, "percentile")


def median(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The middle element, or the mean of the two middle ones; as `quantile` in all else."""
    x, kept = rows_of(x, axis, keepdims, "median")
    n = x.shape[-1]
    places = (n // 2,) if n % 2 else (n // 2 - 1, n // 2)
    found = order_statistics(x, places=places)
    out = found[..., 0] if n % 2 else (found[..., 0] + found[..., 1]) * 0.5
    return reshape(out, kept)


def rows_of(x: Any, axis: Axis, keepdims: bool, what: str) -> tuple[Any, tuple[int, ...]]:
    """The axes that are reduced as one last axis, and the shape of the result."""
    x = _floating(as_array(x), what)
    if is_complex(x):
        raise DTypeError(f"{what}: complex numbers have no order; take real or abs first")
    shape = tuple(x.shape)
    axes = axes_of(axis, len(shape), what)
    left = tuple(i for i in range(len(shape)) if i not in axes)
    count = size_of([shape[i] for i in axes])
    if count == 0:
        raise ShapeError(f"{what}: an array of shape {shape} has no element to choose")
    moved = moveaxis(x, axes, tuple(range(len(left), len(shape)))) if len(axes) < len(shape) and axes else x
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape)) if keepdims else tuple(shape[i] for i in left)
    return reshape(moved, (*(shape[i] for i in left), count)), kept


def _quantile(x: Any, q: Any, whole: int, axis: Axis, method: str, keepdims: bool, what: str) -> Any:
    if method not in METHODS:
        raise ShapeError(f"{what}: the method is one of {', '.join(METHODS)}, not {method!r}")
    moving: Any = q.__unigrad_tensor__() if hasattr(q, "__unigrad_tensor__") else None
    given = np.asarray(q if moving is None else moving.numpy())
    if given.dtype.kind == "c":
        raise DTypeError(f"{what}: q is a real number, not one of {given.dtype}")
    given = given.astype(np.float64) / whole
    if not ((given >= 0) & (given <= 1)).all():
        raise ShapeError(f"{what}: q lies between 0 and {whole}, not everywhere in {given * whole!s:.80}")
    x, kept = rows_of(x, axis, keepdims, what)
    n = x.shape[-1]
    fractions = [float(v) for v in given.reshape(-1)]
    if not fractions:
        raise ShapeError(f"{what}: q is empty")
    ends = [between(n, v, method) for v in fractions]
    moves = moving is not None and moving._node is not None
    cells = [_cells(n, v, method) if moves else () for v in fractions]
    used = {p for low, high, w in ends for p in ((low, high) if w else (low,))}
    places: Sequence[int] = sorted(used.union(*(cell for two in cells for cell in two)))
    found = order_statistics(x, places=tuple(places))
    values = []
    for low, high, w in ends:
        a = found[..., places.index(low)]
        b = found[..., places.index(high)] if w else a
        values.append(a if not w else a * (1 - w) + b * w)
    if moves:
        step = reshape(astype(moving - moving.detach(), dtype=dtype_like(x)), (-1,))  # zero, with the derivative of q
        for k, two in enumerate(cells):
            slope = sum(found[..., places.index(b)] - found[..., places.index(a)] for a, b in two)
            factor = _rate(n, method) / (max(len(two), 1) * whole)
            values[k] = values[k] + (absorbing_multiply(step[k], slope * factor) if two else zeros_like(step[k]))
    if given.ndim == 0:
        return reshape(values[0], kept)
    return reshape(stack(values, axis=0), (*given.shape, *kept))


def _rate(n: int, method: str) -> float:
    """How fast the place moves with q."""
    alpha, beta = _CONTINUOUS.get(method, (1.0, 1.0))
    return n + 1 - alpha - beta


def _cells(n: int, q: float, method: str) -> tuple[tuple[int, int], ...]:
    """The pairs of neighbours whose difference is the slope along q: one between two places, one on each side of a place."""
    if method not in _CONTINUOUS:
        return ()
    place = _place(n, q, method)
    lows = {math.floor(place), math.ceil(place) - 1}
    if q in (0, 1) and len(lows) == 2:  # there is no other side
        lows = {math.floor(place) if q == 0 else math.ceil(place) - 1}
    return tuple([(min(max(low, 0), n - 1), min(max(low + 1, 0), n - 1)) for low in sorted(lows)])
