"""The functional face: functions of functions, over the tape and the accumulator.

All of them take functions of tensors. The arguments that are differentiated may be tensors, variables, modules, arrays of any
library, Python floats, and structures of these (lists, tuples, dicts, named tuples, what optree knows). Who gives arrays gets
arrays back, and who gives tensors tensors; a result that a tape or an accumulator outside tracks is always a tensor, for it
would lose its gradient otherwise. They nest, and mix with tapes and accumulators, in any order. What a function reads besides
its arguments is constant for them, and keeps its gradient for tapes outside.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from unigrad import dtypes
from unigrad.arguments import Argnames, Argnums, Selection, Sources
from unigrad.backend import kind_of
from unigrad.conforming import conforming, is_array, plain, plain_tree, raw_of
from unigrad.errors import DTypeError, ShapeError, SourceError, SourceTypeError
from unigrad.forward import ForwardAccumulator
from unigrad.ops.creation import asarray
from unigrad.ops.elementwise import conj, zeros_like
from unigrad.primitive import wrap
from unigrad.sources import short
from unigrad.structures import flatten_with_none, same_structure
from unigrad.tape import GradientTape
from unigrad.tensor import Tensor
from unigrad.variable import Variable

Function = Callable[..., Any]


def grad(
    f: Function,
    argnums: Argnums = None,
    argnames: Argnames = None,
    *,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Function:
    """A function that gives the gradient of a scalar function.

    Args:
        f: a function that returns one real floating number, as a tensor of shape ().
        argnums: the position of the argument to differentiate by, or several; the first by default. The gradient has the
            argument's structure, shapes and dtypes; for a tuple of positions it is a tuple of these.
        argnames: likewise by name, whether the argument is given by keyword or by position; for several names a dict. With
            `argnums` as well the result is a pair.
        has_aux: `f` returns a pair, the number and something more, and the result is a pair too, (gradient, aux).
        holomorphic: `f` is a complex differentiable function of complex arguments: the result is its complex derivative f'(z).
            Without it the convention is df/dx + i df/dy, for real `f` of complex arguments.

    Returns:
        A function of the arguments of `f`. An argument that nothing connects with the result has the gradient 0; integers and
        what is no array within a structure have None.

    Raises:
        SourceTypeError: `f` returns no tensor, or a structure. ShapeError: more than one number. DTypeError: no real floating
            number; or an argument has none.
    """
    get = value_and_grad(f, argnums, argnames, has_aux=has_aux, holomorphic=holomorphic, _what="grad")

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = get(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def value_and_grad(
    f: Function,
    argnums: Argnums = None,
    argnames: Argnames = None,
    *,
    has_aux: bool = False,
    holomorphic: bool = False,
    _what: str = "value_and_grad",
) -> Function:
    """A function that gives the value and the gradient of a scalar function: (value, gradient), or ((value, aux), gradient).

    Arguments and errors are those of `grad`.
    """
    selection = Selection(_what, f, argnums, argnames)

    @functools.wraps(f)
    def both(*args: Any, **kwargs: Any) -> Any:
        sources = Sources(selection, args, kwargs)
        if holomorphic:
            only_complex(_what, sources)
        with GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources.tensors)
            value, aux = parted(_what, f(*sources.args, **sources.kwargs), has_aux)
        value = scalar(_what, value, holomorphic)
        found = tape.gradient(value, sources.tensors, unconnected_gradients="zero")
        if holomorphic:
            found = [conj(g) for g in found]
        if sources.raw:
            value, aux = plain(value), plain_tree(aux)
        return ((value, aux) if has_aux else value), sources.back(found)

    return both


def elementwise_grad(
    f: Function, argnums: Argnums = None, argnames: Argnames = None, *, holomorphic: bool = False
) -> Function:
    """A function that gives the gradient of the sum of an array function: of an elementwise one, each element's derivative.

    Args:
        f: a function that returns one floating tensor of any shape.
        argnums, argnames, holomorphic: as in `grad`.
    """
    what = "elementwise_grad"
    selection = Selection(what, f, argnums, argnames)

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        sources = Sources(selection, args, kwargs)
        if holomorphic:
            only_complex(what, sources)
        with GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources.tensors)
            value = f(*sources.args, **sources.kwargs)
        value = floating(what, value, holomorphic)
        found = tape.gradient(value, sources.tensors, unconnected_gradients="zero")
        return sources.back([conj(g) for g in found] if holomorphic else found)

    return gradient


def vjp(
    f: Function,
    *primals: Any,
    argnums: Argnums = None,
    argnames: Argnames = None,
    has_aux: bool = False,
    **kwargs: Any,
) -> Any:
    """The value of a function, and its pullback: the product of a cotangent with the Jacobian.

    Args:
        f: a function that returns a tensor or a structure of tensors.
        primals, kwargs: its arguments.
        argnums, argnames: which of them to differentiate by, as in `grad`; every positional one by default.
        has_aux: `f` returns a pair, the result and something more.

    Returns:
        (value, pullback), or (value, pullback, aux). ``pullback(cotangent)`` takes a cotangent in the structure, shapes and
        dtypes of the value, and gives the cotangents of the arguments: a tuple with one for each, or what `argnums` asks
        for. It can be called any number of times, and is itself differentiable. For complex numbers it is the adjoint of the
        Jacobian, in the tape's convention df/dx + i df/dy.
    """
    sources = Sources(Selection("vjp", f, argnums, argnames, every=True), primals, kwargs)
    with GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(sources.tensors)
        value, aux = parted("vjp", f(*sources.args, **sources.kwargs), has_aux)
    outs = Outputs("vjp", value)

    def pullback(cotangent: Any) -> Any:
        cts = outs.matching(cotangent)
        found = tape.gradient(outs.tensors, sources.tensors, cts, unconnected_gradients="zero")
        return sources.back(found)

    given = outs.given(sources.raw)
    return (given, pullback, plain_tree(aux) if sources.raw else aux) if has_aux else (given, pullback)


def jvp(
    f: Function,
    primals: Any,
    tangents: Any,
    *,
    argnums: Argnums = None,
    argnames: Argnames = None,
    has_aux: bool = False,
    **kwargs: Any,
) -> Any:
    """The value of a function, and the product of its Jacobian with a tangent, in one forward pass.

    Args:
        f: a function that returns a tensor or a structure of tensors.
        primals: a tuple (or list) of its positional arguments; anything else is its one argument.
        tangents: a tuple with a tangent for each of them, in its structure, shapes and dtypes; for what `argnums` or
            `argnames` name, as `grad` gives the gradients.
        argnums, argnames: which arguments to differentiate by, as in `grad`; every positional one by default.
        has_aux: `f` returns a pair, the result and something more.
        kwargs: keyword arguments of `f`.

    Returns:
        (value, tangent), or (value, tangent, aux); the tangent of what does not depend on the arguments is zero.
    """
    args, tangents = as_arguments(primals, tangents, argnums, argnames)
    sources = Sources(Selection("jvp", f, argnums, argnames, every=True), args, kwargs)
    along = sources.matching(tangents, "tangents")
    with ForwardAccumulator(sources.tensors, along) as accumulator:
        value, aux = parted("jvp", f(*sources.args, **sources.kwargs), has_aux)
    outs = Outputs("jvp", value)
    tangent = outs.back(accumulator.jvp(outs.tensors, "zero"), sources.raw)
    given = outs.given(sources.raw)
    return (given, tangent, plain_tree(aux) if sources.raw else aux) if has_aux else (given, tangent)


def linearize(
    f: Function,
    *primals: Any,
    argnums: Argnums = None,
    argnames: Argnames = None,
    has_aux: bool = False,
    **kwargs: Any,
) -> Any:
    """The value of a function, and its derivative there as a linear function of tangents.

    `f` runs once; every product costs about a backward sweep. The pullback is linear in the cotangent, so it is recorded at
    cotangent zero, and the derivative is its transpose.

    Args and results are those of `vjp`, but ``pushforward(*tangents)`` takes a tangent for each argument (or for what `argnums`
    and `argnames` name) and gives the tangent of the value. It can be called any number of times, and is differentiable.
    """
    selection = Selection("linearize", f, argnums, argnames, every=True)
    sources = Sources(selection, primals, kwargs)
    with GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(sources.tensors)
        value, aux = parted("linearize", f(*sources.args, **sources.kwargs), has_aux)
    outs = Outputs("linearize", value)
    with GradientTape(persistent=True, watch_accessed_variables=False) as transpose:
        cts = [wrap(zeros_like(raw_of(t))) for t in outs.tensors]
        transpose.watch([ct for ct in cts if kind_of(ct._raw) in "fc"])
        pulled = tape.gradient(outs.tensors, sources.tensors, cts)
    connected = [i for i, g in enumerate(pulled) if g is not None]

    def pushforward(*tangents: Any) -> Any:
        along = sources.matching(selection.of_call(tangents), "tangents")
        targets = [pulled[i] for i in connected]
        found: list[Any] = [zeros_like(ct) for ct in cts]
        if targets:
            found = transpose.gradient(targets, cts, [along[i] for i in connected], unconnected_gradients="zero")
        return outs.back(found, sources.raw)

    given = outs.given(sources.raw)
    return (given, pushforward, plain_tree(aux) if sources.raw else aux) if has_aux else (given, pushforward)


def hvp(
    f: Function,
    primals: Any,
    tangents: Any,
    *,
    argnums: Argnums = None,
    argnames: Argnames = None,
    has_aux: bool = False,
    **kwargs: Any,
) -> Any:
    """The product of the Hessian of a scalar function with a tangent: forward mode over reverse mode, no Hessian is made.

    Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994).

    Args:
        f: as in `grad`.
        primals: a tuple (or list) of its positional arguments; anything else is its one argument.
        tangents: the direction, in the structure of the argument; for several arguments as `grad` gives their gradients.
        argnums, argnames, has_aux: as in `grad`; with several arguments it is the Hessian of all of them together.
        kwargs: keyword arguments of `f`.

    Returns:
        The product, as `grad` gives a gradient; (product, aux) with `has_aux`. For complex arguments it is the derivative of the
        gradient df/dx + i df/dy along the tangent.
    """
    args, tangents = as_arguments(primals, tangents, argnums, argnames)
    sources, along = hessian_arguments("hvp", f, args, tangents, argnums, argnames, kwargs)
    with ForwardAccumulator(sources.tensors, along) as accumulator:
        with GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources.tensors)
            value, aux = parted("hvp", f(*sources.args, **sources.kwargs), has_aux)
        value = scalar("hvp", value, False)
        first = tape.gradient(value, sources.tensors, unconnected_gradients="zero")
    found = sources.back(accumulator.jvp(first, "zero"))
    return (found, plain_tree(aux) if sources.raw else aux) if has_aux else found


def vhp(
    f: Function,
    primals: Any,
    cotangents: Any,
    *,
    argnums: Argnums = None,
    argnames: Argnames = None,
    has_aux: bool = False,
    **kwargs: Any,
) -> Any:
    """The product of a cotangent with the Hessian of a scalar function: reverse mode over reverse mode.

    Where second derivatives are continuous the Hessian is symmetric, and this is `hvp`, which is the faster one. Arguments and
    results are those of `hvp`.
    """
    args, cotangents = as_arguments(primals, cotangents, argnums, argnames)
    sources, along = hessian_arguments("vhp", f, args, cotangents, argnums, argnames, kwargs)
    with GradientTape(watch_accessed_variables=False) as outer:
        outer.watch(sources.tensors)
        with GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources.tensors)
            value, aux = parted("vhp", f(*sources.args, **sources.kwargs), has_aux)
        value = scalar("vhp", value, False)
        first = tape.gradient(value, sources.tensors, unconnected_gradients="zero")
    found = sources.back(outer.gradient(first, sources.tensors, along, unconnected_gradients="zero"))
    return (found, plain_tree(aux) if sources.raw else aux) if has_aux else found


# -- what they share -------------------------------------------------------------------------------------------------------


def as_arguments(primals: Any, tangents: Any, argnums: Argnums, argnames: Argnames) -> tuple[tuple[Any, ...], Any]:
    """The positional arguments as a tuple; the tangent of a lone argument in a tuple as well."""
    if isinstance(primals, tuple | list) and not hasattr(primals, "_fields"):
        return tuple(primals), tangents
    alone = argnums is None and argnames is None
    return (primals,), (tangents,) if alone else tangents


def hessian_arguments(
    what: str, f: Function, args: tuple[Any, ...], tangents: Any, argnums: Argnums, argnames: Argnames, kwargs: Any
) -> tuple[Sources, list[Any]]:
    """The arguments of a function with a Hessian, and a checked tangent for each source."""
    if argnums is None and argnames is None:
        argnums = 0
        if isinstance(tangents, tuple | list) and len(tangents) == 1 and len(args) >= 1:
            one = args[0]
            if not isinstance(one, tuple | list) or same_structure(tangents[0], one):
                tangents = tangents[0]
    sources = Sources(Selection(what, f, argnums, argnames), args, kwargs)
    return sources, sources.matching(tangents, "tangents")


def parted(what: str, returned: Any, has_aux: bool) -> tuple[Any, Any]:
    """The value, and what comes besides."""
    if not has_aux:
        return returned, None
    if not (isinstance(returned, tuple | list) and len(returned) == 2):
        raise SourceTypeError(
            f"{what}: with has_aux=True the function must return a pair (value, aux), not {short(returned)}"
        )
    return returned[0], returned[1]


def only_complex(what: str, sources: Sources) -> None:
    """Every source of a holomorphic function is complex."""
    for t in sources.tensors:
        if not dtypes.is_complex(t.dtype):
            raise DTypeError(f"{what}: holomorphic=True is for complex arguments, and one is of dtype {t.dtype}")


def floating(what: str, value: Any, holomorphic: bool) -> Any:
    """The value of a function as a tensor of floating numbers."""
    if isinstance(value, Variable):
        value = value.value()
    if type(value) is not Tensor:
        if value is None:
            hint = "is a `return` missing?"
        elif isinstance(value, list | tuple | dict):
            hint = "return one tensor, or a pair with has_aux=True; jacobian and vjp take structures"
        elif is_array(value):
            hint = (
                "it does not depend on the arguments, or it left the tape on its way (by float(), item(), numpy()): compute "
                "it from the tensors that the function is given"
            )
        else:
            hint = "return a tensor, computed from the arguments"
        raise SourceTypeError(f"{what}: the function returned {short(value)} of type {type(value).__name__}: {hint}")
    kind = kind_of(value._raw)
    if kind not in "fc":
        raise DTypeError(
            f"{what}: the function returned a tensor of dtype {value.dtype}, which has no derivative: return floating numbers"
        )
    if holomorphic and kind != "c":
        raise DTypeError(
            f"{what}: holomorphic=True is for complex results, and the function returned dtype {value.dtype}"
        )
    if not holomorphic and kind == "c":
        raise DTypeError(
            f"{what}: the function returned dtype {value.dtype}: a gradient is that of a real number (take unigrad.real, or "
            f"unigrad.abs), or give holomorphic=True for the complex derivative of a holomorphic function"
        )
    return value


def scalar(what: str, value: Any, holomorphic: bool) -> Any:
    """The value of a function as a tensor of one floating number."""
    value = floating(what, value, holomorphic)
    if value._raw.shape != ():
        raise ShapeError(
            f"{what}: the function returned a tensor of shape {value.shape}, and a gradient is that of one number: take its sum, "
            f"or use elementwise_grad, vjp or jacobian"
        )
    return value


class Outputs:
    """The value of a function, taken apart: a tensor, or a structure of them."""

    def __init__(self, what: str, value: Any) -> None:
        self.what = what
        self.leaves, self.unflatten = flatten_with_none(value)
        if value is None or not any(is_array(leaf) for leaf in self.leaves):
            raise SourceTypeError(
                f"{what}: the function returned {short(value)} of type {type(value).__name__}: return a tensor, or a structure "
                f"of tensors" + (" (is a `return` missing?)" if value is None else "")
            )
        bad = next((leaf for leaf in self.leaves if leaf is not None and not is_array(leaf)), None)
        if bad is not None:
            raise SourceTypeError(
                f"{what}: the function returned a structure with {short(bad)} of type {type(bad).__name__} in it, which is no "
                f"array: return such things by has_aux=True"
            )
        self.tensors = [asarray(leaf) for leaf in self.leaves if leaf is not None]

    def given(self, raw: bool) -> Any:
        """The value as it is handed back."""
        rest = iter(self.tensors)
        filled = [None if leaf is None else next(rest) for leaf in self.leaves]
        return self.unflatten([plain(t) if raw else t for t in filled])

    def back(self, results: Sequence[Any], raw: bool) -> Any:
        """One result for each tensor, in the structure of the value."""
        rest = iter(results)
        filled = [None if leaf is None else next(rest) for leaf in self.leaves]
        return self.unflatten([plain(t) if raw else t for t in filled])

    def matching(self, cotangent: Any) -> list[Any]:
        """The cotangent of each tensor, checked."""
        given = [cotangent]
        if len(self.leaves) > 1 or not is_array(self.unflatten(self.leaves)):
            if not same_structure(cotangent, self.unflatten(self.leaves)):
                raise SourceError(f"{self.what}: the cotangent differs in structure from the value: {short(cotangent)}")
            given = flatten_with_none(cotangent)[0]
        pairs = [(g, t) for g, t, leaf in zip(given, self._all(), self.leaves, strict=True) if leaf is not None]
        return [
            conforming(g, t._raw, f"{self.what}: the cotangent") if kind_of(t._raw) in "fc" else zeros_like(t.detach())
            for g, t in pairs
        ]

    def _all(self) -> list[Any]:
        rest = iter(self.tensors)
        return [None if leaf is None else next(rest) for leaf in self.leaves]
