"""Points beyond the measured table: of its own chapters, several elements at once, complex numbers, casts."""

from typing import Any

from unigrad_conformance.hazards import Hazard, inf

H = Hazard


def zero(xp: Any, x: Any) -> Any:
    """Zeros like x."""
    return xp.zeros_like(x)


BEYOND = (
    H("maximum(-inf, inf)", lambda xp, x, y: xp.maximum(x, y), ([-inf], [inf]), ([0.0], [1.0])),
    H(
        "where(x > 0, sqrt(x), 0), taken and not",
        lambda xp, x: xp.where(x > 0, xp.sqrt(x), zero(xp, x)),
        ([0.0, -1.0, 4.0],),
        ([0.0, 0.0, 0.25],),
    ),
    H(
        "where(x > 0, log(x), 0), taken and not",
        lambda xp, x: xp.where(x > 0, xp.log(x), zero(xp, x)),
        ([0.0, 2.0],),
        ([0.0, 0.5],),
    ),
    H(
        "where(x != 0, 1/x, 0), taken and not",
        lambda xp, x: xp.where(x != 0, 1 / x, zero(xp, x)),
        ([0.0, 2.0],),
        ([0.0, -0.25],),
    ),
    H("sqrt(x)[mask]", lambda xp, x: xp.sqrt(x)[x > 0], ([0.0, 4.0],), ([0.0, 0.25],)),
    H(
        "log(x**2) at 0",
        lambda xp, x: xp.log(x**2),
        ([0.0],),
        ([0.0],),
        note="the value is -inf; the same zero times the same infinity as in sqrt(x*x) at 0",
    ),
    H(
        "hypot(1e20, 1e20) in float32",
        lambda xp, x, y: xp.hypot(x, y),
        ([1e20], [1e20]),
        ([0.5**0.5], [0.5**0.5]),
        dtype="float32",
    ),
    H("real x * complex constant", lambda xp, x: xp.real(x * (2 + 3j)), ([1.0],), ([2.0],)),
    H(
        "a cast there and back",
        lambda xp, x: xp.astype(xp.astype(x, xp.float64), xp.float32),
        ([2.0],),
        ([1.0],),
        dtype="float32",
    ),
    H("nextafter(1, 2)", lambda xp, x, y: xp.nextafter(x, y), ([1.0], [2.0]), ([1.0], [0.0])),
    H("remainder(5.5, y)", lambda xp, y: xp.remainder(5.5, y), ([2.0],), ([-2.0],)),
)
