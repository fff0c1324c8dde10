"""Values whose derivative PyTorch's own autodiff takes from elsewhere."""

from collections.abc import Sequence
from typing import Any

import torch
from torch._C._functorch import TransformType

from unigrad.backend import Linear, PushAt
from unigrad.errors import GradientLostError
from unigrad_torch.memory import differentiating


def _refuse_nested() -> None:
    """Where PyTorch would drop the tangents of tangents without a word: in forward mode inside of forward mode."""
    forward = [i for i in torch._C._functorch.get_interpreter_stack() or () if i.key() == TransformType.Jvp]
    if len(forward) > 1:
        raise GradientLostError(
            f"PyTorch has no tangents of tangents for a function with a gradient of its own, and torch.func's forward mode is "
            f"nested {len(forward)} deep here: take torch.func.jacrev or grad in the place of one, or unigrad.jacfwd"
        )


class Straight(torch.autograd.Function):
    """One tensor's values with another's derivative."""

    generate_vmap_rule = True

    @staticmethod
    def forward(raw: Any, source: Any) -> Any:
        return raw.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, ct: Any) -> Any:
        return None, ct

    @staticmethod
    def jvp(ctx: Any, raw: Any, source: Any) -> Any:
        _refuse_nested()
        return source.clone()


class Ways:
    """How cotangents come back through some tensors, and tangents forth; and how many tensors. No structure for torch.func."""

    __slots__ = ("count", "pull", "push")

    def __init__(self, pull: Linear, push: PushAt, count: int) -> None:
        self.pull, self.push, self.count = pull, push, count


class Attached(torch.autograd.Function):
    """Tensors with a pullback and a pushforward of their own: these `Ways`, the tensors, and the sources."""

    generate_vmap_rule = True

    @staticmethod
    def forward(ways: Ways, *tensors: Any) -> Any:
        return tuple([raw.clone() for raw in tensors[: ways.count]])

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.ways = inputs[0]
        # below a transform inside, to which what `push` closes over belongs, it is computed anew from these
        ctx.at = inputs[1 + ctx.ways.count :] if differentiating() else None

    @staticmethod
    def backward(ctx: Any, *cts: Any) -> Any:
        return (None, *[None] * ctx.ways.count, *ctx.ways.pull(cts))

    @staticmethod
    def jvp(ctx: Any, _: Any, *tangents: Any) -> Any:
        _refuse_nested()
        return tuple(ctx.ways.push(tangents[ctx.ways.count :], ctx.at))


def attached(outs: Sequence[Any], sources: Sequence[Any], pull: Linear, push: PushAt) -> Sequence[Any]:
    """The values of `outs` with this pullback and pushforward. What they close over has derivatives of its own."""
    return Attached.apply(Ways(pull, push, len(outs)), *outs, *sources)  # type: ignore[no-any-return]
