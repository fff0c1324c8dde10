"""The direct road of a public function: on a library's own arrays, and with plain arguments, the library's own function.

A public function with a direct road begins with it,

    if (road := _SUM.get(type(x))) and (out := road(x, axis, dtype, keepdims)) is not None:
        return out

where ``_SUM = roads("sum")``. A backend's table `direct` has the roads. Each takes all arguments of the public function, by
position, and gives its answer: the one that the general road gives. Or it gives None for whatever is not plain: another type,
dtype or axis than it knows, and everything that the library refuses. The general road, below, does that or says what is wrong.

An elementwise function is a row's own (`unigrad.kinds.fast`): it takes a direct road for arrays of one dtype, and sees to errors
itself. Where the library has nothing quicker, the row's kernel is the road.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

Road = Callable[..., Any]

#: by the name of the public function, and the type of its first array
ROADS: defaultdict[str, dict[type, Road]] = defaultdict(dict)


def roads(name: str) -> dict[type, Road]:
    """The direct roads of the public function `name`: empty until an array of a library that has one is met."""
    return ROADS[name]


def open_roads(cls: type, table: Mapping[str, Road]) -> None:
    """Take these roads for arrays of exactly the type `cls`."""
    for name, road in table.items():
        (ROADS if _closed is None else _closed)[name][cls] = road


def offer_road(name: str, cls: type, road: Road) -> None:
    """Take a row's kernel for the road of arrays of the type `cls`, where the library has nothing quicker."""
    (ROADS if _closed is None else _closed)[name].setdefault(cls, road)


#: the roads that `close_roads` has put away
_closed: defaultdict[str, dict[type, Road]] | None = None


def close_roads() -> None:
    """Let every call go by the general road, where `unigrad.debug` sees it, until `reopen_roads`."""
    global _closed
    _closed = defaultdict(dict, {name: dict(table) for name, table in ROADS.items()})
    for table in ROADS.values():
        table.clear()


def reopen_roads() -> None:
    """Take the direct roads again."""
    global _closed
    closed, _closed = _closed, None
    for name, table in (closed or {}).items():
        ROADS[name].update(table)
