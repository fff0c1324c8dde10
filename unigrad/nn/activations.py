"""Activations by name."""

from collections.abc import Callable
from typing import Any

from unigrad.nn import functional as f

Activation = Callable[[Any], Any]

BY_NAME: dict[str, Activation] = {
    "linear": f.linear,
    "relu": f.relu,
    "leaky_relu": f.leaky_relu,
    "sigmoid": f.sigmoid,
    "tanh": f.tanh,
    "softmax": f.softmax,
    "log_softmax": f.log_softmax,
    "softplus": f.softplus,
    "softsign": f.softsign,
    "elu": f.elu,
    "silu": f.silu,
    "swish": f.silu,
    "exponential": f.exponential,
}


def get(identifier: str | Activation | None) -> Activation:
    """The activation of this name, `identifier` itself if it is a function, or the identity for None."""
    if identifier is None:
        return f.linear
    if callable(identifier):
        return identifier
    if identifier in BY_NAME:
        return BY_NAME[identifier]
    raise ValueError(f"there is no activation {identifier!r}; there are {', '.join(BY_NAME)}, or give a function")
