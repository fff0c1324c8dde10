"""The fft extension: NumPy's numbers on every backend, shapes, dtypes, what bad input gets, and gradients under a compiler."""

from typing import Any

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, derivative, grad
from unigrad.backend import Backend

NORMS = ("backward", "ortho", "forward")
RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(3, 4))
COMPLEX = RNG.normal(size=(3, 4)) + 1j * RNG.normal(size=(3, 4))

#: function, argument, options
CALLS = [
    *(
        ("fft", COMPLEX, {"n": n, "axis": a, "norm": m})
        for n, a, m in [(None, -1, NORMS[0]), (6, 0, NORMS[1]), (2, 1, NORMS[2])]
    ),
    *(("ifft", COMPLEX, {"n": n, "axis": a, "norm": m}) for n, a, m in [(None, 0, NORMS[0]), (5, -1, NORMS[1])]),
    ("fft", REAL, {}),
    ("rfft", REAL, {"n": 5, "norm": "ortho"}),
    ("rfft", REAL, {"axis": 0}),
    ("irfft", COMPLEX, {}),
    ("irfft", COMPLEX, {"n": 5, "norm": "forward"}),
    ("hfft", COMPLEX, {"norm": "ortho"}),
    ("hfft", COMPLEX, {"n": 3, "axis": 0}),
    ("ihfft", REAL, {"n": 4}),
    ("fftn", COMPLEX, {}),
    ("fftn", COMPLEX, {"s": (2, 5), "axes": (1, 0), "norm": "ortho"}),
    ("ifftn", COMPLEX, {"axes": (0,)}),
    ("rfftn", REAL, {"s": (4, 4), "axes": (0, 1)}),
    ("irfftn", COMPLEX, {"s": (2, 5), "axes": (0, 1)}),
    ("fftshift", REAL, {}),
    ("ifftshift", REAL, {"axes": (1,)}),
    ("fftshift", REAL, {"axes": 0}),
]


@pytest.mark.parametrize(("name", "x", "options"), CALLS, ids=lambda v: v if isinstance(v, str) else "")
def test_the_numbers_are_numpys(backend: Backend, name: str, x: np.ndarray, options: dict[str, Any]) -> None:
    with np.errstate(all="ignore"):
        expected = getattr(np.fft, name)(x, **options)
    found = getattr(ug.fft, name)(ug.asarray(x), **options)
    assert found.dtype == expected.dtype
    assert_values(found, expected)
    assert_values(getattr(found.__array_namespace__().fft, name)(ug.asarray(x), **options), expected)


def test_frequencies(backend: Backend) -> None:
    for n in (1, 4, 5):
        assert_values(ug.fft.fftfreq(n, d=0.5, dtype=ug.float64), np.fft.fftfreq(n, 0.5))
        assert_values(ug.fft.rfftfreq(n, d=0.5, dtype=ug.float64), np.fft.rfftfreq(n, 0.5))
    assert ug.fft.fftfreq(4).dtype == backend.default_float
    assert ug.asarray(1.0).__array_namespace__().fft.fftfreq(4, device="cpu").device.startswith("cpu")
    d = ug.asarray(2.0, dtype=ug.float64)
    assert_values(grad(lambda d: ug.fft.rfftfreq(2, d=d, dtype=ug.float64), d), -1 / 8)


@pytest.mark.parametrize(
    ("dtype", "result", "real"),
    [("float32", "complex64", "float32"), ("float64", "complex128", "float64"), ("complex64", "complex64", "float32"),
     ("float16", "complex64", "float32"), ("bfloat16", "complex64", "float32")],
)  # fmt: skip
def test_dtypes(backend: Backend, dtype: str, result: str, real: str) -> None:
    x = ug.astype(ug.ones((4,), dtype=ug.float32), dtype)
    assert ug.fft.fft(x).dtype.name == result
    assert ug.fft.irfft(x).dtype.name == real
    assert grad(ug.fft.fft, x).dtype.name == dtype


def test_integers_are_made_floats(double: Backend) -> None:
    assert ug.fft.fft(ug.asarray([1, 2, 3])).dtype == ug.complex128
    assert ug.fft.rfft(ug.asarray([True, False])).tolist() == [1, 1]


def test_no_batch_and_no_elements(backend: Backend) -> None:
    x = ug.zeros((0, 3), dtype=ug.float64)
    assert ug.fft.fft(x).shape == (0, 3)
    assert ug.fft.rfft(x).shape == (0, 2)
    assert ug.fft.irfft(x, n=5).shape == (0, 5)
    assert grad(ug.fft.rfft, x).shape == (0, 3)
    assert_values(ug.fft.fft(ug.zeros((2, 0), dtype=ug.float64), n=2), np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: ug.fft.fft(x, axis=2), ug.AxisError),
        (lambda x: ug.fft.fft(x, n=0), ug.ShapeError),
        (lambda x: ug.fft.fft(x, n=2.5), ug.ShapeError),
        (lambda x: ug.fft.fft(x, norm="none"), ug.ShapeError),
        (lambda x: ug.fft.hfft(x, norm=None), ug.ShapeError),
        (lambda x: ug.fft.fft(ug.asarray(1.0)), ug.AxisError),
        (lambda x: ug.fft.fft(x[:, :0]), ug.ShapeError),
        (lambda x: ug.fft.fftn(x, s=(2,), axes=(0, 1)), ug.ShapeError),
        (lambda x: ug.fft.fftn(x, axes=(0, 0)), ug.ShapeError),
        (lambda x: ug.fft.fftn(x, s=(2, 2, 2)), ug.ShapeError),
        (lambda x: ug.fft.fftn(ug.asarray(1.0)), ug.ShapeError),
        (lambda x: ug.fft.rfft(x * 1j), ug.DTypeError),
        (lambda x: ug.fft.ihfft(x * 1j), ug.DTypeError),
        (lambda x: ug.fft.fft("abc"), ug.DTypeError),
        (lambda x: ug.fft.fftfreq(0), ug.ShapeError),
        (lambda x: ug.fft.fftfreq(4, dtype=ug.int32), ug.DTypeError),
        (lambda x: ug.fft.fftshift(x, axes=(5,)), ug.AxisError),
    ],
)
def test_bad_input(backend: Backend, call: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        call(ug.ones((2, 3)))


def test_a_round_trip_has_the_gradient_of_the_identity(backend: Backend) -> None:
    x = ug.asarray(REAL)
    there_and_back = lambda x: ug.fft.irfftn(ug.fft.rfftn(x), s=(3, 4), axes=(0, 1)) * REAL  # noqa: E731
    assert_values(grad(there_and_back, x), REAL)
    assert_values(derivative(there_and_back, x), REAL)


def test_under_a_compiler() -> None:
    import jax
    import jax.numpy as jnp

    def step(x: Any) -> Any:
        x = ug.asarray(x)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.sum(ug.abs(ug.fft.rfft(ug.sort(x))) ** 2)
        return tape.gradient(y, x).raw

    x = REAL[0]
    np.testing.assert_allclose(jax.jit(step)(x), step(jnp.asarray(x)), rtol=1e-12)
