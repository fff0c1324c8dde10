"""Where a run takes place: versions, the machine, and what a backend says of itself before it is trusted with anything."""

import os
import platform
import sys
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, entry_points, version

import numpy as np

import unigrad as ug
from unigrad.backend import Backend, load
from unigrad.errors import BackendError, DTypeError
from unigrad.plugins import GROUP
from unigrad_conformance.subjects.native import has_native

#: the libraries whose versions a report names, where they are installed
LIBRARIES = (
    "unigrad",
    "numpy",
    "jax",
    "jaxlib",
    "torch",
    "array-api-compat",
    "array-api-strict",
    "ml_dtypes",
    "mpmath",
    "scipy",
)
#: the real ones can be chosen; complex numbers go with the dtype of their parts
REAL = ("float64", "float32", "float16", "bfloat16")
DTYPES = (*REAL, "complex128", "complex64")


@dataclass(frozen=True)
class BackendFacts:
    """One backend of a run."""

    #: as in UNIGRAD_BACKEND, a device after the colon
    name: str
    #: where new arrays are made, and all devices that the library sees
    device: str = ""
    devices: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    #: products of float32 matrices may be computed in TF32, with ten bits of mantissa
    tf32: bool = False
    #: "": it works. "asked": there is no such device, or no autodiff of its own. "broken": it cannot be imported, or its
    #: arrays are not what they should be
    trouble: str = ""
    message: str = ""


@dataclass(frozen=True)
class Machine:
    """The computer and its libraries."""

    system: str = field(default_factory=platform.system)
    release: str = field(default_factory=platform.release)
    machine: str = field(default_factory=platform.machine)
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)
    python: str = field(default_factory=platform.python_version)


def versions() -> dict[str, str]:
    """The installed versions of the libraries that matter."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def registered() -> list[str]:
    """The names of the backends that are installed, without importing any."""
    return sorted({e.name for e in entry_points(group=GROUP)})


def ask(spec: str) -> BackendFacts:
    """Load a backend and try its arrays; what is wrong is told, not raised."""
    native = spec.endswith(" native")
    name, _, device = spec.removesuffix(" native").partition(":")
    try:
        load(name)  # on its own device: what fails here is the plugin
    except BackendError as e:
        return BackendFacts(spec, trouble="broken", message=str(e))
    try:
        backend = load(spec.removesuffix(" native"))
    except BackendError as e:
        return BackendFacts(spec, trouble="asked" if device else "broken", message=str(e))
    try:
        if native and not has_native(backend):
            return BackendFacts(spec, trouble="asked", message=f"{name} has no autodiff of its own to be tested")
        with ug.use_backend(spec.removesuffix(" native")):
            wrong = what_is_wrong(backend)
        if wrong:
            return BackendFacts(spec, trouble="broken", message=f"backend {spec!r} is broken: {wrong}")
        return BackendFacts(
            spec, backend.default_device(), tuple(backend.devices()), dtypes_of(backend), uses_tf32(backend)
        )
    except Exception as e:  # noqa: BLE001  (a plugin may raise anything)
        return BackendFacts(spec, trouble="broken", message=f"backend {spec!r} is broken: {type(e).__name__}: {e}")


def what_is_wrong(backend: Backend) -> str:
    """The first of a backend's basic promises that it does not keep; "": it keeps them."""
    there = np.arange(6.0).reshape(2, 3)
    for given in (there, there.astype(np.float32), np.arange(3), np.asarray(True)):
        if not has(backend, given.dtype.name):
            continue
        raw = backend.asarray(given, given.dtype, None, True)
        if not backend.owns(raw):
            return f"its `asarray` makes a {type(raw).__name__}, and its `owns` says that this is not its own array"
        if tuple(raw.shape) != given.shape:
            return f"an array of shape {given.shape} has shape {tuple(raw.shape)} after `asarray`"
        if backend.dtype_of(raw) != given.dtype:
            return f"an array of {given.dtype} is one of {backend.dtype_of(raw)} after `asarray`"
        back = backend.to_numpy(raw)
        if back.shape != given.shape or not np.array_equal(back, given):
            return f"`to_numpy` of `asarray` of {given.tolist()} is {np.asarray(back).tolist()}"
    x = ug.asarray(backend.asarray(there, None, None, True))
    for what, got, want in (("x + x", x + x, there + there), ("sum(x)", ug.sum(x), there.sum())):
        if got.shape != np.shape(want):
            return f"{what} of shape {there.shape} has shape {got.shape}, expected {np.shape(want)}"
        if not np.allclose(backend.to_numpy(got.raw), want):
            return f"{what} is {backend.to_numpy(got.raw).tolist()}, expected {np.asarray(want).tolist()}"
    return ""


def dtypes_of(backend: Backend) -> tuple[str, ...]:
    """The floating and complex dtypes that a backend has."""
    return tuple(name for name in DTYPES if has(backend, name))


def has(backend: Backend, dtype: str) -> bool:
    """Whether a backend has this dtype."""
    try:
        backend.native_dtype(ug.dtypes.BY_NAME[dtype])
    except DTypeError:
        return False
    return True


def uses_tf32(backend: Backend) -> bool:
    """Whether float32 products on this backend's device may be rounded to TF32."""
    device = backend.default_device()
    if backend.name == "torch" and device.startswith("cuda"):
        return bool(sys.modules["torch"].backends.cuda.matmul.allow_tf32)
    if backend.name == "jax" and device.startswith(("gpu", "cuda")):
        return sys.modules["jax"].config.jax_default_matmul_precision in (
            None,
            "default",
            "tensorfloat32",
            "BF16_BF16_F32",
        )
    return False
