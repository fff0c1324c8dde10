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
    if call.size == 0:
        return _none(call)
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
    xs = []
    for i, (x, at) in enumerate(zip(call.xs, call.at, strict=True)):
        if at:
            home = backend_of(visible(x))
            x = home.create("ones", (call.shape(i),), home.dtype_of(visible(x)), None)
        xs.append(x)
    out = call.row(*xs, **call.params)
    return TABLE["getitem"](reshape(out, 1, *out.shape), index=slice(0, 0))
