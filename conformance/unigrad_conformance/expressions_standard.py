"""Expressions over fft, sorting, sets, taking: public functions whose rows other functions share, and their parameters."""

from typing import Any

import numpy as np

from unigrad_conformance.expressions import IN_PLACE, REAL, A, says

WIDENS = {"two_bytes": False}
LINES = np.array([[0, 2], [1, 0]])

says("fft of real numbers, longer", lambda xp, x: xp.fft.fft(x, n=5), A, **WIDENS)
says("ifft, shorter, ortho", lambda xp, x: xp.fft.ifft(x, n=2, norm="ortho"), A, **WIDENS)
says("rfft, shorter, forward", lambda xp, x: xp.fft.rfft(x, n=2, norm="forward"), A, **REAL, **WIDENS)
says("irfft of an odd number", lambda xp, x: xp.fft.irfft(x * (1 + 0.5j), n=5), A, **WIDENS)
says("hfft", lambda xp, x: xp.fft.hfft(x * (1 + 0.5j), n=6, norm="forward"), A, **WIDENS)
says("hfft of an odd number", lambda xp, x: xp.fft.hfft(x * (1 - 2j), n=3, axis=0), A, **WIDENS)
says("ihfft", lambda xp, x: xp.fft.ihfft(x, norm="ortho"), A, **REAL, **WIDENS)
says("fftn of the last axes", lambda xp, x: xp.fft.fftn(x, s=(2, 4), axes=(0, 1)), (2, 3, 1), **WIDENS)
says("rfftn and back", lambda xp, x: xp.fft.irfftn(xp.fft.rfftn(x) * 2, s=(2, 3), axes=(0, 1)), A, **REAL, **WIDENS)
says("fftshift and back", lambda xp, x: xp.fft.ifftshift(xp.fft.fftshift(x, axes=(1,)) * x), (2, 5))
says(
    "convolution by fft",
    lambda xp, x, y: xp.fft.irfft(xp.fft.rfft(x, n=5) * xp.fft.rfft(y, n=5), n=5),
    (3,),
    (3,),
    **REAL,
    **WIDENS,
)
says("sort of an axis", lambda xp, x: xp.sort(x, axis=0) * x, (3, 2), **REAL)
says("sort, descending", lambda xp, x: xp.sort(x, descending=True) * x, A, **REAL)
says(
    "take of an axis",
    lambda xp, x: xp.take(x, [[0, 2], [2, 2]], axis=1),
    A,
    native=lambda xp, x: x[:, np.array([[0, 2], [2, 2]])],
)
says(
    "take_along_axis",
    lambda xp, x: xp.take_along_axis(x, LINES, axis=1),
    A,
    native=lambda xp, x: xp.stack([xp.stack([x[0, 0], x[0, 2]]), xp.stack([x[1, 1], x[1, 0]])]),
)
says(
    "take_along_axis that broadcasts",
    lambda xp, x: xp.take_along_axis(x, LINES, axis=1),
    (1, 3),
    native=lambda xp, x: xp.stack([xp.stack([x[0, 0], x[0, 2]]), xp.stack([x[0, 1], x[0, 0]])]),
)
says("diff twice", lambda xp, x: xp.diff(x, n=2, axis=1), (2, 4))
says(
    "diff with ends",
    lambda xp, x, y: xp.diff(x, axis=0, prepend=y, append=y * 2),
    A,
    (1, 3),
    native=lambda xp, x, y: xp.stack([x[0] - y[0], x[1] - x[0], 2 * y[0] - x[1]]),
)
says(
    "unique_values with ties",
    lambda xp, x: xp.unique_values(xp.concat([x, x])),
    (3,),
    native=lambda xp, x: xp.sort(x),
    **REAL,
)
says(
    "elements at nonzero",
    lambda xp, x: x[xp.nonzero(x > -9)] * 2,
    A,
    native=lambda xp, x: xp.reshape(x, (6,)) * 2,
    **REAL,
)


def _constants(xp: Any, x: Any) -> Any:
    d = {"dtype": x.dtype}
    ends = xp.arange(1, 9, 2, **d) * xp.zeros_like(x[0, :1], **d) + xp.ones((4,), **d) * xp.ones_like(x[0, :1], **d)
    near = xp.fft.fftfreq(4, d=0.5) + xp.concat([xp.fft.rfftfreq(4, d=0.5), xp.zeros((1,), dtype=xp.float64)])
    return xp.matmul(x, xp.eye(3, 4, k=1, **d)) * (ends + xp.full((4,), 2, **d)) + xp.astype(near, x.dtype)


def _constants_written_out(xp: Any, x: Any) -> Any:
    near = [0.0, 1.0, -1 + 1.0, -0.5]
    moved = xp.stack([x[:, 0] * 0, x[:, 0], x[:, 1], x[:, 2]], axis=1)
    return moved * 3 + xp.asarray(near, dtype=x.dtype)


says("constants beside an array", _constants, A, native=_constants_written_out, **REAL)
says("fft of an axis, forward", lambda xp, x: xp.fft.fft(x, axis=0, norm="forward"), A, **WIDENS)
says("ifft of an axis", lambda xp, x: xp.fft.ifft(x, axis=0), A, **WIDENS)
says("rfft of an axis", lambda xp, x: xp.fft.rfft(x, axis=0), (4, 2), **REAL, **WIDENS)
says("irfft of an axis, ortho", lambda xp, x: xp.fft.irfft(x * (1 + 0.5j), axis=0, norm="ortho"), (3, 2), **WIDENS)
says("ihfft of an axis, longer", lambda xp, x: xp.fft.ihfft(x, n=5, axis=0), A, **REAL, **WIDENS)
says("ifftshift of an axis", lambda xp, x: xp.fft.ifftshift(x, axes=(1,)) * x, A)
says(
    "cholesky, upper",
    lambda xp, x: xp.linalg.cholesky(xp.matmul(x, xp.matrix_transpose(x)) + 3 * xp.eye(3, dtype=x.dtype), upper=True),
    (3, 3),
    **REAL,
    **WIDENS,
)
says("matrix_norm that keeps its axes", lambda xp, x: xp.linalg.matrix_norm(x, keepdims=True, ord=1) * x, A)
says(
    "sums and products in another precision",
    lambda xp, x: xp.astype(
        xp.sum(x, axis=0, dtype=xp.float64) * xp.prod(x, axis=0, dtype=xp.float64)
        + xp.linalg.trace(x, dtype=xp.float64),
        x.dtype,
    ),
    (3, 3),
    **REAL,
)
says(
    "running sums and products in another precision",
    lambda xp, x: xp.astype(
        xp.cumulative_sum(x, axis=1, dtype=xp.float64) * xp.cumulative_prod(x, axis=1, dtype=xp.float64), x.dtype
    ),
    A,
    **REAL,
)
says(
    "copies",
    lambda xp, x: (
        xp.reshape(xp.asarray(x, copy=True), (6,), copy=True) * xp.reshape(xp.astype(x, x.dtype, copy=False), (6,))
    ),
    A,
)
says(
    "linspace and full in another precision",
    lambda xp, x: xp.astype(xp.linspace(x, 3.0, 4, dtype=xp.float64) * xp.full((4,), x, dtype=xp.float64), x.dtype),
    (),
    native=lambda xp, x: xp.stack([x * (1 - k / 3) + k for k in range(4)]) * x,
    **REAL,
)
says(
    "searchsorted with a sorter",
    lambda xp, x: x * xp.searchsorted(xp.asarray([3.0, 1.0, 2.0]), xp.asarray([1.5]), sorter=xp.asarray([1, 2, 0])),
    A,
    native=lambda xp, x: x * 1,
    **REAL,
)


def _written_in_order(xp: Any, x: Any, y: Any) -> Any:
    z = x * 1
    z[:, xp.argsort(y)] = y * x
    z[[0, 1], [2, 0]] = y[:2]
    return z


def _written_apart(xp: Any, x: Any, y: Any) -> Any:
    z = x * 1
    z[[0, 1], :, [1, 0]] = y
    return z


#: indices that depend on values: inside of vmap those of each example are its own
says("rows in an order of their own", lambda xp, x: x[xp.argsort(x[:, 0])] * x, (3, 2), **REAL)
says("columns in an order of another", lambda xp, x, y: x[:, xp.argsort(y)] * y, A, (3,), **REAL)
says(
    "elements at orders apart",
    lambda xp, x: x[xp.argsort(x[:, 0, 0]), :, xp.argsort(x[0, 0])] * x[:, :, 1],
    (3, 2, 3),
    **REAL,
)
says("elements at lists apart", lambda xp, x: x[[0, 1], :, [1, 0]] * 2, (2, 3, 2))
says("written in an order of another", _written_in_order, A, (3,), **REAL, **IN_PLACE)
says("written at lists apart", _written_apart, (2, 3, 2), (3,), **IN_PLACE)
