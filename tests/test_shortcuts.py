"""Rules that take a shorter way where the numbers allow it: the answer is that of the long way."""

import numpy as np
import pytest

import unigrad as ug
from unigrad.cotangents import absorbing
from unigrad.nn import conv
from unigrad.ops.decompositions import _cholesky_vjp
from unigrad.ops.matrices import pack, unpack
from unigrad.ops.products import _cumprod, _cumprod_vjp, _prod, _prod_vjp
from unigrad.ops.singular import _svd, _svd_places, _svd_vjp

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


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 3, 4)])
@pytest.mark.parametrize("full", [True, False])
def test_values_of_svd_alone(backend, shape, full):
    data = np.random.default_rng(0).standard_normal(shape) + 3 * np.eye(*shape[-2:])
    found = []
    for f in (lambda x: ug.linalg.svd(x, full_matrices=full)[1], ug.linalg.svdvals):
        x = ug.asarray(data)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.sum(f(x) ** 3)
        found.append(tape.gradient(y, x).numpy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("kind", ["float64", "complex128"])
@pytest.mark.parametrize("shape", [(4, 4), (2, 3, 3), (0, 0)])
def test_cholesky(backend, shape, kind):
    rng = np.random.default_rng(0)
    home = ug.get_backend()
    x, ct = rng.standard_normal((2, *shape)) + (1j * rng.standard_normal((2, *shape)) if kind == "complex128" else 0)
    data = x @ x.conj().swapaxes(-1, -2) + np.eye(shape[-1])
    out, ct = (home.asarray(a, None, None, True) for a in (np.linalg.cholesky(data), ct))
    with home.quiet():
        short = _cholesky_vjp(ct, out)
        with absorbing():
            long = _cholesky_vjp(ct, out)
    np.testing.assert_allclose(home.to_numpy(short), home.to_numpy(long), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 3, 4), (2, 4, 3)])
@pytest.mark.parametrize("parts", ["usv", "us", "v", "s"])
def test_vectors_of_svd(backend, shape, parts):
    """Values that lie apart: what is computed at once is what the rule gives, which masks and looks at every pair."""
    rng = np.random.default_rng(0)
    home = ug.get_backend()
    data = rng.standard_normal(shape) + 3 * np.eye(*shape[-2:]) * np.arange(1, shape[-1] + 1)
    out = _svd(home.asarray(data, None, None, True), full_matrices=False)
    places = _svd_places(shape, False)
    cts = [rng.standard_normal(f.shape) * (name in parts) for name, f in zip("usv", unpack(out, places), strict=True)]
    ct = pack(tuple(home.asarray(c, None, None, True) for c in cts), places)
    with home.quiet():
        short = _svd_vjp(ct, out, shape, False)
        with absorbing():
            long = _svd_vjp(ct, out, shape, False)
    np.testing.assert_allclose(home.to_numpy(short), home.to_numpy(long), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("padding", [0, 1, ((1, 0), (2, 1))])
def test_both_cotangents_of_a_convolution(backend, padding):
    rng = np.random.default_rng(0)
    x, w = (ug.asarray(rng.standard_normal(shape)) for shape in ((2, 4, 5, 6), (6, 2, 3, 2)))
    alone = []
    for sources in ([x, w], [x], [w]):
        with ug.GradientTape() as tape:
            tape.watch(sources)
            y = conv(x, w, stride=(2, 1), padding=padding, groups=2)
            z = ug.sum(y * y)
        alone.append(tape.gradient(z, sources))
    for together, apart in zip(alone[0], alone[1] + alone[2], strict=True):
        np.testing.assert_allclose(together.numpy(), apart.numpy(), rtol=1e-12)


@pytest.mark.parametrize("value", [3 + 4j, 0j, -2.0 + 0j])
def test_slope_of_abs_of_complex_numbers(backend, value):
    x = ug.asarray(np.asarray([value]))
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.abs(x)
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), [value / abs(value) if value else 0], rtol=1e-14)
