"""What a tape records and when: watching, pausing, entering again, threads, tasks, generators; and that it lets go."""

import asyncio
import threading

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values
from unigrad.recording import listening

pytestmark = pytest.mark.usefixtures("double")


@pytest.fixture(autouse=True)
def _nobody_is_left_listening():
    assert listening().recorders == ()
    yield
    assert listening().recorders == ()


class TestWatching:
    @pytest.mark.parametrize("wrong", [3.0, np.ones(2), "a", 1j])
    def test_only_tensors_and_variables_are_watched(self, wrong):
        with ug.GradientTape() as tape, pytest.raises(ValueError, match=f"'{type(wrong).__name__}'.*unigrad.asarray"):
            tape.watch(wrong)

    def test_none_is_not_watched(self):
        with ug.GradientTape() as tape:
            for wrong in (None, [None]):
                with pytest.raises((ValueError, TypeError), match="None"):
                    tape.watch(wrong)

    def test_nested_structures_are_watched(self):
        x, y = ug.asarray(2.0), ug.asarray(3.0)
        with ug.GradientTape() as tape:
            tape.watch({"a": [x], "b": (y,)})
            z = x * y
        assert_values(tape.gradient(z, [x, y]), [3.0, 2.0])

    def test_before_the_block_is_an_error(self):
        with pytest.raises(ug.TapeError, match=r"never been entered.*watch inside it"):
            ug.GradientTape().watch(ug.asarray(1.0))

    def test_after_the_block_is_harmless(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            y = x * x
        tape.watch(x)
        assert tape.gradient(y, x) is None

    def test_what_was_computed_before_watching_is_a_constant(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            y = x * x
            tape.watch(x)
            z = y * x
        assert_values(tape.gradient(z, x), 4.0)


class TestStates:
    def test_a_second_gradient(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        assert_values(tape.gradient(y, x), 4.0)
        with pytest.raises(ug.TapeError, match=r"one set of gradients.*persistent=True"):
            tape.gradient(y, x)
        assert_library_well()

    def test_a_persistent_tape_answers_again(self):
        x = ug.asarray(2.0)
        with ug.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x * x
            z = y * y
        assert_values(tape.gradient(z, x), 32.0)
        assert_values(tape.gradient(z, x), 32.0)
        assert_values(tape.gradient(y, x), 4.0)

    def test_a_gradient_inside_the_block(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            tape.watch(x)
            assert_values(tape.gradient(x * x, x), 4.0)
            assert_values(x * 3.0, 6.0)

    def test_a_persistent_tape_differentiates_its_own_backward(self):
        x = ug.asarray(3.0)
        with ug.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x * x * x
            first = tape.gradient(y, x)
            second = tape.gradient(first, x)
        assert_values(first, 27.0)
        assert_values(second, 18.0)
        assert_values(tape.gradient(second, x), 6.0)

    def test_a_tape_that_was_never_entered(self):
        x = ug.asarray(2.0)
        with pytest.raises(ug.TapeError, match="never been entered"):
            ug.GradientTape().gradient(x, x)
        with pytest.raises(ug.TapeError, match="not recording"):
            ug.GradientTape().stop_recording()

    def test_entering_an_active_tape(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            tape.watch(x)
            with pytest.raises(ug.TapeStateError, match="still recording"), tape:
                pass
            y = x * x  # it goes on
        assert_values(tape.gradient(y, x), 4.0)

    def test_entering_again_goes_on(self):
        x = ug.asarray(2.0)
        tape = ug.GradientTape()
        with tape:
            tape.watch(x)
            y = x * x
        unseen = y * x
        with tape:
            z = y * x
        assert tape.watched_variables() == ()
        assert_values(tape.gradient([z, unseen], x), 12.0)

    def test_stop_recording(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            with tape.stop_recording():
                hidden = y * x
                with pytest.raises(ug.TapeStateError, match="not recording"):
                    tape.stop_recording()
            z = y * hidden
        assert_values(tape.gradient(z, x), 4.0 * 8.0)
        with pytest.raises(ug.TapeStateError, match="not recording"):
            tape.stop_recording()

    def test_stop_recording_stops_this_tape_alone_and_survives_an_exception(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as outer, ug.GradientTape() as inner:
            outer.watch(x)
            inner.watch(x)
            with pytest.raises(KeyError), inner.stop_recording():
                y = x * x
                raise KeyError
            z = y * x
        assert_values(outer.gradient(z, x), 12.0)
        assert_values(inner.gradient(z, x), 4.0)

    def test_reset_forgets_and_goes_on(self):
        x, v = ug.asarray(2.0), ug.Variable(1.0)
        with ug.GradientTape(persistent=True) as tape:
            tape.watch(x)
            before = x * x * v
            tape.reset()
            assert tape.watched_variables() == ()
            unwatched = x * x
            tape.watch(x)
            after = x * x
        assert tape.gradient(before, x) is None
        assert tape.gradient(unwatched, x) is None
        assert_values(tape.gradient(after, x), 4.0)
        with pytest.raises(ug.TapeStateError, match="not recording"):
            tape.reset()


class TestVariables:
    def test_they_are_watched_when_they_are_read_in_that_order(self):
        a, b, frozen = ug.Variable(3.0, name="a"), ug.Variable(2.0, name="b"), ug.Variable(5.0, trainable=False)
        with ug.GradientTape() as tape:
            y = b * a * a * frozen * b
        assert [v.name for v in tape.watched_variables()] == ["b:0", "a:0"]
        found = tape.gradient(y, [a, b, frozen])
        assert_values(found[:2], [2.0 * 3.0 * 4.0 * 5.0, 2.0 * 2.0 * 9.0 * 5.0])
        assert found[2] is None

    def test_unless_the_tape_is_told_not_to(self):
        v = ug.Variable(3.0)
        with ug.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
            y = v * v
            assert tape.watched_variables() == ()
            tape.watch(v)
            z = v * v
        assert tape.gradient(y, v) is None
        assert_values(tape.gradient(z, v), 6.0)

    def test_assigning_between_two_readings(self):
        v = ug.Variable(2.0)
        with ug.GradientTape() as tape:
            y = v * v
            v.assign(5.0)
            z = v * v
        assert_values(tape.gradient([y, z], v), 14.0)

    def test_no_gradient_passes_through_an_assignment(self):
        x, v = ug.asarray(2.0), ug.Variable(1.0)
        with ug.GradientTape(persistent=True) as tape:
            tape.watch(x)
            v.assign(x * x)
            y = v * 3.0
        assert tape.gradient(y, x) is None
        assert_values(tape.gradient(y, v), 3.0)

    def test_a_tensor_that_was_read_is_the_same_source(self):
        v = ug.Variable(3.0)
        with ug.GradientTape(persistent=True) as tape:
            y = v * v
        assert_values(tape.gradient(y, v.value()), 6.0)


class TestThreadsTasksGenerators:
    def test_each_thread_has_its_own_tapes(self):
        found, ready = {}, threading.Barrier(4)

        def work(i):
            x = ug.asarray(float(i))
            with ug.GradientTape() as tape:
                tape.watch(x)
                ready.wait()
                y = x * x
                ready.wait()
            found[i] = (float(tape.gradient(y, x)), len(listening().recorders))

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert found == {i: (2.0 * i, 0) for i in range(4)}

    def test_each_task_has_its_own_tapes(self):
        async def work(i):
            x = ug.asarray(float(i))
            with ug.GradientTape() as tape:
                tape.watch(x)
                await asyncio.sleep(0.001 * (3 - i))
                y = x * x
                assert listening().recorders == (tape,)
                await asyncio.sleep(0)
            with ug.ForwardAccumulator(x, ug.asarray(1.0)) as acc:
                await asyncio.sleep(0)
                z = x * x * x
            return float(tape.gradient(y, x)), float(acc.jvp(z))

        async def main():
            return await asyncio.gather(*(work(i) for i in range(4)))

        assert asyncio.run(main()) == [(2.0 * i, 3.0 * i * i) for i in range(4)]

    def test_generators_that_take_turns(self):
        def work(i):
            x = ug.asarray(float(i))
            with ug.GradientTape() as tape:
                tape.watch(x)
                yield None
                y = x * x
                yield None
            yield float(tape.gradient(y, x))

        running = [work(i) for i in range(3)]
        for _ in range(2):
            for g in running:
                next(g)
        assert [next(g) for g in running] == [0.0, 2.0, 4.0]

    def test_a_generator_that_is_dropped_in_its_block(self):
        def work():
            with ug.GradientTape() as tape:
                yield tape

        g = work()
        tape = next(g)
        assert listening().recorders == (tape,)
        g.close()
        assert_library_well()

    def test_blocks_that_end_in_another_order(self):
        x = ug.asarray(2.0)
        first, second = ug.GradientTape(), ug.GradientTape()
        first.__enter__()
        second.__enter__()
        first.watch(x)
        second.watch(x)
        y = x * x
        first.__exit__(None, None, None)
        z = y * x
        second.__exit__(None, None, None)
        assert_values(second.gradient(z, x), 12.0)
        assert first.gradient(z, x) is None
