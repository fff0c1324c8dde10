"""A tape as a straight-line program: what ``print(tape)`` shows."""

import sys
from types import FrameType
from typing import Any

from unigrad.leaving import user_frame
from unigrad.looking.names import array_text, nodes_in, option_text
from unigrad.looking.places import Place, place_in
from unigrad.looking.records import Record, count_of, records_of
from unigrad.looking.shapes import Known, known

LONG = 60  # more ops than these are cut in the middle
WIDE = 68  # columns of the widest op


class Program:
    """The names, operands, shapes and lines of a tape's records, as texts."""

    def __init__(self, tape: Any, frame: FrameType | None = None) -> None:
        self.tape = tape
        self.records = records_of(tape) or []
        self.known = known(tape, self.records)
        self.steps = tape._steps or {}
        self.names: dict[Any, str] = {}
        self.sources: list[tuple[Any, str, str, Place | None]] = []  # node, name, what it is, where it was watched
        spoken = nodes_in(frame)
        taken: set[str] = set()
        for node, variable in tape._variables.items():
            name = spoken.get(node) or variable.name.removesuffix(":0")
            self.add_source(node, unique(name, taken), f"variable {variable.name!r}", None)
        for node, where in tape._watched.items():
            if node not in self.names:
                place = place_in(*where)
                self.add_source(node, unique(spoken.get(node) or f"x{len(self.sources)}", taken), "watched", place)
        for k, record in enumerate(self.records):
            self.names.setdefault(record.node, f"%{k}")

    def add_source(self, node: Any, name: str, what: str, place: Place | None) -> None:
        self.names[node] = name
        self.sources.append((node, name, what, place))

    def shape(self, node: Any) -> str:
        """Dtype and shape of a value, as far as they are known."""
        return str(self.known.get(node, Known()))

    def place(self, record: Record) -> Place | None:
        """Where an op ran, if that is known."""
        step = self.steps.get(record.node)
        return None if step is None else step.place

    def constant(self, record: Record, i: int) -> str:
        """An operand that the tape does not track, shortly; ``_`` where nothing is known of it."""
        step = self.steps.get(record.node)
        if step is not None and i < len(step.texts):
            return str(step.texts[i])
        for what, key, value in record.kept:
            if what == "value" and key == i:
                return array_text(value)
        return self.shape(record.operand(i)) or "_"

    def options(self, record: Record) -> dict[str, Any]:
        """The parameters of an op that are known."""
        found = {key: v for what, key, v in record.kept if what == "param"}
        step = self.steps.get(record.node)
        return found if step is None else {**step.options, **found}

    def call(self, record: Record) -> str:
        """An op with its operands and parameters."""
        if record.part is not None:
            return f"{self.names[record.nodes[0]]}[{record.part}]"
        parts = []
        for i in range(record.arity):
            node = record.operand(i)
            parts.append(self.names[node] if node is not None and node in self.names else self.constant(record, i))
        parts += [f"{key}={option_text(key, value)}" for key, value in self.options(record).items()]
        text = f"{record.name}({', '.join(parts)})"
        return text if len(text) <= WIDE else text[: WIDE - 4] + "...)"


def unique(name: str, taken: set[str]) -> str:
    """A name that is not taken yet: the same, or with a number."""
    found, k = name, 1
    while found in taken:
        k += 1
        found = f"{name}_{k}"
    taken.add(found)
    return found


def state_of(tape: Any) -> str:
    """What a tape is doing, in a few words."""
    if not tape._entered:
        return "never entered"
    if tape._used and not tape._persistent:
        return "used up"
    return "recording" if tape._recording else "not recording"


def counted(n: int, what: str) -> str:
    """``1 op``, ``2 ops``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def shown(tape: Any) -> str:
    """What ``repr(tape)`` gives: one line."""
    count = count_of(tape._records[::5])
    sources = len(tape._variables.keys() | tape._watched.keys())
    persistent = ", persistent" if tape._persistent else ""
    return f"<unigrad.GradientTape: {counted(count, 'op')}, {counted(sources, 'source')}, {state_of(tape)}{persistent}>"


def program(tape: Any) -> str:
    """What ``print(tape)`` shows."""
    p = Program(tape, user_frame(sys._getframe(1)))
    state = state_of(tape)
    lines = [
        f"GradientTape, {state}: {counted(count_of(r.rule for r in p.records), 'op')}, {counted(len(p.sources), 'source')}"
    ]
    rows = [(name, what, p.shape(node), str(place or "")) for node, name, what, place in p.sources]
    rows = cut(rows, "source")
    used = {n for r in p.records for _, n in r.tracked}
    last = p.records[-1].node if p.records else None
    ops = []
    for record in p.records if len(p.records) <= LONG else (*p.records[: LONG // 2], *p.records[-LONG // 2 :]):
        idle = "" if record.node in used or record.node is last else "   (not used again)"
        ops.append((p.names[record.node], p.call(record), p.shape(record.node), f"{p.place(record) or ''}{idle}"))
    if len(p.records) > LONG:
        ops.insert(LONG // 2, ("...", f"{len(p.records) - LONG:,} more", "", ""))
    table = [*rows, *ops]
    first = max((len(r[0]) for r in table), default=0)
    second = max((len(r[1]) for r in table), default=0)
    third = max((len(r[2]) for r in table), default=0)
    for k, (name, what, shape, place) in enumerate(table):
        sign = ":" if k < len(rows) else " " if name == "..." else "="
        lines.append(f"  {name:<{first}} {sign} {what:<{second}}  {shape:<{third}}  {place}".rstrip())
    if state == "used up" and tape._remains is None:
        lines.append("  its ops are gone: gradient was asked, and the tape is not persistent")
    if p.records and not p.steps:
        lines.append("  the lines of the ops, and all shapes, are known where unigrad.debug() was in force")
    return "\n".join(lines)


def cut(rows: list[tuple[str, str, str, str]], what: str) -> list[tuple[str, str, str, str]]:
    """The first and the last of many rows."""
    if len(rows) <= LONG:
        return rows
    return [*rows[: LONG // 2], ("...", f"{len(rows) - LONG:,} more {what}s", "", ""), *rows[-LONG // 2 :]]
