"""`gradients` and `hessians`: of functions, and of what a tape in force has recorded."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, native
from unigrad.recording import listening

pytestmark = pytest.mark.usefixtures("double")


def test_of_a_function():
    x, w = ug.asarray([1.0, 2.0]), ug.Variable(3.0)
    gx, gw = ug.gradients(lambda x, w: ug.sum(x**2) * w, [x, w])
    assert_values(gx, [6.0, 12.0])
    assert_values(gw, 5.0)
    assert_values(ug.gradients(lambda x: x**3, x), [3.0, 12.0])
    assert_values(ug.gradients(lambda x: x**3, x, native([1.0, 10.0])), [3.0, 120.0])
    assert_same_structure = ug.gradients(lambda p: p["a"] * p["b"], {"a": 2.0, "b": native(5.0)})
    assert_values(assert_same_structure["a"], 5.0)
    assert ug.gradients(lambda x: ug.asarray(3.0), x) is None
    assert_values(ug.gradients(lambda x: ug.asarray(3.0), x, unconnected_gradients="zero"), [0.0, 0.0])


@pytest.mark.parametrize("persistent", [False, True])
def test_of_what_a_tape_in_force_has_recorded(persistent):
    x = ug.asarray(2.0)
    with ug.GradientTape(persistent=persistent) as tape:
        tape.watch(x)
        y = x**4
        first = ug.gradients(y, x)
        second = ug.gradients(first, x)
        third = ug.gradients([second], [x])[0]
        total = y + third
        fourth, none = ug.gradients({"a": third, "b": third}, (x, ug.asarray(1.0)))
    assert [first.item(), second.item(), third.item(), fourth.item()] == [32.0, 48.0, 48.0, 48.0]
    assert none is None
    assert_values(tape.gradient(total, x), 32.0 + 24)  # not used up
    assert listening().recorders == ()


def test_intermediate_values_and_constants():
    x = ug.asarray(2.0)
    with ug.GradientTape() as tape:
        tape.watch(x)
        a = x * 2
        b = a + x
        assert [g.item() for g in ug.gradients(a + b, [a, b, x])] == [2.0, 1.0, 5.0]
        assert [g.item() for g in ug.gradients(a + b, [a, b], stop_gradients=[a, b])] == [1.0, 1.0]
        y = x * 2
        z = x + y
        assert [g.item() for g in ug.gradients(x + y + z, [x, y, z], stop_gradients=[x, y, z])] == [1.0, 1.0, 1.0]
        assert ug.gradients(ug.gradients(3 * x, x), x) is None  # the gradient is a constant
    assert_library_well()


def test_the_innermost_tape_that_knows():
    x = ug.asarray(3.0)
    with ug.GradientTape() as outer:
        outer.watch(x)
        y = x**2
        with ug.GradientTape() as inner:
            inner.watch(x)
            z = x**3
            assert_values(ug.gradients(y, x), 6.0)
            g = ug.gradients(z, x)
    assert_values(g, 27.0)
    assert_values(outer.gradient(g, x), 18.0)
    with ug.ForwardAccumulator(x, ug.asarray(1.0)) as accumulator, ug.GradientTape() as tape:
        tape.watch(x)
        g = ug.gradients(x**3, x)
    assert_values(accumulator.jvp(g), 18.0)


def test_hessians():
    x, w = ug.asarray([[1.0, 2.0]]), ug.asarray(3.0)
    f = lambda x, w: ug.sum(x**3) * w**2 + x[0, 0] * x[0, 1]  # noqa: E731
    hx = np.array([[54.0, 1.0], [1.0, 108.0]]).reshape(1, 2, 1, 2)
    found = ug.hessians(f, [x, w])
    assert_values(found[0], hx)
    assert_values(found[1], 18.0)
    with ug.GradientTape() as tape:
        tape.watch([x, w])
        y = f(x, w)
        found = ug.hessians(y, [x, w])
        lone = ug.hessians(y, x)
        linear, unknown = ug.hessians(x * 2, [x, w])
        empty = ug.hessians(y, x[:, :0])
    assert_values(found[0], hx)
    assert_values(lone, hx)
    assert_values(found[1], 18.0)
    assert_values(linear, np.zeros((1, 2, 1, 2)))
    assert unknown is None
    assert empty is None
    assert_values(ug.hessians(lambda x: ug.sum(x) ** 2, ug.zeros((0,))), np.zeros((0, 0)))
    third = ug.grad(lambda x: ug.sum(ug.hessians(lambda x: ug.sum(x**4), x)))(native([1.0, 2.0]))
    assert_values(third, [24.0, 48.0])


BAD = {
    "no tape": (lambda x: ug.gradients(x, x), RuntimeError, "no tape in force has recorded `ys`"),
    "no tape, hessians": (lambda x: ug.hessians(x, x), RuntimeError, r"hessians\(f, xs\)"),
    "None": (lambda x: ug.gradients(None, x), TypeError, "not None"),
    "a number": (lambda x: ug.gradients(3.0, x), TypeError, "a target must be a Tensor"),
    "xs None": (lambda x: ug.gradients(lambda x: x, None), TypeError, "`xs` are tensors, variables or arrays, not None"),
    "xs a string": (lambda x: ug.gradients(lambda x: x, "x"), TypeError, "not 'x'"),
    "no xs": (lambda x: ug.gradients(lambda: x, []), TypeError, r"not \[\]"),
    "ys None of a function": (lambda x: ug.gradients(lambda x: None, x), TypeError, "received None"),
    "constants of a function": (lambda x: ug.gradients(lambda x: x, x, stop_gradients=[x]), ValueError, "stop_gradient in it"),
    "a cotangent's shape": (lambda x: ug.gradients(lambda x: x, x, [1.0, 2.0, 3.0]), ValueError, "cotangent"),
    "unconnected": (lambda x: ug.gradients(lambda x: x, x, unconnected_gradients="bogus"), ValueError, "bogus"),
    "an exception": (lambda x: ug.gradients(lambda x: 1 / 0, x), ZeroDivisionError, "division"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    call, error, message = BAD[case]
    before = listening()
    with pytest.raises(error, match=message) as e:
        call(ug.asarray([1.0, 2.0]))
    assert isinstance(e.value, ug.UnigradError) or case == "an exception"
    assert listening() is before
    assert_library_well()
