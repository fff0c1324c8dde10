"""NumPy's ufuncs and SciPy's special functions at the special values of floating numbers: theirs, on every backend."""

from functools import partial

import numpy as np
import pytest
import scipy.special

import unigrad as ug
from tests.helpers import backend_name, grad
from unigrad.nn import functional

pytestmark = [pytest.mark.usefixtures("double"), pytest.mark.filterwarnings("ignore::RuntimeWarning")]

inf, nan = np.inf, np.nan
#: no denormals: XLA takes them for zeros
SPECIAL = np.array(
    [-inf, -1e300, -2.5, -2.0, -1.0, -0.5, -1e-300, -0.0, 0.0, 1e-300, 0.5, 1.0, 1.5, 2.0, 3.0, 1e300, inf, nan]
)
LEFT, RIGHT = (grid.ravel() for grid in np.meshgrid(SPECIAL, SPECIAL))
UFUNCS = sorted({u.__name__ for u in vars(np).values() if isinstance(u, np.ufunc) and u.signature is None})

#: where a library's own value is another: (backend, ufunc) and why
DIFFERS = {
    ("torch", name): "the quotient overflows, and torch takes it from there"
    for name in ("divmod", "fmod", "remainder")
}  # fmt: skip


@pytest.mark.parametrize("name", UFUNCS)
def test_special_values(name):
    ufunc = getattr(np, name)
    operands = (SPECIAL,) if ufunc.nin == 1 else (LEFT, RIGHT)
    try:
        expected = ufunc(*operands)
    except TypeError:
        with pytest.raises(TypeError):
            ufunc(*map(ug.asarray, operands))
        return
    usual = np.ones(operands[0].shape, bool)
    if (backend_name(), name) in DIFFERS:
        usual = ~(np.abs(operands[0] / operands[1]) == inf)
    found = ufunc(*map(ug.asarray, operands))
    for f, e in zip(*(r if isinstance(r, tuple) else (r,) for r in (found, expected)), strict=True):
        f = f.numpy()
        assert f.dtype == e.dtype
        np.testing.assert_allclose(f[usual], e[usual], rtol=1e-12, atol=0.0)


#: far out and near zero too, for functions of one number
FAR = np.concatenate([SPECIAL, [-1e5, -700.0, -20.5, -1e-8, 1e-8, 37.0, 171.0, 700.0, 1e5, 1e15]])
PEERS = {"sinc": np.sinc, "softplus": lambda x: np.logaddexp(0, x)}
OF_ONE = sorted(
    set(ug.special.__all__)
    - {"polygamma", "gammainc", "gammaincc", "log_softmax", "logsumexp", "softmax", "rel_entr", "xlog1py", "xlogy"}
)


@pytest.mark.parametrize("name", OF_ONE)
def test_special_functions_at_special_values(name):
    x = FAR[1:] if name == "gammaln" else FAR  # at -inf SciPy's is -inf, and C's inf
    expected = PEERS.get(name, getattr(scipy.special, name, None))(x)
    found = getattr(ug.special, name)(ug.asarray(x)).numpy()
    # a zero of gammaln, where XLA's rounds
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-14 if name == "gammaln" else 1e-290)


@pytest.mark.parametrize("name", ["rel_entr", "xlog1py", "xlogy"])
def test_special_functions_of_two_numbers_at_special_values(name):
    found = getattr(ug.special, name)(ug.asarray(LEFT), ug.asarray(RIGHT)).numpy()
    np.testing.assert_allclose(found, getattr(scipy.special, name)(LEFT, RIGHT), rtol=1e-9, atol=1e-290)


@pytest.mark.parametrize("name", ["cholesky", "eigh", "eigvalsh"])
def test_the_triangle_that_is_read(name):
    half = np.triu(np.array([[4.0, 1.0, 0.5], [0.0, 3.0, 0.2], [0.0, 0.0, 5.0]]))
    lower, upper = ({"upper": False}, {"upper": True}) if name == "cholesky" else ({"UPLO": "L"}, {"UPLO": "U"})
    for matrix, options in ((half.T, lower), (half, upper)):
        call = getattr(np.linalg, name)
        found, expected = (call(a, **options) for a in (ug.asarray(matrix), matrix))
        np.testing.assert_allclose(
            (found[0] if name == "eigh" else found).numpy(), expected[0] if name == "eigh" else expected
        )


def test_relu_of_infinities_on_any_namespace():
    from unigrad.backend import load
    from unigrad.kernels import DERIVED

    backend = load(backend_name())
    x = backend.asarray(np.array([-inf, -1.0, 0.0, 2.0, inf, nan]), None, None, True)
    np.testing.assert_array_equal(backend.to_numpy(DERIVED["relu"](backend)(x)), [0.0, 0.0, 0.0, 2.0, inf, nan])


def test_rint_of_integers_is_floating():
    assert np.rint(ug.asarray(np.array([1, 2]))).dtype.kind == "f"


KNOTS = [0.0, 1.0, 2.0], [0.0, 3.0, 4.0]
#: functions with ties and kinks, by NumPy's name and by ours
KINKED = {
    "median": (np.median, ug.median),
    "nanmedian": (np.nanmedian, ug.median),
    "quantile": (lambda x: np.quantile(x, [0.25, 0.5]), lambda x: ug.quantile(x, [0.25, 0.5])),
    "nanpercentile": (lambda x: np.nanpercentile(x, 50, axis=0), lambda x: ug.quantile(x, 0.5, axis=0)),
    "interp": (lambda x: np.interp(x, *KNOTS), lambda x: ug.interp(x, *KNOTS)),
    "unique": (np.unique, ug.unique_values),
    "sort": (np.sort, ug.sort),
    "max": (np.max, ug.max),
    "norm": (np.linalg.norm, ug.linalg.vector_norm),
}  # fmt: skip


@pytest.mark.parametrize("name", KINKED)
def test_the_same_convention_at_ties_by_either_name(name):
    x = ug.asarray(np.array([1.0, 1.0, 0.0, 2.0, 2.0]))
    ours, theirs = (grad(f, x).numpy() for f in KINKED[name])
    np.testing.assert_array_equal(ours, theirs)


def test_interp_at_one_knot_and_beyond():
    x = np.array([-inf, 0.5, 1.0, inf])
    for points in (([1.0], [2.0]), ([0.0, 1.0], [2.0, 5.0])):
        np.testing.assert_array_equal(ug.interp(ug.asarray(x), *points).numpy(), np.interp(x, *points))


@pytest.mark.parametrize("number", [1, 1.0, True, 0, inf, -inf, nan, 2**40], ids=str)
@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_the_kink_at_a_python_number(name, number):
    x, f = ug.asarray(np.array([0.5, 1.0, 2.0])), getattr(np, name)
    over = np.heaviside(x.numpy() - float(number), 0.5)
    for g in (grad(lambda t: f(t, number), x), grad(lambda t: f(number, t), x)):
        np.testing.assert_array_equal(g.numpy(), over if name == "maximum" else 1 - over)


@pytest.mark.parametrize("zero", [0, 0.0, -0.0, False], ids=str)
def test_the_slope_of_a_quotient_by_the_number_zero(zero):
    x = ug.asarray(np.array([1.0, -2.0]))
    slope = np.copysign(inf, zero)
    np.testing.assert_array_equal((x / ug.asarray(np.float64(zero))).numpy(), (x / zero).numpy())
    np.testing.assert_array_equal(grad(lambda t: t / zero, x).numpy(), [slope, slope])
    assert grad(lambda t: ug.sum(t[:0]) / zero, x).numpy().tolist() == [0.0, 0.0]
    assert np.isnan(grad(lambda t: ug.real((1j * t) / 0j), x).numpy()).all()


@pytest.mark.parametrize("part", [np.real, np.imag])
@pytest.mark.parametrize("name", ["arcsin", "arccos", "arctanh", "sqrt", "log"])
def test_the_side_of_a_branch_cut_that_the_derivative_is_on(name, part):
    # of seven elements, for PyTorch's vectorised functions and its others disagree about the sign of a zero
    f, x = getattr(np.emath, name), np.linspace(1.2, 3.0, 7) * (1 if name[:3] == "arc" else -1)
    slope = (part(f(x + 1e-6)) - part(f(x - 1e-6))) / 2e-6
    np.testing.assert_allclose(grad(lambda t: part(f(t)), ug.asarray(x)).numpy(), slope, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "z"), [("arcsinh", complex(0, -2)), ("arcsinh", 2j), ("arccosh", -2 + 0j), ("arccosh", 0.5 + 0j)]
)
def test_arcsinh_and_arccosh_beyond_their_branch_cuts(name, z):
    f, outer = getattr(np, name), {"arcsinh": np.cosh, "arccosh": np.sinh}[name]
    found = grad(lambda t: np.real(f(t)), ug.asarray(np.full(5, z))).numpy()
    np.testing.assert_allclose(np.conj(found), np.full(5, 1 / outer(f(z))), rtol=1e-12)


def test_real_lists_beside_complex_numbers():
    a = np.array([0, 1 + 1j, 3 - 1j])
    for f in (
        lambda a: np.interp([0.5, 1.5], [0, 1, 2], a), lambda a: np.polyfit([0, 1, 2], a, 1), lambda a: np.stack([a, [1, 2, 3]]),
    ):  # fmt: skip
        found, expected = f(ug.asarray(a)).numpy(), f(a)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_a_complex_zero_to_the_power_of_zero():
    z = np.array([0, 2j])
    np.testing.assert_allclose(np.vander(ug.asarray(z), 3).numpy(), np.vander(z, 3), atol=1e-14)
    np.testing.assert_allclose(grad(lambda t: np.real(np.vander(t, 3)), ug.asarray(z)).numpy(), [1, 1 - 4j], atol=1e-14)


def test_bools_and_small_integers():
    mask, small = np.array([True, False, True]), np.array([1, 2, 100], dtype=np.int8)
    calls = {
        "diag": np.diag,
        "nan_to_num": np.nan_to_num,
        "vander": np.vander,
        "round": lambda x: np.round(x).astype(bool),
    }
    for name, f in calls.items():
        for x in (mask, small) if name == "vander" else (mask,):
            found, expected = f(ug.asarray(x)).numpy(), f(x)
            assert found.dtype == expected.dtype, name
            np.testing.assert_array_equal(found, expected, err_msg=name)


def test_quantiles_of_no_rows():
    t = ug.zeros((0, 3))
    assert np.nanmedian(t, axis=1).shape == np.median(t, axis=1).shape == np.nanquantile(t, 0.1, axis=1).shape == (0,)
    assert np.nanquantile(t, [0.1, 0.9], axis=1).shape == np.quantile(t, [0.1, 0.9], axis=1).shape == (2, 0)


def test_geomspace_ends_where_it_is_told():
    x = ug.asarray(np.array([0.11, 0.7]))
    for f in (lambda t: np.geomspace(t, 1.3, 50), lambda t: np.geomspace(1.3, t, 50)):
        found, expected = f(x).numpy(), f(x.numpy())
        np.testing.assert_array_equal(found[[0, -1]], expected[[0, -1]])
        np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert grad(lambda t: np.geomspace(t[0], t[1], 5)[-1], x).tolist() == [0.0, 1.0]


def test_where_a_mask_is_true_first():
    mask = np.array([[False, True, True], [False, False, True]])
    t = ug.asarray(mask)
    for options in ({}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"keepdims": True}):
        for f in (np.argmax, np.argmin):
            np.testing.assert_array_equal(f(t, **options).numpy(), f(mask, **options))
    np.testing.assert_array_equal(np.count_nonzero(t, axis=()).numpy(), np.count_nonzero(mask, axis=()))


ONE_AXIS = {
    "cumsum": np.cumsum, "nancumprod": np.nancumprod, "argmax": np.argmax, "sort": np.sort,
    "diff": lambda t, axis: np.diff(t, axis=axis), "accumulate": lambda t, axis: np.add.accumulate(t, axis=axis),
    "concatenate": lambda t, axis: np.concatenate([t, t], axis=axis), "softmax": ug.special.softmax,
    "cumulative_sum": ug.cumulative_sum,
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_AXIS)
def test_an_op_of_one_axis_takes_no_more(name):
    for axis in ((0, 1), (0,), ()):
        with pytest.raises(ug.UnigradError, match="an axis is an int"):
            ONE_AXIS[name](ug.ones((2, 3)), axis=axis)
    with pytest.raises(ug.UnigradError, match="an axis is an int"):
        ug.special.softmax(ug.ones((2, 3)), axis=None)


@pytest.mark.parametrize("name", ["logaddexp2", "heaviside"])
@pytest.mark.parametrize("narrow", [np.bool_, np.int8, np.int64])
def test_integers_beside_float32(name, narrow):
    x, n = ug.asarray(np.float32([0.5, -1.0])), np.array([1, 0], dtype=narrow)
    for result in (getattr(np, name)(x, n), getattr(np, name)(n, x)):
        assert result.dtype == np.float32


@pytest.mark.parametrize("n", [9, 1000, 9002])
@pytest.mark.parametrize("name", ["max", "min"])
def test_a_nan_among_many_numbers(name, n):
    x = np.append(np.arange(n - 1.0), nan)
    t = ug.asarray(np.stack([x, x[::-1], np.arange(float(n))]))
    np.testing.assert_array_equal(getattr(ug, name)(t, axis=1).numpy(), getattr(np, name)(t.numpy(), axis=1))
    assert np.isnan(getattr(ug, name)(t).item())
    assert np.isnan(grad(lambda t: getattr(ug, name)(t, axis=1), t).numpy()[:2]).all()


NO_AXES = [
    "sum", "prod", "max", "min", "all", "any", "ptp", "argmax", "argmin", "argsort", "cumsum", "cumprod", "cumulative_sum",
    "count_nonzero", "squeeze", "nansum", "nanprod", "nancumsum", "nanmax", "nanargmin", "nanmean", "nanvar", "argpartition",
    "repeat", "take", "add.reduce", "logaddexp.reduce",
]  # fmt: skip


@pytest.mark.parametrize("name", [n for n in NO_AXES if hasattr(np, n.split(".")[0])])
def test_an_array_without_axes_is_reduced_along_the_first_and_last(name):
    f = np
    for part in name.split("."):
        f = getattr(f, part)
    more = {"repeat": (3,), "take": (0,), "argpartition": (0,)}.get(name, ())
    for axis in (0, -1):
        found, expected = (f(x, *more, axis=axis) for x in (ug.asarray(2.0), np.asarray(2.0)))
        assert found.shape == np.shape(expected)
        np.testing.assert_array_equal(found.numpy(), expected)
    with pytest.raises(IndexError):
        f(ug.asarray(2.0), *more, axis=1)
    if found.dtype.kind == "f" and not name.startswith("count"):
        slope = 0 if name in ("ptp", "nanvar") else 3 if name == "repeat" else 1
        assert float(grad(lambda t: f(t, *more, axis=-1).sum(), ug.asarray(2.0))) == slope
    with pytest.raises(IndexError):
        ug.sum(ug.asarray(2.0), axis=0)  # the standard's own is strict


def test_resize_of_nothing_is_zeros():
    for x, shape in ((np.zeros((0, 2)), 3), (np.zeros(0, np.int8), (2, 2)), (np.zeros(0, bool), (0, 3))):
        found, expected = np.resize(ug.asarray(x), shape).numpy(), np.resize(x, shape)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    assert grad(lambda t: np.resize(t, 3).sum(), ug.zeros((0, 2))).shape == (0, 2)


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.int64])
@pytest.mark.parametrize("n", [-1, 0, 1, 2, 5])
def test_powers_of_a_matrix_of_integers_are_integers(n, dtype):
    m = np.array([[1, 0, 1], [1, 1, 0], [0, 0, 1]]).astype(dtype)
    if n < 0 and dtype == np.bool_:
        m = m.astype(np.int8)
    found, expected = np.linalg.matrix_power(ug.asarray(m), n).numpy(), np.linalg.matrix_power(m, n)
    assert n < 0 or found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, atol=1e-14)
    with pytest.raises(ValueError, match="square"):
        np.linalg.matrix_power(ug.asarray(m[:2]), n)


def test_bools_in_functions_that_keep_them():
    m = np.array([[True, False], [True, True]])
    for f in (np.abs, np.floor, np.ceil, np.trunc, lambda x: x @ x, lambda x: np.dot(x, x[0]), lambda x: x[0] @ x):
        found, expected = f(ug.asarray(m)).numpy(), f(m)
        assert found.dtype == expected.dtype == bool
        np.testing.assert_array_equal(found, expected)
    ones = ug.ones((1, 256), dtype=bool)
    assert (ones @ ones.mT).all()


def test_integers_divided_by_zero():
    t = ug.asarray(np.array([1, -3]))
    for f in (lambda d: t // d, lambda d: t % d, lambda d: np.divmod(t, d)):
        for zero in (0, ug.zeros(2, dtype=np.int64)):
            if backend_name() == "torch":
                with pytest.raises(ZeroDivisionError, match="floating dtype"):
                    f(zero)
                continue
            found = f(zero)
            for part in found if isinstance(found, tuple) else (found,):
                assert part.tolist() == [0, 0]
                assert part.dtype == t.dtype


@pytest.mark.parametrize(
    ("y", "x"), [(inf, 1.0), (-inf, 0.0), (1.0, inf), (0.0, -inf), (inf, inf), (-inf, inf), (1e308, 1.0)]
)
def test_the_angle_is_flat_at_infinity(y, x):
    y, x = ug.asarray(y), ug.asarray(x)
    for of_y, of_x in (
        ug.grad(np.arctan2, argnums=(0, 1))(y, x),
        (ug.grad(np.arctan2)(y, float(x)), ug.grad(lambda t: np.arctan2(float(y), t))(x)),
    ):
        assert abs(float(of_y)) <= 1e-307
        assert abs(float(of_x)) <= 1e-307
    assert float(ug.grad(ug.grad(lambda t: np.arctan2(t, x)))(y)) == 0
    assert np.isnan(float(ug.grad(np.arctan2)(y, ug.asarray(nan))))


@pytest.mark.parametrize("a", [inf, 1e308, 1e20, 10**300])
def test_the_slope_of_gammainc_of_a_far_order(a):
    if backend_name() == "jax" and a == inf:
        pytest.skip("its own value is NaN")
    x = ug.asarray(np.array([0.0, 2.0, inf]))
    for order in (a, ug.asarray(float(a))):
        for function in (ug.special.gammainc, ug.special.gammaincc):
            assert grad(partial(function, order), x).tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int16, np.int32, np.float32])
@pytest.mark.parametrize("name", ["sum", "prod", "nansum", "cumsum", "cumprod", "add.reduce", "multiply.accumulate"])
def test_a_sum_has_the_dtype_that_it_is_asked_for(name, dtype):
    f = np
    for part in name.split("."):
        f = getattr(f, part)
    x = np.array([1, 3, 100, 7], dtype=np.int8)
    found, expected = (f(v, dtype=dtype) for v in (ug.asarray(x), x))
    assert found.dtype == expected.dtype == dtype
    np.testing.assert_array_equal(found.numpy(), expected)


def test_numbers_that_a_small_dtype_does_not_hold():
    x = np.array([5, 100], dtype=np.int8)
    t = ug.asarray(x)
    np.testing.assert_allclose(np.logaddexp2(t, 300).numpy(), [300, 300])
    assert np.heaviside(300, t).tolist() == [1, 1]
    assert np.heaviside(-300, ug.asarray(x.astype(np.uint8))).tolist() == [0, 0]
    for f in (
        lambda v: np.fmod([300, 1], v),
        lambda v: np.append(v, 300),
        lambda v: np.isin(v, [261, 5]),
        lambda v: np.searchsorted(v, 300),
        lambda v: np.lcm(v, [300, -129]),
    ):
        np.testing.assert_array_equal(f(t).numpy(), f(x))
    assert np.append(t, 7).dtype == np.int8


#: calls where a tensor gave another number, shape or dtype than an ndarray: `a` makes the array
ALIKE = {
    # where only one argument is a tensor
    "out= alone": lambda a: np.ldexp(np.array([1, 3]), np.array([2, 1]), out=a([0.0, 0.0])),
    "out= of numbers": lambda a: np.add(1, 0.5, out=a([0.0, 0.0])),
    "where= of reduce": lambda a: np.add.reduce(np.arange(3.0), where=a([True, False, True])),
    "where= of sum": lambda a: np.sum(np.arange(3.0), where=a([True, False, True])),
    "where= of var": lambda a: np.var(np.arange(3.0), where=a([True, False, True])),
    "obj of insert": lambda a: np.insert(np.arange(3.0), a([1, 2]), 9.0),
    # split by an array of places, and shifts and counts that broadcast
    "split": lambda a: np.split(a([1.0, 2.0, 3.0]), a([1])),
    "roll": lambda a: np.roll(a([1.0, 2.0, 3.0]), (1,), axis=(0, 0)),
    "roll along no axis": lambda a: np.roll(a([1.0, 2.0, 3.0]), (1,), axis=()),
    "several rolls along one axis": lambda a: np.roll(a([[1.0, 2.0, 3.0]]), (1, 1), axis=(1,)),
    "repeat of nothing": lambda a: np.repeat(a(np.zeros((0, 2))), [], axis=0),
    "repeat by a bool": lambda a: np.repeat(a([1.0, 2.0]), True),
    "trim_zeros of a number": lambda a: np.trim_zeros(a(0.0)),
    "bincount of bytes": lambda a: np.bincount(a(np.array([1, 2], np.uint8)), weights=a([-1.0, 2.0])),
    # reductions
    "reduceat of nothing": lambda a: np.add.reduceat(a([[1.0, 2.0]]), [], axis=1),
    "no element, and no result": lambda a: np.subtract.reduce(a(np.zeros((1, 0)))),
    "bits of bools": lambda a: np.bitwise_and.reduce(a([True, False])),
    "bits of unsigned": lambda a: np.bitwise_and.reduce(a(np.array([6, 3], np.uint8))),
    "where= of a fold": lambda a: np.remainder.reduce(a([7.0, 4.0]), initial=-3.0, where=[False, False]),
    "one element of a fold": lambda a: np.arctan2.reduce(a([1])),
    "logical running": lambda a: np.logical_and.accumulate(a([4, 2, 0])),
    "logical running, of floats": lambda a: np.logical_xor.accumulate(a([[0.5, 0.0], [2.0, 3.0]]), axis=1),
    "initial= of ints": lambda a: np.sum(a([1, 2]), initial=2.5),
    "initial= of max": lambda a: np.max(a([1, 2]), initial=2.5, where=[True, False]),
    "initial= of bools": lambda a: np.max(a([False, False]), initial=1),
    # NaNs and infinities that have no part in the result
    "fmax": lambda a: np.fmax(a([1, 2]), a([nan, 3.0])),
    "gradient": lambda a: np.gradient(a([1.0, nan, 3.0, inf, 5.0])),
    "unwrap": lambda a: np.unwrap(a([-inf])),
    "interp at a knot": lambda a: np.interp(a([1.0, 2.0]), a([1.0, 2.0, 3.0]), a([-inf, 5.0, inf])),
    "interp at a jump": lambda a: np.interp(
        a([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0]), a([0.0, 0.0, 1.0, 1.0, 2.0, 2.0]), a([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    ),
    "cond of zeros": lambda a: np.linalg.cond(a(np.zeros((2, 1, 1)))),
    "cond of a singular matrix": lambda a: np.linalg.cond(a(np.array([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]]])), 1),
    # numbers that are whole, or on an edge
    "logspace of ints": lambda a: np.logspace(a(4.0), -1.0, 50, endpoint=False, base=2.0, dtype=int),
    "a single number": lambda a: np.linspace(a(1.0), 4, 1, retstep=True),
    "ramp of ints": lambda a: np.pad(a([-4, 4, -3]), (7, 3), "linear_ramp", end_values=1),
    "histogram of one": lambda a: np.histogram2d(a([0.8327187871019407]), a([5.0])),
    # statistics
    "cov of few": lambda a: np.cov(a([[1.0], [2.0]]), ddof=2),
    "cov of nothing": lambda a: np.cov(a(np.zeros((2, 0)))),
    "cond of no matrices": lambda a: np.linalg.cond(a(np.zeros((0, 2, 2)))),
    # dtypes
    "einsum of bools": lambda a: np.einsum("ij,ik->j", a(np.ones((2, 3), np.int64)), a(np.ones((2, 2), bool))),
    "convolve of bytes": lambda a: np.convolve(a(np.array([200, 100], np.uint8)), [2, 3]),
    "polymul of bytes": lambda a: np.polymul(a(np.array([200, 100], np.uint8)), 3),
    "intersect1d": lambda a: np.intersect1d(a([1, 2]), a([2.0, 3.0])),
    "pinv by an array": lambda a: np.linalg.pinv(
        a(np.array([[[2.0, 1.0]], [[1.0, 3.0]]], np.float32)), rcond=np.array([0.1, 0.2])
    ),
    "var along no axis": lambda a: np.var(a([1.0, 2.0]), axis=(), ddof=1),
    "std along no axis": lambda a: np.std(a([1.0, 2.0]), axis=()),
    # shapes
    "insert of several at one place": lambda a: np.insert(a([1.0, 2.0]), [1], [7.0, 8.0]),
    "insert at one slice": lambda a: np.insert(a(np.ones((2, 2))), slice(1, 2), [[7.0, 8.0], [9.0, 3.0]], axis=0),
    "insert by a mask": lambda a: np.insert(a(np.ones((3, 2, 1))), np.array([False, True]), a([[7.0], [8.0]]), axis=1),
    "out= of heaviside": lambda a: np.heaviside(np.ones(2), np.ones(2), where=a([True, False]), out=a([5.0, 6.0])),
    "polydiv": lambda a: np.polydiv(a([0.0, 3.0]), a([1.5, 2.0, 1.0])),
    "polyfit": lambda a: np.polyfit(a([0.0, 1.0, 2.0]), a([[1.0], [2.0], [4.0]]), 1, cov="unscaled")[1],
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*degrees of freedom:UserWarning")
@pytest.mark.parametrize("call", ALIKE.values(), ids=list(ALIKE))
def test_a_tensor_gives_what_an_ndarray_gives(call):
    found, expected = (call(a) for a in (lambda v: ug.asarray(np.asarray(v)), np.array))
    if not isinstance(expected, list | tuple):
        found, expected = (found,), (expected,)
    assert len(found) == len(expected)
    for f, e in zip(found, map(np.asarray, expected), strict=True):
        assert f.shape == e.shape
        assert f.dtype.kind == e.dtype.kind
        single = f.dtype == np.float32
        np.testing.assert_allclose(f.numpy(), e, rtol=1e-6 if single else 1e-12, atol=1e-14)


@pytest.mark.parametrize("f", [np.remainder, np.floor_divide, np.power, np.fmod, np.maximum, np.minimum])
def test_bools_are_numbers_to_functions_of_two(f):
    bools, ones = np.array([True, False]), np.array([True, True])
    t, one = ug.asarray(bools), ug.asarray(ones)
    for found, expected in ((f(t, one), f(bools, ones)), (f(t, True), f(bools, True)), (f(False, one), f(False, ones))):
        assert (found.dtype.kind == "b") == (expected.dtype.kind == "b")
        assert found.tolist() == expected.tolist()


def test_casting_that_a_python_number_does_not_pass():
    """NumPy's own resolve_dtypes takes the process down there."""
    for options in ({"dtype": "f4", "casting": "equiv"}, {"casting": "no"}):
        for x in ((1.0, 2.0), (1, 2)):
            expected = found = None
            try:
                expected = np.add(np.array(x), 1.5, **options)
            except TypeError as e:
                expected = e
            try:
                found = np.add(ug.asarray(np.array(x)), 1.5, **options)
            except TypeError as e:
                found = e
            assert isinstance(found, TypeError) == isinstance(expected, TypeError)


def test_the_slope_of_infinite_powers():
    half, two, far = ug.asarray([0.5, 0.5, 2.0, inf]), ug.asarray([2.0]), ug.asarray([inf, inf, -inf, -1.0])
    of_base, of_exponent = ug.grad(lambda x, y: np.sum(np.power(x, y)), argnums=(0, 1))(half, far)
    assert of_base.tolist() == [0, 0, 0, 0]
    assert of_exponent.tolist() == [0, 0, 0, 0]
    assert ug.grad(lambda x: np.sum(x**inf))(half[:2]).tolist() == [0, 0]
    assert ug.grad(lambda x: np.sum(x**-inf))(two).tolist() == [0]
    assert ug.grad(lambda x: np.sum(x**inf))(two).tolist() == [inf]


def test_silu_of_infinities():
    x = ug.asarray([-inf, 0.0, inf])
    assert functional.silu(x).tolist() == [0, 0, inf]
    assert ug.grad(lambda t: np.sum(functional.silu(t)))(x).tolist() == [0, 0.5, 1]
    assert ug.jvp(functional.silu, x, ug.ones(3))[1].tolist() == [0, 0.5, 1]


def test_derivatives_of_initial_and_of_edges():
    x, start = ug.asarray([3.0, 1.0]), ug.asarray(2.0)
    assert ug.grad(lambda s: np.sum(x, initial=s * 3))(start) == 3
    assert ug.grad(lambda s: np.hypot.reduce(x[:1] * 0, initial=s))(start) == 1
    # as of the sum that they were: of both ends, at each edge
    edges = ug.jacobian(lambda t: np.histogram_bin_edges(t, 4))(x)
    np.testing.assert_allclose(edges.numpy(), [[0, 1], [0.25, 0.75], [0.5, 0.5], [0.75, 0.25], [1, 0]], atol=1e-15)
    rows = ug.jacobian(lambda t: np.linspace(t[1], t[0], 5))(x)
    np.testing.assert_allclose(rows.numpy(), edges.numpy(), atol=1e-15)
    # at a jump that of the value behind it
    jump = ug.grad(lambda f: np.interp(1.0, [0.0, 1.0, 1.0, 2.0], f))(ug.asarray([1.0, 2.0, 5.0, 3.0]))
    assert jump.tolist() == [0, 0, 1, 0]
