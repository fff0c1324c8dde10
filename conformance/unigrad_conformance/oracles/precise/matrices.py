"""Linear algebra of small matrices, and Fourier transforms, by mpmath and by definition."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from unigrad_conformance.oracles.precise.arrays import ARRAYS, listed, total, vector
from unigrad_conformance.oracles.precise.elementwise import ELEMENTWISE
from unigrad_conformance.oracles.precise.numbers import Numbers, mp, numbers

E = ELEMENTWISE


def matrix(x: Any) -> Any:
    """mpmath's matrix."""
    return mp.matrix(np.asarray(x).tolist())


def back(m: Any) -> Numbers:
    """An array of mpmath's matrix."""
    return numbers(np.array(m.tolist(), object).reshape(m.rows, m.cols))


def stacked(function: Callable[[Any], Any]) -> Callable[[Any], Numbers]:
    """A function from a matrix to a number, for stacks of matrices."""

    def of_stack(x: Any) -> Numbers:
        if x.ndim == 2:
            return numbers(function(x))
        return vector(of_stack(x[k]) for k in range(x.shape[0]))

    return of_stack


def det(x: Any) -> Any:
    """The sum over permutations, which no pivot disturbs."""
    n = x.shape[-1]
    rest = lambda j: np.delete(np.asarray(x)[1:], j, axis=1)  # noqa: E731
    return mp.mpf(1) if n == 0 else mp.fsum((-1) ** j * np.asarray(x)[0, j] * det(rest(j)) for j in range(n))


def eigvalsh(x: Any) -> Numbers:
    """Of the Hermitian part, ascending."""
    m = matrix(x)
    return vector(sorted(mp.eigsy((m + m.T) / 2, eigvals_only=True)))


def svd(x: Any, full_matrices: bool = True) -> tuple[Numbers, Numbers, Numbers]:
    """U, S and Vh of a real matrix, the first row of U not negative."""
    u, s, vh = mp.svd_r(matrix(x), full_matrices=full_matrices)
    u, vh = back(u), back(vh)
    turn = E["where"](u[0] < 0, -1, 1)[: len(s)]
    return u * turn, vector(s), numbers(np.asarray(vh) * np.asarray(turn)[:, None])


def qr(x: Any, mode: str = "reduced") -> tuple[Numbers, Numbers]:
    """Q and R by reflections, none of a last row: LAPACK's signs."""
    m, n = x.shape
    q, r = np.asarray(numbers(np.eye(m))), np.asarray(x)
    for j in range(min(m - 1, n)):
        v = np.array([mp.mpf(0)] * j + list(r[j:, j]), object)
        v[j] += mp.sqrt(mp.fsum(v * v)) * (-1 if v[j] < 0 else 1)
        mirror = np.asarray(numbers(np.eye(m))) - 2 * np.outer(v, v) / mp.fsum(v * v)
        q, r = np.dot(q, mirror), np.dot(mirror, r)
    k = m if mode == "complete" else min(m, n)
    return numbers(q[:, :k]), numbers(r[:k])


def pinv(x: Any) -> Numbers:
    """By singular values; of zeros zeros."""
    u, s, vh = svd(x, full_matrices=False)
    inverse = vector(0 if v <= mp.mpf(10) ** -12 * max(listed(s)) else 1 / v for v in listed(s))
    return numbers(np.dot(np.asarray(vh).T * np.asarray(inverse), np.asarray(u).T))


def vector_norm(x: Any, ord: float = 2) -> Any:
    """Of all elements; -inf, 0 and inf too."""
    size = E["abs"](x)
    if abs(ord) == np.inf:
        return ARRAYS["max" if ord > 0 else "min"](size)
    if ord == 0:
        return total(E["as_number"](size != 0))
    return total(size**ord) ** (1 / mp.mpf(ord))


def matrix_norm(x: Any, ord: Any = "fro") -> Any:
    """Frobenius, nuclear, spectral, or the largest sum of a column."""
    if ord == "fro":
        return vector_norm(x)
    if ord == 1:
        return ARRAYS["max"](total(E["abs"](x), axis=0))
    values = svdvals(x)
    return total(values) if ord == "nuc" else ARRAYS["max"](values)


def svdvals(x: Any) -> Numbers:
    """Singular values, descending."""
    return vector(sorted(listed(svd(x)[1]), reverse=True))


def waves(x: Any, turn: int, count: int) -> Iterator[Any]:
    """sum_j x_j exp(turn 2 pi i j k / n) for k up to count."""
    values, n = listed(x), np.size(x)
    for k in range(count):
        yield mp.fsum(v * mp.expjpi(mp.mpf(2 * turn * j * k) / n) for j, v in enumerate(values))


def irfft(z: Any) -> Numbers:
    """Of the first half of the waves, the second of which is their mirror; the parts that it cannot have are dropped."""
    half = listed(z)
    whole = [mp.re(half[0]), *half[1:-1], mp.re(half[-1]), *(mp.conj(v) for v in half[-2:0:-1])]
    return vector(mp.re(w) / len(whole) for w in waves(vector(whole), 1, len(whole)))


MATRICES: dict[str, Callable[..., Any]] = {
    "cholesky": lambda x: back(mp.cholesky((matrix(x) + matrix(x).T) / 2)),
    "det": stacked(det),
    "eigh": lambda x: (eigvalsh(x), back(mp.eigsy((matrix(x) + matrix(x).T) / 2)[1])),
    "eigvalsh": eigvalsh,
    "inv": lambda x: back(mp.inverse(matrix(x))),
    "matmul": lambda x, y: numbers(np.dot(np.asarray(x), np.asarray(y))),
    "matrix_norm": matrix_norm,
    "matrix_rank": lambda x: total(E["as_number"](svdvals(x) > 1e-15 * ARRAYS["max"](svdvals(x)))),
    "norm": vector_norm,
    "pinv": pinv,
    "qr": qr,
    "slogdet": lambda x: (E["sign"](stacked(det)(x)), E["log"](E["abs"](stacked(det)(x)))),
    "solve": lambda a, b: back(mp.lu_solve(matrix(a), matrix(b))),
    "svd": svd,
    "svdvals": svdvals,
    "vector_norm": vector_norm,
}

FOURIER: dict[str, Callable[..., Any]] = {
    "fft": lambda x: vector(waves(x, -1, np.size(x))),
    "irfft": irfft,
    "rfft": lambda x: vector(waves(x, -1, np.size(x) // 2 + 1)),
}
