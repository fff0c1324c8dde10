"""Batched: a raw array that stands for one example of many, and the backend of such arrays.

Inside `vmap` a tensor holds a `Batched`. Its shape, dtype and number of axes are those of one example; its `raw` has all of
them, along a first axis. So the engine, the rules and the user's function go on as for one example, and every op runs once for
all. `unigrad.batching` says how the kernel of each row does that.

Several vmaps inside one another make several levels; the level counts up and is never used again. What is batched at two levels
is a `Batched` of the higher one around a `Batched` of the lower one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NoReturn

import numpy as np

from unigrad.backend import OWNERS, Backend, Linear, PushAt, Raw, backend_of
from unigrad.dtypes import DType
from unigrad.errors import BatchedValueError

#: the classes of batched arrays that there are: one for each backend and depth. Empty until somebody batches anything
BATCHED: set[type] = set()
_classes: dict[type, type] = {}  # by the type of what they hold

Row = Callable[..., Any]


class Above:
    """What `unigrad.batching` binds: it is above the rows, and this room below them."""

    rows: dict[str, Any]  # the table
    kernel: Callable[[str], Callable[..., Raw]]  # of a row for batched arrays, by its name
    enter: Row  # the row that makes a batched array of one whose first axis counts the examples
    leave: Row  # and the row that makes such an array of a batched one
    gathered: Callable[[Any, Any], Any]  # one piece of a cotangent for all examples


above = Above()


def _row(name: str) -> Any:
    return above.rows[name]


class Across:
    """For an operand that is the same for examples which the op's result tells apart: its cotangent is summed over them.

    Stands where a record has the shape that a cotangent is summed to, on a tape for which the examples are one computation.
    """

    __slots__ = ("levels", "shape")

    def __init__(self, shape: tuple[int, ...], levels: tuple[tuple[int, int], ...]) -> None:
        self.shape = shape
        self.levels = levels  # the highest first, each with its number of examples


class Batched:
    """Examples in a row: `raw` has them along its first axis. Everything else speaks of one of them."""

    __slots__ = ("level", "raw")
    __array_ufunc__ = None  # NumPy's arrays leave the operators to this class

    home: "BatchedBackend"
    lazy = False  # whether `raw` is made when it is asked for

    def __init__(self, raw: Raw, level: int) -> None:
        self.raw = raw
        self.level = level

    @property
    def inner(self) -> Raw:
        """Some array of the level below: its backend, dtype and levels are those of `raw`."""
        return self.raw

    @property
    def count(self) -> int:
        """How many examples."""
        return int(self.raw.shape[0])

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example."""
        return tuple(self.raw.shape[1:])

    @property
    def dtype(self) -> Any:
        """The library's own."""
        return self.raw.dtype

    @property
    def ndim(self) -> int:
        """Of one example."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements of one example."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def device(self) -> Any:
        """The library's own."""
        return getattr(self.raw, "device", None)

    @property
    def mT(self) -> Any:
        """Matrices transposed."""
        n = self.ndim
        return _row("permute_dims")(self, axes=(*range(n - 2), n - 1, n - 2))

    @property
    def T(self) -> Any:
        """The axes in reverse order."""
        return _row("permute_dims")(self, axes=tuple(reversed(range(self.ndim))))

    @property
    def real(self) -> Any:
        """The real part."""
        return _row("real")(self)

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return _row("imag")(self)

    def __len__(self) -> int:
        return int(self.shape[0])

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        return _row("getitem")(self, index=index)

    def __repr__(self) -> str:
        return f"{type(self).__name__} of shape {self.shape}, one of {self.count} examples at level {self.level}"

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise BatchedValueError(
            f"the value of one example is not known inside vmap, which runs all {self.count} at once: for a condition "
            f"use unigrad.where, and return from the function what you want to look at"
        )

    __bool__ = __float__ = __int__ = __index__ = __complex__ = __array__ = __dlpack__ = _refuse

    __hash__ = object.__hash__

    # -- operators, of the rows; arrays of the library leave these to this class --------------------------------------------
    def __neg__(self) -> Any:
        return _row("negative")(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return _row("abs")(self)

    def __invert__(self) -> Any:
        return _row("bitwise_invert")(self)

    def __eq__(self, other: object) -> Any:
        return _row("equal")(self, other)

    def __ne__(self, other: object) -> Any:
        return _row("not_equal")(self, other)

    def __lt__(self, other: Any) -> Any:
        return _row("less")(self, other)

    def __le__(self, other: Any) -> Any:
        return _row("less_equal")(self, other)

    def __gt__(self, other: Any) -> Any:
        return _row("greater")(self, other)

    def __ge__(self, other: Any) -> Any:
        return _row("greater_equal")(self, other)

    def __add__(self, other: Any) -> Any:
        return _row("add")(self, other)

    def __radd__(self, other: Any) -> Any:
        return _row("add")(other, self)

    def __sub__(self, other: Any) -> Any:
        return _row("subtract")(self, other)

    def __rsub__(self, other: Any) -> Any:
        return _row("subtract")(other, self)

    def __mul__(self, other: Any) -> Any:
        return _row("multiply")(self, other)

    def __rmul__(self, other: Any) -> Any:
        return _row("multiply")(other, self)

    def __truediv__(self, other: Any) -> Any:
        return _row("divide")(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _row("divide")(other, self)

    def __pow__(self, other: Any) -> Any:
        return _row("pow")(self, other)

    def __rpow__(self, other: Any) -> Any:
        return _row("pow")(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _row("floor_divide")(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _row("floor_divide")(other, self)

    def __mod__(self, other: Any) -> Any:
        return _row("remainder")(self, other)

    def __rmod__(self, other: Any) -> Any:
        return _row("remainder")(other, self)

    def __matmul__(self, other: Any) -> Any:
        return _row("matmul")(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return _row("matmul")(other, self)

    def __and__(self, other: Any) -> Any:
        return _row("bitwise_and")(self, other)

    def __rand__(self, other: Any) -> Any:
        return _row("bitwise_and")(other, self)

    def __or__(self, other: Any) -> Any:
        return _row("bitwise_or")(self, other)

    def __ror__(self, other: Any) -> Any:
        return _row("bitwise_or")(other, self)

    def __xor__(self, other: Any) -> Any:
        return _row("bitwise_xor")(self, other)

    def __rxor__(self, other: Any) -> Any:
        return _row("bitwise_xor")(other, self)


def batched(raw: Raw, level: int) -> Batched:
    """`raw`, whose first axis counts the examples, as what stands for one of them."""
    cls = _classes.get(type(raw))
    if cls is None:
        inner = backend_of(raw)
        # one class for a backend, whatever types of arrays it has: tracers, scalars
        cls = next((c for c in BATCHED if c.home.inner is inner and not c.lazy), None)  # type: ignore[attr-defined]
        if cls is None:
            cls = type(f"Batched[{type(raw).__name__}]", (Batched,), {"__slots__": ()})
            home = cls.home = OWNERS[cls] = BatchedBackend(inner)  # type: ignore[attr-defined]
            home.array_types = (cls,)
            BATCHED.add(cls)
        _classes[type(raw)] = cls
    return cls(raw, level)  # type: ignore[no-any-return]


def leading(raws: Sequence[Any], params: dict[str, Any]) -> Any:
    """The batched array of the highest level among operands and parameters, or None."""
    top = None
    for r in raws:
        if type(r) in BATCHED and (top is None or r.level > top.level):
            top = r
    for p in params.values():
        for r in _arrays(p):
            if top is None or r.level > top.level:
                top = r
    return top


def _arrays(param: Any) -> Iterator[Any]:
    if type(param) in BATCHED:
        yield param
    elif type(param) is tuple or type(param) is list:
        for p in param:
            yield from _arrays(p)


def levels_of(raw: Any) -> tuple[tuple[int, int], ...]:
    """The levels at which a raw array is batched, the highest first, each with its number of examples."""
    found = []
    while type(raw) in BATCHED:
        found.append((raw.level, raw.count))
        raw = raw.inner
    return tuple(found)


def across(tape: Any, raws: Sequence[Any], outs: Sequence[Raw], spread: Any) -> Any:
    """For each input the shape that its cotangent is summed to (`spread`, or None), and the levels.

    A level counts that begins inside of `tape`, and at which a result is batched and the input is not: for the tape all examples
    are one computation.
    """
    inside = {level: size for out in outs for level, size in levels_of(out) if level > tape.level}
    spec: list[Any] = list(spread or (None,) * len(raws))
    for i, r in enumerate(raws):
        mine = dict(levels_of(r))
        missing = tuple(sorted(((k, n) for k, n in inside.items() if k not in mine), reverse=True))
        if missing and hasattr(r, "shape"):
            spec[i] = Across(tuple(r.shape), missing)
    return tuple(spec) if any(s is not None for s in spec) else None


def visible(raw: Any) -> Any:
    """The array of the library inside."""
    while type(raw) in BATCHED:
        raw = raw.inner
    return raw


class BatchedBackend(Backend):
    """The backend of the arrays that hold examples of `inner`'s: its kernels are made of the rows' own, one level down."""

    def __init__(self, inner: Backend) -> None:
        self.inner = inner
        self.name = inner.name  # type: ignore[misc]
        self.device = inner.device
        self.found: dict[str, Callable[..., Raw]] = {}

    def kernel(self, name: str) -> Callable[..., Raw]:
        found = self.found.get(name)
        if found is None:
            found = self.found[name] = above.kernel(name)
        return found

    def owns(self, raw: Any) -> bool:
        return type(raw) in BATCHED

    def dtype_of(self, raw: Raw) -> DType:
        return self.base.dtype_of(visible(raw))

    @property
    def base(self) -> Backend:
        """The library's own backend, under all levels."""
        inner = self.inner
        while isinstance(inner, BatchedBackend):
            inner = inner.inner
        return inner

    @property
    def xp(self) -> Any:
        """The library's namespace: for new arrays, which are the same for all examples."""
        return self.base.xp

    def native_dtype(self, dtype: DType) -> Any:
        return self.base.native_dtype(dtype)

    def asarray(self, obj: Any, dtype: DType | None, device: Any, copy: bool) -> Raw:
        if type(obj) in BATCHED:
            inner = backend_of(obj.raw).asarray(obj.raw, dtype, device, copy)
            return batched(inner, obj.level)
        return self.base.asarray(obj, dtype, device, copy)

    def to_numpy(self, raw: Raw) -> np.ndarray[Any, Any]:
        return raw._refuse() if type(raw) in BATCHED else self.base.to_numpy(raw)

    def native_default_float(self) -> DType:
        return self.base.native_default_float()

    @property
    def default_float(self) -> DType:
        return self.base.default_float

    @property
    def default_int(self) -> DType:
        return self.base.default_int

    @property
    def default_uint(self) -> DType:
        return self.base.default_uint

    def create(self, name: str, args: tuple[Any, ...], dtype: DType, device: Any) -> Raw:
        return self.base.create(name, args, dtype, device)

    def like(self, raw: Raw, fill_value: Any, dtype: DType, device: Any) -> Raw:
        if type(raw) not in BATCHED:
            return self.base.like(raw, fill_value, dtype, device)
        if type(fill_value) in BATCHED or hasattr(fill_value, "shape"):
            return _row("broadcast_to")(_row("astype")(fill_value, dtype=dtype), shape=raw.shape)
        return batched(backend_of(raw.raw).like(raw.raw, fill_value, dtype, device), raw.level)

    def adopt(self, raw: Raw, home: Backend) -> Raw:
        return self.base.adopt(raw, home)

    def devices(self) -> list[str]:
        return self.base.devices()

    def parse_device(self, device: Any) -> Any:
        return self.base.parse_device(device)

    def device_of(self, raw: Raw) -> str:
        return self.base.device_of(visible(raw))

    def to_device(self, raw: Raw, device: Any) -> Raw:
        return batched(backend_of(raw.raw).to_device(raw.raw, device), raw.level)

    def random(self, kind: str, shape: tuple[int, ...], dtype: DType, seed: int) -> Raw:
        return self.base.random(kind, shape, dtype, seed)

    def is_traced(self, raw: Raw) -> bool:
        return True  # nobody may look at the value of an example

    def can_look(self, raw: Raw) -> bool:
        return self.base.can_look(visible(raw))  # at all of them together

    def all_finite(self, raws: Sequence[Raw]) -> bool:
        return all(backend_of(r.raw).all_finite([r.raw]) for r in raws)

    def quiet(self) -> AbstractContextManager[Any]:
        return self.base.quiet()

    def detached(self, raw: Raw) -> Raw:
        below = backend_of(raw.inner)
        if below.detached(raw.inner) is raw.inner:
            return raw
        return batched(below.detached(raw.raw), raw.level)

    def stopped(self, raw: Raw) -> Raw:
        below = backend_of(raw.inner)
        if below.stopped(raw.inner) is raw.inner:
            return raw
        return batched(below.stopped(raw.raw), raw.level)

    def straight(self, raw: Raw, source: Raw) -> Raw:
        top = leading((raw, source), {})
        if top is None:
            return self.base.straight(raw, source)
        inner, apart = (
            r.raw
            if type(r) in BATCHED and r.level == top.level
            else _row("broadcast_to")(r, shape=(top.count, *r.shape))
            for r in (raw, source)
        )
        found = self.straight(inner, apart)
        return raw if found is inner else batched(found, top.level)

    def differentiated(self, raw: Raw) -> bool:
        return backend_of(raw.inner).differentiated(raw.inner)

    def attached(self, outs: Sequence[Raw], sources: Sequence[Raw], pull: Linear, push: PushAt) -> Sequence[Raw]:
        top = leading((*outs, *sources), {})
        if top is None:
            return self.base.attached(outs, sources, pull, push)
        level, count = top.level, top.count

        def all_examples(raws: Sequence[Raw]) -> list[Raw]:
            return [
                r.raw
                if type(r) in BATCHED and r.level == level
                else None
                if r is None
                else _row("broadcast_to")(r, shape=(count, *r.shape))
                for r in raws
            ]

        def in_row(raws: Sequence[Raw]) -> list[Raw]:
            return [batched(raw, level) for raw in raws]

        found = self.attached(
            all_examples(outs),
            all_examples(sources),
            lambda cts: all_examples(pull(in_row(cts))),
            lambda tangents, at: all_examples(push(in_row(tangents), at and in_row(at))),
        )
        return in_row(found)

    def snapshot(self, raw: Raw, last: Raw | None) -> Raw:
        return batched(backend_of(raw.raw).snapshot(raw.raw, None if last is None else last.raw), raw.level)
