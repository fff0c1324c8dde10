"""Modules, layers, optimizers and losses, for every backend."""

from unigrad.nn import activations, functional, initializers, losses, optimizers
from unigrad.nn.convolution import avg_pool, conv, max_pool
from unigrad.nn.layer import Layer
from unigrad.nn.layers import Activation, Dense, Dropout, Flatten
from unigrad.nn.models import Model, Sequential
from unigrad.nn.module import Module
from unigrad.nn.optimizers import SGD, Adam
from unigrad.variable import name_scope

__all__ = [
    "SGD",
    "Activation",
    "Adam",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "Model",
    "Module",
    "Sequential",
    "activations",
    "avg_pool",
    "conv",
    "functional",
    "initializers",
    "losses",
    "max_pool",
    "name_scope",
    "optimizers",
]
