"""A tape, and all that it recorded, is freed by counting references: without the garbage collector, and as soon as it can be."""

import asyncio
import gc
import weakref
from contextlib import contextmanager

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, derivative, grad

pytestmark = pytest.mark.usefixtures("double")


@contextmanager
def no_collector():
    while gc.collect():  # of other tests: what is freed may leave garbage of its own
        pass
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_a_tape_and_what_it_recorded_die_with_the_last_name():
    with no_collector():
        x = ug.asarray([1.0, 2.0])
        with ug.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = ug.exp(x)
            z = ug.sum(y * y)
        assert_values(tape.gradient(z, x), 2.0 * np.exp([2.0, 4.0]))
        tensor, raw, recorder = weakref.ref(y), weakref.ref(y.raw), weakref.ref(tape)
        del y, z
        assert raw() is not None
        del tape
        assert (tensor(), raw(), recorder()) == (None, None, None)


def test_a_tape_that_answers_once_lets_go_at_once():
    with no_collector():
        x = ug.asarray([1.0, 2.0])
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.exp(x)
            z = ug.sum(y * y)
        raw = weakref.ref(y.raw)
        del y
        assert raw() is not None
        tape.gradient(z, x)
        assert raw() is None


def test_reset_lets_go():
    with no_collector():
        x = ug.asarray([1.0, 2.0])
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.exp(x)
            raw = weakref.ref(y.raw)
            del y
            assert raw() is not None
            tape.reset()
            assert raw() is None


@pytest.mark.parametrize("function", [grad, derivative])
def test_nothing_is_left_of_a_derivative(function):
    with no_collector():
        x = ug.asarray([1.0, 2.0])
        refs = []

        def f(x):
            y = ug.sin(x) * x
            refs.append(weakref.ref(y))
            y = y.reshape(1, 2)[0] @ y
            refs.append(weakref.ref(y))
            return ug.sqrt(y)

        function(f, x)
        function(lambda x: function(f, x), x)
        assert [r() for r in refs] == [None] * len(refs)
        assert gc.collect() == 0


def test_a_task_that_outlives_the_block_records_no_more():
    """The task's context is a copy of the block's: the tape is in it for as long as the task lives."""
    x = ug.asarray([1.0, 2.0])

    async def late(done):
        await done.wait()
        return x * 3.0

    async def main():
        done = asyncio.Event()
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x * 2.0
            task = asyncio.create_task(late(done))
            await asyncio.sleep(0)
        before = len(tape._records)
        done.set()
        z = await task
        assert len(tape._records) == before
        return tape, y, z

    tape, y, z = asyncio.run(main())
    assert_values(tape.gradient([y, z], x), [2.0, 2.0])
