"""Targets, sources, cotangents, primals and tangents in any nesting, dataclasses that nobody registered and None among them."""

import dataclasses
from collections import OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
import optree
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values
from unigrad.structures import flatten, same_structure

pytestmark = pytest.mark.usefixtures("double")


GLOBAL = getattr(optree.registry, "__GLOBAL_NAMESPACE")


class Pair(NamedTuple):
    a: Any
    b: Any


Named = namedtuple("Named", "b a")


@dataclass
class Plain:
    a: Any
    b: Any


@dataclass(frozen=True, slots=True)
class Frozen:
    b: Any
    a: Any = None


class Activation(Enum):
    RELU = 1


@dataclass
class Layer:
    """As users write layers: what describes it stands beside what is trained."""

    weight: Any
    bias: Any = None
    name: str = "layer"
    units: int = 2
    kind: Activation = Activation.RELU
    activation: Any = np.tanh
    rate: float = field(default=0.5, metadata={"static": True})
    made: int = field(init=False, default=0)

    def __post_init__(self):
        self.made += 1


@dataclass
class Model:
    layers: list[Layer]
    head: Pair


@optree.register_pytree_node_class(namespace=GLOBAL)
class Registered:
    """A class of the user's own that optree knows."""

    def __init__(self, a, b):
        self.a, self.b = a, b

    def __tree_flatten__(self):
        return (self.a, self.b), None, None

    @classmethod
    def __tree_unflatten__(cls, metadata, children):
        return cls(*children)


#: a structure of two leaves, and how to get at them
NESTINGS = {
    "list": (lambda a, b: [a, b], lambda s: s),
    "tuple": (lambda a, b: (a, b), lambda s: s),
    "dict, keys not in order": (lambda a, b: {"z": a, "a": b}, lambda s: (s["z"], s["a"])),
    "dict of mixed keys": (lambda a, b: {1: a, "a": b}, lambda s: (s[1], s["a"])),
    "ordered dict": (lambda a, b: OrderedDict(z=a, a=b), lambda s: (s["z"], s["a"])),
    "default dict": (lambda a, b: defaultdict(list, z=a, a=b), lambda s: (s["z"], s["a"])),
    "deque": (lambda a, b: deque([a, b]), lambda s: tuple(s)),
    "named tuple": (lambda a, b: Pair(a, b), lambda s: (s.a, s.b)),
    "named tuple, fields not in order": (lambda a, b: Named(a=a, b=b), lambda s: (s.a, s.b)),
    "registered": (lambda a, b: Registered(a, b), lambda s: (s.a, s.b)),
    "dataclass": (lambda a, b: Plain(a, b), lambda s: (s.a, s.b)),
    "frozen dataclass with slots": (lambda a, b: Frozen(a=a, b=b), lambda s: (s.a, s.b)),
    "dataclass in a dataclass": (lambda a, b: Plain(Frozen(a), Plain([b], ())), lambda s: (s.a.b, s.b.a[0])),
    "deep": (lambda a, b: {"x": [(a, {"y": Plain([], b)})], "n": []}, lambda s: (s["x"][0][0], s["x"][0][1]["y"].b)),
    "layers": (
        lambda a, b: Model([Layer(a), Layer(b, units=7)], Pair((), [])),
        lambda s: (s.layers[0].weight, s.layers[1].weight),
    ),
}
nestings = pytest.mark.parametrize("name", NESTINGS)


@nestings
def test_sources_and_what_is_watched(name):
    make, both = NESTINGS[name]
    x, y = ug.asarray([1.0, 2.0]), ug.Variable(3.0)
    sources = make(x, y)
    with ug.GradientTape() as tape:
        tape.watch(sources)
        z = x * y
    found = tape.gradient(z, sources)
    assert type(found) is type(sources)
    of_x, of_y = both(found)
    assert_values(of_x, [3.0, 3.0])
    assert_values(of_y, 3.0)


@nestings
def test_targets_and_their_cotangents(name):
    make, _ = NESTINGS[name]
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        targets = make(x * x, x[0] * 3.0)
    assert_values(tape.gradient(targets, x), [5.0, 4.0])
    weights = make(ug.asarray([1.0, 10.0]), ug.asarray(100.0))
    assert_values(tape.gradient(targets, x, output_gradients=weights), [302.0, 40.0])
    for wrong in ([ug.asarray([1.0, 10.0])], make(ug.asarray(1.0), ug.asarray([1.0, 10.0]))):
        with pytest.raises((ug.SourceError, ug.ShapeError), match="output_gradients"):
            tape.gradient(targets, x, output_gradients=wrong)
    if name not in ("list", "tuple", "deque", "registered") and "named" not in name:  # those are as good as lists
        with pytest.raises(ug.SourceError, match="differs in structure"):
            tape.gradient(targets, x, output_gradients=[ug.asarray([1.0, 10.0]), ug.asarray(100.0)])


@nestings
def test_primals_tangents_and_what_jvp_is_asked_for(name):
    make, both = NESTINGS[name]
    x, y = ug.asarray([1.0, 2.0]), ug.Variable(3.0)
    with ug.ForwardAccumulator(make(x, y), make(ug.asarray([1.0, 0.0]), ug.asarray(10.0))) as acc:
        z = x * y
        asked = make(z, x)
    of_z, of_x = both(acc.jvp(asked))
    assert_values(of_z, [13.0, 20.0])
    assert_values(of_x, [1.0, 0.0])
    with pytest.raises(ug.SourceError, match="structure"):
        ug.ForwardAccumulator(make(x, y), {"other": [ug.asarray([1.0, 0.0]), ug.asarray(10.0)]})


class TestDataclasses:
    def test_what_describes_one_is_kept_and_no_init_is_run(self):
        w, b = ug.asarray([[2.0]]), ug.asarray([1.0])
        layer = Layer(w, b, name="first", units=1)
        with ug.GradientTape() as tape:
            tape.watch(layer)
            y = ug.asarray([[3.0]]) @ layer.weight + layer.bias
        found = tape.gradient(y, layer)
        assert (found.name, found.units, found.kind, found.activation) == ("first", 1, Activation.RELU, np.tanh)
        assert (found.rate, found.made) == (0.5, 1)
        assert_values(found.weight, [[3.0]])
        assert_values(found.bias, [1.0])
        assert layer.weight is w

    def test_a_bias_that_is_not_there(self):
        layer = Layer(ug.asarray([[2.0]]))
        with ug.GradientTape() as tape:
            tape.watch(layer)
            y = layer.weight * 3.0
        found = tape.gradient(y, layer, unconnected_gradients="zero")
        assert found.bias is None
        assert_values(found.weight, [[3.0]])

    def test_a_number_among_its_fields_is_no_silent_constant(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        for wrong in (0.5, np.ones(2)):
            with pytest.raises(ug.SourceTypeError, match="source must be a Tensor or Variable"):
                tape.gradient(y, Plain(x, wrong))
        assert_values(tape.gradient(y, Plain(x, "text")).a, 4.0)

    def test_a_class_is_no_structure(self):
        with ug.GradientTape() as tape:
            pass
        with pytest.raises(ug.SourceTypeError):
            tape.gradient(ug.asarray(1.0), [Plain])

    def test_an_own_new_field_without_a_value(self):
        half = Plain.__new__(Plain)
        half.a = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            tape.watch(half)
            y = half.a * 3.0
        found = tape.gradient(y, half)
        assert_values(found.a, 3.0)

    def test_optrees_own_dataclasses(self):
        @optree.dataclasses.dataclass(namespace="unigrad-tests")
        class Node:
            x: Any
            n: int = optree.dataclasses.field(default=3, pytree_node=False)

        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        found = tape.gradient(y, Node(x))
        assert_values(found.x, 4.0)
        assert found.n == 3


class TestNone:
    def test_among_sources(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            tape.watch({"w": x, "b": None})
            y = x * x
        found = tape.gradient(y, {"w": x, "b": None, "c": [None]}, unconnected_gradients="zero")
        assert_values(found["w"], 4.0)
        assert (found["b"], found["c"]) == (None, [None])

    def test_among_targets_and_their_cotangents(self):
        x = ug.asarray(2.0)
        with ug.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x * x
        assert_values(tape.gradient([None, y], x), 4.0)
        assert_values(tape.gradient([None, y], x, output_gradients=[None, ug.asarray(3.0)]), 12.0)
        with pytest.raises(ug.SourceTypeError, match="where the target is None"):
            tape.gradient([None, y], x, output_gradients=[ug.asarray(3.0), ug.asarray(3.0)])
        with pytest.raises(ug.SourceTypeError, match="output_gradients holds None"):
            tape.gradient([None, y], x, output_gradients=[None, None])
        with pytest.raises(ug.SourceError, match="structure"):
            tape.gradient([None, y], x, output_gradients=[ug.asarray(3.0)])

    def test_nothing_but_none(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            for nothing in (None, [None], {"a": (None, None)}):
                with pytest.raises(ug.SourceTypeError, match="`sources` holds None"):
                    tape.gradient(y, nothing)
                with pytest.raises(ug.SourceTypeError, match="None"):
                    tape.gradient(nothing, x)
        assert_values(tape.gradient(y, x), 4.0)

    def test_among_primals_and_tangents(self):
        x = ug.asarray(2.0)
        with ug.ForwardAccumulator([x, None], [ug.asarray(1.0), None]) as acc:
            y = x * x
        found = acc.jvp({"y": y, "n": None}, unconnected_gradients="zero")
        assert_values(found["y"], 4.0)
        assert found["n"] is None
        for tangents in ([None, ug.asarray(1.0)], [ug.asarray(1.0)], [ug.asarray(1.0), ug.asarray(1.0)]):
            with pytest.raises(ug.SourceError, match="structure"):
                ug.ForwardAccumulator([x, None], tangents)
        with pytest.raises(ug.SourceTypeError, match="None"):
            ug.ForwardAccumulator([x], [None])
        with pytest.raises(ug.SourceTypeError, match="no Tensor or Variable"):
            acc.jvp(None)


def test_a_source_at_every_depth_has_the_same_gradient():
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    found = tape.gradient(y, {"s": [x, (x,)], "d": Plain(x, None)})
    for g in (found["s"][0], found["s"][1][0], found["d"].a):
        assert_values(g, [2.0, 4.0])
    assert found["d"].b is None


def test_dataclasses_differ_from_dicts_only_in_how_they_look():
    assert same_structure(Plain(1.0, [2.0]), {"a": 1.0, "b": [2.0]})
    assert not same_structure(Plain(1.0, [2.0]), {"a": 1.0, "b": 2.0})
    leaves, unflatten = flatten(Plain(Plain(1.0, 2.0), [3.0, None]), "sources")
    assert leaves == [1.0, 2.0, 3.0]
    again = unflatten([10.0, 20.0, 30.0])
    assert dataclasses.asdict(again) == {"a": {"a": 10.0, "b": 20.0}, "b": [30.0, None]}
    assert_library_well()


@nestings
def test_forward_mode_second_derivatives_and_examples_of_functions_of_structures(name):
    """Tangents in the structure of the argument, and axes of examples likewise."""
    make, both = NESTINGS[name]
    arg, tangent = make(ug.asarray([1.0, 2.0]), ug.asarray(3.0)), make(ug.asarray([1.0, 0.0]), ug.asarray(10.0))

    def f(s):
        x, y = both(s)
        return ug.sum(x * x) * y

    assert_values(ug.jvp(f, (arg,), (tangent,))[1], 6 + 50)
    assert_values(ug.linearize(f, arg)[1](tangent), 6 + 50)
    for product in (ug.hvp, ug.vhp):
        of_x, of_y = both(product(f, (arg,), tangent))
        assert_values(of_x, [6 + 20, 40])
        assert_values(of_y, 2)
    several = make(ug.asarray([[1.0, 2.0], [0.0, 1.0]]), ug.asarray(3.0))
    assert_values(ug.vmap(f, in_axes=(make(0, None),))(several), [15.0, 3.0])
    assert_values(both(ug.vmap(lambda x: make(x, x[0]), out_axes=make(1, 0))(both(several)[0]))[0], [[1, 0], [2, 1]])


def test_none_in_the_argument_of_a_vmap_stays_none():
    f = ug.vmap(lambda s, n: s["a"] * 2 if n is None and s["b"] is None else None)
    assert_values(f({"a": ug.asarray([1.0, 2.0]), "b": None}, None), [2.0, 4.0])
