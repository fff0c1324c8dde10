"""Creation functions of the standard. New arrays are made on the current backend; what is already an array stays where it is."""

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad import dtypes, primitive
from unigrad.backend import OWNERS, Backend, backend_of, find_backend, get_backend, refuse_complex
from unigrad.direct import roads
from unigrad.errors import KERNEL_ERRORS, DTypeError, MixedBackendsError, ShapeError
from unigrad.lending import settle
from unigrad.operands import SCALARS, in_range, list_constant, ndarray_of
from unigrad.ops.elementwise import astype as cast
from unigrad.primitive import TABLE, wrap

Shape = int | Sequence[int]

#: what NumPy makes of lists of Python numbers
PYTHONS = frozenset((dtypes.bool_, dtypes.int64, dtypes.float64, dtypes.complex128))


def as_array(x: Any) -> Any:
    """An operand of a function: tensors and raw arrays as they are, variables read, numbers and lists made into tensors."""
    if type(x) is primitive.Tensor or type(x) in OWNERS:
        return x
    if hasattr(x, "__unigrad_tensor__"):
        return x.__unigrad_tensor__()
    return x if find_backend(x) is not None else asarray(x)


def dims_of(shape: Shape) -> tuple[int, ...]:
    """A shape as a tuple of ints that are not negative."""
    dims = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    try:
        dims = tuple(d.__index__() for d in dims)
    except AttributeError:
        raise ShapeError(f"a shape is made of ints, not {shape!r}") from None
    if any(d < 0 for d in dims):
        raise ShapeError(f"a shape has no negative sizes, but {dims} has")
    return dims


def _make(name: str, *args: Any, dtype: Any, device: Any, default: Any = None) -> Any:
    """A new array by the namespace's own function `name`."""
    backend = get_backend()
    kind = dtypes.as_dtype(dtype, backend) if dtype is not None else default or backend.default_float
    place = backend.device if device is None else backend.parse_device(device)
    return wrap(backend.create(name, args, kind, place))


def _home_of(obj: Any) -> Backend:
    """The backend of what `asarray` makes of `obj`."""
    if isinstance(obj, np.ndarray | np.generic):
        return get_backend()
    return find_backend(obj._raw if type(obj) is primitive.Tensor else obj) or get_backend()


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor of `obj`: a tensor, variable, array of a backend, number, or nested list of any of these.

    A backend's own array stays in its library; NumPy arrays, numbers and lists go to the current backend. Data that
    somebody else could change in place is copied, so no later write to it can change a gradient.

    Raises:
        DTypeError: strings, objects, or a dtype that the backend does not have.
        ShapeError: a ragged list.
        ValueError: `copy=False`, and a copy cannot be avoided.
    """
    if type(obj) is primitive.Tensor and dtype is None and device is None and not copy:
        return obj
    if hasattr(obj, "__unigrad_tensor__"):
        obj = obj.__unigrad_tensor__()
    kind = None if dtype is None else dtypes.as_dtype(dtype, _home_of(obj))
    if type(obj) is primitive.Tensor:
        out = obj if kind is None or kind == obj.dtype else cast(obj, dtype=kind)
        if device is not None and device != out.device:
            out = out.to_device(device)
        return primitive.wrap(settle(out), out._node) if copy and out is obj else out
    if isinstance(obj, list | tuple) and _holds_tensors(obj):
        from unigrad.ops.manipulation import stack

        return stack([asarray(o, dtype=dtype, device=device) for o in obj])
    if copy is False:
        raise ValueError(
            "asarray: copy=False is for tensors alone: other data is copied, so that nobody can change it later"
        )
    found = (
        None if type(obj) in SCALARS or isinstance(obj, list | tuple | np.ndarray | np.generic) else find_backend(obj)
    )
    backend = found or get_backend()
    place = backend.device if device is None else backend.parse_device(device)
    if kind is not None:
        refuse_complex(obj if found is None else np.empty(0, found.dtype_of(obj)), kind)
    if found is None:
        obj = _data(obj)
        if kind is not None and kind.kind in "iu":
            _integers_fit(obj, kind)
        if kind is None and not isinstance(obj, np.ndarray | np.generic):
            obj = list_constant("asarray", obj)
            if obj.dtype in PYTHONS:  # another dtype is that of NumPy's numbers in the list
                kind = {"f": backend.default_float, "i": backend.default_int}.get(obj.dtype.kind)
                if obj.dtype.kind == "c":
                    kind = dtypes.complex_of(backend.default_float)
        return wrap(backend.asarray(obj, kind, place, True))
    if kind is None and device is None:
        return wrap(backend.asarray(obj, None, None, True))
    return wrap(backend.asarray(obj, kind, place if device is not None else None, True))


def _integers_fit(obj: Any, dtype: Any) -> None:
    """An error for Python integers that an integer dtype does not hold."""
    values = (
        list_constant("asarray", obj)
        if isinstance(obj, list | tuple)
        else np.asarray(obj)
        if type(obj) is int
        else None
    )
    if values is not None and values.size and values.dtype.kind in "iuO":
        in_range("asarray", int(values.min()), dtype)
        in_range("asarray", int(values.max()), dtype)


def _data(obj: Any) -> Any:
    if type(obj) in SCALARS or isinstance(obj, list | tuple):
        return obj
    if isinstance(obj, np.ndarray | np.generic):
        return ndarray_of("asarray", obj)
    if (
        hasattr(obj, "__array__")
        or hasattr(obj, "__buffer__")
        or isinstance(obj, bytes | bytearray | memoryview | range | array)
    ):
        return _data(np.asarray(obj))
    raise DTypeError(f"Unsupported data: asarray cannot make numbers of {type(obj).__name__} object {str(obj)[:60]!r}")


def _holds_tensors(obj: Any) -> bool:
    if isinstance(obj, list | tuple):
        return any(_holds_tensors(o) for o in obj)
    return type(obj) is primitive.Tensor or hasattr(obj, "__unigrad_tensor__")


_ASTYPE = roads("astype").get


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """The numbers of `x` in another dtype; `x` itself where `copy` is False and the dtype is its own."""
    if device is None and (road := _ASTYPE(type(x))) is not None:
        try:
            if (out := road(x, dtype)) is not None:
                return out
        except KERNEL_ERRORS:
            pass
    x = as_array(x)
    kind = dtypes.as_dtype(dtype, backend_of(x._raw if type(x) is primitive.Tensor else x))
    out = x if not copy and type(x) is primitive.Tensor and x.dtype == kind else cast(x, dtype=kind)
    return out if device is None else out.to_device(device)


def convert(x: Any, backend: str, /) -> Any:
    """`x` as a tensor of another backend, zero-copy where the libraries allow it; differentiable."""
    from unigrad.backend import load

    x = as_array(x)
    goal = load(backend)
    raw = settle(x) if type(x) is primitive.Tensor else x
    home = backend_of(raw)
    if home.name == goal.name:
        return x if type(x) is primitive.Tensor else wrap(raw)
    return TABLE["convert"](x if type(x) is primitive.Tensor else wrap(raw), to=goal, home=home)


def zeros(shape: Shape, *, dtype: Any = None, device: Any = None) -> Any:
    """Zeros of `shape`."""
    return _make("zeros", dims_of(shape), dtype=dtype, device=device)


def ones(shape: Shape, *, dtype: Any = None, device: Any = None) -> Any:
    """Ones of `shape`."""
    return _make("ones", dims_of(shape), dtype=dtype, device=device)


def empty(shape: Shape, *, dtype: Any = None, device: Any = None) -> Any:
    """An array of `shape` whose content does not matter: zeros."""
    return zeros(shape, dtype=dtype, device=device)


def full(shape: Shape, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """`fill_value` everywhere; an array as fill value is broadcast, and a tensor keeps its gradient."""
    if hasattr(fill_value, "shape"):
        from unigrad.ops.manipulation import spread_to

        return spread_to(asarray(fill_value, dtype=dtype, device=device), dims_of(shape))
    backend = get_backend()
    default = _scalar_dtype(fill_value, backend)
    if type(fill_value) is int:
        fill_value = in_range("full", fill_value, default if dtype is None else dtypes.as_dtype(dtype, backend))
    return _make("full", dims_of(shape), fill_value, dtype=dtype, device=device, default=default)


def _scalar_dtype(value: Any, backend: Backend) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.dtype
    if isinstance(value, bool):
        return dtypes.bool_
    if isinstance(value, int):
        return backend.default_int
    if isinstance(value, complex):
        return dtypes.complex_of(backend.default_float)
    if isinstance(value, float):
        return None
    raise DTypeError(f"cannot fill an array with {type(value).__name__} object {str(value)[:60]!r}")


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """`fill_value` everywhere, in the shape, dtype and place of `x`; an array as fill value is broadcast, and a tensor keeps its
    gradient."""
    x, ours = as_array(x), hasattr(fill_value, "__unigrad_tensor__")
    raw = settle(x) if type(x) is primitive.Tensor else x
    backend = backend_of(raw)
    kind = backend.dtype_of(raw) if dtype is None else dtypes.as_dtype(dtype, backend)
    if isinstance(fill_value, np.ndarray | np.generic):
        fill_value = wrap(backend.beside(ndarray_of("full_like", fill_value), None, raw))
    if hasattr(fill_value, "shape"):
        out = full(x.shape, fill_value, dtype=kind, device=backend.device_of(raw) if device is None else device)
        if out.backend.name != backend.name:
            raise MixedBackendsError(
                f"full_like: an array of {backend.name!r} and a fill value of {out.backend.name!r}: "
                f"bring it over with unigrad.convert(fill_value, {backend.name!r})"
            )
    else:
        if type(fill_value) is int:
            fill_value = in_range("full_like", fill_value, kind)
        elif type(fill_value) not in SCALARS:
            list_constant("full_like", fill_value)  # an error for what is no number
        out = wrap(backend.like(raw, fill_value, kind, device))
    return out if ours or type(x) is primitive.Tensor else out._raw


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Zeros in the shape, dtype and place of `x`. Connected with `x`, with derivative zero."""
    return _like(TABLE["zeros_like"], x, dtype, device)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Ones in the shape, dtype and place of `x`. Connected with `x`, with derivative zero."""
    return _like(TABLE["ones_like"], x, dtype, device)


def _like(row: Any, x: Any, dtype: Any, device: Any) -> Any:
    out = row(as_array(x))
    if dtype is not None:
        out = astype(out, dtype)
    return out if device is None else asarray(out, device=device)


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """An array like `x` whose content does not matter: zeros."""
    return full_like(x, 0, dtype=dtype, device=device)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Any:
    """Ones on diagonal `k` of a matrix, zeros elsewhere."""
    rows, cols = dims_of((n_rows, n_rows if n_cols is None else n_cols))
    backend = get_backend()
    kind = backend.default_float if dtype is None else dtypes.as_dtype(dtype, backend)
    data = np.eye(rows, cols, k=k, dtype=np.int8).astype(kind)
    return wrap(backend.asarray(data, kind, backend.device if device is None else backend.parse_device(device), True))


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Any:
    """Evenly spaced numbers from `start` (0 if only one number is given) up to, but without, `stop`."""
    start, stop, step = (
        v.__unigrad_tensor__().item() if hasattr(v, "__unigrad_tensor__") else v for v in (start, stop, step)
    )
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ShapeError("arange: a step of 0 never arrives")
    backend = get_backend()
    default = backend.default_int if all(isinstance(v, int) for v in (start, stop, step)) else None
    if (stop - start) * step <= 0:
        return _make("zeros", (0,), dtype=dtype, device=device, default=default)
    return _make("arange", start, stop, step, dtype=dtype, device=device, default=default)


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> Any:
    """`num` evenly spaced numbers from `start` to `stop` (included if `endpoint`); tensors as ends keep their gradient."""
    if num < 0:
        raise ShapeError(f"linspace: {num} numbers")
    ends = [type(v) is primitive.Tensor or hasattr(v, "__unigrad_tensor__") for v in (start, stop)]
    gaps = max(num - 1 if endpoint else num, 1)
    if any(ends):
        like = asarray(start if ends[0] else stop)
        backend = backend_of(like._raw)
        w = wrap(backend.beside(np.arange(num) / gaps, like.dtype, like._raw))
        out = start * (1 - w) + stop * w
        return out if dtype is None else astype(out, dtype)
    backend = get_backend()
    kind = dtypes.as_dtype(dtype, backend) if dtype is not None else backend.default_float
    if dtype is None and (isinstance(start, complex) or isinstance(stop, complex)):
        kind = dtypes.complex_of(kind)
    data = np.linspace(start, stop, num, endpoint=endpoint)
    return wrap(
        backend.asarray(
            data.astype(kind), kind, backend.device if device is None else backend.parse_device(device), True
        )
    )


def meshgrid(*arrays: Any, indexing: str = "xy") -> list[Any]:
    """Coordinate matrices of 1-d arrays; "xy": the first two axes exchanged, "ij": not."""
    from unigrad.ops.manipulation import permute_dims, reshape, spread_to

    if indexing not in ("xy", "ij"):
        raise ShapeError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    parts = [as_array(a) for a in arrays]
    sizes = tuple(int(a.shape[0]) if len(a.shape) else 1 for a in parts)
    n = len(parts)
    grids = [
        spread_to(reshape(a, tuple(sizes[j] if j == i else 1 for j in range(n))), sizes) for i, a in enumerate(parts)
    ]
    if indexing == "xy" and n > 1:
        grids = [permute_dims(g, (1, 0, *range(2, n))) for g in grids]
    return grids
