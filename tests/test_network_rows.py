"""The rows that networks are made of: affine, softmax and its relatives, cross entropy."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, derivative, grad, numeric
from unigrad.nn import functional as f

X = np.linspace(-2.0, 3.0, 12).reshape(3, 4)
W = np.cos(np.arange(8.0)).reshape(4, 2)
B = np.array([0.5, -1.0])
LABELS = np.array([3, 0, 2])


def log_softmax(x):
    top = x - x.max(-1, keepdims=True)
    return top - np.log(np.exp(top).sum(-1, keepdims=True))


@pytest.mark.parametrize("kind", [ug.float32, ug.float64])
def test_softmax_of_integers_is_of_the_default_float(backend, kind):
    ug.set_default_dtype(kind)
    try:
        x = ug.asarray([1, 2, 3])
        assert [t.dtype for t in (f.softmax(x), f.log_softmax(x), f.logsumexp(x))] == [kind] * 3
    finally:
        ug.set_default_dtype(None)


def test_logsumexp_of_nothing_and_of_infinities(double):
    assert_values(f.logsumexp(ug.zeros((2, 0)), axis=1), [-np.inf, -np.inf])
    x = ug.asarray([[-np.inf, -np.inf], [-np.inf, 0.0], [np.inf, 0.0]])
    assert_values(f.logsumexp(x, axis=1), [-np.inf, 0.0, np.inf])
    g = grad(lambda x: f.logsumexp(x, axis=1), x).numpy()
    assert np.isnan(g[0]).all()
    assert g[1].tolist() == [0.0, 1.0]
    assert np.isnan(g[2, 0])
    assert g[2, 1] == 0.0


def test_cross_entropy_and_its_mean(double):
    expected = -log_softmax(X)[np.arange(3), LABELS]
    x = ug.asarray(X)
    assert_values(f.sparse_softmax_cross_entropy(LABELS, x), expected)
    assert_values(f.sparse_softmax_cross_entropy(LABELS, x, mean=True), expected.mean())
    by_hand = (np.exp(log_softmax(X)) - np.eye(4)[LABELS]) / 3
    assert_values(grad(lambda x: f.sparse_softmax_cross_entropy(LABELS, x, mean=True), x), by_hand)
    slope = derivative(lambda x: f.sparse_softmax_cross_entropy(LABELS, x, mean=True), x)
    assert_values(slope, by_hand.sum(), atol=1e-12)


def test_the_mean_over_labels_of_two_axes(double):
    logits, labels = np.sin(np.arange(24.0)).reshape(2, 4, 3), np.arange(8).reshape(2, 4) % 3
    each = f.sparse_softmax_cross_entropy(labels, logits)
    assert each.shape == (2, 4)
    assert_values(f.sparse_softmax_cross_entropy(labels, logits, mean=True), each.numpy().mean())


@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("labels", [[0, 4, 1], [-1, 0, 1], [-(2**63), 0, 1], [-100, 0, 1]])
def test_a_label_that_is_no_class(double, labels, mean):
    with pytest.raises(ug.OutOfBoundsError, match="4 classes"):
        f.sparse_softmax_cross_entropy(np.array(labels), X, mean=mean)
    assert_library_well()


def test_affine(double):
    x, w, b = ug.asarray(X), ug.asarray(W), ug.asarray(B)
    assert_values(f.affine(x, w, b), X @ W + B)
    for i, (value, at) in enumerate(((X, x), (W, w), (B, b))):
        args = [x, w, b]

        def ours(t, i=i, args=args):
            return ug.sum(ug.sin(f.affine(*args[:i], t, *args[i + 1 :])))

        def plain(v, i=i):
            a = [X, W, B]
            return np.sin(np.matmul(*[v if k == i else a[k] for k in (0, 1)]) + (v if i == 2 else B))

        assert_values(grad(ours, at), numeric(plain, value), rtol=1e-7, atol=1e-8)


def test_affine_of_more_axes_and_a_vector(double):
    x = np.sin(np.arange(24.0)).reshape(2, 3, 4)
    assert_values(f.affine(x, W, B), x @ W + B)
    assert_values(f.affine(X[0], W, B), X[0] @ W + B)


@pytest.mark.parametrize("shapes", [((3, 4), (5, 2), (2,)), ((3, 4), (4, 2), (3,)), ((3, 4), (4, 2), (5, 3, 2))])
def test_affine_of_shapes_that_do_not_fit(backend, shapes):
    with pytest.raises(ug.ShapeError, match="affine"):
        f.affine(*(ug.ones(s) for s in shapes))
    assert_library_well()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e4, 1e8, 1e16])
def test_equal_numbers_share_evenly_however_large(backend, dtype, size):
    x = ug.asarray(np.full((1, 2), size, dtype))
    rtol = 4 * np.finfo(dtype).eps
    assert_values(f.log_softmax(x), [[-np.log(2)] * 2], rtol=rtol)
    assert_values(f.sparse_softmax_cross_entropy([0], x), [np.log(2)], rtol=rtol)
    for function in (f.logsumexp, lambda x: ug.logaddexp(x[:, 0], x[:, 1])):
        assert_values(grad(function, x), [[0.5, 0.5]], rtol=rtol)
        assert_values(derivative(function, x), np.reshape(1.0, function(x).shape), rtol=rtol)


def test_logsumexp_over_no_axes_is_the_array(backend):
    x = ug.asarray(X)
    assert_values(f.logsumexp(x, axis=()), X)
    assert_values(grad(lambda x: f.logsumexp(x, axis=()), x), np.ones_like(X))


def test_softmax_of_no_integers_is_of_the_default_float(double):
    x = ug.zeros((0, 3), dtype=ug.int32)
    assert f.softmax(x).dtype == f.log_softmax(x).dtype == ug.float64


def test_logaddexp_of_one_infinity(double):
    x, y = ug.asarray([np.inf, -np.inf, 0.0, 1.0]), ug.asarray([0.0, 1.0, np.inf, -np.inf])
    assert_values(grad(lambda x: ug.logaddexp(x, y), x), [1, 0, 0, 1])
    assert_values(derivative(lambda x: ug.logaddexp(x, y), x), [1, 0, 0, 1])
