"""Every misuse of a tape and of an accumulator, on every backend: a clear error of ours, and both go on as if it had not been."""

import warnings

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, backend_name
from unigrad.recording import listening

pytestmark = pytest.mark.usefixtures("double")


class Thing:
    """Neither a tensor nor a structure."""

    def __repr__(self):
        return "<a thing>"


def elsewhere(values):
    """A tensor of another backend."""
    with ug.use_backend("numpy" if backend_name() != "numpy" else "jax"):
        return ug.asarray(values)


VALUE, TYPE = ValueError, TypeError
NO_TARGET = "a target must be a Tensor or Variable, not "
NO_SOURCE = "a source must be a Tensor or Variable, not "
STRUCTURE = "differs in structure from the targets"

#: what is asked of a tape that has recorded y = x * x of two elements, the error, and what it says
GRADIENT = {
    "target: None": (lambda t, y, x: t.gradient(None, x), TYPE, "received None"),
    "target: a structure of None": (lambda t, y, x: t.gradient({"a": [None]}, x), TYPE, "`target` holds None"),
    "target: a number": (lambda t, y, x: t.gradient(3.0, x), TYPE, NO_TARGET + "3.0 of type float"),
    "target: text": (lambda t, y, x: t.gradient("y", x), TYPE, NO_TARGET + "'y' of type str"),
    "target: an array": (lambda t, y, x: t.gradient(y.numpy(), x), TYPE, NO_TARGET),
    "target: the library's array": (lambda t, y, x: t.gradient(y.raw, x), TYPE, NO_TARGET),
    "target: a thing": (lambda t, y, x: t.gradient(Thing(), x), TYPE, NO_TARGET + "<a thing> of type Thing"),
    "target: a function": (lambda t, y, x: t.gradient(lambda: y, x), TYPE, NO_TARGET),
    "target: a generator": (lambda t, y, x: t.gradient((v for v in [y]), x), TYPE, "of type generator"),
    "target: a set": (lambda t, y, x: t.gradient({1.0}, x), TYPE, "of type set"),
    "target: one of several": (lambda t, y, x: t.gradient([y, {"a": 2}], x), TYPE, NO_TARGET + "2 of type int"),
    "target: the tape": (lambda t, y, x: t.gradient(t, x), TYPE, "of type GradientTape"),
    "sources: None": (lambda t, y, x: t.gradient(y, None), TYPE, "`sources` holds None"),
    "sources: a number": (lambda t, y, x: t.gradient(y, 1), TYPE, NO_SOURCE + "1 of type int"),
    "sources: text": (lambda t, y, x: t.gradient(y, ["x"]), TYPE, NO_SOURCE + "'x' of type str"),
    "sources: an array": (lambda t, y, x: t.gradient(y, x.numpy()), TYPE, "make it with unigrad.asarray"),
    "sources: the library's array": (lambda t, y, x: t.gradient(y, x.raw), TYPE, NO_SOURCE),
    "sources: a thing": (lambda t, y, x: t.gradient(y, {"x": x, "t": Thing()}), TYPE, "of type Thing"),
    "sources: a zip": (lambda t, y, x: t.gradient(y, zip([x])), TYPE, "of type zip"),
    "nothing": (lambda t, y, x: t.gradient(y), TYPE, None),
    "unconnected: another word": (
        lambda t, y, x: t.gradient(y, x, unconnected_gradients="zeros"), VALUE, "Unknown value .*: 'zeros'"),
    "unconnected: None": (lambda t, y, x: t.gradient(y, x, unconnected_gradients=None), VALUE, "Unknown value .*: None"),
    "unconnected: a number": (lambda t, y, x: t.gradient(y, x, unconnected_gradients=0), VALUE, "'none' or 'zero'"),
    "unconnected: a list": (lambda t, y, x: t.gradient(y, x, unconnected_gradients=["zero"]), VALUE, "Unknown value"),
    "cotangents: a longer vector": (
        lambda t, y, x: t.gradient(y, x, output_gradients=ug.ones(3)), VALUE, r"of shape \(3,\) for a target of"),
    "cotangents: one number": (lambda t, y, x: t.gradient(y, x, output_gradients=2.0), VALUE, r"of shape \(\)"),
    "cotangents: one that broadcasts": (lambda t, y, x: t.gradient(y, x, output_gradients=ug.ones(1)), VALUE, r"of shape \(1,\)"),
    "cotangents: a row": (lambda t, y, x: t.gradient(y, x, output_gradients=ug.ones((1, 2))), VALUE, r"\(1, 2\)"),
    "cotangents: none at all": (lambda t, y, x: t.gradient(y, x, output_gradients=ug.ones(0)), VALUE, r"of shape \(0,\)"),
    "cotangents: too few": (lambda t, y, x: t.gradient([y, y], x, output_gradients=[ug.ones(2)]), VALUE, STRUCTURE),
    "cotangents: too many": (lambda t, y, x: t.gradient(y, x, output_gradients=[ug.ones(2)] * 2), VALUE, STRUCTURE),
    "cotangents: an empty list": (lambda t, y, x: t.gradient(y, x, output_gradients=[]), VALUE, STRUCTURE),
    "cotangents: a list of numbers": (lambda t, y, x: t.gradient(y, x, output_gradients=[1.0, 2.0]), VALUE, STRUCTURE),
    "cotangents: a list for a dict": (
        lambda t, y, x: t.gradient({"b": y, "a": y}, x, output_gradients=[ug.ones(2)] * 2), VALUE, STRUCTURE),
    "cotangents: other keys": (
        lambda t, y, x: t.gradient({"b": y, "a": y}, x, output_gradients={"b": ug.ones(2), "c": ug.ones(2)}), VALUE, STRUCTURE),
    "cotangents: in another place": (
        lambda t, y, x: t.gradient([y, [y, y]], x, output_gradients=[[ug.ones(2)] * 2, ug.ones(2)]), VALUE, STRUCTURE),
    "cotangents: None among them": (
        lambda t, y, x: t.gradient([y, y], x, output_gradients=[None, ug.ones(2)]), TYPE, "output_gradients holds None"),
    "cotangents: text": (lambda t, y, x: t.gradient(y, x, output_gradients="one"), TYPE, "output_gradients"),
    "cotangents: a thing": (lambda t, y, x: t.gradient(y, x, output_gradients=Thing()), TYPE, "output_gradients"),
    "cotangents: complex for real": (
        lambda t, y, x: t.gradient(y, x, output_gradients=ug.ones(2, dtype=ug.complex128)), TYPE, "complex128 cotangent"),
    "cotangents: an array of text": (
        lambda t, y, x: t.gradient(y, x, output_gradients=np.array(["a", "b"])), TYPE, "output_gradients"),
    "cotangents: another library's": (
        lambda t, y, x: t.gradient(y, x, output_gradients=elsewhere([1.0, 2.0])), TYPE, "output_gradients lives in"),
    "an argument that is not there": (lambda t, y, x: t.gradient(y, x, outputs=1), TYPE, None),
}  # fmt: skip

#: what is watched
WATCH = {
    "None": (None, VALUE, "Passed in object None of type 'NoneType'"),
    "a number": (3.0, VALUE, "Passed in object 3.0 of type 'float'"),
    "an array": (np.ones(2), VALUE, "'ndarray'.*make a tensor of it first"),
    "text": ("x", VALUE, "'str'"),
    "a list of numbers": ([1.0, 2.0], VALUE, "'float'"),
    "a thing": ({"a": Thing()}, VALUE, "<a thing> of type 'Thing'"),
    "a generator": ((i for i in ()), VALUE, "'generator'"),
    "a class": (Thing, VALUE, "of type 'type'"),
}


def recorded(**options):
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape(**options) as tape:
        tape.watch(x)
        y = x * x
    return tape, y, x


def refused(function, error, message):
    """The error, which is one of ours unless Python itself refuses the call."""
    with pytest.raises(error, match=message) as info:
        function()
    if message is not None:
        assert isinstance(info.value, ug.UnigradError)
    assert listening().recorders == ()


@pytest.mark.parametrize("name", GRADIENT)
def test_a_question_that_is_refused(name):
    call, error, message = GRADIENT[name]
    tape, y, x = recorded()
    refused(lambda: call(tape, y, x), error, message)
    assert_values(tape.gradient(y, x), [2.0, 4.0])  # it is still to be asked


@pytest.mark.parametrize("name", WATCH)
def test_what_cannot_be_watched(name):
    what, error, message = WATCH[name]
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape() as tape:
        with pytest.raises(error, match=message) as info:
            tape.watch(what)
        assert isinstance(info.value, ug.UnigradError)
        assert not tape.tracked
        tape.watch(x)
        y = x * x
    assert_values(tape.gradient(y, x), [2.0, 4.0])


#: accumulators that are not made, of primals x of two elements and v of none
ACCUMULATORS = {
    "a primal: a number": (lambda x, v: ug.ForwardAccumulator(1.0, ug.asarray(1.0)), TYPE, NO_SOURCE + "1.0 of type float"),
    "a primal: None": (lambda x, v: ug.ForwardAccumulator(None, ug.asarray(1.0)), TYPE, "`primals` holds None"),
    "a primal: an array": (lambda x, v: ug.ForwardAccumulator(x.numpy(), x), TYPE, NO_SOURCE),
    "a primal: a thing": (lambda x, v: ug.ForwardAccumulator([x, Thing()], [x, x]), TYPE, "of type Thing"),
    "a primal twice": (lambda x, v: ug.ForwardAccumulator([x, x], [x, x]), VALUE, "as a primal multiple times.*sum the"),
    "a variable twice": (lambda x, v: ug.ForwardAccumulator({"a": v, "b": [v]}, {"a": v, "b": [v]}), VALUE, "multiple times"),
    "a tangent: another shape": (
        lambda x, v: ug.ForwardAccumulator(x, ug.ones(3)), VALUE, r"tangent of shape \(3,\) for a primal of shape \(2,\)"),
    "a tangent: one that would broadcast": (lambda x, v: ug.ForwardAccumulator(x, ug.asarray(1.0)), VALUE, r"shape \(\)"),
    "a tangent: another dtype": (
        lambda x, v: ug.ForwardAccumulator(x, ug.ones(2, dtype=ug.float32)), TYPE, "dtype float32 for a primal of dtype"),
    "a tangent: integers": (lambda x, v: ug.ForwardAccumulator(x, ug.asarray([1, 2])), TYPE, "dtype int64"),
    "a tangent: complex": (lambda x, v: ug.ForwardAccumulator(x, ug.ones(2, dtype=ug.complex128)), TYPE, "dtype complex128"),
    "a tangent: text": (lambda x, v: ug.ForwardAccumulator(x, "t"), TYPE, "a tangent must be an array"),
    "a tangent: a thing": (lambda x, v: ug.ForwardAccumulator(x, Thing()), TYPE, "a tangent must be an array"),
    "a tangent: None": (lambda x, v: ug.ForwardAccumulator(x, None), TYPE, "`tangents` holds None"),
    "a tangent: another library's": (lambda x, v: ug.ForwardAccumulator(x, elsewhere([1.0, 2.0])), TYPE, "bring it over"),
    "tangents: too few": (lambda x, v: ug.ForwardAccumulator([x, v], [x]), VALUE, "structure"),
    "tangents: too many": (lambda x, v: ug.ForwardAccumulator([x], [x, v]), VALUE, "structure"),
    "tangents: a list of numbers": (lambda x, v: ug.ForwardAccumulator(x, [1.0, 2.0]), VALUE, "structure"),
    "tangents: other keys": (lambda x, v: ug.ForwardAccumulator({"a": x, "b": v}, {"a": x, "c": v}), VALUE, "structure"),
    "tangents: in another order": (lambda x, v: ug.ForwardAccumulator({"b": x, "a": v}, [x, v]), VALUE, "structure"),
    "no tangents": (lambda x, v: ug.ForwardAccumulator(x), TYPE, None),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCUMULATORS)
def test_an_accumulator_that_is_not_made(name):
    call, error, message = ACCUMULATORS[name]
    x, v = ug.asarray([1.0, 2.0]), ug.Variable(3.0)
    refused(lambda: call(x, v), error, message)
    assert_library_well()


JVP = {
    "None": (lambda a, y: a.jvp(None), TYPE, "None of type NoneType is no Tensor or Variable"),
    "a number": (lambda a, y: a.jvp(3.0), TYPE, "3.0 of type float"),
    "an array": (lambda a, y: a.jvp(y.numpy()), TYPE, "of type ndarray"),
    "a thing among them": (lambda a, y: a.jvp([y, Thing()]), TYPE, "<a thing>"),
    "unconnected: another word": (lambda a, y: a.jvp(y, unconnected_gradients="zeros"), VALUE, "'zeros'"),
}


@pytest.mark.parametrize("name", JVP)
def test_a_tangent_that_is_not_told(name):
    call, error, message = JVP[name]
    x = ug.asarray([1.0, 2.0])
    with ug.ForwardAccumulator(x, ug.ones(2)) as acc:
        y = x * x
    refused(lambda: call(acc, y), error, message)
    assert_values(acc.jvp(y), [2.0, 4.0])


#: what is done to a tape in a state that does not allow it
STATES = {
    "watch before the block": (lambda t, x: t.watch(x), ug.TapeError, "never been entered"),
    "gradient before the block": (lambda t, x: t.gradient(x, x), ug.TapeError, "never been entered"),
    "a pause before the block": (lambda t, x: t.stop_recording(), ug.TapeError, "not recording"),
    "reset before the block": (lambda t, x: t.reset(), ug.TapeStateError, "not recording"),
}
WITHIN = {
    "entering twice": (lambda t: t.__enter__(), ug.TapeStateError, "still recording"),
    "a pause in a pause": (lambda t: paused(t, t.stop_recording), ug.TapeStateError, "not recording"),
    "reset in a pause": (lambda t: paused(t, t.reset), ug.TapeStateError, "not recording"),
    "entering in a pause": (lambda t: paused(t, t.__enter__), ug.TapeStateError, "still recording"),
}


def paused(tape, function):
    with tape.stop_recording():
        function()


@pytest.mark.parametrize("name", STATES)
def test_a_tape_that_was_never_entered(name):
    call, error, message = STATES[name]
    tape, x = ug.GradientTape(), ug.asarray([1.0, 2.0])
    refused(lambda: call(tape, x), error, message)
    with tape:
        tape.watch(x)
        y = x * x
    assert_values(tape.gradient(y, x), [2.0, 4.0])


@pytest.mark.parametrize("name", WITHIN)
def test_a_tape_in_its_block(name):
    call, error, message = WITHIN[name]
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with pytest.raises(error, match=message):
            call(tape)
        assert listening().recorders == (tape,)
        z = y * x
    assert_values(tape.gradient(z, x), [3.0, 12.0])


def test_a_tape_after_its_block_and_its_answer():
    tape, y, x = recorded()
    for call in (tape.reset, tape.stop_recording):
        with pytest.raises(ug.TapeStateError, match="not recording"):
            call()
    assert_values(tape.gradient(y, x), [2.0, 4.0])
    with pytest.raises(ug.TapeError, match="only be used to compute one set of gradients"):
        tape.gradient(y, x)
    tape.__exit__(None, None, None)  # as often as one likes
    assert listening().recorders == ()


def test_leaving_an_accumulator_twice():
    acc = ug.ForwardAccumulator(ug.asarray(1.0), ug.asarray(1.0))
    acc.__exit__(None, None, None)
    with acc:
        pass
    acc.__exit__(None, None, None)
    assert_library_well()


def test_a_source_of_another_library_has_no_gradient():
    tape, y, x = recorded()
    of_x, of_other = tape.gradient(y, [x, elsewhere([1.0, 2.0])], unconnected_gradients="zero")
    assert_values(of_x, [2.0, 4.0])
    assert_values(of_other, [0.0, 0.0])
    assert of_other.backend.name != x.backend.name


@pytest.mark.parametrize("kind", ["watch", "gradient", "accumulator"])
def test_integers_warn_and_a_warning_made_an_error_changes_nothing(kind):
    i = ug.asarray([1, 2])
    tape, y, x = recorded()
    calls = {
        "watch": lambda: tape.watch([x, i]),
        "gradient": lambda: tape.gradient(y, [x, i]),
        "accumulator": lambda: ug.ForwardAccumulator([x, i], [ug.ones(2), i]),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ug.NotDifferentiableWarning, match="int64"):
            calls[kind]()
    assert_values(tape.gradient(y, x), [2.0, 4.0])
