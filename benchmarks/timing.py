"""Timing functions against each other on a machine that other work shares.

The functions take turns (a, b, c, then b, c, a, ...), so that a slow spell of the machine falls on all of them, and
what is reported of two of them is the median over the rounds of their ratio within a round. The garbage collector stays
on, as it is for users, and is emptied between rounds, so that nobody pays for what another left behind.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import numpy as np

Run = Callable[[], Any]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Timing:
    """Seconds a call took: for each function, one sample a round."""

    samples: dict[str, list[float]]

    def seconds(self, name: str) -> float:
        """The median over the rounds."""
        return median(self.samples[name])

    def ratios(self, name: str, peer: str) -> list[float]:
        return [ours / theirs for ours, theirs in zip(self.samples[name], self.samples[peer], strict=True)]

    def ratio(self, name: str, peer: str) -> float:
        """The median over the rounds of the ratio within a round."""
        return median(self.ratios(name, peer))

    def spread(self, name: str, peer: str) -> tuple[float, float]:
        """The quartiles of those ratios: half of the rounds lie between them."""
        ratios = self.ratios(name, peer)
        if len(ratios) < 2:
            return ratios[0], ratios[0]
        low, _, high = quantiles(ratios, n=4, method="inclusive")
        return low, high


def interleave(
    functions: Mapping[str, Run],
    rounds: int = 9,
    seconds: float = 0.04,
    clock: Clock = perf_counter,
    collect: bool = True,
) -> Timing:
    """Time the functions in turns; a sample repeats its function until it lasts about `seconds`.

    `clock`: `thread_time` for what this thread alone does; that the machine is busy then shows less. `collect`: whether the
    garbage collector is emptied between rounds; after that the next calls are slower, which shows in short rounds.
    """
    numbers = {name: _number(function, seconds) for name, function in functions.items()}
    names = list(functions)
    samples: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        if collect:
            gc.collect()
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            samples[name].append(_sample(functions[name], numbers[name], clock))
    return Timing(samples)


def _number(function: Run, seconds: float) -> int:
    function()  # the first call may fill caches, and the second compile
    function()
    once = _sample(function, 1)
    if once < seconds:
        once = min(once, _sample(function, 1))
    return max(1, round(seconds / once))


def _sample(function: Run, number: int, clock: Clock = perf_counter) -> float:
    turns = range(number)
    start = clock()
    for _ in turns:
        function()
    return (clock() - start) / number


def agree(functions: Mapping[str, Run], rtol: float = 1e-9, atol: float = 1e-12) -> None:
    """Raise AssertionError unless all the functions return the same array, or the same list of arrays, as the first."""
    (first, expected), *others = [(name, _arrays(function())) for name, function in functions.items()]
    for name, arrays in others:
        assert len(arrays) == len(expected), f"{name} returns {len(arrays)} arrays, {first} {len(expected)}"
        for array, reference in zip(arrays, expected, strict=True):
            assert array.shape == reference.shape, f"{name} has shape {array.shape}, {first} {reference.shape}"
            np.testing.assert_allclose(array, reference, rtol=rtol, atol=atol, err_msg=f"{name} against {first}")


def _arrays(result: Any) -> list[np.ndarray]:
    results = result if isinstance(result, (list, tuple)) else [result]
    return [np.array(_host(each)) for each in results]


def _host(array: Any) -> Any:
    array = array.raw if hasattr(array, "raw") else array
    return array.detach().cpu().numpy() if hasattr(array, "detach") else array
