"""Devices, where there is no GPU: PyTorch's own default is another device than the backend's, and writes come in no order.

With `meta` as PyTorch's default device every array made without naming one has no numbers, and meets the others with an error: a
GPU beside the CPU would do no better. tests/test_gpu.py asks a real one.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

import unigrad as ug
from unigrad_conformance.arrays import narrow
from unigrad_conformance.cases import cases_of
from unigrad_conformance.hazards import Hazard
from unigrad_conformance.points import HAZARDS, ours
from unigrad_jax import indexing as jax_indexing
from unigrad_torch import indexing

OPS = ("where", "pow", "rel_entr", "setitem", "max", "solve", "eigh", "cumulative_prod", "getitem", "sort")
POINTS = (
    "F take dup idx [0,0,1]",
    "segment_max with ties",
    "J pow(x, int array [0,1,2]) at 0",
    "D eigvalsh(I2) w=[1,10]",
)


@pytest.fixture
def elsewhere() -> Iterator[Any]:
    """The backend on a device that is not PyTorch's default."""
    with ug.use_backend("torch:cpu") as backend, torch.device("meta"):
        yield backend


def test_new_arrays_are_on_the_device_in_force(elsewhere: Any) -> None:
    t = ug.asarray(np.ones(2))
    xp = t.__array_namespace__()
    for made in (
        t,
        xp.eye(2),
        xp.zeros(2),
        xp.asarray([1.0]),
        xp.fft.fftfreq(3),
        ug.linspace(0, 1, 3),
        np.ones_like(t),
    ):
        assert made.device == "cpu"
    assert xp.__array_namespace_info__().default_device() == "cpu"


def test_the_namespace_of_another_library_makes_arrays_there(elsewhere: Any) -> None:
    with ug.use_backend("numpy"):
        xp = ug.asarray([1.0]).__array_namespace__()
    assert type(xp.eye(2).raw) is np.ndarray


@pytest.mark.parametrize("name", OPS)
def test_a_row_stays_on_its_device(name: str, elsewhere: Any) -> None:
    for case in cases_of(ug.primitive.TABLE[name]):
        for dtype in (np.dtype("float64"), ug.bfloat16):
            if dtype == ug.bfloat16 and (case.is_complex or name in ("solve", "eigh")):
                continue
            xs = [ug.asarray(narrow(a, dtype)) if isinstance(a, np.ndarray) else a for a in case.args]
            sources = [xs[i] for i in case.wrt]
            with ug.GradientTape() as tape:
                tape.watch(sources)
                y = case.ours(*xs)
            found = [y, *tape.gradient(y, sources)]
            assert {t.device for t in found} == {"cpu"}, case.name


@pytest.mark.parametrize("name", POINTS)
def test_a_point_stays_on_its_device(name: str, elsewhere: Any) -> None:
    hazard: Hazard = next(h for h in HAZARDS if h.label == name)
    _, grads = ours(hazard, elsewhere)
    assert {g.device for g in grads if g is not None} == {"cpu"}


#: shapes of x and v, and an index that names elements twice
REPEATS = [
    ((3, 4), (2, 4), ([1, 1],)),
    ((3, 4), (4,), ([1, 1, 0],)),
    ((5,), (6,), (np.asarray([0, 3, -5, 3, -2, 0]),)),
    ((3, 4), (3,), (np.asarray([0, 0, 2]), np.asarray([1, 1, 1]))),
    ((2, 3, 4), (2, 3, 2), (slice(None), slice(None), [3, 3])),
    ((2, 3, 4), (2, 2, 2), (slice(None), np.asarray([[0, 1], [1, 0]]), 2)),
    ((2, 3, 4), (2, 3), (0, slice(None, None, -1), [1, 1])),
    ((4, 3), (0, 3), ([],)),
    ((4, 3), (), ([2, 2],)),
    ((4, 3), (2, 3), (np.asarray([True, False, True, False]),)),
]


@pytest.mark.parametrize("backend", ["torch", "jax"])
@pytest.mark.parametrize(("shape", "v_shape", "index"), REPEATS)
def test_the_last_write_stays_where_writes_come_in_no_order(
    shape: Any, v_shape: Any, index: Any, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "writes_in_order", lambda x: False)
    monkeypatch.setattr(jax_indexing, "writes_in_order", lambda x: False)
    rng = np.random.default_rng(0)
    x, v, ct = rng.normal(size=shape), rng.normal(size=v_shape), rng.normal(size=shape)
    want, last = x.copy(), np.full(shape, -1)
    want[index] = v
    last[index] = np.arange(last[index].size).reshape(last[index].shape)
    with ug.use_backend(backend):
        t, s = ug.asarray(x), ug.asarray(v)
        with ug.GradientTape() as tape:
            tape.watch([t, s])
            y = t * 1.0
            y[index] = s
        gx, gs = tape.gradient(y, [t, s], output_gradients=ug.asarray(ct))
    np.testing.assert_array_equal(y.numpy(), want)
    np.testing.assert_array_equal(gx.numpy(), np.where(last >= 0, 0.0, ct))
    kept = np.where(last[index] == np.arange(last[index].size).reshape(last[index].shape), ct[index], 0.0)
    extra = kept.ndim - len(v_shape)
    np.testing.assert_allclose(gs.numpy(), kept.sum(axis=tuple(range(extra))).reshape(v_shape), rtol=1e-14)


def test_an_open_write_goes_the_ordered_way_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "writes_in_order", lambda x: False)
    seen = []
    monkeypatch.setattr(indexing, "last_written", lambda *a, right=indexing.last_written: seen.append(1) or right(*a))
    with ug.use_backend("torch"):
        t = ug.zeros(3, dtype=ug.float64)
        t[[0, 0]] = ug.asarray(np.asarray([1.0, 2.0]))
    assert t.numpy().tolist() == [2.0, 0.0, 0.0]
    assert seen


def test_arrays_of_numpy_next_to_a_tensor_join_its_device() -> None:
    with ug.use_backend("torch:cpu"):
        t = ug.asarray(np.arange(3.0))
    with torch.device("meta"):  # and the backend in force is NumPy
        v = ug.Variable(t)
        with ug.GradientTape() as tape:
            tape.watch(t)
            y = t * np.ones(3) + np.add(t, np.ones((2, 1))) + ug.linspace(t[0], 1.0, 3)
            y = y[np.asarray([0, 0])] + ug.where(np.asarray([True, False, True]), t, 0.0)
        g = tape.gradient(y, t)
        v.assign(np.ones(3))
    assert {x.device for x in (y, g, v)} == {"cpu"}


def test_no_index_array_at_all_is_on_jax_no_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax_indexing, "writes_in_order", lambda x: False)
    with ug.use_backend("jax"):
        t = ug.zeros((2, 3))
        t[0] = 1.0
        t[1, 2] = 2.0
        t[..., 1:2] = 3.0
    assert t.numpy().tolist() == [[1.0, 3.0, 1.0], [0.0, 3.0, 2.0]]
