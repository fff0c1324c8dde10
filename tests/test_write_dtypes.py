"""Which dtypes may be written into which: NumPy's answer, but that no write cuts a number to a lower kind in silence."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import backend_name

pytestmark = pytest.mark.usefixtures("double")

DTYPES = ["bool", "int32", "uint8", "int64", "float32", "float64", "complex64"]


def update(symbol):
    scope = {}
    exec(f"def do(a, b):\n    a {symbol} b", scope)
    return scope["do"]


def item(a, b):
    a[0] = b[0]


def masked(a, b):
    a[a == a] = b.reshape(-1)


UPDATES = {s: update(s) for s in ["+=", "-=", "*=", "/=", "//=", "%=", "**=", "@=", "&=", "|=", "^=", "<<=", ">>="]}
OUTS = {
    "add out=": lambda a, b: np.add(b, b, out=a),
    "sin out=": lambda a, b: np.sin(b, out=a),
    "equal out=": lambda a, b: np.equal(b, b, out=a),
    "copyto": lambda a, b: np.copyto(a, b),
}
#: where NumPy casts whatever is asked, and a tensor refuses a lower kind
CASTS = {
    "item": item, "mask": masked, "put": lambda a, b: np.put(a, [0, 1], b), "place": lambda a, b: np.place(a, a == a, b),
    "putmask": lambda a, b: np.putmask(a, a == a, b), "at": lambda a, b: np.add.at(a, [0], b[:1]),
    "sum out=": lambda a, b: np.sum(b, axis=0, out=a[0]), "cumsum out=": lambda a, b: np.cumsum(b, 0, out=a),
}  # fmt: skip
#: of torch, which has no such product
LACKS = {("torch", "@=", "bool", "bool")}


def tried(do, a, b):
    """The array afterwards, or the error."""
    try:
        do(a, b)
    except (TypeError, ValueError) as e:
        return e
    return np.asarray(a.numpy() if isinstance(a, ug.Tensor) else a)


def pairs():
    return [(i, j) for i in DTYPES for j in DTYPES]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", {**UPDATES, **OUTS, **CASTS})
def test_dtypes(name):
    do = {**UPDATES, **OUTS, **CASTS}[name]
    for n, (into, of) in enumerate(pairs()):
        if (backend_name() == "jax" and n % 3) or (backend_name(), name, into, of) in LACKS:
            continue  # each pair of dtypes compiles
        a, b = (np.arange(4).reshape(2, 2) + 1).astype(into), (np.arange(4).reshape(2, 2) % 3 + 1).astype(of)
        t = ug.asarray(a)
        mine = tried(do, t, ug.asarray(b))
        numpys = tried(do, a, b)
        case = f"{name}: {of} into {into}"
        if isinstance(numpys, Exception):
            if name in ("place", "putmask") and not isinstance(mine, Exception):
                continue  # NumPy's rule is "safe" there
            assert isinstance(mine, ug.DTypeError | ug.ShapeError), case
        elif isinstance(mine, Exception):
            assert isinstance(mine, ug.DTypeError), case
            assert name in CASTS, case
            assert not np.can_cast(of if name not in ("sum out=", "cumsum out=") else "int64", into, "same_kind") or not (
                np.can_cast(np.result_type(of, "int64"), into, "same_kind")
            ), case  # fmt: skip
        else:
            assert mine.dtype == numpys.dtype == np.dtype(into), case
            np.testing.assert_allclose(mine, numpys, rtol=1e-3, err_msg=case)


RANGES = [
    ("int8", 300),
    ("int8", -129),
    ("uint8", -1),
    ("uint8", 256),
    ("int32", 2**31),
    ("int64", 2**63),
    ("uint64", -1),
]


@pytest.mark.parametrize(("dtype", "value"), RANGES)
def test_an_integer_that_does_not_fit(dtype, value):
    t = ug.asarray(np.array([1, 2], dtype))
    for do in (lambda: t.__setitem__(0, value), lambda: t.__iadd__(value), lambda: t.at[0].set(value)):
        with pytest.raises(ug.IntegerRangeError, match="does not fit"):
            do()
        with pytest.raises(OverflowError):
            do()
    assert t.tolist() == [1, 2]


def test_an_integer_of_many_digits_into_floats():
    t = ug.asarray([1.0, 2.0])
    t[0] = 2**70
    assert t.tolist() == [2.0**70, 2.0]
    with pytest.raises(ug.IntegerRangeError, match="bits"):
        t[1] = 2**3000


#: an index and a value that NumPy refuses, and the error; of an array of shape (3, 4)
REFUSED = {
    "value for a row": (0, np.ones(3), ValueError),
    "value for rows": (slice(0, 2), np.ones(2), ValueError),
    "array for an element": ((0, 0), [5.0], ValueError),
    "mask of another shape": (np.array([True, False]), 1.0, IndexError),
    "values for a mask": (np.ones((3, 4), bool), np.ones(5), ValueError),
    "index arrays": (([0, 1, 2], [0, 1]), 1.0, IndexError),
    "masks": (([True, True, False], [True, True, True, False]), 1.0, IndexError),
    "too many": ((0, 0, 0), 1.0, IndexError),
    "string": ("a", 1.0, IndexError),
    "float": (1.5, 1.0, IndexError),
    "floats": (np.array([0.5]), 1.0, IndexError),
    "slice of floats": (slice(1.0, 2), 1.0, TypeError),
    "step of 0": (slice(None, None, 0), 1.0, ValueError),
    "ellipses": ((..., ...), 1.0, IndexError),
    "beyond": (3, 1.0, IndexError),
    "before": ((slice(None), -5), 1.0, IndexError),
    "array beyond": (np.array([0, 3]), 1.0, IndexError),
    "array before": ((0, [-5]), 1.0, IndexError),
    "after an ellipsis": ((..., 4), 1.0, IndexError),
    "ragged": (0, [[1, 2], [3]], ValueError),
    "not a number": (0, "abc", (TypeError, ValueError)),
}


@pytest.mark.parametrize(("index", "value", "error"), REFUSED.values(), ids=list(REFUSED))
def test_refused_as_by_numpy(index, value, error):
    a = np.arange(12.0).reshape(3, 4)
    t = ug.asarray(a)
    before = t.tolist()
    with pytest.raises(error):
        a[index] = value
    for do in (lambda: t.__setitem__(index, value), lambda: t.at[index].set(value)):
        with pytest.raises(error) as caught:
            do()
        assert isinstance(caught.value, ug.UnigradError)
    assert t.tolist() == before


#: an index and a value that NumPy takes
TAKEN = {
    "leading axes of one": (..., np.ones((1, 1, 3, 4))), "a mask of nothing": (np.zeros((3, 4), bool), np.ones(0)),
    "every element": (np.ones((3, 4), bool), np.arange(12.0)),
    "mask and slice": ((slice(None), [True, False, True, False]), np.ones(2)),
    "grid": (([[0], [1]], [0, 1]), np.arange(4.0).reshape(2, 2)), "new axis among": ((0, None, ..., [1, 2]), 7.0),
    "steps back": ((slice(2, 0, -1), slice(None, None, -1)), np.arange(8.0).reshape(2, 4)), "nothing": ([], 3.0),
    "new axis": (None, 4.0), "no index": ((), 4.0), "True and a row": ((True, 0), 2.0), "False": ((False,), 2.0),
    "True after": ((slice(None), True), 3.0), "mask and places": (([True, True, False], [0, 1]), 3.0),
    "NumPy's integer": (np.uint8(1), 2.0), "array of no dimensions": (np.array(1), 2.0), "nan": (0, float("nan")),
}  # fmt: skip


@pytest.mark.parametrize(("index", "value"), TAKEN.values(), ids=list(TAKEN))
def test_taken_as_by_numpy(index, value):
    a = np.arange(12.0).reshape(3, 4)
    t = ug.asarray(a)
    a[index] = value
    t[index] = value
    np.testing.assert_array_equal(t.numpy(), a)
    np.testing.assert_array_equal(t[index].numpy(), a[index])
