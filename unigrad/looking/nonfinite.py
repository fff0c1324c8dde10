"""NaN and infinity: how an array is described, and what is said of the op that made the first."""

from typing import Any, NamedTuple

import numpy as np

from unigrad.backend import backend_of
from unigrad.batched import visible
from unigrad.looking.names import array_text, shape_text
from unigrad.looking.places import Place


class NonFinite(NamedTuple):
    """An op that made the first NaN or infinity.

    `kind`: "value", "cotangent" or "tangent"; "entered" where a NaN was in the data, and no op is to blame. `what`: "NaN" or
    "inf". `place`: of the op in the user's program, where known.
    """

    kind: str
    op: str
    what: str
    place: Place | None
    text: str

    def __str__(self) -> str:
        return self.text


class Look(NamedTuple):
    """Whether an array has NaN or infinities."""

    nan: bool
    inf: bool


def look_at(raw: Any) -> Look:
    """Whether an array, tensor or number holds NaN or infinities; of a tracer nobody knows, and it holds none."""
    raw = visible(getattr(raw, "_raw", raw))  # inside of vmap: of all examples together
    if not hasattr(raw, "dtype"):
        return Look(raw != raw, abs(raw) == float("inf")) if isinstance(raw, float | complex) else Look(False, False)
    backend = backend_of(raw)
    if backend.is_traced(raw) or backend.dtype_of(raw).kind not in "fcV" or backend.all_finite([raw]):
        return Look(False, False)
    values = backend.to_numpy(raw)
    return Look(bool(np.isnan(values).any()), bool(np.isinf(values).any()))


def describe(raw: Any) -> str:
    """An array in one line: dtype, shape, extremes, and how many are not finite."""
    raw = getattr(raw, "_raw", raw)
    if not hasattr(raw, "dtype"):
        return array_text(raw)
    backend = backend_of(raw)
    head = shape_text(backend.dtype_of(raw), raw.shape)
    raw = visible(raw)
    backend = backend_of(raw)
    if backend.is_traced(raw):
        return head
    values = backend.to_numpy(raw)
    if not values.size or values.dtype.kind not in "biufcV":
        return head
    numbers = values.astype(np.float64) if values.dtype.kind == "V" else values
    fine = np.isfinite(numbers)
    size = np.abs(numbers) if numbers.dtype.kind == "c" else numbers
    kept = size[fine]
    span = ""
    if kept.size:
        low, high = kept.min(), kept.max()
        span = f" of {low:.6g}" if low == high else f" from {low:.6g} to {high:.6g}"
        span = f", sizes{span}" if numbers.dtype.kind == "c" else span
    if fine.all():
        return f"{head}{span}, all finite"
    counts = [f"{n} {w}" for n, w in ((np.isnan(numbers).sum(), "NaN"), (np.isinf(numbers).sum(), "infinite")) if n]
    return f"{head}{span}, and {' and '.join(counts)} of {values.size}"


def where_first(raw: Any, nan: bool) -> str:
    """Which elements are not finite."""
    raw = visible(getattr(raw, "_raw", raw))
    values = backend_of(raw).to_numpy(raw)
    bad = np.isnan(values) if nan else np.isinf(values)
    if not values.ndim:
        return ""
    first = ", ".join(str(int(i)) for i in np.argwhere(bad)[0])
    return f": {int(bad.sum())} of {values.size} values, the first at [{first}]"


def at(place: Place | None) -> str:
    """A line of a message for a place."""
    return f"\n  at {place}, in {place.function}" if place else ""
