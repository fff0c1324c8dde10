"""``r_`` and ``c_``: arrays joined by what is written between brackets."""

from typing import Any

import numpy as np

from unigrad.errors import ShapeError
from unigrad.ops import manipulation as mv
from unigrad.protocols.arguments import first_tensor, holds_tensors, tensor


class Rows:
    """NumPy's object of that name, with tensors among what is joined."""

    def __init__(self, theirs: Any, axis: int, ndmin: int, place: int) -> None:
        self._numpy = theirs
        self._defaults = (axis, ndmin, place)
        self.__doc__ = theirs.__doc__

    def __getitem__(self, key: Any) -> Any:
        items = list(key) if isinstance(key, tuple) else [key]
        ends = [end for i in items if isinstance(i, slice) for end in (i.start, i.stop, i.step)]
        if holds_tensors(ends):
            raise ShapeError("r_: a range between tensors has no gradient: use np.linspace")
        if not holds_tensors(items):
            return self._numpy[key]
        axis, ndmin, place = self._defaults
        if items and isinstance(items[0], str):
            words = items.pop(0).split(",")
            try:
                axis, ndmin, place = (int(w) for w in (*words, *map(str, self._defaults[len(words) :])))
            except ValueError:
                raise ShapeError(
                    f"r_: {','.join(words)!r} is no axis: matrices are not supported for tensors"
                ) from None
        like = first_tensor(items)
        return mv.concat([_part(item, like, ndmin, place) for item in items], axis=axis)

    def __len__(self) -> int:
        return 0


def _part(item: Any, like: Any, ndmin: int, place: int) -> Any:
    """One item with at least `ndmin` axes; those of its own begin at `place`."""
    if isinstance(item, slice):
        item = np.r_[item]
    x = tensor(item, like)
    if x.ndim == 0:
        return mv.reshape(x, (1,) * max(ndmin, 1))
    more = max(ndmin - x.ndim, 0)
    before = place if place >= 0 else place + more + 1
    return mv.reshape(x, (*(1,) * min(before, more), *x.shape, *(1,) * max(more - before, 0))) if more else x


r_ = Rows(np.r_, 0, 1, -1)
c_ = Rows(np.c_, -1, 2, 0)
