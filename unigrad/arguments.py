"""Arguments of functions of functions: which are differentiated, what is in them, what comes back in their place.

`Selection` finds the arguments that ``argnums`` and ``argnames`` name; `Sources` are those of one call, as tensors of their own,
and what is computed for them goes back into their structure, in the kind of array that was given.
"""

import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.backend import Backend, backend_of, get_backend, kind_of
from unigrad.conforming import conforming, dtype_text, is_array, is_raw, plain, raw_of
from unigrad.errors import DTypeError, NotDifferentiableWarning, SourceError, SourceTypeError
from unigrad.lending import settle
from unigrad.operands import SCALARS, ndarray_of
from unigrad.primitive import TABLE, wrap
from unigrad.recording import tracked
from unigrad.sources import short
from unigrad.structures import flatten_with_none, same_structure
from unigrad.tensor import Tensor
from unigrad.variable import Variable

Argnums = int | Sequence[int] | None
Argnames = str | Sequence[str] | None
Place = int | str  # of an argument: its position, or its keyword


class Selection:
    """Which arguments of a function are meant.

    Args:
        what: the name of the function that asks, for messages.
        f: the function whose arguments they are.
        argnums: a position, or several; negative ones count from the end of those that are given.
        argnames: a name, or several: of a keyword, or of a parameter wherever it is given.
        every: all positional arguments where neither is given; else the first.
    """

    def __init__(self, what: str, f: Any, argnums: Argnums, argnames: Argnames, *, every: bool = False) -> None:
        if not callable(f):
            raise SourceTypeError(f"{what}: needs a function, not {short(f)} of type {type(f).__name__}")
        self.what = what
        self.f = f
        self.every = every and argnums is None and argnames is None
        if argnums is None and argnames is None and not every:
            argnums = 0
        self.alone = not self.every
        self.nums = () if argnums is None else self._numbers(argnums)
        self.names = () if argnames is None else self._strings(argnames)
        #: how the results are laid out: one alone, or a tuple; those of names alone, or a dict; of both, a pair of these
        self.one_num = isinstance(argnums, int | np.integer)
        self.one_name = isinstance(argnames, str)

    def _numbers(self, argnums: Any) -> tuple[int, ...]:
        given = argnums if isinstance(argnums, list | tuple) else (argnums,)
        for n in given:
            if isinstance(n, bool) or not isinstance(n, int | np.integer):
                raise SourceTypeError(f"{self.what}: argnums is an int or a tuple of ints, not {short(argnums)}")
        if not given:
            raise SourceError(f"{self.what}: argnums names no argument")
        if len(set(given)) < len(given):
            raise SourceError(f"{self.what}: argnums names an argument twice: {argnums}")
        return tuple(map(int, given))

    def _strings(self, argnames: Any) -> tuple[str, ...]:
        given = argnames if isinstance(argnames, list | tuple) else (argnames,)
        if not all(isinstance(n, str) for n in given):
            raise SourceTypeError(f"{self.what}: argnames is a string or a tuple of strings, not {short(argnames)}")
        if not given:
            raise SourceError(f"{self.what}: argnames names no argument")
        if len(set(given)) < len(given):
            raise SourceError(f"{self.what}: argnames names an argument twice: {argnames}")
        return tuple(given)

    def places(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Place]:
        """Where the arguments of one call are, those of `argnums` first."""
        if self.every:
            return list(range(len(args)))
        found = [self._numbered(n, args, kwargs) for n in self.nums]
        found += [self._named(n, args, kwargs) for n in self.names]
        if len(found) > 1 and len(set(found)) < len(found):
            raise SourceError(
                f"{self.what}: an argument is named twice, as {self.nums} and {self.names} of {len(args)}"
            )
        return found

    def _numbered(self, n: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Place:
        if -len(args) <= n < len(args):
            return n % len(args)
        named = self.parameters()
        if 0 <= n < len(named) and named[n] in kwargs:
            return named[n]
        raise SourceError(f"{self.what}: argnums has {n}, and {len(args)} positional arguments were given")

    def _named(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Place:
        if name in kwargs:
            return name
        named = self.parameters()
        if name in named[: len(args)]:
            return named.index(name)
        raise SourceError(
            f"{self.what}: argnames has {name!r}, and no such argument was given"
            + (f"; the function has {', '.join(named)}" if named else "")
        )

    def parameters(self) -> list[str]:
        """The names of the function's positional parameters, as far as they are known."""
        try:
            parameters = inspect.signature(self.f).parameters.values()
        except (TypeError, ValueError):
            return []
        return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]

    def laid_out(self, results: Sequence[Any]) -> Any:
        """One result for each argument, as the caller asked for them."""
        if self.every:
            return tuple(results)
        numbered, named = results[: len(self.nums)], results[len(self.nums) :]
        left = numbered[0] if self.one_num else tuple(numbered)
        right = named[0] if self.one_name else dict(zip(self.names, named, strict=True))
        return left if not self.names else right if not self.nums else (left, right)

    def of_call(self, given: tuple[Any, ...]) -> Any:
        """What a caller gives for the arguments as arguments of a call, as one thing."""
        several = self.every or (bool(self.nums) and (bool(self.names) or not self.one_num))
        return given if several or len(given) != 1 else given[0]

    def taken_apart(self, given: Any, noun: str) -> list[Any]:
        """The other way round: what a caller gives for the arguments, one for each of them."""
        if self.every:
            return self._several(given, noun)
        pair = self.nums and self.names
        if pair and not (isinstance(given, list | tuple) and len(given) == 2):
            raise SourceError(f"{self.what}: {noun} must be a pair, of the arguments by number and of those by name")
        parts = list(given) if pair else [given]
        found: list[Any] = []
        if self.nums:
            found += [parts[0]] if self.one_num else self._several(parts[0], noun)
        if self.names:
            try:
                found += [parts[-1]] if self.one_name else [parts[-1][n] for n in self.names]
            except (KeyError, TypeError, IndexError) as e:
                raise SourceError(f"{self.what}: {noun} must be a dict with {', '.join(self.names)}") from e
        return found

    def _several(self, given: Any, noun: str) -> list[Any]:
        if not isinstance(given, list | tuple):  # the rows of an array are none of several
            raise SourceTypeError(f"{self.what}: {noun} must be a tuple with one for each argument, not {short(given)}")
        return list(given)


class Sources:
    """The differentiated arguments of one call: tensors of their own identity, and the way back into their structure.

    A tensor in an argument is given to the function as another one of the same value, so that the same tensor in a closure is
    a constant; a variable is itself, and its derivative is that of every place where it is read; of a module its trainable
    variables are meant. Arrays of a library become tensors of it, Python floats those of the library of the other arguments.

    Attributes:
        args, kwargs: for the function.
        tensors: the sources, tensors and variables, in order.
        raw: whether the caller deals in raw arrays: no differentiated argument holds a tensor, variable or module.
    """

    def __init__(self, selection: Selection, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.selection = selection
        self.tensors: list[Any] = []
        self.raw = True
        self._arguments: list[tuple[list[Any], Callable[[list[Any]], Any]]] = []
        places = selection.places(args, kwargs)
        if not places:
            raise SourceError(f"{selection.what}: there is no argument to differentiate by")
        new = list(args)
        self.kwargs = kwargs
        for place in places:
            value = self._argument(args[place] if isinstance(place, int) else kwargs[place], place, (args, kwargs))
            if isinstance(place, int):
                new[place] = value
            else:
                self.kwargs = {**self.kwargs, place: value}
        self.args = tuple(new)

    def _argument(self, value: Any, place: Place, everything: Any) -> Any:
        """Note the sources in one argument; what the function gets in its place."""
        if is_array(value):
            leaves: list[Any] = [value]
            unflatten: Callable[[list[Any]], Any] = _first
        else:
            leaves, unflatten = flatten_with_none(value)
        slots: list[Any] = []  # for each leaf: None, or how many sources it has and of what kind it is
        given = []
        skipped = []
        for leaf in leaves:
            new, slot = self._leaf(leaf, everything)
            if slot is None and is_array(leaf):
                skipped.append(leaf)
            slots.append(slot)
            given.append(new)
        if all(slot is None for slot in slots):
            kinds = sorted({dtype_text(x) for x in skipped}) or ["no array"]
            raise DTypeError(
                f"{self.selection.what}: argument {place!r} is {' and '.join(kinds)}, and only real and complex floating numbers "
                f"can be differentiated by: {short(value)}; write 3.0, or cast it with unigrad.astype"
            )
        if skipped:
            warnings.warn(
                f"{self.selection.what}: in argument {place!r} {short(skipped[0])} of {dtype_text(skipped[0])} has no gradient "
                f"(it will be None): only floating and complex numbers do",
                NotDifferentiableWarning,
                stacklevel=5,
            )
        self._arguments.append((slots, unflatten))
        return unflatten(given)

    def _leaf(self, leaf: Any, everything: Any) -> tuple[Any, Any]:
        """What the function gets in the place of one leaf, and its slot."""
        if type(leaf) is Tensor:
            if kind_of(leaf._raw) not in "fc":
                return leaf, None
            self.raw = False
            # a step of its own on tapes outside, so that the function's argument is not what a closure may hold
            new = TABLE["reshape"](leaf, shape=leaf.shape) if tracked(leaf._node) else wrap(settle(leaf))
            self.tensors.append(new)
            return new, "tensor"
        if isinstance(leaf, Variable):
            if kind_of(leaf._value._raw) not in "fc":
                return leaf, None
            self.raw = False
            self.tensors.append(leaf)
            return leaf, "tensor"
        if type(leaf) is float or type(leaf) is complex:
            backend, dtype = self._home(everything)
            kind = dtypes.complex_of(dtype) if type(leaf) is complex else dtype
            new = wrap(backend.asarray(leaf, kind, backend.device, True))
            self.tensors.append(new)
            return new, "number"
        if is_raw(leaf):
            backend = backend_of(leaf)
            if isinstance(leaf, np.ndarray | np.generic):
                leaf = ndarray_of(self.selection.what, leaf)
            if kind_of(leaf) not in "fc":
                return leaf, None
            new = wrap(backend.asarray(leaf, None, None, True))
            self.tensors.append(new)
            return new, "raw"
        variables = getattr(leaf, "trainable_variables", None)
        if isinstance(variables, list | tuple) and variables and all(isinstance(v, Variable) for v in variables):
            self.raw = False
            self.tensors.extend(variables)
            return leaf, len(variables)
        return leaf, None

    def _home(self, everything: Any) -> tuple[Backend, Any]:
        """Where a Python float goes: to the library, and to the dtype, of the first floating array next to it."""
        for x in flatten_with_none(everything)[0]:
            if type(x) not in SCALARS and is_array(x) and kind_of(raw_of(x)) in "fc":
                backend = backend_of(raw_of(x))
                dtype = backend.dtype_of(raw_of(x))
                return backend, np.empty(0, dtype).real.dtype if dtypes.is_complex(dtype) else dtype
        return get_backend(), get_backend().default_float

    def back(self, results: Sequence[Any]) -> Any:
        """One result (a tensor or None) for each source, in the structure of the arguments, in the kind of array given."""
        rest = iter(results)
        found = []
        for slots, unflatten in self._arguments:
            filled: list[Any] = []
            for slot in slots:
                if slot is None:
                    filled.append(None)
                elif slot == "tensor":
                    filled.append(next(rest))
                elif isinstance(slot, int):
                    filled.append([next(rest) for _ in range(slot)])
                else:
                    filled.append(plain(next(rest)) if slot == "raw" or self.raw else next(rest))
            found.append(unflatten(filled))
        return self.selection.laid_out(found)

    def matching(self, given: Any, noun: str) -> list[Any]:
        """What the caller gives for the arguments (`noun`: "tangents"), as one tensor for each source, checked."""
        what = self.selection.what
        parts = self.selection.taken_apart(given, noun)
        if len(parts) != len(self._arguments):
            raise SourceError(f"{what}: {len(parts)} {noun} for {len(self._arguments)} arguments: give one for each")
        found: list[Any] = []
        for part, (slots, unflatten) in zip(parts, self._arguments, strict=True):
            leaves = [part]
            if unflatten is not _first:
                # floats, for an integer in a dataclass is no leaf
                pattern = unflatten([[0.0] * slot if isinstance(slot, int) else 0.0 for slot in slots])
                if not same_structure(part, pattern):
                    raise SourceError(f"{what}: the {noun} differ in structure from the arguments: {short(part)}")
                leaves = flatten_with_none(part)[0]
            rest = iter(leaves)
            for slot in slots:
                for value in [next(rest) for _ in range(slot if isinstance(slot, int) else 1)]:
                    if slot is not None:
                        found.append(conforming(value, raw_of(self.tensors[len(found)]), f"{what}: one of the {noun}"))
        return found


def _first(leaves: list[Any]) -> Any:
    return leaves[0]
