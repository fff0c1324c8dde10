"""Python's operators, for tensors and variables alike: each is the function of a row of the table."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from unigrad.kinds.fast import of_tensors
from unigrad.ops import elementwise as ew
from unigrad.ops import linalg

OPERANDS = (bool, int, float, complex, list, tuple, np.ndarray, np.generic)


# an operator is one call
_add, _subtract, _multiply, _divide, _pow = map(of_tensors, (ew.add, ew.subtract, ew.multiply, ew.divide, ew.pow))


class Operators:
    """Python's operators, for tensors and variables alike."""

    __slots__ = ()
    __array_ufunc__: Any = (
        None  # with `__array_function__`: bound by `unigrad.protocols`, which calls what is above this room
    )
    __array_function__: Any
    __array_priority__ = 1000

    __add__ = _add

    def __radd__(self, other: Any) -> Any:
        return _add(other, self)

    __sub__ = _subtract

    def __rsub__(self, other: Any) -> Any:
        return _subtract(other, self)

    __mul__ = _multiply

    def __rmul__(self, other: Any) -> Any:
        return _multiply(other, self)

    __truediv__ = _divide

    def __rtruediv__(self, other: Any) -> Any:
        return _divide(other, self)

    __pow__ = _pow

    def __rpow__(self, other: Any) -> Any:
        return _pow(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return ew.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return ew.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return ew.remainder(self, other)

    def __rmod__(self, other: Any) -> Any:
        return ew.remainder(other, self)

    def __divmod__(self, other: Any) -> Any:
        return ew.floor_divide(self, other), ew.remainder(self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return ew.floor_divide(other, self), ew.remainder(other, self)

    def __matmul__(self, other: Any) -> Any:
        return linalg.matmul_(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return linalg.matmul_(other, self)

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

    def __unigrad_tensor__(self) -> Any:
        raise NotImplementedError

    # what reads the value works on a variable through the tensor that it hands out
    def __getitem__(self, index: Any) -> Any:
        return self.__unigrad_tensor__()[index]

    def __len__(self) -> int:
        return len(self.__unigrad_tensor__())

    def __iter__(self) -> Iterator[Any]:
        return iter(self.__unigrad_tensor__())

    def __contains__(self, value: Any) -> bool:
        return bool(np.any(self == value))

    def __bool__(self) -> bool:
        return bool(self.__unigrad_tensor__())

    def __round__(self, ndigits: int | None = None) -> Any:
        return int(np.round(self)) if ndigits is None else np.round(self, ndigits)

    def __trunc__(self) -> int:
        return int(self)

    def __float__(self) -> float:
        return float(self.__unigrad_tensor__())

    def __int__(self) -> int:
        return int(self.__unigrad_tensor__())

    def __complex__(self) -> complex:
        return complex(self.__unigrad_tensor__())

    def __index__(self) -> int:
        return int(self.__unigrad_tensor__().__index__())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.asarray(self.__unigrad_tensor__().__array__(dtype, copy))


def bind_protocols(array_ufunc: Any, array_function: Any) -> None:
    """Called once, by `unigrad.protocols`: NumPy asks the class of an operand for these two."""
    Operators.__array_ufunc__ = array_ufunc
    Operators.__array_function__ = array_function


def comparable(other: Any) -> bool:
    """Whether == with `other` can be answered element by element."""
    return isinstance(other, OPERANDS) or hasattr(other, "shape")
