"""Gradient clipping by custom_gradient: a recurrent network whose backward pass is clipped at every step.

Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013.
"""

import numpy as np
from common import COOL, WARM

import unigrad.tf as tf

LENGTH, WIDTH = 40, 8


def clipped(limit):
    """The identity, whose cotangent is scaled down to norm `limit`."""

    @tf.custom_gradient
    def identity(x):
        def pullback(ct):
            norm = tf.sqrt(tf.reduce_sum(tf.square(ct)))
            return ct * tf.minimum(1.0, limit / norm)

        return tf.identity(x), pullback

    return identity


def loss_and_gradients(limit, weights, inputs, target):
    """The last state against a target, and the gradients with respect to the weights and to every state."""
    pass_through = clipped(limit) if limit else tf.identity
    state, states = tf.zeros([WIDTH], dtype=tf.float64), []
    with tf.GradientTape() as tape:
        tape.watch(weights)
        for t in range(LENGTH):
            state = tf.tanh(tf.linalg.matvec(weights, pass_through(state)) + inputs[t])
            states.append(state)
        loss = tf.reduce_sum(tf.square(state - target))
    return loss, *tape.gradient(loss, [weights, states])


def run():
    rng = np.random.default_rng(5)
    weights = tf.constant(rng.normal(size=(WIDTH, WIDTH)) * 0.9)
    inputs, target = tf.constant(rng.normal(size=(LENGTH, WIDTH)) * 0.1), tf.constant(rng.normal(size=WIDTH))
    found = {}
    for name, limit in (("plain", None), ("clipped", 1.0)):
        loss, by_weights, by_states = loss_and_gradients(limit, weights, inputs, target)
        found[f"{name} norms"] = [float(tf.norm(g)) for g in by_states]
        found[f"{name} gradient"] = by_weights.numpy()
        found[f"{name} loss"] = float(loss)
    return found


def draw(axes, found):
    left, right = axes
    left.semilogy(found["plain norms"], color=WARM, label="plain")
    left.semilogy(found["clipped norms"], color=COOL, label="clipped at 1")
    left.set(xlabel="time step", ylabel="norm of the cotangent", title="Backward through time")
    left.legend(frameon=False)
    sizes = [np.abs(found[f"{name} gradient"]).max() for name in ("plain", "clipped")]
    right.bar(["plain", "clipped"], sizes, color=[WARM, COOL])
    right.set(yscale="log", title="Largest entry of the weights' gradient")
