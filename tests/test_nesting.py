"""Tapes and accumulators inside each other: higher derivatives in every mixture, and no perturbation confused."""

import itertools
import math

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, derivative, grad

pytestmark = pytest.mark.usefixtures("double")

MODES = {"reverse": grad, "forward": derivative}


def mixtures(depth):
    return pytest.mark.parametrize(
        "modes", list(itertools.product(MODES, repeat=depth)), ids=lambda m: "".join(k[0] for k in m)
    )


def nested(modes, f):
    for mode in modes:
        f = (lambda g, d: lambda x: d(g, x))(f, MODES[mode])
    return f


@mixtures(2)
def test_perturbations_are_not_confused(modes):
    outer, inner = (MODES[m] for m in modes)
    one = ug.asarray(1.0)
    assert_values(outer(lambda x: x * inner(lambda y: x + y, ug.asarray(1.0)), one), 1.0)


@mixtures(2)
def test_perturbations_are_not_confused_when_the_values_are_one_object(modes):
    outer, inner = (MODES[m] for m in modes)
    # d/dx x * (d/dy (x * y) at y = x) = d/dx x * x, the inner x held fixed while y moves
    assert_values(outer(lambda x: x * inner(lambda y: x * y, x * 1.0), ug.asarray(3.0)), 6.0)


@mixtures(2)
def test_an_inner_derivative_of_the_outer_value(modes):
    outer, inner = (MODES[m] for m in modes)
    assert_values(outer(lambda x: x * inner(lambda y: x * y * y, x), ug.asarray(2.0)), inner_of_itself(2.0))


def inner_of_itself(x):
    # the inner derivative sees one x, in both places: d/dx (x^3) = 3x^2; times x, differentiated: 9x^2
    return 9 * x**2


@mixtures(3)
def test_three_levels_with_values_of_all_of_them(modes):
    a, b, c = (MODES[m] for m in modes)

    def f(x):
        return b(lambda y: x * y * c(lambda z: ug.sin(x * y * z), ug.asarray(1.0)), ug.asarray(0.5))

    # d/dz sin(xyz) at 1 = xy cos(xy); d/dy x^2 y^2 cos(xy); d/dx of that, at x = 0.7, y = 0.5
    x, y = 0.7, 0.5
    p = x * y
    expected = 4 * x * y * math.cos(p) - 2 * x**2 * y**2 * math.sin(p)
    expected += -3 * x**2 * y**2 * math.sin(p) - x**3 * y**3 * math.cos(p)
    assert_values(a(f, ug.asarray(x)), expected)


def sixth(x):
    s, c = math.sin(x), math.cos(x)
    e = math.exp(s)
    # the fifth derivative of exp(sin x), from Bell's polynomials
    d = [c, -s, -c, s, c]
    return e * (
        d[0] ** 5
        + 10 * d[0] ** 3 * d[1]
        + 15 * d[0] * d[1] ** 2
        + 10 * d[0] ** 2 * d[2]
        + 10 * d[1] * d[2]
        + 5 * d[0] * d[3]
        + d[4]
    )


@mixtures(5)
def test_five_deep_in_all_mixtures(modes):
    assert_values(nested(modes, lambda x: x**7)(ug.asarray(1.5)), 2520 * 1.5**2, rtol=1e-10)
    assert_values(nested(modes, lambda x: ug.exp(ug.sin(x)))(ug.asarray(0.4)), sixth(0.4), rtol=1e-10)


@mixtures(2)
def test_second_derivatives_of_arrays_and_products(modes):
    # of sum(tanh(W x)) in a fixed direction: the two modes in any order, against finite differences of the first
    w = np.random.default_rng(0).standard_normal((3, 2))
    x = ug.asarray([0.3, -0.2])
    first, second = (MODES[m] for m in modes)

    def f(x):
        return ug.sum(ug.tanh(ug.asarray(w) @ x))

    found = second(lambda x: first(f, x), x)
    a = w @ np.array([0.3, -0.2])
    hessian = w.T @ np.diag(-2 * np.tanh(a) / np.cosh(a) ** 2) @ w
    whole = hessian.sum() if modes == ("forward", "forward") else hessian.sum(0)
    assert_values(found, whole)


def test_two_tapes_and_one_block():
    x = ug.asarray(3.0)
    with ug.GradientTape() as outer, ug.GradientTape() as inner:
        outer.watch(x)
        inner.watch(x)
        y = x * x * x
        g = inner.gradient(y, x)
    assert_values(g, 27.0)
    assert_values(outer.gradient(g, x), 18.0)


def test_an_inner_gradient_asked_for_in_a_later_tape():
    x = ug.asarray(2.0)
    with ug.GradientTape() as inner:
        inner.watch(x)
        y = x**3
    with ug.GradientTape() as outer:
        outer.watch(x)
        g = inner.gradient(y, x)
    assert_values(outer.gradient(g, x), 12.0)


def test_a_tape_around_an_accumulator_and_the_other_way_round_in_one_block():
    x, t = ug.asarray([1.0, 2.0]), ug.asarray([1.0, -1.0])
    with ug.GradientTape() as tape, ug.ForwardAccumulator(x, t) as acc:
        tape.watch(x)
        y = ug.sum(x * x * x)
    assert_values(tape.gradient(acc.jvp(y), x), [6.0, -12.0])
    with ug.ForwardAccumulator(x, t) as acc, ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.sum(x * x * x)
        g = tape.gradient(y, x)
    assert_values(acc.jvp(g), [6.0, -12.0])


def test_two_accumulators_on_one_value():
    x = ug.asarray(2.0)
    with ug.ForwardAccumulator(x, ug.asarray(1.0)) as outer, ug.ForwardAccumulator(x, ug.asarray(10.0)) as inner:
        y = x * x * x
    assert_values(outer.jvp(y), 12.0)
    assert_values(inner.jvp(y), 120.0)
    assert_values(outer.jvp(inner.jvp(y)), 120.0)


def test_a_constant_of_the_inner_tape_is_a_value_of_the_outer():
    a, x = ug.asarray(3.0), ug.asarray(2.0)
    with ug.GradientTape() as outer:
        outer.watch(a)
        g = grad(lambda x: a * x * x, x)
    assert_values(outer.gradient(g, a), 4.0)


def test_watching_a_constant_after_it_was_used():
    a, x = ug.asarray(3.0), ug.asarray(2.0)
    with ug.GradientTape() as inner:
        inner.watch(x)
        y = a * (x * x)
    with ug.GradientTape() as outer:
        outer.watch(a)
        g = inner.gradient(y, x)
    assert_values(outer.gradient(g, a), 4.0)


def test_a_persistent_tape_in_a_tape():
    x = ug.asarray(1.5)
    with ug.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with ug.GradientTape(persistent=True) as inner:
            inner.watch(x)
            y = ug.exp(x) * x
            first = inner.gradient(y, x)
            second = inner.gradient(first, x)
    assert_values(outer.gradient(second, x), math.exp(1.5) * (1.5 + 3))
    assert_values(outer.gradient(first, x), math.exp(1.5) * (1.5 + 2))
    assert_values(outer.gradient(y, x), math.exp(1.5) * (1.5 + 1))


def test_output_gradients_are_differentiated_too():
    x, w = ug.asarray([1.0, 2.0]), ug.asarray([3.0, 4.0])
    with ug.GradientTape() as outer:
        outer.watch(w)
        with ug.GradientTape() as inner:
            inner.watch(x)
            y = x * x
        g = inner.gradient(y, x, output_gradients=w)
    assert_values(outer.gradient(g, w), [2.0, 4.0])
