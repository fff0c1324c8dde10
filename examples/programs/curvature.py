"""Curvature without a Hessian: Lanczos on Hessian-vector products, an accumulator around a tape.

Pearlmutter, "Fast exact multiplication by the Hessian", 1994. The loss of a small network with 401 weights.
"""

import numpy as np
from common import COOL, INK, WARM, apply, network

import unigrad.tf as tf

ITERATIONS = 30


def hessian_vector(weights, vectors, x, y):
    """The gradient, and the Hessian times `vectors`: forward over reverse."""
    with tf.autodiff.ForwardAccumulator(weights, vectors) as along:
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss = tf.reduce_mean(tf.square(apply(weights, x) - y))
        gradients = tape.gradient(loss, weights)
    return gradients, along.jvp(gradients)


def lanczos(weights, x, y):
    """The diagonals of the tridiagonal matrix, with full orthogonalisation; Golub and Van Loan, chapter 10."""
    sizes = [int(np.prod(w.shape)) for w in weights]
    cuts = np.cumsum(sizes)[:-1]
    start = np.random.default_rng(0).normal(size=sum(sizes))
    basis, alphas, betas = [start / np.linalg.norm(start)], [], []
    for _ in range(ITERATIONS):
        parts = [tf.constant(p.reshape(w.shape)) for p, w in zip(np.split(basis[-1], cuts), weights, strict=True)]
        _, products = hessian_vector(weights, parts, x, y)
        h = np.concatenate([p.numpy().reshape(-1) for p in products])
        alphas.append(h @ basis[-1])
        for _ in range(2):
            h = h - np.stack(basis, 1) @ (np.stack(basis) @ h)
        betas.append(np.linalg.norm(h))
        basis.append(h / betas[-1])
    return np.array(alphas), np.array(betas[:-1])


def run():
    rng = np.random.default_rng(3)
    x = tf.constant(rng.uniform(-2, 2, size=(64, 2)))
    y = tf.constant(np.sin(x.numpy()[:, :1]) * x.numpy()[:, 1:])
    weights = [tf.identity(w) for w in network(8, 2, 100, 1)]
    alphas, betas = lanczos(weights, x, y)
    grown = np.diag(alphas) + np.diag(betas, 1) + np.diag(betas, -1)
    tops = [np.linalg.eigvalsh(grown[:k, :k])[-1] for k in range(1, ITERATIONS + 1)]
    return {"top eigenvalues": tops, "ritz": np.linalg.eigvalsh(grown)[-5:], "alphas": alphas[:5]}


def draw(axes, found):
    left, right = axes
    left.plot(np.arange(1, ITERATIONS + 1), found["top eigenvalues"], "o-", color=COOL, markersize=3)
    left.set(xlabel="Hessian-vector products", title="Largest eigenvalue of the Hessian")
    right.stem(found["ritz"], np.ones(5), linefmt=WARM, markerfmt="o", basefmt=INK)
    right.set(title="The five largest", xlabel="eigenvalue", yticks=[])
