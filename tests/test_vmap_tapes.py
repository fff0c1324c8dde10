"""vmap with tapes and accumulators on either side, and inside of compilers."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, native

pytestmark = pytest.mark.usefixtures("double")

RNG = np.random.default_rng(11)
X, Y, W = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))


def loss(w, x):
    return ug.sum(ug.tanh(x @ w) ** 2)


def gradient(function, *args):
    with ug.GradientTape() as tape:
        tape.watch(args[0])
        y = function(*args)
    return tape.gradient(y, args[0])


def each_gradient():
    return np.stack([gradient(loss, ug.asarray(W), ug.asarray(x)).numpy() for x in X])


def test_gradients_of_each_example():
    w, x = ug.asarray(W), ug.asarray(X)
    expected = each_gradient()
    assert_values(ug.vmap(lambda x: gradient(loss, w, x))(x), expected)  # w captured
    assert_values(ug.vmap(lambda w, x: gradient(loss, w, x), (None, 0))(w, x), expected)
    v = ug.Variable(W)

    def f(x):
        with ug.GradientTape() as tape:
            y = loss(v, x)
        return tape.gradient(y, v)

    assert_values(ug.vmap(f)(x), expected)


@pytest.mark.parametrize("targets", ["two", "one with a cotangent"])
def test_cotangents_of_one_value_that_differ_between_examples_and_do_not(targets):
    """The second one is the same for all examples, and is not what the first one can be added to in place."""

    def each(y):
        x = ug.asarray(X[0])
        with ug.GradientTape() as tape:
            tape.watch(x)
            same, own = x * x, x * y
            out = [same, own] if targets == "two" else same + own
        return tape.gradient(out, x, None if targets == "two" else ug.ones(3))

    assert_values(ug.vmap(each)(ug.asarray(Y)), 2 * X[0] + Y)


def test_a_tape_outside_sums_over_the_examples():
    v, x = ug.Variable(W), ug.asarray(X)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = ug.sum(ug.vmap(lambda x: loss(v * 1.0, x))(x))
        z = ug.sum(ug.tanh(x @ v) ** 2)
    assert tape.watched_variables() == (v,)
    assert_values(tape.gradient(y, v), each_gradient().sum(0))
    assert_values(tape.gradient(y, x), tape.gradient(z, x).numpy())


def test_a_tape_inside_and_one_outside():
    w, x = ug.asarray(W), ug.asarray(X)

    def penalty(w, x):
        g = gradient(lambda x: loss(w, x), x)
        return ug.sqrt(ug.sum(g * g))

    with ug.GradientTape() as tape:
        tape.watch(w)
        y = ug.sum(ug.vmap(penalty, (None, 0))(w, x))
    found = tape.gradient(y, w)
    total = sum(gradient(penalty, w, ug.asarray(row)).numpy() for row in X)
    assert_values(found, total)


def test_forward_mode_inside_and_outside():
    w, x, t = ug.asarray(W), ug.asarray(X), ug.asarray(Y)

    def directional(x, t):
        with ug.ForwardAccumulator(x, t) as acc:
            y = loss(w, x)
        return acc.jvp(y)

    expected = np.stack([directional(ug.asarray(a), ug.asarray(b)).numpy() for a, b in zip(X, Y, strict=True)])
    assert_values(ug.vmap(directional)(x, t), expected)
    with ug.ForwardAccumulator(x, t) as acc:
        y = ug.vmap(lambda x: loss(w, x))(x)
    assert_values(acc.jvp(y), expected)
    with ug.ForwardAccumulator(w, ug.ones_like(w)) as acc:
        y = ug.vmap(lambda x: loss(w, x))(x)
    step = 1e-6
    assert_values(acc.jvp(y), [(loss(W + step, a) - loss(W - step, a)) / (2 * step) for a in X], 1e-6, 1e-8)


def test_an_op_of_constants_outside_and_examples_inside():
    w, x = ug.asarray(W[:, 0]), ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(w)
        h = w * w  # outside, and used inside in two places
        y = ug.vmap(lambda x: ug.sum(h * x) + ug.sum(h))(x)
    assert_values(tape.gradient(y, w), 2 * W[:, 0] * (X.sum(0) + 4))


def test_nested():
    x, y = ug.asarray(X), ug.asarray(Y)
    pairs = ug.vmap(lambda a: ug.vmap(lambda b: ug.sum(a * b) + ug.max(b))(y))(x)
    assert_values(pairs, X @ Y.T + Y.max(1))
    with ug.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        s = ug.sum(ug.vmap(lambda a: ug.vmap(lambda b: ug.sum(a * b) ** 2)(y))(x))
        z = ug.sum((x @ y.mT) ** 2)
    for source in (x, y):
        assert_values(tape.gradient(s, source), tape.gradient(z, source).numpy())
    cube = ug.vmap(ug.vmap(ug.vmap(lambda v: v * v, 0), 1, 1), -1, -1)(ug.asarray(RNG.normal(size=(2, 3, 4))))
    assert cube.shape == (2, 3, 4)
    w = ug.asarray(W)
    grads = ug.vmap(lambda a: ug.vmap(lambda b: gradient(lambda w: loss(w, a * b), w))(y))(x)
    assert_values(grads[1, 2], gradient(lambda w: loss(w, x[1] * y[2]), w).numpy())


def test_a_tape_between_two_levels():
    x, y = ug.asarray(X), ug.asarray(Y)

    def f(a):
        with ug.GradientTape() as tape:
            tape.watch(a)
            s = ug.sum(ug.vmap(lambda b: ug.sum(ug.tanh(a * b)))(y))
        return tape.gradient(s, a)

    assert_values(ug.vmap(f)(x), np.stack([f(ug.asarray(a)).numpy() for a in X]))


def test_functions_with_a_gradient_of_their_own():
    @ug.custom_gradient
    def f(x, w):
        return ug.sin(x) * w, lambda ct: (ct * 10.0, ug.sum(ct * x))

    x, w = ug.asarray(X), ug.asarray(2.0)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch([x, w])
        y = ug.vmap(lambda x: ug.sum(f(x, w)))(x)
    assert_values(y, 2 * np.sin(X).sum(1))
    assert_values(tape.gradient(y, x), np.full((4, 3), 10.0))
    assert_values(tape.gradient(y, w), X.sum())
    assert_values(tape.jacobian(y, w), X.sum(1))
    grads = ug.vmap(lambda x: gradient(lambda w: ug.sum(f(x, w)), w))(x)
    assert_values(grads, X.sum(1))
    assert_values(ug.jacrev(lambda x: f(x, w))(x[0]), 10 * np.eye(3))
    assert_values(ug.vmap(lambda x: ug.stop_gradient(x) * x)(x), X * X)


# -- compilers ------------------------------------------------------------------------------------------------------------------


def test_inside_jit():
    import jax

    with ug.use_backend("jax"):

        @jax.jit
        def f(w, x):
            t = ug.asarray(w)
            g = ug.vmap(lambda x: gradient(loss, t, x))(ug.asarray(x)).raw
            return g, ug.jacobian(lambda x: ug.tanh(x @ t))(ug.asarray(x)[0]).raw

        g, j = f(native(W), native(X))
        assert_values(g, each_gradient())
        assert_values(j, np.diag(1 - np.tanh(X[0] @ W) ** 2) @ W.T)
