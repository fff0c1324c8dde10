"""NumPy's kernels of the special functions: composed of NumPy's own where that is as exact, else SciPy's."""

from collections.abc import Callable
from typing import Any

import array_api_compat.numpy as xp
import numpy as np

from unigrad.fallbacks.composed import COMPOSED
from unigrad.fallbacks.special import SPECIAL


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """A composed kernel without NumPy's warnings of the branch that `where` does not take; two-byte floats by way of four."""

    def kernel(*arrays: Any, **params: Any) -> Any:
        dtype = np.result_type(*(a.dtype for a in arrays if hasattr(a, "dtype")))
        small = dtype.itemsize < 4 and dtype.kind in "fV"
        if small:
            arrays = tuple(a.astype(np.float32) if hasattr(a, "dtype") else a for a in arrays)
        with np.errstate(all="ignore"):
            out = function(*arrays, **params)
        return out.astype(dtype) if small else out

    return kernel


KERNELS: dict[str, Callable[..., Any]] = {
    **{name: _quiet(make(xp)) for name, make in COMPOSED.items()},
    **SPECIAL,
}
