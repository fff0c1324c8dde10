"""How the rows of linear algebra are called: on matrices that are well conditioned by construction, and with results that do not
depend on a choice of signs, phases, order or basis.

A form is a function over an array API namespace, run on tensors and on native arrays: the samples stay plain arrays of
numbers, and the construction is a part of what is differentiated. So a rule meets matrices that are exactly Hermitian,
whatever the differences of finite step do to the sample.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from unigrad.ops.determinants import adjugate


class Form(NamedTuple):
    """A call of a row: ours on tensors, and the native one."""

    ours: Callable[..., Any]
    native: Callable[..., Any]


# -- well conditioned matrices ---------------------------------------------------------------------------------------------


def adjoint(xp: Any, x: Any) -> Any:
    """The conjugate transpose."""
    return xp.matrix_transpose(xp.conj(x) if "complex" in str(x.dtype) else x)


def constant(xp: Any, values: Any, x: Any) -> Any:
    """A constant matrix of the dtype of x."""
    return xp.asarray(values, dtype=x.dtype)


def regular(xp: Any, x: Any) -> Any:
    """Far from singular."""
    n = x.shape[-1]
    return 0.2 * x + constant(xp, [[2.0 * (i == j) for j in range(n)] for i in range(n)], x)


def apart(xp: Any, x: Any) -> Any:
    """With singular values, and eigenvalues if it is square, that are far apart and far from 0."""
    m, n = x.shape[-2:]
    return 0.2 * x + constant(xp, [[(2.0 + 2.5 * i) * (i == j) for j in range(n)] for i in range(m)], x)


def hermitian(xp: Any, x: Any) -> Any:
    """Hermitian, with eigenvalues that are far apart."""
    x = apart(xp, x)
    return (x + adjoint(xp, x)) / 2


def positive(xp: Any, x: Any) -> Any:
    """Hermitian and positive definite."""
    return xp.matmul(regular(xp, x), adjoint(xp, regular(xp, x)))


# -- results that depend on no choice ------------------------------------------------------------------------------------------


def projections(xp: Any, v: Any) -> Any:
    """v_i conj(v_j) for every column of v: what phases leave alone."""
    conj = xp.conj(v) if "complex" in str(v.dtype) else v
    return v[..., :, None, :] * conj[..., None, :, :]


def joined(xp: Any, *parts: Any) -> Any:
    """Everything in one vector, real and complex together."""
    flat = [xp.reshape(p, (-1,)) for p in parts]
    return xp.concat(flat) if len(flat) > 1 else flat[0]


def complement(xp: Any, u: Any, k: int) -> list[Any]:
    """The projection on what the first k columns leave."""
    return [xp.matmul(u[..., k:], adjoint(xp, u[..., k:]))] if u.shape[-1] > k else []


def _eigh(xp: Any, x: Any) -> Any:
    w, v = xp.linalg.eigh(hermitian(xp, x))
    return joined(xp, w * w, projections(xp, v))


def _eig(xp: Any, x: Any) -> Any:
    w, v = xp.linalg.eig(apart(xp, x))
    size = xp.abs(v) ** 2
    powers = xp.stack([xp.sum(w**k, axis=-1) for k in (1, 2, 3)])
    return joined(xp, powers, xp.sum(xp.astype(size, w.dtype) * (w**2)[..., None, :], axis=-1))


def _eigvals(xp: Any, x: Any) -> Any:
    w = xp.linalg.eigvals(apart(xp, x))
    return xp.stack([xp.sum(w**k, axis=-1) for k in (1, 2, 3)])


def _svd(xp: Any, x: Any, full_matrices: bool) -> Any:
    u, s, vh = xp.linalg.svd(apart(xp, x), full_matrices=full_matrices)
    k = s.shape[-1]
    v = adjoint(xp, vh)
    together = u[..., :, None, :k] * xp.matrix_transpose(vh[..., :k, :])[..., None, :, :]
    more = complement(xp, u, k) + complement(xp, v, k)
    return joined(xp, s, projections(xp, u[..., :k]), together, *more)


def _qr(xp: Any, x: Any, mode: str) -> Any:
    q, r = xp.linalg.qr(apart(xp, x), mode=mode)
    k = min(x.shape[-2:])
    together = q[..., :, :k, None] * r[..., None, :k, :]
    return joined(xp, together, projections(xp, q[..., :k]), *complement(xp, q, k))


def _slogdet(xp: Any, x: Any) -> Any:
    sign, log = xp.linalg.slogdet(regular(xp, x))
    return sign * xp.astype(log + 2, sign.dtype)


def _triangle(xp: Any, a: Any, b: Any, lower: bool, adjoint_: bool, unit: bool) -> Any:
    n = a.shape[-1]
    a = xp.tril(regular(xp, a), k=-unit) if lower else xp.triu(regular(xp, a), k=int(unit))
    a = a + constant(xp, [[float(unit and i == j) for j in range(n)] for i in range(n)], a)
    return xp.linalg.solve(adjoint(xp, a) if adjoint_ else a, b)


def _by_adjugate(xp: Any, x: Any) -> Any:
    return adjugate(regular(xp, x))


def _by_inverse(xp: Any, x: Any) -> Any:
    x = regular(xp, x)
    if not x.shape[-1]:
        return x  # JAX's det of nothing has no derivative: it raises an IndexError
    return xp.linalg.det(x)[..., None, None] * xp.linalg.inv(x)


def both(form: Callable[..., Any]) -> Form:
    """The same words on either side."""
    return Form(form, form)


def _solve_triangular(xp: Any, a: Any, b: Any, lower: bool, adjoint: bool, unit: bool, check: bool) -> Any:
    return xp.linalg.solve_triangular(regular(xp, a), b, lower=lower, trans="C" if adjoint else "N", unit_diagonal=unit)


FORMS: dict[str, Form] = {
    "adjugate": Form(_by_adjugate, _by_inverse),
    "cholesky": both(lambda xp, x: xp.linalg.cholesky(positive(xp, x))),
    "det": both(lambda xp, x: xp.linalg.det(regular(xp, x))),
    "eig": both(_eig),
    "eigh": both(_eigh),
    "eigvals": both(_eigvals),
    "eigvalsh": both(lambda xp, x, known: xp.linalg.eigvalsh(hermitian(xp, x))),
    "inv": both(lambda xp, x, check: xp.linalg.inv(regular(xp, x))),
    "pinv": both(lambda xp, x, rtol: xp.linalg.pinv(apart(xp, x), rtol=rtol)),
    "qr": both(_qr),
    "slogdet": both(_slogdet),
    "solve": both(lambda xp, a, b: xp.linalg.solve(regular(xp, a), b)),
    "solve_triangular": Form(
        _solve_triangular,
        lambda xp, a, b, lower, adjoint, unit, check: _triangle(xp, a, b, lower, adjoint, unit),
    ),
    "svd": both(_svd),
    "svdvals": both(lambda xp, x, known: xp.linalg.svdvals(apart(xp, x))),
}
