"""unigrad.testing.check_gradients: what it lets pass, what it catches, and what it says of that."""

import re
from typing import Any

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, native
from unigrad import nn
from unigrad.testing import check_gradients

X = np.array([[0.3, -0.5, 1.2], [0.7, 2.0, -1.0]])
SQUARE = np.array([[2.0, 0.3], [-0.4, 1.5]])


def op(pull: Any, f: Any = ug.sin) -> Any:
    """A function of one argument with a pullback of its own."""

    @ug.custom_gradient
    def own(x: Any) -> Any:
        return f(x), lambda ct: pull(ct, x)

    return own


def says(message: str, *parts: str) -> None:
    """Each part stands in the message."""
    for part in parts:
        assert part in message, message


def refused(f: Any, *args: Any, **options: Any) -> str:
    """What the check says of a wrong function."""
    with pytest.raises(ug.GradientCheckError) as caught:
        check_gradients(f, args, **options)
    assert isinstance(caught.value, AssertionError)
    assert_library_well()
    return str(caught.value)


# -- what is right -----------------------------------------------------------------------------------------------------


def test_a_function_of_tensors_and_of_raw_arrays(backend: Any) -> None:
    x = native(X)
    for given in (ug.asarray(x), x):
        checked = check_gradients(lambda x: ug.sin(x) * x, (given,))
        assert (checked.elements, checked.of, checked.truth) == (6, 6, "complex step")
        assert checked.comparisons == 7
        assert checked.worst < 1


def test_structures_keywords_and_numbers() -> None:
    def f(parameters: Any, scale: Any, *, shift: Any, names: Any) -> Any:
        return {"a": parameters["w"] @ parameters["b"][0] * scale, "n": 3, "m": (ug.tanh(shift), ug.sum(shift))}

    args = ({"w": X, "b": [np.array([1.0, 2.0, -1.0]), None]}, 2.0)
    checked = check_gradients(
        f, args, {"shift": np.array([0.1, 0.2]), "names": ["w"]}, argnums=(0, 1), argnames="shift"
    )
    assert checked.of == 6 + 3 + 1 + 2


def test_one_argument_need_not_be_a_tuple() -> None:
    assert check_gradients(ug.exp, X).of == check_gradients(ug.exp, (X,)).of == 6


def test_complex_numbers() -> None:
    z = X + 0.5j
    assert check_gradients(lambda z: ug.abs(z) * ug.sin(ug.conj(z)), (z,)).truth == "central differences"
    check_gradients(lambda z, x: ug.real(z * x), (z, X))


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "complex64"])
@pytest.mark.parametrize("where", ["numpy", "torch"])
def test_narrow_numbers_against_a_wide_truth(dtype: str, where: str) -> None:
    with ug.use_backend(where):
        x = ug.asarray(X, dtype=ug.dtypes.BY_NAME[dtype])
    check_gradients(lambda x: ug.sin(x) * x, (x,))
    refused(op(lambda ct, x: 1.5 * ct * ug.conj(ug.cos(x))), x)


def test_a_function_that_only_runs_in_its_own_precision() -> None:
    def f(x: Any) -> Any:
        if x.dtype != ug.float32:
            raise TypeError("float32 alone")
        return x * x

    assert check_gradients(f, (X.astype(np.float32),)).truth == "central differences"


def test_integers_beside_floats_and_none() -> None:
    with pytest.warns(ug.NotDifferentiableWarning):
        check_gradients(lambda d: d["x"] * d["n"], ({"x": X, "n": 3 * np.ones(3, np.int64)},))
    check_gradients(lambda x, n, nothing: x**n, (X, 2, None))


def test_what_is_not_connected_has_derivative_zero() -> None:
    assert check_gradients(lambda x, y: ug.exp(x) + ug.floor(y), (X, X + 0.1)).of == 12


def test_variables_that_the_function_reads() -> None:
    w = ug.Variable(X, name="w")
    checked = check_gradients(lambda x: ug.sum(w * w * x), 2.0)
    assert checked.of == 7
    assert check_gradients(lambda: ug.sum(w * w)).of == 6
    assert check_gradients(lambda v: ug.sum(v * w), w).of == 6  # one source, though it is read twice
    np.testing.assert_array_equal(w.numpy(), X)
    half = ug.Variable(X.astype(np.float32))
    check_gradients(lambda: half * half)
    assert half.dtype == np.float32


def test_a_variable_is_as_it_was_after_a_failure() -> None:
    w = ug.Variable(X, name="weights")
    message = refused(lambda: w.numpy() * ug.sum(w))
    says(message, "variable 'weights'")
    np.testing.assert_array_equal(w.numpy(), X)


@pytest.mark.parametrize("seed", [23, 56, 265, 272, 290])
def test_a_module(seed: int) -> None:
    """It casts to float32 inside: what rounding does to sums that cancel is no kink, whatever the weights."""
    ug.random.set_seed(seed)
    layer = nn.Dense(2, activation="tanh")
    layer(ug.asarray(X.astype(np.float32)))
    check_gradients(lambda layer, x: layer(x), (layer, X.astype(np.float32)))


NOISY: dict[str, tuple[Any, Any]] = {
    "a sum of nothing but rounding": (lambda x: ug.sum(x - ug.mean(x)), X),
    "the same in few digits": (lambda x: ug.sum(ug.flip(x - ug.mean(x))), np.array([0.3, -0.1, 0.2], np.float32)),
    "large terms that cancel": (lambda x: (1e3 * x + ug.sin(x)) - 1e3 * x, X),
    "a derivative far larger than the value": (lambda x: ug.sum(1e4 * ug.asinh(1e4 * x)), 1e-3 * X),
    "float32 that rounds to other values than float64": (lambda x: ug.sin(100 * x) ** 3, X.astype(np.float32)),
    "too small for float32": (lambda x: ug.exp(-x), np.array([100.0, 200.0], np.float32)),
}


@pytest.mark.parametrize("name", list(NOISY))
def test_what_rounding_does_is_no_error(name: str) -> None:
    """Measured for the values and, where one is off, for the derivatives; a factor of 1.01 is an error still."""
    f, x = NOISY[name]
    for seed in range(8):
        check_gradients(f, x, seed=seed)
    assert "is wrong" in refused(lambda x: f(x) + 1e3 * op(lambda ct, x: 1.01 * ct * ug.cos(x))(x), x)


def test_a_place_next_to_the_point_is_left_again() -> None:
    """Where a derivative is off it is asked for once more, some roundings away: variables are then what they were."""
    w = ug.Variable(X.astype(np.float32))
    refused(lambda: op(lambda ct, x: 1.01 * ct * ug.cos(x))(w))
    np.testing.assert_array_equal(w.numpy(), X.astype(np.float32))


def test_one_mode_alone_and_first_order_alone() -> None:
    assert check_gradients(ug.sin, X, modes="reverse").comparisons == 2
    assert check_gradients(ug.sin, X, modes=["forward"]).comparisons == 2
    assert check_gradients(ug.sin, X, order=1).comparisons == 3


def test_large_arrays_are_looked_at_here_and_there() -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (30, 30))
    checked = check_gradients(lambda x: ug.sum(ug.sin(x)), x, elements=10, order=1)
    assert (checked.elements, checked.of) == (10, 900)

    def forgets(ct: Any, x: Any) -> Any:
        """A gradient that is wrong at one place."""
        return ug.asarray(ct * ug.cos(x)).at[7, 7].multiply(0.5)

    refused(op(forgets), x, elements=5, order=1, modes=("reverse", "forward"))


@pytest.mark.parametrize("x", [1e-10, 1e-3, 1e6, -20.0])
def test_points_of_every_size(x: float) -> None:
    check_gradients(lambda x: ug.log(ug.abs(x)) + x * x, np.array(x))


# -- what is wrong -------------------------------------------------------------------------------------------------------

INV = ug.linalg.inv
BUGS = {
    "sign": (op(lambda ct, x: -ct * ug.cos(x)), X, "opposite sign"),
    "factor": (op(lambda ct, x: 2 * ct * ug.cos(x)), X, "it is 2 times what is expected"),
    "a small factor": (op(lambda ct, x: 1.0001 * ct * ug.cos(x)), X, "it is 1.0001 times what is expected"),
    "conjugate missing": (op(lambda ct, x: ct * ug.cos(x)), X + 0.5j, "not conjugated"),
    "the gradient conjugated": (
        op(lambda ct, z: ct * ug.conj(z) / ug.abs(z), ug.abs), X + 0.5j, "complex conjugate of what is expected",
    ),
    "real part": (op(lambda ct, z: ug.astype(ct * ug.real(z) / ug.abs(z), z.dtype), ug.abs), X + 0.5j, "real part"),
    "derivative for its transpose": (op(lambda ct, x: -INV(x) @ ct @ INV(x), INV), SQUARE, "instead|should apply its transpose"),
    "transposed": (op(lambda ct, x: (ct * ug.cos(x)).mT), SQUARE, "it is transposed"),
    "reversed": (op(lambda ct, x: ug.flip(ct * ug.cos(x), axis=1)), X, "reversed along axis 1"),
    "shifted": (op(lambda ct, x: ug.roll(ct * ug.cos(x), 1, axis=1)), X, "shifted by 1 along axis 1"),
    "zeros": (op(lambda ct, x: 0 * ct), X, "zero everywhere"),
    "zero in places": (op(lambda ct, x: ug.where(x > 0, ct * ug.cos(x), 0.0)), X, "zero where it should not be, at 2 of 6"),
    "None": (op(lambda ct, x: None), X, "sees no connection"),
    "out of the tape": (lambda x: ug.asarray(x.numpy()) * 2.0, X, "took the source off the tape"),
    "partly out of the tape": (lambda x: x.numpy() * x, X, "2 times|0.5 times|computed outside of the tape"),
    "second order": (
        op(lambda ct, x: ct * ug.stop_gradient(ug.cos(x))), X, "first derivatives are right. Is a value in the rule no tensor",
    ),
    "NaN": (op(lambda ct, x: ct * ug.cos(x) / ug.asarray(0.0)), X, "not finite"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_is_caught_and_named(bug: str) -> None:
    f, x, hint = BUGS[bug]
    message = refused(f, x)
    assert re.search(hint, message), message
    says(message, "check_gradients: ", "argument 0", "checked: reverse mode")
    if bug not in ("None", "out of the tape", "second order"):
        says(message, "got ", "expected ", "tolerance ", "element [")


def test_the_message_in_full() -> None:
    assert refused(op(lambda ct, x: -ct * ug.cos(x)), np.array([0.5, 1.0]), seed=1) == (
        "check_gradients: own: reverse mode is wrong: gradient by argument 0 (x)\n"
        "  element [0]: got -0.7300367048, expected 0.7300367048\n"
        "  element [1]: got -0.6007599584, expected 0.6007599584\n"
        "  wrong: 2 of 2 elements\n"
        "  tolerance 2.5e-13: 1024 roundings of float64 (2.2e-16 each) in terms of size 0.73, and 8 times the error of the "
        "complex step (1e-14)\n"
        "  d result[0] / d argument 0 (x), element [0]: got -0.8775825619, expected 0.8775825619\n"
        "  hint: it has the opposite sign everywhere\n"
        "  checked: reverse mode WRONG, forward mode WRONG"
    )


def test_two_gradients_in_the_wrong_order() -> None:
    @ug.custom_gradient
    def product(a: Any, b: Any) -> Any:
        return a * b, lambda ct: (ct * a, ct * b)

    says(refused(product, X, X + 1.5), "the gradient of argument 0 (a) is that of argument 1 (b)", "wrong order")


def test_a_wrong_forward_mode_alone() -> None:
    def pushed(sign: float) -> Any:
        f = op(lambda ct, x: ct * ug.cos(x))
        f.def_jvp(lambda primals, tangents: sign * tangents[0] * ug.cos(primals[0]))
        return f

    check_gradients(pushed(1.0), X)
    message = refused(pushed(-1.0), X)
    says(message, "forward mode is wrong: tangent of result", "opposite sign", "reverse mode right, forward mode WRONG")


def test_a_pullback_of_raw_values_has_no_forward_mode() -> None:
    message = refused(op(lambda ct, x: ug.asarray(ct * ug.cos(x)).detach()), X)
    says(message, "forward mode is wrong: tangent of result is None", "pullback transposed")


def test_modes_that_differ_below_the_differences() -> None:
    f = op(lambda ct, x: ct * ug.cos(x))
    f.def_jvp(lambda primals, tangents: (1 + 3e-12) * tangents[0] * ug.cos(primals[0]))
    refused(f, X, order=1)


def test_a_rule_that_raises_is_told_with_its_error() -> None:
    def pull(ct: Any, x: Any) -> Any:
        raise KeyError("my own")

    with pytest.raises(ug.GradientCheckError, match="reverse mode raised KeyError: 'my own'") as caught:
        check_gradients(op(pull), X)
    assert isinstance(caught.value.__cause__, KeyError)
    says(refused(op(lambda ct, x: ug.sum(ct)), X), "raised ShapeError", "has shape ()")


def test_which_result_and_which_leaf() -> None:
    @ug.custom_gradient
    def f(d: Any) -> Any:
        return {"u": d["a"] * 2, "v": d["b"] * d["b"]}, lambda u, v: {"a": 2 * u, "b": v * d["b"]}

    says(
        refused(f, {"a": np.array(1.0), "b": np.array([1.0, 2.0])}),
        "argument 0 (d)['b']",
        "d result['v'][1]",
        "0.5 times",
    )


def test_a_tolerance_of_ones_own() -> None:
    off = op(lambda ct, x: 1.001 * ct * ug.cos(x))
    check_gradients(off, X, rtol=1e-2)
    says(refused(off, X, rtol=1e-5), "tolerance", "as given: rtol 1e-05, atol 0")


# -- points and functions without derivatives ---------------------------------------------------------------------------


def test_a_kink() -> None:
    x = np.array([0.0, 1.0])
    message = refused(ug.relu, x)
    says(message, "has a kink at this point", "element [0] at 0: 0 from the left, 1 from the right", "kinks='between'")
    checked = check_gradients(ug.relu, x, kinks="between")
    assert "left out" in checked.note
    refused(op(lambda ct, x: 1.5 * ct, ug.relu), x, kinks="between")
    check_gradients(ug.relu, np.array([1e-2, -1e-2]))  # beside it is none


@pytest.mark.parametrize(
    ("f", "x", "parts"),
    [
        (ug.abs, 0.0, ["kink", "-1 from the left, 1 from the right"]),
        (ug.sqrt, 0.0, ["not finite next to this point", "edge of a function's domain"]),
        (ug.log, -1.0, ["not finite at this point", "result is nan"]),
        (lambda x: ug.exp(1000 * x), 1.0, ["not finite at this point", "result is inf"]),
        (lambda x: ug.sqrt(ug.abs(x)), 0.0, ["kink"]),
    ],
)
def test_a_point_without_derivative(f: Any, x: float, parts: list[str]) -> None:
    says(refused(f, np.array(x)), *parts)


def test_a_function_that_is_none() -> None:
    rng = np.random.default_rng(0)
    message = refused(lambda x: x * float(rng.uniform()), X)
    says(message, "is not a function of its arguments", "called twice", "seed")
    calls: list[int] = []

    def counts(x: Any) -> Any:
        calls.append(1)
        return x * len(calls)

    says(refused(counts, X), "called twice", "keep no state")


def test_nobody_listens_to_the_check() -> None:
    with ug.GradientTape() as tape:
        x = ug.asarray(X)
        tape.watch(x)
        check_gradients(ug.sin, (x,))
        y = x * 2.0
    assert len(tape._records) == 5  # of one op
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), np.full((2, 3), 2.0))


# -- bad input -----------------------------------------------------------------------------------------------------------

BAD = [
    ((3, X), {}, ug.SourceTypeError, "needs a function, not 3 of type int"),
    ((ug.sin, X, {}), {"argnums": 3}, ug.SourceError, "argnums has 3, and 1 positional arguments were given"),
    ((ug.sin, X), {"argnums": "x"}, ug.SourceTypeError, "argnums is an int or a tuple of ints, not 'x'"),
    ((ug.sin, X), {"argnums": ()}, ug.SourceError, "argnums names no argument"),
    ((lambda x: x, X), {"argnames": "y"}, ug.SourceError, "no such argument was given; the function has x"),
    ((lambda x: x, 1), {}, ug.SourceError, "nothing to differentiate .* by: none of its 1 arguments holds a floating number"),
    ((lambda x: x, 1), {"argnums": 0}, ug.DTypeError, "only real and complex floating numbers"),
    ((lambda x: x, "text"), {}, ug.SourceError, "nothing to differentiate"),
    ((lambda: 1.0,), {}, ug.SourceError, "nothing to differentiate"),
    ((lambda x: None, X), {}, ug.SourceTypeError, r"returned None .*is a `return` missing\?"),
    ((lambda x: "text", X), {}, ug.SourceTypeError, "returned 'text' of type str"),
    ((lambda x: [x, "text"], X), {}, ug.SourceTypeError, "'text' of type str in it, which is no array"),
    ((lambda x: ug.astype(x, ug.int64), X), {}, ug.DTypeError, "returned int64 alone, which has no derivative"),
    ((lambda x: x > 0, X), {}, ug.DTypeError, "returned bool alone"),
    ((ug.sin, X), {"modes": "backward"}, ug.SourceError, "modes is 'reverse', 'forward' or both of them, not 'backward'"),
    ((ug.sin, X), {"modes": ()}, ug.SourceError, "modes is"),
    ((ug.sin, X), {"order": 3}, ug.SourceError, "order is 1 or 2, not 3"),
    ((ug.sin, X), {"order": True}, ug.SourceError, "order is 1 or 2, not True"),
    ((ug.sin, X), {"kinks": "ignore"}, ug.SourceError, "kinks is 'error' or 'between', not 'ignore'"),
    ((ug.sin, X), {"elements": 0}, ug.SourceError, "elements is a number of elements, at least 1, not 0"),
    ((ug.sin, X), {"rtol": -1.0}, ug.SourceError, "rtol is a number that is not negative, or None, not -1.0"),
    ((ug.sin, X), {"atol": "small"}, ug.SourceError, "atol is a number"),
]  # fmt: skip


@pytest.mark.parametrize("row", range(len(BAD)))
def test_bad_input(row: int) -> None:
    args, options, error, says = BAD[row]
    with pytest.raises(error, match=says):
        check_gradients(*args, **options)
    assert_library_well()


def test_the_users_own_error_is_left_alone() -> None:
    def f(x: Any) -> Any:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        check_gradients(f, X)


@pytest.mark.parametrize("seed", range(8))
def test_no_false_alarm(seed: int) -> None:
    """float64, at random points: where a step leaves the domain, errors are small by chance, or a second derivative is zero."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(4, 4))
    positive = root @ root.T
    check_gradients(lambda a: np.linalg.cholesky((a + a.mT) / 2), (positive,))
    check_gradients(lambda a: np.linalg.slogdet(a)[1], (positive + 0.1 * np.eye(4),))
    check_gradients(lambda x: np.linalg.svd(x, full_matrices=False), (rng.normal(size=(2, 3, 4)),))
    check_gradients(np.linalg.pinv, (rng.normal(size=(5, 3)),))
    check_gradients(lambda x: np.max(x, axis=1), (rng.normal(size=(3, 4)),))
    check_gradients(np.median, (rng.normal(size=7),))


def test_a_function_that_reads_one_triangle() -> None:
    says(refused(np.linalg.cholesky, SQUARE @ SQUARE.T), "shared by the two triangles", "computes with (x + x.mT) / 2")


def test_rounding_is_no_wrong_factor() -> None:
    message = refused(op(lambda ct, x: ct * ug.cos(x) * (1 + 1e-8)), X, order=1)
    says(message, "it agrees to 6 digits")
    coarse = refused(op(lambda ct, x: ct * ug.cos(x) * (1 + 1.5e-4)), X.astype(np.float32), order=1)
    says(coarse, "it agrees to 3 digits")
    assert "a factor is wrong" not in message
