"""NumPy's functions with bad input on tensors: an error of our own, on every backend, and the library goes on."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, backend_name

pytestmark = pytest.mark.usefixtures("double")

A = np.array([[0.5, 1.5, 2.5], [1.0, 2.0, 3.0]])
MASK = np.array([[True, False, True], [False, True, True]])


@pytest.fixture
def x():
    return ug.asarray(A)


def other_backend():
    other = "jax" if backend_name() == "torch" else "torch"
    with ug.use_backend(other):
        return ug.ones((2, 3))


#: what is done with a tensor of shape (2, 3), the error, and what it says
REFUSED = {
    "axis of a reduction": (lambda t: np.sum(t, axis=2), ValueError, "sum: axis 2 is out of bounds"),
    "axis of reduce": (lambda t: np.add.reduce(t, axis=5), ValueError, "axis 5 is out of bounds"),
    "axis twice": (lambda t: np.mean(t, axis=(0, 0)), ValueError, "twice"),
    "axis of sort": (lambda t: np.sort(t, axis=3), ValueError, "axis 3"),
    "axis of concatenate": (lambda t: np.concatenate([t, t], axis=2), ValueError, "concat: axis 2"),
    "axis of take": (lambda t: np.take(t, 0, axis=7), ValueError, "take: axis 7"),
    "index of take": (lambda t: np.take(t, [9]), IndexError, "take: an index is out of bounds"),
    "index of put": (lambda t: np.put(t, [9], 1.0), IndexError, "put: an index"),
    "shape of put_along_axis": (
        lambda t: np.put_along_axis(t, np.zeros((3, 1), np.int64), 1.0, 1), ValueError, r"put_along_axis: .*\(3, 1\)"
    ),
    "initial of another kind": (lambda t: np.max(np.astype(t, int), initial=-np.inf), TypeError, "no number of int64"),
    "shifts": (lambda t: np.roll(t, (1, 2, 3), axis=(0, 0)), ValueError, r"roll: the shifts \(1, 2, 3\)"),
    "empty q": (lambda t: np.nanquantile(t, []), ValueError, "q is empty"),
    "index of at": (lambda t: np.add.at(t, (5,), 1.0), IndexError, None),
    "index of reduceat": (lambda t: np.add.reduceat(t, [2]), IndexError, "reduceat: indices"),
    "shapes": (lambda t: np.add(t, np.ones(4)), ValueError, "add"),
    "shapes of dot": (lambda t: np.dot(t, t), ValueError, "matmul"),
    "shapes of stack": (lambda t: np.stack([t, t[0]]), ValueError, "stack"),
    "shapes of inner": (lambda t: np.inner(t, np.ones(2)), ValueError, "tensordot"),
    "shapes of cross": (lambda t: np.cross(t[:, :2], t[:, :2]), ValueError, "cross: vectors of 3"),
    "bits of floats": (lambda t: np.bitwise_and(t, t), TypeError, "bitwise_and"),
    "gcd of floats": (lambda t: np.gcd(t, t), TypeError, "gcd is for integers"),
    "ldexp by floats": (lambda t: np.ldexp(t, t), TypeError, "integer exponent"),
    "isnat": (np.isnat, TypeError, "isnat has no rule"),
    "dates": (lambda t: np.add(t, np.array(["2020-01-01"], "M8[D]")), TypeError, "not numeric"),
    "strings": (lambda t: np.add(t, "abc"), TypeError, "add"),
    "objects": (lambda t: np.multiply(t, np.array([None, 1, 2])), TypeError, "not numeric"),
    "None": (lambda t: np.add(t, None), TypeError, "add"),
    "two backends": (lambda t: np.add(t, other_backend()), TypeError, r"unigrad\.convert"),
    "two backends joined": (lambda t: np.concatenate([t, other_backend()]), TypeError, r"two backends.*unigrad\.convert"),
    "two backends, out": (lambda t: np.add(t, 1, out=other_backend()), TypeError, r"unigrad\.convert"),
    "out shape": (lambda t: np.add(t, 1, out=ug.zeros((3, 2))), ValueError, None),
    "out too small": (lambda t: np.add(t, 1, out=ug.zeros(3)), ValueError, r"out= has shape \(3,\)"),
    "out shape of a reduction": (lambda t: np.sum(t, axis=0, out=ug.zeros((1, 3))), ValueError, r"out= has shape \(1, 3\)"),
    "out ndarray": (lambda t: np.add(t, 1, out=np.zeros((2, 3))), TypeError, r"ndarray.*unigrad\.asarray"),
    "out ndarray of a reduction": (lambda t: np.sum(t, axis=0, out=np.zeros(3)), TypeError, r"ndarray.*unigrad\.asarray"),
    "out variable": (lambda t: np.add(t, 1, out=ug.Variable(A)), TypeError, "assign"),
    "out of a kind": (lambda t: np.add(t, 1j, out=t), TypeError, "out= of dtype float64 cannot hold complex128"),
    "where of numbers": (lambda t: np.add(t, 1, where=np.ones(3)), TypeError, None),
    "where of numbers in a sum": (lambda t: np.sum(t, where=np.ones(3)), TypeError, "where= is a mask of bools"),
    "where shape": (lambda t: np.sum(t, where=np.ones(4, bool)), ValueError, "where"),
    "where without initial": (lambda t: np.max(t, where=t > 1), ValueError, "needs an initial"),
    "max of nothing": (lambda t: np.max(t[:0]), ValueError, "no element"),
    "median of nothing": (lambda t: np.median(t[:0], axis=0), ValueError, "median: .* no element"),
    "quantile": (lambda t: np.quantile(t, 1.5), ValueError, "q lies between 0 and 1"),
    "quantile weights": (lambda t: np.quantile(t, 0.5, weights=A, method="inverted_cdf"), ValueError,
        "weights= are not supported"),
    "reduce of a unary ufunc": (lambda t: np.sin.reduce(t), (TypeError, ValueError), None),
    "reduce along two axes": (lambda t: np.subtract.reduce(t, axis=(0, 1)), ValueError, "order matters"),
    "reshape": (lambda t: np.reshape(t, (4, 2)), ValueError, "does not fit"),
    "split": (lambda t: np.split(t, 2, axis=1), ValueError, "does not divide"),
    "pad mode": (lambda t: np.pad(t, 1, "moebius"), ValueError, "mode 'moebius'"),
    "pad function": (lambda t: np.pad(t, 1, lambda *a: None), TypeError, "function as mode"),
    "convolve": (lambda t: np.convolve(t, t), ValueError, "convolve: vectors"),
    "gradient": (lambda t: np.gradient(t, 1.0, 2.0, 3.0), TypeError, "3 spacings for 2 axes"),
    "interp": (lambda t: np.interp(t, [0.0, 1.0], [0.0]), ValueError, "interp"),
    "bincount": (lambda t: np.bincount([0, 1], weights=t), ValueError, "bincount: weights of shape"),
    "choose": (lambda t: np.choose([0, 1, 5], [t, t]), IndexError, "choose"),
    "select": (lambda t: np.select([MASK], [t, t]), ValueError, "select: 1 conditions for 2"),
    "nonzero of a number": (lambda t: np.nonzero(t[0, 0]), ValueError, "no dimensions"),
    "dtype": (lambda t: np.sum(t, dtype="nonsense"), TypeError, "no dtype"),
    "longdouble": (lambda t: np.sum(t, dtype=np.longdouble), TypeError, "not a dtype"),
}  # fmt: skip


@pytest.mark.parametrize(("do", "error", "says"), REFUSED.values(), ids=list(REFUSED))
def test_bad_input(do, error, says, x):
    with pytest.raises(error, match=says) as caught:
        do(x)
    assert isinstance(caught.value, ug.UnigradError) or "numpy" in caught.tb.tb_next.tb_frame.f_globals["__name__"]
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with pytest.raises(error):
            do(y)
        z = np.sum(y * x)
    assert_values(tape.gradient(z, x), 3 * A**2)
    assert_library_well()


#: what leaves the tape without a word in other libraries
LEAVES = {
    "array of tensors": lambda t: np.array([t[0, 0], t[0, 1]]), "array": np.array, "asarray": np.asarray,
    "a number": lambda t: np.float32(t[0, 0]), "full": lambda t: np.full((2,), t[0, 0]),
    "random": lambda t: np.random.default_rng(0).normal(t),
    "an item written": lambda t: np.zeros((2, 3)).__setitem__(0, t[0]),
    "copyto an ndarray": lambda t: np.copyto(np.zeros((2, 3)), t),
    "put into an ndarray": lambda t: np.put(np.zeros(3), [0], t[0, 0]),
    "at of an ndarray": lambda t: np.add.at(np.zeros(3), [0], t[0, 0]),
    "added in place": lambda t: np.zeros((2, 3)).__iadd__(t),
    "sum of a list": lambda t: np.sum([t[0, 0], t[0, 1]]), "r_": lambda t: np.r_[t[0], 1.0],
    "vectorize": lambda t: np.vectorize(abs)(t),
    "full_like": lambda t: np.full_like(np.ones(2), t[0, 0]),
    "arange": lambda t: np.arange(t[0, 0], 5.0) * np.float64(t[0, 0]),
    "nanquantile at a tensor": lambda t: np.nanquantile(np.arange(4.0), t[0, 0]),
}  # fmt: skip


@pytest.mark.parametrize("leave", LEAVES.values(), ids=list(LEAVES))
def test_what_numpy_cannot_hand_over_raises_while_a_tape_tracks_it(leave, x):
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * 1
        with pytest.raises(ug.GradientLostError, match=r"\.numpy\(\)"):
            leave(y)
        z = y * y
    assert_values(tape.gradient(z, x), 2 * A)
