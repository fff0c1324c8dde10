"""unigrad's values under the libraries' own autodiff: what a variable keeps of it."""

import gc
import os
from pathlib import Path

import numpy as np
import pytest

import unigrad as ug
import unigrad.tf
from tests.helpers import assert_values
from unigrad import nn

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def on_torch():
    with ug.use_backend("torch"):
        yield


#: how a variable takes a value
WAYS = {
    "assign": lambda v, t: v.assign(t),
    "assign a tensor of unigrad": lambda v, t: v.assign(ug.asarray(t)),
    "assign_add": lambda v, t: v.assign_add(t),
    "assign_sub": lambda v, t: v.assign_sub(t),
    "add_scaled": lambda v, t: v.add_scaled(t, 0.5),
    "rows": lambda v, t: v.assign_sub(ug.IndexedSlices(ug.asarray(t)[:1], [1], (3,))),
}


def parameter():
    return torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)


def test_a_variable_of_a_tensor_that_requires_a_gradient():
    p = parameter()
    v = ug.Variable(p)
    assert not v.raw.requires_grad
    v.assign_sub([0.5, 0.5, 0.5])
    assert p.tolist() == [1, 2, 3]
    assert_values(v, [0.5, 1.5, 2.5])
    with ug.GradientTape() as tape:
        y = v * v
    assert_values(tape.gradient(y, v), [1, 3, 5])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("held", [False, True])
def test_no_graph_of_torchs_stays_in_a_variable(way, held):
    """float64. `held`: somebody reads the value, so that it cannot be written in place."""
    p, v, plain = parameter(), ug.Variable(np.zeros(3)), ug.Variable(np.zeros(3))
    for _ in range(3):
        value = v.value() if held else None
        WAYS[way](v, p * 2.0)
        WAYS[way](plain, p.detach() * 2.0)
        assert not v.raw.requires_grad
        assert v.raw.grad_fn is None
        del value
    assert_values(v, plain.numpy())
    assert p.tolist() == [1, 2, 3]


OPTIMIZERS = {
    "SGD": lambda: nn.SGD(0.01),
    "momentum": lambda: nn.SGD(0.01, momentum=0.9),
    "Nesterov": lambda: nn.SGD(0.01, momentum=0.9, nesterov=True),
    "Adam": lambda: nn.Adam(0.01),
}


@pytest.mark.parametrize("which", OPTIMIZERS)
def test_no_graph_of_torchs_grows_over_the_steps_of_an_optimizer(which):
    """float64. Gradients that depend on a tensor that requires a gradient; one variable and several."""
    p, optimizer = parameter(), OPTIMIZERS[which]()
    variables = [ug.Variable(np.full(3, 0.1)) for _ in range(2)]
    bare, twins = OPTIMIZERS[which](), [ug.Variable(np.full(3, 0.1)) for _ in range(2)]

    def step(optimizer, variables, p):
        with ug.GradientTape() as tape:
            y = ug.sum(ug.asarray(p) * variables[0] * variables[1])
        optimizer.apply_gradients(zip(tape.gradient(y, variables), variables, strict=True))

    for _ in range(10):
        step(optimizer, variables, p)
        step(bare, twins, p.detach())
    kept = [v.raw for v in variables] + [t.raw for t in optimizer._slots.values()]
    assert not any(raw.requires_grad for raw in kept)
    for v, twin in zip(variables, twins, strict=True):
        assert_values(v, twin.numpy())


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from Linux's /proc")
def test_memory_stays_as_it_is_over_a_thousand_steps():
    """float64. torch keeps the 80 kB of `exp` for its own gradient: 79 MB of 990 steps, if their graph stayed."""
    p, v = torch.zeros(10_000, dtype=torch.float64, requires_grad=True), ug.Variable(np.zeros(10_000))

    def pages(steps):
        for _ in range(steps):
            v.assign_sub(torch.exp(p))
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1])

    before = pages(10)
    assert (pages(990) - before) * os.sysconf("SC_PAGE_SIZE") < 20e6
    assert v.raw.grad_fn is None


def test_torchs_own_autodiff_goes_through_tensors_and_not_through_variables():
    p, w = parameter(), ug.Variable([2.0, 2.0, 2.0], dtype=ug.float64)
    y = ug.sum(ug.asarray(p) * ug.asarray(p) * w * ug.Variable(p))
    (found,) = torch.autograd.grad(y.raw, p)
    np.testing.assert_array_equal(found.numpy(), [4.0, 16.0, 36.0])  # 2 x * 2 * x, the last x a value


def test_a_variable_inside_torch_func_holds_what_is_differentiated():
    """float64. Second derivatives of a step that assigns, and examples in it."""

    def step(raw):
        v = ug.Variable(raw)
        v.assign_sub(ug.asarray(raw) * 0.5)
        return ug.sum(v * v * v).raw

    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    want = 3 * 0.125 * np.array([1.0, 4.0])
    np.testing.assert_allclose(torch.func.grad(step)(x).numpy(), want)
    np.testing.assert_allclose(torch.func.grad(lambda x: torch.func.grad(step)(x).sum())(x).numpy(), [0.75, 1.5])
    np.testing.assert_allclose(torch.func.grad(step)(x.requires_grad_()).detach().numpy(), want)
    np.testing.assert_allclose(
        torch.func.vmap(torch.func.grad(step))(torch.stack([x, x])).detach().numpy(), [want, want]
    )


def test_a_variable_inside_vmap_keeps_no_graph():
    """float64."""
    p = torch.ones((2, 3), dtype=torch.float64, requires_grad=True)

    def f(x):
        v = ug.Variable(x)
        v.assign_add(x)
        return v.value()

    assert not ug.vmap(f)(ug.asarray(p)).raw.requires_grad


@pytest.mark.filterwarnings("ignore")  # dynamo warns of what it cannot follow, and goes on without
def test_a_variable_inside_torch_compile_keeps_no_graph():
    """float32."""
    v = ug.Variable([0.0, 0.0, 0.0], dtype=ug.float32)
    p = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)

    def step(p):
        v.assign_sub(ug.asarray(p) * 0.5)
        return (ug.asarray(p) * v).raw

    compiled = torch.compile(step, backend="eager")
    for k in range(1, 4):
        (found,) = torch.autograd.grad(compiled(p).sum(), p)
        assert not v.raw.requires_grad
        np.testing.assert_array_equal(v.numpy(), -0.5 * k * p.detach().numpy())
        np.testing.assert_array_equal(found.numpy(), v.numpy())


# -- stop_gradient -----------------------------------------------------------------------------------------------------

#: ways to say that a value is a constant; the last gets an array of the library
STOPS = {
    "stop_gradient": ug.stop_gradient,
    "in a structure": lambda t: ug.stop_gradient({"a": [t, None, 1.0]})["a"][0],
    "detach": lambda t: t.detach(),
    "tf": lambda t: ug.tf.stop_gradient(t),
    "nn": lambda t: nn.functional.stop_gradient(t),
    "a raw array": lambda t: ug.asarray(ug.stop_gradient(t.raw)),
}
POINT = np.array([1.0, 2.0, 3.0])


def stopped_square(stop):
    """x stop(x**2): x**2 is its derivative, and 2 x the second; 3 x**2 and 6 x if nothing stops."""

    def f(raw):
        x = ug.asarray(raw)
        return ug.sum(x * stop(x * x)).raw

    return f


@pytest.mark.filterwarnings("ignore:.*torch.jit.script")  # torch's own dual numbers say it when they are first made
@pytest.mark.parametrize("case", STOPS)
def test_stop_gradient_stops_torchs_own_autodiff(case):
    """float64: torch.autograd, both modes of torch.func, inside its vmap, and torch's dual numbers."""
    f, x = stopped_square(STOPS[case]), torch.tensor(POINT)
    ones, p = torch.ones_like(x), parameter()
    (found,) = torch.autograd.grad(f(p), p)
    np.testing.assert_array_equal(found.numpy(), POINT**2)
    np.testing.assert_array_equal(torch.func.grad(f)(x).numpy(), POINT**2)
    assert torch.func.jvp(f, (x,), (ones,))[1].item() == (POINT**2).sum()
    rows = torch.func.vmap(torch.func.grad(f))(torch.stack([x, 2 * x]))
    np.testing.assert_array_equal(rows.numpy(), [POINT**2, 4 * POINT**2])
    second = torch.func.grad(lambda x: torch.func.jvp(f, (x,), (ones,))[1])(x)
    np.testing.assert_array_equal((second + x).numpy(), POINT)  # torch's zero has no memory of its own
    with torch.autograd.forward_ad.dual_level():
        out = f(torch.autograd.forward_ad.make_dual(x, ones))
        assert torch.autograd.forward_ad.unpack_dual(out).tangent.item() == (POINT**2).sum()


@pytest.mark.parametrize("case", STOPS)
def test_stop_gradient_stops_jaxs_own_autodiff(case):
    """float64: both modes, compiled, inside its vmap, and the second derivative."""
    jax = pytest.importorskip("jax")
    with ug.use_backend("jax"):
        f, x = stopped_square(STOPS[case]), jax.numpy.asarray(POINT)
        for way in (jax.grad(f), jax.jit(jax.grad(f)), jax.jacfwd(f)):
            np.testing.assert_array_equal(way(x), POINT**2)
        np.testing.assert_array_equal(jax.vmap(jax.grad(f))(jax.numpy.stack([x, x])), [POINT**2] * 2)
        np.testing.assert_array_equal(jax.hessian(f)(x), np.zeros((3, 3)))


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_stop_gradient_inside_our_vmap_stops_native_autodiff(library):
    """float64."""
    with ug.use_backend(library):
        f = stopped_square(ug.stop_gradient)

        def rows(raw):
            return ug.sum(ug.vmap(lambda x: ug.sum(x * ug.stop_gradient(x * x)))(ug.asarray(raw))).raw

        if library == "jax":
            jax = pytest.importorskip("jax")
            found = jax.grad(rows)(jax.numpy.asarray([POINT, 2 * POINT]))
        else:
            found = torch.func.grad(rows)(torch.tensor(np.array([POINT, 2 * POINT])))
        np.testing.assert_array_equal(np.asarray(found), [POINT**2, 4 * POINT**2])
        assert float(f(np.asarray(POINT))) == (POINT**3).sum()


def test_what_is_stopped_is_the_array_itself_where_nobody_differentiates():
    for name in ("numpy", "jax", "torch"):
        with ug.use_backend(name):
            t = ug.asarray(POINT)
            assert ug.stop_gradient(t).raw is t.raw
            assert ug.stop_gradient(t.raw) is t.raw
    assert ug.stop_gradient([None, 1.0, "text"]) == [None, 1.0, "text"]


@pytest.mark.filterwarnings("ignore")
def test_stop_gradient_inside_torch_compile():
    """float64."""
    p = parameter()
    (found,) = torch.autograd.grad(torch.compile(stopped_square(ug.stop_gradient), backend="eager")(p), p)
    np.testing.assert_array_equal(found.numpy(), POINT**2)


# -- grad_pass_through -------------------------------------------------------------------------------------------------

HALVES, ROUND = np.array([1.2, 2.7, -3.4]), np.array([1.0, 3.0, -3.0])
#: round(x)**2, whose derivative is 2 round(x), and the second 2
STRAIGHT = {
    "a tensor": lambda x: ug.grad_pass_through(ug.round)(x) ** 2,
    "a raw array": lambda x: ug.asarray(ug.grad_pass_through(lambda raw: ug.round(raw))(x.raw)) ** 2,
    "a structure": lambda x: (
        ug.grad_pass_through(lambda d: {"a": [ug.round(d["a"][0]), None]})({"a": [x, None]})["a"][0] ** 2
    ),
    "several": lambda x: ug.grad_pass_through(lambda a, b: (ug.round(b), ug.round(a)))(x, 1.0 * x)[0] ** 2,
    "in examples": lambda x: ug.vmap(lambda a: ug.grad_pass_through(ug.round)(a) ** 2)(x),
    "that differ": lambda x: ug.vmap(lambda e: ug.grad_pass_through(lambda a: ug.round(a) + 0 * e)(x) ** 2)(x[:1])[0],
    "on a tape": lambda x: ug.grad(lambda x: ug.sum(ug.grad_pass_through(ug.round)(x) ** 3))(x) / 3,
}


def straight(case):
    return lambda raw: ug.sum(STRAIGHT[case](ug.asarray(raw))).raw


@pytest.mark.filterwarnings("ignore:.*torch.jit.script")  # torch's own dual numbers say it when they are first made
@pytest.mark.parametrize("case", STRAIGHT)
def test_grad_pass_through_is_the_identity_for_torchs_own_autodiff(case):
    """float64: torch.autograd, both modes of torch.func, inside its vmap, torch's dual numbers, second derivatives."""
    f, x = straight(case), torch.tensor(HALVES)
    ones, p = torch.ones_like(x), torch.tensor(HALVES, requires_grad=True)
    (found,) = torch.autograd.grad(f(p), p, create_graph=True)
    np.testing.assert_array_equal(found.detach().numpy(), 2 * ROUND)
    np.testing.assert_array_equal(torch.autograd.grad(found.sum(), p)[0].numpy(), [2, 2, 2])
    np.testing.assert_array_equal(torch.func.grad(f)(x).numpy(), 2 * ROUND)
    assert torch.func.jvp(f, (x,), (ones,))[1].item() == 2 * ROUND.sum()
    rows = torch.func.vmap(torch.func.grad(f))(torch.stack([x, -x]))
    np.testing.assert_array_equal(rows.numpy(), [2 * ROUND, -2 * ROUND])
    np.testing.assert_array_equal(torch.func.grad(lambda x: torch.func.jvp(f, (x,), (ones,))[1])(x).numpy(), [2, 2, 2])
    with torch.autograd.forward_ad.dual_level():
        out = f(torch.autograd.forward_ad.make_dual(x, ones))
        assert torch.autograd.forward_ad.unpack_dual(out).tangent.item() == 2 * ROUND.sum()


@pytest.mark.parametrize("case", STRAIGHT)
def test_grad_pass_through_is_the_identity_for_jaxs_own_autodiff(case):
    """float64: both modes, compiled, inside its vmap, and the second derivative."""
    jax = pytest.importorskip("jax")
    with ug.use_backend("jax"):
        f, x = straight(case), jax.numpy.asarray(HALVES)
        for way in (jax.grad(f), jax.jit(jax.grad(f)), jax.jacfwd(f)):
            np.testing.assert_array_equal(way(x), 2 * ROUND)
        np.testing.assert_array_equal(jax.vmap(jax.grad(f))(jax.numpy.stack([x, -x])), [2 * ROUND, -2 * ROUND])
        np.testing.assert_array_equal(jax.hessian(f)(x), 2 * np.eye(3))


def test_what_passes_through_is_the_array_itself_where_nobody_differentiates():
    kept = []
    f = ug.grad_pass_through(lambda x: kept.append(ug.round(x)) or kept[-1])
    for name in ("numpy", "jax", "torch"):
        with ug.use_backend(name):
            assert f(ug.asarray(HALVES)).raw is kept[-1].raw
            assert f(ug.asarray(HALVES).raw) is kept[-1]
    with ug.use_backend("torch"):  # infinities have no difference
        p = torch.tensor([np.inf, 1.0], requires_grad=True)
        y = ug.grad_pass_through(lambda x: ug.clip(x, -2.0, 2.0))(ug.asarray(p)).raw
        assert y.tolist() == [2, 1]
        assert torch.autograd.grad(y.sum(), p)[0].tolist() == [1, 1]
