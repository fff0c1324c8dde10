"""vmap over random numbers, variables and layers."""

import numpy as np
import pytest

import unigrad as ug
import unigrad.tf as tf
from tests.helpers import assert_values
from unigrad import nn

pytestmark = pytest.mark.usefixtures("double")

RNG = np.random.default_rng(11)
X, Y, W = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))


@pytest.mark.parametrize(
    "draw",
    [
        lambda **o: ug.random.normal((5,), **o),
        lambda **o: ug.random.uniform((5,), **o),
        lambda **o: ug.random.integers((5,), 0, 1000, **o),
        lambda **o: ug.random.truncated_normal((5,), **o),
        lambda **o: ug.random.permutation(9, **o),
    ],
)
def test_every_example_has_random_numbers_of_its_own(draw):
    ug.random.set_seed(3)
    x = ug.asarray(X)
    out = ug.vmap(lambda x: draw())(x).numpy()
    assert len({tuple(row) for row in out}) == 4
    nested = ug.vmap(lambda x: ug.vmap(lambda v: draw())(x))(x).numpy()
    assert nested.shape[:2] == (4, 3)
    assert len({tuple(row) for rows in nested for row in rows}) == 12
    same = ug.vmap(lambda x: draw(seed=1))(x).numpy()
    assert len({tuple(row) for row in same}) == 1


def test_a_variable_keeps_one_value():
    v = ug.Variable([1.0, 2.0, 3.0])
    with pytest.raises(ug.BatchedValueError, match="differs between the examples"):
        ug.vmap(lambda x: v.assign(x) * 1.0)(ug.asarray(X))
    assert_values(v, [1, 2, 3])


def plus(t, x):
    t[:] = t + x


OUTSIDE = {
    "an element": lambda t, x: t.__setitem__(0, x[0]),
    "a part": lambda t, x: t.__setitem__(slice(1, None), x[1:]),
    "all, as they were": plus,
    "+=": lambda t, x: t.__iadd__(x),
    "out=": lambda t, x: np.add(t, x, out=t),
    "a constant where a mask differs": lambda t, x: t.__setitem__(x > 1.0, 0.0),
    "a constant where an index differs": lambda t, x: t.__setitem__(ug.astype(x[0], ug.int64), 0.0),
    "through a view made inside": lambda t, x: t[1:].__setitem__(0, x[0]),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_a_tensor_from_outside_keeps_one_value(case):
    t, seen = ug.asarray([0.0, 1.0, 2.0]), []
    part = t[1:]

    def f(x):
        seen.append(1)
        OUTSIDE[case](t, x)
        return ug.sum(t)

    for run in (ug.vmap(f), lambda x: ug.vmap(lambda t, x: (OUTSIDE[case](t, x), t)[1], (None, 0))(t, x)):
        with pytest.raises(
            ug.BatchedValueError, match=r"shape \(3,\) that lives outside.*test_vmap_layers.py:\d+.*4 examples"
        ):
            run(ug.asarray(X))
        assert_values(t, [0, 1, 2])
        assert_values(part, [1, 2])
    assert seen == [1]
    part[0] = 5.0
    assert_values(t, [0, 5, 2])


def test_a_tensor_from_outside_is_as_it_was_after_an_exception():
    t = ug.asarray([0.0, 1.0, 2.0])

    def f(x):
        t[0] = x[0]
        t[1] += x[0]
        raise KeyError("mine")

    with pytest.raises(KeyError), ug.GradientTape() as tape:
        tape.watch(t)
        ug.vmap(f)(ug.asarray(X))
    assert_values(t, [0, 1, 2])


def test_what_all_examples_write_is_written_once():
    t = ug.asarray([0.0, 1.0, 2.0])

    def f(x):
        t[0] = 5.0
        return ug.sum(t) * x

    assert_values(ug.vmap(f)(ug.asarray(X)), 8.0 * X)
    assert_values(t, [5, 1, 2])


def test_a_tensor_of_the_outer_examples_keeps_one_value_in_the_inner_ones():
    def f(x):
        return ug.vmap(lambda y: x.__setitem__(0, y) or ug.sum(x))(ug.asarray([1.0, 2.0]))

    with pytest.raises(ug.BatchedValueError, match="differ between the 2 examples"):
        ug.vmap(f)(ug.asarray(X))


def test_what_is_made_inside_may_be_written_to_and_be_held_in_a_cycle():
    def f(x):
        out = ug.zeros((3,))

        def fill(i):
            out[i] = x[i] * 2
            return fill(i + 1) if i < 2 else out

        return fill(0)

    with ug.debug(), ug.GradientTape(persistent=True) as tape, ug.ForwardAccumulator(x := ug.asarray(X), x):
        tape.watch(x)
        y = ug.vmap(f)(x)
        each = ug.vmap(lambda x: ug.vmap(lambda c: f(x * c))(ug.asarray([1.0, 2.0])))(x)
    assert_values(y, 2 * X)
    assert_values(each, np.stack([2 * X, 4 * X], 1))
    assert_values(tape.gradient(y, x), np.full_like(X, 2.0))


def test_a_layer():
    layer = nn.Dense(2, activation="tanh")
    x = ug.asarray(X)
    layer(x)
    with ug.GradientTape(persistent=True) as tape:
        y = ug.sum(ug.vmap(lambda x: layer(ug.reshape(x, (1, 3)))[0])(x) ** 2)
        z = ug.sum(layer(x) ** 2)
    for a, b in zip(
        tape.gradient(y, layer.trainable_variables), tape.gradient(z, layer.trainable_variables), strict=True
    ):
        assert_values(a, b.numpy())


def test_by_its_tensorflow_name():
    x, y = tf.constant(X), tf.constant(Y)
    assert_values(tf.vectorized_map(lambda e: e[0] * tf.reduce_sum(e[1]), (x, y)), X * Y.sum(1, keepdims=True))
    assert_values(ug.vectorized_map(lambda e: e["x"] + 1.0, {"x": x}), X + 1)
    with pytest.raises(ug.NoRuleError, match="a loop over the examples is not allowed"):
        ug.vectorized_map(lambda x: np.spacing(x), x, fallback_to_while_loop=False)
    assert_values(ug.vectorized_map(lambda x: np.spacing(x), x, warn=False), np.spacing(X))
