"""A Python integer that an array's integer dtype does not hold: an error where libraries cut it, the same on every backend."""

import operator

import numpy as np
import pytest

import unigrad as ug

#: arithmetic, whose result has the array's dtype
ARITHMETIC = (
    "add", "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "floor_divide", "maximum",
    "minimum", "multiply", "pow", "remainder", "subtract",
)  # fmt: skip
COMPARISONS = {
    "equal": operator.eq, "greater": operator.gt, "greater_equal": operator.ge, "less": operator.lt, "less_equal": operator.le,
    "not_equal": operator.ne,
}  # fmt: skip
#: dtype, and what it does not hold
BEYOND = (
    ("int8", 300),
    ("int8", 128),
    ("int8", -129),
    ("uint8", -1),
    ("uint8", 256),
    ("int32", 1 << 40),
    ("int64", 1 << 70),
)
#: dtype, and what it holds at its ends
WITHIN = (("int8", 127), ("int8", -128), ("uint8", 255), ("uint8", 0), ("int32", -(1 << 31)), ("int64", (1 << 63) - 1))


def forms(data):
    """The tensor, and the raw array."""
    t = ug.asarray(data)
    return t, t.raw


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic_refuses(backend, name):
    function = getattr(ug, name)
    for dtype, number in BEYOND:
        for x in forms(np.asarray([1, 2, 3], dtype)):
            for args in ((x, number), (number, x)):
                with pytest.raises(ug.IntegerRangeError, match=f"{name}: {number} does not fit {dtype}"):
                    function(*args)
            with pytest.raises(OverflowError):
                function(x, number)


#: by name: calls of an array and a number
CALLS = {
    "where, right": lambda x, n: ug.where(ug.equal(x, 2), x, n),
    "where, left": lambda x, n: ug.where(ug.equal(x, 2), n, x),
    "clip": lambda x, n: ug.clip(x, n, None),
    "full_like": lambda x, n: ug.full_like(x, n),
    "full": lambda x, n: ug.full((2,), n, dtype=ug.asarray(x).dtype),
    "asarray": lambda x, n: ug.asarray(n, dtype=ug.asarray(x).dtype),
    "asarray of a list": lambda x, n: ug.asarray([1, n], dtype=ug.asarray(x).dtype),
}


@pytest.mark.parametrize("name", CALLS)
def test_selection_and_creation_refuse(backend, name):
    for dtype, number in BEYOND:
        for x in forms(np.asarray([1, 2, 3], dtype)):
            # a list of numbers beyond 64 bits is no list of numbers for NumPy
            with pytest.raises(ug.DTypeError, match=r"does not fit|object data"):
                CALLS[name](x, number)


def test_operators_refuse(backend):
    t = ug.asarray(np.asarray([1, 2], "int8"))
    for op in (operator.add, operator.mul, operator.sub, operator.iadd, operator.pow, operator.mod):
        with pytest.raises(ug.IntegerRangeError, match="300 does not fit int8"):
            op(t, 300)
    for op in (operator.add, operator.mul, operator.sub):
        with pytest.raises(ug.IntegerRangeError, match="300 does not fit int8"):
            op(300, t)
    assert t.dtype == ug.int8
    assert t.numpy().tolist() == [1, 2]


@pytest.mark.parametrize("name", ["add", "bitwise_or", "maximum", "multiply"])
def test_what_fits_is_computed(backend, name):
    for dtype, number in WITHIN:
        data = np.asarray([0, 0, 1], dtype)
        expected = {"add": np.add, "bitwise_or": np.bitwise_or, "maximum": np.maximum, "multiply": np.multiply}[name]
        with np.errstate(over="ignore"):
            want = expected(data, np.asarray(number, dtype))
        for x in forms(data):
            got = getattr(ug, name)(x, number)
            got = ug.asarray(got)
            assert got.dtype == np.dtype(dtype)
            assert got.numpy().tolist() == want.tolist(), (dtype, number)


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_answer(backend, name):
    """A number beyond the dtype is greater than all of its numbers, or less."""
    compare = getattr(
        operator,
        {"equal": "eq", "not_equal": "ne", "greater": "gt", "less": "lt", "greater_equal": "ge", "less_equal": "le"}[
            name
        ],
    )
    for dtype, number in (*BEYOND, *WITHIN):
        info = np.iinfo(dtype)
        values = [info.min, 1, info.max]
        for x in forms(np.asarray(values, dtype)):
            for args, want in (
                ((x, number), [compare(v, number) for v in values]),
                ((number, x), [compare(number, v) for v in values]),
            ):
                got = ug.asarray(getattr(ug, name)(*args))
                assert got.dtype == np.bool_
                assert got.numpy().tolist() == want, (dtype, number)


def test_logic_answers(backend):
    for x in forms(np.asarray([0, 1], "int8")):
        assert ug.asarray(ug.logical_and(x, 256)).numpy().tolist() == [False, True]
        assert ug.asarray(ug.logical_or(x, 256)).numpy().tolist() == [True, True]


def test_floats_take_any_integer(backend):
    for dtype in ("float32", "float64"):
        for x in forms(np.asarray([1.0, 2.0], dtype)):
            for number in (300, -1, -129, 1 << 40, 1 << 70):
                got = ug.asarray(ug.multiply(x, number))
                assert got.dtype == np.dtype(dtype)
                np.testing.assert_allclose(got.numpy(), np.asarray([1.0, 2.0]) * float(number), rtol=1e-6)
    with pytest.raises(ug.IntegerRangeError, match="2001 bits"):
        ug.asarray([1.0]) + (1 << 2000)


def test_a_gradient_goes_through_a_large_integer(backend):
    x = ug.asarray([1.5, -2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * 1000 + (-3) * x - 400
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), [997.0, 997.0])
