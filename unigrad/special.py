"""Special functions, by the names of scipy.special, differentiable to every order on every backend.

Each takes tensors, variables, numbers, or arrays of a backend. Integers are computed in the default float; complex numbers are a
`DTypeError`, except for `sinc` and the softmaxes. On NumPy arrays most of them are SciPy's, which then must be installed.

This is the place of what `scipy.special` has more. A new one is a row in `unigrad/ops/special.py`, with its derivative in closed
form, as another row, or as the next of a family with an order (`_family`); a kernel for NumPy in `unigrad/fallbacks/special.py`,
which serves any backend by way of the host, or one composed of the namespace's functions in `unigrad/fallbacks/composed.py`; the
libraries' own in the backends' `special.py`; and its name here.
"""

from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.backend import Backend, find_backend, get_backend
from unigrad.errors import DTypeError, ShapeError
from unigrad.operands import SCALARS
from unigrad.ops import special as rows
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import astype, is_complex, where, zeros_like
from unigrad.ops.manipulation import broadcast_shapes, broadcast_to, int_of
from unigrad.ops.reductions import _floating
from unigrad.ops.softmax import log_softmax, logsumexp, softmax
from unigrad.ops.special import (
    digamma,
    entr,
    erf,
    erfc,
    erfinv,
    expit,
    gammaln,
    i0,
    i0e,
    i1,
    i1e,
    log_expit,
    log_ndtr,
    logit,
    ndtr,
    ndtri,
    sinc,
    softplus,
)  # fmt: skip

__all__ = [
    "digamma", "entr", "erf", "erfc", "erfinv", "expit", "gammainc", "gammaincc", "gammaln", "i0", "i0e", "i1", "i1e",
    "log_expit", "log_ndtr", "log_softmax", "logit", "logsumexp", "ndtr", "ndtri", "polygamma", "psi", "rel_entr",
    "sinc", "softmax", "softplus", "xlog1py", "xlogy",
]  # fmt: skip

psi = digamma


def _home(x: Any) -> Backend:
    return find_backend(getattr(x, "_raw", x)) or get_backend()


def _number(x: Any, what: str) -> Any:
    """An operand: integers in the default float, Python's numbers as they are."""
    return x if type(x) in SCALARS else _floating(as_array(x), what)


def xlogy(x: Any, y: Any, /) -> Any:
    """x * log(y), and 0 where x is 0, at y = 0 too."""
    return rows.xlogy(_number(x, "xlogy"), _number(y, "xlogy"))


def xlog1py(x: Any, y: Any, /) -> Any:
    """x * log1p(y), and 0 where x is 0, at y = -1 too."""
    return rows.xlog1py(_number(x, "xlog1py"), _number(y, "xlog1py"))


def gammainc(a: Any, x: Any, /) -> Any:
    """Regularized lower incomplete gamma function P(a, x); differentiable along x, and along a an error that says so."""
    return rows.gammainc(_number(a, "gammainc"), _number(x, "gammainc"))


def gammaincc(a: Any, x: Any, /) -> Any:
    """Regularized upper incomplete gamma function 1 - P(a, x), exact where that is small; see `gammainc`."""
    return rows.gammaincc(_number(a, "gammaincc"), _number(x, "gammaincc"))


def rel_entr(x: Any, y: Any, /) -> Any:
    """x * log(x / y); 0 where x is 0 and y is not negative, and inf elsewhere outside of the positive numbers."""
    return rows.rel_entr(_number(x, "rel_entr"), _number(y, "rel_entr"))


def _of_orders(n: Any, x: Any) -> Any:
    """`polygamma` for an array of orders, element by element; NaN where an order is negative, as SciPy has it."""
    home = _home(x if hasattr(x, "shape") else n)
    orders = home.to_numpy(getattr(n, "_raw", n)) if home.owns(getattr(n, "_raw", n)) else np.asarray(n)
    if (orders != np.trunc(orders)).any():
        raise ShapeError("polygamma: an order is a number of derivatives: there are some that are no integers")
    x = astype(x, dtype=dtypes.promote(x.dtype if hasattr(x, "_raw") else home.dtype_of(x), home.default_float))
    out = broadcast_to(zeros_like(x) + float("nan"), broadcast_shapes(orders.shape, x.shape))
    for order in sorted({int(k) for k in orders.ravel() if k >= 0}):
        out = where(orders == order, polygamma(order, x), out)
    return out


def polygamma(n: Any, x: Any, /) -> Any:
    """The n-th derivative of `digamma` at `x`.

    Args:
        n: an int that is not negative, 0 is `digamma` itself; or an array of integers, which broadcasts with `x` and
            whose values must be known (not a compiler's tracer): a negative one gives NaN.
        x: real numbers. With an array `n` they are computed in the default float at least.

    Raises:
        ShapeError: `n` is no int, or a negative one.
        DTypeError: `x` is complex.
    """
    if hasattr(n, "shape"):
        x = _floating(as_array(x), "polygamma")
        if is_complex(x):
            raise DTypeError("polygamma: this is for real numbers")
        return _of_orders(n.__unigrad_tensor__() if hasattr(n, "__unigrad_tensor__") else n, x)
    order = int_of(n, "polygamma", "the order")
    if order < 0:
        raise ShapeError(f"polygamma: the order is a number of derivatives, not {order}")
    if order == 0:
        return digamma(x)
    x = _floating(as_array(x), "polygamma")
    if is_complex(x):
        raise DTypeError("polygamma: this is for real numbers")
    return rows.polygamma_(x, n=order)
