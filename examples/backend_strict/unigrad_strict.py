"""array-api-strict as a backend of unigrad: what somebody writes in an afternoon for a library of the array API standard."""

from collections.abc import Callable
from typing import Any, ClassVar

import array_api_strict as xp
import numpy as np

from unigrad import Backend


def imag(x: Any) -> Any:
    """The imaginary part; array-api-strict refuses real numbers."""
    return xp.imag(x) if xp.isdtype(x.dtype, "complex floating") else xp.zeros_like(x)


class StrictBackend(Backend):
    """Arrays of array-api-strict."""

    name = "strict"
    xp = xp
    array_types = (type(xp.asarray(0.0)),)
    kernels: ClassVar[dict[str, Callable[..., Any]]] = {"imag": imag}

    def quiet(self) -> Any:
        return np.errstate(all="ignore")
