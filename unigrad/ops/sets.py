"""Set functions of the standard, all by one stable sort of the flattened array.

Equal elements make one value, NaNs differ from one another, and complex numbers are in order of their real parts, then of their
imaginary ones. A value that occurs n times has the gradient 1/n in each of its occurrences: the even split of a tie.
"""

from typing import Any, NamedTuple

import numpy as np

from unigrad import dtypes, primitive
from unigrad.backend import backend_of
from unigrad.cotangents import scale
from unigrad.kinds import constant, general
from unigrad.lending import settle
from unigrad.operands import SCALARS
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import is_complex
from unigrad.ops.indexing import getitem, scatter
from unigrad.ops.manipulation import reshape, size_of
from unigrad.ops.searching import values_known
from unigrad.ops.sorting import argsort_
from unigrad.primitive import TABLE, Domain, Primitive, Sample


class UniqueAllResult(NamedTuple):
    """What `unique_all` returns."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCountsResult(NamedTuple):
    """What `unique_counts` returns."""

    values: Any
    counts: Any


class UniqueInverseResult(NamedTuple):
    """What `unique_inverse` returns."""

    values: Any
    inverse_indices: Any


def _unique_vjp(ct: Any, x_shape: Any, x_dtype: Any, inverse: Any, counts: Any) -> Any:
    return reshape(getitem(_shared(ct, counts, x_dtype), index=inverse), x_shape)


def _unique_jvp(t: Any, x_dtype: Any, inverse: Any, counts: Any) -> Any:
    total = scatter(reshape(t, (-1,)), shape=tuple(counts.shape), indices=(inverse,))
    return _shared(total, counts, x_dtype)


def _shared(x: Any, counts: Any, dtype: Any) -> Any:
    return scale(x, 1 / TABLE["astype"](numbers_of(x, numbers=counts), dtype=dtype))


unique_values_: Primitive = general(
    "unique_values",
    vjp=_unique_vjp,
    jvp=_unique_jvp,
    promotes="as is",
    domain=Domain(samples=(
        Sample(((4,),), {"first": np.array([2, 0, 3, 1]), "inverse": np.array([1, 3, 0, 2]), "counts": np.ones(4, int)}),
    )),
    doc="The elements `first` of the flattened array, each standing for all the `counts` elements that are equal to it.",
)  # fmt: skip
numbers_of: Primitive = constant(
    "numbers_of", promotes="as is", domain=Domain(samples=(Sample(((2, 3),), {"numbers": np.arange(3)}),)),
    doc="Integers that were worked out of x.",
)  # fmt: skip
_isin: Primitive = constant(
    "isin",
    args=("x", "y"),
    domain=Domain(samples=(Sample(((2, 3), (4,)), {"invert": False}), Sample(((3,), (2, 2)), {"invert": True}))),
    doc="Which elements of x are among those of y.",
)


def _order(flat: Any) -> Any:
    """The stable order of a raw 1-d array; of complex numbers by the real parts, then the imaginary ones."""
    if str(flat.dtype).endswith("bool"):
        flat = TABLE["astype"](flat, dtype=dtypes.uint8)
    if not is_complex(flat):
        return argsort_(flat, axis=0, descending=False, stable=True)
    order = _order(TABLE["imag"](flat))
    return getitem(order, index=_order(getitem(TABLE["real"](flat), index=order)))


def _groups(x: Any, what: str) -> tuple[Any, Any, Any, Any]:
    """The array; and raw: where each value is first, which value each element has, how many have it."""
    x = as_array(x)
    values_known(x, what)
    raw = settle(x) if type(x) is primitive.Tensor else x
    backend = backend_of(raw)
    n = size_of(raw.shape)
    order = _order(TABLE["reshape"](raw, shape=(n,)))
    line = getitem(TABLE["reshape"](raw, shape=(n,)), index=order)
    change = TABLE["not_equal"](getitem(line, index=slice(1, None)), getitem(line, index=slice(None, -1)))
    one = TABLE["ones_like"](TABLE["astype"](getitem(order, index=slice(0, 1)), dtype=dtypes.bool_))
    starts = TABLE["concat"](one, change, axis=0)
    begin = getitem(TABLE["nonzero"](starts), index=0)
    number = TABLE["cumulative_sum"](TABLE["astype"](starts, dtype=backend.default_int), axis=0) - 1
    inverse = TABLE["setitem"](number, number, index=order)
    end = TABLE["concat"](
        getitem(begin, index=slice(1, None)), TABLE["zeros_like"](getitem(begin, index=slice(0, 1))) + n, axis=0
    )
    return x, getitem(order, index=begin), inverse, end - begin


def _values(x: Any, first: Any, inverse: Any, counts: Any) -> Any:
    return unique_values_(x, first=first, inverse=inverse, counts=counts)


def unique_all(x: Any, /) -> UniqueAllResult:
    """The distinct elements of the flattened `x` in order, where each is first, which of them each element is, and their counts.

    The gradient of a value is shared evenly by its occurrences; the three others are integers, with derivative zero.

    Raises:
        ShapeError: under a compiler, for the shapes depend on the values.
    """
    x, first, inverse, counts = _groups(x, "unique_all")
    return UniqueAllResult(
        _values(x, first, inverse, counts),
        numbers_of(x, numbers=first),
        numbers_of(x, numbers=reshape(inverse, tuple(x.shape))),
        numbers_of(x, numbers=counts),
    )


def unique_counts(x: Any, /) -> UniqueCountsResult:
    """The distinct elements of `x`, and how often each occurs; see `unique_all`."""
    x, first, inverse, counts = _groups(x, "unique_counts")
    return UniqueCountsResult(_values(x, first, inverse, counts), numbers_of(x, numbers=counts))


def unique_inverse(x: Any, /) -> UniqueInverseResult:
    """The distinct elements of `x`, and which of them each element is; see `unique_all`."""
    x, first, inverse, counts = _groups(x, "unique_inverse")
    which = numbers_of(x, numbers=reshape(inverse, tuple(x.shape)))
    return UniqueInverseResult(_values(x, first, inverse, counts), which)


def unique_values(x: Any, /) -> Any:
    """The distinct elements of `x` in order; see `unique_all`."""
    return _values(*_groups(x, "unique_values"))


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    """Which elements of `x1` are (with `invert`: are not) among those of `x2`; either may be a Python number."""
    if type(x2) in SCALARS:
        return TABLE["not_equal" if invert else "equal"](as_array(x1), x2)
    x2 = as_array(x2)
    if type(x1) in SCALARS:
        found = TABLE["any"](TABLE["equal"](x2, x1), axis=None, keepdims=False)
        return TABLE["logical_not"](found) if invert else found
    return _isin(as_array(x1), x2, invert=invert)
