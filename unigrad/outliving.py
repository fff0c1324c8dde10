"""What outlives the function of a `vmap`: who holds a tensor that was written to inside of it.

The pullback of a `custom_gradient`, and a block that `recompute_grad` runs again, may close over a tensor that the function made.
A tape from outside keeps them, and so the tensor, which nobody else can reach. Python's own references tell that case from a
tensor of the caller's, as its garbage collector tells cycles from what is held: of the objects that the tapes' calls lead to,
those with more references than come from among them are held by somebody else too, and with them all that they lead to.
"""

import gc
from collections.abc import Iterator
from sys import getrefcount
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from unigrad.backend import Backend
from unigrad.junction import Call
from unigrad.primitive import Primitive
from unigrad.tape import GradientTape

#: more objects than closures hold: then a model or a program is among them, and no answer is quick
MANY = 10_000
#: what a program has of these it has for good, and they hold no tensor of anybody's
_NO_FURTHER = (type, ModuleType, CodeType, FrameType, GradientTape, Primitive, Backend)


def held_by_calls_alone(calls: list[Call]) -> set[int]:
    """The ids of what is held by the calls that tapes keep, and by nobody else; none where that cannot be told.

    The caller holds no references of its own to what it wants to know of.
    """
    probe: list[Any] = [[]]  # nobody holds what is in it: its count is that of the two loops below
    objects: dict[int, Any] = {id(call): call for call in calls}
    roots = frozenset(objects)
    counts = dict.fromkeys(objects, 0)
    left = list(objects)
    while left:
        for part in _parts(objects[left.pop()]):
            key = id(part)
            counts[key] = counts.get(key, 0) + 1
            if key not in objects:
                objects[key] = part
                left.append(key)
                if len(objects) > MANY:
                    return set()
    part = None
    key = id(probe[0])
    objects[key] = probe.pop()
    own = _references(objects)[key]
    del objects[key]
    found = _references(objects)
    left = [key for key in objects if key not in roots and found[key] - own > counts[key]]
    held = set(left)
    while left:
        for part in _parts(objects[left.pop()]):
            if id(part) not in held:
                held.add(id(part))
                left.append(id(part))
    return objects.keys() - held


def _references(objects: dict[int, Any]) -> dict[int, int]:
    """How many references there are to each object, and those of this look besides."""
    found = {}
    for key in objects:
        found[key] = getrefcount(objects[key])
    return found


def _parts(thing: Any) -> Iterator[Any]:
    """What an object refers to, once for each reference: of a function what it closes over, and not its module."""
    if type(thing) is FunctionType:
        parts: Any = (thing.__closure__, thing.__defaults__, thing.__kwdefaults__)
        if thing.__dict__:
            parts = (*parts, *thing.__dict__.values())
    else:
        parts = gc.get_referents(thing)
    for part in parts:
        if gc.is_tracked(part) and not isinstance(part, _NO_FURTHER):
            yield part
