"""The functional face: functions of functions, over the tape and the accumulator.

All of them take functions of tensors. The arguments that are differentiated may be tensors, variables, modules, arrays of any
library, Python floats, and structures of these (lists, tuples, dicts, named tuples, what optree knows). Who gives arrays gets
arrays back, and who gives tensors tensors; a result that a tape or an accumulator outside tracks is always a tensor, for it
would lose its gradient otherwise. They nest, and mix with tapes and accumulators, in any order. What a function reads besides
its arguments is constant for them, and keeps its gradient for tapes outside.
"""

import functools
from collections.abc import Callable
from typing import Any

from unigrad.arguments import Argnames, Argnums, Selection, Sources
from unigrad.backend import kind_of
from unigrad.conforming import plain, plain_tree, raw_of
from unigrad.forward import ForwardAccumulator
from unigrad.ops.elementwise import conj, zeros_like
from unigrad.primitive import wrap
from unigrad.results import Outputs, floating, only_complex, parted, scalar
from unigrad.structures import same_structure
from unigrad.tape import GradientTape

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
            value, aux = plain(value), plain_tree(aux) if has_aux else None
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
        floats = [i for i, ct in enumerate(cts) if kind_of(ct._raw) in "fc"]
        transpose.watch([cts[i] for i in floats])
        pulled = tape.gradient(outs.tensors, sources.tensors, cts)
    connected = [i for i, g in enumerate(pulled) if g is not None]

    def pushforward(*tangents: Any) -> Any:
        along = sources.matching(selection.of_call(tangents), "tangents")
        targets = [pulled[i] for i in connected]
        found: list[Any] = [zeros_like(ct) for ct in cts]
        if targets:
            weights = [along[i] for i in connected]
            for i, g in zip(floats, transpose.gradient(targets, [cts[i] for i in floats], weights), strict=True):
                found[i] = found[i] if g is None else g
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
    """The product of the Hessian of a scalar function with a vector: no Hessian is made, and it costs about two gradients more.

    The gradient is recorded on the tape that it is taken from, and pulled back along the vector: the Hessian is symmetric where
    second derivatives are continuous, so this is the derivative of the gradient along it (Pearlmutter, "Fast exact
    multiplication by the Hessian", Neural Computation 6, 1994, by forward mode; ``jvp(grad(f), primals, tangents)`` is that).

    Args:
        f: as in `grad`.
        primals: a tuple (or list) of its positional arguments; anything else is its one argument.
        tangents: the vector, in the structure of the argument; for several arguments as `grad` gives their gradients.
        argnums, argnames, has_aux: as in `grad`; with several arguments it is the Hessian of all of them together.
        kwargs: keyword arguments of `f`.

    Returns:
        The product, as `grad` gives a gradient; (product, aux) with `has_aux`. For complex arguments it is the derivative of the
        gradient df/dx + i df/dy along the vector.
    """
    return _hessian_product("hvp", f, primals, tangents, argnums, argnames, has_aux, kwargs)


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
    """The product of a vector with the Hessian of a scalar function, from the left: the pullback of the gradient.

    It differs from `hvp` where the Hessian is not symmetric: nowhere, for functions with continuous second derivatives.
    Arguments and results are those of `hvp`.
    """
    return _hessian_product("vhp", f, primals, cotangents, argnums, argnames, has_aux, kwargs)


def _hessian_product(
    what: str,
    f: Function,
    primals: Any,
    vector: Any,
    argnums: Argnums,
    argnames: Argnames,
    has_aux: bool,
    kwargs: dict[str, Any],
) -> Any:
    lone = not is_several(primals)
    args = (primals,) if lone else tuple(primals)
    if argnums is None and argnames is None:
        argnums = 0
        if not lone and type(vector) is tuple and len(vector) == 1 and args and not same_structure(vector, args[0]):
            vector = vector[0]  # as jvp is given it
    sources = Sources(Selection(what, f, argnums, argnames), args, kwargs)
    along = sources.matching(vector, "tangents")
    with GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(sources.tensors)
        tape._linearize = True
        value, aux = parted(what, f(*sources.args, **sources.kwargs), has_aux)
        value = scalar(what, value, False)
        first = tape.gradient(value, sources.tensors, unconnected_gradients="zero")
    found = sources.back(tape.gradient(first, sources.tensors, along, unconnected_gradients="zero"))
    return (found, plain_tree(aux) if sources.raw else aux) if has_aux else found


# -- what they share -------------------------------------------------------------------------------------------------------


def is_several(primals: Any) -> bool:
    """Whether primals are a tuple or list of arguments, and not one argument."""
    return isinstance(primals, tuple | list) and not hasattr(primals, "_fields")


def as_arguments(primals: Any, tangents: Any, argnums: Argnums, argnames: Argnames) -> tuple[tuple[Any, ...], Any]:
    """The positional arguments as a tuple; the tangent of a lone argument in a tuple as well."""
    if is_several(primals):
        return tuple(primals), tangents
    return (primals,), (tangents,) if argnums is None and argnames is None else tangents
