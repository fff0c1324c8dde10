"""Accumulators and tapes in one block and inside each other, in every order, on tensors, variables and structures of them."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values
from unigrad.recording import listening

pytestmark = pytest.mark.usefixtures("double")


@pytest.fixture(autouse=True)
def _nobody_is_left():
    yield
    assert listening().recorders == ()


@dataclass
class Net:
    w: Any
    b: Any


def orders(depth):
    return pytest.mark.parametrize("modes", ["".join(m) for m in itertools.product("fr", repeat=depth)])


def source(kind):
    """A value to differentiate at: what is handed to the recorders, and how it is read."""
    if kind == "variable":
        v = ug.Variable([0.5, 2.0])
        return v, lambda: v * 1.0
    if kind == "structure":
        s = Net({"x": ug.asarray([0.5, 2.0])}, None)
        return s, lambda: s.w["x"]
    t = ug.asarray([0.5, 2.0])
    return t, lambda: t


def leaf(kind, found):
    return found.w["x"] if kind == "structure" else found


def ones(kind):
    one = ug.ones(2)
    return Net({"x": one}, None) if kind == "structure" else one


X = np.array([0.5, 2.0])
#: derivatives of x * exp(x), element by element
DERIVATIVE = [X * np.exp(X), np.exp(X) * (X + 1), np.exp(X) * (X + 2), np.exp(X) * (X + 3)]


@pytest.mark.parametrize("kind", ["tensor", "variable", "structure"])
@orders(3)
def test_three_deep(modes, kind):
    s, read = source(kind)

    def level(modes):
        if not modes:
            x = read()
            return ug.exp(x) * x
        if modes[0] == "f":
            with ug.ForwardAccumulator(s, ones(kind)) as acc:
                y = level(modes[1:])
            return acc.jvp(y)
        with ug.GradientTape() as tape:
            tape.watch(s)
            y = level(modes[1:])
        return leaf(kind, tape.gradient(y, s))

    assert_values(level(modes), DERIVATIVE[3])


@orders(3)
def test_three_in_one_block(modes):
    """Entered together, asked inside, the innermost first: each sees what the inner ones compute."""
    x = ug.asarray(X)
    recorders = [ug.ForwardAccumulator(x, ug.ones(2)) if m == "f" else ug.GradientTape(persistent=True) for m in modes]
    a, b, c = recorders
    with a, b, c:
        for r in recorders:
            if isinstance(r, ug.GradientTape):
                r.watch(x)
        y = ug.exp(x) * x
        for order, r in enumerate(reversed(recorders), 1):
            y = r.jvp(y) if isinstance(r, ug.ForwardAccumulator) else r.gradient(y, x)
            assert_values(y, DERIVATIVE[order])


def test_four_accumulators():
    x = ug.asarray(X)

    def level(n):
        if n == 0:
            return x**5
        with ug.ForwardAccumulator(x, ug.ones(2)) as acc:
            y = level(n - 1)
        return acc.jvp(y)

    assert_values(level(4), 120 * X)


def test_several_directions_at_once():
    """Accumulators side by side on one primal: none sees the tangents of the other as its own."""
    x = ug.asarray(X)
    directions = [ug.asarray(d) for d in ([1.0, 0.0], [0.0, 1.0], [1.0, -1.0])]
    accs = [ug.ForwardAccumulator(x, d) for d in directions]
    with accs[0], accs[1], accs[2]:
        y = ug.sum(ug.exp(x) * x)
    for acc, d in zip(accs, directions):
        assert_values(acc.jvp(y), (DERIVATIVE[1] * d.numpy()).sum())


def test_directions_on_different_primals():
    x, y = ug.asarray(2.0), ug.asarray(3.0)
    with ug.ForwardAccumulator(x, ug.asarray(1.0)) as of_x:
        with ug.ForwardAccumulator(y, ug.asarray(1.0)) as of_y:
            z = x * x * y
        mixed = of_y.jvp(z)
    assert_values(of_x.jvp(z), 12.0)
    assert_values(mixed, 4.0)
    assert_values(of_x.jvp(mixed), 4.0)
    assert of_y.jvp(of_x.jvp(z)) is None  # the inner one was not there to see the outer's tangent made


def test_a_hessian_vector_product_of_variables_in_a_structure():
    net = Net(ug.Variable([[0.5, -1.0], [1.0, 2.0]]), ug.Variable([0.1, 0.2]))
    x = ug.asarray([[1.0, 2.0], [3.0, -1.0]])
    direction = Net(ug.ones((2, 2)), ug.asarray([1.0, -1.0]))

    def loss():
        return ug.sum(ug.tanh(x @ net.w + net.b) ** 2)

    def gradient():
        with ug.GradientTape() as tape:
            y = loss()
        return tape.gradient(y, net)

    with ug.ForwardAccumulator(net, direction) as acc:
        g = gradient()
    forward_over_reverse = acc.jvp(g)
    with ug.GradientTape() as tape:
        with ug.ForwardAccumulator(net, direction) as acc:
            y = loss()
        d = acc.jvp(y)
    reverse_over_forward = tape.gradient(d, net)
    with ug.GradientTape() as tape:
        g = gradient()
    reverse_over_reverse = tape.gradient(g, net, output_gradients=direction)
    for other in (reverse_over_forward, reverse_over_reverse):
        assert_values(forward_over_reverse.w, other.w.numpy())
        assert_values(forward_over_reverse.b, other.b.numpy())
    step = 1e-5
    up, down = (
        (net.w.assign_add(s * direction.w), net.b.assign_add(s * direction.b), gradient())[2] for s in (step, -2 * step)
    )
    assert_values(forward_over_reverse.w, (up.w.numpy() - down.w.numpy()) / (2 * step), rtol=1e-6, atol=1e-8)


def test_tangents_keep_shape_and_dtype():
    x = ug.asarray([1.0, 2.0], dtype=ug.float32)
    with ug.ForwardAccumulator(x, ug.ones(2, dtype=ug.float32)) as acc:
        values = [x * 2.0, ug.sum(x), x[0], ug.astype(x, ug.float64), x * 1j, ug.reshape(x, (2, 1)) + x, ug.max(x)]
    for v in values:
        tangent = acc.jvp(v)
        assert (tangent.shape, tangent.dtype) == (v.shape, v.dtype)


def test_tangents_from_arrays_and_numbers_take_the_primals_dtype():
    x, v = ug.asarray([1.0, 2.0], dtype=ug.float32), ug.Variable(3.0)
    with ug.ForwardAccumulator([x, v], [np.array([1, 10]), 2.0]) as acc:
        y = x * ug.astype(v.value(), ug.float32)
    assert acc.jvp(y).dtype == ug.float32
    assert_values(acc.jvp(y), [5.0, 34.0])


def test_a_tangent_is_a_snapshot():
    """What is written into an array after it was given as a tangent changes nothing."""
    x, t = ug.asarray([1.0, 2.0]), np.array([1.0, 1.0])
    acc = ug.ForwardAccumulator(x, t)
    t[:] = 100.0
    with acc:
        y = x * 2.0
    assert_values(acc.jvp(y), [2.0, 2.0])


def test_a_write_in_place_carries_its_tangent():
    x = ug.asarray([1.0, 2.0])
    with ug.ForwardAccumulator(x, ug.asarray([1.0, 10.0])) as acc:
        y = ug.zeros(3)
        y[:2] = x * x
        y[2] = 5.0
        y *= x[1]
    assert_values(acc.jvp(y), [1 * 10.0 + 2.0 * 2.0, 4 * 10.0 + 2.0 * 40.0, 50.0])


def test_a_pause_of_a_tape_is_none_of_an_accumulator():
    x = ug.asarray(2.0)
    with ug.ForwardAccumulator(x, ug.asarray(1.0)) as acc, ug.GradientTape() as tape:
        tape.watch(x)
        with tape.stop_recording():
            y = x * x
    assert_values(acc.jvp(y), 4.0)
    assert tape.gradient(y, x) is None
