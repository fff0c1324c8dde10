"""How an array lies in memory: the same numbers with gaps between them, backwards, column by column, shared, or read-only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from unigrad.backend import Backend
from unigrad.primitive import wrap
from unigrad_conformance.arrays import Array
from unigrad_conformance.plan import Thoroughness


@dataclass(frozen=True)
class Layout:
    """One way to lie."""

    #: an array of at least one dimension as one of the backend's own, laid so
    lay: Callable[[Backend, Array], Any]
    #: the least thoroughness that takes the first case of a row in it; "exhaustive" takes all cases
    depth: Thoroughness = "full"
    #: backends that have it; none: all whose arrays have strides
    backends: tuple[str, ...] = ()
    #: all numbers along the first axis are one
    shared: bool = False


def made(backend: Backend, x: Array) -> Any:
    """An array of the backend, with memory of its own."""
    return backend.asarray(x, x.dtype, backend.device, True)


def apart(backend: Backend, x: Array) -> Any:
    """Every other element of an array twice as long, in which there are other numbers between."""
    return made(backend, np.stack([x, np.ones_like(x)], axis=-1).reshape(*x.shape[:-1], -1))[..., ::2]


def backwards(backend: Backend, x: Array) -> Any:
    """With negative strides, where the library has them."""
    return backend.xp.flip(made(backend, np.flip(x)))


def by_columns(backend: Backend, x: Array) -> Any:
    """In Fortran's order."""
    return backend.xp.permute_dims(made(backend, np.ascontiguousarray(x.T)), tuple(reversed(range(x.ndim))))


def one_for_all(backend: Backend, x: Array) -> Any:
    """With a zero stride; in a row if it is none of the arguments, whose numbers are all one."""
    if (x != x[:1]).any():
        return made(backend, x)
    return backend.xp.broadcast_to(made(backend, x[:1]), x.shape)


def read_only(backend: Backend, x: Array) -> Any:
    """Not to be written to."""
    raw = made(backend, x)
    raw.flags.writeable = False
    return raw


LAYOUTS: dict[str, Layout] = {
    "with gaps": Layout(apart, "quick"),
    "backwards": Layout(backwards),
    "by columns": Layout(by_columns),
    "with a zero stride": Layout(one_for_all, shared=True),
    "read-only": Layout(read_only, backends=("numpy",)),
}
#: backends whose arrays have no strides
WITHOUT_STRIDES = ("jax",)


def has_layout(backend: Backend, name: str) -> bool:
    """Whether arrays of a backend can lie so."""
    layout = LAYOUTS[name]
    return backend.name in layout.backends if layout.backends else backend.name not in WITHOUT_STRIDES


def laid(backend: Backend, x: Array, name: str) -> Any:
    """A tensor of the numbers of `x` in a layout; one without dimensions or elements has none."""
    return wrap(LAYOUTS[name].lay(backend, x) if x.ndim and x.size else made(backend, x))
