"""Products and norms, by TensorFlow's names. `name` is taken for TensorFlow's sake, and not used."""

from typing import Any

from unigrad.errors import ShapeError
from unigrad.ops import linalg as la
from unigrad.ops import vectors
from unigrad.ops.einsum import einsum as _einsum
from unigrad.ops.elementwise import conj
from unigrad.ops.manipulation import axes_of, expand_dims, matrix_transpose, moveaxis, squeeze
from unigrad.ops.norms import matrix_norm, vector_norm
from unigrad.tf.constants import alike, convert_to_tensor, eye, is_array
from unigrad.tf.decompositions import (
    adjoint,
    cholesky,
    det,
    diag_part,
    eigh,
    eigvalsh,
    inv,
    logdet,
    pinv,
    qr,
    slogdet,
    solve,
    svd,
    triangular_solve,
)
from unigrad.tf.reductions import as_axis, as_float

__all__ = [
    "adjoint",
    "cholesky",
    "det",
    "diag_part",
    "eigh",
    "eigvalsh",
    "einsum",
    "eye",
    "inv",
    "logdet",
    "matmul",
    "matrix_transpose",
    "matvec",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "tensordot",
    "trace",
    "triangular_solve",
]


def _side(x: Any, transpose: bool, adjoint: bool) -> Any:
    x = conj(x) if adjoint else x
    return matrix_transpose(x) if transpose or adjoint else x


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    name: str | None = None,
) -> Any:
    """Matrix product; leading axes broadcast. Each side may be transposed, or transposed and conjugated, before."""
    a, b = alike(a, b)
    return la.matmul(_side(a, transpose_a, adjoint_a), _side(b, transpose_b, adjoint_b))


def matvec(a: Any, b: Any, transpose_a: bool = False, adjoint_a: bool = False, name: str | None = None) -> Any:
    """Matrix times vector; leading axes broadcast. The matrix may be transposed, or transposed and conjugated, before."""
    a, b = (convert_to_tensor(v) for v in alike(a, b))
    return squeeze(la.matmul(_side(a, transpose_a, adjoint_a), expand_dims(b, axis=-1)), -1)


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Any:
    """Sum of products over pairs of axes."""
    a, b = (convert_to_tensor(v) for v in alike(a, b))
    if isinstance(axes, list | tuple):
        axes = tuple((x,) if isinstance(x, int) else tuple(x) for x in axes)
    return la.tensordot(a, b, axes=axes)


def einsum(equation: str, *inputs: Any, name: str | None = None) -> Any:
    """Sums of products by Einstein's rule: "ij,jk->ik" is the matrix product."""
    kind = next((v.dtype for v in inputs if is_array(v)), None)
    return _einsum(equation, *(convert_to_tensor(v, dtype=None if is_array(v) else kind) for v in inputs))


def trace(x: Any, name: str | None = None) -> Any:
    """The sum of the diagonal of each matrix."""
    x = convert_to_tensor(x)
    if x.ndim < 2:
        raise ShapeError(f"trace: a tensor of shape {x.shape} is no matrix")
    return vectors.trace(x, dtype=x.dtype)


def norm(tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False, name: str | None = None) -> Any:
    """The norm over `axis`; zero has the gradient zero.

    Args:
        tensor: real or complex numbers.
        ord: of vectors "euclidean" (which is 2), or a positive number, infinity too; of matrices "euclidean" or "fro" (of all
            elements as a vector), 1 (the largest sum of absolute values in a column), 2 (the largest singular value), or
            infinity (the largest sum in a row).
        axis: None: all elements as one vector; an int: vectors along it; two of them: matrices.
        keepdims: keep the axes, with size 1.
    """
    x, axis = as_float(tensor), as_axis(axis)
    if isinstance(axis, tuple) and len(axis) == 2:
        if ord not in ("euclidean", "fro", 1, 2, float("inf")):
            raise ValueError(f"norm: ord of matrices is 'euclidean', 'fro', 1, 2 or infinity, not {ord!r}")
        places = axes_of(axis, x.ndim, "norm")
        out = matrix_norm(moveaxis(x, places, (-2, -1)), ord="fro" if ord == "euclidean" else ord)
        return expand_dims(out, axis=places) if keepdims else out
    if ord != "euclidean" and (isinstance(ord, str) or not ord > 0):
        raise ValueError(f"norm: ord of vectors is 'euclidean' or a positive number, not {ord!r}")
    return vector_norm(x, axis=axis, keepdims=keepdims, ord=2 if ord == "euclidean" else ord)
