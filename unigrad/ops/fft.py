"""The fft extension of the standard: four linear rows, whose transposes are rows among the same four.

With the pairing of unigrad (df/dx + i df/dy) the transpose of a matrix F is its adjoint. That of the discrete Fourier transform
is the inverse one with the scaling of the other side (Cooley and Tukey 1965; the norms as in the standard). A transform of real
numbers keeps one half of a Hermitian spectrum: each inner element of that half stands for two, so it is weighed with 1/2 on
the way back, and with 2 on the way back from a real result.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.backend import find_backend, get_backend, kind_of
from unigrad.errors import DTypeError, ShapeError
from unigrad.kinds import linear
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import astype, conj
from unigrad.ops.indexing import getitem, scatter
from unigrad.ops.manipulation import axes_of, concat, int_of, roll
from unigrad.primitive import Domain, Primitive, Sample, wrap

#: the scaling of the transpose
ADJOINT = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _samples(*samples: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], str]) -> tuple[Sample, ...]:
    return tuple(Sample((shape,), {"s": s, "axes": axes, "norm": norm}) for shape, s, axes, norm in samples)


_FULL = _samples(
    ((5,), (5,), (0,), "backward"), ((2, 3), (4,), (1,), "forward"), ((4, 2), (3,), (0,), "ortho"),
    ((2, 3, 2), (3, 2), (2, 0), "backward"), ((0, 3), (3,), (1,), "backward"),
)  # fmt: skip
_HALF = _samples(
    ((4,), (6,), (0,), "backward"), ((2, 3), (5,), (1,), "forward"), ((4, 2), (4,), (0,), "ortho"),
    ((3, 2, 3), (3, 4), (2, 0), "backward"), ((2, 1), (1,), (1,), "backward"), ((0, 3), (3,), (1,), "backward"),
)  # fmt: skip


def _fit(x: Any, shape: tuple[int, ...]) -> Any:
    """Cut off what is beyond `shape`, and filled up with zeros: the transpose of filling up and cutting off."""
    have = tuple(x.shape)
    if have == shape:
        return x
    kept = tuple(slice(0, min(a, b)) for a, b in zip(have, shape, strict=True))
    if any(a > b for a, b in zip(have, shape, strict=True)):
        x = getitem(x, index=kept)
    return x if tuple(x.shape) == shape else scatter(x, shape=shape, indices=(kept,))


def _weighed(x: Any, n: int, axis: int, weight: float) -> Any:
    """Half of a spectrum of `n`, its inner elements times `weight`: not the first, nor the middle one of an even `n`."""
    inner = x.shape[axis] - 1 if n % 2 == 0 else x.shape[axis]
    if inner <= 1:
        return x
    before = (slice(None),) * axis
    first, middle, last = (
        getitem(x, index=(*before, part, ...)) for part in (slice(0, 1), slice(1, inner), slice(inner, None))
    )
    return concat([first, middle * weight, *([last] if n % 2 == 0 else [])], axis=axis)


def _adjoint(row: Any, ct: Any, x_shape: Any, x_dtype: Any, s: Any, axes: Any, norm: str) -> Any:
    return astype(_fit(row(ct, s=s, axes=axes, norm=ADJOINT[norm]), x_shape), dtype=x_dtype)


def _rfftn_transpose(ct: Any, x_shape: Any, s: Any, axes: Any, norm: str) -> Any:
    if len(axes) > 1:
        ct = ifftn_(ct, s=s[:-1], axes=axes[:-1], norm=ADJOINT[norm])
    half = _weighed(ct, s[-1], axes[-1], 0.5)
    return _fit(irfftn_(half, s=s[-1:], axes=axes[-1:], norm=ADJOINT[norm]), x_shape)


def _irfftn_transpose(ct: Any, x_shape: Any, x_dtype: Any, s: Any, axes: Any, norm: str) -> Any:
    spectrum = rfftn_(ct, s=s, axes=axes, norm=ADJOINT[norm])
    return astype(_fit(_weighed(spectrum, s[-1], axes[-1], 2.0), x_shape), dtype=x_dtype)


fftn_: Primitive = linear(
    "fftn",
    lambda ct, x_shape, x_dtype, s, axes, norm: _adjoint(ifftn_, ct, x_shape, x_dtype, s, axes, norm),
    promotes="as is",
    domain=Domain(samples=_FULL),
    doc="Discrete Fourier transform over axes.",
)
ifftn_: Primitive = linear(
    "ifftn",
    lambda ct, x_shape, x_dtype, s, axes, norm: _adjoint(fftn_, ct, x_shape, x_dtype, s, axes, norm),
    promotes="as is",
    domain=Domain(samples=_FULL),
    doc="Inverse discrete Fourier transform over axes.",
)
rfftn_: Primitive = linear(
    "rfftn", _rfftn_transpose, promotes="as is", domain=Domain(complex=False, samples=_HALF),
    doc="Discrete Fourier transform of real numbers: the half of the last axis that says all.",
)  # fmt: skip
irfftn_: Primitive = linear(
    "irfftn", _irfftn_transpose, promotes="as is", domain=Domain(samples=_HALF),
    doc="Inverse of rfftn: real numbers from half of their spectrum.",
)  # fmt: skip


# -- the standard's functions ----------------------------------------------------------------------------------------------


def _numbers(x: Any, what: str, real: bool = False) -> Any:
    """The operand as a floating array of at least 32 bits; integers become the default float."""
    x = as_array(x)
    raw = getattr(x, "_raw", x)
    kind = kind_of(raw)
    if kind == "c" and real:
        raise DTypeError(f"{what}: it is for real numbers, and these are {dtypes.as_dtype(x.dtype)}: take fft instead")
    if kind not in "fc":
        return astype(x, dtype=(find_backend(raw) or get_backend()).default_float)
    return astype(x, dtype=dtypes.float32) if dtypes.as_dtype(x.dtype).itemsize == 2 else x


def _checked(norm: Any, what: str) -> str:
    if norm not in ADJOINT:
        raise ShapeError(f"{what}: norm is 'backward', 'ortho' or 'forward', not {norm!r}")
    return str(norm)


def _one(row: Primitive, x: Any, n: int | None, axis: int, norm: str, what: str, half: bool = False) -> Any:
    """A transform along one axis."""
    return _several(row, x, None if n is None else (n,), (int_of(axis, what, "an axis"),), norm, what, half)


def _several(row: Primitive, x: Any, s: Any, axes: Any, norm: str, what: str, half: bool = False) -> Any:
    """A transform along axes, with its sizes; `half`: the last one is that of a real result."""
    ndim = len(x.shape)
    if axes is None:
        if s is not None and len(s) > ndim:
            raise ShapeError(f"{what}: {len(s)} sizes for an array of {ndim} dimensions")
        axes = range(ndim - len(s), ndim) if s is not None else range(ndim)
    axes = axes_of(tuple(axes), ndim, what)
    if s is not None and len(s) != len(axes):
        raise ShapeError(f"{what}: {len(s)} sizes for {len(axes)} axes")
    if not axes:
        raise ShapeError(f"{what}: an array of {ndim} dimensions, or no axes, leave nothing to transform")
    default = [2 * (x.shape[a] - 1) if half and a == axes[-1] else x.shape[a] for a in axes]
    sizes = tuple(default) if s is None else tuple(int_of(n, what, "a size") for n in s)
    if any(n < 1 for n in sizes):
        raise ShapeError(f"{what}: a transform of {min(sizes)} elements, for an array of shape {tuple(x.shape)}")
    return row(x, s=sizes, axes=axes, norm=_checked(norm, what))


def fft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """Discrete Fourier transform along `axis`.

    Args:
        x: real or complex array of any shape but ().
        n: length along `axis`: `x` is cut off or filled up with zeros to it (None: as it is).
        axis: the axis.
        norm: "backward": 1/n on the inverse; "ortho": 1/sqrt(n) on both; "forward": 1/n on this one.

    Returns:
        Complex array of the precision of `x` (32 bits of parts for narrower floats).

    Raises:
        ShapeError: no such axis, `n` below 1, an unknown norm.
    """
    return _one(fftn_, _numbers(x, "fft"), n, axis, norm, "fft")


def ifft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """Inverse of `fft` along `axis`."""
    return _one(ifftn_, _numbers(x, "ifft"), n, axis, norm, "ifft")


def fftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """`fft` along several `axes` (None: all, or the last ones when there are sizes `s`)."""
    return _several(fftn_, _numbers(x, "fftn"), s, axes, norm, "fftn")


def ifftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """Inverse of `fftn`."""
    return _several(ifftn_, _numbers(x, "ifftn"), s, axes, norm, "ifftn")


def rfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """`fft` of real numbers: the n // 2 + 1 elements that say all; the others are their conjugates."""
    return _one(rfftn_, _numbers(x, "rfft", real=True), n, axis, norm, "rfft")


def irfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """Inverse of `rfft`: `n` real numbers (None: an even number, twice the inner elements of `x`).

    Imaginary parts of the first element, and of the middle one of an even `n`, count for nothing: their gradient is 0.
    """
    return _one(irfftn_, _numbers(x, "irfft"), n, axis, norm, "irfft", half=True)


def rfftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """`rfft` along the last of `axes`, then `fft` along the others."""
    return _several(rfftn_, _numbers(x, "rfftn", real=True), s, axes, norm, "rfftn")


def irfftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """Inverse of `rfftn`."""
    return _several(irfftn_, _numbers(x, "irfftn"), s, axes, norm, "irfftn", half=True)


def hfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """`fft` of `n` numbers that are Hermitian, of which `x` is the half: real numbers."""
    x = conj(_numbers(x, "hfft"))
    return _one(irfftn_, x, n, axis, ADJOINT[_checked(norm, "hfft")], "hfft", half=True)


def ihfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """Inverse of `hfft`: half of the Hermitian numbers whose transform the real `x` is."""
    x = _numbers(x, "ihfft", real=True)
    return conj(_one(rfftn_, x, n, axis, ADJOINT[_checked(norm, "ihfft")], "ihfft"))


def _frequencies(cycles: Any, n: int, d: Any, dtype: Any, device: Any, what: str) -> Any:
    backend = get_backend()
    kind = backend.default_float if dtype is None else dtypes.as_dtype(dtype, backend)
    if kind not in dtypes.REAL_FLOATS:
        raise DTypeError(f"{what}: frequencies are real floats, not {kind}")
    place = backend.device if device is None else backend.parse_device(device)
    return wrap(backend.asarray(np.asarray(cycles).astype(kind), kind, place, True)) / (d * n)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """Frequencies of the `n` elements of `fft`, in cycles for each unit of the sample spacing `d`: 0, positive, negative."""
    n = int_of(n, "fftfreq", "a size")
    if n < 1:
        raise ShapeError(f"fftfreq: a transform of {n} elements")
    return _frequencies([*range((n + 1) // 2), *range(-(n // 2), 0)], n, d, dtype, device, "fftfreq")


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """Frequencies of the n // 2 + 1 elements of `rfft`."""
    n = int_of(n, "rfftfreq", "a size")
    if n < 1:
        raise ShapeError(f"rfftfreq: a transform of {n} elements")
    return _frequencies(range(n // 2 + 1), n, d, dtype, device, "rfftfreq")


def _shifted(x: Any, axes: Any, sign: int, what: str) -> Any:
    x = as_array(x)
    places = axes_of(axes if axes is None or isinstance(axes, int) else tuple(axes), len(x.shape), what)
    return roll(x, tuple(sign * (x.shape[a] // 2) for a in places), axis=places) if places else x


def fftshift(x: Any, /, *, axes: int | Sequence[int] | None = None) -> Any:
    """Frequency 0 in the middle of each of `axes` (None: all)."""
    return _shifted(x, axes, 1, "fftshift")


def ifftshift(x: Any, /, *, axes: int | Sequence[int] | None = None) -> Any:
    """What `fftshift` did, undone."""
    return _shifted(x, axes, -1, "ifftshift")
