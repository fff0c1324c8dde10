"""Scalar functions that the functional benchmarks share, each written once over a namespace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Problem(NamedTuple):
    """A scalar function of one array, made for a namespace and a way to bring constants there, and where it is evaluated."""

    name: str
    make: Callable[[Any, Callable[[np.ndarray], Any]], Callable[[Any], Any]]
    x: np.ndarray


def rosenbrock(xp: Any, of: Any) -> Any:
    return lambda x: xp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def chain(xp: Any, of: Any) -> Any:
    def f(x: Any) -> Any:
        for _ in range(20):
            x = xp.sin(x) * x
        return xp.sum(x)

    return f


def logistic(xp: Any, of: Any) -> Any:
    random = np.random.default_rng(0)
    data, signs = of(random.normal(size=(2000, 100))), of(np.sign(random.normal(size=2000)))
    return lambda w: xp.mean(xp.log(1.0 + xp.exp(-signs * xp.matmul(data, w)))) + 0.01 * xp.sum(w * w)


def perceptron(batch: int, hidden: int) -> Any:
    def make(xp: Any, of: Any) -> Any:
        random = np.random.default_rng(0)
        inputs, wanted = of(random.normal(size=(batch, 64))), of(random.normal(size=(batch, 8)))
        out = of(random.normal(size=(hidden, 8)) / hidden**0.5)

        def f(w: Any) -> Any:
            errors = xp.matmul(xp.tanh(xp.matmul(inputs, w)), out) - wanted
            return xp.mean(errors * errors)

        return f

    return make


def problems() -> list[Problem]:
    """Small and large, of many ops and of few."""
    random = np.random.default_rng(1)

    def weights(hidden: int) -> np.ndarray:
        return random.normal(size=(64, hidden)) / 8

    return [
        Problem("chain of 40 ops, 10 elements", chain, np.linspace(0.1, 1.0, 10)),
        Problem("chain of 40 ops, 10,000 elements", chain, np.linspace(0.1, 1.0, 10_000)),
        Problem("Rosenbrock's function of 1,000 variables", rosenbrock, random.normal(size=1000)),
        Problem("logistic regression, 2,000 x 100", logistic, random.normal(size=100) / 10),
        Problem("perceptron 32 x 64 -> 32 -> 8", perceptron(32, 32), weights(32)),
        Problem("perceptron 512 x 64 -> 256 -> 8", perceptron(512, 256), weights(256)),
    ]
