"""How near two numbers must be, by dtype and by oracle: the one place that says so."""

import ml_dtypes
import numpy as np

#: rounding errors that a value may have gathered, in units of the dtype's own
UNITS = {"first": 2.0**10, "second": 2.0**12}
#: for two-byte floats, whose sums of a few terms lose a few bits of eleven or eight
UNITS_HALF = 2.0**4
#: central differences of sixth order, in float64
FINITE_DIFFERENCES = {"first": 1e-8, "second": 1e-6}


def rtol(dtype: np.dtype, order: str, oracle_is_exact: bool) -> float:
    """Relative tolerance of a derivative of this order, computed in `dtype`."""
    dtype = np.dtype(dtype)
    real = {"c": f"f{dtype.itemsize // 2}"}.get(dtype.kind, dtype)
    unit = float(ml_dtypes.finfo(real).eps)
    own = unit * (UNITS_HALF if unit > 1e-4 else UNITS[order])
    return own if oracle_is_exact else max(own, FINITE_DIFFERENCES[order])


def composed(ops: int, size: float) -> float:
    """Absolute tolerance of the derivatives of a program in float64: each of its ops adds rounding errors as a second derivative
    does, relative to the largest number that is compared."""
    return float(np.finfo(np.float64).eps) * UNITS["second"] * max(ops, 8) * max(1.0, size)


def apart(got: np.ndarray, want: np.ndarray, tolerance: float) -> float:
    """By how many times the tolerance two arrays differ at most; infinite where they do not compare (NaN, infinities)."""
    got, want = np.asarray(got), np.asarray(want)
    wide = np.complex128 if "c" in (got.dtype.kind, want.dtype.kind) else np.float64
    got, want = got.astype(wide), want.astype(wide)
    if got.size == 0:
        return 0.0
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    if same.all():
        return 0.0
    if not np.isfinite(got[~same]).all() or not np.isfinite(want[~same]).all():
        return float("inf")
    finite = np.abs(want[np.isfinite(want)])
    scale = max(1.0, float(finite.max())) if finite.size else 1.0
    return float((np.abs(got[~same] - want[~same]) / (tolerance * scale)).max())
