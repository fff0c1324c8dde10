"""Reductions of the standard."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from unigrad import dtypes, primitive
from unigrad.backend import find_backend, get_backend, kind_of
from unigrad.cotangents import scale, traced
from unigrad.direct import accumulating, over_axes, roads
from unigrad.errors import KERNEL_ERRORS, DTypeError, ShapeError
from unigrad.kinds import constant, general, linear
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import astype, where
from unigrad.ops.manipulation import axes_of, size_of
from unigrad.primitive import TABLE, Domain, Primitive, Sample

Axis = int | Sequence[int] | None

_PLAIN = (
    Sample(((2, 3),), {"axis": None, "keepdims": False}),
    Sample(((2, 3),), {"axis": (0,), "keepdims": False}),
    Sample(((2, 3, 2),), {"axis": (0, 2), "keepdims": True}),
    Sample(((),), {"axis": None, "keepdims": False}),
)
_EMPTY = Sample(((0, 3),), {"axis": (0,), "keepdims": False})


def _spread(ct: Any, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """A reduced array back over the axes that were reduced."""
    if axis is not None and not keepdims:
        ct = _kept(ct, shape, axis, keepdims)
    return TABLE["broadcast_to"](ct, shape=shape)


def _kept(ct: Any, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """A reduced array with the axes that were reduced as axes of size 1."""
    if keepdims:
        return ct
    return TABLE["reshape"](ct, shape=_kept_shape(shape, axis))


@lru_cache(1024)
def _kept_shape(shape: tuple[int, ...], axis: tuple[int, ...] | None) -> tuple[int, ...]:
    return tuple([1 if axis is None or i in axis else n for i, n in enumerate(shape)])


def _count(shape: tuple[int, ...], axis: tuple[int, ...] | None) -> int:
    return size_of(shape if axis is None else [shape[i] for i in axis])


_sum: Primitive = linear(
    "sum", lambda ct, x_shape, axis, keepdims: _spread(ct, x_shape, axis, keepdims),
    promotes="as is", domain=Domain(samples=(*_PLAIN, _EMPTY)), doc="Sum over axes.",
)  # fmt: skip


def _mean_transpose(ct: Any, x_shape: Any, axis: Any, keepdims: bool) -> Any:
    n = _count(x_shape, axis)
    return _spread(ct * (1 / n) if n else ct, x_shape, axis, keepdims)


def _mean_jvp(t: Any, x_shape: Any, axis: Any, keepdims: bool) -> Any:
    # of no elements the mean is NaN, and no element can change it
    return (_mean if _count(x_shape, axis) else _sum)(t, axis=axis, keepdims=keepdims)


_mean: Primitive = general(
    "mean",
    vjp=_mean_transpose,
    jvp=_mean_jvp,
    promotes="as is",
    domain=Domain(samples=_PLAIN),
    doc="Arithmetic mean over axes.",
)


def _centred(x: Any, axis: Any) -> Any:
    return x - _mean(x, axis=axis, keepdims=True)


def _weight(x: Any, axis: Any, correction: float) -> float:
    n = _count(tuple(x.shape), axis) - correction
    return 1 / n if n > 0 else float("nan")


def _var_vjp(ct: Any, x: Any, axis: Any, keepdims: bool, correction: float) -> Any:
    return scale(_kept(ct, tuple(x.shape), axis, keepdims), _centred(x, axis) * (2 * _weight(x, axis, correction)))


def _var_jvp(t: Any, x: Any, axis: Any, keepdims: bool, correction: float) -> Any:
    if not _count(tuple(x.shape), axis):
        return _sum(t, axis=axis, keepdims=keepdims)  # as of the mean
    along = scale(t, _centred(x, axis))
    return _sum(along, axis=axis, keepdims=keepdims) * (2 * _weight(x, axis, correction))


_SPREAD = tuple(Sample(s.shapes, {**s.params, "correction": c}) for s in _PLAIN[:3] for c in (0.0, 1.0))
_var: Primitive = general(
    "var",
    vjp=_var_vjp,
    jvp=_var_jvp,
    promotes="as is",
    domain=Domain(complex=False, samples=_SPREAD),
    doc="Variance over axes.",
)


def _std_direction(x: Any, out: Any, axis: Any, keepdims: bool, correction: float) -> Any:
    # the minimum-norm subgradient, zero, where all elements are alike
    kept = _kept(out, tuple(x.shape), axis, keepdims)
    flat = kept == 0
    return where(flat, 0, _centred(x, axis) / where(flat, 1, kept)) * _weight(x, axis, correction)


def _std_vjp(ct: Any, x: Any, out: Any, axis: Any, keepdims: bool, correction: float) -> Any:
    return scale(_kept(ct, tuple(x.shape), axis, keepdims), _std_direction(x, out, axis, keepdims, correction))


def _std_jvp(t: Any, x: Any, out: Any, axis: Any, keepdims: bool, correction: float) -> Any:
    return _sum(scale(t, _std_direction(x, out, axis, keepdims, correction)), axis=axis, keepdims=keepdims)


_std: Primitive = general(
    "std",
    vjp=_std_vjp,
    jvp=_std_jvp,
    promotes="as is",
    domain=Domain(complex=False, samples=_SPREAD),
    doc="Standard deviation over axes.",
)


def _share(x: Any, out: Any, axis: Any, keepdims: bool, dtype: Any) -> Any:
    """The weight of each element: 1/n for each of n extreme ones, else 0; NaN where a NaN makes none of them extreme."""
    top = astype(x == _kept(out, x.shape, axis, keepdims), dtype=dtype)
    return evenly(top, _sum(top, axis=axis, keepdims=True))


def evenly(chosen: Any, total: Any) -> Any:
    """1 / total for the chosen, which are 1, and 0 for the others, which are 0; NaN for all where none is chosen."""
    share = chosen / total
    # XLA takes 0 / total for 0, and 0 / 0 with it
    return share + (total - total) / total if traced(total) else share


def dtype_like(x: Any) -> Any:
    """NumPy dtype of a raw array or tensor."""
    return dtypes.as_dtype(x.dtype)


def _extreme_vjp(ct: Any, x: Any, out: Any, axis: Any, keepdims: bool, x_dtype: Any) -> Any:
    return scale(_kept(ct, x.shape, axis, keepdims), _share(x, out, axis, keepdims, x_dtype))


def _extreme_jvp(t: Any, x: Any, out: Any, axis: Any, keepdims: bool, x_dtype: Any) -> Any:
    return _sum(scale(t, _share(x, out, axis, keepdims, x_dtype)), axis=axis, keepdims=keepdims)


_REAL = Domain(complex=False, samples=_PLAIN)
_max: Primitive = general(
    "max", vjp=_extreme_vjp, jvp=_extreme_jvp, promotes="as is", domain=_REAL, doc="Largest element over axes."
)
_min: Primitive = general(
    "min", vjp=_extreme_vjp, jvp=_extreme_jvp, promotes="as is", domain=_REAL, doc="Smallest element over axes."
)
_any: Primitive = constant("any", promotes="as is", domain=Domain(samples=_PLAIN), doc="Whether any element is true.")
_all: Primitive = constant("all", promotes="as is", domain=Domain(samples=_PLAIN), doc="Whether all elements are true.")


# -- the standard's signatures -------------------------------------------------------------------------------------------
_VAR = roads("var").get
_STD = roads("std").get


def _prepare(x: Any, axis: Axis, what: str) -> tuple[Any, tuple[int, ...] | None]:
    x = x if type(x) is primitive.Tensor else as_array(x)
    return x, None if axis is None else axes_of(axis, len(x.shape), what)


def _kind(x: Any) -> str:
    return kind_of(x._raw if type(x) is primitive.Tensor else x)


def _accumulating(x: Any, dtype: Any) -> Any:
    """`x` in the dtype that a sum or product is taken in: small integers and bools in the default integer."""
    if dtype is None and _kind(x) in "fc":
        return x
    backend = find_backend(getattr(x, "_raw", x)) or get_backend()
    if dtype is not None:
        return astype(x, dtype=dtypes.as_dtype(dtype, backend))
    have = dtype_like(x)
    wide = backend.default_uint if have in dtypes.UNSIGNED else backend.default_int  # 32 bits on a 32-bit JAX
    return astype(x, dtype=wide) if have.itemsize < wide.itemsize else x


def _in_dtype_of(x: Any, out: Any) -> Any:
    """A sum or product of integers in the dtype that was asked for, where the library widens it again."""
    have, want = getattr(out, "_raw", out).dtype, getattr(x, "_raw", x).dtype
    return out if have is want or have == want else astype(out, dtype=dtypes.as_dtype(want))


def _floating(x: Any, what: str) -> Any:
    if _kind(x) in "fc":
        return x
    backend = find_backend(getattr(x, "_raw", x)) or get_backend()
    return astype(x, dtype=backend.default_float)


@accumulating
def sum(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Sum over `axis` (None: all), in `dtype`. Integers are summed in 64 bits."""
    x, axes = _prepare(x, axis, "sum")
    if dtype is None and _kind(x) in "fc":
        return _sum(x, axis=axes, keepdims=keepdims)
    x = _accumulating(x, dtype)
    return _in_dtype_of(x, _sum(x, axis=axes, keepdims=keepdims))


@over_axes
def mean(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Arithmetic mean over `axis` (None: all)."""
    x, axes = _prepare(x, axis, "mean")
    return _mean(_floating(x, "mean"), axis=axes, keepdims=keepdims)


def var(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """Variance over `axis`, dividing by n - `correction`."""
    if (road := _VAR(type(x))) is not None:
        try:
            if (out := road(x, axis, correction, keepdims)) is not None:
                return out
        except KERNEL_ERRORS:
            pass
    x, axes = _prepare(x, axis, "var")
    _no_complex(x, "var")
    return _var(_floating(x, "var"), axis=axes, keepdims=keepdims, correction=correction)


def std(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """Standard deviation over `axis`, dividing by n - `correction`; derivative 0 where all elements are alike."""
    if (road := _STD(type(x))) is not None:
        try:
            if (out := road(x, axis, correction, keepdims)) is not None:
                return out
        except KERNEL_ERRORS:
            pass
    x, axes = _prepare(x, axis, "std")
    _no_complex(x, "std")
    return _std(_floating(x, "std"), axis=axes, keepdims=keepdims, correction=correction)


def _no_complex(x: Any, what: str) -> None:
    if _kind(x) == "c":
        raise DTypeError(f"{what}: complex numbers have no order and no real variance; take real or abs first")


@over_axes
def max(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Largest element over `axis`; the gradient is split evenly among ties."""
    x, axes = _prepare(x, axis, "max")
    _no_complex(x, "max")
    _not_empty(x, axes, "max")
    return _max(x, axis=axes, keepdims=keepdims)


@over_axes
def min(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Smallest element over `axis`; the gradient is split evenly among ties."""
    x, axes = _prepare(x, axis, "min")
    _no_complex(x, "min")
    _not_empty(x, axes, "min")
    return _min(x, axis=axes, keepdims=keepdims)


def _not_empty(x: Any, axes: Any, what: str) -> None:
    if 0 in x.shape and _count(tuple(x.shape), axes) == 0:
        raise ShapeError(f"{what}: an array of shape {tuple(x.shape)} has no element to choose")


@over_axes
def any(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether any element over `axis` is true (not zero)."""
    x, axes = _prepare(x, axis, "any")
    return _any(x, axis=axes, keepdims=keepdims)


@over_axes
def all(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether all elements over `axis` are true (not zero)."""
    x, axes = _prepare(x, axis, "all")
    return _all(x, axis=axes, keepdims=keepdims)
