"""Modules, layers, optimizers and losses, for every backend."""

from unigrad.nn import activations, functional, initializers, losses, optimizers
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
    "functional",
    "initializers",
    "losses",
    "name_scope",
    "optimizers",
]
