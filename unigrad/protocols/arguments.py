"""What NumPy's arguments are in unigrad's terms: operands, axes, dtypes, ``out=`` and ``where=``."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad import dtypes, primitive
from unigrad.backend import find_backend, get_backend
from unigrad.batched import BATCHED
from unigrad.errors import (
    BackendError,
    BatchedValueError,
    DTypeError,
    GradientLostError,
    MixedBackendsError,
    ShapeError,
)
from unigrad.leaving import left
from unigrad.lending import settle
from unigrad.operands import SCALARS, common_dtype, list_constant, ndarray_of
from unigrad.ops.elementwise import astype, where
from unigrad.ops.manipulation import spread_to, stack
from unigrad.primitive import wrap
from unigrad.views import write

#: NumPy's own mark of an argument that was not given
MISSING: Any = np._NoValue


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor or a variable."""
    return type(x) is primitive.Tensor or hasattr(x, "__unigrad_tensor__")


def holds_tensors(x: Any) -> bool:
    """Whether `x` is a tensor or a variable, or a list, tuple or dict with one in it at any depth."""
    if isinstance(x, list | tuple):
        return any(holds_tensors(v) for v in x)
    if isinstance(x, dict):
        return any(holds_tensors(v) for v in x.values())
    return is_tensor(x)


def first_tensor(args: Any) -> Any:
    """The first tensor in `args`, at any depth; None if there is none."""
    for a in args:
        if is_tensor(a):
            return a.__unigrad_tensor__()
        if isinstance(a, list | tuple):
            found = first_tensor(a)
            if found is not None:
                return found
    return None


def tensor(x: Any, like: Any = None) -> Any:
    """`x` as a tensor: one as it is, a variable read, anything else as a constant on the backend of `like`.

    A Python number, or a list of them, takes the dtype of `like`, or of its real part, unless it is of a higher kind.
    """
    if type(x) is primitive.Tensor:
        return x
    if hasattr(x, "__unigrad_tensor__"):
        return x.__unigrad_tensor__()
    if isinstance(x, list | tuple) and holds_tensors(x):
        like = first_tensor(x) if like is None else like
        return stack([tensor(v, like) for v in x])
    backend = find_backend(x) if like is None else like.backend
    weak = type(x) in SCALARS or isinstance(x, list | tuple)
    if weak:
        x = list_constant("asarray", x)
    elif not isinstance(x, np.ndarray | np.generic):
        found = find_backend(x)
        if found is None:
            return tensor(np.asarray(x), like)
        if backend is not None and found.name != backend.name:
            raise MixedBackendsError(
                f"operands of two backends, {backend.name!r} and {found.name!r}: "
                f"bring one over with unigrad.convert(x, {backend.name!r})"
            )
        return wrap(found.asarray(x, None, None, True))
    else:
        x = ndarray_of("a NumPy function of tensors", x)
    dtype = None
    if weak and like is not None and x.size:
        sample: Any = {"b": False, "f": 0.0, "c": 0j}.get(x.dtype.kind, 0)
        # beside complex numbers real ones stay real: positions and weights are no complex numbers
        kind = np.finfo(like.dtype).dtype if is_complex(like) else like.dtype
        dtype = common_dtype([kind], [sample], like.backend)
        if x.dtype.kind == "b":
            dtype = dtypes.bool_
        elif dtype.kind in "iu" and not np.iinfo(dtype).min <= x.min() <= x.max() <= np.iinfo(dtype).max:
            dtype = None  # cut to fewer bits it would be another number
    return wrap((backend or get_backend()).asarray(x, dtype, None, True))


def tensors(*args: Any) -> tuple[Any, ...]:
    """All of `args` as tensors of one backend, that of the first tensor among them."""
    like = first_tensor(args)
    return tuple(tensor(a, like) for a in args)


def array(x: Any, like: Any) -> Any:
    """The same, where NumPy makes an array of a number or list first: of ints default ones, whose sums and products fit."""
    out = tensor(x, like)
    made = type(x) is int or (isinstance(x, list | tuple) and not holds_tensors(x))
    return astype(out, dtype=out.backend.default_int) if made and out.dtype.kind in "iu" else out


def values(x: Any) -> Any:
    """The values as an ndarray: only for what is exactly constant in them."""
    if isinstance(x, list | tuple) and holds_tensors(x):
        return np.array([values(v) for v in x])
    if not is_tensor(x):
        return np.asarray(x)
    t = x.__unigrad_tensor__()
    backend = t.backend
    if type(t._raw) in BATCHED:
        raise BatchedValueError(
            f"this function looks at values, and inside vmap those of one example are not known, for all {t._raw.count} run at "
            f"once: call it outside of vmap, for one example after the other"
        )
    if backend.is_traced(t._raw):
        raise BackendError("this function looks at values, and a compiler's tracer has none: call it outside of jit")
    return backend.to_numpy(settle(t))


def constant_like(data: Any, like: Any) -> Any:
    """An ndarray that a function of ours made as a constant on the backend of the tensor `like`, in numbers that it has."""
    data, backend = np.asarray(data), like.backend
    return wrap(backend.asarray(data, dtypes.held(data.dtype, backend), None, True))


def to_dtype(dtype: Any, backend: Any = None) -> Any:
    """The dtype that NumPy means by `dtype` (``float`` is float64, where the backend has it); None stays None."""
    if dtype is None or dtype is MISSING:
        return None
    if (isinstance(dtype, np.dtype) and dtype in dtypes.FLOATS) or dtype in dtypes.PYTHON:
        return dtypes.as_dtype(dtype, backend)
    try:
        dtype = np.dtype(dtype)
    except TypeError as e:
        raise DTypeError(f"{dtype!r} is no dtype: {e}") from e
    return dtypes.as_dtype(dtype)


def cast(x: Any, dtype: Any) -> Any:
    """`x` in NumPy's `dtype`; as it is if that is None."""
    kind = to_dtype(dtype, x.backend)
    return x if kind is None or x.dtype == kind else astype(x, dtype=kind)


def floating(x: Any) -> Any:
    """`x` as it is if it is of a floating dtype, else in the default one."""
    return x if dtypes.is_float(x.dtype) else astype(x, dtype=x.backend.default_float)


def is_complex(x: Any) -> bool:
    """Whether the tensor is complex."""
    return bool(x.dtype.kind == "c")


def flag(keepdims: Any) -> bool:
    """``keepdims=``, which NumPy may hand over as not given."""
    return keepdims is not MISSING and bool(keepdims)


def everywhere(mask: Any) -> bool:
    """Whether ``where=`` leaves out nothing."""
    return mask is True or mask is MISSING


def masked(x: Any, mask: Any, fill: Any) -> Any:
    """`x` with `fill` where ``where=`` leaves it out."""
    if everywhere(mask):
        return x
    mask = tensor(mask, x)
    if mask.dtype != dtypes.bool_:
        raise DTypeError(f"where= is a mask of bools, not {mask.dtype}")
    return where(mask, x, fill)


def begun(initial: Any, dtype: Any, like: Any) -> Any:
    """``initial=`` in the dtype of the result, as NumPy takes it; MISSING stays."""
    if initial is MISSING:
        return initial
    if isinstance(initial, float) and not math.isfinite(initial) and dtype.kind in "iu":
        raise DTypeError(f"initial={initial} is no number of {dtype}")
    # a number by way of an ndarray: an unsigned dtype may not hold the identity -1 of bitwise_and
    start = tensor(initial, like) if is_tensor(initial) else constant_like(initial, like)
    return start if start.dtype == dtype else astype(start, dtype=dtype)


def deliver(result: Any, out: Any, casting: str = "same_kind", spread: bool = False) -> Any:
    """The result, written into ``out=`` if there is one.

    A tensor is written in place, as by ``out[...] = result``: recorded, and seen through its views. An ndarray is no place for
    it, for no tape follows an ndarray.
    """
    if isinstance(out, tuple) and len(out) == 1:
        out = out[0]
    if out is None or out is MISSING:
        return result
    if type(out) is not primitive.Tensor:
        if is_tensor(out):
            raise DTypeError("out= cannot be a variable, which is not written in place: use its assign()")
        if not isinstance(out, np.ndarray):
            raise DTypeError(f"out= is a Tensor, not {type(out).__name__}")
        raise GradientLostError(
            "a Tensor's result written into an ndarray (out=, or `ndarray += t`) would be lost to every tape: "
            "write `a = a + t`, make a Tensor of it first (a = unigrad.asarray(a)), or use t.numpy() to leave the tape on purpose"
        )
    result = tensor(result, out)
    if result.backend.name != out.backend.name:
        raise MixedBackendsError(
            f"out= is on the backend {out.backend.name!r} and the result on {result.backend.name!r}: "
            f"bring one over with unigrad.convert(x, {out.backend.name!r})"
        )
    if tuple(out.shape) != result.shape:
        if not spread or np.broadcast_shapes(tuple(out.shape), result.shape) != tuple(out.shape):
            raise ShapeError(f"out= has shape {tuple(out.shape)}, and the result {result.shape}")
        result = spread_to(result, tuple(out.shape))
    if out.dtype != result.dtype and not np.can_cast(result.dtype, out.dtype, casting):  # type: ignore[arg-type]
        raise DTypeError(f"out= of dtype {out.dtype} cannot hold {result.dtype} by the rule {casting!r}")
    left(out._node, "out=", inside=True)
    write(out, astype(result, dtype=out.dtype) if out.dtype != result.dtype else result)
    return out


def at_axis(index: Any, axis: int) -> tuple[Any, ...]:
    """The index that is `index` along `axis` and everything along the axes before it."""
    return (*((slice(None),) * axis), index)


def as_axes(axis: Any) -> Any:
    """An axis argument with lists made tuples."""
    return tuple(axis) if isinstance(axis, Sequence) else axis


def axes_in(axis: Any, x: Any) -> Any:
    """The same for a reduction of the tensor `x`: of one without axes NumPy takes 0 and -1 for all there are."""
    return None if x.ndim == 0 and isinstance(axis, int | np.integer) and axis in (0, -1) else as_axes(axis)
