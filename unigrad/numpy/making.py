"""Making arrays: NumPy's functions that it never hands over, with tensors among what they are made of."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from unigrad.errors import DTypeError, ShapeError
from unigrad.ops import elementwise as ew
from unigrad.ops import manipulation as mv
from unigrad.ops import reductions
from unigrad.ops.creation import dims_of
from unigrad.protocols.arguments import (
    cast,
    constant_like,
    first_tensor,
    floating,
    holds_tensors,
    is_tensor,
    tensor,
    tensors,
)


def _or_numpy(theirs: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator: NumPy's own function where no tensor is among the arguments."""

    def decorate(ours: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(theirs)
        def call(*args: Any, **kwargs: Any) -> Any:
            if holds_tensors(args) or (kwargs and holds_tensors(kwargs)):
                return ours(*args, **kwargs)
            return theirs(*args, **kwargs)

        return call

    return decorate


@_or_numpy(np.array)
def array(
    object: Any, dtype: Any = None, *, copy: Any = True, order: str = "K", subok: bool = False, ndmin: int = 0,
    ndmax: int = 0, like: Any = None,
) -> Any:  # fmt: skip
    """A tensor of nested lists with tensors in them: connected with each. A single tensor is copied."""
    out = cast(tensor(object, first_tensor((object, like))), dtype)
    if out.ndim < ndmin:
        out = mv.reshape(out, (*(1,) * (ndmin - out.ndim), *out.shape))
    if ndmax and out.ndim > ndmax:
        raise ShapeError(f"array: {out.ndim} dimensions, where ndmax={ndmax} are the most")
    if copy and is_tensor(object):
        return ew.astype(out, dtype=out.dtype)
    return out


def _as_it_is(theirs: Callable[..., Any]) -> Callable[..., Any]:
    @_or_numpy(theirs)
    def make(a: Any, dtype: Any = None, *args: Any, **options: Any) -> Any:
        like = options.get("like")
        return cast(tensor(a, first_tensor((a, like))), dtype)

    return make


asarray = _as_it_is(np.asarray)
asanyarray = _as_it_is(np.asanyarray)
ascontiguousarray = _as_it_is(np.ascontiguousarray)
asfortranarray = _as_it_is(np.asfortranarray)
require = _as_it_is(np.require)


@_or_numpy(np.asarray_chkfinite)
def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    """A tensor, of which no element is infinite or NaN."""
    out = cast(tensor(a), dtype)
    if not bool(reductions.all(ew.isfinite(out))):
        raise ShapeError("asarray_chkfinite: the array holds infinities or NaNs")
    return out


@_or_numpy(np.full)
def full(
    shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", *, device: Any = None, like: Any = None
) -> Any:
    """The tensor `fill_value` in another shape: each of its elements is connected with all that it fills."""
    value = cast(tensor(fill_value, first_tensor((fill_value, like))), dtype)
    return mv.spread_to(value, dims_of(shape))


@_or_numpy(np.arange)
def arange(
    start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None, like: Any = None
) -> Any:
    """start, start + step, ...: connected with both. How many there are is constant."""
    if stop is None:
        start, stop = 0, start
    first, last, by = tensors(start, stop, step)
    count = np.arange(*(float(v.detach()) for v in (first, last, by))).size
    first, by = (x if x.dtype.kind in "iu" and last.dtype.kind in "iu" else floating(x) for x in (first, by))
    places = constant_like(np.arange(count), first)
    return cast(first + by * cast(places, by.dtype), dtype)


@functools.wraps(np.fromfunction)
def fromfunction(
    function: Callable[..., Any], shape: Any, *, dtype: Any = float, like: Any = None, **kwargs: Any
) -> Any:
    """What `function` makes of the coordinates, ndarrays; it may compute with tensors."""
    return function(*np.indices(shape, dtype=dtype), **kwargs)


@functools.wraps(np.fromiter)
def fromiter(iter: Any, dtype: Any, count: int = -1, *, like: Any = None) -> Any:
    """A vector of the elements of an iterable, tensors or numbers."""
    found: list[Any] = []
    for item in iter:
        if count >= 0 and len(found) == count:
            break
        found.append(item)
    if len(found) < count:
        raise ShapeError(f"fromiter: {len(found)} elements, where count={count} are asked for")
    return cast(tensor(found), dtype) if holds_tensors(found) else np.fromiter(found, dtype)


class vectorize:
    """A function of numbers as one of arrays: called once for each element, and connected with each; a loop, as in NumPy."""

    def __init__(
        self, pyfunc: Callable[..., Any], otypes: Any = None, doc: str | None = None, excluded: Any = None,
        cache: bool = False, signature: str | None = None,
    ) -> None:  # fmt: skip
        self.pyfunc = pyfunc
        self.signature = signature
        self.excluded = set(excluded or ())
        self.__doc__ = doc or pyfunc.__doc__
        self._numpy = np.vectorize(pyfunc, otypes, doc, excluded, cache, signature)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not (holds_tensors(args) or holds_tensors(kwargs)):
            return self._numpy(*args, **kwargs)
        if self.signature is not None:
            raise DTypeError("vectorize: a signature= is not supported for tensors: np.stack the results of a loop")
        keys: list[Any] = [k for k in (*range(len(args)), *kwargs) if k not in self.excluded]
        given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
        spread = mv.broadcast_arrays(*tensors(*(given[k] for k in keys)))
        shape = spread[0].shape
        if 0 in shape:
            raise ShapeError("vectorize: there is no element to call the function with")
        results = []
        for i in np.ndindex(shape):
            given.update({k: x[i] if i else x for k, x in zip(keys, spread, strict=True)})
            results.append(self.pyfunc(*(given[k] for k in range(len(args))), **{k: given[k] for k in kwargs}))
        if isinstance(results[0], tuple):
            return tuple(mv.reshape(tensor(list(column), spread[0]), shape) for column in zip(*results, strict=True))
        return mv.reshape(tensor(results, spread[0]), shape)
