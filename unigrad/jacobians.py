"""Jacobians and Hessians of functions, each in one batched sweep: by `vmap`, and never in a loop.

Arguments, structures and raw arrays are handled as everywhere in the functional face: see `unigrad.arguments`. The Jacobian of a
result by an argument has the axes of the result, then those of the argument; of structures it is a structure of the result's
form with one of the argument's form in every place.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from unigrad import batching  # noqa: F401  binds the rules of batching
from unigrad.arguments import Argnames, Argnums, Selection, Sources
from unigrad.backend import kind_of
from unigrad.batching.crossing import enter, examples_of
from unigrad.batching.units import beside, units
from unigrad.conforming import dtype_text, is_raw, plain, plain_tree, raw_of
from unigrad.errors import DTypeError, SourceTypeError
from unigrad.forward import ForwardAccumulator
from unigrad.lending import settle
from unigrad.ops.creation import asarray
from unigrad.ops.elementwise import conj
from unigrad.ops.manipulation import size_of
from unigrad.primitive import TABLE, wrap
from unigrad.recording import LEVEL, paused
from unigrad.results import parted
from unigrad.sources import short
from unigrad.structures import flatten_with_none
from unigrad.tape import GradientTape
from unigrad.tensor import Tensor

Function = Callable[..., Any]


def jacrev(
    f: Function, argnums: Argnums = None, argnames: Argnames = None, *, has_aux: bool = False, holomorphic: bool = False
) -> Function:
    """A function that gives the Jacobian of `f` by reverse mode: one sweep with a unit cotangent for each element of the result.

    The better choice where the result has fewer elements than the arguments.

    Args:
        f: of arrays and nested structures of them; it returns likewise, real floating numbers.
        argnums: the position of the argument to differentiate by, or several; the first by default. For several the Jacobian has
            a tuple with one for each.
        argnames: likewise by name; for several names a dict. With `argnums` as well, a pair.
        has_aux: `f` returns a pair, the result and something more, and so does the new function.
        holomorphic: `f` is a complex differentiable function of complex arguments, and the Jacobian its complex derivative.
            Without it the rows are gradients, df/dx + i df/dy.

    Returns:
        A function of the arguments of `f`. Each Jacobian has the shape of the result, then that of the argument. What is not
        connected has zeros.

    Raises:
        SourceTypeError: `f` returns what is no array. DTypeError: a result of no real floating dtype, or, where `holomorphic`,
            arguments or results that are not complex.
    """
    ask = _Asked("jacrev", f, argnums, argnames, has_aux, holomorphic)

    @functools.wraps(f)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        return _reverse(ask, Sources(ask.selection, args, kwargs))

    return jacobian_of


def jacfwd(
    f: Function, argnums: Argnums = None, argnames: Argnames = None, *, has_aux: bool = False, holomorphic: bool = False
) -> Function:
    """A function that gives the Jacobian of `f` by forward mode: one run with a unit tangent for each element of its arguments.

    The better choice where the arguments have fewer elements than the result. Arguments, results and errors are those of
    `jacrev`; here the arguments are real unless `holomorphic`, and the results may be complex.
    """
    ask = _Asked("jacfwd", f, argnums, argnames, has_aux, holomorphic)

    @functools.wraps(f)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        return _forward(ask, Sources(ask.selection, args, kwargs))

    return jacobian_of


def jacobian(
    f: Function, argnums: Argnums = None, argnames: Argnames = None, *, has_aux: bool = False, holomorphic: bool = False
) -> Function:
    """A function that gives the Jacobian of `f`, by forward or reverse mode, whichever takes fewer rows.

    `f` runs once, recorded; if it turns out to have more results than arguments, it runs a second time, for forward mode.
    Arguments, results and errors are those of `jacrev`.
    """
    ask = _Asked("jacobian", f, argnums, argnames, has_aux, holomorphic)

    @functools.wraps(f)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        return _reverse(ask, Sources(ask.selection, args, kwargs), or_forward=True)

    return jacobian_of


def hessian(
    f: Function, argnums: Argnums = None, argnames: Argnames = None, *, has_aux: bool = False, holomorphic: bool = False
) -> Function:
    """A function that gives the second derivatives of `f`: the Jacobian of its gradient, in one sweep.

    Args:
        f: returns one real number, or, as for `jacrev`, any arrays.
        argnums, argnames, has_aux, holomorphic: as in `jacrev`.

    Returns:
        A function of the arguments of `f`. Of a scalar by one argument it gives an array with the argument's shape twice over; of
        several arguments or structures a structure of their form, with one of the same form in every place. The axes of results
        that are no scalars come first.
    """
    ask = _Asked("hessian", f, argnums, argnames, has_aux, holomorphic)

    @functools.wraps(f)
    def hessian_of(*args: Any, **kwargs: Any) -> Any:
        sources = Sources(ask.selection, args, kwargs)
        ask.check_sources(sources, real=False)
        with GradientTape(persistent=True, watch_accessed_variables=False) as outer:
            outer.watch(sources.tensors)
            with GradientTape(persistent=True, watch_accessed_variables=False) as inner:
                inner.watch(sources.tensors)
                leaves, rebuild, aux = ask.results(f(*sources.args, **sources.kwargs))
            first = [_first_order(inner, leaf, sources.tensors, holomorphic) for leaf in leaves]
        found = []
        for rows in first:
            second = [outer.jacobian(g, sources.tensors, "zero") for g in rows]
            found.append(sources.back([sources.back([_turned(h, holomorphic) for h in hs]) for hs in second]))
        return ask.done(sources, rebuild(found), aux)

    return hessian_of


def laplacian(f: Function, argnums: Argnums = None, argnames: Argnames = None, *, has_aux: bool = False) -> Function:
    """A function that gives the Laplacian of `f`: the sum of its second derivatives by each element of the arguments.

    By forward mode over forward mode, with a unit tangent for each element: no Hessian is made.

    Args:
        f: of real arguments; it returns arrays of any shape.
        argnums, argnames, has_aux: as in `jacrev`; of several arguments the elements are counted together.

    Returns:
        A function of the arguments of `f`, with results of the form of those of `f`.
    """
    ask = _Asked("laplacian", f, argnums, argnames, has_aux, False)

    @functools.wraps(f)
    def laplacian_of(*args: Any, **kwargs: Any) -> Any:
        sources = Sources(ask.selection, args, kwargs)
        ask.check_sources(sources, real=True)
        level, size, tangents = _units(sources.tensors)
        with ForwardAccumulator(sources.tensors, tangents) as outer:
            with ForwardAccumulator(sources.tensors, tangents) as inner:
                leaves, rebuild, aux = ask.results(f(*sources.args, **sources.kwargs))
            first = [inner.jvp(leaf, "zero") for leaf in leaves]
        found = []
        for slope in first:
            second = examples_of(outer.jvp(slope, "zero"), level, size)
            found.append(TABLE["sum"](second, axis=(0,), keepdims=False))
        found = [plain(x) for x in found] if sources.raw else found
        return ask.done(sources, rebuild(found), aux)

    return laplacian_of


# -- both modes ----------------------------------------------------------------------------------------------------------


class _Asked:
    """What a caller asked for, and the checks of what comes by."""

    def __init__(
        self, what: str, f: Function, argnums: Argnums, argnames: Argnames, has_aux: bool, holomorphic: bool
    ) -> None:
        self.what = what
        self.f = f
        self.selection = Selection(what, f, argnums, argnames)
        self.has_aux = has_aux
        self.holomorphic = holomorphic

    def check_sources(self, sources: Sources, *, real: bool) -> None:
        """Complex arguments where the function is holomorphic, and real ones where it must be so."""
        for t in sources.tensors:
            is_complex = kind_of(raw_of(t)) == "c"
            if self.holomorphic and not is_complex:
                raise DTypeError(f"{self.what}: a holomorphic function has complex arguments, not one {dtype_text(t)}")
            if real and is_complex and not self.holomorphic:
                raise DTypeError(
                    f"{self.what}: an argument {dtype_text(t)}: forward mode takes a direction for each real number: give real "
                    f"and imaginary parts, or say holomorphic=True where the function is complex differentiable"
                )

    def results(self, value: Any) -> tuple[list[Tensor], Callable[[list[Any]], Any], Any]:
        """The tensors that the function returned, the way back into their structure, and what it returned besides."""
        value, aux = parted(self.what, value, self.has_aux)
        leaves, unflatten = flatten_with_none(value)
        if value is None or all(leaf is None for leaf in leaves):
            raise SourceTypeError(f"{self.what}: the function returned no array, but {short(value)}")

        def rebuild(found: list[Any]) -> Any:
            rest = iter(found)
            return unflatten([None if leaf is None else next(rest) for leaf in leaves])

        return [self._result(leaf) for leaf in leaves if leaf is not None], rebuild, aux

    def _result(self, leaf: Any) -> Tensor:
        if is_raw(leaf):  # of arguments that are no sources: a constant
            leaf = asarray(leaf)
        if not hasattr(leaf, "__unigrad_tensor__"):
            raise SourceTypeError(
                f"{self.what}: the function returned {short(leaf)} of type {type(leaf).__name__}, which is no tensor: what has "
                f"left the library has no derivative"
            )
        t: Tensor = leaf.__unigrad_tensor__()
        kind = kind_of(settle(t))
        if kind not in "fc":
            raise DTypeError(f"{self.what}: a result {dtype_text(t)} has no derivative: only floating numbers have")
        if self.holomorphic and kind != "c":
            raise DTypeError(f"{self.what}: a holomorphic function has complex results, not one {dtype_text(t)}")
        if kind == "c" and not self.holomorphic and self.what not in ("jacfwd", "laplacian"):
            raise DTypeError(
                f"{self.what}: a result {dtype_text(t)}: reverse mode gives a gradient for each real number: return real and "
                f"imaginary parts, or say holomorphic=True where the function is complex differentiable"
            )
        return t

    def done(self, sources: Sources, result: Any, aux: Any) -> Any:
        """The result, with what the function returned besides."""
        if not self.has_aux:
            return result
        return result, plain_tree(aux) if sources.raw else aux


def _reverse(ask: _Asked, sources: Sources, *, or_forward: bool = False) -> Any:
    """Jacobians by a sweep of the tape; by forward mode if that takes fewer rows."""
    ask.check_sources(sources, real=False)
    with GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(sources.tensors)
        leaves, rebuild, aux = ask.results(ask.f(*sources.args, **sources.kwargs))
    if or_forward:
        inputs = sum(size_of(t.shape) for t in sources.tensors)
        is_real = ask.holomorphic or not any(kind_of(raw_of(t)) == "c" for t in sources.tensors)
        if is_real and 0 < inputs < sum(size_of(leaf.shape) for leaf in leaves):
            del tape, leaves
            return _forward(ask, sources)
    found = []
    for leaf in leaves:
        rows = tape.jacobian(leaf, sources.tensors, "zero")
        found.append(sources.back([_turned(j, ask.holomorphic) for j in rows]))
    return ask.done(sources, rebuild(found), aux)


def _forward(ask: _Asked, sources: Sources) -> Any:
    """Jacobians by one run with batched tangents."""
    ask.check_sources(sources, real=True)
    level, size, tangents = _units(sources.tensors)
    with ForwardAccumulator(sources.tensors, tangents) as acc:
        leaves, rebuild, aux = ask.results(ask.f(*sources.args, **sources.kwargs))
    found = []
    for leaf in leaves:
        columns = examples_of(acc.jvp(leaf, "zero"), level, size)
        ndim = len(columns.shape)
        columns = TABLE["permute_dims"](columns, axes=(*range(1, ndim), 0))
        found.append(sources.back(list(_parts(columns, sources.tensors))))
    return ask.done(sources, rebuild(found), aux)


def _parts(columns: Any, tensors: Sequence[Any]) -> Iterator[Any]:
    """The part of the last axis that belongs to each of the tensors, in its shape."""
    start = 0
    *lead, _ = columns.shape
    for t in tensors:
        n = size_of(t.shape)
        part = TABLE["getitem"](columns, index=(..., slice(start, start + n)))
        yield TABLE["reshape"](part, shape=(*lead, *t.shape))
        start += n


def _units(tensors: Sequence[Any]) -> tuple[int, int, list[Tensor]]:
    """A unit tangent for every element of all tensors: their level of batching, their number, and the tangents."""
    size = sum(size_of(t.shape) for t in tensors)
    level, start, found = LEVEL.next(), 0, []
    if len(tensors) == 1:
        ones = beside(np.ones(tensors[0].shape, tensors[0].dtype), raw_of(tensors[0]))
        return level, size, [wrap(units(ones, level))]
    with paused():
        for t in tensors:
            n = size_of(t.shape)
            each = np.eye(size, n, -start, dtype=t.dtype).reshape(size, *t.shape)
            found.append(enter(wrap(beside(each, raw_of(t))), level=level, size=size))
            start += n
    return level, size, found


def _first_order(tape: GradientTape, leaf: Tensor, tensors: list[Any], holomorphic: bool) -> list[Any]:
    """The gradient of a scalar, or the Jacobian of another result."""
    rows = tape.jacobian(leaf, tensors, "zero") if leaf.shape else tape.gradient(leaf, tensors, None, "zero")
    return [_turned(g, holomorphic) for g in rows]


def _turned(x: Any, holomorphic: bool) -> Any:
    """Of a holomorphic function the derivative: the conjugate of what a tape gives."""
    return conj(x) if holomorphic else x
