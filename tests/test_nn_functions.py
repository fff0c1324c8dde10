"""Activations and losses: values, both modes, labels that do not fit."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, native, numeric
from unigrad import nn
from unigrad.nn.module import forget_names

pytestmark = pytest.mark.usefixtures("double", "fresh_names")


@pytest.fixture
def fresh_names():
    forget_names()


f = nn.functional
POINTS = np.array([-700.0, -30.0, -1.5, -0.0, 0.0, 0.3, 2.0, 30.0, 700.0])


def both_modes(function, x):
    """Value, gradient and second derivative, reverse; and forward agrees with reverse."""
    x = ug.asarray(x)
    with ug.GradientTape() as outer:
        outer.watch(x)
        with ug.GradientTape() as inner:
            inner.watch(x)
            y = function(x)
        g = inner.gradient(y, x)
    with ug.ForwardAccumulator(x, ug.ones_like(x)) as accumulator:
        forward = function(x)
    assert_values(accumulator.jvp(forward), g.numpy())
    return y.numpy(), g.numpy(), outer.gradient(g, x).numpy()


def test_sigmoid():
    y, g, h = both_modes(f.sigmoid, POINTS)
    s = np.where(POINTS < 0, np.exp(POINTS), 1) / (1 + np.exp(-np.abs(POINTS)))
    other = np.where(POINTS > 0, np.exp(-POINTS), 1) / (1 + np.exp(-np.abs(POINTS)))  # 1 - s, without cancelling
    np.testing.assert_allclose(y, s, rtol=1e-14)
    np.testing.assert_allclose(g, s * other, rtol=1e-13)
    np.testing.assert_allclose(h, s * other * (other - s), rtol=1e-12, atol=1e-300)


def test_softplus():
    y, g, h = both_modes(f.softplus, POINTS)
    s = np.where(POINTS < 0, np.exp(POINTS), 1) / (1 + np.exp(-np.abs(POINTS)))
    np.testing.assert_allclose(y, np.logaddexp(POINTS, 0), rtol=1e-14)
    np.testing.assert_allclose(g, s, rtol=1e-12)
    np.testing.assert_allclose(h, s * (1 - s), rtol=1e-9, atol=1e-14)


def test_softsign_far_from_zero():
    x = np.array([-np.inf, -1e200, -1e16, -1e8, -1.0, -0.5, 0.0, 0.5, 1.0, 1e8, 1e16, 1e200, np.inf])
    size = np.abs(x)
    y, g, h = both_modes(f.softsign, x)
    np.testing.assert_allclose(y, np.where(np.isinf(x), np.sign(x), x / (1 + np.minimum(size, 1e300))), rtol=1e-14)
    np.testing.assert_allclose(g, (1 / (1 + size)) ** 2, rtol=1e-14)
    inside = x != 0  # a kink of the second derivative
    np.testing.assert_allclose(h[inside], (-2 * np.sign(x) * (1 / (1 + size)) ** 3)[inside], rtol=1e-13)


def test_softplus_at_infinity():
    y, g, h = both_modes(f.softplus, np.array([-np.inf, np.inf]))
    np.testing.assert_array_equal(y, [0, np.inf])
    np.testing.assert_array_equal(g, [0, 1])
    np.testing.assert_array_equal(h, [0, 0])


@pytest.mark.parametrize(
    ("function", "value", "slope"),
    [
        (f.relu, lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
        (f.leaky_relu, lambda x: np.where(x > 0, x, 0.2 * x), lambda x: np.where(x > 0, 1, 0.2)),
        (f.elu, lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: np.exp(np.minimum(x, 0))),
        (f.softsign, lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
        (f.linear, lambda x: x, np.ones_like),
    ],
)
def test_activations(function, value, slope):
    y, g, _ = both_modes(lambda x: function(x) + 0 * x * x, POINTS)
    np.testing.assert_allclose(y, value(POINTS), rtol=1e-14)
    if function is not f.softsign:
        np.testing.assert_allclose(g, slope(POINTS), rtol=1e-14)
    else:
        np.testing.assert_allclose(g[np.abs(POINTS) > 0], slope(POINTS)[np.abs(POINTS) > 0], rtol=1e-12, atol=1e-15)


def test_softmax_is_shifted():
    x = np.array([[1000.0, 1001.0, 999.0], [-1000.0, -1001.0, -1002.0]])
    e = np.exp(x - x.max(-1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    assert_values(f.softmax(x), p)
    assert_values(f.log_softmax(x), np.log(p))
    assert_values(f.softmax(x.T, axis=0), p.T)
    assert_values(f.logsumexp(x, axis=-1), np.log(e.sum(-1)) + x.max(-1))
    assert_values(f.log_softmax([0.0, 5000.0]), [-5000, 0])


def test_softmax_gradient():
    x = ug.asarray([0.1, -0.4, 1.2])
    weights = np.array([1.0, -2.0, 0.5])
    with ug.GradientTape() as outer:
        outer.watch(x)
        with ug.GradientTape() as inner:
            inner.watch(x)
            y = ug.sum(f.softmax(x) * weights)
        g = inner.gradient(y, x)
    with ug.ForwardAccumulator(x, ug.asarray([1.0, 2.0, -1.0])) as accumulator:
        y = ug.sum(f.softmax(x) * weights)

    def by_hand(x):
        p = np.exp(x) / np.exp(x).sum()
        return p * (weights - (p * weights).sum())

    assert_values(g, by_hand(x.numpy()))
    assert_values(accumulator.jvp(y), by_hand(x.numpy()) @ [1.0, 2.0, -1.0])
    assert_values(outer.gradient(g, x), numeric(by_hand, x), rtol=1e-7, atol=1e-9)


LOGITS = np.array([[1.0, 2.0, 0.5], [100.0, -100.0, 0.0]])


def test_cross_entropies():
    labels = np.array([2, 1])
    log_p = LOGITS - LOGITS.max(-1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(-1, keepdims=True))
    expected = -log_p[[0, 1], labels]
    logits = ug.asarray(LOGITS)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        sparse = f.sparse_softmax_cross_entropy(labels, logits)
        dense = f.softmax_cross_entropy(f.one_hot(labels, 3), logits)
    assert_values(sparse, expected)
    assert_values(dense, expected)
    by_hand = np.exp(log_p) - np.eye(3)[labels]
    assert_values(tape.gradient(sparse, logits), by_hand)
    assert_values(tape.gradient(dense, logits), by_hand)


def test_cross_entropy_of_higher_rank():
    logits = np.arange(24.0).reshape(2, 4, 3)
    labels = np.arange(8).reshape(2, 4) % 3
    out = f.sparse_softmax_cross_entropy(ug.asarray(labels), ug.asarray(logits))
    assert out.shape == (2, 4)
    assert_values(out, np.log(1 + np.exp(-1.0) + np.exp(-2.0)) + 2 - labels)


@pytest.mark.parametrize("labels", [[0, 3], [-1, 0]])
def test_labels_out_of_range(labels):
    with pytest.raises(IndexError, match="3 classes"):
        f.sparse_softmax_cross_entropy(labels, LOGITS)


def test_labels_out_of_range_under_a_compiler(backend):
    if backend.name != "jax":
        pytest.skip("jit alone cannot look")
    import jax

    out = jax.jit(lambda t: f.sparse_softmax_cross_entropy(ug.asarray(t), ug.asarray(LOGITS)).raw)(native([0, 3]))
    assert np.isnan(np.asarray(out)).tolist() == [False, True]


def test_labels_that_do_not_fit():
    with pytest.raises(ug.DTypeError, match="integer"):
        f.sparse_softmax_cross_entropy([0.0, 1.0], LOGITS)
    with pytest.raises(ug.ShapeError, match="one label"):
        f.sparse_softmax_cross_entropy([0, 1, 2], LOGITS)
    with pytest.raises(ug.ShapeError, match="same"):
        f.softmax_cross_entropy([0.0, 1.0], LOGITS)
    with pytest.raises(ug.ShapeError, match="same"):
        f.sigmoid_cross_entropy([0.0, 1.0], LOGITS)


def test_one_hot():
    assert_values(f.one_hot([2, 0, 5], 3), [[0, 0, 1], [1, 0, 0], [0, 0, 0]])
    assert_values(f.one_hot([1, 0], 2, 5, -1, axis=0), [[-1, 5], [5, -1]])
    assert f.one_hot([1], 2, dtype=ug.int32).dtype == ug.int32
    with pytest.raises(ug.DTypeError):
        f.one_hot([1.0], 2)


def test_losses():
    losses = nn.losses
    y, p = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.8, 0.2], [0.3, 0.7]])
    assert_values(losses.MeanSquaredError()(y, p), np.mean((y - p) ** 2))
    assert_values(losses.MeanAbsoluteError()(y, p), np.mean(np.abs(y - p)))
    expected = -np.mean(np.log([0.8, 0.7]))
    assert_values(losses.CategoricalCrossentropy()(y, p), expected)
    assert_values(losses.SparseCategoricalCrossentropy()([0, 1], p), expected)
    assert_values(losses.SparseCategoricalCrossentropy(from_logits=True)([0, 1], np.log(p)), expected)
    logits = np.log(p / (1 - p))
    assert_values(losses.BinaryCrossentropy(from_logits=True)(y, logits), losses.BinaryCrossentropy()(y, p).numpy())


@pytest.mark.parametrize(
    "loss",
    [
        nn.losses.mean_squared_error,
        nn.losses.MeanSquaredError(),
        nn.losses.MeanAbsoluteError(),
        nn.losses.BinaryCrossentropy(),
        nn.losses.BinaryCrossentropy(from_logits=True),
    ],
)
def test_a_column_next_to_a_vector_is_pairs_and_not_all_combinations(loss):
    y, p = np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.3, 0.6])
    want = loss(y[:, None], p[:, None]).numpy()
    for shapes in (((3,), (3, 1)), ((3, 1), (3,))):
        found = loss(np.reshape(y, shapes[0]), ug.asarray(np.reshape(p, shapes[1])))
        assert_values(found, want)


def test_a_column_of_labels():
    logits = np.array([[0.8, 0.2], [0.3, 0.7], [0.1, 0.2]])
    loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert_values(loss([[0], [1], [1]], logits), loss([0, 1, 1], logits).numpy())


@pytest.mark.parametrize("kind", [np.asarray, lambda y: y.tolist()])
@pytest.mark.parametrize(
    "loss",
    [
        nn.losses.MeanSquaredError(),
        nn.losses.MeanAbsoluteError(),
        nn.losses.BinaryCrossentropy(),
        nn.losses.BinaryCrossentropy(from_logits=True),
        nn.losses.CategoricalCrossentropy(),
    ],
)
def test_labels_that_are_no_tensors_go_to_where_the_prediction_is(loss, kind):
    y, p = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.8, 0.2], [0.3, 0.7]])
    raw = native(p)
    want = loss(ug.asarray(y), ug.asarray(p)).numpy()
    with ug.use_backend("numpy"):
        found = loss(kind(y), ug.asarray(raw))
    assert type(found.raw) is type(raw) or found.ndim == 0
    assert_values(found, want)


def test_flatten_of_a_number():
    with pytest.raises(ug.ShapeError, match="no axes"):
        f.flatten(1.0)
