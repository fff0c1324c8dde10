"""Hypergradients: the weights of a regression's penalty, learnt through an unrolled optimiser.

Maclaurin, Duvenaud and Adams, 2015. The held-out loss after 30 steps of training is a function of the penalties.
"""

import numpy as np
from common import COOL, SOFT, WARM, Adam

import unigrad.tf as tf

FEATURES, USEFUL, INNER, OUTER = 12, 4, 30, 60


def data(rng, n, truth):
    x = rng.normal(size=(n, FEATURES))
    return tf.constant(x), tf.constant(x @ truth + rng.normal(size=n))


def trained(penalties, x, y):
    """The weights after INNER steps of gradient descent with momentum on the penalised loss."""
    w = tf.zeros([FEATURES], dtype=tf.float64)
    v = tf.zeros([FEATURES], dtype=tf.float64)
    n = x.shape[0]
    for _ in range(INNER):
        slope = tf.linalg.matvec(x, tf.linalg.matvec(x, w) - y, transpose_a=True) / n + penalties * w
        v = 0.8 * v - 0.05 * slope
        w = w + v
    return w


def loss_of(w, x, y):
    return tf.reduce_mean(tf.square(tf.linalg.matvec(x, w) - y))


def run():
    rng = np.random.default_rng(1)
    truth = np.zeros(FEATURES)
    truth[:USEFUL] = [1.5, -1.0, 0.8, 0.5]
    train, held_out = data(rng, 15, truth), data(rng, 200, truth)
    logs, adam, losses = tf.Variable(np.full(FEATURES, -3.0)), Adam(0.1), []
    for _ in range(OUTER):
        with tf.GradientTape() as tape:
            loss = loss_of(trained(tf.exp(logs), *train), *held_out)
        adam.update([logs], [tape.gradient(loss, logs)])
        losses.append(float(loss))
    return {"losses": losses, "penalties": tf.exp(logs).numpy(), "weights": trained(tf.exp(logs), *train).numpy(),
            "truth": truth}  # fmt: skip


def draw(axes, found):
    left, right = axes
    left.plot(found["losses"], color=COOL)
    left.set(xlabel="outer step", ylabel="held-out loss", title="Through 30 inner steps")
    places = np.arange(FEATURES)
    right.bar(places, found["penalties"], color=[WARM if t else SOFT for t in found["truth"]])
    right.set(yscale="log", xlabel="feature (the first 4 matter)", title="Learnt penalties")
