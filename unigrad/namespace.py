"""The array API namespace of one backend: unigrad's functions, with new arrays made on that backend."""

import functools
from types import ModuleType
from typing import Any

from unigrad import dtypes, fft, special
from unigrad import linalg as linalg_extension
from unigrad.backend import Backend, get_backend, use_backend
from unigrad.errors import VersionError
from unigrad.inspection import Info, can_cast, finfo, iinfo, isdtype, result_type
from unigrad.ops import (
    creation,
    elementwise,
    exchange,
    linalg,
    manipulation,
    products,
    reductions,
    searching,
    sets,
    sorting,
    taking,
)

CREATION = ("arange", "asarray", "empty", "eye", "full", "linspace", "meshgrid", "ones", "zeros")
LIKE = ("astype", "empty_like", "full_like", "ones_like", "zeros_like")
ELEMENTWISE = [
    "abs",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "ceil",
    "clip",
    "conj",
    "copysign",
    "cos",
    "cosh",
    "divide",
    "equal",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "imag",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "nextafter",
    "not_equal",
    "positive",
    "pow",
    "real",
    "reciprocal",
    "remainder",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
    "where",
]

MANIPULATION = [
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "concat",
    "expand_dims",
    "flip",
    "matrix_transpose",
    "moveaxis",
    "permute_dims",
    "repeat",
    "reshape",
    "roll",
    "split",
    "squeeze",
    "stack",
    "tile",
    "tril",
    "triu",
    "unstack",
]

RUNNING = ["cumulative_prod", "cumulative_sum", "prod"]
REDUCTIONS = ["all", "any", "max", "mean", "min", "std", "sum", "var"]
PRODUCTS = ["matmul", "tensordot", "vecdot"]
SEARCHING = ["argmax", "argmin", "count_nonzero", "nonzero", "searchsorted"]
SETS = ["isin", "unique_all", "unique_counts", "unique_inverse", "unique_values"]
SORTING = ["argsort", "sort"]
TAKING = ["diff", "take", "take_along_axis"]
EXCHANGE = ["from_dlpack"]
VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")
DTYPES = {f.__name__: f for f in (can_cast, finfo, iinfo, isdtype, result_type)}
#: functions that look at the current backend: bound to the namespace's own
BOUND = {*CREATION, *EXCHANGE, "result_type", "fftfreq", "rfftfreq"}


def functions() -> dict[str, Any]:
    """Every public function of the namespace, by its name in the standard."""
    rooms = (
        (creation, CREATION + LIKE),
        (elementwise, ELEMENTWISE),
        (manipulation, MANIPULATION),
        (products, RUNNING),
        (reductions, REDUCTIONS),
        (linalg, PRODUCTS),
        (searching, SEARCHING),
        (sets, SETS),
        (sorting, SORTING),
        (taking, TAKING),
        (exchange, EXCHANGE),
    )
    found = {name: getattr(room, name) for room, names in rooms for name in names}
    return found | DTYPES


class Namespace(ModuleType):
    """A module of functions bound to one backend; two of the same backend are the same object."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(
            f"unigrad.namespace.{backend.name}", f"unigrad's functions, making arrays on {backend.name!r}."
        )
        for name, function in functions().items():
            setattr(self, name, _bound(function, backend.name) if name in BOUND else function)
        self.fft = _extension("fft", {name: getattr(fft, name) for name in fft.__all__}, self.__name__, backend.name)
        for dtype in dtypes.ALL:
            setattr(self, dtype.name, dtype)
        self.pi, self.e, self.inf, self.nan, self.newaxis = (
            3.141592653589793,
            2.718281828459045,
            float("inf"),
            float("nan"),
            None,
        )
        self.linalg = linalg_extension  # makes no new arrays: one for all backends
        self.special = special
        self.__array_api_version__ = VERSIONS[-1]
        self._backend = backend

    def __array_namespace_info__(self) -> Info:
        """What the backend can do: the standard's inspection functions."""
        chosen = get_backend()
        return Info(chosen if chosen.name == self._backend.name else self._backend)

    def __reduce__(self) -> Any:
        return _by_name, (self.__name__.rpartition(".")[2],)


def _extension(name: str, members: dict[str, Any], parent: str, home: str) -> ModuleType:
    """An extension as a module of functions bound to one backend."""
    module = ModuleType(f"{parent}.{name}", f"The {name} extension of the standard.")
    for member, function in members.items():
        setattr(module, member, _bound(function, home) if member in BOUND else function)
    return module


def _bound(function: Any, home: str) -> Any:
    """The function with new arrays in the library `home`: on the device of the backend in force, if that is of `home`."""
    import inspect  # 4 ms, and only here

    @functools.wraps(function)
    def on_backend(*args: Any, **kwargs: Any) -> Any:
        if get_backend().name == home:
            return function(*args, **kwargs)
        with use_backend(home):
            return function(*args, **kwargs)

    on_backend.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return on_backend


_namespaces: dict[str, Namespace] = {}


def namespace_of(backend: Backend, api_version: str | None = None) -> Namespace:
    """The namespace of a backend; a `VersionError` for a version of the standard that it does not follow."""
    if api_version is not None and api_version not in VERSIONS:
        raise VersionError(
            f"unigrad follows the array API of {', '.join(VERSIONS)}, not {api_version!r}: leave api_version out"
        )
    if backend.name not in _namespaces:
        _namespaces[backend.name] = Namespace(backend)
    return _namespaces[backend.name]


def _by_name(name: str) -> Namespace:
    from unigrad.backend import load

    return namespace_of(load(name))
