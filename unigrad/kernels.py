"""Kernels that every backend has for nothing: written over the array API namespace alone.

Each takes the backend and gives the function on raw arrays. A backend's own `kernels` table comes first, then these, then the
namespace's function of the same name.
"""

import math
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

Kernel = Callable[..., Any]


def _absorbing_multiply(backend: Any) -> Kernel:
    xp = backend.xp

    def absorbing_multiply(x: Any, y: Any) -> Any:
        product = x * y
        absorbed = (x == 0) | ((y == 0) & (x == x))
        if isinstance(absorbed, bool):
            return xp.zeros_like(product) if absorbed else product
        return xp.where(absorbed & (product != product), xp.zeros_like(product), product)

    return absorbing_multiply


def _heaviside_weight(backend: Any) -> Kernel:
    xp = backend.xp

    def heaviside_weight(x: Any, y: Any) -> Any:
        dtype = (x if hasattr(x, "dtype") else y).dtype
        weight = xp.astype(x > y, dtype) + 0.5 * xp.astype(x == y, dtype)
        return xp.where((x <= y) | (x > y), weight, math.nan)

    return heaviside_weight


def _relu(backend: Any) -> Kernel:
    xp = backend.xp
    return lambda x: xp.where(x <= 0, xp.zeros_like(x), x)  # a NaN stays


def _relu_slope(backend: Any) -> Kernel:
    xp = backend.xp
    return lambda x: xp.where(xp.isnan(x), x, xp.astype(x > 0, x.dtype))


def _affine(backend: Any) -> Kernel:
    matmul = backend.kernel("matmul")

    def affine(x: Any, w: Any, b: Any) -> Any:
        product = matmul(x, w)
        total = product + b
        if total.shape != product.shape:
            raise ValueError(f"the shape {tuple(b.shape)} does not broadcast to the product's {tuple(product.shape)}")
        return total

    return affine


def _logsumexp(backend: Any) -> Kernel:
    xp = backend.xp

    def logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
        if math.prod(x.shape) == 0:
            return xp.sum(x, axis=axis, keepdims=keepdims) - math.inf  # the logarithm of an empty sum
        top = xp.max(x, axis=axis, keepdims=True)
        top = xp.where(xp.isfinite(top), top, xp.zeros_like(top))  # -inf alone: exp(-inf - -inf) would be NaN
        total = xp.sum(xp.exp(x - top), axis=axis, keepdims=True)
        none = total == 0
        empty = xp.full_like(total, -math.inf)
        out = xp.where(none, empty, xp.log(xp.where(none, xp.ones_like(total), total)) + top)
        return out if keepdims else xp.sum(out, axis=axis)

    return logsumexp


def _softmax(backend: Any) -> Kernel:
    xp = backend.xp

    def softmax(x: Any, axis: int) -> Any:
        if math.prod(x.shape) == 0:
            return x
        e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
        return e / xp.sum(e, axis=axis, keepdims=True)

    return softmax


def _log_softmax(backend: Any) -> Kernel:
    xp = backend.xp

    def log_softmax(x: Any, axis: int) -> Any:
        if math.prod(x.shape) == 0:
            return x
        x = x - xp.max(x, axis=axis, keepdims=True)  # not x - logsumexp(x), which is rounded in units of x
        return x - xp.log(xp.sum(xp.exp(x), axis=axis, keepdims=True))

    return log_softmax


def _surplus(backend: Any) -> Kernel:
    xp = backend.xp
    softmax = backend.kernel("softmax")

    def surplus(x: Any, labels: Any) -> Any:
        labels = backend.index(labels)
        numbers = xp.arange(x.shape[-1], dtype=labels.dtype, device=getattr(labels, "device", None))
        return softmax(x, axis=-1) - xp.astype(labels[..., None] == numbers, x.dtype)

    return surplus


def _cross_entropy(backend: Any) -> Kernel:
    xp = backend.xp
    log_softmax = backend.kernel("log_softmax")

    def cross_entropy(x: Any, labels: Any, mean: bool) -> Any:
        labels = backend.index(labels)
        if not backend.is_traced(labels) and backend.device_of(labels) == "cpu":
            known = backend.to_numpy(labels)
            if known.size and (known.min() < 0 or known.max() >= x.shape[-1]):
                raise IndexError(f"a label is not one of the {x.shape[-1]} classes, which are numbered from 0")
        each = -xp.take_along_axis(log_softmax(x, axis=-1), labels[..., None], axis=-1)[..., 0]
        return xp.mean(each) if mean else each

    return cross_entropy


def _concat(backend: Any) -> Kernel:
    xp = backend.xp
    return lambda *xs, axis: xp.concat(list(xs), axis=axis)


def _permute_dims(backend: Any) -> Kernel:
    xp = backend.xp
    return lambda x, axes: xp.permute_dims(x, axes) if axes else x


def _astype(backend: Any) -> Kernel:
    xp = backend.xp

    def astype(x: Any, dtype: Any) -> Any:
        if dtype.kind != "c" and backend.dtype_of(x).kind == "c":
            x = xp.real(x)
        return xp.astype(x, backend.native_dtype(dtype))

    return astype


def _convert(backend: Any) -> Kernel:
    def convert(x: Any, to: Any, home: Any) -> Any:
        return to.adopt(x, home)

    return convert


def _move(backend: Any) -> Kernel:
    return lambda x, device, back: backend.to_device(x, device)


def _getitem(backend: Any) -> Kernel:
    def getitem(x: Any, index: Any) -> Any:
        index = backend.index(index)
        try:
            return x[index]
        except (IndexError, NotImplementedError, TypeError):  # the standard has fewer kinds of index than NumPy
            return backend.asarray(backend.to_numpy(x)[plain_index(backend, index)], None, backend.device_of(x), True)

    return getitem


def _from_parts(backend: Any) -> Kernel:
    xp = backend.xp

    def from_parts(x: Any, y: Any) -> Any:
        if not hasattr(x, "dtype"):
            x = xp.full_like(y, x)
        dtype = xp.complex64 if x.dtype == xp.float32 else xp.complex128
        return xp.astype(x, dtype) + xp.astype(y, dtype) * 1j

    return from_parts


def _setitem(backend: Any) -> Kernel:
    xp = backend.xp

    def setitem(x: Any, v: Any, index: Any) -> Any:
        if hasattr(v, "dtype"):
            if not np.can_cast(backend.dtype_of(v), backend.dtype_of(x), "same_kind"):
                raise TypeError(f"cannot write {v.dtype} numbers into an array of {x.dtype}")
            v = xp.astype(v, x.dtype)
        index, out = backend.index(index), xp.asarray(x, copy=True)
        try:
            out[index] = v
            return out
        except (IndexError, NotImplementedError, TypeError):
            plain = np.array(backend.to_numpy(x))
            plain[plain_index(backend, index)] = backend.to_numpy(v) if hasattr(v, "dtype") else v
            return backend.asarray(plain, None, backend.device_of(x), False)

    return setitem


def _scatter(backend: Any) -> Kernel:
    xp = backend.xp

    def scatter(*parts: Any, shape: Any, indices: Any) -> Any:
        out = xp.zeros(shape, dtype=parts[0].dtype, device=parts[0].device)
        for part, index in zip(parts, indices, strict=True):
            index = backend.index(index)
            try:
                if is_basic(index):
                    out[index] = out[index] + part
                    continue
            except (IndexError, NotImplementedError, TypeError):
                pass  # the standard writes at fewer kinds of index than it reads
            out = backend.add_at(out, index, part)
        return out

    return scatter


def _winners(backend: Any) -> Kernel:
    """Write the number of each write where it goes, and look which numbers are still there."""

    def winners(x: Any, index: Any) -> Any:
        xp = backend.xp
        numbers = backend.kernel("getitem")(xp.zeros_like(x), index)
        order = xp.reshape(
            xp.arange(
                1, 1 + math.prod(numbers.shape), dtype=backend.native_dtype(np.dtype("int64")), device=numbers.device
            ),
            numbers.shape,
        )
        board = xp.zeros(x.shape, dtype=order.dtype, device=numbers.device)
        board = backend.kernel("setitem")(board, order, index=index)
        return backend.kernel("getitem")(board, index) == order

    return winners


def _repeat(backend: Any) -> Kernel:
    xp = backend.xp

    def repeat(x: Any, repeats: Any, axis: int) -> Any:
        if not isinstance(repeats, int):
            repeats = xp.asarray(repeats, dtype=backend.native_dtype(np.dtype("int64")), device=x.device)
        return xp.repeat(x, repeats, axis=axis)

    return repeat


def _references_of_a_call() -> int:
    """How many references the argument of a method has from the call itself; versions of Python differ."""
    if sys.implementation.name != "cpython" or not getattr(sys, "_is_gil_enabled", lambda: True)():
        return -1_000_000  # counting says nothing there: everything looks shared

    def method(self: Any, argument: Any) -> int:
        return sys.getrefcount(argument)

    held = object()
    return method(None, held) - 1


#: `sys.getrefcount` of a method's argument, less this, is the number of its holders
OF_A_CALL = _references_of_a_call()


def _cbrt(backend: Any) -> Kernel:
    xp = backend.xp
    own = getattr(xp, "cbrt", None)
    if own is not None:
        return own  # type: ignore[no-any-return]

    def cbrt(x: Any) -> Any:
        root = xp.copysign(xp.abs(x) ** (1 / 3), x)
        # one step of Newton's, for the exponent 1/3 is rounded
        square = root * root
        safe = xp.isfinite(square) & (square != 0)
        square = xp.where(safe, square, xp.ones_like(square))
        return xp.where(safe, root - (root - x / square) / 3, root)

    return cbrt


def _through_numpy(backend: Any) -> Kernel:
    def through_numpy(*xs: Any, function: str, which: int | None = None) -> Any:
        data = [backend.to_numpy(x) if hasattr(x, "dtype") else x for x in xs]
        found = getattr(np, function)(*data)
        near = next(x for x in xs if hasattr(x, "dtype"))
        return backend.beside(np.asarray(found if which is None else found[which]), None, near)

    return through_numpy


def plain_index(backend: Any, index: Any) -> Any:
    """An index with NumPy's arrays in the place of the library's."""
    if type(index) is tuple:
        return tuple(plain_index(backend, i) for i in index)
    return backend.to_numpy(index) if backend.owns(index) else index


def is_basic(index: Any) -> bool:
    """Whether an index is made of ints, slices, Ellipsis and None alone."""
    parts = index if type(index) is tuple else (index,)
    return all(p is None or p is Ellipsis or (isinstance(p, int | slice) and not isinstance(p, bool)) for p in parts)


def one_element(index: Any, ndim: int) -> bool:
    """Whether an index names a single element, into which no array of several dimensions is written."""
    parts = index if type(index) is tuple else (index,)
    return len(parts) == ndim and all(type(p) is int for p in parts)


DERIVED: dict[str, Callable[[Any], Kernel]] = {
    "absorbing_multiply": _absorbing_multiply,
    "affine": _affine,
    "astype": _astype,
    "cbrt": _cbrt,
    "concat": _concat,
    "convert": _convert,
    "cross_entropy": _cross_entropy,
    "from_parts": _from_parts,
    "getitem": _getitem,
    "heaviside_weight": _heaviside_weight,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "move": _move,
    "multiply_add": lambda backend: lambda x, y, z: x + y * z,
    "permute_dims": _permute_dims,
    "relu": _relu,
    "relu_slope": _relu_slope,
    "repeat": _repeat,
    "scatter": _scatter,
    "setitem": _setitem,
    "softmax": _softmax,
    "surplus": _surplus,
    "through_numpy": _through_numpy,
    "winners": _winners,
}


@cache
def _late() -> dict[str, Callable[[Any], Kernel]]:
    """The kernels of single chapters: imported when the first op is looked up, and not before."""
    from unigrad.derived import STANDARD
    from unigrad.fallbacks import einsum, ordering, through_numpy
    from unigrad.fallbacks.composed import COMPOSED
    from unigrad.fallbacks.convolution import CONVOLUTION
    from unigrad.fallbacks.special import SPECIAL
    from unigrad.linalg_kernels import LINALG

    return {
        **STANDARD,
        **LINALG,
        "einsum_pair": lambda backend: einsum.pair(backend.xp),
        "pad_zeros": through_numpy(ordering.pad_zeros),
        "as_complex": through_numpy(ordering.as_complex),
        "segment_max": through_numpy(ordering.segment_max),
        **ordering.ORDERING,
        **{name: (lambda backend, make=make: make(backend.xp)) for name, make in COMPOSED.items()},  # type: ignore[misc]
        **{name: through_numpy(function) for table in (SPECIAL, CONVOLUTION) for name, function in table.items()},
    }


def derived(name: str) -> Callable[[Any], Kernel] | None:
    """What makes the kernel of this name for a backend, if there is one that works for all."""
    return DERIVED.get(name) or _late().get(name)
