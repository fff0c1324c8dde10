"""Layers with TensorFlow's defaults: float32 weights that are `tf.Variable`s."""

from typing import Any

from unigrad import dtypes, nn
from unigrad.tf.constants import Variable


class Layer(nn.Layer):
    """See `unigrad.nn.Layer`. The weights are float32, and input of another floating dtype is cast to that."""

    default_dtype = dtypes.float32

    def _variable(self, value: Any, trainable: bool, name: str) -> Variable:
        return Variable(value, trainable, name=name)


class Dense(Layer, nn.Dense):
    """See `unigrad.nn.Dense`."""


class Activation(Layer, nn.Activation):
    """See `unigrad.nn.Activation`."""


class Dropout(Layer, nn.Dropout):
    """See `unigrad.nn.Dropout`."""


class Flatten(Layer, nn.Flatten):
    """See `unigrad.nn.Flatten`."""
