"""Values whose derivative JAX's own autodiff takes from elsewhere."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from unigrad.errors import GradientLostError
from unigrad_jax.vanishing import vanishes


@jax.custom_jvp
def straight(raw: Any, source: Any) -> Any:
    """The values of `raw` with the derivative of `source`."""
    return raw


straight.defjvp(lambda primals, tangents: (straight(*primals), tangents[1]))


def attached(outs: Sequence[Any], sources: Sequence[Any], pull: Callable[..., Any]) -> list[Any]:
    """The values of `outs` with the pullback `pull`; with its transpose in forward mode, where it is linear.

    The pullback is traced at once and what it closes over becomes an argument: when JAX asks for it, the trace that those values
    belong to may be over. And they have derivatives of their own, which are the higher ones of the function.
    """
    cts = [jax.ShapeDtypeStruct(out.shape, out.dtype) for out in outs]
    forms = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in sources]

    def pulled(*cts: Any) -> list[Any]:
        found = pull([jnp.conj(ct) for ct in cts])
        return [
            jnp.zeros(form.shape, form.dtype) if g is None else jnp.conj(g)
            for g, form in zip(found, forms, strict=True)
        ]

    try:
        traced = jax.make_jaxpr(pulled)(*cts)
    except Exception as e:  # noqa: BLE001  whatever it does with values that nobody knows yet: an error if it is asked for
        return _refusing(e)(list(outs), list(sources))

    def run(kept: Any, cts: Any) -> list[Any]:
        return jax.core.eval_jaxpr(traced.jaxpr, kept, *cts)

    def transposed(kept: Any, tangents: Any) -> Any:
        return jax.linear_transpose(lambda *cts: run(kept, cts), *cts)(tangents)

    linear = vanishes(traced.jaxpr)  # JAX would transpose a constant term away
    try:
        jax.eval_shape(transposed, traced.consts, forms)
    except (NotImplementedError, TypeError, ValueError, AssertionError):  # what an op that is not linear raises
        linear = False
    same = _both_ways(transposed) if linear else _one_way(run)
    return same(list(outs), list(sources), traced.consts)  # type: ignore[no-any-return]


def _both_ways(transposed: Callable[..., Any]) -> Any:
    @jax.custom_jvp
    def same(outs: Any, sources: Any, kept: Any) -> Any:
        return outs

    @same.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        return same(*primals), list(transposed(primals[2], tangents[1]))

    return same


def _one_way(run: Callable[..., Any]) -> Any:
    @jax.custom_vjp
    def same(outs: Any, sources: Any, kept: Any) -> Any:
        return outs

    def forth(outs: Any, sources: Any, kept: Any) -> Any:
        return outs, kept

    def back(kept: Any, cts: Any) -> Any:
        return None, run(kept, cts), None

    same.defvjp(forth, back)
    return same


def _refusing(error: Exception) -> Any:
    @jax.custom_jvp
    def same(outs: Any, sources: Any) -> Any:
        return outs

    @same.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        raise GradientLostError(
            f"JAX differentiates a function with a gradient of its own, whose pullback could not be traced: {error}"
        ) from error

    return same
