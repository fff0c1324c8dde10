"""Values that belong to others: a cotangent or tangent in the form of its array, a result in the kind of array of the caller."""

from typing import Any

import numpy as np

from unigrad.backend import OWNERS, backend_of, find_backend
from unigrad.batched import BATCHED
from unigrad.errors import DTypeError, MixedBackendsError, ShapeError, SourceTypeError
from unigrad.operands import SCALARS, ndarray_of
from unigrad.ops.creation import asarray
from unigrad.primitive import wrap
from unigrad.recording import tracked
from unigrad.sources import short
from unigrad.structures import flatten_with_none
from unigrad.tensor import Tensor
from unigrad.variable import Variable


def is_array(leaf: Any) -> bool:
    """Whether a leaf is a tensor, a variable, an array of some backend, or a number."""
    return type(leaf) in SCALARS or hasattr(leaf, "__unigrad_tensor__") or find_backend(leaf) is not None


def is_raw(leaf: Any) -> bool:
    """Whether a leaf is an array of some backend, and no tensor."""
    return type(leaf) in OWNERS or (not hasattr(leaf, "__unigrad_tensor__") and find_backend(leaf) is not None)


def conforming(value: Any, like: Any, what: str, *, strict: bool = False) -> Any:
    """`value` as a tensor of the shape, dtype and library of the array `like`.

    Args:
        value: a tensor or variable of just that form; or an array, a list or a number, which is cast to the dtype if that is
            of the same kind of number or a higher one.
        like: a raw array.
        what: what the value is, for messages.
        strict: arrays must have the dtype; only numbers and lists are cast.

    Raises:
        SourceTypeError: it is no array.
        MixedBackendsError, ShapeError, DTypeError: it is of another library, shape, or dtype.
    """
    backend = backend_of(like)
    dtype, shape = backend.dtype_of(like), tuple(like.shape)
    if isinstance(value, Variable):
        value = value.value()
    if not isinstance(value, Tensor):
        if isinstance(value, np.ndarray):
            value = ndarray_of(what, value)
        found = None if type(value) in SCALARS or isinstance(value, list | tuple) else find_backend(value)
        exact = strict and found is not None
        try:
            if found is None:
                value = asarray_of(value, dtype)
                found = backend
                value = wrap(backend.asarray(value, None, None, True))
            else:
                value = asarray(value) if found.name != "numpy" else wrap(backend.asarray(value, None, None, True))
        except (TypeError, ValueError) as e:
            raise SourceTypeError(
                f"{what} must be an array, not {short(value)} of type {type(value).__name__}: {e}"
            ) from e
        if value.dtype != dtype and not exact and np.can_cast(value.dtype, dtype, "same_kind"):
            value = asarray(value, dtype=dtype)
    if value.backend.name != backend.name:
        raise MixedBackendsError(f"{what} lives in {value.backend.name!r}, and what it belongs to in {backend.name!r}")
    if value.shape != shape:
        raise ShapeError(f"{what} has shape {value.shape}, and what it belongs to has shape {shape}")
    if value.dtype != dtype:
        raise DTypeError(
            f"{what} has dtype {value.dtype}, and what it belongs to has dtype {dtype}: cast it with unigrad.astype"
        )
    return value


def asarray_of(value: Any, dtype: Any) -> np.ndarray[Any, Any]:
    """An ndarray of a number or nested list; an error for what is neither."""
    array: np.ndarray[Any, Any] = ndarray_of("an array", np.asarray(value))
    return array.astype(dtype) if np.can_cast(array.dtype, dtype, "same_kind") else array


def raw_of(x: Any) -> Any:
    """The raw array of a tensor, variable or raw array; a variable is not watched for it."""
    return x._value._raw if isinstance(x, Variable) else x._raw if type(x) is Tensor else x


def dtype_text(leaf: Any) -> str:
    """The dtype of an array or number, for messages."""
    if type(leaf) in SCALARS:
        return f"a Python {type(leaf).__name__}"
    return f"of dtype {backend_of(raw_of(leaf)).dtype_of(raw_of(leaf))}"


def plain(result: Any) -> Any:
    """The raw array of a result, for a caller who deals in them.

    A tensor that somebody tracks stays one, for its gradient; and so does one example of a `vmap` outside, which is no array.
    """
    if not isinstance(result, Tensor) or tracked(result._node) or type(result._raw) in BATCHED:
        return result
    return result.raw


def plain_tree(tree: Any) -> Any:
    """A structure with `plain` of every leaf."""
    if isinstance(tree, Tensor):
        return plain(tree)
    leaves, unflatten = flatten_with_none(tree)
    return unflatten([plain(leaf) for leaf in leaves])
