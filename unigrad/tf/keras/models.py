"""Models with TensorFlow's defaults. There is no `compile` and no `fit`: write the loop with a tape."""

from unigrad import nn
from unigrad.tf.keras.layers import Layer


class Model(nn.Model, Layer):
    """See `unigrad.nn.Model`."""


class Sequential(nn.Sequential, Model):
    """See `unigrad.nn.Sequential`."""
