"""The oracles know derivatives, know how wrong they may be, and say where they cannot tell. float64 and complex128."""

import numpy as np
import pytest

from unigrad.backend import load
from unigrad_conformance.cases import Case
from unigrad_conformance.oracles import ComplexStep, FiniteDifferences, Problem, Truth
from unigrad_conformance.oracles.complex_step import qualifies

X = np.array([0.3, 0.9, 1.7])
CT, ALONG, AGAIN = np.array([1.0, -2.0, 0.5]), np.array([0.5, 1.0, -1.5]), np.array([1.0, 0.5, 0.25])


def problem(f, x=X):
    """A function of one array, at a point."""
    case = Case("", "", None, lambda backend, x: f(backend.xp, x), (x,), (0,))
    return Problem(case, (x,), (0,), np.asarray(f(load("numpy").xp, x)))


SMOOTH = problem(lambda xp, x: xp.exp(xp.sin(x)))
S, C = np.sin(X), np.cos(X)
FIRST, SECOND, THIRD = C * np.exp(S), (C**2 - S) * np.exp(S), (C**3 - 3 * S * C - C) * np.exp(S)


@pytest.mark.parametrize(("kind", "digits"), [(FiniteDifferences, 1e-11), (ComplexStep, 1e-15), (Truth, 1e-15)])
def test_first_derivatives(kind, digits):
    np.testing.assert_allclose(kind().vjps(SMOOTH, [CT]).numbers, [CT * FIRST], rtol=digits)
    np.testing.assert_allclose(kind().jvps(SMOOTH, [[ALONG]]).numbers, [ALONG * FIRST], rtol=digits)


@pytest.mark.parametrize(("kind", "digits"), [(FiniteDifferences, (1e-6, 1e-4)), (ComplexStep, (1e-9, 1e-6))])
def test_higher_derivatives_are_no_farther_off_than_they_say(kind, digits):
    for along, want, digit in zip(
        ([[ALONG]], [[ALONG], [AGAIN]]), (CT * ALONG * SECOND, CT * ALONG * AGAIN * THIRD), digits, strict=True
    ):
        numbers, error, _ = kind().higher(SMOOTH, CT, along)
        assert np.all(np.abs(numbers - want) <= error + 1e-14)
        assert np.all(error < digit)


def test_of_complex_numbers_the_gradient_is_the_direction_of_ascent():
    z = problem(lambda xp, z: xp.real(z * z), np.array([1 + 2j]))
    np.testing.assert_allclose(Truth().vjps(z, [np.array([1.0])]).numbers, [[2, -4]], rtol=1e-12)


@pytest.mark.parametrize(
    ("f", "answer"),
    [
        (lambda xp, x: xp.exp(x) * x[::-1], True),
        (lambda xp, x: xp.linalg.det(x[:, None] * x[None, :] + np.eye(3)), True),
        (lambda xp, x: xp.abs(x), False),  # real numbers for complex ones
        (lambda xp, x: xp.conj(x), False),  # the other sign
        (lambda xp, x: xp.sign(x) * x, False),  # z/|z| turns
        (lambda xp, x: xp.floor(x), False),  # no complex kernel
        (lambda xp, x: xp.astype(x, xp.float32), False),  # drops the imaginary part
        (lambda xp, x: xp.fft.fft(x), False),  # complex for real ones: both parts are taken
    ],
)
def test_the_complex_step_is_for_analytic_functions(f, answer):
    assert qualifies(problem(f)) == answer


def test_a_kink_nearby_makes_the_step_small():
    near = FiniteDifferences().jvps(problem(lambda xp, x: 3 * xp.abs(x + 0.003), np.array([0.0])), [[np.array([1.0])]])
    assert abs(near.numbers[0, 0] - 3) <= near.error[0, 0] + 1e-15
    assert near.error[0, 0] < 1e-8


def test_a_jump_here_is_told_by_the_error():
    here = FiniteDifferences().jvps(
        problem(lambda xp, x: xp.astype(x > 0, xp.float64), np.array([0.0])), [[np.array([1.0])]]
    )
    assert not here.error[0, 0] < 1
