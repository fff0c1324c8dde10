"""Both modes inside the libraries' compilers, each program the first of its process: no cache of unigrad's is warm yet."""

import pytest

from tests.helpers import run_python

PROGRAM = """
import logging, sys, warnings
import numpy as np
import unigrad as ug

warnings.simplefilter("ignore")  # dynamo warns of what it cannot follow, and goes on without
logging.disable(logging.CRITICAL)


def base(x):
    return ug.sum(ug.sin(x) * x * ug.exp(x * 0.5))


def each(x):
    return ug.sin(x) * x * ug.exp(x * 0.5)


def ones(x):
    return ug.ones_like(x)


@ug.custom_gradient
def own(x):
    e = ug.exp(x)
    return e * x, lambda ct: ct * (e * x + e)


def reverse_of(f, x):
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.sum(f(x) * x)
    return tape.gradient(y, x)


def forward_of(f, x):
    with ug.ForwardAccumulator(x, ones(x)) as forward:
        y = f(x) * x
    return forward.jvp(y)


def accumulated(x):
    with ug.ForwardAccumulator(x, ones(x)) as forward:
        y = each(x)
        z = ug.sum(y * 2.0)
    return forward.jvp([y, z])


def linearized(x):
    y, f = ug.linearize(each, x)
    return [y, f(ones(x))]


def twice(x):
    with ug.GradientTape() as outer:
        outer.watch(x)
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = base(x)
        g = tape.gradient(y, x)
    return outer.gradient(g, x)


def of_a_variable(x):
    v = ug.Variable(x)
    with ug.GradientTape() as tape:
        y = base(v)
    return tape.gradient(y, v)


def written(x):
    with ug.GradientTape() as tape, ug.ForwardAccumulator(x, ones(x)) as forward:
        tape.watch(x)
        y = ug.zeros_like(x)
        y[0] = x[1] * x[2]
        y[1:] += x[:2]
        z = ug.sum(y * y)
    return [tape.gradient(z, x), forward.jvp(z)]


PROGRAMS = {
    "accumulator": accumulated,
    "jvp": lambda x: ug.jvp(each, (x,), (ones(x),)),
    "linearize": linearized,
    "vmap": lambda x: ug.vmap(lambda row: base(row * 1.5) + ug.sum(row))(ug.reshape(x, (3, 1))),
    "vmap of grad": lambda x: ug.vmap(ug.grad(base))(ug.reshape(x, (3, 1))),
    "hessian": lambda x: ug.hessian(base)(x),
    "custom_gradient": lambda x: reverse_of(own, x),
    "custom_gradient, forward": lambda x: forward_of(own, x),
    "recompute_grad": lambda x: reverse_of(ug.recompute_grad(each), x),
    "second derivative": twice,
    "variable": of_a_variable,
    "writes": written,
}


def leaves(value):
    return [leaf for v in value for leaf in leaves(v)] if isinstance(value, list | tuple) else [value]


def run(name):
    return lambda raw: [None if t is None else t.raw for t in leaves(PROGRAMS[name](ug.asarray(raw)))]


def compiled(f, library):
    if library == "jax":
        import jax
        return jax.jit(f), jax.numpy.asarray
    import torch
    return torch.compile(f, backend="eager"), torch.tensor


def main(library, name):
    ug.set_backend(library)
    f, made = compiled(run(name), library)
    points = [np.array([0.5, 1.0, 2.0], np.float32) * s for s in (1.0, 1.0, 0.5, 2.0)]
    found = [f(made(p)) for p in points]
    ug.set_backend("numpy")
    for point, got in zip(points, found, strict=True):
        for g, w in zip(got, run(name)(point), strict=True):
            np.testing.assert_allclose(np.asarray(g), w, rtol=2e-5)
"""

#: one process each, most of it torch.compile's work: the others are run in a sweep
QUICK = ("second derivative", "variable", "custom_gradient, forward")
NAMES = (
    "accumulator", "jvp", "linearize", "vmap", "vmap of grad", "hessian", "custom_gradient", "recompute_grad", "writes",
)  # fmt: skip


@pytest.mark.parametrize("library", ["jax", "torch"])
@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.sweep) for name in NAMES)])
def test_the_first_calls_inside_a_compiler_are_right(name, library):
    """float32, against NumPy's. torch.compile took the kernel of one row for that of another: sin for cos."""
    pytest.importorskip(library)
    done = run_python(f"{PROGRAM}\nmain({library!r}, {name!r})")
    assert done.returncode == 0, done.stderr[-3000:]
