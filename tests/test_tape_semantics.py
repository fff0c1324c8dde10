"""Each line of the table of tape semantics, on every backend: ours beside TensorFlow's (tools/tensorflow_column.py runs that)."""

import warnings

import pytest

import unigrad as ug
import unigrad.tf as tf
from tests.helpers import assert_library_well
from tests.tape_semantics import TABLE, Raises, agrees, result_of
from tools import tensorflow_column
from unigrad.recording import listening


@pytest.fixture(autouse=True)
def _as_before(backend):
    tf.keras.backend.clear_session()
    yield
    assert listening().recorders == ()
    assert_library_well()


@pytest.mark.parametrize("name", TABLE)
def test_ours_is_what_the_table_says(name):
    point = TABLE[name]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ug.NotDifferentiableWarning
        )  # TensorFlow logs it; tests/test_tape.py looks at ours
        result = result_of(point, tf)
    assert agrees(result, point.ours), f"ours: {result!r}; the table says {point.ours}; TensorFlow: {point.tensorflow}"


def test_a_reason_stands_where_the_two_differ_and_nowhere_else():
    for point in TABLE.values():
        same = point.ours is point.tensorflow
        assert same == (not point.why)
        assert same or str(point.ours) != str(point.tensorflow)


def test_the_comparison_can_fail():
    """A check that takes everything for right shows nothing."""
    wrong = ([2.0], [2.0, 4.1], None, (2.0, 4.0), Raises("ValueError"), 2.0)
    assert not any(agrees([2.0, 4.0], w) for w in wrong)
    assert agrees([2.0, 4.0], [2.0, 4.0])
    error = ug.ShapeError("a cotangent of shape (3,)")
    assert agrees(error, Raises("ValueError", "cotangent"))
    assert not agrees(error, Raises("ValueError", "tangent of dtype"))
    assert not agrees(error, Raises("TypeError"))
    assert not agrees(error, "cotangent")


def test_the_page_shows_the_table():
    assert tensorflow_column.PAGE.read_text(encoding="utf-8") == tensorflow_column.page(), "say `make docs`"
