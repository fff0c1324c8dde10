"""NumPy's namespace: ``import unigrad.numpy as np``, in the place of ``import numpy as np``.

Every public name of NumPy is here. With a tensor or variable among the arguments, at any depth of a list, a function is
unigrad's: recorded, on the tensor's backend. With anything else it is NumPy's own, so ndarrays alone give ndarrays. What plain
NumPy cannot hand over works here: ``array([t1, t2])``, ``full(shape, t)``, ``r_[t, 0]``, ``vectorize(f)(t)``.

NumPy's types, constants, and what computes nothing, are NumPy's own objects; so is `random`.
"""

from typing import Any

import numpy as _numpy

from unigrad.numpy import emath, fft, linalg, random
from unigrad.numpy.facade import facade
from unigrad.numpy.making import (
    arange,
    array,
    asanyarray,
    asarray,
    asarray_chkfinite,
    ascontiguousarray,
    asfortranarray,
    fromfunction,
    fromiter,
    full,
    require,
    vectorize,
)
from unigrad.numpy.rows import c_, r_

__all__ = sorted({*_numpy.__all__, "emath", "fft", "linalg", "random"})

_OURS = (
    arange, array, asanyarray, asarray, asarray_chkfinite, ascontiguousarray, asfortranarray, c_, emath, fft, fromfunction,
    fromiter, full, linalg, r_, random, require, vectorize,
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name.startswith("_") and name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = getattr(_numpy, name)
    except AttributeError:
        raise AttributeError(f"NumPy has no public name {name!r}") from None
    globals()[name] = made = facade(found, name)
    return made


def __dir__() -> list[str]:
    return list(__all__)
