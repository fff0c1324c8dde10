"""Arrays of mpmath numbers: NumPy's object arrays, with operators that know infinities and never leave the real line.

A real function outside its domain is NaN, as in every array library, where mpmath would answer with a complex number; a
division by zero is infinite or NaN, where mpmath raises.
"""

import operator
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

#: digits of every number: a quotient of second order loses 120 of them, and 50 are asked for
DIGITS = 250
mp = mpmath.mp.clone()
mp.dps = DIGITS


def number(x: Any) -> Any:
    """A Python or NumPy number with all its digits; a complex one stays complex, a bool a bool."""
    if isinstance(x, mp.mpf | mp.mpc | bool | np.bool_):
        return x
    return mp.mpc(complex(x)) if isinstance(x, complex | np.complexfloating) else mp.mpf(float(x))


def is_complex(x: Any) -> bool:
    """Whether a number is complex, even if its imaginary part is zero."""
    return isinstance(x, mp.mpc)


def divide(x: Any, y: Any) -> Any:
    """x / y. mpmath's zero has no sign: it is the positive one."""
    if y == 0:
        return mp.nan if x == 0 or is_complex(x) or is_complex(y) or mp.isnan(x) else mp.sign(x) * mp.inf
    return x / y


def power(x: Any, y: Any) -> Any:
    """x to the power y: 1 for the power 0, NaN for a negative number to a power that is no integer."""
    if y == 0 or x == 1:
        return mp.mpf(1)
    if x == 0 and not is_complex(x):
        return mp.inf if y < 0 else mp.mpf(0)
    if not is_complex(x) and x < 0 and not mp.isint(y):
        return mp.nan
    return x**y


def numbers(x: Any) -> "Numbers":
    """An array of mpmath numbers; one without dimensions stays an array."""
    if isinstance(x, Numbers):
        return x
    array = np.empty((), object)
    array[()] = x
    array = array if isinstance(x, mp.mpf | mp.mpc) else np.asarray(x)
    found = np.empty(array.shape, object)
    for place in np.ndindex(array.shape):
        found[place] = number(array[place])
    return found.view(Numbers)


def each(function: Callable[..., Any], count: int = 1) -> Callable[..., "Numbers"]:
    """A function of `count` numbers, for arrays of them that broadcast."""
    by_element = np.frompyfunc(function, count, 1)
    return lambda *args: numbers(by_element(*(np.asarray(numbers(a)) for a in args)))


def reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    """The operator with its operands the other way round."""
    return lambda x, y: function(y, x)


class Numbers(np.ndarray[Any, Any]):
    """An array of mpmath numbers."""

    __add__ = __radd__ = each(operator.add, 2)
    __mul__ = __rmul__ = each(operator.mul, 2)
    __sub__, __rsub__ = each(operator.sub, 2), each(reflected(operator.sub), 2)
    __truediv__, __rtruediv__ = each(divide, 2), each(reflected(divide), 2)
    __floordiv__ = each(lambda x, y: mp.floor(divide(x, y)), 2)
    __pow__, __rpow__ = each(power, 2), each(reflected(power), 2)
    __neg__ = each(operator.neg)
    __lt__, __le__ = each(operator.lt, 2), each(operator.le, 2)
    __gt__, __ge__ = each(operator.gt, 2), each(operator.ge, 2)
    __eq__, __ne__ = each(operator.eq, 2), each(operator.ne, 2)  # type: ignore[assignment]
    __and__ = each(operator.and_, 2)
    __iadd__ = __add__  # makes a new array
    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, index: Any) -> Any:
        return numbers(np.asarray(self)[tuple(map(plain, index)) if isinstance(index, tuple) else plain(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        value = numbers(value)
        np.asarray(self)[plain(index)] = np.asarray(value) if value.ndim else value.item()

    def clone(self) -> "Numbers":
        """A copy, as torch calls it."""
        return numbers(self.copy())

    def index_add(self, axis: int, index: Any, value: Any) -> "Numbers":
        """Additions at places of the first axis, as torch calls them; a place named twice gets both."""
        out = self.clone()
        for place, v in zip(index, value, strict=True):
            out[place] = out[place] + v
        return out


def plain(index: Any) -> Any:
    """An index of NumPy's: a mask or integers in place of mpmath numbers."""
    if not isinstance(index, Numbers):
        return index
    kind = bool if index.size and isinstance(np.ravel(np.asarray(index))[0], bool | np.bool_) else int
    return np.asarray(index).astype(kind)
