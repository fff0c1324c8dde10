"""Mutants inside the source: of each rule and its helpers in `unigrad.ops`, and of the engine's own functions."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

from unigrad_conformance.mutants.changes import Change, changes
from unigrad_conformance.mutants.mutant import Mutant
from unigrad_conformance.mutants.places import functions_of, slots
from unigrad_conformance.mutants.source import FunctionNode, compiled, instead, node_of, plain


def of_rules() -> Iterator[Mutant]:
    """Every slip in the rules of the table; of a function that several rows share once, with all these rows."""
    rows: dict[CodeType, dict[str, None]] = {}
    functions: dict[CodeType, Any] = {}
    for slot in slots():
        for code, function in functions_of(slot.rule).items():
            functions.setdefault(code, function)
            rows.setdefault(code, {})[slot.row.name] = None
    for code, function in functions.items():
        yield from slips_in(function, tuple(rows[code]), "rule")


def slips_in(function: Any, ops: Iterable[str], area: str) -> Iterator[Mutant]:
    """Every slip in one function."""
    inner = plain(function)
    node = None if inner is None else node_of(inner.__code__)
    if inner is None or node is None:
        return
    code = inner.__code__
    for change in changes(node):
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
