"""Tensor: the array object. A handle on a backend's array, with a node when something tracks it."""

from collections.abc import Callable, Iterator
from types import EllipsisType
from typing import Any, Self

import numpy as np

from unigrad import dtypes
from unigrad.backend import Backend, backend_of, find_backend
from unigrad.errors import DTypeError, GradientLostError, OutOfBoundsError, ShapeError
from unigrad.operands import SCALARS
from unigrad.ops import elementwise as ew
from unigrad.ops import indexing, linalg, manipulation
from unigrad.primitive import bind_tensor, wrap
from unigrad.recording import Node, listening
from unigrad.views import view, write

OPERANDS = (bool, int, float, complex, list, tuple, np.ndarray, np.generic)


class Operators:
    """Python's operators, for tensors and variables alike."""

    __slots__ = ()
    __array_ufunc__ = None  # ndarray + tensor is ours to compute
    __array_priority__ = 1000

    # the rows' own functions: an operator is one call
    __add__ = ew.add

    def __radd__(self, other: Any) -> Any:
        return ew.add(other, self)

    __sub__ = ew.subtract

    def __rsub__(self, other: Any) -> Any:
        return ew.subtract(other, self)

    __mul__ = ew.multiply

    def __rmul__(self, other: Any) -> Any:
        return ew.multiply(other, self)

    __truediv__ = ew.divide

    def __rtruediv__(self, other: Any) -> Any:
        return ew.divide(other, self)

    __pow__ = ew.pow

    def __rpow__(self, other: Any) -> Any:
        return ew.pow(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return ew.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return ew.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return ew.remainder(self, other)

    def __rmod__(self, other: Any) -> Any:
        return ew.remainder(other, self)

    def __matmul__(self, other: Any) -> Any:
        return linalg.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return linalg.matmul(other, self)

    def __neg__(self) -> Any:
        return ew.negative(self)

    def __pos__(self) -> Any:
        return ew.positive(self)

    def __abs__(self) -> Any:
        return ew.abs(self)

    def __invert__(self) -> Any:
        return ew.bitwise_invert(self)

    def __and__(self, other: Any) -> Any:
        return ew.bitwise_and(self, other)

    def __rand__(self, other: Any) -> Any:
        return ew.bitwise_and(other, self)

    def __or__(self, other: Any) -> Any:
        return ew.bitwise_or(self, other)

    def __ror__(self, other: Any) -> Any:
        return ew.bitwise_or(other, self)

    def __xor__(self, other: Any) -> Any:
        return ew.bitwise_xor(self, other)

    def __rxor__(self, other: Any) -> Any:
        return ew.bitwise_xor(other, self)

    def __lshift__(self, other: Any) -> Any:
        return ew.bitwise_left_shift(self, other)

    def __rlshift__(self, other: Any) -> Any:
        return ew.bitwise_left_shift(other, self)

    def __rshift__(self, other: Any) -> Any:
        return ew.bitwise_right_shift(self, other)

    def __rrshift__(self, other: Any) -> Any:
        return ew.bitwise_right_shift(other, self)

    def __eq__(self, other: Any) -> Any:
        return ew.equal(self, other) if comparable(other) else NotImplemented

    def __ne__(self, other: Any) -> Any:
        return ew.not_equal(self, other) if comparable(other) else NotImplemented

    def __lt__(self, other: Any) -> Any:
        return ew.less(self, other)

    def __le__(self, other: Any) -> Any:
        return ew.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return ew.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return ew.greater_equal(self, other)

    __hash__ = object.__hash__

    def __unigrad_tensor__(self) -> "Tensor":
        raise NotImplementedError

    # what reads the value works on a variable through the tensor that it hands out
    def __getitem__(self, index: Any) -> Any:
        return self.__unigrad_tensor__()[index]

    def __len__(self) -> int:
        return len(self.__unigrad_tensor__())

    def __iter__(self) -> Iterator[Any]:
        return iter(self.__unigrad_tensor__())

    def __bool__(self) -> bool:
        return bool(self.__unigrad_tensor__())

    def __float__(self) -> float:
        return float(self.__unigrad_tensor__())

    def __int__(self) -> int:
        return int(self.__unigrad_tensor__())

    def __complex__(self) -> complex:
        return complex(self.__unigrad_tensor__())

    def __index__(self) -> int:
        return self.__unigrad_tensor__().__index__()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return self.__unigrad_tensor__().__array__(dtype, copy)


def comparable(other: Any) -> bool:
    """Whether == with `other` can be answered element by element."""
    return isinstance(other, OPERANDS) or hasattr(other, "shape")


class Tensor(Operators):
    """An array of one backend that tapes and accumulators can track.

    Made by `unigrad.asarray` and the creation functions, never by calling the class. Its operators and methods are those of the
    Python array API; `raw` is the backend's own array. A write in place (``t[i] = v``, ``t += v``) changes this handle and the
    views of the same array, as in NumPy, and nothing that was computed before.
    """

    __slots__ = ("__weakref__", "_leaves", "_node", "_raw", "_view", "_views")

    _raw: Any
    _node: Node | None

    @classmethod
    def _wrap(cls, raw: Any) -> "Tensor":
        return wrap(raw)  # type: ignore[no-any-return]

    def __unigrad_tensor__(self) -> "Tensor":
        return self

    # -- what it is ----------------------------------------------------------------------------------------------
    @property
    def raw(self) -> Any:
        """The backend's own array."""
        return np.asarray(self._raw) if isinstance(self._raw, np.generic) else self._raw

    @property
    def backend(self) -> Backend:
        """The backend that holds the array."""
        return backend_of(self._raw)

    @property
    def dtype(self) -> dtypes.DType:
        """The dtype, as a NumPy dtype on every backend."""
        return backend_of(self._raw).dtype_of(self._raw)

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return tuple(self._raw.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._raw.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return manipulation.size_of(self._raw.shape)

    @property
    def device(self) -> str:
        """Name of the device that holds the array."""
        return backend_of(self._raw).device_of(self._raw)

    @property
    def T(self) -> Any:
        """The transpose of a matrix. A view."""
        if self.ndim != 2:
            raise ShapeError(f"T is for matrices: this tensor has shape {self.shape}; use mT or permute_dims")
        return manipulation.permute_dims(self, (1, 0))

    @property
    def mT(self) -> Any:
        """The last two axes exchanged. A view."""
        return manipulation.matrix_transpose(self)

    @property
    def real(self) -> Any:
        """The real part."""
        return ew.real(self)

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return ew.imag(self)

    def _like(self, value: Any) -> "Tensor":
        """A constant of this tensor's dtype and place."""
        backend = self.backend
        if type(value) in SCALARS or isinstance(value, list | tuple):
            value = np.asarray(value)
            kinds = "biufc"
            mine = {"V": "f"}.get(self.dtype.kind, self.dtype.kind)
            if value.dtype.kind not in kinds or kinds.index(value.dtype.kind) > kinds.index(mine):
                raise DTypeError(f"{value.dtype} data for a tensor of dtype {self.dtype}")
            return wrap(backend.asarray(value, self.dtype, None, True))  # type: ignore[no-any-return]
        if not isinstance(value, OPERANDS) and not backend.owns(value):
            raise DTypeError(f"cannot use {type(value).__name__} object {str(value)[:60]!r} as an array")
        return wrap(backend.asarray(value, None, None, True))  # type: ignore[no-any-return]

    # -- the tape's side -------------------------------------------------------------------------------------------
    def leaf_node(self) -> Node:
        """The node under which the value is watched, from now on also after writes in place."""
        node = self._node
        if node is None:
            node = self._node = Node()
        leaves = getattr(self, "_leaves", ())
        if node not in leaves:
            self._leaves = (node, *leaves)
        return node

    def source_node(self, watched: set[Node]) -> Node | None:
        """The node whose cotangent is the gradient: of the value that was watched last, else of the present one."""
        return next((n for n in getattr(self, "_leaves", ()) if n in watched), self._node)

    def detach(self) -> "Tensor":
        """The same values, with no history: a constant for every tape."""
        return wrap(self._raw)  # type: ignore[no-any-return]

    def _guard(self, how: str) -> None:
        node = self._node
        if node is not None and any(r.tracks(node) for r in listening().recorders):
            raise GradientLostError(
                f"{how} would take this tensor off the tape that tracks it, and its gradient would be lost without a word: "
                f"use unigrad's functions, or t.numpy() to leave the tape on purpose"
            )

    # -- indexing --------------------------------------------------------------------------------------------------
    def __getitem__(self, index: Any) -> Any:
        if type(index) is int:
            if not self._raw.shape:
                raise OutOfBoundsError("a tensor of no dimensions takes no index but () and ...")
            out = indexing.getitem(self, index=index)
            if len(self._raw.shape) == 1:
                return out  # an element is a copy, as a NumPy scalar is
            return view(
                self, out, lambda b: indexing.getitem(b, index=index), lambda b, v: indexing.setitem(b, v, index=index)
            )
        index = clean_index(index)
        out = indexing.getitem(self, index=index)
        if not is_view(index, out):
            return out
        return view(
            self, out, lambda b: indexing.getitem(b, index=index), lambda b, v: indexing.setitem(b, v, index=index)
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        index = clean_index(index)
        value = fitting(value, self)
        if not indexing.write_unshared(self, value, index):
            write(self, indexing.setitem(self, value, index=index))

    @property
    def at(self) -> "At":
        """``t.at[index].set(v)`` and its like: the changed array as a new tensor, `t` as it was."""
        return At(self)

    def _update(self, function: Callable[[Any, Any], Any], other: Any, symbol: str) -> Any:
        out = function(self, other)
        if not self._raw.shape and getattr(self, "_view", None) is None and not out._raw.shape:
            return out  # like a NumPy scalar: the name is bound anew
        if out.shape != self.shape:
            raise ShapeError(f"{symbol}: a result of shape {out.shape} does not fit the tensor of shape {self.shape}")
        if out.dtype != self.dtype:
            raise DTypeError(f"{symbol}: a result of dtype {out.dtype} does not fit the tensor of dtype {self.dtype}")
        write(self, out)
        return self

    def __iadd__(self, other: Any) -> Self:  # type: ignore[misc]
        return self._update(ew.add, other, "+=")  # type: ignore[no-any-return]

    def __isub__(self, other: Any) -> Self:  # type: ignore[misc]
        return self._update(ew.subtract, other, "-=")  # type: ignore[no-any-return]

    def __imul__(self, other: Any) -> Self:  # type: ignore[misc]
        return self._update(ew.multiply, other, "*=")  # type: ignore[no-any-return]

    def __itruediv__(self, other: Any) -> Self:  # type: ignore[misc]
        return self._update(ew.divide, other, "/=")  # type: ignore[no-any-return]

    def __ipow__(self, other: Any) -> Self:  # type: ignore[misc]
        return self._update(ew.pow, other, "**=")  # type: ignore[no-any-return]

    def __ifloordiv__(self, other: Any) -> Self:
        return self._update(ew.floor_divide, other, "//=")  # type: ignore[no-any-return]

    def __imod__(self, other: Any) -> Self:
        return self._update(ew.remainder, other, "%=")  # type: ignore[no-any-return]

    def __imatmul__(self, other: Any) -> Self:
        return self._update(linalg.matmul, other, "@=")  # type: ignore[no-any-return]

    # -- Python's protocols ------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        if not self._raw.shape:
            raise TypeError("len() of a tensor of no dimensions")
        return int(self._raw.shape[0])

    def __iter__(self) -> Iterator[Any]:
        if not self._raw.shape:
            raise TypeError("iteration over a tensor of no dimensions")
        return (self[i] for i in range(self._raw.shape[0]))

    def item(self) -> Any:
        """The one element as a Python number."""
        if self.size != 1:
            raise ShapeError(f"a tensor of shape {self.shape} is not one number")
        return self.backend.to_numpy(self._raw).reshape(()).item()

    def __bool__(self) -> bool:
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu" or self._raw.shape:
            raise DTypeError(
                f"only an integer tensor of no dimensions is an index, not {self.dtype} of shape {self.shape}"
            )
        return int(self.item())

    def numpy(self) -> np.ndarray[Any, Any]:
        """The values as a new NumPy array: the way off the tape, on purpose."""
        return np.array(self.backend.to_numpy(self._raw))

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers."""
        return self.backend.to_numpy(self._raw).tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        self._guard("np.asarray")
        if copy is False:
            raise ValueError("a tensor's values leave it as a copy: leave out copy=False")
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def __dlpack__(self, **options: Any) -> Any:
        """A copy of the array, for whoever takes it may write to it; the array itself for one who asks for ``copy=False``."""
        self._guard("__dlpack__")
        if options.get("copy") is False:
            return self.raw.__dlpack__(**options)
        if self.backend.mutable:
            return self.backend.asarray(self.raw, None, None, True).__dlpack__(**options)
        return self.raw.__dlpack__(**options | {"copy": True})  # even of an immutable array torch makes one to write to

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.raw.__dlpack_device__()  # type: ignore[no-any-return]

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        from unigrad.namespace import namespace_of

        return namespace_of(self.backend, api_version)

    def to_device(self, device: Any, /, *, stream: Any = None) -> "Tensor":
        """The same values on another device of the same backend."""
        backend = self.backend
        place = backend.parse_device(device)
        if backend.device_of(self._raw) == str(device):
            return self
        return manipulation.move(self, device=place, back=backend.device_of(self._raw))  # type: ignore[no-any-return]

    def reshape(self, *shape: Any, copy: bool | None = None) -> Any:
        """The same elements in another shape. A view."""
        dims = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return manipulation.reshape(self, dims, copy=copy)

    def astype(self, dtype: Any) -> Any:
        """The same numbers in another dtype."""
        return ew.astype(self, dtype=dtypes.as_dtype(dtype))

    def __repr__(self) -> str:
        backend = self.backend
        head = f"shape={self.shape} dtype={self.dtype.name} backend={backend.name}"
        if backend.is_traced(self._raw):
            return f"<unigrad.Tensor {head}: {self._raw!r}>"
        values = np.array2string(backend.to_numpy(self._raw), separator=", ", threshold=200)
        return f"<unigrad.Tensor {head}{chr(10) if chr(10) in values else ' '}{values}>"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __copy__(self) -> "Tensor":
        return wrap(self._raw, self._node)  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: Any) -> "Tensor":
        return wrap(self._raw)  # type: ignore[no-any-return]

    def __reduce__(self) -> Any:
        return _restore, (self.backend.name, self.numpy())


def _restore(name: str, values: np.ndarray[Any, Any]) -> Tensor:
    from unigrad.backend import load

    return wrap(load(name).asarray(values, None, None, True))  # type: ignore[no-any-return]


class At:
    """The functional writes of one tensor: ``t.at[index]`` and then what to do there."""

    __slots__ = ("_index", "_tensor")

    def __init__(self, tensor: Tensor, index: Any = ...) -> None:
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


def clean_index(index: Any) -> Any:
    """An index of slices, ints, Ellipsis, None and raw arrays; arrays are copied, for the record keeps them."""
    if type(index) is tuple:
        if sum(i is Ellipsis for i in index) > 1:
            raise OutOfBoundsError("an index has at most one ellipsis (...)")
        return tuple([clean_index(i) for i in index])
    if index is None or isinstance(index, int | slice | EllipsisType):
        if isinstance(index, slice):
            return slice(*(None if v is None else v.__index__() for v in (index.start, index.stop, index.step)))
        return np.asarray(index) if isinstance(index, bool) else index
    if hasattr(index, "__unigrad_tensor__"):
        t = index.__unigrad_tensor__()
        if t.dtype.kind not in "biu":
            raise OutOfBoundsError(f"an index holds integers or bools, not {t.dtype}")
        if not t._raw.shape and t.dtype.kind != "b" and not t.backend.is_traced(t._raw):
            return int(t)
        return t._raw
    if isinstance(index, np.integer):
        return int(index)
    if isinstance(index, list | np.ndarray | np.bool_):
        array = np.array(index)
        if array.size == 0 and isinstance(index, list):
            array = array.astype(np.int64)
        if array.dtype.kind not in "biu":
            raise OutOfBoundsError(f"an index holds integers or bools, not {array.dtype} ({index!r:.60})")
        return array
    found = find_backend(index)
    if found is not None:  # the library's own array, which its owner may write to
        if found.dtype_of(index).kind not in "biu":
            raise OutOfBoundsError(f"an index holds integers or bools, not {found.dtype_of(index)}")
        return found.asarray(index, None, None, True)
    raise OutOfBoundsError(
        f"{index!r:.60} of type {type(index).__name__} is no index: use ints, slices, ..., None or arrays"
    )


def is_view(index: Any, out: Any) -> bool:
    """Whether NumPy would make this a view: a basic index that is not one single element."""
    parts = index if type(index) is tuple else (index,)
    if any(hasattr(p, "shape") for p in parts):
        return False
    return bool(out._raw.shape) or any(p is Ellipsis for p in parts)


def as_operand(value: Any, like: Tensor) -> Any:
    """A value to be written into `like`: tensors and scalars as they are, others as constants of its backend."""
    if hasattr(value, "__unigrad_tensor__"):
        return value.__unigrad_tensor__()
    if type(value) in SCALARS:
        return value
    if isinstance(value, list | tuple) and any(hasattr(v, "__unigrad_tensor__") for v in value):
        return manipulation.stack(value)
    return like._like(value)


def fitting(value: Any, into: Tensor) -> Any:
    """A value to be written into `into`, in its dtype: the cast is recorded, and a number of a higher kind refused."""
    value = as_operand(value, into)
    check_cast(value, into)
    return ew.astype(value, dtype=into.dtype) if type(value) is Tensor and value.dtype != into.dtype else value


def check_cast(value: Any, into: Tensor) -> None:
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


bind_tensor(Tensor)
