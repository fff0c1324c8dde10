"""Special functions: a row each, with the derivative in closed form or as another row.

Where a derivative needs a family of functions (polygamma, the modified Bessel functions, the derivatives of sinc), the family is
one row with its order as a parameter, so that every order of derivative is exact, at the removable singularities too.
Formulas: NIST Digital Library of Mathematical Functions (DLMF), https://dlmf.nist.gov.
"""

import math
from collections.abc import Callable
from typing import Any

from unigrad.cotangents import scale
from unigrad.errors import NoRuleError
from unigrad.kinds import Function, elementwise, general
from unigrad.operands import SCALARS
from unigrad.ops.elementwise import conj, exp, log, log1p, sign, where
from unigrad.primitive import Domain, Primitive, Sample

REAL = Domain(complex=False)
POSITIVE = Domain(0.3, 3.0, complex=False)
PROBABILITY = Domain(0.1, 0.9, complex=False)
SHAPE_AND_PLACE = Domain(0.5, 3.0, complex=False, others=((0.3, 3.0),))


def _floats(name: str, *partials: Any, doc: str, domain: Domain = REAL) -> Function:
    return elementwise(name, *partials, promotes="float", domain=domain, doc=doc)


def _family(name: str, derivative: Callable[..., Any], orders: tuple[int, ...], domain: Domain, doc: str) -> Primitive:
    """A function of one array and an integer order `n`, a parameter; elementwise."""
    samples = (*(Sample(((2, 3),), {"n": n}) for n in orders), Sample(((),), {"n": orders[0]}))
    return general(
        name,
        vjp=lambda ct, x, n: scale(ct, conj(derivative(x, n))),
        jvp=lambda t, x, n: scale(t, derivative(x, n)),
        promotes="as is",
        domain=domain._replace(samples=samples),
        doc=doc,
    )


# -- error functions and the normal distribution (DLMF 7.2) -------------------------------------------------------------

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
_DENSITY = 1 / math.sqrt(2 * math.pi)

erf: Function = _floats("erf", lambda x: _TWO_OVER_ROOT_PI * exp(-(x * x)), doc="Error function.")
erfc: Function = _floats(
    "erfc", lambda x: -_TWO_OVER_ROOT_PI * exp(-(x * x)), doc="1 - erf(x), exact where that is small."
)
erfinv: Function = _floats(
    "erfinv", lambda out: exp(out * out) / _TWO_OVER_ROOT_PI, domain=Domain(-0.8, 0.8, complex=False),
    doc="The inverse of erf; infinite at -1 and 1.",
)  # fmt: skip
ndtr: Function = _floats(
    "ndtr", lambda x: _DENSITY * exp(-0.5 * (x * x)), doc="Integral of the standard normal density up to x."
)
ndtri: Function = _floats(
    "ndtri", lambda out: exp(0.5 * (out * out)) / _DENSITY, domain=PROBABILITY,
    doc="The inverse of ndtr; infinite at 0 and 1.",
)  # fmt: skip


def _mills_slope(x: Any, out: Any) -> Any:
    """-out (x + out); far left, where the two cancel, by the asymptotic series of both in 1 / x**2 (DLMF 7.12.1)."""
    far = x < -30
    inverse = where(far, 1 / where(far, x, 1), 0)
    t = inverse * inverse
    s = 1 - t * (2 - t * (10 - t * (74 - t * (706 - t * 8162))))
    return where(far, -s * (1 + t * s), -out * (where(far | (out == 0), 0, x) + out))


inverse_mills: Function = _floats(
    "inverse_mills", _mills_slope, doc="The standard normal density over its integral up to x."
)
log_ndtr: Function = _floats("log_ndtr", lambda x: inverse_mills(x), doc="log(ndtr(x)), exact far into the left tail.")

# -- logistic functions ------------------------------------------------------------------------------------------------

# both factors from x: 1 - out has lost its digits where out is near 1
expit: Function = _floats("expit", lambda x: expit(x) * expit(-x), doc="1 / (1 + exp(-x)), the logistic function.")
log_expit: Function = _floats("log_expit", lambda x: expit(-x), doc="log(expit(x)), without overflow.")
softplus: Function = _floats("softplus", lambda x: expit(x), doc="log(1 + exp(x)), without overflow.")
logit: Function = _floats(
    "logit", lambda x: 1 / x + 1 / (1 - x), domain=PROBABILITY, doc="log(x / (1 - x)), the inverse of expit."
)

# -- entropies ---------------------------------------------------------------------------------------------------------


def _log(y: Any) -> Any:
    if type(y) not in SCALARS:
        return log(y)
    return math.log(y) if y > 0 else -math.inf if y == 0 else math.nan


def _log1p(y: Any) -> Any:
    if type(y) not in SCALARS:
        return log1p(y)
    return math.log1p(y) if y > -1 else -math.inf if y == -1 else math.nan


def _quotient(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are 0: the functions here are constant along y at x = 0."""
    flat = (x == 0) & (y == 0)
    return where(flat, 0, x / where(flat, 1, y))


xlogy: Function = _floats(
    "xlogy", lambda y: _log(y), _quotient, domain=POSITIVE, doc="x * log(y), and 0 where x is 0, at y = 0 too."
)
xlog1py: Function = _floats(
    "xlog1py", lambda y: _log1p(y), lambda x, y: _quotient(x, 1 + y), domain=POSITIVE,
    doc="x * log1p(y), and 0 where x is 0, at y = -1 too.",
)  # fmt: skip
entr: Function = _floats(
    "entr", lambda x: -log(x) - 1, domain=POSITIVE, doc="-x * log(x); 0 at 0, and -inf where x is negative."
)


def _log_quotient(x: Any, y: Any) -> Any:
    """log(x / y), of a quotient beyond the range of its dtype too."""
    q = x / y
    return where((q > 0) & (q < math.inf), log(q), _log(x) - _log(y))


rel_entr: Function = _floats(
    "rel_entr", lambda x, y: _log_quotient(x, y) + 1, lambda x, y: -_quotient(x, y), domain=POSITIVE,
    doc="x * log(x / y); 0 where x is 0 and y is not negative, and inf elsewhere outside of the positive numbers.",
)  # fmt: skip

# -- gamma functions (DLMF 5.2, 5.15, 8.8.13) ----------------------------------------------------------------------------

polygamma_: Primitive = _family(
    "polygamma", lambda x, n: polygamma_(x, n=n + 1), (1, 2), POSITIVE, "The n-th derivative of digamma, n >= 1."
)
digamma: Function = _floats("digamma", lambda x: polygamma_(x, n=1), domain=POSITIVE, doc="The derivative of gammaln.")
gammaln: Function = _floats(
    "gammaln", lambda x: digamma(x), domain=POSITIVE, doc="Logarithm of the absolute value of the gamma function."
)

# -- incomplete gamma functions (DLMF 8.2.4, 8.8.13) ---------------------------------------------------------------------


def _without_derivative(name: str, argument: str) -> Callable[..., Any]:
    """The partial derivative of an argument that has none here: an error in both modes, at the first look at it."""

    def refused(out: Any) -> Any:
        raise NoRuleError(
            f"{name} has no derivative with respect to {argument} here, which is no elementary function: "
            f"{argument}.detach() has it for a constant"
        )

    refused.refused = True  # type: ignore[attr-defined]  # the conformance suite differentiates the other arguments
    return refused


def _gamma_density(x: Any, y: Any) -> Any:
    """y^(x - 1) exp(-y) / gamma(x): 0 where either is infinite, and the limit at y = 0."""
    end = (y == math.inf) | (x == math.inf)
    safe = where(end, 1.0, y)
    return where(end, 0.0, exp(xlogy(x - 1, safe) - safe - _gammaln(x)))


def _gammaln(x: Any) -> Any:
    if type(x) not in SCALARS:
        return gammaln(x)
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):  # far out, and at a pole
        return math.inf


gammainc: Function = _floats(
    "gammainc", _without_derivative("gammainc", "a"), lambda x, y: _gamma_density(x, y), domain=SHAPE_AND_PLACE,
    doc="Regularized lower incomplete gamma function P(a, x); it has a derivative with respect to x alone.",
)  # fmt: skip
gammaincc: Function = _floats(
    "gammaincc", _without_derivative("gammaincc", "a"), lambda x, y: -_gamma_density(x, y), domain=SHAPE_AND_PLACE,
    doc="Regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x), exact where that is small; see `gammainc`.",
)  # fmt: skip

# -- modified Bessel functions (DLMF 10.29.1) ---------------------------------------------------------------------------

iv: Primitive = _family(
    "iv", lambda x, n: (_iv(x, n - 1) + iv(x, n=n + 1)) * 0.5, (2, 3), REAL,
    "Modified Bessel function of the first kind, of integer order n >= 2.",
)  # fmt: skip
i1: Function = _floats(
    "i1", lambda x: (i0(x) + iv(x, n=2)) * 0.5, doc="Modified Bessel function of the first kind, of order 1."
)
i0: Function = _floats("i0", lambda x: i1(x), doc="Modified Bessel function of the first kind, of order 0.")
ive: Primitive = _family(
    "ive", lambda x, n: (_ive(x, n - 1) + ive(x, n=n + 1)) * 0.5 - sign(x) * ive(x, n=n), (2, 3), POSITIVE,
    "exp(-|x|) times iv(x, n).",
)  # fmt: skip
i1e: Function = _floats(
    "i1e", lambda x, out: (i0e(x) + ive(x, n=2)) * 0.5 - sign(x) * out, domain=POSITIVE, doc="exp(-|x|) * i1(x)."
)
i0e: Function = _floats(
    "i0e",
    lambda x, out: i1e(x) - sign(x) * out,
    domain=POSITIVE,
    doc="exp(-|x|) * i0(x); its kink at 0 has derivative 0.",
)


def _iv(x: Any, n: int) -> Any:
    return i1(x) if n == 1 else iv(x, n=n)


def _ive(x: Any, n: int) -> Any:
    return i1e(x) if n == 1 else ive(x, n=n)


# -- sinc --------------------------------------------------------------------------------------------------------------

sinc_derivative: Primitive = _family(
    "sinc_derivative",
    lambda x, n: sinc_derivative(x, n=n + 1),
    (1, 2),
    Domain(-1.5, 1.5),
    "The n-th derivative of sinc, n >= 1.",
)
sinc: Function = elementwise(
    "sinc", lambda x: sinc_derivative(x, n=1), promotes="float", domain=Domain(-1.5, 1.5),
    doc="sin(pi x) / (pi x), and 1 at 0; its derivatives there are exact, to every order.",
)  # fmt: skip
