"""dtypes, devices, capabilities, DLPack: what the standard says about arrays without computing."""

import itertools
from typing import Any

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, native
from unigrad import dtypes
from unigrad.backend import Backend
from unigrad.inspection import KINDS

EVERY = ("numpy", "jax", "torch")


def test_isdtype() -> None:
    for kind, members in KINDS.items():
        for d in dtypes.ALL:
            assert ug.isdtype(d, kind) is (d in members)
    assert ug.isdtype(ug.float32, ("integral", ug.float32))
    assert not ug.isdtype(ug.float32, ())
    assert ug.isdtype("float32", "real floating")
    for wrong in ("floating", ("bool", "real")):
        with pytest.raises(ug.DTypeError, match="unknown kind"):
            ug.isdtype(ug.float32, wrong)


def test_can_cast_and_result_type_are_the_promotion_table(double: Backend) -> None:
    for a, b in itertools.product(dtypes.ALL, repeat=2):
        assert ug.can_cast(a, b) is (dtypes.promote(a, b) == b)
        assert ug.result_type(a, b) == dtypes.promote(a, b)
    x = ug.ones((2,), dtype=ug.int8)
    assert ug.result_type(x, ug.float32, 1.0, 2) == ug.float32
    assert ug.result_type(x, 1.0) == ug.float64
    assert ug.result_type(ug.float32, 1j) == ug.complex64
    assert ug.can_cast(x, ug.int16)
    assert ug.result_type(1.0) == ug.float64
    assert ug.result_type(True, 2) == ug.get_backend().default_int
    assert ug.result_type(2, 1j) == ug.complex128
    with pytest.raises(ug.DTypeError, match="at least one"):
        ug.result_type()
    with pytest.raises(ug.DTypeError):
        ug.result_type("abc")


@pytest.mark.parametrize("name", [d.name for d in dtypes.ALL])
def test_limits(backend: Backend, name: str) -> None:
    dtype = dtypes.BY_NAME[name]
    for given in (dtype, name, ug.ones((1,), dtype=dtype)):
        if dtype in dtypes.INTEGERS:
            info = ug.iinfo(given)
            assert (info.max, info.min, info.dtype) == (np.iinfo(dtype).max, np.iinfo(dtype).min, dtype)
        elif dtype in dtypes.FLOATS:
            info = ug.finfo(given)
            assert [type(v) for v in info[:5]] == [int, float, float, float, float]
            assert info.bits == 8 * info.dtype.itemsize
            assert info.max == -info.min
            assert 1.0 + info.eps > 1.0
        for wrong in [ug.finfo] * (dtype not in dtypes.FLOATS) + [ug.iinfo] * (dtype not in dtypes.INTEGERS):
            with pytest.raises(ug.DTypeError):
                wrong(given)


def test_info(backend: Backend) -> None:
    for info in (ug.__array_namespace_info__(), ug.ones(1).__array_namespace__().__array_namespace_info__()):
        assert isinstance(info.devices(), list)
        assert info.default_device() in info.devices()
        assert ug.ones(1, device=info.default_device()).device == info.default_device()
        assert info.default_dtypes(device=None)["real floating"] == ug.ones(1).dtype
        assert info.default_dtypes()["integral"] == ug.asarray([1]).dtype
        assert info.default_dtypes()["complex floating"] == ug.asarray([1j]).dtype
        assert info.capabilities()["max dimensions"] is None or info.capabilities()["max dimensions"] >= 32
        assert info.dtypes(kind="real floating") == {"float32": ug.float32, "float64": ug.float64}
        assert len(info.dtypes()) == 13
        assert set(info.dtypes(kind=("bool", "complex floating"))) == {"bool", "complex64", "complex128"}
        with pytest.raises(ug.BackendError):
            info.dtypes(device="nowhere")


def test_a_namespace_says_what_its_own_backend_can(backend: Backend) -> None:
    namespace = ug.ones(1).__array_namespace__()
    with ug.use_backend("torch" if backend.name != "torch" else "numpy"):
        assert namespace.__array_namespace_info__().default_dtypes()["real floating"] == backend.default_float
        assert namespace.fft.fftfreq(3).backend.name == backend.name
        assert namespace.from_dlpack(np.ones(2)).backend.name == backend.name


@pytest.mark.parametrize("source", EVERY)
def test_from_dlpack(backend: Backend, source: str) -> None:
    theirs = native([1.0, 2.0], source)
    t = ug.from_dlpack(theirs)
    assert (t.backend.name, t.tolist(), t.dtype) == (backend.name, [1.0, 2.0], ug.float64)
    if source != "jax":
        theirs[0] = 9.0  # of the other owner: no gradient may change with it
        assert t.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="copy=False"):
        ug.from_dlpack(theirs, copy=False)


def test_from_dlpack_of_a_strided_array_and_of_a_stranger(backend: Backend) -> None:
    assert ug.from_dlpack(np.arange(6.0)[::-2]).tolist() == [5.0, 3.0, 1.0]

    class Stranger:
        def __init__(self, data: np.ndarray) -> None:
            self.data = data

        def __dlpack__(self, **options: Any) -> Any:
            return self.data.__dlpack__(**options)

        def __dlpack_device__(self) -> Any:
            return self.data.__dlpack_device__()

    for offset in range(8):  # one of them is aligned as JAX wants memory that it takes over
        data = np.arange(11.0)[offset : offset + 3]
        t = ug.from_dlpack(Stranger(data))
        data[0] = 77.0
        assert t.tolist() == [offset, offset + 1.0, offset + 2.0]
    for wrong in ([1.0], 3, None):
        with pytest.raises(ug.DTypeError, match="__dlpack__"):
            ug.from_dlpack(wrong)


def test_a_tensor_keeps_its_gradient_through_from_dlpack(backend: Backend) -> None:
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.from_dlpack(x, copy=True) ** 2
    assert_values(tape.gradient(y, x), [2.0, 4.0])
    assert ug.from_dlpack(x, copy=False, device=x.device).tolist() == x.tolist()


def test_zeros_like_and_ones_like(backend: Backend) -> None:
    x = ug.asarray(np.array([[1.5], [2.0]]))
    for like, value in ((ug.zeros_like, 0), (ug.ones_like, 1)):
        out = like(x, dtype=ug.int32, device=x.device)
        assert (out.tolist(), out.dtype) == ([[value], [value]], ug.int32)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = like(x, dtype=ug.float32)
        assert tape.gradient(y, x).tolist() == [[0.0], [0.0]]


def test_bits_are_written_in_place(backend: Backend) -> None:
    t = ug.asarray(np.array([6, 3]))
    row = t[:1]
    t &= 7
    t |= 8
    t ^= 1
    t <<= 2
    t >>= 1
    assert t.tolist() == [30, 20]
    assert row.tolist() == [30]
    b = ug.asarray([True, False])
    b |= ug.asarray([False, False])
    assert b.tolist() == [True, False]


def test_sums_keep_the_dtype_that_was_asked_for(backend: Backend) -> None:
    x = ug.asarray([200, 100], dtype=ug.uint8)
    assert (ug.sum(x, dtype=ug.uint8).dtype, ug.sum(x, dtype=ug.uint8).tolist()) == (ug.uint8, 44)
    assert ug.prod(x, dtype=ug.int16).dtype == ug.int16
    assert ug.cumulative_sum(x, dtype=ug.uint8).tolist() == [200, 44]
    assert ug.sum(x).tolist() == 300
    assert ug.sum(x).dtype == (ug.int64 if backend.name == "torch" else ug.uint64)
