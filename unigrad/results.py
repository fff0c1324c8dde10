"""Results of functions that are differentiated: one number, one array, a structure of arrays; what else they may not be."""

from collections.abc import Sequence
from typing import Any

from unigrad import dtypes
from unigrad.arguments import Sources
from unigrad.backend import kind_of
from unigrad.conforming import conforming, is_array, plain
from unigrad.errors import DTypeError, ShapeError, SourceError, SourceTypeError
from unigrad.ops.creation import asarray
from unigrad.ops.elementwise import zeros_like
from unigrad.sources import short
from unigrad.structures import flatten_with_none, same_structure
from unigrad.tensor import Tensor
from unigrad.variable import Variable


def parted(what: str, returned: Any, has_aux: bool) -> tuple[Any, Any]:
    """The value, and what comes besides."""
    if not has_aux:
        return returned, None
    if not (isinstance(returned, tuple | list) and len(returned) == 2):
        raise SourceTypeError(
            f"{what}: with has_aux=True the function must return a pair (value, aux), not {short(returned)}"
        )
    return returned[0], returned[1]


def only_complex(what: str, sources: Sources) -> None:
    """Every source of a holomorphic function is complex."""
    for t in sources.tensors:
        if not dtypes.is_complex(t.dtype):
            raise DTypeError(f"{what}: holomorphic=True is for complex arguments, and one is of dtype {t.dtype}")


def floating(what: str, value: Any, holomorphic: bool) -> Any:
    """The value of a function as a tensor of floating numbers."""
    if isinstance(value, Variable):
        value = value.value()
    if type(value) is not Tensor:
        if value is None:
            hint = "is a `return` missing?"
        elif isinstance(value, list | tuple | dict):
            hint = "return one tensor, or a pair with has_aux=True; jacobian and vjp take structures"
        elif is_array(value):
            hint = (
                "it does not depend on the arguments, or it left the tape on its way (by float(), item(), numpy()): compute "
                "it from the tensors that the function is given"
            )
        else:
            hint = "return a tensor, computed from the arguments"
        raise SourceTypeError(f"{what}: the function returned {short(value)} of type {type(value).__name__}: {hint}")
    kind = kind_of(value._raw)
    if kind not in "fc":
        raise DTypeError(
            f"{what}: the function returned a tensor of dtype {value.dtype}, which has no derivative: return floating numbers"
        )
    if holomorphic and kind != "c":
        raise DTypeError(
            f"{what}: holomorphic=True is for complex results, and the function returned dtype {value.dtype}"
        )
    if not holomorphic and kind == "c":
        raise DTypeError(
            f"{what}: the function returned dtype {value.dtype}: a gradient is that of a real number (take unigrad.real, or "
            f"unigrad.abs), or give holomorphic=True for the complex derivative of a holomorphic function"
        )
    return value


def scalar(what: str, value: Any, holomorphic: bool) -> Any:
    """The value of a function as a tensor of one floating number, of whatever number of axes."""
    value = floating(what, value, holomorphic)
    if value.size != 1:
        raise ShapeError(
            f"{what}: the function returned a tensor of shape {value.shape}, and a gradient is that of one number: take its sum, "
            f"or use elementwise_grad, vjp or jacobian"
        )
    return value


class Outputs:
    """The value of a function, taken apart: a tensor, or a structure of them."""

    def __init__(self, what: str, value: Any) -> None:
        self.what = what
        self.leaves, self.unflatten = flatten_with_none(value)
        if value is None or not any(is_array(leaf) for leaf in self.leaves):
            raise SourceTypeError(
                f"{what}: the function returned {short(value)} of type {type(value).__name__}: return a tensor, or a structure "
                f"of tensors" + (" (is a `return` missing?)" if value is None else "")
            )
        bad = next((leaf for leaf in self.leaves if leaf is not None and not is_array(leaf)), None)
        if bad is not None:
            raise SourceTypeError(
                f"{what}: the function returned a structure with {short(bad)} of type {type(bad).__name__} in it, which is no "
                f"array: return such things by has_aux=True"
            )
        self.tensors = [asarray(leaf) for leaf in self.leaves if leaf is not None]

    def given(self, raw: bool) -> Any:
        """The value as it is handed back."""
        rest = iter(self.tensors)
        filled = [None if leaf is None else next(rest) for leaf in self.leaves]
        return self.unflatten([plain(t) if raw else t for t in filled])

    def back(self, results: Sequence[Any], raw: bool) -> Any:
        """One result for each tensor, in the structure of the value."""
        rest = iter(results)
        filled = [None if leaf is None else next(rest) for leaf in self.leaves]
        return self.unflatten([plain(t) if raw else t for t in filled])

    def matching(self, cotangent: Any) -> list[Any]:
        """The cotangent of each tensor, checked."""
        given = [cotangent]
        if len(self.leaves) > 1 or not is_array(self.unflatten(self.leaves)):
            if not same_structure(cotangent, self.unflatten(self.leaves)):
                raise SourceError(f"{self.what}: the cotangent differs in structure from the value: {short(cotangent)}")
            given = flatten_with_none(cotangent)[0]
        pairs = [(g, t) for g, t, leaf in zip(given, self._all(), self.leaves, strict=True) if leaf is not None]
        return [
            conforming(g, t._raw, f"{self.what}: the cotangent") if kind_of(t._raw) in "fc" else zeros_like(t.detach())
            for g, t in pairs
        ]

    def _all(self) -> list[Any]:
        rest = iter(self.tensors)
        return [None if leaf is None else next(rest) for leaf in self.leaves]
