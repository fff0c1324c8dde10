"""Writing: what may be written into a tensor, and the functional writes ``t.at[...]``."""

from typing import Any

import numpy as np

from unigrad.errors import DTypeError
from unigrad.indices import clean_index
from unigrad.operands import SCALARS, in_range
from unigrad.ops import elementwise as ew
from unigrad.ops import indexing, manipulation
from unigrad.views import view


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
        spread = ew.astype(manipulation.spread_to(value, part.shape), dtype=self._tensor.dtype)
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
    if type(value) is int:
        return value if 0 <= value < 128 else in_range("setitem", value, into.dtype)
    if hasattr(value, "__unigrad_tensor__") and value.dtype != into.dtype:
        return ew.astype(value, dtype=into.dtype)
    return value


def check_cast(value: Any, into: Any, symbol: str = "=") -> None:
    """NumPy's rule for a write: a number of a higher kind does not fit. For ``=`` a float is of a higher kind than an integer
    too, which NumPy would cut in silence; signed integers may be written over unsigned ones."""
    have = KIND_OF[type(value)] if type(value) in SCALARS else value.dtype.kind
    have, kind = ("f" if k == "V" else k for k in (have, into.dtype.kind))
    if ORDER.index(have) > ORDER.index(kind) and (symbol != "=" or have != "i" or kind != "u"):
        what = f"a {type(value).__name__}" if type(value) in SCALARS else f"numbers of dtype {value.dtype}"
        raise DTypeError(
            f"{symbol}: {what} cannot be written into a tensor of dtype {into.dtype}: cast with astype first"
        )


ORDER = "buifc"
KIND_OF = {bool: "b", int: "i", float: "f", complex: "c"}


def part(tensor: Any, which: str) -> Any:
    """The real or the imaginary part, as a view."""
    row = {"real": ew.real, "imag": ew.imag}[which]
    out = row(tensor)
    if tensor.dtype.kind != "c":
        return view(tensor, out, row, (lambda base, v: v) if which == "real" else None)

    def take(base: Any) -> Any:
        return getattr(base, which) if isinstance(base, np.ndarray) else row(base)

    def put(base: Any, v: Any) -> Any:
        return ew.from_parts(v, ew.imag(base)) if which == "real" else ew.from_parts(ew.real(base), v)

    return view(tensor, out, take, put)
