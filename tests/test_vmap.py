"""vmap: axes, structures, nesting, tapes on either side, and what is refused."""

import tracemalloc

import numpy as np
import pytest

import unigrad as ug
import unigrad.tf as tf
from tests.helpers import assert_library_well, assert_values, native, run_python
from unigrad import nn

pytestmark = pytest.mark.usefixtures("double")

RNG = np.random.default_rng(11)
X, Y, W = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))


# -- axes and structures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("in_axes", "out_axes", "x", "y"),
    [
        (0, 0, X, Y),
        ((0, 0), 1, X, Y),
        ((1, 0), -1, X.T, Y),
        ((-1, None), 0, X.T, Y[0]),
        ([None, -2], -2, X[0], Y),
        ((np.int64(1), 0), np.int64(1), X.T, Y),
    ],
)
def test_axes(in_axes, out_axes, x, y):
    out = ug.vmap(lambda x, y: x * y + ug.sum(x), in_axes, out_axes)(ug.asarray(x), ug.asarray(y))
    a = np.broadcast_to(X if x.ndim == 2 else X[:1], (4, 3))
    b = np.broadcast_to(Y if y.ndim == 2 else Y[:1], (4, 3))
    expected = a * b + a.sum(1, keepdims=True)
    assert_values(out, expected.T if out_axes in (1, -1) else expected)


def test_structures_in_and_out():
    def f(p, n, *, scale):
        return {"sum": p["x"] @ p["w"] * scale, "n": [ug.sum(p["x"]) * n, n]}

    args = {"x": ug.asarray(X), "w": ug.asarray(W)}
    out = ug.vmap(f, ({"x": 0, "w": None}, None), {"sum": 1, "n": [0, None]})(
        args, 2.0, scale=ug.asarray([1.0, 2, 3, 4])
    )
    assert_values(out["sum"], (X @ W * np.array([[1.0], [2], [3], [4]])).T)
    assert_values(out["n"][0], X.sum(1) * 2)
    assert_values(out["n"][1], 2.0)
    pair = ug.vmap(lambda p: (p[0], None))((ug.asarray(X), ug.asarray(Y)))
    assert pair[1] is None
    assert_values(ug.vmap(lambda p: p[0] * p[1])([ug.asarray(X), ug.asarray(Y)]), X * Y)


def test_raw_arrays_in_raw_arrays_out():
    x = native(X)
    out = ug.vmap(lambda x: {"y": ug.tanh(x) @ native(W)})(x)["y"]
    assert type(out) is type(ug.asarray(x).raw)
    assert_values(out, np.tanh(X) @ W)
    assert isinstance(ug.vmap(lambda x, y: x * y)(x, ug.asarray(Y)), ug.Tensor)
    assert_values(ug.vmap(lambda x: x * 2.0)([1.0, 2.0][0] * np.ones(2)), [2, 2])


def test_raw_arrays_inside_of_it_give_tensors_where_the_examples_differ():
    """What holds the examples of a vmap outside is no array of the library's, and has none of its methods."""
    w = native(W[0])
    inner = {
        "vmap": lambda x: ug.vmap(lambda s: s * x)(w),
        "grad": lambda x: ug.grad(lambda w: ug.sum(w**2 * x[:1]))(w),
        "of a number": lambda x: ug.grad(lambda w: w * x[0])(2.0),
        "vjp": lambda x: ug.vjp(lambda w: w * x[0], w)[0],
        "jacobian": lambda x: ug.jacobian(lambda w: w * x[0])(w),
    }
    for name, f in inner.items():

        def seen(x, f=f):
            out = f(x)
            assert type(out) is ug.Tensor
            return ug.sum(out) * 2

        expected = [2 * np.sum(np.asarray(f(row))) for row in X]
        assert_values(ug.vmap(seen)(ug.asarray(X)), expected), name


def test_a_raw_example_that_a_tape_keeps_twice():
    x = ug.asarray(np.random.default_rng(2).normal(size=(2, 100)))

    def f(x):
        kept = (x * 2).raw  # larger than what a tape copies without looking whether it has a copy
        return ug.grad(lambda y: ug.sum(y * kept * kept))(x)

    assert_values(ug.vmap(f)(x), (x * 2).numpy() ** 2)


def test_examples_of_numpys_beside_arrays_of_another_library():
    """They are constants of that library, as they are for every op."""
    x, other = ug.asarray(X), np.arange(4.0)
    f = ug.vmap(lambda x, y: x * y)
    assert_values(f(x, other), X * other[:, None])
    assert_values(f(x.raw, other), X * other[:, None])
    assert type(f(x.raw, other)) is type(x.raw)
    assert_values(ug.vmap(lambda x, y: x * y, (None, 0))(x[0], other), X[0] * other[:, None])
    assert_values(ug.vmap(lambda x: ug.vmap(lambda a, b: a * b)(x, np.arange(3.0)))(x), X * np.arange(3.0))


def test_a_result_that_does_not_depend_on_the_example():
    x = ug.asarray(X)
    assert_values(ug.vmap(lambda x: ug.ones((2,)))(x), np.ones((4, 2)))
    assert_values(ug.vmap(lambda x: 3.0)(x), [3, 3, 3, 3])
    assert_values(ug.vmap(lambda x: 3.0, out_axes=None)(x), 3)
    w = ug.asarray(W)
    with ug.GradientTape() as tape:
        tape.watch(w)
        y = ug.vmap(lambda x: w)(x)
    assert_values(tape.gradient(y, w), np.full((3, 2), 4.0))


def test_no_examples():
    x = ug.zeros((0, 3))
    out = ug.vmap(lambda x: ug.softmax(x) @ ug.asarray(W))(x)
    assert out.shape == (0, 2)
    ids = ug.zeros((0, 3), dtype=ug.int64)
    assert ug.vmap(lambda x, i: ug.segment_max(x, i, 5))(x, ids).shape == (0, 5)  # a row that runs in a loop


def test_what_an_example_says_of_itself():
    def f(x):
        assert (x.shape, x.ndim, x.size, len(x), x.dtype) == ((3,), 1, 3, 3, ug.float64)
        assert x.backend.name == ug.get_backend().name
        assert "one of 4 examples" in repr(x)
        assert len(list(x)) == 3
        return x[0] + x[-1]

    assert_values(ug.vmap(f)(ug.asarray(X)), X[:, 0] + X[:, 2])


# -- indices, writes, programs ----------------------------------------------------------------------------------------------


INDEXED = {
    "own": lambda x, i: x[i],
    "same for all": lambda x, i: ug.asarray(X)[i],
    "matrix": lambda x, i: ug.stack([x, x * 2])[:, i],
    "apart": lambda x, i: ug.reshape(ug.concat([x, x]), (2, 1, 3))[i % 2, :, i],
    "lines": lambda x, i: ug.reshape(ug.concat([x, x]), (2, 1, 3))[:, 0, i[:1]],
    "single": lambda x, i: x[ug.argmax(x)] * x[i[0]],
    "take": lambda x, i: ug.take(x, i),
    "along": lambda x, i: ug.take_along_axis(x, i),
    "sorted": lambda x, i: ug.sort(x)[ug.argsort(i)[:2]],
    "write": lambda x, i: x.at[i[0]].set(5.0),
    "write own": lambda x, i: ug.zeros((3,)).at[i].set(x[: len(i)]),
    "add": lambda x, i: x.at[i].add(x[: len(i)] * 2),
    "mask": lambda x, i: x.at[x > 0].set(0.5),
    "mask of rows": lambda x, i: ug.stack([x, x * 2], axis=1).at[x > 0].set(ug.sum(x)),
    "segments": lambda x, i: ug.segment_sum(x, ug.asarray([1, 0, 1]), 2),
    "where": lambda x, i: ug.where(x > 0, x, i),
    "searched": lambda x, i: x * ug.searchsorted(ug.sort(x), x, side="right"),
}


@pytest.mark.parametrize("name", INDEXED)
def test_indices_and_writes(name):
    f = INDEXED[name]
    x, i = ug.asarray(X), ug.asarray([[0, 2, 1], [1, 1, 2], [2, 0, 0], [0, 1, 2]])
    xs = [ug.asarray(X[k]) for k in range(4)]
    with ug.GradientTape(persistent=True) as tape:
        tape.watch([x, *xs])
        y = ug.vmap(f)(x, i)
        ys = ug.stack([f(xs[k], i[k]) for k in range(4)])
        loss, losses = ug.sum(y**2), ug.sum(ys**2)
    assert_values(y, ys.numpy())
    found, apart = tape.gradient(loss, x), tape.gradient(losses, xs)
    if found is None:
        assert apart == [None] * 4
    else:
        assert_values(found, np.stack([g.numpy() for g in apart]))


@pytest.mark.parametrize(
    ("index", "shape"),
    [(1, (1, 3)), (slice(None), (1, 1, 4, 3)), ([2, 0], (1, 2, 1)), ((slice(None), [2, 0]), (1, 4, 2)), (0, (1, 1))],
)
def test_a_value_of_more_axes_than_its_place(index, shape):
    """It is written, as NumPy has it, where what it has more are axes of size 1 in front."""

    def f(x, v):
        y = x * x
        y[index] = v * v
        return ug.sum(ug.sin(y) * y)

    def fewer(x, v):
        return f(x, ug.reshape(v, shape[1:]))

    rng = np.random.default_rng(3)
    x, v = ug.asarray(rng.normal(size=(3, 4, 3))), ug.asarray(rng.normal(size=(3, *shape)))
    expected = np.stack([ug.grad(fewer, argnums=1)(x[k], v[k]).numpy() for k in range(3)])
    assert_values(ug.stack([ug.grad(f, argnums=1)(x[k], v[k]) for k in range(3)]), expected)
    assert_values(ug.vmap(ug.grad(f, argnums=1))(x, v), expected)
    assert_values(ug.vmap(ug.jacfwd(f, argnums=1))(x, v), expected)
    assert_values(ug.vmap(ug.grad(f, argnums=1), (None, 0))(x[0], v)[0], expected[0])
    with pytest.raises(ug.ShapeError):
        ug.vmap(f)(x, ug.ones((3, 2, *shape[1:])))


@pytest.mark.parametrize("mode", [ug.jacrev, ug.jacfwd, ug.hessian])
def test_a_mask_of_outer_examples_where_inner_ones_are_written(mode):
    def f(x):
        y = x * x
        y[x > 0] = ug.sum(x)
        return y * x

    x = ug.asarray(X)
    assert_values(ug.vmap(mode(f))(x), np.stack([mode(f)(row).numpy() for row in x]))
    wrong = ug.vmap(lambda x: ug.vmap(lambda y: y.at[x[:1] > 0].set(0.5))(ug.ones((2, 3))))
    with pytest.raises(ug.OutOfBoundsError, match=r"a mask of shape \(1,\) for an array of shape \(3,\)"):
        wrong(x)


def test_rows_of_a_table_looked_up_by_examples():
    table = ug.asarray(RNG.normal(size=(5, 2)))
    tokens = ug.asarray([[0, 3, 0], [4, 4, 4]])
    with ug.GradientTape() as tape:
        tape.watch(table)
        y = ug.sum(ug.vmap(lambda t: ug.sum(table[t] ** 2))(tokens))
    counts = np.bincount(tokens.numpy().ravel(), minlength=5)[:, None]
    assert_values(tape.gradient(y, table), 2 * table.numpy() * counts)


def test_writes_in_place_inside():
    def f(x):
        out = ug.zeros((3,))
        out[0] = x[1]
        out[1:] += x[1:] * 2
        x[0] = 7.0
        return out * x

    x = ug.asarray(X)
    expected = np.stack([[x[1] * 7, 2 * x[1] * x[1], 2 * x[2] * x[2]] for x in X])
    assert_values(ug.vmap(f)(x), expected)
    assert_values(x, X)  # the argument is a value of its own


def test_loops_and_recursion():
    def power(x, n):
        return x if n == 1 else x * power(x, n - 1)

    def f(x):
        total = ug.zeros(())
        for k, part in enumerate(x):
            total = total + power(part, k + 1)
        return total

    assert_values(ug.vmap(f)(ug.asarray(X)), X[:, 0] + X[:, 1] ** 2 + X[:, 2] ** 3)


def test_numpys_functions():
    assert_values(ug.vmap(lambda x: np.sum(np.sin(x)) + x.mean())(ug.asarray(X)), np.sin(X).sum(1) + X.mean(1))


# -- tapes and accumulators -------------------------------------------------------------------------------------------------


def loss(w, x):
    return ug.sum(ug.tanh(x @ w) ** 2)


def gradient(function, *args):
    with ug.GradientTape() as tape:
        tape.watch(args[0])
        y = function(*args)
    return tape.gradient(y, args[0])


def each_gradient():
    return np.stack([gradient(loss, ug.asarray(W), ug.asarray(x)).numpy() for x in X])


def test_gradients_of_each_example():
    w, x = ug.asarray(W), ug.asarray(X)
    expected = each_gradient()
    assert_values(ug.vmap(lambda x: gradient(loss, w, x))(x), expected)  # w captured
    assert_values(ug.vmap(lambda w, x: gradient(loss, w, x), (None, 0))(w, x), expected)
    v = ug.Variable(W)

    def f(x):
        with ug.GradientTape() as tape:
            y = loss(v, x)
        return tape.gradient(y, v)

    assert_values(ug.vmap(f)(x), expected)


@pytest.mark.parametrize("targets", ["two", "one with a cotangent"])
def test_cotangents_of_one_value_that_differ_between_examples_and_do_not(targets):
    """The second one is the same for all examples, and is not what the first one can be added to in place."""

    def each(y):
        x = ug.asarray(X[0])
        with ug.GradientTape() as tape:
            tape.watch(x)
            same, own = x * x, x * y
            out = [same, own] if targets == "two" else same + own
        return tape.gradient(out, x, None if targets == "two" else ug.ones(3))

    assert_values(ug.vmap(each)(ug.asarray(Y)), 2 * X[0] + Y)


def test_a_tape_outside_sums_over_the_examples():
    v, x = ug.Variable(W), ug.asarray(X)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = ug.sum(ug.vmap(lambda x: loss(v * 1.0, x))(x))
        z = ug.sum(ug.tanh(x @ v) ** 2)
    assert tape.watched_variables() == (v,)
    assert_values(tape.gradient(y, v), each_gradient().sum(0))
    assert_values(tape.gradient(y, x), tape.gradient(z, x).numpy())


def test_a_tape_inside_and_one_outside():
    w, x = ug.asarray(W), ug.asarray(X)

    def penalty(w, x):
        g = gradient(lambda x: loss(w, x), x)
        return ug.sqrt(ug.sum(g * g))

    with ug.GradientTape() as tape:
        tape.watch(w)
        y = ug.sum(ug.vmap(penalty, (None, 0))(w, x))
    found = tape.gradient(y, w)
    total = sum(gradient(penalty, w, ug.asarray(row)).numpy() for row in X)
    assert_values(found, total)


def test_forward_mode_inside_and_outside():
    w, x, t = ug.asarray(W), ug.asarray(X), ug.asarray(Y)

    def directional(x, t):
        with ug.ForwardAccumulator(x, t) as acc:
            y = loss(w, x)
        return acc.jvp(y)

    expected = np.stack([directional(ug.asarray(a), ug.asarray(b)).numpy() for a, b in zip(X, Y, strict=True)])
    assert_values(ug.vmap(directional)(x, t), expected)
    with ug.ForwardAccumulator(x, t) as acc:
        y = ug.vmap(lambda x: loss(w, x))(x)
    assert_values(acc.jvp(y), expected)
    with ug.ForwardAccumulator(w, ug.ones_like(w)) as acc:
        y = ug.vmap(lambda x: loss(w, x))(x)
    step = 1e-6
    assert_values(acc.jvp(y), [(loss(W + step, a) - loss(W - step, a)) / (2 * step) for a in X], 1e-6, 1e-8)


def test_an_op_of_constants_outside_and_examples_inside():
    w, x = ug.asarray(W[:, 0]), ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(w)
        h = w * w  # outside, and used inside in two places
        y = ug.vmap(lambda x: ug.sum(h * x) + ug.sum(h))(x)
    assert_values(tape.gradient(y, w), 2 * W[:, 0] * (X.sum(0) + 4))


def test_nested():
    x, y = ug.asarray(X), ug.asarray(Y)
    pairs = ug.vmap(lambda a: ug.vmap(lambda b: ug.sum(a * b) + ug.max(b))(y))(x)
    assert_values(pairs, X @ Y.T + Y.max(1))
    with ug.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        s = ug.sum(ug.vmap(lambda a: ug.vmap(lambda b: ug.sum(a * b) ** 2)(y))(x))
        z = ug.sum((x @ y.mT) ** 2)
    for source in (x, y):
        assert_values(tape.gradient(s, source), tape.gradient(z, source).numpy())
    cube = ug.vmap(ug.vmap(ug.vmap(lambda v: v * v, 0), 1, 1), -1, -1)(ug.asarray(RNG.normal(size=(2, 3, 4))))
    assert cube.shape == (2, 3, 4)
    w = ug.asarray(W)
    grads = ug.vmap(lambda a: ug.vmap(lambda b: gradient(lambda w: loss(w, a * b), w))(y))(x)
    assert_values(grads[1, 2], gradient(lambda w: loss(w, x[1] * y[2]), w).numpy())


def test_a_tape_between_two_levels():
    x, y = ug.asarray(X), ug.asarray(Y)

    def f(a):
        with ug.GradientTape() as tape:
            tape.watch(a)
            s = ug.sum(ug.vmap(lambda b: ug.sum(ug.tanh(a * b)))(y))
        return tape.gradient(s, a)

    assert_values(ug.vmap(f)(x), np.stack([f(ug.asarray(a)).numpy() for a in X]))


# -- random numbers, variables, layers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "draw",
    [
        lambda **o: ug.random.normal((5,), **o),
        lambda **o: ug.random.uniform((5,), **o),
        lambda **o: ug.random.integers((5,), 0, 1000, **o),
        lambda **o: ug.random.truncated_normal((5,), **o),
        lambda **o: ug.random.permutation(9, **o),
    ],
)
def test_every_example_has_random_numbers_of_its_own(draw):
    ug.random.set_seed(3)
    x = ug.asarray(X)
    out = ug.vmap(lambda x: draw())(x).numpy()
    assert len({tuple(row) for row in out}) == 4
    nested = ug.vmap(lambda x: ug.vmap(lambda v: draw())(x))(x).numpy()
    assert nested.shape[:2] == (4, 3)
    assert len({tuple(row) for rows in nested for row in rows}) == 12
    same = ug.vmap(lambda x: draw(seed=1))(x).numpy()
    assert len({tuple(row) for row in same}) == 1


def test_a_variable_keeps_one_value():
    v = ug.Variable([1.0, 2.0, 3.0])
    with pytest.raises(ug.BatchedValueError, match="differs between the examples"):
        ug.vmap(lambda x: v.assign(x) * 1.0)(ug.asarray(X))
    assert_values(v, [1, 2, 3])


def plus(t, x):
    t[:] = t + x


OUTSIDE = {
    "an element": lambda t, x: t.__setitem__(0, x[0]),
    "a part": lambda t, x: t.__setitem__(slice(1, None), x[1:]),
    "all, as they were": plus,
    "+=": lambda t, x: t.__iadd__(x),
    "out=": lambda t, x: np.add(t, x, out=t),
    "a constant where a mask differs": lambda t, x: t.__setitem__(x > 1.0, 0.0),
    "a constant where an index differs": lambda t, x: t.__setitem__(ug.astype(x[0], ug.int64), 0.0),
    "through a view made inside": lambda t, x: t[1:].__setitem__(0, x[0]),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_a_tensor_from_outside_keeps_one_value(case):
    t, seen = ug.asarray([0.0, 1.0, 2.0]), []
    part = t[1:]

    def f(x):
        seen.append(1)
        OUTSIDE[case](t, x)
        return ug.sum(t)

    for run in (ug.vmap(f), lambda x: ug.vmap(lambda t, x: (OUTSIDE[case](t, x), t)[1], (None, 0))(t, x)):
        with pytest.raises(
            ug.BatchedValueError, match=r"shape \(3,\) that lives outside.*test_vmap.py:\d+.*4 examples"
        ):
            run(ug.asarray(X))
        assert_values(t, [0, 1, 2])
        assert_values(part, [1, 2])
    assert seen == [1]
    part[0] = 5.0
    assert_values(t, [0, 5, 2])


def test_a_tensor_from_outside_is_as_it_was_after_an_exception():
    t = ug.asarray([0.0, 1.0, 2.0])

    def f(x):
        t[0] = x[0]
        t[1] += x[0]
        raise KeyError("mine")

    with pytest.raises(KeyError), ug.GradientTape() as tape:
        tape.watch(t)
        ug.vmap(f)(ug.asarray(X))
    assert_values(t, [0, 1, 2])


def test_what_all_examples_write_is_written_once():
    t = ug.asarray([0.0, 1.0, 2.0])

    def f(x):
        t[0] = 5.0
        return ug.sum(t) * x

    assert_values(ug.vmap(f)(ug.asarray(X)), 8.0 * X)
    assert_values(t, [5, 1, 2])


def test_a_tensor_of_the_outer_examples_keeps_one_value_in_the_inner_ones():
    def f(x):
        return ug.vmap(lambda y: x.__setitem__(0, y) or ug.sum(x))(ug.asarray([1.0, 2.0]))

    with pytest.raises(ug.BatchedValueError, match="differ between the 2 examples"):
        ug.vmap(f)(ug.asarray(X))


def test_what_is_made_inside_may_be_written_to_and_be_held_in_a_cycle():
    def f(x):
        out = ug.zeros((3,))

        def fill(i):
            out[i] = x[i] * 2
            return fill(i + 1) if i < 2 else out

        return fill(0)

    with ug.debug(), ug.GradientTape(persistent=True) as tape, ug.ForwardAccumulator(x := ug.asarray(X), x):
        tape.watch(x)
        y = ug.vmap(f)(x)
        each = ug.vmap(lambda x: ug.vmap(lambda c: f(x * c))(ug.asarray([1.0, 2.0])))(x)
    assert_values(y, 2 * X)
    assert_values(each, np.stack([2 * X, 4 * X], 1))
    assert_values(tape.gradient(y, x), np.full_like(X, 2.0))


def test_a_layer():
    layer = nn.Dense(2, activation="tanh")
    x = ug.asarray(X)
    layer(x)
    with ug.GradientTape(persistent=True) as tape:
        y = ug.sum(ug.vmap(lambda x: layer(ug.reshape(x, (1, 3)))[0])(x) ** 2)
        z = ug.sum(layer(x) ** 2)
    for a, b in zip(
        tape.gradient(y, layer.trainable_variables), tape.gradient(z, layer.trainable_variables), strict=True
    ):
        assert_values(a, b.numpy())


def test_by_its_tensorflow_name():
    x, y = tf.constant(X), tf.constant(Y)
    assert_values(tf.vectorized_map(lambda e: e[0] * tf.reduce_sum(e[1]), (x, y)), X * Y.sum(1, keepdims=True))
    assert_values(ug.vectorized_map(lambda e: e["x"] + 1.0, {"x": x}), X + 1)
    with pytest.raises(ug.NoRuleError, match="a loop over the examples is not allowed"):
        ug.vectorized_map(lambda x: np.spacing(x), x, fallback_to_while_loop=False)
    assert_values(ug.vectorized_map(lambda x: np.spacing(x), x, warn=False), np.spacing(X))


# -- compilers ------------------------------------------------------------------------------------------------------------------


def test_inside_jit():
    import jax

    with ug.use_backend("jax"):

        @jax.jit
        def f(w, x):
            t = ug.asarray(w)
            g = ug.vmap(lambda x: gradient(loss, t, x))(ug.asarray(x)).raw
            return g, ug.jacobian(lambda x: ug.tanh(x @ t))(ug.asarray(x)[0]).raw

        g, j = f(native(W), native(X))
        assert_values(g, each_gradient())
        assert_values(j, np.diag(1 - np.tanh(X[0] @ W) ** 2) @ W.T)


# -- errors ---------------------------------------------------------------------------------------------------------------------


def add(x, y):
    return x + y


BAD = {
    "unequal": (lambda x: ug.vmap(add)(x, x[:2]), ValueError, r"unequal numbers of examples: 4 .* 2 \(axis 0"),
    "no axis": (lambda x: ug.vmap(add, (0, 2))(x, x), IndexError, "in_axes is 2 for an argument of shape"),
    "a scalar": (lambda x: ug.vmap(add)(x, 1.0), IndexError, r"of shape \(\), which has no such axis: say in_axes=None"),
    "a scalar by keyword": (lambda x: ug.vmap(add)(x, y=1.0), IndexError, "keyword argument, bind it by functools.partial"),
    "too few": (lambda x: ug.vmap(add, (0,))(x, x), ValueError, "in_axes has 1 entries for 2 positional arguments"),
    "structure": (lambda x: ug.vmap(add, ({"a": 0}, 0))(x, x), ValueError, "does not fit the structure"),
    "not an int": (lambda x: ug.vmap(add, ("a", 0))(x, x), ValueError, "in_axes of argument 0"),
    "a bool": (lambda x: ug.vmap(add, True)(x, x), IndexError, "in_axes is True"),
    "none batched": (lambda x: ug.vmap(add, None)(x, x), ValueError, "no argument has examples"),
    "no arguments": (lambda x: ug.vmap(lambda: x)(), ValueError, "no argument has examples"),
    "a string": (lambda x: ug.vmap(add)(x, "abcd"), TypeError, "has no examples"),
    "out a string": (lambda x: ug.vmap(lambda x: "a")(x), TypeError, "returned 'a' of type str"),
    "out None for examples": (lambda x: ug.vmap(lambda x: x, 0, None)(x), ValueError, "differs between the 4 examples"),
    "out axis": (lambda x: ug.vmap(lambda x: x, 0, 2)(x), IndexError, "out_axes is 2"),
    "out structure": (lambda x: ug.vmap(lambda x: x, 0, (0, 0))(x), ValueError, "out_axes"),
    "bool": (lambda x: ug.vmap(lambda x: x if x[0] > 0 else -x)(x), TypeError, "not known inside vmap"),
    "float": (lambda x: ug.vmap(lambda x: float(x[0]))(x), TypeError, "not known inside vmap"),
    "numpy": (lambda x: ug.vmap(lambda x: x.numpy())(x), TypeError, "not known inside vmap"),
    "np.asarray": (lambda x: ug.vmap(lambda x: np.asarray(x))(x), TypeError, "not known inside vmap"),
    "nonzero": (lambda x: ug.vmap(lambda x: ug.nonzero(x)[0])(x), ValueError, "depends on the values"),
    "mask": (lambda x: ug.vmap(lambda x: x[x > 0])(x), ValueError, "a mask whose values differ"),
    "masked write": (lambda x: ug.vmap(lambda x: x.at[x > 0].set(x[:2]))(x), ValueError, "use unigrad.where"),
    "shapes": (lambda x: ug.vmap(lambda x: x + ug.ones((2,)))(x), ValueError, "inside vmap: the first axis"),
    "an object": (lambda x: ug.vmap(lambda x: x)(np.array([None, None])), TypeError, "object data is not numeric"),
    "not a function": (lambda x: ug.vmap(3), TypeError, "needs a function"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_errors(name):
    ask, error, says = BAD[name]
    x = ug.asarray(X)
    with pytest.raises(error, match=says) as raised:
        ask(x)
    assert isinstance(raised.value, ug.UnigradError)
    assert_library_well()
    assert_values(ug.vmap(lambda x: x * 2.0)(x), X * 2)


def test_a_function_of_numpys_that_looks_at_values_says_that_vmap_has_none():
    with pytest.raises(
        ug.BatchedValueError, match="inside vmap those of one example are not known, for all 4 run at once"
    ):
        ug.vmap(lambda x: np.partition(x, 1))(ug.asarray(X))


def test_an_exception_of_the_function():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        ug.vmap(f)(ug.asarray(X))
    assert ug.random.normal((2,)).shape == (2,)
    assert_library_well()


def test_it_is_imported_when_asked_for():
    done = run_python(
        """
        import sys, unigrad
        assert "unigrad.batching" not in sys.modules
        import numpy as np
        assert unigrad.vmap(lambda x: x * 2)(np.ones(3)).tolist() == [2, 2, 2]
        """
    )
    assert done.returncode == 0, done.stderr


def test_the_gradient_of_a_large_table_is_not_made_for_every_example():
    table = ug.ones((1000, 50))
    tokens = ug.asarray(np.arange(600).reshape(200, 3))
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(table)
        y = ug.sum(ug.vmap(lambda t: ug.sum(table[t]) + ug.sum(ug.vmap(lambda s: table[s, 1])(t)))(tokens))
    if ug.get_backend().name == "numpy":
        tracemalloc.start()
        found = tape.gradient(y, table)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10 * 1000 * 50 * 8  # 200 dense ones would be 80 MB
    found = tape.gradient(y, table).numpy()
    assert_values(found[:600, [0, 1]].sum(0), [600, 1200])
    assert_values(found[600:], 0)


# -- with the rest of the house ---------------------------------------------------------------------------------------------


def test_functions_with_a_gradient_of_their_own():
    @ug.custom_gradient
    def f(x, w):
        return ug.sin(x) * w, lambda ct: (ct * 10.0, ug.sum(ct * x))

    x, w = ug.asarray(X), ug.asarray(2.0)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch([x, w])
        y = ug.vmap(lambda x: ug.sum(f(x, w)))(x)
    assert_values(y, 2 * np.sin(X).sum(1))
    assert_values(tape.gradient(y, x), np.full((4, 3), 10.0))
    assert_values(tape.gradient(y, w), X.sum())
    assert_values(tape.jacobian(y, w), X.sum(1))
    grads = ug.vmap(lambda x: gradient(lambda w: ug.sum(f(x, w)), w))(x)
    assert_values(grads, X.sum(1))
    assert_values(ug.jacrev(lambda x: f(x, w))(x[0]), 10 * np.eye(3))
    assert_values(ug.vmap(lambda x: ug.stop_gradient(x) * x)(x), X * X)


def test_a_block_that_runs_again_sums_over_the_examples():
    """What it reads of the outside is the same for all: by argument, captured, and a variable; on tapes outside and inside."""
    x, w, v = ug.asarray(X), ug.asarray(2.0), ug.Variable(3.0, dtype=ug.float64)
    plain = lambda x, a, b: ug.sum(ug.sin(x * a) * b * v)  # noqa: E731

    def loss(f):
        return ug.sum(ug.vmap(lambda x: f(x, w) * ug.sum(x))(x))

    def found(f):
        with ug.GradientTape(persistent=True) as tape:
            tape.watch([x, w])
            (inner,) = ug.vmap(lambda x: ug.grad(lambda x, w: f(x, w), argnums=(1,))(x, w))(x)
            y, z = loss(f), ug.sum(inner**2)
        return [*tape.gradient(y, [x, w, v]), *tape.gradient(z, [x, w, v])]

    blocks = (
        lambda x, w: ug.recompute_grad(plain)(x, w, w),
        lambda x, w: ug.recompute_grad(lambda x: plain(x, w, w))(x),
    )
    wanted = found(lambda x, w: plain(x, w, w))
    for block in blocks:
        for g, want in zip(found(block), wanted, strict=True):
            assert g.shape == want.shape
            assert_values(g, want.numpy())


def test_cotangents_of_examples_meet_those_that_are_the_same_for_all():
    """Of several targets, of a pullback that is constant, of one output of several."""
    x, w = ug.asarray(X), ug.asarray([1.0, 2.0, 3.0])

    @ug.custom_gradient
    def constant(a):
        return a * a, lambda ct: ug.ones((3,))

    @ug.recompute_grad
    def two(a, b):
        return a * b, ug.sum(b) * a[0]

    def inside(x):
        with ug.GradientTape() as tape:
            tape.watch(w)
            targets = [w * w, ug.sum(w * x), w * 2.0, ug.sin(w) * w]
        return tape.gradient(targets, w)

    slope = np.cos(w.numpy()) * w.numpy() + np.sin(w.numpy())
    assert_values(ug.vmap(inside)(x), 2 * w.numpy() + X + 2 + slope)
    assert_values(ug.vmap(ug.grad(lambda a: ug.sum(constant(a * 2.0)) + ug.sum(a * a)))(x), 2 + 2 * X)
    first, second = ug.jacrev(lambda w: two(x[0], w))(w)
    assert_values(first, np.diag(X[0]))
    assert_values(second, np.full(3, X[0, 0]))


def test_a_block_that_runs_again_draws_the_numbers_of_each_example_again():
    """When the gradient is asked for the vmaps are over; and those of the sweep are not those of the block."""
    block = ug.recompute_grad(lambda x: x * ug.random.normal(()))
    x = ug.ones((4,))
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = ug.vmap(block)(x)
        z = ug.vmap(lambda a: ug.vmap(block)(a * ug.ones((2,))))(x)
    assert len(np.unique(z.numpy())) == 8
    assert_values(tape.gradient(y, x), y.numpy())
    assert_values(tape.gradient(z, x), z.numpy().sum(1))
    rows = ug.vmap(lambda ct: tape.gradient(y, x, ct))(ug.eye(4))
    assert_values(rows, np.diag(y.numpy()))
    values, grads = ug.vmap(ug.value_and_grad(block))(x)
    assert_values(values, grads.numpy())


def test_a_tape_with_examples_can_be_looked_at():
    x, w = ug.asarray(X), ug.asarray(W[:, 0])
    with ug.GradientTape() as tape:
        tape.watch([x, w])
        y = ug.vmap(lambda x: ug.sum(ug.tanh(x * w)))(x)
    assert "enter(x" in str(tape)
    assert "leave" in str(tape.summary())
    assert "is not None" in str(tape.explain(y, w))
    with ug.debug(), ug.GradientTape() as tape:
        tape.watch([x, w])
        y = ug.vmap(lambda x: ug.sum(ug.tanh(x * w)))(x)
        found = tape.gradient(y, w)
    assert_values(found, (X / np.cosh(X * W[:, 0]) ** 2).sum(0))
    with ug.debug(), pytest.raises(ug.UnigradError, match="sqrt made NaN"):
        ug.vmap(ug.sqrt)(x)
