"""Arrays as users have them: masked, of another order of bytes, wider than any dtype of ours, of the standard library."""

import math
from array import array

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values

pytestmark = pytest.mark.usefixtures("double")


def pulled(x, v):
    """A gradient with an output gradient of the user's."""
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    return tape.gradient(y, x, output_gradients=v)


def written(x, v):
    x = x * 1.0
    x[:] = v
    return x


#: every way by which a user's ndarray of two elements comes in, beside a tensor of two
WAYS = {
    "asarray": lambda x, v: ug.asarray(v),
    "operator": lambda x, v: x * v,
    "in-place operator": lambda x, v: (x * 1.0).__iadd__(v),
    "function": lambda x, v: ug.where(x > 3, x, v),
    "product": lambda x, v: ug.matmul(v, x),
    "several": lambda x, v: ug.concat([x, v]),
    "einsum": lambda x, v: ug.einsum("i,i->", x, v),
    "NumPy's ufunc": lambda x, v: np.add(x, v),
    "NumPy's function": lambda x, v: np.stack([x, v]),
    "write": written,
    "write elsewhere": lambda x, v: x.at[0:2].add(v),
    "fill": lambda x, v: ug.full_like(x, v),
    "variable": lambda x, v: ug.Variable(v),
    "assign": lambda x, v: ug.Variable(x * 1.0).assign(v),
    "assign_add": lambda x, v: ug.Variable(x * 1.0).assign_add(v),
    "examples": lambda x, v: ug.vmap(lambda a: a * 2.0)(v),
    "argument": lambda x, v: ug.grad(lambda a: ug.sum(a * a))(v),
    "tangent": lambda x, v: ug.jvp(lambda a: a * a, (x,), (v,))[1],
    "output gradient": pulled,
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@every_way
def test_another_order_of_bytes_is_the_same_numbers(way):
    """As in FITS and many other files."""
    v = np.array([1.0, 2.0])
    assert_values(way(ug.asarray([3.0, 4.0]), v.astype(">f8")), as_numpy(way(ug.asarray([3.0, 4.0]), v)))


def as_numpy(x):
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x)


@every_way
def test_a_mask_is_not_lost_in_silence(way):
    masked = np.ma.masked_array([1.0, 2.0], mask=[False, True])
    with pytest.raises(TypeError, match=r"the mask of a masked array would be lost: fill it \(x.filled\(0.0\)\)"):
        way(ug.asarray([3.0, 4.0]), masked)


@every_way
def test_a_masked_array_with_nothing_masked_is_an_array(way):
    v = np.array([1.0, 2.0])
    assert_values(way(ug.asarray([3.0, 4.0]), np.ma.masked_array(v)), as_numpy(way(ug.asarray([3.0, 4.0]), v)))


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="long double is float64 on this machine")
@every_way
def test_what_is_wider_is_not_cut_in_silence(way):
    with pytest.raises(TypeError, match="data is wider than any dtype there is: cast it"):
        way(ug.asarray([3.0, 4.0]), np.array([1.0, 2.0], dtype=np.longdouble))


@pytest.mark.filterwarnings("ignore:Sparse CSR")
@pytest.mark.parametrize("way", ["to_sparse", "to_sparse_csr"])
def test_a_sparse_tensor_is_made_dense_on_purpose(way):
    import torch

    sparse = getattr(torch.eye(2), way)()
    for use in (ug.asarray, ug.grad(ug.sum), ug.Variable):
        with pytest.raises(TypeError, match=r"layout torch.sparse_.*\.to_dense\(\)"):
            use(sparse)


def test_full_takes_any_array(backend):
    row = np.array([1.0, 2.0])
    like = ug.zeros((2, 2))
    for fill in (row, ug.asarray(row), ug.asarray(row).raw):
        assert_values(ug.full((2, 2), fill), [row, row])
        assert_values(ug.full_like(like, fill), [row, row])
    assert type(ug.full_like(like.raw, row)) is type(like.raw)
    assert ug.full((2,), np.float32(2.0)).dtype == ug.float32
    assert ug.full_like(ug.zeros(2, dtype=ug.float32), np.float64(2.0)).dtype == ug.float32
    other = "numpy" if backend.name == "torch" else "torch"
    with ug.use_backend(other):
        stranger = ug.asarray([1.0, 2.0])
    with pytest.raises(ug.MixedBackendsError, match=f"full_like: .*a fill value of '{other}'"):
        ug.full_like(like, stranger)


def test_arrays_of_the_standard_library():
    assert_values(ug.asarray(array("d", [1.0, 2.0])), [1.0, 2.0])
    assert_values(ug.asarray(memoryview(np.arange(3.0))), [0.0, 1.0, 2.0])


def test_rounding_as_python_does_it():
    """For a program that prints ``round(loss, 2)``."""
    t = ug.asarray(2.567)
    assert (round(t), round(ug.asarray(2.5)), round(ug.Variable(3.5))) == (3, 2, 4)
    assert_values(round(t, 1), 2.6)
    assert int(ug.asarray(-2.5)) == np.trunc(-2.5) == math.trunc(ug.asarray(-2.5))


@pytest.mark.parametrize("other", ["numpy", "jax", "torch"])
def test_numbers_and_lists_are_joined_with_arrays_of_any_library(other):
    """As constants of that library, whichever makes new arrays."""
    with ug.use_backend(other):
        x = ug.asarray([1.0, 2.0], dtype=ug.float32)
    for out in (ug.stack([x[0], 3.0]), ug.concat([x[:1], [3.0]]), ug.zeros_like(x).at[:].set([x[0], 3.0])):
        assert (out.backend.name, out.dtype, out.tolist()) == (other, ug.float32, [1, 3])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.sum(ug.stack([2.0, x[1] ** 2]))
    assert tape.gradient(y, x).tolist() == [0, 4]


def test_a_shift_is_whatever_counts_as_an_int():
    x = ug.asarray([[1.0, 2.0], [3.0, 4.0]])
    for one in (np.int64(1), np.array(1), ug.asarray(1)):
        assert_values(ug.roll(x, one), [[4.0, 1.0], [2.0, 3.0]])
        assert_values(ug.roll(x, one, axis=np.int64(1)), [[2.0, 1.0], [4.0, 3.0]])
    assert_values(ug.roll(x, np.array([1, 1]), axis=(0, 1)), [[4.0, 3.0], [2.0, 1.0]])
    with pytest.raises(ug.ShapeError, match=r"roll: a shift is an int, not 1\.0"):
        ug.roll(x, 1.0)
