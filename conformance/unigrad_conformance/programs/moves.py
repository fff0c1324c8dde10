"""The moves of a program: a word, writes in place and views, loops and conditions, and derivatives inside of it."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from unigrad_conformance.programs.composer import Choices, Composer, GivenUp
from unigrad_conformance.programs.text import Line
from unigrad_conformance.programs.words import subscript

#: the numbers of the next steps, one row each
Rows = Iterator[tuple[int, ...]]
Move = Callable[[Composer, Choices, Rows], None]


def word(c: Composer, choices: Choices, rows: Rows) -> None:
    """A row or a phrase."""
    c.show(c.say(choices.one(choices.one(c.words)), choices))


# -- writes and views --------------------------------------------------------------------------------------------------
def _index(shape: tuple[int, ...], choices: Choices, views: bool = False) -> Any:
    """An index into an array of this shape."""
    n = shape[0]
    first = choices.one((0, slice(None, -1), -1, slice(1, None), slice(None, None, 2), slice(None, None, -1)))
    if len(shape) > 1 and choices.pick(2):
        return (slice(None), choices.one((0, -1, slice(1, None))))
    if not views and choices.pick(5) == 4:
        return np.array(sorted({0, n - 1}))
    if views and len(shape) == 1 and isinstance(first, int):
        return slice(1, None)  # an element of a vector is a number, and no view
    return first


def write(c: Composer, choices: Choices, rows: Rows) -> None:
    """A write in place: to a fresh buffer, to one that is there, or through a view of one."""
    known = [n for n in reversed(c.visible) if n in c.writable]
    if known and choices.pick(3):
        target = choices.one(known)
    else:
        target = c.make(f"{c.find(choices, shared=True)} * 1.0", letter="b")
        c.buffers.add(target)
        c.writable.add(target)
        c.show(target)
    shape = c.shape(target)
    index = _index(shape, choices) if shape and choices.pick(4) else Ellipsis
    part = tuple(np.shape(np.asarray(c.here(target))[index]))
    value = c.find(choices, shared=True, real=not c.is_complex(target))
    try:
        if np.broadcast_shapes(c.shape(value), part) != part:
            raise ValueError
    except ValueError:
        value = c.shaped(value, part)
    sign, text = choices.one((("", "{v}"), ("+", "{p} + {v}"), ("*", "{p} * {v}"), ("-", "{p} - 0.5 * {v}")))
    if sign == "-":
        value = c.make(f"0.5 * {value}")
        text = "{p} - {v}"
    at = "..." if index is Ellipsis and not sign else subscript(index)
    ours = f"{target} {sign}= {value}" if sign and index is Ellipsis else f"{target}[{at}] {sign}= {value}"
    new = text.format(p=f"native.part({target}, {_spelled(index)})", v=value)
    native = f"{target} = native.written({target}, {_spelled(index)}, {new})"
    c.emit(Line(ours, None), Line(None, native), *(Line(None, line) for line in _follow(c, target)))
    _bounded(c, target)
    c.used.add("write in place")


def _spelled(index: Any) -> str:
    return f"np.array({index.tolist()})" if isinstance(index, np.ndarray) else repr(index)


def _follow(c: Composer, target: str) -> list[str]:
    """What a write to a target does to all that shares its memory, over raw arrays: first the base, then its other parts."""
    found = []
    base = next((b for v, b, _ in c.views if v == target), None)
    if base is not None:
        index = next(i for v, _, i in c.views if v == target)
        found.append(f"{base} = native.written({base}, {index}, {target})")
    base = base or target
    found += [f"{v} = native.part({base}, {i})" for v, b, i in c.views if b == base and v != target]
    return found


def _bounded(c: Composer, name: str) -> None:
    """A buffer cannot be scaled by another name: what leaves the bounds is taken back."""
    if c.tame(name) != name:
        raise GivenUp


def view(c: Composer, choices: Choices, rows: Rows) -> None:
    """A part of a buffer, that shares its memory."""
    known = [n for n in reversed(c.visible) if n in c.buffers and n in c.writable and c.shape(n)]
    if not known:
        return write(c, choices, rows)
    base = choices.one(known)
    index = _index(c.shape(base), choices, views=True)
    out = c.make(f"{base}[{subscript(index)}]", f"native.part({base}, {_spelled(index)})", "w")
    if not c.here(out).size:
        raise GivenUp
    c.views.append((out, base, _spelled(index)))
    c.writable.add(out)
    c.show(out)
    c.used.add("view")
    return None


AT = {
    "set": "{v}",
    "add": "{p} + {v}",
    "multiply": "{p} * {v}",
    "min": "ug.minimum({p}, {v})",
    "max": "ug.maximum({p}, {v})",
}


def at(c: Composer, choices: Choices, rows: Rows) -> None:
    """A functional write."""
    how = choices.one(list(AT))
    x = c.find(choices, real=how in ("min", "max"), shared=True)
    if not c.shape(x):
        x = c.shaped(x, (3,))
    index = _index(c.shape(x), choices)
    v = c.find(choices, tuple(np.shape(np.asarray(c.here(x))[index])), real=not c.is_complex(x))
    spelled = _spelled(index)
    new = AT[how].format(p=f"native.part({x}, {spelled})", v=v)
    out = c.make(f"{x}.at[{subscript(index)}].{how}({v})", f"native.written({x}, {spelled}, {new})")
    c.used.add(f"at.{how}")
    c.show(c.tame(out))
