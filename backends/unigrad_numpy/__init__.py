"""The NumPy backend: the embedded default."""

import operator
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from sys import getrefcount
from typing import Any, ClassVar

import array_api_compat.numpy as xp
import numpy as np

from unigrad.backend import Backend, Raw, refuse_complex
from unigrad.derived import FOURIER, fourier
from unigrad.dtypes import DType, float64
from unigrad.fallbacks import einsum, ordering
from unigrad.fallbacks.convolution import CONVOLUTION
from unigrad.kernels import OF_A_CALL, is_basic
from unigrad_numpy import direct, special


def _index(index: Any) -> Any:
    if type(index) is list:
        return np.asarray(index, dtype=np.int64) if not index else np.asarray(index)
    return tuple(map(_index, index)) if type(index) is tuple else index


def _getitem(x: Any, index: Any) -> Any:
    return x[_index(index)]


def _setitem(x: Any, v: Any, index: Any) -> Any:
    out = np.array(x)
    if isinstance(v, np.ndarray | np.generic) and not np.can_cast(v.dtype, x.dtype, "same_kind"):
        raise TypeError(f"cannot write {v.dtype} numbers into an array of {x.dtype}")
    out[_index(index)] = v
    return out


def _scatter(*parts: Any, shape: Any, indices: Any) -> Any:
    out = np.zeros(shape, dtype=parts[0].dtype)
    for part, index in zip(parts, indices, strict=True):
        index = _index(index)
        if is_basic(index):
            out[index] += part
        else:
            np.add.at(out, index, part)
    return out


def _heaviside_weight(x: Any, y: Any) -> Any:
    # comparisons are vectorised as np.heaviside is not; ties and NaN are rare, and looked for first
    weight = np.greater(x, y).astype((x if hasattr(x, "dtype") else y).dtype)
    tie = np.equal(x, y)
    if tie.any():
        weight = weight + tie * weight.dtype.type(0.5)
    unordered = np.isnan(x) | np.isnan(y)
    return np.where(unordered, weight.dtype.type(np.nan), weight) if unordered.any() else weight


def _absorbing_multiply(x: Any, y: Any) -> Any:
    product = np.multiply(x, y)
    if not np.all(np.isfinite(product)):
        product = np.where(np.equal(x, 0) | (np.equal(y, 0) & np.equal(x, x)), product.dtype.type(0), product)
    return product


def _conj(x: Any) -> Any:
    return np.conjugate(x) if x.dtype.kind == "c" else x


def _from_parts(x: Any, y: Any) -> Any:
    out = np.empty(np.broadcast_shapes(np.shape(x), np.shape(y)), np.result_type(x, y, np.complex64))
    out.real, out.imag = x, y
    return out


def _add_along_axis(x: Any, indices: Any, axis: int, n: int) -> Any:
    out = np.zeros((*x.shape[:axis], n, *x.shape[axis + 1 :]), dtype=x.dtype)
    grid = np.ogrid[tuple(slice(size) for size in x.shape)]
    np.add.at(out, (*grid[:axis], indices, *grid[axis + 1 :]), x)
    return out


def _in_dtype(function: Callable[..., Any]) -> Callable[..., Any]:
    """A product in the dtype of its operands, where NumPy gives float32 for bfloat16."""

    def product(x: Any, y: Any, **params: Any) -> Any:
        out = function(x, y, **params)
        return out if out.dtype is x.dtype else out.astype(np.result_type(x, y))

    return product


def _sum(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


def _mean(x: Any, axis: Any, keepdims: bool) -> Any:
    total = np.add.reduce(x, axis=axis, keepdims=keepdims) if x.dtype.itemsize > 2 and x.size else None
    return (
        np.mean(x, axis=axis, keepdims=keepdims)
        if total is None
        else total / x.dtype.type(x.size // max(total.size, 1))
    )


def _astype(x: Any, dtype: Any) -> Any:
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        x = x.real
    return x.astype(dtype)


class NumpyBackend(Backend):
    """NumPy arrays and scalars, on the CPU."""

    name = "numpy"
    xp = xp
    array_types = (np.ndarray, np.generic)
    mutable = True
    direct = direct.DIRECT
    kernels: ClassVar[dict[str, Callable[..., Any]]] = {
        **{name: fourier(np.fft, name) for name in FOURIER},
        **CONVOLUTION,
        **special.KERNELS,
        "absorbing_multiply": _absorbing_multiply,
        "add_along_axis": _add_along_axis,
        "add": np.add,
        "as_complex": ordering.as_complex,
        "astype": _astype,
        "conj": _conj,
        # of all elements an int of Python's before NumPy 2.2
        "count_nonzero": lambda x, axis, keepdims: np.asarray(np.count_nonzero(x, axis=axis, keepdims=keepdims)),
        "divide": np.true_divide,
        "einsum_pair": _in_dtype(einsum.pair(xp)),
        "from_parts": _from_parts,
        "getitem": _getitem,
        "heaviside_weight": _heaviside_weight,
        "matmul": _in_dtype(np.matmul),
        "mean": _mean,
        "multiply": np.multiply,
        "negative": np.negative,
        "pow": operator.pow,  # x ** 2 is a square there, and x ** 0.5 a root
        "pad_zeros": ordering.pad_zeros,
        "permute_dims": np.transpose,
        "real": lambda x: np.array(x.real),
        "isin": lambda x, y, invert: np.isin(x, y, invert=invert),
        "imag": lambda x: np.array(x.imag),
        "reciprocal": lambda x: np.true_divide(1, x),  # NumPy's own cuts that of an integer to an integer
        "relu": lambda x: np.maximum(x, 0),
        "relu_slope": lambda x: np.where(np.isnan(x), x, np.greater(x, 0).astype(x.dtype)),
        "repeat": np.repeat,
        "reshape": np.reshape,
        "scatter": _scatter,
        "segment_max": ordering.segment_max,
        "setitem": _setitem,
        "subtract": np.subtract,
        "sum": _sum,
        "take_along_axis": np.take_along_axis,
        "tril": np.tril,
        "triu": np.triu,
        "vecdot": _in_dtype(xp.vecdot),
        "where": np.where,
    }

    def is_plain(self, raw: Raw) -> bool:
        return type(raw) is np.ndarray

    def dtype_of(self, raw: Raw) -> DType:
        return raw.dtype

    def native_dtype(self, dtype: DType) -> Any:
        return dtype

    def asarray(self, obj: Any, dtype: DType | None, device: Any, copy: bool) -> Raw:
        self.parse_device(device)
        if dtype is not None:
            refuse_complex(obj, dtype)
        return np.array(obj, dtype=dtype) if copy else np.asarray(obj, dtype=dtype)

    def to_numpy(self, raw: Raw) -> np.ndarray[Any, Any]:
        out = np.asarray(raw).view()
        out.flags.writeable = False
        return out

    def native_default_float(self) -> DType:
        return float64

    def random(self, kind: str, shape: tuple[int, ...], dtype: DType, seed: int) -> Raw:
        rng = np.random.default_rng(seed)
        draw = rng.standard_normal if kind == "normal" else rng.random
        return np.asarray(draw(shape)).astype(dtype)

    def all_finite(self, raws: Sequence[Raw]) -> bool:
        return all(np.isfinite(r).all() for r in raws)

    def memory_of(self, raw: Raw) -> tuple[Any, int]:
        while isinstance(getattr(raw, "base", None), np.ndarray):
            raw = raw.base
        return id(raw), raw.nbytes

    def checks_indices(self, raw: Raw) -> bool:
        return True

    def like(self, raw: Raw, fill_value: Any, dtype: DType, device: Any) -> Raw:
        self.parse_device(device)
        out = np.empty_like(raw, dtype, subok=False)  # quicker than full_like
        np.copyto(out, fill_value, casting="unsafe")
        return out

    def quiet(self) -> AbstractContextManager[Any]:
        return np.errstate(all="ignore")

    def unshared(self, raw: Raw, holders: int) -> bool:
        # a view, a buffer and a capsule each hold a reference to the array
        return (
            getrefcount(raw) - OF_A_CALL <= holders
            and type(raw) is np.ndarray
            and raw.base is None
            and raw.flags.writeable
        )

    def add_into(self, raws: list[Raw], deltas: list[Raw], factor: float, holders: int) -> bool:
        if not all(self.unshared(raw, holders + 1) for raw in raws):
            return False
        for raw, delta in zip(raws, deltas, strict=True):
            np.add(raw, delta if factor == 1 else delta * raw.dtype.type(factor), out=raw)
        return True

    def set_into(self, raw: Raw, value: Raw, index: Any) -> None:
        raw[_index(index)] = value

    def snapshot(self, raw: Raw, last: Raw | None) -> Raw:
        if last is not None and last.size > 64 and np.array_equal(raw, last, equal_nan=raw.dtype.kind in "fc"):
            return last
        return raw.copy()
