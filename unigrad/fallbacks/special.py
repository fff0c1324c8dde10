"""Special functions of ndarrays by SciPy, imported when the first of them is computed."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from unigrad.errors import BackendError
from unigrad.fallbacks import composed

Kernel = Callable[..., Any]


def scipy_special(name: str) -> Kernel:
    """SciPy's function of this name, or an error that says how to get SciPy."""
    try:
        from scipy import special  # type: ignore[import-untyped, unused-ignore]
    except ImportError as e:
        raise BackendError(f"{name} on NumPy arrays is SciPy's, which is not installed: `pip install scipy`") from e
    return getattr(special, name)  # type: ignore[no-any-return]


def in_dtype(name: str) -> Kernel:
    """SciPy's function in the dtype of its operands, where SciPy knows 32 and 64 bits alone."""
    found: list[Kernel] = []

    def kernel(*arrays: Any) -> Any:
        if not found:
            found.append(scipy_special(name))
        dtypes = [a.dtype for a in arrays if hasattr(a, "dtype")]
        dtype = dtypes[0] if len(dtypes) == 1 else np.result_type(*dtypes)
        small = dtype.itemsize < 4 and dtype.kind in "fV"
        if small:
            arrays = tuple(a.astype(np.float32) if hasattr(a, "dtype") else a for a in arrays)
        elif dtype.kind == "f":  # some of SciPy's functions take a Python number for a float64
            arrays = tuple(a if hasattr(a, "dtype") else dtype.type(a) for a in arrays)
        out = found[0](*arrays)
        return out.astype(dtype) if small else out

    return kernel


_iv = in_dtype("iv")


def iv(x: Any, n: int) -> Any:
    """I_n(x) for n >= 2; 0 where that is less than the dtype has, and SciPy says NaN."""
    small = np.abs(x) < np.finfo(np.float32 if x.dtype.itemsize < 8 else x.dtype).tiny
    return _iv(float(n), np.where(small, x * 0, x))


def polygamma(x: Any, n: int) -> Any:
    """The n-th derivative of digamma: (-1)^(n+1) n! zeta(n+1, x)."""
    out = scipy_special("zeta")(n + 1.0, x.astype(np.float64)) * ((-1.0) ** (n + 1) * math.factorial(n))
    return out.astype(x.dtype)


def inverse_mills(x: Any) -> Any:
    """phi(x) / Phi(x), by the scaled complementary error function."""
    wide = x.astype(np.float64) if x.dtype.itemsize < 8 else x
    out = math.sqrt(2 / math.pi) / scipy_special("erfcx")(wide * -math.sqrt(0.5))
    return out.astype(x.dtype) if x.dtype.kind == "f" else out


NAMES = (
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "log_ndtr",
    "ndtr",
    "ndtri",
)

#: functions of ndarrays
SPECIAL: dict[str, Kernel] = {
    **{name: in_dtype(name) for name in NAMES},
    "inverse_mills": inverse_mills,
    "iv": iv,
    # SciPy's is NaN at large numbers
    "ive": composed.bessel_ive(np, in_dtype("i0e"), in_dtype("i1e")),
    "polygamma": polygamma,
}
