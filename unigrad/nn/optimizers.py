"""Optimizers: they assign new values to variables, from gradients. What they compute is never recorded."""

import math
import warnings
from collections.abc import Iterable
from typing import Any

from unigrad.errors import ShapeError, UnigradWarning
from unigrad.lending import settle
from unigrad.ops import elementwise as ew
from unigrad.primitive import wrap
from unigrad.recording import paused
from unigrad.slices import IndexedSlices, add_rows
from unigrad.tensor import Tensor
from unigrad.variable import Variable, add_all


class Optimizer:
    """Base: a subclass writes `update`, and keeps what it remembers of a variable in `slots`.

    Args:
        learning_rate: a positive number; it may be set anew between steps.
    """

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.iterations = 0
        self._slots: dict[tuple[int, str], Any] = {}
        self._variables: dict[int, Variable] = {}  # keeps their ids from being given again

    def slot(self, variable: Variable, name: str) -> Tensor:
        """What `update` kept of this variable under this name; zeros at first."""
        key = id(variable), name
        if key not in self._slots:
            self._variables[id(variable)] = variable
            self._slots[key] = ew.zeros_like(variable.value())
        return self._slots[key]  # type: ignore[no-any-return]

    def keep(self, variable: Variable, name: str, value: Tensor) -> Tensor:
        """Keep a value for the next step."""
        raw = settle(value)
        own = value.backend.detached(raw)  # or it would keep torch's graphs of all steps before
        if own is not raw:
            value = wrap(own)
        self._slots[id(variable), name] = value
        return value

    def update(self, gradient: Tensor, variable: Variable) -> None:
        """Assign the variable its next value."""
        raise NotImplementedError(f"{type(self).__name__} has no `update`")

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> None:
        """One step.

        Args:
            grads_and_vars: pairs of a gradient and its variable, as ``zip(gradients, variables)`` makes them. A gradient that is
                None leaves its variable as it is, with a warning; only Nones are an error.
        """
        given = list(grads_and_vars)
        pairs = [pair for pair in given if pair[0] is not None]
        if len(pairs) < len(given):
            missing = ", ".join([v.name for g, v in given if g is None])
            if not pairs:
                raise ValueError(f"no variable has a gradient: nothing connects the loss with {missing}")
            warnings.warn(f"no gradient for {missing}: left as they are", UnigradWarning, stacklevel=2)
        self.iterations += 1
        try:
            self.update_all(pairs)
        except BaseException:
            self.iterations -= 1  # a step that failed is none: Adam corrects its bias by their number
            raise

    def update_all(self, pairs: list[tuple[Any, Variable]]) -> None:
        """Assign each variable its next value."""
        for g, v in pairs:
            if tuple(g.shape) != v.shape:
                raise ShapeError(f"a gradient of shape {tuple(g.shape)} for variable {v.name!r} of shape {v.shape}")
        with paused():
            for g, v in pairs:
                self.update(g, v)


class SGD(Optimizer):
    """Gradient descent: w <- w - learning_rate * g.

    With momentum m: v <- m * v - learning_rate * g, w <- w + v; with `nesterov`: w <- w + m * v - learning_rate * g.
    """

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.0, nesterov: bool = False) -> None:
        if not 0 <= momentum <= 1:
            raise ValueError(f"momentum is from 0 to 1, not {momentum!r}")
        super().__init__(learning_rate)
        self.momentum = momentum
        self.nesterov = nesterov

    def update_all(self, pairs: list[tuple[Any, Variable]]) -> None:
        """One step; without momentum in one call for all variables, and for gradients in rows in these rows alone."""
        if self.momentum == 0:
            in_rows = [type(g) is IndexedSlices for g, _ in pairs]
            if any(in_rows):
                super().update_all([pair for pair, rows in zip(pairs, in_rows) if rows])
                pairs = [pair for pair, rows in zip(pairs, in_rows) if not rows]
            gradients, variables = zip(*pairs, strict=True) if pairs else ((), ())
            add_all(variables, gradients, -self.learning_rate)
        else:
            super().update_all(pairs)

    def update(self, gradient: Tensor, variable: Variable) -> None:
        """One step for one variable."""
        rate = self.learning_rate
        if self.momentum == 0:
            variable.add_scaled(gradient, -rate)
            return
        v = self.momentum * self.slot(variable, "momentum")
        rows = (
            type(gradient) is IndexedSlices and gradient.sparse
        )  # then no dense gradient is made; the numbers are the same
        v = self.keep(variable, "momentum", add_rows(v, gradient, -rate) if rows else v - rate * gradient)
        if not self.nesterov:
            variable.assign_add(v)
        elif rows:
            variable.assign_add(self.momentum * v).add_scaled(gradient, -rate)
        else:
            variable.assign_add(self.momentum * v - rate * gradient)


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015), in the form of its section 2's last paragraph: epsilon is added before the bias correction."""

    def __init__(
        self, learning_rate: float = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7
    ) -> None:
        super().__init__(learning_rate)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def update(self, gradient: Tensor, variable: Variable) -> None:
        """One step for one variable."""
        b1, b2, t = self.beta_1, self.beta_2, self.iterations
        m = self.keep(variable, "m", b1 * self.slot(variable, "m") + (1 - b1) * gradient)
        v = self.keep(variable, "v", b2 * self.slot(variable, "v") + (1 - b2) * gradient * gradient)
        rate = self.learning_rate * math.sqrt(1 - b2**t) / (1 - b1**t)
        variable.assign_sub(rate * m / (ew.sqrt(v) + self.epsilon))
