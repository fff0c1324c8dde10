"""The other hazard points: the where trap, NaN, complex numbers, indices, dtypes, connectivity, second order."""

from typing import Any

from unigrad_conformance.hazards import (
    KINK,
    NANS,
    PLAIN,
    TRAP,
    WRONG,
    Hazard,
    both,
    inf,
    jax,
    nan,
    torch,
)  # fmt: skip

H = Hazard


def zero(xp: Any, x: Any) -> Any:
    """Zeros like x."""
    return xp.zeros_like(x)


TRAPS = (
    H(
        "where(x > 0, sqrt(x), 0)",
        lambda xp, x: xp.where(x > 0, xp.sqrt(x), zero(xp, x)),
        ([0.0, -1.0, 4.0],),
        ([0.0, 0.0, 0.25],),
        differs=both(TRAP),
    ),
    H(
        "where(x > 0, log(x), 0)",
        lambda xp, x: xp.where(x > 0, xp.log(x), zero(xp, x)),
        ([0.0, 2.0],),
        ([0.0, 0.5],),
        differs=both(TRAP),
    ),
    H(
        "where(x != 0, 1/x, 0)",
        lambda xp, x: xp.where(x != 0, 1 / x, zero(xp, x)),
        ([0.0, 2.0],),
        ([0.0, -0.25],),
        differs=both(TRAP),
    ),
    H(
        "where(x != 0, x/x, 1)",
        lambda xp, x: xp.where(x != 0, x / x, zero(xp, x) + 1),
        ([0.0, 2.0],),
        ([0.0, 0.0],),
        differs=both(TRAP),
    ),
    H(
        "where(x < 50, exp(x), 0)",
        lambda xp, x: xp.where(x < 50, xp.exp(x), zero(xp, x)),
        ([1000.0, 0.0],),
        ([0.0, 1.0],),
        differs=both(TRAP),
    ),
    H(
        "double where",
        lambda xp, x: xp.where(x > 0, xp.sqrt(xp.where(x > 0, x, zero(xp, x) + 1)), zero(xp, x)),
        ([0.0],),
        ([0.0],),
    ),
    H("0 * sqrt(x) at 0", lambda xp, x: 0.0 * xp.sqrt(x), ([0.0],), ([0.0],), differs=both(TRAP), forward=nan),
    H("sqrt(x)[1]", lambda xp, x: xp.sqrt(x)[1], ([0.0, 4.0],), ([0.0, 0.25],), differs=both(TRAP)),
    H("sqrt(x)[mask]", lambda xp, x: xp.sqrt(x)[x > 0], ([0.0, 4.0],), ([0.0, 0.25],), differs=both(TRAP)),
    H("maximum(nan, 1)", lambda xp, x, y: xp.maximum(x, y), ([nan], [1.0]), ([nan], [nan]), differs=both(PLAIN)),
    H("maximum(1, nan)", lambda xp, x, y: xp.maximum(x, y), ([1.0], [nan]), ([nan], [nan]), differs=both(PLAIN)),
    H("max with nan", lambda xp, x: xp.max(x), ([1.0, nan, 2.0],), ([nan, nan, nan],)),
    H("clip of nan", lambda xp, x: xp.clip(x, -1.0, 1.0), ([nan],), ([nan],), differs=both(PLAIN)),
    H("abs of nan", lambda xp, x: xp.abs(x), ([nan],), ([nan],), differs=both(PLAIN)),
    H("x - x at inf", lambda xp, x: x - x, ([inf],), ([0.0],)),
)

COMPLEX = (
    H("|z|**2", lambda xp, z: xp.real(z * xp.conj(z)), ([1 + 2j],), ([2 + 4j],)),
    H("abs(z)", lambda xp, z: xp.abs(z), ([3 + 4j],), ([0.6 + 0.8j],)),
    H("abs(z) at 0", lambda xp, z: xp.abs(z), ([0j],), ([0j],)),
    H("abs(z)**2 at 0", lambda xp, z: xp.abs(z) ** 2, ([0j],), ([0j],)),
    H("real(z)", lambda xp, z: xp.real(z), ([1 + 2j],), ([1 + 0j],)),
    H("imag(z)", lambda xp, z: xp.imag(z), ([1 + 2j],), ([1j],)),
    H("real(z * z)", lambda xp, z: xp.real(z * z), ([1 + 2j],), ([2 - 4j],)),
    H("imag(z * z)", lambda xp, z: xp.imag(z * z), ([1 + 2j],), ([4 + 2j],)),
    H("z * z, holomorphic", lambda xp, z: z * z, ([1 + 2j],), ([2 - 4j],)),
    H("conj(z)", lambda xp, z: xp.conj(z), ([1 + 2j],), ([1 + 0j],)),
    H("exp(z) at i", lambda xp, z: xp.exp(z), ([1j],), ([0.5403023058681398 - 0.8414709848078965j],)),
    H("real(exp(i x))", lambda xp, x: xp.real(xp.exp(x * 1j)), ([1.0],), ([-0.8414709848078965],)),
    H("abs(x + 0i)", lambda xp, x: xp.abs(x + 0j), ([-2.0],), ([-1.0],)),
    H("real(z**2) at 0", lambda xp, z: xp.real(z**2), ([0j],), ([0j],)),
    H("real(sign(z))", lambda xp, z: xp.real(xp.sign(z)), ([3 + 4j],), ([0.128 - 0.096j],), differs=jax(WRONG)),
    H("prod of complex with a zero", lambda xp, z: xp.real(xp.prod(z)), ([1 + 1j, 0j],), ([0j, 1 - 1j],)),
    H("vecdot", lambda xp, z, w: xp.real(xp.vecdot(z, w)), ([1 + 2j], [3 - 1j]), ([3 - 1j], [1 + 2j])),
    H("real(z * w)", lambda xp, z, w: xp.real(z * w), ([1 + 2j], [3 - 1j]), ([3 + 1j], [1 - 2j])),
    H("abs(z) near 0", lambda xp, z: xp.abs(z), ([1e-200 + 1e-200j],), ([0.5**0.5 + 0.5**0.5 * 1j],)),
    H("real x * complex constant", lambda xp, x: xp.real(x * (2 + 3j)), ([1.0],), ([2.0],)),
)  # fmt: skip

SHAPES = (
    H("sum of nothing", lambda xp, x: xp.sum(x), ([],), ([],)),
    H("prod of nothing", lambda xp, x: xp.prod(x), ([],), ([],)),
    H("(0,) * (1,)", lambda xp, x, y: x * y, ([], [1.0]), ([], [0.0])),
    H("an element read twice", lambda xp, x: x[xp.asarray([0, 0, 1])], ([1.0, 2.0, 3.0],), ([2.0, 1.0, 0.0],)),
    H("a mask", lambda xp, x: x[x > 1], ([1.0, 2.0, 3.0],), ([0.0, 1.0, 1.0],)),
    H("broadcast_to", lambda xp, x: xp.broadcast_to(x, (4,)), ([1.0],), ([4.0],)),
    H("no dimensions", lambda xp, x: x * xp.ones(3, dtype=xp.float64), (1.0,), (3.0,)),
    H("identity", lambda xp, x: x, ([1.0],), ([1.0],)),
    H(
        "a cast there and back",
        lambda xp, x: xp.astype(xp.astype(x, xp.float64), xp.float32),
        ([2.0],),
        ([1.0],),
        dtype="float32",
    ),
    H("a float mask", lambda xp, x: xp.astype(x > 0, xp.float64) * x, ([1.0, -1.0],), ([1.0, 0.0],)),
    H("many small parts", lambda xp, x: xp.mean(x), ([1.0] * 4096,), ([0.000244140625] * 4096,), dtype="float16"),
)

SECOND = (
    H("d2 x**2 at 0", lambda xp, x: x**2, ([0.0],), ([2.0],), 2),
    H("d2 x**2.0 at 0", lambda xp, x: x**2.0, ([0.0],), ([2.0],), 2),
    H("d2 pow(x, y) at (0, 2)", lambda xp, x, y: xp.pow(x, y), ([0.0], [2.0]), ([2.0], [0.0]), 2, torch(NANS)),
    H("d2 x**1 at 0", lambda xp, x: x**1, ([0.0],), ([0.0],), 2),
    H("d2 x**0 at 0", lambda xp, x: x**0, ([0.0],), ([0.0],), 2),
    H("d2 x**3 at 0", lambda xp, x: x**3, ([0.0],), ([0.0],), 2),
    H("d2 3*x", lambda xp, x: 3 * x, ([1.0],), ([0.0],), 2),
    H("d2 abs at 0", lambda xp, x: xp.abs(x), ([0.0],), ([0.0],), 2),
    H("d2 maximum(x, 0)**2 at 0", lambda xp, x: xp.maximum(x, zero(xp, x)) ** 2, ([0.0],), ([0.5],), 2),
    H("d2 max with ties", lambda xp, x: xp.max(x) ** 2 / 2, ([1.0, 2.0, 2.0],), ([0.0, 0.5, 0.5],), 2),
    H("d2 prod with a zero", lambda xp, x: xp.prod(x), ([0.0, 2.0, 3.0],), ([5.0, 3.0, 2.0],), 2),
    H("d2 prod with two zeros", lambda xp, x: xp.prod(x), ([0.0, 0.0, 3.0],), ([3.0, 3.0, 0.0],), 2),
    H(
        "d2 cumprod with a zero",
        lambda xp, x: xp.cumulative_prod(x),
        ([2.0, 0.0, 3.0],),
        ([4.0, 6.0, 2.0],),
        2,
        torch("its forward mode divides by the zero"),
    ),
    H("d2 x*abs(x) at 0", lambda xp, x: x * xp.abs(x), ([0.0],), ([0.0],), 2, jax(KINK)),
    H("d2 hypot", lambda xp, x, y: xp.hypot(x, y), ([3.0], [4.0]), ([0.032], [-0.024]), 2),
    H("d2 logaddexp(-inf, 0)", lambda xp, x, y: xp.logaddexp(x, y), ([-inf], [0.0]), ([0.0], [0.0]), 2, torch(NANS)),
    H("d2 where(x > 0, x**2, 0) at 0", lambda xp, x: xp.where(x > 0, x**2, zero(xp, x)), ([0.0],), ([0.0],), 2),
    H("d2 expm1 at 0", lambda xp, x: xp.expm1(x), ([0.0],), ([1.0],), 2),
    H(
        "d2 pow(x, [0, 1, 2]) at 0",
        lambda xp, x: xp.pow(x, xp.asarray([0.0, 1.0, 2.0], dtype=xp.float64)),
        ([0.0, 0.0, 0.0],),
        ([0.0, 0.0, 2.0],),
        2,
        both(NANS),
    ),
    H("d2 clip inside", lambda xp, x: xp.clip(x, -1.0, 1.0) ** 3, ([0.5],), ([3.0],), 2),
)
