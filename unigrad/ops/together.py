"""Operands of functions of several arrays, before their shapes are looked at."""

from typing import Any

import numpy as np

from unigrad.backend import Backend, find_backend
from unigrad.dtypes import REAL_FLOATS
from unigrad.operands import SCALARS, list_constant, ndarray_of
from unigrad.ops.creation import as_array
from unigrad.primitive import wrap


def together(what: str, *given: Any) -> list[Any]:
    """Arrays of one backend: NumPy arrays, numbers and lists are constants of whatever backend the others have.

    A list or number of floats takes the dtype of the first array of real floats, as a Python number does.
    """
    home: Backend | None = None
    arrays = [_known(a) for a in given]
    for a in arrays:
        found = None if a is None or isinstance(a, np.ndarray | np.generic) else find_backend(getattr(a, "_raw", a))
        home = home or found
    if home is None or all(find_backend(getattr(a, "_raw", a)) is home for a in arrays if a is not None):
        if all(a is not None for a in arrays):
            return arrays
        home = home or next((find_backend(a) for a in arrays if a is not None), None)
    if home is None:
        return [as_array(a) for a in given]
    dtype = next((a.dtype for a in arrays if a is not None and hasattr(a, "_raw") and a.dtype in REAL_FLOATS), None)
    out = []
    for a, g in zip(arrays, given, strict=True):
        if a is None:
            data = list_constant(what, g)
            kind = (dtype or home.default_float) if data.dtype.kind == "f" else None
            a = wrap(home.asarray(data, kind, None, True))
        elif isinstance(a, np.ndarray | np.generic) and home.name != "numpy":
            a = wrap(home.asarray(ndarray_of(what, a), None, None, True))
        out.append(a)
    return out


def _known(a: Any) -> Any:
    """An array as it is, a variable read; None for what is not an array yet."""
    if hasattr(a, "__unigrad_tensor__"):
        return a.__unigrad_tensor__()
    if type(a) in SCALARS or isinstance(a, list | tuple):
        return as_array(a) if _holds(a) else None
    return as_array(a)


def _holds(a: Any) -> bool:
    return any(_holds(v) for v in a) if isinstance(a, list | tuple) else hasattr(a, "__unigrad_tensor__")
