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


A = np.array([[1.0, -2.0, 0.5], [3.0, 4.0, -1.0]])


@pytest.mark.parametrize("ord", [1, 2, np.inf, "fro", "euclidean"])
@pytest.mark.parametrize("axis", [[-2, -1], (0, 1), (1, 0), (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_norms_over_two_axes_are_of_matrices(ord, axis, keepdims):
    x = A if axis != (0, 2) else A[:, None, :]
    want = np.linalg.norm(x, "fro" if ord == "euclidean" else ord, axis=tuple(axis), keepdims=keepdims)
    assert_values(tf.norm(tf.constant(x), ord=ord, axis=axis, keepdims=keepdims), want, rtol=1e-9)


@pytest.mark.parametrize("ord", [1, 2, 3, 0.5, np.inf, "euclidean"])
def test_norms_of_vectors(ord):
    order = 2 if ord == "euclidean" else ord
    assert_values(tf.norm(tf.constant(A), ord=ord), np.linalg.norm(A.ravel(), order), rtol=1e-9)
    assert_values(tf.norm(tf.constant(A), ord, axis=1, keepdims=True), np.linalg.norm(A, order, 1, True), rtol=1e-9)


def test_a_norm_neither_overflows_nor_vanishes_by_squares():
    for size in (1e30, 1e-30):
        x = tf.constant([3 * size, -4 * size])
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            norm, same = tf.norm(x), tf.math.reduce_euclidean_norm(x)
        for y in (norm, same):
            assert_values(y, 5 * size, rtol=1e-6)
            assert_values(tape.gradient(y, x), [0.6, -0.8], rtol=1e-6)


@pytest.mark.parametrize(("ord", "axis"), [("fro", None), (0, None), (-1, 0), (3, (0, 1)), ("nuc", (0, 1))])
def test_norms_that_are_not_there(ord, axis):
    with pytest.raises(ValueError, match="norm: ord of"):
        tf.norm(tf.constant(A), ord, axis)
