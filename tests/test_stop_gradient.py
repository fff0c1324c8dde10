"""stop_gradient and grad_pass_through."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, derivative, grad, native

pytestmark = pytest.mark.usefixtures("double")


def test_stop_gradient_of_structures_in_both_modes():
    x, w = ug.asarray(2.0), ug.Variable(3.0)
    with ug.GradientTape() as tape, ug.ForwardAccumulator([x, w], [ug.asarray(1.0)] * 2) as accumulator:
        tape.watch(x)
        s = ug.stop_gradient({"x": x * 5, "more": [w, 7, None, "name"]})
        y = x * s["x"] + s["more"][0] * w * 0
    assert s["more"][1:] == [7, None, "name"]
    assert_values(tape.gradient(y, x), 10.0)
    assert_values(accumulator.jvp(y), 10.0)
    assert accumulator.jvp(s["x"]) is None
    raw = native([1.0])
    assert ug.stop_gradient(raw) is raw


def test_stop_gradient_watches_no_variable():
    w = ug.Variable(3.0)
    with ug.GradientTape() as tape:
        ug.stop_gradient(w)
    assert tape.watched_variables() == ()


def test_grad_pass_through_has_the_gradient_of_the_identity():
    straight = ug.grad_pass_through(ug.round)
    x, w = ug.asarray(2.0), ug.Variable(3.0)
    assert_values(grad(lambda x: straight(x * 1.3), x), 1.3)
    assert_values(derivative(lambda x: straight(x * 1.3), x), 1.3)
    assert_values(straight(x * 1.3), 3.0)
    assert_values(grad(lambda x: grad(lambda x: straight(x) ** 2, x), ug.asarray(2.2)), 2.0)
    scaled = ug.grad_pass_through(lambda x: x * w)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = scaled(x)
        z = scaled(ug.asarray(1.0))
    gx, gw = tape.gradient([y, z], [x, w])
    assert_values(gx, 1.0)
    assert gw is None


def spd(x):
    return ug.linalg.outer(x, x) + np.diag([1.0, 2.0, 4.0])


#: functions of three numbers by matrices
OF_MATRICES = {
    "solve": lambda x: ug.sum(ug.linalg.solve(spd(x), x * x)),
    "solve_triangular": lambda x: ug.sum(ug.linalg.solve_triangular(ug.tril(spd(x)), x * x, lower=True)),
    "inv": lambda x: ug.sum(ug.linalg.inv(spd(x)) ** 2),
    "det": lambda x: ug.linalg.det(spd(x)),
    "slogdet": lambda x: ug.linalg.slogdet(spd(x))[1],
    "cholesky": lambda x: ug.sum(ug.linalg.cholesky(spd(x)) ** 3),
    "qr": lambda x: ug.sum(ug.linalg.qr(spd(x))[0] ** 3),
    "eigvalsh": lambda x: ug.sum(ug.linalg.eigvalsh(spd(x)) ** 3),
    "svdvals": lambda x: ug.sum(ug.linalg.svdvals(spd(x)) ** 3),
}


@pytest.mark.parametrize("name", OF_MATRICES)
def test_forward_mode_of_a_pullback_that_is_a_vjp_of_matrices(name):
    """It is recorded at cotangent zero: no rule may take that for a cotangent that counts nothing."""
    f, x, t = OF_MATRICES[name], ug.asarray([0.6, 1.3, -0.45]), ug.asarray([0.7, -0.4, 1.1])

    def own(x):
        value, pull = ug.vjp(f, x)
        return value, lambda ct: pull(ct)[0]

    expected = ug.jvp(f, x, t)[1].numpy()
    assert abs(expected) > 1e-3
    assert_values(ug.jvp(ug.custom_gradient(own), x, t)[1], expected, 1e-9)
    assert_values(ug.linearize(f, x)[1](t), expected, 1e-9)
    assert_values(ug.sum(ug.grad(lambda t: ug.jvp(f, x, t)[1])(ug.zeros(3)) * t), expected, 1e-9)
    if ug.get_backend().name == "jax":
        import jax

        assert_values(jax.jit(lambda x: ug.linearize(f, ug.asarray(x))[1](t).raw)(x.raw), expected, 1e-9)
