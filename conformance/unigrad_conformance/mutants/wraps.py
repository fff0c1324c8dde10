"""Mutants around a rule: what it is given is detached or exchanged, what it gives is scaled, turned, transposed or lost."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import unigrad as ug
from unigrad import kinds, sweeps
from unigrad.cotangents import ZERO, Piece
from unigrad.kinds.rule import names_of
from unigrad.primitive import TABLE, Primitive
from unigrad_conformance.mutants.mutant import Mutant
from unigrad_conformance.mutants.places import ATTRIBUTES, Slot, functions_of, slots

Change = Callable[[Any], Any]  # of one array that a rule gives


def scaled(by: float) -> Change:
    """Another factor; of a whole number of an array, for the gradient keeps its dtype."""
    return lambda g: g * by


def conjugated(g: Any) -> Any:
    """A conjugate too many."""
    return ug.conj(g) if hasattr(g, "dtype") else g


def transposed(g: Any) -> Any:
    """The numbers of the last two axes exchanged, in the shape that they had."""
    shape = tuple(getattr(g, "shape", ()))
    return ug.reshape(ug.matrix_transpose(g), shape) if len(shape) > 1 else g


def turned(g: Any) -> Any:
    """The last axis the other way round."""
    return ug.flip(g, axis=-1) if getattr(g, "shape", ()) else g


def one_sided(g: Any) -> Any:
    """A tie that one side takes."""
    return ug.where(g == 0.5, 1, g) if hasattr(g, "dtype") else g


#: kind: the change, and which rules it is tried on
CHANGES: dict[str, tuple[Change, Callable[[Slot], bool]]] = {
    "sign": (scaled(-1), lambda slot: True),
    "factor 1.001": (scaled(1.001), lambda slot: True),
    "factor 2": (scaled(2), lambda slot: True),
    "conjugate added": (conjugated, lambda slot: slot.row.domain.draws_complex),
    "transposed": (transposed, lambda slot: slot.attribute != "partials"),
    "wrong way round": (turned, lambda slot: slot.attribute != "partials"),
    "tie": (one_sided, lambda slot: any("heaviside_weight" in code.co_names for code in functions_of(slot.rule))),
}


def each(change: Change, found: Any) -> Any:
    """A change of all that a rule gives: an array, a part of one, or several."""
    if found is ZERO or found is None:
        return found
    if isinstance(found, list | tuple):
        return type(found)(each(change, g) for g in found)
    if isinstance(found, Piece):
        return Piece(found.shape, found.index, change(found.part))
    return change(found)


def given(rule: Any, change: Change) -> Any:
    """A rule whose results are changed, with the names of the old one; of a number or a name likewise."""
    if rule is None:
        return change(1.0)
    if isinstance(rule, str):
        return _named((rule,), change)
    if not callable(rule):
        return change(rule)
    return _named(names_of(rule), lambda *values: each(change, rule(*values)))


def detached(rule: Any, at: int) -> Any:
    """A rule whose `at`-th value comes without its past: right at first order alone."""
    names = (rule,) if isinstance(rule, str) else names_of(rule)
    inner = (lambda x: x) if isinstance(rule, str) else rule
    return _named(names, lambda *values: inner(*values[:at], _without_past(values[at]), *values[at + 1 :]))


def _without_past(x: Any) -> Any:
    if isinstance(x, tuple):
        return tuple(map(_without_past, x))
    return x.detach() if isinstance(x, ug.Tensor) else x


def _named(names: Sequence[str], function: Callable[..., Any]) -> Any:
    """A function of parameters of these names: they say what a record keeps."""
    words = ", ".join(names)
    return eval(f"lambda {words}: function({words})", {"function": function})


@contextmanager
def put(slot: Slot, rule: Any) -> Iterator[None]:
    """A block in which another rule is in the slot."""
    kept = slot.rule
    slot.put(rule)
    try:
        yield
    finally:
        slot.put(kept)


@contextmanager
def forward_scaled(row: Any) -> Iterator[None]:
    """A block in which the tangents of a row are wrong, and its cotangents right."""
    right = row.jvp
    row.jvp = lambda entry, tangents: each(scaled(1.001), right(entry, tangents))
    try:
        yield
    finally:
        del row.jvp


@contextmanager
def reverse_scaled(row: Any) -> Iterator[None]:
    """A block in which the cotangents of an elementwise row are wrong, and its tangents right."""
    kept = row.partials
    row.define(tuple(p if p is ZERO else given(p, scaled(1.001)) for p in kept))
    row.partials = kept  # what forward mode takes
    row.needs = tuple(row.located(p) for p in kept)
    try:
        yield
    finally:
        row.define(kept)


@contextmanager
def exchanged(row: Any, attribute: str) -> Iterator[None]:
    """A block in which the rules of two arguments are exchanged."""
    first, second = Slot(row, attribute, 0), Slot(row, attribute, 1)
    one, two = first.rule, second.rule
    with put(first, two), put(second, one):
        yield


@contextmanager
def not_summed() -> Iterator[None]:
    """A block in which the cotangent of what was broadcast is not summed: one of its summands stands for all."""
    right = sweeps.unbroadcast

    def instead(ct: Any, shape: Any) -> Any:
        summed = right(ct, shape)
        return summed * (summed.size / ct.size) if hasattr(ct, "size") and not callable(ct.size) and ct.size else summed

    sweeps.unbroadcast = instead
    try:
        yield
    finally:
        sweeps.unbroadcast = right


def of_rules() -> Iterator[Mutant]:
    """Every mutant around a rule of the table, row by row."""
    for slot in slots():
        code = frozenset(list(functions_of(slot.rule))[:1])

        def made(kind: str, block: Any, what: str = "", slot: Slot = slot, code: frozenset[Any] = code) -> Mutant:
            return Mutant(f"{slot}: {what or kind}", kind, (slot.row.name,), block, code=code)

        for kind, (change, applies) in CHANGES.items():
            if applies(slot) and not (
                kind == "conjugate added" and not isinstance(slot.rule, str) and not callable(slot.rule)
            ):
                yield made(kind, partial(put, slot, given(slot.rule, change)))
        for at, name in enumerate(_values(slot)):
            if name is not None:
                yield made("saved value detached", partial(put, slot, detached(slot.rule, at)), f"{name} detached")
        if slot.place is not None and len(slot.row.args) > 1:
            yield made("argument lost", partial(put, slot, _zero(slot)))
    for row in TABLE.values():
        yield from _of_modes(row)


def _values(slot: Slot) -> list[str | None]:
    """The names of the saved arrays among a rule's parameters, at their places."""
    if isinstance(slot.rule, str):
        return [slot.rule]
    if not callable(slot.rule):
        return []
    names = names_of(slot.rule)
    skip = 1 if ATTRIBUTES[slot.attribute] else 0
    return [n if i >= skip and (n == "out" or n in slot.row.args) else None for i, n in enumerate(names)]


def _zero(slot: Slot) -> Any:
    return ZERO if slot.attribute == "partials" else None


def _of_modes(row: Primitive) -> Iterator[Mutant]:
    """One mode alone, exchanged arguments, a sum forgotten."""
    if isinstance(row, kinds.Constant):
        return
    yield Mutant(f"{row.name}: forward alone", "forward alone", (row.name,), partial(forward_scaled, row))
    if isinstance(row, kinds.Elementwise):
        yield Mutant(f"{row.name}: reverse alone", "reverse alone", (row.name,), partial(reverse_scaled, row))
    for attribute in ATTRIBUTES:
        rules = getattr(row, attribute, None)
        if isinstance(rules, tuple) and len(rules) == 2 and all(r is not ZERO for r in rules) and rules[0] != rules[1]:
            block = partial(exchanged, row, attribute)
            yield Mutant(f"{row.name}.{attribute}: exchanged", "arguments exchanged", (row.name,), block)
    if row.broadcasts and len(row.args) > 1:
        yield Mutant(f"{row.name}: not summed", "unbroadcast dropped", (row.name,), not_summed)
