"""Padding, quantiles, interpolation, segments and top_k: values as NumPy's, derivatives, ties, and what bad arguments get."""

from typing import Any

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, derivative, grad, native, numeric
from unigrad.backend import Backend
from unigrad.ops.quantiles import METHODS

RNG = np.random.default_rng(11)

# -- pad ---------------------------------------------------------------------------------------------------------------

PADS: list[tuple[tuple[int, ...], Any, dict[str, Any]]] = [
    ((3,), 2, {}),
    ((2, 3), ((1, 2), (0, 1)), {}),
    ((2, 3), (1, 2), {"constant_values": 1.5}),
    ((2, 3), ((1, 2), (2, 1)), {"constant_values": ((1, 2), (3, 4))}),
    ((2, 3), 1, {"constant_values": (1, 2)}),
    ((2, 3), 1, {"constant_values": -np.inf}),
    ((2,), (1, 2), {"constant_values": (np.inf, np.nan)}),
    ((), 2, {}),
    ((0, 2), ((1, 1), (0, 0)), {}),
    ((2, 3), ((0, 0), (0, 0)), {}),
    ((3, 2), ((2, 5), (1, 0)), {"mode": "edge"}),
    ((3, 2), ((2, 5), (1, 0)), {"mode": "reflect"}),
    ((3, 2), ((2, 5), (1, 0)), {"mode": "symmetric"}),
    ((3, 2), ((2, 7), (1, 0)), {"mode": "wrap"}),
    ((1, 2), ((2, 1), (0, 0)), {"mode": "reflect"}),
    ((0, 2), ((0, 0), (1, 0)), {"mode": "edge"}),
]


@pytest.mark.parametrize(("shape", "widths", "options"), PADS)
def test_pad_is_numpys(shape: Any, widths: Any, options: dict[str, Any], backend: Backend) -> None:
    x = RNG.uniform(-1, 1, shape)
    assert_values(ug.pad(ug.asarray(x), widths, **options), np.pad(x, widths, **options))
    assert_values(ug.pad(native(x), widths, **options), np.pad(x, widths, **options))
    if x.size and np.isfinite(options.get("constant_values", 0)).all():
        f = lambda x, p: p(x, widths, **options) ** 2  # noqa: E731
        assert_values(
            grad(lambda x: f(x, ug.pad), ug.asarray(x)), numeric(lambda x: f(x, np.pad), x), rtol=1e-6, atol=1e-8
        )
        forward = np.sum(derivative(lambda x: f(x, ug.pad), ug.asarray(x)).numpy())
        assert_values(forward, np.sum(grad(lambda x: f(x, ug.pad), ug.asarray(x)).numpy()))


def test_pad_keeps_the_dtype_and_the_gradient_of_its_value(backend: Backend) -> None:
    assert ug.pad(ug.asarray([1, 2]), 1).tolist() == [0, 1, 2, 0]
    assert ug.pad(ug.asarray(np.array([1.0]), dtype=ug.float32), 1, constant_values=2).dtype == ug.float32
    assert ug.pad(ug.asarray(np.array([1j])), 1).tolist() == [0j, 1j, 0j]
    assert ug.pad(ug.asarray([True]), 1, constant_values=True).tolist() == [True, True, True]
    assert ug.pad(ug.asarray([1]), 1, constant_values=2.5).tolist() == [2, 1, 2]  # as NumPy casts
    with pytest.raises(ug.DTypeError, match="does not fit"):
        ug.pad(ug.asarray([1.0]), 1, constant_values=1j)
    value = ug.asarray(np.array(3.0))
    assert_values(grad(lambda v: ug.pad(ug.asarray([1.0, 2.0]), (1, 2), constant_values=v), value), 3.0)


# -- quantiles ---------------------------------------------------------------------------------------------------------

FRACTIONS = [0.0, 0.05, 0.1, 0.25, 0.3, 0.5, 0.625, 0.75, 0.9, 1.0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 10])
def test_quantile_is_numpys(method: str, n: int) -> None:
    x = RNG.uniform(-1, 1, (n, 2))
    with ug.use_backend("numpy"):
        out = ug.quantile(ug.asarray(x), FRACTIONS, axis=0, method=method)
    assert_values(out, np.quantile(x, FRACTIONS, axis=0, method=method))


@pytest.mark.parametrize(
    "options", [{}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}, {"axis": (2, 0), "keepdims": True}]
)
def test_axes_of_quantiles(options: dict[str, Any], backend: Backend) -> None:
    x = RNG.uniform(-1, 1, (2, 3, 4))
    for ours, theirs in (
        (lambda x: ug.median(x, **options), lambda x: np.median(x, **options)),
        (lambda x: ug.quantile(x, 0.4, **options), lambda x: np.quantile(x, 0.4, **options)),
        (lambda x: ug.quantile(x, [[0.1, 0.7]], **options), lambda x: np.quantile(x, [[0.1, 0.7]], **options)),
        (lambda x: ug.percentile(x, 40, **options), lambda x: np.percentile(x, 40, **options)),
    ):
        out = ours(ug.asarray(x))
        assert out.shape == theirs(x).shape
        assert_values(out, theirs(x))
        if backend.name == "numpy":
            want = numeric(lambda x, f=theirs: f(x) ** 2, x)
            assert_values(grad(lambda x, f=ours: f(x) ** 2, ug.asarray(x)), want, rtol=1e-6, atol=1e-8)


def test_ties_and_nan_of_quantiles(backend: Backend) -> None:
    x = ug.asarray(np.array([[3.0, 1.0, 1.0, 1.0], [1.0, np.nan, 2.0, 3.0]]))
    f = lambda x: ug.quantile(x, 0.25, axis=1)  # noqa: E731
    assert_values(f(x), [1.0, np.nan])
    assert_values(grad(f, x), [[0, 1 / 3, 1 / 3, 1 / 3], [np.nan] * 4])
    assert_values(derivative(f, x), [1.0, np.nan])
    assert_values(grad(lambda x: grad(lambda x: ug.median(x) ** 2, x), x[0]), [0, 2 / 3, 2 / 3, 2 / 3])
    zero = grad(lambda x: ug.where(ug.asarray([True, False]), ug.median(x, axis=1), 0.0), x)
    assert_values(zero, [[0, 1 / 3, 1 / 3, 1 / 3], [0, 0, 0, 0]])


def test_quantiles_of_integers_and_small_floats(backend: Backend) -> None:
    assert_values(ug.median(ug.asarray([4, 1, 2])), 2.0)
    for dtype in (ug.float32, ug.float16, ug.bfloat16):
        assert ug.quantile(ug.asarray(np.array([1.0, 2.0]), dtype=dtype), 0.5).dtype == dtype


# -- interp ------------------------------------------------------------------------------------------------------------

KNOTS, LEVELS = np.array([-1.0, 0.5, 1.0, 3.0]), np.array([2.0, -1.0, 0.0, 5.0])
AT = np.array([[-2.0, -0.3, 0.7], [0.9, 2.9, 4.0]])


@pytest.mark.parametrize(
    "options", [{}, {"left": -7.0}, {"right": 9.0}, {"left": 1.0, "right": 2.0}, {"period": 4.5}, {"period": -4.5}]
)
def test_interp_is_numpys(options: dict[str, Any], backend: Backend) -> None:
    assert_values(ug.interp(ug.asarray(AT), KNOTS, LEVELS, **options), np.interp(AT, KNOTS, LEVELS, **options))
    arguments = [AT, KNOTS, LEVELS]
    for i in range(3):

        def f(x: Any, function: Any, i: int = i) -> Any:
            return function(*arguments[:i], x, *arguments[i + 1 :], **options) ** 2

        want = numeric(lambda x, f=f: f(x, np.interp), arguments[i])
        x = ug.asarray(arguments[i])
        assert_values(grad(lambda x, f=f: f(x, ug.interp), x), want, rtol=1e-6, atol=1e-7)
        assert_values(np.sum(derivative(lambda x, f=f: f(x, ug.interp), x).numpy()), want.sum(), rtol=1e-6, atol=1e-7)


def test_interp_at_knots_at_nan_and_with_one_point(backend: Backend) -> None:
    assert_values(ug.interp(ug.asarray(KNOTS), KNOTS, LEVELS), LEVELS)
    slopes = np.diff(LEVELS) / np.diff(KNOTS)
    means = (np.array([0, *slopes]) + np.array([*slopes, 0])) / 2
    assert_values(grad(lambda x: ug.interp(x, KNOTS, LEVELS), ug.asarray(KNOTS)), means)
    assert_values(ug.interp(ug.asarray(np.array([np.nan, 0.5])), KNOTS, LEVELS), [np.nan, -1.0])
    assert_values(ug.interp(ug.asarray(np.array([0.0, 5.0])), [1.0], [4.0], left=2.0), [2.0, 4.0])
    assert_values(ug.interp(0.75, KNOTS, ug.asarray(LEVELS)), np.interp(0.75, KNOTS, LEVELS))
    second = grad(lambda x: grad(lambda x: ug.interp(x, KNOTS, LEVELS) ** 2, x), ug.asarray(np.array([0.7])))
    assert_values(second, [2 * slopes[1] ** 2])


def test_arrays_of_numpy_and_lists_come_to_the_others(backend: Backend) -> None:
    with ug.use_backend("torch" if backend.name != "torch" else "numpy"):  # the current backend is another one
        other = ug.asarray(np.array([0.7], dtype=np.float32))
    out = ug.interp(other, [0.0, 1.0], np.array([1.0, 3.0]))
    assert (out.backend.name, out.dtype) == (other.backend.name, ug.float64)
    assert ug.einsum("i,i->i", other, [2.0]).dtype == ug.float32
    assert ug.convolve([2.0, 1.0], other).backend.name == other.backend.name
    assert isinstance(ug.interp(0.5, [0.0, 1.0], [1.0, 3.0]), ug.Tensor)
    assert isinstance(ug.interp(np.array([0.5]), [0.0, 1.0], [1.0, 3.0]), ug.Tensor)


def test_interp_under_jit(backend: Backend) -> None:
    if backend.name == "jax":
        import jax

        f = lambda raw: grad(lambda x: ug.interp(x, KNOTS, LEVELS), ug.asarray(raw)).raw  # noqa: E731
        assert_values(jax.jit(f)(native(AT)), f(native(AT)))


# -- segments ----------------------------------------------------------------------------------------------------------


def test_segments(backend: Backend) -> None:
    x = np.array([[1.0, 5.0], [2.0, -1.0], [4.0, 5.0], [8.0, 0.5]])
    ids = [2, 0, 2, 2]
    t = ug.asarray(x)
    assert ug.segment_sum(t, ids).tolist() == [[2.0, -1.0], [0.0, 0.0], [13.0, 10.5]]
    assert ug.segment_sum(t, ug.asarray(ids), 4).shape == (4, 2)
    assert ug.segment_mean(t, np.array(ids)).tolist() == [[2.0, -1.0], [0.0, 0.0], [13 / 3, 3.5]]
    assert ug.segment_max(t, ids).tolist() == [[2.0, -1.0], [-np.inf, -np.inf], [8.0, 5.0]]
    weights = np.array([[1.0], [10.0], [100.0]])
    assert_values(grad(lambda t: ug.segment_sum(t, ids) * weights, t), [[100, 100], [1, 1], [100, 100], [100, 100]])
    assert_values(
        grad(lambda t: ug.segment_mean(t, ids) * weights * 3, t), [[100, 100], [3, 3], [100, 100], [100, 100]]
    )
    keep = np.array([[True], [False], [True]])
    f = lambda t: ug.where(keep, ug.segment_max(t, ids), 0.0) * weights  # noqa: E731
    assert_values(grad(f, t), [[0, 50], [1, 1], [0, 50], [100, 0]])
    assert_values(derivative(f, t), [[1, 1], [0, 0], [100, 100]])
    assert ug.segment_sum(ug.asarray([1, 2, 3]), [0, 0, 1]).tolist() == [3, 3]
    assert ug.segment_sum(ug.zeros((0, 2)), ug.zeros((0,), dtype=ug.int64), 2).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_segments_under_jit(backend: Backend) -> None:
    if backend.name == "jax":
        import jax

        def f(raw: Any, ids: Any) -> Any:
            return grad(lambda x: ug.segment_sum(x, ids, 3) ** 2, ug.asarray(raw)).raw

        assert_values(jax.jit(f)(native([1.0, 2.0, 4.0]), native([2, 0, 2])), [10.0, 4.0, 10.0])
        with pytest.raises(ug.ShapeError, match="num_segments"):
            jax.jit(lambda ids: ug.segment_sum(ug.asarray([1.0]), ids).raw)(native([0]))


# -- top_k -------------------------------------------------------------------------------------------------------------


def test_top_k(backend: Backend) -> None:
    x = ug.asarray(np.array([[3.0, 1.0, 3.0, 2.0], [np.nan, 0.0, 5.0, -1.0]]))
    values, at = ug.top_k(x, 3)
    assert_values(values, [[3, 3, 2], [np.nan, 5, 0]])
    assert at.tolist() == [[0, 2, 3], [0, 2, 1]]
    low, at = ug.top_k(x, 2, largest=False)
    assert_values(low, [[1, 2], [-1, 0]])
    assert at.tolist() == [[1, 3], [3, 1]]
    down, at = ug.top_k(x[:1], 1, axis=0)
    assert down.shape == (1, 4)
    assert at.tolist() == [[0, 0, 0, 0]]
    f = lambda x: ug.top_k(x, 2)[0] * ug.asarray(np.array([1.0, 10.0]))  # noqa: E731
    assert_values(grad(f, x[0]), [1, 0, 10, 0])
    assert_values(derivative(f, x[0]), [1, 10])
    assert_values(grad(lambda x: grad(lambda x: ug.top_k(x, 2)[0] ** 3, x), x[0]), [18, 0, 18, 0])
    cube = ug.asarray(RNG.uniform(-1, 1, (2, 3, 4)))
    assert_values(ug.top_k(cube, 2, axis=1)[0], -np.sort(-cube.numpy(), axis=1)[:, :2])
    assert ug.top_k(cube, 0)[0].shape == (2, 3, 0)
    assert ug.top_k(ug.asarray([3, 1, 2]), 2)[0].tolist() == [3, 2]


# -- what bad arguments get --------------------------------------------------------------------------------------------

X = np.ones((2, 3))
BAD: list[tuple[Any, type[Exception], str]] = [
    (lambda: ug.pad(X, -1), ug.ShapeError, "not negative"),
    (lambda: ug.pad(X, ((1, 1), (1, 1), (1, 1))), ug.ShapeError, "2 dimensions"),
    (lambda: ug.pad(X, 1.5), ug.ShapeError, "int"),
    (lambda: ug.pad(X, 1, mode="mean"), ug.ShapeError, "mean"),
    (lambda: ug.pad(np.ones((0, 2)), 1, mode="edge"), ug.ShapeError, "no element"),
    (lambda: ug.quantile(X, 1.1), ug.ShapeError, "between 0 and 1"),
    (lambda: ug.percentile(X, -1), ug.ShapeError, "between 0 and 100"),
    (lambda: ug.quantile(X, float("nan")), ug.ShapeError, "between"),
    (lambda: ug.quantile(X, []), ug.ShapeError, "empty"),
    (lambda: ug.quantile(X, 0.5j), ug.DTypeError, "real number"),
    (lambda: ug.percentile(X, ug.asarray([50j])), ug.DTypeError, "real number"),
    (lambda: ug.quantile(X, 0.5, method="best"), ug.ShapeError, "best"),
    (lambda: ug.quantile(X, 0.5, axis=2), ug.ShapeError, "axis 2"),
    (lambda: ug.median(X * 1j), ug.DTypeError, "complex"),
    (lambda: ug.median(np.ones((0,))), ug.ShapeError, "no element"),
    (lambda: ug.interp(X, [0.0, 1.0], [1.0]), ug.ShapeError, "one length"),
    (lambda: ug.interp(X, [], []), ug.ShapeError, "not empty"),
    (lambda: ug.interp(X, [0.0, 1.0], [1.0, 2.0], period=0), ug.ShapeError, "period"),
    (lambda: ug.interp(X * 1j, [0.0, 1.0], [1.0, 2.0]), ug.DTypeError, "real"),
    (lambda: ug.segment_sum(X, [0, 2], 2), ug.OutOfBoundsError, "segment 2"),
    (lambda: ug.segment_sum(X, [0, -1]), ug.OutOfBoundsError, "segment -1"),
    (lambda: ug.segment_sum(X, [0.0, 1.0]), ug.DTypeError, "integers"),
    (lambda: ug.segment_sum(X, [0, 1, 2]), ug.ShapeError, "first axis"),
    (lambda: ug.segment_max(X.astype(int), [0, 1]), ug.DTypeError, "int64"),
    (lambda: ug.top_k(X, 4), ug.ShapeError, "4 of the 3"),
    (lambda: ug.top_k(X, -1), ug.ShapeError, "-1"),
    (lambda: ug.top_k(X, 1.5), ug.ShapeError, "int"),
    (lambda: ug.top_k(X, 1, axis=2), ug.ShapeError, "axis 2"),
    (lambda: ug.top_k(X * 1j, 1), ug.DTypeError, "complex"),
    (lambda: ug.top_k(np.array(1.0), 1), ug.ShapeError, "axis"),
]


@pytest.mark.parametrize(("call", "error", "told"), BAD)
def test_bad_arguments(call: Any, error: type[Exception], told: str, backend: Backend) -> None:
    with pytest.raises(error, match=told):
        call()


# -- the derivative along q --------------------------------------------------------------------------------------------

DATA = np.array([[3.0, -1.0, 0.5, 2.0, 7.0], [1.0, 4.0, 9.0, 16.0, 25.0]])
INSIDE = np.array([[0.07, 0.31], [0.55, 0.83]])


@pytest.mark.parametrize("method", METHODS)
def test_the_derivative_along_the_fraction(method: str, backend: Backend) -> None:
    def f(q: Any, function: Any, scale: float = 1.0) -> Any:
        return function(DATA if function in (np.quantile, np.percentile) else X5, q * scale, axis=1, method=method) ** 2

    X5 = ug.asarray(DATA)
    q = ug.asarray(INSIDE)
    want = numeric(lambda q: f(q, np.quantile), INSIDE)
    assert_values(f(q, ug.quantile), f(INSIDE, np.quantile))
    assert_values(grad(lambda q: f(q, ug.quantile), q), want, rtol=1e-6, atol=1e-6)
    assert_values(derivative(lambda q: ug.sum(f(q, ug.quantile)), q), want.sum(), rtol=1e-6, atol=1e-6)
    assert_values(grad(lambda q: f(q, ug.percentile, 100), q), want, rtol=1e-6, atol=1e-6)
    smooth = method in ("linear", "weibull", "hazen", "median_unbiased", "normal_unbiased", "interpolated_inverted_cdf")
    assert np.any(want != 0) == smooth


def test_the_derivative_along_the_fraction_at_places_and_ends(backend: Backend) -> None:
    x = ug.asarray([0.0, 1.0, 3.0, 7.0], dtype=ug.float64)
    q = ug.asarray([0.0, 1 / 3, 0.5, 1.0], dtype=ug.float64)
    assert_values(grad(lambda q: ug.quantile(x, q), q), [3.0, 4.5, 6.0, 12.0])  # the mean of 3 and 6 at an element
    assert_values(grad(lambda q: ug.quantile(x, q, method="weibull"), q)[0], 0.0)  # it does not move there
    one = ug.asarray([2.0], dtype=ug.float64)
    assert_values(grad(lambda q: ug.quantile(one, q), ug.asarray(0.3, dtype=ug.float64)), 0.0)
    assert_values(ug.quantile(ug.asarray([1.0, np.inf, np.inf], dtype=ug.float64), q[2]), np.inf)
    with ug.GradientTape() as tape:
        tape.watch(q)
        out = ug.quantile(ug.asarray([1.0, 2.0, np.inf], dtype=ug.float64), q[:1])
    assert_values(out, [1.0])


def test_the_mixed_derivative_of_a_quantile(backend: Backend) -> None:
    x, q = ug.asarray([0.0, 1.0, 3.0, 7.0], dtype=ug.float64), ug.asarray(0.5, dtype=ug.float64)
    with ug.GradientTape() as outer:
        outer.watch([x, q])
        with ug.GradientTape() as tape:
            tape.watch(q)
            y = ug.quantile(x, q)
        slope = tape.gradient(y, q)
    assert_values(slope, 6.0)
    assert_values(outer.gradient(slope, x), [0, -3.0, 3.0, 0])
    low = ug.asarray(0.5, dtype=ug.float32)
    assert grad(lambda q: ug.quantile(x, q), low).dtype == ug.float32
    assert ug.quantile(ug.asarray([1.0, 2.0], dtype=ug.float32), q).dtype == ug.float32
