"""Model-agnostic meta-learning: a start from which one gradient step fits a new sine wave.

Finn, Abbeel and Levine, 2017. The outer tape differentiates through the inner tape's gradient step.
"""

import numpy as np
from common import COOL, INK, SOFT, WARM, Adam, apply, network

import unigrad.tf as tf

STEPS, TASKS, INNER_RATE = 150, 4, 0.1


def adapted(weights, x, y):
    """The weights after one step of gradient descent on a task; still a function of the weights."""
    with tf.GradientTape() as tape:
        tape.watch(weights)
        loss = tf.reduce_mean(tf.square(apply(weights, x) - y))
    return [w - INNER_RATE * g for w, g in zip(weights, tape.gradient(loss, weights), strict=True)]


def wave(rng):
    height, phase = rng.uniform(0.5, 2.0), rng.uniform(0, np.pi)
    x = rng.uniform(-3, 3, size=(20, 1))
    return x, height * np.sin(x + phase)


def halves(x, y):
    return tf.constant(x[:10]), tf.constant(y[:10]), tf.constant(x[10:]), tf.constant(y[10:])


def run():
    rng = np.random.default_rng(0)
    weights, adam, losses = network(3, 1, 32, 32, 1), Adam(0.01), []
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = 0.0
            for _ in range(TASKS):
                x, y, x_new, y_new = halves(*wave(rng))
                fast = adapted([tf.identity(w) for w in weights], x, y)
                loss = loss + tf.reduce_mean(tf.square(apply(fast, x_new) - y_new)) / TASKS
        adam.update(weights, tape.gradient(loss, weights))
        losses.append(float(loss))
    grid = np.linspace(-3, 3, 60)[:, None]
    x, y = np.random.default_rng(7).uniform(-3, 3, size=(10, 1)), None
    y = 1.5 * np.sin(x + 1.0)
    fast = adapted([tf.identity(w) for w in weights], tf.constant(x), tf.constant(y))
    before, after = (apply(w, tf.constant(grid)).numpy()[:, 0] for w in (weights, fast))
    return {"losses": losses, "grid": grid[:, 0], "before": before, "after": after, "x": x[:, 0], "y": y[:, 0]}


def draw(axes, found):
    left, right = axes
    left.plot(found["losses"], color=COOL)
    left.set(xlabel="step", ylabel="loss after one inner step", title="Meta-training")
    right.plot(found["grid"], 1.5 * np.sin(found["grid"] + 1.0), color=INK, linewidth=5, alpha=0.25, label="new task")
    right.plot(found["grid"], found["before"], color=SOFT, linestyle="--", label="before")
    right.plot(found["grid"], found["after"], color=WARM, label="after one step")
    right.scatter(found["x"], found["y"], color=INK, s=16)
    right.set(title="Ten points of a new wave")
    right.legend(frameon=False)
