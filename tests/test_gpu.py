"""On a GPU: run by `make test-gpu`, where torch or JAX sees one. Everything stays on the device until it is asked for."""

import contextlib
import warnings

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values

pytestmark = pytest.mark.gpu


def devices():
    """The GPUs that the backends see, as specifications of `use_backend`."""
    return [f"{b.name}:{d}" for b in ug.backends() for d in b.devices if d.startswith(("cuda", "gpu"))]


@pytest.fixture(params=["torch", "jax"])
def gpu(request):
    found = [d for d in devices() if d.startswith(request.param)]
    if not found:
        pytest.skip(f"{request.param} sees no GPU")
    with ug.use_backend(found[0]) as backend:
        yield backend


@contextlib.contextmanager
def no_round_trip(backend):
    """An error for anything that makes the host wait for the device."""
    if backend.name == "torch":
        import torch

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch says that this mode does not see every wait yet
            torch.cuda.set_sync_debug_mode("error")
        try:
            yield
        finally:
            torch.cuda.set_sync_debug_mode("default")
    else:
        import jax

        with jax.transfer_guard_device_to_host("disallow"):
            yield


def program(x, w):
    y = ug.maximum(x @ w, 0.0)
    return ug.mean(ug.where(y > 1.0, ug.log(y), y**2)) + ug.sum(ug.sin(x[0]) * x[1])


def test_the_forward_pass_never_waits_for_the_device(gpu):
    x, w = ug.random.normal((64, 32), dtype=ug.float32), ug.random.normal((32, 16), dtype=ug.float32)
    program(x, w)  # what is compiled or loaded once is not what is asked here
    with no_round_trip(gpu), ug.GradientTape() as tape:
        tape.watch([x, w])
        program(x, w)


def test_gradients_are_those_of_numpy_and_stay_on_the_device(gpu):
    rng = np.random.default_rng(0)
    data = rng.normal(size=(8, 4)).astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32)

    def gradients():
        x, w = map(ug.asarray, data)
        with ug.GradientTape() as tape:
            tape.watch([x, w])
            y = program(x, w)
        return tape.gradient(y, [x, w])

    found = gradients()
    assert all(g.device == ug.asarray(1.0).device != "cpu" for g in found)
    with ug.use_backend("numpy"), np.errstate(divide="ignore"):  # log(0), where it is not chosen
        expected = gradients()
    for g, e in zip(found, expected, strict=True):
        assert_values(g, e.numpy(), rtol=5e-3, atol=5e-3)  # a matrix product may be done in TF32


def test_writes_and_views(gpu):
    x = ug.asarray(np.arange(6.0, dtype=np.float32))
    with ug.GradientTape() as tape:
        tape.watch(x)
        t = x * 2.0
        v = t[2:]
        v[0] = x[0] * x[1]
        t += 1.0
        y = ug.sum(t * t)
    assert_values(tape.gradient(y, x), [6.0, 12.0, 0.0, 28.0, 36.0, 44.0], rtol=1e-5, atol=1e-5)


def test_forward_over_reverse(gpu):
    x = ug.asarray(np.array([0.5, 1.5], dtype=np.float32))
    with ug.ForwardAccumulator(x, ug.ones_like(x)) as accumulator:
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.sum(x**4)
        g = tape.gradient(y, x)
    assert_values(accumulator.jvp(g), 12 * np.array([0.25, 2.25]), rtol=1e-5, atol=1e-5)


def test_a_gradient_in_rows_stays_on_the_device(gpu):
    table = np.random.default_rng(0).standard_normal((6, 2)).astype(np.float32)
    v = ug.Variable(table)
    for ids in ([0, 0, -1], np.array([1, 2])):
        before = v.numpy()
        with ug.GradientTape() as tape:
            y = ug.take(v, ids, axis=0) ** 2
        g = tape.gradient(y, v)
        assert type(g) is ug.IndexedSlices
        assert g.device == g.indices.device == g.values.device == v.device
        v.assign_sub(0.1 * g)
        want = before.copy()
        np.subtract.at(want, ids, 0.2 * before[ids])
        assert_values(v, want, rtol=1e-5)
        assert v.device == g.device
