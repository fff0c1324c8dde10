"""Products of the standard: matmul, tensordot and vecdot, each linear in either operand; and the affine map of a layer."""

from collections.abc import Sequence
from typing import Any

from unigrad.backend import kind_of
from unigrad.cotangents import contract, scale, unbroadcast
from unigrad.direct import roads
from unigrad.errors import KERNEL_ERRORS, ShapeError
from unigrad.kinds import general, multilinear
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import conj
from unigrad.ops.manipulation import axes_of, permute_dims, reshape, size_of
from unigrad.primitive import TABLE, Domain, Primitive, Sample


def _pair(*samples: tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]) -> Domain:
    return Domain(samples=tuple(Sample((a, b), params) for a, b, params in samples))


def _adjoint(x: Any) -> Any:
    return conj(x).mT if kind_of(getattr(x, "_raw", x)) == "c" else x.mT


def _matmul_left(ct: Any, y: Any, x_shape: Any) -> Any:
    if len(x_shape) == len(y.shape) == 2:
        return contract(matmul_, 0, ct, _adjoint(y))
    one = len(y.shape) == 1  # a vector is a matrix of one column, or of one row
    y = reshape(y, (y.shape[0], 1)) if one else y
    ct = reshape(ct, (*ct.shape, 1)) if one else ct
    if len(x_shape) == 1:
        ct = reshape(ct, (*ct.shape[:-2], 1, ct.shape[-1])) if one else reshape(ct, (*ct.shape[:-1], 1, ct.shape[-1]))
        return _flat(contract(matmul_, 0, ct, _adjoint(y)), x_shape)
    return unbroadcast(contract(matmul_, 0, ct, _adjoint(y)), x_shape)


def _flat(ct: Any, shape: tuple[int, ...]) -> Any:
    n = shape[0]
    return unbroadcast(reshape(ct, (*ct.shape[:-2], n)), shape)


def _matmul_right(ct: Any, x: Any, y_shape: Any) -> Any:
    if len(x.shape) == len(y_shape) == 2:
        return contract(matmul_, 1, _adjoint(x), ct)
    one = len(x.shape) == 1
    x = reshape(x, (1, x.shape[0])) if one else x
    if len(y_shape) == 1:
        ct = reshape(ct, (*ct.shape, 1, 1)) if one else reshape(ct, (*ct.shape, 1))
        return _flat(contract(matmul_, 1, _adjoint(x), ct), y_shape)
    ct = reshape(ct, (*ct.shape[:-1], 1, ct.shape[-1])) if one else ct
    return unbroadcast(contract(matmul_, 1, _adjoint(x), ct), y_shape)


matmul_: Primitive = multilinear(
    "matmul", _matmul_left, _matmul_right,
    domain=_pair(
        ((2, 3), (3, 4), {}), ((3,), (3,), {}), ((3,), (3, 2), {}), ((2, 3), (3,), {}), ((2, 2, 3), (3, 2), {}),
        ((3, 2), (4, 2, 3), {}), ((2, 1, 2, 3), (3, 3, 2), {}), ((3,), (2, 3, 2), {}), ((2, 2, 3), (3,), {}),
        ((2, 0), (0, 3), {}),
    ),
    doc="Matrix product; leading axes broadcast, a vector is a row on the left and a column on the right.",
)  # fmt: skip


def _affine_samples(*samples: tuple[tuple[int, ...], ...]) -> Domain:
    return Domain(samples=tuple(Sample(shapes, {}) for shapes in samples))


affine: Primitive = general(
    "affine",
    args=("x", "w", "b"),
    vjp=(
        lambda ct, w, x_shape: _matmul_left(ct, w, x_shape),
        lambda ct, x, w_shape: _matmul_right(ct, x, w_shape),
        lambda ct, b_shape: unbroadcast(ct, b_shape),
    ),
    jvp=(
        lambda t, w: contract(matmul_, 0, t, w),
        lambda t, x: contract(matmul_, 1, x, t),
        lambda t, out: TABLE["broadcast_to"](t, shape=tuple(out.shape)),
    ),
    domain=_affine_samples(
        ((2, 3), (3, 4), (4,)), ((3,), (3, 2), (2,)), ((2, 2, 3), (3, 2), (2, 1, 2)), ((2, 3), (3, 4), ())
    ),
    doc="x @ w + b, in one pass where the library has one. The sum has the shape of the product.",
)


def _vecdot_x(ct: Any, y: Any, x_shape: Any, axis: int) -> Any:
    return unbroadcast(scale(conj(_last(ct, axis)), y), x_shape)


def _vecdot_y(ct: Any, x: Any, y_shape: Any, axis: int) -> Any:
    return unbroadcast(scale(_last(ct, axis), x), y_shape)


def _last(ct: Any, axis: int) -> Any:
    # the summed axis back in its place, counted from the end
    at = len(ct.shape) + 1 + axis
    return reshape(ct, (*ct.shape[:at], 1, *ct.shape[at:]))


_vecdot: Primitive = multilinear(
    "vecdot", _vecdot_x, _vecdot_y,
    domain=_pair(
        ((3,), (3,), {"axis": -1}), ((2, 3), (3,), {"axis": -1}), ((3, 2), (3, 2), {"axis": -2}), ((1, 3), (2, 3), {"axis": -1}),
    ),
    doc="Sum of conj(x) * y along an axis.",
)  # fmt: skip
_MATMUL = roads("matmul")
_hot: Any = None
_quick: Any = None
_MATMUL.tell_module(globals(), "_hot", "_quick")
_VECDOT = roads("vecdot").get
_TENSORDOT = roads("tensordot").get


def matmul(x1: Any, x2: Any, /) -> Any:
    """Matrix product; leading axes broadcast, a vector is a row on the left and a column on the right.

    Raises:
        ShapeError: an array of no dimensions, or sizes that do not match.
    """
    cls = type(x1)
    if cls is _hot and type(x2) is _hot:
        try:
            return _quick(x1, x2)
        except KERNEL_ERRORS:
            pass
    elif (road := _MATMUL.get(cls)) is not None and type(x2) is cls:
        try:
            if type(road) is not tuple:
                return road(x1, x2)
            function, known = road
            if x1.dtype is x2.dtype and x1.dtype in known:
                return function(x1, x2)
        except KERNEL_ERRORS:
            pass
    return matmul_(x1, x2)


matmul.primitive = matmul_  # type: ignore[attr-defined]


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Sum of conj(x1) * x2 along `axis` (negative, counted from the end); the other axes broadcast."""
    if (road := _VECDOT(cls := type(x1))) is not None and type(x2) is cls and axis == -1:
        try:
            if type(road) is not tuple:
                return road(x1, x2)
            function, known = road
            if x1.dtype is x2.dtype and x1.dtype in known:
                return function(x1, x2)
        except KERNEL_ERRORS:
            pass
    x1, x2 = as_array(x1), as_array(x2)
    n = min(len(x1.shape), len(x2.shape))
    if not -n <= axis < (0 if len(x1.shape) != len(x2.shape) else n):
        raise ShapeError(
            f"vecdot: axis {axis} for arrays of shapes {tuple(x1.shape)} and {tuple(x2.shape)}; count it from the end"
        )
    axis = axis if axis < 0 else axis - n
    if x1.shape[axis] != x2.shape[axis]:
        raise ShapeError(f"vecdot: axis {axis} has sizes {x1.shape[axis]} and {x2.shape[axis]}")
    return _vecdot(x1, x2, axis=axis)


def tensordot(x1: Any, x2: Any, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> Any:
    """Sum of products over pairs of axes: the last `axes` of x1 with the first of x2, or the two named sequences."""
    if (road := _TENSORDOT(cls := type(x1))) is not None and type(x2) is cls and type(axes) is int:
        try:
            if (out := road(x1, x2, axes)) is not None:
                return out
        except KERNEL_ERRORS:
            pass
    x1, x2 = as_array(x1), as_array(x2)
    n1, n2 = len(x1.shape), len(x2.shape)
    if isinstance(axes, int):
        if not 0 <= axes <= min(n1, n2):
            raise ShapeError(f"tensordot: {axes} axes for arrays of {n1} and {n2} dimensions")
        a1, a2 = tuple(range(n1 - axes, n1)), tuple(range(axes))
    else:
        a1, a2 = axes_of(tuple(axes[0]), n1, "tensordot"), axes_of(tuple(axes[1]), n2, "tensordot")
    sizes1, sizes2 = [x1.shape[i] for i in a1], [x2.shape[i] for i in a2]
    if sizes1 != sizes2:
        raise ShapeError(f"tensordot: axes {a1} of {tuple(x1.shape)} and {a2} of {tuple(x2.shape)} differ in size")
    left = [i for i in range(n1) if i not in a1]
    right = [i for i in range(n2) if i not in a2]
    k = size_of(sizes1)
    rows = reshape(permute_dims(x1, (*left, *a1)), (size_of([x1.shape[i] for i in left]), k))
    cols = reshape(permute_dims(x2, (*a2, *right)), (k, size_of([x2.shape[i] for i in right])))
    return reshape(matmul(rows, cols), (*(x1.shape[i] for i in left), *(x2.shape[i] for i in right)))
