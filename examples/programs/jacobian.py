"""What a network's outputs depend on: its Jacobian, for one input and for a whole batch, and its singular values."""

import numpy as np
from common import COOL, WARM, Adam, apply, network

import unigrad.tf as tf

STEPS = 150


def run():
    rng = np.random.default_rng(2)
    mix = rng.normal(size=(2, 10))
    hidden = rng.uniform(-1, 1, size=(200, 2))
    x = tf.constant(np.tanh(hidden @ mix) + 0.02 * rng.normal(size=(200, 10)))  # ten numbers that two explain
    weights, adam = network(6, 10, 12, 4, 12, 10), Adam(0.01)
    losses = []
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(apply(weights, x) - x))
        adam.update(weights, tape.gradient(loss, weights))
        losses.append(float(loss))

    one = x[:1]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([one, x])
        y_one, y = apply(weights, one), apply(weights, x)
    whole = tape.jacobian(y_one, one)  # (1, 10, 1, 10)
    each = tape.batch_jacobian(y, x)  # (200, 10, 10)
    by_weight = tape.jacobian(y_one, weights[0])  # (1, 10, 10, 12)
    spectra = np.linalg.svd(each.numpy(), compute_uv=False)
    return {
        "losses": losses, "whole": whole.numpy(), "each": each.numpy(), "by_weight": by_weight.numpy(),
        "spectra": spectra,
    }  # fmt: skip


def draw(axes, found):
    left, right = axes
    size = np.abs(found["each"]).max()
    left.imshow(found["each"].mean(0), cmap="RdBu", vmin=-size, vmax=size)
    left.set(title="Mean Jacobian of 200 inputs", xlabel="input", ylabel="output")
    middle = np.median(found["spectra"], 0)
    right.semilogy(np.arange(1, 11), found["spectra"].T, color=COOL, alpha=0.05)
    right.semilogy(np.arange(1, 11), middle, "o-", color=WARM)
    right.set(title="Singular values: an autoencoder of width 4", xlabel="number", ylim=(1e-6, 3))
