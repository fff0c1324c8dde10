"""Arrays as the suite needs them: their precisions, their real coordinates, and as text."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def narrow(x: Any, dtype: np.dtype) -> Any:
    """A floating argument in the precision of `dtype`; complex stays complex."""
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc":
        return x
    if x.dtype.kind == "c":
        return x.astype(np.complex64 if dtype.itemsize <= 4 else np.complex128)
    return x.astype(dtype)


def wide(x: Any) -> Any:
    """The same numbers in 64 bits, for the oracle."""
    if isinstance(x, np.ndarray) and x.dtype.kind in "fcV":
        return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    return x


def short(x: Any) -> str:
    """An array in a few characters."""
    return np.array2string(np.asarray(x), precision=8, threshold=12).replace("\n", "")[:160]


def is_complex(x: Any) -> bool:
    """Whether an array or number is complex."""
    return np.asarray(x).dtype.kind == "c"


def coordinates(arrays: Sequence[Any], likes: Sequence[Any]) -> Array:
    """All numbers of some arrays as one vector: of an array of complex numbers, as `likes` has it, real parts, then imaginary.

    The inner product of two such vectors is the real pairing of cotangents with tangents: Jacobians are real matrices.
    """
    parts: list[Array] = []
    for x, like in zip(arrays, likes, strict=True):
        x = np.ravel(np.asarray(x))
        parts += [np.real(x), np.imag(x)] if is_complex(like) else [np.real(x)]
    return np.concatenate([np.zeros(0), *parts])


def count(likes: Sequence[Any]) -> int:
    """How many real coordinates arrays like these have."""
    return sum(np.size(x) * (1 + is_complex(x)) for x in likes)


def from_coordinates(vector: Array, likes: Sequence[Any]) -> list[Array]:
    """The arrays of a vector of coordinates, in 64 bits."""
    found, start = [], 0
    for like in likes:
        n = np.size(like)
        x = vector[start : start + n]
        start += n
        if is_complex(like):
            x = x + 1j * vector[start : start + n]
            start += n
        found.append(np.reshape(x, np.shape(like)))
    return found


def units(likes: Sequence[Any]) -> Iterator[list[Array]]:
    """The unit vectors of all real coordinates, each as arrays like these."""
    for row in np.eye(count(likes)):
        yield from_coordinates(row, likes)


def pairing(a: Any, b: Any) -> float:
    """The real inner product of two arrays, or of two lists of arrays: the real part of sum(conj(a) * b)."""
    if isinstance(a, list | tuple):
        return sum(pairing(x, y) for x, y in zip(a, b, strict=True))
    return float(np.sum(np.real(np.conj(np.asarray(a, dtype=np.complex128)) * np.asarray(b))))
