"""Sensitivity of a simulation: Lorenz's weather, forward mode against reverse mode.

Lorenz, "Deterministic nonperiodic flow", 1963. Where the state will be, by each parameter and by where it began.
"""

import numpy as np
from common import COOL, INK, WARM

import unigrad.tf as tf

STEPS, DT = 300, 0.01


def field(state, p):
    x, y, z = tf.unstack(state)
    sigma, rho, beta = tf.unstack(p)
    return tf.stack([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])


def simulate(state, p):
    """Heun's steps; every state on the way."""
    path = [state]
    for _ in range(STEPS):
        k = field(state, p)
        state = state + DT / 2 * (k + field(state + DT * k, p))
        path.append(state)
    return path


def run():
    start = tf.constant([-5.0, -7.0, 20.0], dtype=tf.float64)
    p = tf.constant([10.0, 28.0, 8 / 3], dtype=tf.float64)

    with tf.GradientTape(persistent=True) as tape:  # reverse: one coordinate of the end, by all six numbers
        tape.watch([start, p])
        ends = tf.unstack(simulate(start, p)[-1])
    reverse = np.stack([np.concatenate([g.numpy() for g in tape.gradient(e, [start, p])]) for e in ends])

    forward, growth = np.zeros((3, 6)), []
    for i in range(6):  # forward: every state on the way, by one number
        tangents = [tf.constant(np.eye(6)[i, :3]), tf.constant(np.eye(6)[i, 3:])]
        with tf.autodiff.ForwardAccumulator([start, p], tangents) as along:
            path = simulate(start, p)
        moved = np.stack([along.jvp(s).numpy() for s in path[1:]])
        forward[:, i] = moved[-1]
        growth.append(np.sqrt((moved**2).sum(1)))
    return {
        "forward": forward, "reverse": reverse, "growth": np.stack(growth),
        "difference": np.abs(forward / reverse - 1).max() < 1e-9, "path": np.stack([s.numpy() for s in path]),
    }  # fmt: skip


def draw(axes, found):
    left, right = axes
    left.plot(found["path"][:, 0], found["path"][:, 2], color=INK, linewidth=0.9)
    left.set(title="Three seconds of Lorenz's weather", xlabel="x", ylabel="z")
    time = DT * np.arange(1, STEPS + 1)
    for name, row, colour in (("by x(0)", 0, COOL), ("by rho", 4, WARM)):
        right.semilogy(time, found["growth"][row], color=colour, label=name)
    right.set(title="How far a small change has grown", xlabel="time")
    right.legend(frameon=False)
