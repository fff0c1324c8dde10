"""Variable: a value that can be assigned, and that a tape watches when it is read."""

from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.backend import Backend, get_backend
from unigrad.errors import DTypeError, ShapeError
from unigrad.ops.creation import asarray
from unigrad.recording import Node, listening
from unigrad.tensor import Operators, Tensor


class Variable(Operators):
    """A mutable cell that holds a tensor of a fixed shape and dtype.

    Reading it hands out a snapshot, so what was computed before an `assign` stays right; every snapshot is the same source for
    the tape.

    Args:
        initial_value: a tensor, array, nested list or number.
        trainable: whether a tape watches it when it is read.
        name: shown in the repr; TensorFlow's ``:0`` is added.
        dtype: of the value; taken from `initial_value` by default.
    """

    __slots__ = ("__weakref__", "_name", "_value", "node", "trainable")

    def __init__(self, initial_value: Any, trainable: bool = True, name: str | None = None, dtype: Any = None) -> None:
        if callable(initial_value):
            initial_value = initial_value()
        value = asarray(initial_value, dtype=dtype)
        self.node = Node()
        self._value = self._snapshot(value)
        self.trainable = bool(trainable)
        self._name = f"{name or 'Variable'}:0"

    def _snapshot(self, value: Tensor) -> Tensor:
        t = Tensor._wrap(value._raw)
        t._node = self.node
        t._origin = self
        return t

    def __unigrad_tensor__(self) -> Tensor:
        return self.value()

    def value(self) -> Tensor:
        """The present value, as a tensor that later assignments do not change."""
        if self.trainable:
            for recorder in listening().recorders:
                if recorder.is_tape and recorder.watches_variables:
                    recorder.watch_variable(self)
        return self._snapshot(self._value)

    read_value = value

    @property
    def raw(self) -> Any:
        """The backend's own array."""
        return self._value.raw

    @property
    def name(self) -> str:
        """The name, with TensorFlow's ``:0``."""
        return self._name

    @property
    def dtype(self) -> dtypes.DType:
        """NumPy dtype of the value."""
        return self._value.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self._value.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._value.size

    @property
    def backend(self) -> Backend:
        """The backend that holds the value."""
        return self._value.backend

    @property
    def device(self) -> str:
        """Name of the device that holds the value."""
        return self._value.device

    def numpy(self) -> np.ndarray[Any, Any]:
        """A copy of the value as a NumPy array."""
        return self._value.numpy()

    def _new(self, what: str, value: Any) -> Tensor:
        here = self._value
        if isinstance(value, Variable):
            value = value._value
        if not isinstance(value, Tensor):
            value = here._like(value)
        elif value.backend.name != here.backend.name:
            raise DTypeError(
                f"{what}: variable {self.name!r} lives in {here.backend.name!r} and the value in {value.backend.name!r}: "
                f"bring it over with unigrad.convert"
            )
        if value.shape != self.shape:
            raise ShapeError(f"{what}: a value of shape {value.shape} for variable {self.name!r} of shape {self.shape}")
        if value.dtype != self.dtype:
            raise DTypeError(f"{what}: a value of dtype {value.dtype} for variable {self.name!r} of dtype {self.dtype}")
        return value  # type: ignore[no-any-return]

    def assign(self, value: Any) -> "Variable":
        """Make `value` (same shape and dtype; Python numbers and lists take the dtype) the variable's value."""
        self._value = self._snapshot(self._new("assign", value))
        return self

    def assign_add(self, delta: Any) -> "Variable":
        """Add `delta` to the value."""
        self._value = self._snapshot(Tensor._wrap(self._value._raw) + self._new("assign_add", delta).detach())
        return self

    def assign_sub(self, delta: Any) -> "Variable":
        """Subtract `delta` from the value."""
        self._value = self._snapshot(Tensor._wrap(self._value._raw) - self._new("assign_sub", delta).detach())
        return self

    def __repr__(self) -> str:
        values = np.array2string(self.numpy(), separator=", ", prefix="")
        shown = repr(self.numpy()) if self.ndim else str(values)
        gap = "\n" if "\n" in shown else " "
        gap = "" if gap == " " else gap
        return f"<unigrad.Variable {self.name!r} shape={shape_text(self.shape)} dtype={self.dtype.name}, numpy={gap}{shown}>"

    __hash__ = object.__hash__


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as Python writes a tuple."""
    return str(tuple(shape))


def default_backend() -> Backend:
    """The backend of new variables."""
    return get_backend()
