"""Functions of numbers, by their definitions and by mpmath: NaN outside the domain of a real function, infinite at a pole."""

from collections.abc import Callable
from typing import Any

from unigrad_conformance.oracles.precise.numbers import Numbers, divide, each, is_complex, mp, power

INF = mp.inf


def inside(function: Any, low: Any, high: Any, ends: Any = ()) -> Callable[..., Numbers]:
    """A real function between two numbers, NaN outside. `ends`: its values where it is infinite."""
    known = dict(ends)

    def of_number(x: Any) -> Any:
        if is_complex(x):
            return function(x)
        return known[x] if x in known else function(x) if low <= x <= high else mp.nan

    return each(of_number)


def of_two(function: Any) -> Callable[..., Numbers]:
    """A function of two numbers that is NaN if one of them is."""
    return each(lambda x, y: mp.nan if mp.isnan(x) or mp.isnan(y) else function(x, y), 2)


def product(x: Any, of_log: Any) -> Any:
    """x times a logarithm, 0 where x is."""
    return mp.mpf(0) if x == 0 else x * of_log()


def positive_part(x: Any) -> Any:
    """max(x, 0), NaN of NaN."""
    return x if mp.isnan(x) or x > 0 else mp.mpf(0)


def log_of(x: Any) -> Any:
    """log x: -inf at 0, NaN below."""
    return mp.nan if x < 0 else -INF if x == 0 else mp.log(x)


def rel_entr(x: Any, y: Any) -> Any:
    """x log(x / y)."""
    return mp.mpf(0) if x == 0 and y >= 0 else x * mp.log(x / y) if x > 0 and y > 0 else INF


def gammaln(x: Any) -> Any:
    """The logarithm of the size of gamma, infinite at its poles."""
    return INF if x <= 0 and mp.isint(x) else mp.log(mp.fabs(mp.gamma(x)))


def digamma(x: Any) -> Any:
    """gamma' / gamma; at 0 the side of the positive zero, at the other poles none."""
    return -INF if x == 0 else mp.nan if x < 0 and mp.isint(x) else mp.digamma(x)


def log_ndtr(x: Any) -> Any:
    """log(erfc(-x / sqrt(2)) / 2); far out, where mpmath has no erfc, the first terms of its asymptotic series."""
    far = x < -(mp.mpf(10) ** 20)
    return -x * x / 2 - mp.log(-x * mp.sqrt(2 * mp.pi)) if far else mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)


def as_number(x: Any) -> Any:
    """A number in place of a bool."""
    return x if isinstance(x, mp.mpf | mp.mpc) else mp.mpf(int(x))


ELEMENTWISE: dict[str, Callable[..., Numbers]] = {
    "abs": each(mp.fabs),
    "acos": inside(mp.acos, -1, 1),
    "acosh": inside(mp.acosh, 1, INF),
    "as_number": each(as_number),
    "atan2": each(mp.atan2, 2),
    "atanh": inside(mp.atanh, -1, 1, {-1: -INF, 1: INF}),
    "ceil": each(mp.ceil),
    "conj": each(mp.conj),
    "copysign": each(lambda x, y: -mp.fabs(x) if y < 0 else mp.fabs(x), 2),
    "digamma": each(digamma),
    "divide_no_nan": each(lambda x, y: mp.mpf(0) if y == 0 else x / y, 2),
    "elu": each(lambda x: x if x > 0 else mp.expm1(x)),
    "entr": each(lambda x: -product(x, lambda: log_of(x))),
    "erfinv": inside(mp.erfinv, -1, 1, {-1: -INF, 1: INF}),
    "exp": each(mp.exp),
    "expit": each(lambda x: 1 / (1 + mp.exp(-x))),
    "expm1": each(mp.expm1),
    "floor": each(mp.floor),
    "fmax": each(lambda x, y: y if mp.isnan(x) else x if mp.isnan(y) else max(x, y), 2),
    "gammaln": each(gammaln),
    "hypot": of_two(lambda x, y: mp.sqrt(x * x + y * y)),
    "i0": each(lambda x: mp.besseli(0, x)),
    "i0e": each(lambda x: mp.besseli(0, x) * mp.exp(-mp.fabs(x))),
    "i1": each(lambda x: mp.besseli(1, x)),
    "i1e": each(lambda x: mp.besseli(1, x) * mp.exp(-mp.fabs(x))),
    "imag": each(mp.im),
    "leaky_relu": each(lambda x, slope: x if x > 0 else x * slope, 2),
    "log": inside(mp.log, 0, INF, {0: -INF}),
    "log1p": inside(mp.log1p, -1, INF, {-1: -INF}),
    "log_expit": each(lambda x: -mp.log1p(mp.exp(-x))),
    "log_ndtr": each(log_ndtr),
    "logaddexp": of_two(lambda x, y: mp.log(mp.exp(x) + mp.exp(y))),
    "logit": inside(lambda x: mp.log(x / (1 - x)), 0, 1, {0: -INF, 1: INF}),
    "maximum": of_two(max),
    "minimum": of_two(min),
    "ndtri": inside(lambda x: mp.sqrt(2) * mp.erfinv(2 * x - 1), 0, 1, {0: -INF, 1: INF}),
    "pow": each(power, 2),
    "quotient": each(divide, 2),
    "real": each(mp.re),
    "rel_entr": of_two(rel_entr),
    "relu": each(positive_part),
    "relu6": each(lambda x: min(positive_part(x), mp.mpf(6))),
    "remainder": each(lambda x, y: mp.nan if y == 0 else x - y * mp.floor(x / y), 2),
    "round": each(mp.nint),
    "sign": each(lambda x: x / mp.fabs(x) if is_complex(x) and x != 0 else mp.sign(x)),
    "sinc": each(mp.sincpi),
    "softplus": each(lambda x: mp.log1p(mp.exp(x))),
    "sqrt": inside(mp.sqrt, 0, INF),
    "square": each(lambda x: x * x),
    "stop_gradient": each(lambda x: x),
    "tanh": each(mp.tanh),
    "trunc": each(lambda x: mp.ceil(x) if x < 0 else mp.floor(x)),
    "where": each(lambda condition, x, y: x if condition else y, 3),
    "xlog1py": of_two(lambda x, y: product(x, lambda: log_of(1 + y))),
    "xlogy": of_two(lambda x, y: product(x, lambda: log_of(y))),
}
