"""What the standard says about dtypes, devices and capabilities: functions that compute nothing, and `Info`."""

from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from unigrad import dtypes
from unigrad.backend import Backend, find_backend, get_backend
from unigrad.dtypes import DType
from unigrad.errors import DTypeError
from unigrad.operands import SCALARS, common_dtype

KINDS: dict[str, tuple[DType, ...]] = {
    "bool": (dtypes.bool_,),
    "signed integer": dtypes.SIGNED,
    "unsigned integer": dtypes.UNSIGNED,
    "integral": dtypes.INTEGERS,
    "real floating": dtypes.REAL_FLOATS,
    "complex floating": dtypes.COMPLEX,
    "numeric": dtypes.INTEGERS + dtypes.REAL_FLOATS + dtypes.COMPLEX,
}


class FInfo(NamedTuple):
    """What `finfo` returns: all numbers are Python's."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


class IInfo(NamedTuple):
    """What `iinfo` returns."""

    bits: int
    max: int
    min: int
    dtype: DType


def _dtype_of(x: Any) -> DType:
    """The dtype of an array of any kind, or the dtype that `x` stands for."""
    if hasattr(x, "__unigrad_tensor__"):
        return x.__unigrad_tensor__().dtype  # type: ignore[no-any-return]
    if isinstance(x, type | str | np.dtype):
        return dtypes.as_dtype(x)
    backend = find_backend(x)
    return dtypes.as_dtype(x) if backend is None else backend.dtype_of(x)


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether `dtype` is of a kind: a dtype, a name ("integral", "real floating", ...), or a tuple of these.

    Raises:
        DTypeError: an unknown kind.
    """
    have = dtypes.as_dtype(dtype)
    if isinstance(kind, tuple):
        return any(isdtype(have, k) for k in kind)
    if isinstance(kind, str):
        if kind not in KINDS:
            raise DTypeError(f"isdtype: unknown kind {kind!r}; there are {', '.join(KINDS)}")
        return have in KINDS[kind]
    return have == dtypes.as_dtype(kind)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether an array or dtype `from_` is promoted to the dtype `to` when it meets it."""
    goal = dtypes.as_dtype(to)
    return dtypes.promote(_dtype_of(from_), goal) == goal


def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype of an operation on these arrays, dtypes and Python numbers, of which the numbers are weak.

    Of numbers alone it is the default dtype of their kind.

    Raises:
        DTypeError: nothing is given.
    """
    scalars = [a for a in arrays_and_dtypes if type(a) in SCALARS]
    have = [_dtype_of(a) for a in arrays_and_dtypes if type(a) not in SCALARS]
    if not have and not scalars:
        raise DTypeError("result_type: give at least one array, dtype or number")
    return common_dtype(have, scalars, get_backend())  # type: ignore[no-any-return]


def finfo(type: Any, /) -> FInfo:
    """Limits of a floating dtype, of an array's dtype, or of the parts of a complex one.

    Raises:
        DTypeError: a dtype that is not floating.
    """
    dtype = _dtype_of(type)
    if not dtypes.is_float(dtype):
        raise DTypeError(f"finfo: {dtype} is no floating dtype; iinfo is for integers")
    part = {dtypes.complex64: dtypes.float32, dtypes.complex128: dtypes.float64}.get(dtype, dtype)
    info: Any = ml_dtypes.finfo(part)  # type: ignore[no-untyped-call]
    return FInfo(
        int(info.bits), float(info.eps), float(info.max), float(info.min), float(info.smallest_normal), dtype=part
    )


def iinfo(type: Any, /) -> IInfo:
    """Limits of an integer dtype, or of an array's dtype.

    Raises:
        DTypeError: a dtype that is not one of integers.
    """
    dtype = _dtype_of(type)
    if dtype not in dtypes.INTEGERS:
        raise DTypeError(f"iinfo: {dtype} is no integer dtype; finfo is for floats")
    info = np.iinfo(dtype)
    return IInfo(int(info.bits), int(info.max), int(info.min), dtype)


class Info:
    """What one backend can do, where, and with which dtypes; of the backend in force when none is named."""

    def __init__(self, backend: Backend | None = None) -> None:
        self._backend = backend

    @property
    def _home(self) -> Backend:
        return self._backend or get_backend()

    def capabilities(self) -> dict[str, Any]:
        """Boolean indexing, shapes that depend on data, and the largest number of dimensions (None: no limit is known)."""
        own = getattr(self._home.xp, "__array_namespace_info__", None)
        limit = own().capabilities().get("max dimensions") if own is not None else None
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": limit}

    def devices(self) -> list[str]:
        """The devices that are there, by their names."""
        return list(self._home.devices())

    def default_device(self) -> str:
        """The device on which new arrays are made."""
        return self._home.default_device()

    def default_dtypes(self, *, device: Any = None) -> dict[str, DType]:
        """The dtypes of new arrays of Python numbers, and of indices."""
        backend = self._home
        backend.parse_device(device)
        real, integral = backend.default_float, backend.default_int
        return {
            "real floating": real,
            "complex floating": dtypes.complex_of(real),
            "integral": integral,
            "indexing": integral,
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, DType]:
        """The standard's dtypes that the backend has, by name; only those of a `kind`, as in `isdtype`."""
        backend = self._home
        backend.parse_device(device)
        return {d.name: d for d in dtypes.ALL if d.itemsize != 2 or d.kind in "iu" if _has(backend, d, kind)}


def _has(backend: Backend, dtype: DType, kind: Any) -> bool:
    if kind is not None and not isdtype(dtype, kind):
        return False
    try:
        backend.native_dtype(dtype)
    except DTypeError:
        return False
    return True


def __array_namespace_info__() -> Info:
    """What the backend in force can do: the standard's inspection functions."""
    return Info()
