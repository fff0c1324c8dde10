"""Rows whose cotangents share work: one pullback for all arrays together, and one for each alone."""

from collections.abc import Sequence
from typing import Any

from unigrad.kinds.others import General
from unigrad.kinds.rule import Rule, locate, names_of
from unigrad.primitive import Domain


class Joint(General):
    """A `General` row with a vjp more: the cotangents of all its arrays at once, asked where all of them are wanted."""

    def __init__(self, name: str, args: tuple[str, ...], both: Any, vjps: Sequence[Any], jvps: Any, **options: Any):
        super().__init__(name, args, vjps, jvps, **options)
        self.both = both

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        if len(wanted) < len(self.args):
            return super().make_rule(wanted)
        rule = Rule(self, wanted, [tuple(locate(self, n) for n in names_of(self.both, 1))])
        rule.pull = lambda ct, saved: self.both(ct, *saved[0])
        return rule


def joint(
    name: str, *, args: tuple[str, ...], both: Any, vjp: Any, jvp: Any, doc: str, domain: Domain, **options: Any
) -> Joint:
    """A row of several arrays with a vjp and a jvp for each, and a vjp for all."""
    return Joint(name, args, both, vjp, jvp, doc=doc, domain=domain, **options)
