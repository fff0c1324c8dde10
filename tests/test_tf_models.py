"""TensorFlow's modules, models and layers by their own names."""

import numpy as np
import pytest

import unigrad.tf as tf
from tests.helpers import assert_values

pytestmark = pytest.mark.usefixtures("backend", "fresh")


@pytest.fixture
def fresh():
    tf.keras.backend.clear_session()


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
