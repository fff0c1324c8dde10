"""Functions of Python numbers alone: the result is an array of the default dtype, the same one on every backend."""

from collections.abc import Iterator

import pytest

import unigrad as ug
from tests.helpers import assert_values
from unigrad import special
from unigrad.backend import Backend

#: of one number, by the values that a float would give
OF_ONE = {
    **{n: getattr(ug, n) for n in (
        "exp", "sin", "sqrt", "log", "log1p", "cosh", "atan", "expm1", "tanh", "reciprocal", "mean", "std", "logsumexp",
    )},
    **{n: getattr(special, n) for n in (
        "erf", "erfc", "erfinv", "expit", "log_expit", "softplus", "log_ndtr", "ndtr", "ndtri", "digamma", "gammaln", "entr",
        "i0", "i1", "i0e", "i1e", "sinc", "logit",
    )},
}  # fmt: skip
OF_TWO = {
    **{n: getattr(ug, n) for n in ("divide", "atan2", "hypot", "logaddexp", "copysign", "nextafter")},
    **{n: getattr(special, n) for n in ("xlogy", "xlog1py", "rel_entr")},
}
DEFAULTS = ("float32", "float64", None)


@pytest.fixture(params=DEFAULTS)
def default(request: pytest.FixtureRequest, backend: Backend) -> Iterator[object]:
    """The dtype that a new array of a Python float has."""
    ug.set_default_dtype(request.param)
    yield backend.default_float
    ug.set_default_dtype(None)


def test_functions_of_one(default: object) -> None:
    for name, function in OF_ONE.items():
        for number in (0.5, 1, True):
            out = function(number)
            assert isinstance(out, ug.Tensor)
            assert (out.dtype, out.shape) == (default, ()), (name, number)
            assert_values(out, function(ug.asarray(float(number), dtype=default)), rtol=1e-6)


def test_functions_of_two(default: object) -> None:
    for name, function in OF_TWO.items():
        for numbers in ((1, 2), (1.0, 2), (1, 2.0), (True, 2)):
            out = function(*numbers)
            assert out.dtype == default, (name, numbers)
            assert_values(out, function(*(ug.asarray(float(n), dtype=default) for n in numbers)), rtol=1e-6)


def test_integers_stay_integers_where_that_is_exact(default: object, backend: Backend) -> None:
    assert ug.pow(3, 2).dtype == ug.add(1, 2).dtype == ug.abs(-3).dtype == backend.default_int
    assert ug.where(ug.asarray([True]), 1, 2).dtype == backend.default_int
    assert ug.equal(1, 1.0).dtype == ug.bool
    assert ug.add(True, 1).dtype == backend.default_int
    assert ug.add(1, 0.5).dtype == default
    assert ug.exp(1j).dtype == ug.dtypes.complex_of(default)


def test_integer_arrays_are_computed_in_the_default_float(default: object) -> None:
    for function in (ug.reciprocal, lambda x: ug.copysign(x, -1), lambda x: ug.nextafter(x, 9)):
        assert function(ug.asarray([1, 2])).dtype == default
    assert_values(ug.reciprocal(ug.asarray([1, 2])), [1.0, 0.5])
    assert_values(ug.copysign(ug.asarray([1, 2]), ug.asarray([-1, 3])), [-1.0, 2.0])
