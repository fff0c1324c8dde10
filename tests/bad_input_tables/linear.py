"""Products and linear algebra."""

SQUARE = ["cholesky", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "slogdet"]
MATRIX = [
    *SQUARE,
    *["diagonal", "matrix_norm", "matrix_rank", "matrix_transpose", "pinv", "qr", "svd", "svdvals", "trace"],
]


def _flat(name):
    return lambda xp, x: getattr(xp.linalg, name)(x[0])


ROWS = [
    *((f"linalg.{n}", "a vector", _flat(n), (ValueError, "")) for n in MATRIX),
    *((f"linalg.{n}", "not square", (lambda xp, x, n=n: getattr(xp.linalg, n)(x)), (ValueError, "")) for n in SQUARE),
    *((f"linalg.{n}", "a string", (lambda xp, x, n=n: getattr(xp.linalg, n)("abc")), (TypeError, "")) for n in MATRIX),
    *(
        (
            f"{p}{n}",
            "shapes",
            (lambda xp, x, p=p, n=n: getattr(xp.linalg if p else xp, n)(x, x[:, :2])),
            (ValueError, ""),
        )
        for p in ("", "linalg.")
        for n in ("matmul", "tensordot", "vecdot")
    ),
    ("matmul", "a number", lambda xp, x: xp.matmul(x, x[0, 0]), (ValueError, "matmul")),
    ("tensordot", "axes", lambda xp, x: xp.tensordot(x, x, axes=3), (ValueError, "tensordot")),
    ("vecdot", "axis", lambda xp, x: xp.vecdot(x, x, axis=-3), (ValueError, "axis -3")),
    ("linalg.cross", "sizes", lambda xp, x: xp.linalg.cross(x[:, :2], x[:, :2]), (ValueError, "cross")),
    ("linalg.outer", "a matrix", lambda xp, x: xp.linalg.outer(x, x[0]), (ValueError, "outer")),
    ("linalg.kron", "a string", lambda xp, x: xp.linalg.kron(x, "abc"), (TypeError, "")),
    ("linalg.matrix_power", "not square", lambda xp, x: xp.linalg.matrix_power(x, 2), (ValueError, "matrix_power")),
    (
        "linalg.matrix_power",
        "a float",
        lambda xp, x: xp.linalg.matrix_power(x[:, :2], 0.5),
        ((ValueError, TypeError), ""),
    ),
    ("linalg.matrix_norm", "order", lambda xp, x: xp.linalg.matrix_norm(x, ord=7), (ValueError, "")),
    ("linalg.vector_norm", "axis", lambda xp, x: xp.linalg.vector_norm(x, axis=2), (ValueError, "axis 2")),
    ("linalg.solve", "shapes", lambda xp, x: xp.linalg.solve(x[:, :2], xp.ones(3)), (ValueError, "solve")),
    (
        "linalg.solve_triangular",
        "shapes",
        lambda xp, x: xp.linalg.solve_triangular(x[:, :2], xp.ones(3)),
        (ValueError, ""),
    ),
    ("linalg.solve", "singular", lambda xp, x: xp.linalg.solve(xp.ones((2, 2)), xp.ones(2)), (ValueError, "ingular")),
    ("linalg.inv", "singular", lambda xp, x: xp.linalg.inv(xp.ones((2, 2))), (ValueError, "ingular")),
    ("linalg.cholesky", "not positive", lambda xp, x: xp.linalg.cholesky(-xp.eye(2)), (ValueError, "positive")),
    ("linalg.det", "singular", lambda xp, x: xp.linalg.det(xp.zeros((2, 2))), 0.0),
    ("einsum", "sizes", lambda xp, x: xp.einsum("ij,jk", x, x), (ValueError, "einsum")),
    ("einsum", "too few", lambda xp, x: xp.einsum("ij,jk", x), (ValueError, "einsum")),
    ("convolve", "a matrix", lambda xp, x: xp.convolve(x, x), (ValueError, "convolve")),
    ("interp", "shapes", lambda xp, x: xp.interp(x, xp.asarray([0.0, 1.0]), xp.asarray([0.0])), (ValueError, "interp")),
]
