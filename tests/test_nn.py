"""Modules and layers."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, native, numeric
from unigrad import nn
from unigrad.nn.module import forget_names, snake_case

pytestmark = pytest.mark.usefixtures("double", "fresh_names")


@pytest.fixture
def fresh_names():
    forget_names()


def names(variables):
    return [v.name for v in variables]


# -- Module ------------------------------------------------------------------------------------------------------------


class Leaf(nn.Module):
    def __init__(self, mark, trainable=True):
        super().__init__()
        self.w = ug.Variable(1.0, name=f"{mark}.w", trainable=trainable)


class Tree(nn.Module):
    def __init__(self):
        super().__init__(name="tree")
        self.z = ug.Variable(0.0, name="z")
        self.a = Leaf("a")
        self.listed = [Leaf("l0"), (Leaf("t0"), ug.Variable(0.0, name="t1"))]
        self.named = {"y": Leaf("y"), "x": [ug.Variable(0.0, name="x", trainable=False)]}
        self.again = self.a
        self.other = "text"
        self.count = 3


def test_variables_in_order_each_once():
    tree = Tree()
    assert names(tree.variables) == ["z:0", "a.w:0", "l0.w:0", "t0.w:0", "t1:0", "y.w:0", "x:0"]
    assert names(tree.trainable_variables) == ["z:0", "a.w:0", "l0.w:0", "t0.w:0", "t1:0", "y.w:0"]
    assert names(tree.non_trainable_variables) == ["x:0"]
    assert tree.submodules == (tree.a, tree.listed[0], tree.listed[1][0], tree.named["y"])


def test_what_is_appended_later_counts():
    tree = Tree()
    tree.listed.append(Leaf("late"))
    assert "late.w:0" in names(tree.variables)


def test_cycles_end():
    a, b = Leaf("a"), Leaf("b")
    a.other, b.other = b, a
    a.items = [a.w]
    a.items.append(a.items)
    assert names(a.variables) == ["a.w:0", "b.w:0"]
    assert a.submodules == (b,)


def test_deep_nesting_is_no_recursion():
    deep = [ug.Variable(1.0)]
    for _ in range(5000):
        deep = [deep]
    module = nn.Module()
    module.deep = deep
    assert len(module.variables) == 1


def test_no_init_needed():
    class Bare(nn.Module):
        def __init__(self):
            self.w = ug.Variable(1.0)

    assert Bare().name == "bare"
    assert len(Bare().trainable_variables) == 1


def test_name_scope():
    class Scoped(nn.Module):
        def __init__(self):
            super().__init__()
            with self.name_scope:
                self.w = ug.Variable(1.0, name="w")

        @nn.Module.with_name_scope
        def more(self):
            return ug.Variable(1.0, name="more")

    assert Scoped().w.name == "scoped/w:0"
    assert Scoped().more().name == "scoped/more:0"
    assert Scoped.more.__name__ == "more"


@pytest.mark.parametrize(
    ("name", "snake"), [("Dense", "dense"), ("MyDense2D", "my_dense2d"), ("MLP", "mlp"), ("_Hidden", "hidden")]
)
def test_snake_case(name, snake):
    assert snake_case(name) == snake


def test_gradients_in_every_structure():
    tree = Tree()
    with ug.GradientTape(persistent=True) as tape:
        loss = 2 * tree.a.w + 3 * tree.listed[0].w + tree.z * tree.z
    found = tape.gradient(loss, {"tree": tree.trainable_variables, "own": [tree.z, (tree.a.w,)]})
    assert_values(found["tree"][1], 2)
    assert_values(found["own"][0], 0)
    assert_values(found["own"][1][0], 2)
    assert found["tree"][3] is None
    zeros = tape.gradient(loss, tree.trainable_variables, unconnected_gradients="zero")
    assert_values(zeros[3], 0)


# -- layers ------------------------------------------------------------------------------------------------------------


def test_dense():
    layer = nn.Dense(3, activation="tanh")
    assert (layer.name, layer.built, layer.variables) == ("dense", False, ())
    x = np.linspace(-1, 1, 8).reshape(4, 2)
    y = layer(ug.asarray(x))
    assert names(layer.variables) == ["dense/kernel:0", "dense/bias:0"]
    assert (layer.kernel.shape, layer.bias.shape) == ((2, 3), (3,))
    assert layer.count_params() == 9
    assert_values(y, np.tanh(x @ layer.kernel.numpy() + layer.bias.numpy()))
    assert np.abs(layer.kernel.numpy()).max() <= np.sqrt(6 / 5)
    assert_values(layer.bias, [0, 0, 0])


def test_dense_gradient_against_differences():
    layer = nn.Dense(2, activation="sigmoid")
    x = np.linspace(-1, 1, 6).reshape(2, 3)
    layer(x)
    with ug.GradientTape() as tape:
        loss = ug.mean(layer(x) ** 2)
    found = tape.gradient(loss, layer.trainable_variables)
    kernel, bias = layer.get_weights()
    assert_values(
        found[0], numeric(lambda k: np.mean((1 / (1 + np.exp(-(x @ k + bias)))) ** 2), kernel), rtol=1e-7, atol=1e-9
    )
    assert_values(
        found[1], numeric(lambda b: np.mean((1 / (1 + np.exp(-(x @ kernel + b)))) ** 2), bias), rtol=1e-7, atol=1e-9
    )


@pytest.mark.parametrize("shape", [(4, 2), (3, 4, 2), (0, 2)])
def test_dense_shapes(shape):
    assert nn.Dense(5, use_bias=False)(ug.zeros(shape)).shape == (*shape[:-1], 5)


def test_dense_takes_what_there_is():
    layer = nn.Dense(1, kernel_initializer="ones")
    for x in (
        [[1.0, 2.0]],
        np.array([[1.0, 2.0]]),
        native([[1.0, 2.0]]),
        ug.Variable([[1.0, 2.0]]),
        np.array([[1, 2]]),
    ):
        assert_values(layer(x), [[3.0]])
    assert layer(ug.asarray([[1.0, 2.0]], dtype=ug.float32)).dtype == ug.float64  # cast to the layer's


def test_dense_dtype():
    assert nn.Dense(1, dtype="float32")([[1.0, 2.0]]).dtype == ug.float32
    assert nn.Dense(1)(ug.zeros((1, 2), dtype=ug.float32)).dtype == ug.float32
    with pytest.raises(ug.DTypeError):
        nn.Dense(1, dtype="int32")


@pytest.mark.parametrize("units", [0, -1, 2.5, "2", None, True])
def test_dense_units(units):
    with pytest.raises(ValueError, match="units"):
        nn.Dense(units)


def test_dense_wrong_input():
    layer = nn.Dense(2)
    with pytest.raises(ug.ShapeError, match=r"'dense'.*batch"):
        layer([1.0, 2.0])
    assert not layer.built
    layer([[1.0, 2.0]])
    with pytest.raises(ug.ShapeError, match=r"'dense' was built for 2 features.*\(1, 3\)"):
        layer([[1.0, 2.0, 3.0]])
    with pytest.raises(ug.ShapeError, match="batch"):
        layer(1.0)
    assert_library_well()


def test_unknown_names():
    with pytest.raises(ValueError, match="activation 'rele'"):
        nn.Dense(2, activation="rele")
    with pytest.raises(ValueError, match="initializer 'glorot'"):
        nn.Dense(2, kernel_initializer="glorot")


def test_names_are_numbered():
    first, second, named = nn.Dense(1), nn.Dense(1), nn.Dense(1, name="head")
    for layer in (second, first, named):
        layer([[1.0]])
    assert names((first.kernel, second.kernel, named.bias)) == ["dense/kernel:0", "dense_1/kernel:0", "head/bias:0"]


class Block(nn.Layer):
    def __init__(self, units):
        super().__init__()
        self.hidden = nn.Dense(units, activation="tanh")
        self.out = nn.Dense(1)
        self.scale = None

    def build(self, input_shape):
        self.scale = self.add_weight("scale", (input_shape[-1],), "ones")

    def call(self, inputs):
        return self.out(self.hidden(inputs * self.scale))


def test_layer_of_layers():
    block = Block(4)
    block([[1.0, 2.0]])
    assert names(block.trainable_variables) == [
        "block/dense/kernel:0", "block/dense/bias:0", "block/dense_1/kernel:0", "block/dense_1/bias:0", "block/scale:0",
    ]  # fmt: skip
    assert len(block.submodules) == 2


def test_freezing():
    block = Block(4)
    block([[1.0, 2.0]])
    block.hidden.trainable = False
    assert len(block.trainable_variables) == 3
    assert names(block.non_trainable_variables) == ["block/dense/kernel:0", "block/dense/bias:0"]
    block.trainable = False
    assert block.trainable_variables == ()


def test_a_layer_without_call():
    with pytest.raises(NotImplementedError, match="Layer"):
        nn.Layer()([[1.0]])


def test_sequential():
    model = nn.Sequential([nn.Dense(3, activation="relu"), ug.square, nn.Dense(2)])
    x = np.linspace(-1, 1, 6).reshape(3, 2)
    y = model(x)
    assert names(model.variables) == ["dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "dense_1/bias:0"]
    k1, b1, k2, b2 = model.get_weights()
    assert_values(y, np.maximum(x @ k1 + b1, 0) ** 2 @ k2 + b2)
    assert (len(model), model.name, len(model.pop().variables), len(model.variables)) == (3, "sequential", 2, 2)
    with pytest.raises(TypeError, match="layers and functions"):
        model.add(3)


def test_set_weights():
    model = nn.Sequential([nn.Dense(2)])
    with pytest.raises(ug.ShapeError, match="first call"):
        model.set_weights([np.ones((1, 2))])
    model([[1.0]])
    model.set_weights([np.ones((1, 2)), [3.0, 4.0]])
    assert_values(model([[1.0]]), [[4.0, 5.0]])


def test_dropout_and_flatten():
    x = ug.ones((200, 2, 3))
    drop = nn.Dropout(0.25)
    assert_values(drop(x), np.ones((200, 2, 3)))
    y = nn.Sequential([drop, nn.Flatten(), nn.Activation("relu")])(x, training=True).numpy()
    assert y.shape == (200, 6)
    assert set(np.round(np.unique(y), 12)) == {0.0, round(1 / 0.75, 12)}
    assert 0.15 < np.mean(y == 0) < 0.35
    with pytest.raises(ValueError, match="rate"):
        nn.Dropout(1.0)


def test_second_order_through_a_layer():
    layer = nn.Dense(1, activation="tanh")
    x = ug.asarray([[0.5, -0.25]])
    layer(x)
    with ug.GradientTape() as outer:
        outer.watch(x)
        with ug.GradientTape() as inner:
            inner.watch(x)
            y = ug.sum(layer(x))
        penalty = ug.sum(inner.gradient(y, x) ** 2)
    found = outer.gradient(penalty, layer.kernel)
    k = layer.kernel.numpy()

    def by_hand(kernel):
        return np.sum((kernel * (1 - np.tanh(x.numpy() @ kernel) ** 2)) ** 2)

    assert_values(found, numeric(by_hand, k), rtol=1e-6, atol=1e-8)
