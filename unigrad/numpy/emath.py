"""numpy.emath, of tensors too: complex where the real function has no value."""

import numpy as _numpy

from unigrad.numpy.facade import module as _module

__getattr__, __all__ = _module(globals(), _numpy.emath, "emath.")


def __dir__() -> list[str]:
    return list(__all__)
