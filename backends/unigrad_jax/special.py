"""JAX's kernels of the special functions, and what it lacks composed of them."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as js

from unigrad.fallbacks import composed


def _digamma(x: Any) -> Any:
    # JAX says NaN at 0, where the side of the zero tells the sign
    out = js.digamma(x)
    return jnp.where(x == 0, -jnp.copysign(jnp.inf, x), out).astype(out.dtype)


def _polygamma(x: Any, n: int) -> Any:
    pole, end = (x <= 0) & (x == jnp.floor(x)), x == math.inf  # JAX says NaN at either
    out = js.polygamma(n, jnp.where(pole | end, 1, x))
    return jnp.where(pole, math.inf if n % 2 else -math.inf, jnp.where(end, 0, out)).astype(out.dtype)


def _widened(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one array that JAX does not have of two-byte floats: by way of float32."""
    return lambda x: function(x.astype(jnp.float32)).astype(x.dtype) if x.dtype.itemsize == 2 else function(x)


_ive = composed.bessel_ive(jnp, js.i0e, js.i1e)
_BY_ORDER = {
    "iv": composed.bessel_iv(jnp, _ive),
    "ive": _ive,
    "polygamma": _polygamma,
    "sinc_derivative": composed.sinc_derivative(jnp),
}

KERNELS: dict[str, Callable[..., Any]] = {
    **{name: jax.jit(kernel, static_argnames="n") for name, kernel in _BY_ORDER.items()},
    "digamma": jax.jit(_digamma),
    "entr": js.entr,
    "erf": js.erf,
    "erfc": js.erfc,
    "erfinv": js.erfinv,
    "expit": js.expit,
    "gammainc": js.gammainc,
    "gammaincc": js.gammaincc,
    "gammaln": js.gammaln,
    "i0": js.i0,
    "i0e": js.i0e,
    "i1": js.i1,
    "i1e": js.i1e,
    "inverse_mills": jax.jit(_widened(composed.inverse_mills(jnp, js.log_ndtr))),
    "log_expit": jax.nn.log_sigmoid,
    "log_ndtr": _widened(js.log_ndtr),
    "logit": js.logit,
    "ndtr": _widened(js.ndtr),
    "ndtri": _widened(js.ndtri),
    "rel_entr": jax.jit(composed.rel_entr(jnp)),
    "sinc": jnp.sinc,
    "softplus": jax.nn.softplus,
    "xlog1py": js.xlog1py,
    "xlogy": js.xlogy,
}
