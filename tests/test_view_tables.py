"""Programs of views and writes, run on an ndarray and on tensors: values and sharing as NumPy's, gradients as its differences."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import unigrad as ug
from tests.helpers import assert_values, backend_name, derivative, grad, numeric
from tests.view_tables import COPIES, READ_ONLY, VIEWS, WRITES

pytestmark = pytest.mark.usefixtures("double")

MAKERS = {**VIEWS, **READ_ONLY, **COPIES}
SHAPES = [(3, 4), (2, 2), (4,), (2, 1, 3), (0, 3), (1, 1), ()]
#: what NumPy writes into a read-only array all the same
UNGUARDED = ("add.at", "multiply.at", "negative.at")


def run(xp, x, program, like=None):
    """Every handle that a program makes, and what happened at each step; `like`: what happened to NumPy."""
    handles, told = [x], []
    numpys = isinstance(x, np.ndarray)
    for step, (name, i, j) in enumerate(program):
        a, b = handles[i % len(handles)], handles[j % len(handles)]
        try:
            if name in WRITES:
                if numpys and name in UNGUARDED and a.size and not a.flags.writeable:
                    raise ValueError("read-only")
                WRITES[name](xp, a, xp.mean(b) * 0.5 + 0.3 if b.size else 0.4)
                told.append("written")
                continue
            made = MAKERS[name](xp, a)
        except (ValueError, TypeError, IndexError) as e:
            told.append(next(kind.__name__ for kind in (ValueError, TypeError, IndexError) if isinstance(e, kind)))
            continue
        if numpys and name in COPIES and made is not None:
            made = np.ascontiguousarray(made).reshape(np.shape(made))  # a tensor of its own lies row after row
        if not isinstance(made, np.ndarray) if numpys else like[step] == "nothing":
            told.append("nothing")  # no such view of this array, or a NumPy scalar
            continue
        handles.append(made)
        told.append("made")
    return handles, told


def total(handles):
    """One number in which every element of every handle counts differently."""
    out = 0.0
    for i, h in enumerate(handles):
        weights = np.cos(np.arange(h.size) * 1.7 + i).reshape(h.shape)
        out = out + (np.sum(h * weights) if isinstance(h, np.ndarray) else ug.sum(h * weights))
    return out


def check(values, program):
    xp = ug.ones(1).__array_namespace__()
    expected, told = run(np, values.copy(), program)

    def on_tensors(x):
        handles, mine = run(xp, x, program, told)
        assert mine == told
        for h, numpys in zip(handles, expected, strict=True):
            assert h.shape == numpys.shape
            assert_values(h, numpys, rtol=1e-9)
        return total(handles)

    slopes = numeric(lambda a: total(run(np, a, program)[0]), values)
    scale = max(1.0, float(np.max(np.abs(slopes), initial=0)))
    on_tensors(ug.asarray(values))
    assert_values(grad(on_tensors, ug.asarray(values)), slopes, rtol=1e-5, atol=1e-6 * scale)
    assert_values(derivative(on_tensors, ug.asarray(values)), np.sum(slopes), rtol=1e-5, atol=1e-5 * scale)


def values_of(shape):
    return np.random.default_rng(len(shape)).uniform(0.3, 1.0, shape)


@pytest.mark.parametrize("name", MAKERS)
def test_each_view(name):
    program = [(name, 0, 0), ("+=", 1, 0), ("row", 0, 1), ("slice", 0, 0), (name, 3, 0), ("*=", -1, 0), ("mask", 1, 1)]
    check(values_of((3, 4)), program)


@pytest.mark.parametrize("name", WRITES)
def test_each_write(name):
    check(
        values_of((3, 4)),
        [("T", 0, 0), ("slice", 1, 0), ("backwards", 2, 0), (name, -1, 0), ("flat", 0, 0), (name, 0, -1)],
    )


PROGRAMS = st.lists(
    st.tuples(st.sampled_from([*MAKERS, *WRITES]), st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=8
)
EXAMPLES = {"numpy": 120, "torch": 60, "jax": 6}


def test_random_programs(backend):
    @settings(
        max_examples=EXAMPLES[backend_name()], deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(shape=st.sampled_from(SHAPES if backend_name() != "jax" else SHAPES[:2]), program=PROGRAMS)
    def go(shape, program):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of a mean of nothing
            check(values_of(shape), program)

    go()
