"""`tape.explain`: the right reason, and the right line, for each way in which a gradient becomes None or zero."""

import inspect
from contextlib import nullcontext

import numpy as np
import pytest

import unigrad as ug
from tests import explain_programs as programs
from tests.helpers import assert_values


def marked(program):
    lines, first = inspect.getsourcelines(program)
    found = [first + k for k, line in enumerate(lines) if "# here" in line]
    assert len(found) <= 1
    return found[0] if found else None


def agrees(tape, target, source, status):
    """The status is what `gradient` gives, where that can still be asked."""
    if tape._used:
        return
    with pytest.warns(ug.NotDifferentiableWarning) if source.dtype.kind == "i" else nullcontext():
        g = tape.gradient(target, source)
    assert (g is None) == (status == "none")
    if g is not None:
        assert (not np.any(g.numpy())) == (status == "zero")


@pytest.mark.parametrize("debug", [False, True], ids=["plain", "debug"])
@pytest.mark.parametrize(
    ("program", "status", "kind", "plain_line", "debug_line"),
    programs.TABLE,
    ids=[p[0].__name__ for p in programs.TABLE],
)
def test_the_reason_and_its_line(backend, program, status, kind, plain_line, debug_line, debug):
    with ug.debug() if debug else nullcontext():
        tape, target, source = program()
    found = tape.explain(target, source)
    assert (found.status, found.kinds[0]) == (status, kind), str(found)
    place = found.reasons[0].place
    if debug_line if debug else plain_line:
        assert place is not None, str(found)
        assert (place.line, place.file) == (marked(program), programs.__file__)
        assert place.function.partition(".")[0] == program.__name__
        assert f"explain_programs.py:{place.line}" in str(found)
    else:
        assert place is None, str(found)
        if debug_line:
            assert "unigrad.debug()" in str(found)
    agrees(tape, target, source, status)


@pytest.mark.parametrize(
    ("program", "kind", "line", "exact"), programs.APART, ids=[p[0].__name__ for p in programs.APART]
)
def test_what_only_debug_tells_apart(backend, program, kind, line, exact):
    tape, target, source = program()
    found = tape.explain(target, source)
    assert (found.status, found.kinds[0]) == ("none", kind), str(found)
    if line:
        assert found.reasons[0].place.line == marked(program)
    agrees(tape, target, source, "none")
    look = ug.debug().start()  # in every thread
    try:
        tape, target, source = program()
    finally:
        look.stop()
    found = tape.explain(target, source)
    assert (found.status, found.kinds[0]) == ("none", exact), str(found)
    place = found.reasons[0].place
    if program in (programs.paused_at, programs.a_part_while_paused):
        assert place.line == marked(program) + 1  # the op itself
    else:
        assert place.line == marked(program)


def test_a_connected_gradient_has_its_path(backend):
    x, w = ug.asarray([1.0, 2.0]), ug.Variable([1.0, 2.0], name="w")
    with ug.debug(), ug.GradientTape() as tape:
        tape.watch(x)
        h = ug.tanh(x * w)
        loss = ug.sum(h)
    line = inspect.currentframe().f_lineno - 2
    of_x, of_w = tape.explain(loss, (x, w))
    assert of_x.status == of_w.status == "connected"
    assert not of_x.reasons
    assert [name for name, _ in of_x.path] == ["multiply", "tanh", "sum"]
    assert [place.line for _, place in of_w.path] == [line, line, line + 1]
    assert str(of_x).startswith("the gradient of loss with respect to x is not None\n  path: x -> multiply (")
    assert tape.explain(loss, loss).status == "connected"
    assert tape.explain([h, loss], {"a": x})["a"].status == "connected"
    assert_values(tape.gradient(loss, w), np.array([1.0, 2.0]) * (1 - np.tanh([1.0, 4.0]) ** 2), rtol=1e-3)


def test_explaining_uses_nothing_up(backend):
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.sum(x * x)
        assert tape.explain(y, x).status == "connected"  # while it records, and is not recorded
        count = len(tape._records)
    assert tape.explain(y, x).status == "connected"
    assert len(tape._records) == count
    assert_values(tape.gradient(y, x), [2.0, 4.0])


def test_inside_of_unigrad_nothing_leaves(backend):
    x = ug.asarray([1.0, 2.0, 4.0])
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = ug.interp(x, ug.asarray([0.0, 5.0]), ug.asarray([0.0, 1.0]))
        np.std(x), ug.quantile(x, 0.5), np.unwrap(x), repr(x), f"{x}", f"{x[0]:.3f}"
        assert not tape._left
        float(y[0])
        assert [how for _, how, _ in tape._left] == ["float()"]


def test_events_do_not_grow_with_repetition():
    x = ug.asarray(1.0)
    with ug.GradientTape() as tape:
        tape.watch(x)
        for _ in range(1000):
            float(x)
    assert len(tape._left) == 1
    with tape:
        tape.reset()
    assert not tape._left


def test_what_it_refuses(backend):
    x = ug.asarray([1.0])
    with pytest.raises(ug.TapeError, match="never been entered"):
        ug.GradientTape().explain(x, x)
    with ug.GradientTape() as tape:
        tape.watch(x)
    with pytest.raises(ug.SourceTypeError):
        tape.explain(x, 3.0)
    with pytest.raises(ug.SourceTypeError):
        tape.explain("y", x)


def test_a_tape_is_freed_at_once_after_explaining():
    import gc
    import weakref

    x = ug.asarray([1.0])
    gc.disable()
    try:
        with ug.debug():
            with ug.GradientTape() as tape:
                tape.watch(x)
                y = x * x
            str(tape.explain(y, x)), str(tape), str(tape.summary()), tape.draw()
            gone = weakref.ref(tape)
            del tape
            assert gone() is None
    finally:
        gc.enable()


def test_inside_of_a_compiler():
    import jax

    with ug.use_backend("jax"):
        texts = []

        def step(raw):
            x = ug.asarray(raw)
            with ug.GradientTape() as tape:
                tape.watch(x)
                y = ug.floor(x) * 2.0
                z = ug.relu(-x)
            texts.append((tape.explain(y, x), tape.explain(z, x)))
            return z.raw

        jax.jit(step)(np.ones(3))
        assert [e.status for e in texts[0]] == ["zero", "connected"]  # values are not looked at


def test_a_pullback_that_gives_none_beside_an_op_of_derivative_zero():
    """What is nearer to the target decides, and not what the pullback said for another target."""

    @ug.custom_gradient
    def cut(x):
        return 2 * x, lambda ct: None

    x = ug.asarray([1.5])
    for inner, outer, status in ((ug.floor, cut, "none"), (cut, ug.floor, "zero")):
        for persistent in (False, True):
            with ug.GradientTape(persistent=persistent) as tape:
                tape.watch(x)
                first = inner(x)
                y = outer(first)
            assert tape.explain(first, x).status != status
            assert tape.explain(y, x).status == status
            g = tape.gradient(y, x)
            assert (g is None) == (status == "none")
            assert tape.explain(y, x).status == status


def test_what_a_used_up_tape_forgot_is_not_called_none():
    x = ug.asarray([1.5])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    assert "is not known any more" in str(tape.explain(y, x))
