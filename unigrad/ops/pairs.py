"""Real and imaginary parts side by side in one array of real numbers, and back: what NumPy's ``x.view(dtype)`` is for."""

from collections.abc import Callable
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.errors import DTypeError, ShapeError
from unigrad.kinds import linear
from unigrad.ops.elementwise import imag, real
from unigrad.ops.manipulation import reshape, stack
from unigrad.primitive import Domain, Primitive, Sample
from unigrad.views import view


def _as_pairs(z: Any) -> Any:
    return stack((real(z), imag(z)), axis=-1)


as_complex: Primitive = linear(
    "as_complex", lambda ct: _as_pairs(ct), promotes="as is",
    domain=Domain(complex=False, samples=(Sample(((2, 3, 2),), {}), Sample(((2,),), {}), Sample(((0, 2),), {}))),
    doc="The pairs along the last axis as complex numbers, whatever they are: an infinite part leaves the other as it is.",
)  # fmt: skip


def _parts(z: Any) -> Any:
    return reshape(_as_pairs(z), (*z.shape[:-1], 2 * z.shape[-1]))


def _whole(x: Any) -> Any:
    return as_complex(reshape(x, (*x.shape[:-1], x.shape[-1] // 2, 2)))


def view_as(x: Any, dtype: Any) -> Any:
    """The memory of a tensor read as another dtype, for what has a derivative. A view.

    Complex numbers are read as pairs of reals along the last axis, twice as long, and pairs of reals as complex numbers.

    Raises:
        DTypeError: any other change of dtype: its values would not be those of a differentiable function.
        ShapeError: no dimensions, or a last axis of odd length.
    """
    goal = dtypes.as_dtype(np.dtype(dtype) if dtype in (float, complex, int, bool) else dtype)
    have = x.dtype
    if goal == have:
        return x[...]
    take: Callable[[Any], Any]
    put: Callable[[Any], Any]
    if have.kind == "c" and goal.itemsize * 2 == have.itemsize and goal.kind == "f":
        take, put = _parts, _whole
    elif goal.kind == "c" and have.itemsize * 2 == goal.itemsize and have.kind == "f":
        take, put = _whole, _parts
    else:
        raise DTypeError(
            f"view: {have} read as {goal} is no differentiable function; complex numbers are read as floats of half "
            f"their size, and back. For the same numbers in another dtype say astype"
        )
    if not x.shape:
        raise ShapeError("view: a tensor of no dimensions cannot be read in a dtype of another size")
    if goal.kind == "c" and x.shape[-1] % 2:
        raise ShapeError(f"view: a last axis of {x.shape[-1]} real numbers is not one of pairs")
    return view(x, take(x), take, lambda base, value: put(value))
