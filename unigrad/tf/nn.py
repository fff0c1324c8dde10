"""Activations and cross entropies (tf.nn). `name` is taken for TensorFlow's sake, and not used."""

from typing import Any

from unigrad.nn import functional as f
from unigrad.ops.elementwise import where
from unigrad.ops.reductions import sum as _sum
from unigrad.tf.constants import convert_to_tensor
from unigrad.tf.unary import log_sigmoid, sigmoid, softplus, tanh

__all__ = [
    "elu",
    "l2_loss",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "relu",
    "relu6",
    "sigmoid",
    "sigmoid_cross_entropy_with_logits",
    "silu",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "softplus",
    "softsign",
    "sparse_softmax_cross_entropy_with_logits",
    "swish",
    "tanh",
]


def relu(features: Any, name: str | None = None) -> Any:
    """max(x, 0), with gradient 0 at 0."""
    return f.relu(convert_to_tensor(features))


def relu6(features: Any, name: str | None = None) -> Any:
    """min(max(x, 0), 6), with gradient 0 at 0 and at 6."""
    x = convert_to_tensor(features)
    return where(x >= 6, 6, f.relu(x))


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Any:
    """x where x > 0, alpha * x elsewhere."""
    return f.leaky_relu(convert_to_tensor(features), alpha)


def elu(features: Any, name: str | None = None) -> Any:
    """x where x > 0, exp(x) - 1 elsewhere."""
    return f.elu(convert_to_tensor(features))


def silu(features: Any, beta: float = 1.0, name: str | None = None) -> Any:
    """x * sigmoid(beta * x)."""
    x = convert_to_tensor(features)
    return x * f.sigmoid(x if beta == 1.0 else beta * x)


swish = silu


def softsign(features: Any, name: str | None = None) -> Any:
    """x / (1 + |x|)."""
    return f.softsign(convert_to_tensor(features))


def softmax(logits: Any, axis: int = -1, name: str | None = None) -> Any:
    """exp(x) / sum(exp(x)) along `axis`, without overflow."""
    return f.softmax(convert_to_tensor(logits), axis)


def log_softmax(logits: Any, axis: int = -1, name: str | None = None) -> Any:
    """log(softmax(x)) along `axis`, without overflow and underflow."""
    return f.log_softmax(convert_to_tensor(logits), axis)


def l2_loss(t: Any, name: str | None = None) -> Any:
    """sum(t**2) / 2."""
    t = convert_to_tensor(t)
    return _sum(t * t) / 2


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1, name: str | None = None) -> Any:
    """-sum(labels * log_softmax(logits)) along `axis`; labels are a distribution, of the shape of `logits`."""
    return f.softmax_cross_entropy(convert_to_tensor(labels), convert_to_tensor(logits), axis)


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: str | None = None) -> Any:
    """-log_softmax(logits)[label] along the last axis; labels are the integer numbers of the right classes.

    Raises:
        ShapeError, DTypeError, OutOfBoundsError: labels that do not fit the logits.
    """
    return f.sparse_softmax_cross_entropy(convert_to_tensor(labels), convert_to_tensor(logits))


def sigmoid_cross_entropy_with_logits(labels: Any, logits: Any, name: str | None = None) -> Any:
    """Cross entropy of independent answers, 0 to 1, element by element, without overflow."""
    return f.sigmoid_cross_entropy(convert_to_tensor(labels), convert_to_tensor(logits))
