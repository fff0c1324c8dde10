"""The direct road of a public function: on a library's own arrays, and with plain arguments, the library's own function.

A public function with a direct road begins with it,

    if (road := _FLIP(type(x))) is not None:
        try:
            if (out := road(x, axis)) is not None:
                return out
        except KERNEL_ERRORS:
            pass

where ``_FLIP = roads("flip").get``. A backend's table `direct` has the roads. Each gives the answer that the general road gives;
or it gives None or raises for whatever is not plain: another type, dtype or axis than it knows, and everything that the library
refuses. The general road, below, does that or says what is wrong. What is to be asked of every library the public function asks
itself, so that a library's function can be the road as it is: a call of Python's is most of what a road costs.

Some roads are tuples, whose last is a set of dtypes: only arrays of one of these go that road; None: of any one.

- ``(function, dtypes)``, of an elementwise function (`unigrad.kinds.fast` takes it), clip, cumulative_sum, matmul or vecdot: two
  arrays are of one dtype. Of an elementwise function for which the library has nothing quicker, `Backend.road` makes one of the
  row's kernel.
- ``(whole, along, dtypes)``, of a reduction: functions of ``x``, and of ``x, axis, keepdims``, for `over_axes` and
  `accumulating`.

A road may come as `Hot`. The first library that has one for a function is known to it by heart: by variables of its own, which
`Roads.tell` keeps. The table takes twice as long, and more on JAX, whose call leaves none of it in the processor's cache.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import wraps
from threading import RLock
from typing import Any, NamedTuple

from unigrad.errors import KERNEL_ERRORS

Function = Callable[..., Any]
#: a function, which sees to the dtypes itself, or a tuple that begins with one or two
Road = Any


class Hot(NamedTuple):
    """A road, and how a function that knows it by heart goes it: `quick`, of arrays and nothing else. Only clip's gives None."""

    quick: Function
    #: arrays of one of these dtypes, two of the same; None: `quick` sees to that. Of take: whether it checks such indices itself
    good: Any
    #: for the table
    road: Road


class Roads(dict[type, Road]):
    """The direct roads of one public function, by the type of its first array; `hot` is the one known by heart, if any."""

    __slots__ = ("_aside", "_told", "good", "hot", "quick")

    def __init__(self) -> None:
        self.hot: type | None = None
        self.quick: Any = None
        self.good: Any = None
        self._told: list[Function] = []
        self._aside: dict[type, Road] | None = None

    def tell(self, function: Function) -> None:
        """Keep the variables `hot`, `quick` and `good` of a function, which are those of the function around it, like ours."""
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))

        def keep(hot: type | None, quick: Any, good: Any) -> None:
            cells["quick"].cell_contents, cells["good"].cell_contents = quick, good
            cells["hot"].cell_contents = hot

        self.follow(keep)

    def tell_module(self, variables: dict[str, Any], *names: str) -> None:
        """Keep the variables of a module that have these names like `hot`, `quick` and, if named, `good`."""

        def keep(hot: type | None, *rest: Any) -> None:
            variables.update(zip(names[1:], rest, strict=False))
            variables[names[0]] = hot

        self.follow(keep)

    def follow(self, keep: Callable[[type | None, Any, Any], None]) -> None:
        """Call `keep` with `hot`, `quick` and `good`, now and whenever they change."""
        self._told.append(keep)
        keep(self.hot, self.quick, self.good)

    def remember(self, hot: type | None, quick: Any, good: Any) -> None:
        """Know this by heart. Another thread may see the function before the type, so a type has one function, ever."""
        self.quick, self.good = quick, good
        self.hot = hot
        for keep in self._told:
            keep(hot, quick, good)

    def take(self, cls: type, road: Road) -> None:
        """Take a road for arrays of exactly the type `cls`."""
        if self._aside is not None:
            self._aside[cls] = road
            return
        if type(road) is Hot:
            if self.hot is None:
                self.remember(cls, road.quick, road.good)
            road = road.road
        self[cls] = road

    def close(self) -> None:
        """Let every call go by the general road, until `reopen`."""
        quick, good = self.quick, self.good
        self._aside = {cls: Hot(quick, good, road) if cls is self.hot else road for cls, road in self.items()}
        self.remember(None, quick, good)
        self.clear()

    def reopen(self) -> None:
        """Take the roads again, and what was offered meanwhile."""
        aside, self._aside = self._aside, None
        for cls, road in (aside or {}).items():
            self.take(cls, road)

    def has(self, cls: type) -> bool:
        """Whether there is one, open or closed."""
        return cls in (self if self._aside is None else self._aside)


#: two threads may meet two libraries at once
_lock = RLock()
#: by the name of the public function
ROADS: defaultdict[str, Roads] = defaultdict(Roads)


def roads(name: str) -> Roads:
    """The direct roads of the public function `name`: empty until an array of a library that has one is met."""
    return ROADS[name]


def open_roads(cls: type, table: Mapping[str, Road]) -> None:
    """Take these roads for arrays of exactly the type `cls`."""
    with _lock:
        for name, road in table.items():
            ROADS[name].take(cls, road)


def offer_road(name: str, cls: type, road: Road) -> None:
    """Take a road made of a row's kernel for arrays of the type `cls`, where the library has nothing quicker."""
    with _lock:
        if not ROADS[name].has(cls):
            ROADS[name].take(cls, road)


def close_roads() -> None:
    """Let every call go by the general road, where `unigrad.debug` sees it, until `reopen_roads`."""
    with _lock:
        for table in ROADS.values():
            table.close()


def reopen_roads() -> None:
    """Take the direct roads again."""
    with _lock:
        for table in ROADS.values():
            table.reopen()


def over_axes(general: Function) -> Function:
    """A public reduction: over all elements or one axis by its direct road, else by `general`."""
    table = roads(general.__name__)
    hot: Any = None
    quick: Any = None
    good: Any = None

    @wraps(general)
    def function(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
        try:
            if type(x) is hot and axis is None and not keepdims:
                if good is None or x.dtype in good:
                    return quick(x)
            elif (road := table.get(type(x))) is not None:
                whole, along, known = road
                if known is None or x.dtype in known:
                    if axis is None:
                        if not keepdims:
                            return whole(x)
                    elif type(axis) is int and x.ndim:
                        return along(x, axis, keepdims)
        except KERNEL_ERRORS:
            pass
        return general(x, axis=axis, keepdims=keepdims)

    table.tell(function)
    return function


def accumulating(general: Function) -> Function:
    """A public sum or product, the same; in a dtype that is asked for by `general`."""
    table = roads(general.__name__)
    hot: Any = None
    quick: Any = None
    good: Any = None

    @wraps(general)
    def function(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        try:
            if dtype is not None:
                pass
            elif type(x) is hot and axis is None and not keepdims:
                if good is None or x.dtype in good:
                    return quick(x)
            elif (road := table.get(type(x))) is not None:
                whole, along, known = road
                if known is None or x.dtype in known:
                    if axis is None:
                        if not keepdims:
                            return whole(x)
                    elif type(axis) is int and x.ndim:
                        return along(x, axis, keepdims)
        except KERNEL_ERRORS:
            pass
        return general(x, axis=axis, dtype=dtype, keepdims=keepdims)

    table.tell(function)
    return function
