"""A Wasserstein GAN with gradient penalty in the plane: the critic's slope is held at 1, so the loss holds a gradient.

Gulrajani et al., "Improved training of Wasserstein GANs", 2017.
"""

import numpy as np
from common import COOL, SOFT, WARM, Adam, apply, network

import unigrad.tf as tf

STEPS, CRITIC_STEPS, BATCH = 300, 3, 64


def penalty(critic, real, fake, mix):
    """(|grad of the critic| - 1)^2 at points between the real and the made ones."""
    between = mix * real + (1 - mix) * fake
    with tf.GradientTape() as tape:
        tape.watch(between)
        score = apply(critic, between)
    slope = tape.gradient(score, between)
    return tf.reduce_mean(tf.square(tf.sqrt(tf.reduce_sum(tf.square(slope), axis=1) + 1e-12) - 1.0))


def ring(rng):
    angle = rng.integers(0, 8, BATCH) * np.pi / 4
    return tf.constant(np.stack([np.cos(angle), np.sin(angle)], 1) * 2 + rng.normal(size=(BATCH, 2)) * 0.05)


def run():
    rng = np.random.default_rng(0)
    critic, generator = network(1, 2, 32, 32, 1), network(2, 4, 32, 32, 2)
    critic_adam, generator_adam = Adam(0.01), Adam(0.003)
    distances, penalties = [], []
    for _ in range(STEPS):
        for _ in range(CRITIC_STEPS):
            real, noise = ring(rng), tf.constant(rng.normal(size=(BATCH, 4)))
            mix = tf.constant(rng.random((BATCH, 1)))
            fake = apply(generator, noise)
            with tf.GradientTape() as tape:
                distance = tf.reduce_mean(apply(critic, real)) - tf.reduce_mean(apply(critic, fake))
                rough = penalty(critic, real, fake, mix)
                loss = 10.0 * rough - distance
            critic_adam.update(critic, tape.gradient(loss, critic))
        noise = tf.constant(rng.normal(size=(BATCH, 4)))
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(apply(critic, apply(generator, noise)))
        generator_adam.update(generator, tape.gradient(loss, generator))
        distances.append(float(distance))
        penalties.append(float(rough))
    made = apply(generator, tf.constant(np.random.default_rng(9).normal(size=(256, 4)))).numpy()
    return {"distances": distances, "penalties": penalties, "made": made, "real": ring(rng).numpy()}


def draw(axes, found):
    left, right = axes
    left.plot(found["distances"], color=COOL, label="estimated distance")
    left.plot(found["penalties"], color=WARM, label="penalty")
    left.set(xlabel="step", title="The critic")
    left.legend(frameon=False)
    right.scatter(*found["real"].T, s=18, color=SOFT, label="real")
    right.scatter(*found["made"].T, s=8, color=WARM, label="made")
    right.set(title=f"After {STEPS} steps", aspect="equal")
    right.legend(frameon=False)
