"""NumPy's reductions and running sums, with their ``where=``, ``initial=`` and ``out=``, and those that leave out NaNs."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.errors import DTypeError, ShapeError
from unigrad.ops import elementwise as ew
from unigrad.ops import products, reductions, searching
from unigrad.ops.manipulation import axes_of, reshape, size_of, spread_to
from unigrad.protocols.arguments import (
    MISSING,
    as_axes,
    axes_in,
    begun,
    cast,
    deliver,
    everywhere,
    first_tensor,
    flag,
    floating,
    is_complex,
    masked,
    tensor,
)
from unigrad.protocols.table import row, ug


def operand(a: Any, *others: Any) -> Any:
    """The array argument as a tensor: where only another argument is one (``out=``, ``where=``), on its backend."""
    return tensor(a, first_tensor((a, *others)))


def _total(row_of: Callable[..., Any], combine: Any, unit: Any) -> Callable[..., Any]:
    def reduce(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, initial: Any = MISSING,
        where: Any = True,
    ) -> Any:  # fmt: skip
        x = masked(cast(operand(a, out, where, initial), dtype), where, unit)
        # a sum of small integers is of large ones, unless dtype= says otherwise
        result = cast(row_of(x, axis=axes_in(axis, x), keepdims=flag(keepdims)), dtype)
        return deliver(result if initial is MISSING else combine(result, begun(initial, result.dtype, x)), out)

    return reduce


sum_ = row("direct", "sum")(_total(reductions.sum, ew.add, 0))
prod = row("direct", "prod")(_total(products.prod, ew.multiply, 1))


def _without_nan(function: Callable[..., Any], fill: Any) -> Callable[..., Any]:
    def reduce(a: Any, *args: Any, **options: Any) -> Any:
        return function(_filled(operand(a, *args, *options.values()), fill), *args, **options)

    return reduce


def _filled(x: Any, fill: Any) -> Any:
    return ew.where(ew.isnan(x), fill, x) if dtypes.is_float(x.dtype) else x


row("composed", "nansum")(_without_nan(sum_, 0))
row("composed", "nanprod")(_without_nan(prod, 1))


def _extreme(what: str) -> Callable[..., Any]:
    row_of, combine = (reductions.max, ew.maximum) if what == "max" else (reductions.min, ew.minimum)

    def reduce(
        a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = MISSING, where: Any = True
    ) -> Any:
        x = operand(a, out, where, initial)
        initial = begun(initial, x.dtype, x)
        if not everywhere(where):
            if initial is MISSING:
                raise ShapeError(f"np.{what} with where= needs an initial=, for where nothing is chosen")
            x = masked(x, where, initial)
        axes = axes_of(axes_in(axis, x), x.ndim, what)
        if initial is not MISSING and any(x.shape[i] == 0 for i in axes):
            shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape) if i not in axes or flag(keepdims))
            return deliver(spread_to(tensor(initial, x), shape), out)
        result = row_of(x, axis=axes, keepdims=flag(keepdims))
        return deliver(result if initial is MISSING else combine(result, initial), out)

    return reduce


max_ = row("direct", "max", "amax")(_extreme("max"))
min_ = row("direct", "min", "amin")(_extreme("min"))


def _extreme_without_nan(function: Callable[..., Any], worst: float) -> Callable[..., Any]:
    def reduce(
        a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = MISSING, where: Any = True
    ) -> Any:
        x = operand(a, out, where, initial)
        if not dtypes.is_float(x.dtype):
            return function(x, axis, out, keepdims, initial, where)
        empty = reductions.all(masked(ew.isnan(x), where, True), axis=axes_in(axis, x), keepdims=flag(keepdims))
        result = function(_filled(x, worst), axis, None, keepdims, initial, where)
        return deliver(ew.where(empty, math.nan, result) if initial is MISSING else result, out)

    return reduce


row("composed", "nanmax")(_extreme_without_nan(max_, -math.inf))
row("composed", "nanmin")(_extreme_without_nan(min_, math.inf))


@row("composed", "ptp")
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    x = operand(a, out)
    return deliver(max_(x, axis, keepdims=keepdims) - min_(x, axis, keepdims=keepdims), out)


# -- means and variances -----------------------------------------------------------------------------------------------


def _chosen(x: Any, where: Any) -> Any:
    """A mask of the shape of `x`."""
    return spread_to(tensor(where, x), x.shape)


def _mean(x: Any, axis: Any, keepdims: bool, mask: Any) -> Any:
    if mask is None:
        return reductions.mean(x, axis=axis, keepdims=keepdims)
    count = reductions.sum(ew.astype(mask, dtype=x.dtype), axis=axis, keepdims=keepdims)
    with x.backend.quiet():  # the mean of nothing is NaN
        return reductions.sum(ew.where(mask, x, 0), axis=axis, keepdims=keepdims) / count


@row("direct", "mean")
def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True
) -> Any:
    x = floating(cast(operand(a, out, where), dtype))
    return deliver(_mean(x, as_axes(axis), flag(keepdims), None if everywhere(where) else _chosen(x, where)), out)


def _numbers(x: Any, where: Any) -> Any:
    """Which elements are no NaN, and taken in by ``where=``."""
    there = ew.logical_not(ew.isnan(x))
    return there if everywhere(where) else ew.logical_and(there, _chosen(x, where))


@row("composed", "nanmean")
def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True
) -> Any:
    x = floating(cast(operand(a, out, where), dtype))
    return deliver(_mean(x, axes_in(axis, x), flag(keepdims), _numbers(x, where)), out)


def _variance(x: Any, axis: Any, ddof: Any, keepdims: bool, mask: Any, centre: Any = MISSING) -> Any:
    """Of complex numbers that of the modulus, as in NumPy."""
    if mask is None and centre is MISSING and not is_complex(x):
        return reductions.var(x, axis=axis, correction=ddof, keepdims=keepdims)
    apart = x - (_mean(x, axis, True, mask) if centre is MISSING else tensor(centre, x))
    apart = apart if mask is None else ew.where(mask, apart, 0)
    power = ew.real(apart * ew.conj(apart)) if is_complex(x) else apart * apart
    total = reductions.sum(power, axis=axis, keepdims=keepdims)
    if mask is None:
        count: Any = size_of([x.shape[i] for i in axes_of(axis, x.ndim, "var")]) - ddof
        return total / count if count > 0 else total * math.nan
    count = reductions.sum(ew.astype(mask, dtype=power.dtype), axis=axis, keepdims=keepdims) - ddof
    few = count <= 0
    return ew.where(few, math.nan, total / ew.where(few, 1, count))


def _root(variance: Any) -> Any:
    # derivative 0 where all elements are alike, as of std
    flat = variance == 0
    return ew.where(flat, 0, ew.sqrt(ew.where(flat, 1, variance)))


def _spread(root: bool, without_nan: bool) -> Callable[..., Any]:
    def reduce(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False, *,
        where: Any = True, mean: Any = MISSING, correction: Any = MISSING,
    ) -> Any:  # fmt: skip
        if correction is not MISSING:
            if ddof != 0:
                raise ShapeError("np.var and np.std take ddof= or correction=, not both")
            ddof = correction
        x = floating(cast(operand(a, out, where, mean), dtype))
        axis, kept = axes_in(axis, x) if without_nan else as_axes(axis), flag(keepdims)
        mask = _numbers(x, where) if without_nan else None if everywhere(where) else _chosen(x, where)
        if root and mask is None and mean is MISSING and not is_complex(x):
            return deliver(reductions.std(x, axis=axis, correction=ddof, keepdims=kept), out)
        result = _variance(x, axis, ddof, kept, mask, mean)
        return deliver(_root(result) if root else result, out)

    return reduce


var = row("direct", "var")(_spread(False, False))
std = row("direct", "std")(_spread(True, False))
row("composed", "nanvar")(_spread(False, True))
row("composed", "nanstd")(_spread(True, True))


# -- truth and places --------------------------------------------------------------------------------------------------


def _truth(row_of: Callable[..., Any], unit: bool) -> Callable[..., Any]:
    def reduce(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
        x = masked(operand(a, out, where), where, unit)
        return deliver(row_of(x, axis=axes_in(axis, x), keepdims=flag(keepdims)), out, casting="unsafe")

    return reduce


row("constant", "all")(_truth(reductions.all, True))
row("constant", "any")(_truth(reductions.any, False))


@row("constant", "count_nonzero")
def count_nonzero(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    x = operand(a)
    return searching.count_nonzero(x, axis=axes_in(axis, x), keepdims=flag(keepdims))


def _place(row_of: Callable[..., Any], worst: float | None) -> Callable[..., Any]:
    def search(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Any:
        x = operand(a, out)
        axis = axes_in(axis, x)
        if worst is not None and dtypes.is_float(x.dtype):
            if bool(reductions.any(reductions.all(ew.isnan(x), axis=axis))):
                raise ShapeError(f"np.nan{row_of.__name__}: a slice has no element but NaN")
            x = _filled(x, worst)
        return deliver(row_of(x, axis=axis, keepdims=flag(keepdims)), out)

    return search


row("constant", "argmax")(_place(searching.argmax, None))
row("constant", "argmin")(_place(searching.argmin, None))
row("constant", "nanargmax")(_place(searching.argmax, -math.inf))
row("constant", "nanargmin")(_place(searching.argmin, math.inf))


# -- running sums ------------------------------------------------------------------------------------------------------


def _running(row_of: Callable[..., Any], fill: Any) -> Callable[..., Any]:
    def cumulate(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        x = cast(operand(a, out), dtype)
        x = x if fill is None else _filled(x, fill)
        axis = axes_in(axis, x)
        if axis is None:
            x, axis = reshape(x, (-1,)), 0
        return deliver(cast(row_of(x, axis=axis), dtype), out)

    return cumulate


row("direct", "cumsum")(_running(products.cumulative_sum, None))
row("direct", "cumprod")(_running(products.cumulative_prod, None))
row("composed", "nancumsum")(_running(products.cumulative_sum, 0))
row("composed", "nancumprod")(_running(products.cumulative_prod, 1))


def _standard(row_of: Callable[..., Any]) -> Callable[..., Any]:
    def cumulate(
        x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False
    ) -> Any:
        t = cast(operand(x, out), dtype)
        axis = axes_in(axis, t)
        t = reshape(t, (-1,)) if t.ndim == 0 and axis is None else t
        return deliver(cast(row_of(t, axis=axis, include_initial=include_initial), dtype), out)

    return cumulate


row("direct", "cumulative_sum")(_standard(products.cumulative_sum))
row("direct", "cumulative_prod")(_standard(products.cumulative_prod))


# -- elementwise functions that are no ufuncs ----------------------------------------------------------------------------


@row("direct", "clip")
def clip(
    a: Any, a_min: Any = MISSING, a_max: Any = MISSING, out: Any = None, *, min: Any = MISSING, max: Any = MISSING,
    **options: Any,
) -> Any:  # fmt: skip
    low, high = (min if a_min is MISSING else a_min), (max if a_max is MISSING else a_max)
    low, high = (None if b is MISSING else b for b in (low, high))
    x = tensor(a, first_tensor((a, low, high, out)))
    if options.get("dtype") is not None:
        x = cast(x, options["dtype"])
    return deliver(ew.clip(x, low, high), out, spread=True)


@row("constant", "round", "around")
def round_(a: Any, decimals: int = 0, out: Any = None) -> Any:
    x = operand(a, out)
    if decimals == 0 or (decimals > 0 and not dtypes.is_float(x.dtype)):
        return deliver(ew.round(x) if dtypes.is_float(x.dtype) else ew.astype(x, dtype=x.dtype), out)
    power = 10.0 ** abs(decimals)
    steps = ew.round(x * power) / power if decimals > 0 else ew.round(x / power) * power
    return deliver(ew.astype(steps, dtype=x.dtype), out)


@row("constant", "fix")
def fix(x: Any, out: Any = None) -> Any:
    return deliver(ew.trunc(operand(x, out)), out)


@row("composed", "nan_to_num")
def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    t = operand(x)
    if is_complex(t):
        parts = (nan_to_num(p, True, nan, posinf, neginf) for p in (ew.real(t), ew.imag(t)))
        real, imag = parts
        out = ew.from_parts(real, imag)
    elif not dtypes.is_float(t.dtype):
        out = ew.astype(t, dtype=t.dtype)
    else:
        most = float(np.finfo(t.dtype).max) if t.dtype.kind == "f" else 3.3895314e38
        out = ew.where(ew.isnan(t), nan, t)
        out = ew.where(t == math.inf, most if posinf is None else posinf, out)
        out = ew.where(t == -math.inf, -most if neginf is None else neginf, out)
    return out if copy else deliver(out, x)


@row("direct", "real")
def real(val: Any) -> Any:
    return operand(val).real


@row("direct", "imag")
def imag(val: Any) -> Any:
    return operand(val).imag


@row("composed", "angle")
def angle(z: Any, deg: bool = False) -> Any:
    z = floating(operand(z))
    out = ew.atan2(ew.imag(z), ew.real(z))
    return out * (180 / math.pi) if deg else out


@row("composed", "real_if_close")
def real_if_close(a: Any, tol: float = 100) -> Any:
    x = operand(a)
    if not is_complex(x):
        return x
    if tol > 1:
        tol = float(np.finfo(x.dtype).eps) * tol
    return x.real if bool(reductions.all(ew.abs(ew.imag(x)) < tol)) else x


@row("direct", "sinc")
def sinc(x: Any) -> Any:
    return ug.special.sinc(floating(operand(x)))


@row("direct", "i0")
def i0(x: Any) -> Any:
    t = floating(operand(x))
    if is_complex(t):
        raise DTypeError("np.i0 is for real numbers")
    return ug.special.i0(t)
