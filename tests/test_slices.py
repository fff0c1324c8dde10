"""IndexedSlices: the gradient of row gathers, whose dense array nobody makes before somebody needs it."""

import copy
import gc
import pickle
import tracemalloc
import weakref

import numpy as np
import pytest

import unigrad as ug
import unigrad.tf as tf
from tests.helpers import assert_library_well, assert_values, backend_name, derivative, native
from unigrad import nn
from unigrad.slices import _RAW

pytestmark = pytest.mark.usefixtures("double")

TABLE = np.arange(12.0).reshape(6, 2) / 10
IDS = np.array([[1, 2], [1, -1]])


def is_dense(x):
    """Whether the dense array is there."""
    try:
        _RAW.__get__(x)
    except AttributeError:
        return False
    return True


def gathered(function, table=TABLE):
    """The gradient of the sum of `function(table)`, and what it is as a plain array: by central numbers of `np.add.at`."""
    x = ug.asarray(table)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)


def rows(ids=IDS, weight=1.0):
    out = np.zeros_like(TABLE)
    np.add.at(out, ids, weight)
    return out


def slices():
    """What the gradient of a gather is: not dense yet, with a row named twice and one counted from the end."""
    g = gathered(lambda x: ug.take(x, IDS, axis=0))
    assert type(g) is ug.IndexedSlices
    return g


GATHERS = {
    "take": lambda x: ug.take(x, IDS, axis=0),
    "brackets": lambda x: x[IDS],
    "brackets, whole axes named": lambda x: x[IDS, :],
    "brackets, an ellipsis": lambda x: x[IDS, ...],
    "a tensor of indices": lambda x: x[ug.asarray(IDS)],
    "a list": lambda x: x[[1, 2, 1, 5]],
    "the library's own indices": lambda x: ug.take(x, native(IDS, backend_name()), axis=0),
    "tf.gather": lambda x: tf.gather(x, IDS),
    "np.take": lambda x: np.take(x, IDS, axis=0),
    "the method": lambda x: x.take(IDS, axis=0),
    "two of them": lambda x: ug.sum(x[[1, 2]]) + ug.sum(x[[1, -1]]),
    "int32 and int64": lambda x: ug.sum(x[np.array([1, 2], np.int32)]) + ug.sum(x[[1, -1]]),
}


@pytest.mark.parametrize("name", GATHERS)
def test_a_gather_of_rows_gives_rows(name):
    g = gathered(GATHERS[name])
    assert type(g) is ug.IndexedSlices
    assert isinstance(g, ug.Tensor)
    assert (g.shape, g.dense_shape, g.ndim, g.size, len(g)) == ((6, 2), (6, 2), 2, 12, 6)
    assert (g.dtype, g.device, g.backend.name) == (ug.float64, ug.asarray(TABLE).device, backend_name())
    assert g.indices.dtype.kind == "i"
    assert_values(ug.sort(g.indices), [1, 1, 2, 5])
    assert_values(g.values, np.ones((4, 2)))
    assert not is_dense(g)
    assert_values(g, rows())
    assert_values(g, rows())  # kept
    assert_values(g.values, np.ones((4, 2)))


MIXES = {
    "a row by its number": lambda x: x[1],
    "a slice": lambda x: x[1:3],
    "a mask": lambda x: x[ug.asarray(TABLE[:, 0] > 0.3)],
    "columns": lambda x: ug.take(x, [0, 1, 1], axis=1),
    "elements": lambda x: x[[0, 1], [1, 1]],
    "rows and the whole": lambda x: ug.sum(x[[0, 1]]) + ug.sum(x * x),
    "rows and a slice": lambda x: ug.sum(x[[0, 1]]) + ug.sum(x[1:3]),
}


@pytest.mark.parametrize("name", MIXES)
def test_anything_else_gives_a_plain_tensor(name):
    assert type(gathered(MIXES[name])) is ug.Tensor


def test_one_index_none_and_numbers_for_rows():
    one = gathered(lambda x: ug.take(x, np.array(3), axis=0))
    assert_values(one.indices, [3])
    assert one.values.shape == (1, 2)
    assert_values(one, rows([3]))
    none = gathered(lambda x: ug.sum(ug.take(x, np.zeros(0, np.int64), axis=0)))
    assert none.values.shape == (0, 2)
    assert_values(none, np.zeros((6, 2)))
    numbers = gathered(lambda x: x[[0, 0, 2]], np.arange(3.0))
    assert_values(numbers.values, [1.0, 1.0, 1.0])
    assert_values(numbers, [2.0, 0.0, 1.0])
    empty = gathered(lambda x: x[[0, 0, 2]], np.zeros((3, 0)))
    assert empty.values.shape == (3, 0)
    assert_values(empty, np.zeros((3, 0)))


def test_an_intermediate_table_is_dense_and_the_gather_after_it_right():
    x = ug.asarray(TABLE)
    with ug.GradientTape() as tape:
        tape.watch(x)
        table = x * 3.0
        y = ug.take(table, IDS, axis=0)
    of_x, of_table, of_y = tape.gradient(y, [x, table, y])
    assert type(of_table) is ug.Tensor
    assert_values(of_table, rows())
    assert_values(of_x, rows(weight=3.0))
    assert_values(of_y, np.ones((2, 2, 2)))


def test_a_variable_named_twice_and_another_dtype():
    v = ug.Variable(TABLE.astype(np.float32))
    with ug.GradientTape() as tape:
        y = ug.sum(ug.take(v, IDS, axis=0) ** 2 * ug.asarray(np.float64(2.0)))
    first, again = tape.gradient(y, [v, v])
    assert (type(first), type(again)) == (ug.IndexedSlices,) * 2
    assert first.dtype == again.dtype == ug.float32
    want = np.zeros_like(TABLE)
    np.add.at(want, IDS, 4 * TABLE[IDS])
    assert_values(first, want, rtol=1e-6)
    first[0] = 7.0
    assert_values(again, want, rtol=1e-6)


# -- a tensor like any other ------------------------------------------------------------------------------------------
USES = {
    "plus": (lambda t: t + 1.0, lambda a: a + 1.0),
    "plus a tensor, both ways": (lambda t: (ug.ones((6, 2)) + t) + (t + ug.ones((6, 2))), lambda a: 2 * a + 2),
    "plus an array of NumPy's": (lambda t: np.ones((6, 2)) + t, lambda a: a + 1),
    "minus": (lambda t: 1.0 - (t - 2.0), lambda a: 3 - a),
    "minus itself": (lambda t: t - t, lambda a: 0 * a),
    "times itself": (lambda t: t * t, lambda a: a * a),
    "over": (lambda t: 1.0 / (t / 2.0 + 1.0), lambda a: 1 / (a / 2 + 1)),
    "power": (lambda t: t**2 + 2.0**t, lambda a: a**2 + 2**a),
    "product": (lambda t: ug.ones((6, 6)) @ t @ ug.ones((2, 3)) + t @ ug.ones((2, 3)),
                lambda a: np.ones((6, 6)) @ a @ np.ones((2, 3)) + a @ np.ones((2, 3))),
    "absolute": (lambda t: abs(-t) + (+t), lambda a: 2 * abs(a)),
    "compare": (lambda t: (t > 0.5) & ~(t == 2.0), lambda a: (a > 0.5) & (a != 2)),
    "exp": (ug.exp, np.exp),
    "sum": (lambda t: ug.sum(t, axis=0), lambda a: a.sum(0)),
    "norm": (ug.linalg.vector_norm, np.linalg.norm),
    "where": (lambda t: ug.where(t > 0, t, -1.0), lambda a: np.where(a > 0, a, -1.0)),
    "concat and stack": (lambda t: ug.concat([t, ug.stack([t, t])[0]]), lambda a: np.concatenate([a, a])),
    "reshape, T": (lambda t: t.reshape(12) + t.T.reshape(12), lambda a: a.reshape(12) + a.T.reshape(12)),
    "methods": (lambda t: t.sum() + t.mean(axis=0) + t.max(), lambda a: a.sum() + a.mean(0) + a.max()),
    "index": (lambda t: t[1] + t[2:3, :] + t[-1, 0], lambda a: a[1] + a[2:3, :] + a[-1, 0]),
    "rows of it": (lambda t: t[[0, 1]] + ug.take(t, [1, 1], axis=0), lambda a: a[[0, 1]] + a[[1, 1]]),
    "a loop": (lambda t: ug.stack([r * 2 for r in t]), lambda a: 2 * a),
    "NumPy's functions": (lambda t: np.sqrt(np.add(t, 1)) + np.mean(t), lambda a: np.sqrt(a + 1) + a.mean()),
    "np.asarray": (lambda t: ug.asarray(np.asarray(t)), lambda a: a),
    "asarray": (lambda t: ug.asarray(t, dtype=ug.float32), lambda a: a),
    "zeros_like": (lambda t: ug.zeros_like(t) + ug.ones_like(t), lambda a: 0 * a + 1),
    "astype": (lambda t: t.astype(ug.complex128) + ug.astype(t, ug.float32), lambda a: 2 * a),
    "convert": (lambda t: ug.convert(t, "numpy"), lambda a: a),
    "copy": (lambda t: copy.copy(t) + copy.deepcopy(t) + pickle.loads(pickle.dumps(t)), lambda a: 3 * a),
    "detach": (lambda t: t.detach(), lambda a: a),
    "its namespace": (lambda t: t.__array_namespace__().sin(t), np.sin),
    "numbers": (lambda t: float(t[1, 0]) + t.numpy() + np.asarray(t.tolist()), lambda a: 2 + 2 * a),
    "in a list": (lambda t: ug.asarray([t, t])[0], lambda a: a),
    "sort": (lambda t: ug.sort(t, axis=0), lambda a: np.sort(a, axis=0)),
    "convolve": (lambda t: ug.convolve(t.reshape(12), ug.ones(2)), lambda a: np.convolve(a.reshape(12), np.ones(2))),
    "einsum": (lambda t: ug.einsum("ij,ij->i", t, t), lambda a: (a * a).sum(1)),
    "svd": (lambda t: ug.linalg.svdvals(t), lambda a: np.linalg.svd(a, compute_uv=False)),
    "relu": (lambda t: nn.functional.relu(t), lambda a: np.maximum(a, 0)),
    "a variable": (lambda t: ug.Variable(t).assign_add(t).value(), lambda a: 2 * a),
    "tf": (lambda t: tf.convert_to_tensor(t) + tf.reduce_sum(t), lambda a: a + a.sum()),
}  # fmt: skip


@pytest.mark.parametrize("name", USES)
def test_every_function_takes_it_for_the_tensor_that_it_is(name):
    use, same = USES[name]
    assert_values(use(slices()), same(rows()), rtol=1e-6)


@pytest.mark.parametrize("part_of", [lambda g: g[1:3], lambda g: g.reshape(3, 4)[:2].reshape(4, 2)[1:3]])
def test_writes_in_place_and_views(part_of):
    g, want = slices(), rows()
    part = part_of(g)
    part[...] = 4.0
    want[1:3] = 4.0
    assert_values(g, want)
    g += 1.0
    want += 1.0
    g[0, 0] = -1.0
    want[0, 0] = -1.0
    assert_values(g, want)
    assert_values(part, want[1:3])
    assert not g.sparse
    assert_values(g.indices, range(6))  # the rows that it had are not what it is now
    assert_values(g.values, want)
    assert_values(-(2.0 * g + g), -3 * want)


def test_dlpack():
    assert_values(np.from_dlpack(slices()), rows())


def test_what_it_looks_like():
    text = repr(slices())
    assert text.startswith("<unigrad.IndexedSlices dense_shape=(6, 2) dtype=float64")
    assert "[1, 2, 1, 5]" in text


# -- sums and multiples ----------------------------------------------------------------------------------------------
SPARSE = {
    "sum": (lambda g, h: g + h, lambda a, b: a + b),
    "multiples": (lambda g, h: 0.5 * g + h * 3, lambda a, b: 0.5 * a + 3 * b),
    "quotient": (lambda g, h: g / 2 + (-h), lambda a, b: a / 2 - b),
}
DENSE = {
    "with a tensor": (lambda g, h: g + ug.ones((6, 2)), lambda a, b: a + 1),
    "times infinity": (lambda g, h: g * np.inf, lambda a, b: a * np.inf),
    "over zero": (lambda g, h: g / 0.0, lambda a, b: a / 0.0),
}


@pytest.mark.filterwarnings("ignore:invalid value", "ignore:divide by zero")
@pytest.mark.parametrize("name", [*SPARSE, *DENSE])
def test_sums_and_multiples(name):
    g, h = slices(), gathered(lambda x: ug.sum(x[[0, 1]]) * 2.0)
    use, same = (SPARSE | DENSE)[name]
    found = use(g, h)
    assert (type(found) is ug.IndexedSlices) == (name in SPARSE)
    assert (is_dense(g), is_dense(h)) == (name in DENSE, False)
    with np.errstate(all="ignore"):
        assert_values(found, same(rows(), rows([0, 1], 2.0)))


# -- higher orders ---------------------------------------------------------------------------------------------------
def cubes(x):
    return ug.take(x, IDS, axis=0) ** 3


def second(weight):
    out = np.zeros_like(TABLE)
    np.add.at(out, IDS, 6 * TABLE[IDS])
    return out * weight


WEIGHT = np.arange(12.0).reshape(6, 2)


@pytest.mark.parametrize("inside", [True, False])
def test_a_second_derivative_whether_it_was_made_dense_or_not(inside):
    x = ug.asarray(TABLE)
    with ug.GradientTape() as outer:
        outer.watch(x)
        with ug.GradientTape() as inner:
            inner.watch(x)
            y = cubes(x)
        g = inner.gradient(y, x)
        z = ug.sum(g * ug.asarray(WEIGHT)) if inside else g
    assert type(g) is ug.IndexedSlices
    assert is_dense(g) is inside  # the tape was told of it without the dense array
    if inside:
        assert_values(outer.gradient(z, x), second(WEIGHT))
    else:
        assert_values(outer.gradient(z, x, output_gradients=ug.asarray(WEIGHT)), second(WEIGHT))


def test_its_values_are_differentiable():
    x = ug.asarray(TABLE)
    with ug.GradientTape() as outer:
        outer.watch(x)
        with ug.GradientTape() as inner:
            inner.watch(x)
            y = cubes(x)
        g = inner.gradient(y, x)
    again = outer.gradient(g.values, x)
    assert type(again) is ug.IndexedSlices
    assert_values(again, second(1.0))


def test_sums_of_it_are_differentiable():
    x = ug.asarray(TABLE)
    with ug.GradientTape() as outer:
        outer.watch(x)
        with ug.GradientTape() as inner:
            inner.watch(x)
            y = cubes(x)
        g = inner.gradient(y, x)
        z = -(g + g) * 0.5
    assert_values(outer.gradient(z, x), -second(1.0))


def test_forward_over_reverse_and_the_third_order():
    x = ug.asarray(TABLE)

    def first(x):
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = cubes(x)
        return tape.gradient(y, x)

    assert_values(derivative(first, x), second(1.0))
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = cubes(x)
        g = tape.gradient(y, x)
        h = tape.gradient(g, x)
    third = np.zeros_like(TABLE)
    np.add.at(third, IDS, 6.0)
    assert_values(tape.gradient(h, x), third)


def test_it_is_a_source_a_target_and_a_primal():
    g = slices()
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(g)
        y = g * g
    assert_values(tape.gradient(y, g), 2 * rows())
    assert_values(tape.gradient(g, g), np.ones((6, 2)))
    with ug.ForwardAccumulator(g, slices()) as acc:
        y = g * g
    assert_values(acc.jvp(y), 2 * rows() ** 2)
    x = ug.asarray(TABLE)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * 2.0
    assert_values(tape.gradient(y, x, output_gradients=slices()), 2 * rows())


def test_the_trap_of_where():
    x = ug.asarray([[0.0], [4.0]])
    with ug.GradientTape() as tape:
        tape.watch(x)
        t = ug.take(x, [0, 1], axis=0)
        y = ug.where(t > 0, ug.sqrt(t), 0.0)
    assert_values(tape.gradient(y, x), [[0.0], [0.25]])


# -- training --------------------------------------------------------------------------------------------------------
OPTIMIZERS = {
    "sgd": lambda: nn.SGD(0.1),
    "momentum": lambda: nn.SGD(0.1, momentum=0.9),
    "nesterov": lambda: nn.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: nn.Adam(0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_take_the_steps_of_the_dense_gradient(name):
    v, same = ug.Variable(TABLE), ug.Variable(TABLE)
    sparse, dense = OPTIMIZERS[name](), OPTIMIZERS[name]()
    for ids in ([1, 1, -1], [0, 2], [1, 4]):
        with ug.GradientTape() as tape:
            y = ug.take(v, ids, axis=0) ** 2
        g = tape.gradient(y, v)
        sparse.apply_gradients([(g, v)])
        assert is_dense(g) is (name == "adam")
        dense.apply_gradients([(ug.asarray(g.numpy()), same)])
        assert_values(v, same.numpy())


def test_a_step_writes_into_the_rows_alone():
    v, w = ug.Variable(TABLE), ug.Variable([1.0])
    optimizer = nn.SGD(0.5)
    memory = weakref.ref(v._value._raw)
    for ids in (IDS, [0], [2, 3]):
        before = v.numpy()
        with ug.GradientTape() as tape:
            y = ug.sum(ug.take(v, ids, axis=0)) * w
        optimizer.apply_gradients(zip(tape.gradient(y, [v, w]), [v, w]))
        touched = np.unique(np.asarray(ids) % 6)
        changed = np.flatnonzero((v.numpy() != before).any(1))
        assert_values(changed, touched)
        del y, tape
    assert (memory() is v._value._raw) is (backend_name() != "jax")  # JAX's arrays are never written to


def test_who_holds_the_value_sees_no_change():
    v = ug.Variable(TABLE)
    held = v.value()
    with ug.GradientTape() as tape:
        y = ug.take(v, IDS, axis=0)
    g = tape.gradient(y, v)
    nn.SGD(0.5).apply_gradients([(g, v)])
    assert_values(held, TABLE)
    assert_values(v, TABLE - 0.5 * rows())
    v.assign_add(g)
    assert_values(v, TABLE + 0.5 * rows())
    v.assign_sub(0.5 * g)
    assert_values(v, TABLE)


# -- memory ----------------------------------------------------------------------------------------------------------
def test_the_dense_array_is_not_made():
    if backend_name() != "numpy":
        return  # the other libraries' memory is not seen from here; `is_dense` above is
    v = ug.Variable(np.zeros((200_000, 8)))
    optimizer = nn.SGD(0.1)
    ids = np.arange(0, 64_000, 1000)

    def step():
        with ug.GradientTape() as tape:
            y = ug.sum(ug.take(v, ids, axis=0) ** 2 + 1.0)
        optimizer.apply_gradients([(tape.gradient(y, v), v)])

    step()
    tracemalloc.start()
    step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200_000  # the dense gradient has 12,800,000 bytes


def test_it_is_freed_at_once():
    gc.collect()
    gc.disable()
    try:
        g = slices()
        tensor, part = weakref.ref(g), weakref.ref(g._parts[0])
        g.numpy()
        del g
        assert (tensor(), part()) == (None, None)
    finally:
        gc.enable()


# -- by hand, and bad input ------------------------------------------------------------------------------------------
def test_one_made_by_hand():
    s = ug.IndexedSlices([[1.0, 2.0], [3.0, 4.0]], [2, -1], (4, 2))
    assert_values(s, [[0, 0], [0, 0], [1, 2], [3, 4]])
    assert_values(s.indices, [2, 3])
    x = ug.asarray([[1.0, 2.0], [3.0, 4.0]])
    with ug.GradientTape() as tape:
        tape.watch(x)
        s = ug.IndexedSlices(x * x, [2, 2], (4, 2))
        y = s * 3.0
    assert_values(tape.gradient(y, x), 6 * x.numpy())


SLICES = ug.IndexedSlices


def step(v):
    nn.SGD(0.1).apply_gradients([(slices(), v)])


WRONG = {
    "values of another shape": (lambda: SLICES(ug.ones((2, 3)), [0, 1], (4, 2)), ug.ShapeError, r"\(2, 3\).*\(4, 2\)"),
    "as many values as indices": (lambda: SLICES(ug.ones((2, 2)), [0], (4, 2)), ug.ShapeError, r"indices of shape \(1,\)"),
    "no axis": (lambda: SLICES(ug.asarray(1.0), ug.asarray(0), ()), ug.ShapeError, "dense shape"),
    "an index beyond": (lambda: SLICES(ug.ones((1, 2)), [4], (4, 2)), ug.OutOfBoundsError, "index 4 is out of bounds"),
    "an index before": (lambda: SLICES(ug.ones((1, 2)), [-5], (4, 2)), ug.OutOfBoundsError, "index -5"),
    "indices of floats": (lambda: SLICES(ug.ones((1, 2)), [0.0], (4, 2)), ug.DTypeError, "indices are integers"),
    "another shape in a step": (lambda: step(ug.Variable(ug.ones((6, 3)))), ug.ShapeError, None),
    "another shape assigned": (lambda: ug.Variable(ug.ones((6, 3))).assign_add(slices()), ug.ShapeError, "assign_add"),
    "another dtype assigned": (lambda: ug.Variable(ug.ones((6, 2)) * 1j).assign_sub(slices()), ug.DTypeError, "assign_sub"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused(name):
    function, error, message = WRONG[name]
    with pytest.raises(error, match=message):
        function()
    assert_library_well()


def test_inside_a_compiler():
    if backend_name() != "jax":
        return  # there is none, or it is tried in test_compile
    import jax

    def g(table, ids):
        x = ug.asarray(table)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.take(x, ids, axis=0) ** 2
        v = ug.Variable(x)
        found = tape.gradient(y, x)
        nn.SGD(0.5).apply_gradients([(found, v)])
        return found.raw, v.raw

    found, stepped = jax.jit(g)(native(TABLE), native(IDS))
    want = np.zeros_like(TABLE)
    np.add.at(want, IDS, 2 * TABLE[IDS])
    assert_values(found, want)
    assert_values(stepped, TABLE - want / 2)
