"""A walk backwards that a tape hears: what it appends by itself is what it computes when two tapes hear it, by the operators."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_freed_at_once
from unigrad import GradientTape

CONSTANT = np.linspace(0.5, 1.5, 4)


def chain(x):
    for _ in range(3):
        x = ug.sin(x) * x
    return x


PROGRAMS = {
    "a chain": chain,
    "a cube": lambda x: x * x * x,
    "a number": lambda x: ug.exp(x * 0.5) * x - 3.0 * x,
    "what keeps its result": lambda x: ug.exp(x) * ug.tanh(x) + ug.sqrt(x) * x,
    "a constant": lambda x: ug.cos(x * ug.asarray(CONSTANT, dtype=x.dtype)) * x,
    "a broadcast value": lambda x: ug.sum(x * x) * x * x,
    "a broadcast array": lambda x: ug.reshape(x, (4, 1)) * x * ug.sin(x),
    "parts": lambda x: x[1:] * x[:-1] * x[1:],
    "a quotient": lambda x: x / (1.0 + x * x) - x,
    "a matrix": lambda x: ug.matmul(ug.reshape(x * x, (2, 2)), ug.reshape(x, (2, 2))) * 2.0,
    "a choice": lambda x: ug.where(x > 0.5, x * x, ug.exp(x)) * x,
    "an absolute value": lambda x: -ug.abs(x) * x - x,
}


def derivatives(f, x, heard_by_two):
    """The first three derivatives along ones, by one persistent tape that differentiates its own walks."""
    other = GradientTape(persistent=True)
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        if heard_by_two:
            other.__enter__()
            other.watch(x)
        y = ug.sum(f(x))
        first = tape.gradient(y, x)
        second = tape.gradient(ug.sum(first), x)
        third = tape.gradient(ug.sum(second), x)
        if heard_by_two:
            other.__exit__(None, None, None)
    return [first, second, third]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_one_tape_hears_what_two_hear(backend, name, dtype):
    x = ug.asarray(np.array([0.3, 0.9, 1.4, 0.7], dtype))
    alone, heard = (derivatives(PROGRAMS[name], x, two) for two in (False, True))
    for mine, theirs in zip(alone, heard, strict=True):
        assert mine.dtype == theirs.dtype == x.dtype
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=200 * eps, atol=200 * eps)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_product_with_the_hessian_is_that_of_forward_mode(backend, name):
    x, v = np.array([0.3, 0.9, 1.4, 0.7]), np.array([1.0, -2.0, 0.5, 3.0])

    def f(x):
        return ug.sum(PROGRAMS[name](ug.asarray(x)))

    one = ug.hvp(f, ug.asarray(x), ug.asarray(v))
    other = ug.jvp(ug.grad(f), ug.asarray(x), ug.asarray(v))[1]
    np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-12, atol=1e-12)


def test_a_product_that_is_added_is_one_op(backend):
    x = ug.asarray(np.array([0.3, 0.9]))
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        tape.gradient(ug.sum(ug.sin(x) * x), x)
    assert "multiply_add(" in str(tape)


def test_for_many_examples_at_once(backend):
    """A cotangent of each example is added to what is the same for all."""
    x = ug.asarray(np.linspace(0.1, 0.9, 6).reshape(2, 3))
    w = ug.asarray(np.array([0.5, -1.0, 2.0]))

    def f(w, x):
        return ug.sum(ug.sin(w * x) * w * w)

    found = ug.vmap(lambda x: ug.hvp(lambda w: f(w, x), w, w))(x)
    rows = [ug.hvp(lambda w, row=x[i]: f(w, row), w, w).numpy() for i in range(2)]
    np.testing.assert_allclose(found.numpy(), np.stack(rows), rtol=1e-12)


def test_nothing_that_a_walk_made_outlives_the_tape(backend):
    """Its helpers hold the tape: if one held itself, all records would wait for the garbage collector."""
    x = ug.asarray(np.array([0.3, 0.9]))

    def walked():
        with GradientTape(persistent=True) as tape:
            tape.watch(x)
            tape.gradient(ug.sum(ug.sin(x) * x), x)
        return tape

    assert_freed_at_once(walked)
