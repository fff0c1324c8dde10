"""Sorting, searching, sets, taking: NumPy's numbers on every backend, gradients at ties, what bad input gets, compilers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import unigrad as ug
from tests.helpers import BACKENDS, assert_values, derivative, grad
from unigrad.backend import Backend

nan, inf = float("nan"), float("inf")
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: few shapes, for JAX compiles each
SHAPES = st.sampled_from([(0,), (1,), (4,), (2, 3), (3, 0)])
DTYPES = st.sampled_from(["float64", "float32", "int64", "int8"])


def draw_array(data: Any) -> np.ndarray:
    """Few distinct numbers, so that there are ties."""
    shape, dtype = data.draw(SHAPES), data.draw(DTYPES)
    size = int(np.prod(shape))
    return np.array(data.draw(st.lists(st.integers(-3, 3), min_size=size, max_size=size)), dtype=dtype).reshape(shape)


@QUICK
@given(data=st.data(), descending=st.booleans())
def test_sort_and_argsort(data: Any, descending: bool) -> None:
    x = draw_array(data)
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    expected = np.sort(x, axis=axis)
    expected = np.flip(expected, axis) if descending else expected
    order = np.argsort(-x if descending else x, axis=axis, stable=True)
    for name in BACKENDS:
        with ug.use_backend(name):
            t = ug.asarray(x)
            found, places = (f(t, axis=axis, descending=descending) for f in (ug.sort, ug.argsort))
            assert (found.dtype, found.shape) == (x.dtype, x.shape)
            assert places.dtype == ug.__array_namespace_info__().default_dtypes()["indexing"]
        assert found.tolist() == expected.tolist(), name
        assert places.tolist() == order.tolist(), name


@QUICK
@given(data=st.data())
def test_sets(data: Any) -> None:
    x = draw_array(data)
    values, first, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
    for name in BACKENDS:
        with ug.use_backend(name):
            found = ug.unique_all(ug.asarray(x))
        assert [a.tolist() for a in found] == [values.tolist(), first.tolist(), inverse.tolist(), counts.tolist()], name
        assert (found.values.dtype, found.inverse_indices.shape) == (x.dtype, x.shape)


@QUICK
@given(data=st.data())
def test_take_and_its_transpose(data: Any) -> None:
    n = data.draw(st.integers(1, 4))
    index = np.array(data.draw(st.lists(st.integers(-n, n - 1), min_size=3, max_size=3)))
    x, w = np.arange(2.0 * n).reshape(2, n), np.array([1.0, 10.0, 100.0])
    expected = np.zeros((2, n))
    for i, v in zip(index, w, strict=True):
        expected[:, i] += v
    lines = np.stack([index, index])
    for name in BACKENDS:
        with ug.use_backend(name):
            t = ug.asarray(x)
            assert ug.take(t, ug.asarray(index), axis=1).tolist() == x[:, index].tolist()
            assert ug.take_along_axis(t, ug.asarray(lines), axis=1).tolist() == x[:, index].tolist()
            assert grad(lambda t: ug.take(t, index, axis=1) * w, t).tolist() == expected.tolist()
            assert grad(lambda t: ug.take_along_axis(t, lines) * w, t).tolist() == expected.tolist()


@pytest.mark.parametrize("descending", [False, True])
def test_nan_is_the_greatest_and_infinities_are_in_order(backend: Backend, descending: bool) -> None:
    x = ug.asarray(np.array([nan, inf, 0.0, -inf, 1.0]))
    order = [3, 2, 4, 1, 0]
    assert ug.argsort(x, descending=descending).tolist() == (order[::-1] if descending else order)
    assert repr(ug.sort(x, descending=descending).tolist()) == repr(
        [x.tolist()[i] for i in (order[::-1] if descending else order)]
    )


def test_unique_keeps_nans_apart_and_zeros_together(backend: Backend) -> None:
    found = ug.unique_all(ug.asarray(np.array([nan, 0.0, nan, -0.0])))
    assert found.counts.tolist() == [2, 1, 1]
    assert found.inverse_indices.tolist() == [1, 0, 2, 0]
    assert repr(found.values.tolist()) in ("[0.0, nan, nan]",)
    assert ug.unique_values(ug.asarray([True, False, True])).tolist() == [False, True]
    z = ug.asarray(np.array([1 + 1j, 2j, 1 + 1j, 1 + 0j]))
    assert ug.unique_counts(z).values.tolist() == [2j, 1 + 0j, 1 + 1j]
    assert ug.unique_counts(z).counts.tolist() == [1, 1, 2]
    assert ug.unique_inverse(ug.asarray(3.0)).inverse_indices.tolist() == 0


def test_the_gradient_of_a_value_is_split_among_its_occurrences(backend: Backend) -> None:
    x = ug.asarray(np.array([[2.0, 1.0], [2.0, 2.0]]))
    f = lambda x: ug.unique_values(x) * np.array([1.0, 3.0])  # noqa: E731
    assert_values(grad(f, x), [[1.0, 1.0], [1.0, 1.0]])
    assert_values(derivative(f, x), [1.0, 3.0])


def test_indices_are_connected_with_derivative_zero(backend: Backend) -> None:
    x = ug.asarray(np.array([2.0, 1.0, 2.0]))
    for f in (
        ug.argsort, lambda x: ug.nonzero(x)[0], ug.count_nonzero, lambda x: ug.searchsorted(x, 1.5),
        lambda x: ug.unique_counts(x).counts, lambda x: ug.unique_all(x).indices, lambda x: ug.isin(x, [1.0]),
    ):  # fmt: skip
        assert grad(lambda x, f=f: ug.astype(f(x), ug.float64) * 2, x).tolist() == [0.0, 0.0, 0.0]


def test_elements_chosen_by_nonzero(backend: Backend) -> None:
    x = ug.asarray(np.array([[1.0, -2.0], [0.0, 3.0]]))
    assert [i.tolist() for i in ug.nonzero(x)] == [[0, 0, 1], [0, 1, 1]]
    assert_values(grad(lambda x: x[ug.nonzero(x > 0)] ** 2, x), [[2.0, 0.0], [0.0, 6.0]])
    assert ug.count_nonzero(x, axis=0).tolist() == [1, 2]
    assert ug.count_nonzero(x, axis=(0, 1), keepdims=True).tolist() == [[3]]


def test_searchsorted(backend: Backend) -> None:
    x = np.array([1.0, 2.0, 2.0, 5.0])
    for side in ("left", "right"):
        for y in (np.array([[2.0, 0.0], [5.0, 9.0]]), np.array(2.0)):
            assert (
                ug.searchsorted(ug.asarray(x), ug.asarray(y), side=side).tolist()
                == np.searchsorted(x, y, side).tolist()
            )
    order = np.array([3, 1, 0, 2])
    mixed = np.empty(4)
    mixed[order] = x
    assert ug.searchsorted(ug.asarray(mixed), 2.0, sorter=ug.asarray(order), side="right").tolist() == 3
    assert ug.searchsorted(ug.asarray([1, 3]), 2.5).tolist() == 1


def test_isin(backend: Backend) -> None:
    x = ug.asarray(np.array([[1.0, 2.0], [3.0, nan]]))
    assert ug.isin(x, ug.asarray([2, 3])).tolist() == [[False, True], [True, False]]
    assert ug.isin(x, [2.0], invert=True).tolist() == [[True, False], [True, True]]
    assert ug.isin(x, 3).tolist() == [[False, False], [True, False]]
    assert ug.isin(3, x).tolist() is True
    assert ug.isin(4, x, invert=True).tolist() is True
    assert ug.isin(ug.asarray([1j, 2.0]), ug.asarray([1j])).tolist() == [True, False]
    assert ug.isin(ug.asarray([True, False]), ug.asarray([True])).tolist() == [True, False]
    table = ug.asarray([[1.0, 2.0], [3.0, 4.0]], dtype=ug.float64)
    assert ug.isin(x, table.T).tolist() == [[True, True], [True, False]]
    assert ug.isin(x, ug.broadcast_to(table[0], (2, 2))).tolist() == [[True, True], [False, False]]


def test_diff(backend: Backend) -> None:
    x = np.array([[1.0, 4.0, 9.0], [0.0, 2.0, 7.0]])
    t = ug.asarray(x)
    for options in ({}, {"axis": 0}, {"n": 2}, {"n": 0}, {"n": 3}, {"n": 5}):
        assert ug.diff(t, **options).tolist() == np.diff(x, **options).tolist(), options
    assert ug.diff(t, prepend=t[:, :1], append=0).tolist() == np.diff(x, prepend=x[:, :1], append=0).tolist()
    assert ug.diff(ug.asarray([True, False, False])).tolist() == [True, False]
    assert ug.diff(ug.asarray([3, 1], dtype=ug.uint8)).tolist() == [254]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: ug.sort(x, axis=2), ug.AxisError),
        (lambda x: ug.sort(ug.asarray(1.0)), ug.AxisError),
        (lambda x: ug.sort(x * 1j), ug.DTypeError),
        (lambda x: ug.argsort(x * 1j), ug.DTypeError),
        (lambda x: ug.argsort(x, axis="0"), ug.ShapeError),
        (lambda x: ug.take(x, [0]), ug.ShapeError),
        (lambda x: ug.take(x, [0], axis=2), ug.AxisError),
        (lambda x: ug.take(x, [0.0], axis=1), ug.DTypeError),
        (lambda x: ug.take(x, ug.asarray([True, False]), axis=1), ug.DTypeError),
        (lambda x: ug.take(x, [3], axis=1), ug.OutOfBoundsError),
        (lambda x: ug.take(x, ug.asarray([0, -4]), axis=1), ug.OutOfBoundsError),
        (lambda x: ug.take(x[:, :0], [0], axis=1), ug.OutOfBoundsError),
        (lambda x: ug.take_along_axis(x, ug.asarray([[3], [0]])), ug.OutOfBoundsError),
        (lambda x: ug.take_along_axis(x, ug.asarray([0])), ug.ShapeError),
        (lambda x: ug.take_along_axis(x, ug.asarray([[0], [0], [0]])), ug.ShapeError),
        (lambda x: ug.diff(x, n=-1), ug.ShapeError),
        (lambda x: ug.diff(x, axis=2), ug.AxisError),
        (lambda x: ug.diff(x, prepend=ug.ones((3, 1))), ug.ShapeError),
        (lambda x: ug.nonzero(ug.asarray(1.0)), ug.ShapeError),
        (lambda x: ug.searchsorted(x, x), ug.ShapeError),
        (lambda x: ug.searchsorted(x[0], x, side="middle"), ug.ShapeError),
        (lambda x: ug.searchsorted(x[0], x * 1j), ug.DTypeError),
        (lambda x: ug.unique_values("abc"), ug.DTypeError),
        (lambda x: ug.count_nonzero(x, axis=2), ug.AxisError),
    ],
)
def test_bad_input(backend: Backend, call: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        call(ug.ones((2, 3)))


def test_under_a_compiler() -> None:
    import jax
    import jax.numpy as jnp

    def step(x: Any, index: Any) -> Any:
        x = ug.asarray(x)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.sum(ug.diff(ug.sort(x)) ** 2) + ug.sum(ug.take(x, index) * ug.take_along_axis(x, index))
        return tape.gradient(y, x).raw

    x, index = jnp.asarray([3.0, 1.0, 2.0]), jnp.asarray([0, 0, -1])
    np.testing.assert_allclose(jax.jit(step)(x, index), step(x, index), rtol=1e-12)
    taken = jax.jit(lambda x, i: ug.take(ug.asarray(x), i).raw)(x, jnp.asarray([0, 7]))
    assert repr(taken.tolist()) == "[3.0, nan]"  # nobody can look: a NaN, never a neighbour
    for function in (ug.unique_values, ug.nonzero):
        with pytest.raises(ug.ShapeError, match="not known under a compiler"):
            jax.jit(lambda x, f=function: f(ug.asarray(x)))(x)


def test_raw_arrays_in_raw_arrays_out() -> None:
    x = np.array([2.0, 1.0, 2.0])
    assert type(ug.sort(x)) is np.ndarray
    assert type(ug.unique_all(x).counts) is np.ndarray
    assert type(ug.take(x, [1])) is np.ndarray
    assert type(ug.fft.rfft(x)) is np.ndarray


@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted_among_nans_and_infinities(side):
    x, y = np.array([-np.inf, 0.0, 1.0, np.inf, np.nan, np.nan]), np.array([-1.0, 0.0, 2.0, np.inf, -np.inf, np.nan])
    found = ug.searchsorted(ug.asarray(x), ug.asarray(y), side=side)
    np.testing.assert_array_equal(found.numpy(), np.searchsorted(x, y, side=side))
