"""The source of a living function, and the function with other source in its place: wherever it is held, it is another one."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

FunctionNode = ast.FunctionDef | ast.Lambda


@cache
def _functions(filename: str) -> dict[int, list[FunctionNode]]:
    """All functions of a file by their first line."""
    found: dict[int, list[FunctionNode]] = {}
    for node in ast.walk(ast.parse(Path(filename).read_text(encoding="utf-8"))):
        if isinstance(node, FunctionNode):
            decorators = getattr(node, "decorator_list", [])
            found.setdefault(decorators[0].lineno if decorators else node.lineno, []).append(node)
    return found


def plain(function: Any) -> FunctionType | None:
    """The function itself, out of a cache around it or a bound method; None for anything else."""
    found = getattr(function, "__func__", getattr(function, "__wrapped__", function))
    return found if isinstance(found, FunctionType) else None


@cache
def node_of(code: CodeType) -> FunctionNode | None:
    """The syntax of a function; None if its file does not have it (it was made at run time)."""
    if not Path(code.co_filename).is_file():
        return None
    for node in _functions(code.co_filename).get(code.co_firstlineno, ()):
        name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
        if name == code.co_name and (name != "<lambda>" or _place(node.body) in set(code.co_positions())):
            return node
    return None


def _place(node: Any) -> tuple[int, int, int, int]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def compiled(node: FunctionNode, like: CodeType) -> CodeType:
    """The code of a changed function, as `like` but for what was changed."""
    if isinstance(node, ast.FunctionDef):
        body: list[ast.stmt] = [ast.FunctionDef(**{**vars(node), "decorator_list": [], "returns": None})]
    else:
        body = [ast.Return(node)]
    free = ast.arguments([], [ast.arg(name) for name in like.co_freevars], None, [], [], None, [])
    outer = ast.FunctionDef("outer", free, body, [], None)
    module = ast.fix_missing_locations(ast.Module([outer], []))
    (around,) = [c for c in compile(module, like.co_filename, "exec").co_consts if isinstance(c, CodeType)]
    return next(c for c in around.co_consts if isinstance(c, CodeType) and c.co_name == like.co_name)


@contextmanager
def instead(function: Any, code: CodeType) -> Iterator[None]:
    """A block in which a function has other code; what a cache around it remembers is forgotten, coming and going."""
    inner = plain(function)
    assert inner is not None
    forget = getattr(function, "cache_clear", lambda: None)
    kept = inner.__code__
    inner.__code__ = code
    forget()
    try:
        yield
    finally:
        inner.__code__ = kept
        forget()
