"""JAX's own functions for the public functions on its arrays: `unigrad.direct` says what a direct road is.

Each is compiled whole, and quicker than the function of `jax.numpy`, of which some are many calls in Python and most look at
their arguments in Python. What decides the shape of the result, an axis or a shape, is static: looked up by its value, so True
and 1.0 must not come so far. A look at an array's dtype or number of dimensions takes 0.1 microseconds, a call 5 and more.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unigrad import dtypes
from unigrad_jax.ordering import KERNELS

Road = Callable[..., Any]

FLOATS = frozenset(dtypes.REAL_FLOATS)
INEXACT = FLOATS | frozenset(dtypes.COMPLEX)
ALL = frozenset(dtypes.ALL)
REAL = ALL - frozenset(dtypes.COMPLEX)


def _reducing(function: Road, known: frozenset[Any]) -> tuple[Road, Road, frozenset[Any]]:
    """A reduction of dtypes that JAX takes as we do."""

    def along(x: Any, axis: Any, keepdims: bool) -> Any:
        return function(x, axis=axis, keepdims=keepdims)

    return jax.jit(lambda x: along(x, None, False)), jax.jit(along, static_argnums=(1, 2)), known


def _spreading(function: Road) -> Road:
    """The variance or standard deviation of real floats."""
    compiled = jax.jit(
        lambda x, axis, correction, keepdims: function(x, axis=axis, correction=correction, keepdims=keepdims),
        static_argnums=(1, 2, 3),
    )

    def road(x: Any, axis: Any, correction: float, keepdims: bool) -> Any:
        return compiled(x, axis, correction, keepdims) if _is_axis(axis) and x.dtype in FLOATS else None

    return road


def _is_axis(axis: Any) -> bool:
    return axis is None or type(axis) is int


def _shaping(function: Road, least: int = 0) -> Road:
    """reshape, permute_dims or broadcast_to: by a tuple of integers, none of them below `least`."""
    compiled = jax.jit(function, static_argnums=1)

    def road(x: Any, numbers: Any) -> Any:
        if type(numbers) is not tuple:
            return None
        for n in numbers:
            if type(n) is not int or n < least:
                return None
        return compiled(x, numbers)

    return road


def _of_axis(function: Road) -> Road:
    """squeeze or expand_dims."""
    return jax.jit(function, static_argnums=1)


_flipped = jax.jit(jnp.flip, static_argnums=1)


def _flip(x: Any, axis: Any) -> Any:
    return _flipped(x, axis) if type(axis) is int else None


def _joining(function: Road) -> Road:
    """concat or stack, of arrays of one dtype."""
    compiled = jax.jit(function, static_argnums=1)

    def road(arrays: Any, axis: Any) -> Any:
        first = arrays[0]
        for a in arrays:
            if type(a) is not type(first) or a.dtype is not first.dtype:
                return None
        return compiled(arrays, axis)

    return road


_same_shapes = jax.jit(jnp.vecdot)


def _vecdot(x: Any, y: Any) -> Any:
    if x.shape != y.shape:
        raise ValueError("shapes that broadcast")
    return _same_shapes(x, y)


_contracted = jax.jit(jnp.tensordot, static_argnums=2)


def _tensordot(x: Any, y: Any, axes: Any) -> Any:
    return _contracted(x, y, axes) if axes >= 0 and x.dtype is y.dtype else None


def _take(x: Any, indices: Any, axis: Any) -> Any:
    """Where one look tells that no place is out of bounds, which JAX would not say."""
    if type(indices) is not type(x) or next(iter(indices.devices())).platform != "cpu":
        return None
    shape = x.shape
    if axis is None and len(shape) == 1:
        axis = 0
    if type(axis) is int and -len(shape) <= axis < len(shape):
        places = np.asarray(indices)
        if places.dtype.kind in "iu" and places.size and places.min() >= 0 and places.max() < shape[axis]:
            return _taken(x, indices, axis)
    return None


_taken = jax.jit(jnp.take, static_argnums=2)
_ordered = jax.jit(lambda x, axis, stable: jnp.sort(x, axis, stable=stable), static_argnums=(1, 2))


def _sort(x: Any, axis: Any, descending: bool, stable: bool) -> Any:
    return _ordered(x, axis, stable) if not descending and x.dtype in REAL else None


#: elementwise functions of two arrays by JAX's name, with the dtypes for which they are ours
TWO: dict[frozenset[Any] | None, tuple[str, ...]] = {
    None: (
        "add", "bitwise_and", "bitwise_or", "bitwise_xor", "equal", "logical_and", "logical_or", "logical_xor", "multiply",
        "not_equal", "subtract",
    ),
    INEXACT: ("divide",),
    REAL: ("floor_divide", "greater", "greater_equal", "less", "less_equal", "maximum", "minimum", "remainder"),
    FLOATS: ("copysign", "hypot", "logaddexp", "nextafter"),
}  # fmt: skip
#: of real numbers alone; compiled as they are
ONE = ("ceil", "floor", "signbit", "trunc")

DIRECT: dict[str, Any] = {
    **{name: (jax.jit(getattr(jnp, name)), known) for known, names in TWO.items() for name in names},
    **{name: (getattr(jnp, name), REAL) for name in ONE},
    "all": _reducing(jnp.all, ALL),
    "any": _reducing(jnp.any, ALL),
    "argmax": _reducing(jnp.argmax, REAL),
    "argmin": _reducing(jnp.argmin, REAL),
    "atan2": (jax.jit(jnp.arctan2), FLOATS),
    "broadcast_to": _shaping(jnp.broadcast_to),
    "clip": (jax.jit(jnp.clip), FLOATS),
    "concat": _joining(jnp.concatenate),
    "cumulative_sum": (jax.jit(jnp.cumsum, static_argnums=1), INEXACT),
    "expand_dims": _of_axis(jnp.expand_dims),
    "flip": _flip,
    "matmul": (jax.jit(jnp.matmul), ALL),
    "max": _reducing(KERNELS["max"], REAL),
    "mean": _reducing(jnp.mean, INEXACT),
    "min": _reducing(KERNELS["min"], REAL),
    "permute_dims": _shaping(jnp.transpose),
    "prod": _reducing(jnp.prod, INEXACT),
    "reshape": _shaping(jnp.reshape, least=-1),
    "sort": _sort,
    "squeeze": _of_axis(jnp.squeeze),
    "stack": _joining(jnp.stack),
    "std": _spreading(jnp.std),
    "sum": _reducing(jnp.sum, INEXACT),
    "take": _take,
    "tensordot": _tensordot,
    "var": _spreading(jnp.var),
    "vecdot": (_vecdot, ALL),
    "where": jax.jit(jnp.where),
}
