"""Random tensors (tf.random): float32 by default, from the stream that `set_seed` starts anew.

The numbers are those of the backend's own generator, so they differ between backends, and from TensorFlow's. An operation's
own `seed` gives the same numbers at every call.
"""

from typing import Any

from unigrad import dtypes
from unigrad import random as draws
from unigrad.random import set_seed
from unigrad.tf.constants import Shape, as_shape, convert_to_tensor

__all__ = ["normal", "set_seed", "shuffle", "truncated_normal", "uniform"]


def normal(
    shape: Shape,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Normal numbers. `mean` and `stddev` may be tensors, and get their gradients."""
    return draws.normal(as_shape(shape), mean, stddev, dtype=dtype, seed=seed)


def truncated_normal(
    shape: Shape,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Normal numbers within two standard deviations of the mean."""
    return draws.truncated_normal(as_shape(shape), mean, stddev, dtype=dtype, seed=seed)


def uniform(
    shape: Shape,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Uniform numbers from `minval` up to, but without, `maxval` (1 if None); integers with an integer `dtype`."""
    kind = dtypes.as_dtype(dtype)
    if kind in dtypes.INTEGERS:
        if maxval is None:
            raise ValueError("uniform: integers need a maxval")
        return draws.integers(as_shape(shape), int(minval), int(maxval), dtype=kind, seed=seed)
    return draws.uniform(as_shape(shape), minval, 1 if maxval is None else maxval, dtype=kind, seed=seed)


def shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Any:
    """The slices along the first axis in random order."""
    x = convert_to_tensor(value)
    return x[draws.permutation(x.shape[0], seed=seed)]
