"""NumPy's functions that make arrays, where a tensor says what they are like or how they begin."""

import math
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.errors import DTypeError, ShapeError
from unigrad.ops import elementwise as ew
from unigrad.ops import manipulation as mv
from unigrad.ops.creation import dims_of
from unigrad.protocols.arguments import (
    as_axes,
    cast,
    constant_like,
    first_tensor,
    floating,
    tensor,
    to_dtype,
    values,
)
from unigrad.protocols.table import row


def _like(prototype: Any, value: Any, dtype: Any, shape: Any) -> Any:
    like = first_tensor((prototype, value))
    x = tensor(prototype, like)
    dims = x.shape if shape is None else dims_of(as_axes(shape))
    kind = to_dtype(dtype, x.backend) or x.dtype
    value = constant_like(value, x) if isinstance(value, bool | int | float | complex) else tensor(value, like)
    return mv.spread_to(ew.astype(value, dtype=kind), dims)


@row("direct", "zeros_like", "empty_like")
def zeros_like(
    a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
) -> Any:
    return ew.zeros_like(tensor(a)) if dtype is None and shape is None else _like(a, 0, dtype, shape)


@row("direct", "ones_like")
def ones_like(
    a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
) -> Any:
    return ew.ones_like(tensor(a)) if dtype is None and shape is None else _like(a, 1, dtype, shape)


@row("direct", "full_like")
def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *,
    device: Any = None,
) -> Any:  # fmt: skip
    return _like(a, fill_value, dtype, shape)


def _weights(num: Any, endpoint: bool, like: Any) -> tuple[Any, int]:
    num = int(num)
    if num < 0:
        raise ShapeError(f"linspace: {num} numbers")
    gaps = max(num - 1 if endpoint else num, 1)
    return ew.astype(constant_like(np.arange(num) / gaps, like), dtype=like.dtype), gaps


@row("composed", "linspace")
def linspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0,
    *, device: Any = None,
) -> Any:  # fmt: skip
    like = first_tensor((start, stop))
    start, stop = (floating(tensor(v, like)) for v in (start, stop))
    width = stop - start
    _, gaps = _weights(num, endpoint, width)
    # by NumPy's own sum: what is whole there is whole here, also before it is cut to integers
    count = np.arange(int(num)).reshape(int(num), *(1,) * width.ndim)
    k = ew.astype(constant_like(count, width), dtype=width.dtype)
    last = constant_like(count == (gaps if endpoint and count.size > 1 else -1), width)
    out = ew.where(last, stop, start + k * (width / gaps))
    kind = to_dtype(dtype, out.backend)
    if kind is not None and kind.kind in "iu":
        out = ew.floor(out)
    out = mv.moveaxis(cast(out, kind), 0, mv.axis_of(axis, out.ndim, "linspace"))
    if not retstep:
        return out
    # a single number has no step
    return out, width / gaps if int(num) > bool(endpoint) else tensor(math.nan, width)


@row("composed", "logspace")
def logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    like = first_tensor((start, stop, base))
    base = tensor(base, like) if np.ndim(values(base)) or not isinstance(base, int | float) else base
    if hasattr(base, "shape"):
        start, stop, base = mv.broadcast_arrays(*(tensor(v, like) for v in (start, stop, base)))
        base = mv.expand_dims(base, axis=axis) if base.ndim else base
    exponents = linspace(tensor(start, like), stop, num, endpoint, axis=axis)
    return cast(ew.pow(float(base) if isinstance(base, int) else base, exponents), dtype)


@row("composed", "geomspace")
def geomspace(start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    like = first_tensor((start, stop))
    start, stop = (floating(tensor(v, like)) for v in (start, stop))
    if (values(start) == 0).any() or (values(stop) == 0).any():
        raise ShapeError("geomspace: neither end is 0")
    ratio = ew.log(stop / start)
    w, _ = _weights(num, endpoint, ratio)
    w = mv.reshape(w, (w.shape[0], *(1,) * ratio.ndim))
    out = ew.where(w == 1, stop, start * ew.exp(ratio * w))  # the end is exact
    return cast(mv.moveaxis(out, 0, mv.axis_of(axis, out.ndim, "geomspace")), dtype)


@row("direct", "meshgrid")
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    if indexing not in ("xy", "ij"):
        raise ShapeError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    like = first_tensor(xi)
    n = len(xi)
    place = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    parts = [mv.reshape(tensor(x, like), tuple(-1 if i == place[k] else 1 for i in range(n))) for k, x in enumerate(xi)]
    if not sparse:
        shape = mv.broadcast_shapes(*(p.shape for p in parts))
        parts = [(mv.spread_to if copy else mv.broadcast_to)(p, shape) for p in parts]
    return tuple(mv.spread_to(p, p.shape) for p in parts) if sparse and copy else tuple(parts)


@row("composed", "vander")
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    x = tensor(x)
    if x.ndim != 1:
        raise ShapeError(f"vander: a vector, not an array of shape {x.shape}")
    powers = np.arange(x.shape[0] if N is None else N)
    powers = powers if increasing else powers[::-1].copy()
    x = (
        x if dtypes.is_float(x.dtype) else ew.astype(x, dtype=x.backend.default_int)
    )  # small integers have no room for powers
    return ew.pow(mv.reshape(x, (-1, 1)), ew.astype(constant_like(powers, x), dtype=x.dtype))


@row("constant", "ix_")
def ix_(*args: Any) -> tuple[Any, ...]:
    like = first_tensor(args)
    if any(values(a).dtype.kind not in "biu" and values(a).size for a in args):
        raise DTypeError("ix_: indices are ints or bools")
    return tuple(constant_like(i, like) for i in np.ix_(*(values(a) for a in args)))


@row("constant", "diag_indices_from")
def diag_indices_from(arr: Any) -> Any:
    return np.diag_indices_from(np.empty(tensor(arr).shape, dtype=bool))


@row("constant", "tril_indices_from")
def tril_indices_from(arr: Any, k: int = 0) -> Any:
    return np.tril_indices_from(np.empty(tensor(arr).shape, dtype=bool), k)


@row("constant", "triu_indices_from")
def triu_indices_from(arr: Any, k: int = 0) -> Any:
    return np.triu_indices_from(np.empty(tensor(arr).shape, dtype=bool), k)
