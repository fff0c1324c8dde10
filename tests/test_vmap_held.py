"""Tensors that a function inside vmap made and wrote to, and that a tape outside holds: who else holds them is told apart."""

import gc

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values

pytestmark = pytest.mark.usefixtures("double")

X = np.arange(1.0, 7.0).reshape(2, 3)


class Holder:
    def __init__(self, value):
        self.value = value


@ug.custom_gradient
def intermediate(x):
    """Its pullback closes over a tensor of its own that it writes to."""
    out = ug.zeros((3,))
    out[0] = x[0] * x[0]
    out[1:] = x[1:] * 2.0
    return ug.sum(out * x), lambda ct: ct * out * x


def from_outside(x):
    """The tensor is made and written to outside of the function that has the pullback."""
    out = ug.zeros((3,))
    out += x * 3.0
    return ug.custom_gradient(lambda x: (ug.sum(x * out), lambda ct: ct * out))(ug.stop_gradient(x) * 0.0 + x)


def by_a_view(x):
    out = ug.zeros((2, 3))
    out[0] = x
    part = out[0]
    return ug.custom_gradient(lambda x: (ug.sum(x * part), lambda ct: ct * part))(x)


def by_an_object(x):
    holder = Holder({"out": [ug.zeros((3,))]})
    holder.value["out"][0][:] = x * x
    holder.itself = holder
    return ug.custom_gradient(lambda x: (ug.sum(x), lambda ct: ct * holder.value["out"][0]))(x)


def by_a_default(x):
    out = ug.zeros((3,))
    out[1] = x[1]

    def pull(ct, *, kept=out):
        return ct * kept

    return ug.custom_gradient(lambda x: (ug.sum(x), pull))(x)


def recomputed(x):
    out = ug.zeros((3,))
    out[:] = ug.stop_gradient(x) * 2.0
    return ug.sum(ug.recompute_grad(lambda x: x * x * out)(x))


def nested(x):
    return ug.sum(ug.vmap(lambda c: intermediate(x * c))(ug.asarray([1.0, 2.0])))


INSIDE = [intermediate, from_outside, by_a_view, by_an_object, by_a_default, recomputed, nested]


def jacobian(f, x, over):
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = over(f)(x)
    found = tape.jacobian(y, x)
    assert_values(tape.gradient(y, x), found.numpy().sum(0) if y.ndim else found)  # once more
    return found


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("f", INSIDE, ids=lambda f: getattr(f, "__name__", str(f)))
def test_a_tensor_that_a_pullback_holds_is_inside(f, debug):
    want = np.zeros((2, 2, 3))
    for k in range(2):
        want[k, k] = jacobian(f, ug.asarray(X[k]), lambda f: f).numpy()
    if debug:
        with ug.debug():
            found = jacobian(f, ug.asarray(X), ug.vmap)
    else:
        found = jacobian(f, ug.asarray(X), ug.vmap)
    assert_values(found, want)


def test_nothing_of_it_stays_when_the_tape_is_gone():
    x = ug.asarray(X)
    jacobian(intermediate, x, ug.vmap)
    gc.collect()
    before = sum(type(o) is ug.Tensor for o in gc.get_objects())
    gc.disable()
    try:
        jacobian(intermediate, x, ug.vmap)
        after = sum(type(o) is ug.Tensor for o in gc.get_objects())
    finally:
        gc.enable()
    assert after <= before


def test_an_accumulator_and_two_tapes():
    x = ug.asarray(X)
    with ug.GradientTape() as outer, ug.ForwardAccumulator(x, ug.ones_like(x)) as forward:
        outer.watch(x)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.vmap(intermediate)(x)
        g = tape.gradient(y, x)
    assert_values(g, np.concatenate([X[:, :1] ** 3, X[:, 1:] ** 2 * 2], 1))
    assert_values(outer.gradient(g, x), np.concatenate([X[:, :1] ** 2 * 3, X[:, 1:] * 4], 1))
    assert_values(forward.jvp(y), g.numpy().sum(1))


KEPT = {
    "a name": lambda t, pull, kept: None,
    "a list": lambda t, pull, kept: kept.append([t]),
    "an object": lambda t, pull, kept: kept.append(Holder(t)),
    "a view": lambda t, pull, kept: kept.append(t[1:]),
    "the pullback": lambda t, pull, kept: kept.append(pull),
}


@pytest.mark.parametrize("case", KEPT)
def test_a_tensor_that_somebody_else_holds_too_is_outside(case):
    """Though a pullback on the tape closes over it."""
    kept = []
    named = ug.zeros((3,)) if case == "a name" else None

    def f(x):
        t = ug.zeros((3,)) if named is None else named
        t[0] = x[0]

        @ug.custom_gradient
        def h(x):
            def pull(ct):
                return ct * t

            KEPT[case](t, pull, kept)
            return ug.sum(x * t), pull

        return h(x) + intermediate(x)

    x = ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(ug.BatchedValueError, match=r"shape \(3,\) that lives outside.*test_vmap_held.py:\d+"):
            ug.vmap(f)(x)
    if named is not None:
        assert_values(named, [0, 0, 0])


def test_a_model_among_what_a_pullback_holds_is_no_answer():
    """More objects than closures hold: the error of before, and no long search."""
    many = [[] for _ in range(20_000)]

    def f(x):
        t = ug.zeros((3,))
        t[0] = x[0]
        return ug.custom_gradient(lambda x: (ug.sum(x), lambda ct: ct * t * len(many)))(x)

    x = ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(ug.BatchedValueError, match="lives outside"):
            ug.vmap(f)(x)
