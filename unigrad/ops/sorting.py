"""Sorting functions of the standard. A sorted array is a permutation of its elements, and the gradient goes back along it.

Where elements are equal, the stable order says which is which: the first of them in the array is the first in the result.
"""

from typing import Any

from unigrad import primitive
from unigrad.direct import roads
from unigrad.errors import KERNEL_ERRORS, DTypeError
from unigrad.kinds import constant, general
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import is_complex
from unigrad.ops.manipulation import axis_of
from unigrad.ops.taking import add_rows, take_rows
from unigrad.primitive import Domain, Primitive, Sample
from unigrad.recording import tracked

_SAMPLES = (
    Sample(((5,),), {"axis": 0, "descending": False, "stable": True}),
    Sample(((3, 4),), {"axis": 1, "descending": True, "stable": True}),
    Sample(((3, 2, 2),), {"axis": 0, "descending": False, "stable": False}),
    Sample(((0, 3),), {"axis": 0, "descending": True, "stable": True}),
)
_REAL = Domain(complex=False, samples=_SAMPLES)

argsort_: Primitive = constant(
    "argsort", promotes="as is", domain=_REAL, doc="The indices that put each line along an axis in order."
)


def _order(x: Any, axis: int, descending: bool, stable: bool) -> Any:
    order = argsort_(x, axis=axis, descending=descending, stable=stable)
    return order._raw if type(order) is primitive.Tensor else order


def _sort_vjp(ct: Any, x: Any, axis: int, descending: bool, stable: bool) -> Any:
    return add_rows(ct, indices=_order(x, axis, descending, stable), axis=axis, n=x.shape[axis])


def _sort_jvp(t: Any, x: Any, axis: int, descending: bool, stable: bool) -> Any:
    return take_rows(t, indices=_order(x, axis, descending, stable), axis=axis)


sort_: Primitive = general(
    "sort", vjp=_sort_vjp, jvp=_sort_jvp, promotes="as is", domain=_REAL, doc="Each line along an axis in order."
)
_SORT = roads("sort")
_LAST = -1
_hot: Any = None
_quick: Any = None
_SORT.tell_module(globals(), "_hot", "_quick")


def _asked(x: Any, axis: int, what: str) -> tuple[Any, int]:
    x = as_array(x)
    if is_complex(x):
        raise DTypeError(f"{what}: complex numbers have no order; take real or abs first")
    return x, axis_of(axis, len(x.shape), what)


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """Each line of `x` along `axis` in order; NaN counts as the greatest. The gradient goes back along the permutation.

    Raises:
        DTypeError: complex numbers.
        ShapeError: no such axis.
    """
    try:
        if type(x) is _hot and axis is _LAST and not descending:  # a stable one is no slower
            return _quick(x)
        if type(axis) is int and (road := _SORT.get(type(x))) is not None:
            if (out := road(x, axis, descending, stable)) is not None:
                return out
    except KERNEL_ERRORS:
        pass
    x, place = _asked(x, axis, "sort")
    if type(x) is primitive.Tensor and tracked(x._node):
        # the permutation is what the way back needs: sorting once for both
        order = _order(x, place, descending, stable)
        return take_rows(x, indices=order, axis=place)
    return sort_(x, axis=place, descending=descending, stable=stable)


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The indices that put each line of `x` along `axis` in order. Integers: connected, with derivative zero.

    Raises:
        DTypeError: complex numbers.
        ShapeError: no such axis.
    """
    x, place = _asked(x, axis, "argsort")
    return argsort_(x, axis=place, descending=descending, stable=stable)
