"""Variable: reading, assigning, and what it shows."""

import copy
import pickle

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, grad, native
from unigrad.variable import name_scope

pytestmark = pytest.mark.usefixtures("double")


def test_what_it_is(backend):
    v = ug.Variable([[1.0, 2.0], [3.0, 4.0]], name="w")
    assert (v.name, v.shape, v.dtype, v.ndim, v.size, v.trainable) == ("w:0", (2, 2), np.float64, 2, 4, True)
    assert v.backend.name == backend.name
    assert v.device == "cpu"
    assert isinstance(v.numpy(), np.ndarray)
    assert backend.owns(v.raw)
    assert ug.Variable(1.0).name == "Variable:0"
    assert len(v) == 2


def test_initial_value_may_be_anything():
    raw = native([1.0, 2.0])
    for value in ([1.0, 2.0], (1.0, 2.0), np.array([1.0, 2.0]), raw, ug.asarray(raw), ug.Variable(raw), lambda: raw):
        assert_values(ug.Variable(value), [1.0, 2.0])
    assert ug.Variable(1.5, dtype=ug.float32).dtype == ug.float32
    assert ug.Variable(3).dtype.kind == "i"
    assert ug.Variable(1j).dtype.kind == "c"


def test_initial_value_is_copied(backend):
    data = np.ones(3)
    v = ug.Variable(data)
    data[:] = 5
    out = v.numpy()
    out[:] = 7
    assert_values(v, [1, 1, 1])


@pytest.mark.parametrize("value", ["text", None, [[1.0], [1.0, 2.0]], object()])
def test_initial_value_that_is_no_array(value):
    with pytest.raises((ug.DTypeError, ug.ShapeError)):
        ug.Variable(value)
    assert_library_well()


def test_name_must_be_text():
    with pytest.raises(TypeError, match="name"):
        ug.Variable(1.0, name=3)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3.0, "<unigrad.Variable 'v:0' shape=() dtype=float64, numpy=3.0>"),
        ([1.0, 2.0], "<unigrad.Variable 'v:0' shape=(2,) dtype=float64, numpy=array([1., 2.])>"),
        ([[1, 2]], "<unigrad.Variable 'v:0' shape=(1, 2) dtype=int64, numpy=array([[1, 2]])>"),
        ([[1.0], [2.0]], "<unigrad.Variable 'v:0' shape=(2, 1) dtype=float64, numpy=\narray([[1.],\n       [2.]])>"),
        ([], "<unigrad.Variable 'v:0' shape=(0,) dtype=float64, numpy=array([], dtype=float64)>"),
        (True, "<unigrad.Variable 'v:0' shape=() dtype=bool, numpy=True>"),
    ],
)
def test_repr(value, shown):
    assert repr(ug.Variable(value, name="v")) == shown
    assert str(ug.Variable(value, name="v")) == shown


def test_repr_under_a_compiler(backend):
    if backend.name != "jax":
        pytest.skip("values are hidden under jit alone")
    import jax

    seen = []

    def function(raw):
        seen.append(repr(ug.Variable(ug.asarray(raw), name="v")))
        return raw

    jax.jit(function)(native([1.0]))
    assert seen[0].startswith("<unigrad.Variable 'v:0' shape=(1,) dtype=float64, numpy=")


def test_name_scope():
    with name_scope("outer"):
        a = ug.Variable(1.0, name="a")
        with name_scope("inner"):
            b = ug.Variable(1.0)
    assert (a.name, b.name, ug.Variable(1.0, name="c").name) == ("outer/a:0", "outer/inner/Variable:0", "c:0")
    with pytest.raises(ZeroDivisionError), name_scope("left"):
        1 / 0
    assert ug.Variable(1.0, name="c").name == "c:0"
    with pytest.raises(ValueError, match="name"), name_scope(""):
        pass


# -- assigning ---------------------------------------------------------------------------------------------------------


def test_assign():
    v = ug.Variable([1.0, 2.0])
    assert v.assign([3.0, 4.0]) is v
    assert_values(v, [3, 4])
    assert_values(v.assign_add([1.0, 1.0]), [4, 5])
    assert_values(v.assign_sub(np.array([1, 2])), [3, 3])
    assert_values(v.assign(ug.asarray([8.0, 9.0])), [8, 9])
    assert_values(v.assign(ug.Variable([5.0, 6.0])), [5, 6])
    assert_values(v.assign(native([7.0, 8.0])), [7, 8])
    assert_values(v.assign_add(v), [14, 16])


def test_assign_casts_numpy_and_python_numbers_to_the_dtype():
    v = ug.Variable([1.0, 2.0], dtype=ug.float32)
    v.assign(np.array([1.5, 2.5]))
    v.assign_add([1, 1])
    assert v.dtype == ug.float32
    assert_values(v, [2.5, 3.5])


def test_a_read_value_stays_as_it_was():
    v = ug.Variable([1.0, 2.0])
    before = v.value()
    v.assign([3.0, 4.0])
    assert_values(before, [1, 2])
    assert_values(v.read_value(), [3, 4])


def test_what_was_assigned_stays_as_it_was():
    t = ug.asarray([1.0, 2.0])
    data = np.array([5.0, 6.0])
    v = ug.Variable([0.0, 0.0]).assign(t)
    u = ug.Variable([0.0, 0.0]).assign(data)
    t[0] = 9.0
    data[0] = 9.0
    assert_values(v, [1, 2])
    assert_values(u, [5, 6])


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
@pytest.mark.parametrize(
    ("value", "error"),
    [
        ([1.0, 2.0, 3.0], ug.ShapeError),
        (1.0, ug.ShapeError),
        ([1j, 2j], ug.DTypeError),
        (np.array([1j, 2j]), ug.DTypeError),
        ("text", ug.DTypeError),
        (None, ug.DTypeError),
    ],
)
def test_assign_of_what_does_not_fit(method, value, error):
    v = ug.Variable([1.0, 2.0], name="w")
    with pytest.raises(error):
        getattr(v, method)(value)
    assert_values(v, [1, 2])
    assert_library_well()


def test_assign_of_a_tensor_of_another_dtype():
    v = ug.Variable([1.0, 2.0], name="w")
    with pytest.raises(ug.DTypeError, match=r"float32.*'w:0'"):
        v.assign(ug.asarray([1.0, 2.0], dtype=ug.float32))
    n = ug.Variable([1, 2])
    with pytest.raises(ug.DTypeError):
        n.assign([1.5, 2.5])


def test_assign_from_another_backend(backend):
    other = "torch" if backend.name == "numpy" else "numpy"
    v = ug.Variable([1.0])
    with ug.use_backend(other):
        t = ug.asarray([2.0])
    with pytest.raises(ug.MixedBackendsError, match="convert"):
        v.assign(t)
    assert_values(v.assign(ug.convert(t, backend.name)), [2])


def test_no_item_assignment():
    with pytest.raises(TypeError):
        ug.Variable([1.0])[0] = 2.0


def test_plus_equals_makes_a_tensor():
    v = u = ug.Variable([1.0])
    u += 1
    assert isinstance(u, ug.Tensor)
    assert_values(v, [1])


# -- under a tape ------------------------------------------------------------------------------------------------------


def test_assign_between_reads():
    v = ug.Variable(2.0)
    with ug.GradientTape() as tape:
        y = v * v
        v.assign(5.0)
        z = v * v
    assert_values(tape.gradient([y, z], v), 4 + 10)


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
def test_no_gradient_through_an_assignment(method):
    x, v = ug.Variable(3.0), ug.Variable(2.0)
    with ug.GradientTape(persistent=True) as tape:
        getattr(v, method)(x * x)
        y = v * v
    assert tape.gradient(y, x) is None
    assert_values(tape.gradient(y, v), 2 * float(v))


def test_higher_order_across_an_assignment():
    v = ug.Variable(2.0)
    with ug.GradientTape() as outer:
        with ug.GradientTape() as inner:
            y = v**3
            v.assign(5.0)
            y = y + v**3
        g = inner.gradient(y, v)
    assert_values(g, 3 * 4 + 3 * 25)
    assert_values(outer.gradient(g, v), 6 * 2 + 6 * 5)


def test_training_steps_inside_one_tape():
    v = ug.Variable(1.0)
    with ug.GradientTape(persistent=True) as tape:
        for _ in range(3):
            tape.reset()
            loss = v * v
            v.assign_sub(0.25 * tape.gradient(loss, v))
    assert_values(v, 0.125)


def test_trainable():
    v = ug.Variable(3.0, trainable=False)
    assert grad(lambda _: v * v, ug.asarray(1.0)) is None
    with ug.GradientTape() as tape:
        y = v * v
    assert tape.gradient(y, v) is None
    with ug.GradientTape() as tape:
        tape.watch(v)
        y = v * v
    assert_values(tape.gradient(y, v), 6)


def test_a_snapshot_is_the_same_source():
    v = ug.Variable(3.0)
    with ug.GradientTape() as tape:
        t = v.value()
        y = t * v
    assert_values(tape.gradient(y, t), 6)


def test_forward_mode():
    v = ug.Variable([1.0, 2.0])
    with ug.ForwardAccumulator(v, ug.asarray([1.0, 0.5])) as accumulator:
        y = v * v
    assert_values(accumulator.jvp(y), [2, 2])
    assert_values(accumulator.jvp(v), [1, 0.5])


def test_no_silent_way_off_the_tape():
    v = ug.Variable([1.0, 2.0])
    with ug.GradientTape():
        with pytest.raises(ug.GradientLostError):
            np.asarray(v)
        v.numpy()
    np.testing.assert_array_equal(np.asarray(v), [1, 2])


def test_copies_are_variables_of_their_own():
    v = ug.Variable([1.0, 2.0], name="w")
    for w in (copy.deepcopy(v), pickle.loads(pickle.dumps(v))):
        assert (w.name, w.shape, w.trainable) == (v.name, v.shape, v.trainable)
        w.assign([5.0, 6.0])
        with ug.GradientTape(persistent=True) as tape:
            y = v * w
        assert_values(tape.gradient(y, v), [5, 6])
        assert_values(tape.gradient(y, w), [1, 2])
    assert_values(v, [1, 2])


def test_as_key_and_in_comparisons():
    v, w = ug.Variable([1.0, 2.0]), ug.Variable([1.0, 3.0])
    assert {v: 1, w: 2}[v] == 1
    assert (v == w).numpy().tolist() == [True, False]
