"""The vmaps in force: for how many examples each runs, and what happened inside of it that concerns those outside."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from unigrad.backend import Raw
from unigrad.batched import batched, levels_of
from unigrad.recording import LEVEL


class Running(NamedTuple):
    """A `vmap` in force."""

    level: int  # of the arrays of its examples
    size: int
    #: tensors that were the same for all examples until one of these was written to, and what they held
    written: list[Any]
    #: calls that tapes keep, whose pullbacks may hold tensors that were made inside
    calls: list[Any]


_running: ContextVar[tuple[Running, ...]] = ContextVar("unigrad_vmaps", default=())


@contextmanager
def examples(size: int) -> Iterator[Running]:
    """Run a function for `size` examples at once."""
    run = Running(LEVEL.next(), size, [], [])
    token = _running.set((*_running.get(), run))
    try:
        yield run
    finally:
        _running.reset(token)


def in_force() -> tuple[tuple[int, int], ...]:
    """The vmaps in force, the outermost first: their levels and numbers of examples."""
    return tuple([(run.level, run.size) for run in _running.get()])


@contextmanager
def again(vmaps: tuple[tuple[int, int], ...]) -> Iterator[None]:
    """Run once more what ran inside of these vmaps, and no others."""
    token = _running.set(tuple([Running(level, size, [], []) for level, size in vmaps]))
    try:
        yield
    finally:
        _running.reset(token)


def note_call(call: Any) -> None:
    """Tell the vmaps in force of a call that a tape keeps."""
    for run in _running.get():
        run.calls.append(call)


def told_apart_by(raw: Raw, old: Raw) -> list[Running]:
    """The vmaps in force between whose examples `raw` differs, and `old` does not."""
    new, same = dict(levels_of(raw)), dict(levels_of(old))
    return [run for run in _running.get() if run.level in new and run.level not in same]


def for_each_example(draw: Callable[[tuple[int, ...]], Raw], shape: tuple[int, ...]) -> Raw:
    """What `draw(shape)` gives, drawn anew for every example of the vmaps in force."""
    running = _running.get()
    out = draw((*(run.size for run in running), *shape))
    for run in running:  # the outermost examples come first
        out = batched(out, run.level)
    return out
