"""A physics-informed network: -u'' = pi^2 sin(pi x), u(0) = u(1) = 0, learnt from the equation alone.

Raissi, Perdikaris and Karniadakis, 2019. Two tapes inside the third give u''; the answer is u = sin(pi x).
"""

import numpy as np
from common import COOL, INK, WARM, Adam, apply, network

import unigrad.tf as tf

STEPS = 380


def second_derivative(weights, x):
    """u and u'' at the points x, shape (n, 1): each u depends on its own x alone, so the gradient of a sum is u'."""
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            u = apply(weights, x)
        slope = inner.gradient(u, x)
    return u, outer.gradient(slope, x)


def run():
    weights = network(0, 1, 16, 16, 1)
    inside = tf.constant(np.linspace(0.0, 1.0, 33)[:, None])
    ends = tf.constant([[0.0], [1.0]], dtype=tf.float64)
    force = np.pi**2 * tf.sin(np.pi * inside)
    adam, losses = Adam(0.004), []
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            _, curvature = second_derivative(weights, inside)
            equation = tf.reduce_mean(tf.square(curvature + force))
            loss = equation + 100.0 * tf.reduce_mean(tf.square(apply(weights, ends)))
        adam.update(weights, tape.gradient(loss, weights))
        losses.append(float(loss))
    u = apply(weights, inside).numpy()[:, 0]
    x = inside.numpy()[:, 0]
    return {"losses": losses, "u": u, "x": x, "error": np.abs(u - np.sin(np.pi * x)).max()}


def draw(axes, found):
    left, right = axes
    left.semilogy(found["losses"], color=COOL)
    left.set(xlabel="step", ylabel="loss", title="Residual of the equation")
    right.plot(found["x"], np.sin(np.pi * found["x"]), color=INK, linewidth=5, alpha=0.25, label="sin(pi x)")
    right.plot(found["x"], found["u"], color=WARM, label="network")
    right.set(xlabel="x", ylabel="u", title=f"Largest error {found['error']:.4f}")
    right.legend(frameon=False)
