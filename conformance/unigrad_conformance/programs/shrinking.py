"""Making a failure small: steps are dropped as long as it stays, and hypothesis makes the numbers of the others smaller."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.database import ExampleDatabase, choices_to_bytes

Row = tuple[int, ...]
#: numbers of a step, and what each is below
WIDTH, BELOW = 12, 4096
MOST_ROWS = 50
#: seconds and programs that making one failure small may take
PATIENCE, TRIES = 60.0, 600

_ROW = st.tuples(*[st.integers(0, BELOW - 1)] * WIDTH)
#: rows of numbers: the first says what the inputs are, each other one is a step (`unigrad_conformance.programs.compose`)
ROWS: st.SearchStrategy[list[Row]] = st.tuples(_ROW, st.lists(_ROW, max_size=MOST_ROWS)).map(lambda p: [p[0], *p[1]])


class Done(BaseException):
    """Tried for long enough: hypothesis passes it on at once."""


class Given(ExampleDatabase):
    """The rows that hypothesis begins with, as if an earlier run had met them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        choices: list[int | bool] = list(rows[0])
        for row in rows[1:]:
            choices += [True, *row]
        self._choices = choices_to_bytes([*choices, False] if len(rows) <= MOST_ROWS else choices)

    def fetch(self, key: bytes) -> Iterable[bytes]:
        if key.endswith(b".secondary"):
            yield self._choices

    def save(self, key: bytes, value: bytes) -> None:
        pass

    def delete(self, key: bytes, value: bytes) -> None:
        pass


def shrunk(rows: Sequence[Row], fails: Callable[[Sequence[Row]], bool]) -> Sequence[Row]:
    """The smallest rows that were found for which `fails` still says yes."""
    began, tries = time.monotonic(), 0
    best = rows

    def still(fewer: Sequence[Row]) -> bool:
        nonlocal tries, best
        tries += 1
        if tries > TRIES or time.monotonic() - began > PATIENCE:
            raise Done
        found = fails(fewer)
        if found:
            best = fewer
        return found

    @given(ROWS)
    def program(fewer: list[Row]) -> None:
        if still(fewer):
            raise AssertionError("still fails")

    with suppress(Done):
        _drop(best, still)
        asked = settings(
            database=Given(best),
            max_examples=TRIES,
            deadline=None,
            phases=(Phase.reuse, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        with suppress(AssertionError):
            asked(program)()
        _drop(best, still)
    return best


def _drop(rows: Sequence[Row], still: Callable[[Sequence[Row]], bool]) -> Sequence[Row]:
    """Without the steps that do not matter: halves first, then smaller parts, then one by one."""
    size = max(1, (len(rows) - 1) // 2)
    while True:
        k = len(rows) - size
        dropped = False
        while k > 0:
            fewer = [*rows[:k], *rows[k + size :]]
            if still(fewer):
                rows, dropped = fewer, True
                k = min(k, len(rows)) - size
            else:
                k -= size
        if size == 1 and not dropped:
            return rows
        size = max(1, size // 2)
