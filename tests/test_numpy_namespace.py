"""`unigrad.numpy`: NumPy's namespace, with tensors at any depth of the arguments."""

import inspect
import pickle

import numpy
import pytest

import unigrad as ug
import unigrad.numpy as np
from tests.helpers import assert_values, backend_name, derivative, grad, run_python

pytestmark = pytest.mark.usefixtures("double")

A = numpy.array([[0.5, 1.5, 2.5], [1.0, 2.0, 3.0]])


@pytest.fixture
def x():
    return ug.asarray(A)


def test_every_public_name_of_numpy_is_here():
    for name in numpy.__all__:
        assert hasattr(np, name), name
    for ours, theirs in ((np.linalg, numpy.linalg), (np.fft, numpy.fft), (np.random, numpy.random)):
        for name in theirs.__all__:
            assert hasattr(ours, name), name
    assert set(numpy.__all__) <= set(dir(np))
    with pytest.raises(AttributeError, match="NumPy has no public name 'sinn'"):
        np.sinn


def test_signatures_are_numpys():
    for name in numpy.__all__:
        theirs = getattr(numpy, name)
        if callable(theirs) and not isinstance(theirs, type) and name not in ("vectorize",):
            try:
                expected = inspect.signature(theirs)
            except (ValueError, TypeError):
                continue
            assert inspect.signature(getattr(np, name)) == expected, name


#: what is made of ndarrays alone is NumPy's own
PLAIN = [
    lambda: np.zeros(3), lambda: np.sin(A), lambda: np.mean(A, axis=0), lambda: np.array([1, 2]), lambda: np.r_[1:4, 7.0],
    lambda: np.c_[A, A], lambda: np.linalg.norm(A), lambda: np.fft.fft(A), lambda: np.full((2,), 3.0), lambda: np.arange(3),
    lambda: np.add.reduce(A), lambda: np.asarray([[1.0]]), lambda: np.vectorize(lambda v: v + 1)(A), lambda: np.stack([A, A]),
    lambda: np.random.default_rng(0).normal(size=2), lambda: np.add.outer(A, A), lambda: np.einsum("ij->j", A),
]  # fmt: skip


@pytest.mark.parametrize("make", PLAIN)
def test_ndarrays_alone_give_ndarrays(make):
    assert isinstance(make(), numpy.ndarray | numpy.generic)


#: what a tensor is in gives a tensor, connected; each with what plain NumPy makes of an ndarray
CONNECTED = {
    "array": lambda np, t: np.array([t[0, 0], 2.0, t[1, 1] * t[0, 0]]),
    "nested array": lambda np, t: np.array([[t[0, 0], 1.0], [numpy.float64(3.0), t[1, 2] ** 2]]),
    "array of rows": lambda np, t: np.array([t[0] * t[1], [1.0, 2.0, 3.0]]),
    "array of an array": lambda np, t: np.array(t, ndmin=3),
    "asarray": lambda np, t: np.asarray([t[0], t[1]]) * 2,
    "full": lambda np, t: np.full((2, 2), t[0, 1]),
    "arange": lambda np, t: np.arange(t[0, 0], 4.0, 1.25),
    "ufunc of a list": lambda np, t: np.exp([t[0, 0], t[0, 1]]),
    "outer of a list": lambda np, t: np.multiply.outer([t[0, 0], 2.0], t[1]),
    "reduce of a list": lambda np, t: np.maximum.reduce([t[0], t[1]]),
    "sum of a list": lambda np, t: np.sum([t[0, 0], t[0, 1] * 2]),
    "mean of a tuple": lambda np, t: np.mean((t[0, 0], 3.0)),
    "dot of lists": lambda np, t: np.dot([t[0, 0], 1.0], [2.0, t[1, 1]]),
    "r_": lambda np, t: np.r_[t[0], 0, 1:3, [7.0], t[1, 1]],
    "r_ with an axis": lambda np, t: np.r_["-1", t, t],
    "r_ with dimensions": lambda np, t: np.r_["0,2", t[0], t[1]],
    "r_ with places": lambda np, t: np.r_["0,2,0", t[0], t[1]],
    "c_": lambda np, t: np.c_[t[0], t[1], [1.0, 2.0, 3.0]],
    "c_ of matrices": lambda np, t: np.c_[t, A],
    "where of lists": lambda np, t: np.where([True, False], [t[0, 0], 1.0], t[1, :2]),
    "fromiter": lambda np, t: np.fromiter((v * v for v in t[0]), float),
    "fromfunction": lambda np, t: np.fromfunction(lambda i, j: i * t[0, 0] + j, (2, 3)),
    "vectorize": lambda np, t: np.vectorize(lambda a, b: a * b if a > 1 else a)(t, [1.0, 2.0, 3.0]),
    "ascontiguousarray": lambda np, t: np.ascontiguousarray(t) * 2,
    "polyval of a list": lambda np, t: np.polyval([t[0, 0], 1.0], t),
    "interp of lists": lambda np, t: np.interp(1.2, [0.0, t[0, 1]], [t[0, 0], 2.0]),
}


@pytest.mark.parametrize("f", CONNECTED.values(), ids=list(CONNECTED))
def test_a_tensor_at_any_depth_is_connected(f, x):
    y = f(np, x)
    assert isinstance(y, ug.Tensor)
    assert y.backend.name == backend_name()
    assert_values(y, f(numpy, A))
    g, step = grad(lambda t: f(np, t), x), 1e-6
    along = 0.0
    for i in numpy.ndindex(A.shape):
        up, down = A.copy(), A.copy()
        up[i] += step
        down[i] -= step
        slope = (numpy.sum(f(numpy, up)) - numpy.sum(f(numpy, down))) / (2 * step)
        assert abs(float(g[i]) - slope) < 1e-7
        along += slope
    assert abs(float(np.sum(derivative(lambda t: f(np, t), x))) - along) < 1e-6


def test_variables():
    v = ug.Variable(A)
    with ug.GradientTape() as tape:
        y = np.sum(np.array([v[0], v[1] * 2]))
    assert_values(tape.gradient(y, v), [[1.0] * 3, [2.0] * 3])


def test_a_program_written_for_numpy_is_differentiable(x):
    """Two import lines are all that changes."""

    def loss(w):
        h = np.tanh(np.dot(A, np.transpose(w)) + np.linspace(0, 1, 2))
        return np.sum(np.log(np.array([h[0, 0] + 2, np.max(h) + 2]))) + np.mean(np.hstack([h, np.ones((2, 1))]))

    g = grad(loss, x)
    step = numpy.zeros_like(A)
    step[0, 1] = 1e-6
    assert abs(float(g[0, 1]) - (loss(A + step) - loss(A - step)) / 2e-6) < 1e-7


def test_ufuncs_are_like_numpys():
    assert np.add.nin == 2
    assert np.add.identity == 0
    assert repr(np.add) == "<ufunc 'add' of unigrad.numpy>"
    assert pickle.loads(pickle.dumps(np.add))(1, 2) == 3
    assert np.add.accumulate([1, 2]).tolist() == [1, 3]
    assert np.add.reduceat([1, 2, 3], [0, 2]).tolist() == [3, 3]
    a = numpy.zeros(2)
    np.add.at(a, [0, 0], 1)
    assert a.tolist() == [2.0, 0.0]


BAD = {
    "ragged": (lambda t: np.array([t[0], t[0, :2]]), ValueError, "stack"),
    "r_ of ranges": (lambda t: np.r_[t[0, 0] : 3.0], ValueError, "range between tensors"),
    "r_ as a matrix": (lambda t: np.r_["r", t[0]], ValueError, "matrices"),
    "c_ of sizes": (lambda t: np.c_[t, t[:1]], ValueError, "concat"),
    "vectorize with a signature": (lambda t: np.vectorize(np.sum, signature="(n)->()")(t), TypeError, "signature"),
    "fromiter too short": (lambda t: np.fromiter(iter([t[0, 0]]), float, 3), ValueError, "count=3"),
    "chkfinite": (lambda t: np.asarray_chkfinite(t / 0), ValueError, "infinities"),
    "a distribution": (lambda t: np.random.default_rng(0).normal(t), TypeError, "gradient would be lost"),
}


@pytest.mark.parametrize(("do", "error", "says"), BAD.values(), ids=list(BAD))
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_bad_input(do, error, says, x):
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with pytest.raises(error, match=says) as caught:
            do(y)
        z = np.sum(y)
    assert isinstance(caught.value, ug.UnigradError)
    assert_values(tape.gradient(z, x), 2 * A)


def test_importing_it_brings_nothing_large():
    done = run_python("""
        import unigrad.numpy as np, unigrad.numpy.linalg as npla, sys
        from unigrad.numpy import *
        from unigrad.numpy.random import randn
        assert npla.norm(ones(3)) > 1.7 and np.array([1]).shape == (1,)
        print(*[m for m in ("jax", "torch", "scipy") if m in sys.modules])
    """)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
