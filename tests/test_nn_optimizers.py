"""Optimizers against their formulas, and training with them."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values
from unigrad import nn
from unigrad.nn.module import forget_names

pytestmark = pytest.mark.usefixtures("double", "fresh_names")


@pytest.fixture
def fresh_names():
    forget_names()


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (lambda: nn.SGD(0.1), [0.8, 0.64]),
        (lambda: nn.SGD(0.1, momentum=0.5), [0.8, 0.54]),
        (lambda: nn.SGD(0.1, momentum=0.5, nesterov=True), [0.7, 0.44]),
    ],
)
def test_sgd(optimizer, expected):
    v = ug.Variable(1.0)
    step = optimizer()
    for value in expected:
        with ug.GradientTape() as tape:
            loss = v * v
        step.apply_gradients([(tape.gradient(loss, v), v)])
        assert_values(v, value)


@pytest.mark.parametrize("make", [nn.SGD, lambda rate: nn.SGD(rate, momentum=0.0, nesterov=True), nn.Adam])
@pytest.mark.parametrize("kind", [ug.asarray, ug.Variable])
def test_a_rate_that_is_a_tensor(make, kind):
    found = []
    for rate in (0.1, kind(0.1)):
        v = ug.Variable([1.0, -2.0])
        step = make(rate)
        for _ in range(3):
            with ug.GradientTape() as tape:
                loss = ug.sum(v * v)
            step.apply_gradients([(tape.gradient(loss, v), v)])
        v.add_scaled(ug.asarray([1.0, 1.0]), rate)
        found.append(v.numpy())
    assert_values(found[1], found[0])


def test_adam():
    v = ug.Variable([1.0, -3.0])
    optimizer = nn.Adam(0.1)
    w, m, s = np.array([1.0, -3.0]), 0.0, 0.0
    for t in range(1, 6):
        with ug.GradientTape() as tape:
            loss = ug.sum(v * v)
        optimizer.apply_gradients(zip([tape.gradient(loss, v)], [v]))
        g = 2 * w
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        w = w - 0.1 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(s) + 1e-7)
        assert_values(v, w)


def test_optimizers_record_nothing():
    v = ug.Variable(1.0)
    optimizer = nn.SGD(0.25, momentum=0.5)
    with ug.GradientTape(persistent=True) as tape:
        loss = v * v
        g = tape.gradient(loss, v)
        optimizer.apply_gradients([(g, v)])
        after = v * 3
    assert_values(tape.gradient(after, v), 3)
    assert optimizer.slot(v, "momentum")._node is None


def test_missing_gradients():
    v, w = ug.Variable(1.0, name="v"), ug.Variable(1.0, name="w")
    with pytest.warns(ug.UnigradWarning, match="w:0"):
        nn.SGD(0.5).apply_gradients([(ug.asarray(1.0), v), (None, w)])
    assert_values(v, 0.5)
    with pytest.raises(ValueError, match="v:0, w:0"):
        nn.SGD().apply_gradients([(None, v), (None, w)])
    with pytest.raises(ug.ShapeError):
        nn.SGD().apply_gradients([(ug.ones(2), v)])
    with pytest.raises(ValueError, match="momentum"):
        nn.SGD(momentum=2)


def test_training_on_this_backend():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 3))
    y = x @ np.array([[1.0], [-2.0], [0.5]]) + 0.25
    model = nn.Dense(1)
    optimizer = nn.SGD(0.3)
    for _ in range(40):
        with ug.GradientTape() as tape:
            loss = ug.mean((model(x) - y) ** 2)
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    assert float(loss) < 1e-3
    assert_values(model.kernel, [[1.0], [-2.0], [0.5]], atol=0.02)


def test_a_step_that_failed_is_not_counted():
    v = ug.Variable(ug.asarray([1.0, 2.0]))
    for optimizer in (nn.optimizers.SGD(), nn.optimizers.Adam()):
        with pytest.raises(ug.ShapeError):
            optimizer.apply_gradients([(ug.asarray([1.0, 2.0, 3.0]), v)])
        assert optimizer.iterations == 0
        assert_values(v, [1.0, 2.0])
