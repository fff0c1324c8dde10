"""Where a draw of random numbers gets its seed: from the stream of the process, or from what a block drew before."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from unigrad.errors import TapeError

Fresh = Callable[[], int]  # the next seed of the stream
Source = Callable[[Fresh], int]

_source: ContextVar[Source | None] = ContextVar("unigrad_seeds", default=None)


def draw(fresh: Fresh) -> int:
    """The seed of one draw."""
    source = _source.get()
    return fresh() if source is None else source(fresh)


@contextmanager
def _from(source: Source) -> Iterator[None]:
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def noting(seeds: list[int]) -> AbstractContextManager[None]:
    """A block whose draws are as always, and leave their seeds in the list."""
    outer = _source.get()

    def noted(fresh: Fresh) -> int:
        seeds.append(fresh() if outer is None else outer(fresh))
        return seeds[-1]

    return _from(noted)


def replaying(seeds: Sequence[int]) -> AbstractContextManager[None]:
    """A block that draws the same numbers again; a `TapeError` for one draw more."""
    rest = iter(seeds)

    def again(fresh: Fresh) -> int:
        for seed in rest:
            return seed
        raise TapeError(
            f"recompute_grad: the block drew more random numbers when it was run again for its gradient than the {len(seeds)} "
            f"of its first run: it must do the same each time"
        )

    return _from(again)
