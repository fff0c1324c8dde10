"""Cross, outer and Kronecker products, each linear in either operand; diagonals and traces."""

from typing import Any

from unigrad.cotangents import Piece, unbroadcast
from unigrad.errors import ShapeError
from unigrad.kinds import linear, multilinear
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import conj, multiply
from unigrad.ops.linalg import _pair
from unigrad.ops.manipulation import broadcast_shapes, broadcast_to, int_of, reshape
from unigrad.ops.reductions import sum
from unigrad.primitive import Domain, Primitive, Sample
from unigrad.views import view


def _cross_x(ct: Any, y: Any, x_shape: Any, axis: int) -> Any:
    return unbroadcast(_cross(conj(y), ct, axis=axis), x_shape)


def _cross_y(ct: Any, x: Any, y_shape: Any, axis: int) -> Any:
    return unbroadcast(_cross(ct, conj(x), axis=axis), y_shape)


_cross: Primitive = multilinear(
    "cross", _cross_x, _cross_y,
    domain=_pair(
        ((3,), (3,), {"axis": -1}), ((2, 3), (3,), {"axis": -1}), ((3, 1), (3, 2), {"axis": -2}), ((0, 3), (3,), {"axis": -1}),
    ),
    doc="Cross product of the vectors of three elements along an axis.",
)  # fmt: skip


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Cross product of the vectors along `axis`, of three elements each; the other axes broadcast.

    Raises:
        ShapeError: the axis is not there, or not of size 3 in both; or the shapes do not broadcast.
    """
    x1, x2 = as_array(x1), as_array(x2)
    a, b = tuple(x1.shape), tuple(x2.shape)
    axis = int_of(axis, "cross", "axis")
    if axis >= 0 and len(a) == len(b):
        axis -= len(a)
    if not -min(len(a), len(b)) <= axis < 0:
        raise ShapeError(f"cross: axis {axis} for arrays of shapes {a} and {b}; count it from the end")
    if a[axis] != 3 or b[axis] != 3:
        raise ShapeError(f"cross: the vectors have {a[axis]} and {b[axis]} elements along axis {axis}: it is for three")
    broadcast_shapes(a, b)
    return _cross(x1, x2, axis=axis)


def outer(x1: Any, x2: Any, /) -> Any:
    """The products of every element of the vector `x1` (rows) with every element of `x2` (columns). No conjugation."""
    x1, x2 = as_array(x1), as_array(x2)
    if len(x1.shape) != 1 or len(x2.shape) != 1:
        raise ShapeError(f"outer: arrays of shapes {tuple(x1.shape)} and {tuple(x2.shape)} are not both vectors")
    return multiply(reshape(x1, (x1.shape[0], 1)), reshape(x2, (1, x2.shape[0])))


def kron(x1: Any, x2: Any, /) -> Any:
    """Kronecker product: `x2` in the place of every element of `x1`, times that element.

    The shape is the product of the shapes, axis by axis; missing leading axes count as axes of size 1.
    """
    x1, x2 = as_array(x1), as_array(x2)
    n = max(len(x1.shape), len(x2.shape))
    a = (1,) * (n - len(x1.shape)) + tuple(x1.shape)
    b = (1,) * (n - len(x2.shape)) + tuple(x2.shape)
    left = reshape(x1, tuple(d for size in a for d in (size, 1)))
    right = reshape(x2, tuple(d for size in b for d in (1, size)))
    return reshape(multiply(left, right), tuple(p * q for p, q in zip(a, b, strict=True)))


def _diagonal_transpose(ct: Any, x_shape: Any, offset: int) -> Any:
    n = ct.shape[-1]
    down, right = max(-offset, 0), max(offset, 0)
    return Piece(x_shape, (Ellipsis, [down + i for i in range(n)], [right + i for i in range(n)]), ct)


diagonal_: Primitive = linear(
    "diagonal", _diagonal_transpose, promotes="as is",
    domain=Domain(samples=(
        Sample(((3, 3),), {"offset": 0}), Sample(((2, 2, 3),), {"offset": 1}), Sample(((3, 2),), {"offset": -1}),
    )),
    doc="The elements of each matrix on a diagonal.",
)  # fmt: skip


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The elements of each matrix (the last two axes) on a diagonal: `offset` above the main one, or below if negative.

    A read-only view.
    """
    x = as_array(x)
    offset = int_of(offset, "diagonal", "offset")
    if len(x.shape) < 2:
        raise ShapeError(f"diagonal: an array of shape {tuple(x.shape)} is no matrix")
    m, n = x.shape[-2:]
    if not -m < offset < n:  # beyond the corner: not every library says that there is nothing
        return broadcast_to(reshape(x[..., :0, :0], (*x.shape[:-2], 0)), (*x.shape[:-2], 0))
    return view(x, diagonal_(x, offset=offset), lambda base: diagonal_(base, offset=offset), None)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sum of a diagonal of each matrix, in `dtype`; integers are summed in 64 bits."""
    return sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)
