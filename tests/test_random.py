"""The stream of random numbers."""

import threading

import numpy as np

import unigrad as ug
from unigrad.random import _Stream


def test_a_seed_gives_the_same_numbers_again(backend):
    ug.random.set_seed(5)
    first = [ug.random.normal((3,)).numpy() for _ in range(2)]
    ug.random.set_seed(5)
    again = [ug.random.normal((3,)).numpy() for _ in range(2)]
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(*first)


def test_threads_that_draw_first_together_share_one_count(monkeypatch):
    """Both have seen that there is no count yet: they must not begin one each."""
    stream, meet, drawn = _Stream(7), threading.Barrier(2), []

    begin = stream._begin

    def together():
        meet.wait(timeout=10)
        return begin()

    monkeypatch.setattr(stream, "_begin", together)
    workers = [threading.Thread(target=lambda: drawn.append(stream.next())) for _ in range(2)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    assert len(set(drawn)) == 2
