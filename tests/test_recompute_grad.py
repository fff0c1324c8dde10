"""Blocks that run again for their gradient: what the tape keeps, and that nothing else changes."""

import gc
import tracemalloc

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_freed_at_once, assert_library_well, assert_values, derivative, grad, native
from unigrad import nn
from unigrad.recording import listening

pytestmark = pytest.mark.usefixtures("double")


def deep(x, n=6):
    for _ in range(n):
        x = ug.sin(x) * x
    return x


def records(tape):
    """How many ops the tape holds."""
    return len(tape._records) // 5


def test_the_tape_holds_one_record_for_a_block_and_the_gradient_is_the_same():
    x = ug.asarray([0.3, 1.2])
    block = ug.recompute_grad(deep)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = block(x)
        z = y * 2
    assert records(tape) == 2
    assert_values(y, deep(x).numpy())
    assert_values(tape.gradient(z, x), grad(lambda x: deep(x) * 2, x).numpy())
    assert ug.checkpoint is ug.recompute_grad
    assert block.__name__ == "deep"


def test_what_the_tape_keeps_of_a_chain():
    """The memory of a chain of n steps in sqrt(n) blocks is about 2 sqrt(n) steps, that of the chain itself n."""
    if ug.get_backend().name != "numpy":
        pytest.skip("tracemalloc counts NumPy's memory alone")
    n, size = 64, 40_000
    x = np.linspace(0.0, 1.0, size)

    def steps(x, count):
        for _ in range(count):
            x = ug.sin(x)
        return x

    def blocks(x, block):
        for _ in range(8):
            x = block(x, 8)
        return x

    def peak(f):
        t = ug.asarray(x)
        gc.collect()
        tracemalloc.start()
        g = grad(f, t)
        found = tracemalloc.get_traced_memory()[1] / (8 * size)
        tracemalloc.stop()
        return found, g.numpy()

    plain, g = peak(lambda x: steps(x, n))
    saved, h = peak(lambda x: blocks(x, ug.recompute_grad(steps)))
    assert_values(h, g)
    assert plain > n
    assert saved < 2 * np.sqrt(n) + 6


def test_structures_keywords_and_several_results():
    @ug.recompute_grad
    def f(p, *, scale, how="sin"):
        y = getattr(ug, how)(p["x"]) * scale
        return {"y": y, "both": (y * p["w"], 7, None), "same": p["w"]}

    def total(x, w, s, f=f):
        out = f({"x": x, "w": w}, scale=s)
        assert out["both"][1:] == (7, None)
        return ug.sum(out["y"] * 2 + out["both"][0] + out["same"] * 3)

    xs = [ug.asarray(v) for v in (0.5, 2.0, 3.0)]
    for wanted in (total, lambda x, w, s: total(x, w, s, f.__wrapped__)):
        with ug.GradientTape() as tape:
            tape.watch(xs)
            y = wanted(*xs)
        found = [g.item() for g in tape.gradient(y, xs)]
        np.testing.assert_allclose(found, [np.cos(0.5) * 3 * 4, np.sin(0.5) * 3 + 3, np.sin(0.5) * 4])


def test_captured_tensors_and_variables_have_gradients():
    w, b, c, x = ug.Variable(3.0), ug.Variable(1.0), ug.asarray(2.0), ug.asarray(0.5)
    with ug.GradientTape() as tape:
        tape.watch([c, x])
        half = c * 0.5  # computed outside, read inside
        y = ug.recompute_grad(lambda x: ug.sin(x * w) * half + b)(x)
        z = ug.recompute_grad(lambda: w * c)()
    assert tape.watched_variables() == (w, b)
    assert records(tape) == 3
    found = [g.item() for g in tape.gradient([y, z], [x, w, b, c])]
    np.testing.assert_allclose(
        found, [3 * np.cos(1.5), 0.5 * np.cos(1.5) + 2.0, 1.0, np.sin(1.5) * 0.5 + 3.0], rtol=1e-12
    )


def test_rows_gathered_in_a_block():
    """A gather of rows gives its cotangent in pieces: the block's answer was zeros."""
    table, rows = ug.asarray([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), [0, 1, 1]
    of_an_argument = grad(ug.recompute_grad(lambda x: ug.take(x, rows, axis=0) ** 2), table)
    captured = grad(lambda x: ug.recompute_grad(lambda _: x[rows] ** 2)(0.0), table)
    for found in (of_an_argument, captured):
        assert_values(found, [[2.0, 4.0], [12.0, 16.0], [0.0, 0.0]])
    assert_values(
        grad(ug.recompute_grad(lambda x: ug.sum(ug.take(x, rows, axis=0)) + ug.sum(x * x)), table),
        [[3.0, 5.0], [8.0, 10.0], [10.0, 12.0]],
    )


def test_a_block_without_anything_tracked():
    block = ug.recompute_grad(deep)
    x = native(np.array([0.3]))
    assert type(block(x)) is type(x)
    with ug.GradientTape() as tape:
        block(x)
        block(ug.asarray([1.0]))
    assert records(tape) == 0


def test_nested_blocks():
    inner = ug.recompute_grad(deep)
    outer = ug.recompute_grad(lambda x: inner(inner(x) * 2))
    x = ug.asarray([0.3, 1.2])
    assert_values(grad(outer, x), grad(lambda x: deep(deep(x) * 2), x).numpy())
    with ug.GradientTape() as tape:
        tape.watch(x)
        outer(x)
    assert records(tape) == 1


def test_higher_orders_and_forward_mode():
    block = ug.recompute_grad(deep)
    x = ug.asarray([0.3, 1.2])
    second = grad(lambda x: grad(deep, x), x).numpy()
    assert_values(grad(lambda x: grad(block, x), x), second)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        g = tape.gradient(block(x), x)
    assert_values(tape.gradient(g, x), second)
    assert_values(derivative(block, x), grad(deep, x).numpy())
    assert_values(derivative(lambda x: grad(block, x), x), second)
    assert_values(grad(lambda x: derivative(block, x), x), second)
    third = grad(lambda x: grad(lambda x: grad(deep, x), x), x).numpy()
    assert_values(grad(lambda x: grad(lambda x: grad(block, x), x), x), third, 1e-10, 1e-10)
    v = np.array([1.0, -2.0])
    assert_values(ug.hvp(lambda x: ug.sum(block(x)), x, v), second * v)
    assert_values(ug.grad(lambda x: ug.sum(block(x)))(x), grad(deep, x).numpy())


def test_complex_numbers():
    block = ug.recompute_grad(lambda z: ug.real(z * z) + ug.abs(z))
    z = ug.asarray([1 + 2j, -0.5j])
    assert_values(grad(block, z), grad(lambda z: ug.real(z * z) + ug.abs(z), z).numpy())


def test_the_random_numbers_are_the_same_in_both_runs():
    seen = []

    def noisy(x):
        noise = ug.random.normal((3,))
        seen.append(noise.numpy())
        return x * noise * ug.random.uniform((3,))

    x = ug.asarray([1.0, 2.0, 3.0])
    ug.random.set_seed(4)
    expected = grad(noisy, x).numpy()
    after = ug.random.normal((2,)).numpy()
    ug.random.set_seed(4)
    found = grad(ug.recompute_grad(noisy), x)
    assert_values(found, expected)
    assert_values(ug.random.normal((2,)), after)  # the second run takes nothing from the stream
    assert len(seen) == 3
    assert_values(seen[2], seen[1])
    assert_values(seen[1], seen[0])
    ug.random.set_seed(4)
    assert_values(grad(ug.recompute_grad(ug.recompute_grad(noisy)), x), expected)


def test_dropout_in_a_block():
    layer = nn.Dense(4, activation="tanh")
    x = ug.asarray(np.linspace(0, 1, 6).reshape(2, 3))
    layer(x)
    block = ug.recompute_grad(lambda x: layer(x) * (ug.random.uniform((2, 4)) > 0.5))
    ug.random.set_seed(1)
    with ug.GradientTape() as tape:
        y = block(x)
    found = tape.gradient(y, layer.trainable_variables)
    assert_values(found[1], np.sum((y.numpy() != 0) * (1 - y.numpy() ** 2), axis=0))


def test_what_the_caller_changes_later_changes_nothing():
    x, data = ug.asarray([1.0, 2.0]), native(np.array([3.0, 4.0]))
    block = ug.recompute_grad(lambda x, d: x * x * d)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = block(x, data)
        x[0] = 100.0
        if isinstance(data, np.ndarray):
            data[:] = 0
        elif hasattr(data, "zero_"):
            data.zero_()
    assert_values(tape.gradient(y, x), [6.0, 16.0])


def test_the_backend_of_new_arrays_is_that_of_the_first_run(backend):
    block = ug.recompute_grad(lambda x: x * x + ug.ones((2,)))
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = block(x)
    with ug.use_backend("torch" if backend.name == "numpy" else "numpy"):
        g = tape.gradient(y, x)
    assert_values(g, [2.0, 4.0])


def test_methods():
    class Net:
        k = 2.0

        @ug.recompute_grad
        def f(self, x):
            return ug.exp(x * self.k)

    assert_values(grad(Net().f, ug.asarray(0.5)), 2 * np.exp(1.0))


def test_a_custom_gradient_in_a_block_and_a_block_in_one():
    custom = ug.custom_gradient(lambda x: (x * x, lambda dy: 10 * dy))
    assert_values(grad(ug.recompute_grad(lambda x: custom(x * 3)), ug.asarray(2.0)), 30.0)
    block = ug.recompute_grad(deep)

    @ug.custom_gradient
    def f(x):
        return block(x), lambda dy: dy * grad(block, ug.stop_gradient(x))

    assert_values(grad(f, ug.asarray(0.7)), grad(deep, ug.asarray(0.7)).item())


def test_a_zero_cotangent_absorbs_in_a_block():
    block = ug.recompute_grad(lambda x: ug.where(x > 0, ug.log(x), 0.0))
    with np.errstate(divide="ignore"):
        assert_values(grad(block, ug.asarray([0.0, 2.0])), [0.0, 0.5])


def test_inside_of_jit():
    import jax

    with ug.use_backend("jax"):
        block = ug.recompute_grad(deep)
        g = jax.jit(ug.grad(lambda x: ug.sum(block(x))))(jax.numpy.asarray([0.3, 1.2]))
        assert_values(g, grad(deep, ug.asarray([0.3, 1.2])).numpy())


# -- what does not do the same again --------------------------------------------------------------------------------------


def changing(*results):
    """A function of x that does another thing each time."""
    rest = iter(results)
    return lambda x: next(rest)(x)


CHANGES = {
    "another shape": (lambda x: ug.sum(x * 2), r"gave \[\(\(\), dtype\('float64'\)\)\] when it was run again"),
    "another dtype": (lambda x: ug.astype(x * 2, ug.float32), "float32"),
    "nothing": (lambda x: None, "None"),
    "another structure": (lambda x: [], "None"),
    "an array": (lambda x: native(np.ones(2)), "it must do the same each time"),
    "more random numbers": (lambda x: x * ug.random.normal((2,)), "drew more random numbers"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_second_run_that_differs_is_an_error(case):
    second, message = CHANGES[case]
    x = ug.asarray([1.0, 2.0])
    block = ug.recompute_grad(changing(lambda x: x * 2, second))
    before = listening()
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = block(x)
    with pytest.raises(ug.TapeError, match=message):
        tape.gradient(y, x)
    assert listening() is before
    assert_library_well()


def test_an_exception_in_either_run_leaves_the_state_as_it_was():
    x = ug.asarray([1.0, 2.0])
    before = listening()
    with pytest.raises(ZeroDivisionError), ug.GradientTape() as tape:
        tape.watch(x)
        ug.recompute_grad(lambda x: 1 / 0)(x)
    block = ug.recompute_grad(changing(lambda x: x * 2, lambda x: 1 / 0))
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = block(x)
    with pytest.raises(ZeroDivisionError):
        tape.gradient(y, x)
    assert listening() is before
    assert_library_well()


def test_a_variable_assigned_in_between_is_an_error():
    w, x = ug.Variable(3.0, name="w"), ug.asarray(2.0)
    block = ug.recompute_grad(lambda x: x * w)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = block(x)
    assert_values(tape.gradient(y, x), 3.0)
    w.assign_add(1.0)
    with pytest.raises(ug.TapeError, match="variable 'w:0' was assigned after"):
        tape.gradient(y, x)


def test_only_functions():
    with pytest.raises(ug.SourceTypeError, match="recompute_grad decorates a function, not 3"):
        ug.recompute_grad(3.0)


def test_a_tape_with_blocks_is_freed_at_once():
    x = ug.asarray([1.0, 2.0])

    def asked():
        with ug.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = ug.recompute_grad(deep)(x)
        tape.gradient(y, x)
        return tape

    assert_freed_at_once(asked)


def test_a_captured_name_that_is_bound_anew(backend):
    x = ug.asarray([0.5, 2.0], dtype=ug.float64)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x
        for _ in range(2):
            here = ug.sin(y)
            y = ug.recompute_grad(lambda z: z * here)(y)  # noqa: B023
    with pytest.raises(ug.TapeError, match=r"<lambda> did not read all the tensors .* Hand them over as arguments"):
        tape.gradient(y, x)


def test_a_captured_tensor_that_stays(backend):
    x = ug.asarray([0.5, 2.0], dtype=ug.float64)
    with ug.GradientTape() as tape:
        tape.watch(x)
        here = ug.sin(x)
        y = ug.recompute_grad(lambda z: z * here + ug.stop_gradient(here))(x)
    assert_values(tape.gradient(y, x), np.sin([0.5, 2.0]) + [0.5, 2.0] * np.cos([0.5, 2.0]), rtol=1e-12)
