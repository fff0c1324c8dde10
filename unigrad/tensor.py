"""Tensor: the array object. A handle on a backend's array, with a node when something tracks it."""

from collections.abc import Callable, Container, Iterator
from typing import Any, Self

import numpy as np

from unigrad import dtypes, primitive
from unigrad.backend import Backend, backend_of
from unigrad.errors import DTypeError, GradientLostError, OutOfBoundsError, ShapeError, TracedValueError, UnigradError
from unigrad.indices import clean_index, is_view
from unigrad.kinds import fast
from unigrad.leaving import left, of_scipy
from unigrad.lending import MEMORY, Lent, constant, lend, settle
from unigrad.methods import Methods
from unigrad.operands import SCALARS, in_range, list_constant, ndarray_of
from unigrad.operators import OPERANDS, Operators
from unigrad.ops import elementwise as ew
from unigrad.ops import indexing, linalg, manipulation
from unigrad.primitive import wrap
from unigrad.recording import Node, node_of, tracked
from unigrad.views import is_shown, view, write
from unigrad.writing import At, check_cast, fitting, part


class Tensor(Methods, Operators):
    """An array of one backend that tapes and accumulators can track.

    Made by `unigrad.asarray` and the creation functions, never by calling the class. Its operators and methods are those of the
    Python array API; `raw` is the backend's own array. A write in place (``t[i] = v``, ``t += v``) changes this handle and the
    views of the same array, as in NumPy, and nothing that was computed before.
    """

    __slots__ = ("__weakref__", "_leaves", "_node", "_raw", "_view", "_views")

    _raw: Any
    _node: Node | None

    def __unigrad_tensor__(self) -> "Tensor":
        return self

    # -- what it is ----------------------------------------------------------------------------------------------
    @property
    def raw(self) -> Any:
        """The backend's own array. What is computed with it is not on a tape."""
        if self._node is not None:
            left(self._node, ".raw")
        return self._own()

    def _own(self) -> Any:
        if type(self._raw) is Lent:
            return self._raw.plain
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
        """The real part. A view."""
        return part(self, "real")

    @real.setter
    def real(self, value: Any) -> None:
        self.real[...] = value

    @property
    def imag(self) -> Any:
        """The imaginary part. A view; of a real tensor it is zeros, and read-only."""
        return part(self, "imag")

    @imag.setter
    def imag(self, value: Any) -> None:
        self.imag[...] = value

    def _like(self, value: Any) -> "Tensor":
        """A constant of this tensor's dtype and place."""
        backend = self.backend
        if type(value) in SCALARS or isinstance(value, list | tuple):
            value = list_constant("asarray", value)
            kinds = "biufc"
            mine = {"V": "f"}.get(self.dtype.kind, self.dtype.kind)
            if value.dtype.kind not in kinds or kinds.index(value.dtype.kind) > kinds.index(mine):
                raise DTypeError(f"{value.dtype} data for a tensor of dtype {self.dtype}")
            return wrap(backend.beside(value, self.dtype, self._raw))  # type: ignore[no-any-return]
        if isinstance(value, np.ndarray | np.generic):
            value = ndarray_of("a value", value)
        elif not isinstance(value, OPERANDS) and not backend.owns(value):
            raise DTypeError(f"cannot use {type(value).__name__} object {str(value)[:60]!r} as an array")
        return wrap(backend.beside(value, None, self._raw))  # type: ignore[no-any-return]

    # -- the tape's side -------------------------------------------------------------------------------------------
    def leaf_node(self) -> Node:
        """The node under which the value is watched, from now on also after writes in place."""
        node = node_of(self)
        leaves = getattr(self, "_leaves", ())
        if node not in leaves:
            self._leaves = (node, *leaves)
        return node

    def source_node(self, watched: Container[Node]) -> Node | None:
        """The node whose cotangent is the gradient: of the value that was watched last, else of the present one."""
        return next((n for n in getattr(self, "_leaves", ()) if n in watched), self._node)

    def detach(self) -> "Tensor":
        """The same values, with no history: a constant for every tape, and for the library's own autodiff."""
        return wrap(constant(self), left(self._node, ".detach()"))  # type: ignore[no-any-return]

    def _guard(self, how: str) -> None:
        node = self._node
        if tracked(node):
            raise GradientLostError(
                f"{how} would take this tensor off the tape that tracks it, and its gradient would be lost without a word: "
                f"use np.stack([t1, t2]) for an array of tensors, unigrad's functions, or t.numpy() to leave the tape on purpose"
                f"{of_scipy(2)}"
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
        with MEMORY:
            if not indexing.write_unshared(self, value, index):
                write(self, indexing.setitem(self, value, index=index))

    @property
    def at(self) -> "At":
        """``t.at[index].set(v)`` and its like: the changed array as a new tensor, `t` as it was."""
        return At(self)

    def _update(self, function: Callable[[Any, Any], Any], other: Any, symbol: str) -> Any:
        if type(other) is int:
            in_range(symbol, other, self.dtype)
        out = function(self, other)
        if not self._raw.shape and not out._raw.shape and not is_shown(self):
            return out  # like a NumPy scalar: the name is bound anew
        if out.shape != self.shape:
            raise ShapeError(f"{symbol}: a result of shape {out.shape} does not fit the tensor of shape {self.shape}")
        if out.dtype != self.dtype:
            check_cast(out, self, symbol)
            out = ew.astype(out, dtype=self.dtype)
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

    def __iand__(self, other: Any) -> Self:
        return self._update(ew.bitwise_and, other, "&=")  # type: ignore[no-any-return]

    def __ior__(self, other: Any) -> Self:
        return self._update(ew.bitwise_or, other, "|=")  # type: ignore[no-any-return]

    def __ixor__(self, other: Any) -> Self:
        return self._update(ew.bitwise_xor, other, "^=")  # type: ignore[no-any-return]

    def __ilshift__(self, other: Any) -> Self:
        return self._update(ew.bitwise_left_shift, other, "<<=")  # type: ignore[no-any-return]

    def __irshift__(self, other: Any) -> Self:
        return self._update(ew.bitwise_right_shift, other, ">>=")  # type: ignore[no-any-return]

    # -- Python's protocols ------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        """Size of the first axis; a TypeError when there is none."""
        if not self._raw.shape:
            raise TypeError("len() of a tensor of no dimensions")
        return int(self._raw.shape[0])

    def __iter__(self) -> Iterator[Any]:
        if not self._raw.shape:
            raise TypeError("iteration over a tensor of no dimensions")
        return (self[i] for i in range(self._raw.shape[0]))

    def _number(self, how: str) -> Any:
        if self.size != 1:
            raise ShapeError(f"a tensor of shape {self.shape} is not one number")
        if how and self._node is not None:
            left(self._node, how, depth=2)
        return self._known(how or "format()").reshape(()).item()

    def item(self, *place: Any) -> Any:
        """The one element as a Python number, or that at `place`: its indices, or its number in row-major order."""
        if place:
            at = place[0] if isinstance(place[0], tuple) else place
            self = (self if len(at) == self.ndim else self.reshape(-1))[at]
        return self._number(".item()")

    def __bool__(self) -> bool:
        return bool(self._number("bool()"))

    def __float__(self) -> float:
        return float(self._number("float()"))

    def __int__(self) -> int:
        return int(self._number("int()"))

    def __complex__(self) -> complex:
        return complex(self._number("complex()"))

    def __index__(self) -> int:
        if self.dtype.kind not in "iu" or self._raw.shape:
            raise DTypeError(
                f"only an integer tensor of no dimensions is an index, not {self.dtype} of shape {self.shape}"
            )
        return int(self._number("index()"))

    def numpy(self) -> np.ndarray[Any, Any]:
        """The values as a new NumPy array: the way off the tape, on purpose."""
        if self._node is not None:
            left(self._node, ".numpy()")
        return self._values()

    def _values(self, how: str = ".numpy()") -> np.ndarray[Any, Any]:
        return np.array(self._known(how))

    def _known(self, how: str) -> np.ndarray[Any, Any]:
        """The values, for `how`; they are for reading."""
        backend = self.backend
        try:
            return backend.to_numpy(self._raw)
        except (RuntimeError, TypeError) as e:
            if isinstance(e, UnigradError) or not backend.is_traced(self._raw):
                raise
            raise TracedValueError(
                f"{how} of a tensor whose value is not known here: {backend.name} compiles this, or computes many examples at "
                "once. Choose between values by unigrad.where, or ask outside"
            ) from e

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers."""
        if self._node is not None:
            left(self._node, ".tolist()")
        return self._known(".tolist()").tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """The values for NumPy: the tensor's own memory until it is used again, where that is NumPy's; else a copy, and what is
        written there is not in the tensor.

        Raises:
            GradientLostError: a tape tracks the tensor.
            ValueError: ``copy=False``, and it takes a copy.
        """
        self._guard("np.asarray")
        same = dtype is None or np.dtype(dtype) == self.dtype
        values = lend(self) if same and not copy else None
        if values is not None:
            return values
        if copy is False:
            raise ValueError("a tensor's values leave it as a copy here: leave out copy=False")
        values = self._values("np.asarray")
        return values if dtype is None else values.astype(dtype)

    def __dlpack__(
        self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
    ) -> Any:
        """A copy of the array, for whoever takes it may write to it; the array itself for one who asks for ``copy=False``."""
        asked = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
        options = {name: value for name, value in asked.items() if value is not None}
        self._guard("__dlpack__")
        if options.get("copy") is False:
            return self._own().__dlpack__(**options)
        if self.backend.mutable:
            return self.backend.asarray(self._own(), None, None, True).__dlpack__(**options)
        return self._own().__dlpack__(
            **options | {"copy": True}
        )  # even of an immutable array torch makes one to write to

    def __dlpack_device__(self) -> tuple[int, int]:
        """DLPack's numbers of the kind of device and of the device."""
        return self._own().__dlpack_device__()  # type: ignore[no-any-return]

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """The array API namespace of this backend; a `VersionError` for a version of the standard that it does not follow."""
        from unigrad.namespace import namespace_of

        return namespace_of(self.backend, api_version)

    def to_device(self, device: Any, /, *, stream: Any = None) -> "Tensor":
        """The same values on another device of the same backend."""
        backend = self.backend
        place = backend.parse_device(device)
        if backend.device_of(self._raw) == str(device):
            return self
        return manipulation.move(self, device=place, back=backend.device_of(self._raw))  # type: ignore[no-any-return]

    def reshape(self, *shape: Any, order: str = "C", copy: bool | None = None) -> Any:
        """The same elements in another shape. A view."""
        dims = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        if order != "C":
            return np.reshape(self, dims, order=order, copy=copy)  # type: ignore[call-overload]
        return manipulation.reshape(self, dims, copy=copy)

    def astype(self, dtype: Any, *, copy: bool = True) -> Any:
        """The same numbers in another dtype; without `copy`, the tensor itself where that is its dtype."""
        goal = dtypes.as_dtype(dtype, backend_of(self._raw))
        return self if not copy and goal == self.dtype else ew.astype(self, dtype=goal)

    def view(self, dtype: Any = None) -> Any:
        """The memory read as another dtype: complex numbers as pairs of reals along the last axis, and back. A view."""
        from unigrad.ops.pairs import view_as

        return view_as(self, self.dtype if dtype is None else dtype)

    def __repr__(self) -> str:
        backend = self.backend
        head = f"shape={self.shape} dtype={self.dtype.name} backend={backend.name}"
        if backend.is_traced(self._raw):
            return f"<unigrad.Tensor {head}: {self._raw!r}>"
        values = np.array2string(backend.to_numpy(self._raw), separator=", ", threshold=200)
        return f"<unigrad.Tensor {head}{chr(10) if chr(10) in values else ' '}{values}>"

    def __format__(self, spec: str) -> str:
        return format(self._number(""), spec) if spec else str(self)

    def __copy__(self) -> "Tensor":
        return wrap(settle(self), self._node)  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: Any) -> "Tensor":
        return wrap(settle(self), left(self._node, "copy.deepcopy()", inside=True))  # type: ignore[no-any-return]

    def __reduce__(self) -> Any:
        return _restore, (self.backend.name, self._values())


def _restore(name: str, values: np.ndarray[Any, Any]) -> Tensor:
    from unigrad.backend import load

    return wrap(load(name).asarray(values, None, None, True))  # type: ignore[no-any-return]


primitive.bind_tensor(Tensor)
fast.bind_tensor(Tensor)
