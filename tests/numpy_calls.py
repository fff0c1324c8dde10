"""How the calls of NumPy's functions are written down, and the arrays that they share."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

nan, inf = np.nan, np.inf


class Call(NamedTuple):
    function: Callable[..., Any]
    arrays: tuple[Any, ...]


def array(*shape: int, low: float = 0.3, high: float = 2.0, seed: int = 0) -> Any:
    """Distinct numbers between `low` and `high`, in no order."""
    n = int(np.prod(shape))
    rng = np.random.default_rng(seed + 10 * n + len(shape))
    return (low + (high - low) * (rng.permutation(n) + 0.5 + 0.3 * rng.uniform(-1, 1, n)) / max(n, 1)).reshape(shape)


V, W, M, N, C, S = array(5), array(5, seed=3), array(2, 3), array(2, 3, seed=5), array(2, 3, 2), array(3, 3)
SIGNED, UNIT, ABOVE = array(2, 3, low=-2.0), array(2, 3, low=-0.9, high=0.9), array(2, 3, low=1.2, high=3.0)
HOLES = np.where(np.arange(6).reshape(2, 3) % 4 == 1, nan, M)
ZEROS = np.array([0.0, 0.0, 1.5, 0.0, 2.5, 0.0])
MASK = np.array([[True, False, True], [False, True, True]])
UP = np.sort(V)
SPD = S @ S.T + 3 * np.eye(3)
INTS = np.array([3, 1, 2, 5, 4])


def calls(*functions: Callable[..., Any], on: tuple[Any, ...] = (M,)) -> list[Call]:
    return [Call(f, on) for f in functions]


def inplace(function: Callable[..., Any]) -> Callable[..., Any]:
    """What a function that writes makes of a copy of its first array."""

    def wrote(a: Any, *others: Any) -> Any:
        b = a * 1
        function(b, *others)
        return b * 1

    return wrote
