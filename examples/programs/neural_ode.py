"""A neural ordinary differential equation: a network is the field, Runge and Kutta's steps are on the tape.

Chen et al., 2018; here by backpropagation through the solver. It learns a spiral from points on it.
"""

import numpy as np
from common import COOL, INK, WARM, Adam, apply, network

import unigrad.tf as tf

STEPS, POINTS, DT = 120, 20, 0.15
MATRIX = np.array([[-0.1, 2.0], [-2.0, -0.1]])


def runge_kutta(field, x, dt):
    """One step of the classical method of fourth order."""
    a = field(x)
    b = field(x + dt / 2 * a)
    c = field(x + dt / 2 * b)
    d = field(x + dt * c)
    return x + dt / 6 * (a + 2 * b + 2 * c + d)


def trajectory(field, x, steps):
    path = [x]
    for _ in range(steps):
        x = runge_kutta(field, x, DT)
        path.append(x)
    return tf.stack(path)


def run():
    truth = trajectory(lambda x: tf.matmul(x, tf.constant(MATRIX)), tf.constant([[2.0, 0.0]], dtype=tf.float64), POINTS)
    weights, adam, losses = network(4, 2, 24, 2), Adam(0.02), []

    def field(x):
        return apply(weights, x)

    # from every point of the spiral a few steps forward, all in one batch
    starts, ahead = truth[:-4, 0], 4
    wanted = tf.stack([truth[i : i + POINTS - 3, 0] for i in range(ahead + 1)])
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(trajectory(field, starts, ahead) - wanted))
        adam.update(weights, tape.gradient(loss, weights))
        losses.append(float(loss))
    learnt = trajectory(field, truth[0], POINTS)
    return {"losses": losses, "truth": truth.numpy()[:, 0], "learnt": learnt.numpy()[:, 0]}


def draw(axes, found):
    left, right = axes
    left.semilogy(found["losses"], color=COOL)
    left.set(xlabel="step", ylabel="loss", title="Four steps ahead")
    right.plot(*found["truth"].T, "o", color=INK, alpha=0.4, label="data")
    right.plot(*found["learnt"].T, "-", color=WARM, label="learnt, from the first point")
    right.set(title="The spiral", aspect="equal")
    right.legend(frameon=False)
