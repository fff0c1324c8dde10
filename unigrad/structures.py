"""Nested structures of tensors (lists, tuples, dicts, named tuples, dataclasses registered with optree): optree's, imported late.

A lone tensor is the common case, and needs no walk.
"""

from collections.abc import Callable
from typing import Any

from unigrad.errors import SourceTypeError

Unflatten = Callable[[list[Any]], Any]


def flatten(tree: Any, what: str) -> tuple[list[Any], Unflatten]:
    """Leaves, and the function that puts as many results into the same structure. None anywhere in it is an error."""
    if hasattr(tree, "__unigrad_tensor__"):
        return [tree], _only
    if type(tree) is list and all(hasattr(leaf, "__unigrad_tensor__") for leaf in tree):
        return tree, list
    leaves, unflatten = flatten_with_none(tree)
    if any(leaf is None for leaf in leaves):
        raise SourceTypeError(f"`{what}` holds None: give tensors or variables")
    return leaves, unflatten


def flatten_with_none(tree: Any) -> tuple[list[Any], Unflatten]:
    """The same, with None as a leaf."""
    import optree

    leaves, treedef = optree.tree_flatten(tree, none_is_leaf=True)
    return leaves, lambda results: optree.tree_unflatten(treedef, results)


def same_structure(a: Any, b: Any) -> bool:
    """Whether two trees have their leaves in the same places; a list is as good as a tuple."""
    import optree

    return optree.tree_paths(a, none_is_leaf=True) == optree.tree_paths(b, none_is_leaf=True)


def _only(results: list[Any]) -> Any:
    return results[0]
