"""JAX's kernels of order statistics, places, segments and padding."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp


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
    "order_statistics": _order_statistics,
    "pad_zeros": lambda x, widths: jnp.pad(x, widths) if widths else x,
    "segment_max": lambda x, ids, count: jax.ops.segment_max(x, jnp.asarray(ids), count),
    "top_k_places": _top_k_places,
}
