"""Writing: what may be written into a tensor, and the functional writes ``t.at[...]``."""

from typing import Any

from unigrad.errors import DTypeError
from unigrad.indices import clean_index
from unigrad.operands import SCALARS
from unigrad.ops import elementwise as ew
from unigrad.ops import indexing, manipulation


class At:
    """The functional writes of one tensor: ``t.at[index]`` and then what to do there."""

    __slots__ = ("_index", "_tensor")

    def __init__(self, tensor: Any, index: Any = ...) -> None:
        self._tensor = tensor
        self._index = index

    def __getitem__(self, index: Any) -> "At":
        return At(self._tensor, clean_index(index))

    def get(self) -> Any:
        """The elements, as a copy."""
        return indexing.getitem(self._tensor, index=self._index)

    def set(self, value: Any) -> Any:
        """The tensor with the elements replaced by `value`; of several writes to one element the last stays."""
        return indexing.setitem(self._tensor, fitting(value, self._tensor), index=self._index)

    def add(self, value: Any) -> Any:
        """The tensor with `value` added at the elements; an element named twice gets both."""
        part = self.get()
        value = as_operand(value, self._tensor)
        spread = ew.astype(manipulation.broadcast_to(value, part.shape), dtype=self._tensor.dtype)
        return self._tensor + indexing.scatter(spread, shape=self._tensor.shape, indices=(self._index,))

    def multiply(self, value: Any) -> Any:
        """The tensor with the elements multiplied by `value`."""
        return self.set(self.get() * value)

    def min(self, value: Any) -> Any:
        """The tensor with the elements no larger than `value`."""
        return self.set(ew.minimum(self.get(), value))

    def max(self, value: Any) -> Any:
        """The tensor with the elements no smaller than `value`."""
        return self.set(ew.maximum(self.get(), value))


def as_operand(value: Any, like: Any) -> Any:
    """A value to be written into `like`: tensors and scalars as they are, others as constants of its backend."""
    if hasattr(value, "__unigrad_tensor__"):
        return value.__unigrad_tensor__()
    if type(value) in SCALARS:
        return value
    if isinstance(value, list | tuple) and any(hasattr(v, "__unigrad_tensor__") for v in value):
        return manipulation.stack(value)
    return like._like(value)


def fitting(value: Any, into: Any) -> Any:
    """A value to be written into `into`, in its dtype: the cast is recorded, and a number of a higher kind refused."""
    value = as_operand(value, into)
    check_cast(value, into)
    return (
        ew.astype(value, dtype=into.dtype)
        if hasattr(value, "__unigrad_tensor__") and value.dtype != into.dtype
        else value
    )


def check_cast(value: Any, into: Any) -> None:
    """NumPy's rule for a write: a number of a higher kind does not fit."""
    kind = {"V": "f"}.get(into.dtype.kind, into.dtype.kind)
    if type(value) in SCALARS:
        have = {bool: "b", int: "i", float: "f", complex: "c"}[type(value)]
        if have == "f" and kind in "iu":
            raise DTypeError(f"a float written into a tensor of dtype {into.dtype} would be cut: cast it first")
    else:
        have = {"V": "f"}.get(value.dtype.kind, value.dtype.kind)
    order = "buifc"
    if order.index(have) > order.index(kind) and not (have in "ui" and kind in "ui"):
        raise DTypeError(f"cannot write numbers of kind {have!r} into a tensor of dtype {into.dtype}")
