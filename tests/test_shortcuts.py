"""Rules that take a shorter way where the numbers allow it: the answer is that of the long way."""

import numpy as np
import pytest

import unigrad as ug
from unigrad.cotangents import absorbing
from unigrad.ops.reductions import _cumprod, _cumprod_vjp, _prod, _prod_vjp

VALUES = {
    "plain": [[0.5, -2.0, 3.0], [1.5, 1.0, -0.25]],
    "a zero": [[0.5, 0.0, 3.0], [1.5, 1.0, -0.25]],
    "two zeros": [[0.0, 0.0, 3.0], [1.5, 1.0, -0.25]],
    "underflow": [[1e-200, 1e-200, 1e200], [1.5, 1.0, -0.25]],
    "overflow": [[1e200, 1e200, 1e-200], [1.5, 1.0, -0.25]],
    "complex": [[0.5 + 1j, -2.0, 3.0j], [1.5, 1.0 - 1j, -0.25]],
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("axis", [0, 1])
def test_products(backend, name, axis):
    x = ug.asarray(np.asarray(VALUES[name])).raw
    ct = ug.asarray(np.asarray([[1.0, -0.5, 2.0], [0.25, 1.0, 3.0]]).astype(np.asarray(VALUES[name]).dtype)).raw
    with ug.get_backend().quiet():
        out = _cumprod(x, axis=axis)
        short = _cumprod_vjp(ct, x, out, axis)
        product = _prod(x, axis=(axis,), keepdims=True)
        one = ct[:1, :] if axis == 0 else ct[:, :1]
        shorter = _prod_vjp(one, x, product, (axis,), True)
        with absorbing():  # there nobody divides
            long, longer = _cumprod_vjp(ct, x, out, axis), _prod_vjp(one, x, product, (axis,), True)
    numpy = ug.get_backend().to_numpy
    np.testing.assert_allclose(numpy(short), numpy(long), rtol=1e-12)
    np.testing.assert_allclose(numpy(shorter), numpy(longer), rtol=1e-12)


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200, 0.0])
def test_norms_of_any_size(backend, size):
    x = ug.asarray(np.asarray([[3.0, 4.0], [0.0, 0.0]]) * size)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.linalg.vector_norm(x, axis=1)
    np.testing.assert_allclose(y.numpy(), np.asarray([5.0, 0.0]) * size, rtol=1e-14)
    expected = [[0.6, 0.8], [0.0, 0.0]] if size else np.zeros((2, 2))
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), expected, rtol=1e-14)


@pytest.mark.parametrize("index", [[2, 0, -1, 2], [[1, 1], [-3, 0]]])
@pytest.mark.parametrize("axis", [0, 1])
def test_taking_twice_adds_twice(backend, index, axis):
    index = np.asarray(index)
    x = ug.asarray(np.arange(12.0).reshape(3, 4) if axis == 0 else np.arange(12.0).reshape(4, 3))
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x[index] if axis == 0 else x[:, index]
    ct = np.random.default_rng(0).random(y.shape)
    expected = np.zeros(x.shape)
    np.add.at(expected, index if axis == 0 else (slice(None), index), ct)
    np.testing.assert_allclose(tape.gradient(y, x, output_gradients=ug.asarray(ct)).numpy(), expected, rtol=1e-14)


@pytest.mark.parametrize("f", [ug.linalg.eigvalsh, ug.linalg.svdvals])
def test_values_decompose_once_and_differentiate_twice(backend, f):
    x = ug.asarray(np.asarray([[2.0, 0.3, 0.1], [0.3, 5.0, -0.4], [0.1, -0.4, 9.0]]))
    plain = f(x)
    with ug.GradientTape() as outer:
        outer.watch(x)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
            squares = ug.sum(y * y)
        total = ug.sum(tape.gradient(squares, x))
    np.testing.assert_allclose(y.numpy(), plain.numpy(), rtol=1e-12)
    # the squares of the values add up to those of the elements
    np.testing.assert_allclose(total.numpy(), 2 * np.sum(x.numpy()), rtol=1e-12)
    np.testing.assert_allclose(outer.gradient(total, x).numpy(), np.full((3, 3), 2.0), rtol=1e-10, atol=1e-10)
