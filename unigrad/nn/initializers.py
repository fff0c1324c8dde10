"""Initial values of weights: functions of a shape and a dtype, by name or as they are."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from unigrad import random
from unigrad.ops import creation

Initializer = Callable[..., Any]


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """How many numbers go into one output, and how many outputs one input goes to, for a kernel of this shape."""
    if len(shape) < 2:
        n = math.prod(shape)
        return n, n
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


def zeros(shape: Sequence[int], dtype: Any = None) -> Any:
    """Zeros."""
    return creation.zeros(shape, dtype=dtype)


def ones(shape: Sequence[int], dtype: Any = None) -> Any:
    """Ones."""
    return creation.ones(shape, dtype=dtype)


def glorot_uniform(shape: Sequence[int], dtype: Any = None) -> Any:
    """Uniform between -a and a, a = sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""
    a = math.sqrt(6 / max(sum(fans(shape)), 1))
    return random.uniform(shape, -a, a, dtype=dtype)


def glorot_normal(shape: Sequence[int], dtype: Any = None) -> Any:
    """Normal with the variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""
    return random.normal(shape, 0.0, math.sqrt(2 / max(sum(fans(shape)), 1)), dtype=dtype)


def he_normal(shape: Sequence[int], dtype: Any = None) -> Any:
    """Normal with the variance 2 / fan_in (He et al. 2015)."""
    return random.normal(shape, 0.0, math.sqrt(2 / max(fans(shape)[0], 1)), dtype=dtype)


def random_normal(shape: Sequence[int], dtype: Any = None) -> Any:
    """Normal with the standard deviation 0.05."""
    return random.normal(shape, 0.0, 0.05, dtype=dtype)


def random_uniform(shape: Sequence[int], dtype: Any = None) -> Any:
    """Uniform between -0.05 and 0.05."""
    return random.uniform(shape, -0.05, 0.05, dtype=dtype)


BY_NAME: dict[str, Initializer] = {
    "zeros": zeros,
    "ones": ones,
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_normal": he_normal,
    "random_normal": random_normal,
    "random_uniform": random_uniform,
}


def get(identifier: str | Initializer) -> Initializer:
    """The initializer of this name, or `identifier` itself if it is a function of (shape, dtype=...)."""
    if callable(identifier):
        return identifier
    if identifier in BY_NAME:
        return BY_NAME[identifier]
    raise ValueError(
        f"there is no initializer {identifier!r}; there are {', '.join(BY_NAME)}, or give a function of (shape, dtype)"
    )
