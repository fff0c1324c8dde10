"""One language for dtypes on every backend: NumPy's dtype objects, and one promotion table.

bfloat16 comes from `ml_dtypes`. The table is that of the Python array API standard, and where the standard leaves a pair
undefined: an integer with a float takes that float's dtype; float16 with bfloat16 is float32; uint64 with a signed integer
is float64. Python scalars are weak: they take the array's dtype, unless they are of a higher kind.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import ml_dtypes
import numpy as np

from unigrad.errors import DTypeError

DType = np.dtype[Any]

bool_ = np.dtype(np.bool_)
int8, int16, int32, int64 = (np.dtype(f"int{n}") for n in (8, 16, 32, 64))
uint8, uint16, uint32, uint64 = (np.dtype(f"uint{n}") for n in (8, 16, 32, 64))
float16, float32, float64 = (np.dtype(f"float{n}") for n in (16, 32, 64))
bfloat16 = np.dtype(ml_dtypes.bfloat16)
complex64, complex128 = np.dtype(np.complex64), np.dtype(np.complex128)

SIGNED = (int8, int16, int32, int64)
UNSIGNED = (uint8, uint16, uint32, uint64)
INTEGERS = SIGNED + UNSIGNED
REAL_FLOATS = (float16, bfloat16, float32, float64)
COMPLEX = (complex64, complex128)
FLOATS = frozenset(REAL_FLOATS + COMPLEX)
ALL = (bool_, *INTEGERS, *REAL_FLOATS, *COMPLEX)
BY_NAME: dict[str, DType] = {d.name: d for d in ALL} | {"bool": bool_}
PYTHON: dict[type, DType] = {int: int64, float: float64, complex: complex128}

_KIND: dict[DType, int] = {
    bool_: 0,
    **dict.fromkeys(INTEGERS, 1),
    **dict.fromkeys(REAL_FLOATS, 2),
    **dict.fromkeys(COMPLEX, 3),
}


def as_dtype(dtype: Any, backend: Any = None) -> DType:
    """The NumPy dtype that `dtype` (a dtype, scalar type, name, or a backend's own dtype object) stands for.

    Python's ``int``, ``float`` and ``complex`` are numbers of 64 bits (two of them), as for NumPy; on a `backend` that has none
    the default ones, for they name no width.
    """
    if dtype is float or dtype is int or dtype is complex:
        wide = PYTHON[dtype]
        return wide if backend is None else held(wide, backend)
    if isinstance(dtype, np.dtype) and dtype in _KIND:
        return dtype
    name = dtype if isinstance(dtype, str) else str(dtype).rsplit(".", 1)[-1]
    if name in BY_NAME:
        return BY_NAME[name]
    try:
        found: DType | None = None if dtype is None else np.dtype(dtype).newbyteorder("=")
    except TypeError:
        found = None
    if found is None or found not in _KIND:
        raise DTypeError(f"{dtype!r} is not a dtype of the array API; there are {', '.join(BY_NAME)}")
    return found


def held(dtype: DType, backend: Any) -> DType:
    """`dtype`, or the default one of its kind where the backend has no such numbers: for what nobody asked for by name."""
    try:
        backend.native_dtype(dtype)
    except DTypeError:
        default: DType = backend.default_float
        others: dict[str, DType] = {"i": backend.default_int, "u": backend.default_uint, "c": complex_of(default)}
        return others.get(dtype.kind, default)
    return dtype


def kind_of(dtype: DType) -> int:
    """0 for bool, 1 for integers, 2 for real floats, 3 for complex floats."""
    return _KIND[dtype]


def is_float(dtype: DType) -> bool:
    """Whether `dtype` is a real or complex floating dtype: one that can carry a gradient."""
    return dtype in FLOATS


def is_complex(dtype: DType) -> bool:
    """Whether `dtype` is complex64 or complex128."""
    return dtype is complex64 or dtype is complex128 or dtype in COMPLEX


def complex_of(dtype: DType) -> DType:
    """The complex dtype whose parts hold `dtype`."""
    return complex128 if dtype in (float64, complex128) else complex64


@cache
def promote(a: DType, b: DType) -> DType:
    """The dtype of an operation on arrays of dtypes `a` and `b`, on every backend."""
    if a == b:
        return a
    ka, kb = _KIND[a], _KIND[b]
    if ka > kb:
        a, b, ka, kb = b, a, kb, ka
    if kb == 3:
        return complex128 if complex128 in (a, b) or a == float64 else complex64
    if kb == 2:
        if ka < 2:
            return b
        return float32 if {a, b} == {float16, bfloat16} else a if a.itemsize > b.itemsize else b
    if ka == 0:
        return b
    if (a in SIGNED) == (b in SIGNED):
        return a if a.itemsize > b.itemsize else b
    signed, unsigned = (a, b) if a in SIGNED else (b, a)
    if signed.itemsize > unsigned.itemsize:
        return signed
    return {1: int16, 2: int32, 4: int64, 8: float64}[unsigned.itemsize]


_SCALAR_KIND = {bool: 0, int: 1, float: 2, complex: 3}


def promote_scalar(dtype: DType, scalar: object, default_float: DType, default_int: DType = int64) -> DType:
    """The dtype of an array of `dtype` together with a Python scalar: the array's own, unless the scalar's kind is higher."""
    need, have = _SCALAR_KIND[type(scalar)], _KIND[dtype]
    if need <= have:
        return dtype
    if need == 3:
        return complex_of(dtype if have == 2 else default_float)
    return default_float if need == 2 else default_int


_DEFAULT_FLOAT: list[DType | None] = [None]


#: called after the default dtype has changed: what is compiled for the one before is to be forgotten
ON_NEW_DEFAULT: list[Callable[[], None]] = []


def set_default_dtype(dtype: Any) -> None:
    """Make `dtype` (float32, float64, or None for each backend's own) the dtype of new arrays of Python floats."""
    if dtype is not None:
        dtype = as_dtype(dtype)
        if dtype not in REAL_FLOATS:
            raise DTypeError(f"the default dtype must be a real float, not {dtype}")
    _DEFAULT_FLOAT[0] = dtype
    for forget in ON_NEW_DEFAULT:
        forget()


def default_float_override() -> DType | None:
    """The dtype that `set_default_dtype` or UNIGRAD_FLOAT chose, or None."""
    return _DEFAULT_FLOAT[0]
