"""Padding: with zeros a row of its own, with the array's own elements by indexing."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad.errors import DTypeError, ShapeError
from unigrad.kinds import linear
from unigrad.operands import SCALARS
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import astype, ones_like, where
from unigrad.ops.indexing import getitem
from unigrad.ops.manipulation import int_of
from unigrad.ops.reductions import dtype_like
from unigrad.primitive import Domain, Primitive, Sample

Widths = tuple[tuple[int, int], ...]


def _inner(ct: Any, x_shape: Any, widths: Widths) -> Any:
    return getitem(ct, index=tuple(slice(lo, lo + n) for n, (lo, _) in zip(x_shape, widths, strict=True)))


pad_zeros: Primitive = linear(
    "pad_zeros", _inner, promotes="as is",
    domain=Domain(samples=(
        Sample(((2, 3),), {"widths": ((1, 0), (0, 2))}), Sample(((3,),), {"widths": ((2, 1),)}), Sample(((),), {"widths": ()}),
        Sample(((0, 2),), {"widths": ((1, 1), (0, 0))}),
    )),
    doc="Zeros before and after each axis.",
)  # fmt: skip

#: modes that repeat the array's own elements
MIRRORS = ("edge", "reflect", "symmetric", "wrap")


def _pairs(given: Any, count: int, name: str) -> list[tuple[Any, Any]]:
    """One pair for each axis: of one value for all, one pair for all, or a pair for each."""
    if not isinstance(given, Sequence | np.ndarray):
        return [(given, given)] * count
    parts = list(given)
    if parts and not any(isinstance(p, Sequence | np.ndarray) for p in parts):
        parts = [parts]
    pairs = [tuple(p) * (2 if len(p) == 1 else 1) for p in parts]
    if len(pairs) == 1:
        pairs *= count
    if len(pairs) != count or any(len(p) != 2 for p in pairs):
        raise ShapeError(
            f"pad: {name} {given!r} for an array of {count} dimensions: give one, a pair, or a pair for each axis"
        )
    return [(a, b) for a, b in pairs]


def pad(x: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    """`x` with elements added before and after its axes, as numpy.pad does.

    Args:
        pad_width: how many: an int, a pair (before, after) for all axes, or a pair for each axis.
        mode: "constant"; "edge" repeats the last element; "reflect" mirrors about it, "symmetric" mirrors with it; "wrap" goes
            on at the other end.
        constant_values: of mode "constant": a number or a 0-d array, which keeps its gradient, or as `pad_width`, for each side.

    Raises:
        ShapeError: widths that do not fit the array, a negative width, an unknown mode, or an empty axis to repeat from.
    """
    x = as_array(x)
    shape = tuple(x.shape)
    widths = tuple(
        (int_of(lo, "pad", "a width"), int_of(hi, "pad", "a width"))
        for lo, hi in _pairs(pad_width, len(shape), "pad_width")
    )
    if any(n < 0 for pair in widths for n in pair):
        raise ShapeError(f"pad: a width is not negative, but {pad_width!r} is")
    if mode == "constant":
        return _constant(x, widths, constant_values)
    if mode not in MIRRORS:
        raise ShapeError(f"pad: the mode is 'constant' or one of {', '.join(map(repr, MIRRORS))}, not {mode!r}")
    for axis, (n, pair) in enumerate(zip(shape, widths, strict=True)):
        if any(pair):
            if n == 0:
                raise ShapeError(f"pad: axis {axis} of an array of shape {shape} has no element to repeat")
            places = np.pad(np.arange(n), pair, mode=mode)  # type: ignore[call-overload]
            x = getitem(x, index=(*(slice(None),) * axis, places.tolist()))
    return x


def _constant(x: Any, widths: Widths, values: Any) -> Any:
    out = pad_zeros(x, widths=widths)
    if isinstance(values, Sequence | np.ndarray) and np.ndim(values):
        for axis, pair in enumerate(_pairs(values, len(widths), "constant_values")):
            for side, value in enumerate(pair):  # later axes win at the corners, as NumPy's do
                if widths[axis][side]:
                    out = where(_side(out, widths, axis, side), _fitting(value, x), out)
        return out
    if type(values) in (int, float, complex, bool) and values == 0:
        return out
    return where(pad_zeros(ones_like(x), widths=widths) == 1, out, _fitting(values, x))


def _fitting(value: Any, x: Any) -> Any:
    """A value in the dtype of the array, as NumPy casts it: a fraction is cut off for integers."""
    dtype = dtype_like(x)
    if isinstance(value, complex) and dtype.kind != "c":
        raise DTypeError(f"pad: {value!r} does not fit an array of {dtype}")
    if type(value) in SCALARS:
        return {"b": bool, "i": int, "u": int}.get(dtype.kind, type(value))(value)
    return astype(as_array(value), dtype=dtype)


def _side(out: Any, widths: Widths, axis: int, side: int) -> Any:
    """True where an axis was padded on one side."""
    count, rest = widths[axis][side], out.shape[axis] - widths[axis][side]
    block = getitem(ones_like(out), index=(*(slice(None),) * axis, slice(0, count)))
    inner = [(0, 0)] * len(widths)
    inner[axis] = (0, rest) if side == 0 else (rest, 0)
    return pad_zeros(block, widths=tuple(inner)) == 1
