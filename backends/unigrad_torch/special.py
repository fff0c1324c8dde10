"""PyTorch's kernels of the special functions, and what it lacks composed of them."""

import math
from collections.abc import Callable
from typing import Any

import array_api_compat.torch as xp
import torch
from torch import special as ts

from unigrad.fallbacks import composed

#: from here on torch's trigamma, a series in 1/x that ends at x**-7, has all digits of float64
FAR = 32


def _polygamma(x: Any, n: int) -> Any:
    pole = (x <= 0) & (x == torch.floor(x))
    safe = torch.where(pole, 1, x)
    if n == 1:  # torch's is off by about (x + 6)**-9 / 30; psi_1(x) = psi_1(x + 1) + 1/x^2, upwards
        out = ts.polygamma(1, safe + FAR)
        for k in range(FAR - 1, -1, -1):
            out = out + (safe + k) ** -2
    else:
        far = safe == math.inf  # torch says NaN there
        out = torch.where(far, 0, ts.polygamma(n, torch.where(far, 1, safe)))
    return torch.where(pole, math.inf if n % 2 else -math.inf, out)


def _arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of two tensors, of which one may be a Python number."""

    def kernel(x: Any, y: Any) -> Any:
        if not isinstance(x, torch.Tensor):
            x = torch.full_like(y, x) if y.ndim == 0 else torch.as_tensor(x, dtype=y.dtype, device=y.device)
        elif not isinstance(y, torch.Tensor):
            y = torch.full_like(x, y) if x.ndim == 0 else torch.as_tensor(y, dtype=x.dtype, device=x.device)
        return function(x, y)

    return kernel


def _widened(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one tensor that torch does not have of two-byte floats: by way of float32."""
    return lambda x: function(x.float()).to(x.dtype) if x.dtype.itemsize == 2 else function(x)


def _inverse_mills(x: Any) -> Any:
    return math.sqrt(2 / math.pi) / ts.erfcx(x * -math.sqrt(0.5))


_ive = composed.bessel_ive(xp, ts.i0e, ts.i1e)

KERNELS: dict[str, Callable[..., Any]] = {
    "digamma": ts.digamma,
    "entr": ts.entr,
    "erf": ts.erf,
    "erfc": ts.erfc,
    "erfinv": ts.erfinv,
    "expit": ts.expit,
    "gammainc": _arrays(ts.gammainc),
    "gammaincc": _arrays(ts.gammaincc),
    "gammaln": ts.gammaln,
    "i0": ts.i0,
    "i0e": ts.i0e,
    "i1": ts.i1,
    "i1e": ts.i1e,
    "inverse_mills": _widened(_inverse_mills),
    "iv": composed.bessel_iv(xp, _ive),
    "ive": _ive,
    "log_expit": torch.nn.functional.logsigmoid,
    "log_ndtr": _widened(ts.log_ndtr),
    "logit": ts.logit,
    # torch's loses the left tail: it takes half of 1 + erf
    "ndtr": _widened(lambda x: 0.5 * ts.erfc(x * -math.sqrt(0.5))),
    "ndtri": _widened(ts.ndtri),
    "polygamma": _polygamma,
    "rel_entr": composed.rel_entr(xp),
    "sinc": torch.sinc,
    "sinc_derivative": composed.sinc_derivative(xp),
    # torch's softplus is x itself from a threshold on, which is not exact enough in float64
    "softplus": lambda x: -torch.nn.functional.logsigmoid(-x),
    "xlog1py": _arrays(ts.xlog1py),
    "xlogy": _arrays(ts.xlogy),
}
