"""Manipulation functions of the standard: they move elements about, so each is linear and its transpose moves them back."""

import builtins
import math
import operator
from collections.abc import Sequence
from typing import Any

from unigrad import primitive
from unigrad.direct import roads
from unigrad.errors import KERNEL_ERRORS, AxisError, ShapeError
from unigrad.kinds import linear
from unigrad.operands import SCALARS
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import zeros_like
from unigrad.ops.indexing import getitem
from unigrad.ops.together import together
from unigrad.primitive import TABLE, Domain, Primitive, Sample
from unigrad.views import reshapes_to, view

_RESHAPE = roads("reshape").get
_PERMUTE_DIMS = roads("permute_dims").get
_EXPAND_DIMS = roads("expand_dims").get
_SQUEEZE = roads("squeeze").get
_BROADCAST_TO = roads("broadcast_to").get
_FLIP = roads("flip").get
_STACK = roads("stack").get
_CONCAT = roads("concat").get
_FIRST = 0
_hot: Any = None  # concat's
_quick: Any = None
roads("concat").tell_module(globals(), "_hot", "_quick")


def axes_of(axis: int | Sequence[int] | None, ndim: int, what: str) -> tuple[int, ...]:
    """Axes counted from 0; an error for one that is not there or is named twice."""
    if axis is None:
        return tuple(range(ndim))
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis % ndim,)
    given = tuple(axis) if isinstance(axis, Sequence) else (axis,)
    axes = []
    for a in given:
        a = int_of(a, what, "an axis")
        if not -ndim <= a < ndim:
            raise AxisError(f"{what}: axis {a} is out of bounds for array of dimension {ndim}")
        axes.append(a % ndim)
    if len(set(axes)) != len(axes):
        raise ShapeError(f"{what}: axis {axis!r} names an axis twice")
    return tuple(axes)


def axis_of(axis: Any, ndim: int, what: str) -> int:
    """One axis counted from 0; an error for None or several, of which an op of one axis would take the first."""
    return axes_of(int_of(axis, what, "an axis"), ndim, what)[0]


def int_of(value: Any, what: str, name: str) -> int:
    """An int, of whatever counts as one; an error for anything else, a float first of all."""
    try:
        return operator.index(value)
    except TypeError:
        raise ShapeError(f"{what}: {name} is an int, not {value!r}") from None


def _samples(*samples: tuple[tuple[int, ...], dict[str, Any]]) -> Domain:
    return Domain(samples=tuple(Sample((shape,), params) for shape, params in samples))


_reshape: Primitive = linear(
    "reshape", lambda ct, x_shape: _reshape(ct, shape=x_shape), promotes="as is",
    domain=_samples(((2, 3), {"shape": (3, 2)}), ((4,), {"shape": (2, 1, 2)}), ((), {"shape": (1,)}),
                    ((0, 3), {"shape": (3, 0)})),
    doc="The same elements in the same order, in another shape.",
)  # fmt: skip
_permute: Primitive = linear(
    "permute_dims", lambda ct, axes: _permute(ct, axes=tuple(builtins.sorted(range(len(axes)), key=axes.__getitem__))),
    promotes="as is", domain=_samples(((2, 3, 4), {"axes": (2, 0, 1)}), ((2, 3), {"axes": (1, 0)})),
    doc="The axes in another order.",
)  # fmt: skip
_broadcast_to: Primitive = linear(
    "broadcast_to", lambda ct, x_shape: _unbroadcast(ct, x_shape), promotes="as is",
    domain=_samples(((3,), {"shape": (2, 3)}), ((2, 1), {"shape": (2, 3)}), ((), {"shape": (2,)}),
                    ((1, 3), {"shape": (2, 1, 3)}), ((2, 3), {"shape": (2, 3)})),
    doc="Repeated along new axes and axes of size 1.",
)  # fmt: skip
_concat: Primitive = linear(
    "concat", lambda ct, shapes, axis: _cut(ct, shapes, axis), args=("xs",), variadic=True,
    domain=Domain(samples=(Sample(((2, 3), (2, 1)), {"axis": 1}), Sample(((1, 2), (3, 2), (0, 2)), {"axis": 0}))),
    doc="Joined along an axis.",
)  # fmt: skip
_flip: Primitive = linear(
    "flip", lambda ct, axis: _flip(ct, axis=axis), promotes="as is",
    domain=_samples(((2, 3), {"axis": (0, 1)}), ((2, 3), {"axis": (1,)})), doc="In reverse order along axes.",
)  # fmt: skip
_roll: Primitive = linear(
    "roll", lambda ct, shift, axis: _roll(ct, shift=tuple(-s for s in shift), axis=axis), promotes="as is",
    domain=_samples(((2, 3), {"shift": (1,), "axis": (1,)}), ((2, 3), {"shift": (1, -2), "axis": (0, 1)})),
    doc="Shifted round along axes.",
)  # fmt: skip
_repeat: Primitive = linear(
    "repeat", lambda ct, x_shape, repeats, axis: _add_repeats(ct, x_shape, repeats, axis), promotes="as is",
    domain=_samples(((2, 3), {"repeats": 2, "axis": 1}), ((3, 2), {"repeats": (2, 0, 1), "axis": 0}),
                    ((2, 3), {"repeats": (0, 0), "axis": 0}), ((2, 3), {"repeats": 3, "axis": 0})),
    doc="Each element several times.",
)  # fmt: skip
tril_: Primitive = linear(
    "tril",
    lambda ct, k: tril_(ct, k=k),
    promotes="as is",
    domain=_samples(((3, 3), {"k": 0}), ((2, 4), {"k": 1})),
    doc="Lower triangle.",
)
triu_: Primitive = linear(
    "triu",
    lambda ct, k: triu_(ct, k=k),
    promotes="as is",
    domain=_samples(((3, 3), {"k": 0}), ((2, 4), {"k": 1})),
    doc="Upper triangle.",
)

_convert: Primitive = linear(
    "convert",
    lambda ct, to, home: _convert(ct, to=home, home=to),
    promotes="as is",
    doc="The same numbers on another backend.",
)

move: Primitive = linear(
    "move",
    lambda ct, device, back: move(ct, device=back, back=device),
    promotes="as is",
    doc="The same numbers on another device.",
)


def _unbroadcast(ct: Any, shape: tuple[int, ...]) -> Any:
    extra = len(ct.shape) - len(shape)
    axes = tuple(i for i, n in enumerate(ct.shape) if i < extra or (shape[i - extra] == 1 and n != 1))
    if axes:
        ct = TABLE["sum"](ct, axis=axes, keepdims=False)
    return _reshape(ct, shape=shape)


def _cut(ct: Any, shapes: Sequence[tuple[int, ...]], axis: int) -> list[Any]:
    cts, at = [], 0
    before = (slice(None),) * axis
    for shape in shapes:
        cts.append(getitem(ct, index=(*before, slice(at, at + shape[axis]))))
        at += shape[axis]
    return cts


def _add_repeats(ct: Any, shape: tuple[int, ...], repeats: Any, axis: int) -> Any:
    if isinstance(repeats, int):
        grouped = _reshape(ct, shape=(*shape[: axis + 1], repeats, *shape[axis + 1 :]))
        return TABLE["sum"](grouped, axis=(axis + 1,), keepdims=False)
    rows = [i for i, r in enumerate(repeats) for _ in range(r)]
    before = (slice(None),) * axis
    if not rows:
        return zeros_like(TABLE["broadcast_to"](TABLE["sum"](ct, axis=None, keepdims=False), shape=shape))
    return TABLE["scatter"](ct, shape=shape, indices=((*before, rows),))


_INTS = {int}
_BARE = SCALARS | {list, tuple}


def shape_of(shape: int | Sequence[int], size: int | None, what: str) -> tuple[int, ...]:
    """A shape as a tuple of ints, with -1 worked out from `size`."""
    dims = tuple(shape) if isinstance(shape, Sequence) else (shape,)
    if set(map(type, dims)) != _INTS:
        dims = tuple([int_of(d, what, "a size") for d in dims])
    if not dims or min(dims) >= 0:
        return dims
    if size is not None and -1 in dims:
        rest = 1
        for d in dims:
            rest *= d if d != -1 else 1
        if dims.count(-1) > 1 or (size % rest if rest else size):
            raise ShapeError(f"{what}: {size} elements do not fit the shape {dims}")
        dims = tuple((size // rest if rest else 0) if d == -1 else d for d in dims)
    if min(dims) < 0:
        raise ShapeError(f"{what}: a shape has no negative sizes, but {dims} has")
    return dims


def size_of(shape: Sequence[int]) -> int:
    """Number of elements of an array of `shape`."""
    return math.prod(shape)


def reshape(x: Any, /, shape: int | Sequence[int], *, copy: bool | None = None) -> Any:
    """The elements of `x` in row-major order in another `shape`; one size may be -1.

    A view, unless `copy` is True or, as in NumPy, `x` is itself a view whose elements do not lie in that order.

    Raises:
        ShapeError: another number of elements; `copy=False`, where a copy cannot be avoided.
    """
    if (road := _RESHAPE(type(x))) is not None:
        try:
            if (out := road(x, shape)) is not None:
                return out
        except KERNEL_ERRORS:
            pass
    x = as_array(x)
    size = size_of(x.shape)
    dims = shape_of(shape, size, "reshape")
    if size_of(dims) != size:
        raise ShapeError(f"reshape: an array of shape {tuple(x.shape)} does not fit the shape {dims}")
    out = _reshape(x, shape=dims)
    if copy or type(x) is not primitive.Tensor:
        return out
    if not reshapes_to(x, dims):
        if copy is False:
            raise ShapeError(
                f"reshape: a view whose elements lie apart becomes {dims} by a copy alone: leave out copy=False"
            )
        return out
    return view(x, out, lambda base: _reshape(base, shape=dims), lambda base, v: _reshape(v, shape=tuple(base.shape)))


def permute_dims(x: Any, /, axes: Sequence[int]) -> Any:
    """`x` with its axes in the order `axes`. A view."""
    if (road := _PERMUTE_DIMS(type(x))) is not None:
        try:
            if (out := road(x, axes)) is not None:
                return out
        except KERNEL_ERRORS:
            pass
    x = as_array(x)
    order = axes_of(tuple(axes), len(x.shape), "permute_dims")
    if len(order) != len(x.shape):
        raise ShapeError(f"permute_dims: axes {tuple(axes)} for an array of {len(x.shape)} dimensions")
    back = tuple(builtins.sorted(range(len(order)), key=order.__getitem__))
    return view(
        x, _permute(x, axes=order), lambda base: _permute(base, axes=order), lambda base, v: _permute(v, axes=back)
    )


def matrix_transpose(x: Any, /) -> Any:
    """The last two axes exchanged. A view."""
    n = len(as_array(x).shape)
    if n < 2:
        raise ShapeError(f"matrix_transpose: an array of {n} dimensions is no matrix")
    return permute_dims(x, (*range(n - 2), n - 1, n - 2))


def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int], /) -> Any:
    """Axes `source` at the places `destination`, the others in their order. A view."""
    n = len(as_array(x).shape)
    src, dst = axes_of(source, n, "moveaxis"), axes_of(destination, n, "moveaxis")
    if len(src) != len(dst):
        raise ShapeError(f"moveaxis: {len(src)} sources and {len(dst)} destinations")
    order = [i for i in range(n) if i not in src]
    for d, s in builtins.sorted(zip(dst, src, strict=True)):
        order.insert(d, s)
    return permute_dims(x, order)


def expand_dims(x: Any, /, axis: int | Sequence[int] = 0) -> Any:
    """With new axes of size 1 at the places `axis` of the result. A view."""
    if type(axis) is int and (road := _EXPAND_DIMS(type(x))) is not None:
        try:
            if (out := road(x, axis)) is not None:
                return out
        except KERNEL_ERRORS:
            pass
    x = as_array(x)
    count = 1 if isinstance(axis, int) else len(axis)
    places = axes_of(axis, len(x.shape) + count, "expand_dims")
    sizes = iter(x.shape)
    return reshape(x, tuple(1 if i in places else next(sizes) for i in range(len(x.shape) + count)))


def squeeze(x: Any, /, axis: int | Sequence[int]) -> Any:
    """Without the axes `axis`, which must be of size 1. A view."""
    if type(axis) is int and (road := _SQUEEZE(type(x))) is not None:
        try:
            if (out := road(x, axis)) is not None and out.ndim < x.ndim:  # else PyTorch has left an axis that is longer
                return out
        except KERNEL_ERRORS:
            pass
    x = as_array(x)
    gone = axes_of(axis, len(x.shape), "squeeze")
    if any(x.shape[i] != 1 for i in gone):
        raise ShapeError(f"squeeze: axis {axis} of an array of shape {tuple(x.shape)} is not of size 1")
    return reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in gone))


def broadcast_to(x: Any, /, shape: Sequence[int]) -> Any:
    """`x` repeated along new leading axes and axes of size 1, to `shape`. A read-only view."""
    if (road := _BROADCAST_TO(type(x))) is not None:
        try:
            if -1 not in shape and (out := road(x, shape)) is not None:  # to some libraries -1 is an axis as it is
                return out
        except KERNEL_ERRORS:
            pass
    x = as_array(x)
    dims = shape_of(shape, None, "broadcast_to")
    return view(x, _broadcast_to(x, shape=dims), lambda base: _broadcast_to(base, shape=dims), None)


def spread_to(x: Any, shape: Sequence[int]) -> Any:
    """`x` repeated to `shape`: no view, for what becomes an array of its own."""
    return _broadcast_to(as_array(x), shape=shape_of(shape, None, "broadcast_to"))


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The shape that arrays of these shapes broadcast to."""
    out: list[int] = []
    for axis in range(1, max((len(s) for s in shapes), default=0) + 1):
        sizes = {s[-axis] for s in shapes if len(s) >= axis} - {1}
        if len(sizes) > 1:
            raise ShapeError(f"shapes {', '.join(map(str, map(tuple, shapes)))} could not be broadcast together")
        out.append(sizes.pop() if sizes else 1)
    return tuple(reversed(out))


def broadcast_arrays(*arrays: Any) -> list[Any]:
    """Each array broadcast to their common shape: itself, where that is its own, else a read-only view."""
    arrays = tuple(as_array(a) for a in arrays)
    shape = broadcast_shapes(*(a.shape for a in arrays))
    return [a if tuple(a.shape) == shape else broadcast_to(a, shape) for a in arrays]


def concat(arrays: Sequence[Any], /, *, axis: int | None = 0) -> Any:
    """Arrays joined along an existing `axis`; None: all flattened first."""
    try:
        if type(arrays) is list or type(arrays) is tuple:
            cls = type(arrays[0])
            if cls is _hot and axis is _FIRST:
                out = _quick(arrays)
                ndim = out.ndim
                if ndim == 1 or {a.ndim for a in arrays} == {ndim}:  # PyTorch joins an empty vector with anything
                    return out
            elif type(axis) is int and (road := _CONCAT(cls)) is not None and (out := road(arrays, axis)) is not None:
                return out
    except KERNEL_ERRORS:
        pass
    return _joined(arrays, axis)


def _joined(arrays: Sequence[Any], axis: int | None) -> Any:
    parts = _parts(arrays, "concat")
    if not parts:
        raise ShapeError("concat: there is no array to join")
    if axis is None:
        parts, axis = [reshape(a, (-1,)) for a in parts], 0
    place = axis_of(axis, len(parts[0].shape), "concat")
    if len({(*a.shape[:place], *a.shape[place + 1 :], len(a.shape)) for a in parts}) > 1:
        shapes = ", ".join(str(tuple(a.shape)) for a in parts)
        raise ShapeError(f"concat: the arrays have the shapes {shapes}, which differ beside axis {place}")
    return _concat(*parts, axis=place)


def _parts(arrays: Sequence[Any], what: str) -> list[Any]:
    """What is joined, as arrays; a number or list among others is a constant of their library."""
    given = list(arrays)
    return [as_array(a) for a in given] if _BARE.isdisjoint(map(type, given)) else together(what, *given)


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """Arrays of one shape joined along a new `axis`."""
    try:
        if (type(arrays) is list or type(arrays) is tuple) and (road := _STACK(type(arrays[0]))) is not None:
            if type(axis) is int and (out := road(arrays, axis)) is not None:
                return out
    except KERNEL_ERRORS:
        pass
    parts = _parts(arrays, "stack")
    if not parts:
        raise ShapeError("stack: there is no array to join")
    if len({tuple(a.shape) for a in parts}) > 1:
        raise ShapeError(f"stack: the arrays have the shapes {', '.join(str(tuple(a.shape)) for a in parts)}")
    place = axis_of(axis, len(parts[0].shape) + 1, "stack")
    shape = tuple(parts[0].shape)
    return _concat(*(_reshape(a, shape=(*shape[:place], 1, *shape[place:])) for a in parts), axis=place)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices of `x` along `axis`, without that axis. Views."""
    x = as_array(x)
    place = axis_of(axis, len(x.shape), "unstack")
    return tuple(x[(*((slice(None),) * place), i)] for i in range(x.shape[place]))


def split(x: Any, /, sections: int | Sequence[int], *, axis: int = 0) -> tuple[Any, ...]:
    """`x` cut along `axis` into `sections` equal parts, or before each of the places `sections`. Views."""
    x = as_array(x)
    place = axis_of(axis, len(x.shape), "split")
    n = x.shape[place]
    if isinstance(sections, int):
        if sections < 1 or n % sections:
            raise ShapeError(f"split: an axis of size {n} does not divide into {sections} equal parts")
        cuts = [i * (n // sections) for i in range(1, sections)]
    else:
        cuts = list(sections)
    before = (slice(None),) * place
    return tuple(x[(*before, slice(a, b))] for a, b in zip([0, *cuts], [*cuts, n], strict=True))


def flip(x: Any, /, *, axis: int | Sequence[int] | None = None) -> Any:
    """In reverse order along `axis` (None: all axes). A view."""
    if (road := _FLIP(type(x))) is not None:
        try:
            if (out := road(x, axis)) is not None:
                return out
        except KERNEL_ERRORS:
            pass
    x = as_array(x)
    axes = axes_of(axis, len(x.shape), "flip")
    return view(x, _flip(x, axis=axes), lambda base: _flip(base, axis=axes), lambda base, v: _flip(v, axis=axes))


def roll(x: Any, /, shift: int | Sequence[int], *, axis: int | Sequence[int] | None = None) -> Any:
    """Shifted by `shift` places along `axis`, round the end; None: as one row, in row-major order."""
    x = as_array(x)
    one = not isinstance(shift, Sequence) and not getattr(shift, "shape", None)
    given: Any = (shift,) if one else shift
    shifts = tuple(int_of(s, "roll", "a shift") for s in given)
    if axis is None:
        if not one:
            raise ShapeError("roll: several shifts need as many axes")
        return reshape(_roll(reshape(x, (-1,)), shift=shifts, axis=(0,)), tuple(x.shape))
    axes = axes_of(axis, len(x.shape), "roll")
    shifts = shifts * len(axes) if one else shifts
    if len(shifts) != len(axes):
        raise ShapeError(f"roll: {len(shifts)} shifts for {len(axes)} axes")
    return _roll(x, shift=shifts, axis=axes)


def tile(x: Any, repetitions: Sequence[int], /) -> Any:
    """`x` laid out side by side, `repetitions` times along each axis (the last ones, when there are fewer)."""
    x = as_array(x)
    reps = tuple(repetitions)
    shape = tuple(x.shape)
    n = max(len(reps), len(shape))
    shape, reps = (1,) * (n - len(shape)) + shape, (1,) * (n - len(reps)) + reps
    apart = tuple(d for s in shape for d in (1, s))
    whole = tuple(d for r, s in zip(reps, shape, strict=True) for d in (r, s))
    spread = _broadcast_to(_reshape(x, shape=apart), shape=whole)
    return _reshape(spread, shape=tuple(r * s for r, s in zip(reps, shape, strict=True)))


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Each element `repeats` times (one number, or one for each place along `axis`); None: of `x` as one row."""
    x = as_array(x)
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    place = axis_of(axis, len(x.shape), "repeat")
    if not isinstance(repeats, int):
        listed = repeats.tolist() if hasattr(repeats, "tolist") else repeats
        repeats = tuple(listed) if isinstance(listed, list | tuple) else int(listed)
        if isinstance(repeats, tuple) and len(repeats) == 1:
            repeats = repeats[0]
        elif isinstance(repeats, tuple) and len(repeats) != x.shape[place]:
            raise ShapeError(f"repeat: {len(repeats)} counts for an axis of size {x.shape[place]}")
    return _repeat(x, repeats=repeats, axis=place)


def _matrices(x: Any, what: str) -> Any:
    x = as_array(x)
    if len(x.shape) < 2:
        raise ShapeError(f"{what}: an array of {len(x.shape)} dimensions is no matrix")
    return x


def tril(x: Any, /, *, k: int = 0) -> Any:
    """The elements on and below diagonal `k` of each matrix, zeros above."""
    return tril_(_matrices(x, "tril"), k=k)


def triu(x: Any, /, *, k: int = 0) -> Any:
    """The elements on and above diagonal `k` of each matrix, zeros below."""
    return triu_(_matrices(x, "triu"), k=k)
