"""Calls that every library has in the same words, over its namespace, at a size where arithmetic dominates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Call = Callable[..., Any]  # (namespace, *arrays) -> array, or several

SIDE = 512
PLANE = (SIDE, SIDE)


# -- matrices with the properties that a factorization wants ------------------------------------------------------------------


def _square(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.standard_normal((n, n)) / n**0.5 + 2 * np.eye(n)


def _symmetric(rng: np.random.Generator, n: int) -> np.ndarray:
    x = rng.standard_normal((n, n))
    return x + x.T


def _positive(rng: np.random.Generator, n: int) -> np.ndarray:
    x = rng.standard_normal((n, n))
    return x @ x.T / n + np.eye(n)


def _triangular(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.tril(rng.standard_normal((n, n)) / n) + np.eye(n)


# -- what is called, over a namespace -------------------------------------------------------------------------------------------


def _linalg(name: str, **params: Any) -> Call:
    return lambda xp, *xs: getattr(xp.linalg, name)(*xs, **params)


def _plain(name: str, **params: Any) -> Call:
    return lambda xp, *xs: getattr(xp, name)(*xs, **params)


def _sizes(xp: Any, w: Any, v: Any) -> list[Any]:
    """Eigenvalues, and what does not depend on the phases of the vectors: of anything else torch refuses the gradient."""
    return [w, xp.abs(v)]


def _fourier(name: str, **params: Any) -> Call:
    return lambda xp, x: getattr(xp.fft, name)(x, **params)


#: name: shapes (or makers of arrays), and the call over either namespace
Spec = tuple[Sequence[Any], Call]

_ROWS = {"axis": -1}
SAME: dict[str, Spec] = {
    "astype": ([PLANE], lambda xp, x: xp.astype(x, xp.float32)),
    "reshape": ([PLANE], lambda xp, x: xp.reshape(x, (-1, 64))),
    "permute_dims": ([PLANE], lambda xp, x: xp.permute_dims(x, (1, 0))),
    "broadcast_to": ([(SIDE,)], lambda xp, x: xp.broadcast_to(x, PLANE)),
    "concat": ([(SIDE, 256), (SIDE, 256)], lambda xp, x, y: xp.concat([x, y], axis=1)),
    "flip": ([PLANE], _plain("flip", axis=1)),
    "roll": ([PLANE], lambda xp, x: xp.roll(x, 7, axis=1)),
    "repeat": ([(256, SIDE)], lambda xp, x: xp.repeat(x, 2, axis=1)),
    "tril": ([PLANE], _plain("tril")),
    "triu": ([PLANE], _plain("triu")),
    "getitem": ([PLANE], lambda xp, x: x[3:-2, ::2]),
    **{name: ([PLANE], _plain(name, axis=1)) for name in ("sum", "mean", "var", "std", "max", "min", "any", "all", "prod")},
    **{f"{name} of all": ([PLANE], _plain(name)) for name in ("sum", "max")},
    "prod of all": ([lambda rng: rng.uniform(0.99, 1.01, PLANE)], _plain("prod")),
    "cumulative_sum": ([PLANE], _plain("cumulative_sum", axis=1)),
    "cumulative_prod": ([PLANE], _plain("cumulative_prod", axis=1)),
    "matmul": ([PLANE, PLANE], _plain("matmul")),
    "vecdot": ([PLANE, PLANE], _plain("vecdot", axis=-1)),
    "cross": ([(100_000, 3), (100_000, 3)], _linalg("cross", axis=-1)),
    "diagonal": ([(64, 64, 64)], _linalg("diagonal")),
    "inv": ([_square], _linalg("inv")),
    "solve": ([_square, PLANE], _linalg("solve")),
    "solve of a vector": ([_square, (SIDE,)], _linalg("solve")),
    "pinv": ([(256, 128)], _linalg("pinv")),
    "svd": ([(256, 256)], _linalg("svd", full_matrices=False)),
    "svdvals": ([(256, 256)], _linalg("svdvals")),
    "matrix_rank": ([(256, 256)], _linalg("matrix_rank")),
    "det": ([_square], _linalg("det")),
    "slogdet": ([_square], lambda xp, x: xp.linalg.slogdet(x)[1]),
    "cholesky": ([_positive], _linalg("cholesky")),
    "qr": ([(SIDE, 256)], _linalg("qr")),
    "eigh": ([lambda rng: _symmetric(rng, 256)], _linalg("eigh")),
    "eigvalsh": ([lambda rng: _symmetric(rng, 256)], _linalg("eigvalsh")),
    "eig": ([lambda rng: _square(rng, 128)], lambda xp, x: _sizes(xp, *xp.linalg.eig(x))),
    "eigvals": ([lambda rng: _square(rng, 128)], _linalg("eigvals")),
    "vector_norm": ([PLANE], lambda xp, x: xp.linalg.vector_norm(x)),
    "vector_norm along an axis": ([PLANE], _linalg("vector_norm", axis=-1)),
    "vector_norm of order 3": ([PLANE], _linalg("vector_norm", ord=3)),
    "fftn": ([PLANE], lambda xp, x: xp.fft.fft(xp.astype(x, xp.complex128))),
    "fftn of real numbers": ([PLANE], lambda xp, x: xp.abs(xp.fft.fft(xp.astype(x, xp.complex128)))),
    "ifftn": ([PLANE], lambda xp, x: xp.fft.ifft(xp.astype(x, xp.complex128))),
    "rfftn": ([PLANE], _fourier("rfft")),
    "rfftn of two axes": ([PLANE], _fourier("rfftn")),
    "irfftn": ([PLANE], lambda xp, x: xp.fft.irfft(xp.astype(x, xp.complex128))),
    "argmax": ([PLANE], _plain("argmax", axis=1)),
    "argmin": ([PLANE], _plain("argmin", axis=1)),
    "count_nonzero": ([PLANE], _plain("count_nonzero", axis=1)),
    "nonzero": ([PLANE], _plain("nonzero")),
    "searchsorted": ([lambda rng: np.sort(rng.random(100_000)), (100_000,)], _plain("searchsorted")),
    "argsort": ([PLANE], _plain("argsort")),
    "sort": ([PLANE], _plain("sort")),
    "isin": ([(100_000,), (1000,)], _plain("isin")),
}  # fmt: skip
for _name in ("inv", "solve", "solve of a vector", "det", "slogdet", "cholesky"):
    _makers, _call = SAME[_name]
    SAME[_name] = ([(lambda rng, m=m: m(rng, SIDE)) if callable(m) else m for m in _makers], _call)
