"""What several test files share."""

import gc
import os
import subprocess
import sys
import textwrap
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

import unigrad as ug

BACKENDS = ("numpy", "jax", "torch")


def backend_name() -> str:
    """The backend that the `backend` fixture has chosen."""
    return ug.get_backend().name


def native(values: Any, backend: str | None = None) -> Any:
    """An array of the backend's own library, as a user would make it."""
    backend = backend or backend_name()
    if backend == "torch":
        import torch

        return torch.tensor(np.asarray(values))
    if backend == "jax":
        import jax.numpy as jnp

        return jnp.asarray(np.asarray(values))
    return np.array(values)


def assert_freed_at_once(make: Callable[[], Any]) -> None:
    """What `make` returns is gone when nobody holds it any more, without the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        gone = weakref.ref(make())
        assert gone() is None
    finally:
        gc.enable()


@ug.custom_gradient
def log1pexp(x: Any) -> Any:
    """log(1 + exp(x)), whose textbook gradient is NaN for a large x."""
    e = ug.exp(x)
    return ug.log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))


def grad(function: Callable[[Any], Any], x: Any) -> Any:
    """Reverse mode: the gradient of the sum of `function(x)`."""
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)


def derivative(function: Callable[[Any], Any], x: Any) -> Any:
    """Forward mode: the derivative along a tangent of ones."""
    with ug.ForwardAccumulator(x, ug.ones_like(x)) as accumulator:
        y = function(x)
    return accumulator.jvp(y)


def numeric(function: Callable[[np.ndarray], Any], x: Any, step: float = 1e-6) -> np.ndarray:
    """Central differences of the sum of a function of one ndarray."""
    x = np.array(x, dtype=np.float64)
    out = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += step
        down[i] -= step
        out[i] = (np.sum(function(up)) - np.sum(function(down))) / (2 * step)
    return out


def assert_values(actual: Any, expected: Any, rtol: float = 1e-12, atol: float = 1e-12) -> None:
    """The values of a tensor, a raw array or a number, to rounding."""
    values = actual.numpy() if hasattr(actual, "numpy") else np.asarray(actual)
    np.testing.assert_allclose(np.asarray(values), np.asarray(expected), rtol=rtol, atol=atol)


def assert_library_well() -> None:
    """The next use of the library is as if nothing had happened."""
    x = ug.asarray(3.0)
    assert_values(grad(lambda x: x * x + x, x), 7.0)
    assert_values(derivative(lambda x: x * x + x, x), 7.0)


def run_python(code: str, *path: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter, with `path` in front of its search path."""
    whole = {k: v for k, v in os.environ.items() if not k.startswith(("UNIGRAD_", "JAX_"))}
    whole["PYTHONPATH"] = os.pathsep.join(p for p in (*path, os.environ.get("PYTHONPATH", "")) if p)
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, env=whole | env, timeout=120
    )
