"""Writes in place, seen through views: on every backend what NumPy does, and differentiable.

Each scenario is one function of an array, run on an ndarray and on a tensor; it gives back every handle there is.
"""

from functools import cache

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, derivative, grad, numeric
from tests.view_scenarios import SCENARIOS

pytestmark = pytest.mark.usefixtures("double")

VALUES = np.random.default_rng(3).uniform(0.2, 2.0, (3, 4))
WEIGHTS = [np.random.default_rng(5 + i).uniform(-1, 1, 12) for i in range(4)]
BY_NAME = pytest.mark.parametrize("run", SCENARIOS.values(), ids=list(SCENARIOS))


def total(handles):
    """One number in which every element of every handle counts differently."""
    out = 0.0
    for i, h in enumerate(handles):
        size = int(np.prod(h.shape))
        weights = WEIGHTS[i][:size].reshape(h.shape)
        out = out + (np.sum(h * weights) if isinstance(h, np.ndarray) else ug.sum(h * weights))
    return out


@BY_NAME
def test_values_are_those_of_numpy(run):
    handles = run(VALUES.copy())
    found = run(ug.asarray(VALUES))
    assert [h.shape for h in found] == [h.shape for h in handles]
    for mine, numpys in zip(found, handles, strict=True):
        assert_values(mine, numpys)


@BY_NAME
def test_values_are_the_same_while_a_tape_records(run):
    x = ug.asarray(VALUES)
    with ug.GradientTape() as tape:
        tape.watch(x)
        found = run(x)
    for mine, numpys in zip(found, run(VALUES.copy()), strict=True):
        assert_values(mine, numpys)


@cache
def differences(run):
    return numeric(lambda a: total(run(a)), VALUES)


@cache
def differences_of_gradients(run):
    with ug.use_backend("numpy"):
        return numeric(lambda a: grad(lambda x: cubed(run, x), ug.asarray(a)).numpy(), VALUES, 1e-5)


def cubed(run, a):
    return total([h * h * h for h in run(a)])


@BY_NAME
def test_the_gradient_is_that_of_finite_differences(run):
    expected = differences(run)
    x = ug.asarray(VALUES)
    assert_values(grad(lambda x: total(run(x)), x), expected, rtol=1e-6, atol=1e-7)


@BY_NAME
def test_forward_mode_agrees_with_reverse_mode(run):
    x = ug.asarray(VALUES)
    along = ug.sum(grad(lambda x: total(run(x)), x))
    x = ug.asarray(VALUES)
    assert_values(derivative(lambda x: total(run(x)), x), along.numpy(), rtol=1e-10)


TWICE = ("recurrence", "scan_in_place", "reshaped", "mask", "index_named_twice", "augmented_through_an_alias")


@pytest.mark.parametrize("run", [SCENARIOS[name] for name in TWICE], ids=TWICE)
def test_second_derivatives_pass_through_writes(run):
    found = grad(lambda x: ug.sum(grad(lambda y: cubed(run, y * 1.0), x)), ug.asarray(VALUES))
    assert_values(found, differences_of_gradients(run), rtol=1e-5, atol=1e-6)
