"""Expressions over fft, sorting, sets, taking: public functions whose rows other functions share, and their parameters."""

import numpy as np

from unigrad_conformance.expressions import REAL, A, says

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
