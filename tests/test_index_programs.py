"""Random indices of every kind: read, written and differentiated as NumPy's."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import backend_name

pytestmark = pytest.mark.usefixtures("double")

SHAPE = (3, 4, 2)
COUNTS = {"numpy": 300, "torch": 300, "jax": 25}


def part(rng, n):
    kind = rng.integers(6)
    if kind == 0:
        return int(rng.integers(-n, n))
    if kind == 1:
        ends = [None if rng.random() < 0.4 else int(rng.integers(-n - 1, n + 2)) for _ in range(2)]
        return slice(*ends, int(rng.integers(-3, 4)) or None)
    if kind == 2:
        return rng.integers(-n, n, size=int(rng.integers(0, 4)))
    if kind == 3:
        return rng.integers(-n, n, size=(2, 2)).tolist()
    return rng.random(n) < 0.5 if kind == 4 else np.array(int(rng.integers(-n, n)))


def draw(rng):
    """An index; it may be out of bounds where an ellipsis moves its parts."""
    index, axis, count = [], 0, int(rng.integers(0, 4))
    while axis < count:
        choice = rng.random()
        if choice < 0.15:
            index.append(None if choice < 0.1 else bool(choice < 0.14))
        elif choice < 0.22 and axis + 2 <= count:
            index.append(rng.random(SHAPE[axis : axis + 2]) < 0.5)
            axis += 2
        else:
            index.append(part(rng, SHAPE[axis]))
            axis += 1
    if rng.random() < 0.35 and count < 3:  # torch: an ellipsis of no axes does not part index arrays
        index.insert(int(rng.integers(0, len(index) + 1)), Ellipsis)
    return tuple(index)


@pytest.mark.parametrize("seed", range(2))
def test_indices(backend, seed):
    rng = np.random.default_rng(seed)
    for _ in range(COUNTS[backend_name()]):
        index = draw(rng)
        a = rng.uniform(1, 2, SHAPE)
        x = ug.asarray(a)
        try:
            expected = a[index]
        except IndexError:
            try:
                found = x[index]
            except ug.OutOfBoundsError:
                continue
            assert found.size == 0, index  # torch looks at no index where there is nothing to take
            continue
        weights, value = rng.uniform(1, 2, np.shape(expected)), rng.uniform(3, 4, np.shape(expected))
        v = ug.asarray(value)
        with ug.GradientTape(persistent=True) as tape:
            tape.watch([x, v])
            read = x[index]
            first = ug.sum(read * weights)
            y = x * 1.0
            y[index] = v
            second = ug.sum(y * a)
        np.testing.assert_array_equal(read.numpy(), expected, err_msg=str(index))
        slopes = np.zeros(SHAPE)
        np.add.at(slopes, index, weights)
        np.testing.assert_allclose(tape.gradient(first, x).numpy(), slopes, err_msg=str(index))
        written, kept, board = a.copy(), a.copy(), np.full(SHAPE, -1)
        written[index], kept[index] = value, 0
        numbers = np.arange(value.size).reshape(value.shape)
        board[index] = numbers
        np.testing.assert_array_equal(y.numpy(), written, err_msg=str(index))
        of_x, of_v = tape.gradient(second, [x, v])
        np.testing.assert_allclose(of_x.numpy(), kept, err_msg=str(index))
        np.testing.assert_allclose(of_v.numpy(), np.where(board[index] == numbers, a[index], 0), err_msg=str(index))


COMPLEX = {
    "real": lambda z: z.real.__setitem__(0, 5.0),
    "imag": lambda z: z.imag.__imul__(2.0),
    "set real": lambda z: setattr(z, "real", [1.0, 2.0]),
    "set imag": lambda z: setattr(z, "imag", z.real * 2),
    "infinite": lambda z: z.imag.__setitem__(0, np.inf),
    "np.real of a view": lambda z: np.real(z[::-1]).__setitem__(0, 7.0),
    "flip of imag": lambda z: np.flip(z.imag).__iadd__(1.0),
}


@pytest.mark.parametrize("do", COMPLEX.values(), ids=list(COMPLEX))
def test_parts_of_complex_numbers(double, do):
    data = np.array([1 + 2j, 3 - 1j])
    z, before = ug.asarray(data), np.array(data)
    kept = z.real, z.imag
    do(z)
    do(data)
    np.testing.assert_array_equal(z.numpy(), data)
    np.testing.assert_array_equal(kept[0].numpy(), data.real)
    np.testing.assert_array_equal(kept[1].numpy(), data.imag)
    assert before[0] == 1 + 2j


def test_the_gradient_passes_through_parts(double):
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        z = ug.zeros(2, dtype=ug.complex128)
        z.real = x * x
        z.imag[...] = 3.0 * x
        y = ug.sum(z.real * z.imag)
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), 9.0 * np.array([1.0, 4.0]))


def test_the_imaginary_part_of_real_numbers_is_read_only(double):
    with pytest.raises(ug.ReadOnlyError, match="read-only"):
        ug.ones(2).imag[0] = 1.0
