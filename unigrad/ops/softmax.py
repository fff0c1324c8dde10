"""Softmax and its relatives: shifted by the largest element, so that nothing overflows."""

from typing import Any

from unigrad.cotangents import scale
from unigrad.kinds import general
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import exp, isnan, where
from unigrad.ops.manipulation import axes_of, axis_of, size_of
from unigrad.ops.reductions import Axis, _floating, _kept, _sum
from unigrad.primitive import TABLE, Domain, Primitive, Sample

_ALONG = Domain(complex=False, samples=(Sample(((2, 3),), {"axis": 1}), Sample(((3, 2),), {"axis": 0})))
_LABELLED = Domain(
    complex=False,
    samples=(Sample(((2, 3),), {"labels": [2, 0]}), Sample(((2, 1, 3),), {"labels": [[1], [1]]})),
)


def _weights(x: Any, out: Any, axis: Any, keepdims: bool) -> Any:
    # not by softmax(x), whose largest element could be of another group of axes
    e = exp(x - _kept(out, tuple(x.shape), axis, keepdims))
    total = _sum(e, axis=axis, keepdims=True)  # 1 but for the rounding of out, which is in units of x
    return e / where(isnan(total), 1, total)  # next to an infinity, whose own weight is NaN, the others' are 0


_logsumexp: Primitive = general(
    "logsumexp",
    vjp=lambda ct, x, out, axis, keepdims: scale(
        _kept(ct, tuple(x.shape), axis, keepdims), _weights(x, out, axis, keepdims)
    ),
    jvp=lambda t, x, out, axis, keepdims: _sum(
        scale(t, _weights(x, out, axis, keepdims)), axis=axis, keepdims=keepdims
    ),
    promotes="float",
    domain=Domain(
        complex=False,
        samples=(
            Sample(((2, 3),), {"axis": None, "keepdims": False}),
            Sample(((2, 3, 2),), {"axis": (0, 2), "keepdims": True}),
            Sample(((2, 3),), {"axis": (1,), "keepdims": False}),
        ),
    ),
    doc="log(sum(exp(x))) over axes.",
)


def _softmax_rule(t: Any, out: Any, axis: int) -> Any:
    # the Jacobian diag(y) - y y^T is its own transpose
    weighted = scale(t, out)
    return weighted - scale(_sum(weighted, axis=(axis,), keepdims=True), out)


_softmax: Primitive = general(
    "softmax", vjp=_softmax_rule, jvp=_softmax_rule, promotes="float", domain=_ALONG,
    doc="exp(x) / sum(exp(x)) along an axis.",
)  # fmt: skip
_log_softmax: Primitive = general(
    "log_softmax",
    vjp=lambda ct, out, axis: ct - scale(_sum(ct, axis=(axis,), keepdims=True), exp(out)),
    jvp=lambda t, out, axis: t - _sum(scale(t, exp(out)), axis=(axis,), keepdims=True),
    promotes="float",
    domain=_ALONG,
    doc="log(softmax(x)) along an axis, exact where the softmax would be 0 by underflow.",
)

surplus: Primitive = general(
    "surplus",
    vjp=lambda ct, x, labels: _softmax_rule(ct, _softmax(x, axis=-1), len(x.shape) - 1),
    jvp=lambda t, x, labels: _softmax_rule(t, _softmax(x, axis=-1), len(x.shape) - 1),
    promotes="float",
    domain=_LABELLED,
    doc="softmax(x) along the last axis, less 1 at the place that each label names: the derivative of `cross_entropy`.",
)


def _share(ct: Any, x: Any, mean: bool) -> Any:
    """The cotangent of each label's loss, with an axis for the classes."""
    if mean:
        return ct * (1 / max(size_of(x.shape[:-1]), 1))
    return TABLE["reshape"](ct, shape=(*ct.shape, 1))


def _cross_entropy_jvp(t: Any, x: Any, labels: Any, mean: bool) -> Any:
    each = _sum(scale(t, surplus(x, labels=labels)), axis=(len(x.shape) - 1,), keepdims=False)
    return TABLE["mean"](each, axis=None, keepdims=False) if mean else each


cross_entropy: Primitive = general(
    "cross_entropy",
    vjp=lambda ct, x, labels, mean: scale(_share(ct, x, mean), surplus(x, labels=labels)),
    jvp=_cross_entropy_jvp,
    promotes="float",
    domain=Domain(
        complex=False,
        samples=tuple(Sample(s.shapes, {**s.params, "mean": m}) for s in _LABELLED.samples for m in (False, True)),
    ),
    doc="-log_softmax(x)[label] along the last axis, for one label (an integer from 0) in place of that axis; or its mean.",
)


def logsumexp(x: Any, /, axis: Axis = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) over `axis` (None: all), shifted by the largest element so that nothing overflows."""
    x = as_array(x)
    axes = None if axis is None else axes_of(axis, len(x.shape), "logsumexp")
    return _logsumexp(x, axis=axes, keepdims=keepdims)


def _operand(x: Any, what: str) -> Any:
    x = as_array(x)
    return _floating(x, what) if 0 in x.shape else x  # a library has no reason to refuse no integers


def softmax(x: Any, /, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along `axis`, shifted by the largest element so that nothing overflows."""
    x = _operand(x, "softmax")
    return _softmax(x, axis=axis_of(axis, len(x.shape), "softmax"))


def log_softmax(x: Any, /, axis: int = -1) -> Any:
    """log(softmax(x)) along `axis`, exact where the softmax would be 0 by underflow."""
    x = _operand(x, "log_softmax")
    return _log_softmax(x, axis=axis_of(axis, len(x.shape), "log_softmax"))
