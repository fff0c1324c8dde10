"""Views: several handles on one array, so that a write through one is seen by all, as in NumPy.

Underneath nothing is ever written: a write makes a new value of the base, and every living view takes its part of it anew.
An op that writes nothing in place pays nothing for this.
"""

import weakref
from collections.abc import Callable
from typing import Any

from unigrad import primitive
from unigrad.lending import settle


class View:
    """How a tensor is part of its base: `take` it from the base, `put` a new value of it into the base."""

    __slots__ = ("base", "put", "take")

    def __init__(self, base: Any, take: Callable[[Any], Any], put: Callable[[Any, Any], Any]) -> None:
        self.base = base
        self.take = take
        self.put = put


def view(base: Any, out: Any, take: Callable[[Any], Any], put: Callable[[Any, Any], Any]) -> Any:
    """Make `out`, which was taken from the tensor `base`, a view of it. Raw arrays are left alone."""
    if type(out) is not primitive.Tensor or type(base) is not primitive.Tensor:
        return out
    if out is base:
        out = primitive.wrap(settle(base), base._node)
    out._view = View(base, take, put)
    try:
        views = base._views
    except AttributeError:
        views = base._views = []
    if len(views) > 8 and len(views) & (len(views) - 1) == 0:  # at powers of two: forget the dead ones
        views[:] = [v for v in views if v() is not None]
    views.append(weakref.ref(out))
    return out


def write(tensor: Any, value: Any) -> None:
    """Give `tensor` a new value (of its shape and dtype), and every view of the same base the part of it that is its own."""
    found = getattr(tensor, "_view", None)
    if found is None:
        tensor._raw = value._raw
        tensor._node = value._node
        refresh(tensor)
    else:
        write(found.base, found.put(found.base, value))


def refresh(base: Any) -> None:
    """Take the living views of `base` from its new value."""
    for ref in getattr(base, "_views", ()):
        tensor = ref()
        if tensor is not None:
            part = tensor._view.take(base)
            tensor._raw = part._raw
            tensor._node = part._node
            refresh(tensor)
