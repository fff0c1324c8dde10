"""numpy.fft, of tensors too."""

import numpy.fft as _numpy

from unigrad.numpy.facade import module as _module

__getattr__, __all__ = _module(globals(), _numpy, "fft.")


def __dir__() -> list[str]:
    return list(__all__)
