"""ForwardAccumulator: tangents, and what TensorFlow's does not check."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, derivative

pytestmark = pytest.mark.usefixtures("double")


def test_the_tangent_of_what_is_computed():
    x = ug.asarray([1.0, 2.0])
    with ug.ForwardAccumulator(x, ug.asarray([1.0, 10.0])) as acc:
        y = x * x * x
        z = ug.sum(y)
    assert_values(acc.jvp(y), [3.0, 120.0])
    assert_values(acc.jvp(z), 123.0)


def test_jvp_inside_the_block_of_a_structure_and_of_the_primal():
    x = ug.asarray(2.0)
    with ug.ForwardAccumulator(x, ug.asarray(1.0)) as acc:
        found = acc.jvp({"x": x, "y": [x * x]})
    assert_values(found["x"], 1.0)
    assert_values(found["y"][0], 4.0)


def test_unconnected():
    x, other = ug.asarray(2.0), ug.asarray([1.0, 2.0], dtype=ug.float32)
    with ug.ForwardAccumulator(x, ug.asarray(1.0)) as acc:
        x * x
        y = other * 2.0
    assert acc.jvp(y) is None
    zeros = acc.jvp(y, unconnected_gradients="zero")
    assert (zeros.dtype, zeros.shape) == (ug.float32, (2,))
    assert_values(zeros, [0.0, 0.0])
    with pytest.raises(ug.SourceError, match="'bogus'"):
        acc.jvp(y, unconnected_gradients="bogus")


def test_what_was_computed_before_or_after_the_block_has_no_tangent():
    x = ug.asarray(2.0)
    before = x * x
    acc = ug.ForwardAccumulator(x, ug.asarray(1.0))
    with acc:
        during = x * x
    after = during * x
    assert acc.jvp(before) is None
    assert acc.jvp(after) is None
    assert_values(acc.jvp(during), 4.0)


def test_several_primals_in_a_structure():
    x, v = ug.asarray(2.0), ug.Variable(3.0)
    with ug.ForwardAccumulator({"a": x, "b": [v]}, {"a": ug.asarray(1.0), "b": [ug.asarray(10.0)]}) as acc:
        y = x * v
    assert_values(acc.jvp(y), 3.0 + 20.0)
    assert_values(acc.jvp(v), 10.0)


def test_a_variable_that_is_assigned():
    v = ug.Variable(2.0)
    with ug.ForwardAccumulator(v, ug.asarray(1.0)) as acc:
        y = v * v
        v.assign(5.0)
        z = v * v
    assert_values(acc.jvp(y), 4.0)
    assert_values(acc.jvp(z), 10.0)


def test_it_can_be_entered_again_but_not_twice_at_once():
    x = ug.asarray(2.0)
    acc = ug.ForwardAccumulator(x, ug.asarray(1.0))
    with acc:
        with pytest.raises(ug.TapeStateError, match="already recording"), acc:
            pass
        y = x * x
    with acc:
        z = y * x
    assert_values(acc.jvp(z), 12.0)


@pytest.mark.parametrize("shape", [(3,), (), (1, 2)])
def test_a_tangent_of_another_shape(shape):
    with pytest.raises(ug.ShapeError, match=r"tangent of shape .* for a primal of shape \(2,\)"):
        ug.ForwardAccumulator(ug.asarray([1.0, 2.0]), ug.ones(shape))
    assert_library_well()


def test_a_tangent_of_another_dtype():
    with pytest.raises(ug.DTypeError, match="tangent of dtype float32 for a primal of dtype float64"):
        ug.ForwardAccumulator(ug.asarray([1.0, 2.0], dtype=ug.float64), ug.ones(2, dtype=ug.float32))


@pytest.mark.parametrize("wrong", ["abc", object(), np.array([1j, 2j])])
def test_a_tangent_that_is_none(wrong):
    with pytest.raises(TypeError):
        ug.ForwardAccumulator(ug.asarray([1.0, 2.0]), wrong)
    assert_library_well()


@pytest.mark.parametrize("wrong", [3.0, np.ones(2), "x", None])
def test_a_primal_that_is_no_tensor(wrong):
    with pytest.raises(ug.SourceTypeError):
        ug.ForwardAccumulator(wrong, ug.ones(2))


def test_a_value_asked_for_that_is_no_tensor():
    with ug.ForwardAccumulator(ug.asarray(1.0), ug.asarray(1.0)) as acc:
        pass
    with pytest.raises(ug.SourceTypeError, match="no Tensor or Variable"):
        acc.jvp(3.0)


def test_one_primal_twice():
    x = ug.asarray(1.0)
    with pytest.raises(ug.SourceError, match=r"as a primal multiple times.*sum the corresponding tangents"):
        ug.ForwardAccumulator([x, x], [ug.asarray(1.0), ug.asarray(2.0)])


def test_structures_that_differ():
    x, y = ug.asarray(1.0), ug.asarray(2.0)
    with pytest.raises(ug.SourceError, match=r"structure|1 tangents for 2 primals"):
        ug.ForwardAccumulator([x, y], [x])


def test_structures_that_differ_with_as_many_leaves():
    x, y = ug.asarray(1.0), ug.asarray(2.0)
    with pytest.raises(ug.SourceError, match="structure"):
        ug.ForwardAccumulator({"b": x, "a": y}, [x, y])


def test_an_integer_primal_warns():
    with pytest.warns(ug.NotDifferentiableWarning, match="source of dtype int64"):
        acc = ug.ForwardAccumulator(ug.asarray([1, 2]), ug.asarray([1, 1]))
    with acc:
        pass


def test_an_exception_in_the_block_ends_it():
    x = ug.asarray(2.0)
    acc = ug.ForwardAccumulator(x, ug.asarray(1.0))
    with pytest.raises(KeyError), acc:
        raise KeyError
    assert acc.jvp(x * x) is None
    assert_library_well()


def test_a_zero_tangent_absorbs():
    x = ug.asarray([0.0, 4.0])
    assert_values(derivative(lambda x: ug.where(x > 0, ug.sqrt(x), 0.0), x), [0.0, 0.25])


def test_tangents_of_complex_numbers():
    z = ug.asarray(1 + 2j)
    with ug.ForwardAccumulator(z, ug.asarray(1j)) as acc:
        y = z * z
        r = ug.abs(z)
    assert_values(acc.jvp(y), 2 * (1 + 2j) * 1j)
    assert acc.jvp(r).dtype == ug.float64
    assert_values(acc.jvp(r), 2 / np.sqrt(5.0))


def test_float_and_int_ops_on_the_way():
    x = ug.asarray([1.5, 2.5])
    with ug.ForwardAccumulator(x, ug.ones(2)) as acc:
        i = ug.astype(x, ug.int32)
        y = x * i
    assert_values(acc.jvp(y), [1.0, 2.0])
