"""Linear algebra: values, shapes, errors, and the answers that are a choice. The rules themselves are the conformance suite's."""

import inspect
import math
from collections.abc import Callable
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
STACK = np.stack([A, A.T + 1, S])
Z = A + 1j * A[::-1]

STANDARD = (
    "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "matmul", "matrix_norm", "matrix_power", "matrix_rank",
    "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals", "tensordot", "trace", "vecdot",
    "vector_norm",
)  # fmt: skip


def t(x: Any, dtype: Any = None) -> Any:
    """A tensor of the backend in force, in the dtype of the NumPy array."""
    return ug.asarray(np.asarray(x), dtype=dtype)


# -- the namespace ---------------------------------------------------------------------------------------------------------


def test_every_function_of_the_standard_is_there(backend: Backend) -> None:
    xp = t(A).__array_namespace__()
    assert isinstance(hash(xp.linalg), int)
    assert not hasattr(xp.linalg, "lu_factor_of_nothing")
    for name in (*STANDARD, "eig", "eigvals", "solve_triangular", "kron"):
        function = getattr(xp.linalg, name)
        assert function is getattr(linalg, name), name
        assert function.__doc__, name
        if name not in ("matmul",):
            assert inspect.signature(function).parameters, name
    assert set(linalg.__all__) <= set(vars(linalg))


def test_results_of_several_arrays_have_names(backend: Backend) -> None:
    for names, found in (
        (("eigenvalues", "eigenvectors"), linalg.eigh(t(S))),
        (("eigenvalues", "eigenvectors"), linalg.eig(t(A))),
        (("Q", "R"), linalg.qr(t(A))),
        (("sign", "logabsdet"), linalg.slogdet(t(A))),
        (("U", "S", "Vh"), linalg.svd(t(A))),
    ):
        assert found._fields == names
        assert all(type(part) is ug.Tensor for part in found)


# -- values ------------------------------------------------------------------------------------------------------------------

VALUES: list[tuple[str, Callable[..., Any], Callable[..., Any], tuple[Any, ...]]] = [
    ("inv", linalg.inv, np.linalg.inv, (STACK,)),
    ("det", linalg.det, np.linalg.det, (STACK,)),
    ("solve", linalg.solve, np.linalg.solve, (A, S)),
    ("solve, vector", linalg.solve, np.linalg.solve, (A, np.array([1.0, 2.0]))),
    ("cholesky", linalg.cholesky, np.linalg.cholesky, (S,)),
    ("cholesky, upper", lambda x: linalg.cholesky(x, upper=True), lambda x: np.linalg.cholesky(x).T, (S,)),
    ("eigvalsh", linalg.eigvalsh, np.linalg.eigvalsh, (S,)),
    ("svdvals", linalg.svdvals, lambda x: np.linalg.svd(x, compute_uv=False), (TALL,)),
    ("pinv", linalg.pinv, np.linalg.pinv, (TALL,)),
    ("matrix_power 3", lambda x: linalg.matrix_power(x, 3), lambda x: np.linalg.matrix_power(x, 3), (STACK,)),
    ("matrix_power 0", lambda x: linalg.matrix_power(x, 0), lambda x: np.linalg.matrix_power(x, 0), (STACK,)),
    ("matrix_power 1", lambda x: linalg.matrix_power(x, 1), lambda x: x, (STACK,)),
    ("matrix_power -2", lambda x: linalg.matrix_power(x, -2), lambda x: np.linalg.matrix_power(x, -2), (STACK,)),
    ("cross", linalg.cross, np.cross, (TALL.T, np.array([1.0, -1.0, 2.0]))),
    ("outer", linalg.outer, np.outer, (A[0], TALL[:, 0])),
    ("kron", linalg.kron, np.kron, (A, TALL)),
    ("kron of other dimensions", linalg.kron, np.kron, (A[0], STACK)),
    ("trace", lambda x: linalg.trace(x, offset=1), lambda x: np.trace(x, 1, -2, -1), (STACK,)),
    ("diagonal", lambda x: linalg.diagonal(x, offset=-1), lambda x: np.diagonal(x, -1, -2, -1), (STACK,)),
    ("diagonal beyond", lambda x: linalg.diagonal(x, offset=7), lambda x: np.diagonal(x, 7, -2, -1), (STACK,)),
    ("complex det", linalg.det, np.linalg.det, (Z,)),
    ("complex inv", linalg.inv, np.linalg.inv, (Z,)),
    *(
        (f"matrix_norm {o}", lambda x, o=o: linalg.matrix_norm(x, ord=o),
         lambda x, o=o: np.linalg.matrix_norm(x, ord=o), (STACK,))
        for o in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)
    ),
    *(
        (f"vector_norm {o}", lambda x, o=o: linalg.vector_norm(x, ord=o, axis=(0, 2)),
         lambda x, o=o: np.linalg.vector_norm(x, ord=o, axis=(0, 2)), (STACK,))
        for o in (0, 1, 2, 3, 0.5, -1, -2.5, math.inf, -math.inf)
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "ours", "numpys", "args"), VALUES, ids=[v[0] for v in VALUES])
def test_values(backend: Backend, name: str, ours: Any, numpys: Any, args: Any) -> None:
    found = ours(*map(t, args))
    want = numpys(*args)
    assert found.shape == np.shape(want)
    assert_values(found, want, rtol=1e-10, atol=1e-12)


def test_factors_give_the_matrix_back(backend: Backend) -> None:
    for x in (STACK, np.stack([Z, Z.T])):
        u, s, vh = linalg.svd(t(x))
        assert s.dtype == ug.float64
        assert_values(ug.matmul(u * s[:, None, :], vh), x)
        w, v = linalg.eigh(t(x + np.conj(np.swapaxes(x, -1, -2))))
        assert w.dtype == ug.float64
        assert_values(ug.matmul(v * w[:, None, :], ug.conj(v).mT), x + np.conj(np.swapaxes(x, -1, -2)))
        q, r = linalg.qr(t(x))
        assert_values(ug.matmul(q, r), x)
        sign, log = linalg.slogdet(t(x))
        assert log.dtype == ug.float64
        assert_values(sign * ug.exp(log), np.linalg.det(x))
        w, v = linalg.eig(t(x))
        assert w.dtype == v.dtype == ug.complex128
        assert_values(ug.matmul(v * w[:, None, :], linalg.inv(v)), x)


@pytest.mark.parametrize("shape", [(3, 2), (2, 3), (2, 2)])
def test_shapes_of_factors(double: Backend, shape: tuple[int, int]) -> None:
    m, n = shape
    k = min(m, n)
    x = t(np.arange(1.0, 1 + m * n).reshape(1, m, n) ** 0.5)
    assert [a.shape for a in linalg.svd(x)] == [(1, m, m), (1, k), (1, n, n)]
    assert [a.shape for a in linalg.svd(x, full_matrices=False)] == [(1, m, k), (1, k), (1, k, n)]
    assert [a.shape for a in linalg.qr(x)] == [(1, m, k), (1, k, n)]
    assert [a.shape for a in linalg.qr(x, mode="complete")] == [(1, m, m), (1, m, n)]
    assert linalg.pinv(x).shape == (1, n, m)
    assert linalg.matrix_norm(x, keepdims=True, ord="nuc").shape == (1, 1, 1)
    assert linalg.vector_norm(x, keepdims=True).shape == (1, 1, 1)


def test_nothing_has_linear_algebra_too(backend: Backend) -> None:
    none, empty = t(np.zeros((0, 2, 2))), t(np.zeros((0, 0)))
    for f in (
        linalg.inv,
        linalg.cholesky,
        linalg.det,
        linalg.eigvalsh,
        linalg.svdvals,
        linalg.pinv,
        linalg.matrix_norm,
    ):
        x = none
        assert f(x).shape[0] == 0
        assert grad(f, x).shape == (0, 2, 2)
    assert_values(linalg.det(empty), 1.0)
    assert linalg.inv(empty).shape == (0, 0)
    assert grad(linalg.det, empty).shape == (0, 0)
    assert_values(linalg.vector_norm(empty), 0.0)
    assert linalg.trace(empty).tolist() == 0.0


def test_matrix_rank_is_a_step(backend: Backend) -> None:
    x = np.stack([np.eye(2), np.ones((2, 2)), np.zeros((2, 2))])
    assert linalg.matrix_rank(t(x)).tolist() == [2, 1, 0]
    assert linalg.matrix_rank(t(np.diag([1.0, 0.1])), rtol=0.2).tolist() == 1
    assert linalg.matrix_rank(t(x), rtol=t([0.5, 2.0, 0.5])).tolist() == [2, 0, 0]
    assert grad(lambda x: ug.astype(linalg.matrix_rank(x), ug.float64), t(x)).tolist() == np.zeros_like(x).tolist()


def test_a_vector_is_one_only_if_it_has_one_dimension(backend: Backend) -> None:
    a, b = t(STACK[:2]), t(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert linalg.solve(a, b).shape == (2, 2, 2)  # one matrix for both, never two vectors
    assert_values(linalg.solve(a, b), np.linalg.solve(STACK[:2], np.stack([[[1.0, 2.0], [3.0, 4.0]]] * 2)))
    assert linalg.solve(a, b[0]).shape == (2, 2)


@pytest.mark.parametrize(
    ("lower", "trans", "unit"), [(True, 0, False), (False, "T", True), (True, 2, False), (False, "N", False)]
)
def test_solve_triangular_reads_one_triangle(backend: Backend, lower: bool, trans: Any, unit: bool) -> None:
    triangle = (np.tril if lower else np.triu)(Z)
    if unit:
        np.fill_diagonal(triangle, 1)
    turned = {0: triangle, "N": triangle, "T": triangle.T, 2: np.conj(triangle.T)}[trans]
    b = np.array([1.0 + 0j, 2.0])
    x = linalg.solve_triangular(t(Z), t(b), lower=lower, trans=trans, unit_diagonal=unit)
    assert_values(x, np.linalg.solve(turned, b))
    g = grad(lambda a: ug.real(linalg.solve_triangular(a, t(b), lower=lower, trans=trans, unit_diagonal=unit)), t(Z))
    assert not (np.triu if lower else np.tril)(g.numpy(), 1 if lower else -1).any()


# -- bad input -----------------------------------------------------------------------------------------------------------------

SQUARE = ("cholesky", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "slogdet")
MATRIX = (*SQUARE, "matrix_norm", "matrix_rank", "pinv", "qr", "svd", "svdvals")
ERRORS: list[tuple[str, Callable[[], Any], type, str]] = [
    *((f"{f} of a tall matrix", lambda f=f: getattr(linalg, f)(t(TALL)), ug.ShapeError, "not square") for f in SQUARE),
    *((f"{f} of a vector", lambda f=f: getattr(linalg, f)(t(A[0])), ug.ShapeError, "no matrix") for f in MATRIX),
    *((f"{f} of integers", lambda f=f: getattr(linalg, f)(t([[1, 2], [3, 4]])), ug.DTypeError, "floating") for f in MATRIX),
    *((f"{f} of float16", lambda f=f: getattr(linalg, f)(t(A, ug.float16)), ug.DTypeError, "float32") for f in SQUARE),
    ("solve of a tall matrix", lambda: linalg.solve(t(TALL), t(A)), ug.ShapeError, "not square"),
    ("solve with other rows", lambda: linalg.solve(t(A), t(TALL)), ug.ShapeError, "rows"),
    ("solve with other stacks", lambda: linalg.solve(t(STACK), t(STACK[:2])), ug.ShapeError, "broadcast"),
    ("solve with a number", lambda: linalg.solve(t(A), t(1.0)), ug.ShapeError, "no vector"),
    ("vector_norm of integers", lambda: linalg.vector_norm(t([1, 2])), ug.DTypeError, "floating"),
    ("vector_norm of no order", lambda: linalg.vector_norm(t(A), ord="fro"), ug.ShapeError, "ord"),
    ("vector_norm of an axis", lambda: linalg.vector_norm(t(A), axis=2), ug.ShapeError, "axis 2"),
    ("matrix_norm of no order", lambda: linalg.matrix_norm(t(A), ord=3), ug.ShapeError, "'nuc'"),
    ("matrix_power of a float", lambda: linalg.matrix_power(t(A), 0.5), ug.ShapeError, "int"),
    ("matrix_power of a tall matrix", lambda: linalg.matrix_power(t(TALL), 2), ug.ShapeError, "not square"),
    ("qr of no mode", lambda: linalg.qr(t(A), mode="full"), ug.ShapeError, "'complete'"),
    ("cross of pairs", lambda: linalg.cross(t(A), t(A)), ug.ShapeError, "three"),
    ("cross of an axis", lambda: linalg.cross(t(TALL), t(A[0]), axis=0), ug.ShapeError, "from the end"),
    ("outer of matrices", lambda: linalg.outer(t(A), t(A)), ug.ShapeError, "vectors"),
    ("diagonal of a vector", lambda: linalg.diagonal(t(A[0])), ug.ShapeError, "no matrix"),
    ("trace of a vector", lambda: linalg.trace(t(A[0])), ug.ShapeError, "no matrix"),
    ("solve_triangular of no turn", lambda: linalg.solve_triangular(t(A), t(A), trans=3), ug.ShapeError, "trans"),
    ("inv, singular", lambda: linalg.inv(t(np.ones((2, 2)))), ug.LinAlgError, "inv"),
    ("solve, singular", lambda: linalg.solve(t(np.ones((2, 2))), t(A)), ug.LinAlgError, "solve"),
    ("a power, singular", lambda: linalg.matrix_power(t(np.ones((2, 2))), -1), ug.LinAlgError, "inv"),
    ("solve_triangular, singular", lambda: linalg.solve_triangular(t(np.diag([0.0, 1.0])), t(A)), ug.LinAlgError, "triang"),
    ("cholesky, not positive", lambda: linalg.cholesky(t(-S)), ug.LinAlgError, "cholesky"),
    ("svd of NaN", lambda: linalg.svd(t(A * np.nan)), ug.LinAlgError, "svd"),
    ("pinv of NaN", lambda: linalg.pinv(t(A * np.nan)), ug.LinAlgError, "pinv"),
    ("eig of NaN", lambda: linalg.eig(t(A * np.nan)), ug.LinAlgError, "eig"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "call", "error", "words"), ERRORS, ids=[e[0] for e in ERRORS])
def test_bad_input(backend: Backend, name: str, call: Any, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_a_singular_matrix_is_numpys_error_too(backend: Backend) -> None:
    assert issubclass(ug.LinAlgError, np.linalg.LinAlgError)
    assert issubclass(ug.LinAlgError, ug.UnigradError)
    assert np.isnan(linalg.inv(t(A * np.nan)).numpy()).all()  # NaN in, NaN out: no library says anything


# -- answers ---------------------------------------------------------------------------------------------------------------------


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
