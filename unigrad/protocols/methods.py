"""The methods of ufuncs, and calls with options: ``out=``, ``where=``, ``dtype=``, ``casting=``, ``axes=``."""

from collections.abc import Callable
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.errors import DTypeError, GradientLostError, OutOfBoundsError, ShapeError
from unigrad.indices import clean_index
from unigrad.operands import SCALARS
from unigrad.ops import elementwise as ew
from unigrad.ops import products, reductions
from unigrad.ops.manipulation import (
    axes_of,
    axis_of,
    concat,
    expand_dims,
    moveaxis,
    reshape,
    size_of,
    spread_to,
    stack,
    unstack,
)
from unigrad.protocols.arguments import (
    MISSING,
    axes_in,
    begun,
    cast,
    constant_like,
    deliver,
    everywhere,
    first_tensor,
    flag,
    is_tensor,
    masked,
    tensor,
    tensors,
    to_dtype,
    values,
)
from unigrad.views import write

Options = dict[str, Any]
Call = Callable[..., Any]


def call(ufunc: Any, function: Call, inputs: tuple[Any, ...], options: Options) -> Any:
    """A plain call with options."""
    outs = options.pop("out", None)
    mask = options.pop("where", True)
    axes = {k: options.pop(k) for k in ("axes", "axis", "keepdims") if k in options}
    like = first_tensor((*inputs, outs or (), mask))
    if first_tensor(inputs) is None:  # only out= or where= is a tensor
        first, *rest = inputs
        # a number beside no array has a dtype of its own, and is none of the kind of out=
        first = constant_like(first, like) if all(type(x) in SCALARS for x in inputs) else first
        inputs = tuple(x if type(x) in SCALARS else tensor(x, like) for x in (first, *rest))
    casting = options.get("casting", "same_kind")
    if options.keys() & {"dtype", "signature", "sig", "casting"}:
        inputs = _cast_inputs(ufunc, inputs, options, like)
    if axes:
        result = _along(ufunc, function, tensors(*inputs), **axes)
    elif everywhere(mask):
        result = function(*inputs)
    else:
        with like.backend.quiet():  # what where= leaves out warns nobody
            result = function(*inputs)
    results = result if isinstance(result, tuple) else (result,)
    outs = outs if outs is not None else (None,) * len(results)
    if not everywhere(mask):
        results = tuple(_where(r, o, mask, like) for r, o in zip(results, outs, strict=True))
    delivered = tuple(deliver(r, o, casting, spread=True) for r, o in zip(results, outs, strict=True))
    return delivered if len(delivered) > 1 else delivered[0]


def _where(result: Any, out: Any, mask: Any, like: Any) -> Any:
    """The result where the mask is true; else what `out` has, or 0 where NumPy leaves anything."""
    result = tensor(result, like)
    mask = tensor(mask, like)
    if mask.dtype != dtypes.bool_:
        raise DTypeError(f"where= is a mask of bools, not {mask.dtype}")
    if out is None:
        return ew.where(mask, result, ew.zeros_like(result))
    base = tensor(out, like)
    if not np.can_cast(result.dtype, base.dtype, "same_kind"):
        raise DTypeError(f"out= of dtype {base.dtype} cannot hold {result.dtype} by the rule 'same_kind'")
    return ew.where(mask, ew.astype(result, dtype=base.dtype), base)


def _cast_inputs(ufunc: Any, inputs: tuple[Any, ...], options: Options, like: Any) -> tuple[Any, ...]:
    """The inputs in the dtypes of the loop that NumPy would choose; its error where ``casting=`` forbids it."""
    inputs = tuple(x if type(x) in SCALARS else tensor(x, like) for x in inputs)
    have: list[Any] = [type(x) if type(x) in (int, float, complex) else np.dtype(bool) if type(x) is bool else x.dtype
                       for x in inputs]  # fmt: skip
    signature = options.get("signature", options.get("sig"))
    dtype = to_dtype(options.get("dtype"), like.backend)
    if dtype is not None:
        signature = (None,) * ufunc.nin + (dtype,) * ufunc.nout
    chosen = {} if signature is None else {"signature": signature}
    try:
        # a call of nothing has the errors of casting=: resolve_dtypes takes the process down where one is of a Python number
        stand_ins = (d(1) if isinstance(d, type) else np.empty((0, 0), dtype=d) for d in have)
        ufunc(*stand_ins, casting=options.get("casting", "same_kind"), **chosen)
        wanted = ufunc.resolve_dtypes((*have, *(None,) * ufunc.nout), casting="unsafe", **chosen)
    except TypeError as e:
        raise DTypeError(f"np.{ufunc.__name__}: {e}") from e
    return tuple(
        x if type(x) in SCALARS and np.dtype(type(x)).kind == d.kind else cast(tensor(x, like), d)
        for x, d in zip(inputs, wanted, strict=False)
    )


#: core dimensions of the inputs and of the output of generalised ufuncs
CORES = {"matmul": (2, 2, 2), "vecdot": (1, 1, 0), "matvec": (2, 1, 1), "vecmat": (1, 2, 1)}


def _along(ufunc: Any, function: Call, inputs: Any, axes: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    """A generalised ufunc with its core axes moved to the end, and those of the result moved where they were asked for."""
    cores = CORES.get(ufunc.__name__)
    if cores is None:
        raise DTypeError(f"np.{ufunc.__name__} takes no axes= or axis=")
    if axis is not None or flag(keepdims):
        if cores != (1, 1, 0) or axes is not None:
            raise DTypeError(f"np.{ufunc.__name__}: axis= and keepdims= are for products of vectors")
        place = -1 if axis is None else axis
        result = function(*(moveaxis(x, place, -1) for x in inputs))
        return expand_dims(result, axis=place) if flag(keepdims) else result
    places = [(a,) if isinstance(a, int) else tuple(a) for a in axes]
    moved = [moveaxis(x, p, tuple(range(-c, 0))) for x, p, c in zip(inputs, places, cores, strict=False)]
    result = function(*moved)
    out = places[2] if len(places) > 2 else tuple(range(-cores[2], 0))
    return moveaxis(result, tuple(range(-cores[2], 0)), out) if cores[2] else result


# -- reduce ------------------------------------------------------------------------------------------------------------

_REDUCED: dict[str, Call] = {
    "add": reductions.sum,
    "multiply": products.prod,
    "maximum": reductions.max,
    "minimum": reductions.min,
    "logical_and": reductions.all,
    "logical_or": reductions.any,
}


def reduce(ufunc: Any, function: Call, inputs: tuple[Any, ...], options: Options) -> Any:
    """``ufunc.reduce``: along one axis (the first by default), several, or all (None)."""
    (x,) = inputs
    out = options.pop("out", None)
    x = tensor(x, first_tensor((x, out or (), options.get("where"), options.get("initial"))))
    return deliver(reduced(ufunc, function, x, **options), out)


def reduced(
    ufunc: Any,
    function: Call,
    x: Any,
    axis: Any = 0,
    dtype: Any = None,
    keepdims: Any = False,
    initial: Any = MISSING,
    where: Any = True,
) -> Any:
    """The reduction of the tensor `x`."""
    _only_binary(ufunc)
    keepdims = flag(keepdims)
    start = ufunc.identity if initial is MISSING else initial
    initial = MISSING if initial is None else initial
    if not everywhere(where) and start is None:
        raise ShapeError(f"np.{ufunc.__name__}.reduce with where= needs an initial=")
    axes = axes_of(axes_in(axis, x), x.ndim, f"np.{ufunc.__name__}.reduce")
    row = _REDUCED.get(ufunc.__name__)
    x = cast(x, dtype)
    if row is None or (row in (reductions.max, reductions.min) and any(x.shape[a] == 0 for a in axes)):
        return _folded(ufunc, function, x, axes, keepdims, start, where)
    x = masked(x, where, begun(initial, x.dtype, x) if ufunc.identity is None else ufunc.identity)
    result = row(x, axis=axes, keepdims=keepdims)
    result = result if row in (reductions.all, reductions.any) else cast(result, dtype)
    return result if initial is MISSING else function(result, begun(initial, result.dtype, x))


def _only_binary(ufunc: Any) -> None:
    if ufunc.nin != 2 or ufunc.nout != 1 or ufunc.signature is not None:
        raise DTypeError(f"np.{ufunc.__name__} has no such method: it is no ufunc of two numbers")


def _in_its_loop(ufunc: Any, function: Call, x: Any) -> Any:
    """`x` in the dtype of what the function makes of two elements, which a first element alone has too."""
    if ufunc.__name__ in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal"):
        return x  # bools of numbers, and the next number is compared with a bool
    none = constant_like(np.empty(0, dtype=x.dtype), x)
    return cast(x, function(none, none).dtype)


def _folded(
    ufunc: Any, function: Call, x: Any, axes: tuple[int, ...], keepdims: bool, initial: Any, where: Any
) -> Any:  # fmt: skip
    """One element after the other, for ufuncs that have no reduction of their own."""
    if len(axes) > 1 and ufunc.identity is None and ufunc.__name__ not in ("maximum", "minimum", "fmax", "fmin"):
        raise ShapeError(f"np.{ufunc.__name__}.reduce goes along one axis, not {len(axes)}: the order matters")
    x = _in_its_loop(ufunc, function, x)
    rest = tuple(n for i, n in enumerate(x.shape) if i not in axes)
    count = size_of([x.shape[i] for i in axes])

    def rows(a: Any) -> Any:
        return reshape(moveaxis(a, axes, tuple(range(len(axes)))), (count, *rest))

    total = None if initial is None else begun(initial, x.dtype, x)
    chosen = None if everywhere(where) else rows(spread_to(tensor(where, x), x.shape))
    for i, part in enumerate(unstack(rows(x))):
        after = part if total is None else function(total, part)
        total = after if chosen is None else ew.where(chosen[i], after, total)
    if total is None:
        raise ShapeError(f"np.{ufunc.__name__}.reduce: an array of shape {x.shape} has no element along axis {axes}")
    total = total if total.shape == rest else spread_to(total, rest)
    return reshape(total, tuple(1 if i in axes else n for i, n in enumerate(x.shape))) if keepdims else total


# -- the other methods -------------------------------------------------------------------------------------------------


def accumulate(ufunc: Any, function: Call, inputs: tuple[Any, ...], options: Options) -> Any:
    """``ufunc.accumulate``: every partial result along one axis."""
    _only_binary(ufunc)
    (x,) = inputs
    out = options.pop("out", None)
    x = cast(tensor(x, first_tensor((x, out or ()))), options.get("dtype"))
    axis = axis_of(options.get("axis", 0), x.ndim, f"np.{ufunc.__name__}.accumulate")
    running = {"add": products.cumulative_sum, "multiply": products.cumulative_prod}.get(ufunc.__name__)
    if running is not None:
        return deliver(cast(running(x, axis=axis), options.get("dtype")), out)
    x = _in_its_loop(ufunc, function, x)
    before = (slice(None),) * axis
    parts: list[Any] = []
    for i in range(x.shape[axis]):
        part = x[(*before, i)]
        parts.append(function(parts[-1], part) if parts else part)
    return deliver(stack(parts, axis=axis) if parts else x, out)


def outer(ufunc: Any, function: Call, inputs: tuple[Any, ...], options: Options) -> Any:
    """``ufunc.outer``: every element of the first with every element of the second."""
    x, y = tensors(*inputs)
    return call(ufunc, function, (reshape(x, (*x.shape, *(1,) * y.ndim)), y), options)


def reduceat(ufunc: Any, function: Call, inputs: tuple[Any, ...], options: Options) -> Any:
    """``ufunc.reduceat``: the reduction from each index to the next; a single element where they do not rise."""
    x, indices = inputs
    out = options.pop("out", None)
    x = cast(tensor(x), options.get("dtype"))
    axis = axis_of(options.get("axis", 0), x.ndim, f"np.{ufunc.__name__}.reduceat")
    places = [int(i) for i in np.atleast_1d(values(indices))]
    n = x.shape[axis]
    if any(not 0 <= i < n for i in places):
        raise OutOfBoundsError(f"np.{ufunc.__name__}.reduceat: indices {places} for an axis of size {n}")
    before = (slice(None),) * axis
    # of no index nothing, in the dtype of the reduction
    parts = [] if places else [reduced(ufunc, function, expand_dims(x[(*before, slice(0, 0))], axis=0))]
    for i, place in enumerate(places):
        end = places[i + 1] if i + 1 < len(places) else n
        piece = x[(*before, slice(place, max(end, place + 1)))]
        parts.append(reduced(ufunc, function, piece, axis=axis, keepdims=True))
    return deliver(concat(parts, axis=axis), out)


def at(ufunc: Any, function: Call, inputs: tuple[Any, ...], options: Options) -> None:
    """``ufunc.at(a, index, b)``: in place, once for each time that the index names an element.

    The k-th writes to each element go together: as many rounds as an element is named at most.
    """
    a, index, *others = inputs
    if not is_tensor(a):
        raise GradientLostError(
            f"np.{ufunc.__name__}.at writes into an ndarray, which no tape follows: make it a tensor, "
            f"a = unigrad.asarray(a), or pass b.numpy() to leave the tape on purpose"
        )
    if type(a) is not type(a.__unigrad_tensor__()):
        raise DTypeError(f"np.{ufunc.__name__}.at writes in place, and a variable is assigned: use its assign()")
    index = clean_index(index)
    positions = np.arange(a.size).reshape(a.shape)[_as_numpy(index)]
    flat = positions.ravel()
    order = np.argsort(flat, kind="stable")
    grouped = flat[order]
    turn = np.empty(flat.shape, dtype=np.int64)
    turn[order] = np.arange(flat.size) - np.searchsorted(grouped, grouped)  # how often it was named before
    spread = [reshape(spread_to(tensor(b, a), positions.shape), (-1,)) for b in others]
    row = reshape(a, (-1,))
    for k in range(int(turn.max(initial=-1)) + 1):
        chosen = np.flatnonzero(turn == k)
        part = function(row[flat[chosen]], *(b[chosen] for b in spread))
        row = row.at[flat[chosen]].set(deliver_dtype(part, a.dtype, ufunc.__name__))
    write(a, reshape(row, a.shape))


def deliver_dtype(part: Any, dtype: Any, name: str) -> Any:
    """A result in the dtype of the array that it is written into."""
    if part.dtype == dtype:
        return part
    if not np.can_cast(part.dtype, dtype, "same_kind"):
        raise DTypeError(f"np.{name}.at: {part.dtype} results do not fit an array of {dtype}")
    return ew.astype(part, dtype=dtype)


def _as_numpy(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(_as_numpy(i) for i in index)
    return values(tensor(index)) if hasattr(index, "shape") and not isinstance(index, np.ndarray) else index


METHODS: dict[str, Callable[[Any, Call, tuple[Any, ...], Options], Any]] = {
    "__call__": call,
    "reduce": reduce,
    "accumulate": accumulate,
    "outer": outer,
    "reduceat": reduceat,
    "at": at,
}
