"""Module: an object that knows the variables in its attributes."""

import functools
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from unigrad.variable import Variable, name_scope


def snake_case(name: str) -> str:
    """The name of a class as the name of a thing: MyDense2D -> my_dense2d."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    name = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
    return name.lstrip("_") or "module"


_lock = threading.Lock()
_taken: dict[str, int] = {}


def unique_name(base: str) -> str:
    """`base` when it is asked for the first time in this process, then ``base_1``, ``base_2``, ..."""
    with _lock:
        n = _taken[base] = _taken.get(base, -1) + 1
    return f"{base}_{n}" if n else base


def forget_names() -> None:
    """Begin the numbers of `unique_name` anew."""
    with _lock:
        _taken.clear()


class Module:
    """Base of everything that holds variables.

    Variables and modules are found in attributes, and in lists, tuples and dicts there, to any depth, in the order in which the
    attributes were first set; each once, however often it is met. What a list holds is looked up anew each time, so a layer
    appended later counts.

    Args:
        name: of the module; its class's name in snake_case by default.
    """

    def __init__(self, name: str | None = None) -> None:
        if name == "":
            raise ValueError("a module's name is not empty")
        self._name = name

    @property
    def name(self) -> str:
        """The module's name. It needs no call of `__init__`."""
        return getattr(self, "_name", None) or snake_case(type(self).__name__)

    @property
    def name_scope(self) -> AbstractContextManager[str]:
        """A block in which the names of new variables begin with this module's name."""
        return name_scope(self.name)

    @classmethod
    def with_name_scope(cls, method: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: run a method inside the module's name scope."""

        @functools.wraps(method)
        def scoped(self: Module, *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        return scoped

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Every variable of this module and of the modules in it."""
        return tuple(v for v, _ in _found(self) if isinstance(v, Variable))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """The variables whose `trainable` is true, but for those of layers that are frozen."""
        return tuple(v for v, frozen in _found(self) if isinstance(v, Variable) and v.trainable and not frozen)

    @property
    def non_trainable_variables(self) -> tuple[Variable, ...]:
        """The other variables."""
        return tuple(v for v, frozen in _found(self) if isinstance(v, Variable) and (frozen or not v.trainable))

    @property
    def submodules(self) -> tuple["Module", ...]:
        """Every module in this one, in any depth, without this one."""
        return tuple(m for m, _ in _found(self) if isinstance(m, Module) and m is not self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


def _found(root: Module) -> Iterator[tuple[Any, bool]]:
    """Variables and modules from `root` on, depth first, each once, and whether a frozen layer holds it.

    A stack instead of recursion, so no depth of nesting is too deep. What is met both frozen and free counts as it is met first.
    """
    seen: set[int] = set()
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        value, frozen = stack.pop()
        if isinstance(value, Variable | Module):
            if id(value) in seen:
                continue
            seen.add(id(value))
            frozen = frozen or (isinstance(value, Module) and not getattr(value, "trainable", True))
            yield value, frozen
        if isinstance(value, Module):
            inner = list(vars(value).values())
        elif isinstance(value, dict):
            inner = list(value.values())
        elif isinstance(value, list | tuple):
            inner = list(value)
        else:
            continue
        if isinstance(value, dict | list | tuple):
            if id(value) in seen:  # a list that holds itself
                continue
            seen.add(id(value))
        stack.extend((v, frozen) for v in reversed(inner))
