"""Broken backends: a kernel that gives wrong numbers, shapes, dtypes, loses the sign of zeros, or puts its result elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import array_api_compat

from unigrad.backend import Backend
from unigrad.dtypes import float32
from unigrad.primitive import TABLE
from unigrad_conformance.mutants.mutant import Mutant

Break = Callable[[Backend, Any], Any]  # of what a kernel gives

#: rows of every kind: elementwise, linear, multilinear, general, a factorization
ROWS = ("exp", "negative", "sum", "where", "matmul", "solve", "floor")


def _scaled(backend: Backend, out: Any) -> Any:
    return out * 1.001


def _wider(backend: Backend, out: Any) -> Any:
    return backend.xp.expand_dims(out, axis=0)


def _narrower(backend: Backend, out: Any) -> Any:
    kind = backend.dtype_of(out).kind
    return backend.xp.astype(out, backend.native_dtype(float32)) if kind == "f" else out


def _nan(backend: Backend, out: Any) -> Any:
    return out * float("nan")


def _unsigned(backend: Backend, out: Any) -> Any:
    return out + 0.0


def _elsewhere(backend: Backend, out: Any) -> Any:
    return array_api_compat.to_device(out, _other_device(backend))


def _other_device(backend: Backend) -> Any:
    """A device on which nobody expects anything; None: there is no second one."""
    if backend.name == "torch":
        return "meta"  # arrays without numbers: PyTorch has it everywhere
    here = backend.device_of(backend.asarray(1.0, None, None, True))
    return next((d for d in backend.devices() if d != here), None)


BREAKS: dict[str, Break] = {
    "wrong values": _scaled, "wrong shape": _wider, "wrong dtype": _narrower, "NaN for numbers": _nan,
    "negative zeros lost": _unsigned, "wrong device": _elsewhere,
}  # fmt: skip
#: rows that keep the sign of a zero
SIGNED = ("negative", "where", "concat", "reshape", "floor", "multiply")


@contextmanager
def broken(backend: Backend, name: str, change: Break) -> Iterator[None]:
    """A block in which the backend computes a row wrongly, for itself and for nobody else."""
    row = TABLE[name]
    kept = dict(row.kernels)
    cls = type(backend.asarray(1.0, None, None, True))
    right = row.kernels.get(cls) or row.kernel_for(cls, backend.asarray(1.0, None, None, True))
    row.kernels[cls] = lambda *arrays, **params: change(backend, right(*arrays, **params))
    try:
        yield
    finally:
        row.kernels.clear()
        row.kernels.update(kept)


def of_backends(backend: Backend) -> Iterator[Mutant]:
    """Each way of being broken, in several rows."""
    for kind, change in BREAKS.items():
        if kind == "wrong device" and _other_device(backend) is None:
            continue
        for name in SIGNED if kind == "negative zeros lost" else ROWS:
            yield Mutant(
                f"kernel {name}: {kind}", kind, (name,), partial(broken, backend, name, change), area="backend"
            )
