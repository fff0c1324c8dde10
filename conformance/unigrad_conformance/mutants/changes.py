"""The slips of a hand: small changes of a function's syntax, each at one place."""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from unigrad_conformance.mutants.source import FunctionNode

#: calls of one array that a hand forgets: the call is replaced by its first argument
FORGOTTEN = {
    "conj": "conjugate dropped", "real": "real part dropped", "real_part": "real part dropped",
    "matrix_transpose": "transpose dropped", "adjoint": "transpose dropped", "adj": "transpose dropped",
    "_adjoint": "transpose dropped", "swapaxes": "transpose dropped", "swap": "transpose dropped", "flip": "flip dropped",
    "moveaxis": "axis not moved", "permute_dims": "axis not moved", "unbroadcast": "unbroadcast dropped",
    "spread_to": "broadcast dropped", "broadcast_to": "broadcast dropped", "hermitian": "half dropped", "tril": "half dropped",
    "triu": "half dropped", "tril_": "half dropped", "triu_": "half dropped", "_kept": "axes not kept",
    "_spread": "axes not spread", "abs": "modulus dropped", "sign": "sign function dropped",
}  # fmt: skip
#: calls of two arrays that a hand exchanges
EXCHANGED = (
    "matmul",
    "divide",
    "subtract",
    "pow",
    "heaviside_weight",
    "copysign",
    "atan2",
    "_outer",
    "solve",
    "_solve",
)
#: products in which a zero absorbs
ABSORBING = ("scale", "absorb")

#: an expression that raises wherever it is computed
RAISES = ast.parse("1 / 0", mode="eval").body

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], str]] = {
    ast.Lt: (ast.LtE, "tie"), ast.LtE: (ast.Lt, "tie"), ast.Gt: (ast.GtE, "tie"), ast.GtE: (ast.Gt, "tie"),
    ast.Eq: (ast.NotEq, "comparison"), ast.NotEq: (ast.Eq, "comparison"),
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One changed place: what kind of slip, the text before and after, and the whole function with it."""

    kind: str
    line: int
    column: int
    before: str
    after: str
    node: FunctionNode
    #: the function with something that raises at that place
    mine: Callable[[], FunctionNode]


#: a kind of expression, and what a hand might have written in the place of one
Slip = tuple[type[ast.expr], Callable[[Any], Iterator[tuple[str, ast.expr]]]]


def changes(function: FunctionNode, more: Sequence[Slip] = ()) -> Iterator[Change]:
    """Every change of a function, in the order of its text; `more`: slips besides those that are made everywhere."""
    skipped = {
        id(n) for part in ast.walk(function) if isinstance(part, ast.Raise | ast.JoinedStr) for n in ast.walk(part)
    }
    body = function.body if isinstance(function.body, list) else [function.body]
    inside = {id(n) for part in body for n in ast.walk(part)} - skipped
    for k, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.expr) and id(node) in inside:
            mine = ast.Tuple([RAISES, node], ast.Load())  # what it closes over it still does
            for kind, new in slips(node, more):
                if ast.dump(new) == ast.dump(node):
                    continue
                whole = _with(function, k, new)
                yield Change(
                    kind,
                    node.lineno,
                    node.col_offset,
                    ast.unparse(node),
                    ast.unparse(new),
                    whole,
                    partial(_with, function, k, mine),
                )


def _with(function: FunctionNode, k: int, new: ast.expr) -> Any:
    """A copy of a function in which the k-th node is another."""
    found = copy.deepcopy(function)
    target = list(ast.walk(found))[k]
    new = ast.copy_location(copy.deepcopy(new), target)
    for parent in ast.walk(found):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(v is target for v in value):
                value[:] = [new if v is target else v for v in value]
    return found


def slips(node: ast.expr, more: Sequence[Slip] = ()) -> Iterator[tuple[str, ast.expr]]:
    """What a hand might have written in the place of one expression."""
    for of, found in (*_SLIPS, *more):
        if isinstance(node, of):
            yield from found(copy.deepcopy(node))


def _of_operator(node: ast.BinOp) -> Iterator[tuple[str, ast.expr]]:
    if _is_text(node.left) or _is_text(node.right):
        return
    if type(node.op) in OPERATORS:
        kind = "sign" if isinstance(node.op, ast.Add | ast.Sub) else "quotient for product"
        yield kind, ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
    if isinstance(node.op, ast.Add | ast.Sub):
        yield "term dropped", node.left
        yield "term dropped", node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)
    if isinstance(node.op, ast.Sub | ast.Div | ast.Pow | ast.MatMult):
        yield "arguments exchanged", ast.BinOp(node.right, node.op, node.left)


def _of_sign(node: ast.UnaryOp) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield "sign", node.operand
    if isinstance(node.op, ast.Not):
        yield "condition turned", node.operand


def _of_comparison(node: ast.Compare) -> Iterator[tuple[str, ast.expr]]:
    if len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
        op, kind = COMPARED[type(node.ops[0])]
        yield kind, ast.Compare(node.left, [op()], node.comparators)


def _of_call(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    name = (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )
    if name in FORGOTTEN and node.args:
        yield FORGOTTEN[name], node.args[0]
    if name in EXCHANGED and len(node.args) == 2:
        yield "arguments exchanged", ast.Call(node.func, node.args[::-1], node.keywords)
    if name in ("where", "_where") and len(node.args) == 3:
        yield "arguments exchanged", ast.Call(node.func, [node.args[0], *node.args[:0:-1]], node.keywords)
    if name in ABSORBING and len(node.args) == 2:
        yield "absorbing dropped", ast.BinOp(node.args[0], ast.Mult(), node.args[1])
    if name == "contract" and len(node.args) == 4:
        yield "absorbing dropped", ast.Call(node.args[0], node.args[2:], node.keywords)
    for i, keyword in enumerate(node.keywords):
        if keyword.arg in ("axis", "axes"):
            for other in _other_axes(keyword.value):
                rest = [*node.keywords[:i], ast.keyword(keyword.arg, other), *node.keywords[i + 1 :]]
                yield "wrong axis", ast.Call(node.func, node.args, rest)


def _other_axes(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.Tuple) and len(value.elts) == 1:
        for other in _other_axes(value.elts[0]):
            yield ast.Tuple([other], ast.Load())
        return
    number = value.operand if isinstance(value, ast.UnaryOp) else value
    if isinstance(number, ast.Constant) and type(number.value) is int:
        yield (
            ast.Constant(0)
            if isinstance(value, ast.UnaryOp)
            else ast.parse("-1" if not number.value else "0", mode="eval").body
        )


def _of_number(node: ast.Constant) -> Iterator[tuple[str, ast.expr]]:
    if type(node.value) is float and node.value == node.value:
        yield "factor 1.001", ast.Constant(node.value * 1.001 if node.value else 0.001)
    elif type(node.value) is int:
        yield "number off by one", ast.Constant(node.value + 1)


def _of_condition(node: ast.IfExp) -> Iterator[tuple[str, ast.expr]]:
    yield "condition turned", ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)


def _of_words(node: ast.BoolOp) -> Iterator[tuple[str, ast.expr]]:
    yield "and for or", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


_SLIPS: tuple[Slip, ...] = (
    (ast.BinOp, _of_operator), (ast.UnaryOp, _of_sign), (ast.Compare, _of_comparison), (ast.Call, _of_call),
    (ast.Constant, _of_number), (ast.IfExp, _of_condition), (ast.BoolOp, _of_words),
)  # fmt: skip
