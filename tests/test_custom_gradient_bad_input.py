"""What a custom gradient and its pullback are refused for, and that nothing is left behind."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_freed_at_once, assert_library_well, assert_values, derivative, grad, log1pexp, native
from unigrad.recording import listening

pytestmark = pytest.mark.usefixtures("double")


def pulling(result):
    """A function of two tensors whose pullback returns `result(dy)`."""
    return ug.custom_gradient(lambda x, y: (x * y, result))


BAD_PULLBACKS = {
    "too many": (lambda g: (g, g, g), ValueError, "expected to return 2 gradients, but returned 3 instead"),
    "too few": (lambda g: g, ValueError, "expected to return 2 gradients, but returned 1 instead"),
    "none at all": (lambda g: None, ValueError, "expected to return 2 gradients, but returned 1 instead"),
    "another structure": (lambda g: ((g,), {"a": g}), ValueError, "another structure"),
    "a shape": (lambda g: (g, ug.ones(3)), ValueError, r"argument 1 .* shape \(3,\)"),
    "a sum": (lambda g: (ug.sum(g), g), ValueError, r"argument 0 .* shape \(\)"),
    "a dtype": (lambda g: (g, ug.astype(g, ug.float32)), TypeError, "argument 1 .* dtype float32"),
    "integers": (lambda g: (g, ug.astype(g, ug.int64)), TypeError, "argument 1 .* dtype int64"),
    "complex": (lambda g: (g, ug.astype(g, ug.complex128)), TypeError, "argument 1 .* dtype complex128"),
    "own integers": (lambda g: (g, native(np.array([1, 2]))), TypeError, "argument 1 .* dtype int64"),
    "a string": (lambda g: (g, "g"), TypeError, "argument 1 .* must be an array, not 'g' of type str"),
    "an object": (lambda g: (g, object()), TypeError, "argument 1 .* must be an array, not <object"),
    "a number": (lambda g: (g, 1.0), ValueError, r"argument 1 .* shape \(\)"),
    "an exception": (lambda g: 1 / 0, ZeroDivisionError, "division by zero"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_PULLBACKS)
def test_a_bad_pullback(case):
    result, error, message = BAD_PULLBACKS[case]
    f = pulling(result)
    x, y = ug.asarray([1.0, 2.0]), ug.asarray([3.0, 4.0])
    for nested in (False, True):
        before = listening()
        with pytest.raises(error, match=message) as e, ug.GradientTape() as outer:
            outer.watch(x)
            with ug.GradientTape() as tape:
                tape.watch([x, y])
                z = f(x, y)
            if not nested:
                with outer.stop_recording():
                    tape.gradient(z, [x, y])
            tape.gradient(z, [x, y])
        assert listening() is before
        assert isinstance(e.value, ug.UnigradError) or case == "an exception"
        with pytest.raises(error, match=message), ug.ForwardAccumulator(x, y):
            f(x, y)
        assert listening() is before
    assert_library_well()


def test_numbers_and_arrays_are_gradients_too():
    f = pulling(lambda g: (g, native([1.0, 2.5])))
    x, y = ug.asarray([1.0, 2.0]), ug.asarray([3.0, 4.0])
    with ug.GradientTape() as tape:
        tape.watch(y)
        z = f(x, y)
    assert_values(tape.gradient(z, y), [1.0, 2.5])
    assert_values(grad(ug.custom_gradient(lambda x: (x * x, lambda g: 1)), ug.asarray(3.0)), 1.0)


BAD_FUNCTIONS = {
    "a result alone": (lambda x: x * x, TypeError, r"must return \(result, grad_fn\)"),
    "None": (lambda x: None, TypeError, r"must return \(result, grad_fn\)"),
    "no function": (lambda x: (x, x), TypeError, r"must return \(result, grad_fn\)"),
    "three": (lambda x: (x, x, lambda g: g), TypeError, r"must return \(result, grad_fn\)"),
    "a string": (lambda x: ("y", lambda g: g), TypeError, "returned 'y', which is no array"),
    "an exception": (lambda x: 1 / 0, ZeroDivisionError, "division by zero"),
}


@pytest.mark.parametrize("case", BAD_FUNCTIONS)
def test_a_bad_function(case):
    function, error, message = BAD_FUNCTIONS[case]
    f = ug.custom_gradient(function)
    before = listening()
    with pytest.raises(error, match=message):
        f(ug.asarray(1.0))
    with pytest.raises(error, match=message):
        grad(f, ug.asarray(1.0))
    with pytest.raises(error, match=message):
        derivative(f, ug.asarray(1.0))
    assert listening() is before
    assert_library_well()


BAD_VARIABLES = {
    "no pair": (lambda g: g, TypeError, "must return two things"),
    "too few": (lambda g: (g, []), ValueError, "gradient for each variable"),
    "too many": (lambda g: (g, [g, g]), ValueError, "gradient for each variable"),
    "a shape": (lambda g: (g, [ug.ones(2)]), ValueError, r"variable 'Variable:0' .* shape \(2,\)"),
    "a string": (lambda g: (g, ["g"]), TypeError, "variable 'Variable:0' .* must be an array"),
}


@pytest.mark.parametrize("case", BAD_VARIABLES)
def test_bad_gradients_of_variables(case):
    result, error, message = BAD_VARIABLES[case]
    w = ug.Variable(3.0)
    f = ug.custom_gradient(lambda x: (x * w, lambda g, variables: result(g)))
    with pytest.raises(error, match=message):
        grad(f, ug.asarray(2.0))
    assert_library_well()


BAD_JVPS = {
    "too many": (lambda p, t: (t[0], t[0]), ValueError, "a tangent for each of the 1 arrays"),
    "a shape": (lambda p, t: ug.ones(3), ValueError, r"shape \(3,\)"),
    "a dtype": (lambda p, t: ug.astype(t[0], ug.float32), TypeError, "dtype float32"),
    "a string": (lambda p, t: "t", TypeError, "must be an array"),
    "an exception": (lambda p, t: 1 / 0, ZeroDivisionError, "division by zero"),
}


@pytest.mark.parametrize("case", BAD_JVPS)
def test_a_bad_jvp(case):
    rule, error, message = BAD_JVPS[case]
    f = ug.custom_gradient(lambda x: (x * x, lambda g: g * 2 * x), jvp=rule)
    before = listening()
    with pytest.raises(error, match=message):
        derivative(f, ug.asarray(2.0))
    assert listening() is before
    assert_library_well()


def test_only_functions_are_decorated():
    with pytest.raises(TypeError, match="decorates a function"):
        ug.custom_gradient(3.0)


# -- no leaks -----------------------------------------------------------------------------------------------------------


def test_a_tape_with_a_custom_gradient_is_freed_at_once():
    x = ug.asarray([1.0, 2.0])

    def asked():
        with ug.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = log1pexp(x)
        tape.gradient(y, x)
        return tape

    assert_freed_at_once(asked)
