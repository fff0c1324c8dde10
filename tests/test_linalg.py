"""Linear algebra: the namespace, values against NumPy's, what bad input gets."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, grad
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
