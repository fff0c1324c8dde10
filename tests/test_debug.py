"""`unigrad.debug`: the op that made the first NaN or infinity, with its line; and nothing left behind."""

import asyncio
import inspect
import threading
import warnings

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, run_python
from unigrad import leaving, primitive
from unigrad.looking.places import shortened


def here(offset=0):
    """The caller's line, or one near it."""
    return inspect.currentframe().f_back.f_lineno + offset


def kernels_are_plain():
    return primitive.checking is None and not any(
        hasattr(k, "kernel") for row in primitive.TABLE.values() for k in row.kernels.values()
    )


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    yield
    assert kernels_are_plain()
    assert not leaving.debuggers
    assert not leaving.everywhere
    assert leaving.debugging() is None


def found(function, **options):
    """What one op, which raises under `debug`, is said of."""
    with pytest.raises(ug.NonFiniteError) as caught, ug.debug(**options) as look:
        function()
    (finding,) = look.found
    assert str(caught.value) == finding.text
    return finding


VALUES = {
    "log of a negative number": (lambda x: ug.log(x - 2.0), "log", "NaN"),
    "log of zero": (lambda x: ug.log(x - 1.0), "log", "inf"),
    "a number divided by zero": (lambda x: 1.0 / (x - 3.0), "divide", "inf"),
    "zero by zero": (lambda x: (x - 3.0) / (x - 3.0), "divide", "NaN"),
    "an overflow": (lambda x: ug.exp(x * 1000.0), "exp", "inf"),
    "a power": (lambda x: (x - 2.0) ** 0.5, "pow", "NaN"),
    "NumPy's name": (lambda x: np.sqrt(x - 2.0), "sqrt", "NaN"),
    "a product of matrices": (lambda x: ug.exp(x * 130.0) @ ug.exp(x * 130.0), "matmul", "inf"),
    "a sum": (lambda x: ug.sum(x * 0.0 + 1.7e308), "sum", "inf"),
}


@pytest.mark.parametrize("case", VALUES)
def test_the_op_that_made_it(double, case):
    function, op, what = VALUES[case]
    x = ug.asarray([1.0, 2.0, 3.0])
    line = inspect.getsourcelines(function)[1]
    got = found(lambda: function(x))
    assert (got.kind, got.op, got.what, got.place.line) == ("value", op, what, line)
    assert got.text.startswith(f"{op} made {what}")
    assert f"operand {int(case == 'a number divided by zero')}: f64[3] " in got.text
    assert "all finite" in got.text
    assert f"test_debug.py:{line}" in got.text
    with ug.GradientTape() as tape:
        tape.watch(x)
        assert found(lambda: function(x)).op == op
    if case.startswith("log"):
        assert found(lambda: function(x.raw)).op == op
    assert_library_well()


def test_only_the_first_is_named_and_what_came_along_is_not(double):
    x = ug.asarray([1.0, -1.0])
    with ug.debug(nonfinite="collect") as look:
        y = ug.sum(ug.exp(ug.log(x) * 2.0)) + ug.asarray([1.0])
        assert np.isnan(y.numpy()).all()
        for _ in range(3):
            ug.log(x)
        line = here(-1)
    assert [(f.op, f.place.line) for f in look.found] == [("log", line - 3), ("log", line)]


def test_what_was_in_the_data_is_no_ops_fault(double):
    x = ug.asarray([1.0, np.nan])
    got = found(lambda: ug.exp(x))
    assert (got.kind, got.op, got.what, got.place.line) == ("entered", "exp", "NaN", here(-1))
    assert "held NaN before" in got.text
    assert "1 NaN of 2" in got.text
    with ug.debug() as look:  # an infinity in the data, and numbers in the program, are meant
        ug.maximum(ug.asarray([1.0, -np.inf]), 0.0)
        ug.asarray([0.0, -np.inf]) + 1.0
        ug.where(ug.asarray([True, False]), ug.asarray([1.0, 2.0]), float("nan"))
        ug.asarray([1.0]) * float("nan")
    assert not look.found
    got = found(lambda: ug.asarray([np.inf]) - ug.asarray([np.inf]))
    assert (got.kind, got.op, got.what) == ("value", "subtract", "NaN")
    assert "an operand was infinite before" in got.text


def norm(x):
    squares = x * x
    return ug.sqrt(squares)


def test_a_cotangent_is_traced_to_the_op_forward(double):
    x, y = ug.asarray([0.0, 4.0]), ug.asarray([0.0, 4.0])
    line = inspect.getsourcelines(norm)[1]
    with ug.debug() as look, ug.GradientTape() as tape:
        tape.watch([x, y])
        loss = ug.sum(norm(x) + ug.sqrt(y))
        at = here(-1)
        wrong = pytest.raises(ug.NonFiniteError, match="derivative of sqrt made inf in the cotangent of its operand 0")
        with wrong as e:
            tape.gradient(loss, y)
    assert f"sqrt ran at {shortened(__file__)}:{at}" in str(e.value)
    assert "the cotangent of its result: f64[2] of 1, all finite" in str(e.value)
    assert "its result: f64[2] from 0 to 2, all finite" in str(e.value)
    assert [f.kind for f in look.found] == ["cotangent"]
    with ug.debug(nonfinite="collect") as look, ug.GradientTape() as tape:
        tape.watch(x)
        loss = ug.sum(norm(x))
        assert_values(tape.gradient(loss, x), [0.0, 1.0])  # the factor 2x absorbs it
    assert [(f.op, f.what, f.place.line) for f in look.found] == [("sqrt", "inf", line + 2)]


def test_the_results_of_a_function_with_its_own_gradient(double):
    @ug.custom_gradient
    def parts(x):
        return (ug.sin(x), ug.cos(x)), lambda u, v: u * ug.cos(x) - v * ug.sin(x)

    def gradient(function):
        x = ug.asarray([0.0, 1.0])
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x)

    for function in (lambda x: parts(x)[0] * x, lambda x: parts(x)[0] * parts(x)[1]):
        with ug.debug():
            watched = gradient(function)
        assert_values(watched, gradient(function).numpy())
    assert found(lambda: gradient(lambda x: ug.sqrt(parts(x)[0]))).op == "sqrt"


def test_what_a_zero_absorbs_is_nobodys_fault(double):
    x = ug.asarray([0.0, 2.0])
    with ug.debug(nonfinite="collect") as look, ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.where(x > 0.0, ug.log(x), 0.0)
        g = tape.gradient(y, x)
    assert_values(g, [0.0, 0.5])
    assert [(f.kind, f.op) for f in look.found] == [("value", "log")]  # the value itself, which where leaves out


def test_an_exception_in_the_sweep_leaves_the_tape_as_it_was(double):
    x = ug.asarray([0.0, 4.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.sqrt(x)
    with pytest.raises(ug.NonFiniteError, match=r"ran before unigrad\.debug was in force"), ug.debug():
        tape.gradient(y, x)
    assert_values(tape.gradient(y, x), [np.inf, 0.25])


def test_a_tangent(double):
    x = ug.asarray([0.0, 4.0])
    ones = ug.ones_like(x)
    wrong = pytest.raises(ug.NonFiniteError, match="the tangent of sqrt is inf")
    with wrong, ug.debug() as look, ug.ForwardAccumulator(x, ones):
        ug.sqrt(x)
    assert (look.found[0].kind, look.found[0].place.line) == ("tangent", here(-1))
    assert_library_well()


def test_second_derivatives(double):
    x = ug.asarray([0.0, 4.0])
    with ug.debug(nonfinite="collect") as look, ug.GradientTape() as outer:
        outer.watch(x)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x**1.5
        line = here(-1)
        g = tape.gradient(y, x)
        assert_values(g, [0.0, 3.0])
        outer.gradient(g, x)
    assert {f.place.line for f in look.found} <= {line, line + 2}
    assert {f.what for f in look.found} == {"inf"}


def test_warnings_and_infinities_left_out(double):
    x = ug.asarray([0.0, -4.0])
    with pytest.warns(ug.NonFiniteWarning, match="sqrt made NaN") as caught, ug.debug(nonfinite="warn"):
        ug.sqrt(x)
    assert (caught[0].filename, caught[0].lineno) == (__file__, here(-1))
    with ug.debug(inf=False) as look:
        1.0 / ug.asarray([0.0])
    assert not look.found
    assert found(lambda: ug.sqrt(x), inf=False).what == "NaN"


def test_blocks_nest_and_can_be_put_out_of_force(double):
    x = ug.asarray([-1.0])
    with ug.debug() as outer:
        with ug.debug(False), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert leaving.debugging() is None
            ug.sqrt(x)
        with ug.debug(nonfinite="collect") as inner:
            ug.sqrt(x)
        assert leaving.debugging() is outer
        with pytest.raises(ug.NonFiniteError):
            ug.sqrt(x)
    assert len(inner.found) == 1


def test_it_can_begin_and_end_inside_of_the_tapes_block(double):
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * 2.0
        with ug.debug():
            y = ug.exp(y)
        y = ug.sum(y)
    lines = [None if place is None else place.line for _, place in tape.explain(y, x).path]
    assert lines == [None, here(-3), None]
    assert_values(tape.gradient(y, x), 2 * np.exp([2.0, 4.0]))


def test_other_threads_are_left_alone(double):
    x, results = ug.asarray([-1.0, 4.0]), []

    def work():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results.append(ug.sqrt(x).numpy())
            with ug.GradientTape() as tape:
                tape.watch(x)
                y = ug.sum(x * x)
            results.append(tape._steps)
            results.append(tape.gradient(y, x).numpy())

    with ug.debug() as look:
        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
    assert not look.found
    assert results[1] is None
    np.testing.assert_array_equal(results[0], [np.nan, 2.0])
    np.testing.assert_array_equal(results[2], [-2.0, 8.0])


def test_tasks_have_their_own(double):
    x = ug.asarray([-1.0])

    async def looking():
        with ug.debug() as look:
            await asyncio.sleep(0)
            with pytest.raises(ug.NonFiniteError):
                ug.sqrt(x)
            await asyncio.sleep(0)
        return len(look.found)

    async def plain():
        await asyncio.sleep(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ug.sqrt(x)
        await asyncio.sleep(0)
        return leaving.debugging()

    async def both():
        return await asyncio.gather(looking(), plain())

    assert asyncio.run(both()) == [1, None]


def test_everywhere_by_start_and_stop(double):
    x, caught = ug.asarray([-1.0]), []

    def work():
        try:
            ug.sqrt(x)
        except ug.NonFiniteError as e:
            caught.append(e)

    look = ug.debug().start()
    try:
        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
    finally:
        look.stop()
        look.stop()
    assert len(caught) == 1


@pytest.mark.parametrize(("value", "outcome"), [
    ("1", "NonFiniteError: sqrt made NaN"), ("raise", "NonFiniteError: sqrt made NaN"),
    ("warn", "NonFiniteWarning: sqrt made NaN"),
    ("0", ""), ("2", "UNIGRAD_DEBUG is 0, 1 or one of raise, warn, collect, not '2'"),
])  # fmt: skip
def test_the_environment(value, outcome):
    code = (
        "import warnings, unigrad as ug\nwarnings.simplefilter('ignore', RuntimeWarning)\nug.sqrt(ug.asarray([-1.0]))"
    )
    done = run_python(code, UNIGRAD_DEBUG=value)
    assert outcome in done.stderr
    assert (done.returncode == 0) == (value in ("0", "warn"))


@pytest.mark.parametrize(("options", "error"), [
    ({"nonfinite": "shout"}, ValueError), ({"enabled": "yes"}, TypeError), ({"enabled": 1}, TypeError),
])  # fmt: skip
def test_bad_options(options, error):
    with pytest.raises(error, match="debug: "):
        ug.debug(**options)


def test_a_compilers_values_are_not_looked_at():
    import jax

    with ug.use_backend("jax"), ug.debug() as look:

        def step(raw):
            x = ug.asarray(raw)
            with ug.GradientTape() as tape:
                tape.watch(x)
                y = ug.sum(ug.sqrt(x))
            assert [place.line for _, place in tape.explain(y, x).path] == [here(-1)] * 2
            return tape.gradient(y, x).raw

        out = jax.jit(step)(np.zeros(2))
    assert np.isinf(np.asarray(out)).all()
    assert not look.found


def test_answers_are_the_same_and_memory_is_let_go(double):
    import gc

    w = ug.Variable(np.linspace(-1.0, 1.0, 6).reshape(3, 2))
    x = ug.asarray(np.linspace(0.0, 1.0, 12).reshape(4, 3))

    def step():
        with ug.GradientTape() as tape:
            h = ug.tanh(x @ w)
            h[0] = 0.5
            loss = ug.mean((h[:, 0] - ug.max(h, axis=1)) ** 2 + ug.where(h[:, 1] > 0.0, h[:, 1], 0.0))
        return tape.gradient(loss, w).numpy()

    plain = step()
    with ug.debug() as look:
        np.testing.assert_array_equal(step(), plain)
        gc.collect()
        count = len(look.history._made)
        for _ in range(5):
            step()
        gc.collect()
        assert len(look.history._made) <= count + 60  # numbers are kept for a while, arrays are not
    np.testing.assert_array_equal(step(), plain)
