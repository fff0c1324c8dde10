"""Workers: one that dies or raises costs its item alone, and none is left behind. No arrays, no dtypes."""

import multiprocessing
import os
import signal
import time

import pytest

from unigrad_conformance.workers import ENVIRONMENT, Pool, died, environment


def twice(x, add=0):
    return 2 * x + add


def dies(x):
    if x == 2:
        os.kill(os.getpid(), signal.SIGSEGV)
    if x == 3:
        os._exit(7)
    if x == 4:
        raise ValueError("four")
    return x, os.getpid()


def where(name):
    return os.environ.get(name)


def sleeps(x):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_each_item_is_done_once(count):
    with Pool(count) as pool:
        assert sorted(o.value for o in pool.map(twice, range(7), 1)) == [1, 3, 5, 7, 9, 11, 13]
        assert [o.value for o in pool.map(twice, [5])] == [10], "the same workers, once more"
        assert len(pool.workers) == count
        assert not list(pool.map(twice, []))


def test_a_worker_that_dies_costs_its_item():
    with Pool(2) as pool:
        found = {o.item: o for o in pool.map(dies, range(8))}
    assert found.keys() == set(range(8))
    assert {k for k, o in found.items() if o.error} == {2, 3, 4}
    assert found[2].error == "the worker process died of signal SIGSEGV"
    assert found[3].error == "the worker process ended with status 7"
    assert found[4].error == "ValueError: four"


def test_they_have_the_environment_and_this_process_has_not():
    name = next(n for n in ENVIRONMENT if n not in os.environ)
    with Pool(1) as pool:
        (outcome,) = pool.map(where, [name])
    assert outcome.value == ENVIRONMENT[name]
    assert name not in os.environ


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv("JAX_ENABLE_X64", "0")
    with environment():
        assert os.environ["JAX_ENABLE_X64"] == "0"


def test_none_is_left_behind(monkeypatch):
    monkeypatch.setattr("unigrad_conformance.workers.PATIENCE", 0.1)
    before = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt), Pool(1) as pool:
        for _ in pool.map(twice, [1]):
            pass
        pool.workers[0].give(sleeps, 1, ())  # does not end when it is asked to
        time.sleep(0.5)
        raise KeyboardInterrupt
    assert set(multiprocessing.active_children()) == before


def test_words_for_a_death():
    assert died(-9) == "the worker process died of signal SIGKILL"
    assert died(1) == "the worker process ended with status 1"
