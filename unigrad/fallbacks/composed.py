"""Special functions composed of those of the array API namespace: any library has them, and its compiler sees through them."""

import math
from collections.abc import Callable
from typing import Any

Kernel = Callable[..., Any]


def _like(xp: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Two operands as arrays; a Python number takes the other's dtype."""
    if not hasattr(x, "dtype"):
        x = xp.full_like(y, x)
    elif not hasattr(y, "dtype"):
        y = xp.full_like(x, y)
    return x, y


def expit(xp: Any) -> Kernel:
    """1 / (1 + exp(-x)), never from the exponential of a positive number, which could overflow."""

    def kernel(x: Any) -> Any:
        e = xp.exp(-xp.abs(x))
        return xp.where(x >= 0, 1.0, e) / (1 + e)

    return kernel


def softplus(xp: Any) -> Kernel:
    """log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|))."""
    return lambda x: xp.where(x <= 0, xp.zeros_like(x), x) + xp.log1p(xp.exp(-xp.abs(x)))


def log_expit(xp: Any) -> Kernel:
    """log(expit(x)) = min(x, 0) - log1p(exp(-|x|))."""
    return lambda x: xp.where(x >= 0, xp.zeros_like(x), x) - xp.log1p(xp.exp(-xp.abs(x)))


def logit(xp: Any) -> Kernel:
    """log(x / (1 - x)); near 1/2 as log1p, where the quotient is near 1."""

    def kernel(x: Any) -> Any:
        middle = (x > 0.3) & (x < 0.65)
        safe = xp.where(middle, x, 0.5)
        return xp.where(middle, xp.log1p((2 * safe - 1) / (1 - safe)), xp.log(x) - xp.log1p(-x))

    return kernel


def xlogy(xp: Any) -> Kernel:
    """x * log(y), and 0 where x is 0 and y is not NaN."""

    def kernel(x: Any, y: Any) -> Any:
        x, y = _like(xp, x, y)
        flat = (x == 0) & ~xp.isnan(y)
        return xp.where(flat, 0.0, x * xp.log(xp.where(flat, 1.0, y)))

    return kernel


def xlog1py(xp: Any) -> Kernel:
    """x * log1p(y), and 0 where x is 0 and y is not NaN."""

    def kernel(x: Any, y: Any) -> Any:
        x, y = _like(xp, x, y)
        flat = (x == 0) & ~xp.isnan(y)
        return xp.where(flat, 0.0, x * xp.log1p(xp.where(flat, 0.0, y)))

    return kernel


def entr(xp: Any) -> Kernel:
    """-x * log(x); 0 at 0, -inf below."""

    def kernel(x: Any) -> Any:
        inside = x > 0
        out = -x * xp.log(xp.where(inside, x, 1.0))
        return xp.where(inside | xp.isnan(x), out, xp.where(x == 0, x * 0, -math.inf))

    return kernel


def rel_entr(xp: Any) -> Kernel:
    """x * log(x / y); 0 where x is 0 and y is not negative, inf elsewhere."""

    def kernel(x: Any, y: Any) -> Any:
        x, y = _like(xp, x, y)
        inside = (x > 0) & (y > 0)
        a, b = xp.where(inside, x, 1.0), xp.where(inside, y, 1.0)
        quotient = a / b
        # where the quotient leaves the range of the dtype its logarithm does not
        log = xp.where((quotient > 0) & xp.isfinite(quotient), xp.log(quotient), xp.log(a) - xp.log(b))
        out = xp.where((x == 0) & (y >= 0), 0.0, xp.where(inside, x * log, math.inf))
        return xp.where(xp.isnan(x) | xp.isnan(y), x + y, out)

    return kernel


def sinc_derivative(xp: Any) -> Kernel:
    """The n-th derivative of sin(pi x) / (pi x), to full precision at and near 0.

    With u = pi x and s the n-th derivative of sin(u)/u: u s_n + n s_{n-1} = sin(u + n pi/2), a recurrence that is stable for
    |u| > n; below, the power series: the sum of (-1)^k u^(2k-n) / ((2k-n)! (2k+1)) over 2k >= n.
    """

    def kernel(x: Any, n: int) -> Any:
        u = math.pi * x
        reach = n + 1.5
        near = xp.abs(u) <= reach
        v = xp.where(near, u, 0.0)
        v2 = v * v
        terms: list[float] = []
        m = n % 2
        while not terms or reach**m / math.factorial(m) > 1e-18:
            terms.append((-1) ** ((m + n) // 2) / (math.factorial(m) * (m + n + 1)))
            m += 2
        series = v2 * 0 + terms[-1]
        for c in reversed(terms[:-1]):
            series = series * v2 + c
        if n % 2:
            series = series * v
        w = xp.where(near, reach, u)
        turned = (xp.sin(w), xp.cos(w), -xp.sin(w), -xp.cos(w))
        far = turned[0] / w
        for k in range(1, n + 1):
            far = (turned[k % 4] - k * far) / w
        return xp.where(near, series, far) * math.pi**n

    return kernel


def sinc(xp: Any) -> Kernel:
    """sin(pi x) / (pi x), and 1 at 0."""

    def kernel(x: Any) -> Any:
        u = math.pi * xp.where(x == 0, 1.0, x)
        return xp.where(x == 0, 1.0, xp.sin(u) / u)

    return kernel


def bessel_ive(xp: Any, i0e: Kernel, i1e: Kernel) -> Kernel:
    """exp(-|x|) I_n(x) for an integer order n >= 0.

    Upwards from I_0 and I_1 by I_{k+1} = I_{k-1} - (2k/x) I_k where |x| > 2n, which keeps the digits; below, by the power series
    (DLMF 10.29.1 and 10.25.2).
    """

    def kernel(x: Any, n: int) -> Any:
        if n < 2:
            return (i0e, i1e)[n](x)
        reach = 2.0 * n
        near = xp.abs(x) <= reach
        h = xp.where(near, x, 0.0) / 2
        q = h * h
        count, size = 0, 1.0
        while size > 1e-18:
            count += 1
            size *= (reach / 2) ** 2 / (count * (n + count))
        series = q * 0 + 1.0
        for k in range(count, 0, -1):
            series = 1.0 + series * q / (k * (n + k))
        series = series * h**n / math.factorial(n) * xp.exp(-2 * xp.abs(h))
        far = xp.where(near, reach, x)
        below, here = i0e(far), i1e(far)
        for k in range(1, n):
            below, here = here, below - (2 * k / far) * here
        return xp.where(near, series, here)

    return kernel


def bessel_iv(xp: Any, ive: Kernel) -> Kernel:
    """I_n(x) from exp(-|x|) I_n(x)."""
    return lambda x, n: ive(x, n) * xp.exp(xp.abs(x))


def inverse_mills(xp: Any, log_ndtr: Kernel) -> Kernel:
    """The normal density over its integral, phi(x) / Phi(x); left of -20 by an asymptotic series (DLMF 7.12.1)."""

    def kernel(x: Any) -> Any:
        tail = x < -20.0
        near, far = xp.where(tail, 0.0, x), xp.where(tail, x, -20.0)
        middle = xp.exp(-0.5 * near * near - log_ndtr(near) - 0.5 * math.log(2 * math.pi))
        t = 1 / (far * far)
        series = t * 0 + 1.0
        for k in range(10, 0, -1):
            series = 1.0 - (2 * k - 1) * t * series
        return xp.where(tail, -far / series, middle)

    return kernel


#: what needs the namespace alone
COMPOSED: dict[str, Callable[[Any], Kernel]] = {
    "entr": entr,
    "expit": expit,
    "log_expit": log_expit,
    "logit": logit,
    "rel_entr": rel_entr,
    "sinc": sinc,
    "sinc_derivative": sinc_derivative,
    "softplus": softplus,
    "xlog1py": xlog1py,
    "xlogy": xlogy,
}
