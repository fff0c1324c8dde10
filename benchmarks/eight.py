"""Eight ops forward and backward against torch's own, at two sizes each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

import unigrad as ug
from benchmarks.report import Row, against
from benchmarks.timing import agree, interleave
from unigrad.primitive import wrap

BOUND = 1.2
Make = Callable[[np.random.Generator, int], tuple[np.ndarray, ...]]


def _square(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    return (rng.uniform(-2, 2, (n, n)),)


def _positive(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    x = rng.standard_normal((n, n))
    return (x @ x.T / n + np.eye(n),)


def _squares(factors: Any) -> Any:
    """A function of all three factors that does not depend on the signs of the vectors."""
    u, s, vh = factors
    return (u[:, :3] * s[:3]) ** 2 @ vh[:3] ** 2


def _calls(torch: Any) -> list[tuple[str, tuple[int, int], Make, Callable[..., Any], Callable[..., Any]]]:
    """Name, sizes, arrays, ours and torch's."""
    conv1d = torch.nn.functional.conv1d
    return [
        ("prod", (512, 1024), _square, lambda x: ug.prod(x, axis=1), lambda x: torch.prod(x, 1)),
        ("cumulative_prod", (512, 1024), _square, lambda x: ug.cumulative_prod(x, axis=1), lambda x: torch.cumprod(x, 1)),
        ("sort", (512, 1024), _square, ug.sort, lambda x: torch.sort(x, stable=True).values),
        ("cholesky", (256, 512), _positive, ug.linalg.cholesky, torch.linalg.cholesky),
        ("svd, values alone", (256, 512), _square, lambda x: ug.linalg.svd(x, full_matrices=False)[1],
         lambda x: torch.linalg.svd(x, full_matrices=False)[1]),
        ("svd with vectors", (256, 512), _square, lambda x: _squares(ug.linalg.svd(x, full_matrices=False)),
         lambda x: _squares(torch.linalg.svd(x, full_matrices=False))),
        ("fft of real numbers, abs", (512, 1024), _square, lambda x: ug.abs(ug.fft.fft(x)),
         lambda x: torch.abs(torch.fft.fft(x))),
        ("rfft, abs", (512, 1024), _square, lambda x: ug.abs(ug.fft.rfft(x)), lambda x: torch.abs(torch.fft.rfft(x))),
        ("einsum bij,bjk->bik", (64, 128), lambda rng, n: (rng.random((16, n, n)), rng.random((16, n, n))),
         lambda x, y: ug.einsum("bij,bjk->bik", x, y), lambda x, y: torch.einsum("bij,bjk->bik", x, y)),
        ("convolve", (20_000, 100_000), lambda rng, n: (rng.random(n), rng.random(64)), ug.convolve,
         lambda a, v: conv1d(a[None, None], torch.flip(v, (0,))[None, None], padding=63)[0, 0]),
    ]  # fmt: skip


def rows(quick: bool) -> Iterator[Row]:
    if find_spec("torch") is None:
        return
    import torch

    torch.set_num_threads(1)
    with ug.use_backend("torch"):
        for name, sizes, make, ours, theirs in _calls(torch):
            for size in sizes[:1] if quick else sizes:
                arrays = [torch.as_tensor(a) for a in make(np.random.default_rng(0), size)]
                runs = {"unigrad": _ours(ours, arrays), "torch": _theirs(theirs, arrays, torch)}
                agree(runs, rtol=1e-6, atol=1e-9)
                timing = interleave(runs, 5 if quick else 15, seconds=0.02)
                what = f"{name}, {' and '.join('x'.join(map(str, a.shape)) for a in arrays)}"
                yield against(timing, "eight", what, "unigrad", "torch", unit="ms", bound=BOUND)


def _ours(f: Callable[..., Any], arrays: list[Any]) -> Callable[[], Any]:
    tensors = [wrap(a) for a in arrays]

    def run() -> Any:
        with ug.GradientTape() as tape:
            tape.watch(tensors)
            y = f(*tensors)
        return [g.raw for g in tape.gradient(y, tensors)]

    return run


def _theirs(f: Callable[..., Any], arrays: list[Any], torch: Any) -> Callable[[], Any]:
    leaves = [a.clone().requires_grad_() for a in arrays]

    def run() -> Any:
        y = f(*leaves)
        return list(torch.autograd.grad(y, leaves, torch.ones_like(y)))

    return run
