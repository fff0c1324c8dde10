"""Chapter E of the measured table: complex numbers. The gradient is df/dx + i df/dy; JAX's is conjugated."""

from functools import partial

from unigrad_conformance.hazards import Hazard, nan

H = partial(Hazard, chapter="E")

E = (
    H("sum |z|^2 = real(z*conj z)", lambda xp, z: xp.real(z * xp.conj(z)), ([1 + 2j],), ([2 + 4j],)),
    H("abs(z) at 3+4j", lambda xp, z: xp.abs(z), ([3 + 4j],), ([0.6 + 0.8j],)),
    H("abs(z) at 0", lambda xp, z: xp.abs(z), ([0j],), ([0j],)),
    H("abs(z)**2 at 0", lambda xp, z: xp.abs(z) ** 2, ([0j],), ([0j],)),
    H("real(z)", lambda xp, z: xp.real(z), ([1 + 2j],), ([1 + 0j],)),
    H("imag(z)", lambda xp, z: xp.imag(z), ([1 + 2j],), ([1j],)),
    H("real(z*z)", lambda xp, z: xp.real(z * z), ([1 + 2j],), ([2 - 4j],)),
    H("imag(z*z)", lambda xp, z: xp.imag(z * z), ([1 + 2j],), ([4 + 2j],)),
    H("angle(z)", lambda xp, z: xp.atan2(xp.imag(z), xp.real(z)), ([1 + 2j],), ([-0.4 + 0.2j],)),
    H(
        "angle(0)",
        lambda xp, z: xp.atan2(xp.imag(z), xp.real(z)),
        ([0j],),
        ([complex(nan, nan)],),
    ),
    H("z*z holomorphic (complex loss, seed 1)", lambda xp, z: z * z, ([1 + 2j],), ([2 - 4j],)),
    H("conj(z) complex loss, seed 1", lambda xp, z: xp.conj(z), ([1 + 2j],), ([1 + 0j],)),
    H("exp(z) holomorphic at i", lambda xp, z: xp.exp(z), ([1j],), ([0.5403023058681398 - 0.8414709848078965j],)),
    H("sqrt(z) holo at 0", lambda xp, z: xp.sqrt(z), ([0j],), ([complex(nan, nan)],)),
    H("real x -> real(exp(1j*x)) at 1", lambda xp, x: xp.real(xp.exp(x * 1j)), ([1.0],), ([-0.8414709848078965],)),
    H("real x -> abs(x+0j) at -2", lambda xp, x: xp.abs(x + 0j), ([-2.0],), ([-1.0],)),
    H("complex z**2 (pow 2) real part at 0", lambda xp, z: xp.real(z**2), ([0j],), ([0j],)),
    H(
        "sign(z) at 3+4j, real part",
        lambda xp, z: xp.real(xp.sign(z)),
        ([3 + 4j],),
        ([0.128 - 0.096j],),
    ),
    H("prod complex real part [1+1j,0]", lambda xp, z: xp.real(xp.prod(z)), ([1 + 1j, 0j],), ([0j, 1 - 1j],)),
    H("vdot real part", lambda xp, z, w: xp.real(xp.vecdot(z, w)), ([1 + 2j], [3 - 1j]), ([3 - 1j], [1 + 2j])),
    H(
        "real(z*w) product, w complex",
        lambda xp, z, w: xp.real(z * w),
        ([1 + 2j], [3 - 1j]),
        ([3 + 1j], [1 - 2j]),
    ),
)
