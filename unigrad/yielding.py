"""Whether a library's operators leave operands that they do not know to these, as NumPy's, JAX's and PyTorch's do.

A backward sweep on raw arrays relies on it: inside `vmap` an array that is the same for all examples meets batched ones, and
the cotangents of a block that is run again are tensors. Where the library's operators raise instead, the whole sweep is on
tensors, whose operators are unigrad's own.
"""

from typing import Any

#: the names of the backends whose operators raise: a plugin that is not unigrad's own is tried when it is first used
UNYIELDING: set[str] = set()


class _Unknown:
    """An operand that no library has heard of."""

    __array_ufunc__ = None  # NumPy's arrays ask for this

    def __radd__(self, other: Any) -> bool:
        return True


def try_operators(name: str, raw: Any) -> None:
    """Note the backend `name` if the operators of its array `raw` raise."""
    try:
        yields = (raw + _Unknown()) is True
    except TypeError:
        yields = False
    if not yields:
        UNYIELDING.add(name)
