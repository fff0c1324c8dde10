"""What a derivative is compared with: the native autodiff of a backend, and finite differences. All in NumPy arrays.

A cotangent pairs with a tangent by the real part of sum(conj(ct) * t): the gradient of a real function of complex numbers is
df/dx + i df/dy. JAX's is the conjugate of that, and is conjugated here, going in and coming out.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from unigrad.backend import Backend, load
from unigrad.errors import BackendError

Array = np.ndarray[Any, Any]
Function = Callable[..., Any]  # (backend, *raw arrays) -> raw array

#: central differences of sixth order
STENCIL = ((-3, -1 / 60), (-2, 3 / 20), (-1, -3 / 4), (1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
STEP = 2e-3


class Oracle(Protocol):
    """Derivatives of a function of the arguments `wrt`."""

    name: str
    exact: bool

    def vjp(self, f: Function, args: Sequence[Any], wrt: Sequence[int], ct: Array) -> list[Array]:
        """The cotangent of each argument."""

    def jvp(self, f: Function, args: Sequence[Any], wrt: Sequence[int], tangents: Sequence[Array]) -> Array:
        """The tangent of the result."""

    def second(
        self, f: Function, args: Sequence[Any], wrt: Sequence[int], ct: Array, tangents: Sequence[Array]
    ) -> list[Array]:
        """The derivative of the cotangents along the tangents."""


def pairing(a: Any, b: Any) -> float:
    """The real inner product of two arrays, or of two lists of arrays."""
    if isinstance(a, list | tuple):
        return sum(pairing(x, y) for x, y in zip(a, b, strict=True))
    return float(np.sum(np.real(np.conj(np.asarray(a, dtype=np.complex128)) * np.asarray(b))))


@contextmanager
def theirs() -> Iterator[None]:
    """A block in which what a library warns of itself (a deprecated part of its own, say) is not heard."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Native:
    """The native autodiff of a backend."""

    exact = True

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.name = f"{backend.name}'s native autodiff"

    def _bind(self, f: Function, args: Sequence[Any], wrt: Sequence[int]) -> tuple[list[Any], Callable[..., Any]]:
        raws = [a if not isinstance(a, np.ndarray) else self.backend.asarray(a, None, None, True) for a in args]

        def of_some(*some: Any) -> Any:
            full = list(raws)
            for i, r in zip(wrt, some, strict=True):
                full[i] = r
            return f(self.backend, *full)

        return [raws[i] for i in wrt], of_some

    def _raw(self, x: Array) -> Any:
        return self.backend.asarray(np.asarray(x), None, None, True)

    def _turn(self, x: Any) -> Array:
        return np.conj(np.asarray(x)) if self.backend.native_conjugates else np.asarray(x)

    def _pull(self, function: Any, primals: Sequence[Any], ct: Array) -> list[Array]:
        with theirs():
            found = self.backend.native_vjp(function, primals, self._raw(self._turn(ct)))
        assert found is not None
        return [self._turn(self._numpy(g)) for g in found]

    def _numpy(self, raw: Any) -> Array:
        # adding zeros makes numbers of a symbolic zero, which torch's forward mode gives
        zeros = np.zeros(tuple(raw.shape), self.backend.dtype_of(raw))
        return np.asarray(self.backend.to_numpy(raw + self._raw(zeros)))

    def vjp(self, f: Function, args: Sequence[Any], wrt: Sequence[int], ct: Array) -> list[Array]:
        primals, function = self._bind(f, args, wrt)
        return self._pull(function, primals, ct)

    def jvp(self, f: Function, args: Sequence[Any], wrt: Sequence[int], tangents: Sequence[Array]) -> Array:
        primals, function = self._bind(f, args, wrt)
        with theirs():
            found = self.backend.native_jvp(function, primals, [self._raw(t) for t in tangents])
        assert found is not None
        return self._numpy(found)

    def second(
        self, f: Function, args: Sequence[Any], wrt: Sequence[int], ct: Array, tangents: Sequence[Array]
    ) -> list[Array]:
        primals, function = self._bind(f, args, wrt)
        raws = [self._raw(t) for t in tangents]
        return self._pull(lambda *ps: self.backend.native_jvp(function, ps, raws), primals, ct)


class FiniteDifferences:
    """Central differences of sixth order, in float64, of the function as a backend computes it."""

    exact = False

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.name = "finite differences"

    def _value(self, f: Function, args: Sequence[Any]) -> Array:
        raws = [a if not isinstance(a, np.ndarray) else self.backend.asarray(a, None, None, True) for a in args]
        return np.asarray(self.backend.to_numpy(f(self.backend, *raws)))

    def vjp(self, f: Function, args: Sequence[Any], wrt: Sequence[int], ct: Array) -> list[Array]:
        return self._gradient(lambda a: pairing(ct, self._value(f, a)), args, wrt)

    def _gradient(self, phi: Callable[[Sequence[Any]], float], args: Sequence[Any], wrt: Sequence[int]) -> list[Array]:
        found = []
        for i in wrt:
            g = np.zeros(np.shape(args[i]), np.asarray(args[i]).dtype)
            for place in np.ndindex(g.shape):
                for unit in (1.0, 1j) if g.dtype.kind == "c" else (1.0,):
                    change = np.zeros_like(g)
                    change[place] = unit
                    g[place] += unit * self._along(phi, args, [i], [change])
            found.append(g)
        return found

    def _along(self, phi: Callable[[Sequence[Any]], Any], args: Sequence[Any], wrt: Sequence[int], t: Any) -> Any:
        total: Any = 0.0
        for steps, weight in STENCIL:
            moved = list(args)
            for i, change in zip(wrt, t, strict=True):
                moved[i] = np.asarray(args[i] + steps * STEP * change)
            total = total + (weight / STEP) * phi(moved)
        return total

    def jvp(self, f: Function, args: Sequence[Any], wrt: Sequence[int], tangents: Sequence[Array]) -> Array:
        return np.asarray(self._along(lambda a: self._value(f, a), args, wrt, tangents))

    def second(
        self, f: Function, args: Sequence[Any], wrt: Sequence[int], ct: Array, tangents: Sequence[Array]
    ) -> list[Array]:
        value = lambda a: pairing(ct, self._value(f, a))  # noqa: E731
        return self._gradient(lambda a: self._along(value, a, wrt, tangents), args, wrt)


def has_native(backend: Backend) -> bool:
    """Whether the backend brings an autodiff of its own."""
    return type(backend).native_vjp is not Backend.native_vjp


def importable(names: Sequence[str] = ("jax", "torch")) -> list[Backend]:
    """Backends with an autodiff of their own, of those that can be imported here."""
    found = []
    for name in names:
        try:
            backend = load(name)
            backend.native_dtype(np.dtype("float64"))
        except (BackendError, TypeError):
            continue
        found.append(backend)
    return found


def oracles_for(backend: Backend, peers: bool = True) -> list[Any]:
    """The backend's own autodiff; for one that has none finite differences, and with `peers` JAX's and PyTorch's autodiff."""
    if has_native(backend):
        return [Native(backend)]
    return [FiniteDifferences(load("numpy")), *(Native(b) for b in (importable() if peers else ()))]
