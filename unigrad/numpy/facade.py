"""A function of NumPy's that looks into lists too: with a tensor anywhere among its arguments it is unigrad's."""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from unigrad.protocols.arguments import holds_tensors, tensor
from unigrad.protocols.dispatch import find, numpy_rules


def facade(found: Any, name: str) -> Any:
    """What stands for the object that NumPy has under `name` (as after "np."): a function of ours, or the object itself."""
    if isinstance(found, np.ufunc):
        return Ufunc(found, name)
    if name in numpy_rules() and callable(found) and not isinstance(found, type):
        return function(found)
    return found


def function(found: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's function, with its signature."""

    @functools.wraps(found)
    def call(*args: Any, **kwargs: Any) -> Any:
        if holds_tensors(args) or (kwargs and holds_tensors(kwargs)):
            return find(found)(*args, **kwargs)
        return found(*args, **kwargs)

    return call


def module(own: dict[str, Any], numpy_module: ModuleType, before: str) -> tuple[Callable[[str], Any], list[str]]:
    """The ``__getattr__`` and the public names of a module that stands for one of NumPy's; what is asked for is kept in `own`."""
    names = [n for n in dir(numpy_module) if not n.startswith("_")]

    def get(name: str) -> Any:
        if name.startswith("_") or not hasattr(numpy_module, name):
            raise AttributeError(f"{numpy_module.__name__} has no public name {name!r}")
        own[name] = made = facade(getattr(numpy_module, name), before + name)
        return made

    return get, names


class Ufunc:
    """A ufunc of NumPy's: called, reduced, accumulated like it, and with lists that have tensors in them."""

    def __init__(self, ufunc: np.ufunc, name: str) -> None:
        self._ufunc = ufunc
        self._name = name
        self.__doc__ = ufunc.__doc__
        self.__name__ = ufunc.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ufunc(*map(_operand, args), **kwargs)

    def reduce(self, array: Any, *args: Any, **kwargs: Any) -> Any:
        """As of the ufunc."""
        return self._ufunc.reduce(_operand(array), *args, **kwargs)

    def accumulate(self, array: Any, *args: Any, **kwargs: Any) -> Any:
        """As of the ufunc."""
        return self._ufunc.accumulate(_operand(array), *args, **kwargs)

    def reduceat(self, array: Any, *args: Any, **kwargs: Any) -> Any:
        """As of the ufunc."""
        return self._ufunc.reduceat(_operand(array), *args, **kwargs)

    def outer(self, a: Any, b: Any, /, **kwargs: Any) -> Any:
        """As of the ufunc."""
        return self._ufunc.outer(_operand(a), _operand(b), **kwargs)

    def at(self, a: Any, indices: Any, *b: Any) -> None:
        """As of the ufunc."""
        self._ufunc.at(a, indices, *map(_operand, b))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ufunc, name)

    def __repr__(self) -> str:
        return f"<ufunc {self._ufunc.__name__!r} of unigrad.numpy>"

    def __reduce__(self) -> Any:
        return _restore, (self._name,)


def _operand(x: Any) -> Any:
    return tensor(x) if isinstance(x, list | tuple) and holds_tensors(x) else x


def _restore(name: str) -> Any:
    return Ufunc(getattr(np, name), name)
