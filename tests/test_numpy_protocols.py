"""How NumPy's calls arrive: options of ufuncs, tensors as out=, views, mixed operands, variables."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, backend_name, derivative, grad, native, run_python

pytestmark = pytest.mark.usefixtures("double")

A, B = np.array([[0.5, 1.5, 2.5], [1.0, 2.0, 3.0]]), np.array([3.0, 2.0, 1.0])
MASK = np.array([[True, False, True], [False, True, True]])


@pytest.fixture
def x():
    return ug.asarray(A)


def assert_mine(t):
    assert isinstance(t, ug.Tensor)
    assert t.backend.name == backend_name()


class TestArriving:
    def test_a_tensor_is_recorded_and_stays_in_its_library(self, x):
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = np.sin(x)
            z = np.mean(y, axis=0)
        assert_mine(y)
        assert_mine(z)
        assert_values(tape.gradient(z, x), np.cos(A) / 2)

    @pytest.mark.parametrize("f", [
        lambda a, t: a + t, lambda a, t: a * t, lambda a, t: a - t, lambda a, t: a / t, lambda a, t: a**t,
        lambda a, t: np.add(a, t),
        lambda a, t: np.stack([a + 0 * t, t]), lambda a, t: np.where(MASK, a, t), lambda a, t: np.dot(a.T, t),
        lambda a, t: a.T @ t,
    ])  # fmt: skip
    def test_an_ndarray_is_a_constant_on_either_side(self, f, x):
        a = A + 0.25
        expected = f(a, A)
        assert_mine(f(a, x))
        assert_values(f(a, x), expected)
        assert grad(lambda t: f(a, t), x).shape == (2, 3)

    def test_numbers_of_numpy_and_lists(self, x):
        for f in (lambda t: np.float64(2.0) * t, lambda t: np.multiply([2.0] * 3, t), lambda t: np.multiply(2, t)):
            assert_mine(f(x))
            assert_values(grad(f, x), np.full((2, 3), 2.0))

    def test_comparisons_from_the_left(self, x):
        assert ((2.0 * np.ones((2, 3)) > x).numpy() == (A < 2)).all()
        assert ((x == A).numpy()).all()

    def test_a_variable(self):
        v = ug.Variable(A)
        with ug.GradientTape() as tape:
            y = np.sum(np.exp(v) * np.ones(3)) + np.linalg.multi_dot([v, B])[0]
        assert_values(tape.gradient(y, v), np.exp(A) + np.stack([B, 0 * B]))

    def test_forward_mode_and_second_order(self, x):
        assert_values(derivative(lambda t: np.sum(np.multiply(t, t), axis=1), x), (2 * A).sum(axis=1))
        with ug.GradientTape() as outer:
            outer.watch(x)
            g = grad(lambda t: np.prod(t, axis=0) + np.sinc(t[0]), x)
            h = np.sum(g * g)
        assert outer.gradient(h, x).shape == (2, 3)

    def test_a_tensor_in_a_nested_list_that_numpy_hands_over(self, x):
        assert_values(
            grad(lambda t: np.block([[t, t], [t[:, :2], np.ones((2, 4))]]), x),
            2.0 + (np.arange(3) < 2) * np.ones((2, 3)),
        )

    def test_float32_stays(self):
        t = ug.asarray(A, dtype=ug.float32)
        for f in (np.sin, np.mean, np.std, np.cumsum, np.median, lambda t: np.clip(t, 0, 1),
            lambda t: np.interp(t, [0, 5], [1, 2]),
                  lambda t: np.pad(t, 1), lambda t: np.linspace(t[0], 2, 3), np.gradient, np.cov, np.sinc,
                      lambda t: t * 2.5):  # fmt: skip
            result = f(t)
            assert (result[0] if isinstance(result, tuple) else result).dtype == ug.float32

    def test_complex(self):
        z = ug.asarray(A + 1j * B)
        y = grad(lambda z: np.real(np.vdot(z, z)), z)
        assert_values(y, 2 * (A + 1j * B))
        assert_values(np.var(z), np.var(A + 1j * B))
        assert_values(np.angle(z), np.angle(A + 1j * B))

    def test_an_empty_and_a_0d_array(self):
        e, s = ug.zeros((0, 3)), ug.asarray(2.0)
        assert np.sum(e).shape == ()
        assert np.sum(e, axis=1).shape == (0,)
        assert np.concatenate([e, ug.ones((1, 3))]).shape == (1, 3)
        assert np.max(e, axis=1).shape == (0,)
        assert float(np.max(e, initial=1.0)) == 1.0
        for f in (np.sin, np.sum, np.ravel, np.atleast_2d, np.median, np.cumsum, np.unique):
            assert_values(f(s).reshape(-1)[0], f(np.asarray(2.0)).ravel()[0])


class TestOut:
    def test_a_tensor_is_written_in_place_and_recorded(self, x):
        with ug.GradientTape() as tape:
            tape.watch(x)
            out = ug.zeros((2, 3))
            kept = out
            result = np.multiply(x, x, out=out)
            y = np.sum(out * 3)
        assert result is kept
        assert_values(tape.gradient(y, x), 6 * A)

    def test_it_is_seen_through_views(self, x):
        with ug.GradientTape() as tape:
            tape.watch(x)
            whole = ug.zeros((3, 3))
            top, row = whole[:2], whole[0]
            np.exp(x, out=top)
            y = np.sum(row) + np.sum(whole)
        assert_values(row, np.exp(A[0]))
        assert_values(tape.gradient(y, x), np.exp(A) * [[2.0], [1.0]])

    def test_into_an_operand(self, x):
        def f(t):
            u = t * 1
            np.add(u, u, out=u)
            return np.square(u, out=u)

        assert_values(grad(f, x), 8 * A)

    @pytest.mark.parametrize("f", [
        lambda t, o: np.sum(t, axis=0, out=o), lambda t, o: np.mean(t, 0, out=o), lambda t, o: np.add.reduce(t, out=o),
        lambda t, o: np.max(t, axis=0, out=o), lambda t, o: np.median(t, axis=0, out=o),
        lambda t, o: np.take(t, [0, 1, 2], out=o),
        lambda t, o: np.dot([1.0, 2.0], t, out=o), lambda t, o: np.std(t, axis=0, out=o),
        lambda t, o: np.trace(np.stack([t.T] * 2), 0, 0, 2, None, o),
    ])  # fmt: skip
    def test_of_functions(self, f, x):
        out = ug.zeros(3)
        expected = f(A, np.zeros(3))
        assert f(x, out) is out
        assert_values(out, expected)

    def test_of_two_results(self, x):
        whole, rest = ug.zeros((2, 3)), ug.zeros((2, 3))
        np.modf(x, out=(rest, whole))
        assert_values(whole, np.floor(A))
        assert_values(rest, A - np.floor(A))

    def test_a_wider_out_takes_the_result_broadcast(self, x):
        out = ug.zeros((2, 3))
        np.add(x[0], 1, out=out)
        assert_values(out, np.stack([A[0] + 1] * 2))

    def test_the_result_is_cast(self, x):
        out = ug.zeros((2, 3), dtype=ug.float32)
        np.add(x, 1, out=out)
        assert out.dtype == ug.float32


class TestWhere:
    def test_what_is_left_out_keeps_what_out_has_and_gets_no_gradient(self, x):
        def f(t):
            return np.log(t - 1.0, where=MASK & (A > 1), out=t * 2)

        chosen = MASK & (A > 1)
        assert_values(f(x), np.where(chosen, np.log(np.where(chosen, A - 1, 1)), 2 * A))
        assert_values(grad(f, x), np.where(chosen, 1 / np.where(chosen, A - 1, 1), 2.0))

    def test_without_out_it_is_zero(self, x):
        assert_values(np.add(x, 1, where=MASK), np.where(MASK, A + 1, 0))

    def test_a_mask_that_is_a_tensor(self, x):
        assert_values(np.sum(x, where=x > 1), A[A > 1].sum())


class TestTies:
    @pytest.mark.parametrize(
        "f", [np.unique, np.unique_values, lambda t: np.unique(t[:, None], axis=0), lambda t: np.union1d(t, t)]
    )
    def test_equal_elements_share_the_gradient_evenly(self, f):
        def weighted(t):
            u = f(t)
            return u * np.array([1.0, 10.0, 100.0]).reshape(u.shape)

        t = ug.asarray([2.0, 1.0, 2.0, np.inf])
        assert_values(f(t).reshape(-1), [1.0, 2.0, np.inf])
        assert_values(grad(weighted, t), [5.0, 1.0, 5.0, 100.0])
        assert_values(np.sum(derivative(lambda t: weighted(t)[:2], t)), 11.0)

    def test_largest_elements(self):
        t = ug.asarray([1.0, 2.0, 2.0])
        for f in (np.max, np.maximum.reduce, np.nanmax):
            assert_values(grad(f, t), [0.0, 0.5, 0.5])
        assert_values(grad(lambda t: np.clip(t, 1.0, 2.0), t), [0.5, 0.5, 0.5])

    def test_elements_all_alike(self):
        t = ug.asarray([2.0, 2.0, np.nan])
        assert_values(grad(np.nanstd, t), [0.0, 0.0, 0.0])
        assert_values(grad(lambda t: np.std(t, where=[True, True, False]), t), [0.0, 0.0, 0.0])


class TestDtypes:
    def test_dtype_casts_the_operands(self, x):
        assert np.add(x, 1, dtype=np.float32).dtype == ug.float32
        assert np.sum(x, dtype="f4").dtype == ug.float32
        assert np.mean(ug.asarray([1, 2]), dtype=float).dtype == ug.float64

    @pytest.mark.parametrize("f", [
        lambda t: np.add(t, 1, dtype=np.int64), lambda t: np.add(t, 1, dtype=np.float32, casting="safe"),
        lambda t: np.add(t, ug.asarray([1, 2, 3]), casting="no"),
            lambda t: np.add(t, 1, out=ug.zeros((2, 3), dtype=ug.int64)),
        lambda t: np.concatenate([t, t], dtype=np.int64), lambda t: np.copyto(ug.zeros((2, 3), dtype=ug.int32), t),
    ])  # fmt: skip
    def test_casting_is_refused_as_by_numpy(self, f, x):
        with pytest.raises(TypeError, match=r"cast|hold|rule") as caught:
            f(x)
        assert isinstance(caught.value, ug.DTypeError)


class TestMethods:
    def test_at_with_an_element_named_often(self, x):
        def f(t):
            u = t * 1
            np.multiply.at(u, ([0, 0, 1], [1, 1, 2]), 3.0)
            return u

        expected = A.copy()
        np.multiply.at(expected, ([0, 0, 1], [1, 1, 2]), 3.0)
        assert_values(f(x), expected)
        assert_values(grad(f, x), expected / A)

    def test_at_by_a_mask_and_through_a_view(self, x):
        u = x * 1
        np.add.at(u[0], np.array([True, False, True]), 1.0)
        assert_values(u, A + np.array([[1.0, 0, 1], [0, 0, 0]]))

    def test_reduction_of_what_has_no_reduction_of_its_own(self):
        t = ug.asarray([24.0, 3.0, 2.0])
        assert_values(np.divide.reduce(t), 4.0)
        assert_values(np.power.reduce(ug.asarray([2.0, 3.0, 2.0])), 64.0)
        assert_values(np.subtract.accumulate(t), [24.0, 21.0, 19.0])

    def test_bits_and_truth(self):
        t = ug.asarray([5, 3, 6])
        assert int(np.bitwise_and.reduce(t)) == 0
        assert int(np.bitwise_xor.reduce(t)) == 0
        assert bool(np.logical_and.reduce(t))


def test_in_place_operators_of_an_ndarray():
    a, t = np.ones(3), ug.asarray(B)
    for operator in ("__iadd__", "__isub__", "__imul__", "__itruediv__"):
        with pytest.raises(ug.GradientLostError, match="a = a \\+ t"):
            getattr(a, operator)(t)
    assert a.tolist() == [1.0, 1.0, 1.0]


def test_text_and_files_take_the_values_also_on_the_tape(x, tmp_path):
    with ug.GradientTape() as tape:
        tape.watch(x)
        assert "0.5" in np.array2string(x * 1)
        np.save(tmp_path / "x.npy", x * 2)
    assert_values(np.load(tmp_path / "x.npy"), 2 * A)


def test_an_array_of_another_library_next_to_a_tensor(x):
    assert_mine(np.add(native(A), x))
    other = "jax" if backend_name() == "torch" else "torch"
    with pytest.raises(ug.MixedBackendsError):
        np.concatenate([native(A, other), x])


def test_another_librarys_function_through_numpy(x):
    """Code that knows nothing of tensors, and asks NumPy."""

    def softmax(a):
        e = np.exp(a - np.max(a, axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True) if isinstance(e, np.ndarray) else e / np.sum(e, axis=-1, keepdims=True)

    assert_values(softmax(x), softmax(A))
    assert_values(grad(lambda t: softmax(t) * np.arange(3.0), x).numpy().sum(axis=1), [0.0, 0.0], atol=1e-12)


def test_a_ufunc_of_scipys_is_unigrads_special_function_of_that_name(x):
    """It tightens itself: where unigrad has none of that name, it is an error."""
    import scipy.special

    if hasattr(ug, "special"):
        assert_mine(scipy.special.expit(x))
        assert_values(scipy.special.expit(x), scipy.special.expit(A), rtol=1e-9)
        assert_values(grad(scipy.special.expit, x), scipy.special.expit(A) * scipy.special.expit(-A), rtol=1e-9)
    else:
        with pytest.raises(ug.NoRuleError, match="expit"):
            scipy.special.expit(x)
    with pytest.raises(ug.NoRuleError, match="pdtrik has no rule"):
        scipy.special.pdtrik(x, 1.0)


def test_the_rows_are_imported_when_numpy_first_hands_something_over():
    done = run_python("""
        import sys, numpy as np, unigrad as ug
        t = ug.asarray([1.0])
        t + t
        assert "unigrad.protocols.table" not in sys.modules
        np.sin(t)
        assert "unigrad.protocols.table" in sys.modules
        assert "unigrad.numpy" not in sys.modules
    """)
    assert done.returncode == 0, done.stderr
