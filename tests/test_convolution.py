"""Convolution and pooling: values as PyTorch's and NumPy's, derivatives, ties, and what bad geometry gets."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import unigrad as ug
from tests.helpers import assert_values, derivative, grad, native, numeric
from unigrad.backend import Backend
from unigrad.nn import avg_pool, conv, max_pool

RNG = np.random.default_rng(3)

#: x, w, our parameters
GEOMETRIES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 3, 7), (4, 3, 3), {}),
    ((2, 3, 7), (4, 3, 3), {"stride": 2, "padding": 1}),
    ((1, 4, 9), (6, 2, 2), {"groups": 2, "dilation": 3, "padding": (2,)}),
    ((2, 2, 6, 5), (3, 2, 3, 2), {"stride": (2, 1), "padding": (1, 0)}),
    ((1, 4, 6, 5), (4, 1, 3, 3), {"groups": 4, "padding": "same"}),
    ((1, 2, 5, 6), (2, 2, 2, 3), {"dilation": (2, 1), "padding": "valid"}),
    ((1, 1, 4, 5, 3), (2, 1, 2, 3, 1), {"stride": (1, 2, 1), "padding": (1, 1, 0)}),
    ((0, 2, 5), (3, 2, 2), {}),
]
ASYMMETRIC: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any], list[int]]] = [
    ((2, 2, 5), (3, 2, 2), {"padding": [(2, 0)]}, [2, 0]),
    ((1, 2, 4, 5), (3, 2, 2, 3), {"padding": [(1, 0), (0, 2)], "stride": 2}, [0, 2, 1, 0]),
    ((1, 2, 5), (1, 2, 4), {"padding": "same"}, [1, 2]),
    ((1, 2, 7), (1, 2, 3), {"padding": "same", "stride": 2}, [1, 1]),
    ((1, 2, 8), (1, 2, 3), {"padding": "SAME", "stride": 2}, [0, 1]),
]


def drawn(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    return [RNG.uniform(-1, 1, s) for s in shapes]


def torchs(x: np.ndarray, w: np.ndarray, **params: Any) -> np.ndarray:
    """PyTorch's convolution of the same."""
    f = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.ndim]
    return f(torch.tensor(x), torch.tensor(w), **params).numpy()


@pytest.mark.parametrize(("xs", "ws", "params"), GEOMETRIES)
def test_values_are_torchs(xs: Any, ws: Any, params: dict[str, Any], backend: Backend) -> None:
    x, w = drawn(xs, ws)
    out = conv(ug.asarray(x), ug.asarray(w), **params)
    assert_values(out, torchs(x, w, **params))
    assert_values(conv(native(x), native(w), **params), torchs(x, w, **params))


@pytest.mark.parametrize(("xs", "ws", "params", "pads"), ASYMMETRIC)
def test_padding_of_two_sides(xs: Any, ws: Any, params: dict[str, Any], pads: list[int], backend: Backend) -> None:
    x, w = drawn(xs, ws)
    wide = F.pad(torch.tensor(x), pads).numpy()
    rest = {k: v for k, v in params.items() if k != "padding"}
    a, b = ug.asarray(x), ug.asarray(w)
    assert_values(conv(a, b, **params), torchs(wide, w, **rest))
    weights = np.cos(np.arange(torchs(wide, w, **rest).size)).reshape(torchs(wide, w, **rest).shape)

    def loss(x: np.ndarray) -> Any:
        return torchs(F.pad(torch.tensor(x), pads).numpy(), w, **rest) * weights

    assert_values(grad(lambda x: conv(x, b, **params) * weights, a), numeric(loss, x), rtol=1e-6, atol=1e-8)
    want = numeric(lambda w: torchs(wide, w, **rest) * weights, w)
    assert_values(grad(lambda w: conv(a, w, **params) * weights, b), want, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("xs", "ws", "params"), GEOMETRIES[:-1])
def test_gradients_are_torchs(xs: Any, ws: Any, params: dict[str, Any], backend: Backend) -> None:
    x, w = drawn(xs, ws)
    a, b = (torch.tensor(v, requires_grad=True) for v in (x, w))
    f = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.ndim]
    want = torch.autograd.grad((torch.sin(f(a, b, **params))).sum(), (a, b))
    with ug.GradientTape() as tape:
        sources = [ug.asarray(x), ug.asarray(w)]
        tape.watch(sources)
        out = ug.sin(conv(*sources, **params))
    for g, t in zip(tape.gradient(out, sources), want, strict=True):
        assert_values(g, t.numpy())


def test_second_and_third_order(backend: Backend) -> None:
    x, w = (ug.asarray(a) for a in drawn((1, 2, 5), (2, 2, 2)))
    loss = lambda x, w: ug.sum(conv(x, w, stride=2, padding=1) ** 3)  # noqa: E731
    by_x = lambda w: grad(lambda x: loss(x, w), x)  # noqa: E731
    got = grad(lambda w: by_x(w) ** 2, w)
    want = numeric(lambda raw: by_x(ug.asarray(raw)).numpy() ** 2, w.numpy())
    assert_values(got, want, rtol=1e-6, atol=1e-7)
    again = grad(lambda w: grad(lambda w: by_x(w), w), w)
    want = numeric(lambda raw: grad(lambda w: by_x(w), ug.asarray(raw)).numpy(), w.numpy())
    assert_values(again, want, rtol=1e-6, atol=1e-6)
    assert_values(ug.sum(derivative(by_x, w)), np.sum(grad(by_x, w).numpy()))


def test_complex_numbers(backend: Backend) -> None:
    x = ug.asarray(RNG.normal(size=(1, 2, 4)) + 1j * RNG.normal(size=(1, 2, 4)))
    w = ug.asarray(RNG.normal(size=(2, 2, 2)) + 1j * RNG.normal(size=(2, 2, 2)))
    by_hand = lambda w: ug.stack([ug.einsum("ncs,oc->nos", x[..., k : k + 3], w[..., k]) for k in (0, 1)])  # noqa: E731
    assert_values(conv(x, w), ug.sum(by_hand(w), axis=0).numpy())
    assert_values(
        grad(lambda w: ug.abs(conv(x, w)) ** 2, w), grad(lambda w: ug.abs(ug.sum(by_hand(w), axis=0)) ** 2, w).numpy()
    )


def test_dtypes(backend: Backend) -> None:
    for dtype in (ug.float32, ug.bfloat16):
        x, w = (ug.asarray(a, dtype=dtype) for a in drawn((1, 1, 4), (1, 1, 2)))
        assert conv(x, w).dtype == dtype
        assert grad(lambda w, x=x: conv(x, w), w).dtype == dtype
    mixed = conv(ug.asarray(np.ones((1, 1, 4)), dtype=ug.float32), ug.asarray(np.ones((1, 1, 2)), dtype=ug.float64))
    assert mixed.dtype == ug.float64


def test_a_zero_cotangent_absorbs(backend: Backend) -> None:
    x = ug.asarray(np.array([[[np.inf, 1.0, 2.0]]]))
    w = ug.asarray(np.array([[[1.0, 1.0]]]))
    assert_values(grad(lambda w: conv(x, w)[..., 1:], w), [[[1.0, 2.0]]])


def test_with_the_compiler(backend: Backend) -> None:
    if backend.name != "jax":
        return
    import jax

    x, w = (native(a) for a in drawn((1, 2, 6), (3, 2, 3)))

    def step(x: Any, w: Any) -> Any:
        return grad(lambda w: max_pool(conv(ug.asarray(x), w, padding="same"), 2), ug.asarray(w)).raw

    assert_values(jax.jit(step)(x, w), step(x, w))


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(("n", "m"), [(5, 3), (3, 5), (4, 2), (2, 4), (1, 1), (6, 6)])
def test_convolve_is_numpys(mode: str, n: int, m: int, backend: Backend) -> None:
    a, v = drawn((n,), (m,))
    assert_values(ug.convolve(ug.asarray(a), ug.asarray(v), mode), np.convolve(a, v, mode))
    if backend.name == "numpy":
        want = numeric(lambda a: np.convolve(a, v, mode) ** 2, a)
        assert_values(grad(lambda a: ug.convolve(a, v, mode) ** 2, ug.asarray(a)), want, rtol=1e-6, atol=1e-8)


def test_convolve_of_integers_and_complex_numbers(backend: Backend) -> None:
    out = ug.convolve(ug.asarray([1, 2, 3]), ug.asarray([1, 1]))
    assert out.tolist() == [1, 3, 5, 3]
    z = ug.asarray(np.array([1j, 2.0]))
    assert_values(ug.convolve(z, ug.asarray(np.array([1.0, 1j]))), np.convolve([1j, 2.0], [1.0, 1j]))


POOLS: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((2, 3, 7), {"window": 2}),
    ((2, 3, 8), {"window": 3, "stride": 2, "padding": 1}),
    ((1, 2, 5, 6), {"window": (2, 3), "stride": (1, 2)}),
    ((1, 2, 5, 6), {"window": 3, "stride": 2, "padding": (1, 1)}),
    ((1, 1, 4, 4, 5), {"window": 2}),
    ((1, 1, 4, 4, 5), {"window": (2, 3, 2), "stride": 1, "padding": (1, 1, 0)}),
]


def pooled(f: str, x: Any, params: dict[str, Any], **more: Any) -> Any:
    """PyTorch's pooling of the same."""
    function = getattr(F, f"{f}_pool{x.ndim - 2}d")
    return function(x, params["window"], params.get("stride"), params.get("padding", 0), **more)


@pytest.mark.parametrize(("shape", "params"), POOLS)
def test_pooling_is_torchs(shape: tuple[int, ...], params: dict[str, Any], backend: Backend) -> None:
    (x,) = drawn(shape)
    for ours, name in ((max_pool, "max"), (avg_pool, "avg")):
        leaf = torch.tensor(x, requires_grad=True)
        want = pooled(name, leaf, params)
        slope = torch.autograd.grad(torch.sin(want).sum(), leaf)[0]
        assert_values(ours(ug.asarray(x), **params), want.detach().numpy())
        assert_values(grad(lambda x, f=ours: ug.sin(f(x, **params)), ug.asarray(x)), slope.numpy())
        pairing = np.sum(slope.numpy())
        assert_values(np.sum(derivative(lambda x, f=ours: ug.sin(f(x, **params)), ug.asarray(x)).numpy()), pairing)
    leaf = torch.tensor(x)
    want = pooled("avg", leaf, params, count_include_pad=False)
    assert_values(avg_pool(ug.asarray(x), **params, count_include_pad=False), want.numpy())


def test_pooling_with_padding_of_two_sides(backend: Backend) -> None:
    x = ug.asarray(np.array([[[1.0, 2.0, 3.0]]]))
    assert max_pool(x, 2, stride=1, padding="same").tolist() == [[[2.0, 3.0, 3.0]]]
    assert max_pool(-x, 2, stride=2, padding=[(1, 0)]).tolist() == [[[-1.0, -2.0]]]
    assert avg_pool(x, 2, stride=1, padding="same", count_include_pad=False).tolist() == [[[1.5, 2.5, 3.0]]]
    assert_values(grad(lambda x: max_pool(x, 2, stride=1, padding="same"), x), [[[0.0, 1.0, 2.0]]])


def test_ties_in_overlapping_windows_are_split_evenly(backend: Backend) -> None:
    x = ug.asarray(np.zeros((1, 1, 3, 3)))
    f = lambda x: max_pool(x, 2, stride=1)  # noqa: E731
    assert_values(grad(f, x)[0, 0], [[0.25, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 0.25]])
    assert_values(derivative(f, x), np.ones((1, 1, 2, 2)))
    padded = lambda x: max_pool(x, 2, stride=1, padding=1)  # noqa: E731  (what is padded is no tie)
    assert_values(np.sum(grad(padded, x).numpy()), 16.0)


def test_nan_and_infinities_in_a_window(backend: Backend) -> None:
    x = ug.asarray(np.array([[[np.nan, 1.0, np.inf, 1.0, -np.inf, -np.inf]]]))
    out = max_pool(x, 2)
    assert_values(out, [[[np.nan, np.inf, -np.inf]]])
    assert_values(grad(lambda x: max_pool(x, 2), x), [[[np.nan, np.nan, 1.0, 0.0, 0.5, 0.5]]])


ONE = np.ones((1, 2, 5))
BAD: list[tuple[Any, type[Exception], str]] = [
    (lambda: conv(np.ones((2, 5)), np.ones((1, 2, 2))), ug.ShapeError, "spatial"),
    (lambda: conv(ONE, np.ones((1, 2, 2, 2))), ug.ShapeError, "spatial"),
    (lambda: conv(ONE, np.ones((1, 3, 2))), ug.ShapeError, "channels"),
    (lambda: conv(ONE, np.ones((1, 1, 2)), groups=2), ug.ShapeError, "groups"),
    (lambda: conv(ONE, np.ones((1, 2, 2)), groups=0), ug.ShapeError, "groups"),
    (lambda: conv(ONE, np.ones((1, 2, 6))), ug.ShapeError, "does not fit"),
    (lambda: conv(ONE, np.ones((1, 2, 3)), dilation=3), ug.ShapeError, "does not fit"),
    (lambda: conv(ONE, np.ones((1, 2, 0))), ug.ShapeError, "no elements"),
    (lambda: conv(ONE, np.ones((1, 2, 2)), stride=0), ug.ShapeError, "at least 1"),
    (lambda: conv(ONE, np.ones((1, 2, 2)), stride=(1, 1)), ug.ShapeError, "1 spatial"),
    (lambda: conv(ONE, np.ones((1, 2, 2)), stride=1.5), ug.ShapeError, "int"),
    (lambda: conv(ONE, np.ones((1, 2, 2)), padding=-1), ug.ShapeError, "at least 0"),
    (lambda: conv(ONE, np.ones((1, 2, 2)), padding="half"), ug.ShapeError, "half"),
    (lambda: conv(ONE, np.ones((1, 2, 2)), padding=[(1, 1), (1, 1)]), ug.ShapeError, "padding"),
    (lambda: conv(ONE, np.ones((1, 2, 2)), padding=[(1, 1, 1)]), ug.ShapeError, "padding"),
    (lambda: ug.convolve(ONE, ONE), ug.ShapeError, "1-d"),
    (lambda: ug.convolve([], [1.0]), ug.ShapeError, "empty"),
    (lambda: ug.convolve([1.0], [1.0], "half"), ug.ShapeError, "half"),
    (lambda: max_pool(ONE, 6), ug.ShapeError, "does not fit"),
    (lambda: max_pool(ONE, 2, padding=2), ug.ShapeError, "nothing of x"),
    (lambda: max_pool(ONE, 0), ug.ShapeError, "at least 1"),
    (lambda: max_pool(np.ones((5, 5)), 2), ug.ShapeError, "spatial"),
    (lambda: max_pool(np.ones((1, 2, 5), dtype=int), 2), ug.DTypeError, "int64"),
    (lambda: max_pool(ONE * 1j, 2), ug.DTypeError, "complex"),
    (lambda: avg_pool(ONE, (2, 2)), ug.ShapeError, "spatial"),
]


@pytest.mark.parametrize(("call", "error", "told"), BAD)
def test_bad_geometry(call: Any, error: type[Exception], told: str, backend: Backend) -> None:
    with pytest.raises(error, match=told):
        call()
