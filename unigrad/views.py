"""Views: several handles on one array, so that a write through one is seen by all, as in NumPy.

Underneath nothing is ever written: a write makes a new value of the base, and every living view takes its part of it anew.
An op that writes nothing in place pays nothing for this.
"""

import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from unigrad import primitive
from unigrad.batched import BATCHED
from unigrad.errors import ReadOnlyError
from unigrad.leaving import where_of
from unigrad.lending import MEMORY, settle
from unigrad.running import told_apart_by


class View:
    """How a tensor is part of its base: `take` it from the base, `put` a new value of it into the base (None: read-only)."""

    __slots__ = ("base", "put", "take")

    def __init__(self, base: Any, take: Callable[[Any], Any], put: Callable[[Any, Any], Any] | None) -> None:
        self.base = base
        self.take = take
        self.put = put


def view(base: Any, out: Any, take: Callable[[Any], Any], put: Callable[[Any, Any], Any] | None) -> Any:
    """Make `out`, which was taken from the tensor `base`, a view of it. Raw arrays are left alone."""
    if type(out) is not primitive.Tensor or not isinstance(base, primitive.Tensor):
        return out
    if out is base:
        out = primitive.wrap(settle(base), base._node)
    out._view = View(base, take, put)
    try:
        views = base._views
    except AttributeError:
        with MEMORY:  # one list, whichever threads take the first view at once
            views = base._views = getattr(base, "_views", [])
    n = len(views)
    if n > 8 and n & (n - 1) == 0:  # at powers of two: forget the dead ones; other threads only add to the end
        with MEMORY:
            n = min(n, len(views))
            views[:n] = [v for v in views[:n] if v() is not None]
    views.append(weakref.ref(out))
    return out


def write(tensor: Any, value: Any) -> None:
    """Give `tensor` a new value (of its shape and dtype), and every view of the same base the part of it that is its own."""
    with MEMORY:
        found = getattr(tensor, "_view", None)
        if found is None:
            if BATCHED and type(value._raw) in BATCHED:
                for run in told_apart_by(value._raw, tensor._raw):
                    run.written.append((weakref.ref(tensor), tensor._raw, tensor._node, where_of(sys._getframe(1))))
            tensor._raw = value._raw
            tensor._node = value._node
            refresh(tensor)
        else:
            check_writable(tensor)
            write(found.base, found.put(found.base, value))


def unwrite(written: list[Any]) -> Any:
    """Give tensors that a `vmap` wrote to what they held before; the user's line that wrote to one of those that are alive."""
    found = None
    for ref, raw, node, where in reversed(written):
        tensor = ref()
        if tensor is not None:
            with MEMORY:
                tensor._raw, tensor._node = raw, node
                refresh(tensor)
            found = (tensor, where)
    return found


def check_writable(tensor: Any) -> None:
    """An error for a view that NumPy lets nobody write through."""
    found = getattr(tensor, "_view", None)
    while found is not None:
        if found.put is None:
            raise ReadOnlyError(
                f"this tensor of shape {tensor.shape} is a read-only view, as NumPy's of that kind are: write into a copy of it"
            )
        found = getattr(found.base, "_view", None)


def refresh(base: Any) -> None:
    """Take the living views of `base` from its new value."""
    for ref in getattr(base, "_views", ()):
        tensor = ref()
        if tensor is not None:
            part = tensor._view.take(base)
            tensor._raw = part._raw
            tensor._node = part._node
            refresh(tensor)


def is_shown(tensor: Any) -> bool:
    """Whether other handles show a part of the array, so that a write must reach them."""
    return getattr(tensor, "_view", None) is not None or any(w() is not None for w in getattr(tensor, "_views", ()))


def layout(tensor: Any) -> np.ndarray[Any, Any]:
    """An array without meaning that lies in memory as NumPy's would; what is no view lies there row after row."""
    found = getattr(tensor, "_view", None)
    return np.empty(tensor.shape, np.bool_) if found is None else found.take(layout(found.base))


def reshapes_to(tensor: Any, shape: tuple[int, ...]) -> bool:
    """Whether NumPy would make another shape a view: of parts of an array with gaps between them it makes a copy."""
    if getattr(tensor, "_view", None) is None:
        return True
    here = layout(tensor)
    return not here.size or np.may_share_memory(here.reshape(shape), here)
