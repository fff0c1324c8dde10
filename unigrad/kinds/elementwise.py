"""Elementwise rows: one partial derivative per argument, from which both modes follow.

Broadcasting, complex conjugation and the gradient's dtype come from the engine. The two fast roads, for one and two arguments,
are written out, for they are what a program with small arrays spends its time on.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from unigrad import primitive
from unigrad.cotangents import ZERO, absorb
from unigrad.kinds.rule import (
    NEGATED,
    PASS,
    PASSES,
    PRODUCT,
    PRODUCTS,
    SCALED,
    TIMES,
    Rule,
    find,
    locate,
    names_of,
    tensor_of,
    value_saver,
)
from unigrad.primitive import Entry, Primitive, wrap

#: the conjugates of partial derivatives that are conjugates themselves: the sweep need not conjugate twice
CONJUGATES: dict[Any, Any] = {}


class Elementwise(Primitive):
    """Each output element depends on the input elements at its place; one partial derivative per argument.

    A partial is a function of what it names; or a name alone, when it is that value itself; or a number; None is 1.
    """

    broadcasts = True
    elementwise = True

    def __init__(self, name: str, args: tuple[str, ...], partials: Sequence[Any], **options: Any) -> None:
        #: real output whatever the input (abs): the jvp takes the real part
        self.real_valued = options.pop("real_valued", False)
        super().__init__(name, args, **options)
        self.define(partials)

    def define(self, partials: Sequence[Any]) -> None:
        """Set the partial derivatives; rules that exist already follow."""
        self.partials = tuple(partials)
        self.needs = tuple(self.located(p) for p in partials)
        for wanted, rule in self.rules.items():
            fresh = self.make_rule(wanted)
            for slot in Rule.__slots__:
                setattr(rule, slot, getattr(fresh, slot))

    def located(self, partial: Any) -> tuple[tuple[str, Any], ...]:
        """Where the values that a partial names are found."""
        names = (partial,) if isinstance(partial, str) else names_of(partial) if callable(partial) else ()
        return tuple(locate(self, n) for n in names)

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        keeps = [self.needs[i] for i in wanted]
        rule = Rule(self, wanted, keeps)
        takers = tuple(taking_one(self.partials[i], len(self.needs[i])) for i in wanted)
        if all(t is ZERO for t in takers):
            rule.pull = lambda ct, saved: takers
            return rule
        if len(wanted) == 1:
            partial = takers[0]
            rule.code = {None: PASS, itself: SCALED, minus_one: NEGATED}.get(partial, PRODUCT)
            rule.partial, rule.partials = partial, takers
            slots = self.slots(keeps[0])
            if len(slots) == 1:
                rule.slot = slots[0]
            elif slots:
                rule.slot, rule.keep = -1, itemgetter(*slots)
        else:
            passing = all(t is None for t in takers)
            rule.code = PASSES if passing else TIMES if self.partials == ("y", "x") else PRODUCTS
            rule.partials = takers
            if any(keeps):
                places = [self.slots(ks) for ks in keeps]
                if all(len(at) == 1 for at in places):
                    rule.slot, rule.keep = -1, itemgetter(*[at[0] for at in places])
                else:
                    getters = [itemgetter(*at) if at else (lambda values: None) for at in places]
                    rule.slot, rule.keep = -1, lambda values: tuple([g(values) for g in getters])
        rule.save = value_saver(rule.slot, rule.keep)
        return rule

    def slots(self, keys: tuple[tuple[str, Any], ...]) -> list[int]:
        """Places of saved values in the tuple (*inputs, out)."""
        return [len(self.args) if what == "out" else key for what, key in keys]

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        total = None
        for i, t in enumerate(tangents):
            partial = self.partials[i]
            if t is None or partial is ZERO:
                continue
            values = [tensor_of(k, find(entry, *k), entry.nodes, entry.node) for k in self.needs[i]]
            p = values[0] if isinstance(partial, str) else partial(*values) if callable(partial) else partial
            term = t if p is None else absorb(t, p)
            total = term if total is None else total + term
        if total is None:
            return primitive.TABLE["zeros_like"](wrap(entry.out))
        if self.real_valued:
            total = primitive.TABLE["real"](total) if total.dtype.kind == "c" else total
        if tuple(total.shape) != tuple(entry.out.shape):
            total = primitive.TABLE["broadcast_to"](total, shape=tuple(entry.out.shape))
        return total


def itself(saved: Any) -> Any:
    """The partial derivative that is the saved value."""
    return saved


def minus_one(saved: Any) -> int:
    """The partial derivative -1: the sweep changes the sign."""
    return -1


def taking_one(partial: Any, count: int) -> Any:
    """A partial derivative as a function of one saved thing (the value, or the tuple of values); None stays None: it is 1."""
    if isinstance(partial, str):
        return itself
    if partial is None or partial is ZERO or (callable(partial) and count == 1):
        return partial
    if not callable(partial):
        return minus_one if partial == -1 else lambda saved: partial
    return lambda saved: partial(*saved)
