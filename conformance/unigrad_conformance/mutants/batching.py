"""Mutants of the batching rules: every slip in them and their helpers, and those of a hand that counts the axes of examples."""

import ast
from collections.abc import Iterator
from types import CodeType
from typing import Any

from unigrad.batching import call, crossing, indexing, loop, table
from unigrad.kinds import Elementwise
from unigrad.primitive import TABLE
from unigrad_conformance.mutants.changes import Slip
from unigrad_conformance.mutants.mutant import Mutant
from unigrad_conformance.mutants.places import functions_of
from unigrad_conformance.mutants.slips import shared, slips_in

ROOM = "unigrad.batching"
#: a helper that every rule calls is tried on so many rows, then on whatever reaches it
ENOUGH = 8
#: of a kind of rule that needs no entry, the rows that are tried first
ELEMENTWISE = ("multiply", "divide", "atan2")
#: calls of one array that a hand forgets: the call is replaced by its first argument
FORGOTTEN = {
    "widened": "axes not inserted", "permute": "axis not moved", "move": "axis not moved", "inverse": "order not inverted",
    "_merged": "examples not merged", "_parted": "examples not parted", "_in_channels": "examples not merged",
    "_flat": "examples not flattened", "_swapped": "axis not moved", "_base": "level not left",
}  # fmt: skip
#: what is called by methods or through the engine, so that no rule names it
BESIDE: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (call.Call.shape, ("matmul", "sum", "where")),
    (call.Call.full, ("concat", "where", "scatter")),
    (call.Call.holds, ("matmul", "take_along_axis")),
    (crossing.into, ("multiply", "sum")),
    (crossing.out_of, ("multiply", "sum")),
    (crossing.examples_of, ("multiply", "sum")),
    (indexing.gathered, ("getitem",)),
    (indexing.winners, ("setitem",)),
    (loop.loop, ("through_numpy",)),
    (loop._one, ("through_numpy",)),
)


def _of_call(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in FORGOTTEN and node.args:
        yield FORGOTTEN[name], node.args[0]
    if isinstance(node.func, ast.Attribute) and node.func.attr == "full" and len(node.args) == 1:
        same = ast.Attribute(node.func.value, "xs", ast.Load())
        yield "examples not repeated", ast.Subscript(same, node.args[0], ast.Load())


def _of_words(node: ast.BoolOp) -> Iterator[tuple[str, ast.expr]]:
    for k in range(len(node.values)):
        rest = [v for i, v in enumerate(node.values) if i != k]
        yield "condition dropped", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


SLIPS: tuple[Slip, ...] = ((ast.Call, _of_call), (ast.BoolOp, _of_words))


def of_batching() -> Iterator[Mutant]:
    """Every slip in the batching rules of the table, and beside them."""
    for function, ops in (*shared(_found()), *BESIDE):
        yield from slips_in(function, ops[:ENOUGH], "batching", SLIPS)


def _found() -> Iterator[tuple[str, dict[CodeType, Any]]]:
    for name, row in TABLE.items():
        rule = table.rule_of(row)
        if not isinstance(row, Elementwise) or name in ELEMENTWISE:
            yield name, functions_of(rule, ROOM)
