"""Order statistics: quantiles and the median, by one row that picks the k-th smallest elements."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad.cotangents import scale
from unigrad.errors import DTypeError, GradientLostError, ShapeError
from unigrad.kinds import general
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import astype, is_complex
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


def _between(n: int, q: float, method: str) -> tuple[int, int, float]:
    """The places of two elements and the weight of the second."""
    if method in _CONTINUOUS:
        alpha, beta = _CONTINUOUS[method]
        place = (n - 1) * q if method == "linear" else n * q + (alpha + q * (1 - alpha - beta)) - 1
        place = min(max(place, 0.0), n - 1.0)
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
        q: a number from 0 to 1, or a sequence or constant array of them, whose axes come first in the result. No gradient goes
            to it.
        axis: an axis, several, or None for all.
        method: one of numpy.quantile's.
        keepdims: keep reduced axes, of size 1.

    The gradient of an element is shared evenly among all elements that are equal to it.

    Raises:
        ShapeError: no elements, a `q` outside of 0 to 1, an unknown method, a wrong axis.
        DTypeError: complex numbers.
        GradientLostError: `q` is tracked by a tape.
    """
    return _quantile(x, _constants(q, "quantile"), axis, method, keepdims, "quantile")


def percentile(x: Any, q: Any, /, *, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """`quantile` with `q` from 0 to 100."""
    return _quantile(x, _constants(q, "percentile") / 100, axis, method, keepdims, "percentile")


def median(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The middle element, or the mean of the two middle ones; as `quantile` in all else."""
    x, kept = _rows(x, axis, keepdims, "median")
    n = x.shape[-1]
    places = (n // 2,) if n % 2 else (n // 2 - 1, n // 2)
    found = order_statistics(x, places=places)
    out = found[..., 0] if n % 2 else (found[..., 0] + found[..., 1]) * 0.5
    return reshape(out, kept)


def _constants(q: Any, what: str) -> np.ndarray[Any, Any]:
    if hasattr(q, "__unigrad_tensor__"):
        q = q.__unigrad_tensor__()
        if q._node is not None:
            raise GradientLostError(f"{what}: no gradient goes to q: say q.detach() to have it for a constant")
        q = q.numpy()
    return np.asarray(q, dtype=np.float64)


def _rows(x: Any, axis: Axis, keepdims: bool, what: str) -> tuple[Any, tuple[int, ...]]:
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


def _quantile(x: Any, q: np.ndarray[Any, Any], axis: Axis, method: str, keepdims: bool, what: str) -> Any:
    if method not in METHODS:
        raise ShapeError(f"{what}: the method is one of {', '.join(METHODS)}, not {method!r}")
    if not ((q >= 0) & (q <= 1)).all():
        raise ShapeError(
            f"{what}: q lies between 0 and {'100' if what == 'percentile' else '1'}, not everywhere in {q!s:.80}"
        )
    x, kept = _rows(x, axis, keepdims, what)
    ends = [_between(x.shape[-1], float(v), method) for v in q.reshape(-1)]
    if not ends:
        raise ShapeError(f"{what}: q is empty")
    places: Sequence[int] = sorted({p for low, high, w in ends for p in ((low, high) if w else (low,))})
    found = order_statistics(x, places=tuple(places))
    values = []
    for low, high, w in ends:
        a = found[..., places.index(low)]
        b = found[..., places.index(high)] if w else a
        values.append(a if not w else a * (1 - w) + b * w)
    if q.ndim == 0:
        return reshape(values[0], kept)
    return reshape(stack(values, axis=0), (*q.shape, *kept))
