"""The kinds of derivative rule, and the constructors that write a row of the table.

* `elementwise`: one partial derivative per argument; both modes, broadcasting and complex conjugation come from it.
* `linear`: linear in all its arrays together; the jvp is the op itself, the transpose is given.
* `multilinear`: linear in each array with the others held fixed (matmul); a transpose for each.
* `general`: a vjp and a jvp for each array.
* `constant`: connected, with derivative zero (floor, sign, comparisons).

A rule is a function whose parameter names say what is saved: the inputs by their names (``x``, ``y``), ``out``, an input's
``x_shape`` or ``x_dtype``, or any parameter of the op by its own name. Nothing else is kept.
"""

from typing import Any

from unigrad.kinds.elementwise import CONJUGATES, Elementwise, itself, minus_one
from unigrad.kinds.fast import Binary, Function, Unary, function_of
from unigrad.kinds.others import Constant, General, Linear, Multilinear
from unigrad.kinds.rule import NEGATED, PASS, PASSES, PRODUCT, PRODUCTS, PULL, PULLS, SCALED, TIMES, Rule
from unigrad.primitive import Domain

__all__ = [
    "CONJUGATES",
    "NEGATED", "PASS", "PASSES", "PRODUCT", "PRODUCTS", "PULL", "PULLS", "SCALED", "TIMES", "Binary", "Constant",
    "Elementwise", "Function", "General", "Linear", "Multilinear", "Rule", "Unary", "constant", "elementwise", "function_of",
    "general", "itself", "linear", "minus_one", "multilinear", "step",
]  # fmt: skip


def elementwise(name: str, *partials: Any, doc: str, domain: Domain | None = None, **options: Any) -> Function:
    """A row whose derivative is one partial per argument; returns its function, with the row as `primitive`.

    A partial is a function of ``x``, ``y``, ``out`` (what it names is saved), one of these names, a number, None for 1, or ZERO.
    """
    args = ("x", "y", "z")[: len(partials)]
    cls = (Unary, Binary)[len(partials) - 1]
    return cls(name, args, partials, doc=doc, domain=domain or Domain(), **options).function


def linear(
    name: str, *transposes: Any, args: tuple[str, ...] = ("x",), doc: str, domain: Domain | None = None, **options: Any
) -> Linear:
    """A row that is linear in its arrays together; one transpose per array, or one for all of a variadic op."""
    transpose = transposes[0] if options.get("variadic") else transposes
    return Linear(name, args, transpose, doc=doc, domain=domain or Domain(), **options)


def multilinear(
    name: str,
    *transposes: Any,
    args: tuple[str, ...] = ("x", "y"),
    doc: str,
    domain: Domain | None = None,
    **options: Any,
) -> Multilinear:
    """A row that is linear in each array alone; one transpose per array."""
    return Multilinear(name, args, transposes, doc=doc, domain=domain or Domain(), **options)


def general(
    name: str,
    *,
    vjp: Any,
    jvp: Any,
    args: tuple[str, ...] = ("x",),
    doc: str,
    domain: Domain | None = None,
    **options: Any,
) -> General:
    """A row with a vjp and a jvp, each a function or one function per array."""
    vjps = vjp if isinstance(vjp, tuple) else (vjp,)
    jvps = jvp if isinstance(jvp, tuple) else (jvp,)
    return General(name, args, vjps, jvps, doc=doc, domain=domain or Domain(), **options)


def constant(
    name: str, *, args: tuple[str, ...] = ("x",), doc: str, domain: Domain | None = None, **options: Any
) -> Constant:
    """A row that is connected to its arrays and has derivative zero."""
    return Constant(name, args, doc=doc, domain=domain or Domain(), **options)


def step(
    name: str, *, args: tuple[str, ...] = ("x",), doc: str, domain: Domain | None = None, **options: Any
) -> Function:
    """An elementwise row of one or two arrays with derivative zero; returns its function, with the row as `primitive`."""
    return function_of(constant(name, args=args, doc=doc, domain=domain, **options))
