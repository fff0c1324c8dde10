"""Bad input of the functions of functions: the same error of ours on each backend, and the state as before."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, native
from unigrad.recording import listening

pytestmark = pytest.mark.usefixtures("double")


def square(x):
    return ug.sum(x * x)


def pair(x, y):
    return ug.sum(x * y)


def x2():
    return native(np.array([1.0, 2.0]))


RETURNS = {
    "None": (lambda x: None, TypeError, "returned None of type NoneType: is a `return` missing"),
    "a vector": (lambda x: x, ValueError, r"shape \(2,\).*take its sum, or use elementwise_grad, vjp or jacobian"),
    "an integer": (lambda x: ug.argmax(x), TypeError, "dtype int64, which has no derivative"),
    "a truth": (lambda x: ug.all(x > 0), TypeError, "dtype bool, which has no derivative"),
    "a string": (lambda x: "loss", TypeError, "returned 'loss' of type str"),
    "an object": (lambda x: object(), TypeError, "returned <object.* of type object: return a tensor"),
    "a list": (lambda x: [square(x)], TypeError, "of type list: return one tensor, or a pair with has_aux=True"),
    "a tuple": (lambda x: (square(x), x), TypeError, "of type tuple: return one tensor, or a pair with has_aux=True"),
    "a dict": (lambda x: {"loss": square(x)}, TypeError, "of type dict: return one tensor"),
    "a Python float": (lambda x: float(square(x)), TypeError, "returned 5.0 of type float: .*left the tape"),
    "what left the tape": (lambda x: square(x).numpy(), TypeError, "of type ndarray: .*left the tape"),
    "an array of another library": (lambda x: native(3.0), TypeError, "does not depend on the arguments, or it left the tape"),
    "complex": (lambda x: square(x) * 1j, TypeError, "dtype complex128: a gradient is that of a real number"),
    "a function": (lambda x: square, TypeError, "of type function: return a tensor"),
    "an exception": (lambda x: 1 / 0, ZeroDivisionError, "division by zero"),
}  # fmt: skip


@pytest.mark.parametrize("case", RETURNS)
def test_what_a_function_given_to_grad_returns(case):
    f, error, message = RETURNS[case]
    before = listening()
    x = x2()
    asks = {
        "grad": lambda x: ug.grad(f)(x),
        "value_and_grad": lambda x: ug.value_and_grad(f)(x),
        "hvp": lambda x: ug.hvp(f, x, x),
        "vhp": lambda x: ug.vhp(f, x, x),
    }
    for name, ask in asks.items():
        for call in (ask, lambda x, ask=ask: ug.grad(lambda x: ug.sum(ask(x)))(x)):
            with pytest.raises(error, match=message) as e:
                call(x)
            assert listening() is before
            assert (isinstance(e.value, ug.UnigradError) and name in str(e.value)) or case == "an exception"
    assert_library_well()


STRUCTURES = {
    "None": (lambda x: None, TypeError, "returned None.*is a `return` missing"),
    "a string": (lambda x: "y", TypeError, "returned 'y' of type str: return a tensor, or a structure"),
    "a string within": (lambda x: (x, "y"), TypeError, "'y' of type str in it, which is no array: return such things by has_aux"),
    "nothing at all": (lambda x: [], TypeError, "returned \\[\\] of type list"),
    "an exception": (lambda x: 1 / 0, ZeroDivisionError, "division by zero"),
}  # fmt: skip


@pytest.mark.parametrize("case", STRUCTURES)
def test_what_a_function_given_to_vjp_jvp_and_linearize_returns(case):
    f, error, message = STRUCTURES[case]
    before = listening()
    for call in (lambda: ug.vjp(f, x2()), lambda: ug.jvp(f, x2(), x2()), lambda: ug.linearize(f, x2())):
        with pytest.raises(error, match=message):
            call()
        assert listening() is before
    assert_library_well()


@pytest.mark.parametrize("returned", [lambda x: square(x), lambda x: (square(x), 1, 2), lambda x: None])
def test_aux_needs_a_pair(returned):
    for call in (
        lambda: ug.grad(returned, has_aux=True)(x2()),
        lambda: ug.vjp(returned, x2(), has_aux=True),
        lambda: ug.jvp(returned, x2(), x2(), has_aux=True),
        lambda: ug.linearize(returned, x2(), has_aux=True),
        lambda: ug.hvp(returned, x2(), x2(), has_aux=True),
    ):
        with pytest.raises(TypeError, match=r"with has_aux=True the function must return a pair \(value, aux\)"):
            call()
    assert_library_well()


def test_aux():
    f = lambda x: (square(x), {"twice": x * 2, "n": 7})  # noqa: E731
    x = x2()
    g, aux = ug.grad(f, has_aux=True)(x)
    (value, again), g2 = ug.value_and_grad(f, has_aux=True)(x)
    v, pullback, third = ug.vjp(f, x, has_aux=True)
    w, tangent, fourth = ug.jvp(f, x, x, has_aux=True)
    u, pushforward, fifth = ug.linearize(f, x, has_aux=True)
    hv, sixth = ug.hvp(f, x, x, has_aux=True)
    for a in (aux, again, third, fourth, fifth, sixth):
        assert_values(a["twice"], [2.0, 4.0])
        assert a["n"] == 7
        assert type(a["twice"]) is type(x)
    for found in (g, g2, pullback(1.0)[0], hv):
        assert_values(found, [2.0, 4.0])
    for found in (value, v, w, u):
        assert_values(found, 5.0)
    assert_values(tangent, 10.0)
    assert_values(pushforward(x), 10.0)


ARGNUMS = {
    "beyond the last": ({"argnums": 2}, ValueError, "argnums has 2, and 2 positional arguments were given"),
    "before the first": ({"argnums": -3}, ValueError, "argnums has -3, and 2 positional"),
    "one of several": ({"argnums": (0, 5)}, ValueError, "argnums has 5"),
    "twice": ({"argnums": (1, 1)}, ValueError, r"argnums names an argument twice: \(1, 1\)"),
    "twice, from both ends": ({"argnums": (1, -1)}, ValueError, "named twice"),
    "by number and name": ({"argnums": 0, "argnames": "x"}, ValueError, "named twice"),
    "none": ({"argnums": ()}, ValueError, "argnums names no argument"),
    "a float": ({"argnums": 1.0}, TypeError, "argnums is an int or a tuple of ints, not 1.0"),
    "a truth": ({"argnums": True}, TypeError, "argnums is an int or a tuple of ints, not True"),
    "a string": ({"argnums": "x"}, TypeError, "argnums is an int or a tuple of ints, not 'x'"),
    "strings": ({"argnums": ("x", "y")}, TypeError, "argnums is an int or a tuple of ints"),
    "an unknown name": ({"argnames": "z"}, ValueError, "argnames has 'z', and no such argument was given; the function has x, y"),
    "a name twice": ({"argnames": ("x", "x")}, ValueError, "argnames names an argument twice"),
    "a number as a name": ({"argnames": 0}, TypeError, "argnames is a string or a tuple of strings, not 0"),
    "no name": ({"argnames": ()}, ValueError, "argnames names no argument"),
}  # fmt: skip


@pytest.mark.parametrize("case", ARGNUMS)
def test_argnums(case):
    options, error, message = ARGNUMS[case]
    x = x2()
    for call in (
        lambda: ug.grad(pair, **options)(x, x),
        lambda: ug.value_and_grad(pair, **options)(x, x),
        lambda: ug.elementwise_grad(pair, **options)(x, x),
        lambda: ug.vjp(pair, x, x, **options),
        lambda: ug.jvp(pair, (x, x), x, **options),
        lambda: ug.linearize(pair, x, x, **options),
        lambda: ug.hvp(pair, (x, x), x, **options),
        lambda: ug.vhp(pair, (x, x), x, **options),
    ):
        with pytest.raises(error, match=message) as e:
            call()
        assert isinstance(e.value, ug.UnigradError)
    assert_library_well()


ARGUMENTS = {
    "an int": (lambda: 3, "argument 0 is a Python int, and only real and complex floating numbers"),
    "a truth": (lambda: True, "a Python bool"),
    "integers": (lambda: native(np.array([1, 2])), "dtype int64"),
    "an integer tensor": (lambda: ug.asarray([1, 2]), "dtype int64"),
    "an integer variable": (lambda: ug.Variable([1, 2]), "dtype int64"),
    "a string": (lambda: "x", "no array.*'x'"),
    "None": (lambda: None, "no array.*None"),
    "a list of ints": (lambda: [1, 2], "a Python int"),
    "an empty list": (list, "no array"),
    "objects": (lambda: np.array(["a", "b"]), "is not numeric"),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_an_argument_that_cannot_be_differentiated(case):
    make, message = ARGUMENTS[case]
    f = lambda x: ug.asarray(1.0)  # noqa: E731
    for call in (
        lambda x: ug.grad(f)(x),
        lambda x: ug.elementwise_grad(f)(x),
        lambda x: ug.vjp(f, x),
        lambda x: ug.jvp(f, (x,), (x,)),
        lambda x: ug.linearize(f, x),
        lambda x: ug.hvp(f, (x,), (x,)),
    ):
        with pytest.raises(ug.DTypeError, match=message):
            call(make())
    assert_library_well()


def test_no_argument_at_all_and_no_function():
    for call in (lambda: ug.grad(square)(), lambda: ug.vjp(square), lambda: ug.jvp(square, (), ())):
        with pytest.raises(ug.SourceError, match=r"0 positional arguments|no argument to differentiate by"):
            call()
    for what in (3.0, None, "f", x2()):
        for call in (ug.grad, ug.value_and_grad, ug.elementwise_grad, ug.vjp, ug.linearize):
            with pytest.raises(ug.SourceTypeError, match="needs a function, not"):
                call(what)
        with pytest.raises(ug.SourceTypeError, match="needs a function, not"):
            ug.jvp(what, 1.0, 1.0)
        with pytest.raises(ug.SourceTypeError, match="needs a function, not"):
            ug.hvp(what, 1.0, 1.0)


TANGENTS = {
    "a shape": (lambda: native(np.ones(3)), ValueError, r"has shape \(3,\), and what it belongs to has shape \(2,\)"),
    "a number": (lambda: 1.0, ValueError, r"has shape \(\)"),
    "complex": (lambda: native(np.ones(2) * 1j), TypeError, "has dtype complex128"),
    "a tensor of another dtype": (lambda: ug.ones(2, dtype=ug.float32), TypeError, "has dtype float32.*float64"),
    "a string": (lambda: "v", TypeError, "must be an array, not 'v' of type str"),
    "None": (lambda: None, TypeError, "must be an array, not None"),
    "a dict": (lambda: {"x": 1.0}, TypeError, "must be an array, not {'x': 1.0} of type dict"),
    "two": (lambda: (x2(), x2()), (TypeError, ValueError), "2 tangents|must be an array|shape"),
}


@pytest.mark.parametrize("case", TANGENTS)
def test_tangents_and_cotangents(case):
    make, error, message = TANGENTS[case]
    x = x2()
    _, pullback = ug.vjp(lambda x: x * 2, x)
    _, pushforward = ug.linearize(lambda x: x * 2, x)
    before = listening()
    for call in (
        lambda t: ug.jvp(square, x, t),
        lambda t: ug.hvp(square, x, t),
        lambda t: ug.vhp(square, x, t),
        lambda t: pullback(t),
        lambda t: pushforward(t),
    ):
        with pytest.raises(error, match=message) as e:
            call(make())
        assert isinstance(e.value, ug.UnigradError)
        assert listening() is before
    assert_values(pullback(x)[0], [2.0, 4.0])
    assert_values(pushforward(x), [2.0, 4.0])
    assert_library_well()


def test_tangents_of_several_arguments_are_a_tuple():
    def f(x, y):
        return ug.sum(x * y * y)

    x = x2()
    wrong = {
        "jvp: tangents must be a tuple": lambda: ug.jvp(f, (x, x), 2.0, argnums=(0, 1)),
        "hvp: tangents must be a tuple": lambda: ug.hvp(f, (x, x), ug.ones((2, 2)), argnums=(0, 1)),  # rows are none
        "hvp: tangents must be a pair": lambda: ug.hvp(f, (x,), 2.0, argnums=(0,), argnames="y", y=x),
        "vhp: tangents must be a tuple": lambda: ug.vhp(f, (x,), (2.0, x), argnums=(0,), argnames="y", y=x),
    }
    for message, call in wrong.items():
        with pytest.raises((ug.SourceTypeError, ug.SourceError), match=message):
            call()


def test_structures_of_tangents_and_cotangents():
    p = {"w": x2(), "b": 1.0}
    f = lambda p: {"y": p["w"] * p["b"]}  # noqa: E731
    for bad in ({"w": x2()}, [x2(), 1.0], x2(), {"w": x2(), "c": 1.0}):
        with pytest.raises(ug.SourceError, match="tangents differ in structure from the arguments"):
            ug.jvp(f, (p,), (bad,))
        with pytest.raises(ug.SourceError, match="tangents differ in structure from the arguments"):
            ug.linearize(f, p)[1](bad)
        with pytest.raises(ug.SourceError, match="cotangent differs in structure from the value"):
            ug.vjp(f, p)[1](bad)
    with pytest.raises(ug.SourceError, match="2 tangents for 1 arguments"):
        ug.jvp(square, (x2(),), (x2(), x2()))
    with pytest.raises(ug.SourceError, match="1 tangents for 2 arguments"):
        ug.linearize(pair, x2(), x2())[1](x2())
    with pytest.raises(ug.SourceTypeError, match="tangents must be a tuple with one for each argument"):
        ug.jvp(square, (x2(),), x2())


HOLOMORPHIC = {
    "real arguments": (lambda z: z * 1j, lambda: 1.0, "holomorphic=True is for complex arguments, and one is of dtype float64"),
    "real results": (ug.real, lambda: 1.0 + 2j, "holomorphic=True is for complex results, and the function returned"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOLOMORPHIC)
def test_holomorphic(case):
    f, make, message = HOLOMORPHIC[case]
    for transform in (ug.grad, ug.value_and_grad, ug.elementwise_grad):
        with pytest.raises(ug.DTypeError, match=message):
            transform(f, holomorphic=True)(make())


def test_elementwise_grad_takes_one_floating_array():
    for f, error in ((lambda x: None, TypeError), (lambda x: ug.argmax(x), TypeError), (lambda x: [x], TypeError)):
        with pytest.raises(error, match="elementwise_grad: the function returned"):
            ug.elementwise_grad(f)(x2())


class Bang(Exception):
    """Raised on purpose."""


def test_exceptions_at_every_point_leave_the_state_as_it_was():
    """An op of a program of all transforms raises, the first one, then the second, and so on: nobody is left listening."""
    count = 0

    def tick(x):
        nonlocal count
        count -= 1
        if count == 0:
            raise Bang
        return x

    @ug.custom_gradient
    def f(x):
        y = tick(x * x)
        return tick(y), lambda dy: tick(dy * 2 * tick(x))

    def everything(x):
        with ug.GradientTape() as tape, ug.ForwardAccumulator(x, ug.ones_like(x)):
            tape.watch(x)
            g = ug.grad(lambda x: ug.sum(f(tick(x))))(x)
            hv = ug.hvp(lambda x: ug.sum(f(tick(x)) * x), x, x)
            _, pullback = ug.vjp(lambda x: f(tick(x)), x)
            _, t = ug.jvp(lambda x: f(tick(x)), x, x)
            _, push = ug.linearize(lambda x: f(tick(x)), x)
            total = ug.sum(g + hv + pullback(x)[0] + t + push(x))
        return tape.gradient(total, x)

    before = listening()
    x = ug.asarray([1.0, 2.0])
    wanted = everything(x)
    ticks = -count
    assert ticks > 30
    for point in range(1, ticks + 1):
        count = point
        with pytest.raises(Bang):
            everything(x)
        assert listening() is before
    count = 0
    assert_values(everything(x), wanted.numpy())
    assert_library_well()
