"""Kernels of the chapters fft, sorting, searching and indexing, written over the array API namespace alone.

`unigrad.kernels` has the table that they are part of, and the rest.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Kernel = Callable[..., Any]

#: the transforms that `fourier` makes kernels of
FOURIER = ("fftn", "ifftn", "irfftn", "rfftn")


def fourier(module: Any, name: str) -> Kernel:
    """The transform `name` (fftn, ifftn, rfftn, irfftn) of a library's fft module; for one axis its one-axis form."""
    one, several = getattr(module, name.removesuffix("n")), getattr(module, name)

    def transform(x: Any, s: tuple[int, ...], axes: tuple[int, ...], norm: str) -> Any:
        if getattr(x.dtype, "itemsize", 4) < 4:
            raise TypeError("there is no Fourier transform of two-byte floats: cast to float32")
        if len(axes) == 1:
            return one(x, n=s[0], axis=axes[0], norm=norm)
        return several(x, s=s, axes=axes, norm=norm)

    return transform


def _of_complex(name: str) -> Callable[[Any], Kernel]:
    """The standard's own takes complex numbers alone."""

    def make(backend: Any) -> Kernel:
        transform = fourier(backend.xp.fft, name)

        def call(x: Any, **params: Any) -> Any:
            dtype = backend.dtype_of(x)
            if dtype.kind != "c":
                wide = np.dtype("complex128" if dtype.itemsize == 8 else "complex64")
                x = backend.xp.astype(x, backend.native_dtype(wide))
            return transform(x, **params)

        return call

    return make


def _nonzero(backend: Any) -> Kernel:
    return lambda x: backend.xp.stack(backend.xp.nonzero(x))


def _isin(backend: Any) -> Kernel:
    """By comparing each with each, for libraries that have nothing better, or not for every dtype."""
    xp = backend.xp

    def isin(x: Any, y: Any, invert: bool) -> Any:
        found = xp.any(xp.expand_dims(x, axis=-1) == xp.reshape(y, (-1,)), axis=-1)
        return xp.logical_not(found) if invert else found

    return isin


def _own(backend: Any, numbers: Any) -> Any:
    """Integers as an array of the backend."""
    return numbers if backend.owns(numbers) else backend.asarray(np.asarray(numbers), None, None, True)


def _flat_places(backend: Any, shape: tuple[int, ...], indices: Any, axis: int) -> Any:
    """The numbers, in row-major order, of the elements that `indices` along `axis` name in an array of `shape`."""
    xp = backend.xp
    int64 = backend.native_dtype(backend.default_int)
    n = shape[axis]
    at = xp.astype(_own(backend, indices), int64)
    total = xp.where(at < 0, at + n, at) * math.prod(shape[axis + 1 :])
    for a, size in enumerate(indices.shape):
        if a != axis:
            line = xp.arange(size, dtype=int64, device=at.device) * math.prod(shape[a + 1 :])
            total = total + xp.reshape(line, (size,) + (1,) * (len(shape) - a - 1))
    return total


def _take_along_axis(backend: Any) -> Kernel:
    xp = backend.xp

    def take_along_axis(x: Any, indices: Any, axis: int) -> Any:
        flat = xp.reshape(_flat_places(backend, tuple(x.shape), indices, axis), (-1,))
        return xp.reshape(xp.take(xp.reshape(x, (-1,)), flat, axis=0), indices.shape)

    return take_along_axis


def _add_along_axis(backend: Any) -> Kernel:
    xp = backend.xp

    def add_along_axis(x: Any, indices: Any, axis: int, n: int) -> Any:
        shape = tuple(n if a == axis else size for a, size in enumerate(x.shape))
        flat = xp.reshape(_flat_places(backend, shape, indices, axis), (-1,))
        zeros = xp.zeros((math.prod(shape),), dtype=x.dtype, device=x.device)
        return xp.reshape(backend.add_at(zeros, flat, xp.reshape(x, (-1,))), shape)

    return add_along_axis


def _unique_values(backend: Any) -> Kernel:
    getitem = backend.kernel("getitem")
    return lambda x, first, inverse, counts: getitem(backend.xp.reshape(x, (-1,)), index=first)


def _numbers_of(backend: Any) -> Kernel:
    return lambda x, numbers: _own(backend, numbers)


STANDARD: dict[str, Callable[[Any], Kernel]] = {
    "add_along_axis": _add_along_axis,
    "fftn": _of_complex("fftn"),
    "ifftn": _of_complex("ifftn"),
    "irfftn": _of_complex("irfftn"),
    "isin": _isin,
    "nonzero": _nonzero,
    "numbers_of": _numbers_of,
    "rfftn": lambda backend: fourier(backend.xp.fft, "rfftn"),
    "take_along_axis": _take_along_axis,
    "unique_values": _unique_values,
}
