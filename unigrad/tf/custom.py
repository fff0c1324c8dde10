"""Gradients of one's own, blocks that are computed again, and gradients without a tape at hand, by TensorFlow's names."""

from typing import Any

from unigrad import recorded
from unigrad.custom import custom_gradient, grad_pass_through
from unigrad.recompute import recompute_grad
from unigrad.sources import UnconnectedGradients

__all__ = ["custom_gradient", "grad_pass_through", "gradients", "hessians", "recompute_grad"]


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
) -> list[Any]:
    """The gradient of the sum of `ys` for each of `xs`, in a list.

    TensorFlow has it in graphs alone. Here `ys` are values that a tape in force has recorded, or a function of `xs`. `name`,
    `gate_gradients` and `aggregation_method` are taken for TensorFlow's sake, and not used.
    """
    return listed(
        recorded.gradients(ys, xs, grad_ys, stop_gradients=stop_gradients, unconnected_gradients=unconnected_gradients)
    )


def hessians(
    ys: Any, xs: Any, gate_gradients: bool = False, aggregation_method: Any = None, name: str = "hessians"
) -> list[Any]:
    """The Hessian of the sum of `ys` for each of `xs`, in a list; see `gradients`."""
    return listed(recorded.hessians(ys, xs))


def listed(found: Any) -> list[Any]:
    """TensorFlow gives a list, also of one."""
    return list(found) if isinstance(found, list | tuple) else [found]
