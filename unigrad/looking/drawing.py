"""A picture of a tape, by graphviz: what ``tape.draw`` makes."""

import shutil
import subprocess
from collections import Counter
from html import escape
from pathlib import Path
from types import FrameType
from typing import Any

from unigrad.errors import DrawingError
from unigrad.looking.names import nodes_in, option_text
from unigrad.looking.places import Place
from unigrad.looking.program import Program, counted, state_of
from unigrad.looking.records import Record, count_of, is_zero

FORMATS = ("svg", "png", "pdf")
TEXTS = ("dot", "gv")

HEAD = """digraph tape {
  graph [rankdir=TB, ordering=in, fontname="Helvetica", fontsize=11, labelloc=b, labeljust=l,
         nodesep=0.3, ranksep=0.35, bgcolor=white]
  node [fontname="Helvetica", fontsize=11, shape=box, style="rounded,filled", color="#8c8c8c", margin="0.12,0.05"]
  edge [fontname="Helvetica", fontsize=9, color="#333333", arrowsize=0.7]"""
VARIABLE, WATCHED, OP, ZERO, RESULT, NUMBER, REST = (
    "#cfe3f7", "#fdeeb8", "#ffffff", "#eeeeee", "#d5efd3", "#f7f7f7", "#f3e6f7",
)  # fmt: skip
GREY = "#6b6b6b"


def draw(tape: Any, file: Any, limit: int, frame: FrameType | None) -> str:
    """See `GradientTape.draw`."""
    if type(limit) is not int or limit < 2:
        raise DrawingError(f"draw: limit is the number of ops that are drawn, 2 or more, not {limit!r}")
    suffix = "" if file is None else Path(file).suffix[1:].lower()
    if file is not None and suffix not in FORMATS + TEXTS:
        known = ", ".join(f".{s}" for s in FORMATS + TEXTS)
        raise DrawingError(f"draw: the file's ending says what is made, one of {known}; {str(file)!r} has none of them")
    text = dot(tape, limit, frame)
    if suffix in TEXTS:
        Path(file).write_text(text, encoding="utf-8")
    elif suffix:
        Path(file).write_bytes(rendered(text, suffix))
    return text


def rendered(text: str, suffix: str) -> bytes:
    """What graphviz makes of a graph."""
    program = shutil.which("dot")
    if program is None:
        raise DrawingError(
            f"draw: a .{suffix} is made by graphviz's program `dot`, which is not on this machine's PATH: install graphviz "
            f"(`apt install graphviz`, `brew install graphviz`, `conda install graphviz`), or draw a .dot file, which needs none"
        )
    done = subprocess.run([program, f"-T{suffix}", "-Gdpi=110"], input=text.encode(), capture_output=True)
    if done.returncode:
        raise DrawingError(f"draw: {program} failed ({done.returncode}): {done.stderr.decode(errors='replace')[:300]}")
    return done.stdout


def dot(tape: Any, limit: int, frame: FrameType | None) -> str:
    """The tape as a graph in graphviz's language."""
    return "\n".join(_Picture(tape, limit, frame).lines())


class _Picture:
    def __init__(self, tape: Any, limit: int, frame: FrameType | None) -> None:
        self.program = Program(tape, frame)
        self.state = state_of(tape)
        self.spoken = nodes_in(frame)
        records = self.program.records
        half = limit // 2
        self.left_out = records[half : len(records) - (limit - half)] if len(records) > limit else []
        hidden = {r.at for r in self.left_out}
        self.drawn = [r for r in records if r.at not in hidden]
        self.idents: dict[Any, str] = {node: f"s{k}" for k, (node, *_) in enumerate(self.program.sources)}
        self.idents |= {r.node: "rest" if r.at in hidden else f"r{r.at}" for r in records}
        self.numbers = 0

    def lines(self) -> list[str]:
        p = self.program
        used = {n for r in p.records for _, n in r.tracked}
        lines = [HEAD, f"  label=<{self.legend()}>"]
        for node, name, what, place in p.sources:
            colour = WATCHED if what == "watched" else VARIABLE
            lines.append(
                self.box(self.idents[node], name, p.shape(node), place, colour, "solid" if node in used else "dashed")
            )
        edges: dict[str, None] = {}  # each once, in order
        for record in self.drawn:
            lines.append(self.op(record, record.node in used))
            self.edges(record, lines, edges)
        if self.left_out:
            lines.append(self.rest())
            for record in self.left_out:
                for _, node in record.tracked:
                    if (start := self.idents.get(node, "rest")) != "rest":
                        edges.setdefault(f"  {start} -> rest")
        return [*lines, *edges, "}"]

    def op(self, record: Record, used: bool) -> str:
        p = self.program
        zero = all(is_zero(record, i) for i, _ in record.tracked)
        colour = RESULT if not used else ZERO if zero else OP
        options = p.options(record)
        index = option_text("index", options.pop("index")) if "index" in options else ""
        text = ", ".join(f"{k}={option_text(k, v)}" for k, v in options.items() if str(v) not in ("None", "False"))
        text = index + (f"({text})" if text else "")
        name = record.name + (text if len(text) <= 34 else text[:31] + "...")
        spoken = self.spoken.get(record.node)
        return self.box(f"r{record.at}", name, p.shape(record.node), p.place(record), colour, "solid", spoken)

    def box(
        self, ident: str, name: str, shape: str, place: Place | None, colour: str, line: str, spoken: str | None = None
    ) -> str:
        rows = [f"<b>{escape(name)}</b>"]
        if spoken:
            rows[0] = f"<i>{escape(spoken)}</i> = {rows[0]}"
        if shape:
            rows.append(f'<font point-size="10">{escape(shape)}</font>')
        if place:
            rows.append(f'<font point-size="8" color="{GREY}">{escape(f"{Path(place.file).name}:{place.line}")}</font>')
        return f'  {ident} [label=<{"<br/>".join(rows)}>, fillcolor="{colour}", style="rounded,filled,{line}"]'

    def edges(self, record: Record, lines: list[str], edges: dict[str, None]) -> None:
        """The operands of an op: what it was computed from, and how the gradient goes back."""
        p = self.program
        tracked = {i for i, _ in record.tracked}
        several = record.arity > 1
        for i in range(record.arity):
            node = record.operand(i)
            end = f"r{record.at}"
            label = f', label=" {i}"' if several and record.name in ORDERED else ""
            if i in tracked:
                style = "dashed" if is_zero(record, i) else "solid"
                start = self.idents.get(node)
                if start is not None:
                    edges.setdefault(f"  {start} -> {end} [style={style}{label}]")
            else:
                text = p.constant(record, i)
                if text == "_":
                    continue
                self.numbers += 1
                lines.append(
                    f'  c{self.numbers} [label=<<font point-size="10">{escape(text)}</font>>, shape=plaintext, style="", '
                    f'margin="0.02,0.0", height=0.2, width=0.2, fontcolor="{GREY}"]'
                )
                edges.setdefault(f'  c{self.numbers} -> {end} [style=dotted, color="{GREY}"{label}]')

    def rest(self) -> str:
        names = Counter(r.name for r in self.left_out).most_common(4)
        told = ", ".join(f"{n:,} {name}" for name, n in names)
        text = f"<b>{len(self.left_out):,} ops not drawn</b><br/>"
        text += f'<font point-size="10">{escape(told)}</font><br/>'
        text += f'<font point-size="8" color="{GREY}">draw(file, limit=...) draws more</font>'
        return f'  rest [label=<{text}>, fillcolor="{REST}", shape=folder, style=filled]'

    def legend(self) -> str:
        """What the colours and lines mean, of those that are there."""
        p = self.program
        boxes = [
            f"{counted(count_of(r.rule for r in p.records), 'op')}, {counted(len(p.sources), 'source')}, {self.state}"
        ]
        return (
            f'<font point-size="10" color="{GREY}">{escape(boxes[0])}<br align="left"/>'
            'blue: variable, yellow: watched, green: not used again, grey: its derivative is zero<br align="left"/>'
            'solid: the gradient flows, dashed: it is zero, dotted: a constant<br align="left"/></font>'
        )


#: ops whose operands are told by number, for their order matters
ORDERED = {"subtract", "divide", "pow", "matmul", "floor_divide", "remainder", "atan2"}
