"""The backward sweep: one walk over the records, from the last to the first, adding up cotangents.

Two forms of one walk. `fast` is for real numbers and plain products, and is what a training step pays for; `careful` also
conjugates complex partials, and lets a zero cotangent absorb infinities. Both compute with raw arrays, or with tensors that an
outer recorder sees.
"""

from collections.abc import Iterator
from typing import Any

from unigrad import primitive
from unigrad.batched import Across
from unigrad.cotangents import ZERO, Piece, Pieces, absorb, add, gather, piece_over_examples, unbroadcast
from unigrad.kinds import CONJUGATES, NEGATED, PASS, PASSES, PRODUCT, PRODUCTS, PULL, PULLS, SCALED, itself, minus_one
from unigrad.operands import SCALARS
from unigrad.ops.elementwise import conj

Cotangents = dict[Any, Any]
LAZY = frozenset((Piece, Pieces))  # what a rule may give for an array: a part of it, or the symbolic zero
NOTHING = (None, None, None)  # saved by an op that keeps no value


def fast(
    records: list[Any], cts: Cotangents, keep: set[Any], *, recorded: bool = False, linearize: bool = False
) -> Cotangents:
    """Walk with plain products; with tensors if `recorded`. Returns the cotangents of `keep` that were met on the way."""
    kept: Cotangents = {}
    pop, get = cts.pop, cts.get
    it = reversed(records)
    for spec, saved, out, nodes, rule in lifted(records, cts, linearize) if recorded else zip(it, it, it, it, it):
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
        if code == SCALED:
            g = ct * saved
        elif code == PRODUCT:
            g = ct * rule.partial(saved)
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
            continue
        elif code == NEGATED:
            g = -ct
        elif code == PASS and type(nodes) is not tuple:
            old = get(nodes)
            cts[nodes] = ct if old is None else add(old, ct)
            continue
        elif code == PASSES and spec is None:  # a sum of two tracked values
            for node in nodes:
                old = get(node)
                cts[node] = ct if old is None else add(old, ct)
            continue
        else:
            for i, p, s in zip(rule.wanted, rule.partials, saved or NOTHING):
                node = nodes[i]
                if p is itself:
                    g = ct * s
                elif p is None or p is ZERO:
                    g = ct if p is None else ZERO
                else:
                    g = -ct if p is minus_one else ct * p(s)
                if spec is not None and spec[i] is not None and g is not ZERO:
                    g = unbroadcast(g, spec[i])
                old = get(node)
                if old is None:
                    cts[node] = g
                elif g is ct or g is ZERO or recorded or type(old) is Pieces:
                    collect(cts, node, g)
                else:
                    try:
                        g += old
                    except TypeError:  # one for each example is added to what is the same for all
                        g = g + old
                    cts[node] = g
            continue
        if type(nodes) is tuple:
            i = rule.index
            node = nodes[i]
            if spec is not None and spec[i] is not None:
                g = unbroadcast(g, spec[i])
        else:
            node = nodes
        old = get(node)
        if old is None:
            cts[node] = g
        elif type(old) is Pieces or recorded:
            cts[node] = add(old, g)
        else:
            try:
                g += old  # the product is the sweep's own array: where the library can, this writes into it
            except TypeError:  # one for each example is added to what is the same for all
                g = g + old
            cts[node] = g
    return kept


def lifted(records: list[Any], cts: Cotangents, linearize: bool = False) -> Iterator[tuple[Any, Any, Any, Any, Any]]:
    """The records that have a cotangent, from the last to the first, with tensors for what they saved.

    A persistent tape may be recording the very walk that asks: it ends where the records ended when it began. To linearize leaves
    a product with the partial derivative in the place of an op of one tracked input, so that the next walk finds it computed.
    """
    it = reversed(records[:])
    at = len(records)
    for spec, saved, out, nodes, rule in zip(it, it, it, it, it):
        at -= 5
        if out not in cts:
            continue
        saved = rule.as_tensors(saved, nodes, out)
        if linearize and rule.code == PRODUCT:
            p = rule.partial(saved)
            raw, slope = (p._raw, p._node) if type(p) is primitive.Tensor else (p, None)
            nodes, spec = (
                (nodes[rule.index] if type(nodes) is tuple else nodes, slope),
                spec and (spec[rule.index], None),
            )
            rule, saved = primitive.TABLE["multiply"].rule((0,)), p
            records[at : at + 5] = rule, nodes, out, raw, spec
        yield spec, saved, out, nodes, rule


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
        if code in (PRODUCTS, PASSES):
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
