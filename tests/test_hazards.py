"""The measured table has a hazard for each of its points; what they do not say of connectivity, indices and dtypes."""

import warnings

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import derivative, grad
from unigrad.backend import Backend
from unigrad_conformance.hazards.table import POINTS
from unigrad_conformance.points import CHAPTERS, HAZARDS, hazards


def test_each_point_of_the_measured_table_is_a_hazard() -> None:
    assert {chapter: tuple(h.name for h in points) for chapter, points in CHAPTERS.items()} == POINTS
    assert sum(map(len, POINTS.values())) == 262
    assert all(h.chapter == chapter for chapter, points in CHAPTERS.items() for h in points)
    labels = [h.label for h in HAZARDS]
    assert len(set(labels)) == len(labels)


def test_a_point_is_found_by_chapter_and_name() -> None:
    assert [h.name for h in hazards("A abs at")] == ["abs at -0,0"]
    assert {h.chapter for h in hazards("B pow,I d2 pow")} == {"B", "I"}


def array(*values: float) -> ug.Tensor:
    """A vector of float64."""
    return ug.asarray(np.array(values))


def test_a_source_without_path_is_none_or_zeros(backend: Backend) -> None:
    x, y = array(2.0), array(3.0)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        out = x * 2
    gx, gy = tape.gradient(out, [x, y])
    assert gx.tolist() == [2.0]
    assert gy is None
    assert tape.gradient(out, y, unconnected_gradients="zero").tolist() == [0.0]


def test_a_constant_and_a_shape_are_no_path(backend: Backend) -> None:
    x = array(2.0, 1.0)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        constant, shape = array(5.0) * 2, ug.ones(1) * x.shape[0]
    assert tape.gradient(constant, x) is None
    assert tape.gradient(shape, x) is None


def test_a_step_is_a_path(backend: Backend) -> None:
    x = array(2.0, 1.0)
    for step in (ug.floor, ug.ceil, ug.round, ug.trunc, ug.sign, ug.zeros_like, ug.ones_like, lambda x: x > 1):
        with ug.GradientTape() as tape:
            tape.watch(x)
            out = step(x)
        assert tape.gradient(out, x).tolist() == [0.0, 0.0]


def test_of_two_writes_to_one_element_the_last_has_the_gradient(backend: Backend) -> None:
    x, v = array(1.0, 2.0), array(5.0, 7.0)
    with ug.GradientTape() as tape:
        tape.watch([x, v])
        out = x.at[[0, 0]].set(v)
    gx, gv = tape.gradient(out, [x, v])
    assert out.tolist() == [7.0, 2.0]
    assert gx.tolist() == [0.0, 1.0]
    assert gv.tolist() == [0.0, 1.0]
    with ug.ForwardAccumulator(v, ug.ones_like(v)) as acc:
        out = x.at[[0, 0]].set(v)
    assert acc.jvp(out).tolist() == [1.0, 0.0]


def test_an_index_out_of_bounds_is_an_error(backend: Backend) -> None:
    x = array(1.0, 2.0, 3.0)
    with pytest.raises(ug.OutOfBoundsError):
        x[5]
    with pytest.raises(ug.OutOfBoundsError):
        x[[0, 5]]
    with pytest.raises(ug.OutOfBoundsError):
        x[ug.asarray([0, 5])]


def test_the_largest_of_nothing_is_an_error(backend: Backend) -> None:
    with pytest.raises(ug.ShapeError):
        ug.max(ug.zeros((0,)))


def test_a_number_takes_the_arrays_dtype(backend: Backend) -> None:
    for dtype in (ug.float16, ug.bfloat16, ug.float32, ug.float64):
        x = ug.asarray(np.array([1.0, 2.0]), dtype=dtype)
        for out in (
            x * 2.0,
            2.0 * x,
            x + 1,
            x / 3,
            x**2,
            x**0.5,
            ug.maximum(x, 0.0),
            x @ x,
            ug.mean(x),
            ug.where(x > 1, x, 0.0),
        ):
            assert out.dtype == dtype, (dtype, out)
        with ug.ForwardAccumulator(x, ug.ones_like(x)) as acc:
            out = ug.sqrt(x) / 2.0 + ug.max(x) + ug.std(x)
        assert acc.jvp(out).dtype == dtype


def test_a_gradient_has_its_sources_dtype(backend: Backend) -> None:
    x, y = ug.asarray([3.0], dtype=ug.float32), ug.asarray([2.0], dtype=ug.float64)
    z = ug.asarray([1 + 2j], dtype=ug.complex128)
    with ug.GradientTape() as tape:
        tape.watch([x, y, z])
        out = ug.real(x * y * z)
    assert [g.dtype.name for g in tape.gradient(out, [x, y, z])] == ["float32", "float64", "complex128"]


def test_a_zero_cotangent_absorbs_in_reductions(backend: Backend) -> None:
    x = array(float("nan"), 1.0)
    for reduction in (ug.max, ug.min):
        with ug.GradientTape() as tape:
            tape.watch(x)
            out = ug.where(ug.asarray([True, False]), 1.0, reduction(x)) * array(1.0, 0.0)
        assert tape.gradient(out, x).tolist() == [0.0, 0.0]


def test_of_nothing_the_mean_does_not_change(backend: Backend) -> None:
    for f in (ug.mean, ug.var, ug.std):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            slope = derivative(f, ug.zeros((0,)))
            slopes = derivative(lambda x, f=f: f(x, axis=0, keepdims=True), ug.zeros((0, 2)))
        assert slope.tolist() == 0.0
        assert slopes.tolist() == [[0.0, 0.0]]


def test_a_zero_factor_absorbs_from_either_end(backend: Backend) -> None:
    w = array(0.0, 1.0)
    for f, want in (
        (lambda x: ug.sqrt(x) ** 2, [0.0, 1.0]),
        (lambda x: ug.sqrt(x * x), [0.0, 1.0]),
        (lambda x: w * ug.sqrt(x), [0.0, 0.25]),
        (lambda x: ug.matmul(w, ug.sqrt(x)), [0.0, 0.25]),
        (lambda x: ug.einsum("i,i->", w, ug.sqrt(x)), [0.0, 0.25]),
        (lambda x: ug.sqrt(ug.matmul(ug.reshape(w, (2, 1)), ug.reshape(x, (1, 2)))[:, 1]), [0.0, 0.25]),
        (lambda x: ug.where(x >= 0, x, (x + 1) * float("inf")), [1.0, 1.0]),
    ):
        x = array(0.0, 4.0)
        assert grad(f, x).tolist() == want
        assert np.sum(derivative(f, x).numpy()) == np.sum(want)


def test_a_zero_factor_does_not_absorb_a_nan_that_comes_in(backend: Backend) -> None:
    same, w = ug.asarray(np.eye(2)), ug.asarray(np.zeros((2, 2)))
    vectors = lambda x: ug.linalg.eigh(x)[1]  # noqa: E731
    assert np.isnan(derivative(lambda x: vectors(x) * w, same).numpy()).any()
    assert np.isnan(derivative(lambda x: ug.matmul(w, vectors(x)), same).numpy()).any()
