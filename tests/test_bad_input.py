"""Bad input, on every backend: a clear error, or a documented value, and the next use of the library unaffected."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, backend_name, grad, native

pytestmark = pytest.mark.usefixtures("double")


@pytest.fixture(autouse=True)
def _unaffected(double):
    yield
    assert_library_well()


X = np.arange(6.0).reshape(2, 3)

#: what is done to a tensor of shape (2, 3), and what the error says
REFUSED = {
    "add shapes": (lambda x: x + ug.ones(4), ValueError, r"add\(float64\[2, 3\], float64\[4\]\)"),
    "matmul shapes": (lambda x: x @ x, ValueError, r"matmul\(float64\[2, 3\], float64\[2, 3\]\)"),
    "matmul of a number": (lambda x: x @ 2.0, (ValueError, TypeError), "matmul"),
    "where shapes": (lambda x: ug.where(x > 0, ug.ones(4), 0.0), ValueError, "where"),
    "reshape size": (lambda x: ug.reshape(x, (4, 2)), ValueError, r"reshape: .*\(2, 3\) does not fit the shape \(4, 2\)"),
    "reshape unknowns": (lambda x: ug.reshape(x, (-1, -1)), ValueError, "reshape: 6 elements do not fit"),
    "reshape negative": (lambda x: ug.reshape(x, (-2, 3)), ValueError, "negative"),
    "reshape by floats": (lambda x: ug.reshape(x, (2.0, 3.0)), ValueError, "reshape: a size is an int, not 2.0"),
    "broadcast": (lambda x: ug.broadcast_to(x, (2, 4)), ValueError, "broadcast_to"),
    "concat shapes": (lambda x: ug.concat([x, ug.ones((3, 2))]), ValueError, r"concat: .*\(2, 3\), \(3, 2\)"),
    "concat of nothing": (lambda x: ug.concat([]), ValueError, "concat: there is no array"),
    "stack shapes": (lambda x: ug.stack([x, ug.ones(3)]), ValueError, r"stack: .*\(2, 3\), \(3,\)"),
    "stack of nothing": (lambda x: ug.stack([]), ValueError, "stack: there is no array"),
    "squeeze": (lambda x: ug.squeeze(x, 0), ValueError, "squeeze: axis 0 .* not of size 1"),
    "split": (lambda x: ug.split(x, 2, axis=1), ValueError, "split: an axis of size 3 does not divide into 2"),
    "T of a vector": (lambda x: x[0].T, ValueError, "T is for matrices"),
    "mT of a vector": (lambda x: x[0].mT, ValueError, "no matrix"),
    "vecdot sizes": (lambda x: ug.vecdot(x, ug.ones(2)), ValueError, "vecdot: axis -1 has sizes 3 and 2"),
    "tensordot sizes": (lambda x: ug.tensordot(x, x, axes=1), ValueError, "tensordot"),
    "max of nothing": (lambda x: ug.max(x[:0]), ValueError, "max: .* has no element"),
    "sum axis": (lambda x: ug.sum(x, axis=2), ValueError, "sum: axis 2 is out of bounds for array of dimension 2"),
    "sum axis below": (lambda x: ug.sum(x, axis=-3), ValueError, "sum: axis -3 is out of bounds"),
    "sum axis twice": (lambda x: ug.sum(x, axis=(0, -2)), ValueError, "names an axis twice"),
    "sum axis of floats": (lambda x: ug.sum(x, axis=0.5), ValueError, "sum: an axis is an int, not 0.5"),
    "mean axis": (lambda x: ug.mean(x, axis=5), ValueError, "mean: axis 5"),
    "permutation": (lambda x: ug.permute_dims(x, (0, 0)), ValueError, "permute_dims"),
    "permutation short": (lambda x: ug.permute_dims(x, (0,)), ValueError, "permute_dims"),
    "cumulative axis": (lambda x: ug.cumulative_sum(x), ValueError, "needs an axis"),
    "flip axis": (lambda x: ug.flip(x, axis=3), ValueError, "flip: axis 3"),
    "roll": (lambda x: ug.roll(x, (1, 2), axis=0), ValueError, "roll: 2 shifts for 1 axes"),
    "expand_dims axis": (lambda x: ug.expand_dims(x, axis=5), ValueError, "expand_dims: axis 5"),
    "bitwise of floats": (lambda x: x & x, TypeError, "bitwise_and"),
    "shift of floats": (lambda x: x << 1, TypeError, "bitwise_left_shift"),
    "order of complex": (lambda x: ug.astype(x, ug.complex128) < 1.0, TypeError, "less"),
    "max of complex": (lambda x: ug.max(ug.astype(x, ug.complex128)), TypeError, "max: complex"),
    "floor of complex": (lambda x: ug.floor(ug.astype(x, ug.complex128)), TypeError, "floor"),
    "sign bit of complex": (lambda x: ug.signbit(ug.astype(x, ug.complex128)), TypeError, "signbit"),
    "dtype name": (lambda x: ug.astype(x, "float31"), TypeError, "'float31' is not a dtype"),
    "index": (lambda x: x[2], IndexError, "out of bounds"),
    "index below": (lambda x: x[0, -4], IndexError, "out of bounds"),
    "index array": (lambda x: x[[0, 2]], IndexError, "out of bounds"),
    "index of floats": (lambda x: x[[0.5]], IndexError, "integers or bools"),
    "index by a float": (lambda x: x[0.5], IndexError, "no index"),
    "index by a string": (lambda x: x["a"], IndexError, "no index"),
    "too many indices": (lambda x: x[0, 0, 0], IndexError, None),
    "two ellipses": (lambda x: x[..., ...], IndexError, None),
    "step of 0": (lambda x: x[::0], (ValueError, IndexError), None),
    "mask shape": (lambda x: x[ug.asarray([True, False, True])], IndexError, None),
    "a string": (lambda x: x + "abc", TypeError, "add: cannot use str object 'abc' as an array"),
    "an object": (lambda x: x * object(), TypeError, "multiply: cannot use object"),
    "none": (lambda x: x - None, TypeError, "subtract: cannot use NoneType"),
    "a set": (lambda x: x - {1.0}, TypeError, "subtract: cannot use set"),
    "a string array": (lambda x: x + np.array(["a", "b", "c"]), TypeError, "add: .*not numeric"),
    "an object array": (lambda x: x + np.array([1, None, 2]), TypeError, "add: object data is not numeric"),
    "dates": (lambda x: x + np.array(["2020-01-01"], dtype="M8[D]"), TypeError, "add: datetime64.* not numeric"),
    "a ragged list": (lambda x: ug.add(x, [[1.0], [1.0, 2.0]]), ValueError, "add: the nested list is ragged"),
    "a list of strings": (lambda x: ug.add(x, ["a", "b", "c"]), TypeError, "add: the list holds <U1 data"),
    "device": (lambda x: x.to_device("nowhere:7"), RuntimeError, "has no device 'nowhere:7'; there is cpu"),
    "device of a new array": (lambda x: ug.zeros(2, device="nowhere"), RuntimeError, "has no device 'nowhere'"),
    "asarray string": (lambda x: ug.asarray("abc"), TypeError, "Unsupported data: asarray .*str"),
    "asarray strings": (lambda x: ug.asarray(["a", "b"]), TypeError, "asarray: the list holds <U1 data"),
    "asarray objects": (lambda x: ug.asarray(np.array([None, 1])), TypeError, "object"),
    "asarray none": (lambda x: ug.asarray(None), TypeError, "asarray"),
    "asarray dict": (lambda x: ug.asarray({"a": 1}), TypeError, "asarray.*dict"),
    "asarray ragged": (lambda x: ug.asarray([[1.0], [1.0, 2.0]]), ValueError, "asarray: the nested list is ragged"),
    "asarray ragged tensors": (lambda x: ug.asarray([x, x[0]]), ValueError, "stack: the arrays have the shapes"),
    "asarray cut": (lambda x: ug.asarray(np.array([1j]), dtype=ug.float64), TypeError, "complex numbers do not fit float64"),
    "asarray cut number": (lambda x: ug.asarray(1j, dtype=ug.float64), TypeError, "complex numbers do not fit float64"),
    "negative shape": (lambda x: ug.zeros((-1, 2)), ValueError, "no negative sizes"),
    "shape of floats": (lambda x: ug.zeros((1.5,)), ValueError, "a shape is made of ints"),
    "number of a vector": (lambda x: float(x), (TypeError, ValueError), r"\(2, 3\) is not one number"),
    "truth of a vector": (lambda x: bool(x), ValueError, r"\(2, 3\) is not one number"),
    "index from a float": (lambda x: range(3)[x[0, 0]], TypeError, "only an integer tensor"),
    "length of a number": (lambda x: len(x[0, 0]), TypeError, r"len\(\) of a tensor of no dimensions"),
    "iteration of a number": (lambda x: iter(x[0, 0]), TypeError, "no dimensions"),
    "item of a number": (lambda x: x[0, 0][0], IndexError, None),
}  # fmt: skip

PYTHONS = [REFUSED[name][0] for name in ("length of a number", "iteration of a number")]  # its own error, as it expects
EACH = pytest.mark.parametrize(("do", "error", "says"), REFUSED.values(), ids=list(REFUSED))


@EACH
def test_refused(do, error, says):
    with pytest.raises(error, match=says) as caught:
        do(ug.asarray(X))
    assert isinstance(caught.value, ug.UnigradError) or do in PYTHONS, (
        f"{type(caught.value)} is not one of ours: {caught.value}"
    )


@EACH
def test_refused_on_the_tape_which_goes_on(do, error, says):
    x = ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with pytest.raises(error, match=says):
            do(y)
        z = ug.sum(y * x)
    assert_values(tape.gradient(z, x), 3 * X**2)


OPERATIONS = {
    "add": lambda a, b: a + b,
    "matmul": lambda a, b: a @ b,
    "where": lambda a, b: ug.where(a > 0, a, b),
    "concat": lambda a, b: ug.concat([a, b]),
    "maximum": ug.maximum,
    "equal": lambda a, b: a == b,
}


@pytest.mark.parametrize("do", OPERATIONS.values(), ids=list(OPERATIONS))
def test_two_backends_in_one_operation(do):
    mine = ug.ones((2, 2))
    other = "jax" if backend_name() == "torch" else "torch"
    with ug.use_backend(other):
        theirs = ug.ones((2, 2))
    for pair in ((mine, theirs), (theirs, mine)):
        with pytest.raises(ug.MixedBackendsError, match=r"operands of two backends.*unigrad\.convert\(x, '"):
            do(*pair)
    do(mine, ug.convert(theirs, backend_name()))


def test_the_raw_array_of_another_library():
    other = "jax" if backend_name() == "torch" else "torch"
    with pytest.raises(ug.MixedBackendsError, match=r"unigrad.convert"):
        ug.ones(2) * native([1.0, 2.0], other)


def test_a_numpy_array_is_a_constant_anywhere():
    x = ug.asarray([1.0, 2.0])
    assert_values(grad(lambda x: np.array([3.0, 4.0]) * x, x), [3.0, 4.0])
    assert_values(grad(lambda x: x * np.float32(3.0), x), [3.0, 3.0])


def test_tensors_of_two_backends_as_targets_and_sources():
    other = "jax" if backend_name() == "torch" else "torch"
    x = ug.asarray(2.0)
    with ug.use_backend(other):
        z = ug.asarray(3.0)
    with ug.GradientTape() as tape:
        tape.watch([x, z])
        y, w = x * x, z * z * z
    found = tape.gradient([y, w], [x, z])
    assert_values(found[0], 4.0)
    assert_values(found[1], 27.0)
    assert [g.backend.name for g in found] == [backend_name(), other]


def test_a_complex_target_of_a_real_source():
    x = ug.asarray([1.0, 2.0])
    found = grad(lambda x: x * (1 + 2j), x)
    assert found.dtype == ug.float64
    assert_values(found, [1.0, 1.0])  # of the sum of the real parts: the seed is 1
