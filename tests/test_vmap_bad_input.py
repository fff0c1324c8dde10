"""What vmap refuses, and with which words."""

import tracemalloc

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, run_python

pytestmark = pytest.mark.usefixtures("double")

RNG = np.random.default_rng(11)
X, Y, W = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))


def add(x, y):
    return x + y


BAD = {
    "unequal": (lambda x: ug.vmap(add)(x, x[:2]), ValueError, r"unequal numbers of examples: 4 .* 2 \(axis 0"),
    "no axis": (lambda x: ug.vmap(add, (0, 2))(x, x), IndexError, "in_axes is 2 for an argument of shape"),
    "a scalar": (lambda x: ug.vmap(add)(x, 1.0), IndexError, r"of shape \(\), which has no such axis: say in_axes=None"),
    "a scalar by keyword": (lambda x: ug.vmap(add)(x, y=1.0), IndexError, "keyword argument, bind it by functools.partial"),
    "too few": (lambda x: ug.vmap(add, (0,))(x, x), ValueError, "in_axes has 1 entries for 2 positional arguments"),
    "structure": (lambda x: ug.vmap(add, ({"a": 0}, 0))(x, x), ValueError, "does not fit the structure"),
    "not an int": (lambda x: ug.vmap(add, ("a", 0))(x, x), ValueError, "in_axes of argument 0"),
    "a bool": (lambda x: ug.vmap(add, True)(x, x), IndexError, "in_axes is True"),
    "none batched": (lambda x: ug.vmap(add, None)(x, x), ValueError, "no argument has examples"),
    "no arguments": (lambda x: ug.vmap(lambda: x)(), ValueError, "no argument has examples"),
    "a string": (lambda x: ug.vmap(add)(x, "abcd"), TypeError, "has no examples"),
    "out a string": (lambda x: ug.vmap(lambda x: "a")(x), TypeError, "returned 'a' of type str"),
    "out None for examples": (lambda x: ug.vmap(lambda x: x, 0, None)(x), ValueError, "differs between the 4 examples"),
    "out axis": (lambda x: ug.vmap(lambda x: x, 0, 2)(x), IndexError, "out_axes is 2"),
    "out structure": (lambda x: ug.vmap(lambda x: x, 0, (0, 0))(x), ValueError, "out_axes"),
    "bool": (lambda x: ug.vmap(lambda x: x if x[0] > 0 else -x)(x), TypeError, "not known inside vmap"),
    "float": (lambda x: ug.vmap(lambda x: float(x[0]))(x), TypeError, "not known inside vmap"),
    "numpy": (lambda x: ug.vmap(lambda x: x.numpy())(x), TypeError, "not known inside vmap"),
    "np.asarray": (lambda x: ug.vmap(lambda x: np.asarray(x))(x), TypeError, "not known inside vmap"),
    "nonzero": (lambda x: ug.vmap(lambda x: ug.nonzero(x)[0])(x), ValueError, "depends on the values"),
    "mask": (lambda x: ug.vmap(lambda x: x[x > 0])(x), ValueError, "a mask whose values differ"),
    "masked write": (lambda x: ug.vmap(lambda x: x.at[x > 0].set(x[:2]))(x), ValueError, "use unigrad.where"),
    "shapes": (lambda x: ug.vmap(lambda x: x + ug.ones((2,)))(x), ValueError, "inside vmap: the first axis"),
    "an object": (lambda x: ug.vmap(lambda x: x)(np.array([None, None])), TypeError, "object data is not numeric"),
    "not a function": (lambda x: ug.vmap(3), TypeError, "needs a function"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_errors(name):
    ask, error, says = BAD[name]
    x = ug.asarray(X)
    with pytest.raises(error, match=says) as raised:
        ask(x)
    assert isinstance(raised.value, ug.UnigradError)
    assert_library_well()
    assert_values(ug.vmap(lambda x: x * 2.0)(x), X * 2)


def test_a_function_of_numpys_that_looks_at_values_says_that_vmap_has_none():
    with pytest.raises(
        ug.BatchedValueError, match="inside vmap those of one example are not known, for all 4 run at once"
    ):
        ug.vmap(lambda x: np.partition(x, 1))(ug.asarray(X))


def test_an_exception_of_the_function():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        ug.vmap(f)(ug.asarray(X))
    assert ug.random.normal((2,)).shape == (2,)
    assert_library_well()


def test_it_is_imported_when_asked_for():
    done = run_python(
        """
        import sys, unigrad
        assert "unigrad.batching" not in sys.modules
        import numpy as np
        assert unigrad.vmap(lambda x: x * 2)(np.ones(3)).tolist() == [2, 2, 2]
        """
    )
    assert done.returncode == 0, done.stderr


def test_the_gradient_of_a_large_table_is_not_made_for_every_example():
    table = ug.ones((1000, 50))
    tokens = ug.asarray(np.arange(600).reshape(200, 3))
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(table)
        y = ug.sum(ug.vmap(lambda t: ug.sum(table[t]) + ug.sum(ug.vmap(lambda s: table[s, 1])(t)))(tokens))
    if ug.get_backend().name == "numpy":
        tracemalloc.start()
        found = tape.gradient(y, table)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10 * 1000 * 50 * 8  # 200 dense ones would be 80 MB
    found = tape.gradient(y, table).numpy()
    assert_values(found[:600, [0, 1]].sum(0), [600, 1200])
    assert_values(found[600:], 0)
