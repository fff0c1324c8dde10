"""Reading and writing elements of JAX arrays: JAX clamps or drops what is out of bounds, in silence, and has no masks of no
dimensions."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unigrad.kernels import one_element
from unigrad.ops.indexing import unknown_mask


def _elsewhere(part: Any) -> bool:
    """Whether an index is on a device for which looking at it would have to wait: there NaN tells what is out of bounds."""
    return isinstance(part, jax.Array) and next(iter(part.devices())).platform != "cpu"


def _places(x: Any, index: Any) -> tuple[Any, Any, tuple[int, ...]]:
    """x, and the index in JAX's terms: masks become the places where they are true, and a place out of bounds is an error.

    A mask of no dimensions is a place along a new axis of x; those axes are the third result. What is traced nobody can check.
    """
    if type(index) is int and x.ndim and -x.shape[0] <= index < x.shape[0]:
        return x, index, ()
    parts = [np.asarray(p) if isinstance(p, list | bool) else p for p in (index if type(index) is tuple else (index,))]
    left = x.ndim - sum(p.ndim if _is_mask(p) else p is not None and p is not Ellipsis for p in parts)
    if left < 0:
        raise IndexError(f"{x.ndim - left} indices for an array of {x.ndim} dimensions")
    out: list[Any] = []
    added: list[int] = []
    axis = 0
    for part in parts:
        if part is None or part is Ellipsis:
            axis += left if part is Ellipsis else 0
        elif _is_mask(part):
            shape = x.shape[axis : axis + part.ndim]
            if part.shape != shape:
                raise IndexError(f"a mask of shape {part.shape} for axes of shape {shape}")
            if part.ndim == 0 and not isinstance(part, jax.core.Tracer):
                added.append(axis + len(added))
                part = np.reshape(part, 1)
            if not isinstance(part, jax.core.Tracer):
                out += np.nonzero(np.asarray(part))
                axis += len(shape)
                continue
            axis += len(shape)
        else:
            if not isinstance(part, slice | jax.core.Tracer) and not _elsewhere(part):
                values = np.asarray(part)
                values = values.astype(np.int64) if not values.size else values
                n = x.shape[axis]
                if values.size and (values.max() >= n or values.min() < -n):
                    raise IndexError(f"index {_wrong(values, n)} is out of bounds for axis {axis} of size {n}")
                part = values if isinstance(part, np.ndarray) else part
            axis += 1
        out.append(part)
    shapes = [p.shape for p in out if hasattr(p, "shape")]
    if len(shapes) > 1:
        try:
            np.broadcast_shapes(*shapes)
        except ValueError:
            raise IndexError(f"index arrays of shapes {shapes} do not broadcast together") from None
    return (jnp.expand_dims(x, added) if added else x), tuple(out), tuple(added)


def _is_mask(part: Any) -> bool:
    return getattr(part, "dtype", None) == np.bool_


def _wrong(values: Any, n: int) -> int:
    """The first index that is out of bounds."""
    return int(values[(values >= n) | (values < -n)].flat[0]) if values.ndim else int(values)


def getitem(x: Any, index: Any) -> Any:
    x, index, _ = _places(x, index)
    if type(index) is tuple and any(isinstance(p, jax.core.Tracer) and not _is_mask(p) for p in index):
        return x.at[index].get(mode="fill")  # out of bounds: NaN, never a neighbour
    return x[index]


def whole(index: Any, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The axes that an index reads backwards where it is all of an array; None: it is a part.

    XLA makes a map of a write to all of an array, and ends the process where the result is flipped (jaxlib 0.10): it is told
    of no such write.
    """
    parts = index if type(index) is tuple else (index,)
    if not all(p is Ellipsis or _of_numbers(p) for p in parts):
        return None
    at = next((i for i, p in enumerate(parts) if p is Ellipsis), len(parts))
    after = parts[at + 1 :]
    axes = (*range(at), *range(len(shape) - len(after), len(shape)))
    read = {axis: range(shape[axis])[p] for axis, p in zip(axes, (*parts[:at], *after), strict=True)}
    if not all(r in (range(shape[axis]), range(shape[axis])[::-1]) for axis, r in read.items()):
        return None
    return tuple(axis for axis, r in read.items() if r != range(shape[axis]))


def _of_numbers(part: Any) -> bool:
    """Whether this is a slice between Python's integers."""
    return type(part) is slice and all(e is None or type(e) is int for e in (part.start, part.stop, part.step))


def add_at(x: Any, index: Any, part: Any) -> Any:
    axes = whole(index, x.shape)
    return x.at[index].add(part) if axes is None else x + jnp.flip(jnp.asarray(part, x.dtype), axes)


def setitem(x: Any, v: Any, index: Any) -> Any:
    if hasattr(v, "dtype"):
        if jnp.iscomplexobj(v) and not jnp.iscomplexobj(x):
            raise TypeError(f"cannot write {v.dtype} numbers into an array of {x.dtype}")
        if v.shape and one_element(index, x.ndim):
            raise ValueError(f"an array of shape {v.shape} for one element")
        if v.shape[:1] == (1,):  # JAX refuses more axes than there are, NumPy does not
            v = jnp.reshape(v, v.shape[next((i for i, n in enumerate(v.shape) if n != 1), v.ndim) :])
    x, index, added = _places(x, index)
    if (mask := unknown_mask(index)) is not None and not jnp.shape(v):  # JAX wants to know how many places
        return jnp.where(jnp.expand_dims(mask, range(mask.ndim, x.ndim)), jnp.asarray(v, x.dtype), x)
    if not added and (axes := whole(index, x.shape)) is not None:
        return jnp.flip(jnp.broadcast_to(jnp.asarray(v, x.dtype), x.shape), axes)
    if writes_in_order(x) or not may_repeat(index):
        return jnp.squeeze(x.at[index].set(v), added)
    return jnp.squeeze(last_written(x, v, index), added)


def writes_in_order(x: Any) -> bool:
    """Whether an assignment makes its writes one after the other, as the CPU does: then the last one to an element stays."""
    traced = isinstance(x, jax.core.Tracer)
    return jax.default_backend() == "cpu" if traced else all(d.platform == "cpu" for d in x.devices())


def may_repeat(index: Any) -> bool:
    """Whether an index can name an element twice: it has an array of several places."""
    parts = index if type(index) is tuple else (index,)
    return any(np.size(p) > 1 and not _is_mask(p) for p in parts if hasattr(p, "shape"))


def last_written(x: Any, v: Any, index: Any) -> Any:
    """x with v at an index, of several writes to one element the last, wherever the writes are made at the same time.

    Each write puts its number where it goes, the highest number stays, and says which value to read.
    """
    places = jnp.arange(x.size).reshape(x.shape)[index]
    values = jnp.broadcast_to(jnp.asarray(v, x.dtype), places.shape).reshape(-1)
    board = jnp.full(x.size, -1).at[places.reshape(-1)].max(jnp.arange(values.size)).reshape(x.shape)
    return jnp.where(board >= 0, values[jnp.maximum(board, 0)], x) if values.size else x


BLOCK = 128


@functools.partial(jax.jit, donate_argnums=0)
def add_rows(out: Any, at: Any, *parts: Any) -> Any:
    return out.at[at].add(jnp.stack(parts))


def scatter(*parts: Any, shape: Any, indices: Any) -> Any:
    """Rows read one by one are written back in blocks of one size, so that nothing is compiled anew for another number of them.

    Other indices are written one after the other.
    """
    out = jnp.zeros(shape, parts[0].dtype)
    places = [(i,) if type(i) is int else i for i in indices]
    rows = len(parts) > 2 and all(type(i) is tuple and all(type(k) is int for k in i) for i in places)
    if rows and len({len(i) for i in places}) == 1:
        spare = -len(parts) % BLOCK  # the last block is filled up with zeros
        padded = [*parts, *([jnp.zeros_like(parts[0])] * spare)]
        at = np.asarray([*places, *([places[0]] * spare)])
        for first in range(0, len(padded), BLOCK):
            block = slice(first, first + BLOCK)
            out = add_rows(out, tuple(at[block].T), *padded[block])
        return out
    for part, index in zip(parts, indices, strict=True):
        out, index, added = _places(out, index)
        out = jnp.squeeze(add_at(out, index, part), added)
    return out


def winners(x: Any, index: Any) -> Any:
    x, index, _ = _places(x, index)
    shape = jax.eval_shape(lambda a: a[index], x).shape
    order = jnp.arange(1, 1 + int(np.prod(shape))).reshape(shape)
    return jnp.zeros(x.shape, order.dtype).at[index].max(order)[index] == order


def add_along_axis(x: Any, indices: Any, axis: int, n: int) -> Any:
    out = jnp.zeros((*x.shape[:axis], n, *x.shape[axis + 1 :]), dtype=x.dtype)
    grid = np.ogrid[tuple(slice(size) for size in x.shape)]
    return out.at[(*grid[:axis], jnp.asarray(indices), *grid[axis + 1 :])].add(x)


KERNELS: dict[str, Callable[..., Any]] = {
    "add_along_axis": add_along_axis,
    "getitem": getitem,
    "scatter": scatter,
    "setitem": setitem,
    "winners": winners,
}
