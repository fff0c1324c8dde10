"""The TensorFlow-named face: its names, its defaults, its functions."""

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


@pytest.mark.parametrize(
    ("axis", "batch", "shape"),
    [(2, 0, (2, 3)), (2, 1, (2, 6)), (1, 1, (2, 6, 2)), (2, 2, (2, 3, 7)), (3, 2, (2, 3)), (None, 1, (2, 2)), (-1, -1, (2, 5))],
)  # fmt: skip
def test_gather_reads_each_part_at_its_own_indices(axis, batch, shape):
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 3, 4, 5)).astype("float32")
    many = batch if batch >= 0 else batch + len(shape)
    place = many if axis is None else axis % 4
    at = random.integers(0, x.shape[place], size=shape)
    with ug.GradientTape() as tape:
        t = tf.constant(x)
        tape.watch(t)
        out = tf.gather(t, at, axis=axis, batch_dims=batch)
    assert out.shape == x.shape[:place] + shape[many:] + x.shape[place + 1 :]
    counts = np.zeros(x.shape)
    for n in np.ndindex(*shape[:many]):
        np.testing.assert_array_equal(out.numpy()[n], np.take(x[n], at[n], axis=place - many))
        rows = np.moveaxis(counts[n], place - many, 0)
        np.add.at(rows, at[n].ravel(), 1)
    assert_values(tape.gradient(out, t), counts)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: tf.gather(x, [[0], [1], [2]], batch_dims=1),
        lambda x: tf.gather(x, [[0], [1]], axis=0, batch_dims=1),
        lambda x: tf.gather(x, [0], batch_dims=2),
        lambda x: tf.gather(x, [0], axis=3),
        lambda x: tf.boolean_mask(x, [True, False, True]),
        lambda x: tf.boolean_mask(x, True),
        lambda x: tf.linspace(x, x[0, :2], 3),
        lambda x: tf.linspace(x, 1.0, 3, axis=4),
        lambda x: tf.linspace(x, 1.0, -1),
    ],
)
def test_shapes_that_do_not_fit(call):
    with pytest.raises(ug.ShapeError):
        call(tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))


def test_creation():
    assert tf.zeros(2).dtype == tf.ones((2, 3)).dtype == tf.eye(2).dtype == tf.linspace(0.0, 1, 5).dtype == tf.float32
    assert tf.linspace(0, 1, 5).dtype == tf.float64
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
        (lambda x: tf.gather(x, [[2], [0]], batch_dims=1), lambda x: np.take_along_axis(x, np.array([[2], [0]]), 1)),
        (lambda x: tf.boolean_mask(x, x > 0), lambda x: x[x > 0]),
        (lambda x: tf.boolean_mask(x, [True, False, True], axis=1), lambda x: x[:, [0, 2]]),
        (lambda x: tf.boolean_mask(x, [2, 0, 1], axis=1), lambda x: x[:, [0, 2]]),
        (lambda x: tf.linspace(x[0], 2.0, 4), lambda x: np.linspace(x[0], 2.0, 4)),
        (lambda x: tf.linspace(x, x[:1], 3, axis=-1), lambda x: np.linspace(x, np.tile(x[:1], (2, 1)), 3, axis=-1)),
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


@pytest.mark.parametrize(
    ("make", "dtype", "values"),
    [
        (lambda: tf.one_hot([0, 2], 3, on_value=5, off_value=-1), "int32", [[5, -1, -1], [-1, -1, 5]]),
        (lambda: tf.one_hot([1], 2, on_value=2.5), "float32", [[0, 2.5]]),
        (lambda: tf.one_hot([1], 2, True, False), "bool", [[False, True]]),
        (lambda: tf.one_hot([0], 2, None, None, None, None), "float32", [[1, 0]]),
        (lambda: tf.one_hot([0], 2, on_value=3, dtype=tf.float32), "float32", [[3, 0]]),
        (lambda: tf.concat([[1, 2], [3]], 0), "int32", [1, 2, 3]),
        (lambda: tf.concat([[1, 2], [3.5]], 0), "float32", [1, 2, 3.5]),
        (lambda: tf.range(tf.constant(3, tf.uint8)), "int32", [0, 1, 2]),
        (lambda: tf.range(0, np.float32(1), 0.5), "float32", [0, 0.5]),
        (lambda: tf.split([1, 2, 3, 4], tf.constant(2))[1], "int32", [3, 4]),
        (lambda: tf.split([1, 2, 3, 4], np.int64(2))[0], "int32", [1, 2]),
    ],
)
def test_dtypes_and_numbers_that_come_as_tensors(make, dtype, values):
    out = make()
    assert out.dtype == dtype
    assert_values(out, values)


def test_a_range_has_the_dtype_of_its_tensors(backend):
    if backend.name != "jax":  # which has 32 bits here
        assert tf.range(tf.constant(3, tf.int64)).dtype == tf.int64
        assert tf.range(tf.constant(1.0, tf.float64), 3).dtype == tf.float64


def test_no_axis_is_the_first_of_argmax():
    for function, expected in ((tf.argmax, [1, 0]), (tf.argmin, [0, 1])):
        assert_values(function([[1, 5], [7, 2]], axis=None), expected)


def test_a_sure_answer_has_an_exact_loss():
    """Terms that cancel would leave two digits of it in float32."""
    x = tf.Variable([10.0, 16.0, -16.0, 30.0])
    with tf.GradientTape() as tape:
        loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0, 1.0, 0.0, 1.0], logits=x)
    far = np.exp(-np.array([10.0, 16.0, 16.0, 30.0]))
    assert_values(loss, np.log1p(far), rtol=1e-6)
    assert_values(tape.gradient(loss, x), far / (1 + far) * [-1, -1, 1, -1], rtol=1e-6)


def test_a_product_with_zero_has_its_derivative():
    x, y = tf.Variable([3.0, np.inf, 2.0]), tf.Variable([0.0, 0.0, 5.0])
    with tf.GradientTape() as tape:
        z = tf.math.multiply_no_nan(x, y)
    assert_values(z, [0, 0, 10])
    for g, expected in zip(tape.gradient(z, [x, y]), ([0, 0, 5], [3, 0, 2]), strict=True):
        assert_values(g, expected)


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


def test_a_trace_looks_at_the_diagonal_alone():
    inf = float("inf")
    assert float(tf.linalg.trace(tf.constant([[1.0, inf], [-inf, 2.0]]))) == 3.0
    assert tf.linalg.trace(tf.constant([[1, 2], [3, 4]], dtype=tf.int32)).dtype == tf.int32
