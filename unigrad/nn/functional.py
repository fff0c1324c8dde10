"""Activations and losses as functions of arrays, written over the table's ops: both modes and every order come with them.

Each takes tensors, variables, numbers, lists, NumPy arrays or a backend's own arrays, and gives a tensor.
"""

import math
from typing import Any

from unigrad import dtypes
from unigrad.backend import backend_of, kind_of
from unigrad.errors import DTypeError, ShapeError
from unigrad.leaving import left
from unigrad.lending import constant
from unigrad.ops import elementwise as ew
from unigrad.ops.creation import arange, asarray
from unigrad.ops.elementwise import relu as _relu
from unigrad.ops.linalg import affine as _affine
from unigrad.ops.manipulation import expand_dims, moveaxis, reshape
from unigrad.ops.reductions import mean as _mean
from unigrad.ops.reductions import sum as _sum
from unigrad.ops.softmax import cross_entropy, log_softmax, logsumexp, softmax
from unigrad.ops.special import softplus as _softplus
from unigrad.ops.together import together
from unigrad.primitive import wrap
from unigrad.tensor import Tensor

__all__ = [
    "affine", "elu", "exponential", "flatten", "leaky_relu", "linear", "log_softmax", "logsumexp", "one_hot", "relu",
    "sigmoid", "sigmoid_cross_entropy", "silu", "softmax", "softmax_cross_entropy", "softplus", "softsign",
    "sparse_softmax_cross_entropy", "stop_gradient", "tanh",
]  # fmt: skip


def stop_gradient(x: Any) -> Any:
    """The value of `x` as a constant: no tape, no accumulator and no native autodiff sees what it was computed from."""
    x = asarray(x)
    return wrap(constant(x), left(x._node, "stop_gradient", inside=True))


# -- activations -------------------------------------------------------------------------------------------------------


def linear(x: Any) -> Any:
    """x."""
    return asarray(x)


def relu(x: Any) -> Any:
    """max(x, 0), with derivative 0 at 0."""
    return _relu(x if type(x) is Tensor else asarray(x))


def leaky_relu(x: Any, alpha: float = 0.2) -> Any:
    """x where x > 0, alpha * x elsewhere."""
    x = asarray(x)
    return ew.where(x > 0, x, alpha * x)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), never from the exponential of a positive number, which could overflow."""
    x = asarray(x)
    right = x >= 0
    e = ew.exp(ew.where(right, -x, x))
    return ew.where(right, 1, e) / (1 + e)


def softplus(x: Any) -> Any:
    """log(1 + exp(x)), without overflow."""
    return _softplus(asarray(x))


def softsign(x: Any) -> Any:
    """x / (1 + |x|)."""
    x = asarray(x)
    size = ew.abs(x)
    near = size < 1
    # far from 0 as sign(x) (1 - 1 / (1 + |x|)): the terms of the quotient's derivative cancel there
    return ew.where(near, x / (1 + ew.where(near, size, 1)), ew.sign(x) * (1 - 1 / (1 + size)))


def silu(x: Any) -> Any:
    """x * sigmoid(x), also called swish."""
    x = asarray(x)
    return ew.absorbing_multiply(x, sigmoid(x))  # 0 at -inf


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where x > 0, alpha * (exp(x) - 1) elsewhere."""
    x = asarray(x)
    positive = x > 0
    return ew.where(positive, x, alpha * ew.expm1(ew.where(positive, 0, x)))


def tanh(x: Any) -> Any:
    """Hyperbolic tangent."""
    return ew.tanh(asarray(x))


def exponential(x: Any) -> Any:
    """exp(x)."""
    return ew.exp(asarray(x))


def affine(x: Any, kernel: Any, bias: Any) -> Any:
    """x @ kernel + bias, in one pass where the library has one.

    Args:
        x: (..., features).
        kernel: (features, units).
        bias: (units,), or a shape that broadcasts to that of the product.
    """
    x = x if type(x) is Tensor else asarray(x)
    return _affine(x, kernel, bias)


# -- labels and losses -------------------------------------------------------------------------------------------------


def one_hot(indices: Any, depth: int, on_value: Any = 1, off_value: Any = 0, axis: int = -1, dtype: Any = None) -> Any:
    """`on_value` at the place that each index names along a new axis of size `depth`, `off_value` elsewhere.

    An index outside of 0 to depth - 1 gives `off_value` everywhere. `dtype` is the backend's default float if None.
    """
    indices = asarray(indices)
    if indices.dtype not in dtypes.INTEGERS:
        raise DTypeError(f"one_hot: indices are integers, not {indices.dtype}")
    kind = indices.backend.default_float if dtype is None else dtypes.as_dtype(dtype, indices.backend)
    hits = ew.astype(expand_dims(indices, axis=-1) == arange(depth, dtype=indices.dtype), dtype=kind)
    if (on_value, off_value) != (1, 0):
        hits = off_value + hits * (on_value - off_value)
    return hits if axis in (-1, len(indices.shape)) else moveaxis(hits, -1, axis)


def labelled(labels: Any, outputs: Any) -> tuple[Any, Any]:
    """Both as tensors; labels that are no tensors yet in the library of the outputs."""
    outputs = asarray(outputs)
    found = together("labels", labels, outputs)[0]
    return found if hasattr(found, "_raw") else wrap(found), outputs


def softmax_cross_entropy(labels: Any, logits: Any, axis: int = -1) -> Any:
    """-sum(labels * log_softmax(logits)) along `axis`.

    Args:
        labels: a probability distribution along `axis`, of the shape of `logits`.
        logits: of any finite size; no softmax is taken before.
    """
    labels, logits = labelled(labels, logits)
    if tuple(labels.shape) != tuple(logits.shape):
        raise ShapeError(
            f"labels have the shape {tuple(labels.shape)}, logits {tuple(logits.shape)}: they must be the same"
        )
    return -_sum(labels * log_softmax(logits, axis=axis), axis=axis)


def sparse_softmax_cross_entropy(labels: Any, logits: Any, mean: bool = False) -> Any:
    """-log_softmax(logits)[label] along the last axis.

    Args:
        labels: the number of the right class, an integer array of the shape of `logits` without its last axis.
        logits: (..., classes).
        mean: give the mean over all labels, in one pass, instead of the loss of each.

    Raises:
        ShapeError, DTypeError: the labels do not fit the logits.
        OutOfBoundsError: a label on the CPU is not one of the classes; under a compiler and on a GPU its loss is NaN instead.
    """
    logits = asarray(logits)
    labels = asarray(labels)
    raw, shape = labels._raw, logits._raw.shape
    if kind_of(raw) not in "iu":
        raise DTypeError(f"labels are the integer numbers of the classes, not {labels.dtype}")
    if not shape or raw.shape != shape[:-1]:
        raise ShapeError(
            f"labels have the shape {labels.shape}, logits {logits.shape}: one label for each row of logits"
        )
    backend = backend_of(raw)
    if not backend.is_traced(raw) and backend.device_of(raw) == "cpu":
        return cross_entropy(logits, labels=raw, mean=mean)  # which looks at the labels
    invalid = (labels < 0) | (labels >= logits.shape[-1])
    loss = cross_entropy(logits, labels=ew.where(invalid, 0, labels).raw, mean=False)
    loss = ew.where(invalid, math.nan, loss)
    return _mean(loss) if mean else loss


def sigmoid_cross_entropy(labels: Any, logits: Any) -> Any:
    """-labels * log(sigmoid(logits)) - (1 - labels) * log(1 - sigmoid(logits)), without overflow, element by element."""
    labels, logits = labelled(labels, logits)
    if tuple(labels.shape) != tuple(logits.shape):
        raise ShapeError(
            f"labels have the shape {tuple(labels.shape)}, logits {tuple(logits.shape)}: they must be the same"
        )
    # not softplus(x) - labels * x, whose terms cancel where the answer is right and sure
    return labels * softplus(-logits) + (1 - labels) * softplus(logits)


def flatten(x: Any) -> Any:
    """All axes but the first as one."""
    x = asarray(x)
    if not x.shape:
        raise ShapeError("flatten: an array of no axes has no first one to keep")
    rest = math.prod(x.shape[1:])
    return reshape(x, (x.shape[0], rest))
