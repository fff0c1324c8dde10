"""Samples of one element, and of a few hundred: where loops have many rounds, sums many terms, and libraries blocked algorithms.

Rows that take any shapes have theirs in `cases`.
"""

from typing import Any

from unigrad.primitive import Sample


def one(*shapes: tuple[int, ...], **params: Any) -> tuple[Sample, ...]:
    """One sample."""
    return (Sample(shapes, params),)


GRID = (16, 20)
SQUARE = (14, 14)
REDUCED = ("sum", "mean", "max", "min", "any", "all", "prod", "count_nonzero", "argmax", "argmin", "logsumexp")

LARGE: dict[str, tuple[Sample, ...]] = {
    **{name: one(GRID, axis=(0,) if name[:3] != "arg" else 0, keepdims=False) for name in REDUCED},
    **{name: one(GRID, axis=(1,), keepdims=True, correction=1.0) for name in ("var", "std")},
    **{name: one(GRID, axis=1) for name in ("cumulative_sum", "cumulative_prod", "softmax", "log_softmax")},
    **{name: one(SQUARE) for name in ("det", "slogdet", "cholesky", "eigh", "eig", "eigvals")},
    **{name: one((300,), axis=0, descending=True, stable=True) for name in ("sort", "argsort")},
    "reshape": one(GRID, shape=(20, 16)),
    "permute_dims": one((4, 8, 10), axes=(1, 2, 0)),
    "broadcast_to": one((16, 10), shape=(3, 16, 10)),
    "concat": one(GRID, (4, 20), axis=0),
    "getitem": one(GRID, index=(slice(None, None, 3), [5, 0, 5, 19])),
    "setitem": one(GRID, (4, 20), index=([3, 0, 15, 7],)),
    "scatter": one((4, 20), (16, 20), shape=GRID, indices=([3, 0, 15, 3], ...)),
    "flip": one(GRID, axis=(1,)),
    "roll": one(GRID, shift=(7,), axis=(1,)),
    "repeat": one(GRID, repeats=3, axis=0),
    "tril": one(SQUARE, k=2),
    "triu": one(SQUARE, k=-3),
    "pad_zeros": one(GRID, widths=((3, 5), (0, 9))),
    "matmul": one((12, 16), (16, 14)),
    "affine": one((12, 16), (16, 14), (14,)),
    "vecdot": one(GRID, GRID, axis=-1),
    "einsum_pair": one((12, 16), (16, 14), left="ij", right="jk", result="ik"),
    "conv": one((2, 3, 40), (4, 3, 5), stride=(2,), pads=((2, 1),), dilation=(1,), groups=1),
    "sum_pool": one((2, 3, 50), window=(4,), stride=(3,), pads=((1, 1),)),
    "max_pool": one((2, 3, 50), window=(4,), stride=(3,), pads=((1, 1),)),
    "diagonal": one(GRID, offset=2),
    "inv": one(SQUARE, check=True),
    "solve": one(SQUARE, (14, 9)),
    "solve_triangular": one(SQUARE, (14, 9), lower=True, adjoint=True, unit=False, check=True),
    "pinv": one((14, 9), rtol=1e-12),
    "qr": one((14, 9), mode="reduced"),
    "svd": one((14, 9), full_matrices=False),
    "svdvals": one((14, 9), known=None),
    "eigvalsh": one(SQUARE, known=None),
    "fftn": one((4, 60), s=(64,), axes=(1,), norm="ortho"),
    "ifftn": one((4, 60), s=(49,), axes=(1,), norm="backward"),
    "rfftn": one((4, 60), s=(60,), axes=(1,), norm="forward"),
    "irfftn": one((4, 31), s=(60,), axes=(1,), norm="backward"),
    "vector_norm": one(GRID, ord=3, axis=(1,), keepdims=False),
}

LONE = (1, 1)
ONE: dict[str, tuple[Sample, ...]] = {
    **{name: one((1,), axis=(0,) if name[:3] != "arg" else 0, keepdims=False) for name in REDUCED},
    **{name: one((1,), axis=0) for name in ("cumulative_sum", "cumulative_prod", "softmax", "log_softmax")},
    **{name: one(LONE) for name in ("det", "slogdet", "adjugate", "cholesky", "eigh", "eig", "eigvals")},
    **{name: one((1,), axis=0, descending=False, stable=True) for name in ("sort", "argsort")},
    "std": one((2,), axis=(0,), keepdims=False, correction=1.0),
    "var": one((1,), axis=(0,), keepdims=False, correction=0.0),
    "reshape": one((1,), shape=()),
    "permute_dims": one(LONE, axes=(1, 0)),
    "broadcast_to": one((1,), shape=(1, 1)),
    "concat": one((1,), axis=0),
    "getitem": one((1,), index=0),
    "setitem": one((1,), (), index=0),
    "flip": one((1,), axis=(0,)),
    "roll": one((1,), shift=(3,), axis=(0,)),
    "repeat": one((1,), repeats=1, axis=0),
    "tril": one(LONE, k=0),
    "triu": one(LONE, k=0),
    "matmul": one(LONE, LONE),
    "affine": one(LONE, LONE, (1,)),
    "vecdot": one((1,), (1,), axis=-1),
    "diagonal": one(LONE, offset=0),
    "inv": one(LONE, check=True),
    "solve": one(LONE, LONE),
    "solve_triangular": one(LONE, LONE, lower=True, adjoint=False, unit=False, check=True),
    "pinv": one(LONE, rtol=1e-12),
    "qr": one(LONE, mode="reduced"),
    "svd": one(LONE, full_matrices=False),
    "svdvals": one(LONE, known=None),
    "eigvalsh": one(LONE, known=None),
    "fftn": one((1,), s=(1,), axes=(0,), norm="backward"),
    "ifftn": one((1,), s=(1,), axes=(0,), norm="backward"),
    "rfftn": one((1,), s=(1,), axes=(0,), norm="backward"),
    "irfftn": one((1,), s=(1,), axes=(0,), norm="backward"),
    "vector_norm": one((1,), ord=3, axis=(0,), keepdims=False),
}
