"""GradientTape: what TensorFlow's does, measured, and where that one is silent a clear error or a warning."""

import inspect
import threading

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, grad

pytestmark = pytest.mark.usefixtures("double")


def recorded(function, *sources, **options):
    """A tape that has recorded `function` of watched sources, and what it gave."""
    with ug.GradientTape(**options) as tape:
        tape.watch(sources)
        out = function(*sources)
    return tape, out


def test_signatures_are_tensorflows():
    assert list(inspect.signature(ug.GradientTape).parameters) == ["persistent", "watch_accessed_variables"]
    assert list(inspect.signature(ug.GradientTape.gradient).parameters) == [
        "self", "target", "sources", "output_gradients", "unconnected_gradients",
    ]  # fmt: skip


class TestTargetsAndSources:
    def test_a_vector_target_is_summed(self):
        assert_values(grad(lambda x: x * x, ug.asarray([1.0, 2.0])), [2.0, 4.0])

    def test_a_list_of_targets_is_summed(self):
        x = ug.asarray([1.0, 2.0])
        tape, y = recorded(lambda x: [x * x, 3.0 * x], x)
        assert_values(tape.gradient(y, x), [5.0, 7.0])

    def test_nested_structures_and_a_source_named_twice(self):
        x = ug.asarray([1.0, 2.0])
        tape, y = recorded(lambda x: {"a": x * x, "b": (3.0 * x,)}, x)
        found = tape.gradient(y, {"s": [x, (x,)]})
        assert list(found) == ["s"]
        assert type(found["s"][1]) is tuple
        assert_values(found["s"][0], [5.0, 7.0])
        assert_values(found["s"][1][0], [5.0, 7.0])

    def test_no_sources_give_no_gradients(self):
        x = ug.asarray(2.0)
        tape, y = recorded(lambda x: x * x, x, persistent=True)
        assert tape.gradient(y, []) == []
        assert tape.gradient(y, {}) == {}

    def test_none_as_target_or_source(self):
        x = ug.asarray(2.0)
        tape, y = recorded(lambda x: x * x, x)
        with pytest.raises(TypeError, match="received None"):
            tape.gradient(None, x)
        with pytest.raises(TypeError, match="`sources` holds None"):
            tape.gradient(y, None)
        with pytest.raises(TypeError, match="`sources` holds None"):
            tape.gradient(y, [None, (None,)])
        assert_values(tape.gradient(y, x), 4.0)  # a refused question is no question

    @pytest.mark.parametrize("wrong", [3.0, "x", np.ones(2), object()])
    def test_something_else_as_target_or_source(self, wrong):
        x = ug.asarray(2.0)
        tape, y = recorded(lambda x: x * x, x)
        with pytest.raises(ug.SourceTypeError, match=f"target must be a Tensor or Variable.*{type(wrong).__name__}"):
            tape.gradient(wrong, x)
        with pytest.raises(ug.SourceTypeError, match=r"source must be a Tensor or Variable.*unigrad.asarray"):
            tape.gradient(y, [x, wrong])
        assert_values(tape.gradient(y, x), 4.0)

    def test_the_target_is_the_source(self):
        x, v = ug.asarray([1.0, 2.0]), ug.Variable(3.0)
        tape, _ = recorded(lambda x, v: v * x, x, v, persistent=True)
        assert_values(tape.gradient(x, x), [1.0, 1.0])
        assert_values(tape.gradient(v, v), 1.0)

    def test_an_intermediate_value_is_a_source(self):
        x = ug.asarray(3.0)
        tape, (y, z) = recorded(lambda x: (y := x * x, y * y), x)
        assert_values(tape.gradient(z, [y, x])[0], 18.0)

    def test_a_target_from_before_the_tape_has_no_path(self):
        x = ug.asarray(3.0)
        y = x * x
        with ug.GradientTape() as tape:
            tape.watch(x)
        assert tape.gradient(y, x) is None


class TestOutputGradients:
    def test_they_weigh_the_targets(self):
        x = ug.asarray([1.0, 2.0])
        tape, y = recorded(lambda x: x * x, x, persistent=True)
        assert_values(tape.gradient(y, x, output_gradients=ug.asarray([1.0, 10.0])), [2.0, 40.0])
        assert_values(tape.gradient(y, x, output_gradients=np.array([1.0, 10.0])), [2.0, 40.0])
        assert_values(tape.gradient([y], [x], output_gradients=[ug.Variable([1.0, 10.0])])[0], [2.0, 40.0])

    @pytest.mark.parametrize("shape", [(3,), (), (1,), (2, 1)])
    def test_the_shape_is_the_targets(self, shape):
        x = ug.asarray([1.0, 2.0])
        tape, y = recorded(lambda x: x * x, x)
        with pytest.raises(ug.ShapeError, match=rf"cotangent of shape \({', '.join(map(str, shape))}.*of shape \(2,\)"):
            tape.gradient(y, x, output_gradients=ug.ones(shape))
        assert_values(tape.gradient(y, x), [2.0, 4.0])

    def test_their_number_is_the_targets(self):
        x = ug.asarray([1.0, 2.0])
        tape, y = recorded(lambda x: [x * x, x + 1.0], x)
        with pytest.raises(ug.SourceError, match="differs in structure"):
            tape.gradient(y, x, output_gradients=[ug.ones(2)])

    @pytest.mark.parametrize("wrong", ["abc", object(), np.array([1j, 2j])])
    def test_they_are_arrays_of_real_numbers(self, wrong):
        x = ug.asarray([1.0, 2.0])
        tape, y = recorded(lambda x: x * x, x)
        with pytest.raises(TypeError):
            tape.gradient(y, x, output_gradients=wrong)
        assert_library_well()

    # None is what `gradient` gives for a value without a path: taken for ones, it would make a wrong number without a word.
    def test_none_among_them_is_refused(self):
        x = ug.asarray([1.0, 2.0])
        tape, y = recorded(lambda x: [x * x, x + 1.0], x)
        with pytest.raises(TypeError, match=r"output_gradients.*None"):
            tape.gradient(y, x, output_gradients=[ug.ones(2), None])

    # A dict's leaves are sorted by key: a list beside it would be paired with other targets than its writer meant.
    def test_their_structure_is_the_targets(self):
        x = ug.asarray([1.0, 2.0])
        tape, y = recorded(lambda x: {"b": x * x, "a": x + 1.0}, x)
        with pytest.raises(ug.SourceError, match="structure"):
            tape.gradient(y, x, output_gradients=[ug.ones(2), ug.ones(2)])

    def test_a_float32_target_takes_a_float64_cotangent(self):
        x = ug.asarray([1.0, 2.0], dtype=ug.float32)
        tape, y = recorded(lambda x: x * x, x)
        found = tape.gradient(y, x, output_gradients=np.array([1.0, 10.0]))
        assert found.dtype == ug.float32
        assert_values(found, [2.0, 40.0])


class TestUnconnected:
    def test_none_or_zeros(self):
        x, other = ug.asarray(1.0), ug.asarray([1.0, 2.0], dtype=ug.float32)
        tape, y = recorded(lambda x: x * 2.0, x, persistent=True)
        assert tape.gradient(y, [x, other])[1] is None
        for zero in ("zero", ug.UnconnectedGradients.ZERO):
            found = tape.gradient(y, [x, other], unconnected_gradients=zero)[1]
            assert (found.shape, found.dtype) == ((2,), ug.float32)
            assert_values(found, [0.0, 0.0])

    def test_an_unknown_value(self):
        tape, y = recorded(lambda x: x * 2.0, ug.asarray(1.0))
        with pytest.raises(ValueError, match="Unknown value for unconnected_gradients: 'bogus'"):
            tape.gradient(y, y, unconnected_gradients="bogus")

    def test_an_outer_tape_that_does_not_watch(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as outer:
            g = grad(lambda x: x * x, x)
        assert outer.gradient(g, x) is None

    def test_the_second_derivative_of_a_linear_function(self):
        x = ug.asarray(2.0)
        with ug.GradientTape() as outer:
            outer.watch(x)
            g = grad(lambda x: 3.0 * x, x)
        assert outer.gradient(g, x) is None


class TestIntegers:
    @pytest.mark.parametrize("values", [[1, 2], [True, False]])
    def test_a_source_warns_and_gets_none(self, values):
        x = ug.asarray(values)
        with pytest.warns(ug.NotDifferentiableWarning, match=f"watch: a source of dtype {x.dtype}"):
            tape, y = recorded(lambda x: ug.astype(x, ug.float64) * 2.0, x)
        with pytest.warns(ug.NotDifferentiableWarning, match="has no gradient .it will be None.*unigrad.astype"):
            assert tape.gradient(y, x) is None

    def test_a_connected_source_beside_it_has_its_gradient(self):
        x, i = ug.asarray([1.0, 2.0]), ug.asarray([3, 4])
        tape, y = recorded(lambda x: x * i, x)
        with pytest.warns(ug.NotDifferentiableWarning):
            found = tape.gradient(y, [x, i])
        assert_values(found[0], [3.0, 4.0])
        assert found[1] is None

    def test_zeros_on_request(self):
        i = ug.asarray([3, 4])
        tape, y = recorded(lambda x: x * 2.0, ug.asarray(1.0))
        with pytest.warns(ug.NotDifferentiableWarning):
            found = tape.gradient(y, i, unconnected_gradients="zero")
        assert (found.dtype, found.shape) == (i.dtype, (2,))


class TestComplex:
    def test_the_convention_is_tensorflows(self):
        z = ug.asarray(1 + 2j)
        assert_values(grad(lambda z: z * z, z), 2 - 4j)  # the conjugate of the derivative 2z, from the seed 1

    def test_a_real_target_gives_the_direction_of_ascent(self):
        z = ug.asarray([1 + 2j])
        assert_values(grad(lambda z: ug.real(z) ** 2 + 3.0 * ug.imag(z), z), [2 + 3j])


class TestElsewhere:
    def test_an_op_in_another_thread_is_not_recorded(self):
        x, found = ug.asarray(2.0), []
        with ug.GradientTape() as tape:
            tape.watch(x)
            worker = threading.Thread(target=lambda: found.append(x * x))
            worker.start()
            worker.join()
        assert tape.gradient(found[0], x) is None

    def test_an_exception_in_the_block_ends_the_recording(self):
        x = ug.asarray(2.0)
        tape = ug.GradientTape()
        with pytest.raises(KeyError), tape:
            tape.watch(x)
            y = x * x
            raise KeyError
        z = y * x
        assert tape.gradient(z, x) is None
        assert_library_well()

    def test_what_was_recorded_before_an_exception_is_there(self):
        x = ug.asarray(2.0)
        tape = ug.GradientTape()
        with pytest.raises(KeyError), tape:
            tape.watch(x)
            y = x * x
            raise KeyError
        assert_values(tape.gradient(y, x), 4.0)

    def test_mixed_dtypes_are_promoted_and_each_gradient_has_its_sources(self):
        x, w = ug.asarray([1.0, 2.0], dtype=ug.float32), ug.asarray([3.0, 4.0], dtype=ug.float64)
        tape, y = recorded(lambda x, w: x * w, x, w)
        gx, gw = tape.gradient(y, [x, w])
        assert (y.dtype, gx.dtype, gw.dtype) == (ug.float64, ug.float32, ug.float64)
        assert_values(gx, [3.0, 4.0])


class TestAbsorbingZeros:
    """A zero cotangent is zero for every rule, also where the rule sums products with an infinity."""

    def masked(self, function):
        x = ug.asarray([[1.0, 2.0], [np.inf, 3.0]])
        mask = ug.asarray([True, False])
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.where(mask, function(x), 0.0)
        found = tape.gradient(y, x)
        tangent = ug.asarray([[1.0, 1.0], [0.0, 0.0]])
        with ug.ForwardAccumulator(x, tangent) as accumulator:
            y = ug.where(mask, function(x), 0.0)
        assert_values(ug.sum(accumulator.jvp(y)), np.sum(found.numpy()[0]))
        return found

    def test_a_matrix_product(self):
        w = ug.asarray([1.0, 2.0])
        assert_values(self.masked(lambda x: x @ w), [[1.0, 2.0], [0.0, 0.0]])

    def test_a_matrix_product_with_infinite_weights(self):
        x, w = ug.asarray([[1.0, 2.0]]), ug.asarray([[1.0, np.inf], [2.0, np.inf]])
        with ug.GradientTape() as tape:
            tape.watch([x, w])
            y = ug.where(ug.asarray([True, False]), x @ w, 0.0)
        dx, dw = tape.gradient(y, [x, w])
        assert_values(dx, [[1.0, 2.0]])
        assert_values(dw, [[1.0, 0.0], [2.0, 0.0]])

    @pytest.mark.filterwarnings("ignore:invalid value")  # NumPy's, of the variance of an infinity
    @pytest.mark.parametrize("name", ["var", "std", "prod", "max", "mean", "sum"])
    def test_a_reduction(self, name):
        found = self.masked(lambda x: getattr(ug, name)(x, axis=1))
        assert np.isfinite(found.numpy()).all()
        assert_values(found[1], [0.0, 0.0])

    def test_a_running_product(self):
        x = ug.asarray([2.0, 3.0, np.inf])
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.cumulative_prod(x)[:2]
        assert_values(tape.gradient(y, x), [4.0, 2.0, 0.0])
