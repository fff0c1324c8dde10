"""How near two numbers must be, by dtype and by oracle: the one place that says so."""

from functools import cache
from typing import Any

import ml_dtypes
import numpy as np

from unigrad.backend import Backend

#: rounding errors that a value may have gathered, in units of the dtype's own, by the order of the derivative
UNITS = {1: 2.0**6, 2: 2.0**8, 3: 2.0**10}
#: for two-byte floats, whose sums of a few terms lose a few bits of eleven or eight
UNITS_HALF = 2.0**4
#: for each op of a program, whose numbers on the way may be larger than those at its end
UNITS_COMPOSED = 2.0**12
#: what is smaller has come of terms that cancel
VANISHES = 1e-6
#: of a program's derivatives by central differences, in float64
DIFFERENCES = 1e-8


#: how many neighbours of the arguments, a rounding away, an oracle is asked at, and how many times as far as its answers move
#: there two numbers may be apart
NEIGHBOURS, SPREAD = 4, 8.0
#: an oracle that may be off by more than this part of what it tells judges nothing
WORTHLESS = 0.1
#: TF32 has ten bits after the point
TF32 = 2.0**-10


@cache
def products_unit(backend: Backend) -> float:
    """The rounding error of float32 matrix products as this backend computes them, measured: a GPU may take TF32 for them.

    The product of 1 + 2^-12 and 1 is that number in float32, and 1 in TF32.
    """
    a = np.full((64, 64), 1 + 2.0**-12, np.float32)
    x, y = (backend.asarray(v, v.dtype, backend.device, True) for v in (a, np.eye(64, dtype=np.float32)))
    lost = np.abs(backend.to_numpy(backend.xp.matmul(x, y)) - a).max()
    return TF32 if lost > 2.0**-14 else float(np.finfo(np.float32).eps)


def rounding(dtype: Any, order: int, least: float = 0.0) -> float:
    """Rounding errors that a derivative of this order, computed in `dtype`, may have, relative to the sizes it is made of.

    `least`: of one operation, where a library computes in fewer digits than the dtype has.
    """
    eps = max(unit(dtype), least)
    return eps * (UNITS_HALF if eps > 1e-4 else UNITS[order])


def unit(dtype: Any) -> float:
    """The rounding error of one operation in a dtype, real or complex."""
    dtype = np.dtype(dtype)
    return float(ml_dtypes.finfo({"c": f"f{dtype.itemsize // 2}"}.get(dtype.kind, dtype)).eps)


def is_conditioning(distance: float, dtype: Any, scale: float) -> bool:
    """Whether a distance may come of the conditioning: beyond half of the digits it is a jump, or a mistake."""
    return bool(distance <= unit(dtype) ** 0.5 * scale)


def neighbour(x: Any, dtype: Any, rng: np.random.Generator) -> Any:
    """An argument with each number moved by about a rounding of `dtype`, up or down; zeros stay, and what is not floating."""
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc":
        return x
    if x.dtype.kind == "c":
        return np.asarray(neighbour(x.real, dtype, rng) + 1j * neighbour(x.imag, dtype, rng))
    return np.asarray(x * (1 + unit(dtype) * rng.choice([-1.0, 1.0], x.shape)))


def allowed(dtype: Any, order: int, scale: Any, error: Any, least: float = 0.0) -> Any:
    """How far numbers may be apart: roundings of a size, and what the oracle says of its own error."""
    return rounding(dtype, order, least) * scale + error


def size_of(numbers: Any) -> float:
    """The largest finite number of some; 1 where all vanish, for then terms have cancelled, and theirs is not seen."""
    found = np.abs(np.ravel(numbers))
    found = found[np.isfinite(found)]
    largest = float(found.max()) if found.size else 0.0
    return largest if largest > VANISHES else 1.0


def rtol(dtype: Any, order: str, least: float = 0.0) -> float:
    """Relative tolerance of a derivative of this order ("first" or "second"), computed in `dtype`."""
    return rounding(dtype, {"first": 1, "second": 2}[order], least)


def composed(ops: int, size: float) -> float:
    """Absolute tolerance of the derivatives of a program in float64: each of its ops adds rounding errors, relative to the
    largest number that is compared."""
    return float(np.finfo(np.float64).eps) * UNITS_COMPOSED * max(ops, 8) * max(1.0, size)


def apart(got: Any, want: Any, tolerance: Any, scale: float | None = None) -> float:
    """By how many times the tolerance two arrays differ at most; infinite where they do not compare (NaN, infinities).

    Args:
        got, want: arrays of one shape.
        tolerance: times `scale`; a number, or an array of that shape.
        scale: None: the largest finite number that is wanted, at least 1.
    """
    got, want = np.asarray(got), np.asarray(want)
    wide = np.complex128 if "c" in (got.dtype.kind, want.dtype.kind) else np.float64
    got, want = got.astype(wide), want.astype(wide)
    if got.shape != want.shape:
        return float("inf")
    if got.size == 0:
        return 0.0
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    if same.all():
        return 0.0
    if not np.isfinite(got[~same]).all() or not np.isfinite(want[~same]).all():
        return float("inf")
    if scale is None:
        finite = np.abs(want[np.isfinite(want)])
        scale = max(1.0, float(finite.max())) if finite.size else 1.0
    limit = np.broadcast_to(np.asarray(tolerance) * scale, got.shape)[~same]
    return float((np.abs(got[~same] - want[~same]) / limit).max())
