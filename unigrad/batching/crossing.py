"""Into the batched world and out of it: two linear rows, each the transpose of the other.

They are recorded like other ops, so that a tape outside of a `vmap` sees through it. They are in no table: they have no kernel of
a library's.
"""

from collections.abc import Sequence
from typing import Any

from unigrad import primitive
from unigrad.backend import Backend, Raw
from unigrad.batched import BATCHED, batched, levels_of
from unigrad.kinds import Linear
from unigrad.primitive import TABLE, Domain, Entry


class Crossing(Linear):
    """A row that moves the examples of one level; what is batched at higher levels stays so."""

    def __init__(self, name: str, transpose: Any, doc: str, *, inward: bool) -> None:
        super().__init__(name, ("x",), (transpose,), domain=Domain(), doc=doc, promotes="as is")
        del TABLE[name]
        self.inward = inward

    def compute(self, raws: Sequence[Raw], params: dict[str, Any], backend: Backend) -> Raw:
        return (into if self.inward else out_of)(raws[0], **params)

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        return (enter if self.inward else examples_of)(tangents[0], **entry.params)

    def across(self, tape: Any, raws: Any, out: Raw) -> Any:
        return None


def into(raw: Raw, level: int, size: int) -> Raw:
    """An array with the examples along its first axis, as a batched one."""
    if type(raw) in BATCHED and raw.level > level:
        return batched(into(_swapped(raw.raw), level, size), raw.level)
    return batched(raw, level)


def out_of(raw: Raw, level: int, size: int) -> Raw:
    """A batched array as one with the examples along its first axis."""
    if raw.level == level:
        return raw.raw
    return batched(_swapped(out_of(raw.raw, level, size)), raw.level)


def _swapped(raw: Raw) -> Raw:
    """The first two axes exchanged."""
    return TABLE["permute_dims"](raw, axes=(1, 0, *range(2, len(raw.shape))))


def examples_of(x: Any, level: int, size: int) -> Any:
    """The examples of a tensor or raw array along a new first axis; what is the same for all of them is repeated."""
    x = x.__unigrad_tensor__() if hasattr(x, "__unigrad_tensor__") else x
    raw = x._raw if type(x) is primitive.Tensor else x
    if any(found == level for found, _ in levels_of(raw)):
        return leave(x, level=level, size=size)
    return TABLE["broadcast_to"](x, shape=(size, *x.shape))


enter: Crossing = Crossing(
    "enter", lambda ct, level, size: examples_of(ct, level, size), "Examples along the first axis, batched.", inward=True
)  # fmt: skip
leave: Crossing = Crossing(
    "leave", lambda ct, level, size: enter(ct, level=level, size=size), "Batched examples along the first axis.", inward=False
)  # fmt: skip
