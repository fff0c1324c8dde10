"""Whether a traced function, linear or with a constant term besides, is zero where its arguments are."""

from typing import Any

import jax.numpy as jnp
import numpy as np

#: zero where one operand is
_PRODUCTS = frozenset(("conv_general_dilated", "div", "dot_general", "mul", "triangular_solve"))
#: of a constant, the first operand: zeros stay zeros
_MOVES = frozenset((
    "broadcast_in_dim", "convert_element_type", "copy", "dynamic_slice", "expand_dims", "gather", "neg", "reshape", "slice",
    "squeeze", "transpose",
))  # fmt: skip
#: another traced function, called once
_CALLS = frozenset(("closed_call", "custom_jvp_call", "custom_vjp_call", "jit", "pjit"))


def vanishes(jaxpr: Any) -> bool:
    """Whether all results are known to be zero where the arguments are zero; each op is linear in what depends on these."""
    return all(zero for _, zero in _walk(jaxpr, [(True, True)] * len(jaxpr.invars)))


def _walk(jaxpr: Any, given: list[tuple[bool, bool]]) -> list[tuple[bool, bool]]:
    """For each result whether it depends on the arguments, and whether it is known to be zero where they are."""
    known = dict(zip(jaxpr.invars, given, strict=True))

    def of(atom: Any) -> tuple[bool, bool]:
        if hasattr(atom, "val"):  # a literal
            return False, bool(np.all(np.asarray(atom.val) == 0))
        return known.get(atom, (False, False))  # a constant of the trace

    for eqn in jaxpr.eqns:
        states = [of(atom) for atom in eqn.invars]
        known.update(zip(eqn.outvars, _results(eqn, states), strict=True))
    return [of(atom) for atom in jaxpr.outvars]


def _results(eqn: Any, states: list[tuple[bool, bool]]) -> list[tuple[bool, bool]]:
    name, depends = eqn.primitive.name, any(d for d, _ in states)
    inner = next((p for p in eqn.params.values() if hasattr(p, "jaxpr")), None)
    if inner is not None and name in _CALLS and len(inner.jaxpr.invars) == len(states):
        return _walk(inner.jaxpr, states)
    floats = [s for s, atom in zip(states, eqn.invars) if jnp.issubdtype(atom.aval.dtype, jnp.inexact)]
    if any(map(_traced, eqn.params.values())) and not name.startswith("scatter"):  # a loop or a condition
        zero = False
    elif not depends:
        zero = name in _MOVES and states[0][1]
    elif name in _PRODUCTS:
        zero = any(z for d, z in floats if d)
    else:
        zero = all(z for _, z in floats)
    return [(depends, zero)] * len(eqn.outvars)


def _traced(param: Any) -> bool:
    """Whether a parameter is a traced function, or several."""
    return (
        hasattr(param, "eqns")
        or hasattr(param, "jaxpr")
        or (isinstance(param, tuple | list) and any(map(_traced, param)))
    )
