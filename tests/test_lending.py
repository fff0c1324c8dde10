"""Memory lent to NumPy: np.asarray(t) is the tensor's own until it is used again, and never what a tape keeps."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values


@pytest.fixture(autouse=True)
def _on_numpy():
    with ug.use_backend("numpy"):
        yield


def test_what_is_written_into_the_ndarray_is_in_the_tensor():
    t = ug.zeros((3,))
    np.add([1.0, 2.0, 3.0], 1.0, out=np.asarray(t))
    assert_values(t, [2.0, 3.0, 4.0])
    assert_values(t * 2, [4.0, 6.0, 8.0])
    for dtype in (ug.int32, ug.bool, ug.complex128):
        flags = ug.zeros((2,), dtype=dtype)
        np.asarray(flags)[0] = 1
        assert flags.tolist() == [1, 0]


def test_after_the_next_use_the_tensor_is_its_own():
    t = ug.zeros((3,))
    out = np.asarray(t)
    out[0] = 1.0
    y = t + 0
    out[1] = 5.0
    assert_values(t, [1.0, 0.0, 0.0])
    assert_values(y, [1.0, 0.0, 0.0])


USES = {
    "the same tensor twice": lambda t: t * t,
    "next to another": lambda t: t * ug.ones((2,)) * t,
    "the second operand": lambda t: ug.multiply(ug.ones((2,)), t) * t,
    "with a number": lambda t: (t * 1.0) * t,
    "a matrix product": lambda t: t @ t,
    "an element": lambda t: t[0] * t[1],
    "a view": lambda t: (t[:] ** 2)[:],
    "a copy": lambda t: ug.asarray(t, copy=True) * t,
    "a variable": lambda t: ug.sum(t * t) * 1.0,
    "NumPy's function": lambda t: np.multiply(t, t),
}


@pytest.mark.parametrize("what", USES)
def test_what_a_tape_keeps_is_out_of_reach(what):
    def gradient(meddle):
        t = ug.asarray([2.0, 3.0])
        out = np.asarray(t)
        with ug.GradientTape() as tape:
            tape.watch(t)
            y = USES[what](t)
            if meddle:
                out[...] = 100.0
        return tape.gradient(y, t).numpy()

    np.testing.assert_array_equal(gradient(True), gradient(False))


def test_an_index_that_was_lent():
    i = ug.asarray([0, 1])
    out = np.asarray(i)
    x = ug.asarray([1.0, 2.0, 3.0])
    for take in (lambda: x[i], lambda: ug.take(x, i)):
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = take()
            out[...] = 2
        assert_values(tape.gradient(y, x), [1.0, 1.0, 0.0])


def test_a_seed_and_a_variable_that_were_lent():
    seed, x = ug.asarray([1.0, 2.0]), ug.asarray([3.0, 4.0])
    out = np.asarray(seed)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x + 0
    g = tape.gradient(y, x, output_gradients=seed)
    v = ug.Variable(seed)
    out[...] = 9.0
    assert_values(g, [1.0, 2.0])
    assert_values(v, [1.0, 2.0])


@pytest.mark.parametrize(
    "other",
    [lambda t: t[1:], lambda t: ug.reshape(t, (3, 1)), lambda t: ug.reshape(t, (3, 1))[:, 0]],
    ids=["a part", "another shape", "a view of a view"],
)
def test_views_lend_what_they_share(other):
    for lent in (0, 1):
        t = ug.asarray([1.0, 2.0, 3.0])
        keep = other(t)
        shown = (t, keep)[lent]
        out = np.asarray(shown)
        assert out is np.asarray(shown)
        out[...] = 9.0
        assert_values(t, [9.0, 9.0, 9.0] if keep.size == 3 or not lent else [1.0, 9.0, 9.0])
        assert_values(keep, np.full(keep.shape, 9.0))
        y = (t, keep)[1 - lent] * 1.0  # one of them is used: all are their own again
        out[...] = 5.0
        assert_values(keep, np.full(keep.shape, 9.0))
        assert_values(y, (t, keep)[1 - lent].numpy())
        t[-1] = 7.0  # and still views of one another
        assert keep.reshape(-1)[-1].item() == 7.0


def test_what_is_made_like_a_lent_tensor_is_its_own():
    t = ug.asarray([1.0, 2.0])
    for make in (ug.empty_like, ug.zeros_like, lambda x: ug.full_like(x, 3.0)):
        np.asarray(t)
        assert type(make(t)._raw) is np.ndarray
    np.asarray(t)
    t[[0, 0]] = 5.0
    assert_values(t, [5.0, 2.0])


def test_threads_that_write_into_views():
    from concurrent.futures import ThreadPoolExecutor

    t = ug.zeros((4, 5))
    rows = [t[i, ...] for i in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: np.add(np.arange(5.0), i, out=np.asarray(rows[i])), range(4)))
    assert_values(t, np.add.outer(np.arange(4.0), np.arange(5.0)))


def test_a_view_that_is_read_only_is_lent_so():
    t = ug.broadcast_to(ug.asarray([1.0, 2.0]), (2, 2))
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(t)[0, 0] = 9.0


@pytest.mark.parametrize("other", [lambda t: t.detach(), lambda t: t.raw, lambda t: memoryview(t.raw)])
def test_what_somebody_else_holds_is_as_it_was(other):
    t = ug.asarray([1.0, 2.0, 3.0])
    keep = other(t)
    np.asarray(t)[...] = 9.0
    assert_values(t, [9.0, 9.0, 9.0])
    assert_values(keep if hasattr(keep, "numpy") else np.asarray(keep), [1.0, 2.0, 3.0])


def test_a_view_whose_base_nobody_can_reach():
    t = ug.reshape(ug.arange(6.0), (2, 3))
    part = ug.matrix_transpose(ug.ones((2, 2)) * 2)[0]
    for shown in (t, part):
        np.asarray(shown)[...] = 9.0
        assert_values(shown, np.full(shown.shape, 9.0))


def test_what_a_tape_has_kept_is_copied():
    x, c = ug.asarray([1.0, 2.0]), ug.asarray([3.0, 4.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * c
        np.asarray(c)[...] = 9.0
    assert_values(tape.gradient(y, x), [3.0, 4.0])


def test_without_a_copy_where_none_is_needed():
    t = ug.asarray([1.0, 2.0])
    assert np.shares_memory(np.asarray(t, copy=False), t.raw)
    memory = t.raw.__array_interface__["data"]
    t + 1  # the borrower has let go
    assert t.raw.__array_interface__["data"] == memory
    assert np.shares_memory(np.asarray(t[:1], copy=False), np.asarray(t))
    with pytest.raises(ValueError, match="copy=False"):
        np.asarray(t, dtype=np.float32, copy=False)


def test_the_type_is_never_seen():
    t = ug.asarray([1.0, 2.0])
    np.asarray(t)
    for array in (np.asarray(t), t.raw, t.numpy(), (t + 1).raw, t[:1].raw, ug.sum(t).raw):
        assert type(array) is np.ndarray
    np.asarray(t)
    assert type(np.sin(t).raw) is np.ndarray


def test_lent_memory_is_shared_memory():
    t, u = ug.asarray([1.0, 2.0]), ug.asarray([1.0, 2.0])
    out = np.asarray(t)
    assert np.may_share_memory(out, t)
    assert np.shares_memory(t, out[1:])
    assert not np.shares_memory(out, u)
    t + 0
    assert not np.shares_memory(out, t)
