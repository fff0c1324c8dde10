"""What the names ``ug`` and ``native`` mean in a program that runs over a backend's raw arrays.

``ug.sin`` of a raw array is the backend's own kernel, and no tape hears of it. Writes are functional, by one gather that
every library can differentiate; a gradient inside of a program is the backend's own autodiff, or finite differences.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

import unigrad as ug
from unigrad.backend import Backend
from unigrad.primitive import TABLE
from unigrad_conformance.matrices import FORMS
from unigrad_conformance.programs.steps import STENCIL, STEP

Function = Callable[..., Any]
#: (value, pullback) of a function of one array; its tangent; an array as a constant
Pull = Callable[[Function, Any], tuple[Any, Function]]
Push = Callable[[Function, Any, Any], Any]
Hold = Callable[[Any], Any]
Autodiff = tuple[Pull, Push, Hold]


def _jax(backend: Backend) -> Autodiff:
    import jax
    import jax.numpy as jnp

    def pull(f: Function, x: Any) -> tuple[Any, Function]:
        y, pullback = jax.vjp(f, x)
        return y, lambda ct: jnp.conj(pullback(jnp.conj(ct))[0])  # JAX's gradient is the conjugate of ours

    return pull, lambda f, x, t: jax.jvp(f, (x,), (t,))[1], jax.lax.stop_gradient


def _torch(backend: Backend) -> Autodiff:
    import torch

    def pull(f: Function, x: Any) -> tuple[Any, Function]:
        y, pullback = torch.func.vjp(f, x)
        return y, lambda ct: pullback(ct)[0]

    def push(f: Function, x: Any, t: Any) -> Any:
        own = torch.contiguous_format  # an expanded array is written into otherwise
        return torch.func.jvp(f, (x.clone(memory_format=own),), (t.clone(memory_format=own),))[1]

    return pull, push, torch.Tensor.detach


def differences(backend: Backend) -> Autodiff:
    """Central differences of sixth order, for a backend without an autodiff of its own: NumPy arrays."""

    def push(f: Function, x: Any, t: Any) -> Any:
        return sum(weight / STEP * f(x + steps * STEP * t) for steps, weight in STENCIL)

    def pull(f: Function, x: Any) -> tuple[Any, Function]:
        def pullback(ct: Any) -> Any:
            g = np.zeros_like(x)
            for place in np.ndindex(x.shape):
                for unit in (1.0, 1j) if x.dtype.kind == "c" else (1.0,):
                    t = np.zeros_like(x)
                    t[place] = unit
                    g[place] += unit * np.sum(np.real(np.conj(ct) * push(f, x, t)))
            return g

        return f(x), pullback

    return pull, push, lambda x: x


def tapes(backend: Backend) -> Autodiff:
    """Our own, for the values that a program meets while it is composed."""

    def pull(f: Function, x: Any) -> tuple[Any, Function]:
        y, pullback = ug.vjp(f, x)
        return y, lambda ct: pullback(ct)[0]

    return pull, lambda f, x, t: ug.jvp(f, (x,), (t,))[1], lambda x: x


#: the autodiff of a backend that has one which nests
AUTODIFF: dict[str, Callable[[Backend], Autodiff]] = {"jax": _jax, "torch": _torch}


class Linalg:
    """The backend's own linear algebra, for the rows that the suite compares with it."""

    def __init__(self, xp: Any) -> None:
        self._xp = xp

    def __getattr__(self, name: str) -> Any:
        return getattr(self._xp.linalg if name in FORMS else ug.linalg, name)


class Face:
    """What a program over raw arrays calls ``ug`` and ``native``."""

    def __init__(self, backend: Backend, autodiff: Any = None) -> None:
        self.backend = backend
        #: over our own tapes the arrays are tensors
        self.linalg = ug.linalg if autodiff is tapes else Linalg(backend.xp)
        self._pull, self._push, self._hold = (autodiff or AUTODIFF.get(backend.name, differences))(backend)

    def __getattr__(self, name: str) -> Any:
        return getattr(ug, name)

    def names(self) -> dict[str, Any]:
        """The names of a program's text."""
        return {"ug": self, "native": self, "np": np, "TABLE": TABLE}

    def asarray(self, values: Any) -> Any:
        """A constant."""
        return self.backend.asarray(np.asarray(values), None, None, True)

    def _dtype(self, x: Any) -> Any:
        return self.backend.dtype_of(getattr(x, "raw", x))

    def eye(self, n: int) -> Any:
        """The unit matrix."""
        return self.asarray(np.eye(n))

    def written(self, x: Any, index: Any, value: Any) -> Any:
        """The array with elements replaced: what a write in place makes of it."""
        board = np.arange(x.size if isinstance(x.size, int) else x.numel()).reshape(tuple(x.shape))
        part = board[index]
        new = np.arange(part.size).reshape(part.shape) + board.size
        board[index] = new
        if not hasattr(value, "shape"):
            value = self.asarray(value)
        value = ug.broadcast_to(ug.astype(value, self._dtype(x)), part.shape)
        flat = ug.concat([ug.reshape(x, (-1,)), ug.reshape(value, (-1,))])
        return ug.reshape(ug.take(flat, board.reshape(-1), axis=0), board.shape)

    def part(self, x: Any, index: Any) -> Any:
        """Elements of an array; a library may lack negative steps."""
        return TABLE["getitem"](x, index=index)

    def constant(self, x: Any) -> Any:
        """The array, for an op that has no derivative."""
        return self._hold(x)

    # -- derivatives inside of a program -------------------------------------------------------------------------------
    def gradient(self, f: Function, x: Any) -> Any:
        """What a tape's gradient is: of the sum of the result."""
        y, pullback = self._pull(f, x)
        return pullback(ug.ones_like(y))

    def pullback(self, f: Function, x: Any, ct: Any) -> Any:
        """The cotangent of x."""
        return self._pull(f, x)[1](ct)

    def tangent(self, f: Function, x: Any, t: Any) -> Any:
        """The tangent of the result."""
        return self._push(f, x, t)

    def hvp(self, f: Function, x: Any, t: Any) -> Any:
        """Forward over reverse."""
        return self._push(lambda x: self.gradient(f, x), x, t)

    def jacobian(self, f: Function, x: Any) -> Any:
        """Column by column."""
        units = np.eye(int(np.prod(x.shape))).reshape(-1, *x.shape)
        columns = [self._push(f, x, ug.astype(self.asarray(u), self._dtype(x))) for u in units]
        return ug.reshape(ug.stack(columns, axis=-1), (*columns[0].shape, *x.shape))

    def vmap(self, f: Function, x: Any) -> Any:
        """One example after the other."""
        return ug.stack([f(x[i]) for i in range(x.shape[0])])

    def call(self, f: Function, x: Any) -> Any:
        """The function itself."""
        return f(x)
