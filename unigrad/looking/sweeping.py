"""The backward sweep, record by record: with a look at every cotangent, and a clock."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from unigrad import sweeps
from unigrad.backend import backend_of
from unigrad.cotangents import Pieces
from unigrad.errors import ShapeError
from unigrad.looking.nonfinite import NonFinite, at, describe, look_at, where_first
from unigrad.looking.places import Place
from unigrad.looking.records import Record, records_of
from unigrad.looking.summary import bytes_kept


class Sweep:
    """In the place of `unigrad.sweeps` for one gradient.

    The first walk uses plain products, and what it finds is only a suspicion: `doubtful` asks for the second walk, in which zeros
    absorb, and what is not finite there is told.
    """

    def __init__(self, look: Any, tape: Any, traced: bool) -> None:
        self.look = look
        self.steps = tape._steps or {}
        self.traced = traced
        self.doubtful = False
        self.bad: set[Any] = set()
        if look.profile:
            tape._account = bytes_kept(records_of(tape) or [])

    def fast(self, records: list[Any], cts: Any, keep: Any) -> Any:
        """`sweeps.fast`."""
        return self.walk(records, cts, lambda one: sweeps.fast(one, cts, keep), tell=False, recorded=False)

    def recorded(self, records: list[Any], cts: Any, keep: Any, *, linearize: bool) -> Any:
        """`sweeps.recorded`; nothing takes the place of a record that is told of."""
        return self.walk(records, cts, lambda one: sweeps.recorded(one, cts, keep), tell=False, recorded=True)

    def careful(
        self, records: list[Any], cts: Any, keep: Any, *, recorded: bool, absorbing: bool, conjugating: bool
    ) -> Any:
        """`sweeps.careful`."""

        def one(record: list[Any]) -> Any:
            return sweeps.careful(record, cts, keep, recorded=recorded, absorbing=absorbing, conjugating=conjugating)

        return self.walk(records[:], cts, one, tell=absorbing, recorded=recorded)

    def walk(
        self, records: list[Any], cts: Any, sweep: Callable[[list[Any]], Any], *, tell: bool, recorded: bool
    ) -> Any:
        """Walk; look at what each record adds."""
        self.bad = {n for n, ct in cts.items() if any(self.seen(ct))}
        kept: dict[Any, Any] = {}
        here = self.look.here
        within = here.inside
        for k in range(len(records) - 5, -1, -5):
            rule, nodes, out, saved, spec = one = records[k : k + 5]
            ct = cts.get(out)
            if ct is None:
                continue
            record = Record(k // 5, rule, nodes if type(nodes) is tuple else (nodes,), out, saved, spec)
            here.inside = "rule"
            start = perf_counter()
            try:
                kept |= sweep(one)
                if self.look.profile:
                    self.wait(record, cts)
            finally:
                here.inside = within
            step = self.steps.get(out)
            if step is not None:
                step.back += perf_counter() - start
            self.fits(record, ct, cts)
            if not self.traced:
                self.check(record, ct, cts, tell=tell, recorded=recorded)
        return kept

    def wait(self, record: Record, cts: Any) -> None:
        """Until the cotangents that a record gave are computed."""
        for _, node in record.tracked:
            g = getattr(cts.get(node), "_raw", cts.get(node))
            if hasattr(g, "dtype"):
                backend_of(g).wait(g)

    def seen(self, ct: Any) -> Any:
        """What is not finite in a cotangent."""
        if ct is None or type(ct) is Pieces:
            return (False, False)
        return self.look.ignoring(look_at(ct))

    def fits(self, record: Record, ct: Any, cts: Any) -> None:
        """A `ShapeError` for a cotangent of another shape than the operand's: the rule that gave it is wrong."""
        step = self.steps.get(record.node)
        # inside vmap the kernel that ran is that of all examples, and the record is of one
        if step is None or not is_whole(ct) or tuple(ct.shape) != step.shape:
            return
        for position, node in record.tracked:
            g = cts.get(node)
            if position >= len(step.operands) or not is_whole(g):
                continue
            shape = step.operands[position]
            if tuple(g.shape) != shape:
                raise ShapeError(
                    f"the derivative of {record.name} gave a cotangent of shape {tuple(g.shape)} for its operand {position} of "
                    f"shape {shape}{self.where(record)}\n  hint: is it summed over the axes along which the operand was "
                    "broadcast? A row with broadcasts=True has that done"
                )

    def where(self, record: Record) -> str:
        """The line that ran an op."""
        step = self.steps.get(record.node)
        place: Place | None = None if step is None else step.place
        return at(place).replace("\n  at", f"\n  {record.name} ran at") or (
            f"\n  {record.name} ran before unigrad.debug was in force, so its line is not known"
        )

    def check(self, record: Record, ct: Any, cts: Any, *, tell: bool, recorded: bool) -> None:
        """Whether this record made the first NaN or infinity of a cotangent."""
        for position, node in record.tracked:
            if node in self.bad:
                continue
            g = cts.get(node)
            if g is not None and not is_whole(g):
                if record.node in self.bad:
                    self.bad.add(node)
                continue
            look = self.seen(g)
            if not any(look):
                continue
            self.bad.add(node)
            if record.node in self.bad:
                continue
            if not tell:
                self.doubtful = self.doubtful or not recorded
                continue
            self.tell(record, position, ct, g, look)

    def tell(self, record: Record, position: int, ct: Any, g: Any, look: Any) -> None:
        """Name the op."""
        what = "NaN" if look.nan else "inf"
        step = self.steps.get(record.node)
        place: Place | None = None if step is None else step.place
        args = record.rule.primitive.args
        kept = [
            (f"operand {args[key] if key < len(args) else key}" if what == "value" else "result", value)
            for what, key, value in record.kept
            if what in ("value", "out")
        ]
        text = (
            f"the derivative of {record.name} made {what} in the cotangent of its operand {position}"
            f"{where_first(g, look.nan)}{self.where(record)}\n  the cotangent of its result: {describe(ct)}"
            + "".join(f"\n  its {name}: {describe(v)}" for name, v in kept)
        )
        if look.nan and any(look_at(v).nan for _, v in kept):
            text += "\n  what it kept held NaN before: the derivative is not to blame"
            self.look.report(NonFinite("entered", record.name, what, place, text))
            return
        self.look.report(NonFinite("cotangent", record.name, what, place, text))


def is_whole(ct: Any) -> bool:
    """Whether a cotangent is one array: it is there, not in pieces, and not a bundle of those of a call's results."""
    return hasattr(ct, "shape") and type(ct) is not Pieces
