"""A tape in figures: what ``tape.summary()`` gives."""

from dataclasses import dataclass
from typing import Any

from unigrad.backend import backend_of
from unigrad.looking.places import Place
from unigrad.looking.program import counted, state_of
from unigrad.looking.records import Record, records_of


@dataclass
class Line:
    """The ops of one name."""

    op: str
    count: int = 0
    bytes: int = 0
    forward: float | None = None
    backward: float | None = None
    place: Place | None = None


@dataclass(frozen=True, repr=False)
class Summary:
    """A table of a tape's ops.

    `lines`: one for each name of an op, the slowest first where times are known, else the most bytes. `count`; the `bytes`
    that the tape keeps for it, where an array that several keep is counted for the first, and a view with the whole of its
    array; the seconds that its kernels took `forward` and its derivatives `backward`, None without
    ``unigrad.debug(profile=True)``; where the first of them ran.
    """

    lines: tuple[Line, ...]
    state: str

    @property
    def total(self) -> Line:
        """All ops together."""
        timed = any(line.forward is not None for line in self.lines)
        return Line(
            "total",
            sum(line.count for line in self.lines),
            sum(line.bytes for line in self.lines),
            sum(line.forward or 0.0 for line in self.lines) if timed else None,
            sum(line.backward or 0.0 for line in self.lines) if timed else None,
        )

    def __str__(self) -> str:
        total = self.total
        timed = total.forward is not None
        placed = any(line.place for line in self.lines)
        head = ["op", "count", "kept", *(["forward", "backward"] if timed else []), *(["first at"] if placed else [])]
        rows = [head]
        for line in (*self.lines, total):
            times = [milliseconds(line.forward), milliseconds(line.backward)] if timed else []
            rows.append([line.op, f"{line.count:,}", size(line.bytes), *times, *([str(line.place or "")] * placed)])
        widths = [max(len(r[i]) for r in rows) for i in range(len(head))]
        right = range(1, 3 + 2 * timed)
        texts = [
            "  " + "  ".join(f"{c:>{w}}" if i in right else f"{c:<{w}}" for i, (c, w) in enumerate(zip(r, widths)))
            for r in rows
        ]
        rule = "  " + "-" * (len(max(texts, key=len)) - 2)
        title = f"GradientTape, {self.state}: {counted(total.count, 'op')}, {size(total.bytes)} kept"
        texts = [title, texts[0], rule, *texts[1:-1], rule, texts[-1]]
        return "\n".join(t.rstrip() for t in texts)

    __repr__ = __str__  # what a notebook shows


def summary(tape: Any) -> Summary:
    """See `GradientTape.summary`."""
    lines: dict[str, Line] = {}
    gone = tape._used and not tape._persistent
    kept = (tape._account or {}) if gone else bytes_kept(records_of(tape) or [])
    steps = tape._steps or {}
    records = records_of(tape)
    if records is not None:
        ops = [(r.name, r.node) for r in records if r.part is None]
    else:
        ops = [(s.name, n) for n, s in steps.items() if not s.part]
    for name, node in ops:
        line = lines.setdefault(name, Line(name))
        line.count += 1
        line.bytes += kept.get(node, 0)
        step = steps.get(node)
        if step is None:
            continue
        line.place = line.place or step.place
        if tape._look.profile:
            line.forward = (line.forward or 0.0) + step.seconds
            line.backward = (line.backward or 0.0) + step.back
    order = sorted(
        lines.values(), key=lambda line: (-(line.forward or 0.0) - (line.backward or 0.0), -line.bytes, -line.count)
    )
    return Summary(tuple(order), state_of(tape) + (", as it was before" if gone and kept else ""))


def bytes_kept(records: list[Record]) -> dict[Any, int]:
    """For the node of each record the bytes of the arrays that it keeps and no record before it does."""
    seen: set[Any] = set()
    found: dict[Any, int] = {}
    for record in records:
        total = 0
        for raw in arrays_in(record.saved):
            backend = backend_of(raw)
            if backend.is_traced(raw):
                continue
            memory, count = backend.memory_of(raw)
            if memory not in seen:
                seen.add(memory)
                total += count
        found[record.node] = total
    return found


def arrays_in(saved: Any) -> list[Any]:
    """The arrays in what a record keeps: also indices among its parameters."""
    if isinstance(saved, tuple | list):
        return [a for part in saved for a in arrays_in(part)]
    return [saved] if hasattr(saved, "dtype") and hasattr(saved, "shape") and not hasattr(saved, "fields") else []


def size(count: int) -> str:
    """Bytes, in the unit that suits them."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def milliseconds(seconds: float | None) -> str:
    """A time in a table."""
    return "" if seconds is None else f"{1000 * seconds:.3f} ms"
