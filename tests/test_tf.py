"""The TensorFlow-named face: names, defaults, and what readers of the autodiff guide write next."""

import numpy as np
import pytest

import unigrad as ug
import unigrad.tf as tf
from tests.helpers import assert_library_well, assert_values

pytestmark = pytest.mark.usefixtures("backend", "fresh")


@pytest.fixture
def fresh():
    tf.keras.backend.clear_session()


# -- making ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (3.0, "float32"),
        (3, "int32"),
        (2**40, "int64"),
        (True, "bool"),
        ([1.0, 2], "float32"),
        ([[1, 2]], "int32"),
        (1j, "complex128"),
        (np.float64(1.0), "float64"),
        (np.array([1, 2]), "int64"),
        (np.zeros(2, np.float32), "float32"),
    ],
)
def test_dtypes(value, dtype):
    for make in (tf.constant, tf.Variable, tf.convert_to_tensor):
        assert make(value).dtype == dtype
    assert tf.identity(tf.constant(value)).dtype == dtype


def test_constants():
    assert tf.constant(2.5, dtype=tf.float64).dtype == tf.float64
    assert_values(tf.constant(2.0, shape=(2, 2)), [[2, 2], [2, 2]])
    assert_values(tf.constant([1, 2, 3, 4], shape=[2, 2]), [[1, 2], [3, 4]])
    with pytest.raises(ug.ShapeError):
        tf.constant([1, 2, 3], shape=[2, 2])
    with pytest.raises(ug.ShapeError):
        tf.constant([[1.0], [1.0, 2.0]])
    with pytest.raises(ug.DTypeError):
        tf.constant("text")
    x = tf.constant(3.0)
    assert_values(tf.convert_to_tensor([x, 1.0]), [3, 1])
    assert tf.stack([x, 1.0]).dtype == tf.float32
    assert_library_well()


def test_creation():
    assert tf.zeros(2).dtype == tf.ones((2, 3)).dtype == tf.eye(2).dtype == tf.linspace(0, 1, 5).dtype == tf.float32
    assert_values(tf.zeros(tf.shape(tf.ones((2, 3)))), np.zeros((2, 3)))
    assert_values(tf.fill([2], 7), [7, 7])
    assert_values(tf.eye(2, 3), np.eye(2, 3))
    assert tf.eye(2, batch_shape=[3]).shape == (3, 2, 2)
    assert tf.range(3).dtype == tf.int32
    assert tf.range(0.0, 1.0, 0.25).dtype == tf.float32
    assert_values(tf.range(1, 7, 2), [1, 3, 5])
    assert_values(tf.linspace(-1.0, 1.0, 3), [-1, 0, 1])
    assert_values(tf.zeros_like([1, 2]), [0, 0])
    assert tf.ones_like(tf.constant([1.0]), dtype=tf.int32).dtype == tf.int32


def test_variable():
    v = tf.Variable([[1.0, 2.0]], name="w")
    assert isinstance(v, ug.Variable)
    assert repr(v) == "<tf.Variable 'w:0' shape=(1, 2) dtype=float32, numpy=array([[1., 2.]], dtype=float32)>"
    assert repr(tf.Variable(3.0)) == "<tf.Variable 'Variable:0' shape=() dtype=float32, numpy=3.0>"
    assert repr(tf.Variable(2)) == "<tf.Variable 'Variable:0' shape=() dtype=int32, numpy=2>"
    assert repr(v.assign([[0.5, 0.25]])).endswith("numpy=array([[0.5 , 0.25]], dtype=float32)>")
    with tf.name_scope("scope"):
        assert tf.Variable(lambda: 1.0).name == "scope/Variable:0"


def test_random():
    tf.random.set_seed(7)
    a, b = tf.random.normal((3, 2)), tf.random.uniform([1000])
    tf.random.set_seed(7)
    assert_values(tf.random.normal((3, 2)), a.numpy())
    assert_values(tf.random.uniform([1000]), b.numpy())
    assert a.dtype == b.dtype == tf.float32
    assert not np.array_equal(tf.random.normal((3, 2)).numpy(), a.numpy())
    tf.random.set_seed(8)
    assert not np.array_equal(tf.random.normal((3, 2)).numpy(), a.numpy())
    x = tf.random.normal([20000], mean=3.0, stddev=0.5).numpy()
    assert abs(x.mean() - 3) < 0.02
    assert abs(x.std() - 0.5) < 0.02
    assert b.numpy().min() >= 0
    assert b.numpy().max() < 1
    n = tf.random.uniform([500], 2, 5, dtype=tf.int32)
    assert n.dtype == tf.int32
    assert sorted(set(n.numpy().tolist())) == [2, 3, 4]
    assert np.abs(tf.random.truncated_normal([2000]).numpy()).max() <= 2
    assert sorted(tf.random.shuffle([1, 2, 3]).numpy().tolist()) == [1, 2, 3]
    assert_values(tf.random.normal([3], seed=1), tf.random.normal([3], seed=1).numpy())
    with pytest.raises(ug.DTypeError):
        tf.random.normal([2], dtype=tf.int32)
    with pytest.raises(ValueError, match="maxval"):
        tf.random.uniform([2], dtype=tf.int32)
    with pytest.raises(ug.ShapeError):
        tf.random.normal([-1])


def test_random_gradient_reaches_mean_and_stddev():
    mean, std = tf.Variable(1.0), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        x = tf.random.normal([5], mean, std)
        loss = tf.reduce_sum(x)
    found = tape.gradient(loss, [mean, std])
    assert_values(found[0], 5)
    assert_values(found[1], ((x - 1.0) / 2.0).numpy().sum(), rtol=1e-5)


# -- functions ---------------------------------------------------------------------------------------------------------

X = np.array([[0.5, -1.25, 2.0], [0.25, 0.75, -0.5]], np.float32)


@pytest.mark.parametrize(
    ("function", "same"),
    [
        (tf.exp, np.exp),
        (tf.sin, np.sin),
        (tf.cos, np.cos),
        (tf.tan, np.tan),
        (tf.tanh, np.tanh),
        (tf.square, np.square),
        (tf.abs, np.abs),
        (tf.sign, np.sign),
        (tf.negative, np.negative),
        (tf.floor, np.floor),
        (tf.math.ceil, np.ceil),
        (tf.round, np.round),
        (tf.sinh, np.sinh),
        (tf.cosh, np.cosh),
        (tf.asinh, np.arcsinh),
        (tf.atan, np.arctan),
        (tf.math.expm1, np.expm1),
        (tf.math.reciprocal, lambda x: 1 / x),
        (tf.math.is_nan, np.isnan),
        (tf.sigmoid, lambda x: 1 / (1 + np.exp(-x))),
        (tf.math.softplus, lambda x: np.log1p(np.exp(x))),
        (tf.math.log_sigmoid, lambda x: -np.log1p(np.exp(-x))),
        (tf.nn.relu, lambda x: np.maximum(x, 0)),
        (tf.nn.silu, lambda x: x / (1 + np.exp(-x))),
        (lambda x: tf.nn.relu6(10 * x), lambda x: np.clip(10 * x, 0, 6)),
        (tf.nn.elu, lambda x: np.where(x > 0, x, np.expm1(x))),
        (tf.nn.leaky_relu, lambda x: np.where(x > 0, x, np.float32(0.2) * x)),
        (tf.nn.softsign, lambda x: x / (1 + np.abs(x))),
        (lambda x: tf.sqrt(tf.abs(x)), lambda x: np.sqrt(np.abs(x))),
        (lambda x: tf.math.log(tf.abs(x)), lambda x: np.log(np.abs(x))),
        (lambda x: tf.math.rsqrt(tf.abs(x)), lambda x: 1 / np.sqrt(np.abs(x))),
        (lambda x: tf.asin(x / 4), lambda x: np.arcsin(x / 4)),
        (tf.transpose, np.transpose),
        (tf.nn.l2_loss, lambda x: np.sum(x * x) / 2),
        (tf.norm, np.linalg.norm),
        (lambda x: tf.norm(x, ord=1), lambda x: np.abs(x).sum()),
        (lambda x: tf.norm(x, np.inf, axis=1), lambda x: np.abs(x).max(1)),
        (tf.reduce_sum, np.sum),
        (tf.reduce_mean, np.mean),
        (tf.reduce_prod, np.prod),
        (tf.reduce_max, np.max),
        (tf.reduce_min, np.min),
        (tf.math.reduce_std, np.std),
        (tf.math.reduce_variance, np.var),
        (tf.reduce_logsumexp, lambda x: np.log(np.sum(np.exp(x)))),
        (lambda x: tf.reduce_sum(x, axis=[0, 1]), np.sum),
        (lambda x: tf.reduce_mean(x, -1, True), lambda x: x.mean(-1, keepdims=True)),
        (lambda x: tf.reduce_any(x > 1, axis=1), lambda x: np.any(x > 1, axis=1)),
        (lambda x: tf.reduce_all(x > -2), lambda x: True),
        (lambda x: tf.argmax(x, axis=1), lambda x: np.argmax(x, 1)),
        (lambda x: tf.math.argmin(x), lambda x: np.argmin(x, 0)),
        (lambda x: tf.cumsum(x, axis=1), lambda x: np.cumsum(x, 1)),
        (lambda x: tf.cumsum(x, axis=1, exclusive=True), lambda x: np.cumsum(x, 1) - x),
        (lambda x: tf.cumsum(x, axis=1, reverse=True), lambda x: np.cumsum(x[:, ::-1], 1)[:, ::-1]),
        (lambda x: tf.math.cumprod(x), lambda x: np.cumprod(x, 0)),
        (lambda x: tf.reshape(x, [-1, 2]), lambda x: x.reshape(-1, 2)),
        (lambda x: tf.expand_dims(x, 1), lambda x: x[:, None]),
        (lambda x: tf.squeeze(x[None, :, None]), lambda x: x),
        (lambda x: tf.tile(x, [2, 1]), lambda x: np.tile(x, (2, 1))),
        (lambda x: tf.repeat(x, [1, 2], axis=0), lambda x: np.repeat(x, [1, 2], axis=0)),
        (lambda x: tf.reverse(x, [1]), lambda x: x[:, ::-1]),
        (lambda x: tf.roll(x, 1, 1), lambda x: np.roll(x, 1, 1)),
        (lambda x: tf.concat([x, [[1.0, 2.0, 3.0]]], 0), lambda x: np.concatenate([x, [[1, 2, 3]]])),
        (lambda x: tf.stack([x, x], axis=1), lambda x: np.stack([x, x], 1)),
        (lambda x: tf.unstack(x)[1], lambda x: x[1]),
        (lambda x: tf.split(x, 3, axis=1)[2], lambda x: x[:, 2:]),
        (lambda x: tf.split(x, [1, -1], axis=1)[1], lambda x: x[:, 1:]),
        (lambda x: tf.gather(x, [2, 0, 2], axis=1), lambda x: x[:, [2, 0, 2]]),
        (lambda x: tf.gather(x, tf.constant(1)), lambda x: x[1]),
        (lambda x: tf.boolean_mask(x, x > 0), lambda x: x[x > 0]),
        (lambda x: tf.where(x > 0, x, 0.0), lambda x: np.where(x > 0, x, 0)),
        (lambda x: tf.broadcast_to(x[0], [4, 3]), lambda x: np.broadcast_to(x[0], (4, 3))),
        (lambda x: tf.matmul(x, x, transpose_b=True), lambda x: x @ x.T),
        (lambda x: tf.linalg.matvec(x, [1.0, 2.0, 3.0]), lambda x: x @ [1, 2, 3]),
        (lambda x: tf.tensordot(x, x, [[0], [0]]), lambda x: x.T @ x),
        (lambda x: tf.linalg.trace(x), np.trace),
        (lambda x: tf.clip_by_value(x, -1.0, 1.0), lambda x: np.clip(x, -1, 1)),
        (lambda x: tf.cast(x * 10, tf.int32), lambda x: (x * 10).astype(int)),
        (lambda x: tf.shape(x), np.shape),
        (tf.rank, np.ndim),
        (tf.size, np.size),
        (tf.identity, lambda x: x),
        (lambda x: tf.add(x, 1.0), lambda x: x + 1),
        (lambda x: tf.subtract(1.0, x), lambda x: 1 - x),
        (lambda x: tf.multiply(x, x), lambda x: x * x),
        (lambda x: tf.divide(x, 2.0), lambda x: x / 2),
        (lambda x: tf.pow(x, 2), lambda x: x**2),
        (lambda x: tf.maximum(x, 0.0), lambda x: np.maximum(x, 0)),
        (lambda x: tf.math.floormod(x, 0.4), lambda x: np.mod(x, np.float32(0.4))),
        (lambda x: tf.math.squared_difference(x, 1.0), lambda x: (x - 1) ** 2),
        (lambda x: tf.atan2(x, 2.0), lambda x: np.arctan2(x, 2)),
        (lambda x: tf.add_n([x, x, x]), lambda x: 3 * x),
        (lambda x: tf.equal(x, 0.5), lambda x: x == 0.5),
        (lambda x: tf.logical_and(x > 0, x < 1), lambda x: (x > 0) & (x < 1)),
        (lambda x: tf.nn.softmax(x), lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
        (lambda x: tf.meshgrid(x[0], x[1])[0], lambda x: np.meshgrid(x[0], x[1])[0]),
        (lambda x: tf.math.divide_no_nan(x, tf.nn.relu(x)), lambda x: (x > 0) * 1.0),
        (lambda x: tf.math.xlogy(tf.nn.relu(x), tf.abs(x)), lambda x: np.maximum(x, 0) * np.log(np.abs(x))),
    ],
)
def test_functions(function, same):
    out = function(tf.constant(X))
    assert_values(out, same(X), rtol=2e-6, atol=1e-6)
    if out.dtype.kind == "f":
        assert out.dtype == tf.float32


def test_python_numbers_are_float32():
    for out in (
        tf.exp(1.0),
        tf.add(1.0, 2),
        tf.reduce_mean([1.0, 2.0]),
        tf.nn.softmax([1.0, 2.0]),
        tf.matmul([[1.0]], [[2.0]]),
    ):
        assert out.dtype == tf.float32
    assert tf.reduce_sum([1, 2]).dtype == tf.int32
    assert_values(tf.reduce_mean([1, 2]), 1.5)


def test_one_hot_and_cross_entropy():
    logits = tf.constant([[1.0, 2.0, 0.5]])
    dense = tf.nn.softmax_cross_entropy_with_logits(labels=tf.one_hot([1], 3), logits=logits)
    sparse = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1], logits=logits)
    assert_values(dense, sparse.numpy(), rtol=1e-6)
    assert_values(sparse, -np.log(np.exp(2) / np.exp([1, 2, 0.5]).sum()), rtol=1e-6)
    assert_values(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0, 0.0], logits=[2.0, 2.0]),
        [np.log1p(np.exp(-2)), np.log1p(np.exp(2))],
        rtol=1e-6,
    )
    assert tf.one_hot([[0, 1]], 3).shape == (1, 2, 3)


def test_safe_gradients():
    x = tf.Variable([0.0, 1.0])
    for function, expected in (
        (lambda: tf.norm(0 * x), [0, 0]),
        (lambda: tf.math.divide_no_nan(1.0, x), [0, -1]),
        (lambda: tf.math.xlogy(x, x), [0, 1]),
        (lambda: tf.where(x > 0, tf.math.log(tf.maximum(x, 1e-30)), 0.0), [0, 1]),
    ):
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(function())
        assert_values(tape.gradient(y, x), expected)


# -- as the autodiff guide goes on -------------------------------------------------------------------------------------


def test_gradients_wrt_a_dict():
    w, b = tf.Variable(tf.random.normal((3, 2)), name="w"), tf.Variable(tf.zeros(2), name="b")
    x = [[1.0, 2.0, 3.0]]
    with tf.GradientTape(persistent=True) as tape:
        y = x @ w + b
        loss = tf.reduce_mean(y**2)
    found = tape.gradient(loss, {"w": w, "b": b})
    assert list(found) == ["w", "b"]
    assert found["w"].shape == w.shape
    dw, db = tape.gradient(loss, [w, b])
    assert_values(found["w"], dw.numpy())
    assert_values(db, y.numpy()[0], rtol=1e-6)


def test_what_the_tape_watches():
    x0 = tf.Variable(3.0, name="x0")
    x1 = tf.Variable(3.0, name="x1", trainable=False)
    x2 = tf.Variable(2.0, name="x2") + 1.0
    x3 = tf.constant(3.0, name="x3")
    with tf.GradientTape() as tape:
        y = (x0**2) + (x1**2) + (x2**2)
    grad = tape.gradient(y, [x0, x1, x2, x3])
    assert_values(grad[0], 6)
    assert grad[1:] == [None, None, None]
    assert [v.name for v in tape.watched_variables()] == ["x0:0"]

    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x**2
    assert_values(tape.gradient(y, x), 6)

    x0, x1 = tf.Variable(0.0), tf.Variable(10.0)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x1)
        y0, y1 = tf.math.sin(x0), tf.nn.softplus(x1)
        ys = tf.reduce_sum(y0 + y1)
    grad = tape.gradient(ys, {"x0": x0, "x1": x1})
    assert grad["x0"] is None
    assert_values(grad["x1"], 1 / (1 + np.exp(-10)), rtol=1e-6)


def test_intermediate_results_and_persistent_tapes():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    assert_values(tape.gradient(z, y), 18)
    x = tf.constant([1, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    assert_values(tape.gradient(z, x), [4, 108])
    assert_values(tape.gradient(y, x), [2, 6])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(RuntimeError, match="persistent"):
        tape.gradient(y, x)


def test_targets_that_are_not_scalars():
    x = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y0, y1 = x**2, 1 / x
    assert_values(tape.gradient({"y0": y0, "y1": y1}, x), 3.75)
    with tf.GradientTape() as tape:
        y = x * [3.0, 4.0]
    assert_values(tape.gradient(y, x), 7)
    x = tf.linspace(-10.0, 10.0, 200 + 1)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.sigmoid(x)
    dy_dx = tape.gradient(y, x)
    assert_values(dy_dx, np.asarray(y) * (1 - np.asarray(y)), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("value", [1.0, -1.0])
def test_control_flow(value):
    x = tf.constant(value)
    v0, v1 = tf.Variable(2.0), tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        result = 1.0 * v0 if x > 0.0 else v1**2
    d0, d1 = tape.gradient(result, [v0, v1])
    assert (d0 is None, d1 is None) == (value < 0, value > 0)
    assert_values(d0 if value > 0 else d1, 1 if value > 0 else 4)
    assert tape.gradient(result, x) is None


def test_a_variable_as_its_own_source():
    v = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        result = v
    assert_values(tape.gradient(result, v), 1)


def test_loop():
    x = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = x
        while y < 100.0:
            y = y * x
    assert_values(y, 128)
    assert_values(tape.gradient(y, x), 7 * 2.0**6)


def test_none_for_unconnected():
    x, y = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        z = y * y
    assert tape.gradient(z, x) is None
    # a tensor in the place of the variable
    x = tf.Variable(2.0)
    for epoch in range(2):
        with tf.GradientTape() as tape:
            y = x + 1
        found = tape.gradient(y, x)
        assert (found is None) == (epoch == 1)
        x = x + 1
    # an integer
    x = tf.constant(10)
    with tf.GradientTape() as tape, pytest.warns(ug.NotDifferentiableWarning):
        tape.watch(x)
    # state
    x0, x1 = tf.Variable(3.0), tf.Variable(0.0)
    with tf.GradientTape() as tape:
        x1.assign_add(x0)
        y = x1**2
    assert tape.gradient(y, x0) is None


def test_leaving_the_tape_is_an_error():
    x = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape():
        x2 = x**2
        with pytest.raises(ug.GradientLostError):
            np.asarray(x2)


def test_zeros_instead_of_none():
    x, y = tf.Variable([2.0, 2.0]), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        z = y**2
    assert_values(tape.gradient(z, x, unconnected_gradients=tf.UnconnectedGradients.ZERO), [0, 0])


def test_stop_recording_and_reset():
    x, y = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        x_sq = x * x
        with tape.stop_recording():
            y_sq = y * y
        z = x_sq + y_sq
    grad = tape.gradient(z, {"x": x, "y": y})
    assert_values(grad["x"], 4)
    assert grad["y"] is None
    with tf.GradientTape() as tape:
        y_sq = y * y
        tape.reset()
        z = x * x + y_sq
    grad = tape.gradient(z, {"x": x, "y": y})
    assert_values(grad["x"], 4)
    assert grad["y"] is None


def test_stop_gradient():
    x, y = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        z = x**2 + tf.stop_gradient(y**2)
    grad = tape.gradient(z, {"x": x, "y": y})
    assert_values(grad["x"], 4)
    assert grad["y"] is None


def test_several_tapes_and_higher_order():
    x0, x1 = tf.constant(0.0), tf.constant(0.0)
    with tf.GradientTape() as tape0, tf.GradientTape() as tape1:
        tape0.watch(x0)
        tape1.watch(x1)
        ys = tf.reduce_sum(tf.math.sin(x0) + tf.nn.sigmoid(x1))
    assert_values(tape0.gradient(ys, x0), 1)
    assert_values(tape1.gradient(ys, x1), 0.25)
    x = tf.Variable(1.0)
    with tf.GradientTape() as t2:
        with tf.GradientTape() as t1:
            y = x * x * x
        dy_dx = t1.gradient(y, x)
    assert_values(dy_dx, 3)
    assert_values(t2.gradient(dy_dx, x), 6)


def test_gradient_penalty():
    x = tf.random.normal([7, 5])
    layer = tf.keras.layers.Dense(10, activation=tf.nn.relu)
    with tf.GradientTape() as t2:
        with tf.GradientTape(watch_accessed_variables=False) as t1:
            t1.watch(x)
            y = layer(x)
            out = tf.reduce_sum(layer(x) ** 2)
        g1 = t1.gradient(out, x)
        g1_mag = tf.norm(g1)
    dg1_mag = t2.gradient(g1_mag, layer.trainable_variables)
    assert [g.shape for g in dg1_mag] == [(5, 10), (10,)]
    assert y.shape == (7, 10)


def test_forward_accumulator():
    x = tf.constant([[2.0, 3.0], [1.0, 4.0]])
    dense = tf.keras.layers.Dense(1)
    dense.build([None, 2])
    with tf.autodiff.ForwardAccumulator(primals=dense.kernel, tangents=tf.constant([[1.0], [0.0]])) as acc:
        loss = tf.reduce_sum((dense(x) - tf.constant([1.0, -1.0])) ** 2.0)
    with tf.GradientTape() as tape:
        again = tf.reduce_sum((dense(x) - tf.constant([1.0, -1.0])) ** 2.0)
    assert_values(acc.jvp(loss), tape.gradient(again, dense.kernel).numpy()[0, 0], rtol=1e-5)


# -- models ------------------------------------------------------------------------------------------------------------


class Custom(tf.Module):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.w = tf.Variable(5.0)
        self.b = tf.Variable(0.0)

    def __call__(self, x):
        return self.w * x + self.b


def test_module_fits_a_line():
    model = Custom(name="line")
    x = tf.linspace(-2.0, 2.0, 20)
    y = x * 3.0 + 2.0
    for _ in range(60):
        with tf.GradientTape() as t:
            loss = tf.reduce_mean(tf.square(y - model(x)))
        dw, db = t.gradient(loss, [model.w, model.b])
        model.w.assign_sub(0.1 * dw)
        model.b.assign_sub(0.1 * db)
    assert model.name == "line"
    assert_values(model.w, 3, rtol=1e-3)
    assert_values(model.b, 2, rtol=1e-3)


class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [tf.keras.layers.Dense(4, activation="relu"), tf.keras.layers.Dense(4, activation="tanh")]
        self.heads = {"a": tf.keras.layers.Dense(1), "b": tf.keras.layers.Dense(2)}

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return {name: head(x) for name, head in self.heads.items()}


def test_model_with_layers_in_lists_and_dicts():
    model = Net()
    x = tf.random.normal([3, 2])
    with tf.GradientTape() as tape:
        out = model(x)
        loss = tf.reduce_sum(out["a"] ** 2) + tf.reduce_sum(out["b"] ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    assert [v.name for v in model.trainable_variables] == [
        f"net/{layer}/{weight}:0"
        for layer in ("dense", "dense_1", "dense_2", "dense_3")
        for weight in ("kernel", "bias")
    ]
    assert [g.shape for g in grads] == [v.shape for v in model.trainable_variables]
    assert all(isinstance(v, tf.Variable) and v.dtype == tf.float32 for v in model.variables)
    optimizer = tf.keras.optimizers.SGD(learning_rate=0.01)
    before = float(loss)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    out = model(x)
    assert float(tf.reduce_sum(out["a"] ** 2) + tf.reduce_sum(out["b"] ** 2)) < before


class Linear(tf.keras.layers.Layer):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True)
        self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b


def test_own_layer():
    layer = Linear(2, name="mine")
    assert layer([[1.0, 2.0]]).shape == (1, 2)
    assert [v.name for v in layer.weights] == ["mine/weight:0", "mine/b:0"]
    assert layer(np.ones((1, 2))).dtype == tf.float32
    model = tf.keras.Sequential([layer, tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
    model(tf.ones((2, 2)))
    assert [v.name for v in model.weights] == ["mine/weight:0", "mine/b:0", "dense/kernel:0", "dense/bias:0"]


def test_dense_names_count_up():
    for name in ("dense", "dense_1"):
        layer = tf.keras.layers.Dense(2, activation="relu")
        layer(tf.constant([[1.0, 2.0, 3.0]]))
        assert [v.name for v in layer.trainable_variables] == [f"{name}/kernel:0", f"{name}/bias:0"]


def test_a_small_training_run_with_keras_names():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2)).astype(np.float32)
    y = (x.sum(axis=1) > 0).astype(np.int32)
    model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(2)])
    loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = tf.keras.optimizers.Adam(0.1)
    for _ in range(15):
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
    assert np.mean(tf.argmax(model(x), axis=1).numpy() == y) > 0.9


def test_every_public_name_is_there():
    for module in (
        tf,
        tf.math,
        tf.nn,
        tf.random,
        tf.linalg,
        tf.autodiff,
        tf.keras,
        tf.keras.losses,
        tf.keras.optimizers,
    ):
        assert all(hasattr(module, name) for name in module.__all__)
    assert not hasattr(tf, "function")
