"""numpy.random as it is: it makes ndarrays. A tensor as a parameter of a distribution raises while a tape tracks it."""

from typing import Any

import numpy.random as _numpy

__all__ = list(_numpy.__all__)


def __getattr__(name: str) -> Any:
    return getattr(_numpy, name)


def __dir__() -> list[str]:
    return list(__all__)
