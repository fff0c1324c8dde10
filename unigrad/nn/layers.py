"""The layers that come with unigrad."""

from typing import Any

import numpy as np

from unigrad.errors import ShapeError
from unigrad.nn import activations, initializers
from unigrad.nn import functional as f
from unigrad.nn.initializers import Initializer
from unigrad.nn.layer import Layer
from unigrad.ops.elementwise import astype
from unigrad.random import uniform
from unigrad.variable import Variable


class Dense(Layer):
    """activation(inputs @ kernel + bias).

    Args:
        units: size of the output's last axis.
        activation: a name of `unigrad.nn.activations`, a function, or None for none.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: a name of `unigrad.nn.initializers`, or a function of (shape, dtype).
        name, dtype, trainable: see `Layer`.

    Input has the shape (..., features), output (..., units).
    """

    def __init__(
        self,
        units: int,
        activation: str | activations.Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: str | Initializer = "glorot_uniform",
        bias_initializer: str | Initializer = "zeros",
        name: str | None = None,
        dtype: Any = None,
        trainable: bool = True,
    ) -> None:
        given: Any = units  # the annotation holds for a type checker alone
        if isinstance(given, bool) or not isinstance(given, int | np.integer) or given < 1:
            raise ValueError(f"units is a positive int, not {units!r}")
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        super().__init__(name, dtype, trainable)
        self.units = int(units)
        self.use_bias = bool(use_bias)
        self.kernel: Variable | None = None
        self.bias: Variable | None = None

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make kernel (features, units) and bias (units,)."""
        self._check(tuple(input_shape))
        self.kernel = self.add_weight("kernel", (input_shape[-1], self.units), self.kernel_initializer)
        if self.use_bias:
            self.bias = self.add_weight("bias", (self.units,), self.bias_initializer)
        self.built = True

    def _check(self, shape: tuple[int, ...]) -> None:
        if len(shape) < 2:
            raise ShapeError(
                f"layer {self.name!r}: input of shape {shape} has no batch axis: give it as (batch, features)"
            )

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """activation(inputs @ kernel + bias)."""
        assert self.kernel is not None
        shape = tuple(inputs.shape)
        self._check(shape)
        if shape[-1] != self.kernel.shape[0]:
            raise ShapeError(
                f"layer {self.name!r} was built for {self.kernel.shape[0]} features, and got input of shape {shape}, "
                f"whose last axis has {shape[-1]}"
            )
        out = inputs @ self.kernel if self.bias is None else f.affine(inputs, self.kernel, self.bias)
        return self.activation(out)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} units={self.units}>"


class Flatten(Layer):
    """All axes but the first as one."""

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """(batch, ...) -> (batch, product of the rest)."""
        return f.flatten(inputs)


class Activation(Layer):
    """A function of the input, by name or as it is."""

    def __init__(self, activation: str | activations.Activation, name: str | None = None, dtype: Any = None) -> None:
        self.activation = activations.get(activation)
        super().__init__(name, dtype)

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """activation(inputs)."""
        return self.activation(inputs)


class Dropout(Layer):
    """In training, zeros in the place of a share `rate` of the elements, and the others divided by 1 - rate."""

    def __init__(self, rate: float, name: str | None = None, dtype: Any = None) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"rate is from 0 up to, but without, 1, not {rate!r}")
        super().__init__(name, dtype)
        self.rate = rate

    def call(self, inputs: Any, *args: Any, training: bool = False, **kwargs: Any) -> Any:
        """The input as it is, unless `training`."""
        if not training or self.rate == 0:
            return inputs
        kept = uniform(tuple(inputs.shape), dtype=inputs.dtype) >= self.rate
        return inputs * (astype(kept, dtype=inputs.dtype) / (1 - self.rate))
