"""The functional face: arguments, structures, kinds of arrays, orders, programs."""

import collections

import jax
import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, native, numeric
from unigrad import nn

pytestmark = pytest.mark.usefixtures("double")

Layer = collections.namedtuple("Layer", "w b")


def cubes(x):
    return ug.sum(x**3)


# -- which arguments ----------------------------------------------------------------------------------------------------


def product(x, y, z=1.0):
    return x * y**2 * z**3


GX, GY, GZ = 4.0 * 27, 2 * 5 * 2.0 * 27, 3 * 5 * 4.0 * 9  # at 5, 2, 3

CHOICES = {
    "the first": ({}, (5.0, 2.0, 3.0), {}, GX),
    "one": ({"argnums": 1}, (5.0, 2.0, 3.0), {}, GY),
    "from the end": ({"argnums": -1}, (5.0, 2.0, 3.0), {}, GZ),
    "a tuple": ({"argnums": (2, 0)}, (5.0, 2.0, 3.0), {}, (GZ, GX)),
    "a list of one": ({"argnums": [0]}, (5.0, 2.0, 3.0), {}, (GX,)),
    "NumPy's integer": ({"argnums": np.int64(1)}, (5.0, 2.0, 3.0), {}, GY),
    "a number given by its name": ({"argnums": 2}, (5.0, 2.0), {"z": 3.0}, GZ),
    "a name": ({"argnames": "z"}, (5.0, 2.0), {"z": 3.0}, GZ),
    "a name given by position": ({"argnames": "y"}, (5.0, 2.0, 3.0), {}, GY),
    "names": ({"argnames": ("y", "z")}, (5.0, 2.0), {"z": 3.0}, {"y": GY, "z": GZ}),
    "both": ({"argnums": 0, "argnames": "z"}, (5.0, 2.0), {"z": 3.0}, (GX, GZ)),
    "both, several": ({"argnums": (0, 1), "argnames": ["z"]}, (5.0, 2.0), {"z": 3.0}, ((GX, GY), {"z": GZ})),
}  # fmt: skip


@pytest.mark.parametrize("case", CHOICES)
def test_argnums_and_argnames(case):
    options, args, kwargs, expected = CHOICES[case]
    found = ug.grad(product, **options)(*args, **kwargs)
    again = ug.value_and_grad(product, **options)(*args, **kwargs)
    assert_values(again[0], 5 * 4 * 27.0)
    along = ug.elementwise_grad(product, **options)(*args, **kwargs)
    value, pullback = ug.vjp(product, *args, **(options or {"argnums": 0}), **kwargs)
    assert_values(value, 5 * 4 * 27.0)
    for one in (found, again[1], along, pullback(1.0)):
        assert_same(one, expected)
    _, pushforward = ug.linearize(product, *args, **(options or {"argnums": 0}), **kwargs)
    given = expected if case in ("a tuple", "a list of one", "both", "both, several") else (expected,)
    total = sum(v * v for v in flat(expected))
    assert_values(pushforward(*given), total)
    assert_values(ug.jvp(product, args, expected, **(options or {"argnums": 0}), **kwargs)[1], total)


def flat(x):
    if isinstance(x, dict):
        return [v for k in sorted(x) for v in flat(x[k])]
    return [v for part in x for v in flat(part)] if isinstance(x, list | tuple) else [x]


def assert_same(found, expected):
    """The same structure, and values."""
    if isinstance(expected, dict | list | tuple):
        assert type(found) is type(expected)
        assert len(found) == len(expected)
        for key in expected if isinstance(expected, dict) else range(len(expected)):
            assert_same(found[key], expected[key])
    elif expected is None:
        assert found is None
    else:
        assert_values(found, expected)


def test_of_all_arguments():
    _, pullback = ug.vjp(product, 5.0, 2.0, 3.0)
    assert_same(pullback(2.0), (2 * GX, 2 * GY, 2 * GZ))
    assert_same(pullback(1.0), (GX, GY, GZ))
    assert_values(ug.jvp(product, (5.0, 2.0, 3.0), (1.0, 0.5, 0.0))[1], GX + GY / 2)
    _, pushforward = ug.linearize(product, 5.0, 2.0, 3.0)
    assert_values(pushforward(1.0, 0.5, 0.0), GX + GY / 2)
    assert_values(pushforward(0.0, 0.0, 1.0), GZ)


# -- structures ---------------------------------------------------------------------------------------------------------


def test_structures_of_arguments():
    def loss(p):
        total = ug.sum(p["layers"][0].w) * p["scale"] + p["layers"][1].b ** 2
        return total * (2.0 if p["name"] == "twice" else 1.0)

    w = np.array([1.0, 2.0])
    p = {"layers": (Layer(w, None), Layer(None, 3.0)), "scale": 0.5, "name": "twice"}
    found = ug.grad(loss)(p)
    assert_same(found, {"layers": (Layer([1.0, 1.0], None), Layer(None, 12.0)), "scale": 6.0, "name": None} | {
        "layers": (Layer(np.array([1.0, 1.0]), None), Layer(None, 12.0))})  # fmt: skip
    assert type(found["layers"][0].w) is np.ndarray
    tangents = {"layers": (Layer(w, None), Layer(None, 1.0)), "scale": 1.0, "name": None}
    assert_values(ug.jvp(loss, (p,), (tangents,))[1], 3 + 12 + 6.0)
    hv = ug.hvp(loss, p, tangents)
    assert_same(hv["layers"][0].w, np.array([2.0, 2.0]))
    assert_values(hv["layers"][1].b, 4.0)
    assert_values(hv["scale"], 6.0)


def test_structures_of_results():
    def f(x, y):
        return {"p": x * y, "q": [y, None]}

    value, pullback = ug.vjp(f, 3.0, 2.0)
    assert_same(value, {"p": 6.0, "q": [2.0, None]})
    assert_same(pullback({"p": 1.0, "q": [10.0, None]}), (2.0, 13.0))
    value, tangent = ug.jvp(f, (3.0, 2.0), (1.0, 0.5))
    assert_same(tangent, {"p": 3.5, "q": [0.5, None]})
    value, pushforward = ug.linearize(f, 3.0, 2.0)
    assert_same(pushforward(1.0, 0.5), tangent)


def test_variables_and_modules():
    w = ug.Variable([1.0, 2.0])
    found = ug.grad(lambda p: ug.sum(p["w"] ** 2) * w[0])({"w": w})
    assert type(found["w"]) is ug.Tensor
    assert_values(found["w"], [2 + 5.0, 4.0])  # a variable is itself wherever it is read
    layer = nn.Dense(2, kernel_initializer="ones")
    x = ug.ones((1, 3))
    layer(x)
    found = ug.grad(lambda m, x: ug.sum(m(x) ** 2))(layer, x)
    assert_values(found[0], np.full((3, 2), 6.0))
    assert_values(found[1], [6.0, 6.0])
    value, both = ug.value_and_grad(lambda ms, x: ug.sum(ms[0](x)), argnums=(0, 1))([layer], x)
    assert_values(value, 6.0)
    assert_values(both[0][0][1], [1.0, 1.0])
    assert_values(both[1], [[2.0, 2.0, 2.0]])
    v = [np.ones((3, 2)), np.zeros(2)]
    assert_values(ug.hvp(lambda m, x: ug.sum(m(x) ** 2), (layer, x), v)[1], [6.0, 6.0])


def test_integers_within_a_structure_have_none():
    with pytest.warns(ug.NotDifferentiableWarning, match="of a Python int has no gradient"):
        found = ug.grad(lambda p: p["x"] ** p["n"])({"x": 2.0, "n": 3})
    assert_same(found, {"x": 12.0, "n": None})


def test_a_constant_among_the_arguments_may_be_anything():
    def f(x, how, n, data):
        return ug.sum(x * data["a"]) * n if how == "times" else None

    assert_values(ug.grad(f)(np.ones(2), "times", 3, {"a": [1.0, 2.0]}), [3.0, 6.0])


# -- kinds of arrays ----------------------------------------------------------------------------------------------------


def test_arrays_in_are_arrays_out():
    x = native([1.0, 2.0])
    value, g = ug.value_and_grad(cubes)(x)
    assert type(value) is type(x)
    assert type(g) is type(x)
    assert_values(g, [3.0, 12.0])
    for found in (ug.hvp(cubes, x, x), ug.vhp(cubes, x, x), ug.elementwise_grad(lambda x: x**3)(x)):
        assert type(found) is type(x)
    value, pullback = ug.vjp(lambda x: x**2, x)
    assert type(value) is type(pullback(x)[0]) is type(x)
    value, tangent = ug.jvp(lambda x: x**2, x, x)
    assert type(value) is type(tangent) is type(x)
    value, pushforward = ug.linearize(lambda x: x**2, x)
    assert type(value) is type(pushforward(x)) is type(x)
    (value, aux), _ = ug.value_and_grad(lambda x: (cubes(x), {"y": x * 2, "n": 1}), has_aux=True)(x)
    assert type(aux["y"]) is type(x)
    assert aux["n"] == 1


def test_arrays_of_a_table_that_rows_are_gathered_from_are_arrays_too():
    """The gradient of rows is IndexedSlices of a tensor alone, before of arrays too: jax.jit refused it."""
    x = native([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    for found in (ug.grad(lambda x: ug.sum(ug.take(x, [2, 2, 0], axis=0) ** 2))(x), ug.grad(lambda x: x[0] @ x[0])(x)):
        assert type(found) is type(x)
    assert type(ug.grad(lambda d: ug.sum(d["x"][[2]]))({"x": x})["x"]) is type(x)
    assert type(ug.vjp(lambda x: x[[1, 1]], x)[1](native([[1.0, 0.0], [1.0, 0.0]]))[0]) is type(x)
    t = ug.asarray(x)
    assert isinstance(ug.grad(lambda t: ug.sum(ug.take(t, [2, 2, 0], axis=0) ** 2))(t), ug.IndexedSlices)


def test_tensors_in_are_tensors_out():
    x = ug.asarray([1.0, 2.0])
    value, g = ug.value_and_grad(cubes)(x)
    assert type(value) is type(g) is ug.Tensor
    assert type(ug.hvp(cubes, x, native([1.0, 1.0]))) is ug.Tensor
    found = ug.grad(lambda x, s: ug.sum(x) * s, argnums=(0, 1))(x, 2.0)
    assert type(found[0]) is type(found[1]) is ug.Tensor


def test_numpys_arrays_stay_numpys_on_every_backend():
    g = ug.grad(lambda x: np.sum(np.sin(x) * x))(np.array([0.5, 1.0]))
    assert type(g) is np.ndarray
    assert_values(g, np.sin([0.5, 1.0]) + np.array([0.5, 1.0]) * np.cos([0.5, 1.0]))
    assert type(ug.grad(lambda x: x * x)(np.float64(3.0))) is np.ndarray


def test_a_python_float_is_of_the_default_backend_or_of_the_arrays_next_to_it():
    g = ug.grad(np.tanh)(1.0)
    assert type(g) is type(native(1.0))
    assert_values(g, 1 - np.tanh(1.0) ** 2)
    x = native(np.ones(2, np.float32))
    found = ug.grad(lambda x, s: ug.sum(x) * s, argnums=(0, 1))(x, 2.0)
    assert type(found[1]) is type(x)
    assert found[1].dtype == x.dtype
    found = ug.grad(lambda s, x: ug.sum(x) * s)(2.0, np.ones(3))
    assert_values(found, 3.0)


def test_dtypes_are_those_of_the_arguments():
    for dtype in (ug.float16, ug.float32, ug.float64):
        x = ug.asarray([1.0, 2.0], dtype=dtype)
        assert ug.grad(cubes)(x).dtype == dtype
        assert ug.hvp(cubes, x, x).dtype == dtype
        assert ug.linearize(lambda x: x**2, x)[1](x).dtype == dtype


def test_the_users_array_may_change_later():
    x = native(np.array([1.0, 2.0]))
    _, pullback = ug.vjp(lambda x: x**2, x)
    _, pushforward = ug.linearize(lambda x: x**2, x)
    if hasattr(x, "fill_"):
        x.fill_(9.0)
    elif isinstance(x, np.ndarray):
        x[:] = 9.0
    assert_values(pullback(np.ones(2))[0], [2.0, 4.0])
    assert_values(pushforward(np.ones(2)), [2.0, 4.0])


def test_inside_of_jit():
    with ug.use_backend("jax"):
        x = jax.numpy.arange(1.0, 4.0)

        @jax.jit
        def step(x):
            value, g = ug.value_and_grad(lambda x: ug.sum(ug.sin(x) * x))(x)
            _, t = ug.jvp(ug.exp, x, x)
            _, pullback = ug.vjp(ug.exp, x)
            return value, g, ug.hvp(cubes, x, x), t, pullback(x)[0], ug.linearize(ug.exp, x)[1](x)

        _, g, hv, *three = step(x)
    n = np.arange(1.0, 4.0)
    assert isinstance(g, jax.Array)
    assert_values(g, np.sin(n) + n * np.cos(n))
    assert_values(hv, 6 * n * n)
    for t in three:
        assert_values(t, np.exp(n) * n)


# -- orders, closures, tapes outside ------------------------------------------------------------------------------------


def test_nested_to_any_order():
    f = np.tanh
    for order in range(1, 5):
        f = ug.grad(f)
        expected = jax.numpy.tanh
        for _ in range(order):
            expected = jax.grad(expected)
        assert_values(f(0.3), expected(0.3), 1e-10)


def test_a_closure_over_the_outer_argument_is_constant_inside():
    assert_values(ug.grad(lambda x: x * ug.grad(lambda z: z * x)(x))(3.0), 6.0)
    assert_values(ug.grad(lambda x: x * ug.grad(lambda z: x + z)(1.0))(3.0), 1.0)  # Siskind and Pearlmutter, 2005
    assert_values(ug.grad(lambda x: x * ug.jvp(lambda z: z * x, x, 1.0)[1])(3.0), 6.0)
    assert_values(ug.jvp(lambda x: x * ug.jvp(lambda z: x + z, 1.0, 1.0)[1], 3.0, 1.0)[1], 1.0)
    assert_values(ug.jvp(lambda x: x * ug.grad(lambda z: z * x)(x), 3.0, 1.0)[1], 6.0)
    assert_values(ug.grad(lambda x: x * ug.linearize(lambda z: z * z * x, x)[1](1.0))(3.0), 6 * 9.0)
    assert_values(ug.grad(lambda x: x * ug.vjp(lambda z: z * z * x, x)[1](x)[0])(3.0), 8 * 27.0)


def test_forward_and_reverse_over_each_other():
    x, v = np.array([0.3, 1.2]), np.array([1.0, -0.5])
    f = lambda x: ug.sum(ug.exp(x) * ug.sin(x))  # noqa: E731
    expected = 2 * np.exp(x) * np.cos(x) * v
    assert_values(ug.hvp(f, x, v), expected)
    assert_values(ug.vhp(f, (x,), (v,)), expected)
    assert_values(ug.jvp(ug.grad(f), x, v)[1], expected)
    assert_values(ug.grad(lambda x: ug.jvp(f, x, v)[1])(x), expected)
    assert_values(ug.vjp(ug.grad(f), x)[1](v)[0], expected)
    assert_values(ug.linearize(ug.grad(f), x)[1](v), expected)
    assert_values(ug.grad(lambda x: ug.linearize(f, x)[1](v))(x), expected)
    third = 2 * np.exp(x) * (np.cos(x) - np.sin(x)) * v * v
    assert_values(ug.grad(lambda x: ug.sum(ug.hvp(f, x, v) * v))(x), third)
    assert_values(ug.jvp(lambda x: ug.hvp(f, x, v), x, v)[1], third)


LINEARIZED = {
    "functions": lambda x: ug.sum(ug.tanh(ug.sin(x) * x)),
    "beside constants": lambda x: ug.sum(np.array([2.0, 3.0]) / ug.exp(x) + x**3 + 2.0**x),
    "broadcast": lambda x: ug.sum(ug.exp(x) ** np.array([[2.0], [3.0]])),
    "scalar partials": lambda x: ug.sum((2.0 - 3.0 * ug.sin(x)) ** 2),
    "used twice": lambda x: (lambda s: ug.sum(s * s + ug.exp(s)))(ug.sqrt(x)),
    "a zero that absorbs": lambda x: ug.sum(ug.where(x < 1.0, ug.sin(x) ** 2, ug.sqrt(x - x) * x)),
}


@pytest.mark.parametrize("case", LINEARIZED)
def test_a_hessian_product_is_the_derivative_of_the_gradient_at_every_order(case):
    f, x, v = LINEARIZED[case], np.array([0.3, 1.2]), np.array([1.0, -0.5])

    def along(g):
        return lambda x: ug.jvp(g, x, v)[1]

    def product(x):
        return ug.hvp(f, x, v)

    assert_values(product(x), along(ug.grad(f))(x))
    third = along(along(ug.grad(f)))
    assert_values(along(product)(x), third(x))
    with ug.GradientTape(persistent=True) as tape:
        t = ug.asarray(x)
        tape.watch(t)
        found = tape.gradient(ug.sum(product(t) * v), t)
        assert_values(found, third(x))
        total = ug.sum(found * v)
    assert_values(tape.gradient(total, t), along(third)(x), rtol=1e-10)


def test_a_hessian_product_computes_a_partial_derivative_once(monkeypatch, backend):
    x = native(np.array([0.3, 1.2]))
    ug.hvp(lambda x: ug.sum(ug.sin(x) * x), x, x)
    kernels, calls = ug.cos.primitive.kernels, []
    kernel = kernels[type(x)]
    monkeypatch.setitem(kernels, type(x), lambda raw: calls.append(raw) or kernel(raw))
    ug.hvp(lambda x: ug.sum(ug.sin(x) * x), x, x)
    assert len(calls) == 1


def test_the_pullback_is_differentiable_by_its_cotangent():
    _, pullback = ug.vjp(lambda x: x**2, np.array([1.0, 2.0]))
    assert_values(ug.grad(lambda u: ug.sum(pullback(u)[0] ** 2))(np.array([1.0, 1.0])), [8.0, 32.0])
    _, pushforward = ug.linearize(lambda x: x**2, np.array([1.0, 2.0]))
    assert_values(ug.grad(lambda t: ug.sum(pushforward(t) ** 2))(np.array([1.0, 1.0])), [8.0, 32.0])


def test_with_tapes_and_accumulators_outside():
    w, x = ug.Variable(2.0), native(np.array([1.0, 3.0]))
    with ug.GradientTape() as tape:
        value, g = ug.value_and_grad(lambda x: ug.sum(x**2) * w)(x)
        total = ug.sum(g) + value
    assert type(g) is ug.Tensor  # the tape tracks it: an array would have lost its gradient
    assert_values(tape.gradient(total, w), 8.0 + 10.0)
    with ug.ForwardAccumulator(w, ug.asarray(1.0)) as accumulator:
        g = ug.grad(lambda x: ug.sum(x**2) * w)(x)
        hv = ug.hvp(lambda x: ug.sum(x**3) * w, x, x)
        _, t = ug.jvp(lambda x: x * w, x, x)
        _, pullback = ug.vjp(lambda x: x * w, x)
        u = pullback(x)[0]
    assert_values(accumulator.jvp(g), [2.0, 6.0])
    assert_values(accumulator.jvp(hv), [6.0, 54.0])
    assert_values(accumulator.jvp(t), [1.0, 3.0])
    assert_values(accumulator.jvp(u), [1.0, 3.0])
    t = ug.asarray(3.0)
    with ug.GradientTape() as tape:
        tape.watch(t)
        g = ug.grad(lambda z: z * z * t)(t * 1)
    assert_values(tape.gradient(g, t), 4 * 3.0)


def test_what_is_not_connected_is_zero():
    assert_same(ug.grad(lambda x, y: x * 1, argnums=(0, 1))(2.0, np.ones(2)), (1.0, np.zeros(2)))
    assert_values(ug.grad(lambda x: ug.asarray(3.0))(2.0), 0.0)
    assert_values(ug.hvp(lambda x: 3.0 * x, 2.0, 1.0), 0.0)
    assert_values(ug.jvp(lambda x: ug.asarray([3.0]), 2.0, 1.0)[1], [0.0])
    assert_values(ug.linearize(lambda x: ug.asarray([3.0]), 2.0)[1](1.0), [0.0])
    assert_same(ug.vjp(lambda x: (ug.asarray([3.0]), 4.0), 2.0)[1]((np.ones(1), 1.0)), (0.0,))


def test_an_integer_result_beside_others():
    f = lambda x: (x**2, ug.argmax(x))  # noqa: E731
    value, pullback = ug.vjp(f, np.array([1.0, 2.0]))
    assert_values(value[1], 1)
    assert_values(pullback((np.ones(2), None))[0], [2.0, 4.0])
    value, pushforward = ug.linearize(f, np.array([1.0, 2.0]))
    assert_values(pushforward(np.ones(2))[0], [2.0, 4.0])
    assert_values(pushforward(np.ones(2))[1], 0)
    assert_values(ug.jvp(f, np.array([1.0, 2.0]), np.ones(2))[1][0], [2.0, 4.0])


# -- complex numbers ----------------------------------------------------------------------------------------------------


def test_complex_arguments():
    z = np.array([1 + 2j, -0.5 + 1j])
    assert_values(ug.grad(lambda z: ug.sum(ug.real(z) ** 2 + ug.imag(z) ** 2))(z), 2 * z)
    cube, slope = (lambda z: z**3), 3 * z**2
    assert_values(ug.elementwise_grad(cube, holomorphic=True)(z), slope)
    assert_values(ug.grad(cube, holomorphic=True)(1 + 2j), 3 * (1 + 2j) ** 2)
    assert_values(ug.grad(ug.grad(cube, holomorphic=True), holomorphic=True)(1 + 2j), 6 * (1 + 2j))
    t = np.array([0.5j, 2.0 + 1j])
    assert_values(ug.jvp(cube, z, t)[1], slope * t)
    assert_values(ug.linearize(cube, z)[1](t), slope * t)
    assert_values(ug.vjp(cube, z)[1](t)[0], np.conj(slope) * t)
    assert_values(ug.hvp(lambda z: ug.sum(ug.real(z) ** 2 + ug.imag(z) ** 2), z, t), 2 * t)


# -- programs -----------------------------------------------------------------------------------------------------------


def looped(x):
    total = 0.0
    for i in range(4):
        total = total + x[i % 3] ** i
    return total


def while_loop(x):
    y = x[0]
    while y < 10:
        y = y * x[1]
    return y + x[2]


def conditions(x):
    return ug.sum(x**2) if x[0] > x[1] else ug.sum(x**3) * (x[2] if x[2] > 0 else 1.0)


def recursion(x, depth=4):
    return x[0] * x[1] if depth == 0 else ug.sin(recursion(x, depth - 1)) + x[2] * depth


def closures(x):
    def scaled_by(k):
        return lambda y: y * k * x[0]

    out = x[1]
    for f in [scaled_by(k) for k in (2.0, x[2])]:
        out = f(out)
    return out


def generators(x):
    def powers():
        y = x[0]
        while True:
            y = y * x[1]
            yield y

    return sum(p for p, _ in zip(powers(), range(3), strict=False)) + x[2]


def exceptions(x):
    total = x[0] * 0
    for i in range(5):
        try:
            if i % 2:
                raise ValueError("odd")
            total = total + x[1] ** i
        except ValueError:
            total = total * x[2]
    return total


def in_place(x):
    y = x * 1
    y[0] = y[1] * y[2]
    y += x
    return ug.sum(y**2)


def comprehension(x):
    table = {k: v * x[0] for k, v in enumerate([x[1], x[2], x[0]])}
    return sum(table[k] * k for k in table)


def fixed_point(x):
    y = x[0]
    for _ in range(60):
        y = y - (y * y - x[1]) / (2 * y)
    return y * x[2]


PROGRAMS = (
    looped, while_loop, conditions, recursion, closures, generators, exceptions, in_place, comprehension, fixed_point,
)  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_gradients_of_programs(program):
    x = np.array([1.1, 1.4, 0.7])

    def value(x):
        return program(ug.asarray(x)).numpy()

    g = ug.grad(program)(x)
    assert type(g) is np.ndarray
    np.testing.assert_allclose(g, numeric(value, x), rtol=1e-6, atol=1e-8)
    v = np.array([0.3, -0.2, 0.5])
    assert_values(ug.jvp(program, x, v)[1], g @ v, 1e-10)
    hv = ug.hvp(program, x, v)
    gradient = ug.grad(program)
    np.testing.assert_allclose(hv, (gradient(x + 1e-5 * v) - gradient(x - 1e-5 * v)) / 2e-5, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ug.jvp(gradient, x, v)[1], hv, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
def test_one_number_of_any_number_of_axes(shape):
    """float64. As of a product of a row and a column."""
    x = np.array([[1.0, 2.0, 3.0]])

    def f(x):
        return ug.reshape(ug.matmul(x, x.mT), shape)

    value, gradient = ug.value_and_grad(f)(x)
    assert value.shape == shape
    assert_values(value, np.full(shape, 14.0))
    assert_values(gradient, 2 * x)
    assert_values(ug.grad(f)(x), 2 * x)
    assert_values(ug.hvp(f, x, np.ones_like(x)), np.full((1, 3), 2.0))
    assert_values(ug.hessian(lambda v: f(v[None, :]))(x[0]).reshape(3, 3), 2 * np.eye(3))
