"""Linear algebra by TensorFlow's names, against NumPy's, with gradients on the tape."""

import numpy as np
import pytest

import unigrad.tf as tf
from tests.helpers import assert_values

pytestmark = pytest.mark.usefixtures("backend")

X = np.array([[0.5, -1.25, 2.0], [0.25, 0.75, -0.5]])


def spd(x):
    """A symmetric positive definite matrix, of a tensor or an array."""
    return x @ x.T + 2.0 * np.eye(2)


def rebuilt(s, u, v):
    return (u * s) @ v.T


@pytest.mark.parametrize(
    ("function", "same"),
    [
        (lambda x: tf.linalg.matvec(x, [1.0, 2.0], transpose_a=True), lambda x: x.T @ [1, 2]),
        (lambda x: tf.einsum("ij,kj->ik", x, x), lambda x: x @ x.T),
        (lambda x: tf.einsum("ij,j->i", x, [1.0, 2.0, 3.0]), lambda x: x @ [1, 2, 3]),
        (lambda x: tf.linalg.adjoint(x), np.transpose),
        (lambda x: tf.linalg.diag_part(x, k=1), lambda x: np.diagonal(x, 1)),
        (lambda x: tf.linalg.solve(spd(x), x, adjoint=True), lambda x: np.linalg.solve(spd(x), x)),
        (lambda x: tf.linalg.inv(spd(x)), lambda x: np.linalg.inv(spd(x))),
        (lambda x: tf.linalg.inv(spd(x), adjoint=True), lambda x: np.linalg.inv(spd(x))),
        (lambda x: tf.linalg.pinv(x), np.linalg.pinv),
        (lambda x: tf.linalg.det(spd(x)), lambda x: np.linalg.det(spd(x))),
        (lambda x: tf.linalg.slogdet(spd(x))[1], lambda x: np.linalg.slogdet(spd(x))[1]),
        (lambda x: tf.linalg.logdet(spd(x)), lambda x: np.linalg.slogdet(spd(x))[1]),
        (lambda x: tf.linalg.cholesky(spd(x)), lambda x: np.linalg.cholesky(spd(x))),
        (lambda x: tf.linalg.triangular_solve(spd(x), x), lambda x: np.linalg.solve(np.tril(spd(x)), x)),
        (
            lambda x: tf.linalg.triangular_solve(spd(x), x, lower=False, adjoint=True),
            lambda x: np.linalg.solve(np.triu(spd(x)).T, x),
        ),
        (lambda x: tf.matmul(*tf.linalg.qr(x)), lambda x: x),
        (lambda x: tf.linalg.eigh(spd(x))[0], lambda x: np.linalg.eigvalsh(spd(x))),
        (lambda x: tf.linalg.eigvalsh(spd(x)), lambda x: np.linalg.eigvalsh(spd(x))),
        (lambda x: tf.linalg.svd(x, compute_uv=False), lambda x: np.linalg.svd(x, compute_uv=False)),
        (lambda x: rebuilt(*tf.linalg.svd(x)), lambda x: x),
    ],
)
def test_as_numpy(function, same):
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        out = function(x)
        total = tf.reduce_sum(out)
    assert out.dtype == tf.float64
    assert_values(out, same(X), rtol=1e-9, atol=1e-12)
    step = 1e-6
    slope = [(same(X + step * e).sum() - same(X - step * e).sum()) / (2 * step) for e in np.eye(6).reshape(6, 2, 3)]
    assert_values(tape.gradient(total, x), np.reshape(slope, (2, 3)), rtol=1e-6, atol=1e-7)
