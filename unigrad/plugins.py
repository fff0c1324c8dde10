"""Plugins: the entry points of the group ``unigrad.backends``, how one is started, and what is said when that fails.

A plugin is whatever somebody has installed: its errors name the distribution and the entry point, and keep the original error.
One that is not unigrad's own is tried when it is first used: its arrays go to NumPy and back, so that wrong shapes and dtypes
are told here, and not by a wrong gradient.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from unigrad.dtypes import bool_, float64, int64
from unigrad.errors import BackendError, DTypeError
from unigrad.yielding import try_operators

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "unigrad.backends"
#: what a subclass of Backend must say
NEEDED = {
    "name": "the name by which it is chosen",
    "xp": "the array API namespace of its library",
    "array_types": "a tuple of the types of its arrays",
}


def registered() -> "dict[str, EntryPoint]":
    """The entry points, by the names of the backends."""
    from importlib.metadata import entry_points  # 30 ms, and not every program needs it

    found: dict[str, EntryPoint] = {}
    for e in entry_points(group=GROUP):
        other = found.setdefault(e.name, e)
        if other.value != e.value:
            raise BackendError(
                f"two plugins register a backend {e.name!r}, {origin(other)} and {origin(e)}: uninstall one of them"
            )
    if not found:
        raise BackendError(
            "no backend is registered: unigrad runs from a checkout that is not installed. Run `pip install -e .` in it"
        )
    return found


def origin(e: "EntryPoint") -> str:
    """Where a plugin comes from: its entry point and its distribution."""
    where = f"{e.dist.name} {e.dist.version}" if e.dist is not None else "no distribution"
    return f"{e.value} of {where}"


def start(name: str, device: str | None, base: type) -> Any:
    """A backend, ready for use.

    Args:
        name: of the entry point.
        device: the part after the colon.
        base: the class `Backend`, of which the plugin's must be a subclass.

    Raises:
        BackendError: there is none of that name, its library is missing, or the plugin is broken.
    """
    plugins = registered()
    if name not in plugins:
        raise BackendError(f"unknown backend {name!r}; registered are {', '.join(sorted(plugins))}")
    entry = plugins[name]
    what = f"the plugin of backend {name!r} ({origin(entry)})"
    hint = f"`pip install unigrad[{name}]`" if name in ("jax", "torch") else "see its documentation"
    try:
        cls = entry.load()
    except ImportError as e:
        raise BackendError(
            f"backend {name!r} is registered, but its library cannot be imported ({e}): {hint}; {what}"
        ) from e
    except Exception as e:
        raise BackendError(f"{what} raised {type(e).__name__} on import: {e}") from e
    if not (isinstance(cls, type) and issubclass(cls, base)):
        raise BackendError(f"{what} is no subclass of unigrad.Backend, but {cls!r}")
    make: Any = cls
    try:
        backend = make(device)
    except BackendError:
        raise
    except Exception as e:
        raise BackendError(f"backend {name!r} could not start: {type(e).__name__}: {e}; {what}") from e
    lacking = [n for n in NEEDED if not hasattr(backend, n)]
    if lacking:
        told = "; ".join(f"{n}, {NEEDED[n]}" for n in lacking)
        raise BackendError(f"{what} lacks {told}: write it as a class attribute of {cls.__name__}")
    if backend.name != name:
        raise BackendError(f"{what} calls itself {backend.name!r}: its `name` must be that of the entry point")
    if entry.dist is None or entry.dist.name != "unigrad":
        tried(backend, what)
    return backend


def tried(backend: Any, what: str) -> None:
    """An error for a plugin whose arrays are not what was put into them."""
    raw: Any = None
    for values in ([[1.5, -2.0, 0.0]], 2.5, np.zeros((0, 2)), [1, 2], [True]):
        x = np.asarray(values)
        wanted = {"f": float64, "i": int64, "b": bool_}[x.dtype.kind]
        try:
            native(backend, wanted)
        except DTypeError:
            wanted = np.dtype("float32" if wanted == float64 else "int32" if wanted == int64 else "bool")
        x = x.astype(wanted)
        steps: dict[str, Any] = {
            "asarray": lambda x=x, wanted=wanted: backend.asarray(x, wanted, None, True),
            "owns": lambda raw: backend.owns(raw) or "is no array of its array_types",
            "dtype_of": lambda raw, wanted=wanted: backend.dtype_of(raw) == wanted or backend.dtype_of(raw),
            "shape": lambda raw, x=x: tuple(raw.shape) == x.shape or tuple(raw.shape),
            "to_numpy": lambda raw, x=x: same(backend.to_numpy(raw), x),
            "index": lambda raw, x=x: same(backend.to_numpy(backend.kernel("getitem")(raw, ())), x),
            "like": lambda raw, x=x, wanted=wanted: same(
                backend.to_numpy(backend.like(raw, 1, wanted, None)), np.ones_like(x)
            ),
            "create": lambda raw, x=x, wanted=wanted: same(
                backend.to_numpy(backend.create("zeros", (x.shape,), wanted, None)), np.zeros_like(x)
            ),
        }
        for step, ask in steps.items():
            try:
                answer = ask() if step == "asarray" else ask(raw)
            except Exception as e:
                raise BackendError(
                    f"{what}: {step} raised {type(e).__name__} for an array of {x.dtype}{list(x.shape)}: {e}"
                ) from e
            if step == "asarray":
                raw = answer
            elif answer is not True:
                raise BackendError(f"{what}: {step} is wrong for an array of {x.dtype}{list(x.shape)}: {answer}")
    try_operators(backend.name, raw)
    default = backend.native_default_float()
    if not isinstance(default, np.dtype) or default not in (np.dtype("float32"), float64, np.dtype("float16")):
        raise BackendError(f"{what}: native_default_float gives {default!r}, which is no real float of NumPy's")


def native(backend: Any, dtype: Any) -> Any:
    """The library's own dtype."""
    return backend.native_dtype(dtype)


def same(got: Any, want: Any) -> Any:
    """True, or what is wrong with an array."""
    if not isinstance(got, np.ndarray):
        return f"a {type(got).__name__} and no ndarray"
    if got.dtype != want.dtype or got.shape != want.shape:
        return f"{got.dtype}{list(got.shape)}, expected {want.dtype}{list(want.shape)}"
    return True if np.array_equal(got, want) else f"{got.tolist()}, expected {want.tolist()}"
