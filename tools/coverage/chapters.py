"""Every public name, in its chapter: those of the standard in the standard's order, then what is beyond it."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import unigrad as ug
from tools.coverage import standard
from unigrad import nn
from unigrad.ops import load_all

load_all()

#: chapters of the standard's main namespace that hold functions of arrays
MAIN = (
    ("Creation functions", standard.CREATION),
    ("Elementwise functions", standard.ELEMENTWISE),
    ("Manipulation functions", standard.MANIPULATION),
    ("Indexing functions", standard.INDEXING),
    ("Products", standard.PRODUCTS),
    ("Statistical functions", standard.STATISTICS),
    ("Searching and sorting", standard.SEARCHING),
    ("Set functions", standard.SETS),
    ("Utility functions", standard.UTILITIES),
)
NETWORKS = ("avg_pool", "conv", "max_pool")
#: attributes of a tensor that say what it is
TELLING = [
    "backend", "device", "dtype", "itemsize", "nbytes", "ndim", "raw", "shape", "size", "__array_namespace__",
    "__dlpack_device__", "__len__", "__array_function__", "__array_ufunc__",
]  # fmt: skip
#: what Python asks of every class
PYTHON = {"__array_priority__", "__copy__", "__deepcopy__", "__annotations__", "__module__", "__slots__", "__weakref__"}
#: the engine's own side of a tensor
INSIDE = {"leaf_node", "source_node", "__unigrad_tensor__"}


@dataclass(frozen=True)
class Name:
    """One public name."""

    #: with its module, or "Tensor", before it
    path: str
    thing: Any

    @property
    def shown(self) -> str:
        """As it stands in its table."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True)
class Chapter:
    """One table of functions (`functions`), or a list of things that compute nothing."""

    title: str
    names: tuple[Name, ...]
    functions: bool = True
    prefix: str = "unigrad."


def of(module: Any, names: Any, before: str = "") -> tuple[Name, ...]:
    """Names of a module, sorted."""
    return tuple(Name(before + n, getattr(module, n)) for n in sorted(names))


def chapters() -> Iterator[Chapter]:
    """All of them."""
    public = set(ug.__all__)
    for title, names in MAIN:
        yield Chapter(title, of(ug, names))
        public -= set(names)
    constants = [n for n in public if isinstance(getattr(ug, n), float | None)]
    dtypes = [n for n in public if isinstance(getattr(ug, n), np.dtype)]
    public -= {*constants, *dtypes, *standard.INSPECTION}
    yield Chapter("Linear algebra", of(ug.linalg, functions(ug.linalg), "linalg."), prefix="unigrad.linalg.")
    yield Chapter("Fourier transforms", of(ug.fft, functions(ug.fft), "fft."), prefix="unigrad.fft.")
    yield Chapter("Operators and methods of a tensor", of(ug.Tensor, methods(), "Tensor."), prefix="Tensor.")
    beyond = [n for n in public if n in functions(ug) and n not in TOOLS]
    yield Chapter("Beyond the standard", of(ug, beyond))
    yield Chapter("Special functions", of(ug.special, ug.special.__all__, "special."), prefix="unigrad.special.")
    yield Chapter("Convolution and pooling", of(nn, NETWORKS, "nn."), prefix="unigrad.nn.")
    yield Chapter("Constants", of(ug, constants), functions=False)
    yield Chapter("Dtypes", of(ug, dtypes), functions=False)
    yield Chapter("Inspection", of(ug, standard.INSPECTION), functions=False)
    yield Chapter("What a tensor says of itself", of(ug.Tensor, TELLING, "Tensor."), functions=False, prefix="Tensor.")
    errors = {n for n in public if isinstance(t := getattr(ug, n), type) and issubclass(t, Exception)}
    rest = public - set(beyond) - errors - {"fft", "linalg", "special", "random"}
    yield Chapter("Tapes, variables, backends", of(ug, rest), functions=False)
    yield Chapter("Random arrays", of(ug.random, own(ug.random), "random."), functions=False, prefix="unigrad.random.")
    yield Chapter("Errors and warnings", of(ug, errors), functions=False)


#: functions of functions
TRANSFORMS = frozenset((
    "checkpoint", "custom_gradient", "elementwise_grad", "grad", "grad_pass_through", "gradients", "hessian", "hessians",
    "hvp", "jacfwd", "jacobian", "jacrev", "jvp", "laplacian", "linearize", "recompute_grad", "stop_gradient",
    "value_and_grad", "vectorized_map", "vhp", "vjp", "vmap",
))  # fmt: skip
#: and functions that compute nothing
TOOLS = TRANSFORMS | frozenset((
    "backends", "debug", "get_backend", "numpy_rules", "set_backend", "set_default_dtype", "use_backend",
))  # fmt: skip


def functions(module: Any) -> list[str]:
    """The public functions of a module: not its classes, nor its constants."""
    return [
        n for n in module.__all__
        if callable(t := getattr(module, n)) and not isinstance(t, type | np.dtype) and n not in standard.INSPECTION
    ]  # fmt: skip


def own(module: Any) -> list[str]:
    """The public functions that a module without a list of names defines."""
    return [
        n for n, f in vars(module).items()
        if inspect.isfunction(f) and f.__module__ == module.__name__ and not n.startswith("_")
    ]  # fmt: skip


def methods() -> list[str]:
    """What a tensor computes."""
    found = {n for n in dir(ug.Tensor) if n not in dir(object) and not (n.startswith("_") and not n.endswith("__"))}
    found |= {"__eq__", "__ge__", "__gt__", "__le__", "__lt__", "__ne__"}
    return sorted(found - {*TELLING, *INSIDE, *PYTHON})
