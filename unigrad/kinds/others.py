"""Rows that are not elementwise: linear, multilinear, general, constant."""

from collections.abc import Sequence
from typing import Any

from unigrad import primitive
from unigrad.cotangents import ZERO, contract
from unigrad.kinds.rule import PULL, PULLS, Rule, find, locate, names_of, tensor_of
from unigrad.operands import SCALARS
from unigrad.primitive import Entry, Primitive, wrap


class Linear(Primitive):
    """Linear in all its arrays together. The transpose gives one cotangent for each array."""

    def __init__(self, name: str, args: tuple[str, ...], transpose: Any, **options: Any) -> None:
        self.fixed = options.pop("fixed", ())
        self.broadcasts = options.pop("broadcasts", False)
        super().__init__(name, args, **options)
        self.transpose = transpose

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        if not self.variadic:
            return pull_each(self, wanted, self.transpose)
        rule = Rule(self, wanted, [tuple(locate(self, n) for n in names_of(self.transpose, 1))])

        def pull(ct: Any, saved: Any) -> list[Any]:
            cts = self.transpose(ct, *saved[0])
            return [cts[i] for i in wanted]

        rule.pull = pull
        return rule

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        zeros_like = primitive.TABLE["zeros_like"]
        full = [
            wrap(r) if self.args[i if not self.variadic else 0] in self.fixed and type(r) not in SCALARS
            else t if t is not None
            else zeros_like(r) if type(r) not in SCALARS else 0.0
            for i, (t, r) in enumerate(zip(tangents, entry.raws, strict=True))
        ]  # fmt: skip
        return self(*full, **entry.params)


class Multilinear(Primitive):
    """Linear in each of two arrays with the other held fixed; one transpose for each."""

    def __init__(self, name: str, args: tuple[str, ...], transposes: Sequence[Any], **options: Any) -> None:
        super().__init__(name, args, **options)
        self.transposes = transposes

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        return pull_each(self, wanted, self.transposes)

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        arrays = [wrap(r, n) for r, n in zip(entry.raws, entry.nodes, strict=True)]
        total = None
        for i, t in enumerate(tangents):
            if t is not None:
                x, y = (t, arrays[1]) if i == 0 else (arrays[0], t)
                term = contract(self, i, x, y, **entry.params)
                total = term if total is None else total + term
        return total


class General(Primitive):
    """A vjp and a jvp for each array."""

    def __init__(
        self, name: str, args: tuple[str, ...], vjps: Sequence[Any], jvps: Sequence[Any], **options: Any
    ) -> None:
        self.broadcasts = options.pop("broadcasts", False)
        super().__init__(name, args, **options)
        self.vjps = vjps
        self.jvps = jvps

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        return pull_each(self, wanted, self.vjps)

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        total = None
        for i, t in enumerate(tangents):
            if t is None or self.jvps[i] is None:
                continue
            keys = [locate(self, n) for n in names_of(self.jvps[i], 1)]
            term = self.jvps[i](t, *(tensor_of(k, find(entry, *k), entry.nodes, entry.node) for k in keys))
            total = term if total is None else total + term
        return total


def pull_each(row: Primitive, wanted: tuple[int, ...], functions: Sequence[Any]) -> Rule:
    """A rule that applies one function of the cotangent for each wanted input; None stands for a zero derivative."""
    chosen = [functions[i] for i in wanted]
    rule = Rule(row, wanted, [tuple(locate(row, n) for n in names_of(f, 1)) if f is not None else () for f in chosen])
    rule.pull = lambda ct, saved: [ZERO if f is None else f(ct, *s) for f, s in zip(chosen, saved, strict=True)]
    if all(chosen):  # functions of the cotangent and what is saved: the fast sweep calls them directly
        rule.code = PULL if len(wanted) == 1 else PULLS
        rule.partial, rule.partials = chosen[0], tuple(chosen)
    return rule


class Constant(Primitive):
    """Connected to its inputs, with derivative zero."""

    elementwise = True  # most of them are; where complex numbers have no meaning the domain says so

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        rule = Rule(self, wanted, [() for _ in wanted])
        rule.pull = lambda ct, saved: [ZERO for _ in wanted]
        return rule

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        return primitive.TABLE["zeros_like"](wrap(entry.out))
