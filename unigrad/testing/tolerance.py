"""How near a derivative must be, and the words that say why: the one place that decides it."""

from typing import Any, NamedTuple

import numpy as np

from unigrad.dtypes import DType
from unigrad.testing.subject import tiny, unit

Array = np.ndarray[Any, Any]

#: rounding errors that a derivative of each order may have gathered, in units of the dtype's own
ROUNDINGS = {1: 2.0**10, 2: 2.0**12}
#: for two-byte floats, which have eleven or eight bits to lose
ROUNDINGS_HALF = 2.0**4
#: estimates of the error of differences are multiplied by this
CAUTION = 8.0
#: and are not believed to be smaller than those of their neighbours, up to this part of the largest element: of many estimates
#: some are small by chance
SHARED = 1e-8
#: a truth that is less certain than this, relative to the largest element, is none
VAGUE = 1e-2
#: the same for second derivatives that can only be had in 32 bits: enough to see a factor, or a zero
VAGUE_SECOND = 0.25


class Tolerance(NamedTuple):
    """Allowed distances, element by element, and how they were found."""

    allowed: Array
    told: str
    vague: Array


def tolerance(
    dtype: DType,
    order: int,
    size: Array,
    error: Array,
    truth: str,
    floor: float,
    rtol: float | None = None,
    atol: float | None = None,
    blur: Array | None = None,
) -> Tolerance:
    """Allowed distances of computed from true derivatives.

    Args:
        dtype: in which they were computed.
        order: of the derivative.
        size: of the terms that each element is the sum of, in absolute value.
        error: of the truth.
        truth: how that was found, for the message.
        floor: a number below which nothing can be told: the rounding error of the function's values.
        rtol, atol: the user's own, in place of these.
        blur: what rounding does to the computed derivative, where that was measured.
    """
    largest = float(np.max(size, initial=0.0))
    if rtol is not None or atol is not None:
        own = (rtol or 0.0) * size + (atol or 0.0)
        return Tolerance(own, f"as given: rtol {rtol or 0.0:g}, atol {atol or 0.0:g}", error > own)
    eps = unit(dtype)
    finite = error[np.isfinite(error)]
    error = np.maximum(error, min(float(np.max(finite, initial=0.0)), SHARED * largest))
    times = ROUNDINGS_HALF if eps > 1e-4 else ROUNDINGS[order]
    rounding = times * (eps * largest + tiny(dtype))
    allowed = rounding + CAUTION * error + floor
    told = (
        f"{times:g} roundings of {dtype} ({eps:.2g} each) in terms of size {largest:.3g}, and {CAUTION:g} times the "
        f"error of the {truth} ({float(np.max(error, initial=0.0)):.1g})"
    )
    if blur is not None and np.any(CAUTION * blur > 0.1 * allowed):
        allowed = allowed + CAUTION * blur
        error = error + blur
        told += f", and {CAUTION:g} times what rounding changes ({float(np.max(blur)):.1g})"
    vague = VAGUE_SECOND if order == 2 and eps > 1e-9 else VAGUE
    # the steps of second differences are longer, and so are their errors where the derivative is zero
    least = (2.0**6 if order == 2 else 1.0) * floor / eps**0.5
    return Tolerance(allowed, told, CAUTION * error > vague * largest + least)
