"""Arrays that the user handed over, and changed in place before the backward pass: the gradient is that of what was computed."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, backend_name, grad, native

pytestmark = pytest.mark.usefixtures("double")

VALUES = np.array([1.0, 2.0, 3.0])


def overwrite(array):
    """What a user may do to an array; JAX's are immutable."""
    if hasattr(array, "at"):
        return
    array[...] = 1000.0


def handed_over():
    """Every way in which an array and another hold of its memory can be had: (the array, what changes it)."""
    a = VALUES.copy()
    yield "ndarray", a, lambda: overwrite(a)
    b = VALUES.copy()
    earlier = b[:]
    yield "a view made earlier", b, lambda: overwrite(earlier)
    base = np.zeros((3, 3))
    base[1] = VALUES
    yield "a view handed over", base[1], lambda: overwrite(base)
    c = VALUES.copy()
    yield "read only, its base not", frozen(c), lambda: overwrite(c)
    if backend_name() == "torch":
        import torch

        d = native(VALUES)
        yield "torch tensor", d, lambda: d.mul_(1000.0)
        e = VALUES.copy()
        yield "torch.from_numpy", torch.from_numpy(e), lambda: overwrite(e)
        f = native(VALUES)
        yield "tensor and its numpy()", f, lambda: overwrite(f.numpy())
        g = native(VALUES)
        yield "tensor and its .data", g, lambda: g.data.zero_()
    if backend_name() == "jax":
        yield "jax array", native(VALUES), lambda: None


def frozen(array):
    view = array[:]
    view.flags.writeable = False
    return view


#: an op of a tensor and a constant, and its gradient with respect to the tensor x = [2, 3, 4]
X = np.array([2.0, 3.0, 4.0])
OPS = {
    "multiply": (lambda x, a: x * a, VALUES),
    "reflected": (lambda x, a: ug.multiply(a, x), VALUES),
    "divide": (lambda x, a: x / a, 1 / VALUES),
    "divided": (lambda x, a: ug.divide(a, x), -VALUES / X**2),
    "pow": (lambda x, a: x**a, VALUES * X ** (VALUES - 1)),
    "base": (lambda x, a: ug.pow(a, x), VALUES**X * np.log(VALUES)),
    "matmul": (lambda x, a: x @ a, VALUES),
    "matmul, reflected": (lambda x, a: ug.matmul(a, x), VALUES),
    "vecdot": (lambda x, a: ug.vecdot(a, x), VALUES),
    "tensordot": (lambda x, a: ug.tensordot(x, a, axes=1), VALUES),
    "maximum": (lambda x, a: ug.maximum(x, a + 1.5), [0.0, 0.0, 0.0]),
    "hypot": (lambda x, a: ug.hypot(x, a), X / np.hypot(X, VALUES)),
    "where": (lambda x, a: ug.where(a > 1.5, x, 0.0), [0.0, 1.0, 1.0]),
    "setitem": (lambda x, a: written(x, a) * x, [0.0 + 1.0, 2.0, 3.0]),
    "concat": (lambda x, a: ug.sum(ug.concat([x, a]) ** 2), 2 * X),
    "two roads": (lambda x, a: x * a * a + a * x, VALUES**2 + VALUES),
    "through asarray": (lambda x, a: x * ug.asarray(a), VALUES),
}  # fmt: skip


def written(x, a):
    z = ug.zeros(3)
    z[...] = a
    return z


@pytest.mark.parametrize("name", OPS)
def test_a_constant_operand(name):
    op, expected = OPS[name]
    for what, array, change in handed_over():
        x = ug.asarray(X)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = op(x, array)
        change()
        np.testing.assert_allclose(tape.gradient(y, x).numpy(), expected, rtol=1e-12, err_msg=f"{name} of a {what}")


@pytest.mark.parametrize(
    "op",
    [lambda x, a: x * a, lambda x, a: x + a, lambda x, a: x / a, lambda x, a: ug.divide(a, x)],
    ids=["*", "+", "/", "a / x"],
)
def test_a_constant_that_the_tensor_is_broadcast_with(op):
    for _ in range(2):  # the second time by the fast road
        for what, array, change in handed_over():
            column = array.reshape(3, 1)
            x = ug.asarray(X)
            expected = grad(lambda x, c=column: op(x, ug.asarray(c)), x).numpy()
            with ug.GradientTape() as tape:
                tape.watch(x)
                y = op(x, column)
            change()
            np.testing.assert_allclose(tape.gradient(y, x).numpy(), expected, rtol=1e-12, err_msg=what)


def test_a_constant_operand_under_two_recorders():
    for _ in range(2):  # the second time by the fast road
        for what, array, change in handed_over():
            x = ug.asarray(X)
            with ug.GradientTape() as outer, ug.GradientTape() as inner:
                outer.watch(x)
                inner.watch(x)
                y = x * array
            change()
            for tape in (outer, inner):
                np.testing.assert_allclose(tape.gradient(y, x).numpy(), VALUES, rtol=1e-12, err_msg=what)


@pytest.mark.parametrize("name", ["multiply", "matmul", "matmul, reflected", "divide"])
def test_a_constant_that_changes_between_two_ops(name):
    op, expected = OPS[name]
    for what, array, change in handed_over():
        x = ug.asarray(X)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = op(x, array)
            change()
            op(x, array)
        np.testing.assert_allclose(tape.gradient(y, x).numpy(), expected, rtol=1e-12, err_msg=what)


@pytest.mark.parametrize("size", [10, 1000])
def test_a_buffer_that_is_filled_again_and_again(size):
    if backend_name() == "jax":
        buffer = np.empty(size)
    else:
        buffer = native(np.empty(size))
    x = ug.asarray(np.ones(size))
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = 0.0
        for i in range(4):
            buffer[...] = float(i)
            y = y + ug.sum(x * buffer)
            buffer[0] = -7.0
    buffer[...] = 100.0
    assert_values(tape.gradient(y, x), np.full(size, 6.0))


def test_a_large_array_that_is_changed_at_once():
    for _ in range(20):  # JAX's own copy is made later than it returns
        a = np.ones(300_000)
        x = ug.asarray(a)
        y = x * a
        a[...] = 7.0
        assert float(ug.max(x)) == 1.0
        assert float(ug.max(y)) == 1.0


def test_a_source():
    for what, array, change in handed_over():
        x = ug.asarray(array)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        change()
        np.testing.assert_allclose(tape.gradient(y, x).numpy(), 2 * VALUES, err_msg=what)
        np.testing.assert_allclose(x.numpy(), VALUES, err_msg=what)


def test_a_variable():
    for what, array, change in handed_over():
        v = ug.Variable(array)
        w = ug.Variable(np.zeros(3))
        w.assign(array)
        with ug.GradientTape() as tape:
            y = v * v * w
        change()
        found = tape.gradient(y, [v, w])
        np.testing.assert_allclose(found[0].numpy(), 2 * VALUES**2, err_msg=what)
        np.testing.assert_allclose(found[1].numpy(), VALUES**2, err_msg=what)


def test_a_tangent():
    for what, array, change in handed_over():
        x = ug.asarray(X)
        acc = ug.ForwardAccumulator(x, array)
        change()
        with acc:
            y = x * x
        np.testing.assert_allclose(acc.jvp(y).numpy(), 2 * X * VALUES, err_msg=what)


def test_output_gradients():
    for what, array, change in handed_over():
        x = ug.asarray(X)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x + 1.0
        found = tape.gradient(y, x, output_gradients=array)
        change()
        np.testing.assert_allclose(found.numpy(), VALUES, err_msg=what)


@pytest.mark.parametrize("make", [np.array, native])
def test_an_index_array(make):
    index = make([0, 2])
    x = ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x[index] * 2.0
        z = x * 1.0
        z[index] = 5.0
    if not hasattr(index, "at"):
        index[...] = 1
    assert_values(tape.gradient([y, z], x), [2.0, 1.0, 2.0])


def test_a_mask():
    mask = np.array([True, False, True])
    x = ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.where(mask, x * x, 0.0)
        z = x * 1.0
        z[mask] = 0.0
    mask[...] = False
    assert_values(tape.gradient([y, z], x), [4.0, 1.0, 8.0])


def test_repeats():
    counts = np.array([1, 0, 2])
    x = ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.repeat(x, counts)
    counts[...] = 1
    assert_values(tape.gradient(y, x), [1.0, 0.0, 2.0])


def test_what_has_left_is_a_copy():
    x = ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.exp(x)
        y.numpy()[...] = 0.0
        x.numpy()[...] = 0.0
    np.asarray(y)[...] = 0.0
    np.array(y)[...] = 0.0
    import torch

    torch.from_dlpack(y).zero_()
    torch.from_dlpack(x).zero_()
    assert_values(tape.gradient(y, x), np.exp(X))


def test_a_gradient_that_is_changed_leaves_the_others_alone():
    x, z = ug.asarray(X), ug.asarray(X)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch([x, z])
        y = x + z
    first, second = tape.gradient(y, [x, z])
    first *= 10.0
    first[0] = 5.0
    assert_values(second, [1.0, 1.0, 1.0])
    assert_values(tape.gradient(y, x), [1.0, 1.0, 1.0])
    assert_values(grad(lambda x: x * 2.0, x), [2.0, 2.0, 2.0])
