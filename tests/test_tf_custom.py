"""TensorFlow's own gradients, recomputed blocks, gradients and hessians by its names; the numbers are TensorFlow 2.21's."""

import numpy as np
import pytest

import unigrad.tf as tf
from tests.helpers import assert_values

pytestmark = pytest.mark.usefixtures("backend")


def one(x):
    return tf.constant(x)


def gradient(f, *xs):
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = f(*xs)
    return tape.gradient(y, list(xs))


def test_the_guides_gradient_of_log1pexp():
    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)

        def grad(upstream):
            return upstream * (1 - 1 / (1 + e))

        return tf.math.log(1 + e), grad

    with np.errstate(over="ignore"):
        assert_values(gradient(log1pexp, one(100.0))[0], 1.0)
    x = one(2.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = log1pexp(x)
        g = tape.gradient(y, x)
    assert_values(g, 0.8807970881462097, 1e-6)
    assert_values(outer.gradient(g, x), 0.10499358177185059, 1e-6)


def test_clipping_by_custom_gradient():
    @tf.custom_gradient
    def clip_gradients(y):
        def backward(dy):
            return tf.clip_by_value(dy, -0.5, 0.5)

        return y, backward

    assert_values(gradient(lambda v: clip_gradients(v * v), one(2.0))[0], 2.0)


def test_clipping_the_norm_by_custom_gradient():
    clipped = tf.custom_gradient(lambda y: (y, lambda dy: tf.clip_by_norm(dy, 0.5)))
    assert_values(gradient(lambda v: clipped(v * v), one(2.0))[0], 2.0)
    t = tf.constant([[3.0, 4.0], [0.0, 0.0]])
    assert_values(tf.clip_by_norm(t, 1.0), [[0.6, 0.8], [0.0, 0.0]], 1e-6)
    assert_values(tf.clip_by_norm(t, 10.0), t.numpy())
    assert_values(tf.clip_by_norm(tf.ones((2, 2)), 1.0, axes=[0]), np.full((2, 2), 0.5**0.5), 1e-6)


def test_keywords_variables_methods_and_structures():
    scaled = tf.custom_gradient(lambda x, scale=1.0: (x * scale, lambda dy: dy * 100.0))
    assert_values(gradient(lambda x: scaled(x, scale=5.0), one(2.0))[0], 100.0)
    w = tf.Variable(3.0)

    @tf.custom_gradient
    def f(x):
        def grad(dy, variables):
            assert variables[0] is w
            return dy * 100.0, [dy * 7.0]

        return x * w, grad

    x = one(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    assert [g.numpy() for g in tape.gradient(y, [x, w])] == [100.0, 7.0]

    class A:
        k = 5.0

        @tf.custom_gradient
        def f(self, x):
            return x, lambda dy: dy * self.k

    assert_values(gradient(A().f, x)[0], 5.0)

    @tf.custom_gradient
    def g(d, p):
        return {"u": d["a"] * 2, "v": (d["b"] * 3, p * 4)}, lambda *up: ({"a": up[0], "b": up[1] * 10}, up[2] * 100)

    def total(a, b, p):
        r = g({"a": a, "b": b}, p)
        return r["u"] + r["v"][0] + r["v"][1]

    assert [v.numpy() for v in gradient(total, one(1.0), one(2.0), one(3.0))] == [1.0, 10.0, 100.0]


def test_tensorflows_errors():
    w = tf.Variable(3.0)
    with pytest.raises(
        ValueError, match="custom_gradient function expected to return 1 gradients, but returned 2 instead"
    ):
        gradient(tf.custom_gradient(lambda x: (x * x, lambda dy: (dy, dy))), one(2.0))
    with pytest.raises(
        TypeError, match="grad_fn must accept keyword argument 'variables', since function uses variables: "
    ):
        tf.custom_gradient(lambda x: (x * w, lambda dy: dy))(one(2.0))
    with pytest.raises(ValueError, match="gradient for each variable from"):
        gradient(tf.custom_gradient(lambda x: (x * w, lambda dy, variables: (dy, []))), one(2.0))
    assert gradient(tf.custom_gradient(lambda x: (x * x, lambda dy: None)), one(2.0)) == [None]
    # TensorFlow gives this one to whoever asks
    with pytest.raises(ValueError, match=r"has shape \(3,\)"):
        gradient(tf.custom_gradient(lambda x: (x * x, lambda dy: tf.ones(3))), one(2.0))


def test_forward_mode_is_the_functions_own():
    """TensorFlow's accumulator looks into the function, and gives 8 for what its own tape gives 14."""
    f = tf.custom_gradient(lambda x: (x * x, lambda dy: dy * 7.0))
    x = one(2.0)
    with tf.autodiff.ForwardAccumulator(x, one(2.0)) as accumulator:
        y = f(x)
    assert_values(accumulator.jvp(y), 14.0)


def test_grad_pass_through():
    assert_values(gradient(lambda x: tf.grad_pass_through(tf.round)(x * 1.3), one(2.0))[0], 1.3, 1e-6)


def test_recompute_grad():
    w, x = tf.Variable(3.0), one(2.0)
    f = tf.recompute_grad(lambda x, k=1.0: tf.sin(x) * w * k)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    assert_values(y, 2.7278921604156494, 1e-6)
    found = [g.numpy() for g in tape.gradient(y, [x, w])]
    np.testing.assert_allclose(found, [-1.2484405040740967, 0.9092974066734314], rtol=1e-6)
    g = tf.recompute_grad(lambda x: tf.sin(x) * x)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = g(x)
        first = tape.gradient(y, x)
    assert_values(first, 0.07700371742248535, 1e-5)
    assert_values(outer.gradient(first, x), -2.650888442993164, 1e-5)


def test_gradients_and_hessians_work_eagerly():
    x = one([1.0, 2.0])
    (g,) = tf.gradients(lambda x: tf.reduce_sum(x**3), [x])
    assert_values(g, [3.0, 12.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x**3)
        (g,) = tf.gradients(y, x)
        (h,) = tf.hessians(y, x)
        assert tf.gradients(y, [one(1.0)]) == [None]
        assert_values(tf.gradients(y, [one(1.0)], unconnected_gradients=tf.UnconnectedGradients.ZERO)[0], 0.0)
    assert_values(g, [3.0, 12.0])
    assert_values(h, [[6.0, 0.0], [0.0, 12.0]])
    assert h.dtype == tf.float32
    with pytest.raises(RuntimeError, match="no tape in force"):
        tf.gradients(x, x)
