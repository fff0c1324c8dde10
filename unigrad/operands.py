"""Operands: whatever a caller hands to a primitive, as raw arrays of one backend."""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.backend import Backend, Raw, backend_of, find_backend, get_backend
from unigrad.errors import DTypeError, IntegerRangeError, MixedBackendsError, OutOfBoundsError, ShapeError
from unigrad.lending import Lent, settle

SCALARS = frozenset((bool, int, float, complex))
#: rows that answer for a Python integer that the array's dtype does not hold: it is beyond all of its numbers, or true
COMPARISONS = frozenset(("equal", "greater", "greater_equal", "less", "less_equal", "not_equal"))
LOGICAL = frozenset(("logical_and", "logical_or", "logical_xor"))


def common_dtype(have: Sequence[Any], scalars: Sequence[Any], backend: Backend) -> Any:
    """The one dtype of arrays of dtypes `have` with Python scalars."""
    if not have:
        kind = max((complex if type(s) is complex else float if type(s) is float else int for s in scalars), key=_rank)
        if kind is int:
            return dtypes.bool_ if all(type(s) is bool for s in scalars) else backend.default_int
        return backend.default_float if kind is float else dtypes.complex_of(backend.default_float)
    common = have[0]
    for d in have[1:]:
        common = dtypes.promote(common, d)
    for s in scalars:
        common = dtypes.promote_scalar(common, s, backend.default_float, backend.default_int)
    return common


def _rank(kind: type) -> int:
    return (int, float, complex).index(kind)


def unwrap(name: str, arrays: Sequence[Any]) -> tuple[list[Raw], list[Any], Backend, bool, list[int]]:
    """Raw operands, their nodes, their backend, whether the result is a Tensor, and which operands are the user's own."""
    raws: list[Raw] = []
    nodes: list[Any] = []
    foreign: list[int] = []
    pending: list[int] = []  # ndarrays and lists: constants of whatever backend the others have
    backend: Backend | None = None
    wrapped = False
    for i, a in enumerate(arrays):
        cls = type(a)
        node = None
        if hasattr(a, "__unigrad_tensor__"):
            a = a.__unigrad_tensor__()
            wrapped = True
            node = a._node
            a = a._raw if type(a._raw) is not Lent else settle(a)
            found = find_backend(a)
        elif cls in SCALARS:
            found = None
        elif isinstance(a, list | tuple):
            a = list_constant(name, a)
            pending.append(i)
            found = None
        elif isinstance(a, np.ndarray | np.generic):
            a = a.plain if isinstance(a, Lent) else ndarray_of(name, a)
            foreign.append(i)
            pending.append(i)
            found = None
        else:
            found = find_backend(a)
            if found is None:
                raise DTypeError(f"{name}: cannot use {type(a).__name__} object {str(a)[:60]!r} as an array")
            foreign.append(i)
        if found is not None:
            if backend is None:
                backend = found
            elif backend.name != found.name:
                raise MixedBackendsError(
                    f"{name}: operands of two backends, {backend.name!r} and {found.name!r}: "
                    f"bring one over with unigrad.convert(x, {backend.name!r})"
                )
        raws.append(a)
        nodes.append(node)
    if backend is None:
        if pending and any(isinstance(arrays[i], np.ndarray | np.generic) for i in pending):
            backend = backend_of(next(raws[i] for i in pending))  # raw NumPy in, raw NumPy out
        else:
            backend = get_backend()
            wrapped = True
    near = next((r for r in raws if backend.owns(r)), None) if pending else None
    for i in pending:
        weak = isinstance(arrays[i], list | tuple)
        if weak or backend.name != "numpy":
            dtype = weak_dtype(raws, i, backend) if weak else None
            alone = near is None
            raws[i] = backend.asarray(raws[i], dtype, None, True) if alone else backend.beside(raws[i], dtype, near)
            if i in foreign:
                foreign.remove(i)
    return raws, nodes, backend, wrapped, foreign


def ndarray_of(name: str, x: Any) -> Any:
    """A user's ndarray, or number of NumPy's, as it is, but in the machine's order of bytes.

    Raises:
        DTypeError: it is of a dtype that unigrad does not have, or has masked elements: the mask would be lost.
    """
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise DTypeError(
            f"{name}: the mask of a masked array would be lost: fill it (x.filled(0.0)), or take np.where(x.mask, 0.0, x.data)"
        )
    if x.dtype in dtypes._KIND:
        return x
    native = x.dtype.newbyteorder("=")
    if native in dtypes._KIND:
        return x.astype(native)
    there = f"unigrad computes with {', '.join(dtypes.BY_NAME)}"
    if x.dtype.kind in "fc":
        raise DTypeError(f"{name}: {x.dtype} data is wider than any dtype there is: cast it. {there}")
    raise DTypeError(f"{name}: {x.dtype} data is not numeric: {there}")


def list_constant(name: str, values: Any) -> np.ndarray[Any, Any]:
    """An ndarray of a nested list of numbers; a clear error for ragged lists, strings and tensors inside."""
    try:
        array = np.asarray(values)
    except ValueError as e:
        raise ShapeError(f"{name}: the nested list is ragged: {str(e)[:120]}") from e
    if array.dtype not in dtypes._KIND:
        raise DTypeError(f"{name}: the list holds {array.dtype} data, not numbers")
    return array


def weak_dtype(raws: Sequence[Any], i: int, backend: Backend) -> Any:
    """The dtype of a list of Python numbers next to arrays: theirs, as for a scalar; alone, the default."""
    others = [backend.dtype_of(r) for j, r in enumerate(raws) if j != i and type(r) not in SCALARS and backend.owns(r)]
    kind = raws[i].dtype.kind
    if not others:
        return backend.default_float if kind == "f" else None
    sample: Any = {"b": False, "f": 0.0, "c": 0j}.get(kind, 0)
    return common_dtype(others, [sample], backend)


def beyond(raws: list[Any], dtype: Any) -> bool:
    """Whether a Python integer among these is beyond an integer dtype: it is made an infinity, which compares alike."""
    if dtype.kind not in "iu":
        return False
    info = np.iinfo(dtype)
    far = [i for i, r in enumerate(raws) if type(r) is int and not info.min <= r <= info.max]
    for i in far:
        raws[i] = math.inf if raws[i] > 0 else -math.inf
    return bool(far)


def in_range(name: str, value: int, dtype: Any) -> int | float:
    """A Python integer for an array of `dtype`; an error where libraries would cut it, and a float for floats."""
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        if not info.min <= value <= info.max:
            raise IntegerRangeError(f"{name}: {value} does not fit {dtype}, which goes from {info.min} to {info.max}")
    elif dtype.kind != "b" and abs(value) >= 1 << 63:
        try:
            return float(value)
        except OverflowError:
            raise IntegerRangeError(f"{name}: an integer of {value.bit_length()} bits does not fit {dtype}") from None
    return value


def dtype_name(raw: Raw) -> str:
    """The name of a raw array's dtype, for messages."""
    return str(raw.dtype).rsplit(".", 1)[-1]


def explained(name: str, error: Exception, raws: Sequence[Raw], params: dict[str, Any]) -> Exception:
    """The error of a kernel, said in our terms: the op, the shapes and dtypes, the parameters."""
    told = ", ".join(repr(r) if type(r) in SCALARS else f"{dtype_name(r)}{list(r.shape)}" for r in raws)
    options = "".join(f", {k}={v!r}" for k, v in params.items())
    message = f"{name}({told}{options[:200]}): {str(error).splitlines()[0] if str(error) else type(error).__name__}"
    if "not implemented for" in message:  # torch, of a dtype
        return DTypeError(message)
    if "ZeroDivisionError" in message:  # torch, which raises it as a RuntimeError
        return ZeroDivisionError(f"{message}: integers have no infinity, so cast them to a floating dtype first")
    if isinstance(error, TypeError) and ("shape" in message or "dimension" in message):  # JAX
        return ShapeError(message)
    if isinstance(error, IndexError):
        return OutOfBoundsError(message)
    if isinstance(error, TypeError):
        return DTypeError(message)
    if isinstance(error, ValueError | RuntimeError):
        return ShapeError(message)
    if isinstance(error, OverflowError):
        return IntegerRangeError(message)
    return type(error)(message) if isinstance(error, ArithmeticError) else error


def real_only(kernel: Callable[..., Raw], backend: Backend) -> Callable[..., Raw]:
    """A kernel of an op that has no meaning for complex numbers, where the library would give it one (NumPy orders them)."""
    refused: set[Any] = {complex}
    for dtype in (dtypes.complex64, dtypes.complex128):
        with suppress(DTypeError):  # complex128 on a 32-bit JAX
            refused.add(backend.native_dtype(dtype))

    def call(*raws: Raw, **params: Any) -> Raw:
        for r in raws:
            if getattr(r, "dtype", type(r)) in refused:
                raise TypeError(
                    "complex numbers have no order, so this is for real numbers: take real, imag or abs first"
                )
        return kernel(*raws, **params)

    return call
