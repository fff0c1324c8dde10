"""One call of a row with batched operands, as a batching rule is given it."""

from collections.abc import Callable, Sequence
from typing import Any

from unigrad.backend import Raw
from unigrad.batched import BATCHED, batched, leading
from unigrad.errors import UnigradError
from unigrad.operands import SCALARS
from unigrad.primitive import TABLE, Primitive


class Call:
    """The operands of a row, one level of batching taken off.

    Attributes:
        row: what is computed.
        xs: the operands. Where `at` is true the first axis counts the `size` examples; others are the same for all examples.
        params: the row's parameters. Arrays among them may still be batched.
    """

    __slots__ = ("at", "level", "params", "row", "size", "xs")

    def __init__(self, row: Primitive, raws: Sequence[Raw], params: dict[str, Any]) -> None:
        lead = leading(raws, params)
        self.row = row
        self.level: int = lead.level
        self.size: int = lead.raw.shape[0]
        self.at = tuple([self.holds(r) for r in raws])
        self.xs = [r.raw if at else r for r, at in zip(raws, self.at, strict=True)]
        self.params = params

    def holds(self, x: Any) -> bool:
        """Whether an operand or parameter is batched at this level."""
        return type(x) in BATCHED and x.level == self.level

    def shape(self, i: int) -> tuple[int, ...]:
        """The shape of one example of an operand."""
        x = self.xs[i]
        return () if type(x) in SCALARS else tuple(x.shape[1:] if self.at[i] else x.shape)

    def ndim(self, i: int) -> int:
        """The number of axes of one example of an operand."""
        return len(self.shape(i))

    def run(self, *xs: Any, **changed: Any) -> Raw:
        """The row itself, with other operands and some other parameters."""
        return self.row(*xs, **(self.params | changed))

    def full(self, i: int) -> Raw:
        """An operand with the examples along its first axis, repeated where it has none."""
        x = self.xs[i]
        if self.at[i]:
            return x
        return TABLE["broadcast_to"](x, shape=(self.size, *x.shape))


Rule = Callable[[Call], Raw]


def reshape(x: Raw, *shape: int) -> Raw:
    """A raw array in another shape."""
    return x if tuple(x.shape) == shape else TABLE["reshape"](x, shape=shape)


def permute(x: Raw, axes: Sequence[int]) -> Raw:
    """A raw array with its axes in another order."""
    return x if list(axes) == list(range(len(axes))) else TABLE["permute_dims"](x, axes=tuple(axes))


def move(x: Raw, source: int, to: int) -> Raw:
    """A raw array with one axis at another place."""
    axes = list(range(len(x.shape)))
    axes.insert(to, axes.pop(source))
    return permute(x, axes)


def widened(x: Raw, ndim: int) -> Raw:
    """Examples of `ndim` axes: new ones of size 1 after the first, which counts the examples."""
    missing = ndim + 1 - len(x.shape)
    return reshape(x, x.shape[0], *(1,) * missing, *x.shape[1:]) if missing > 0 else x


def kernel(row: Primitive, rule: Rule) -> Callable[..., Raw]:
    """A row's kernel for batched arrays."""

    def compute(*raws: Raw, **params: Any) -> Raw:
        call = Call(row, raws, params)
        try:
            out = rule(call)
        except UnigradError as e:
            if not hasattr(e, "__notes__"):  # the innermost says it
                e.add_note(f"(inside vmap: the first axis of a batched operand counts its {call.size} examples)")
            raise
        return batched(out, call.level)

    return compute
