"""What a row without a batching rule gets: one example after the other."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from unigrad.backend import Raw, backend_of
from unigrad.batched import visible
from unigrad.batching.call import Call, reshape
from unigrad.errors import BatchingWarning, NoRuleError
from unigrad.primitive import TABLE

#: rows of which it was said once
_said: set[str] = set()
_policy: ContextVar[tuple[bool, bool]] = ContextVar("unigrad_batching_loops", default=(True, True))


@contextmanager
def policy(*, allowed: bool, warned: bool) -> Iterator[None]:
    """Whether rows may run in a loop inside the block, and whether that is said."""
    token = _policy.set((allowed, warned))
    try:
        yield
    finally:
        _policy.reset(token)


def loop(call: Call) -> Raw:
    """The row for each example alone, and the results side by side."""
    if call.size == 0:
        return _none(call)
    allowed, warned = _policy.get()
    if not allowed:
        raise NoRuleError(
            f"vmap: {call.row.name!r} has no batching rule for these arguments, and a loop over the examples is not allowed"
        )
    if warned and call.row.name not in _said:
        _said.add(call.row.name)
        warnings.warn(
            f"vmap: {call.row.name!r} has no batching rule for these arguments, and runs in a loop over the examples: give its "
            f"row one (batch=...) if that takes too long",
            BatchingWarning,
            stacklevel=2,
        )
    outs = [_one(call, k) for k in range(call.size)]
    return TABLE["concat"](*(reshape(out, 1, *out.shape) for out in outs), axis=0)


def _one(call: Call, k: int) -> Raw:
    xs = [TABLE["getitem"](x, index=k) if at else x for x, at in zip(call.xs, call.at, strict=True)]
    home = backend_of(visible(next(x for x, at in zip(call.xs, call.at) if at))) if any(call.at) else None
    if home is not None:  # an element of NumPy's is no array
        xs = [home.asarray(x, None, None, False) if isinstance(x, np.generic) else x for x in xs]
    return call.row(*xs, **{name: _example(call, p, k) for name, p in call.params.items()})


def _example(call: Call, param: Any, k: int) -> Any:
    if call.holds(param):
        return TABLE["getitem"](param.raw, index=k)
    if type(param) in (tuple, list):
        return type(param)(_example(call, p, k) for p in param)
    return param


def _none(call: Call) -> Raw:
    """No examples: what one of ones would give, none of it."""
    xs = [_ones(x, call.shape(i)) if at else x for i, (x, at) in enumerate(zip(call.xs, call.at, strict=True))]
    out = call.row(*xs, **{name: _first(call, p) for name, p in call.params.items()})
    return TABLE["getitem"](reshape(out, 1, *out.shape), index=slice(0, 0))


def _ones(x: Raw, shape: tuple[int, ...]) -> Raw:
    home = backend_of(visible(x))
    return home.beside(np.ones(shape, home.dtype_of(visible(x))), None, visible(x))


def _first(call: Call, param: Any) -> Any:
    """A parameter of examples that are not there: zeros, which are the numbers of something whatever they count."""
    if call.holds(param):
        return TABLE["zeros_like"](_ones(param.raw, param.shape))
    if type(param) in (tuple, list):
        return type(param)(_first(call, p) for p in param)
    return param
