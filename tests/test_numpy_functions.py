"""NumPy's functions on tensors: every public name is in the table, and each has NumPy's value and the right derivative."""

import warnings
from pathlib import Path

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import backend_name, run_python
from tests.numpy_samples import CONSTANT, SMOOTH
from unigrad.protocols.dispatch import find
from unigrad.protocols.refused import ABOUT_NO_TENSOR, NOT_HANDED_OVER, REFUSED
from unigrad.protocols.table import KINDS, of_numpy

ROWS = ug.numpy_rules()
MODULES = {"": np, "linalg.": np.linalg, "fft.": np.fft, "emath.": np.emath}


def public():
    """Every function and ufunc of NumPy's that can be called, with the object."""
    for before, module in MODULES.items():
        for name in dir(module):
            found = getattr(module, name)
            if not name.startswith("_") and callable(found) and not isinstance(found, type):
                yield before + name, found


def names_of(name):
    """The rows that are the same object, under whichever name."""
    return [n for n in ROWS if of_numpy(n) is of_numpy(name)]


# -- the table -----------------------------------------------------------------------------------------------------------


def test_every_public_function_of_numpy_is_in_the_table():
    objects = {id(of_numpy(n)) for n in ROWS}
    missing = [n for n, f in public() if id(f) not in objects and n not in NOT_HANDED_OVER and n not in ABOUT_NO_TENSOR]
    assert missing == [], "give each a row in unigrad/protocols, or say in refused.py why it has none"


def test_no_name_is_in_two_lists():
    for names in (NOT_HANDED_OVER, ABOUT_NO_TENSOR):
        assert not set(names) & set(ROWS)
    assert not set(NOT_HANDED_OVER) & ABOUT_NO_TENSOR


def test_every_function_that_numpy_hands_over_has_a_row():
    from numpy.testing.overrides import get_overridable_numpy_array_functions, get_overridable_numpy_ufuncs

    assert np.fft.fft is not None
    rows = {id(of_numpy(n)) for n in ROWS}
    unknown = [
        f"{f.__module__}.{f.__name__}" for f in get_overridable_numpy_array_functions()
        if id(f) not in rows and not f.__module__.startswith(("numpy.lib.recfunctions", "numpy.strings", "numpy.char"))
        and f.__name__ not in NOT_HANDED_OVER and f.__name__ not in ABOUT_NO_TENSOR
    ]  # fmt: skip
    assert unknown == []
    strings = set(dir(np.strings))
    ufuncs = [u.__name__ for u in get_overridable_numpy_ufuncs() if id(u) not in rows]
    assert [n for n in ufuncs if n not in strings and not n.startswith("_")] == []


def test_each_row_is_of_a_kind_and_has_a_sample():
    for name, row in ROWS.items():
        assert row.kind in KINDS
        assert row.name == name
    unsampled = [
        n for n, r in ROWS.items()
        if r.kind != "refused" and not any(m in SMOOTH or m in CONSTANT for m in names_of(n))
        and not n.startswith("save") and of_numpy(n) is not None
    ]  # fmt: skip
    assert unsampled == []


# -- values and derivatives ----------------------------------------------------------------------------------------------


def ready(table):
    """The samples, each with a name."""
    return [
        pytest.param(call.function, call.arrays, id=f"{name}-{i}")
        for name, calls in table.items()
        for i, call in enumerate(calls)
    ]


def leaves(result):
    """The arrays of a result, one after the other."""
    if isinstance(result, list | tuple):
        return [leaf for part in result for leaf in leaves(part)]
    return [result]


def as_numpy(x):
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x)


def assert_same(found, expected, rtol=1e-9, atol=1e-11):
    found, expected = leaves(found), leaves(expected)
    assert len(found) == len(expected)
    for f, e in zip(found, expected, strict=True):
        if isinstance(e, str | np.dtype | type):
            assert f == e or str(f) == str(e)
            continue
        f, e = as_numpy(f), np.asarray(e)
        assert f.shape == e.shape
        if f.dtype.kind not in "iub" or e.dtype.kind not in "iub":
            assert f.dtype == e.dtype
        np.testing.assert_allclose(f, e, rtol=rtol, atol=atol)


def weights(result):
    rng = np.random.default_rng(1)
    return [rng.uniform(0.5, 1.5, np.shape(leaf)) for leaf in leaves(result)]


def floats(result, ws):
    """The results that can carry a gradient, with the weight of each."""
    return [(leaf, w) for leaf, w in zip(leaves(result), ws, strict=True) if np.dtype(leaf.dtype).kind == "f"]


def total(result, ws):
    return sum(np.sum(leaf * w) for leaf, w in floats(result, ws))


def numeric(function, arrays, ws, step=1e-6):
    """Central differences of the weighted sum of what the function makes of ndarrays, for each array."""
    grads = []
    for k, a in enumerate(arrays):
        grad = np.zeros(a.shape)
        for i in np.ndindex(a.shape):
            ends = []
            for sign in (1, -1):
                moved = [b.copy() for b in arrays]
                moved[k][i] += sign * step
                ends.append(total(function(*moved), ws))
            grad[i] = (ends[0] - ends[1]) / (2 * step)
        grads.append(grad)
    return grads


def check_derivatives(function, arrays, rtol=2e-5, atol=2e-6):
    """Reverse and forward mode against central differences, and against each other."""
    arrays = tuple(np.asarray(a, dtype=np.float64) for a in arrays)
    ws = weights(function(*arrays))
    expected = numeric(function, arrays, ws)
    xs = [ug.asarray(a) for a in arrays]
    with ug.GradientTape() as tape:
        tape.watch(xs)
        loss = total(function(*xs), ws)
    grads = tape.gradient(loss, xs)
    for a, g, e in zip(arrays, grads, expected, strict=True):
        if g is None:
            assert not e.any()
            continue
        holes = np.isnan(a)  # a step from NaN leads nowhere
        np.testing.assert_allclose(np.where(holes, 0, g.numpy()), np.where(holes, 0, e), rtol=rtol, atol=atol)
    tangents = [np.random.default_rng(2).uniform(-1, 1, a.shape) for a in arrays]
    with ug.ForwardAccumulator(xs, [ug.asarray(t) for t in tangents]) as accumulator:
        loss = total(function(*xs), ws)
    along = accumulator.jvp(loss)
    given = sum((g.numpy() * t).sum() for g, t in zip(grads, tangents, strict=True) if g is not None)
    np.testing.assert_allclose(0.0 if along is None else along.numpy(), given, rtol=1e-8, atol=1e-9)


@pytest.fixture
def on_numpy():
    with ug.use_backend("numpy"):
        yield


@pytest.mark.usefixtures("on_numpy")
class TestOnNumpy:
    @pytest.mark.parametrize(("function", "arrays"), ready(SMOOTH) + ready(CONSTANT))
    def test_value(self, function, arrays):
        assert_same(function(*(ug.asarray(a) for a in arrays)), function(*arrays))

    @pytest.mark.parametrize(("function", "arrays"), ready(SMOOTH))
    def test_derivative(self, function, arrays):
        check_derivatives(function, arrays)

    @pytest.mark.parametrize(("function", "arrays"), ready(CONSTANT))
    def test_constant(self, function, arrays):
        """No gradient is None where the result is of floats: it is connected, and zero."""
        xs = [ug.asarray(a) for a in arrays]
        with ug.GradientTape() as tape, warnings.catch_warnings():
            warnings.simplefilter("ignore", ug.NotDifferentiableWarning)
            tape.watch([x for x in xs if x.dtype.kind == "f"])
            results = [r for r in leaves(function(*xs)) if isinstance(r, ug.Tensor) and r.dtype.kind == "f"]
        if results and xs[0].dtype.kind == "f":
            assert not tape.gradient(results, xs[0]).numpy().any()


#: few shapes, for JAX compiles each: the first call of every function
FIRST = [p for p in ready(SMOOTH) + ready(CONSTANT) if p.id.endswith("-0")]
#: one of each kind of composition, for derivatives on the other libraries
LIGHT = [p for p in ready(SMOOTH) if p.id.rpartition("-")[0] in {
    "sin", "maximum", "add.reduce", "add.at", "operators", "options", "mean", "nanstd", "cumsum", "pad", "concatenate", "insert",
    "dot", "kron", "gradient", "interp", "convolve", "cov", "quantile", "sort", "where", "piecewise", "put", "polyval", "sinc",
} and p.id.endswith("-0")]  # fmt: skip


@pytest.mark.usefixtures("double")
class TestOnOthers:
    @pytest.mark.parametrize(("function", "arrays"), FIRST)
    def test_value(self, function, arrays):
        if backend_name() == "numpy":
            return  # checked above
        assert_same(function(*(ug.asarray(a) for a in arrays)), function(*arrays), rtol=1e-7, atol=1e-9)

    @pytest.mark.parametrize(("function", "arrays"), LIGHT)
    def test_derivative(self, function, arrays):
        if backend_name() != "numpy":
            check_derivatives(function, arrays)


#: their samples hold float64 ndarrays, or ask for float64: a 32-bit JAX refuses these
HOLD_64_BITS = {"heaviside", "_core.umath.clip", "operators", "trim_zeros", "astype", "block"}


@pytest.mark.parametrize("part", range(4))
def test_every_function_on_a_32_bit_jax(part):
    """float32, as JAX starts: what a function makes itself (places, counts, weights) is of numbers that JAX has there."""
    done = run_python(
        f"""
        import warnings
        import numpy as np, unigrad as ug
        from tests.test_numpy_functions import FIRST, as_numpy, leaves
        from unigrad.protocols.table import of_numpy
        import jax
        jax.config.update("jax_enable_x64", False)
        warnings.simplefilter("ignore")
        narrow = dict(f=np.float32, c=np.complex64, i=np.int32)
        with ug.use_backend("jax"):
            named = [(s.id.rpartition("-")[0], *s.values) for s in FIRST]
            making = [(n, f, a) for n, f, a in named if not isinstance(of_numpy(n), np.ufunc) and n not in {HOLD_64_BITS!r}]
            for name, function, arrays in making[{part}::4]:
                arrays = [np.asarray(a) for a in arrays]
                arrays = [a.astype(narrow.get(a.dtype.kind, a.dtype)) for a in arrays]
                expected, found = (leaves(function(*xs)) for xs in (arrays, [ug.asarray(a) for a in arrays]))
                for f, e in zip(found, expected, strict=True):
                    if not isinstance(f, ug.Tensor):
                        continue
                    f, e = as_numpy(f), np.asarray(e)
                    assert f.shape == e.shape, (name, f.shape, e.shape)
                    assert f.dtype.itemsize <= 4 << (f.dtype.kind == "c"), (name, f.dtype)
                    np.testing.assert_allclose(f, e, rtol=1e-4, atol=1e-5, err_msg=name)
        """,
        str(Path(__file__).parent.parent),
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_refused_function_says_what_to_do():
    t = ug.asarray([1.0, 2.0])
    for name in REFUSED:
        with pytest.raises(ug.NoRuleError, match=name):
            find(of_numpy(name))(t)
    with pytest.raises(ug.NoRuleError, match=r"isnat .*dates"):
        np.isnat(t)
    with pytest.raises(ug.NoRuleError, match=r"no rule for tensors.*t\.numpy\(\)"):
        np.frompyfunc(lambda x: x, 1, 1)(t)
