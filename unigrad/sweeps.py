"""The backward sweep: one walk over the records, from the last to the first, adding up cotangents.

Three forms of one walk. `fast` is for real numbers and plain products of raw arrays, and is what a training step pays for;
`recorded` is the same with tensors, for a recorder that listens to the walk; `careful` also conjugates complex partials, and lets
a zero cotangent absorb infinities, with either.
"""

from collections.abc import Iterator
from typing import Any

from unigrad import primitive
from unigrad.appending import arithmetic
from unigrad.batched import Across
from unigrad.cotangents import ZERO, Piece, Pieces, absorb, add, add_product, gather, piece_over_examples, unbroadcast
from unigrad.kinds import (
    CONJUGATES,
    NEGATED,
    PASS,
    PASSES,
    PRODUCT,
    PRODUCTS,
    PULL,
    PULLS,
    SCALED,
    TIMES,
    itself,
    minus_one,
)
from unigrad.operands import SCALARS
from unigrad.ops.elementwise import conj

Cotangents = dict[Any, Any]
LAZY = frozenset((Piece, Pieces))  # what a rule may give for an array: a part of it, or the symbolic zero
NOTHING = (None, None, None)  # saved by an op that keeps no value


def fast(records: list[Any], cts: Cotangents, keep: set[Any]) -> Cotangents:
    """Walk with plain products. Returns the cotangents of `keep` that were met on the way."""
    kept: Cotangents = {}
    pop, get = cts.pop, cts.get
    it = reversed(records)
    for spec, saved, out, nodes, rule in zip(it, it, it, it, it):
        ct = pop(out, None)
        if ct is None:
            continue
        if type(ct) is Pieces:
            ct = ct.whole()
            if ct is ZERO:
                if out in keep:
                    kept[out] = ct
                spread_zero(cts, nodes, rule)
                continue
        if out in keep:
            kept[out] = ct
        code = rule.code
        if code <= PRODUCT:  # or SCALED
            factor = saved if code == SCALED else rule.partial(saved)
            node = nodes[rule.index] if type(nodes) is tuple else nodes
            old = get(node)
            if spec is not None and (shape := spec[rule.index]) is not None:
                g = unbroadcast(ct * factor, shape)
                cts[node] = g if old is None else add(old, g)
            else:
                cts[node] = ct * factor if old is None else add_product(old, ct, factor)
        elif code == TIMES and spec is None:
            for node, factor in zip(nodes, saved):
                old = get(node)
                cts[node] = ct * factor if old is None else add_product(old, ct, factor)
        elif code >= PULL:
            if code == PULL and spec is None:  # one tracked input
                g = rule.partial(ct, *saved[0])
                node = nodes[rule.index] if type(nodes) is tuple else nodes
                if node in cts or type(g) in LAZY:
                    collect(cts, node, g)
                else:
                    cts[node] = g
            elif code == PULLS and spec is None:
                for i, pull, values in zip(rule.wanted, rule.partials, saved):
                    g = pull(ct, *values)
                    node = nodes[i]
                    if node in cts or type(g) in LAZY:
                        collect(cts, node, g)
                    else:
                        cts[node] = g
            else:
                hand_out(cts, rule.pull(ct, saved), nodes, rule, spec)
        elif code == PASS and type(nodes) is not tuple:
            old = get(nodes)
            cts[nodes] = ct if old is None else add(old, ct)
        elif code == PASSES and spec is None:  # a sum of two tracked values
            for node in nodes:
                old = get(node)
                cts[node] = ct if old is None else add(old, ct)
        else:
            for i, p, s in zip(rule.wanted, rule.partials, saved or NOTHING):
                node = nodes[i] if type(nodes) is tuple else nodes
                shape = None if spec is None else spec[i]
                if p is None or p is ZERO or p is minus_one:
                    g = ct if p is None else ZERO if p is ZERO else -ct
                else:
                    factor = s if p is itself else p(s)
                    old = get(node)
                    if shape is None and old is not None:
                        cts[node] = add_product(old, ct, factor)
                        continue
                    g = ct * factor
                if shape is not None and g is not ZERO:
                    g = unbroadcast(g, shape)
                collect(cts, node, g)
    return kept


def recorded(records: list[Any], cts: Cotangents, keep: set[Any], *, linearize: bool = False) -> Cotangents:
    """Walk with plain products of tensors.

    A persistent tape may be recording the very walk that asks: it ends where the records ended when it began. To linearize leaves
    a product with the partial derivative in the place of an op of one tracked input, so that the next walk finds it computed.
    """
    kept: Cotangents = {}
    product, total = arithmetic()
    pop, get = cts.pop, cts.get
    it = reversed(records[:])
    at = len(records)
    for spec, saved, out, nodes, rule in zip(it, it, it, it, it):
        at -= 5
        ct = pop(out, None)
        if ct is None:
            continue
        if type(ct) is Pieces:
            ct = ct.whole()
        if out in keep:
            kept[out] = ct
        if ct is ZERO:
            spread_zero(cts, nodes, rule)
            continue
        code = rule.code
        if code >= PULL:
            hand_out(cts, rule.pull(ct, rule.as_tensors(saved, nodes, out)), nodes, rule, spec)
            continue
        if code == TIMES and spec is None:
            first, second = nodes
            cts[first] = product(ct, saved[0], second, get(first))
            cts[second] = product(ct, saved[1], first, get(second))
            continue
        if code >= PASSES:
            tensors = None
            for k, (i, p) in enumerate(zip(rule.wanted, rule.partials)):
                if p is None or p is ZERO:
                    g = ct if p is None else ZERO
                elif p is minus_one:
                    g = -ct
                else:
                    if tensors is None:
                        tensors = rule.as_tensors(saved, nodes, out) or NOTHING
                    g = ct * p(tensors[k])
                if g is not ZERO and spec is not None and spec[i] is not None:
                    g = unbroadcast(g, spec[i])
                old = get(nodes[i])
                cts[nodes[i]] = g if old is None else total(old, g) if g is not ZERO else old
            continue
        node = nodes[rule.index] if type(nodes) is tuple else nodes
        if code == SCALED and spec is None:
            place = rule.keeps[0][0][1]  # of the input that is saved; None: the output
            of = out if place is None else nodes[place] if type(nodes) is tuple else None if place else nodes
            cts[node] = product(ct, saved, of, get(node))
            continue
        if code <= PRODUCT:
            p = rule.partial(rule.as_tensors(saved, nodes, out))
            raw, slope = (p._raw, p._node) if type(p) is primitive.Tensor else (p, None)
            if linearize and code == PRODUCT:
                short = spec and (spec[rule.index], None)
                records[at : at + 5] = primitive.TABLE["multiply"].rule((0,)), (node, slope), out, raw, short
            if spec is None:
                cts[node] = product(ct, raw, slope, get(node))
                continue
            g = ct * p
        else:
            g = ct if code == PASS else -ct
        if spec is not None and spec[rule.index] is not None:
            g = unbroadcast(g, spec[rule.index])
        old = get(node)
        cts[node] = g if old is None else total(old, g)
    return kept


def lifted(records: list[Any], cts: Cotangents) -> Iterator[tuple[Any, Any, Any, Any, Any]]:
    """The records that have a cotangent, from the last to the first, with tensors for what they saved.

    A persistent tape may be recording the very walk that asks: it ends where the records ended when it began.
    """
    it = reversed(records[:])
    for spec, saved, out, nodes, rule in zip(it, it, it, it, it):
        if out in cts:
            yield spec, rule.as_tensors(saved, nodes, out), out, nodes, rule


def careful(
    records: list[Any], cts: Cotangents, keep: set[Any], *, recorded: bool, absorbing: bool, conjugating: bool
) -> Cotangents:
    """Walk with tensors (`recorded`), absorbing products, conjugated partials: whichever are asked for."""

    def product(ct: Any, partial: Any, saved: Any) -> Any:
        if partial is None or partial is ZERO:
            return ct if partial is None else ZERO
        turned = CONJUGATES.get(partial) if conjugating else None
        p = partial(saved) if turned is None else turned(saved)
        if conjugating and turned is None and type(p) not in SCALARS:
            p = conj(p)
        elif turned is None and type(p) is complex:
            p = p.conjugate()
        return absorb(ct, p) if absorbing else ct * p

    kept: Cotangents = {}
    it = reversed(records)
    for spec, saved, out, nodes, rule in lifted(records, cts) if recorded else zip(it, it, it, it, it):
        ct = cts.pop(out, None)
        if type(ct) is Pieces:
            ct = ct.whole()
        if ct is None:
            continue
        if out in keep:
            kept[out] = ct
        if ct is ZERO:
            spread_zero(cts, nodes, rule)
            continue
        code = rule.code
        if code in (PASSES, TIMES, PRODUCTS):
            gs = [product(ct, p, s) for p, s in zip(rule.partials, saved or NOTHING)]
        elif code in (SCALED, PRODUCT, NEGATED, PASS):
            gs = [product(ct, rule.partial, saved)]
        else:
            gs = rule.pull(ct, saved)
        hand_out(cts, gs, nodes, rule, spec)
    return kept


def hand_out(cts: Cotangents, gs: Any, nodes: Any, rule: Any, spec: Any) -> None:
    """Add a record's cotangents to those of its inputs."""
    for i, g in zip(rule.wanted, gs, strict=True):
        if g is None:  # a pullback of the user's own says that nothing connects this input
            continue
        if spec is not None and spec[i] is not None:
            if type(g) not in LAZY:
                g = unbroadcast(g, spec[i])
            elif type(spec[i]) is Across and type(g) is Piece:
                g = piece_over_examples(g, spec[i])
        collect(cts, nodes[i] if type(nodes) is tuple else nodes, g)


def collect(cts: Cotangents, node: Any, g: Any) -> None:
    """Add one cotangent to that of a node."""
    old = cts.get(node)
    if type(g) in LAZY:
        if type(g) is Piece:
            cts[node] = gather(old, g)
        elif old is None:
            cts[node] = ZERO
    else:
        cts[node] = g if old is None else add(old, g)


def spread_zero(cts: Cotangents, nodes: Any, rule: Any) -> None:
    """A zero cotangent is zero for every input, whatever the rule."""
    for i in rule.wanted:
        cts.setdefault(nodes[i] if type(nodes) is tuple else nodes, ZERO)
