"""Tapes in threads, pools, tasks and generators: each sees its own, and one that is carried over loses nothing."""

import asyncio
import contextvars
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, backend_name, derivative, grad
from unigrad.recording import listening

pytestmark = pytest.mark.usefixtures("double")

WORKERS = 4
ROUNDS = 40


@pytest.fixture(autouse=True)
def _threads_take_turns_often():
    """So often that what goes wrong between two steps does so here, with and without a global lock."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)
    assert listening().recorders == ()
    assert_library_well()


def at_once(*functions):
    """Run functions in threads that start together, with copies of this context; their results, or the first exception."""
    ready = threading.Barrier(len(functions))

    def run(function):
        ready.wait()
        return function()

    contexts = [contextvars.copy_context() for _ in functions]
    with ThreadPoolExecutor(len(functions)) as pool:
        return [f.result() for f in [pool.submit(c.run, run, f) for c, f in zip(contexts, functions)]]


class TestThreads:
    def test_each_has_its_own_tape_on_a_shared_parameter(self):
        """Data in parallel: every thread watches the same tensor, which nobody has watched before."""

        def work(w, i):
            with ug.GradientTape() as tape:
                tape.watch(w)
                y = w * w * float(i)
            return tape.gradient(y, w)

        for _ in range(ROUNDS):
            w = ug.asarray([1.0, 2.0])
            for i, g in enumerate(at_once(*(lambda i=i, w=w: work(w, i) for i in range(WORKERS)))):
                assert_values(g, [2.0 * i, 4.0 * i])

    def test_a_shared_constant_of_an_inner_tape_is_a_value_of_the_outer(self):
        def work(a, i):
            x = ug.asarray(2.0)
            with ug.GradientTape() as outer:
                if i % 2:
                    outer.watch(a)
                with ug.GradientTape() as inner:
                    inner.watch(x)
                    y = a * (x * x)
                outer.watch(a)
                g = inner.gradient(y, x)
            return outer.gradient(g, a)

        for _ in range(ROUNDS):
            a = ug.asarray(3.0)
            for g in at_once(*(lambda i=i, a=a: work(a, i) for i in range(WORKERS))):
                assert_values(g, 4.0)

    def test_each_reads_its_part_of_shared_data(self):
        data = ug.asarray(np.arange(40.0).reshape(4, 10))
        w = ug.Variable(np.ones(10))

        def work(i):
            total = 0.0
            for _ in range(ROUNDS):
                with ug.GradientTape() as tape:
                    loss = ug.sum(data[i] * w)
                total = total + tape.gradient(loss, w).numpy()
            return total / ROUNDS

        for i, g in enumerate(at_once(*(lambda i=i: work(i) for i in range(WORKERS)))):
            assert_values(g, np.arange(10.0) + 10 * i)

    def test_all_modes_nested(self):
        modes = (grad, derivative)

        def work(i):
            outer, inner = modes[i % 2], modes[i // 2 % 2]
            x = ug.asarray(1.0 + i)
            return [outer(lambda x: inner(lambda x: ug.sin(x) * x, x), x) for _ in range(5)]

        for i, found in enumerate(at_once(*(lambda i=i: work(i) for i in range(4)))):
            x = 1.0 + i
            for g in found:
                assert_values(g, 2 * np.cos(x) - x * np.sin(x))

    def test_without_a_copied_context_nothing_is_recorded(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape, ThreadPoolExecutor(1) as pool:
            tape.watch(x)
            y = pool.submit(lambda: (x * x, listening().recorders)).result()
        inherits = getattr(sys.flags, "thread_inherit_context", 0)  # from 3.14 on a thread may begin with a copy
        assert y[1] == ((tape,) if inherits else ())
        assert (tape.gradient(y[0], x) is None) is not bool(inherits)

    def test_an_exception_in_a_thread_leaves_the_others_alone(self):
        def fail():
            with ug.GradientTape() as tape, ug.ForwardAccumulator(x := ug.asarray(1.0), ug.asarray(1.0)):
                tape.watch(x)
                raise KeyError(len(listening().recorders))

        def failing():
            with pytest.raises(KeyError):
                fail()

        def work():
            return [float(grad(lambda x: x * x, ug.asarray(3.0))) for _ in range(20)]

        results = at_once(work, failing, work)
        assert results[0] == results[2] == [6.0] * 20

    def test_a_pool_that_goes_on(self):
        with ThreadPoolExecutor(2) as pool:
            for _ in range(3):
                with pytest.raises(ZeroDivisionError):
                    pool.submit(lambda: grad(lambda x: x * (1 // 0), ug.asarray(1.0))).result()
                assert pool.submit(lambda: listening().recorders).result() == ()
                assert_values(pool.submit(lambda: grad(lambda x: x * x, ug.asarray(2.0))).result(), 4.0)


class TestOneTape:
    def test_threads_with_a_copied_context_record_onto_it(self):
        x = ug.asarray([1.0, 2.0])
        with ug.GradientTape() as tape:
            tape.watch(x)

            def work(i):
                y = x * float(i)
                for _ in range(ROUNDS):
                    y = ug.sin(y) + x
                return y

            ys = at_once(*(lambda i=i: work(i) for i in range(WORKERS)))
        assert len(tape._records) == 5 * WORKERS * (2 * ROUNDS + 1)
        value, slope = np.outer(range(WORKERS), [1.0, 2.0]), np.arange(float(WORKERS))[:, None] + np.zeros(2)
        for _ in range(ROUNDS):
            value, slope = np.sin(value) + x.numpy(), np.cos(value) * slope + 1
        for i, y in enumerate(ys):
            assert_values(y, value[i])
        assert_values(tape.gradient(ys, x), slope.sum(0), rtol=1e-9)

    def test_threads_watch_and_read_variables(self):
        variables = [ug.Variable(float(i), name=f"v{i}") for i in range(WORKERS)]
        shared = ug.Variable(2.0, name="shared")
        for _ in range(ROUNDS):
            with ug.GradientTape() as tape:
                ys = at_once(*(lambda v=v: v * shared for v in variables))
            assert sorted(v.name for v in tape.watched_variables()) == [
                "shared:0",
                *(f"v{i}:0" for i in range(WORKERS)),
            ]
            found = tape.gradient(ys, [*variables, shared])
            assert [float(g) for g in found] == [2.0] * WORKERS + [6.0]

    def test_one_thread_pauses_and_the_other_records(self):
        x = ug.asarray(2.0)
        for _ in range(ROUNDS):
            with ug.GradientTape() as tape:
                tape.watch(x)

                def paused(tape=tape):
                    with tape.stop_recording():
                        return [x * x for _ in range(20)][-1]

                def busy():
                    y = x
                    for _ in range(20):
                        y = y * x
                    return y

                hidden, seen = at_once(paused, busy)
                z = x * 3.0
            assert_values(tape.gradient([hidden, seen, z], x), 21 * 2.0**20 + 3.0)

    def test_only_one_of_two_askers_is_answered(self):
        x = ug.asarray(2.0)

        def ask(tape, y):
            try:
                return float(tape.gradient(y, x))
            except ug.TapeError:
                return None

        for _ in range(ROUNDS):
            with ug.GradientTape() as tape:
                tape.watch(x)
                y = x
                for _ in range(20):
                    y = y * x
            answers = at_once(*(lambda y=y: ask(tape, y) for _ in range(WORKERS)))
            assert sorted(answers, key=str) == [21 * 2.0**20, None, None, None]

    def test_a_persistent_tape_answers_several_threads(self):
        x = ug.asarray([1.0, 2.0])
        with ug.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = ug.exp(x) * x
            z = y * y
        answers = at_once(*(lambda: [tape.gradient(z, x).numpy() for _ in range(10)] for _ in range(WORKERS)))
        want = tape.gradient(z, x).numpy()
        for found in answers:
            for g in found:
                np.testing.assert_array_equal(g, want)

    def test_an_accumulator_carried_over(self):
        x = ug.asarray([1.0, 2.0])
        with ug.ForwardAccumulator(x, ug.asarray([1.0, 10.0])) as acc:
            ys = at_once(*(lambda i=i: ug.sum(x**i) for i in range(1, 5)))
        for i, y in enumerate(ys, 1):
            assert_values(acc.jvp(y), i + 10 * i * 2.0 ** (i - 1))

    def test_views_taken_in_threads_all_see_a_write(self):
        for _ in range(ROUNDS):
            base = ug.zeros((WORKERS * 8, 2))
            parts = at_once(
                *(lambda i=i, base=base: [base[i * 8 + k : i * 8 + k + 1] for k in range(8)] for i in range(WORKERS))
            )
            base[...] = 1.0
            assert all(float(ug.sum(p)) == 2.0 for part in parts for p in part)


class TestTasks:
    def test_tasks_of_one_block_record_onto_its_tape_in_turns(self):
        x = ug.asarray(2.0)

        async def work(i):
            y = x * float(i)
            for _ in range(3):
                await asyncio.sleep(0)
                y = y * x
            return y

        async def main():
            with ug.GradientTape() as tape:
                tape.watch(x)
                ys = await asyncio.gather(*(work(i) for i in range(4)))
            return tape.gradient(ys, x)

        assert_values(asyncio.run(main()), 6 * 4 * 2.0**3)

    def test_a_tape_of_a_task_is_nobody_elses(self):
        x = ug.asarray(2.0)

        async def own():
            with ug.GradientTape() as tape:
                tape.watch(x)
                await asyncio.sleep(0)
                return len(listening().recorders)

        async def main():
            task = asyncio.create_task(own())
            seen = []
            while not task.done():
                await asyncio.sleep(0)
                seen.append(listening().recorders)
            return await task, seen

        number, seen = asyncio.run(main())
        assert number == 1
        assert set(seen) == {()}

    def test_to_thread_carries_the_tape_along(self):
        x = ug.asarray(3.0)

        async def main():
            with ug.GradientTape() as tape:
                tape.watch(x)
                y = await asyncio.to_thread(lambda: x * x)
            return tape.gradient(y, x)

        assert_values(asyncio.run(main()), 6.0)

    def test_a_cancelled_task_and_one_that_fails(self):
        async def hang(started):
            with ug.GradientTape() as tape, ug.ForwardAccumulator(ug.asarray(1.0), ug.asarray(1.0)):
                tape.watch(ug.asarray(1.0))
                started.set()
                await asyncio.sleep(60)

        async def main():
            started = asyncio.Event()
            task = asyncio.create_task(hang(started))
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return listening().recorders

        assert asyncio.run(main()) == ()

    def test_a_tape_paused_across_an_await(self):
        x = ug.asarray(2.0)

        async def other():
            await asyncio.sleep(0)
            return x * x

        async def main():
            with ug.GradientTape() as tape:
                tape.watch(x)
                task = asyncio.create_task(other())
                with tape.stop_recording():
                    hidden = x * x
                    await asyncio.sleep(0)
                    seen = await task
            return tape.gradient([hidden, seen], x)

        assert_values(asyncio.run(main()), 4.0)


class TestGenerators:
    def test_a_generator_that_is_closed_elsewhere_leaves_no_tape_that_records(self):
        """Its block ends in another context than it began in: the tape is still listed in the first, and hears nothing there."""
        x = ug.asarray(2.0)

        def work():
            with ug.GradientTape() as tape:
                tape.watch(x)
                yield tape

        def begin():
            g = work()
            tape = next(g)
            threading.Thread(target=g.close).start()
            while tape._recording:
                pass
            y = x * x
            with ug.GradientTape() as own:  # the next tape clears the list
                own.watch(x)
                z = x * 3.0
                alone = listening().recorders == (own,)
            return tape.gradient(y, x), own.gradient(z, x), alone

        lost, found, alone = contextvars.copy_context().run(begin)
        assert lost is None
        assert_values(found, 3.0)
        assert alone

    def test_what_happens_between_its_steps_is_heard_by_its_tape_alone(self):
        x = ug.asarray(2.0)

        def work():
            with ug.GradientTape() as tape:
                tape.watch(x)
                y = x * x
                yield
                z = y * x
            yield tape.gradient(z, x)

        g = work()
        next(g)
        assert_values(grad(lambda x: x * 5.0, x), 5.0)
        assert_values(next(g), 12.0)

    def test_an_exception_thrown_into_it(self):
        def work():
            with ug.GradientTape() as tape, tape.stop_recording():
                yield

        g = work()
        next(g)
        with pytest.raises(KeyError):
            g.throw(KeyError())
        assert listening().recorders == ()

    def test_a_context_manager_with_a_tape_in_it(self):
        @contextmanager
        def differentiated(x):
            with ug.GradientTape(persistent=True) as tape:
                tape.watch(x)
                yield tape

        x = ug.asarray(2.0)
        with differentiated(x) as tape:
            y = x * x
        assert_values(tape.gradient(y, x), 4.0)


def test_a_pause_that_ends_after_its_block_starts_nothing():
    x = ug.asarray(2.0)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        pause = tape.stop_recording()
        pause.__enter__()
    pause.__exit__(None, None, None)
    assert listening().recorders == ()
    z = y * x
    assert tape.gradient(z, x) is None


def test_threads_that_end_inside_of_their_blocks():
    """A thread's context ends with it: a tape that was never left is nobody's."""
    x = ug.asarray(2.0)
    tapes = []

    def work():
        tape = ug.GradientTape()
        tape.__enter__()
        tape.watch(x)
        tapes.append((tape, x * x))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert listening().recorders == ()
    tape, y = tapes[0]
    assert_values(tape.gradient(y, x), 4.0)


def test_the_backend_of_a_thread_is_the_callers_own_choice():
    name = backend_name()
    assert at_once(*(lambda: ug.get_backend().name for _ in range(2))) == [name, name]
