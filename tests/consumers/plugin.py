"""A pytest plugin for other libraries' own tests: unigrad's namespace stands where they look for array_api_strict.

UNIGRAD_CONSUMERS_BACKEND names the backend; without it the real array_api_strict is used, which gives the line to compare with.
Each function `stand_in_...` says what it is needed for.
"""

import functools
import inspect
import os
import sys
from typing import Any

import numpy as np
import pytest
from recorder import (  # noqa: F401 - hooks
    pytest_collectreport,
    pytest_runtest_logreport,
    pytest_sessionfinish,
)

BACKEND = os.environ.get("UNIGRAD_CONSUMERS_BACKEND", "")


class Flags:
    """array_api_strict's context manager of restrictions, of which unigrad has none."""

    def __init__(self, **flags: Any) -> None:
        self.flags = flags

    def __enter__(self) -> "Flags":
        return self

    def __exit__(self, *exc: object) -> None:
        return None


def stand_in_module() -> None:
    """The namespace under the other's name, with the four names that array_api_strict has beyond the standard."""
    import unigrad

    xp: Any = unigrad.asarray(0.0).__array_namespace__()
    xp.__version__ = "2.6.1"  # SciPy asks for 2.3 or newer
    xp.set_array_api_strict_flags = lambda **flags: None  # called by SciPy's and array-api-extra's conftest
    xp.ArrayAPIStrictFlags = Flags  # array-api-extra's second variant of array_api_strict
    # array-api-extra and scikit-learn ask for a device by array_api_strict's names of its three: there is one here
    xp.Device = lambda name="": unigrad.__array_namespace_info__().default_device()
    sys.modules["array_api_strict"] = xp


def plain(x: Any) -> Any:
    """The numbers of a tensor, also of one that a tape watches, and of tensors inside of lists and tuples."""
    if hasattr(x, "__unigrad_tensor__"):
        return x.numpy()
    if type(x) in (list, tuple):
        return type(x)(map(plain, x))
    return x


def stand_in_assertions() -> None:
    """numpy.testing compares numbers: it is given those of a tensor, which a tape would not hand to `np.asarray`."""
    for name in dir(np.testing):
        if name.startswith("assert_") and "warns" not in name and "raises" not in name:
            setattr(np.testing, name, on_numbers(getattr(np.testing, name)))


def on_numbers(check: Any) -> Any:
    """An assertion of NumPy's that looks inside of tensors."""

    @functools.wraps(check)
    def call(*args: Any, **kwargs: Any) -> Any:
        return check(*map(plain, args), **{name: plain(value) for name, value in kwargs.items()})

    return call


if BACKEND:
    # now, and not in a hook: a conftest may be imported before any hook of a plugin is called
    stand_in_module()
    stand_in_assertions()


def concerned(item: pytest.Item) -> bool:
    """Whether a test is run on array_api_strict: by a parameter, or because its code says so."""
    function = getattr(item, "function", None)
    return "array_api_strict" in item.nodeid or (
        function is not None and "array_api_strict" in inspect.getsource(inspect.unwrap(function))
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what is run on array_api_strict; SciPy looks the namespace's name up in a set of those that it knows."""
    scipy = sys.modules.get("scipy.conftest")
    if BACKEND and scipy is not None:
        scipy.xp_known_backends.add(sys.modules["array_api_strict"].__name__)
    mine = [item for item in items if concerned(item)]
    config.hook.pytest_deselected(items=[item for item in items if not concerned(item)])
    items[:] = mine
