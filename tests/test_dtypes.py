"""One dtype language and one promotion table on every backend, weak Python scalars, shapes that broadcast."""

import itertools

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import unigrad as ug
from tests.helpers import BACKENDS, assert_values, backend_name, grad, run_python
from unigrad import dtypes

FLOATS = [ug.float16, ug.bfloat16, ug.float32, ug.float64, ug.complex64, ug.complex128]
# PyTorch promotes no unsigned integers but uint8
SHARED = [d for d in dtypes.ALL if d not in (ug.uint16, ug.uint32, ug.uint64)]
PAIRS = list(itertools.product(SHARED, repeat=2))


def ones(dtype, shape=(2,)):
    return ug.astype(ug.ones(shape, dtype=ug.int8), dtype)


class TestTable:
    def test_it_is_symmetric_and_its_own_closure(self):
        for a, b in itertools.product(dtypes.ALL, repeat=2):
            c = dtypes.promote(a, b)
            assert c == dtypes.promote(b, a)
            assert c in dtypes.ALL
            if {a, b} != {ug.uint64, ug.int64} and not (a in dtypes.INTEGERS and b in dtypes.INTEGERS):
                assert dtypes.kind_of(c) == max(dtypes.kind_of(a), dtypes.kind_of(b))

    def test_it_is_numpys_wherever_the_standard_says_so(self):
        for group in (dtypes.INTEGERS, (ug.float32, ug.float64, ug.complex64, ug.complex128), (ug.bool,)):
            for a, b in itertools.product(group, repeat=2):
                assert dtypes.promote(a, b) == np.promote_types(a, b)

    @pytest.mark.parametrize(
        ("name", "dtype"),
        [("float32", ug.float32), (np.float32, ug.float32), ("bool", ug.bool), (bool, ug.bool), ("<f4", ug.float32),
         (np.dtype(">f8"), ug.float64), (ml_dtypes.bfloat16, ug.bfloat16), ("bfloat16", ug.bfloat16)],
    )  # fmt: skip
    def test_names(self, name, dtype):
        assert dtypes.as_dtype(name) == dtype

    def test_the_backends_own_names(self):
        import jax.numpy as jnp
        import torch

        assert dtypes.as_dtype(torch.float32) == ug.float32
        assert dtypes.as_dtype(torch.bool) == ug.bool
        assert dtypes.as_dtype(jnp.bfloat16) == ug.bfloat16

    @pytest.mark.parametrize("wrong", ["float31", object, "O", "U3", None, 3])
    def test_what_is_none(self, wrong):
        with pytest.raises(ug.DTypeError, match="is not a dtype"):
            dtypes.as_dtype(wrong)

    def test_pythons_own_are_numpys(self, backend):
        assert [dtypes.as_dtype(t) for t in (float, int, complex, bool)] == [
            ug.float64,
            ug.int64,
            ug.complex128,
            ug.bool,
        ]
        with ug.use_backend(backend.name):
            t = ug.asarray([1.5, -2.5], dtype=ug.float32)
            made = (
                t.astype(float), ug.astype(t, float), ug.sum(t, dtype=float), ug.asarray(t, dtype=float),
                ug.zeros_like(t, dtype=float), ug.full_like(t, 2.0, dtype=float), ug.ones(2, dtype=float),
                ug.eye(2, dtype=float), ug.linspace(t[0], 2.0, 3, dtype=float), np.astype(t, float),
                np.ones_like(t, dtype=float), (t > 0).astype(float),
            )  # fmt: skip
            assert {m.dtype for m in made} == {np.dtype(np.float64)}
            assert t.astype(int).dtype == ug.arange(3, dtype=int).dtype == ug.int64
            assert t.astype(complex).dtype == ug.complex128

    def test_set_default_dtype(self):
        with pytest.raises(ug.DTypeError, match="must be a real float"):
            ug.set_default_dtype(ug.int32)


@pytest.mark.usefixtures("double")
class TestOnEveryBackend:
    @pytest.mark.parametrize("dtype", dtypes.ALL, ids=str)
    def test_every_dtype_goes_in_and_comes_out(self, dtype):
        t = ug.asarray(np.array([0, 1]).astype(dtype))
        assert (t.dtype, t.numpy().dtype) == (dtype, dtype)
        assert ug.zeros(2, dtype=dtype).dtype == dtype

    def test_promotion_is_the_tables(self):
        for op in (ug.add, ug.multiply, ug.maximum):
            for a, b in PAIRS:
                if op is ug.maximum and 3 in (dtypes.kind_of(a), dtypes.kind_of(b)):
                    continue
                found = op(ones(a), ones(b))
                assert found.dtype == dtypes.promote(a, b), (op, a, b)

    def test_where_concat_and_matmul_promote_too(self):
        mask = ug.asarray([True, False])
        for a, b in itertools.product([ug.int32, ug.float32, ug.float64, ug.complex64], repeat=2):
            common = dtypes.promote(a, b)
            assert ug.where(mask, ones(a), ones(b)).dtype == common
            assert ug.concat([ones(a), ones(b)]).dtype == common
            assert (ones(a, (2, 2)) @ ones(b, (2, 2))).dtype == common
            assert ug.stack([ones(a), ones(b)]).dtype == common

    # Left to itself NumPy makes a float16 of an int8, and torch its own float32.
    def test_integers_become_the_default_float_where_a_float_is_needed(self):
        for dtype in (ug.int64, ug.int8, ug.uint8, ug.bool):
            i = ones(dtype)
            for _ in range(2):  # the second time by the fast road
                assert ug.sin(i).dtype == ug.float64
                assert (i / i).dtype == ug.float64
                assert (i / 2).dtype == ug.float64
                assert ug.hypot(i, i).dtype == ug.float64
                assert (i / ones(ug.float32)).dtype == ug.float32
                assert ug.mean(i).dtype == ug.float64

    @pytest.mark.parametrize("dtype", [ug.int8, ug.uint8, ug.int64, *FLOATS], ids=str)
    def test_python_numbers_are_weak(self, dtype):
        for number in (True, 2, 2.0, 2j):
            expected = dtypes.promote_scalar(dtype, number, ug.float64)
            for found in (ones(dtype) * number, number + ones(dtype), ones(dtype) * [number, number]):
                assert found.dtype == expected, (dtype, number)
        if dtypes.is_float(dtype):
            assert (ones(dtype) ** 2).dtype == dtype
            assert dtypes.is_complex(dtype) or ug.maximum(ones(dtype), 2).dtype == dtype

    @pytest.mark.parametrize("dtype", FLOATS, ids=str)
    def test_a_gradient_has_its_sources_dtype(self, dtype):
        x = ones(dtype)
        for f in (
            lambda x: x * 2.5,
            lambda x: x * ug.asarray([1.0, 2.0]),
            lambda x: ug.sum(ug.astype(x, ug.complex128) * 2),
        ):
            assert grad(f, x).dtype == dtype

    def test_0d_arrays_are_not_weak(self):
        assert (ones(ug.float32) * ug.asarray(2.0)).dtype == ug.float64
        assert (ug.asarray(2.0, dtype=ug.float32) * ug.asarray(3)).dtype == ug.float32


SHAPES = hnp.mutually_broadcastable_shapes(num_shapes=2, min_dims=0, max_dims=3, min_side=0, max_side=3)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@QUICK
@given(shapes=SHAPES, pair=st.sampled_from(PAIRS), op=st.sampled_from([ug.add, ug.multiply]))
def test_shapes_and_dtypes_of_two_arrays(shapes, pair, op):
    for name in BACKENDS:
        with ug.use_backend(name):
            a, b = (ones(d, s) for d, s in zip(pair, shapes.input_shapes, strict=True))
            out = op(a, b)
        assert (out.shape, out.dtype) == (shapes.result_shape, dtypes.promote(*pair))


@QUICK
@given(shapes=SHAPES, data=st.data())
def test_gradients_are_summed_over_what_was_broadcast(shapes, data):
    values = [
        data.draw(hnp.arrays(np.float64, s, elements=st.floats(-3, 3, allow_subnormal=False)))
        for s in shapes.input_shapes
    ]
    size = int(np.prod(shapes.result_shape))
    for name in BACKENDS:
        with ug.use_backend(name):
            a, b = map(ug.asarray, values)
            with ug.GradientTape() as tape:
                tape.watch([a, b])
                y = a * b + a
            found = tape.gradient(y, [a, b])
        whole = [np.broadcast_to(v, shapes.result_shape) for v in values]
        for g, v, expected in zip(found, values, (whole[1] + 1.0, whole[0]), strict=True):
            assert g.shape == v.shape
            lead = expected.ndim - v.ndim
            summed = expected.sum(tuple(range(lead)))
            summed = summed.sum(tuple(i for i, n in enumerate(v.shape) if n == 1), keepdims=True) if v.ndim else summed
            assert_values(g, np.broadcast_to(summed, v.shape) if size else np.zeros(v.shape), rtol=1e-9, atol=1e-9)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (0, 3, 1)])
def test_arrays_of_no_dimensions_and_of_no_elements(shape):
    x = ug.ones(shape)
    assert (x.shape, x.size, x.ndim) == (shape, int(np.prod(shape)), len(shape))
    for f in (lambda x: ug.exp(x) * x, lambda x: ug.sum(x * x), lambda x: ug.reshape(x, (-1,)) if x.size else x * 2.0):
        found = grad(f, x)
        assert found is not None
        assert found.shape == shape
    assert float(ug.sum(x)) == x.size
    assert backend_name() in repr(x)


class TestA32BitJAX:
    def test_64_bit_numbers_are_refused(self):
        done = run_python("""
            import numpy as np, unigrad as ug
            with ug.use_backend("jax"):
                assert ug.asarray([1.0]).dtype == ug.float32
                assert ug.zeros(2).dtype == ug.float32
                assert ug.asarray([1, 2]).dtype == ug.int32
                x = ug.asarray(np.ones(2, dtype=np.float32))
                for make in (lambda: ug.asarray(np.ones(2)), lambda: ug.zeros(2, dtype=ug.float64),
                             lambda: ug.astype(x, ug.float64), lambda: ug.asarray(np.ones(2, dtype=np.complex128)),
                             lambda: x * np.ones(2)):
                    try:
                        out = make()
                    except ug.DTypeError as e:
                        assert "32-bit JAX would be cut in silence: set JAX_ENABLE_X64=1" in str(e), e
                    else:
                        raise AssertionError(f"made {out!r}")
                assert ug.sum(ug.asarray([1, 2])).dtype == ug.int32
                assert ug.sum(ug.asarray([True, True])).tolist() == 2
                with ug.GradientTape() as tape:
                    tape.watch(x)
                    y = ug.sum(x * x * 2.0)
                assert tape.gradient(y, x).tolist() == [4.0, 4.0]
        """)
        assert done.returncode == 0, done.stderr

    def test_what_names_no_width_has_the_width_that_is_there(self):
        done = run_python("""
            import numpy as np, unigrad as ug
            with ug.use_backend("jax"):
                t = ug.asarray([1.5, -2.5])
                made = (t.astype(float), ug.astype(t, float), np.astype(t, float), ug.sum(t, dtype=float),
                        np.ones_like(t, dtype=float), ug.asarray(t, dtype=float), ug.ones(2, dtype=float), np.float_power(t, 2),
                        np.linspace(t[0], t[1], 3))
                assert {m.dtype for m in made} == {np.dtype(np.float32)}, made
                assert t.astype(int).dtype == ug.arange(3, dtype=int).dtype == ug.int32
                assert t.astype(complex).dtype == ug.complex64
                assert ug.astype(np.ones(2, dtype=np.float32), float).dtype == np.float64  # an array of NumPy's own
        """)
        assert done.returncode == 0, done.stderr

    def test_integers_that_fit_are_taken(self):
        """int64 is NumPy's own integer: labels and places are of it, and lose nothing."""
        done = run_python("""
            import numpy as np, unigrad as ug
            with ug.use_backend("jax"):
                x = ug.asarray([1.0, 2.0, 3.0])
                labels = ug.asarray(np.array([2, 0]))
                assert (labels.dtype, labels.tolist()) == (ug.int32, [2, 0])
                assert (np.arange(3) * x).tolist() == [0.0, 2.0, 6.0]
                assert ug.take(x, np.array([2, 0])).tolist() == [3.0, 1.0]
                assert ug.asarray(np.zeros(0, dtype=np.uint64)).dtype == ug.int32
                with ug.use_backend("numpy"):
                    places = ug.asarray([2, 0])
                assert ug.convert(places, "jax").dtype == ug.int32
                for wide in (np.array([2**31]), np.array([-(2**31) - 1]), np.array([2**63], dtype=np.uint64)):
                    try:
                        out = ug.asarray(wide)
                    except ug.DTypeError as e:
                        assert "would be cut in silence" in str(e), e
                    else:
                        raise AssertionError(f"made {out!r}")
        """)
        assert done.returncode == 0, done.stderr
