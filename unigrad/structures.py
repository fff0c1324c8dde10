"""Nested structures of tensors: lists, tuples, dicts, named tuples, what is registered with optree; and dataclasses.

optree is imported late: a lone tensor is the common case, and needs no walk. None inside of a structure stands for nothing, and
stays None. A dataclass need not be registered: its fields are its parts.
"""

from collections.abc import Callable, Iterator
from typing import Any

from unigrad.errors import SourceTypeError

Unflatten = Callable[[list[Any]], Any]
Path = tuple[Any, ...]


def flatten(tree: Any, what: str) -> tuple[list[Any], Unflatten]:
    """Leaves that are not None, and the function that puts as many results into the same structure. None alone is an error."""
    if hasattr(tree, "__unigrad_tensor__"):
        return [tree], _only
    if type(tree) is list and all(hasattr(leaf, "__unigrad_tensor__") for leaf in tree):
        return tree, list
    leaves, unflatten = flatten_with_none(tree)
    there = [i for i, leaf in enumerate(leaves) if leaf is not None]
    if len(there) == len(leaves):
        return leaves, unflatten
    if not there:
        raise SourceTypeError(f"`{what}` holds None: give tensors or variables")

    def with_none(results: list[Any]) -> Any:
        whole = [None] * len(leaves)
        for i, result in zip(there, results, strict=True):
            whole[i] = result
        return unflatten(whole)

    return [leaves[i] for i in there], with_none


def flatten_with_none(tree: Any) -> tuple[list[Any], Unflatten]:
    """The same, with None as a leaf."""
    import optree

    leaves, treedef = optree.tree_flatten(tree, none_is_leaf=True)
    if not any(map(is_record, leaves)):
        return leaves, lambda results: optree.tree_unflatten(treedef, results)
    parts = [open_record(leaf) if is_record(leaf) else ([leaf], _only) for leaf in leaves]

    def unflatten(results: list[Any]) -> Any:
        it = iter(results)
        return optree.tree_unflatten(treedef, [build([next(it) for _ in inner]) for inner, build in parts])

    return [leaf for inner, _ in parts for leaf in inner], unflatten


def same_structure(a: Any, b: Any) -> bool:
    """Whether two trees have their leaves in the same places; a list is as good as a tuple."""
    return list(paths(a)) == list(paths(b))


def paths(tree: Any) -> Iterator[Path]:
    """Where the leaves are: the keys, numbers and names of fields that lead to each."""
    import optree

    leaves = optree.tree_leaves(tree, none_is_leaf=True)
    for path, leaf in zip(optree.tree_paths(tree, none_is_leaf=True), leaves, strict=True):
        if is_record(leaf):
            yield from ((*path, *inner) for inner in paths(parts_of(leaf)))
        else:
            yield path


# -- dataclasses that nobody has registered -----------------------------------------------------------------------------
def is_record(leaf: Any) -> bool:
    """Whether a value is an instance of a dataclass, and no tensor."""
    cls = type(leaf)
    return hasattr(cls, "__dataclass_fields__") and not hasattr(cls, "__unigrad_tensor__")


def parts_of(record: Any) -> dict[str, Any]:
    """The fields that hold tensors, structures or None; the others describe the record, and stay as they are."""
    from dataclasses import fields

    return {f.name: v for f in fields(record) if not _describes(f, v := getattr(record, f.name, None))}


def open_record(record: Any) -> tuple[list[Any], Unflatten]:
    """The leaves of a dataclass, and the function that makes another of its class with other leaves; `__init__` is not called."""
    from dataclasses import fields

    inside = parts_of(record)
    leaves, unflatten = flatten_with_none(inside)

    def build(results: list[Any]) -> Any:
        new: Any = object.__new__(type(record))
        values = unflatten(results)
        for f in fields(record):
            if f.name in values or hasattr(record, f.name):
                object.__setattr__(new, f.name, values[f.name] if f.name in values else getattr(record, f.name))
        return new

    return leaves, build


def _describes(field: Any, value: Any) -> bool:
    """Whether a field is no part of the structure: marked so, as JAX and optree do, or a name, a size, a switch, a function."""
    from enum import Enum

    marks = field.metadata
    if marks.get("static") or marks.get("pytree_node") is False:
        return True
    if hasattr(value, "__unigrad_tensor__") or is_record(value):
        return False
    return isinstance(value, str | bytes | bool | int | Enum | type) or (
        callable(value) and not hasattr(value, "shape")
    )


def _only(results: list[Any]) -> Any:
    return results[0]
