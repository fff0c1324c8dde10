"""Every name of the standard is there, with the standard's signature: in unigrad, in each namespace, and on a tensor."""

import inspect
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import array_api_strict as strict
import pytest

import unigrad as ug
from unigrad.namespace import namespace_of

#: what array-api-strict has besides the standard
ITS_OWN = {
    "ArrayAPIStrictFlags", "Device", "ModuleType", "get_array_api_strict_flags", "reset_array_api_strict_flags",
    "set_array_api_strict_flags", "linalg", "fft",
}  # fmt: skip
EXTENSIONS = ["fft", *(["linalg"] if hasattr(ug, "linalg") else [])]
NAMES = sorted(n for n in dir(strict) if not n.startswith("_") and n not in ITS_OWN)
DUNDERS = ("__array_api_version__", "__array_namespace_info__")
#: where the standard says otherwise, or we give more
OTHERWISE = {
    "expand_dims": "axis has a default here",
}
#: of an array of array-api-strict, what is not the standard's
INSIDE = {"__buffer__", "__array__", "__array_priority__"}


@pytest.fixture(autouse=True)
def _newest() -> Iterator[None]:
    """What array-api-strict knows of 2025.12 too, draft or not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strict.set_array_api_strict_flags(api_version="2025.12")
    yield
    strict.reset_array_api_strict_flags()


def functions(module: ModuleType) -> dict[str, Any]:
    """The module's own public functions."""
    listed = getattr(module, "__all__", None) or [n for n in dir(module) if not n.startswith("_")]
    return {n: getattr(module, n) for n in listed if inspect.isfunction(getattr(module, n))}


@pytest.mark.parametrize("where", ["unigrad", "numpy", "jax", "torch", "strict"])
def test_every_name_is_there(where: str) -> None:
    namespace = ug if where == "unigrad" else namespace_of(ug.backend.load(where))
    assert len(NAMES) > 150
    assert [n for n in (*NAMES, *DUNDERS, *EXTENSIONS) if not hasattr(namespace, n)] == []
    for extension in EXTENSIONS:
        have = getattr(namespace, extension)
        assert [n for n in functions(getattr(strict, extension)) if not hasattr(have, n)] == []


def parameters(function: Any) -> list[tuple[Any, ...]]:
    """Kinds, names where a name can be said, and defaults."""
    absent = "Undef"  # array-api-strict's mark for an argument that was not given
    positional = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL
    return [
        (
            p.kind.name,
            p.name if p.kind not in positional else None,
            None if type(p.default).__name__ == absent else p.default,
        )
        for p in inspect.signature(function).parameters.values()
    ]


@pytest.mark.parametrize("extension", ["", "fft", "linalg"])
def test_signatures_are_the_standards(extension: str) -> None:
    theirs = getattr(strict, extension) if extension else strict
    ours = getattr(ug, extension) if extension else ug
    apart, agree = [], 0
    for name, function in functions(theirs).items():
        if name in OTHERWISE or name in ITS_OWN:
            continue
        if parameters(getattr(ours, name)) == parameters(function):
            agree += 1
        else:
            apart.append(f"{name}: {inspect.signature(getattr(ours, name))}, expected {inspect.signature(function)}")
    assert not apart, "\n".join(apart)
    assert agree > (100 if not extension else 10)


def test_a_namespaces_functions_keep_their_signatures() -> None:
    namespace = namespace_of(ug.backend.load("numpy"))
    for name in NAMES:
        if callable(getattr(ug, name)) and not isinstance(getattr(ug, name), type):
            assert inspect.signature(getattr(namespace, name)) == inspect.signature(getattr(ug, name)), name


def test_an_array_has_every_attribute_and_operator() -> None:
    array = type(strict.asarray(1.0))
    public = [n for n in vars(array) if not n.startswith("_") or (n.startswith("__") and n.endswith("__"))]
    assert len(public) > 50
    assert [n for n in public if n not in INSIDE and not hasattr(ug.Tensor, n)] == []


def test_constants_and_dtypes() -> None:
    for name in ("e", "inf", "pi"):
        assert getattr(ug, name) == getattr(strict, name)
    assert ug.nan != ug.nan
    assert ug.newaxis is None
    assert [getattr(ug, d).name for d in ("bool", "int8", "uint64", "float32", "complex128")] == [
        "bool", "int8", "uint64", "float32", "complex128",
    ]  # fmt: skip
