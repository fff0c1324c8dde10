"""custom_gradient where JAX's or PyTorch's own autodiff differentiates the program: the gradient is the user's there, too."""

import jax
import numpy as np
import pytest
import torch

import unigrad as ug
from unigrad.errors import GradientLostError

POINT = np.array([1.2, 2.7, -3.4])


@ug.custom_gradient
def five(x):
    """The third power, with five squares in the place of three."""
    return x**3, lambda ct: ct * 5 * x**2


@ug.custom_gradient
def clipped(x):
    return 1.0 * x, lambda ct: ug.clip(ct, -1.0, 1.0)


@ug.custom_gradient
def tenfold(d, n):
    """Two arguments in a structure, a constant beside them, two results of which one counts nothing."""
    x, y = d["x"], d["y"]
    return (x * y, {"places": ug.argsort(x), "sum": x + n}), lambda a, _, b: (
        {"x": 10 * a * y + b, "y": 10 * a * x},
        None,
    )


#: what is differentiated, its first derivative, and its second along ones
CASES = {
    "a tensor": (five, 5 * POINT**2, 10 * POINT),
    "a raw array": (lambda x: ug.asarray(five(x.raw)), 5 * POINT**2, 10 * POINT),
    "structures": (lambda x: tenfold({"x": x, "y": 1.0 * x}, 2)[0], 20 * POINT, np.full(3, 20.0)),
    "in examples": (lambda x: ug.vmap(five)(x), 5 * POINT**2, 10 * POINT),
    "the same for examples": (lambda x: ug.vmap(lambda e: five(x) + 0 * e)(x[:1])[0], 5 * POINT**2, 10 * POINT),
    "a tape's gradient": (lambda x: ug.grad(lambda x: ug.sum(five(x)))(x), 10 * POINT, np.full(3, 10.0)),
    "a value on a tape": (lambda x: ug.value_and_grad(lambda x: ug.sum(five(x)))(x)[0], 5 * POINT**2, 10 * POINT),
}


def summed(case):
    return lambda raw: ug.sum(CASES[case][0](ug.asarray(raw))).raw


def twice(derivative):
    """By a transform and itself once more, along ones."""
    return lambda f: lambda x: derivative(lambda x: derivative(f)(x).sum())(x)


JAX_FIRST = {
    "reverse": jax.grad,
    "compiled": lambda f: jax.jit(jax.grad(f)),
    "of a compiled function": lambda f: jax.grad(jax.jit(f)),
    "forward": jax.jacfwd,
}
JAX_SECOND = {
    "reverse": twice(jax.grad),
    "forward": twice(jax.jacfwd),
    "forward over reverse": lambda f: lambda x: jax.hessian(f)(x).sum(0),
    "reverse over forward": lambda f: lambda x: jax.jacrev(jax.jacfwd(f))(x).sum(0),
}


@pytest.mark.parametrize("case", CASES)
def test_jax_takes_the_users_gradient(case):
    """float64."""
    _, first, second = CASES[case]
    with ug.use_backend("jax"):
        f, x = summed(case), jax.numpy.asarray(POINT)
        rows = jax.numpy.stack([x, x])
        for name, way in JAX_FIRST.items():
            np.testing.assert_allclose(way(f)(x), first, err_msg=name)
        for name, way in JAX_SECOND.items():
            np.testing.assert_allclose(way(f)(x), second, err_msg=name)
        np.testing.assert_allclose(jax.vmap(jax.grad(f))(rows), [first, first])
        np.testing.assert_allclose(jax.grad(lambda x: jax.vmap(f)(x).sum())(rows), [first, first])


def by_autograd(f):
    def derivative(x):
        p = x.detach().requires_grad_()
        return torch.autograd.grad(f(p), p)[0]

    return derivative


def by_dual_numbers(f):
    def derivative(x):
        columns = []
        for tangent in torch.eye(3, dtype=torch.float64):
            with torch.autograd.forward_ad.dual_level():
                out = f(torch.autograd.forward_ad.make_dual(x, tangent))
                columns.append(torch.autograd.forward_ad.unpack_dual(out).tangent)
        return torch.stack(columns)

    return derivative


TORCH_FIRST = {
    "autograd": by_autograd,
    "reverse": torch.func.grad,
    "forward": torch.func.jacfwd,
    "dual numbers": by_dual_numbers,
    "compiled": lambda f: by_autograd(torch.compile(f, backend="eager")),
}
TORCH_SECOND = {
    "autograd": lambda f: lambda x: torch.autograd.functional.hessian(f, x).sum(0),
    "reverse": twice(torch.func.grad),
    "forward over reverse": lambda f: lambda x: torch.func.hessian(f)(x).sum(0),
    "reverse over forward": lambda f: lambda x: torch.func.jacrev(torch.func.jacfwd(f))(x).sum(0),
}


@pytest.mark.filterwarnings("ignore")  # torch.jit.script by its dual numbers; graph breaks
@pytest.mark.parametrize("case", CASES)
def test_torch_takes_the_users_gradient(case):
    """float64."""
    _, first, second = CASES[case]
    f, x = summed(case), torch.tensor(POINT)
    rows = torch.stack([x, x])
    for name, way in TORCH_FIRST.items():
        np.testing.assert_allclose(way(f)(x), first, err_msg=name)
    for name, way in TORCH_SECOND.items():
        np.testing.assert_allclose(way(f)(x), second, err_msg=name)
    np.testing.assert_allclose(torch.func.vmap(torch.func.grad(f))(rows), [first, first])
    np.testing.assert_allclose(torch.func.vmap(torch.func.jacfwd(f))(rows), [first, first])
    np.testing.assert_allclose(torch.func.grad(lambda x: torch.func.vmap(f)(x).sum())(rows), [first, first])
    np.testing.assert_allclose(torch.func.jvp(torch.func.vmap(f), (rows,), (rows,))[1], [(first * POINT).sum()] * 2)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script")
@pytest.mark.parametrize("f", [five, ug.grad_pass_through(ug.square)])
def test_torchs_forward_mode_inside_itself_is_refused(f):
    """PyTorch would say that the second derivative is zero."""
    with pytest.raises(GradientLostError, match=r"nested 2 deep.*jacrev"):
        torch.func.jacfwd(torch.func.jacfwd(lambda x: ug.sum(f(ug.asarray(x * x))).raw))(torch.tensor(POINT))


@ug.custom_gradient
def square(z):
    return z * z, lambda ct: ct * ug.conj(2 * z)


@ug.custom_gradient
def parts(z):
    return (ug.real(z), ug.imag(z)), lambda a, b: a + 1j * b


@pytest.mark.filterwarnings("ignore:.*torch.jit.script")
def test_complex_numbers_in_each_librarys_convention():
    """complex128, against their own derivatives of the same function."""
    z = POINT + 1j * POINT[::-1]
    v = 1j * z[::-1]

    def ours(raw):
        a, b = parts(square(ug.asarray(raw)))
        return ug.sum(a * b).raw

    def plain(xp):
        return lambda z: (xp.real(z * z) * xp.imag(z * z)).sum()

    with ug.use_backend("jax"):
        f, g, x, t = ours, plain(jax.numpy), jax.numpy.asarray(z), jax.numpy.asarray(v)
        np.testing.assert_allclose(jax.grad(f)(x), jax.grad(g)(x))
        np.testing.assert_allclose(jax.jvp(f, (x,), (t,))[1], jax.jvp(g, (x,), (t,))[1])
        f, g = (lambda x, h=h: jax.numpy.abs(jax.grad(h)(x)).sum() for h in (f, g))
        np.testing.assert_allclose(jax.grad(f)(x), jax.grad(g)(x))
    f, g, x, t = ours, plain(torch), torch.tensor(z), torch.tensor(v)
    np.testing.assert_allclose(torch.func.grad(f)(x), torch.func.grad(g)(x))
    np.testing.assert_allclose(torch.func.jvp(f, (x,), (t,))[1], torch.func.jvp(g, (x,), (t,))[1])


def test_a_pullback_that_is_not_linear():
    """float64: JAX has no forward mode for one, PyTorch takes its derivative at cotangent zero."""

    def f(raw):
        x = ug.asarray(raw)
        return ug.sum(5.0 * clipped(x) * x).raw

    want = 5 * POINT + np.sign(POINT)
    with ug.use_backend("jax"):
        x = jax.numpy.asarray(POINT)
        np.testing.assert_allclose(jax.grad(f)(x), want)
        np.testing.assert_allclose(jax.jit(jax.grad(f))(x), want)
        with pytest.raises(TypeError, match="forward-mode"):
            jax.jvp(f, (x,), (x,))
    np.testing.assert_allclose(torch.func.grad(f)(torch.tensor(POINT)), want)
    np.testing.assert_allclose(torch.func.jacfwd(f)(torch.tensor(POINT)), 10 * POINT)


#: pullbacks with a constant term, and what 3 sum(f) has for its gradient
CONSTANT = {
    "alone": (lambda x: lambda ct: ug.ones_like(x), np.ones(3)),
    "added": (lambda x: lambda ct: 2.0 * ct * x + 1.0, 6 * POINT + 1),
    "elsewhere": (lambda x: lambda ct: ug.where(x > 0, ct, 1.0), np.where(POINT > 0, 3.0, 1.0)),
    "by a write": (lambda x: lambda ct: ct.at[0].set(5.0), np.array([5.0, 3.0, 3.0])),
    "joined": (lambda x: lambda ct: ug.concat([ct[:2], ug.full((1,), 7.0)]), np.array([3.0, 3.0, 7.0])),
}


@pytest.mark.parametrize("case", CONSTANT)
def test_a_pullback_with_a_constant_term_keeps_it(case):
    """float64: JAX would transpose it away, so there is no forward mode either."""
    pull, want = CONSTANT[case]
    f = ug.custom_gradient(lambda x: (x * x, pull(x)))
    with ug.use_backend("jax"):
        g, x = (lambda raw: 3.0 * ug.sum(f(ug.asarray(raw))).raw), jax.numpy.asarray(POINT)
        np.testing.assert_allclose(jax.grad(g)(x), want)
        np.testing.assert_allclose(jax.grad(jax.jit(g))(x), want)
        np.testing.assert_allclose(jax.vmap(jax.grad(g))(x[None]), [want])
        with pytest.raises(TypeError, match="forward-mode"):
            jax.jvp(g, (x,), (x,))
    with ug.use_backend("torch"):
        g = lambda raw: 3.0 * ug.sum(f(ug.asarray(raw))).raw  # noqa: E731
        np.testing.assert_allclose(by_autograd(g)(torch.tensor(POINT)), want)


#: pullbacks that are linear, by ops of many kinds
LINEAR = {
    "a matrix": lambda ct, x: ug.matmul(ug.eye(3) * 2.0, ct),
    "a mask": lambda ct, x: ug.where(x > 0, ct, 0.0),
    "a Fourier transform": lambda ct, x: ug.real(ug.fft.ifft(ug.astype(ct, ug.complex128) * 2.0)),
    "an order": lambda ct, x: ct[ug.argsort(x)],
    "sums": lambda ct, x: ug.flip(ug.cumulative_sum(ct)) - ug.mean(ct),
    "places": lambda ct, x: ug.zeros((3,)).at[:2].add(ct[1:]),
    "joined": lambda ct, x: ug.concat([ct[:2], ug.zeros((1,))]),
    "divided": lambda ct, x: ct / x + ug.tanh(x) * ct,
    "nothing": lambda ct, x: None,
}


@pytest.mark.parametrize("case", LINEAR)
def test_a_linear_pullback_has_its_transpose_for_forward_mode(case):
    """float64, JAX: both modes are one matrix."""
    f = ug.custom_gradient(lambda x: (x * x, lambda ct: LINEAR[case](ct, x)))
    with ug.use_backend("jax"):
        ug.set_default_dtype(ug.float64)
        g, x = (lambda raw: f(ug.asarray(raw)).raw), jax.numpy.asarray(POINT)
        np.testing.assert_allclose(jax.jacfwd(g)(x), jax.jacrev(g)(x))
        ug.set_default_dtype(None)


def test_a_pullback_that_looks_at_values():
    """It cannot be traced, which is an error where JAX asks for it, and no matter where it does not."""

    @ug.custom_gradient
    def looks(x):
        return 1.0 * x, lambda ct: ct if float(ug.sum(ct)) > 0 else -ct

    with ug.use_backend("jax"):
        x = jax.numpy.asarray(POINT)
        np.testing.assert_array_equal(jax.jit(looks)(x), POINT)
        with pytest.raises(GradientLostError, match="could not be traced"):
            jax.grad(lambda x: looks(x).sum())(x)


def test_what_a_jitted_function_around_it_computes():
    """float64: the pullback closes over a value of a trace that is over when JAX differentiates."""

    @jax.jit
    def f(x):
        scale = 2.0 * x.max()

        @ug.custom_gradient
        def g(y):
            return y * scale, lambda ct: 10.0 * ct * scale

        return g(x).sum()

    with ug.use_backend("jax"):
        np.testing.assert_allclose(jax.grad(f)(jax.numpy.asarray(POINT)), [54.0] * 3)


def test_what_is_written_later_is_not_seen():
    p = torch.tensor(POINT, requires_grad=True)
    t = ug.asarray(1.0 * p)
    y = five(t)
    t[0] = 100.0
    np.testing.assert_allclose(torch.autograd.grad(ug.sum(y).raw, p)[0], 5 * POINT**2)


def test_its_own_variables_and_the_argument_itself():
    """float64: a variable is a constant for PyTorch; a result that is the argument has the user's gradient."""
    with ug.use_backend("torch"):
        w = ug.Variable(2.0, dtype=ug.float64)

    @ug.custom_gradient
    def scaled(x):
        return x * w, lambda ct, variables: (7.0 * ct * w, [ug.sum(ct * x)])

    reverse = ug.custom_gradient(lambda x: (x, lambda ct: -ct))
    p = torch.tensor(POINT, requires_grad=True)
    np.testing.assert_allclose(torch.autograd.grad(ug.sum(scaled(ug.asarray(p))).raw, p)[0], [14.0] * 3)
    np.testing.assert_allclose(torch.autograd.grad(ug.sum(reverse(ug.asarray(p))).raw, p)[0], [-1.0] * 3)


def test_nothing_is_added_where_nobody_differentiates():
    kept = []
    f = ug.custom_gradient(lambda x: (kept.append(ug.exp(x)) or kept[-1], lambda ct: ct))
    for name in ("numpy", "jax", "torch"):
        with ug.use_backend(name):
            assert f(ug.asarray(POINT)) is kept[-1]
            assert f(ug.asarray(POINT).raw) is kept[-1]
