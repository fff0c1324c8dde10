"""Convolution and pooling, as functions of arrays in the layout (N, C, *spatial)."""

from unigrad.ops.convolution import conv
from unigrad.ops.pooling import avg_pool, max_pool

__all__ = ["avg_pool", "conv", "max_pool"]
