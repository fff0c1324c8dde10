"""An update writes into a variable's memory only where nobody else can see it."""

import gc

import numpy as np
import pytest

import unigrad as ug
from unigrad.kernels import OF_A_CALL
from unigrad.nn import SGD

counting = pytest.mark.skipif(OF_A_CALL < 0, reason="references cannot be counted here, so everything looks shared")


def memory(v):
    raw = v.raw
    return raw.data_ptr() if v.backend.name == "torch" else raw.ctypes.data


@pytest.fixture(params=["numpy", "torch"])
def home(request):
    with ug.use_backend(request.param) as chosen:
        yield chosen


def test_an_update_of_a_value_that_nobody_holds_is_in_place(home):
    v = ug.Variable(np.zeros((50, 50)))
    where = memory(v)
    v.assign_add(np.ones((50, 50)))
    v.assign_sub(np.full((50, 50), 3.0))
    assert memory(v) == where
    assert (v.numpy() == -2.0).all()


HOLDERS = {
    "a tensor": lambda v: v.value(),
    "its raw array": lambda v: v.raw,
    "a view of its raw array": lambda v: v.raw[1:],
    "a view": lambda v: v.value()[1:],
    "a reshaped tensor": lambda v: ug.reshape(v, (-1,)),
    "a transposed tensor": lambda v: v.value().T,
    "a NumPy alias": lambda v: v.raw.numpy() if v.backend.name == "torch" else np.asarray(v.raw),
    "a capsule": lambda v: np.from_dlpack(v.raw),
    "another variable": lambda v: ug.Variable(np.zeros((3, 3))).assign(v),
}


@pytest.mark.parametrize("name", HOLDERS)
def test_whoever_holds_it_sees_no_change(home, name):
    v = ug.Variable(np.ones((3, 3)))
    held = HOLDERS[name](v)
    v.assign_add(np.ones((3, 3)))
    seen = held.numpy() if hasattr(held, "numpy") else np.asarray(held)
    assert (seen == 1.0).all()
    assert (v.numpy() == 2.0).all()


def test_a_tape_that_keeps_the_value_sees_no_change(home):
    v = ug.Variable(np.full((2, 2), 3.0))
    with ug.GradientTape(persistent=True) as tape:
        y = v * v
        v.assign_add(np.ones((2, 2)))
    assert (tape.gradient(y, v).numpy() == 6.0).all()
    del tape, y
    gc.collect()
    assert (v.numpy() == 4.0).all()


def test_by_itself(home):
    v = ug.Variable(np.ones((2, 2)))
    v.assign_add(v)
    v.assign_sub(v)
    assert (v.numpy() == 0.0).all()


@counting
def test_a_loop_of_writes_makes_no_new_arrays(home):
    t = ug.zeros((40,), dtype=ug.float64)
    t[0] = 1.0
    where = memory(t)
    for i in range(1, 40):
        t[i] = t[i - 1] * 2.0
    assert memory(t) == where
    assert t.tolist() == [2.0**i for i in range(40)]


def test_a_loop_of_tracked_writes_is_differentiated(home):
    x = ug.asarray([1.5, 2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        t = ug.zeros((6,), dtype=ug.float64)
        t[0:2] = x
        kept = t * t  # the tape keeps this value of t: the next write makes a new array
        for i in range(2, 6):
            t[i] = t[i - 1] * t[i - 2]
        y = t[5] + ug.sum(kept)
    a, b = 1.5, 2.0
    np.testing.assert_allclose(float(y), a**3 * b**5 + a * a + b * b)
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), [3 * a**2 * b**5 + 2 * a, 5 * a**3 * b**4 + 2 * b])


def test_a_write_that_fails_changes_nothing(home):
    t = ug.zeros((3,), dtype=ug.float64)
    with pytest.raises(ug.ShapeError):
        t[0:2] = ug.ones((3,), dtype=ug.float64)
    with pytest.raises(ug.OutOfBoundsError):
        t[7] = 1.0
    assert t.tolist() == [0.0, 0.0, 0.0]


@counting
def test_a_step_for_several_variables_is_in_place_if_nobody_holds_one(home):
    vs = [ug.Variable(np.full((n, n), 2.0)) for n in (3, 4)]
    where = [memory(v) for v in vs]
    gradients = [ug.ones((n, n), dtype=ug.float64) for n in (3, 4)]
    descent = SGD(0.5)
    descent.apply_gradients(zip(gradients, vs, strict=True))
    assert [memory(v) for v in vs] == where
    held = vs[1].raw
    descent.apply_gradients(zip(gradients, vs, strict=True))
    assert (np.asarray(held) == 1.5).all()
    assert all((v.numpy() == 1.0).all() for v in vs)
    descent.apply_gradients([])


def test_a_gradient_that_does_not_fit_changes_no_variable(home):
    vs = [ug.Variable(np.ones(3)), ug.Variable(np.ones(3))]
    with pytest.raises(ug.ShapeError, match="shape"):
        SGD(0.5).apply_gradients([(ug.ones(3, dtype=ug.float64), vs[0]), (ug.ones(1, dtype=ug.float64), vs[1])])
    with pytest.raises(ug.DTypeError, match="dtype"):
        SGD(0.5).apply_gradients([(ug.ones(3, dtype=ug.float64), vs[0]), (ug.ones(3, dtype=ug.float32), vs[1])])
    assert all((v.numpy() == 1.0).all() for v in vs)


def test_half_an_integer_is_no_step(home):
    v = ug.Variable([4, 6])
    with pytest.raises(ug.DTypeError, match="no integer"):
        v.add_scaled(ug.asarray([1, 1]), 0.5)
    with pytest.raises(ug.DTypeError, match="no integer"):
        SGD(0.5).apply_gradients([(ug.asarray([1, 1]), v)])
    assert v.numpy().tolist() == [4, 6]
    assert v.dtype == ug.int64
