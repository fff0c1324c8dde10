"""Mutants inside the source: of each rule and its helpers in `unigrad.ops`, and of any other function."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

from unigrad_conformance.mutants.changes import Change, Slip, changes
from unigrad_conformance.mutants.mutant import Area, Mutant
from unigrad_conformance.mutants.places import functions_of, slots
from unigrad_conformance.mutants.source import FunctionNode, compiled, instead, node_of, plain


def of_rules() -> Iterator[Mutant]:
    """Every slip in the rules of the table."""
    for function, ops in shared((slot.row.name, functions_of(slot.rule)) for slot in slots()):
        yield from slips_in(function, ops, "rule")


def shared(found: Iterable[tuple[str, dict[CodeType, Any]]]) -> list[tuple[Any, tuple[str, ...]]]:
    """Every function once, with the rows of which it was found."""
    rows: dict[CodeType, dict[str, None]] = {}
    functions: dict[CodeType, Any] = {}
    for name, met in found:
        for code, function in met.items():
            functions.setdefault(code, function)
            rows.setdefault(code, {})[name] = None
    return [(function, tuple(rows[code])) for code, function in functions.items()]


def slips_in(function: Any, ops: Iterable[str], area: Area, more: Sequence[Slip] = ()) -> Iterator[Mutant]:
    """Every slip in one function; `more`: as `changes` has it."""
    inner = plain(function)
    node = None if inner is None else node_of(inner.__code__)
    if inner is None or node is None:
        return
    code = inner.__code__
    for change in changes(node, more):
        changed = _code(change.node, code)
        if changed is None or changed == code:
            continue
        yield Mutant(
            _named(code, change), change.kind, tuple(ops), partial(instead, function, changed),
            partial(_mined, function, change, code), frozenset({code}), area,
        )  # fmt: skip


def _code(node: FunctionNode, like: CodeType) -> CodeType | None:
    """The changed code; None where it does not fit into the function: it has lost what it closed over."""
    found = compiled(node, like)
    return found if found.co_freevars == like.co_freevars else None


def _mined(function: Any, change: Change, code: CodeType) -> AbstractContextManager[Any]:
    return instead(function, compiled(change.mine(), code))


def _named(code: CodeType, change: Change) -> str:
    what = code.co_name if code.co_name != "<lambda>" else "lambda"
    path = Path(code.co_filename)
    where = f"{path.parent.name}/{path.name}:{change.line}:{change.column} {what}"
    return f"{where}: {_short(change.before)} -> {_short(change.after)}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
