"""Convolution and pooling: examples are part of the batch (N), and where the weights differ too, groups of their own.

No examples would be no batch and no groups, of which the libraries make nothing: see `loop`.
"""

from unigrad.backend import Raw
from unigrad.batching.call import Call, move, reshape


def pooling(call: Call) -> Raw:
    """(N, C, *spatial): the examples go into N."""
    _some(call)
    xs = [call.full(i) for i in range(len(call.xs))]
    return _parted(call.run(*map(_merged, xs)), call.size)


def _some(call: Call) -> None:
    if not call.size:
        raise NotImplementedError


def _merged(x: Raw) -> Raw:
    """The examples and the next axis as one."""
    return reshape(x, x.shape[0] * x.shape[1], *x.shape[2:])


def _parted(x: Raw, size: int) -> Raw:
    """The examples out of the first axis."""
    return reshape(x, size, x.shape[0] // size, *x.shape[1:])


def _in_channels(x: Raw) -> Raw:
    """(examples, N, C, ...) as (N, examples * C, ...)."""
    moved = move(x, 0, 1)
    return reshape(moved, moved.shape[0], moved.shape[1] * moved.shape[2], *moved.shape[3:])


def _out_of_channels(x: Raw, size: int) -> Raw:
    """(N, examples * C, ...) as (examples, N, C, ...)."""
    return move(reshape(x, x.shape[0], size, x.shape[1] // size, *x.shape[2:]), 1, 0)


def conv(call: Call) -> Raw:
    """x (N, C, ...) with w (O, C / groups, ...), or the transpose with respect to x."""
    _some(call)
    if not call.at[1]:
        return _parted(call.run(_merged(call.xs[0]), call.xs[1]), call.size)
    out = call.run(_in_channels(call.full(0)), _merged(call.full(1)), groups=call.params["groups"] * call.size)
    return _out_of_channels(out, call.size)


def conv_weight(call: Call) -> Raw:
    """x (N, C, ...) with y (N, O, ...): a weight (O, C / groups, ...)."""
    _some(call)
    out = call.run(_in_channels(call.full(0)), _in_channels(call.full(1)), groups=call.params["groups"] * call.size)
    return _parted(out, call.size)
