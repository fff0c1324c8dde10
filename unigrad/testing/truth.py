"""The independent truth: derivatives of a function from its values alone, each with an estimate of its own error.

Central differences at shrinking steps, extrapolated to step 0 (Richardson's deferred approach to the limit; the table, and the
choice in it of the entry with the smallest error, are those of C. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)",
Advances in Engineering Software 4, 1982), element by element of the result. Where the function can be computed with complex
numbers and turns out to be analytic, the complex step of W. Squire and G. Trapp (SIAM Review 40, 1998) is exact to rounding.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
Line = Callable[[complex], Array]  # step -> value of the function there, a vector

#: each step is a quarter of the one before; five of them at a time, and the next five where those did not do
RATIO = 4.0
LEVELS = 5
#: first steps, in units of the size of the argument
STARTS = (2.0**-4, 2.0**-12, 2.0**-20)
#: the error of differences, relative to the largest element, at which no more steps are tried
GOAL = 1e-10
#: an imaginary step, far below any rounding
IMAGINARY = 1e-30


class Estimate(NamedTuple):
    """A derivative for each element of the result, and how far it may be off. Infinite: there was no telling."""

    value: Array
    error: Array

    def sum_with(self, ct: Array) -> tuple[float, float]:
        """The real part of <ct, value>, and its error."""
        error = np.sum(np.abs(ct) * self.error) if self.error.size else 0.0
        return float(np.sum(np.real(np.conj(ct) * self.value))), float(error)


class Sides(NamedTuple):
    """The derivatives from the left and from the right of a point, and whether they are one."""

    left: Array
    right: Array
    kink: Array


def first(line: Line, sizes: Sequence[float], noise: Array) -> tuple[Estimate, Sides]:
    """The derivative at step 0 of a function of one real step, from both sides.

    Args:
        line: the function, a vector for each step.
        sizes: of the argument: how long a step of 1 is, in order of preference.
        noise: the rounding error of each of its values.
    """
    middle = np.asarray(line(0.0))
    best = _nothing(middle)
    gap = _nothing(middle)
    for steps in _series(sizes):
        values = [(np.asarray(line(h)), np.asarray(line(-h))) for h in steps]
        with np.errstate(all="ignore"):
            central = [(up - down) / (2 * h) for h, (up, down) in zip(steps, values, strict=True)]
            jump = [(up - 2 * middle + down) / h for h, (up, down) in zip(steps, values, strict=True)]
        best = _finer(best, extrapolated(central, steps, 2, noise))
        gap = _finer(gap, extrapolated(jump, steps, 1, 4 * noise))
        if _settled(best, gap):
            break
    scale = _largest(best.value)
    with np.errstate(all="ignore"):
        kink = np.abs(gap.value) > 10 * gap.error + 1e-5 * (scale + np.abs(best.value))
        unsettled = np.isfinite(best.value) & (gap.error > 0.05 * (scale + np.abs(best.value)) + 2**20 * noise)
    return best, Sides(best.value - gap.value / 2, best.value + gap.value / 2, kink | unsettled)


def second(plane: Callable[[float, float], Array], sizes: Sequence[float], noise: Array) -> Estimate:
    """The mixed second derivative at (0, 0) of a function of two steps, by the difference of differences."""
    best = _nothing(noise)
    for steps in _series(sizes, starts=(2.0**-3, 2.0**-7, 2.0**-12)):
        with np.errstate(all="ignore"):
            mixed = [
                (plane(h, h) - plane(h, -h) - plane(-h, h) + plane(-h, -h)) / (4 * h * h) for h in steps
            ]  # fmt: skip
        best = _finer(best, extrapolated(mixed, steps, 2, noise, 2))
        if np.all(best.error <= 1e3 * GOAL * (_largest(best.value) + 1e-300)):
            break
    return best


def extrapolated(rows: Sequence[Array], steps: Sequence[float], power: int, noise: Array, order: int = 1) -> Estimate:
    """The limit at step 0 of quotients whose error is a series in step**power, step**(power + 2), ...

    Args:
        rows: the quotients at `steps`, each `RATIO` times smaller than the one before.
        noise: the rounding errors of the values; a quotient has `noise` / step**order of it.
    """
    best = _nothing(rows[0])
    last: list[Array] = []
    with np.errstate(all="ignore"):
        for row, h in zip(rows, steps, strict=True):
            now = [row]
            for j in range(len(last)):
                factor = RATIO ** (power + 2 * j)
                now.append(now[j] + (now[j] - last[j]) / (factor - 1))
                error = np.maximum(np.abs(now[-1] - now[-2]), np.abs(now[-1] - last[j]))
                best = _better(best, Estimate(now[-1], error + noise / h**order))
            last = now
        # the finest steps have the last word: those of a staircase agree with each other long before
        step = np.minimum(np.abs(rows[-1] - rows[-2]), np.abs(rows[-2] - rows[-3]))
        slack = step + 10 * noise / steps[-1] ** order
        apart = np.abs(best.value - rows[-1])
        return Estimate(best.value, np.where(apart > slack, np.maximum(best.error, apart), best.error))


def rounding(values: Array) -> Array:
    """The noise of values, each of which is a row of points so close together that a smooth function is a line there.

    By their third differences (J. Moré and S. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33, 2011).

    Args:
        values: several rows, of several points each, and then the shape of a value.
    """
    with np.errstate(all="ignore"):
        third = np.abs(np.diff(values, 3, axis=1))
        spread = np.max(np.sqrt(np.mean(third**2, axis=1) / 20), axis=0)  # 20: the squares of its weights 1, 3, 3, 1
    return np.asarray(np.nan_to_num(2 * spread, nan=0.0, posinf=0.0))


def analytic(line: Line, truth: Estimate, middle: Array, eps: float) -> Estimate | None:
    """The derivative by an imaginary step; None where the function is not analytic, or takes no complex numbers.

    It is believed when the real part is the value, and the imaginary part is the derivative by differences, to their error.
    """
    if np.iscomplexobj(middle):
        return None
    try:
        moved = np.asarray(line(1j * IMAGINARY))
    except Exception:  # noqa: BLE001  (whatever a function does with complex numbers, it is made for real ones)
        return None
    if not np.iscomplexobj(moved) or moved.shape != middle.shape:
        return None
    found = moved.imag / IMAGINARY
    scale = _largest(truth.value)
    with np.errstate(all="ignore"):
        same = np.abs(moved.real - middle) <= 2**6 * eps * (1 + np.abs(middle))
        near = np.abs(found - truth.value) <= 10 * truth.error + 2**6 * eps * scale
    if not np.all(same & near):
        return None
    return Estimate(found, 2**6 * eps * np.abs(found))


def _series(sizes: Sequence[float], starts: Sequence[float] = STARTS) -> list[list[float]]:
    """Steps to try, one series after the other."""
    return [[size * start / RATIO**k for k in range(LEVELS)] for size in sizes for start in starts]


def _nothing(like: Array) -> Estimate:
    return Estimate(np.full(like.shape, np.nan, np.result_type(like, np.float64)), np.full(like.shape, np.inf))


def _better(a: Estimate, b: Estimate) -> Estimate:
    """Element by element the estimate with the smaller error."""
    take = b.error < a.error
    return Estimate(np.where(take, b.value, a.value), np.where(take, b.error, a.error))


def _finer(a: Estimate, b: Estimate) -> Estimate:
    """The better of two, of which the second is by finer steps: where they exclude each other, it is that, if it is certain."""
    best = _better(a, b)
    with np.errstate(all="ignore"):
        apart = np.abs(a.value - b.value)
        excluded = apart > a.error + b.error
        certain = excluded & (b.error <= 1e-3 * np.abs(b.value))
    value = np.where(certain, b.value, best.value)
    return Estimate(value, np.where(certain, b.error, np.where(excluded, apart, best.error)))


def _largest(x: Array) -> float:
    finite = np.abs(x[np.isfinite(x)])
    return float(finite.max()) if finite.size else 0.0


def _settled(best: Estimate, gap: Estimate) -> bool:
    scale = _largest(best.value)
    return bool(np.all(best.error <= GOAL * scale + 1e-300) and np.all(gap.error <= 1e4 * GOAL * scale + 1e-300))
