"""Models: layers made of layers."""

import inspect
from collections.abc import Sequence
from typing import Any

from unigrad.nn.layer import Layer


class Model(Layer):
    """A layer made of other layers. A subclass keeps them in attributes, and writes `call`.

    Arrays come in as they are, for each layer inside casts its own input; lists of numbers are made into tensors.
    """

    def _as_input(self, inputs: Any) -> Any:
        return inputs if hasattr(inputs, "shape") or isinstance(inputs, dict) else super()._as_input(inputs)


class Sequential(Model):
    """Layers, or functions, one after the other.

    Args:
        layers: in their order.
        name: of the model. The names of the layers' weights do not have it in them.
    """

    names_inner = False

    def __init__(self, layers: Sequence[Any] | None = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.layers: list[Any] = []
        for layer in layers or ():
            self.add(layer)

    def add(self, layer: Any) -> None:
        """Put a layer, or a function, at the end."""
        if not callable(layer):
            raise TypeError(
                f"{self.name!r} is made of layers and functions, not of {type(layer).__name__} {layer!r:.60}"
            )
        self.layers.append(layer)

    def pop(self) -> Any:
        """Take the last layer away."""
        return self.layers.pop()

    def call(self, inputs: Any, *args: Any, training: bool = False, **kwargs: Any) -> Any:
        """One layer after the other; `training` is handed to those whose `call` names it."""
        for layer in self.layers:
            inputs = layer(inputs, training=training) if training and takes_training(layer) else layer(inputs)
        return inputs

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} of {len(self.layers)} layers>"


def takes_training(layer: Any) -> bool:
    """Whether a layer's `call` names an argument `training`."""
    return isinstance(layer, Layer) and "training" in inspect.signature(layer.call).parameters
