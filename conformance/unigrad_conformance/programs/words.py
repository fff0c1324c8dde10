"""The vocabulary: every row of the table as a line of a program, and phrases of public functions."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import unigrad as ug
from unigrad import kinds
from unigrad.primitive import TABLE, Primitive
from unigrad_conformance.matrices import FORMS

Shapes = tuple[tuple[int, ...], ...]

#: rows that no program can call, or not in a way that says anything: each with its reason
UNREACHED: dict[str, str] = {
    "convert": "goes to another library, whose arrays a native program has not got",
    "move": "names a device of one library",
    "through_numpy": "calls NumPy on the values, which JAX's and torch's tracers do not give",
    "heaviside_weight": "of rules: its value is a choice on ties, and programs are away from them",
    "nextafter": "moves by a rounding error, and JAX has no derivative of it",
    "unique_values": "how many there are depends on the values",
    "nonzero": "how many there are depends on the values, which torch's own transforms do not show",
    "numbers_of": "its parameters are what was found in the values",
}

#: rows that are said by a phrase alone
SAID = frozenset({"astype", "gammainc", "gammaincc", *FORMS})


@dataclass(frozen=True)
class Word:
    """A line to be filled in: ``{0}``, ``{1}`` are its arguments, ``{out}`` what it makes, ``{k}`` a number of its own."""

    name: str
    text: str
    #: of the arguments; None: any that broadcast
    shapes: Shapes | None
    #: where each argument lies, as in the table
    intervals: tuple[tuple[float, float], ...]
    complex: bool = True
    #: the line over raw arrays, where it is another
    native: str | None = None
    #: rows that it calls by name
    rows: tuple[str, ...] = ()
    #: an argument may be a buffer that is written to later: the result is no view of it
    fresh: bool = False
    #: complex arguments only next to a complex first one
    alike: bool = False


def place(row: Primitive, i: int) -> tuple[float, float]:
    """The interval of the i-th argument."""
    others = row.domain.others
    return others[min(i, len(others)) - 1] if i > 0 and others else (row.domain.low, row.domain.high)


def spelled(value: Any) -> str:
    """A parameter as text."""
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()})"
    if isinstance(value, np.dtype):
        return f"ug.{value.name}"
    return repr(value)


def subscript(index: Any) -> str:
    """An index as it stands between brackets."""
    if isinstance(index, tuple):
        return ", ".join(map(subscript, index)) + ("," if len(index) == 1 else "") if index else "()"
    if isinstance(index, slice):
        ends = ["" if e is None else str(e) for e in (index.start, index.stop)]
        return ":".join(ends) + ("" if index.step is None else f":{index.step}")
    return "..." if index is Ellipsis else spelled(index)


def public(row: Primitive, params: dict[str, Any]) -> str:
    """How the row is called: by a public function that takes the same, or else from the table."""
    for where, room in (("ug", ug), ("ug.special", ug.special), ("ug.linalg", ug.linalg), ("ug.fft", ug.fft)):
        function = getattr(room, row.name, None)
        if callable(function) and not row.variadic:
            taken = inspect.signature(function).parameters.values() if params else ()
            if set(params) <= {p.name for p in taken if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}:
                return f"{where}.{row.name}"
    return f'TABLE["{row.name}"]'


def _of(row: Primitive, shapes: Shapes | None, params: dict[str, Any]) -> Word:
    n = len(shapes) if shapes is not None else len(row.args)
    args = [f"{{{i}}}" for i in range(n)]
    fixed = getattr(row, "fixed", ())
    for i in range(n):
        arg = row.args[min(i, len(row.args) - 1)]
        if row.domain.holds == "integers":
            args[i] = f"ug.astype(ug.abs({args[i]}) * 4.0, ug.int64)"
        elif row.domain.holds == "bools" or arg in fixed:
            args[i] = f"({args[i]} > 0.1)"
    told = [f"{k}={spelled(v)}" for k, v in params.items()]
    if row.name == "getitem":
        text = f"{{out}} = {{0}}[{subscript(params['index'])}]"
        native = f"{{out}} = native.part({{0}}, {params['index']!r})".replace("array(", "np.array(")
    else:
        text = f"{{out}} = {public(row, params)}({', '.join([*args, *told])})"
        native = None
        if isinstance(row, kinds.Constant):  # torch has no derivative of some, not even zero
            native = (
                text.replace("{", "native.constant({").replace("}", "})").replace("native.constant({out})", "{out}")
            )
    real = not row.domain.draws_complex or bool(fixed)
    fresh = isinstance(row, kinds.Elementwise | kinds.Multilinear)
    intervals = tuple(place(row, min(i, len(row.args) - 1)) for i in range(n))
    return Word(row.name, text, shapes, intervals, not real, native, (row.name,), fresh, row.name == "setitem")


def words_of(row: Primitive) -> Iterator[Word]:
    """The ways to call a row: one for each of its samples, or one for any shapes."""
    if row.name in UNREACHED or row.name in SAID:
        return
    if row.domain.samples:
        for sample in row.domain.samples:
            if all(np.prod(s) > 0 for s in sample.shapes):
                yield _of(row, sample.shapes, sample.params)
    else:
        yield _of(row, None, {})


def vocabulary() -> list[Word]:
    """All words."""
    from unigrad_conformance.programs.phrases import PHRASES

    return [*PHRASES, *(w for row in TABLE.values() for w in words_of(row))]
