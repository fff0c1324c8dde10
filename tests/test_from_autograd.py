"""docs/from-autograd.md: its code runs as it stands, on every backend, and gives what HIPS autograd gives."""

import contextlib
import importlib
import io
import re
from pathlib import Path

import numpy as np
import pytest

import unigrad as ug
import unigrad.numpy as unp
from tests.helpers import assert_values

PAGE = Path(__file__).parent.parent / "docs" / "from-autograd.md"

AUTOGRAD = (
    "grad", "value_and_grad", "grad_and_aux", "grad_named", "multigrad_dict", "elementwise_grad", "deriv", "make_jvp",
    "make_vjp", "jacobian", "hessian", "hessian_vector_product", "hessian_tensor_product", "tensor_jacobian_product",
    "vector_jacobian_product", "make_hvp", "make_ggnvp", "holomorphic_grad", "checkpoint", "primitive",
    "notrace_primitive", "defvjp", "defjvp", "defvjp_argnum", "Box", "VSpace", "builtins", "check_grads", "flatten",
    "optimizers", "fixed_points", "special", "stats", "signal", "odeint", "tracer",
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("double")


@pytest.fixture
def page():
    """What the page's code, run from the top, has defined; and what it printed."""
    names: dict = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
            exec(compile(block, str(PAGE), "exec"), names)
    return names, printed.getvalue()


def test_the_code_runs(page):
    names, printed = page
    assert "0.41997434" in printed  # 1 - tanh(1)**2
    assert_values(names["first"], 1 - np.tanh(np.linspace(-3, 3, 7)) ** 2)
    t = np.tanh(np.linspace(-3, 3, 7))
    assert_values(names["second"], -2 * t * (1 - t * t))
    assert "[[1. 0. 0.]\n [2. 1. 0.]\n [6. 3. 2.]]\n[[0. 3. 2.]" in printed  # of cumprod, and of prod twice
    assert_values(names["value"], np.mean((np.tanh([[-1.4], [-2.4]]) - [[1.0], [0.0]]) ** 2))


X, V = np.array([0.3, 1.2, 0.7]), np.array([1.0, -0.5, 2.0])


def pair(np):
    return lambda w, b: np.sum(np.sin(w) * w) * b


def scalar(np):
    return lambda x: np.sum(np.exp(x) * np.sin(x))


def vector(np):
    return lambda x: np.exp(x) * np.sum(x)


def rows(ag, anp):
    """For each row of the page what autograd gives, and what the words beside it give."""
    f, g, h, p, q = scalar(anp), scalar(unp), vector(anp), vector(unp), pair(unp)
    w, b = X, 2.0
    yield "grad", ag.grad(f)(X), ug.grad(g)(X)
    yield "argnum", ag.grad(pair(anp), 1)(w, b), ug.grad(q, 1)(w, b)
    yield "grad_named", ag.grad_named(pair(anp), "b")(w, b), ug.grad(q, argnames="b")(w, b)
    # multigrad_dict itself needs a package that autograd does not ask for
    yield "multigrad_dict", ag.grad(pair(anp), 1)(w, b), ug.grad(q, argnames=("w", "b"))(w=w, b=b)["b"]
    yield "value_and_grad", ag.value_and_grad(f)(X)[1], ug.value_and_grad(g)(X)[1]
    yield "grad_and_aux", ag.grad_and_aux(lambda x: (f(x), x))(X)[0], ug.grad(lambda x: (g(x), x), has_aux=True)(X)[0]
    yield "elementwise_grad", ag.elementwise_grad(anp.tanh)(X), ug.elementwise_grad(unp.tanh)(X)
    yield "deriv", ag.deriv(anp.tanh)(0.5), ug.jvp(unp.tanh, 0.5, 1.0)[1]
    yield "make_jvp", ag.make_jvp(h)(X)(V)[1], ug.jvp(p, X, V)[1]
    yield "make_jvp, often", ag.make_jvp(h)(X)(V)[1], ug.linearize(p, X)[1](V)
    yield "make_vjp", ag.make_vjp(h)(X)[0](V), ug.vjp(p, X)[1](V)[0]
    yield "vector_jacobian_product", ag.vector_jacobian_product(h)(X, V), ug.vjp(p, X)[1](V)[0]
    yield "tensor_jacobian_product", ag.tensor_jacobian_product(h)(X, V), ug.vjp(p, X)[1](V)[0]
    yield "hessian_vector_product", ag.hessian_vector_product(f)(X, V), ug.hvp(g, X, V)
    yield "hessian_tensor_product", ag.hessian_tensor_product(f)(X, V), ug.hvp(g, X, V)
    yield "make_hvp", ag.make_hvp(f)(X)[0](V), ug.linearize(ug.grad(g), X)[1](V)
    yield "jacobian", ag.jacobian(h)(X), ug.jacobian(p)(X)
    yield "hessian", ag.hessian(f)(X), ug.hessian(g)(X)
    yield "make_ggnvp", ag.make_ggnvp(h, f)(X)(V), ug.vjp(p, X)[1](ug.hvp(g, *ug.jvp(p, X, V)))[0]
    yield (
        "holomorphic_grad",
        ag.holomorphic_grad(lambda z: z**3)(1 + 2j),
        ug.grad(lambda z: z**3, holomorphic=True)(1 + 2j),
    )
    yield "checkpoint", ag.grad(ag.checkpoint(f))(X), ug.grad(ug.checkpoint(g))(X)


def test_the_words_of_the_page_give_what_autograd_gives():
    differential = pytest.importorskip("autograd.differential_operators", reason="autograd is in the group `bench`")
    for name, theirs, ours in rows(differential, importlib.import_module("autograd.numpy")):
        assert not isinstance(ours, ug.Tensor), name
        np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-12, err_msg=name)


def test_every_public_name_of_autograd_is_on_the_page():
    text = PAGE.read_text(encoding="utf-8")
    for name in AUTOGRAD:
        assert re.search(rf"\b{name}\b", text), name
