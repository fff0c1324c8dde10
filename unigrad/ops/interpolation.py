"""Linear interpolation between given points."""

import math
from typing import Any

from unigrad import primitive
from unigrad.errors import DTypeError, ShapeError
from unigrad.kinds import constant
from unigrad.ops.elementwise import absorbing_multiply, clip, is_complex, where
from unigrad.ops.indexing import getitem
from unigrad.ops.manipulation import concat
from unigrad.ops.reductions import _floating
from unigrad.ops.together import together
from unigrad.primitive import Domain, Primitive, Sample

# one knot: those that the suite draws are in no order
_KNOTS = Domain(complex=False, samples=(Sample(((3,), (1,)), {}), Sample(((2, 2), (1,)), {})))
cell_above: Primitive = constant(
    "cell_above", args=("x", "knots"), domain=_KNOTS, doc="How many of the sorted 1-d `knots` are not above x."
)
cell_below: Primitive = constant(
    "cell_below", args=("x", "knots"), domain=_KNOTS, doc="How many of the sorted 1-d `knots` are below x."
)
knot_order: Primitive = constant(
    "knot_order", promotes="as is", domain=Domain(complex=False, samples=(Sample(((4,),), {}),)),
    doc="The indices that sort a 1-d array.",
)  # fmt: skip


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Any:
    """The piecewise linear function through the points (xp, fp), at `x`; as numpy.interp has it, differentiable in all three.

    At a knot the derivative is the mean of those on its two sides, and at the ends of `xp` half of that inside, as for `clip`.

    Args:
        x: real numbers, of any shape.
        xp: 1-d and increasing, unless there is a `period`; this is not checked.
        fp: the values at `xp`, of its length.
        left, right: the values below and above `xp`; None: the first and the last of `fp`.
        period: of `x` and `xp`, which then need not be sorted; `left` and `right` have no meaning.

    Raises:
        ShapeError: `xp` and `fp` that are not 1-d of one length, or empty; a period of 0.
        DTypeError: complex `x` or `xp`.
    """
    x, knots, values = (_floating(a, "interp") for a in together("interp", x, xp, fp))
    if len(knots.shape) != 1 or tuple(knots.shape) != tuple(values.shape) or knots.shape[0] == 0:
        raise ShapeError(
            f"interp: xp of shape {tuple(knots.shape)} and fp of shape {tuple(values.shape)}: 1-d, of one length, not empty"
        )
    if is_complex(x) or is_complex(knots):
        raise DTypeError("interp: x and xp are real; fp may be complex")
    if period is not None:
        if period == 0:
            raise ShapeError("interp: a period of 0")
        span = abs(float(period))
        x, knots = x % span, knots % span
        order = _raw(knot_order(knots))
        knots, values = getitem(knots, index=(order,)), getitem(values, index=(order,))
        knots = concat([knots[-1:] - span, knots, knots[:1] + span])
        values = concat([values[-1:], values, values[:1]])
        left = right = None
    count = knots.shape[0]
    if count == 1:
        inside = where(x == x, values[0], x)  # connected, whatever x is
    else:
        held = clip(x, knots[0], knots[-1])
        above, below = (row(_constant(held), _constant(knots)) for row in (cell_above, cell_below))
        after, before = _line(held, knots, values, above), _line(held, knots, values, below)
        # where knots coincide there is a jump, and at it the value behind it, as NumPy has it
        inside = where(above - below > 1, after, (after + before) * 0.5)
        left = values[0] if left is None else left
    if left is not None:
        inside = where(x < knots[0], left, inside)
    if right is not None:
        inside = where(x > knots[-1], right, inside)
    return where(x != x, math.nan, inside)


def _constant(x: Any) -> Any:
    return x.detach() if type(x) is primitive.Tensor else x


def _raw(x: Any) -> Any:
    return getattr(x, "_raw", x)


def _line(x: Any, knots: Any, values: Any, cell: Any) -> Any:
    """The line through the knots on both sides, at `x`."""
    i = _raw(clip(cell - 1, 0, knots.shape[0] - 2))
    x0, x1 = getitem(knots, index=(i,)), getitem(knots, index=(i + 1,))
    y0, y1 = getitem(values, index=(i,)), getitem(values, index=(i + 1,))
    width = x1 - x0
    point = width == 0
    w = where(point, 1, (x - x0) / where(point, 1, width))
    # an infinite value at one knot is none at the other
    return absorbing_multiply(1 - w, y0) + absorbing_multiply(w, y1)
