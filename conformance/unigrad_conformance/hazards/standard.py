"""Hazard points of sorting, sets, taking, differences and Fourier transforms."""

from typing import Any

import numpy as np

from unigrad_conformance.hazards import Hazard, inf

H = Hazard


def weighed(xp: Any, x: Any) -> Any:
    """The elements times 1, 10, 100, ..., each of which then shows in the gradient."""
    return sum(x[i] * 10.0**i for i in range(x.shape[0]))


def at(xp: Any, x: Any, places: Any) -> Any:
    """An array of indices next to x, on its backend."""
    return xp.asarray(np.asarray(places)) if not hasattr(x, "backend") else places


SORTING = (
    H(
        "sort with ties, descending",
        lambda xp, x: weighed(xp, xp.sort(x, descending=True)),
        ([2.0, 1.0, 2.0],),
        ([1.0, 100.0, 10.0],),
    ),
    H("sort with infinities", lambda xp, x: weighed(xp, xp.sort(x)), ([inf, 1.0, -inf],), ([100.0, 10.0, 1.0],)),
    H("sort of one", lambda xp, x: xp.sort(x), ([3.0],), ([1.0],)),
    H("sort of nothing", lambda xp, x: xp.sort(x), ([],), ([],)),
    H("argsort as a value", lambda xp, x: xp.astype(xp.argsort(x), xp.float64) * 2, ([2.0, 1.0],), ([0.0, 0.0],)),
    H("sqrt(sort(x))[1] at 0", lambda xp, x: xp.sqrt(xp.sort(x))[1], ([4.0, 0.0],), ([0.25, 0.0],)),
)  # fmt: skip

SETS = (
    H(
        "unique_values with a tie",
        lambda xp, x: weighed(xp, xp.unique_values(x)),
        ([2.0, 1.0, 2.0],),
        ([5.0, 1.0, 5.0],),
    ),
    H(
        "unique_values without ties",
        lambda xp, x: xp.unique_values(x)[0],
        ([3.0, 1.0, 2.0],),
        ([0.0, 1.0, 0.0],),
    ),
    H(
        "unique_values(z) with a tie",
        lambda xp, z: xp.real(xp.unique_values(z)[1] * (1 + 2j)),
        ([1 + 1j, 2j, 1 + 1j],),
        ([0.5 - 1j, 0j, 0.5 - 1j],),
    ),
)

TAKING = (
    H("take a place twice", lambda xp, x: xp.take(x, at(xp, x, [0, 0, 1])), ([1.0, 2.0, 3.0],), ([2.0, 1.0, 0.0],)),
    H("take from the end", lambda xp, x: xp.take(x, at(xp, x, [-1, -3])), ([1.0, 2.0, 3.0],), ([1.0, 0.0, 1.0],)),
    H("take beside sqrt(0)", lambda xp, x: xp.take(xp.sqrt(x), at(xp, x, [1])), ([0.0, 4.0],), ([0.0, 0.25],)),
    H(
        "take_along_axis with a place named twice",
        lambda xp, x: xp.take_along_axis(x, at(xp, x, [[1, 1], [0, 1]]), axis=1),
        ([[1.0, 2.0], [3.0, 4.0]],),
        ([[0.0, 2.0], [1.0, 1.0]],),
    ),
    H("diff", lambda xp, x: weighed(xp, xp.diff(x)), ([1.0, 4.0, 2.0],), ([-1.0, -9.0, 10.0],)),
    H("diff of one", lambda xp, x: xp.diff(x), ([1.0],), ([0.0],)),
    H("second diff squared, second order", lambda xp, x: xp.diff(x, n=2) ** 2, ([1.0, 4.0, 2.0],), ([0.0, 0.0, 0.0],), order=2),
)  # fmt: skip

FOURIER = (
    H("|fft(x)|**2", lambda xp, x: xp.abs(xp.fft.fft(x)) ** 2, ([1.0, 2.0, -1.0],), ([6.0, 12.0, -6.0],)),
    H(
        "|fft(x)| with zeros in it",
        lambda xp, x: xp.abs(xp.fft.fft(x)),
        ([1.0, 1.0, 1.0, 1.0],),
        ([1.0, 1.0, 1.0, 1.0],),
    ),
    H(
        "first number of irfft(z)",
        lambda xp, z: xp.fft.irfft(z)[0],
        ([1 + 2j, 3 + 4j, 5 + 6j],),
        ([0.25 + 0j, 0.5 + 0j, 0.25 + 0j],),
    ),
    H(
        "second number of irfft(z)",
        lambda xp, z: xp.fft.irfft(z)[1],
        ([1 + 2j, 3 + 4j, 5 + 6j],),
        ([0.25 + 0j, -0.5j, -0.25 + 0j],),
    ),
    H(
        "imaginary part of rfft(x)",
        lambda xp, x: xp.imag(xp.fft.rfft(x))[1],
        ([1.0, 2.0, 3.0, 4.0],),
        ([0.0, -1.0, 0.0, 1.0],),
    ),
    H(
        "first number of fft(z)",
        lambda xp, z: xp.real(xp.fft.fft(z)[1]),
        ([1 + 2j, 3 + 4j],),
        ([1 + 0j, -1 + 0j],),
    ),
)
