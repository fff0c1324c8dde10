"""Functions of whole arrays: sums, orders, choices, shapes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from unigrad_conformance.oracles.precise.elementwise import ELEMENTWISE
from unigrad_conformance.oracles.precise.numbers import Numbers, divide, each, mp, numbers

E = ELEMENTWISE


def listed(x: Any) -> list[Any]:
    """The elements."""
    return list(np.ravel(np.asarray(numbers(x))))


def vector(values: Any) -> Numbers:
    """An array of numbers or of arrays without dimensions."""
    return numbers(np.array([v.item() if isinstance(v, Numbers) else v for v in values], object))


def reduction(function: Callable[[list[Any]], Any]) -> Callable[..., Numbers]:
    """A function of a list of numbers, for a whole array or along an axis."""

    def of_array(x: Any, axis: int | None = None) -> Numbers:
        if axis is None:
            return numbers(function(listed(x)))
        rows = np.moveaxis(np.asarray(numbers(x)), axis, -1)
        return numbers(
            np.reshape(vector(function(list(rows[p])) for p in np.ndindex(rows.shape[:-1])), rows.shape[:-1])
        )

    return of_array


def extreme(choice: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    """NaN if an element is."""
    return lambda values: mp.nan if any(map(mp.isnan, values)) else choice(values)


def between(values: list[Any], place: Any) -> Any:
    """Of numbers in order the one at a place, on a straight line between two."""
    low = int(mp.floor(place))
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def product(values: list[Any]) -> Any:
    """The product."""
    return mp.fprod(values)


def order(values: list[Any], descending: bool = False) -> list[Any]:
    """In order, NaN last."""
    sound = [v for v in values if not mp.isnan(v)]
    return sorted(sound, reverse=descending) + [v for v in values if mp.isnan(v)]


def running(function: Callable[[list[Any]], Any]) -> Callable[[Any], Numbers]:
    """A reduction of the first one, two, ... elements."""
    return lambda x: vector(function(listed(x)[: k + 1]) for k in range(np.size(x)))


total, largest = reduction(mp.fsum), reduction(extreme(max))
mean = reduction(lambda values: divide(mp.fsum(values), mp.mpf(len(values))))


def var(x: Any, correction: float = 0) -> Numbers:
    """The variance."""
    return E["quotient"](total((x - mean(x)) ** 2), float(np.size(x) - correction))


def argsort(x: Any) -> Numbers:
    """The places in order."""
    values = listed(x)
    return vector(sorted(range(len(values)), key=values.__getitem__))


def diff(x: Any, n: int = 1) -> Any:
    """Differences of neighbours."""
    return x if n == 0 else diff(x[1:] - x[:-1], n - 1)


def asarray(x: Any, dtype: Any = None) -> Any:
    """An array of numbers, or of indices as it is."""
    return x if dtype is None and np.asarray(x).dtype.kind in "iu" else numbers(x)


def interp(x: Any, knots: Any, values: Any) -> Numbers:
    """On straight lines between points, constant outside."""
    places, heights = listed(knots), listed(values)

    def at(v: Any) -> Any:
        if not places[0] <= v < places[-1]:
            return heights[0] if v < places[0] else heights[-1]
        k = max(i for i, p in enumerate(places) if p <= v)
        return heights[k] + (v - places[k]) / (places[k + 1] - places[k]) * (heights[k + 1] - heights[k])

    return each(at)(x)


def max_pool(x: Any, window: int) -> Numbers:
    """The largest of `window` neighbours along the last axis."""
    return largest(numbers(np.reshape(x, (*x.shape[:-1], -1, window))), axis=-1)


def segment_max(x: Any, labels: Any) -> Numbers:
    """The largest element of each label."""
    return vector(largest(x[[i for i, m in enumerate(labels) if m == k]]) for k in sorted(set(labels)))


ARRAYS: dict[str, Callable[..., Any]] = {
    "argmax": lambda x: argsort(x)[-1],
    "argsort": argsort,
    "asarray": asarray,
    "astype": lambda x, dtype: E["trunc"](x) if dtype == "int64" else E["as_number"](x),
    "broadcast_to": lambda x, shape: numbers(np.broadcast_to(np.asarray(x), shape)),
    "clip": lambda x, low, high: E["minimum"](E["maximum"](x, low), high),
    "cumulative_prod": running(product),
    "diff": diff,
    "interp": interp,
    "log_softmax": lambda x: x - E["log"](total(E["exp"](x))),
    "logsumexp": lambda x: E["log"](total(E["exp"](x))),
    "max": largest,
    "max_pool": max_pool,
    "mean": mean,
    "median": reduction(extreme(lambda values: between(sorted(values), mp.mpf(len(values) - 1) / 2))),
    "min": reduction(extreme(min)),
    "nansum": reduction(lambda values: mp.fsum(v for v in values if not mp.isnan(v))),
    "ones": lambda shape, dtype=None: numbers(np.ones(shape)),
    "prod": reduction(product),
    "quantile": lambda x, q: numbers(between(order(listed(x)), q * (np.size(x) - 1))),
    "running_max": running(max),
    "segment_max": segment_max,
    "softmax": lambda x: E["exp"](x) / total(E["exp"](x)),
    "sort": lambda x, descending=False: vector(order(listed(x), descending)),
    "std": lambda x, correction=0: E["sqrt"](var(x, correction)),
    "sum": total,
    "take": lambda x, indices: x[np.asarray(indices)],
    "take_along_axis": lambda x, indices, axis: numbers(np.take_along_axis(np.asarray(x), np.asarray(indices), axis)),
    "top_k": lambda x, k: (vector(order(listed(x), True)[:k]), None),
    "unique_values": lambda x: vector(sorted(set(listed(x)), key=lambda v: (mp.re(v), mp.im(v)))),
    "var": var,
    "vecdot": lambda x, y: total(E["conj"](x) * y),
    "zeros_like": lambda x: numbers(np.zeros(np.shape(x))),
}
