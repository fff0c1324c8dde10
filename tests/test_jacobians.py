"""jacobian, jacfwd, jacrev, hessian, laplacian: against finite differences and each other, on tensors and on raw arrays."""

from typing import NamedTuple

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, native

pytestmark = pytest.mark.usefixtures("double")

RNG = np.random.default_rng(7)
X, W = RNG.normal(size=(3,)), RNG.normal(size=(3, 2))
MODES = pytest.mark.parametrize("mode", [ug.jacobian, ug.jacfwd, ug.jacrev])


def network(x, w):
    return ug.tanh(x @ w) * ug.sum(x)


def scalar(x, w):
    return ug.sum(ug.tanh(x @ w) ** 3) + ug.prod(x)


def differences(function, x, step=1e-5):
    """The Jacobian of a function of one ndarray by central differences."""
    columns = []
    for place in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[place] = step
        columns.append((np.asarray(function(x + e)) - np.asarray(function(x - e))) / (2 * step))
    out = np.stack(columns, axis=-1)
    return out.reshape(*out.shape[:-1], *x.shape)


def on_numpy(function):
    """A function of the library, on ndarrays."""

    def call(*args):
        with ug.use_backend("numpy"):
            return function(*map(ug.asarray, args)).numpy()

    return call


BY_X = differences(lambda x: on_numpy(network)(x, W), X)
BY_W = differences(lambda w: on_numpy(network)(X, w), W)


@MODES
def test_raw_arrays_in_raw_arrays_out(mode):
    x, w = native(X), native(W)
    j = mode(network)(x, w)
    assert type(j) is type(ug.asarray(x).raw)
    assert_values(j, BY_X, 1e-7, 1e-7)
    both = mode(network, argnums=(0, 1))(x, w)
    assert type(both) is tuple
    assert_values(both[1], BY_W, 1e-7, 1e-7)


@MODES
def test_arguments_by_number_and_name(mode):
    x, w = ug.asarray(X), ug.asarray(W)
    assert isinstance(mode(network)(x, w), ug.Tensor)
    assert_values(mode(network, argnums=-1)(x, w), BY_W, 1e-7, 1e-7)
    assert_values(mode(network, argnames="w")(x, w=w), BY_W, 1e-7, 1e-7)
    named = mode(network, argnames=("w", "x"))(x, w=w)
    assert set(named) == {"w", "x"}
    assert_values(named["x"], BY_X, 1e-7, 1e-7)
    pair = mode(network, argnums=0, argnames="w")(x, w=w)
    assert_values(pair[1], BY_W, 1e-7, 1e-7)


class Pair(NamedTuple):
    left: object
    right: object


@MODES
def test_structures(mode):
    x, w = ug.asarray(X), ug.asarray(W)

    def f(p):
        return {"net": network(p["x"], p["w"][0]), "pair": Pair(ug.sum(p["x"] ** 2), [p["w"][0] * 2.0])}

    found = mode(f)({"x": x, "w": [w]})
    assert set(found) == {"net", "pair"}
    assert set(found["net"]) == {"x", "w"}
    assert_values(found["net"]["x"], BY_X, 1e-7, 1e-7)
    assert_values(found["net"]["w"][0], BY_W, 1e-7, 1e-7)
    assert type(found["pair"]) is Pair
    assert_values(found["pair"].left["x"], 2 * X)
    assert_values(found["pair"].left["w"][0], np.zeros((3, 2)))
    assert_values(found["pair"].right[0]["w"][0], 2 * np.eye(6).reshape(3, 2, 3, 2))


@MODES
def test_an_argument_without_elements(mode):
    assert mode(lambda x: x * 2)(ug.zeros((0,))).shape == (0, 0)
    assert mode(lambda x: ug.ones((2,)) + ug.sum(x))(ug.zeros((3, 0))).shape == (2, 3, 0)
    by_both = mode(lambda x, y: ug.sum(x) * y, argnums=(0, 1))(ug.zeros((0,)), ug.ones((2,)))
    assert [j.shape for j in by_both] == [(2, 0), (2, 2)]
    assert_values(ug.laplacian(lambda x: 1.0 + ug.sum(x**2))(ug.zeros((0,))), 0.0)


@MODES
def test_has_aux(mode):
    x, w = native(X), native(W)
    j, aux = mode(lambda x, w: (network(x, w), {"x": x * 2}), has_aux=True)(x, w)
    assert_values(j, BY_X, 1e-7, 1e-7)
    assert_values(aux["x"], 2 * X)
    assert type(aux["x"]) is type(j)


@pytest.mark.parametrize("mode", [ug.jacobian, ug.jacfwd, ug.jacrev])
def test_holomorphic(mode):
    z = np.array([1 + 2j, 0.5 - 1j])
    j = mode(lambda z: ug.exp(z) * z, holomorphic=True)(native(z))
    assert_values(j, np.diag(np.exp(z) * (1 + z)))


def test_complex_without_being_holomorphic():
    z = np.array([1 + 2j, 0.5 - 1j])
    assert_values(ug.jacrev(lambda z: ug.abs(z) ** 2)(native(z)), np.diag(2 * z))  # df/dx + i df/dy
    assert_values(ug.jacobian(lambda z: ug.concat([ug.real(z), ug.imag(z)]))(native(z)).shape, (4, 2))
    x = native(np.array([0.5, 1.5]))
    assert_values(ug.jacfwd(lambda x: ug.exp(1j * x))(x), np.diag(1j * np.exp(1j * np.array([0.5, 1.5]))))


def test_jacobian_chooses_the_mode():
    runs = []

    def f(x, shape):
        runs.append(1)
        return ug.broadcast_to(ug.sum(x * x), shape)

    x = ug.asarray([1.0, 2.0])
    assert_values(ug.jacobian(f)(x, (2,)), [[2, 4], [2, 4]])
    assert len(runs) == 1  # reverse mode
    assert_values(ug.jacobian(f)(x, (3,)), [[2, 4]] * 3)
    assert len(runs) == 3  # recorded, then forward


def test_no_elements_to_differentiate_by():
    f = ug.jacobian(
        lambda x: ug.concat([x, ug.ones(2)])
    )  # fewer arguments than results, and forward mode has no direction
    assert f(ug.zeros(0)).shape == (2, 0)


@MODES
def test_variables_are_arguments(mode):
    v = ug.Variable([1.0, 2.0])
    assert_values(mode(lambda v: v * v)(v), [[2, 0], [0, 4]])


HESSIAN = differences(lambda x: differences(lambda x: on_numpy(scalar)(x, W), x, 1e-4), X, 1e-4)


def test_hessian():
    x, w = native(X), native(W)
    h = ug.hessian(scalar)(x, w)
    assert type(h) is type(ug.asarray(x).raw)
    assert_values(h, HESSIAN, 1e-5, 1e-5)
    (xx, xw), (wx, ww) = ug.hessian(scalar, argnums=(0, 1))(x, w)
    assert_values(xx, ug.asarray(h).numpy())
    assert (tuple(xw.shape), tuple(wx.shape), tuple(ww.shape)) == ((3, 3, 2), (3, 2, 3), (3, 2, 3, 2))
    assert_values(ug.asarray(wx).numpy().transpose(2, 0, 1), ug.asarray(xw).numpy())
    h, aux = ug.hessian(lambda x, w: (scalar(x, w), x), has_aux=True)(x, w)
    assert_values(aux, X)


def test_hessian_of_structures_and_of_vectors():
    x, w = ug.asarray(X), ug.asarray(W)
    found = ug.hessian(lambda p: scalar(p["x"], p["w"]))({"x": x, "w": w})
    assert_values(found["x"]["x"], HESSIAN, 1e-5, 1e-5)
    assert found["w"]["x"].shape == (3, 2, 3)
    vector = ug.hessian(lambda x: network(x, w))(x)
    expected = differences(lambda x: differences(lambda x: on_numpy(network)(x, W), x, 1e-4), X, 1e-4)
    assert_values(vector, expected, 1e-5, 1e-5)
    z = np.array([1 + 2j])
    assert_values(ug.hessian(lambda z: ug.sum(z**3), holomorphic=True)(native(z)), 6 * z[:, None])
    assert_values(ug.hessian(lambda x: ug.sum(x))(x), np.zeros((3, 3)))


def test_laplacian():
    x, w = native(X), native(W)
    assert_values(ug.laplacian(scalar)(x, w), np.trace(HESSIAN), 1e-5, 1e-5)
    vector = ug.laplacian(lambda x: {"out": network(x, w)})(x)["out"]
    assert type(vector) is type(ug.asarray(x).raw)
    whole = ug.asarray(ug.hessian(lambda x: network(x, w))(x)).numpy()
    assert_values(vector, np.trace(whole, axis1=1, axis2=2))
    both = ug.laplacian(scalar, argnums=(0, 1))(x, w)
    ww = ug.asarray(ug.hessian(scalar, argnums=1)(x, w)).numpy().reshape(6, 6)
    assert_values(both, np.trace(HESSIAN) + np.trace(ww), 1e-5, 1e-5)
    found, aux = ug.laplacian(lambda x: (ug.sum(x**2), x), has_aux=True)(x)
    assert_values(found, 6.0)
    assert_values(aux, X)


def test_they_nest_and_sit_in_tapes():
    x, w = ug.asarray(X), ug.asarray(W)
    third = ug.jacfwd(ug.hessian(lambda x: scalar(x, w)))(x)
    for other in (ug.jacrev(ug.hessian(lambda x: scalar(x, w))), ug.hessian(ug.jacfwd(lambda x: scalar(x, w)))):
        assert_values(other(x), third.numpy(), 1e-9, 1e-9)
    with ug.GradientTape() as tape:
        tape.watch([x, w])
        s = ug.sum(ug.jacobian(network)(x, w) ** 2)
    g = tape.gradient(s, [x, w])
    for k, (value, other) in enumerate(((X, W), (W, X))):

        def f(v, k=k, other=other):
            args = (v, other) if k == 0 else (other, v)
            return np.sum(on_numpy(lambda x, w: ug.jacrev(network)(x, w))(*args) ** 2)

        assert_values(g[k], differences(f, value), 1e-6, 1e-6)
    trace = ug.laplacian(ug.laplacian(lambda x: ug.sum(x**4)))(x)
    assert_values(trace, 24.0 * 3)


def test_a_raw_argument_and_a_tracked_constant():
    w = ug.asarray(W)
    with ug.GradientTape() as tape:
        tape.watch(w)
        j = ug.jacobian(lambda x: network(x, w))(native(X))
        s = ug.sum(j)
    assert_values(tape.gradient(s, w).shape, (3, 2))


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda x: ug.jacrev(lambda x: None)(x), TypeError, "no tensor|no array"),
        (lambda x: ug.jacfwd(lambda x: "a")(x), TypeError, "returned 'a' of type str"),
        (lambda x: ug.jacobian(lambda x: 3)(x), TypeError, "returned 3 of type int"),
        (lambda x: ug.jacobian(lambda x: [])(x), TypeError, "returned no array"),
        (lambda x: ug.hessian(lambda x: x > 0)(x), TypeError, "of dtype bool has no derivative"),
        (lambda x: ug.laplacian(lambda x: ug.argmax(x))(x), TypeError, "has no derivative"),
        (lambda x: ug.jacrev(lambda x: x * 1j)(x), TypeError, "say holomorphic=True"),
        (lambda x: ug.jacfwd(lambda x: x)(ug.astype(x, ug.complex128)), TypeError, "say holomorphic=True"),
        (lambda x: ug.jacrev(lambda x: x, holomorphic=True)(x), TypeError, "a holomorphic function has complex arguments"),
        (lambda x: ug.jacrev(lambda x: x, argnums=1)(x), ValueError, "argnums has 1"),
        (lambda x: ug.jacrev(lambda x: x, argnames="y")(x), ValueError, "argnames has 'y'"),
        (lambda x: ug.jacrev(3), TypeError, "needs a function"),
        (lambda x: ug.jacrev(lambda x: x)(ug.asarray([1, 2])), TypeError, "can be differentiated"),
        (lambda x: ug.jacrev(lambda x: x, has_aux=True)(x), TypeError, "must return a pair"),
    ],
)  # fmt: skip
def test_errors(ask, error, says):
    x = ug.asarray([1.0, 2.0])
    with pytest.raises(error, match=says) as raised:
        ask(x)
    assert isinstance(raised.value, ug.UnigradError)
    assert_library_well()


def test_an_exception_inside_leaves_everything_as_it_was():
    def f(x):
        raise KeyError("mine")

    for make in (ug.jacobian, ug.jacfwd, ug.hessian, ug.laplacian):
        with pytest.raises(KeyError, match="mine"):
            make(f)(ug.asarray([1.0]))
        assert_library_well()


def test_none_in_structures_stays():
    j = ug.jacobian(lambda p: [p[0] * 2.0, None])((ug.asarray(1.0), None))
    assert j[1] is None
    assert j[0][1] is None
    assert_values(j[0][0], 2.0)
