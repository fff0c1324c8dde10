"""The form of the data, and the data read: where a native framework is known to answer otherwise than unigrad.

A file `jax.toml`, `torch.toml`, `tensorflow.toml` or `autograd.toml` has

* `seen`: the version of the framework with which each answer in the file was measured;
* `program`: three lines in the framework's words, with a gap for each of the `columns`; `second` the same for second derivatives
  and `along` for forward mode, where they need other lines;
* `[[difference]]` rows, one for each cause:
  `name`; `kind`; `why`, the reason; `source`, issues of the framework as owner/repo#number or a document, none: measured here;
  `examples`, each a line of the `columns`: a hazard point, what fills the gaps, and what the program then prints (of an error
  its name and the words that tell); `forward`, the same for the directional derivative along ones;
  `points`, the hazard points at which the suite's own comparison with this framework differs for that reason;
  `cases`, other comparisons of the suite, each a `group` (a row of the table, or an expression), the `respects` ("first", "jvp",
  "second") and a part of the case's name, `when`;
  `until`, the first version in which it is gone, where older ones still have it.

The right answer stands nowhere here: it is that of the hazard point, which the suite checks on every backend.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: how a difference is to be taken
KINDS = {
    "wrong": "a finite wrong number, or NaN, where the derivative exists",
    "convention": "another choice at a kink, a tie or a point without limit, or for what is not connected",
    "refuses": "an error where unigrad has the derivative",
}
#: name: title
NATIVES = {"jax": "JAX", "torch": "PyTorch", "tensorflow": "TensorFlow", "autograd": "HIPS autograd"}
KEYS = {"name", "kind", "why", "source", "examples", "forward", "points", "cases", "until"}
HERE = Path(__file__).parent


class DataError(ValueError):
    """A row that is not of the form."""


@dataclass(frozen=True)
class Example:
    """A program in the framework's words, at a hazard point, and what it prints."""

    point: str
    gaps: dict[str, str] = field(hash=False)
    says: str
    forward: bool = False


@dataclass(frozen=True)
class Difference:
    """One comparison of the suite with a native framework that is known to differ; those of a row share its reason."""

    group: str
    native: str
    respect: str
    when: str
    reason: str
    row: str = ""


@dataclass(frozen=True)
class Row:
    """One cause of differences of one framework."""

    native: str
    name: str
    kind: str
    why: str
    seen: str
    source: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    points: tuple[str, ...] = ()
    cases: tuple[Difference, ...] = ()
    until: str = ""

    @property
    def label(self) -> str:
        """Where to find it."""
        return f"{self.native}/{self.name}"

    def holds(self, version: str) -> bool:
        """Whether a version of the framework still has it."""
        return not self.until or not version or order(version) < order(self.until)


@dataclass(frozen=True)
class File:
    """The rows of one framework, and its programs."""

    native: str
    seen: str
    columns: tuple[str, ...]
    program: str
    second: str
    along: str
    rows: tuple[Row, ...]


def order(version: str) -> tuple[int, ...]:
    """A version as numbers that compare; what follows a + does not count."""
    return tuple(int(n) for n in re.findall(r"\d+", version.partition("+")[0])[:3])


def read(native: str, text: str) -> File:
    """The data of a file; an error names the row that is not of the form."""
    data = tomllib.loads(text)
    seen, columns = data["seen"], tuple(data["columns"])
    rows = tuple(_row(native, seen, columns, raw) for raw in data.get("difference", ()))
    names = [row.name for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{native}.toml: two rows are named {name!r}: give one of them another name")
    program = data["program"]
    return File(native, seen, columns, program, data.get("second", program), data.get("along", program), rows)


def _row(native: str, seen: str, columns: tuple[str, ...], raw: dict[str, Any]) -> Row:
    where = f"{native}.toml, row {raw.get('name', '?')!r}"
    if unknown := raw.keys() - KEYS:
        raise DataError(f"{where}: unknown keys {sorted(unknown)}; there are {sorted(KEYS)}")
    if missing := {"name", "kind", "why"} - raw.keys():
        raise DataError(f"{where}: {sorted(missing)} must be said")
    if raw["kind"] not in KINDS:
        raise DataError(f"{where}: kind {raw['kind']!r} is none of {list(KINDS)}")
    examples = []
    for key in ("examples", "forward"):
        for line in raw.get(key, ()):
            if len(line) != len(columns):
                raise DataError(f"{where}: {line} has {len(line)} entries, and the columns are {list(columns)}")
            told = dict(zip(columns, line))
            examples.append(Example(told.pop("point"), told, told.pop("says"), key == "forward"))
    cases = tuple(
        Difference(case["group"], native, respect, case.get("when", ""), raw["why"], raw["name"])
        for case in raw.get("cases", ())
        for respect in case["respects"]
    )
    if not examples and not cases and not raw.get("points"):
        raise DataError(f"{where}: it has neither examples nor points nor cases")
    return Row(
        native, raw["name"], raw["kind"], raw["why"], seen, tuple(raw.get("source", ())), tuple(examples),
        tuple(raw.get("points", ())), cases, raw.get("until", ""),
    )  # fmt: skip


FILES: dict[str, File] = {
    native: read(native, (HERE / f"{native}.toml").read_text(encoding="utf-8")) for native in NATIVES
}


def rows() -> Iterator[Row]:
    """All rows."""
    for file in FILES.values():
        yield from file.rows
