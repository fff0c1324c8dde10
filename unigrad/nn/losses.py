"""Losses: functions of (y_true, y_pred), averaged over the batch."""

from collections.abc import Callable
from typing import Any

from unigrad.nn import functional as f
from unigrad.ops import elementwise as ew
from unigrad.ops.creation import asarray
from unigrad.ops.manipulation import expand_dims, squeeze
from unigrad.ops.reductions import mean, sum  # noqa: A004


def of_one_rank(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Both as tensors. A last axis of size 1 that one of them lacks is put there, as Keras does: (n,) next to (n, 1) are n pairs,
    and would broadcast to n * n.
    """
    t, p = f.labelled(y_true, y_pred)
    missing = len(p.shape) - len(t.shape)
    if missing == 1 and t.shape and p.shape[-1] == 1:
        t = expand_dims(t, axis=-1)
    elif missing == -1 and p.shape and t.shape[-1] == 1:
        p = expand_dims(p, axis=-1)
    return t, p


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """mean((y_true - y_pred)**2) over the last axis."""
    t, p = of_one_rank(y_true, y_pred)
    return mean(ew.square(p - t), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """mean(|y_true - y_pred|) over the last axis."""
    t, p = of_one_rank(y_true, y_pred)
    return mean(ew.abs(p - t), axis=-1)


class Loss:
    """The mean over the batch of a function of (y_true, y_pred) that gives one number for each member."""

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        self.function = function

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        return mean(self.function(y_true, y_pred))


class MeanSquaredError(Loss):
    """mean((y_true - y_pred)**2)."""

    def __init__(self) -> None:
        super().__init__(mean_squared_error)


class MeanAbsoluteError(Loss):
    """mean(|y_true - y_pred|)."""

    def __init__(self) -> None:
        super().__init__(mean_absolute_error)


class SparseCategoricalCrossentropy(Loss):
    """-log of the probability of the right class; y_true is its number, y_pred logits or probabilities over the last axis."""

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = from_logits

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        logits = asarray(y_pred) if self.from_logits else _logits(y_pred)
        labels = asarray(y_true)
        if len(labels.shape) == len(logits.shape) > 1 and labels.shape[-1] == 1:  # a column of labels, as Keras has it
            labels = squeeze(labels, -1)
        return f.sparse_softmax_cross_entropy(labels, logits, mean=True)


class CategoricalCrossentropy(Loss):
    """-log of the probability of the right class; y_true is one-hot, y_pred logits or probabilities over the last axis."""

    def __init__(self, from_logits: bool = False) -> None:
        super().__init__(lambda t, p: f.softmax_cross_entropy(t, p if from_logits else _logits(p)))


class BinaryCrossentropy(Loss):
    """-log of the probability of the right answer, 0 or 1; y_pred logits or probabilities."""

    def __init__(self, from_logits: bool = False) -> None:
        super().__init__(lambda t, p: mean(_binary(t, p, from_logits), axis=-1))


def _logits(probabilities: Any) -> Any:
    # divided by their sum, as Keras does; clipped so that a probability of 0 gives a large loss and not an infinite one
    p = asarray(probabilities)
    p = p / sum(p, axis=-1, keepdims=True)
    return ew.log(ew.clip(p, 1e-7, 1 - 1e-7))


def _binary(y_true: Any, y_pred: Any, from_logits: bool) -> Any:
    t, p = of_one_rank(y_true, y_pred)
    if from_logits:
        return f.sigmoid_cross_entropy(t, p)
    p = ew.clip(p, 1e-7, 1 - 1e-7)
    return -(t * ew.log(p) + (1 - t) * ew.log(1 - p))
