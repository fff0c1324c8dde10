"""JAX's kernels of order statistics, places, segments and padding."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp


def _extreme(function: Any) -> Any:
    """The largest or smallest element; NaN where there is one, which XLA loses on a CPU in arrays of some thousands."""

    @partial(jax.jit, static_argnames=("axis", "keepdims"))
    def call(x: Any, axis: Any, keepdims: bool) -> Any:
        out = function(x, axis=axis, keepdims=keepdims)
        if not jnp.issubdtype(x.dtype, jnp.floating):
            return out
        return jnp.where(jnp.any(jnp.isnan(x), axis=axis, keepdims=keepdims), jnp.nan, out).astype(x.dtype)

    return call


@partial(jax.jit, static_argnames="places")
def _order_statistics(x: Any, places: Any) -> Any:
    ordered = jnp.sort(x, axis=-1)
    return jnp.where(jnp.isnan(ordered[..., -1:]), jnp.nan, ordered[..., list(places)]).astype(x.dtype)


@partial(jax.jit, static_argnames=("k", "largest"))
def _top_k_places(x: Any, k: int, largest: bool) -> Any:
    if largest:
        order = x.shape[-1] - 1 - jnp.flip(jnp.argsort(jnp.flip(x, axis=-1), axis=-1, stable=True), axis=-1)
    else:
        order = jnp.argsort(x, axis=-1, stable=True)
    return order[..., :k]


KERNELS: dict[str, Callable[..., Any]] = {
    "max": _extreme(jnp.max),
    "min": _extreme(jnp.min),
    "order_statistics": _order_statistics,
    "pad_zeros": lambda x, widths: jnp.pad(x, widths) if widths else x,
    "segment_max": lambda x, ids, count: jax.ops.segment_max(x, jnp.asarray(ids), count),
    "top_k_places": _top_k_places,
}
