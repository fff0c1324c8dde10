"""What a tape or an accumulator holds is freed when it is dropped, by counting references alone: after exceptions too."""

import gc
import weakref

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, backend_name
from unigrad.kinds import PRODUCT
from unigrad.recording import listening

pytestmark = pytest.mark.usefixtures("double")


@pytest.fixture(autouse=True)
def _no_collector():
    gc.disable()
    yield
    gc.enable()
    assert listening().recorders == ()
    assert_library_well()


class Watcher:
    """Weak references to tensors, to their arrays and to what else is given; `alive` are the names of those that live."""

    def __init__(self):
        self.refs = {}

    def see(self, **things):
        for name, thing in things.items():
            self.refs[name] = weakref.ref(thing)
            if isinstance(thing, ug.Tensor):
                self.refs[name + "'s array"] = weakref.ref(thing._raw)
        return self

    @property
    def alive(self):
        return sorted(name for name, ref in self.refs.items() if ref() is not None)


@pytest.fixture
def watcher():
    return Watcher()


def recorded(watcher, x, **options):
    """A tape that has recorded exp(x) ** 2, whose values nobody else holds."""
    with ug.GradientTape(**options) as tape:
        tape.watch(x)
        y = ug.exp(x)
        z = ug.sum(y * y)
    watcher.see(tape=tape, y=y)
    return tape, z


X = [0.5, 1.0]


def test_a_tape_that_is_dropped_unasked(watcher):
    x = ug.asarray(X)
    tape, z = recorded(watcher, x)
    assert watcher.alive == ["tape", "y's array"]  # the tape keeps arrays, and no handles
    del tape
    assert watcher.alive == []
    assert z.shape == ()


def test_a_tape_that_answered_once_though_it_is_kept(watcher):
    x = ug.asarray(X)
    tape, z = recorded(watcher, x)
    tape.gradient(z, x)
    assert watcher.alive == ["tape"]
    del tape
    assert watcher.alive == []


def test_a_persistent_tape_keeps_until_it_is_dropped(watcher):
    x = ug.asarray(X)
    tape, z = recorded(watcher, x, persistent=True)
    for _ in range(2):
        g = tape.gradient(z, x)
        watcher.see(g=g)
        del g
    assert watcher.alive == ["tape", "y's array"]
    del tape
    assert watcher.alive == []


def test_a_result_does_not_hold_its_tape(watcher):
    x = ug.asarray(X)
    tape, z = recorded(watcher, x)
    g = tape.gradient(z, x)
    del tape, z
    assert watcher.alive == []
    assert_values(g, 2 * np.exp(2 * np.asarray(X)))


def test_cotangents_on_the_way(watcher, monkeypatch):
    """Of the walk itself nothing is left: neither the seeds nor what was added up for values that are no sources."""
    met = []
    from unigrad import sweeps

    for name in ("fast", "recorded", "careful"):
        whole = getattr(sweeps, name)

        def spied(records, cts, *args, whole=whole, **options):
            kept = whole(records, cts, *args, **options)
            met.extend(weakref.ref(ct) for ct in [*cts.values(), *kept.values()] if hasattr(ct, "shape"))
            return kept

        monkeypatch.setattr(sweeps, name, spied)
    x = ug.asarray(X)
    for order in (1, 2):
        with ug.GradientTape() as outer:
            outer.watch(x)
            tape, z = recorded(watcher, x)
            g = tape.gradient(z, x)
            del tape, z
        if order == 2:
            g = outer.gradient(g, x)
        del outer, g
        assert met
        assert [r() for r in met] == [None] * len(met)
        assert watcher.alive == []


def test_seeds_are_not_kept(watcher):
    x = ug.asarray(X)
    tape, z = recorded(watcher, x, persistent=True)
    seed = ug.asarray(2.0)
    watcher.refs["seed"] = weakref.ref(seed)
    tape.gradient(z, x, output_gradients=seed)
    del seed
    assert watcher.alive == ["tape", "y's array"]


def test_variables_are_not_held_by_a_tape_that_is_gone(watcher):
    v = ug.Variable(X)
    with ug.GradientTape() as tape:
        y = ug.sum(v * v)
    g = tape.gradient(y, v)
    watcher.see(v=v, tape=tape)
    del v, tape
    assert watcher.alive == []
    assert_values(g, 2 * np.asarray(X))


def test_reset_and_a_pause(watcher):
    x = ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.exp(x)
        with tape.stop_recording():
            hidden = ug.exp(y)
            watcher.see(hidden=hidden)
            del hidden
            assert watcher.alive == []
        watcher.see(y=y)
        del y
        tape.reset()
        assert watcher.alive == []


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_tapes_inside_tapes(watcher, depth):
    x = ug.asarray([0.5])

    def level(n):
        with ug.GradientTape(persistent=bool(n % 2)) as tape:
            tape.watch(x)
            y = ug.exp(x) * x if n == 1 else level(n - 1)
        watcher.see(**{f"tape{n}": tape, f"y{n}": y})
        return tape.gradient(y, x)

    assert_values(level(depth), [np.exp(0.5) * (0.5 + depth)])
    assert watcher.alive == []


def test_a_persistent_tape_of_its_own_backward(watcher):
    x = ug.asarray([0.5])
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = ug.exp(x) * x
        g = tape.gradient(y, x)
        h = tape.gradient(g, x)
    watcher.see(tape=tape, y=y, g=g, h=h)
    del tape, y, g, h
    assert watcher.alive == []


# -- exceptions -------------------------------------------------------------------------------------------------------
def test_an_exception_in_the_block(watcher):
    x = ug.asarray(X)

    def fail():
        with ug.GradientTape() as tape, ug.ForwardAccumulator(x, ug.ones(2)) as acc:
            tape.watch(x)
            y = ug.exp(x)
            watcher.see(tape=tape, acc=acc, y=y, tangent=acc.jvp(y))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert watcher.alive == []


def broken(*args, **params):
    raise ArithmeticError("broken on purpose")


@pytest.mark.parametrize("persistent", [False, True])
def test_an_exception_in_the_walk_leaves_the_tape_as_it_was_and_then_nothing(watcher, persistent, monkeypatch):
    x = ug.asarray(X)

    def ask(tape, z):
        with monkeypatch.context() as patch:
            row = ug.exp.primitive
            for rule in row.rules.values():
                patch.setattr(rule, "code", PRODUCT)
                patch.setattr(rule, "partial", broken)
            with pytest.raises(ArithmeticError, match="on purpose"):
                tape.gradient(z, x)

    tape, z = recorded(watcher, x, persistent=persistent)
    ask(tape, z)
    assert watcher.alive == ["tape", "y's array"]
    assert_values(tape.gradient(z, x), 2 * np.exp(2 * np.asarray(X)))
    assert watcher.alive == (["tape", "y's array"] if persistent else ["tape"])
    del tape
    assert watcher.alive == []


def test_a_refused_question(watcher):
    x = ug.asarray(X)
    tape, z = recorded(watcher, x)
    for wrong in ({"output_gradients": ug.ones(3)}, {"unconnected_gradients": "bogus"}):
        with pytest.raises(ValueError):
            tape.gradient(z, x, **wrong)
    with pytest.raises(TypeError):
        tape.gradient(z, [x, 3.0])
    del tape
    assert watcher.alive == []


# -- forward mode -----------------------------------------------------------------------------------------------------
def test_tangents_die_with_their_values(watcher):
    x = ug.asarray(X)
    with ug.ForwardAccumulator(x, ug.ones(2)) as acc:
        y = ug.exp(x)
        watcher.see(y=y, tangent=acc.jvp(y))
        z = ug.sum(y)
        del y
        assert watcher.alive == []
        assert_values(acc.jvp(z), np.exp(X).sum())
    assert len(acc._tangents) == 1


def test_tangents_die_with_their_accumulator(watcher):
    x = ug.asarray(X)
    with ug.ForwardAccumulator(x, ug.ones(2)) as acc:
        y = ug.exp(x)
    watcher.see(acc=acc, tangent=acc.jvp(y))
    del acc
    assert watcher.alive == []
    assert_values(y, np.exp(X))


def test_what_jvp_gave_outlives_both(watcher):
    x = ug.asarray(X)
    with ug.ForwardAccumulator(x, ug.ones(2)) as acc:
        y = ug.exp(x)
    watcher.see(acc=acc, y=y)
    tangent = acc.jvp(y)
    del acc, y
    assert watcher.alive == []
    assert_values(tangent, np.exp(X))


def test_seeds_and_primals(watcher):
    x, t = ug.asarray(X) * 1.0, ug.ones(2) * 1.0
    acc = ug.ForwardAccumulator(x, t)
    watcher.see(t=t, x=x)
    del x
    assert watcher.alive == ["t", "t's array"]
    del t
    assert "t's array" in watcher.alive
    del acc
    assert watcher.alive == []


@pytest.mark.parametrize("modes", ["ff", "fr", "rf", "fff", "ffr", "frf", "frr", "rff", "rfr", "rrf"])
def test_modes_inside_each_other(watcher, modes):
    x = ug.asarray([0.5])

    def level(modes):
        if not modes:
            return ug.exp(x) * x
        if modes[0] == "f":
            with ug.ForwardAccumulator(x, ug.asarray([1.0])) as recorder:
                y = level(modes[1:])
            found = recorder.jvp(y)
        else:
            with ug.GradientTape() as recorder:
                recorder.watch(x)
                y = level(modes[1:])
            found = recorder.gradient(y, x)
        watcher.see(**{f"{modes}": recorder, f"{modes} y": y})
        return found

    found = level(modes)
    assert_values(found, [np.exp(0.5) * (0.5 + len(modes))])
    assert watcher.alive == []


def test_a_tape_that_recorded_tangents_holds_no_accumulator(watcher):
    x = ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(x)
        with ug.ForwardAccumulator(x, ug.ones(2)) as acc:
            y = ug.exp(x)
        t = ug.sum(acc.jvp(y))
    watcher.see(acc=acc, tape=tape)
    del acc, y
    assert watcher.alive == ["tape"]
    assert_values(tape.gradient(t, x), np.exp(X))
    del tape
    assert watcher.alive == []


def test_a_long_loop_keeps_no_tangent_of_what_is_gone():
    x = ug.asarray(0.3)
    with ug.ForwardAccumulator(x, ug.asarray(1.0)) as acc:
        y = x
        for _ in range(50):
            y = ug.sin(y) + x
        assert len(acc._tangents) <= 2
    assert acc.jvp(y) is not None


def test_a_deep_chain_is_freed_without_recursion():
    x = ug.asarray(1.0)
    depth = 20_000 if backend_name() == "numpy" else 200
    with ug.GradientTape() as tape, ug.GradientTape() as second:
        tape.watch(x)
        second.watch(x)
        y = x
        for _ in range(depth):
            y = y * 1.0
    ref = weakref.ref(tape)
    assert_values(second.gradient(y, x), 1.0)
    del tape, second, y
    assert ref() is None
