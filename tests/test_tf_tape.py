"""TensorFlow's tape by its own names, as the guide to automatic differentiation goes on."""

import numpy as np
import pytest

import unigrad as ug
import unigrad.tf as tf
from tests.helpers import assert_values

pytestmark = pytest.mark.usefixtures("backend", "fresh")


@pytest.fixture
def fresh():
    tf.keras.backend.clear_session()


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
