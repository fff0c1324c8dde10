"""Linear algebra where the answer is a choice: triangles, phases, equal values, norms at zero, compilers."""

import math
from typing import Any

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, derivative, grad, numeric
from unigrad import linalg
from unigrad.backend import Backend

A = np.array([[2.0, 1.0], [0.5, 3.0]])
S = np.array([[2.0, 1.0], [1.0, 3.0]])  # symmetric, positive definite
TALL = np.array([[1.0, 2.0], [3.0, 5.0], [-1.0, 0.5]])
Z = A + 1j * A[::-1]


def t(x: Any, dtype: Any = None) -> Any:
    """A tensor of the backend in force, in the dtype of the NumPy array."""
    return ug.asarray(np.asarray(x), dtype=dtype)


def test_the_lower_triangle_is_read_and_the_gradient_is_symmetric(backend: Backend) -> None:
    lower = np.tril(S)
    weights = np.array([1.0, 3.0])
    for f in (linalg.cholesky, linalg.eigvalsh):
        assert_values(f(t(lower)), f(t(S)).numpy())
        g = grad(lambda x, f=f: f(x) * t(np.array([1.0, 3.0])), t(S)).numpy()
        assert_values(g, g.T)
        numpys = {linalg.cholesky: np.linalg.cholesky, linalg.eigvalsh: np.linalg.eigvalsh}[f]
        assert_values(g, numeric(lambda x, f=numpys: f((x + x.T) / 2) * weights, S), rtol=1e-7, atol=1e-7)


def test_phases_of_vectors_have_no_derivative_along_themselves(backend: Backend) -> None:
    h = Z + np.conj(Z.T)
    with ug.ForwardAccumulator(x := t(h), t(np.array([[1.0 + 0j, 2j], [-2j, 3.0]]))) as acc:
        v = linalg.eigh(x).eigenvectors
    along = np.sum(np.conj(v.numpy()) * acc.jvp(v).numpy(), axis=-2)
    assert_values(along, np.zeros(2))


def test_a_pseudoinverse_of_deficient_rank(backend: Backend) -> None:
    a, b = TALL, np.array([[1.0, -1.0], [0.5, 2.0]])

    def numpys(a: np.ndarray) -> np.ndarray:
        return np.linalg.pinv(a[:, :1] @ b[:1], rcond=1e-10) * np.array([[1.0, 2, 3], [4, 5, 6]])

    w = t(np.array([[1.0, 2, 3], [4, 5, 6]]))
    g = grad(lambda a: linalg.pinv(ug.matmul(a[:, :1], t(b[:1])), rtol=1e-10) * w, t(a))
    assert_values(g, numeric(numpys, a), rtol=1e-6, atol=1e-6)


def test_det_to_the_third_order(backend: Backend) -> None:
    x, along = t(np.eye(2)), t(A)

    def second(x: Any) -> Any:
        with ug.GradientTape() as outer:
            outer.watch(x)
            with ug.GradientTape() as inner:
                inner.watch(x)
                y = linalg.det(x)
            g = ug.sum(inner.gradient(y, x) * along) ** 2
        return outer.gradient(g, x)

    cofactors = np.array([[A[1, 1], -A[1, 0]], [-A[0, 1], A[0, 0]]])
    assert_values(second(x), 2 * np.trace(A) * cofactors)  # equal singular values
    assert_values(second(t(np.ones((2, 2)))), 2 * np.sum(np.array([[1, -1], [-1, 1]]) * A) * cofactors)
    if backend.name != "jax":  # it compiles long
        assert_values(grad(second, x), 2 * np.sum(cofactors) * cofactors)


@pytest.mark.parametrize("order", [3, 4])
@pytest.mark.parametrize("forward", [True, False])
def test_det_of_a_regular_matrix_to_every_order(backend: Backend, order: int, forward: bool) -> None:
    """Its singular values may be equal: along v that of 2 I is a polynomial, det(2 I + t v), and -v has its odd derivatives."""
    v = t(W := np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0], [2.0, 0.25, 1.0]]))

    def once_more(f: Any) -> Any:
        return (lambda x: ug.jvp(f, (x,), (v,))[1]) if forward else (lambda x: ug.sum(ug.grad(f)(x) * v))

    f: Any = linalg.det
    for _ in range(order):
        f = once_more(f)
    assert_values(f(t(2 * np.eye(3))), 6 * np.linalg.det(W) if order == 3 else 0.0, atol=1e-10)


def test_equal_values_share(double: Backend) -> None:
    turn = np.array([[math.cos(0.3), -math.sin(0.3)], [math.sin(0.3), math.cos(0.3)]])
    same = turn @ np.diag([2.0, 2.0]) @ turn.T  # equal but for rounding
    assert_values(grad(lambda x: linalg.eigvalsh(x)[-1], t(same)), np.eye(2) / 2, atol=1e-9)
    assert_values(grad(lambda x: linalg.matrix_norm(x, ord=2), t(same)), np.eye(2) / 2, atol=1e-9)
    assert_values(grad(lambda x: linalg.eigvalsh(x) ** 2, t(same)), 2 * same, atol=1e-9)
    assert_values(derivative(lambda x: ug.sum(linalg.svdvals(x) ** 2), t(same)), 2 * same.sum(), atol=1e-9)


def test_equal_values_have_no_vectors(double: Backend) -> None:
    def rebuilt(x: Any) -> Any:
        w, v = linalg.eigh(x)
        return ug.matmul(v * w, v.mT)

    def both(x: Any) -> Any:
        u, s, vh = linalg.svd(x)
        return ug.matmul(u * s, vh)

    for x in (np.eye(3), np.diag([2.0, 0.0, 0.0]), np.diag([0.0, 0.0, 3.0])):
        for f in (rebuilt, both):
            assert np.isnan(grad(f, t(x)).numpy()).any()
            assert np.isnan(derivative(f, t(x)).numpy()).any()
    assert np.isnan(grad(both, t(np.zeros((2, 2)))).numpy()).any()
    first = grad(lambda x: linalg.eigh(x).eigenvectors[:, 2] ** 2, t(np.diag([1.0, 1.0, 3.0])))
    assert_values(first, np.zeros((3, 3)))  # the one that is apart has a derivative


def test_a_zero_cotangent_absorbs(backend: Backend) -> None:
    x = np.stack([np.zeros((2, 2)), A])
    good = t(np.array([False, True]))
    for f, single in (
        (lambda x: linalg.slogdet(x).logabsdet, np.linalg.inv(A).T),
        (lambda x: linalg.svd(x).U[:, 0, 0] ** 2, None),
    ):
        g = grad(lambda x, f=f: ug.where(good, f(x), 0.0), t(x)).numpy()
        assert_values(g[0], np.zeros((2, 2)))
        assert np.isfinite(g).all()
        if single is not None:
            assert_values(g[1], single)


@pytest.mark.parametrize("ord", [2, 3, 1, math.inf, -1])
@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_norms_neither_overflow_nor_vanish(backend: Backend, ord: float, size: float) -> None:
    x = np.array([3.0, -4.0, 1.0])
    assert_values(linalg.vector_norm(t(x * size), ord=ord) / size, np.linalg.vector_norm(x, ord=ord))
    assert_values(
        grad(lambda x: linalg.vector_norm(x, ord=ord), t(x * size)),
        grad(lambda x: linalg.vector_norm(x, ord=ord), t(x)),
    )


@pytest.mark.parametrize("ord", [0, 0.5, 1, 2, 3, math.inf, -math.inf, -1])
def test_the_gradient_of_a_norm_at_zero_is_zero(backend: Backend, ord: float) -> None:
    for x in (np.zeros(3), np.zeros(3) * 1j):
        f = lambda x: linalg.vector_norm(x, ord=ord)  # noqa: E731
        assert_values(grad(f, t(x)), x)
        assert_values(derivative(f, t(x)), 0.0)


def test_special_values_of_norms(backend: Backend) -> None:
    assert_values(linalg.vector_norm(t([math.inf, 1.0])), math.inf)
    assert_values(linalg.vector_norm(t([math.nan, 1.0])), math.nan)
    assert_values(linalg.vector_norm(t(3.0)), 3.0)
    assert_values(linalg.vector_norm(t(A), axis=()), np.abs(A))


def test_a_float32_stays_one(backend: Backend) -> None:
    x = t(S, ug.float32)
    for out in (
        *linalg.eigh(x),
        *linalg.svd(x),
        *linalg.qr(x),
        *linalg.slogdet(x),
        linalg.inv(x),
        linalg.vector_norm(x, ord=3),
    ):
        assert out.dtype == ug.float32
    assert linalg.solve(x, t(S)).dtype == ug.float64
    assert linalg.trace(t([[1, 2], [3, 4]])).tolist() == 5


def test_inside_jaxs_compiler() -> None:
    import jax
    import jax.numpy as jnp

    def step(raw: Any) -> Any:
        with ug.GradientTape() as tape:
            tape.watch(x := ug.asarray(raw))
            w, v = linalg.eigh(x)
            y = linalg.det(x) + ug.sum(linalg.inv(x)) + ug.sum(v[:, 0] ** 2 * w) + linalg.slogdet(x).logabsdet
        return tape.gradient(y, x).raw

    np.testing.assert_allclose(jax.jit(step)(jnp.asarray(S)), step(jnp.asarray(S)), rtol=1e-9)
    assert not np.isfinite(jax.jit(lambda a: linalg.inv(ug.asarray(a)).raw)(jnp.ones((2, 2)))).any()


def test_a_decomposition_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    from unigrad.primitive import TABLE

    with ug.use_backend("numpy"):
        linalg.svd(t(A))
        row, kernel = TABLE["svd"], TABLE["svd"].kernels[np.ndarray]
        monkeypatch.setitem(row.kernels, np.ndarray, lambda *a, **k: calls.append(1) or kernel(*a, **k))
        with ug.GradientTape() as tape:
            tape.watch(x := t(A))
            u, s, vh = linalg.svd(x)
            y = ug.sum(u[0] * s) + ug.sum(vh[0] ** 2)
        tape.gradient(y, x)
    assert len(calls) == 1
