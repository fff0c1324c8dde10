"""Backends: what one array library must bring along, how it is found, and which one makes new arrays.

A backend is a plugin in the entry-point group ``unigrad.backends``. Its module is imported when it is first used, never
before; so importing unigrad imports neither JAX nor PyTorch.
"""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np

from unigrad import plugins
from unigrad.direct import Road, open_roads
from unigrad.dtypes import ALL, DType, default_float_override, int64
from unigrad.errors import BackendError, DTypeError

Raw = Any  # a backend's own array
Linear = Callable[[Sequence[Raw]], Sequence[Raw | None]]  # cotangents back
PushAt = Callable[[Sequence[Raw], Sequence[Raw] | None], Sequence[Raw | None]]  # tangents forth; from where


class Backend:
    """One array library: `name`, `xp` and `array_types`. Subclass it, and name the class in the entry-point group.

    What follows has a default made of these three, which is right for a library that keeps to the array API standard and whose
    arrays NumPy can read; docs/write-a-backend.md says when to override what.
    """

    name: ClassVar[str]
    #: array API namespace of the library (from array-api-compat where the library's own falls short)
    xp: Any
    #: types of its arrays
    array_types: tuple[type, ...]
    #: kernels that are faster than the namespace's function of that name, or missing there
    kernels: ClassVar[dict[str, Callable[..., Raw]]] = {}
    #: public functions on the library's own arrays at once: `unigrad.direct` says what they may do
    direct: ClassVar[dict[str, Road]] = {}
    #: ``a + b * c`` of arrays of one shape and dtype in one call, where that is faster than two
    multiply_add: ClassVar[Any] = None
    #: whether ``a += b`` writes into a
    mutable: ClassVar[bool] = False

    def __init__(self, device: str | None = None) -> None:
        self.device: Any = self.parse_device(device)

    def kernel(self, name: str) -> Callable[..., Raw]:
        """The function on raw arrays that computes the primitive `name`."""
        found = self.kernels.get(name)
        if found is None:
            from unigrad.kernels import derived  # when the first op is looked up, and not before

            make = derived(name)
            found = make(self) if make else None
        if found is None:
            found = getattr(self.xp, name, None)
        if found is None:
            raise BackendError(f"the backend {self.name!r} has no kernel for {name!r}: add one to its `kernels` table")
        return found

    def owns(self, raw: Any) -> bool:
        """Whether `raw` is an array of this library."""
        return isinstance(raw, self.array_types)

    def is_plain(self, raw: Raw) -> bool:
        """Whether arrays of this very type are the library's own, for which the table `direct` is made."""
        return False

    @cached_property
    def _native(self) -> dict[DType, Any]:
        return {d: getattr(self.xp, d.name) for d in ALL if hasattr(self.xp, d.name)}

    @cached_property
    def _dtypes(self) -> dict[Any, DType]:
        return {native: d for d, native in self._native.items()}

    def dtype_of(self, raw: Raw) -> DType:
        """The NumPy dtype of a raw array."""
        return self._dtypes[raw.dtype]

    def native_dtype(self, dtype: DType) -> Any:
        """The library's own dtype object; a `DTypeError` when it has none or would cut it silently."""
        if dtype not in self._native:
            raise DTypeError(f"the backend {self.name!r} has no dtype {dtype}")
        return self._native[dtype]

    def asarray(self, obj: Any, dtype: DType | None, device: Any, copy: bool) -> Raw:
        """A raw array of `obj` (ndarray, own array or Python scalar). `copy`: never share memory with `obj`."""
        if dtype is not None:
            refuse_complex(obj, dtype)
        if self.owns(obj):
            if dtype is not None and dtype != self.dtype_of(obj):
                return self.xp.astype(obj, self.native_dtype(dtype))
            return self.xp.asarray(obj, copy=True) if copy else obj
        plain = np.array(obj, dtype=dtype) if copy else np.asarray(obj, dtype=dtype)
        return self.xp.asarray(plain, dtype=self.native_dtype(plain.dtype), **self._at(device))

    def to_numpy(self, raw: Raw) -> np.ndarray[Any, Any]:
        """The values as a NumPy array; may share memory, never writable if it does."""
        out = np.asarray(raw).view()
        out.flags.writeable = False
        return out

    def native_default_float(self) -> DType:
        """The dtype that the library gives to new arrays of Python floats."""
        return self.dtype_of(self.xp.asarray(1.0))

    @property
    def default_float(self) -> DType:
        """The dtype of new arrays of Python floats: the user's choice, else the library's."""
        return default_float_override() or self.native_default_float()

    @property
    def default_int(self) -> DType:
        """The dtype of new arrays of Python integers."""
        return int64

    @property
    def default_uint(self) -> DType:
        """The dtype of sums of unsigned integers."""
        return np.dtype(f"u{self.default_int}")

    def create(self, name: str, args: tuple[Any, ...], dtype: DType, device: Any) -> Raw:
        """A new raw array by the namespace's creation function `name`."""
        return getattr(self.xp, name)(*args, dtype=self.native_dtype(dtype), **self._at(device))

    def like(self, raw: Raw, fill_value: Any, dtype: DType, device: Any) -> Raw:
        """`fill_value` in the shape and place of `raw`."""
        return self.xp.full_like(raw, fill_value, dtype=self.native_dtype(dtype), **self._at(device))

    def _at(self, device: Any) -> dict[str, Any]:
        """How the library is told the device; nothing, where there is but one."""
        return {} if device is None or self.parse_device(device) is None or device == "cpu" else {"device": device}

    def index(self, index: Any) -> Any:
        """An index with its lists and foreign arrays made into the library's own arrays."""
        if type(index) is tuple:
            return tuple(self.index(i) for i in index)
        if isinstance(index, list | np.ndarray) or (hasattr(index, "dtype") and not self.owns(index)):
            array = np.asarray(index)
            if array.size == 0 and isinstance(index, list):
                array = array.astype(np.int64)
            if array.dtype.kind not in "biu":
                raise IndexError(f"an index array holds integers or bools, not {array.dtype}")
            return self.asarray(array.astype(np.int64) if array.dtype.kind != "b" else array, None, None, True)
        return index

    def checks_indices(self, raw: Raw) -> bool:
        """Whether the library itself raises an IndexError for an index array that is out of bounds."""
        return False

    def add_at(self, raw: Raw, index: Any, part: Raw) -> Raw:
        """`raw` with `part` added at an advanced index; elements named twice get both. By way of NumPy, unless overridden."""
        from unigrad.kernels import plain_index  # when the first op is looked up, and not before

        out = np.array(self.to_numpy(raw))
        np.add.at(out, plain_index(self, index), self.to_numpy(part))
        return self.asarray(out, None, self.device_of(raw), True)

    def beside(self, obj: Any, dtype: DType | None, raw: Raw) -> Raw:
        """An array of `obj` (no array of this library) on the device of `raw`."""
        return self.asarray(obj, dtype, None, True)

    def adopt(self, raw: Raw, home: "Backend") -> Raw:
        """A raw array of another backend as one of this library, without a copy where both libraries allow it."""
        return self.asarray(home.to_numpy(raw), home.dtype_of(raw), None, True)

    def devices(self) -> list[str]:
        """The devices that are there."""
        return ["cpu"]

    def parse_device(self, device: Any) -> Any:
        """The library's own device object for a name like ``cpu`` or ``cuda:0``; None stays None (the default)."""
        if device is None or str(device) in self.devices():
            return device
        raise BackendError(f"backend {self.name!r} has no device {str(device)!r}; there is {', '.join(self.devices())}")

    def default_device(self) -> str:
        """The name of the device on which new arrays are made."""
        return self.device_of(self.create("zeros", ((0,),), self.default_float, self.device))

    def device_of(self, raw: Raw) -> str:
        """The name of the device that holds `raw`."""
        return "cpu"

    def to_device(self, raw: Raw, device: Any) -> Raw:
        """`raw` on another device."""
        self.parse_device(device)
        return raw

    def random(self, kind: str, shape: tuple[int, ...], dtype: DType, seed: int) -> Raw:
        """A new raw array of ``normal`` (mean 0, variance 1) or ``uniform`` (0 to 1) numbers, a function of `seed`."""
        rng = np.random.default_rng(seed)
        draw = rng.standard_normal if kind == "normal" else rng.random
        return self.asarray(np.asarray(draw(shape)).astype(dtype), dtype, self.device, False)

    def is_traced(self, raw: Raw) -> bool:
        """Whether `raw` is a compiler's tracer, whose values cannot be looked at."""
        return False

    def can_look(self, raw: Raw) -> bool:
        """Whether `all_finite` may be asked of `raw`."""
        return not self.is_traced(raw)

    def all_finite(self, raws: Sequence[Raw]) -> bool:
        """Whether no value is infinite or NaN; one look at the device, whatever the number of arrays."""
        return all(bool(self.xp.all(self.xp.isfinite(r))) for r in raws if kind_of(r) in "fc")

    def wait(self, raw: Raw) -> Raw:
        """`raw`, when it is computed: for a library that computes in the background."""
        return raw

    def memory_of(self, raw: Raw) -> tuple[Any, int]:
        """What tells the memory that `raw` lies in from others, and its bytes; the same for all views of one array."""
        return id(raw), self.dtype_of(raw).itemsize * math.prod(raw.shape)

    def quiet(self) -> AbstractContextManager[Any]:
        """A context in which 0 * inf and 1 / 0 warn nobody."""
        return nullcontext()

    def unshared(self, raw: Raw, holders: int) -> bool:
        """Whether nobody sees the memory of `raw` but the `holders` references that the caller knows of.

        Then a write in place can be told from a new value by nobody. False is always safe.
        """
        return False

    def add_into(self, raws: list[Raw], deltas: list[Raw], factor: float, holders: int) -> bool:
        """Add `factor` times its delta to each of `raws`, in place, if all of them are unshared; whether they were."""
        return False

    def set_into(self, raw: Raw, value: Raw, index: Any) -> None:
        """Write `value` at `index` of `raw`, in place; asked only where `raw` is unshared."""
        raise NotImplementedError

    def writes_in_order(self, raw: Raw) -> bool:
        """Whether `set_into` makes its writes one after the other, so that the last one to an element stays."""
        return True

    def snapshot(self, raw: Raw, last: Raw | None) -> Raw:
        """A constant that the user may change in place, made safe to keep. `last`: what the tape kept of it before."""
        return raw

    def detached(self, raw: Raw) -> Raw:
        """`raw` without what the library's own autodiff remembers of how it came about: what is kept from step to step."""
        return raw

    def stopped(self, raw: Raw) -> Raw:
        """The values of `raw` as a constant for the library's own autodiff, also inside its transforms."""
        return raw

    def straight(self, raw: Raw, source: Raw) -> Raw:
        """The values of `raw`, which the library's own autodiff takes for those of `source`, of the same shape and dtype."""
        return raw

    def differentiated(self, raw: Raw) -> bool:
        """Whether the library's own autodiff may be differentiating by `raw`, or come to it later."""
        return False

    def attached(self, outs: Sequence[Raw], sources: Sequence[Raw], pull: Linear, push: PushAt) -> Sequence[Raw]:
        """The values of `outs`, whose derivative by `sources` the library's own autodiff takes from two functions.

        All arrays are of floating or complex numbers. `pull` takes a cotangent of each output and gives that of each source, or
        None, in unigrad's convention, df/dx + i df/dy; `push` takes a tangent of each source and gives that of each output, or
        None: for the sources as they are, or for others in their place, at which the outputs are then computed anew. Both are
        ordinary ops on what may depend on the sources, too, so they can be differentiated again.
        """
        return outs

    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function` on raw arrays, compiled where the library has a compiler."""
        return function

    def road(self, row: Any, kernel: Callable[..., Raw], raw: Raw) -> Road:
        """The direct road of an elementwise row, of whose arrays `raw` is one: its kernel for the dtypes that it keeps."""
        return (kernel, set()) if row.floats else (kernel, None) if len(row.args) > 1 else kernel

    def making_here(self) -> AbstractContextManager[Any]:
        """A context in which the library's own functions make new arrays on this backend's device."""
        return nullcontext()

    # The oracle: the library's own autodiff. None: it has none, and the suite uses finite differences or complex step. The
    # functions give one raw array or a tuple of them; cotangents and tangents are in the same structure. All may be nested.
    def native_vjp(self, function: Callable[..., Any], primals: Sequence[Raw], cotangent: Any) -> list[Raw] | None:
        """Cotangents of `primals` by the library's own reverse mode."""
        return None

    def native_jvp(self, function: Callable[..., Any], primals: Sequence[Raw], tangents: Sequence[Raw]) -> Any:
        """Tangent of the result by the library's own forward mode."""
        return None

    def native_pullback(
        self, function: Callable[..., Any], primals: Sequence[Raw]
    ) -> tuple[Any, Callable[[Any], list[Raw] | None]]:
        """The result, and a function of its cotangent like `native_vjp`: override it to run `function` once for many."""
        return function(*primals), lambda cotangent: self.native_vjp(function, primals, cotangent)

    #: whether the library's reverse mode gives df/dx - i df/dy for complex numbers, where unigrad's gives the conjugate
    native_conjugates: ClassVar[bool] = False


def refuse_complex(obj: Any, dtype: DType) -> None:
    """An error for complex numbers that are to become real ones: a plugin's `asarray` asks before it casts."""
    if dtype.kind != "c" and (isinstance(obj, complex) or getattr(getattr(obj, "dtype", None), "kind", "") == "c"):
        raise DTypeError(f"complex numbers do not fit {dtype}: take unigrad.real or unigrad.abs first")


class BackendInfo(NamedTuple):
    """What `backends()` says of one plugin."""

    name: str
    importable: bool
    devices: tuple[str, ...] = ()
    error: str | None = None


_loaded: dict[tuple[str, str | None], Backend] = {}
OWNERS: dict[type, Backend] = {}
#: `Backend.multiply_add` by the type of plain arrays
MULTIPLY_ADD: dict[type, Callable[[Raw, Raw, Raw], Raw]] = {}
_selected: ContextVar[Backend | None] = ContextVar("unigrad_backend", default=None)
_process_wide: list[Backend | None] = [None]


def load(spec: str) -> Backend:
    """The backend of a name like ``numpy``, ``jax``, ``torch`` or ``torch:cuda:0``."""
    if not isinstance(spec, str):
        raise BackendError(f"a backend is chosen by its name, like 'numpy' or 'torch:cuda:0', not by {spec!r}")
    name, _, device = spec.strip().partition(":")
    key = (name, device or None)
    if key not in _loaded:
        _loaded[key] = plugins.start(name, device or None, Backend)
    return _loaded[key]


def get_backend() -> Backend:
    """The backend that makes new arrays: of `use_backend`, else of `set_backend`, else of UNIGRAD_BACKEND, else NumPy."""
    chosen = _selected.get() or _process_wide[0]
    if chosen is None:
        chosen = _process_wide[0] = load(os.environ.get("UNIGRAD_BACKEND") or "numpy")
    return chosen


def set_backend(spec: str) -> None:
    """Make `spec` (``name`` or ``name:device``) the backend of new arrays in this process."""
    _process_wide[0] = load(spec)


@contextmanager
def use_backend(spec: str) -> Iterator[Backend]:
    """Make `spec` the backend of new arrays inside the block, in this thread or task."""
    token = _selected.set(load(spec))
    try:
        yield get_backend()
    finally:
        _selected.reset(token)


def device_in_force(name: str) -> Any:
    """The device of the backend in force, if that is of the library `name`; else None."""
    chosen = get_backend()
    return chosen.device if chosen.name == name else None


def selected() -> Backend | None:
    """The backend of `use_backend` in this thread or task, if any."""
    return _selected.get()


@contextmanager
def selecting(backend: Backend | None) -> Iterator[None]:
    """Inside, `use_backend` stands as it stood when `selected` gave this."""
    token = _selected.set(backend)
    try:
        yield
    finally:
        _selected.reset(token)


def backends() -> list[BackendInfo]:
    """Every registered backend: whether its library can be imported, on which devices it runs, and if not, why."""
    infos = []
    for name in sorted(plugins.registered()):
        try:
            infos.append(BackendInfo(name, True, tuple(load(name).devices())))
        except BackendError as e:
            infos.append(BackendInfo(name, False, (), str(e)))
    return infos


def find_backend(raw: Any) -> Backend | None:
    """The backend whose array `raw` is, or None. The answer is remembered by type."""
    cls = type(raw)
    found = OWNERS.get(cls)
    if found is None:
        found = _search(raw, cls)
        if found is not None:
            OWNERS[cls] = found
            if found.is_plain(raw):
                open_roads(cls, found.direct)
                if found.multiply_add is not None:
                    MULTIPLY_ADD[cls] = found.multiply_add
    return found


def _search(raw: Any, cls: type) -> Backend | None:
    for backend in _loaded.values():
        if backend.owns(raw):
            return backend
    if not (hasattr(raw, "dtype") and hasattr(raw, "shape")):
        return None
    root = cls.__module__.partition(".")[0]
    likely = sorted(plugins.registered(), key=lambda n: not root.startswith(n))
    for name in likely:
        # JAX and PyTorch are imported for their own arrays only
        if name in ("jax", "torch") and not root.startswith(name):
            continue
        try:
            backend = load(name)
        except BackendError:
            if root.startswith(name):
                raise  # its own backend is broken: no other may take the array in its place
            continue
        if backend.owns(raw):
            return backend
    return None


_kinds: dict[type, dict[Any, str]] = {}  # by array type first: dtypes of two libraries need not compare in peace


def kind_of(raw: Raw) -> str:
    """The kind of a raw array's dtype as NumPy's letter: "f" (bfloat16 too), "c", "i", "u" or "b"."""
    try:
        return _kinds[type(raw)][raw.dtype]
    except KeyError:
        kind = backend_of(raw).dtype_of(raw).kind
        found = _kinds.setdefault(type(raw), {})[raw.dtype] = "f" if kind == "V" else kind
        return found


def backend_of(raw: Raw) -> Backend:
    """The backend whose array `raw` is; a `BackendError` when no plugin owns it."""
    found = OWNERS.get(type(raw)) or find_backend(raw)
    if found is None:
        raise BackendError(f"no backend owns an array of type {type(raw).__module__}.{type(raw).__qualname__}")
    return found
