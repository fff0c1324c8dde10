"""Why a gradient is None or zero, in words: what `GradientTape.explain` says."""

import gc
import sys
from collections.abc import Callable
from typing import Any

from unigrad.backend import kind_of
from unigrad.errors import TapeError
from unigrad.leaving import user_frame
from unigrad.looking import untracked
from unigrad.looking.names import name_in
from unigrad.looking.places import Place, departures_of, place_in
from unigrad.looking.reasons import Explanation, Reason, gone
from unigrad.looking.records import Record, is_cut, is_zero, leading_to, path, reached, records_of
from unigrad.looking.vanishing import where_it_vanishes
from unigrad.recording import Node
from unigrad.sources import as_target, present, source_node
from unigrad.structures import flatten
from unigrad.variable import Variable

UNKNOWN = " (its line is known where unigrad.debug() was in force)"
MANY = 3  # places of one kind that are told one by one


def explain(tape: Any, target: Any, sources: Any) -> Any:
    """See `GradientTape.explain`."""
    if not tape._entered:
        raise TapeError("this tape has never been entered: nothing was recorded on it")
    targets = [as_target(t) for t in flatten(target, "target")[0]]
    leaves, unflatten = flatten(sources, "sources")
    for leaf in leaves:
        as_target(leaf)
    caller = user_frame(sys._getframe(1))
    what = name_in(caller, target) or ("the target" if len(targets) == 1 else "the targets")
    return unflatten([_Question(tape, targets, what, s, name_in(caller, s) or "the source").answer() for s in leaves])


class _Question:
    """One source and its targets on one tape."""

    def __init__(self, tape: Any, targets: list[Any], what: str, source: Any, name: str) -> None:
        self.tape = tape
        self.targets = targets
        self.what = what
        self.source = source
        self.name = name
        self.value = present(source)
        self.floats = kind_of(self.value._raw) in "fc"
        self.node: Node | None = source_node(source, tape._watched) if self.floats else None
        self.goals = {t._node for t in targets if t._node is not None}

    # -- the answer ----------------------------------------------------------------------------------------------
    def answer(self) -> Explanation:
        if not self.floats:
            return self.none([self.integer()])
        if self.node in self.goals and self.node is not None:
            return Explanation("connected", self.name, self.what, (), (), f"{self.what} is {self.name} itself")
        records = records_of(self.tape)
        if records is None:
            return self.none(self.used_up())
        if self.node is None or self.node not in self.tape.tracked:
            return self.none(self.not_watched(records))
        found = reached(records, self.node)
        goals = [g for g in self.goals if g in found]
        if goals:
            return self.connected(records, found, goals)
        return self.none(self.unconnected(records, found))

    def none(self, reasons: list[Reason]) -> Explanation:
        return Explanation("none", self.name, self.what, tuple(reasons))

    def zero(self, reasons: list[Reason], steps: list[Record]) -> Explanation:
        return Explanation("zero", self.name, self.what, tuple(reasons), self.told(steps))

    def told(self, records: list[Record]) -> tuple[tuple[str, Place | None], ...]:
        return tuple((r.name, self.place(r)) for r in records if r.part is None)

    def place(self, record: Record | None) -> Place | None:
        """Where an op ran, if `unigrad.debug` noted it."""
        step = None if record is None or self.tape._steps is None else self.tape._steps.get(record.node)
        return None if step is None else step.place

    def line(self, record: Record | None) -> str:
        """What to say where the line of an op is not known."""
        return "" if self.place(record) else UNKNOWN

    # -- connected -----------------------------------------------------------------------------------------------
    def connected(self, records: list[Record], found: Any, goals: list[Node]) -> Explanation:
        assert self.node is not None
        steps = path(found, goals[0])
        record, zero = None, False
        if gone(self.tape):
            zero = dict(zip(self.tape._remains[4], self.tape._remains[3])).get(self.node, False)
        else:  # which asks the pullbacks too
            record = where_it_vanishes(self.tape, self.targets, self.node, records, set(found))
        if not zero and (cuts := self.stops(records, goals, is_cut)):
            return Explanation("none", self.name, self.what, tuple(map(self.cut, cuts)), self.told(steps))
        if stops := self.stops(records, goals, is_zero):
            return self.zero([self.constant(r) for r in stops], steps)
        alive = reached(records, self.node, is_zero)
        steps = path(alive, next(g for g in goals if g in alive))
        if gone(self.tape):
            casts = [r for r in steps if r.name == "astype"]
            if zero and casts:
                return self.zero([self.constant(r) for r in casts], steps)
            return Explanation("connected", self.name, self.what, (), self.told(steps))
        if record is None:
            return Explanation("connected", self.name, self.what, (), self.told(steps))
        return self.zero([self.vanished(record)], steps)

    def stops(self, records: list[Record], goals: list[Node], stop: Callable[[Record, int], bool]) -> list[Record]:
        """The ops that stop every path to the targets, by what `stop` says of an input; none if a path goes on."""
        found = reached(records, self.node, stop)
        if any(g in found for g in goals):
            return []
        ends = leading_to(records, set(goals))
        return [r for r in records if r.node in ends and any(n in found and stop(r, i) for i, n in r.tracked)][:MANY]

    def cut(self, record: Record) -> Reason:
        where = getattr(record.rule.primitive, "where", None)
        whose = self.name if self.node in record.nodes else f"what was computed from {self.name}"
        text = f"the pullback of {record.name} returned None for {whose}: it says that nothing connects them"
        return Reason("pullback", text, place_in(*where) if where else self.place(record))

    def constant(self, record: Record) -> Reason:
        cast = " to a dtype without a gradient" if record.name == "astype" else ""
        text = (
            f"every path from {self.name} goes through {record.name}{cast}, whose derivative is zero{self.line(record)}"
        )
        return Reason("constant", text, self.place(record))

    def vanished(self, record: Record) -> Reason:
        if record.name in ("setitem", "where"):
            verb = "was written over" if record.name == "setitem" else "was not chosen by the condition"
            kind = "assigned" if record.name == "setitem" else "branch"
            return Reason(
                kind, f"all of {self.name} that matters {verb} by {record.name}{self.line(record)}", self.place(record)
            )
        return Reason(
            "zero value",
            f"at {record.name} the derivative is zero for the values it had: from there back to {self.name} the gradient is "
            f"zero{self.line(record)}",
            self.place(record),
        )

    # -- not connected -------------------------------------------------------------------------------------------
    def integer(self) -> Reason:
        return Reason(
            "integer", f"{self.name} has the dtype {self.value.dtype}: only floating and complex tensors have a gradient. "
            f"Cast it first, and watch the result: unigrad.astype({self.name}, unigrad.float64)",
        )  # fmt: skip

    def used_up(self) -> list[Reason]:
        reasons = []
        if self.node is None or self.node not in self.tape.tracked:
            reasons = self.not_watched([])
        return [*reasons, Reason(
            "used up", "the tape has been asked once, and let its records go: make it with GradientTape(persistent=True), or "
            "call explain before gradient",
        )]  # fmt: skip

    def not_watched(self, records: list[Record]) -> list[Reason]:
        tape, name, v = self.tape, self.name, self.source
        reasons = self.departures({self.node} if self.node is not None else set())
        others = [t for t in tapes_besides(tape) if self.node is not None and self.node in t.tracked]
        if isinstance(v, Variable):
            if not v.trainable:
                text = (
                    f"{name} is a variable that is not trainable: no tape watches it by itself. Call tape.watch({name})"
                )
                return [Reason("not watched", text), *reasons]
            if not tape.watches_variables:
                text = f"the tape was made with watch_accessed_variables=False, and {name} was not given to tape.watch"
                return [Reason("not watched", text), *reasons]
            return [*reasons, *self.unused([])]
        if others:
            text = (
                f"{name} is tracked by another tape, and this one did not watch it: call watch({name}) on this tape too"
            )
            return [Reason("another tape", text), *reasons]
        used = next((r for r in records if self.node is not None and self.node in r.nodes), None)
        text = f"{name} was never given to tape.watch, and the tape computed it from nothing it watches: a tensor is not watched "
        text += "by itself, as a trainable Variable is"
        if used is not None:
            text += f". {used.name} took it for a constant{self.line(used)}"
        return [Reason("not watched", text, self.place(used)), *reasons]

    def unconnected(self, records: list[Record], found: Any) -> list[Reason]:
        """The reasons why no path leads from a tracked source to the targets, the surest first."""
        nodes = set(found)
        taken = [r for r in records if any(n is self.node for _, n in r.tracked)]
        exact = untracked.reasons(self.tape, self.value, self.targets, self.name, self.what)
        known = any(g in self.tape.tracked for g in self.goals)
        if not known and any(g in t.tracked for t in tapes_besides(self.tape) for g in self.goals):
            text = f"{self.what} was recorded by another tape, and not by this one: ask that one, or compute it inside of both"
            return [Reason("another tape", text), *(exact or self.departures(nodes))]
        if exact:
            return exact
        ends = leading_to(records, self.goals)
        constants = {n for r in records if r.node in ends for n in r.nodes if n is not None}
        sure = self.departures(nodes, constants)
        early = next((r for r in records if self.node in r.nodes and r not in taken), None)
        if early is not None and early.node in ends:
            sure.insert(0, self.late(early.name, self.place(early)))
        if sure:
            return sure
        step = untracked.late(self.tape, self.value, self.targets)
        if step is not None and self.watched_at() is not None:
            return [self.late(step.name, step.place)]
        reasons = self.departures(nodes)
        pauses = [
            Reason(
                "paused",
                "the tape was paused there (stop_recording): what ran in that block is not on it",
                place_in(*p),
            )
            for p in self.tape._pauses[:MANY]
        ]
        if not known:
            return [*pauses, *reasons] or [self.not_recorded()]
        if any(r.kind != "branch" for r in reasons):
            return [*reasons, *pauses]
        if not taken:
            return [*pauses, *self.unused(reasons)]
        return [*pauses, *reasons, self.no_path(taken, nodes, records)]

    def departures(self, nodes: set[Any], constants: set[Any] | None = None) -> list[Reason]:
        """Where values computed from the source left the tape; those alone of which `constants` has what they became."""
        events = [
            e for e in departures_of(self.tape)
            if e.node in nodes and (constants is None or e.constant in constants)
        ]  # fmt: skip
        reasons = []
        for e in events:
            whose = self.name if e.node is self.node else f"what was computed from {self.name}"
            if e.how in ("stop_gradient", ".detach()"):
                reasons.append(Reason("stopped", f"{e.how} made a constant of {whose}", e.place))
            elif e.how in ("assign", "assign_add", "assign_sub", "add_scaled"):
                text = f"Variable.{e.how} took {whose}: no gradient flows through an assignment"
                reasons.append(Reason("assigned", text, e.place))
            elif e.how in ("out=", "copyto()"):
                reasons.append(Reason("assigned", f"{whose} was written over by {e.how}", e.place))
            elif e.how == "bool()":
                text = f"a bool() of {whose} decided which branch ran: no gradient flows through a decision"
                reasons.append(Reason("branch", text, e.place))
            else:
                text = f"{e.how} took {whose} off the tape: what is computed from that is constant for the tape"
                reasons.append(Reason("left", text, e.place))
        order = {"stopped": 0, "assigned": 1, "left": 2, "branch": 3}
        return sorted(reasons, key=lambda r: order[r.kind])

    def watched_at(self) -> Place | None:
        """Where `tape.watch` was given the source."""
        where = self.tape._watched.get(self.node)
        return place_in(*where) if where else None

    def late(self, op: str, ran: Place | None) -> Reason:
        text = f"tape.watch({self.name}) came after {op} had taken it for a constant"
        return Reason("watched late", text + (f", at {ran}" if ran else UNKNOWN), self.watched_at())

    def unused(self, reasons: list[Reason]) -> list[Reason]:
        read = "read" if isinstance(self.source, Variable) else "used"
        text = f"{self.name} was never {read} by an op while the tape recorded"
        branches = [e for e in departures_of(self.tape) if e.how == "bool()" and e.place is not None]
        more = [
            Reason("branch", "a bool() decided there which branch ran; the other branch is not on the tape", e.place)
            for e in branches[-MANY:]
            if all(r.place != e.place for r in reasons)
        ]
        return [*reasons, *more, Reason("unused", text)] if more else [Reason("unused", text), *reasons]

    def not_recorded(self) -> Reason:
        place = self.watched_at()
        text = (
            f"{self.what} was computed from nothing that the tape tracked at the time: outside of its block, before "
            f"tape.watch{f' ({place})' if place else ''}, in another thread or task, or by another library. "
            f"Where unigrad.debug() was in force, explain names the op"
        )
        return Reason("not recorded", text)

    def no_path(self, taken: list[Record], nodes: set[Any], records: list[Record]) -> Reason:
        ops = ", ".join(dict.fromkeys(r.name for r in taken[:MANY]))
        last = [r for r in records if r.node in nodes][-1]
        text = f"{self.name} is used ({ops}), and nothing computed from it leads to {self.what}; the last that comes of it is "
        return Reason("no path", f"{text}the result of {last.name}{self.line(last)}", self.place(last))


def tapes_besides(tape: Any) -> list[Any]:
    """The other tapes that are alive. Asked of the garbage collector: so a tape need not be listed anywhere."""
    return [o for o in gc.get_objects() if type(o) is type(tape) and o is not tape]
