"""The source text of a case's function, with everything that it uses: for a program that stands by itself."""

import ast
import builtins
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

import unigrad as ug
from unigrad_conformance.cases import Case


def call_of(case: Case) -> tuple[list[str], str] | None:
    """Definitions, and a call with arguments x0, x1, ...; None for a row that takes a backend's own objects."""
    xs = [f"x{i}" for i in range(len(case.args))]
    params = [f"{k}={literal(v)}" for k, v in case.params.items()]
    if case.over is None:
        where = public_name(case)
        return None if where is None else ([], f"{where}({', '.join([*xs, *params])})")
    if not isinstance(case.over, FunctionType):
        return None
    lines: dict[str, str] = {}
    name = gather(case.over, "function", lines)
    return list(lines.values()), f"{name}({', '.join(['x0.__array_namespace__()', *xs, *params])})"


def public_name(case: Case) -> str | None:
    """The row as a user calls it; a row that no public function is, out of the table."""
    row = case.row
    if row is None or row.name in ("convert", "move"):
        return None
    function = getattr(row, "function", row)
    places = {"ug": ug, "ug.linalg": ug.linalg, "ug.fft": ug.fft, "ug.special": ug.special}
    for place, module in places.items():
        if getattr(module, row.name, None) is function:
            return f"{place}.{row.name}"
    return f"TABLE[{row.name!r}]"


def literal(x: Any) -> str:
    """An expression that gives this value again."""
    if isinstance(x, np.ndarray):
        dtype = x.astype(np.float64) if x.dtype.kind == "V" else x
        told = f"np.array({dtype.tolist()!r}, dtype={str(dtype.dtype)!r})"
        return told if x.size else f"np.zeros({x.shape}, dtype={str(dtype.dtype)!r})"
    if isinstance(x, np.dtype):
        return f"np.dtype({str(x)!r})"
    if isinstance(x, np.generic):
        return literal(x.item())
    return repr(x)


def gather(function: FunctionType, name: str, lines: dict[str, str]) -> str:
    """Add the definition of a function, after everything of ours that it uses; its name there."""
    tree = definition(function)
    is_named = isinstance(tree, ast.FunctionDef)
    name = tree.name if isinstance(tree, ast.FunctionDef) else name
    if name in lines:
        return name
    for used, value in names_used(function).items():
        if used in lines or value is ug or value is np:
            continue
        if isinstance(value, FunctionType) and value.__module__.startswith("unigrad_conformance"):
            inner = gather(value, used, lines)
            if inner != used:
                lines[used] = f"{used} = {inner}"
        elif isinstance(value, type | FunctionType | ModuleType):
            module = value.__name__ if isinstance(value, ModuleType) else value.__module__
            lines[used] = (
                f"import {module} as {used}" if isinstance(value, ModuleType) else f"from {module} import {used}"
            )
        else:
            lines[used] = f"{used} = {literal(value)}"
    lines[name] = ast.unparse(tree) if is_named else f"{name} = {ast.unparse(tree)}"
    return name


def names_used(function: FunctionType) -> dict[str, Any]:
    """Global and closed-over names in a function's body, with their values."""
    found = dict(inspect.getclosurevars(function).nonlocals)

    def walk(code: CodeType) -> None:
        for name in code.co_names:
            if name in function.__globals__ and not hasattr(builtins, name):
                found[name] = function.__globals__[name]
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                walk(constant)

    walk(function.__code__)
    return found


@cache
def _module(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def definition(function: Callable[..., Any]) -> ast.expr | ast.FunctionDef:
    """The definition of a function in its file, without annotations and docstring."""
    code = function.__code__
    columns = {(line, column) for line, _, column, _ in code.co_positions() if column is not None}
    for node in ast.walk(_module(code.co_filename)):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name and node.lineno == code.co_firstlineno:
            return _bare(node)
        if isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and node.lineno == code.co_firstlineno:
            if any((n.lineno, n.col_offset) in columns for n in ast.walk(node.body) if isinstance(n, ast.expr)):
                return node
    raise LookupError(f"no definition of {function} in {code.co_filename}")


def _bare(node: ast.FunctionDef) -> ast.FunctionDef:
    """The same without annotations, which may name what is not imported."""
    copy = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(copy, ast.FunctionDef)
    for part in ast.walk(copy):
        if isinstance(part, ast.FunctionDef):
            part.returns = None
        elif isinstance(part, ast.arg):
            part.annotation = None
    return copy
