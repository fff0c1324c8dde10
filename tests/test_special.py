"""Special functions: values as SciPy's, derivatives to the third order, and what bad operands get."""

import math

import numpy as np
import pytest
import scipy.special as scipy_special

import unigrad as ug
from tests.helpers import assert_values, derivative, grad, native, run_python
from unigrad import special
from unigrad.backend import Backend
from unigrad.primitive import TABLE

WIDE = np.array([-700.0, -30.0, -3.0, -0.4, 0.0, 1e-9, 0.4, 3.0, 30.0, 700.0])
POSITIVE = np.array([1e-9, 0.1, 0.5, 1.0, 2.5, 30.0, 1e5])
PROBABILITY = np.array([0.0, 1e-12, 0.2, 0.31, 0.5, 0.64, 0.66, 0.9, 1.0])

VALUES = [
    ("erf", WIDE), ("erfc", WIDE), ("erfinv", np.array([-1.0, -0.9, 0.0, 0.3, 1.0])), ("ndtr", WIDE), ("log_ndtr", WIDE),
    ("ndtri", PROBABILITY), ("expit", WIDE), ("logit", PROBABILITY), ("log_expit", WIDE), ("softplus", WIDE),
    ("entr", np.array([-1.0, 0.0, 0.3, 2.0])), ("gammaln", np.array([-2.5, -1.0, 0.0, *POSITIVE])),
    ("digamma", np.array([-2.5, -1.0, 0.0, *POSITIVE])), ("i0", WIDE / 2), ("i1", WIDE / 2), ("i0e", WIDE), ("i1e", WIDE),
    ("sinc", np.array([-1.5, 0.0, 1e-8, 0.5, 2.0])),
]  # fmt: skip
PAIRS = np.array([0.0, 0.0, 0.5, 2.0, 1.0]), np.array([0.0, 3.0, 0.7, 1.0, 1.0 + 1e-12])


def reference(name: str, x: np.ndarray) -> np.ndarray:
    """SciPy's, or NumPy's."""
    with np.errstate(all="ignore"):
        return np.sinc(x) if name == "sinc" else getattr(scipy_special, name)(x)


@pytest.mark.parametrize(("name", "x"), VALUES, ids=[v[0] for v in VALUES])
def test_values_are_scipys(name: str, x: np.ndarray, backend: Backend) -> None:
    want = reference(name, x)
    out = getattr(special, name)(ug.asarray(x))
    assert out.dtype == ug.float64
    assert_values(out, want, rtol=1e-12, atol=1e-300)
    raw = getattr(special, name)(native(x))
    assert not isinstance(raw, ug.Tensor)
    assert_values(raw, want, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", ["xlogy", "xlog1py", "rel_entr"])
def test_values_of_two_are_scipys(name: str, backend: Backend) -> None:
    x, y = PAIRS
    with np.errstate(all="ignore"):
        want = getattr(scipy_special, name)(x, y)
    assert_values(getattr(special, name)(ug.asarray(x), ug.asarray(y)), want, atol=1e-16)
    for a, b in ((0.5, y), (x, 0.5), (0, y), (x, 2)):
        left, right = (ug.asarray(v) if isinstance(v, np.ndarray) else v for v in (a, b))
        with np.errstate(all="ignore"):
            assert_values(getattr(special, name)(left, right), getattr(scipy_special, name)(a, b))


def test_polygamma(backend: Backend) -> None:
    x = np.array([-2.5, -1.0, -0.5, 0.0, 0.3, 1.548, 1.7, 30.0])
    for n in range(4):
        with np.errstate(all="ignore"):
            assert_values(special.polygamma(n, ug.asarray(x)), scipy_special.polygamma(n, x), rtol=8e-15)
    assert_values(
        grad(lambda x: special.polygamma(2, x), ug.asarray([1.7])), scipy_special.polygamma(3, [1.7]), rtol=1e-6
    )


@pytest.mark.parametrize("name", ["gammainc", "gammaincc"])
def test_a_python_number_beside_an_array_has_its_dtype(name: str, backend: Backend) -> None:
    x = ug.asarray([0.5, 2.0], dtype=ug.float32)
    assert getattr(special, name)(0.7, x).dtype == ug.float32
    assert getattr(special, name)(x, 0.7).dtype == ug.float32


def nth(function: object, x: ug.Tensor, order: int) -> ug.Tensor:
    """The derivative of this order, one tape in another."""
    return function(x) if order == 0 else grad(lambda x: nth(function, x, order - 1), x)


#: derivatives of orders 0 to 4 at 0, in closed form
AT_ZERO = [
    ("sinc", (1, 0, -(math.pi**2) / 3, 0, math.pi**4 / 5)),
    ("i0", (1, 0, 1 / 2, 0, 3 / 8)),
    ("i1", (0, 1 / 2, 0, 3 / 8, 0)),
    ("i1e", (0, 1 / 2)),
    ("softplus", (math.log(2), 1 / 2, 1 / 4, 0, -1 / 8)),
    ("expit", (1 / 2, 1 / 4, 0, -1 / 8, 0)),
    ("erf", (0, 2 / math.sqrt(math.pi), 0, -4 / math.sqrt(math.pi))),
    ("erfinv", (0, math.sqrt(math.pi) / 2, 0, math.pi**1.5 / 4)),
]


@pytest.mark.parametrize(("name", "want"), AT_ZERO, ids=[v[0] for v in AT_ZERO])
def test_every_order_at_zero(name: str, want: tuple[float, ...], backend: Backend) -> None:
    x = ug.asarray(0.0, dtype=ug.float64)
    for order, value in enumerate(want[: 4 if backend.name == "jax" else 5]):
        assert_values(nth(getattr(special, name), x, order), value)


def test_sinc_near_zero_and_across_its_series(backend: Backend) -> None:
    from unigrad.ops.special import sinc_derivative

    x = np.linspace(-3, 3, 61)
    for n in (1, 2, 3):
        out = sinc_derivative(ug.asarray(x), n=n).numpy()
        h = 1e-4
        lower = (
            sinc_derivative(ug.asarray(np.stack([x + h, x - h])), n=n - 1).numpy() if n > 1 else np.sinc([x + h, x - h])
        )
        np.testing.assert_allclose(out, (lower[0] - lower[1]) / (2 * h), atol=1e-5)
    z = ug.asarray(np.array([0.3 + 0.4j, 0j]))
    assert_values(special.sinc(z), np.sinc([0.3 + 0.4j, 0j]))


def test_modified_bessel_functions_of_higher_order(backend: Backend) -> None:
    from unigrad.ops.special import iv, ive

    x = np.array([-20.0, -3.9, -1.0, 0.0, 1e-3, 0.5, 3.9, 4.1, 7.0, 50.0])
    for n in (2, 3, 5):
        assert_values(iv(ug.asarray(x), n=n), scipy_special.iv(n, x), rtol=1e-12)
        assert_values(ive(ug.asarray(x), n=n), scipy_special.ive(n, x), rtol=1e-12)


def test_tails_keep_their_digits(backend: Backend) -> None:
    x = ug.asarray([40.0], dtype=ug.float64)
    assert_values(grad(special.expit, x), [math.exp(-40)], rtol=1e-12, atol=0)
    assert_values(grad(special.erfc, ug.asarray([5.0])), [-2 / math.sqrt(math.pi) * math.exp(-25)], rtol=1e-6, atol=0)
    far = np.array([-1e5, -30.0, -21.0, -19.0, -1.0, 3.0, 30.0])
    ratio = math.sqrt(2 / math.pi) / scipy_special.erfcx(-far / math.sqrt(2))
    assert_values(grad(special.log_ndtr, ug.asarray(far)), ratio, rtol=1e-12, atol=0)
    assert_values(derivative(special.log_ndtr, ug.asarray(far)), ratio, rtol=1e-12, atol=0)


def second(f, x):
    return grad(lambda x: grad(f, x), x)


def test_the_second_derivative_of_log_ndtr_keeps_its_digits(backend: Backend) -> None:
    x = np.array([-np.inf, -1e200, -1e16, -1e8, -1e4, -100.0, -31.0, -29.0, -3.0, 40.0, np.inf])
    want = [-1, -1, -1, -1, -0.9999999900000006, -0.999900059950051737, -0.998965858410046608, -0.998819339511232516]
    want += [-0.929440813214731883, 0, 0]
    assert_values(second(special.log_ndtr, ug.asarray(x)), want, rtol=1e-9, atol=1e-12)


def test_bessel_functions_of_large_and_of_denormal_numbers(backend: Backend) -> None:
    x = np.array([1e10, 1e16, 1e200, np.inf])
    assert_values(second(special.i0e, ug.asarray(x)), np.zeros(4), atol=1e-15)
    assert_values(grad(special.i1e, ug.asarray(x)), np.zeros(4), atol=1e-15)
    assert_values(grad(special.i1, ug.asarray(np.array([1e-320, -1e-320, 0.0]))), [0.5] * 3)


def test_where_squares_and_quotients_leave_the_range(double: Backend) -> None:
    x = ug.asarray([1e-200])
    assert_values(grad(special.logit, x), [1e200], rtol=1e-12)
    assert_values(second(special.logit, x), [-np.inf])
    assert_values(second(special.digamma, ug.asarray([np.inf])), [0.0])
    x, y = ug.asarray([1e-200, 1e200]), ug.asarray([1e200, 1e-200])
    far = 400 * math.log(10)
    assert_values(grad(lambda x: special.rel_entr(x, y), x), [1 - far, 1 + far])
    assert_values(second(lambda x: special.rel_entr(x, y), x), [1e200, 1e-200])


def test_two_byte_and_four_byte_floats_keep_their_dtype(backend: Backend) -> None:
    for dtype in (ug.float32, ug.float16, ug.bfloat16):
        x = ug.asarray(np.array([0.3, 0.6]), dtype=dtype)
        for name in ("erf", "expit", "softplus", "gammaln", "i0", "sinc"):
            try:
                out = getattr(special, name)(x)
            except ug.DTypeError:
                assert backend.name == "torch", (name, dtype)
                continue
            assert out.dtype == dtype, (name, dtype)
            assert_values(out.numpy().astype(float), reference(name, np.array([0.3, 0.6])), rtol=0.02)


def test_integers_and_numbers_are_computed_in_the_default_float(double: Backend) -> None:
    assert_values(special.gammaln(ug.asarray([1, 2, 5])), np.log([1, 1, 24]))
    assert special.erf(ug.asarray([True, False])).dtype == ug.float64
    assert special.xlogy(ug.asarray([1, 2]), 2).dtype == ug.float64
    assert special.polygamma(1, ug.asarray([1, 2])).dtype == ug.float64


BAD = [
    (lambda: special.erf(ug.asarray([1j])), ug.DTypeError, "real numbers"),
    (lambda: special.xlogy(ug.asarray([1j]), 2.0), ug.DTypeError, "real numbers"),
    (lambda: special.polygamma(1, ug.asarray([1j])), ug.DTypeError, "real numbers"),
    (lambda: special.polygamma(-1, ug.asarray([1.0])), ug.ShapeError, "-1"),
    (lambda: special.polygamma(1.5, ug.asarray([1.0])), ug.ShapeError, "int"),
    (lambda: special.erf("x"), ug.DTypeError, "str"),
    (lambda: special.xlogy(ug.asarray([1.0, 2.0]), ug.asarray([1.0, 2.0, 3.0])), ug.ShapeError, "xlogy"),
]


@pytest.mark.parametrize(("call", "error", "told"), BAD)
def test_bad_operands(call: object, error: type[Exception], told: str, backend: Backend) -> None:
    with pytest.raises(error, match=told):
        call()


def test_the_namespace_has_them(backend: Backend) -> None:
    xp = ug.asarray([0.5]).__array_namespace__()
    assert xp.special is special
    assert_values(xp.special.erf(ug.asarray([0.5], dtype=ug.float64)), scipy_special.erf([0.5]))
    assert all(hasattr(special, name) for name in special.__all__)


def test_without_scipy_the_error_says_how_to_get_it() -> None:
    done = run_python(
        """
        import sys
        sys.modules["scipy"] = None
        import unigrad as ug
        from unigrad import special
        print(special.expit(ug.asarray([0.0])).tolist(), special.softplus(ug.asarray([0.0])).tolist())
        try:
            special.erf(ug.asarray([0.5]))
        except ug.BackendError as e:
            print(e)
        """,
        UNIGRAD_BACKEND="numpy",
    )
    assert done.returncode == 0, done.stderr
    assert "[0.5]" in done.stdout
    assert "pip install scipy" in done.stdout


def test_importing_unigrad_imports_no_scipy() -> None:
    done = run_python("import sys, unigrad; print('scipy' in sys.modules)", UNIGRAD_BACKEND="numpy")
    assert done.stdout.strip() == "False", done.stderr


def test_under_the_compilers(backend: Backend) -> None:
    if backend.name == "jax":
        import jax

        def slope(raw: object) -> object:
            return grad(lambda x: special.log_ndtr(x) + special.sinc(x) + special.i1(x), ug.asarray(raw)).raw

        x = native([-30.0, 0.0, 2.0])
        assert_values(jax.jit(slope)(x), slope(x))


@pytest.mark.parametrize("name", ["log_softmax", "logsumexp", "softmax"])
def test_scipys_names_that_unigrad_has_at_the_top(name: str, backend: Backend) -> None:
    assert getattr(special, name) is getattr(ug, name)
    assert_values(
        getattr(special, name)(ug.asarray([0.5, 2.0, 1.0], dtype=ug.float64)),
        getattr(scipy_special, name)([0.5, 2.0, 1.0]),
    )


SHAPES, PLACES = np.array([0.1, 0.7, 1.0, 3.5, 80.0]), np.array([[1e-6], [0.4], [3.0], [75.0], [200.0]])


@pytest.mark.parametrize("name", ["gammainc", "gammaincc"])
def test_incomplete_gamma_functions(name: str, backend: Backend) -> None:
    function, theirs = getattr(special, name), getattr(scipy_special, name)
    a, x = ug.asarray(SHAPES), ug.asarray(PLACES)
    digits = 2e-9 if backend.name == "torch" else 1e-10  # torch's own where x is near a large a
    assert_values(function(a, x), theirs(SHAPES, PLACES), rtol=digits, atol=1e-300)
    assert_values(function(2.0, x), theirs(2.0, PLACES), rtol=digits, atol=1e-300)
    with np.errstate(all="ignore"):
        density = np.exp((SHAPES - 1) * np.log(PLACES) - PLACES - scipy_special.gammaln(SHAPES))
    sign = 1 if name == "gammainc" else -1
    want = sign * density.sum(axis=1, keepdims=True)
    assert_values(grad(lambda x: function(a, x), x), want, rtol=1e-11, atol=1e-300)
    assert_values(derivative(lambda x: function(a, x), x), sign * density, rtol=1e-11, atol=1e-300)
    ends = ug.asarray([0.0, 0.0, 0.0, math.inf, math.inf], dtype=ug.float64)
    shapes = ug.asarray([0.5, 1.0, 2.0, 0.5, 3.0], dtype=ug.float64)
    assert_values(grad(lambda x: function(shapes, x), ends), sign * np.array([math.inf, 1, 0, 0, 0]))


@pytest.mark.parametrize("name", ["gammainc", "gammaincc"])
def test_incomplete_gamma_functions_have_no_derivative_along_their_shape(name: str, backend: Backend) -> None:
    function = getattr(special, name)
    a, x = ug.asarray([0.7, 2.0], dtype=ug.float64), ug.asarray([0.4, 3.0], dtype=ug.float64)
    for f in (grad, derivative):
        with pytest.raises(ug.NoRuleError, match=rf"{name} has no derivative with respect to a .*a\.detach\(\)"):
            f(lambda a: function(a, x), a)
    with ug.GradientTape() as tape:
        tape.watch([a, x])
        y = function(a.detach(), x)
    assert tape.gradient(y, [a, x])[0] is None


def test_the_density_of_the_gamma_distribution_has_a_derivative_along_its_shape(backend: Backend) -> None:
    a, x = np.array([0.7, 2.0]), np.array([0.4, 3.0])
    slope = lambda a: grad(lambda x: special.gammainc(a, x), ug.asarray(x))  # noqa: E731
    density = x ** (a - 1) * np.exp(-x - scipy_special.gammaln(a))
    assert_values(grad(slope, ug.asarray(a)), density * (np.log(x) - scipy_special.digamma(a)))


def test_polygamma_of_an_array_of_orders():
    n, x = np.array([[0], [1], [3], [-2]]), np.array([0.5, 2.0])
    want = np.where(n < 0, np.nan, scipy_special.polygamma(np.maximum(n, 0), x))
    assert_values(special.polygamma(ug.asarray(n), ug.asarray(x)), want, rtol=1e-11)
    got = grad(lambda x: special.polygamma(ug.asarray(n[:3]), x), ug.asarray(x))
    assert_values(got, scipy_special.polygamma(n[:3] + 1, x).sum(0), rtol=1e-11)
    assert special.polygamma(ug.asarray(n[:0]), ug.asarray(x)).shape == (0, 2)
    assert special.polygamma(ug.asarray(2), ug.asarray(x, dtype=ug.float32)).dtype == ug.float64
    with pytest.raises(ValueError, match="no integers"):
        special.polygamma(ug.asarray([0.5]), ug.asarray(x))


@pytest.mark.parametrize("name", ["xlogy", "xlog1py", "rel_entr"])
def test_integers_are_computed_in_the_default_float_next_to_a_smaller_one(name):
    x, y = np.array([1, 2]), np.array([1.5, 2.5], dtype=np.float32)
    out = getattr(special, name)(ug.asarray(x), ug.asarray(y))
    assert out.dtype == ug.float64
    assert_values(out, getattr(scipy_special, name)(x, y), rtol=1e-7)


FLOATS = sorted(name for name, row in TABLE.items() if row.promotes == "float" and row.elementwise)


@pytest.mark.filterwarnings("ignore:.*(invalid value|divide by zero):RuntimeWarning")
@pytest.mark.parametrize("name", FLOATS)
def test_integers_give_floats_at_every_call(name: str, double: Backend) -> None:
    """The first call finds the kernel by the general road, and promotes there; the next go by the quick ones."""
    row = TABLE[name]
    function = getattr(row, "function", row)
    x = ug.asarray(np.array([1, 2, 3]))
    for given in (x, x, x.raw, x.raw):
        found = function(*[given] * len(row.args), **(row.domain.samples[0].params if row.domain.samples else {}))
        assert double.dtype_of(getattr(found, "_raw", found)) == ug.float64, (name, type(given))


@pytest.mark.parametrize("dtype", [ug.float16, ug.bfloat16])
@pytest.mark.parametrize("name", ["ndtr", "log_ndtr", "ndtri"])
def test_the_normal_distribution_in_two_bytes(name: str, dtype: np.dtype, backend: Backend) -> None:
    function, of_numpy = getattr(special, name), getattr(scipy_special, name)
    x = ug.asarray([0.125, 0.5, 0.75] if name == "ndtri" else [-3.25, -1.0, 0.5, 2.0], dtype=dtype)
    wide = x.numpy().astype(np.float64)
    slope = (of_numpy(wide + 1e-6) - of_numpy(wide - 1e-6)) / 2e-6
    rtol = 4e-3 if dtype == ug.bfloat16 else 6e-4
    for found, expected in ((function(x), of_numpy(wide)), (ug.grad(lambda t: function(t).sum())(x), slope)):
        assert found.dtype == dtype
        np.testing.assert_allclose(found.numpy().astype(np.float64), expected, rtol=2 * rtol, atol=1e-7)
