"""NumPy's methods of an array on a tensor; a tensor's memory read as another dtype."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, derivative, grad

pytestmark = pytest.mark.usefixtures("double")

A = np.array([[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]])

#: method, arguments, options; compared with the ndarray's own
METHODS = [
    ("all", (), {"axis": 0}), ("any", (1,), {}), ("argmax", (), {"axis": 1}), ("argmin", (0,), {}),
    ("argsort", (), {"axis": 0}), ("clip", (-1, 2), {}), ("compress", ([True, False],), {"axis": 0}), ("conj", (), {}),
    ("conjugate", (), {}), ("copy", (), {}), ("cumprod", (1,), {}), ("cumsum", (), {"axis": 0}),
    ("diagonal", (1,), {}),
    ("argpartition", (1,), {"axis": 1}), ("dot", (np.ones(3),), {}), ("flatten", (), {}), ("flatten", ("F",), {}),
    ("max", (), {"axis": 1, "keepdims": True}),
    ("mean", (0,), {}), ("min", (), {}), ("prod", (1,), {}), ("ravel", (), {}), ("repeat", (2,), {"axis": 1}),
    ("reshape", (3, -1), {"order": "F"}), ("reshape", ((3, 2),), {"order": "F"}), ("reshape", (6,), {"order": "C"}),
    ("round", (), {}), ("squeeze", (), {}), ("std", (), {"axis": 0, "ddof": 1}), ("sum", (1,), {"keepdims": True}),
    ("swapaxes", (0, 1), {}), ("take", ([0, 2],), {"axis": 1}), ("trace", (), {"offset": 1}), ("transpose", (), {}),
    ("transpose", (1, 0), {}), ("transpose", ((1, 0),), {}), ("var", (), {"axis": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "options"), METHODS, ids=lambda p: p if isinstance(p, str) else "")
def test_a_method_of_numpys_is_numpys(name, args, options):
    found = getattr(ug.asarray(A), name)(*args, **options)
    expected = getattr(A, name)(*args, **options)
    assert type(found) is ug.Tensor
    assert found.shape == expected.shape
    assert_values(found, expected)


def test_methods_of_places():
    t = ug.asarray([1.0, 0.0, 3.0])
    assert [n.tolist() for n in t.nonzero()] == [[0, 2]]
    assert t.cumsum().searchsorted(ug.asarray([0.5, 2.0])).tolist() == [0, 2]


def test_one_of_many_elements_as_a_number():
    t = ug.asarray(A)
    for place in ((4,), (-1,), (1, 2), ((0, 1),)):
        assert t.item(*place) == A.item(*place)
        assert type(t.item(*place)) is float
    with pytest.raises(IndexError):
        t.item(6)
    with pytest.raises(ug.ShapeError, match="not one number"):
        t.item()


def test_methods_have_gradients():
    x = ug.asarray([3.0, 1.0, 2.0])
    assert_values(grad(lambda t: t.sum() * t.max() + t.mean(), x), [9 + 1 / 3, 3 + 1 / 3, 3 + 1 / 3])
    assert_values(grad(lambda t: t.copy().dot(t.ravel()), x), 2 * x.numpy())


def test_methods_that_write():
    t = ug.asarray([3.0, 1.0, 2.0])
    first, last = t[:2], t.copy()
    assert t.sort() is None
    assert_values(first, [1.0, 2.0])
    t.fill(5.0)
    t.put([0], [7.0])
    assert_values(t, [7.0, 5.0, 5.0])
    assert_values(last, [3.0, 1.0, 2.0])


def test_the_flat_elements():
    a = np.arange(6.0).reshape(2, 3)
    t, first = ug.asarray(a), ug.asarray(a)
    shown = t[0]
    for index in (4, -1, slice(1, 5, 2), [5, 0], np.arange(6) % 2 == 1, []):
        assert_values(t.flat[index], a.flat[index])
    assert [float(v) for v in t.flat] == list(a.flat)
    assert (len(t.flat), t.itemsize, t.nbytes) == (6, 8, 48)
    for index, value in ((slice(1, 5), [7.0, 8.0]), (0, 3.0), ([5, 4], first[0, :2] * 2), ([], 1.0)):
        t.flat[index] = value
        a.flat[index] = value.numpy() if isinstance(value, ug.Tensor) else value
        assert_values(t, a)
        assert_values(shown, a[0])
    t.flat = 5.0
    assert_values(t, np.full((2, 3), 5.0))
    assert_values(np.asarray(t.flat), np.full(6, 5.0))
    assert_values(t.flat.copy(), np.full(6, 5.0))
    with pytest.raises(IndexError, match="out of bounds"):
        t.flat[6]
    with pytest.raises(IndexError, match="out of bounds"):
        t.flat[6] = 1.0


def test_the_flat_elements_have_gradients():
    def f(t):
        t = t * 1.0
        t.flat[1:3] = t.flat[[0, 5]] ** 2
        return sum(v * v for v in t.flat) + 3.0 * t.flat[4]

    x = np.arange(1.0, 7.0).reshape(2, 3)
    assert_values(grad(f, ug.asarray(x)), [[2 + 4 * 1.0, 0, 0], [8.0, 10 + 3, 12 + 4 * 216.0]])


def test_methods_of_order():
    t = ug.asarray([3.0, 1.0, 2.0, 0.0])
    last = t.copy()
    assert t.partition(1) is None
    assert_values(t[1], 1.0)
    assert_values(ug.sort(t), ug.sort(last).numpy())
    assert ug.asarray([1, 0, 1]).choose([ug.asarray([1.0, 2.0, 3.0]), 9.0]).tolist() == [9.0, 2.0, 9.0]


def test_whether_it_holds_a_number():
    t, v = ug.asarray([[1.0, 2.0], [3.0, 4.0]]), ug.Variable([1.0, 2.0])
    assert 3.0 in t
    assert 5.0 not in t
    assert 2.0 in v


def test_divmod():
    x = np.array([5.5, -3.0])
    t = ug.asarray(x)
    for found, expected in (
        (divmod(t, 2.0), divmod(x, 2.0)),
        (divmod(7.0, t), divmod(7.0, x)),
        (divmod(t, t), divmod(x, x)),
    ):
        for f, e in zip(found, expected, strict=True):
            assert_values(f, e)
    assert_values(grad(lambda t: divmod(t, 2.0)[1] * 3.0, t), [3.0, 3.0])


def test_astype_without_a_copy():
    t = ug.asarray([1.0])
    assert t.astype(ug.float64, copy=False) is t
    assert t.astype(ug.float64) is not t
    assert t.astype(ug.float32, copy=False).dtype == ug.float32


# -- view -----------------------------------------------------------------------------------------------------------------


def test_complex_numbers_read_as_pairs_and_back():
    z = np.array([[1 + 2j, complex(np.inf, -0.0)], [3 - 1j, complex(0.0, np.nan)]])
    t = ug.asarray(z)
    np.testing.assert_array_equal(t.view(float).numpy(), z.view(float))
    np.testing.assert_array_equal(t.view(ug.float64).view(complex).numpy(), z)
    assert t.view().dtype == t.view(complex).dtype == ug.complex128
    assert ug.asarray(z.astype(np.complex64)).view(ug.float32).shape == (2, 4)
    assert ug.zeros((0, 4)).view(complex).shape == (0, 2)


def test_a_view_of_another_dtype_is_a_view():
    t = ug.asarray([1 + 2j, 3 + 4j])
    parts = t.view(float)
    parts[1] = 9.0
    assert_values(t, [1 + 9j, 3 + 4j])
    t[1] = 5j
    assert_values(parts, [1.0, 9.0, 0.0, 5.0])


def test_the_gradient_of_a_view_of_another_dtype():
    x = ug.asarray([1.0, 2.0, 3.0, 4.0])
    assert_values(grad(lambda t: ug.sum(ug.abs(t.view(complex)) ** 2), x), 2 * x.numpy())
    assert_values(derivative(lambda t: ug.real(t.view(complex) ** 2), x), [2 * 1 - 2 * 2, 2 * 3 - 2 * 4])
    z = ug.asarray([1 + 2j, 3 - 1j])
    assert_values(grad(lambda t: ug.sum(t.view(float) ** 3), z), [3 + 12j, 27 + 3j])


@pytest.mark.parametrize(
    ("make", "dtype", "error", "said"),
    [
        (lambda: ug.ones(2), ug.int64, TypeError, "astype"),
        (lambda: ug.ones(2), ug.float32, TypeError, "astype"),
        (lambda: ug.ones(3), complex, ValueError, "pairs"),
        (lambda: ug.asarray(1j), float, ValueError, "no dimensions"),
    ],
)
def test_a_view_that_is_none(make, dtype, error, said):
    with pytest.raises(error, match=said):
        make().view(dtype)
