"""Where NumPy's calls arrive. A plain call of a ufunc is one look into a dict; everything else is looked up once."""

import sys
from collections.abc import Callable
from typing import Any

from unigrad.errors import NoRuleError

#: the function that computes a ufunc or a function of NumPy, by the object itself; filled as they are first called
CALLS: dict[Any, Callable[..., Any]] = {}


def array_ufunc(self: Any, ufunc: Any, method: str, /, *inputs: Any, **options: Any) -> Any:
    """NumPy's protocol for ufuncs: ``np.sin(t)``, ``np.add.reduce(t)``, ``ndarray + t``."""
    if method == "__call__" and not options:
        function = CALLS.get(ufunc)
        if function is None:
            function = find(ufunc)
        return function(*inputs)
    from unigrad.protocols.methods import METHODS

    return METHODS[method](ufunc, find(ufunc), inputs, options)


def array_function(self: Any, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's protocol for all its other functions: ``np.mean(t)``, ``np.linalg.solve(t, b)``."""
    function = CALLS.get(func)
    if function is None:
        function = find(func)
    return function(*args, **kwargs)


def find(func: Any) -> Callable[..., Any]:
    """The function that computes `func` on tensors, remembered."""
    found = CALLS.get(func)
    if found is None:
        name = _names().get(func)
        if name is None:
            return _of_scipy(func) or _without_a_row(func)
        found = CALLS[func] = numpy_rules()[name].function
    return found


def numpy_rules() -> dict[str, Any]:
    """The table: for each name of NumPy's (as after "np.") its row."""
    from unigrad.protocols import (  # noqa: F401 - each fills the table
        calculus,
        creation,
        fft,
        inspection,
        joining,
        linalg,
        manipulation,
        polynomials,
        products,
        reductions,
        refused,
        searching,
        statistics,
        ufuncs,
        writing,
    )
    from unigrad.protocols.table import ROWS

    return ROWS


_by_object: dict[Any, str] = {}


def _names() -> dict[Any, str]:
    """The name of each object of NumPy that has a row."""
    if not _by_object:
        from unigrad.protocols.table import of_numpy

        for name in numpy_rules():
            found = of_numpy(name)
            if found is not None:  # an older NumPy has fewer
                _by_object.setdefault(found, name)
    return _by_object


def _of_scipy(func: Any) -> Callable[..., Any] | None:
    """A ufunc of scipy.special is unigrad's special function of that name, if there is one, or NumPy's (`log1p`)."""
    name = getattr(func, "__name__", "")
    scipy = sys.modules.get("scipy.special")
    special = getattr(sys.modules["unigrad"], "special", None)
    if scipy is None or special is None or getattr(scipy, name, None) is not func:
        return None
    found = getattr(special, name, None)
    if found is None and name in numpy_rules():
        found = numpy_rules()[name].function
    if found is not None:
        CALLS[func] = found
    return found


def _without_a_row(func: Any) -> Callable[..., Any]:
    module = getattr(func, "__module__", None)
    name = f"{module + '.' if module else ''}{getattr(func, '__name__', func)}"
    raise NoRuleError(
        f"{name} has no rule for tensors, and its own result would lose the gradient: use unigrad's functions, "
        f"or call it with t.numpy() to leave the tape on purpose"
    )
