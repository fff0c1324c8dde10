"""PyTorch's kernels of elementwise functions."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from unigrad_torch.memory import observed


def _binary(function: Callable[..., Any]) -> Callable[..., Any]:
    """A torch function that takes tensors alone, taking Python scalars too."""

    def call(x: Any, y: Any) -> Any:
        if not isinstance(y, torch.Tensor):
            y = torch.full_like(x, y) if x.ndim == 0 else torch.as_tensor(y, dtype=x.dtype, device=x.device)
        elif not isinstance(x, torch.Tensor):
            x = torch.as_tensor(x, dtype=y.dtype, device=y.device)
        return function(x, y)

    return call


def _absorbing_multiply(x: Any, y: Any) -> Any:
    product = x * y
    # where looking costs least: one pass in the place of five
    if type(product) is torch.Tensor and product.device.type == "cpu" and not observed() and _is_finite(product):
        return product
    absorbed = (x == 0) | ((y == 0) & (x == x))
    if not (product.requires_grad or observed()):
        return torch.where(absorbed, 0, product)
    # PyTorch may differentiate this: 0 * y has the derivative y, but where it is no number
    bad = absorbed & (product != product)
    x, y = (torch.as_tensor(v, dtype=product.dtype, device=product.device) for v in (x, y))
    return torch.where(bad, 0, x) * torch.where(bad, 0, y)


def _is_finite(x: Any) -> bool:
    total = x.sum().item()  # one that overflows is no wrong answer
    return bool(total - total == 0)


#: of Python; torch's own functions take one in the second place only, and it stands in either here
NUMBERS = (float, int, bool)


def _heaviside_weight(x: Any, y: Any) -> Any:
    # by sign, which is vectorised as heaviside and comparisons are not; sign(nan) is 0, and clamp brings the NaN back
    difference = x if type(y) in NUMBERS and y == 0 else x - y
    weight = torch.clamp(difference, 0, 0).add_(torch.sign(difference), alpha=0.5).add_(0.5)
    scalar = y if type(y) in NUMBERS else x
    if type(scalar) in NUMBERS and math.isfinite(scalar):
        return weight
    return torch.where(x == y, 0.5, weight).to(weight.dtype)  # inf - inf too


def _pow(x: Any, y: Any) -> Any:
    out = torch.pow(x, y)
    # a complex 0 to an array of zeros is NaN in PyTorch
    return torch.where(y == 0, 1, out) if out.is_complex() and isinstance(y, torch.Tensor) else out


def _with_bools(function: Callable[..., Any], of_bools: Callable[..., Any]) -> Callable[..., Any]:
    """A torch function, and what NumPy gives of bools, which it refuses: torch.compile does not until it is too late."""
    return lambda *arrays: of_bools(*arrays) if arrays[0].dtype is torch.bool else function(*arrays)


def _small(function: Callable[..., Any]) -> Callable[..., Any]:
    """A torch function of two numbers, which of bools computes with int8, as NumPy does: torch refuses them, or keeps bools."""

    def call(x: Any, y: Any) -> Any:
        if (x if isinstance(x, torch.Tensor) else y).dtype is torch.bool:
            x, y = (v.to(torch.int8) if isinstance(v, torch.Tensor) else int(v) for v in (x, y))
        return function(x, y)

    return call


def _relu_slope(x: Any) -> Any:
    return torch.ceil(x).clamp_(0, 1)  # two vectorised passes, which keep a NaN; a comparison is neither


def _bounded(function: Callable[..., Any], clamp: Callable[..., Any]) -> Callable[..., Any]:
    """maximum or minimum, by clamp where one of the two is a Python number."""

    def call(x: Any, y: Any) -> Any:
        if type(x) is bool or type(y) is bool:  # clamp takes no bools
            x, y = (v if isinstance(v, torch.Tensor) else torch.tensor(v) for v in (x, y))
        if not isinstance(y, torch.Tensor):
            return clamp(x, y)
        return function(x, y) if isinstance(x, torch.Tensor) else clamp(y, x)

    return call


def _sign(x: Any) -> Any:
    if not x.is_floating_point():
        return x.sgn() if x.is_complex() else x.sign()
    return x.sign().masked_fill_(x.isnan(), math.nan)  # PyTorch's own makes a 0 of a NaN


#: of one tensor. Functions and no methods of `Tensor`, of which torch.compile takes one for another: it does not guard which
#: it was handed, and rows share their code (pytorch/pytorch#197811)
UNARY = (
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "exp", "expm1", "floor", "isfinite",
    "isinf", "isnan", "log", "log10", "log1p", "log2", "reciprocal", "relu", "signbit", "sin", "sinh", "sqrt",
    "square", "tan", "tanh", "trunc",
)  # fmt: skip

KERNELS: dict[str, Callable[..., Any]] = {
    **{name: getattr(torch, name) for name in UNARY},
    # of bools they are whole as they are
    **{name: _with_bools(getattr(torch, name), torch.clone) for name in ("abs", "ceil", "floor", "trunc")},
    "absorbing_multiply": _absorbing_multiply,
    "add": torch.add,
    "atan2": _binary(torch.atan2),
    "conj": lambda x: torch.conj(x).resolve_conj() if x.is_complex() else x,
    "copysign": _binary(torch.copysign),
    "divide": torch.true_divide,
    "floor_divide": _small(_binary(partial(torch.div, rounding_mode="floor"))),  # torch.floor_divide has no derivative
    "from_parts": _binary(torch.complex),
    "heaviside_weight": _heaviside_weight,
    "hypot": _binary(torch.hypot),
    "imag": lambda x: torch.imag(x).clone() if x.is_complex() else torch.zeros_like(x),
    "logaddexp": _binary(torch.logaddexp),
    # sums of ones in float32 never come back to 0, as integers would
    "matmul": _with_bools(torch.matmul, lambda x, y: torch.matmul(x.float(), y.float()) != 0),
    "maximum": _bounded(torch.maximum, torch.clamp_min),
    "minimum": _bounded(torch.minimum, torch.clamp_max),
    "multiply": torch.mul,
    "negative": torch.neg,
    "nextafter": _binary(torch.nextafter),
    "pow": _small(_pow),
    "sign": _sign,
    "real": lambda x: torch.real(x).clone() if x.is_complex() else x,
    "relu_slope": _relu_slope,
    "remainder": _small(torch.remainder),
    "subtract": torch.sub,
    "where": torch.where,
}
