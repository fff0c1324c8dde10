"""Exceptions at every point inside of `watch`, `gradient` and `jvp`: the state is as before, and the next question is answered.

A trace raises at the n-th call of a function of unigrad's, for every n that there is: what a broken kernel, a bad operand or no
memory does at one point, this does at all of them.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, backend_name
from unigrad import cotangents
from unigrad.lending import MEMORY
from unigrad.recording import ONE_AT_A_TIME, listening

pytestmark = pytest.mark.usefixtures("double")

ROOT = str(Path(ug.__file__).parent)
BACKENDS = str(Path(sys.modules[type(ug.get_backend()).__module__].__file__).parent.parent)
LEAVING = {"stop", "__exit__"}  # the end of a block: who breaks that off breaks off the cleaning up itself


class Fault(Exception):
    """Raised on purpose."""


class Injector:
    """Raises `Fault` at the n-th call; `hit` says whether there were so many."""

    def __init__(self, n):
        self.left = n
        self.hit = False
        self.where = ""

    def __call__(self, frame, event, arg):
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith((ROOT, BACKENDS)) or code.co_name in LEAVING:
            return
        if code.co_name.startswith("<"):  # the body of a comprehension or of a generator: its function was counted
            return
        if frame.f_back is not None and frame.f_back.f_code.co_name in LEAVING:
            return
        self.left -= 1
        if self.left == 0:
            self.hit = True
            self.where = f"{Path(code.co_filename).name}:{frame.f_lineno} {code.co_name}"
            raise Fault(self.where)
        return


def snapshot(*tapes):
    """What must be as before."""
    state = [
        listening().recorders,
        cotangents._absorbing.get(),
        ug.get_backend().name,
        MEMORY._is_owned(),
        ONE_AT_A_TIME.locked(),
    ]
    for t in tapes:
        state += [
            len(t._records),
            set(t.tracked),
            set(t._watched),
            dict(t._variables),
            t._recording,
            t._used,
            t._entered,
        ]
    return state


def at_every_call(make, act, check, stride=1):
    """Let `act(*made)` fail at each call in turn; the state is as before each time, and then it works, and `check` is content."""
    n, points = 1, []
    while True:
        made = make()
        tapes = [m for m in made if isinstance(m, ug.GradientTape)]
        before = snapshot(*tapes)
        injector = Injector(n)
        sys.settrace(injector)
        try:
            found = act(*made)
        except Fault:
            found = None
        finally:
            sys.settrace(None)
        if not injector.hit:
            check(found)
            break
        assert snapshot(*tapes) == before, injector.where
        check(act(*made))
        points.append(injector.where)
        n += stride
    assert len(points) > 3, points
    assert_library_well()


STRIDE = {"numpy": 1, "jax": 5, "torch": 3}


@pytest.fixture
def stride(double):
    return STRIDE[backend_name()]


TABLE = np.array([[0.5, 1.0], [2.0, 3.0], [1.0, -1.0]])


def program(x, v):
    """Rows of several kinds: elementwise, a product, reductions, pieces, a choice."""
    y = ug.tanh(x @ ug.asarray([[1.0, 0.5], [0.25, 1.0]])) * v + x[1]
    return ug.sum(ug.where(y > 0.5, ug.sqrt(ug.abs(y)), 0.0)) + ug.max(y) + ug.sum(ug.take(x, [0, 0], axis=0))


def numbers(found):
    return None if found is None else [None if g is None else g.numpy() for g in found]


def same_as(wanted):
    def check(found):
        for g, w in zip(numbers(found), wanted, strict=True):
            assert_values(g, w)

    return check


def recorded(**options):
    x, v = ug.asarray(TABLE), ug.Variable(2.0)
    with ug.GradientTape(**options) as tape:
        tape.watch(x)
        y = program(x, v)
    return tape, y, x, v


@pytest.mark.parametrize("persistent", [False, True])
def test_gradient(persistent, stride):
    tape, y, x, v = recorded()
    wanted = numbers(tape.gradient(y, [x, v]))
    at_every_call(
        lambda: recorded(persistent=persistent),
        lambda tape, y, x, v: tape.gradient(y, [x, v], output_gradients=ug.asarray(1.0)),
        same_as(wanted),
        stride,
    )


def test_gradient_inside_its_block(stride):
    tape, y, x, v = recorded()
    wanted = numbers(tape.gradient(y, [x, v]))
    tape = None

    def make():
        nonlocal tape
        if tape is not None:
            tape.__exit__(None, None, None)
        tape, x, v = ug.GradientTape(), ug.asarray(TABLE), ug.Variable(2.0)
        tape.__enter__()
        tape.watch(x)
        return tape, program(x, v), x, v

    try:
        at_every_call(make, lambda tape, y, x, v: tape.gradient(y, [x, v]), same_as(wanted), stride)
    finally:
        tape.__exit__(None, None, None)


def test_the_second_walk_of_absorbing_products(stride):
    def make():
        x = ug.asarray([0.0, 4.0])
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.where(x > 1.0, ug.sqrt(x), 0.0)
        return tape, y, x

    at_every_call(make, lambda tape, y, x: [tape.gradient(y, x)], same_as([[0.0, 0.25]]), stride)


def test_a_walk_that_another_tape_records(stride):
    outer = None

    def make():
        nonlocal outer
        if outer is not None:
            outer.__exit__(None, None, None)
        x = ug.asarray([0.5, 2.0])
        outer = ug.GradientTape(persistent=True)
        outer.__enter__()
        outer.watch(x)
        with ug.GradientTape(persistent=True) as inner:
            inner.watch(x)
            y = ug.sum(x * x * x + ug.exp(x))
        return inner, y, x

    try:
        check = same_as([3 * np.array([0.5, 2.0]) ** 2 + np.exp([0.5, 2.0])])
        at_every_call(make, lambda inner, y, x: [inner.gradient(y, x)], check, stride)
    finally:
        outer.__exit__(None, None, None)


def test_watch():
    def make():
        tape = ug.GradientTape(persistent=True)
        with tape:
            pass
        return tape, ug.asarray(TABLE), ug.Variable(1.0), ug.asarray(2.0)

    def act(tape, x, v, z):
        tape.watch({"a": [x, v], "b": (z,)})
        return tape, x, v, z

    def check(made):
        tape, x, v, z = made
        assert tape.watched_variables() == (v,)
        assert [float(ug.sum(g)) for g in tape.gradient([x, v, z], [x, v, z])] == [6.0, 1.0, 1.0]

    at_every_call(make, act, check)


def test_watching_half_of_a_structure_is_watching_nothing():
    x, v = ug.asarray(1.0), ug.Variable(2.0)
    with ug.GradientTape() as tape:
        for wrong in ([x, v, 3.0], {"a": x, "b": "text"}):
            with pytest.raises(ValueError, match="Passed in object"):
                tape.watch(wrong)
        with pytest.raises(ug.NotDifferentiableWarning):
            tape.watch([x, v, ug.asarray(3)])
        assert not tape.tracked
        assert tape.watched_variables() == ()


def test_recording(stride):
    """An op that fails is not recorded, and the block goes on."""
    x, v = ug.asarray(TABLE), ug.Variable(2.0)
    wanted = None
    n = 1
    while True:
        with ug.GradientTape() as tape:
            tape.watch(x)
            injector = Injector(n)
            sys.settrace(injector)
            try:
                program(x, v)
            except Fault:
                pass
            finally:
                sys.settrace(None)
            assert listening().recorders == (tape,), injector.where
            y = program(x, v)
        found = numbers(tape.gradient(y, [x, v]))
        wanted = wanted or found
        for g, w in zip(found, wanted, strict=True):
            assert_values(g, w)
        if not injector.hit:
            break
        n += stride
    assert n > 3
    assert_library_well()


def test_entering_a_block():
    """A block whose beginning fails has not begun."""
    for recorder in (ug.GradientTape(), ug.ForwardAccumulator(x := ug.asarray(2.0), ug.asarray(1.0))):
        n = 1
        while True:
            injector = Injector(n)
            sys.settrace(injector)
            try:
                recorder.__enter__()
            except Fault:
                pass
            finally:
                sys.settrace(None)
            if not injector.hit:
                break
            assert listening().recorders == (), injector.where
            assert not recorder._recording
            n += 1
        assert n > 1
        assert listening().recorders == (recorder,)
        recorder.__exit__(None, None, None)
    with recorder:
        y = x * x
    assert_values(recorder.jvp(y), 4.0)


def test_forward_mode(stride):
    def act(x, v):
        with ug.ForwardAccumulator([x, v], [ug.ones((3, 2)), ug.asarray(1.0)]) as acc:
            y = program(x, v)
        return [acc.jvp(y)]

    x, v = ug.asarray(TABLE), ug.Variable(2.0)
    at_every_call(lambda: (x, v), act, same_as(numbers(act(x, v))), stride)


def test_jvp(stride):
    x = ug.asarray([1.0, 2.0])

    def make():
        with ug.ForwardAccumulator(x, ug.ones(2)) as acc:
            y = x * x
        return acc, y

    at_every_call(make, lambda acc, y: list(acc.jvp((y, x), unconnected_gradients="zero")), same_as([[2, 4], [1, 1]]))


@pytest.mark.parametrize("order", ["tape in accumulator", "accumulator in tape"])
def test_both_modes(order, stride):
    x, t = ug.asarray([0.5, 2.0]), ug.asarray([1.0, -1.0])

    def act():
        if order == "tape in accumulator":
            with ug.ForwardAccumulator(x, t) as acc:
                with ug.GradientTape() as tape:
                    tape.watch(x)
                    y = ug.sum(x * x * x)
                g = tape.gradient(y, x)
            return [acc.jvp(g)]
        with ug.GradientTape() as tape:
            tape.watch(x)
            with ug.ForwardAccumulator(x, t) as acc:
                y = ug.sum(x * x * x)
            d = acc.jvp(y)
        return [tape.gradient(d, x)]

    at_every_call(tuple, act, same_as([[3.0, -12.0]]), stride)


def test_a_gradient_in_rows(stride):
    x = ug.asarray(TABLE)

    def make():
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.take(x, [0, 0, 2], axis=0)
        return (tape.gradient(y, x),)

    want = [[2.0, 2.0], [0.0, 0.0], [1.0, 1.0]]
    at_every_call(make, lambda g: [g + 0.0, g.indices, g.values], same_as([want, [0, 0, 2], np.ones((3, 2))]), stride)
