"""numpy.linalg, of tensors too."""

import numpy.linalg as _numpy

from unigrad.numpy.facade import module as _module

__getattr__, __all__ = _module(globals(), _numpy, "linalg.")


def __dir__() -> list[str]:
    return list(__all__)
