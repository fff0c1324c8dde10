"""Layer: a module that is called, and makes its weights when it sees its first input."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from unigrad import dtypes
from unigrad.errors import DTypeError, ShapeError
from unigrad.nn import initializers
from unigrad.nn.initializers import Initializer
from unigrad.nn.module import Module, snake_case, unique_name
from unigrad.ops.creation import asarray
from unigrad.ops.elementwise import astype
from unigrad.variable import Variable, current_scope, name_scope


class Layer(Module):
    """A module that is called. A subclass writes `call`, and `build` if it has weights.

    The weights are made by `build` at the first call, when the shape of the input is known. Their names begin with the layer's;
    inside another layer's first call, with that layer's too.

    Args:
        name: of the layer. By default the name of its class in snake_case, made unique in the process: the first unnamed
            `Dense` is ``dense``, the second ``dense_1``.
        dtype: of the weights, and what floating input is cast to. By default that of the first input.
        trainable: whether `trainable_variables` has the weights in it.
    """

    #: what a layer without a dtype of its own takes; None: the first input's
    default_dtype: Any = None
    #: whether what is built inside the first call is named after this layer
    names_inner = True

    # for subclasses that do not call __init__
    dtype: Any = None
    trainable = True
    built = False

    def __init__(self, name: str | None = None, dtype: Any = None, trainable: bool = True) -> None:
        super().__init__(name or unique_name(snake_case(type(self).__name__)))
        dtype = self.default_dtype if dtype is None else dtype
        self.dtype = None if dtype is None else dtypes.as_dtype(dtype)
        if self.dtype is not None and not dtypes.is_float(self.dtype):
            raise DTypeError(f"layer {self.name!r}: weights are of a floating dtype, not {self.dtype}")
        self.trainable = bool(trainable)
        self.built = False

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the weights for input of this shape, with `add_weight`."""

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes."""
        raise NotImplementedError(f"{type(self).__name__} has no `call`")

    def add_weight(
        self,
        name: str = "weight",
        shape: Sequence[int] = (),
        initializer: str | Initializer = "glorot_uniform",
        trainable: bool = True,
        dtype: Any = None,
    ) -> Variable:
        """A new variable of this layer, to be kept in an attribute."""
        value = initializers.get(initializer)(tuple(shape), dtype=dtype or self.dtype)
        inside = current_scope().endswith(f"{self.name}/")  # not when `build` is called by itself
        with nullcontext() if inside else name_scope(self.name):
            return self._variable(value, trainable, name)

    def _variable(self, value: Any, trainable: bool, name: str) -> Variable:
        return Variable(value, trainable=trainable, name=name)

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        inputs = self._as_input(inputs)
        if self.built:
            return self.call(inputs, *args, **kwargs)
        with name_scope(self.name) if self.names_inner else nullcontext():
            self.build(tuple(getattr(inputs, "shape", ())))
            self.built = True
            return self.call(inputs, *args, **kwargs)

    def _as_input(self, inputs: Any) -> Any:
        """A tensor of the layer's dtype. A list of tensors, or a dict, is several inputs and stays as it is."""
        several = isinstance(inputs, list | tuple) and any(hasattr(i, "shape") for i in inputs)
        if several or isinstance(inputs, dict):
            return inputs
        if self.dtype is None:  # the first input decides
            given = inputs if hasattr(inputs, "dtype") else asarray(inputs)
            have = dtypes.as_dtype(given.dtype)
            self.dtype = have if dtypes.is_float(have) else asarray(0.0).dtype
        if not hasattr(inputs, "dtype") or (isinstance(inputs, np.ndarray) and inputs.dtype.kind == "f"):
            return asarray(inputs, dtype=self.dtype)
        x = asarray(inputs)
        return astype(x, dtype=self.dtype) if dtypes.is_float(x.dtype) and x.dtype != self.dtype else x

    # -- weights by Keras's names ----------------------------------------------------------------------------------
    @property
    def weights(self) -> list[Variable]:
        """All variables, as a list."""
        return list(self.variables)

    @property
    def trainable_weights(self) -> list[Variable]:
        """The trainable variables, as a list."""
        return list(self.trainable_variables)

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """The values of all variables, as NumPy arrays."""
        return [v.numpy() for v in self.variables]

    def set_weights(self, values: Sequence[Any]) -> None:
        """Assign one value to each variable, in the order of `variables`; the layer must be built."""
        mine = self.variables
        if len(values) != len(mine):
            built = "" if self.built else ": it makes its weights at the first call"
            raise ShapeError(f"layer {self.name!r} has {len(mine)} weights, and was given {len(values)}{built}")
        for v, value in zip(mine, values, strict=True):
            v.assign(value)

    def count_params(self) -> int:
        """The number of numbers in all variables."""
        return sum(v.size for v in self.variables)
