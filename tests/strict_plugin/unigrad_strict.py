"""array-api-strict as a backend of unigrad: what somebody writes in an afternoon for a library of the array API standard."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import array_api_strict as xp
import numpy as np

from unigrad.backend import Backend
from unigrad.dtypes import ALL, DType, float64
from unigrad.errors import DTypeError

_NATIVE = {d: getattr(xp, d.name) for d in ALL if hasattr(xp, d.name)}
_NUMPY = {native: d for d, native in _NATIVE.items()}
Array = type(xp.asarray(0.0))


def _plain(index: Any) -> Any:
    """An index with NumPy's arrays in the place of strict ones."""
    if type(index) is tuple:
        return tuple(map(_plain, index))
    return np.asarray(index._array) if isinstance(index, Array) else index


def _real_valued(function: Callable[[Any], Any], otherwise: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function that the standard has for complex numbers alone, and what it is for real ones."""
    return lambda x: function(x) if xp.isdtype(x.dtype, "complex floating") else otherwise(x)


def _getitem(x: Any, index: Any) -> Any:
    return xp.asarray(np.asarray(x._array)[_plain(index)])


def _setitem(x: Any, v: Any, index: Any) -> Any:
    if hasattr(v, "dtype") and not np.can_cast(_NUMPY[v.dtype], _NUMPY[x.dtype], "same_kind"):
        raise TypeError(f"cannot write {v.dtype} numbers into an array of {x.dtype}")
    out = np.array(x._array)
    out[_plain(index)] = v._array if hasattr(v, "dtype") else v
    return xp.asarray(out)


def _scatter(*parts: Any, shape: Any, indices: Any) -> Any:
    out = np.zeros(shape, _NUMPY[parts[0].dtype])
    for part, index in zip(parts, indices, strict=True):
        np.add.at(out, _plain(index), np.asarray(part._array))
    return xp.asarray(out)


def _by_numpy(function: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel by way of NumPy, for what the standard's function does not take."""
    return lambda *arrays, **params: xp.asarray(
        np.asarray(function(*(np.asarray(a._array) if isinstance(a, Array) else a for a in arrays), **params))
    )


class StrictBackend(Backend):
    """Arrays of array-api-strict."""

    name = "strict"
    xp = xp
    array_types = (Array,)
    kernels: ClassVar[dict[str, Callable[..., Any]]] = {
        "conj": _real_valued(xp.conj, lambda x: x),
        "getitem": _getitem,
        "imag": _real_valued(xp.imag, xp.zeros_like),
        "mean": _by_numpy(np.mean),
        "real": _real_valued(xp.real, lambda x: x),
        "scatter": _scatter,
        "setitem": _setitem,
    }

    def dtype_of(self, raw: Any) -> DType:
        return _NUMPY[raw.dtype]

    def native_dtype(self, dtype: DType) -> Any:
        try:
            return _NATIVE[dtype]
        except KeyError:
            raise DTypeError(f"array-api-strict has no dtype {dtype}") from None

    def asarray(self, obj: Any, dtype: DType | None, device: Any, copy: bool) -> Any:
        if isinstance(obj, Array):
            obj = obj._array
        return xp.asarray(np.array(obj, dtype=dtype))

    def to_numpy(self, raw: Any) -> np.ndarray[Any, Any]:
        out = np.asarray(raw._array).view()
        out.flags.writeable = False
        return out

    def native_default_float(self) -> DType:
        return float64

    def create(self, name: str, args: tuple[Any, ...], dtype: DType, device: Any) -> Any:
        return getattr(xp, name)(*args, dtype=self.native_dtype(dtype))

    def like(self, raw: Any, fill_value: Any, dtype: DType, device: Any) -> Any:
        return xp.full_like(raw, fill_value, dtype=self.native_dtype(dtype))

    def quiet(self) -> Any:
        return np.errstate(all="ignore")

    def all_finite(self, raws: Sequence[Any]) -> bool:
        return all(np.isfinite(r._array).all() for r in raws)

    def random(self, kind: str, shape: tuple[int, ...], dtype: DType, seed: int) -> Any:
        rng = np.random.default_rng(seed)
        draw = rng.standard_normal if kind == "normal" else rng.random
        return xp.asarray(np.asarray(draw(shape)).astype(dtype))
