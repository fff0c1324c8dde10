"""Special functions, by the names of scipy.special, differentiable to every order on every backend.

Each takes tensors, variables, numbers, or arrays of a backend. Integers are computed in the default float; complex numbers are a
`DTypeError`, except for `sinc` and the softmaxes. On NumPy arrays most of them are SciPy's, which then must be installed.

This is the place of what `scipy.special` has more. A new one is a row in `unigrad/ops/special.py`, with its derivative in closed
form, as another row, or as the next of a family with an order (`_family`); a kernel for NumPy in `unigrad/fallbacks/special.py`,
which serves any backend by way of the host, or one composed of the namespace's functions in `unigrad/fallbacks/composed.py`; the
libraries' own in the backends' `special.py`; and its name here.
"""

from typing import Any

from unigrad.errors import DTypeError, ShapeError
from unigrad.ops import special as rows
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import is_complex
from unigrad.ops.manipulation import int_of
from unigrad.ops.reductions import _floating
from unigrad.ops.softmax import log_softmax, logsumexp, softmax
from unigrad.ops.special import (
    digamma,
    entr,
    erf,
    erfc,
    erfinv,
    expit,
    gammainc,
    gammaincc,
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
    rel_entr,
    sinc,
    softplus,
    xlog1py,
    xlogy,
)  # fmt: skip

__all__ = [
    "digamma", "entr", "erf", "erfc", "erfinv", "expit", "gammainc", "gammaincc", "gammaln", "i0", "i0e", "i1", "i1e",
    "log_expit", "log_ndtr", "log_softmax", "logit", "logsumexp", "ndtr", "ndtri", "polygamma", "psi", "rel_entr",
    "sinc", "softmax", "softplus", "xlog1py", "xlogy",
]  # fmt: skip

psi = digamma


def polygamma(n: int, x: Any, /) -> Any:
    """The n-th derivative of `digamma` at `x`.

    Args:
        n: an int that is not negative; 0 is `digamma` itself.
        x: real numbers.

    Raises:
        ShapeError: `n` is no such int.
        DTypeError: `x` is complex.
    """
    order = int_of(n, "polygamma", "the order")
    if order < 0:
        raise ShapeError(f"polygamma: the order is a number of derivatives, not {order}")
    if order == 0:
        return digamma(x)
    x = _floating(as_array(x), "polygamma")
    if is_complex(x):
        raise DTypeError("polygamma: this is for real numbers")
    return rows.polygamma_(x, n=order)
