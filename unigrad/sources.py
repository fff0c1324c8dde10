"""Targets, sources and seeds: what `gradient` and `jvp` are given, checked, and what they give back."""

import warnings
from collections.abc import Container
from enum import Enum
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.backend import Backend, Raw, backend_of, kind_of
from unigrad.cotangents import ZERO, Pieces
from unigrad.errors import (
    DTypeError,
    MixedBackendsError,
    NotDifferentiableWarning,
    ShapeError,
    SourceError,
    SourceTypeError,
)
from unigrad.lending import settle
from unigrad.operands import ndarray_of
from unigrad.ops.elementwise import astype, zeros_like
from unigrad.primitive import wrap
from unigrad.recording import Node, paused
from unigrad.structures import flatten_with_none, same_structure
from unigrad.tensor import Tensor
from unigrad.variable import Variable


class UnconnectedGradients(Enum):
    """What `gradient` gives for a source that no path leads to: None, or zeros of the source's shape and dtype."""

    NONE = "none"
    ZERO = "zero"


def short(value: Any) -> str:
    """A short text of a value, for messages."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def as_target(target: Any) -> Tensor:
    """The tensor of a target."""
    if type(target) is Tensor:
        return target
    if isinstance(target, Tensor | Variable):
        return target.__unigrad_tensor__()
    raise SourceTypeError(
        f"a target must be a Tensor or Variable, not {short(target)} of type {type(target).__name__}: "
        f"what has left the tape has no gradient"
    )


def check_source(source: Any) -> bool:
    """Whether a source has a gradient: one of no floating dtype gets a warning, and None; what is no tensor is an error."""
    if not isinstance(source, Tensor | Variable):
        raise SourceTypeError(
            f"a source must be a Tensor or Variable, not {short(source)} of type {type(source).__name__}: "
            f"make it with unigrad.asarray or unigrad.Variable before the tape, and watch it"
        )
    if kind_of(present(source)._raw) in "fc":
        return True
    warn_dtype("gradient", source)
    return False


def warn_dtype(what: str, leaf: Any) -> None:
    """Say that this dtype carries no gradient."""
    warnings.warn(
        f"{what}: a source of dtype {leaf.dtype} has no gradient (it will be None): only floating and complex tensors do; "
        f"cast it with unigrad.astype(x, unigrad.float64) first",
        NotDifferentiableWarning,
        stacklevel=4,
    )


def source_node(source: Any, watched: Container[Node]) -> Node | None:
    """The node under which the cotangent of a source is found: of the value that was watched, else of the present one."""
    if isinstance(source, Variable):
        if kind_of(source._value._raw) in "fc":
            return source.node
    elif type(source) is Tensor:
        if kind_of(source._raw) in "fc":
            return source.source_node(watched)
    elif isinstance(source, Tensor) and dtypes.is_float(source.dtype):
        return source.source_node(watched)
    check_source(source)
    return None


def unconnected_of(value: UnconnectedGradients | str) -> UnconnectedGradients:
    """The option, from its value or itself."""
    if type(value) is UnconnectedGradients:
        return value
    try:
        return UnconnectedGradients(value)
    except ValueError:
        raise SourceError(f"Unknown value for unconnected_gradients: {value!r}; it is 'none' or 'zero'") from None


def seeds_of(target: Any, targets: list[Tensor], output_gradients: Any) -> list[Tensor]:
    """The cotangent of each target: ones, or what the caller gave, checked."""
    if output_gradients is None:
        return [ones_of(settle(t)) for t in targets]
    given = flatten_with_none(output_gradients)[0]
    whole = flatten_with_none(target)[0]
    if len(given) != len(whole) or (len(given) > 1 and not same_structure(target, output_gradients)):
        raise SourceError(
            f"output_gradients ({len(given)} cotangents) differs in structure from the targets ({len(targets)}): "
            f"give one for each, in its place"
        )
    if len(whole) > len(targets):  # a target that is None has no cotangent
        if any(t is None and g is not None for t, g in zip(whole, given, strict=True)):
            raise SourceTypeError("output_gradients holds a cotangent where the target is None: give None for it too")
        given = [g for t, g in zip(whole, given, strict=True) if t is not None]
    seeds = []
    for t, g in zip(targets, given, strict=True):
        if g is None:
            raise SourceTypeError("output_gradients holds None: give zeros for a target that counts nothing")
        backend = backend_of(t._raw)
        if hasattr(g, "__unigrad_tensor__"):
            g = g.__unigrad_tensor__()
        if not isinstance(g, Tensor):
            try:
                own = backend.owns(g)
                if isinstance(g, np.ndarray):
                    g = ndarray_of("output_gradients", g)
                g = wrap(backend.asarray(g if own else np.asarray(g), None if own else t.dtype, None, True))
            except (TypeError, ValueError) as e:
                raise SourceTypeError(f"output_gradients: {short(g)} is no array: {e}") from e
        elif g.backend.name != backend.name:
            raise MixedBackendsError(f"output_gradients lives in {g.backend.name!r}, its target in {backend.name!r}")
        if g.shape != t.shape:
            raise ShapeError(f"output_gradients: a cotangent of shape {g.shape} for a target of shape {t.shape}")
        if dtypes.is_complex(g.dtype) and not dtypes.is_complex(t.dtype):
            raise DTypeError(f"output_gradients: a {g.dtype} cotangent for a target of dtype {t.dtype}")
        seeds.append(astype(g, dtype=t.dtype) if g.dtype != t.dtype else g)
    return seeds


def ones_of(raw: Raw) -> Tensor:
    """Ones in the shape, dtype and place of a raw array."""
    backend = backend_of(raw)
    return wrap(backend.like(raw, 1, backend.dtype_of(raw), None))  # type: ignore[no-any-return]


def whole_or_rows(pieces: Pieces) -> Any:
    """A source's cotangent that was collected in pieces: as it is where these are rows, else written into one array."""
    from unigrad.slices import in_rows  # as below: few programs need that room

    return pieces if in_rows(pieces) else pieces.whole()


def values_of(found: list[Any]) -> list[Raw]:
    """The raw arrays that the cotangents of sources are made of."""
    raws = [ct._raw if type(ct) is Tensor else ct for ct in found if ct is not None and ct is not ZERO]
    if Pieces in map(type, raws):
        parts = [part for ct in raws if type(ct) is Pieces for part in ct.parts]
        raws = [ct for ct in raws if type(ct) is not Pieces]
        raws += [p._raw if type(p) is Tensor else p for p in parts]
    return raws


def all_finite(raws: list[Raw]) -> bool:
    """Whether no value is infinite or NaN; one question to each backend."""
    if not raws:
        return True
    if len(set(map(type, raws))) == 1:
        return backend_of(raws[0]).all_finite(raws)
    homes: dict[Backend, list[Raw]] = {}
    for raw in raws:
        homes.setdefault(backend_of(raw), []).append(raw)
    return all(backend.all_finite(group) for backend, group in homes.items())


def present(source: Any) -> Any:
    """The present value of a source as a tensor; a variable is not watched for it."""
    return source._value if isinstance(source, Variable) else source


def finish(source: Any, ct: Any, unconnected: UnconnectedGradients) -> Tensor | None:
    """A source's cotangent as a tensor of the source's dtype; None or zeros when there is none."""
    if ct is not None and ct is not ZERO:
        value = present(source)
        if type(ct) is Pieces:
            from unigrad.slices import slices_of

            result: Tensor = slices_of(ct)
        else:
            result = ct if type(ct) is Tensor else wrap(ct)
            if result._raw.dtype is value._raw.dtype:
                return result
        if result.dtype == value.dtype:
            return result
        return astype(result, dtype=value.dtype)  # type: ignore[no-any-return]
    if ct is None and unconnected is UnconnectedGradients.NONE:
        return None
    with paused():
        return zeros_like(wrap(present(source)._raw))  # type: ignore[no-any-return]
