"""GradientTape.jacobian and batch_jacobian: TensorFlow's answers, and the loop of gradients that they replace."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values

pytestmark = pytest.mark.usefixtures("double")

RNG = np.random.default_rng(4)
A, W = RNG.normal(size=(3, 2)), RNG.normal(size=(2, 4))


def recorded(function, *values, persistent=False):
    xs = [ug.asarray(v) for v in values]
    with ug.GradientTape(persistent=persistent) as tape:
        tape.watch(xs)
        y = function(*xs)
    return tape, y, xs


def one_by_one(function, *values):
    """The Jacobians by a gradient for each element of the result."""
    tape, y, xs = recorded(function, *values, persistent=True)
    rows = []
    for place in np.ndindex(y.shape):
        unit = np.zeros(y.shape)
        unit[place] = 1
        rows.append(tape.gradient(y, xs, output_gradients=ug.asarray(unit), unconnected_gradients="zero"))
    return [
        np.reshape([row[i].numpy() for row in rows], (*y.shape, *x.shape)) for i, x in enumerate(xs)
    ]  # fmt: skip


FUNCTIONS = {
    "network": lambda a, w: ug.tanh(a @ w),
    "sum": lambda a, w: ug.sum(a) * ug.sum(w),
    "index": lambda a, w: a[[0, 2, 0]] * w[:, 1],
    "write": lambda a, w: ug.asarray(a).at[1].set(w[0, :2]) ** 2,
    "reductions": lambda a, w: ug.max(a, axis=0) + ug.std(w, axis=1),
    "sort": lambda a, w: ug.sort(a, axis=0) @ w,
    "solve": lambda a, w: ug.linalg.solve(a.mT @ a, w),
    "softmax": lambda a, w: ug.softmax(a @ w, axis=-1),
    "repeated": lambda a, w: a[0] * a[0] + w[:, 0] * w[:, 0] + a[1],
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_a_loop_of_gradients(name):
    tape, y, xs = recorded(FUNCTIONS[name], A, W)
    for found, expected in zip(tape.jacobian(y, xs), one_by_one(FUNCTIONS[name], A, W), strict=True):
        assert_values(found, expected, rtol=1e-9, atol=1e-9)


def test_structures_and_what_is_not_connected():
    x, w = ug.asarray([1.0, 2.0]), ug.asarray([3.0])
    with ug.GradientTape(persistent=True) as tape:
        tape.watch((x, w))
        y = x * x
    found = tape.jacobian(y, {"x": x, "w": [w, (x,)]})
    assert_values(found["x"], [[2, 0], [0, 4]])
    assert found["w"][0] is None
    assert_values(found["w"][1][0], [[2, 0], [0, 4]])
    zero = tape.jacobian(y, [w, x], unconnected_gradients=ug.UnconnectedGradients.ZERO)
    assert_values(zero[0], [[0], [0]])
    assert tape.jacobian(y, []) == []
    assert_values(tape.jacobian(ug.Variable([1.0]), x, unconnected_gradients="zero"), [[0, 0]])


def test_connected_with_derivative_zero():
    tape, y, (x,) = recorded(ug.floor, [1.5, 2.5])
    assert_values(tape.jacobian(y, x), [[0, 0], [0, 0]])


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_empty(shape):
    tape, y, (x,) = recorded(lambda x: x * x, np.ones(shape))
    assert tape.jacobian(y, x).shape == (*shape, *shape)


def test_a_scalar_target_and_a_target_that_is_the_source():
    tape, y, (x,) = recorded(lambda x: ug.sum(x**3), [1.0, 2.0], persistent=True)
    assert_values(tape.jacobian(y, x), [3, 12])
    assert_values(tape.jacobian(x, x), np.eye(2))


def test_variables_and_intermediate_values():
    v = ug.Variable([[1.0, 2.0]])
    with ug.GradientTape(persistent=True) as tape:
        h = v * 2.0
        y = h * h
    assert_values(tape.jacobian(y, v), [[[[8, 0]], [[0, 16]]]])
    assert_values(tape.jacobian(y, h), [[[[4, 0]], [[0, 8]]]])
    assert_values(tape.jacobian(v, v), [[[[1, 0]], [[0, 1]]]])
    assert_values(tape.batch_jacobian(y, v), [[[8, 0], [0, 16]]])


def test_how_many_rows_at_once():
    tape, y, xs = recorded(FUNCTIONS["network"], A, W)
    whole = one_by_one(FUNCTIONS["network"], A, W)
    for found, expected in zip(tape.jacobian(y, xs, parallel_iterations=5), whole, strict=True):
        assert_values(found, expected)
    with pytest.raises(ug.TapeError, match="can only be used to compute one set of gradients"):
        tape.jacobian(y, xs)
    tape, y, xs = recorded(FUNCTIONS["network"], A, W, persistent=True)
    for found, expected in zip(tape.jacobian(y, xs, experimental_use_pfor=False), whole, strict=True):
        assert_values(found, expected)


def test_inside_its_own_context():
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        found = tape.jacobian(y, x, parallel_iterations=1)
    assert_values(found, [[2, 0], [0, 4]])
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        found = tape.jacobian(x**3, x)
    assert_values(tape.jacobian(found, x), np.einsum("ij,jk->ijk", np.eye(2), np.diag([6.0, 12.0])))


def test_hessians_through_tapes_either_way():
    x = ug.asarray([1.0, 2.0, 3.0])

    def f(x):
        return ug.prod(x) + ug.sum(x**3)

    expected = np.array([[6, 3, 2], [3, 12, 1], [2, 1, 18.0]])
    with ug.GradientTape() as outer:
        outer.watch(x)
        with ug.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        g = inner.gradient(y, x)
    assert_values(outer.jacobian(g, x), expected)
    with ug.GradientTape() as outer:
        outer.watch(x)
        with ug.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        g = inner.jacobian(y, x)
        s = ug.sum(g * g)
    assert_values(outer.gradient(s, x), 2 * expected @ np.array([9.0, 15.0, 29.0]))
    with ug.ForwardAccumulator(x, ug.ones_like(x)) as acc, ug.GradientTape() as tape:
        tape.watch(x)
        y = x * f(x)
        found = tape.jacobian(y, x)
    tangent = acc.jvp(found).numpy()
    step = 1e-5
    ends = []
    for sign in (1, -1):
        tape, y, (z,) = recorded(lambda x: x * f(x), x.numpy() + sign * step)
        ends.append(tape.jacobian(y, z).numpy())
    np.testing.assert_allclose(tangent, (ends[0] - ends[1]) / (2 * step), rtol=1e-6)


def test_complex():
    z = np.array([1 + 2j, 3 - 1j])
    tape, y, (x,) = recorded(lambda z: z * z, z)
    assert_values(tape.jacobian(y, x), np.diag(np.conj(2 * z)))  # as `gradient` has it: df/dx + i df/dy


def test_infinities_are_absorbed():
    tape, y, (x,) = recorded(lambda x: ug.where(x > 0, ug.sqrt(x), 0.0), [0.0, 4.0])
    assert_values(tape.jacobian(y, x), [[0, 0], [0, 0.25]])


def test_batch_jacobian():
    tape, y, (x,) = recorded(lambda x: x**2, [[1.0, 2.0], [3.0, 4.0]])
    assert_values(tape.batch_jacobian(y, x), [[[2, 0], [0, 4]], [[6, 0], [0, 8]]])
    values = RNG.normal(size=(3, 2, 2))
    tape, y, (x,) = recorded(lambda x: ug.linalg.inv(x)[:, 0], values, persistent=True)
    whole = tape.jacobian(y, x).numpy()
    expected = np.stack([whole[k, :, k] for k in range(3)])
    assert_values(tape.batch_jacobian(y, x), expected, rtol=1e-9, atol=1e-9)
    assert_values(tape.batch_jacobian(y, x, parallel_iterations=1), expected, rtol=1e-9, atol=1e-9)
    with ug.GradientTape() as tape:
        tape.watch(x)
    assert_values(tape.batch_jacobian(ug.ones((2, 2)), ug.ones((2, 1))), np.zeros((2, 2, 1)))


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda t, y, x: t.jacobian([y], x), TypeError, "one target, a Tensor or Variable, not the list"),
        (lambda t, y, x: t.jacobian(None, x), TypeError, "target must be a Tensor"),
        (lambda t, y, x: t.jacobian(y, None), TypeError, "`sources` holds None"),
        (lambda t, y, x: t.jacobian(y, 1.0), TypeError, "source must be a Tensor"),
        (lambda t, y, x: t.jacobian(y, x, "bogus"), ValueError, "Unknown value for unconnected_gradients: 'bogus'"),
        (lambda t, y, x: t.jacobian(y, x, parallel_iterations=0), ValueError, "parallel_iterations is a positive int"),
        (lambda t, y, x: t.jacobian(y, x, experimental_use_pfor=False), RuntimeError,
         "must be created with persistent=True to compute the jacobian"),
        (lambda t, y, x: t.batch_jacobian(y, x, experimental_use_pfor=False), RuntimeError, "with persistent=True"),
        (lambda t, y, x: t.batch_jacobian(y[:1], x), ValueError, "Need first dimension of target shape"),
        (lambda t, y, x: t.batch_jacobian(y[0], x), ValueError, r"Shape \(2,\) must have rank at least 2"),
        (lambda t, y, x: t.batch_jacobian(y, x[0]), ValueError, "must have rank at least 2: the source"),
        (lambda t, y, x: t.batch_jacobian([y], x), TypeError, "one target"),
        (lambda t, y, x: ug.GradientTape().jacobian(y, x), RuntimeError, "never been entered"),
    ],
)  # fmt: skip
def test_errors(ask, error, says):
    tape, y, (x,) = recorded(lambda x: x * x, [[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(error, match=says) as raised:
        ask(tape, y, x)
    assert isinstance(raised.value, ug.UnigradError)
    assert tape.jacobian(y, x).shape == (2, 2, 2, 2)  # the tape is as it was
    assert_library_well()


def test_integers_have_none():
    x = ug.asarray([1, 2])
    with ug.GradientTape() as tape, pytest.warns(ug.NotDifferentiableWarning):
        tape.watch(x)
    with pytest.warns(ug.NotDifferentiableWarning):
        assert tape.jacobian(ug.asarray([1.0]), x) is None
