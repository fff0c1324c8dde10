"""Indexing: reading, writing and adding at basic and advanced indices, as linear primitives.

An index is a parameter, not an operand: slices, integers, Ellipsis, None, and integer or bool arrays of the backend.
"""

from typing import Any

from unigrad import primitive
from unigrad.backend import backend_of
from unigrad.batched import leading
from unigrad.cotangents import Piece, unbroadcast
from unigrad.errors import KERNEL_ERRORS
from unigrad.kinds import linear
from unigrad.lending import settle
from unigrad.ops.elementwise import where
from unigrad.primitive import Domain, Primitive, Sample
from unigrad.recording import listening
from unigrad.views import is_shown


def _samples(*samples: tuple[tuple[tuple[int, ...], ...], Any]) -> Domain:
    return Domain(samples=tuple(Sample(shapes, {"index": index}) for shapes, index in samples))


getitem: Primitive = linear(
    "getitem", lambda ct, x_shape, index: Piece(x_shape, index, ct), promotes="as is",
    domain=_samples(
        (((3, 4),), 1), (((3, 4),), (slice(None), -1)), (((3, 4),), (slice(None, None, 2), slice(3, 0, -1))),
        (((3, 4),), ([0, 2, 0],)), (((3, 4),), ([0, 2], slice(1, 3))), (((3, 4),), ([2, 0], [1, 1])), (((3,),), (None, ...)),
        (((2, 3, 2),), (..., [0, 1, 1])),
    ),
    doc="The elements at an index.",
)  # fmt: skip

scatter: Primitive = linear(
    "scatter", lambda ct, indices: [getitem(ct, index=i) for i in indices], args=("xs",), variadic=True,
    domain=Domain(samples=(
        Sample(((4,), (4,)), {"shape": (3, 4), "indices": (0, 2)}),
        Sample(((3, 2), (3, 2)), {"shape": (3, 4), "indices": ((slice(None), slice(0, 2)), (slice(None), slice(1, 3)))}),
        Sample(((3, 4),), {"shape": (2, 4), "indices": (([0, 1, 1],),)}),
    )),
    doc="Zeros, with every array added at its index; what meets is summed.",
)  # fmt: skip


def _written(ct: Any, index: Any, v_shape: Any) -> Any:
    mask = unknown_mask(index)
    if mask is not None and not v_shape:  # one value, wherever it went
        mask = primitive.TABLE["reshape"](mask, shape=(*mask.shape, *(1,) * (len(ct.shape) - len(mask.shape))))
        return unbroadcast(where(mask, ct, 0), v_shape)
    won = winners(ct, index)
    part = getitem(ct, index=index)
    return unbroadcast(part if won is None else where(won, part, 0), v_shape)


def unknown_mask(index: Any) -> Any:
    """The mask that is the whole of an index, where nobody can look at its values: examples', or a compiler's. Else None."""
    mask = index[0] if type(index) is tuple and len(index) == 1 else index
    if not hasattr(mask, "dtype") or not str(mask.dtype).endswith("bool"):
        return None
    return mask if backend_of(mask).is_traced(mask) else None


def winners(x: Any, index: Any) -> Any:
    """Which writes last, where an index names an element twice: True for those that stay. None when no index can."""
    parts = index if type(index) is tuple else (index,)
    if not any(hasattr(p, "shape") or isinstance(p, list) for p in parts):
        return None
    raw = settle(x) if type(x) is primitive.Tensor else x
    lead = leading((raw,), {"index": index})
    return backend_of(raw if lead is None else lead).kernel("winners")(raw, index=index)


setitem: Primitive = linear(
    "setitem", lambda ct, index: setitem(ct, 0, index=index), _written, args=("x", "v"), promotes="as is",
    domain=_samples(
        (((3, 4), (4,)), 1), (((3, 4), ()), (slice(None), -1)), (((3, 4), (2, 1)), (slice(None, None, 2), slice(3, 0, -1))),
        (((3, 4), (2, 4)), ([0, 2],)), (((3, 4), (2, 4)), ([1, 1],)),
    ),
    doc="x with the elements at an index replaced by v; of several writes to one element the last stays.",
)  # fmt: skip


def write_unshared(x: Any, v: Any, index: Any) -> bool:
    """Write into the memory of the tensor `x` where nobody else sees it; False where somebody may, and nothing is done.

    The tape hears of the same primitive as when a new array is made: neither rule keeps a value. So a loop of n writes costs
    O(n) on libraries that write.
    """
    backend = backend_of(x._raw)
    if not backend.unshared(x._raw, 1) or is_shown(x):
        return False
    tensor = type(v) is primitive.Tensor
    value = v._raw if tensor else v
    if tensor and (not backend.owns(value) or backend.dtype_of(value) != backend.dtype_of(x._raw)):
        return False
    if type(index) is not int and not backend.writes_in_order(x._raw):
        return False
    try:
        backend.set_into(x._raw, value, index)
    except KERNEL_ERRORS:
        return False  # the general road says what is wrong
    out = primitive.wrap(x._raw)
    state = listening()
    if state.recorders:
        setitem.note(state, (x, v), [x._raw, value], [x._node, v._node if tensor else None], {"index": index}, out, ())
    x._node = out._node
    return True
