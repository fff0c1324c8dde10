"""The table of primitives: what a rule names is saved and nothing else, and a name stands for one row."""

import gc

import numpy as np
import pytest

import unigrad as ug
from unigrad.kinds import elementwise, linear
from unigrad.ops import load_all
from unigrad.primitive import TABLE


def saved_by(function, *shapes):
    """The arrays that the record of one op keeps."""
    arrays = [ug.asarray(np.full(shape, 0.5)) for shape in shapes]
    with ug.GradientTape() as tape:
        tape.watch(arrays)
        function(*arrays)
    (record,) = [tape._records[i : i + 5] for i in range(0, len(tape._records), 5)]
    found = []

    def look(value):
        if isinstance(value, tuple | list):
            for v in value:
                look(v)
        elif hasattr(value, "shape"):
            found.append(value)

    look(record[3])
    return found


def test_add_keeps_no_array(backend):
    assert saved_by(ug.add, (3,), (3,)) == []
    assert saved_by(lambda x: x + 1.0, (3,)) == []
    assert saved_by(ug.negative, (3,)) == []
    assert saved_by(ug.sum, (3,)) == []
    assert saved_by(lambda x: ug.reshape(x, (3, 1)), (3,)) == []


def test_exp_keeps_its_output_alone(backend):
    kept = saved_by(ug.exp, (3,))
    assert len(kept) == 1
    np.testing.assert_allclose(backend.to_numpy(kept[0]), np.exp(np.full(3, 0.5)))


def test_multiply_keeps_the_factor_of_what_is_tracked(backend):
    assert len(saved_by(ug.multiply, (3,), (3,))) == 2
    assert saved_by(lambda x: x * 2.0, (3,)) == []  # the number 2, no array


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="'sin' is in the table already"):
        elementwise("sin", lambda x: x, doc="Another sine.")


def test_a_row_of_ones_own(backend):
    name = f"own_cube_{backend.name}"
    backend_class = type(backend)
    backend_class.kernels[name] = lambda x: x * x * x
    try:
        cube = elementwise(name, lambda x: 3 * x * x, doc="x cubed.")
        x = ug.asarray(2.0, dtype=ug.float64)
        with ug.GradientTape() as outer:
            outer.watch(x)
            with ug.GradientTape() as inner:
                inner.watch(x)
                y = cube(x)
            dy = inner.gradient(y, x)
        assert float(dy) == 12.0
        assert float(outer.gradient(dy, x)) == 12.0
        with ug.ForwardAccumulator(x, ug.asarray(1.0, dtype=ug.float64)) as acc:
            y = cube(x)
        assert float(acc.jvp(y)) == 12.0
    finally:
        del TABLE[name], backend_class.kernels[name]


def test_a_missing_kernel_says_so(backend):
    nowhere = linear("nowhere_to_be_found", lambda ct: ct, doc="No backend has it.")
    try:
        with pytest.raises(ug.BackendError, match="has no kernel for 'nowhere_to_be_found'"):
            nowhere(ug.asarray([1.0]))
    finally:
        del TABLE["nowhere_to_be_found"]


def test_every_row_has_a_docstring():
    load_all()
    assert [name for name, row in TABLE.items() if not row.__doc__] == []


def test_rows_run_on_raw_arrays(backend):
    raw = ug.asarray([0.5, 1.0]).raw
    out = ug.sin(raw)
    assert backend.owns(out)


def test_long_chain_is_freed_without_the_garbage_collector(backend):
    x = ug.asarray([1.0, 2.0])
    while gc.collect():  # of other tests: what is freed may leave garbage of its own
        pass
    gc.disable()
    try:
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(20_000 if backend.name == "numpy" else 500):
                y = y * 0.999 + 0.001
        gradient = tape.gradient(y, x)
        assert gradient is not None
        assert tape._records == []
        del tape, y, gradient
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_rows_read_one_by_one_share_one_buffer(backend):
    n = 300
    x = ug.asarray(np.arange(2.0 * n).reshape(n, 2))
    with ug.GradientTape() as tape:
        tape.watch(x)
        total = ug.sum(x[0] * 0.0)
        for i in range(n):
            total = total + ug.sum(x[i] * x[i])
    np.testing.assert_allclose(tape.gradient(total, x).numpy(), 2 * x.numpy())
