"""Products, and running sums and products. Their derivatives need no division, so they are right at zeros, to every order."""

from typing import Any

from unigrad.cotangents import scale, shortcut
from unigrad.direct import accumulating, roads
from unigrad.errors import KERNEL_ERRORS, ShapeError
from unigrad.kinds import general, linear
from unigrad.ops.creation import as_array, full_like
from unigrad.ops.elementwise import conj, ones_like, zeros_like
from unigrad.ops.manipulation import axes_of, axis_of, concat, flip, moveaxis, reshape, size_of, spread_to
from unigrad.ops.reductions import (
    _EMPTY,
    _PLAIN,
    Axis,
    _accumulating,
    _in_dtype_of,
    _kept,
    _kind,
    _prepare,
    _spread,
    _sum,
    dtype_like,
)
from unigrad.primitive import Domain, Primitive, Sample


def _others(x: Any) -> Any:
    """For each element of the last axis the product of all others: the product before it times the product after it."""
    ones = _one_column(x)
    before = _cumprod(concat([ones, x[..., :-1]], axis=-1), axis=len(x.shape) - 1)
    after = flip(_cumprod(concat([ones, flip(x[..., 1:], axis=-1)], axis=-1), axis=len(x.shape) - 1), axis=-1)
    return before * after


def _one_column(x: Any) -> Any:
    return ones_like(x[..., :1])


def _rows(x: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """The reduced axes moved to the end and joined into one."""
    axes = axes_of(axis, len(x.shape), "prod")
    kept = tuple(i for i in range(len(x.shape)) if i not in axes)
    moved = moveaxis(x, axes, tuple(range(len(kept), len(x.shape)))) if len(x.shape) else x
    return reshape(moved, (*(x.shape[i] for i in kept), size_of([x.shape[i] for i in axes]))), axes


def _prod_vjp(ct: Any, x: Any, out: Any, axis: Any, keepdims: bool) -> Any:
    shape = tuple(x.shape)
    if size_of(shape) == 0:
        return _spread(ct, shape, axis, keepdims)
    # by a division, where that is exact
    quick = shortcut("prod_pull", *(_kept(a, shape, axis, keepdims) for a in (ct, out)), x)
    if quick is not None:
        return quick
    rows, axes = _rows(x, axis)
    kept = tuple(n for i, n in enumerate(shape) if i not in axes)
    grad = scale(reshape(ct, (*kept, 1)), conj(_others(rows)))
    back = reshape(grad, (*kept, *(shape[i] for i in axes)))
    return moveaxis(back, tuple(range(len(kept), len(shape))), axes) if shape else back


def _prod_jvp(t: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    shape = tuple(x.shape)
    if size_of(shape) == 0:
        return _sum(t, axis=axis, keepdims=keepdims)
    rows, axes = _rows(x, axis)
    total = _sum(scale(_rows(t, axis)[0], _others(rows)), axis=(len(rows.shape) - 1,), keepdims=False)
    return reshape(total, tuple(1 if i in axes else n for i, n in enumerate(shape))) if keepdims else total


_prod: Primitive = general(
    "prod",
    vjp=_prod_vjp,
    jvp=_prod_jvp,
    promotes="as is",
    domain=Domain(samples=(*_PLAIN, _EMPTY)),
    doc="Product over axes.",
)


def _shift(x: Any, by: int, fill: Any) -> Any:
    """The last axis moved `by` places to the right, with `fill` coming in."""
    return concat([fill[..., :by], x[..., : x.shape[-1] - by]], axis=-1)


def _recurrence(a: Any, b: Any) -> Any:
    """s with s[k] = b[k] + a[k] s[k-1] along the last axis, in log2(n) rounds of doubling (Hillis and Steele 1986)."""
    n, by = b.shape[-1], 1
    while by < n:
        b = b + scale(_shift(b, by, zeros_like(b)), a)
        a = a * _shift(a, by, zeros_like(a))
        by *= 2
    return b


def _before(x: Any) -> Any:
    """For each element of the last axis the product of those before it."""
    return _cumprod(concat([_one_column(x), x[..., :-1]], axis=-1), axis=len(x.shape) - 1)


def _cumprod_vjp(ct: Any, x: Any, out: Any, axis: int) -> Any:
    if size_of(tuple(x.shape)) == 0:
        return ct
    quick = shortcut("cumulative_prod_pull", ct, out, x, axis=axis)
    if quick is not None:
        return quick
    x, ct = conj(moveaxis(x, axis, -1)), moveaxis(ct, axis, -1)
    # in reverse: what multiplies the element before
    after = concat([flip(x[..., 1:], axis=-1), _one_column(x)], axis=-1)
    sums = flip(_recurrence(_shift(after, 1, _one_column(x)), flip(ct, axis=-1)), axis=-1)
    return moveaxis(scale(sums, _before(x)), -1, axis)


def _cumprod_jvp(t: Any, x: Any, axis: int) -> Any:
    if size_of(tuple(x.shape)) == 0:
        return t
    x, t = moveaxis(x, axis, -1), moveaxis(t, axis, -1)
    return moveaxis(_recurrence(x, scale(t, _before(x))), -1, axis)


_ALONG = Domain(
    samples=(
        Sample(((4,),), {"axis": 0}),
        Sample(((2, 3),), {"axis": 1}),
        Sample(((3, 2),), {"axis": 0}),
        Sample(((2, 0),), {"axis": 0}),
    )
)
_cumsum: Primitive = linear(
    "cumulative_sum", lambda ct, axis: flip(_cumsum(flip(ct, axis=axis), axis=axis), axis=axis), promotes="as is",
    domain=_ALONG, doc="Running sum along an axis.",
)  # fmt: skip
_cumprod: Primitive = general(
    "cumulative_prod", vjp=_cumprod_vjp, jvp=_cumprod_jvp, promotes="as is",
    domain=_ALONG, doc="Running product along an axis.",
)  # fmt: skip


# -- the standard's signatures -------------------------------------------------------------------------------------------
_CUMULATIVE_SUM = roads("cumulative_sum")
_hot: Any = None
_quick: Any = None
_CUMULATIVE_SUM.tell_module(globals(), "_hot", "_quick")


@accumulating
def prod(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Product over `axis` (None: all). Its derivative divides by nothing, so zeros are no trouble."""
    x, axes = _prepare(x, axis, "prod")
    if dtype is None and _kind(x) in "fc":
        return _prod(x, axis=axes, keepdims=keepdims)
    x = _accumulating(x, dtype)
    return _in_dtype_of(x, _prod(x, axis=axes, keepdims=keepdims))


def cumulative_sum(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """Running sum along `axis` (None: `x` must be 1-d), starting with 0 if `include_initial`."""
    if dtype is None and not include_initial:
        try:
            if type(x) is _hot and axis is None:
                return _quick(x)
            if (road := _CUMULATIVE_SUM.get(type(x))) is not None:
                function, known = road
                if known is None:
                    if (out := function(x, axis)) is not None:
                        return out
                elif x.dtype in known and (x.ndim if type(axis) is int else axis is None and x.ndim == 1):
                    return function(x, axis or 0)
        except KERNEL_ERRORS:
            pass
    return _cumulate(_cumsum, x, axis, dtype, include_initial, 0, "cumulative_sum")


def cumulative_prod(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """Running product along `axis` (None: `x` must be 1-d), starting with 1 if `include_initial`."""
    return _cumulate(_cumprod, x, axis, dtype, include_initial, 1, "cumulative_prod")


def _cumulate(row: Primitive, x: Any, axis: int | None, dtype: Any, initial: bool, first: int, what: str) -> Any:
    x = _accumulating(as_array(x), dtype)
    n = len(x.shape)
    if axis is None:
        if n != 1:
            raise ShapeError(f"{what}: an array of {n} dimensions needs an axis")
        axis = 0
    place = axis_of(axis, n, what)
    out = _in_dtype_of(x, row(x, axis=place))
    if initial:
        shape = tuple(1 if i == place else d for i, d in enumerate(x.shape))
        start = full_like(
            spread_to(_sum(x[(slice(0, 0),) + (slice(None),) * (n - 1)], axis=None, keepdims=False), shape),
            first,
            dtype=dtype_like(x),
        )
        out = concat([start, out], axis=place)
    return out
