"""What the programs share: a small network, Adam, and the numbers that are compared. Only what TensorFlow has too."""

from itertools import pairwise
from typing import Any

import numpy as np

import unigrad.tf as tf

INK, WARM, COOL, SOFT = "#22303c", "#d1495b", "#1f6fb2", "#aab4bd"


def network(seed: int, *widths: int) -> list[Any]:
    """Weights and biases of a perceptron, float64, drawn by NumPy: the same on every backend."""
    draw = np.random.default_rng(seed).normal
    layers = []
    for n, m in pairwise(widths):
        layers += [tf.Variable(draw(size=(n, m)) / n**0.5), tf.Variable(np.zeros(m))]
    return layers


def apply(weights: list[Any], x: Any) -> Any:
    """The perceptron with tanh between its layers; x is (batch, inputs)."""
    for i in range(0, len(weights), 2):
        x = tf.matmul(x, weights[i]) + weights[i + 1]
        x = tf.tanh(x) if i + 2 < len(weights) else x
    return x


class Adam:
    """Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1."""

    def __init__(self, rate: float) -> None:
        self.rate, self.step, self.moments = rate, 0, {}

    def update(self, variables: list[Any], gradients: list[Any]) -> None:
        """One step of every variable along its gradient."""
        self.step += 1
        for i, (v, g) in enumerate(zip(variables, gradients, strict=True)):
            m, s = self.moments.get(i, (0.0, 0.0))
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
            self.moments[i] = m, s
            v.assign_sub(self.rate * (m / (1 - 0.9**self.step)) / (tf.sqrt(s / (1 - 0.999**self.step)) + 1e-8))
