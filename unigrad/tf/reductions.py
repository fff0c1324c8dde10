"""Reductions, by TensorFlow's names. `name` is taken for TensorFlow's sake, and not used."""

from typing import Any

from unigrad import dtypes
from unigrad.nn import functional as f
from unigrad.ops import products, reductions, searching
from unigrad.ops.elementwise import astype
from unigrad.ops.manipulation import axes_of, flip
from unigrad.ops.norms import vector_norm
from unigrad.tf.constants import convert_to_tensor

Axis = Any  # None (all), an int, a sequence of ints, or an integer tensor


def as_axis(axis: Axis) -> Any:
    """An axis as an int, a tuple of ints or None."""
    if hasattr(axis, "numpy"):
        axis = axis.numpy().tolist()
    return tuple(axis) if isinstance(axis, list) else axis


def as_float(x: Any) -> Any:
    """`x` as a tensor; integers as float32."""
    x = convert_to_tensor(x)
    return x if dtypes.is_float(x.dtype) else astype(x, dtype=dtypes.float32)


def cast(x: Any, dtype: Any) -> Any:
    """`x` in this dtype; itself if it has it (a library may sum small integers in larger ones)."""
    return x if x.dtype == dtype else astype(x, dtype=dtypes.as_dtype(dtype))


def reduce_sum(input_tensor: Any, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Any:
    """Sum over `axis`, in the tensor's dtype."""
    x = convert_to_tensor(input_tensor)
    return cast(reductions.sum(x, axis=as_axis(axis), keepdims=keepdims, dtype=x.dtype), x.dtype)


def reduce_mean(input_tensor: Any, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Any:
    """Mean over `axis`. The mean of integers is a float32, where TensorFlow cuts it to an integer."""
    return reductions.mean(as_float(input_tensor), axis=as_axis(axis), keepdims=keepdims)


def reduce_prod(input_tensor: Any, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Any:
    """Product over `axis`, in the tensor's dtype."""
    x = convert_to_tensor(input_tensor)
    return cast(products.prod(x, axis=as_axis(axis), keepdims=keepdims, dtype=x.dtype), x.dtype)


def reduce_max(input_tensor: Any, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Any:
    """Largest element over `axis`; ties share the gradient evenly."""
    return reductions.max(convert_to_tensor(input_tensor), axis=as_axis(axis), keepdims=keepdims)


def reduce_min(input_tensor: Any, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Any:
    """Smallest element over `axis`; ties share the gradient evenly."""
    return reductions.min(convert_to_tensor(input_tensor), axis=as_axis(axis), keepdims=keepdims)


def reduce_any(input_tensor: Any, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Any:
    """Whether any element over `axis` is true."""
    return reductions.any(convert_to_tensor(input_tensor), axis=as_axis(axis), keepdims=keepdims)


def reduce_all(input_tensor: Any, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Any:
    """Whether all elements over `axis` are true."""
    return reductions.all(convert_to_tensor(input_tensor), axis=as_axis(axis), keepdims=keepdims)


def reduce_variance(input_tensor: Any, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Any:
    """Variance over `axis`, dividing by the number of elements."""
    return reductions.var(as_float(input_tensor), axis=as_axis(axis), keepdims=keepdims)


def reduce_std(input_tensor: Any, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Any:
    """Standard deviation over `axis`; its gradient is zero where all elements are alike."""
    return reductions.std(as_float(input_tensor), axis=as_axis(axis), keepdims=keepdims)


def reduce_logsumexp(input_tensor: Any, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Any:
    """log(sum(exp(x))) over `axis`, without overflow."""
    return f.logsumexp(as_float(input_tensor), axis=as_axis(axis), keepdims=keepdims)


def reduce_euclidean_norm(input_tensor: Any, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Any:
    """sqrt(sum(|x|**2)) over `axis`, without overflow; its gradient is zero where the norm is."""
    return vector_norm(as_float(input_tensor), axis=as_axis(axis), keepdims=keepdims)


def cumsum(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Any:
    """Running sum along `axis`; `exclusive`: of what comes before; `reverse`: from the end."""
    x = convert_to_tensor(x)
    return _running(products.cumulative_sum, x, as_axis(axis), exclusive, reverse)


def cumprod(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Any:
    """Running product along `axis`; `exclusive`: of what comes before; `reverse`: from the end."""
    x = convert_to_tensor(x)
    return _running(products.cumulative_prod, x, as_axis(axis), exclusive, reverse)


def _running(function: Any, x: Any, axis: int, exclusive: bool, reverse: bool) -> Any:
    (place,) = axes_of(axis, x.ndim, "running sum or product")
    x = flip(x, axis=place) if reverse else x
    out = cast(function(x, axis=place, dtype=x.dtype, include_initial=exclusive), x.dtype)
    if exclusive:
        out = out[(*(slice(None),) * place, slice(0, x.shape[place]))]
    return flip(out, axis=place) if reverse else out


def argmax(input: Any, axis: int | None = 0, output_type: Any = None, name: str | None = None) -> Any:
    """Index of the first largest element along `axis`: int64, int32 on a 32-bit JAX, or `output_type`."""
    out = searching.argmax(convert_to_tensor(input), axis=0 if axis is None else as_axis(axis))
    return out if output_type is None else cast(out, dtypes.as_dtype(output_type))


def argmin(input: Any, axis: int | None = 0, output_type: Any = None, name: str | None = None) -> Any:
    """Index of the first smallest element along `axis`: int64, int32 on a 32-bit JAX, or `output_type`."""
    out = searching.argmin(convert_to_tensor(input), axis=0 if axis is None else as_axis(axis))
    return out if output_type is None else cast(out, dtypes.as_dtype(output_type))
