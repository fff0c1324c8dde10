"""The records of a tape, one by one, for whoever reads them rather than differentiates."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from unigrad.cotangents import ZERO
from unigrad.kinds import (
    NEGATED,
    PASSES,
    PRODUCT,
    PRODUCTS,
    SCALED,
    TIMES,
    Constant,
    Elementwise,
    General,
    Linear,
    Multilinear,
)
from unigrad.recording import Node

#: where the kinds of row that are not elementwise have a function for each input; None in its place is a derivative of zero
ATTRIBUTE: dict[type, str] = {General: "vjps", Multilinear: "transposes", Linear: "transpose"}


class Record(NamedTuple):
    """One op. `saved` and `spec` are None where a tape that was used up keeps no more than who came from whom."""

    at: int
    rule: Any
    nodes: tuple[Node | None, ...]
    node: Node
    saved: Any = None
    spec: Any = None

    @property
    def name(self) -> str:
        """Name of the op."""
        return getattr(getattr(self.rule, "primitive", None), "name", type(self.rule).__name__)

    @property
    def part(self) -> int | None:
        """Of a call with several results the one that this record hands on; None for an op."""
        return part_of(self.rule)

    @property
    def tracked(self) -> Iterator[tuple[int, Node]]:
        """The inputs that the tape tracked when the op ran: position and node."""
        for i in self.rule.wanted:
            node = self.operand(i)
            if node is not None:
                yield i, node

    @property
    def arity(self) -> int:
        """Number of operands."""
        row = getattr(self.rule, "primitive", None)
        return len(self.nodes) if row is None or row.variadic else len(row.args)

    def operand(self, i: int) -> Node | None:
        """The node of an operand; None for a number, and where the record does not say."""
        if len(self.nodes) == 1 and self.arity > 1:
            return self.nodes[0] if i == self.rule.index else None
        return self.nodes[i] if i < len(self.nodes) else None

    @property
    def kept(self) -> Iterator[tuple[str, Any, Any]]:
        """What the record keeps: for each value where it is from (see `kinds.rule.locate`), and the value."""
        rule, saved = self.rule, self.saved
        if saved is None or not any(getattr(rule, "keeps", ())):  # a function's pullback is no value
            return
        bare = rule.code in (SCALED, PRODUCT, NEGATED, PASSES, TIMES, PRODUCTS)  # a single value is not in a tuple
        groups = [saved] if rule.code in (SCALED, PRODUCT, NEGATED) else saved
        for keys, values in zip(rule.keeps, groups):
            for (what, key), value in zip(keys, (values,) if bare and len(keys) == 1 else values or ()):
                yield what, key, value


def records_of(tape: Any) -> list[Record] | None:
    """The records of a tape; of one that is used up what remains, or None where nothing does."""
    flat = tape._records
    if flat or not tape._used or tape._persistent:
        its = (flat[i::5] for i in range(5))
        return [
            Record(k, rule, n if type(n) is tuple else (n,), out, saved, spec)
            for k, (rule, n, out, saved, spec) in enumerate(zip(*its))
        ]
    if tape._remains is None:
        return None
    return [
        Record(k, rule, n if type(n) is tuple else (n,), out)
        for k, (rule, n, out) in enumerate(zip(*tape._remains[:3]))
    ]


def part_of(rule: Any) -> int | None:
    """See `Record.part`."""
    found: int | None = getattr(getattr(rule, "primitive", None), "part", None)
    return found


def count_of(rules: Iterable[Any]) -> int:
    """The number of ops of records with these rules."""
    return sum(part_of(rule) is None for rule in rules)


def is_zero(record: Record, position: int) -> bool:
    """Whether the derivative with respect to an input is zero whatever the values are."""
    row = getattr(record.rule, "primitive", None)
    if isinstance(row, Constant):
        return True
    if isinstance(row, Elementwise):
        return position < len(row.partials) and row.partials[position] is ZERO
    parts = getattr(row, ATTRIBUTE.get(type(row), ""), ())
    if isinstance(parts, tuple) and position < len(parts) and parts[position] is None:
        return True
    if record.name == "astype" and record.saved:  # a cast to integers: its rule keeps the two dtypes
        return any(getattr(d, "kind", "f") not in "fcV" for ds in record.saved for d in ds)
    return False


def is_cut(record: Record, position: int | None = None) -> bool:
    """Whether a pullback of the user's own gave None for an input, or for any, when it was last asked."""
    none: tuple[int, ...] = getattr(record.rule, "none", ())
    return bool(none) if position is None else position in none


#: the nodes that a node leads to, each with the first record that made it and the input by which it was reached
Reached = dict[Node, tuple[Record, Node] | None]


def reached(records: list[Record], start: Node, but: Callable[[Record, int], bool] | None = None) -> Reached:
    """The nodes that a node leads to, on paths that go through no input of which `but` is true."""
    found: Reached = {start: None}
    for record in records:
        if record.node not in found:
            for position, node in record.tracked:
                if node in found and (but is None or not but(record, position)):
                    found[record.node] = (record, node)
                    break
    return found


def leading_to(records: list[Record], targets: set[Node]) -> set[Node]:
    """The nodes that lead to one of `targets`."""
    found = set(targets)
    for record in reversed(records):
        if record.node in found:
            found.update(node for _, node in record.tracked)
    return found


def path(found: Reached, target: Node) -> list[Record]:
    """The ops from the start of `found` to `target`, which it reaches."""
    steps: list[Record] = []
    step = found[target]
    while step is not None:
        steps.append(step[0])
        step = found[step[1]]
    return steps[::-1]
