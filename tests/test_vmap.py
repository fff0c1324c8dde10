"""vmap: axes, structures, indices, writes and nesting."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, native

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


# -- with the rest of the house ---------------------------------------------------------------------------------------------


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
