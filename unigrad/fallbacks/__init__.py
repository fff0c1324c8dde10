"""Kernels for libraries that have none of their own: over the array API namespace where it suffices, else in NumPy or SciPy.

Those in NumPy move the arrays to the host and back; a backend with a kernel of its own is faster, and can be traced.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Kernel = Callable[..., Any]


def through_numpy(function: Kernel) -> Callable[[Any], Kernel]:
    """A function of ndarrays as a kernel of any backend: to the host and back."""

    def kernel_of(backend: Any) -> Kernel:
        def kernel(*arrays: Any, **params: Any) -> Any:
            first = next(a for a in arrays if backend.owns(a))
            out = function(*(backend.to_numpy(a) if backend.owns(a) else a for a in arrays), **params)
            return backend.asarray(np.asarray(out), None, backend.device_of(first), True)

        return kernel

    return kernel_of
