"""Creation functions: dtype, device, what a tensor may be made of, tensors as ends and fill values."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, backend_name, grad, native

pytestmark = pytest.mark.usefixtures("double")


class TestAsarray:
    @pytest.mark.parametrize(
        ("obj", "dtype"),
        [(1.5, ug.float64), (2, ug.int64), (True, ug.bool), (1j, ug.complex128), ([1, 2], ug.int64), ([1, 2.5], ug.float64),
         ([True, False], ug.bool), ([], ug.float64), ((1.0, 2.0), ug.float64), (range(3), ug.int64), ([[1, 2], [3, 4]], ug.int64),
         (np.float32(1.5), ug.float32), (np.array([1, 2], dtype=np.int16), ug.int16), (np.array([1.0], dtype=">f8"), ug.float64),
         (bytearray(b"ab"), ug.uint8)],
        ids=str,
    )  # fmt: skip
    def test_what_it_takes(self, obj, dtype):
        t = ug.asarray(obj)
        assert (t.dtype, t.backend.name) == (dtype, backend_name())
        assert_values(t, np.asarray(obj if type(obj) is not bytearray else list(obj)))

    def test_a_dtype_that_is_asked_for(self):
        for obj in ([1, 2], np.array([1.0, 2.0]), native([1.0, 2.0]), ug.asarray([1, 2]), ug.Variable([1.0, 2.0])):
            t = ug.asarray(obj, dtype=ug.float32)
            assert t.dtype == ug.float32
            assert t.tolist() == [1.0, 2.0]

    @pytest.mark.parametrize("name", ["numpy", "jax", "torch"])
    def test_a_librarys_own_array_stays_where_it_is(self, name):
        t = ug.asarray(native([1.0, 2.0], name))
        assert t.backend.name == (name if name != "numpy" else backend_name())
        assert t.tolist() == [1.0, 2.0]

    def test_a_tensor_is_itself_unless_a_copy_is_asked_for(self):
        t = ug.asarray([1.0, 2.0])
        assert ug.asarray(t) is t
        assert ug.asarray(t, copy=False) is t
        copied = ug.asarray(t, copy=True)
        copied[0] = 9.0
        assert t.tolist() == [1.0, 2.0]
        with pytest.raises(ValueError, match="copy=False"):
            ug.asarray([1.0], copy=False)

    def test_a_strided_and_a_reversed_array(self):
        a = np.arange(12.0).reshape(3, 4)
        for view in (a[::-1], a[:, ::-2], a.T, a[1:, 1:], np.broadcast_to(a[0], (2, 4))):
            assert_values(ug.asarray(view), view)

    def test_lists_that_hold_tensors(self):
        x, v = ug.asarray(2.0), ug.Variable(3.0)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.asarray([[x, 1.0], [x * x, v]])
            z = ug.sum(y * np.array([[1.0, 10.0], [100.0, 1000.0]]))
        assert y.tolist() == [[2.0, 1.0], [4.0, 3.0]]
        assert_values(tape.gradient(z, x), 401.0)

    def test_lists_that_hold_tensors_and_dtypes(self):
        assert ug.asarray([ug.asarray(1), 2.5]).tolist() == [1.0, 2.5]
        assert ug.asarray([ug.asarray(1), 2], dtype=ug.float32).dtype == ug.float32

    def test_a_gradient_passes_through_a_cast(self):
        found = grad(lambda x: ug.asarray(x, dtype=ug.float32) * 2.0, ug.asarray([1.0]))
        assert found.dtype == ug.float64
        assert_values(found, [2.0])


def test_shapes_and_dtypes():
    for make, value in ((ug.zeros, 0), (ug.ones, 1), (ug.empty, 0)):
        assert make(3).shape == (3,)
        assert make((2, 3)).dtype == ug.float64
        assert make([2], dtype=ug.int32).tolist() == [value] * 2
        assert make(()).shape == ()
        assert make((np.int64(2), ug.asarray(2))).shape == (2, 2)
        assert make(2, device="cpu").device == "cpu"


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(2, ug.int64), (2.5, ug.float64), (True, ug.bool), (1j, ug.complex128), (np.float32(2), ug.float32)],
    ids=repr,
)
def test_full(value, dtype):
    t = ug.full((2, 2), value)
    assert t.dtype == dtype
    assert_values(t, np.full((2, 2), value))
    assert ug.full(2, value, dtype=ug.complex64).dtype == ug.complex64


def test_full_of_a_tensor_keeps_its_gradient():
    assert_values(grad(lambda x: ug.full((2, 3), x), ug.asarray(2.0)), 6.0)
    with pytest.raises(TypeError, match="cannot fill an array with str"):
        ug.full(2, "a")


def test_likes():
    x = ug.asarray([[1.0, 2.0]], dtype=ug.float32)
    for made, value in ((ug.zeros_like(x), 0), (ug.ones_like(x), 1), (ug.full_like(x, 7), 7), (ug.empty_like(x), 0)):
        assert (made.shape, made.dtype, made.backend.name) == ((1, 2), ug.float32, backend_name())
        assert_values(made, np.full((1, 2), value))
    assert ug.full_like(x, 7, dtype=ug.int32).dtype == ug.int32


@pytest.mark.parametrize("args", [(3,), (1, 4), (0, 1, 0.25), (5, 0, -2), (2.0,), (0,), (3, 1)], ids=repr)
def test_arange(args):
    t = ug.arange(*args)
    assert t.dtype == np.arange(*args).dtype
    assert_values(t, np.arange(*args))
    assert ug.arange(3, dtype=ug.float32).dtype == ug.float32


def test_arange_with_a_step_of_zero():
    with pytest.raises(ValueError, match="step of 0"):
        ug.arange(1, 2, 0)


@pytest.mark.parametrize("endpoint", [True, False])
@pytest.mark.parametrize("num", [0, 1, 2, 5])
def test_linspace(num, endpoint):
    assert_values(ug.linspace(-1, 2, num, endpoint=endpoint), np.linspace(-1, 2, num, endpoint=endpoint))
    x = ug.asarray(-1.0)
    assert_values(ug.linspace(x, 2.0, num, endpoint=endpoint), np.linspace(-1, 2, num, endpoint=endpoint))


def test_linspace_between_tensors_is_differentiable():
    a, b = ug.asarray(1.0), ug.Variable(3.0)
    with ug.GradientTape() as tape:
        tape.watch(a)
        y = ug.linspace(a, b, 5)
    assert y.tolist() == [1.0, 1.5, 2.0, 2.5, 3.0]
    assert_values(tape.gradient(y, a), 2.5)
    with pytest.raises(ValueError, match="linspace: -1 numbers"):
        ug.linspace(0, 1, -1)
    assert ug.linspace(0, 1j, 3).dtype == ug.complex128


def test_eye():
    for args, k in (((3,), 0), ((2, 3), 1), ((3, 2), -1), ((0,), 0)):
        assert_values(ug.eye(*args, k=k), np.eye(*args, k=k))
    assert ug.eye(2, dtype=ug.int32).dtype == ug.int32


@pytest.mark.parametrize("indexing", ["xy", "ij"])
def test_meshgrid(indexing):
    a, b = np.arange(3.0), np.arange(2.0)
    for found, expected in zip(
        ug.meshgrid(ug.asarray(a), ug.asarray(b), indexing=indexing), np.meshgrid(a, b, indexing=indexing), strict=True
    ):
        assert_values(found, expected)
    with pytest.raises(ValueError, match="'xy' or 'ij', not 'yx'"):
        ug.meshgrid(ug.asarray(a), indexing="yx")


def test_convert_keeps_values_dtypes_and_shapes():
    for values in (
        np.ones((2, 3), np.float32),
        np.zeros((0, 2)),
        np.array(3),
        np.array([True]),
        np.arange(4.0)[::-2],
        np.array([1j]),
    ):
        t = ug.asarray(values)
        for name in ("numpy", "jax", "torch"):
            there = ug.convert(t, name)
            back = ug.convert(there, backend_name())
            assert (there.backend.name, there.dtype, there.shape) == (name, values.dtype, values.shape)
            np.testing.assert_array_equal(back.numpy(), values)
    assert ug.convert(ug.asarray([1.0]), backend_name()).backend.name == backend_name()
    with pytest.raises(ug.BackendError, match="unknown backend 'nothing'"):
        ug.convert(t, "nothing")


def test_what_was_converted_is_not_changed_by_a_write():
    t = ug.asarray([1.0, 2.0])
    assert ug.convert(t, backend_name()) is t
    for name in {"numpy", "jax", "torch"} - {backend_name()}:
        there = ug.convert(t, name)
        there[0] = 9.0
        there += 1.0
        assert t.tolist() == [1.0, 2.0]


def test_full_like_of_a_tensor_keeps_its_gradient(backend):
    x, value = ug.ones((2, 3), dtype=ug.float32), ug.asarray(2.0, dtype=ug.float64)
    with ug.GradientTape() as tape:
        tape.watch([x, value])
        out = ug.full_like(x, value)
    assert out.dtype == ug.float32
    assert out.shape == (2, 3)
    gx, gv = tape.gradient(out, [x, value])
    assert gx is None
    assert gv.dtype == ug.float64
    assert gv.item() == 6.0
    assert ug.full_like(x.raw, 2.0).shape == (2, 3)
    assert ug.full_like(x.raw, value).dtype == ug.float32


def test_a_list_of_numpys_numbers_keeps_their_dtype():
    for dtype in (np.int32, np.float32, np.uint8, np.complex64):
        assert ug.asarray([dtype(1), dtype(2)]).dtype == dtype
        assert ug.asarray([[dtype(1)], [dtype(2)]]).dtype == dtype
    assert ug.asarray([1, 2]).dtype == ug.asarray([1])[0].dtype == ug.get_backend().default_int


def test_tensors_as_numbers_of_creation_functions():
    assert (
        ug.arange(ug.asarray(3)).tolist()
        == ug.arange(ug.asarray(0), ug.asarray(3), ug.asarray(1)).tolist()
        == [0, 1, 2]
    )
    x = ug.asarray(2.0, dtype=ug.float64)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.full_like(ug.ones((3,), dtype=ug.float64), x)
    assert y.tolist() == [2.0, 2.0, 2.0]
    assert tape.gradient(y, x).item() == 3.0
    assert ug.full_like(ug.ones((2,), dtype=ug.int32), x).dtype == ug.int32


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "uint64", "complex64", "complex128"])
def test_counting_and_moving_in_every_dtype(dtype):
    t = ug.arange(4, dtype=getattr(ug, dtype))
    assert t.dtype == dtype
    assert t.tolist() == [0, 1, 2, 3]
    assert t[::-1].tolist() == ug.flip(t).tolist() == [3, 2, 1, 0]
    assert ug.take_along_axis(t, ug.asarray([2, 0]), axis=0).tolist() == [2, 0]
