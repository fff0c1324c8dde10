"""A tape inside the libraries' own compilers and transformations."""

import math
import re
import types

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values
from unigrad.primitive import TABLE
from unigrad_conformance.oracles import theirs
from unigrad_conformance.points import CHAPTERS, arrays, far

STEPS = 5


def ours(raw):
    """Value and gradient of a small program with a masked infinity, from raw array to raw arrays."""
    x = ug.asarray(raw)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x
        for _ in range(STEPS):
            y = y * 0.9 + ug.sin(y) * 0.1
        y = ug.sum(y) + ug.sum(ug.where(x > 0, ug.sqrt(x), 0))
    return y.raw, tape.gradient(y, x).raw


POINT = np.array([0.0, 0.3, 1.0, 2.0])


def expected():
    with ug.use_backend("numpy"):
        value, gradient = ours(POINT)
    assert np.isfinite(gradient).all()
    return value, gradient


def check(found):
    for have, want in zip(found, expected(), strict=True):
        np.testing.assert_allclose(np.asarray(have), want, rtol=1e-12)


def test_jax_jit():
    import jax

    check(jax.jit(ours)(jax.numpy.asarray(POINT)))


def test_jax_vmap():
    import jax

    values, gradients = jax.vmap(ours)(jax.numpy.stack([POINT, POINT]))
    check((values[1], gradients[1]))


def test_jax_grad_of_a_tape():
    import jax

    def slope(x):
        t = ug.asarray(x)
        with ug.GradientTape() as tape:
            tape.watch(t)
            y = ug.sum(t**3)
        return ug.sum(tape.gradient(y, t)).raw

    found = jax.grad(slope)(jax.numpy.asarray(POINT))
    np.testing.assert_allclose(np.asarray(found), 6 * POINT)


def test_torch_make_fx_is_one_graph_without_a_host_round_trip():
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    traced = make_fx(ours, tracing_mode="fake")(torch.tensor(POINT))
    names = {str(node.target) for node in traced.graph.nodes}
    assert not any("item" in name or "_local_scalar" in name for name in names)
    check(traced(torch.tensor(POINT)))


def test_torch_autograd_through_a_tape():
    import torch

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    t = ug.asarray(x)
    with ug.GradientTape() as tape:
        tape.watch(t)
        y = ug.sum(t**3)
    tape.gradient(y, t).raw.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [6.0, 12.0])


@pytest.mark.filterwarnings("ignore")  # dynamo warns of what it cannot follow, and goes on without
def test_torch_compile_directly_is_right():
    import torch

    compiled = torch.compile(ours, backend="eager")
    for scale in (1.0, 0.5, 2.0):
        point = POINT * scale
        with ug.use_backend("numpy"):
            want = ours(point)
        for have, right in zip(compiled(torch.tensor(point)), want, strict=True):
            np.testing.assert_allclose(have.numpy(), right, rtol=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("op", [ug.multiply, ug.maximum])
def test_the_first_call_of_an_op_may_be_inside_torch_compile(op, monkeypatch):
    import torch

    monkeypatch.delitem(TABLE[op.__name__].kernels, torch.Tensor, raising=False)

    def gradients(a, b):
        x, y = ug.asarray(a), ug.asarray(b)
        with ug.GradientTape() as tape:
            tape.watch([x, y])
            out = op(x, y)
        return [g.raw for g in tape.gradient(out, [x, y], unconnected_gradients="zero")]

    torch.compiler.reset()
    found = torch.compile(gradients, backend="eager")(torch.tensor([2.0, 3.0]), torch.tensor([4.0, 1.0]))
    want = {"multiply": [[4.0, 1.0], [2.0, 3.0]], "maximum": [[0.0, 1.0], [1.0, 0.0]]}
    np.testing.assert_array_equal([g.numpy() for g in found], want[op.__name__])


def test_no_kernel_of_torchs_is_a_method():
    """torch.compile does not look which method of Tensor it is handed, and rows share their code: sin was taken for cos."""
    from unigrad_torch import TorchBackend

    handed = dict(TorchBackend.kernels)
    for name, road in TorchBackend.direct.items():
        for k, part in enumerate(road if isinstance(road, tuple) else (road,)):
            handed[f"direct {name} {k}"] = part
    slots = (types.MethodDescriptorType, types.WrapperDescriptorType)
    assert not [name for name, kernel in handed.items() if isinstance(getattr(kernel, "func", kernel), slots)]


@pytest.mark.parametrize(
    "choice",
    [ug.max, ug.min, ug.median, lambda x: ug.segment_max(x, [0, 0, 0], num_segments=1)],
    ids=["max", "min", "median", "segment_max"],
)
def test_of_a_nan_nothing_is_chosen_inside_jax_jit(choice):
    import jax

    assert np.isnan(jax.jit(gradient_of(choice))(jax.numpy.asarray([1.0, np.nan, 2.0]))[0]).all()


def test_a_write_where_a_mask_is_true_inside_jax_jit():
    """float64. One value: how many places there are need not be known."""
    import jax

    def f(x):
        y = x * x
        y[x[:, 0] > 0.5] = ug.sum(x)
        y[y > 2] = 0.25
        return ug.sum(y * x)

    x = np.array([[0.3, 1.7], [0.9, -0.2]])
    np.testing.assert_allclose(jax.jit(ug.grad(f))(jax.numpy.asarray(x)), ug.grad(f)(x))


def gradient_of(f, order=1):
    """From raw arrays to the raw gradients of a function of tensors."""

    def gradients(*raws):
        xs = [ug.asarray(raw) for raw in raws]
        with ug.GradientTape() as outer:
            outer.watch(xs)
            with ug.GradientTape() as tape:
                tape.watch(xs)
                out = f(*xs)
            found = tape.gradient(out, xs) if order == 2 else None
        return [g.raw for g in (outer.gradient(found, xs) if order == 2 else tape.gradient(out, xs))]

    return gradients


#: their shapes depend on values
NOT_COMPILED = ("F boolean mask x[x>1]", "J unique_values [2,1,2]")


@pytest.mark.sweep
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_measured_points_inside_jax_jit(chapter):
    import jax

    with ug.use_backend("jax"):
        for h in CHAPTERS[chapter]:
            xs = arrays(h)
            if h.label in NOT_COMPILED or h.error or any(w is None for w in h.want):
                continue
            f = gradient_of(lambda *ts, h=h: h.f(ts[0].__array_namespace__(), *ts), h.order)
            found = jax.jit(f)(*map(jax.numpy.asarray, xs))
            for g, want in zip(found, h.want, strict=True):
                assert not far(h, np.asarray(g), want), (h.label, g, want)


def test_cross_entropy_inside_jax_jit():
    import jax

    with ug.use_backend("jax"):
        logits = ug.asarray([[0.5, -1.0, 2.0], [1.0, 0.0, 0.0]])

        def gradient(raw):
            x = ug.asarray(raw)
            with ug.GradientTape() as tape:
                tape.watch(x)
                loss = ug.nn.functional.sparse_softmax_cross_entropy([2, 0], x, mean=True)
            return tape.gradient(loss, x).raw

        np.testing.assert_allclose(jax.jit(gradient)(logits.raw), gradient(logits.raw), rtol=1e-5)


def test_torch_vmap_of_rows_that_write_or_choose():
    """Kernels that wrote into arrays without examples, or chose places by a mask. float64."""
    import torch

    x = torch.tensor([[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]], dtype=torch.float64)
    rows = torch.tensor([[[1.0, 2.0], [0.5, 3.0], [2.0, 1.0]]] * 2, dtype=torch.float64)
    for f, xs in (
        (lambda x: ug.sign(x) * x, x),
        (lambda x: ug.abs(x) ** 2, x),
        (lambda x: x[1:] * ug.flip(x[:2], axis=0), x),
        (lambda x: ug.vecdot(x, x), x),
        (lambda x: ug.segment_max(x, [0, 1, 0], num_segments=2), x),
        (lambda x: ug.linalg.svd(x, full_matrices=False)[0] ** 2 * ug.linalg.svd(x, full_matrices=False)[2][0], rows),
    ):
        found = torch.func.vmap(gradient_of(f))(xs)[0]
        for k in range(2):
            np.testing.assert_allclose(found[k].numpy(), gradient_of(f)(xs[k])[0].numpy(), rtol=1e-12)


def test_sort_inside_vmap_with_a_cotangent_for_all_examples():
    with ug.use_backend("torch"):
        x, ct = ug.asarray([[3.0, 1.0], [1.0, 2.0]]), ug.asarray([1.0, 10.0])

        def pull(x):
            with ug.GradientTape() as tape:
                tape.watch(x)
                y = ug.sort(x)
            return tape.gradient(y, x, output_gradients=ct)

        assert ug.vmap(pull)(x).tolist() == [[10.0, 1.0], [1.0, 10.0]]


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: ug.linalg.eigh(x + x.T)[1][0] ** 2, [[1.0, 0.3], [0.2, 3.0]]),
        (lambda x: ug.linalg.svd(x, full_matrices=False)[0][0] ** 2, [[1.0, 0.3], [0.2, 3.0], [0.5, 0.1]]),
        (lambda x: ug.linalg.cholesky(x @ x.T) ** 2, [[1.0, 0.3], [0.2, 3.0]]),
        (lambda x: ug.remainder(x, x * 0.4) ** 2, [0.7, 1.3]),
    ],
)
def test_torch_differentiates_our_rules(f, x):
    """NaN from gaps between eigenvalues, and no derivative of floor_divide, before. float64."""
    import torch

    x = np.array(x)
    leaf = torch.tensor(x, requires_grad=True)
    gradient_of(f)(leaf)[0].sum().backward()
    with ug.use_backend("torch"):
        (want,) = gradient_of(f, 2)(torch.tensor(x))
    np.testing.assert_allclose(leaf.grad.numpy(), want.numpy(), rtol=1e-9, atol=1e-12)


def test_writes_inside_torchs_own_transformations():
    import torch

    def gradient(raw):
        x = ug.asarray(raw)
        with ug.GradientTape() as tape:
            tape.watch(x)
            t = x * 2.0
            t[0] = t[1] * x[0]
            t += 1.0
            y = ug.sum(t * t)
        return tape.gradient(y, x).raw

    xs = torch.arange(6, dtype=torch.float64).reshape(2, 3)
    want = torch.stack([gradient(x) for x in xs])
    with theirs():
        assert torch.equal(torch.func.vmap(gradient)(xs), want)
        _, tangent = torch.func.jvp(gradient, (xs[0],), (torch.ones(3, dtype=torch.float64),))
    assert torch.allclose(tangent, (gradient(xs[0] + 1e-6) - gradient(xs[0] - 1e-6)) / 2e-6, rtol=1e-6)


def _written(index, v):
    """Two rows, the first of which begins with -0, with v at an index."""
    return ug.asarray(np.array([[-0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])).at[index].set(v)


@pytest.mark.parametrize(
    ("f", "shape"),
    [
        (lambda v: _written(1, v), (3,)),
        (lambda v: _written((slice(None), 0), v), (2,)),
        (lambda v: _written(([0, 1], [2, 1]), v), (2,)),
        (lambda v: _written((0, slice(None, None, -1)), v), (3,)),
        (lambda v: _written(ug.astype(v[0] > 0, ug.int64), 7.0), (1,)),
        (lambda v: ug.ones((2, 3), dtype=ug.float64).at[0].multiply(v), (3,)),
        (lambda b: ug.linalg.solve(ug.asarray([[[2.0, 1.0], [0.5, 3.0]], [[3.0, 1.0], [0.5, 2.0]]]), b), (2, 3)),
    ],
)
def test_what_has_no_examples_beside_what_has_inside_torchs_vmap(f, shape):
    """PyTorch writes no examples into an array without, and lines up the leading axes of solve's operands wrongly. float64."""
    import torch

    rows = torch.tensor(np.random.default_rng(0).normal(size=(2, *shape)))
    with ug.use_backend("torch"):
        want = torch.stack([f(ug.asarray(row)).raw for row in rows])
        found = torch.func.vmap(lambda raw: f(ug.asarray(raw)).raw)(rows)
    assert torch.equal(found, want)
    assert torch.equal(torch.signbit(found), torch.signbit(want))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["abs", "ceil", "floor", "trunc"])
def test_of_bools_inside_torch_compile(name):
    """torch refuses them as it runs the graph, and not as it makes it."""
    import torch

    mask = torch.tensor([True, False])
    compiled = torch.compile(lambda raw: getattr(ug, name)(ug.asarray(raw)).raw, backend="eager")
    assert torch.equal(compiled(mask), mask)


def test_a_value_without_elements_inside_jaxs_vmap():
    """JAX knows it, and so whether it is finite, but not the gradient. float64."""
    import jax

    def gradients(x, y):
        x, y = ug.asarray(x), ug.asarray(y)
        with ug.GradientTape() as tape:
            tape.watch([x, y])
            z = TABLE["absorbing_multiply"](x, y)
        return [g.raw for g in tape.gradient(z, [x, y])]

    found = jax.vmap(gradients)(jax.numpy.zeros((4, 0)), jax.numpy.ones((4, 1)))
    assert [g.tolist() for g in found] == [[[]] * 4, [[0.0]] * 4]


#: what reads a value off a tensor
READERS = {
    "bool()": lambda t: bool(t[0] > 0),
    "float()": lambda t: float(t[0]),
    ".item()": lambda t: t[0].item(),
    ".numpy()": lambda t: t.numpy(),
    ".tolist()": lambda t: t.tolist(),
    "np.asarray": np.asarray,
}


@pytest.mark.parametrize("how", READERS)
def test_a_value_that_nobody_knows_is_an_error_that_says_so(how):
    """torch's own was that a tensor has no storage, and jax's spoke of __array__ where bool() was asked."""
    import jax
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    def read(raw):
        READERS[how](ug.asarray(raw))
        return raw

    ways = {
        "jax.jit": (jax.jit(read), jax.numpy.ones(2)),
        "jax.vmap": (jax.vmap(read), jax.numpy.ones((2, 2))),
        "make_fx": (make_fx(read, tracing_mode="fake"), torch.ones(2)),
        "torch.func.vmap": (torch.func.vmap(read), torch.ones(2, 2)),
    }
    for name, (way, raw) in ways.items():
        with pytest.raises(ug.TracedValueError, match=re.escape(how) + ".*unigrad.where"):
            way(raw)
            pytest.fail(name)


def test_the_size_of_repeat_is_known_to_a_compiler():
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    def f(raw):
        x = ug.asarray(raw)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.repeat(x, (2, 0, 1), axis=0) ** 2
        return tape.gradient(y, x, ug.ones_like(x)).raw  # one row is left out, and one comes twice

    x = torch.tensor([[1.0], [2.0], [3.0]], dtype=torch.float64)
    traced = make_fx(f, tracing_mode="fake", _allow_non_fake_inputs=True)(x)
    assert traced(x).tolist() == [[4.0], [0.0], [6.0]]


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_the_derivative_of_a_gradient_at_a_zero_by_the_librarys_own(library):
    """A zero factor absorbs what is no number, and has the derivative of a product all the same."""
    numbers = [0.0, 3.0, math.inf]

    def gradient(raw):
        x = ug.asarray(raw)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x[0] * x[1] + ug.where(x[2] > 0, 0.0, x[2] * x[0])
        return tape.gradient(y, x).raw

    with ug.use_backend(library) as backend, theirs():
        raw = backend.asarray(np.asarray(numbers), None, None, True)
        if library == "jax":
            import jax

            ways = [jax.jacfwd(gradient), jax.jacrev(gradient), jax.jit(jax.jacfwd(gradient))]
        else:
            import torch

            ways = [torch.func.jacfwd(gradient), torch.func.jacrev(gradient)]
            ways.append(lambda x: torch.autograd.functional.jacobian(gradient, x))
        for way in ways:
            np.testing.assert_array_equal(backend.to_numpy(way(raw)), [[0, 1, 0], [1, 0, 0], [0, 0, 0]])


#: all of an array of shape (2, 3)
WHOLE = [..., slice(None), (slice(None), slice(0, 3)), (..., slice(None, 3)), slice(0, 2), slice(None, None, -1)]


@pytest.mark.parametrize("index", WHOLE, ids=str)
def test_a_write_to_all_of_an_array_and_a_flip_compiled_by_jax(index):
    """XLA ends the process where it meets both: unigrad tells it of no write to all of one."""
    import jax

    def f(x, y):
        x, y = ug.asarray(x), ug.asarray(y)
        with ug.GradientTape() as tape:
            tape.watch([x, y])
            z = ug.flip(x) * 1.0
            z[index] = ug.sum(y)
            out = ug.flip(z)
        return [out.raw, *(g.raw for g in tape.gradient(out, [x, y], out, unconnected_gradients="zero"))]

    out, left, right = jax.jit(f)(np.ones((2, 3)), np.full((2, 3), 0.5))
    assert out.dtype == np.float64
    assert_values(out, np.full((2, 3), 3.0))
    assert_values(left, np.zeros((2, 3)))
    assert_values(right, np.full((2, 3), 18.0))
