"""`docs/coverage.md`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tools.coverage import standard
from tools.coverage.chapters import Chapter, Name, chapters
from tools.coverage.natives import Known, known
from tools.coverage.tracing import LEAVES, NONE, YES, ZERO, Trace, row_of, trace
from unigrad import kinds
from unigrad.backend import Backend, load
from unigrad.cotangents import ZERO as NO_COTANGENT
from unigrad.kernels import derived
from unigrad.primitive import TABLE, Primitive
from unigrad_conformance.cases import cases_of, refused

BACKENDS = {"numpy": "NumPy", "jax": "JAX", "torch": "PyTorch"}
NATIVES = {"jax": "JAX", "torch": "PyTorch"}
DIFFERENCES = "Where JAX and PyTorch answer otherwise"

LEGEND = """\
| column | |
|---|---|
| standard | the version of the array API standard that has the name; *beyond*: unigrad's own |
| rule | the kind of row (below); *of* …: the rows that it is composed of, as a tape has recorded them; \
*constant in y*, *an error in x*: not differentiable in that argument (x, y, z stand for the first, second, third) |
| reverse, forward | *yes*: a derivative, exact, to every order. *zero*: connected, and constant by nature. *no*: with the \
reason. –: there is no array to differentiate |
| complex | whether it takes complex numbers |
| NumPy, JAX, PyTorch | where the kernels come from: **o** the plugin's own, **l** the library's function of that name, \
**d** derived, the same for any library |
| differs | whose own autodiff the conformance suite has seen to answer otherwise: [below](#{anchor}) |

| kind of row | what it states |
|---|---|
| elementwise | one partial derivative for each argument |
| linear, multilinear | the transpose; for each argument |
| general | a vjp and a jvp |
| joint | a general row whose cotangents share their work |
| constant | nothing: connected, with derivative zero |

Both modes, every order, broadcasting, complex conjugation and dtypes follow from the row. The conformance suite checks each row
on each backend against the library's own autodiff and finite differences; a composed function has the derivatives of its rows.
""".format(anchor=DIFFERENCES.lower().replace(" ", "-"))


def kind_of(row: Primitive) -> str:
    """The kind of a row, in the words of the legend, and the arguments in which it is constant."""
    if not any(True for _ in cases_of(row)):
        return "**no sample**"
    names = {"Unary": "elementwise", "Binary": "elementwise"}
    kind = names.get(type(row).__name__, type(row).__name__.lower())
    if isinstance(row, kinds.Elementwise):
        flat = [a for a, p in zip(row.args, row.partials, strict=True) if p is NO_COTANGENT]
    elif isinstance(row, kinds.General):
        flat = [a for a, f in zip(row.args, row.vjps, strict=True) if f is None]
    else:
        flat = []
    flat += [a for a in row.fixed if a not in flat]
    errors = [a for i, a in enumerate(row.args) if refused(row, i)]
    kind += f", constant in {' and '.join(flat)}" if flat else ""
    return kind + (f", an error in {' and '.join(errors)}" if errors else "")


def source_of(row: Primitive, backend: Backend) -> str:
    """Where a backend's kernel of a row comes from."""
    if row.name in backend.kernels:
        return "o"
    if derived(row.name):
        return "d"
    return "l" if hasattr(backend.xp, row.name) else "**none**"


def sources(rows: Iterable[str], backend: Backend) -> str:
    """Where the kernels of several rows come from."""
    return "".join(sorted({source_of(TABLE[r], backend) for r in rows})) or "–"


def code(names: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)


def link(natives: Iterable[str]) -> str:
    return ", ".join(NATIVES[n] for n in sorted(set(natives)))


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table in markdown."""
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for line in lines:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
    yield ""


class Page:
    """The page, and what is wrong with it."""

    def __init__(self) -> None:
        self.backends = [load(name) for name in BACKENDS]
        self.known = known()
        self.chapters = list(chapters())
        self.traces: dict[str, Trace | None] = {
            n.path: trace(n.path, n.thing) for c in self.chapters if c.functions for n in c.names
        }
        self.problems = [f"{n}: no call in tools/coverage/calls.py" for n, t in self.traces.items() if t is None]
        self.problems += [
            f"{n.path}: no docstring"
            for c in self.chapters
            if not c.functions
            for n in c.names
            if "**" in about(n.thing)
        ]
        self.problems += [f"{r}: the conformance suite has no sample" for r in TABLE if "**" in kind_of(TABLE[r])]
        self.problems += [
            f"{r}: no kernel on {b.name}" for r in TABLE for b in self.backends if "**" in source_of(TABLE[r], b)
        ]

    def rule(self, name: Name, found: Trace) -> str:
        """What stands in the column "rule"."""
        if not found.rows:
            return "no row"
        first = found.rows[0]
        if len(found.rows) > 1:
            return f"of {code(found.rows)}"
        row = row_of(name.thing) or TABLE[first]
        return kind_of(row) if row.name in (name.shown, name.shown.strip("_")) else f"{kind_of(row)}: `{first}`"

    def line(self, name: Name) -> list[str]:
        """One function."""
        found = self.traces[name.path]
        if found is None:
            return [f"`{name.shown}`", standard.version(name.path), "**no call**"] + [""] * (4 + len(BACKENDS))
        natives = [n for k in self.known if k.row in found.rows for n in k.natives]
        separator = ": " if found.reverse == LEAVES else ", "
        reverse = found.reverse + (separator + found.reason if found.reason else "")
        return [
            f"`{name.shown}`",
            standard.version(name.path),
            self.rule(name, found),
            reverse,
            found.forward,
            found.takes_complex or NONE,
            *(sources(found.rows, b) for b in self.backends),
            link(natives),
        ]

    def functions(self, chapter: Chapter) -> Iterator[str]:
        """A table of functions."""
        head = ["name", "standard", "rule", "reverse", "forward", "complex", *BACKENDS.values(), "differs"]
        yield from table(head, map(self.line, chapter.names))

    def things(self, chapter: Chapter) -> Iterator[str]:
        """A table of what computes nothing."""
        yield from table(
            ["name", "standard", "what it is"],
            ([f"`{n.shown}`", standard.version(n.path), about(n.thing)] for n in chapter.names),
        )

    def inner_rows(self) -> Iterator[str]:
        """The rows that no function of the tables above is alone."""
        users: dict[str, list[str]] = {}
        for path, found in self.traces.items():
            for r in found.rows if found else ():
                users.setdefault(r, []).append(path)
        shown = {found.rows[0] for found in self.traces.values() if found and len(found.rows) == 1}
        lines = []
        for r, row in sorted(TABLE.items()):
            if r not in shown:
                by = [u for u in users.get(r, []) if not u.startswith("Tensor.")]
                used = code(by[:4]) + (f" and {len(by) - 4} more" if len(by) > 4 else "") or NONE
                natives = link(n for k in self.known if k.row == r for n in k.natives)
                kernels = [source_of(row, b) for b in self.backends]
                lines.append(
                    [f"`{r}`", kind_of(row), "yes" if row.domain.draws_complex else "no", *kernels, used, natives]
                )
        yield from table(["row", "kind", "complex", *BACKENDS.values(), "used by", "differs"], lines)

    def differences(self) -> Iterator[str]:
        """What the conformance suite knows of the natives."""

        def line(k: Known) -> list[str]:
            return [f"`{k.row}`" if k.row else "several", k.point, k.answer, link(k.natives), k.reason]

        head = ["row", "at", "unigrad's gradient", "who differs", "because"]
        yield from table(head, map(line, self.known))

    def counts(self) -> str:
        """How much there is."""
        of_kinds = Counter(kind_of(row).partition(",")[0] for row in TABLE.values())
        told = ", ".join(f"{n} {kind}" for kind, n in of_kinds.most_common())
        traces = [t for t in self.traces.values() if t]
        modes = Counter(t.reverse for t in traces)
        names = sum(len(c.names) for c in self.chapters)
        done, none = len(traces), modes[LEAVES] + modes[NONE]
        return "\n".join((
            f"{names} public names, with all {len(standard.NAMES)} of the standard. {done} are functions, methods and operators:",
            f"{modes[YES]} have derivatives, {modes[ZERO]} are constant by nature, and {none} have nothing to differentiate.",
            f"The table has {len(TABLE)} rows: {told}.",
        ))  # fmt: skip

    def text(self) -> str:
        """All of it."""
        lines = [
            "# Coverage", "", "Written by `make docs` from the table of primitives, not by hand. NumPy's own functions are in",
            "[coverage-numpy.md](coverage-numpy.md).", "", self.counts(), "", LEGEND,
        ]  # fmt: skip
        for chapter in self.chapters:
            lines += [f"## {chapter.title}", "", f"`{chapter.prefix}*`", ""]
            lines += self.functions(chapter) if chapter.functions else self.things(chapter)
        lines += ["## Rows that other functions are made of", ""]
        lines += ["Those without a user here belong to derivative rules, to `unigrad.nn`, or to other arguments.", ""]
        lines += self.inner_rows()
        lines += [f"## {DIFFERENCES}", ""]
        lines += [
            "Data of the conformance suite, which fails when a row of it is no longer true. Gradients are of the sum of the",
            "expression, for each input; d2: of the sum of those.", "", *self.differences(),
        ]  # fmt: skip
        return "\n".join(lines).rstrip() + "\n"


def about(thing: Any) -> str:
    """What a thing that computes nothing is: its value, or the first sentence of what it says."""
    if thing is None or isinstance(thing, float):
        return f"`{thing!r}`"
    if isinstance(thing, np.dtype):
        return f"`{thing.name}`"
    if not thing.__doc__:
        return "**no docstring**"
    return " ".join(thing.__doc__.split("\n\n")[0].split()).partition(". ")[0].rstrip(".")
