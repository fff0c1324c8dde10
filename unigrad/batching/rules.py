"""Batching rules: how a row computes many examples at once. Each is a function of one `Call`.

The first axis of every batched operand counts the examples, and so does that of what a rule returns.
"""

from typing import Any

import numpy as np

from unigrad.backend import Backend, Raw, backend_of
from unigrad.batched import BATCHED, BatchedBackend, visible
from unigrad.batching.call import Call, Rule, permute, reshape, widened
from unigrad.errors import ShapeError
from unigrad.primitive import TABLE


def elementwise(call: Call) -> Raw:
    """Operands that broadcast: the axes of an example are counted from the end, so smaller examples get axes of size 1."""
    ndim = max(call.ndim(i) for i in range(len(call.xs)))
    return call.run(*(widened(x, ndim) if at else x for x, at in zip(call.xs, call.at, strict=True)))


def leading(call: Call) -> Raw:
    """Rows of one array that take any number of leading axes, and no parameter that counts axes from the front."""
    if not call.at[0] or any(map(call.holds, call.params.values())):
        raise NotImplementedError
    return call.run(call.xs[0])


def axes(call: Call) -> Raw:
    """Reductions over `axis`, a tuple or None: one place further; None is all but the first."""
    (x,), axis = call.xs, call.params["axis"]
    ndim = call.ndim(0)
    if ndim == 0:  # some libraries take no axes for all axes
        return call.run(reshape(x, call.size, 1), axis=(1,), **_dropped(call))
    return call.run(x, axis=tuple(range(1, ndim + 1)) if axis is None else tuple(a % ndim + 1 for a in axis))


def _dropped(call: Call) -> dict[str, Any]:
    return {"keepdims": False} if "keepdims" in call.params else {}


def one_axis(call: Call) -> Raw:
    """An `axis` that is a number."""
    return call.run(call.xs[0], axis=call.params["axis"] % call.ndim(0) + 1)


def axis_or_all(call: Call) -> Raw:
    """An `axis` that is a number, or None for the flattened array."""
    (x,), axis = call.xs, call.params["axis"]
    if axis is not None:
        return one_axis(call)
    out = call.run(reshape(x, call.size, -1) if 0 not in x.shape else _flat(x), axis=1, keepdims=False)
    return reshape(out, call.size, *(1,) * call.ndim(0)) if call.params["keepdims"] else out


def _flat(x: Raw) -> Raw:
    n = 1
    for size in x.shape[1:]:
        n *= size
    return reshape(x, x.shape[0], n)


def some_axes(call: Call) -> Raw:
    """An `axis` that is a tuple of places, each of them one further."""
    return call.run(call.xs[0], axis=tuple(a % call.ndim(0) + 1 for a in call.params["axis"]))


def fourier(call: Call) -> Raw:
    """`axes`, each of them one further."""
    return call.run(call.xs[0], axes=tuple(a % call.ndim(0) + 1 for a in call.params["axes"]))


def shape(call: Call) -> Raw:
    """A new `shape` of the same number of elements: the examples come first."""
    return call.run(call.xs[0], shape=(call.size, *call.params["shape"]))


def broadcast_to(call: Call) -> Raw:
    """A larger `shape`."""
    goal = call.params["shape"]
    return call.run(widened(call.xs[0], len(goal)), shape=(call.size, *goal))


def permute_dims(call: Call) -> Raw:
    """`axes` in another order, after that of the examples."""
    return call.run(call.xs[0], axes=(0, *(a + 1 for a in call.params["axes"])))


def pad_zeros(call: Call) -> Raw:
    """No padding of the first axis."""
    return call.run(call.xs[0], widths=((0, 0), *call.params["widths"]))


def concat(call: Call) -> Raw:
    """All arrays with the examples in front."""
    return call.run(*(call.full(i) for i in range(len(call.xs))), axis=call.params["axis"] + 1)


def along_axis(call: Call) -> Raw:
    """`indices` of the shape of the array but for one axis."""
    indices, axis = call.params["indices"], call.params["axis"]
    x = call.full(0)
    return call.run(x, indices=_numbers(call, indices, x), axis=axis + 1)


def _numbers(call: Call, given: Any, x: Raw) -> Raw:
    """Integers that are a parameter, with the examples in front, as an array of the library of `x`."""
    if call.holds(given):
        return given.raw
    if type(given) not in BATCHED:
        home = backend_of(visible(x))
        given = given if home.owns(given) else home.asarray(np.asarray(given), None, None, True)
    return TABLE["broadcast_to"](given, shape=(call.size, *given.shape))


def last_axis_of_rows(call: Call) -> Raw:
    """Rows of a matrix: those of all examples below one another."""
    (x,) = call.xs
    rows = x if len(x.shape) == 2 else reshape(x, call.size * x.shape[1], x.shape[2])
    out = call.run(rows)
    return out if len(x.shape) == 2 else reshape(out, *x.shape[:2], out.shape[-1])


def labels(call: Call) -> Raw:
    """`labels`, one for each place of the array but its last axis."""
    x = call.full(0)
    given = _numbers(call, call.params["labels"], x)
    if not call.params.get("mean"):
        return call.run(x, labels=given)
    each = call.run(x, labels=given, mean=False)
    return TABLE["mean"](each, axis=tuple(range(1, len(each.shape))), keepdims=False)


def known(call: Call) -> Raw:
    """Decompositions whose values may have been computed before."""
    found = call.params["known"]
    if found is None:
        return call.run(call.xs[0])
    values = found[0]
    if not call.holds(values):
        return TABLE["broadcast_to"](values, shape=(call.size, *values.shape))
    return values.raw


def constant_numbers(call: Call) -> Raw:
    """Numbers that depend on no value of the array."""
    found = call.params["numbers"]
    if call.holds(found):
        return found.raw
    return TABLE["broadcast_to"](call.run(call.xs[0]), shape=(call.size, *found.shape))


def backend(call: Call) -> Raw:
    """Parameters that name a backend: the one of what the batched array holds."""
    return call.run(call.xs[0], to=_base(call.params["to"]), home=_base(call.params["home"]))


def _base(found: Backend) -> Backend:
    return found.base if isinstance(found, BatchedBackend) else found


def is_in(call: Call) -> Raw:
    """Elements looked for among all those of the second array."""
    x, y = call.xs
    if not call.at[1]:
        return call.run(x, y)
    x = reshape(x, *x.shape, 1)
    y = _flat(y)
    ndim = call.ndim(0)
    found = TABLE["any"](
        TABLE["equal"](x, reshape(y, y.shape[0], *(1,) * ndim, y.shape[1])), axis=(ndim + 1,), keepdims=False
    )
    return TABLE["logical_not"](found) if call.params["invert"] else found


def counted(sorted_at: int, side: str) -> Rule:
    """Places in a sorted 1-d array: one of each example is compared with each number. NaN is the greatest."""

    def rule(call: Call) -> Raw:
        if not call.at[sorted_at]:
            return call.run(*call.xs)
        ends, x = call.xs[sorted_at], call.xs[1 - sorted_at]
        ndim = call.ndim(1 - sorted_at)
        ends = reshape(ends, call.size, *(1,) * ndim, ends.shape[1])
        x = reshape(x, *x.shape, 1)
        right = call.params.get("side", side) == "right"
        below = TABLE["less_equal" if right else "less"](ends, x)
        above = TABLE["not_equal"](x, x)  # a NaN
        if not right:
            above = TABLE["logical_and"](above, TABLE["equal"](ends, ends))
        return TABLE["count_nonzero"](TABLE["logical_or"](below, above), axis=(ndim + 1,), keepdims=False)

    return rule


def values_of(call: Call) -> Raw:
    """The elements `first` of the flattened array."""
    if not call.at[0] or any(map(call.holds, call.params.values())):
        raise NotImplementedError
    return TABLE["getitem"](_flat(call.xs[0]), index=(slice(None), call.params["first"]))


def unknown_shape(call: Call) -> Raw:
    """A result whose shape depends on the values: it has none for all examples together."""
    raise ShapeError(
        f"{call.row.name}: the shape of the result depends on the values, and would differ between the examples of vmap: use "
        f"where and a mask of a fixed shape"
    )


def line_order(call: Call) -> Raw:
    """The order of 1-d examples: that of each row of a matrix."""
    return TABLE["argsort"](call.xs[0], axis=1, descending=False, stable=True)


def segments(call: Call) -> Raw:
    """Numbers of segments that are the same for all examples: of the first axis, so the examples go to the second."""
    if not call.at[0] or call.holds(call.params["ids"]):
        raise NotImplementedError
    (x,) = call.xs
    back = call.run(permute(x, (1, 0, *range(2, len(x.shape)))))
    return permute(back, (1, 0, *range(2, len(back.shape))))
