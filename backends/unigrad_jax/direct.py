"""JAX's own functions for the public functions on its arrays: `unigrad.direct` says what a direct road is.

Each is compiled whole, and quicker than the function of `jax.numpy`, of which some are many calls in Python and most look at
their arguments in Python. What decides the shape of the result, an axis or a shape, is static: looked up by its value, so True
and 1.0 must not come so far. A look at an array's dtype or number of dimensions takes 0.1 microseconds, a call 4 and more; so
most are the general road, compiled, which looks at the compiler's arrays, once.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import unigrad as ug
from unigrad import dtypes
from unigrad.direct import Hot
from unigrad_jax.ordering import KERNELS

Road = Callable[..., Any]

FLOATS = frozenset(dtypes.REAL_FLOATS)
INEXACT = FLOATS | frozenset(dtypes.COMPLEX)
ALL = frozenset(dtypes.ALL)
REAL = ALL - frozenset(dtypes.COMPLEX)


def whole(row: Any) -> Hot:
    """The road of an elementwise row: all of it, compiled. Of integers it makes the default float, which a program can change."""

    def road(*raws: Any) -> Any:
        return row.run(raws, {})

    road.__name__ = row.name
    compiled = jax.jit(road)
    if row.floats:
        dtypes.ON_NEW_DEFAULT.append(compiled.clear_cache)
    return alone(compiled)


def alone(road: Road) -> Hot:
    """A road that takes arrays and nothing else."""
    return Hot(road, None, road)


def _reducing(function: Road, known: frozenset[Any]) -> Hot:
    """A reduction of dtypes that JAX takes as we do."""

    def along(x: Any, axis: Any, keepdims: bool) -> Any:
        return function(x, axis=axis, keepdims=keepdims)

    whole = jax.jit(lambda x: along(x, None, False))
    return Hot(whole, known, (whole, jax.jit(along, static_argnums=(1, 2)), known))


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


_contracted = jax.jit(jnp.tensordot, static_argnums=2)


def _tensordot(x: Any, y: Any, axes: Any) -> Any:
    return _contracted(x, y, axes) if axes >= 0 and x.dtype is y.dtype else None


#: of so many places Python finds the least and the greatest sooner than NumPy
FEW = 32
#: where a look at an array's numbers waits for no device
_on_cpu: set[Any] = set()


def _is_on_cpu(x: Any) -> bool:
    if (sharding := x.sharding) in _on_cpu:
        return True
    if all(device.platform == "cpu" for device in x.devices()):
        _on_cpu.add(sharding)
        return True
    return False


def _take(x: Any, indices: Any, axis: Any) -> Any:
    """Where one look tells that no place is out of bounds, which JAX would not say."""
    if type(indices) is not type(x) or not _is_on_cpu(indices):
        return None
    shape = x.shape
    if axis is None and len(shape) == 1:
        axis = 0
    if type(axis) is int and -len(shape) <= axis < len(shape):
        places = np.asarray(indices)
        if places.dtype.kind in "iu" and (n := places.size):
            if n <= FEW:
                numbers = places.ravel().tolist()
                least, greatest = min(numbers), max(numbers)
            else:
                least, greatest = places.min(), places.max()
            if least >= 0 and greatest < shape[axis]:
                return _taken(x, indices, axis)
    return None


_taken = jax.jit(jnp.take, static_argnums=2)
_ordered = jax.jit(lambda x, axis, descending: ug.sort(x, axis=axis, descending=descending), static_argnums=(1, 2))


def _sort(x: Any, axis: Any, descending: bool, stable: bool) -> Any:
    return _ordered(x, axis, bool(descending))  # a stable one is no slower


_summed = jax.jit(lambda x, axis: ug.cumulative_sum(x, axis=axis), static_argnums=1)


def _cumulative_sum(x: Any, axis: Any) -> Any:
    return _summed(x, axis) if axis is None or type(axis) is int else None


def _clipped(x: Any, least: Any, greatest: Any) -> Any:
    """Between two Python floats: such a number, traced, is of a weak type."""
    for end in (least, greatest):
        if not (getattr(end, "weak_type", False) and end.dtype in FLOATS):
            return None
    return jnp.clip(x, least, greatest) if x.dtype in FLOATS else None


_cast = jax.jit(ug.astype, static_argnums=1)


def _astype(x: Any, dtype: Any) -> Any:
    if x.dtype is dtype:
        return x
    return _cast(x, dtype) if dtype in ALL else None


DIRECT: dict[str, Any] = {
    "astype": _astype,
    "all": _reducing(jnp.all, ALL),
    "any": _reducing(jnp.any, ALL),
    "argmax": _reducing(jnp.argmax, REAL),
    "argmin": _reducing(jnp.argmin, REAL),
    "broadcast_to": _shaping(jnp.broadcast_to),
    "clip": alone(jax.jit(_clipped)),
    "concat": _joining(jnp.concatenate),
    "cumulative_sum": Hot(jax.jit(ug.cumulative_sum), None, (_cumulative_sum, None)),
    "expand_dims": _of_axis(jnp.expand_dims),
    "flip": _flip,
    "matmul": alone(jax.jit(ug.matmul)),
    "max": _reducing(KERNELS["max"], REAL),
    "mean": _reducing(jnp.mean, INEXACT),
    "min": _reducing(KERNELS["min"], REAL),
    "permute_dims": _shaping(jnp.transpose),
    "prod": _reducing(jnp.prod, INEXACT),
    "reshape": _shaping(jnp.reshape, least=-1),
    "sort": Hot(jax.jit(ug.sort), None, _sort),
    "squeeze": _of_axis(jnp.squeeze),
    "stack": _joining(jnp.stack),
    "std": _spreading(jnp.std),
    "sum": _reducing(jnp.sum, INEXACT),
    "take": _take,
    "tensordot": _tensordot,
    "var": _spreading(jnp.var),
    "vecdot": alone(jax.jit(ug.vecdot)),
    "where": jax.jit(jnp.where),
}
