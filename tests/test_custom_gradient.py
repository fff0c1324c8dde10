"""Functions with a gradient of the user's own: both modes, every order, variables, structures, and what is checked."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well, assert_values, derivative, grad, log1pexp, native

pytestmark = pytest.mark.usefixtures("double")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# -- orders and modes ---------------------------------------------------------------------------------------------------


def test_it_is_the_gradient_where_the_textbooks_is_nan():
    assert_values(grad(log1pexp, ug.asarray(100.0)), 1.0)


def test_the_pullback_itself_is_differentiated():
    x, s = ug.asarray([0.5, -1.0]), sigmoid(np.array([0.5, -1.0]))
    first = s * (1 - s)
    assert_values(grad(lambda x: grad(log1pexp, x), x), first)
    assert_values(grad(lambda x: grad(lambda x: grad(log1pexp, x), x), x), first * (1 - 2 * s))
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        g = tape.gradient(log1pexp(x), x)
    assert_values(tape.gradient(g, x), first)


def test_forward_mode_is_the_pullback_transposed():
    x, s = ug.asarray(0.5), sigmoid(0.5)
    assert_values(derivative(log1pexp, x), s)
    assert_values(derivative(lambda x: derivative(log1pexp, x), x), s * (1 - s))
    assert_values(derivative(lambda x: grad(log1pexp, x), x), s * (1 - s))
    assert_values(grad(lambda x: derivative(log1pexp, x), x), s * (1 - s))


def test_forward_mode_is_the_users_pullback_and_not_the_inside():
    seven = ug.custom_gradient(lambda x: (x * x, lambda dy: dy * 7.0))
    assert_values(derivative(seven, ug.asarray(2.0)), 7.0)


def test_forward_mode_of_a_matrix_product():
    @ug.custom_gradient
    def product(a, b):
        return a @ b, lambda g: (g @ b.T, a.T @ g)

    rng = np.random.default_rng(0)
    a, b, u, v = (ug.asarray(rng.normal(size=s)) for s in ((2, 3), (3, 4), (2, 3), (3, 4)))
    with ug.ForwardAccumulator([a, b], [u, v]) as accumulator:
        y = product(a, b)
    assert_values(accumulator.jvp(y), (u @ b + a @ v).numpy())


def test_forward_mode_of_complex_numbers():
    @ug.custom_gradient
    def square(z):
        return z * z, lambda g: g * ug.conj(2 * z)

    @ug.custom_gradient
    def modulus(z):
        return ug.real(z) ** 2 + ug.imag(z) ** 2, lambda g: 2 * g * z

    z, t = ug.asarray(1 + 2j), ug.asarray(0.5 - 1j)
    for f, plain in ((square, lambda z: z * z), (modulus, lambda z: ug.real(z) ** 2 + ug.imag(z) ** 2)):
        assert_values(grad(f, z), grad(plain, z).numpy())
        found = []
        for g in (f, plain):
            with ug.ForwardAccumulator(z, t) as accumulator:
                y = g(z)
            found.append(accumulator.jvp(y))
        assert found[0].dtype == found[1].dtype
        assert_values(found[0], found[1].numpy())


def test_a_pullback_that_is_not_linear_is_taken_at_zero():
    clipped = ug.custom_gradient(lambda x: (ug.asarray(x), lambda dy: ug.clip(dy, -0.5, 0.5)))
    x = ug.asarray([1.0, 2.0])
    assert_values(grad(lambda x: 3 * clipped(x), x), [0.5, 0.5])
    assert_values(derivative(lambda x: 3 * clipped(x), x), [3.0, 3.0])


def test_a_jvp_of_the_users_own():
    @ug.custom_gradient
    def f(x, y):
        return x * y, lambda g: (g * y, g * x)

    asked = []

    @f.def_jvp
    def f_jvp(primals, tangents):
        asked.append(tuple(tangents))
        (x, y), (dx, dy) = primals, tangents
        return dx * y + x * dy

    x, y = ug.asarray(2.0), ug.asarray(5.0)
    assert_values(derivative(lambda x: f(x, y), x), 5.0)
    assert_values(asked[0][1], 0.0)  # zeros where no tangent is known
    assert_values(derivative(lambda x: derivative(lambda x: f(x, x * x), x), x), 12.0)
    assert_values(grad(lambda x: derivative(lambda x: f(x, x * x), x), x), 12.0)
    assert f_jvp((x, y), (x, y)) is not None

    @ug.custom_gradient(jvp=lambda primals, tangents, scale: tangents[0] * scale)
    def g(x, scale):
        return x * scale, lambda u: u * scale

    assert_values(derivative(lambda x: g(x, scale=3.0), x), 3.0)
    with pytest.raises(TypeError, match="def_jvp takes a function"):
        f.def_jvp("no function")


# -- arguments and results ----------------------------------------------------------------------------------------------


def test_structures_of_arguments_and_results():
    @ug.custom_gradient
    def f(d, p):
        def pull(*upstream):
            u, v, w = upstream
            return {"a": u, "b": 10 * v}, 100 * w

        return {"u": d["a"] * 2, "v": (d["b"] * 3, p * 4)}, pull

    a, b, p = (ug.asarray(v) for v in (1.0, 2.0, 3.0))
    with ug.GradientTape(persistent=True) as tape:
        tape.watch([a, b, p])
        r = f({"a": a, "b": b}, p)
        y = r["u"] + r["v"][0] + r["v"][1]
    assert_values(r["v"][1], 12.0)
    assert [g.item() for g in tape.gradient(y, [a, b, p])] == [1.0, 10.0, 100.0]
    assert [g.item() for g in tape.gradient(r["v"][0], [a, b, p])] == [0.0, 10.0, 0.0]
    with ug.ForwardAccumulator(b, ug.asarray(1.0)) as accumulator:
        r = f({"a": a, "b": b}, p)
    found = accumulator.jvp([r["u"], *r["v"]])
    assert_values(found[1], 10.0)
    assert (found[0], found[2]) == (None, None)  # the pullback says which results depend on which arguments


def test_several_results_and_a_result_that_is_an_argument():
    @ug.custom_gradient
    def f(x):
        return (x, x * 3, None), lambda a, b, nothing: a * 10 + b * 100

    x = ug.asarray(2.0)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        a, b, nothing = f(x)
        both, flat = a * b, ug.floor(a)
    assert nothing is None
    assert_values(tape.gradient(a, x), 10.0)
    assert_values(tape.gradient(b, x), 100.0)
    assert_values(tape.gradient([a, b], x), 110.0)
    assert_values(tape.gradient(both, x), 6 * 10 + 2 * 100)
    assert_values(tape.gradient(flat, x), 0.0)  # connected, zero


def test_an_integer_result_has_a_cotangent_of_zeros():
    met = []
    f = ug.custom_gradient(lambda x: ((x, ug.astype(x, ug.int64)), lambda dx, di: (met.append(di), dx)[1]))
    with ug.GradientTape() as tape:
        x = ug.asarray([1.0, 2.0])
        tape.watch(x)
        y, _ = f(x)
    assert_values(tape.gradient(y, x), [1.0, 1.0])
    assert met[0].dtype == ug.int64
    assert_values(met[0], [0, 0])
    assert_values(derivative(lambda x: f(x)[0], ug.asarray([1.0, 2.0])), [1.0, 1.0])


def test_keyword_arguments_and_numbers_by_position():
    @ug.custom_gradient
    def f(x, n, *, scale=1.0):
        return x * scale, lambda dy: (dy * 100.0, None)

    assert_values(grad(lambda x: f(x, 3, scale=5.0), ug.asarray(2.0)), 100.0)
    assert_values(f(ug.asarray(2.0), 3, scale=5.0), 10.0)


def test_none_is_unconnected():
    f = ug.custom_gradient(lambda x, y: (x * y, lambda dy: (dy, None)))
    x, y = ug.asarray(2.0), ug.asarray(3.0)
    for persistent in (False, True):
        with ug.GradientTape(persistent=persistent) as tape:
            tape.watch([x, y])
            z = f(x, y * 2)
        gx, gy = tape.gradient(z, [x, y])
        assert_values(gx, 1.0)
        assert gy is None
    with ug.ForwardAccumulator(y, ug.asarray(1.0)) as accumulator:
        z = f(x, y)
    assert accumulator.jvp(z) is None


def test_raw_arrays_and_numbers_without_a_tape():
    raw = native([0.5, 1.5])
    out = log1pexp(raw)
    assert type(out) is type(raw)
    assert_values(out, np.log1p(np.exp([0.5, 1.5])))
    assert_values(log1pexp(0.0), np.log(2))


def test_a_gradient_by_hand_of_raw_arrays():
    f = ug.custom_gradient(lambda x: (native(x.numpy() ** 2), lambda dy: dy * native(2 * x.numpy())))
    assert_values(grad(f, ug.asarray([1.0, 3.0])), [2.0, 6.0])


def test_methods_and_the_decorator_with_a_call():
    class Scale:
        """Something with a method that has a gradient of its own."""

        k = 5.0

        @ug.custom_gradient
        def reverse(self, x):
            """Documented."""
            return x * 1, lambda dy: -self.k * dy

        @reverse.def_jvp
        def reverse_jvp(self, primals, tangents):
            return -self.k * tangents[0]

        @staticmethod
        @ug.custom_gradient()
        def double(x):
            return x * 1, lambda dy: 2 * dy

    scale = Scale()
    assert_values(grad(scale.reverse, ug.asarray(2.0)), -5.0)
    assert_values(derivative(scale.reverse, ug.asarray(2.0)), -5.0)
    assert_values(grad(Scale.double, ug.asarray(2.0)), 2.0)
    assert scale.reverse.__doc__ == "Documented."
    assert log1pexp.__name__ == "log1pexp"


def test_nested_in_each_other():
    @ug.custom_gradient
    def outer(x):
        y = log1pexp(x)

        @ug.custom_gradient
        def pull(dy):
            return dy * y, lambda g: g * 1000.0

        return y * 1, pull

    x = ug.asarray(0.5)
    assert_values(grad(outer, x), np.log1p(np.exp(0.5)))
    u = ug.asarray(1.0)
    with ug.GradientTape() as tape:
        tape.watch(u)
        with ug.GradientTape() as inner:
            inner.watch(x)
            y = outer(x)
        g = inner.gradient(y, x, output_gradients=u)
    assert_values(tape.gradient(g, u), 1000.0)


def test_a_gradient_that_is_computed_with_the_value():
    """The pattern of TensorFlow's documentation: the first gradient is captured, and has a gradient of its own."""

    @ug.custom_gradient
    def fused(x):
        y, slope = ug.sin(x), ug.cos(x)

        def first(dy):
            @ug.custom_gradient
            def of_slope(unused):
                return slope, lambda ddy: -100.0 * y * ddy

            return dy * of_slope(x)

        return y, first

    x = ug.asarray(0.5)
    assert_values(grad(fused, x), np.cos(0.5))
    assert_values(grad(lambda x: grad(lambda x: fused(x * 1), x), x), -100 * np.sin(0.5))
    assert_values(derivative(lambda x: grad(fused, x), x), -100 * np.sin(0.5))
    w = ug.asarray(2.0)
    with pytest.raises(ug.GradientLostError, match="1 tracked"), ug.GradientTape() as tape:
        tape.watch([x, w])
        slope = ug.cos(x) * w
        ug.custom_gradient(lambda x: (slope, lambda dy: dy))(x)


def test_a_tape_inside_of_the_function():
    @ug.custom_gradient
    def f(x):
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x**3
        g = tape.gradient(y, x)
        return y, lambda dy: dy * g

    assert_values(grad(f, ug.asarray(2.0)), 12.0)
    assert_values(grad(lambda x: grad(f, x), ug.asarray(2.0)), 12.0)


def test_what_is_written_later_changes_nothing():
    f = ug.custom_gradient(lambda x: (x * x, lambda dy: dy * 2 * x))
    x = ug.asarray([1.0, 2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
        x[0] = 100.0
    assert_values(tape.gradient(y, x), [2.0, 4.0])


# -- variables ----------------------------------------------------------------------------------------------------------


def test_variables_that_are_read_have_gradients_through_the_keyword():
    w, b = ug.Variable(3.0, name="w"), ug.Variable(1.0, name="b")
    got = []

    @ug.custom_gradient
    def f(x):
        def pull(dy, variables):
            got.append(variables)
            return 100.0 * dy, [7.0 * dy, dy]

        return x * w + b, pull

    x = ug.asarray(2.0)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    assert [g.item() for g in tape.gradient(y, [x, w, b])] == [100.0, 7.0, 1.0]
    assert got[0][0] is w
    assert got[0][1] is b
    with ug.ForwardAccumulator(w, ug.asarray(2.0)) as accumulator:
        y = f(x)
    assert_values(accumulator.jvp(y), 14.0)
    f.def_jvp(lambda primals, tangents: 1000.0 * tangents[0])
    with ug.ForwardAccumulator([x, w], [ug.asarray(1.0), ug.asarray(2.0)]) as accumulator:
        y = f(x)
    assert_values(accumulator.jvp(y), 1014.0)


def test_a_variable_as_an_argument_is_no_captured_one():
    w = ug.Variable(3.0)
    f = ug.custom_gradient(lambda w, x: (w * x, lambda dy: (dy * 10, dy)))
    x = ug.asarray(2.0)
    with ug.GradientTape() as tape:
        y = f(w, x)
    assert tape.watched_variables() == (w,)
    assert_values(tape.gradient(y, w), 10.0)


def test_variables_without_the_keyword_are_an_error():
    w = ug.Variable(3.0)
    f = ug.custom_gradient(lambda x: (x * w, lambda dy: dy))
    for inside in (False, True):
        x = ug.asarray(2.0)
        with pytest.raises(TypeError, match="must accept keyword argument 'variables', since function uses variables"):
            _ = grad(f, x) if inside else f(x)
    assert_library_well()


# -- what the gradient is not silently lost of --------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["closure", "keyword"])
def test_a_captured_tensor_that_is_tracked_is_an_error(by):
    w, x = ug.asarray(3.0), ug.asarray(2.0)
    f = ug.custom_gradient(lambda x, k=1.0: (x * (w if by == "closure" else k) + 1, lambda dy: dy))
    with ug.GradientTape() as tape:
        tape.watch([w, x])
        u = w * 1
        with pytest.raises(ug.GradientLostError, match="depends on 1 tracked tensor"):
            f(x, **({} if by == "closure" else {"k": u}))
        stopped = ug.stop_gradient(u)
        y = ug.custom_gradient(lambda x: (x * stopped, lambda dy: dy))(x)
        plain = f(ug.asarray(5.0), **({} if by == "closure" else {"k": u}))
    assert_values(tape.gradient([y, plain], x), 1.0)
    with ug.GradientTape() as tape:  # no argument is tracked: the function is differentiated like any other
        tape.watch(w)
        y = f(x, **({} if by == "closure" else {"k": w * 1}))
    assert_values(tape.gradient(y, w), 2.0)
