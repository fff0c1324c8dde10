"""Random arrays on the current backend, from one stream for each process that `set_seed` starts anew.

Every backend draws with its own generator: the same seed gives the same numbers again on the same backend, and others on another.
Inside of `vmap` every example has numbers of its own, as in a loop; with `seed` all have the same.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.backend import get_backend
from unigrad.errors import DTypeError
from unigrad.ops.creation import asarray, dims_of
from unigrad.primitive import wrap
from unigrad.running import for_each_example
from unigrad.seeds import draw

Shape = int | Sequence[int]


class _Stream:
    """The seeds of successive draws: consecutive numbers of 32 bits, so that no two draws of a process share one."""

    def __init__(self, seed: int | None) -> None:
        self._seed = seed

    def _begin(self) -> Iterator[int]:
        # at the first draw: np.random takes NumPy 8 ms to import. setdefault is atomic: two threads begin one count
        start = int(np.random.SeedSequence(self._seed).generate_state(1, np.uint32)[0])
        return self.__dict__.setdefault("_seeds", itertools.count(start))  # type: ignore[no-any-return]

    def next(self) -> int:
        seeds = self.__dict__.get("_seeds") or self._begin()
        return next(seeds) & 0xFFFFFFFF  # atomic too: threads need no lock


_stream: list[_Stream] = [_Stream(None)]


def set_seed(seed: int) -> None:
    """Start the stream of random numbers anew: the same draws in the same order give the same numbers."""
    if seed < 0:
        raise ValueError(f"a seed is not negative, but {seed} is")
    _stream[0] = _Stream(seed)


def _float(dtype: Any, what: str) -> Any:
    kind = get_backend().default_float if dtype is None else dtypes.as_dtype(dtype, get_backend())
    if kind not in dtypes.REAL_FLOATS:
        raise DTypeError(f"{what}: random numbers of a real float dtype, not {kind}")
    return kind


def _draw(what: str, shape: Shape, dtype: Any, seed: int | None) -> Any:
    number = draw(_stream[0].next) if seed is None else _Stream(seed).next()
    backend = get_backend()
    return _made(lambda dims: backend.random(what, dims, dtype, number), shape, seed)


def _made(make: Callable[[tuple[int, ...]], Any], shape: Shape, seed: int | None) -> Any:
    """A tensor of numbers; inside of `vmap` others for each example, unless a seed says which."""
    dims = dims_of(shape)
    return wrap(make(dims) if seed is not None else for_each_example(make, dims))


def normal(shape: Shape = (), mean: Any = 0.0, std: Any = 1.0, *, dtype: Any = None, seed: int | None = None) -> Any:
    """Normal numbers with the given mean and standard deviation, which may be tensors that broadcast with `shape`.

    Args:
        shape: of the result.
        mean, std: numbers or arrays. A gradient reaches them (the reparametrised normal distribution).
        dtype: a real float dtype; the backend's default float if None.
        seed: for this draw alone, apart from the stream.
    """
    out = _draw("normal", shape, _float(dtype, "normal"), seed)
    if not (isinstance(std, int | float) and std == 1):
        out = out * std
    return out if isinstance(mean, int | float) and mean == 0 else out + mean


def uniform(shape: Shape = (), low: Any = 0.0, high: Any = 1.0, *, dtype: Any = None, seed: int | None = None) -> Any:
    """Uniform numbers in the interval from `low` (included) to `high` (not included, but for rounding)."""
    out = _draw("uniform", shape, _float(dtype, "uniform"), seed)
    plain = isinstance(low, int | float) and isinstance(high, int | float)
    return out if plain and (low, high) == (0, 1) else out * (high - low) + low


def _host(seed: int | None) -> "np.random.Generator":
    return np.random.default_rng(draw(_stream[0].next) if seed is None else seed)


def integers(shape: Shape, low: int, high: int, *, dtype: Any = None, seed: int | None = None) -> Any:
    """Integers from `low` to `high` - 1, all as likely, of an integer `dtype` (the default one if None); drawn by NumPy."""
    kind = get_backend().default_int if dtype is None else dtypes.as_dtype(dtype, get_backend())
    if kind not in dtypes.INTEGERS:
        raise DTypeError(f"integers: an integer dtype, not {kind}")
    for bound in (low, high):
        if not isinstance(bound, int | np.integer):
            raise TypeError(f"integers: it takes (shape, low, high), and a bound is an integer, not {bound!r}")
    if low >= high:
        raise ValueError(f"integers: there is none from {low} up to, but without, {high}")
    rng = _host(seed)
    return _made(lambda dims: asarray(rng.integers(low, high, dims, dtype=kind))._raw, shape, seed)


def truncated_normal(
    shape: Shape = (), mean: Any = 0.0, std: Any = 1.0, *, dtype: Any = None, seed: int | None = None
) -> Any:
    """Normal numbers, drawn again (by NumPy) where they are more than two standard deviations from the mean."""
    kind = _float(dtype, "truncated_normal")
    rng = _host(seed)

    def draw(dims: tuple[int, ...]) -> Any:
        values = rng.standard_normal(dims)
        outside = np.abs(values) > 2
        while outside.any():
            values = np.where(outside, rng.standard_normal(values.shape), values)
            outside = np.abs(values) > 2
        return asarray(values.astype(kind))._raw

    return _made(draw, shape, seed) * std + mean


def permutation(n: int, *, seed: int | None = None) -> Any:
    """The integers from 0 to n - 1 in random order; drawn by NumPy."""
    rng, kind = _host(seed), get_backend().default_int

    def draw(dims: tuple[int, ...]) -> Any:
        several = np.broadcast_to(np.arange(n), dims)
        return asarray((rng.permutation(n) if len(dims) == 1 else rng.permuted(several, axis=-1)).astype(kind))._raw

    return _made(draw, n, seed)
