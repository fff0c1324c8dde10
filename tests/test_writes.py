"""Writes in place: what is refused, what a tape and an accumulator make of them, and that views let go."""

import gc
import weakref

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, backend_name, derivative, grad

pytestmark = pytest.mark.usefixtures("double")


class TestRefused:
    @pytest.mark.parametrize("value", [1.5, [1.5], np.array(1.5), 1j])
    def test_numbers_of_a_higher_kind(self, value):
        t = ug.asarray([1, 2, 3])
        with pytest.raises(ug.DTypeError, match="int64"):
            t[0] = value
        with pytest.raises(ug.DTypeError, match="int64"):
            t[0] = ug.asarray(value)
        with pytest.raises(ug.DTypeError, match="int64"):
            t.at[0].set(value)
        assert t.tolist() == [1, 2, 3]

    def test_complex_into_real(self):
        t = ug.asarray([1.0, 2.0])
        with pytest.raises(ug.DTypeError, match="float64"):
            t[0] = ug.asarray(1j)
        with pytest.raises(ug.DTypeError, match="float64"):
            t += 1j
        assert t.tolist() == [1.0, 2.0]

    @pytest.mark.parametrize("update", ["iadd", "itruediv"])
    def test_an_update_that_changes_the_dtype(self, update):
        t = ug.asarray([1, 2, 3])
        with pytest.raises(ug.DTypeError, match="tensor of dtype int64"):
            getattr(t, f"__{update}__")(0.5)
        assert t.tolist() == [1, 2, 3]

    def test_an_update_that_changes_the_shape(self):
        t = ug.asarray([1.0, 2.0])
        with pytest.raises(ug.ShapeError, match=r"\+=.*\(3, 2\) does not fit the tensor of shape \(2,\)"):
            t += ug.ones((3, 2))
        assert t.tolist() == [1.0, 2.0]

    @pytest.mark.parametrize("index", [0, slice(0, 2), [0, 1]])
    def test_a_value_of_another_shape(self, index):
        t = ug.zeros((3, 2))
        with pytest.raises(ValueError, match="setitem"):
            t[index] = ug.ones(3)
        assert_values(t, np.zeros((3, 2)))

    @pytest.mark.parametrize("index", [3, (0, 2), (-4,), ([0, 3],), (slice(None), [5])])
    def test_an_index_out_of_bounds(self, index):
        t = ug.zeros((3, 2))
        with pytest.raises(IndexError, match="out of bounds"):
            t[index] = 1.0
        with pytest.raises(IndexError, match="out of bounds"):
            t[index]

    @pytest.mark.parametrize("value", ["a", None, object(), ["a", "b"], [[1.0], [1.0, 2.0]]])
    def test_what_is_no_number(self, value):
        t = ug.zeros((3, 2))
        with pytest.raises((TypeError, ValueError)):
            t[0] = value
        assert_values(t, np.zeros((3, 2)))

    def test_the_library_of_another_backend(self):
        other = "torch" if backend_name() != "torch" else "jax"
        with ug.use_backend(other):
            value = ug.ones(2)
        t = ug.zeros((3, 2))
        with pytest.raises(ug.MixedBackendsError, match=r"unigrad.convert"):
            t[0] = value


class TestDTypes:
    def test_writing_takes_the_tensors_dtype(self):
        t = ug.zeros(3, dtype=ug.float32)
        t[0] = 1
        t[1] = ug.asarray(2.5, dtype=ug.float64)
        t[2] = np.float64(3.5)
        t += 1
        assert t.dtype == ug.float32
        assert_values(t, [2.0, 3.5, 4.5])

    def test_integers_and_bools(self):
        t = ug.asarray([1, 2, 3], dtype=ug.int32)
        t[0] = True
        t[1:] += 5
        t <<= 1
        assert t.dtype == ug.int32
        assert t.tolist() == [2, 14, 16]
        b = ug.asarray([True, False])
        b[1] = True
        assert b.tolist() == [True, True]

    def test_a_float64_value_written_into_float32_has_a_float64_gradient(self):
        v = ug.asarray(2.0)
        t = ug.zeros(3, dtype=ug.float32)

        def f(v):
            t[1] = v * v
            return ug.sum(t)

        found = grad(f, v)
        assert found.dtype == ug.float64
        assert_values(found, 4.0)


class TestOnTheTape:
    def test_the_source_stays_the_value_that_was_watched(self):
        x = ug.asarray([1.0, 2.0, 3.0])
        with ug.GradientTape() as tape:
            tape.watch(x)
            x[0] = x[1] * x[2]
            x *= 2.0
            y = ug.sum(x)
        assert_values(tape.gradient(y, x), [0.0, 2.0 + 6.0, 2.0 + 4.0])

    def test_a_value_written_into_a_constant(self):
        x = ug.asarray([2.0, 3.0])
        with ug.GradientTape() as tape:
            tape.watch(x)
            z = ug.zeros((2, 2))
            z[0, 0] = x[0]
            z[1] = x * x
            y = ug.sum(z * z)
        assert_values(tape.gradient(y, x), [2 * 2.0 + 4 * 8.0, 4 * 27.0])

    def test_what_is_overwritten_counts_no_more(self):
        x = ug.asarray([2.0, 3.0])
        assert_values(grad(lambda x: ug.sum(overwritten(x)), x), [0.0, 3.0])

    def test_a_view_from_before_the_tape_sees_the_write(self):
        base = ug.zeros(3)
        view = base[1:]
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            tape.watch(x)
            base[1] = x * x
            y = ug.sum(view)
        assert_values(y, 4.0)
        assert_values(tape.gradient(y, x), 4.0)

    def test_writing_through_a_view_into_a_base_from_before_the_tape(self):
        base = ug.zeros((2, 2))
        view = base.T[1]
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            tape.watch(x)
            view[0] = x * x
            y = base[0, 1] * 3.0
        assert_values(tape.gradient(y, x), 12.0)

    def test_forward_mode(self):
        x = ug.asarray([2.0, 3.0])
        assert_values(derivative(overwritten, x), [0.0, 3.0])

    def test_in_nested_tapes(self):
        def f(x):
            z = ug.zeros(2)
            z[0] = x * x
            z[1] = z[0] * x
            z += z * x
            return ug.sum(z)  # x^2 + 2 x^3 + x^4

        x = ug.asarray(1.5)
        for outer in (grad, derivative):
            for inner in (grad, derivative):
                assert_values(outer(lambda x, d=inner: d(f, x), x), 2 + 12 * 1.5 + 12 * 1.5**2)

    def test_the_write_of_a_loop_is_recorded_for_the_outer_tape_too(self):
        x = ug.asarray(3.0)
        with ug.GradientTape() as outer, ug.GradientTape() as inner:
            outer.watch(x)
            inner.watch(x)
            z = ug.ones(3)
            for i in range(3):
                z[i] = x ** (i + 1)
            y = ug.sum(z)
            g = inner.gradient(y, x)
        assert_values(g, 1 + 6.0 + 27.0)
        assert_values(outer.gradient(g, x), 2 + 18.0)

    def test_a_scalar_tensor_is_bound_anew(self):
        x = ug.asarray(2.0)

        def f(x):
            s = x
            s += x * x
            s *= 3.0
            return s

        assert_values(grad(f, x), 15.0)
        assert_values(x, 2.0)

    def test_a_tensor_watched_again_after_a_write(self):
        x = ug.asarray([1.0, 2.0])
        with ug.GradientTape() as outer:
            outer.watch(x)
            x[0] = x[1] * 5.0
            with ug.GradientTape() as inner:
                inner.watch(x)
                y = ug.sum(x * x)
            g = inner.gradient(y, x)
        assert_values(outer.gradient(g, x), [0.0, 12.0])


def overwritten(x):
    x = x * 1.0
    x[0] = 7.0
    return x * 3.0


class TestVariablesAreNotWritten:
    def test_an_item_or_an_update(self):
        v = ug.Variable([1.0, 2.0])
        with pytest.raises(TypeError):
            v[0] = 5.0
        v += 1.0
        assert v.__class__ is not ug.Variable  # the name is bound to a tensor, as in TensorFlow

    def test_a_snapshot_that_is_written_leaves_the_variable_alone(self):
        v = ug.Variable([1.0, 2.0])
        t = v.value()
        t[0] = 50.0
        assert_values(v, [1.0, 2.0])


class TestLettingGo:
    def test_dead_views_are_forgotten(self):
        base = ug.zeros((4, 4))
        for i in range(1000):
            base[i % 4]
        assert len(base._views) < 20

    def test_a_view_dies_with_its_last_name(self):
        gc.collect()
        gc.disable()
        try:
            base = ug.zeros((4, 4))
            view = base[1:]
            deeper = view[0]
            refs = [weakref.ref(view), weakref.ref(deeper), weakref.ref(base)]
            del view
            assert refs[0]() is not None  # the deeper view writes through it
            del deeper
            assert [r() is None for r in refs] == [True, True, False]
            view = base[1:]
            del base
            assert refs[2]() is not None
            view[0] = 1.0
            del view
            assert refs[2]() is None
        finally:
            gc.enable()

    def test_old_values_are_freed(self):
        t = ug.zeros(1000)
        t[0] = 1.0
        holder = t.detach()  # somebody who sees the old value: the write makes a new array
        old = weakref.ref(t.raw)
        t[1] = 1.0
        assert holder.raw is not t.raw
        del holder
        assert old() is None


@pytest.mark.parametrize("way", ["elements", "views", "updates of views"])
def test_threads_that_write_into_parts_of_one_tensor(way):
    from concurrent.futures import ThreadPoolExecutor

    t = ug.zeros((8, 40))
    rows = [t[i] for i in range(8)]

    def fill(i):
        for j in range(40):
            if way == "elements":
                t[i, j] = 1.0
            elif way == "views":
                rows[i][j] = 1.0
            else:
                part = rows[i][j : j + 1]
                part += 1.0

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fill, range(8)))
    assert_values(t, np.ones((8, 40)))


def test_parts_read_by_rows_and_by_slices():
    x = ug.asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=ug.float64)
    for parts in (
        [0, slice(None, None, 2), slice(None, None, 2)],
        [slice(None, None, 2), (0, 1), 0, 1],
        [0, (1, 2), 1],
    ):
        want = np.zeros((2, 3))
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = 0.0
            for k, part in enumerate(parts):
                y = y + ug.sum(x[part]) * (k + 1.0)
                want[part] += k + 1.0
        assert_values(tape.gradient(y, x), want)
