"""Variable: a value that can be assigned, and that a tape watches when it is read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Any, ClassVar, Self

import numpy as np

from unigrad import dtypes
from unigrad.backend import Backend, backend_of, kind_of
from unigrad.batched import BATCHED, BatchedBackend
from unigrad.errors import BatchedValueError, DTypeError, MixedBackendsError, ShapeError
from unigrad.leaving import left
from unigrad.lending import settle
from unigrad.operands import ndarray_of
from unigrad.operators import Operators
from unigrad.ops.creation import asarray
from unigrad.primitive import wrap
from unigrad.recording import Node, listening
from unigrad.tensor import Tensor

_NUMBERS = count()
_scope: ContextVar[str] = ContextVar("unigrad_name_scope", default="")


@contextmanager
def name_scope(name: str) -> Iterator[str]:
    """A block in which the names of new variables begin with ``name/``; blocks nest."""
    if not name:
        raise ValueError("a name scope needs a name")
    token = _scope.set(f"{_scope.get()}{name}/")
    try:
        yield _scope.get()
    finally:
        _scope.reset(token)


def current_scope() -> str:
    """What the names of new variables begin with: empty, or ending in a slash."""
    return _scope.get()


class Variable(Operators):
    """A mutable cell that holds a tensor of a fixed shape and dtype.

    Reading it hands out a snapshot, so what was computed before an `assign` stays right; every snapshot is the same source for
    the tape. `assign` itself is not recorded: no gradient flows through it.

    It holds a value of its own, as TensorFlow's does. Of a torch tensor that requires a gradient, given here or assigned, it
    takes the numbers, and torch's graph does not stay: `torch.autograd` finds no way through a variable to the tensor. Where that
    is wanted, compute with the tensor itself (``unigrad.asarray(parameter)``). Inside a transform of the library (``torch.func``,
    ``jax.grad``) a variable that is made or assigned there holds what the transform differentiates.

    Args:
        initial_value: a tensor, array, nested list or number, or a function of no arguments that returns one.
        trainable: whether a tape watches it when it is read.
        name: shown in the repr, after the name scope; TensorFlow's ``:0`` is added.
        dtype: of the value; taken from `initial_value` by default.
    """

    __slots__ = ("__weakref__", "_name", "_value", "node", "number", "trainable")

    #: what the repr calls the class
    _shown_as: ClassVar[str] = "unigrad.Variable"

    def __init__(self, initial_value: Any, trainable: bool = True, name: str | None = None, dtype: Any = None) -> None:
        if callable(initial_value):
            initial_value = initial_value()
        if not (name is None or isinstance(name, str)):
            raise TypeError(f"a variable's name is a string, not {name!r}")
        self.node = Node()
        self.number = next(_NUMBERS)  # in the order of construction
        self._value = self._snapshot(asarray(initial_value, dtype=dtype))
        self.trainable = bool(trainable)
        self._name = f"{_scope.get()}{name or 'Variable'}:0"

    def _snapshot(self, value: Tensor) -> Tensor:
        raw = settle(value)
        return wrap(backend_of(raw).detached(raw), self.node)  # type: ignore[no-any-return]

    # -- reading -------------------------------------------------------------------------------------------------
    def value(self) -> Tensor:
        """The present value, as a tensor that later assignments do not change."""
        if self.trainable:
            for recorder in listening().recorders:
                if recorder.is_tape and recorder.watches_variables:
                    recorder.watch_variable(self)
        return wrap(self._value._raw, self.node)  # type: ignore[no-any-return]

    read_value = __unigrad_tensor__ = value

    def numpy(self) -> np.ndarray[Any, Any]:
        """A copy of the value as a NumPy array."""
        left(self.node, ".numpy()", always=self.trainable)
        return self._value._values()

    @property
    def raw(self) -> Any:
        """The backend's own array. What is computed with it is not on a tape."""
        left(self.node, ".raw", always=self.trainable)
        return self._value._own()

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
        return self._value.ndim

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

    # -- writing -------------------------------------------------------------------------------------------------
    def assign(self, value: Any) -> Self:
        """Make `value` the variable's value.

        Args:
            value: of the variable's shape, and of its dtype if it is a tensor; numbers, lists and NumPy arrays are cast to it,
                to a higher kind of number never.

        Raises:
            ShapeError, DTypeError, MixedBackendsError: the value does not fit. The variable is as it was.
        """
        new = self._fitting("assign", value)
        if new._node is not None:
            left(new._node, "assign", inside=True)
        self._value = self._snapshot(new)
        return self

    def assign_add(self, delta: Any) -> Self:
        """Add `delta`, of the variable's shape and dtype, to the value."""
        return self.add_scaled(delta, 1, "assign_add")

    def assign_sub(self, delta: Any) -> Self:
        """Subtract `delta`, of the variable's shape and dtype, from the value."""
        return self.add_scaled(delta, -1, "assign_sub")

    def add_scaled(self, delta: Any, factor: Any, what: str = "add_scaled") -> Self:
        """Add `factor`, a number or a tensor, times `delta`, of the variable's shape and dtype, to the value, in one pass."""
        if getattr(delta, "sparse", False):
            from unigrad.slices import add_rows

            self._fitting(what, delta)
            self._value = self._snapshot(add_rows(self._value, delta, factor))
            return self
        raw = self._value._raw
        change = self._fitting(what, delta)
        if change._node is not None:
            left(change._node, what, inside=True)
        change = change._raw
        if factor % 1 and kind_of(raw) not in "fc":
            raise DTypeError(
                f"{what}: {factor} times a value for variable {self.name!r} of dtype {self.dtype} is no integer"
            )
        # held by the value, by `raw` and by the list: nobody has read it since, and no new array is needed
        if not isinstance(factor, int | float) or not backend_of(raw).add_into([raw], [change], factor, 3):
            self._value = self._snapshot(wrap(raw) + wrap(change) * factor)
        return self

    def _fitting(self, what: str, value: Any) -> Tensor:
        """`value` as a tensor that may take the place of the present one."""
        here = self._value
        if isinstance(value, Variable):
            value = value._value
        if not isinstance(value, Tensor):
            if isinstance(value, np.ndarray | np.generic):
                value = ndarray_of(what, value)
                if np.can_cast(value.dtype, here.dtype, "same_kind"):
                    value = np.asarray(value).astype(here.dtype)
            value = here._like(value)
        if value.backend.name != here.backend.name:
            raise MixedBackendsError(
                f"{what}: variable {self.name!r} lives in {here.backend.name!r} and the value in {value.backend.name!r}: "
                f"bring it over with unigrad.convert(value, {here.backend.name!r})"
            )
        if value.shape != self.shape:
            raise ShapeError(f"{what}: a value of shape {value.shape} for variable {self.name!r} of shape {self.shape}")
        if value.dtype != self.dtype:
            raise DTypeError(f"{what}: a value of dtype {value.dtype} for variable {self.name!r} of dtype {self.dtype}")
        if BATCHED and type(value.backend) is BatchedBackend and type(here.backend) is not BatchedBackend:
            raise BatchedValueError(
                f"{what}: variable {self.name!r} has one value, and this one differs between the examples of vmap: return it "
                f"from the function, and assign what is to be kept"
            )
        return value  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        # as TensorFlow writes it: an array that takes several lines begins on a new one
        raw = self._value._raw
        if self.backend.is_traced(raw):
            text = repr(raw)
        else:
            values = self._value._values()
            text = repr(values) if values.ndim else repr(values.item())
        gap = "\n" if "\n" in text else ""
        return f"<{self._shown_as} {self.name!r} shape={self.shape} dtype={self.dtype.name}, numpy={gap}{text}>"


def add_all(variables: Sequence[Variable], deltas: Sequence[Any], factor: Any) -> None:
    """Add `factor` times its delta to each variable: one call of the library for all of them, where that can be in place."""
    raws = [v._value._raw for v in variables]
    changes = [d._raw if type(d) is Tensor else None for d in deltas]
    # held by the value and by the list alone: nobody has read them since, and no new arrays are needed
    plain = isinstance(factor, int | float) and (factor % 1 == 0 or all(kind_of(raw) in "fc" for raw in raws))
    if plain and alike(raws, changes) and backend_of(raws[0]).add_into(raws, changes, factor, 2):
        return
    del raws
    fitting = [v._fitting("add_all", d) for v, d in zip(variables, deltas, strict=True)]
    for v, d in zip(variables, fitting, strict=True):
        v.add_scaled(d, factor)


def alike(xs: Sequence[Any], ys: Sequence[Any]) -> bool:
    """Whether raw arrays are of one library, and each of the shape and dtype of its partner."""
    return len(set(map(type, (*xs, *ys)))) == 1 and all(
        x.dtype is y.dtype and x.shape == y.shape for x, y in zip(xs, ys)
    )
