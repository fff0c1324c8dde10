"""Reading and functional writing at every kind of index, compared with NumPy."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, grad, numeric

pytestmark = pytest.mark.usefixtures("double")

A = np.random.default_rng(1).standard_normal((3, 4, 2))
W = np.random.default_rng(2).standard_normal((3, 4, 2))
INDICES = [
    0, -1, (1, 2), (1, 2, 0), (-3, -4, -2), slice(None), slice(1, None), slice(None, None, -1), slice(2, 0, -1),
    slice(5, 9), slice(-9, 2), (slice(None), 1), (slice(None, None, 2), slice(3, 0, -2)),
    (slice(None), slice(None), slice(None, None, -1)), ..., (..., 0), (0, ...), (1, ..., 1),
    None, (None, 0), (slice(None), None, 1), (..., None), (0, None, slice(1, 3), None), (),
    [0, 2], [0, 0, -1], [], [[0, 1], [2, 0]], ([0, 2], [1, 3]), ([0, 2], 1), (slice(None), [3, 0, 3]), ([0, 1], slice(1, 3)),
    ([0, 1], slice(None), [1, 0]), (slice(None), [0, 1], [1, 0]), (..., [0, 1, 1]), ([[0], [2]], [1, 3]), ([0, 2], None, [1, 0]),
    (0, [1, 2], slice(None, None, -1)), (np.array([0, 2]), np.int64(1)), np.array([2, 1], dtype=np.uint8),
    A[..., 0] > 0, A > 0, A[:, 0, 0] > -9, np.zeros(3, bool), (slice(None), A[0, :, 0] > 0), (0, A[0] > 0),
    ([True, False, True],), (A[:, 0, 0] > -9, 0, 1),
]  # fmt: skip
EACH = pytest.mark.parametrize("index", INDICES, ids=lambda i: repr(i).replace("\n", "")[:40])


@EACH
def test_reading(index):
    expected = A[index]
    found = ug.asarray(A)[index]
    assert found.shape == expected.shape
    assert_values(found, expected)


@EACH
def test_the_gradient_of_reading(index):
    weights = W.reshape(-1)[: A[index].size].reshape(A[index].shape) if A[index].size <= W.size else 2.0
    expected = np.zeros_like(A)
    np.add.at(expected, index, weights)
    assert_values(grad(lambda x: ug.sum(x[index] * weights), ug.asarray(A)), expected)


@EACH
def test_at_set_and_add(index):
    expected = A.copy()
    expected[index] = 5.0
    t = ug.asarray(A)
    assert_values(t.at[index].set(5.0), expected)
    expected = A.copy()
    np.add.at(expected, index, 5.0)
    assert_values(t.at[index].add(5.0), expected)
    assert_values(t, A)
    assert_values(t.at[index].get(), A[index])


def test_the_other_writes_of_at():
    a = np.array([1.0, -2.0, 3.0, -4.0])
    t = ug.asarray(a)
    assert t.at[1:3].multiply(10.0).tolist() == [1.0, -20.0, 30.0, -4.0]
    assert t.at[[0, 3]].min(0.0).tolist() == [0.0, -2.0, 3.0, -4.0]
    assert t.at[:].max([0.0, 0.0, 5.0, -9.0]).tolist() == [1.0, 0.0, 5.0, -4.0]
    assert t.tolist() == a.tolist()


@pytest.mark.parametrize("method", ["set", "add", "multiply", "min", "max"])
def test_the_gradients_of_at(method):
    index = (slice(None), [0, 2])
    x, v = np.random.default_rng(3).standard_normal((2, 2, 3))
    weights = np.arange(1.0, 7.0).reshape(2, 3)

    def run(x, v):
        return ug.sum(getattr(x.at[index], method)(v[:, :2]) * weights)

    tx, tv = ug.asarray(x), ug.asarray(v)
    assert_values(
        grad(lambda x: run(x, tv), tx), numeric(lambda a: float(run(ug.asarray(a), tv)), x), rtol=1e-6, atol=1e-6
    )
    assert_values(
        grad(lambda v: run(tx, v), tv), numeric(lambda a: float(run(tx, ug.asarray(a))), v), rtol=1e-6, atol=1e-6
    )


def test_an_element_written_twice():
    x, v = ug.asarray([1.0, 2.0, 3.0]), ug.asarray([10.0, 20.0, 30.0])
    assert x.at[[0, 0, 1]].set(v).tolist() == [20.0, 30.0, 3.0]
    assert x.at[[0, 0, 1]].add(v).tolist() == [31.0, 32.0, 3.0]
    assert_values(grad(lambda v: x.at[[0, 0, 1]].set(v), v), [0.0, 1.0, 1.0])
    assert_values(grad(lambda x: x.at[[0, 0, 1]].set(v), x), [0.0, 0.0, 1.0])
    assert_values(grad(lambda v: x.at[[0, 0, 1]].add(v), v), [1.0, 1.0, 1.0])


def test_tensors_as_indices():
    x = ug.asarray(A)
    assert_values(x[ug.asarray([2, 0])], A[[2, 0]])
    assert_values(x[ug.asarray(1)], A[1])
    assert_values(x[ug.asarray(1), ug.asarray([0, 1])], A[1, [0, 1]])
    assert_values(x[x > 0.0], A[A > 0])
    assert_values(x[1 : ug.asarray(3)], A[1:3])
    z = x * 1.0
    z[ug.asarray([0, 2])] = 1.0
    z[z < 0.0] = 0.0
    expected = A.copy()
    expected[[0, 2]] = 1.0
    expected[expected < 0] = 0
    assert_values(z, expected)


def test_an_index_tensor_of_numpys_on_any_backend():
    with ug.use_backend("numpy"):
        index = ug.asarray([2, 0])
    assert_values(ug.asarray(A)[index], A[[2, 0]])
    assert_values(ug.asarray(A).at[index].set(0.0)[1], A[1])


def test_a_bool_is_a_mask_and_no_number():
    assert ug.asarray([1.0, 2.0])[True].shape == (1, 2)
    assert ug.asarray([1.0, 2.0])[False].shape == (0, 2)
    assert ug.asarray([1.0, 2.0])[np.bool_(True)].shape == (1, 2)


def test_many_rows_read_one_by_one():
    x = ug.asarray(np.arange(200.0).reshape(100, 2))
    assert_values(
        grad(lambda x: sum(ug.sum(x[i] * float(i)) for i in range(100)), x), np.arange(100.0)[:, None] * np.ones(2)
    )
    assert_values(
        grad(lambda x: sum(x[i, 1] * float(i) for i in range(100)), x), np.arange(100.0)[:, None] * [0.0, 1.0]
    )
