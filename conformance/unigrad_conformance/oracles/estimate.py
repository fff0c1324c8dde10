"""The slope of functions of one real number, by central differences with Richardson extrapolation, and how wrong it may be."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from unigrad_conformance.arrays import Array
from unigrad_conformance.oracles.protocol import Told

#: widest steps, tried in this order until the slope settles: a narrow one where the function ends, or has a kink, nearby
STEPS = (2.0**-5, 2.0**-7, 2.0**-9, 2.0**-11)
#: differences, each with half the step of the one before
LEVELS = 3
#: of a value, of its size: a few units of float64, which the extrapolation makes a few more
ROUNDING = 2.0**-47
#: a slope whose error is estimated below this part of it has settled; one above the second is none
SETTLED, WORTHLESS = 1e-9, 1e-4


class Undecided(ArithmeticError):
    """The oracle cannot tell the derivative of this function at this point."""


def slope(phi: Callable[[float], Told]) -> Told:
    """phi'(0), of a vector of functions: by the first step that settles, else by the best.

    Raises:
        Undecided: its error may be more than `WORTHLESS` of it.
    """
    best, least = None, np.inf
    for step in STEPS:
        try:
            found, rounded = extrapolated(phi, step)
        except Undecided:
            continue  # phi is a slope itself, and has none so far away
        if found.numbers.size == 0:
            return found
        scale = max(1.0, float(np.max(np.abs(found.numbers))))
        error = float(np.max(found.error)) / scale
        if error < least:
            best, least = found, error
        if error < max(SETTLED, 2 * float(np.max(rounded)) / scale):
            break  # a narrower step only makes more of the rounding
    if best is None or least > WORTHLESS:
        raise Undecided(f"differences of the steps {STEPS} do not settle: the best may be {least:.2g} of its size off")
    return best


def extrapolated(phi: Callable[[float], Told], step: float) -> tuple[Told, Array]:
    """phi'(0) by differences of `step`, `step / 2`, ..., from which the powers of the step are taken out.

    Its error is the last correction, and what rounding of phi's values, and their own error, make at the narrowest step;
    the second result is that part alone.
    """
    column, noise = [], np.zeros(())
    for k in range(LEVELS):
        h = step / 2**k
        right, left = phi(h), phi(-h)
        column.append((right.numbers - left.numbers) / (2 * h))
        size = np.maximum(np.abs(right.numbers), np.abs(left.numbers))
        noise = (ROUNDING * size + np.maximum(right.error, left.error)) / h
    power, before = 1.0, column[-1]
    while len(column) > 1:
        power, before = 4.0 * power, column[-1]
        column = [fine + (fine - coarse) / (power - 1) for coarse, fine in pairwise(column)]
    return Told(column[0], np.abs(column[0] - before) + noise), noise
