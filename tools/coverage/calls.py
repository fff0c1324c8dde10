"""A call of every public function that is no row itself: shapes of the arrays that are differentiated, and the call.

A row needs none: the conformance suite has its samples. Values are drawn between 0.4 and 1.6, distinct, so away from most
kinks; those of one axis ascend.
"""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import unigrad as ug
from unigrad import nn
from unigrad.ops import manipulation


class Call(NamedTuple):
    """One call, of tensors of these shapes."""

    function: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...] = ((2, 3),)
    #: dtype of the arrays: integers cannot be differentiated
    dtype: str = "float64"
    #: of the complex call; None where there is none
    complex_dtype: str | None = "complex128"
    #: the first array is hermitian, and positive definite
    hermitian: bool = False


def on(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Call:
    """A call of floats."""
    return Call(function, shapes or ((2, 3),))


def hermitian(function: Callable[..., Any]) -> Call:
    """A call of a hermitian, positive definite matrix."""
    return Call(function, ((3, 3),), hermitian=True)


def half(function: Callable[..., Any]) -> Call:
    """A call of half a spectrum: complex numbers, whatever it is asked."""
    return Call(function, ((2, 3),), "complex128")


def ints(function: Callable[..., Any], count: int) -> Call:
    """A call of integers alone."""
    return Call(function, ((2, 3),) * count, "int64", None)


A, S = (2, 3), (3, 3)
AT = np.array([[0, 2], [1, 0]])
IDS = np.array([0, 1])

CALLS: dict[str, Call] = {
    # creation: a tensor among the arguments keeps its derivative
    "arange": Call(lambda: ug.arange(3), ()),
    "asarray": on(lambda x, y: ug.asarray([x, y]), (), ()),
    "empty": Call(lambda: ug.empty((2,)), ()),
    "empty_like": on(lambda x: ug.empty_like(x)),
    "eye": Call(lambda: ug.eye(2), ()),
    "from_dlpack": on(lambda x: ug.from_dlpack(x)),
    "full": on(lambda x: ug.full((2, 3), x), ()),
    "full_like": on(lambda x, y: ug.full_like(x, y), A, ()),
    "linspace": on(lambda x, y: ug.linspace(x, y, 4), (), ()),
    "meshgrid": on(lambda x, y: ug.meshgrid(x, y), (2,), (3,)),
    "ones": Call(lambda: ug.ones((2,)), ()),
    "ones_like": on(lambda x: ug.ones_like(x)),
    "tril": on(lambda x: ug.tril(x)),
    "triu": on(lambda x: ug.triu(x)),
    "zeros": Call(lambda: ug.zeros((2,)), ()),
    "zeros_like": on(lambda x: ug.zeros_like(x)),
    # manipulation
    "astype": on(lambda x: ug.astype(x, ug.complex64 if x.dtype.kind == "c" else ug.float32)),
    "broadcast_arrays": on(lambda x, y: ug.broadcast_arrays(x, y), (2, 1), (3,)),
    "broadcast_shapes": Call(lambda: ug.broadcast_shapes((2, 1), (3,)), ()),
    "broadcast_to": on(lambda x: ug.broadcast_to(x, (2, 3)), (3,)),
    "concat": on(lambda x, y: ug.concat([x, y]), A, A),
    "convert": on(lambda x: ug.convert(x, "torch")),
    "expand_dims": on(lambda x: ug.expand_dims(x, axis=0)),
    "flip": on(lambda x: ug.flip(x)),
    "matrix_transpose": on(lambda x: ug.matrix_transpose(x)),
    "moveaxis": on(lambda x: ug.moveaxis(x, 0, 1)),
    "permute_dims": on(lambda x: ug.permute_dims(x, (1, 0))),
    "repeat": on(lambda x: ug.repeat(x, 2, axis=0)),
    "reshape": on(lambda x: ug.reshape(x, (3, 2))),
    "roll": on(lambda x: ug.roll(x, 1, axis=0)),
    "split": on(lambda x: ug.split(x, [1], axis=1)),
    "squeeze": on(lambda x: ug.squeeze(x, axis=1), (2, 1)),
    "stack": on(lambda x, y: ug.stack([x, y]), A, A),
    "tile": on(lambda x: ug.tile(x, (2, 1))),
    "unstack": on(lambda x: ug.unstack(x)),
    # elementwise, with optional arguments
    "clip": on(lambda x, a, b: ug.clip(x, a, b), A, (3,), ()),
    "where": on(lambda x, y: ug.where(np.array([True, False, True]), x, y), A, (3,)),
    # statistics and utilities
    "all": on(lambda x: ug.all(x)),
    "any": on(lambda x: ug.any(x)),
    "cumulative_prod": on(lambda x: ug.cumulative_prod(x, axis=1)),
    "cumulative_sum": on(lambda x: ug.cumulative_sum(x, axis=1)),
    "diff": on(lambda x: ug.diff(x)),
    "max": on(lambda x: ug.max(x, axis=1)),
    "mean": on(lambda x: ug.mean(x, axis=1)),
    "min": on(lambda x: ug.min(x, axis=1)),
    "prod": on(lambda x: ug.prod(x, axis=1)),
    "std": on(lambda x: ug.std(x, axis=1)),
    "sum": on(lambda x: ug.sum(x, axis=1)),
    "var": on(lambda x: ug.var(x, axis=1)),
    # indexing, searching, sorting, sets
    "argmax": on(lambda x: ug.argmax(x)),
    "argmin": on(lambda x: ug.argmin(x)),
    "argsort": on(lambda x: ug.argsort(x)),
    "count_nonzero": on(lambda x: ug.count_nonzero(x)),
    "isin": on(lambda x, y: ug.isin(x, y), A, (3,)),
    "nonzero": on(lambda x: ug.nonzero(x)),
    "searchsorted": on(lambda x, y: ug.searchsorted(x, y), (4,), A),
    "sort": on(lambda x: ug.sort(x)),
    "take": on(lambda x: ug.take(x, np.array([0, 0, 1]), axis=0)),
    "take_along_axis": on(lambda x: ug.take_along_axis(x, AT, axis=1)),
    "unique_all": on(lambda x: ug.unique_all(x)),
    "unique_counts": on(lambda x: ug.unique_counts(x)),
    "unique_inverse": on(lambda x: ug.unique_inverse(x)),
    "unique_values": on(lambda x: ug.unique_values(x)),
    # products
    "tensordot": on(lambda x, y: ug.tensordot(x, y, axes=1), A, (3, 2)),
    "vecdot": on(lambda x, y: ug.vecdot(x, y), A, (3,)),
    # beyond the standard
    "convolve": on(lambda x, y: ug.convolve(x, y), (4,), (3,)),
    "einsum": on(lambda x, y: ug.einsum("ij,jk->ik", x, y), A, (3, 2)),
    "interp": on(lambda x, a, b: ug.interp(x, a, b), A, (5,), (5,)),
    "log_softmax": on(lambda x: ug.log_softmax(x)),
    "logsumexp": on(lambda x: ug.logsumexp(x, axis=1)),
    "median": on(lambda x: ug.median(x, axis=1)),
    "pad": on(lambda x: ug.pad(x, 1, mode="reflect")),
    "percentile": on(lambda x, q: ug.percentile(x, q, axis=1), A, ()),
    "quantile": on(lambda x, q: ug.quantile(x, q * 0.6, axis=1), A, ()),
    "segment_max": on(lambda x: ug.segment_max(x, IDS)),
    "segment_mean": on(lambda x: ug.segment_mean(x, IDS)),
    "segment_sum": on(lambda x: ug.segment_sum(x, IDS)),
    "softmax": on(lambda x: ug.softmax(x)),
    "top_k": on(lambda x: ug.top_k(x, 2)),
    "nn.avg_pool": on(lambda x: nn.avg_pool(x, 2), (1, 1, 4, 4)),
    "nn.conv": on(lambda x, w: nn.conv(x, w), (1, 2, 4), (3, 2, 2)),
    "nn.max_pool": on(lambda x: nn.max_pool(x, 2), (1, 1, 4, 4)),
    "special.gammainc": on(lambda x: ug.special.gammainc(1.5, x)),
    "special.gammaincc": on(lambda x: ug.special.gammaincc(1.5, x)),
    "special.log_softmax": on(lambda x: ug.special.log_softmax(x)),
    "special.logsumexp": on(lambda x: ug.special.logsumexp(x, axis=1)),
    "special.polygamma": on(lambda x: ug.special.polygamma(2, x)),
    "special.rel_entr": on(lambda x, y: ug.special.rel_entr(x, y), A, (3,)),
    "special.softmax": on(lambda x: ug.special.softmax(x)),
    "special.xlog1py": on(lambda x, y: ug.special.xlog1py(x, y), A, (3,)),
    "special.xlogy": on(lambda x, y: ug.special.xlogy(x, y), A, (3,)),
    # linear algebra
    "linalg.cholesky": hermitian(lambda x: ug.linalg.cholesky(x)),
    "linalg.cross": on(lambda x, y: ug.linalg.cross(x, y), A, A),
    "linalg.det": on(lambda x: ug.linalg.det(x), S),
    "linalg.diagonal": on(lambda x: ug.linalg.diagonal(x)),
    "linalg.eig": on(lambda x: ug.linalg.eig(x), S),
    "linalg.eigh": hermitian(lambda x: ug.linalg.eigh(x)),
    "linalg.eigvals": on(lambda x: ug.linalg.eigvals(x), S),
    "linalg.eigvalsh": hermitian(lambda x: ug.linalg.eigvalsh(x)),
    "linalg.inv": on(lambda x: ug.linalg.inv(x), S),
    "linalg.kron": on(lambda x, y: ug.linalg.kron(x, y), A, (2, 2)),
    "linalg.matrix_norm": on(lambda x: ug.linalg.matrix_norm(x)),
    "linalg.matrix_power": on(lambda x: ug.linalg.matrix_power(x, 3), S),
    "linalg.matrix_rank": on(lambda x: ug.linalg.matrix_rank(x)),
    "linalg.matrix_transpose": on(lambda x: ug.linalg.matrix_transpose(x)),
    "linalg.outer": on(lambda x, y: ug.linalg.outer(x, y), (2,), (3,)),
    "linalg.pinv": on(lambda x: ug.linalg.pinv(x)),
    "linalg.qr": on(lambda x: ug.linalg.qr(x), S),
    "linalg.slogdet": on(lambda x: ug.linalg.slogdet(x), S),
    "linalg.solve": on(lambda x, y: ug.linalg.solve(x, y), S, (3, 1)),
    "linalg.solve_triangular": on(lambda x, y: ug.linalg.solve_triangular(x, y), S, (3, 1)),
    "linalg.svd": on(lambda x: ug.linalg.svd(x, full_matrices=False)),
    "linalg.svdvals": on(lambda x: ug.linalg.svdvals(x)),
    "linalg.tensordot": on(lambda x, y: ug.linalg.tensordot(x, y, axes=1), A, (3, 2)),
    "linalg.trace": on(lambda x: ug.linalg.trace(x)),
    "linalg.vecdot": on(lambda x, y: ug.linalg.vecdot(x, y), A, (3,)),
    "linalg.vector_norm": on(lambda x: ug.linalg.vector_norm(x)),
    # Fourier transforms
    **{
        f"fft.{name}": on(lambda x, name=name: getattr(ug.fft, name)(x))  # type: ignore[misc]
        for name in ("fftn", "ifftn", "rfftn", "fft", "ifft", "rfft", "ihfft", "fftshift", "ifftshift")
    },
    **{
        f"fft.{name}": half(lambda x, name=name: getattr(ug.fft, name)(x))  # type: ignore[misc]
        for name in ("irfft", "irfftn", "hfft")
    },
    "fft.fftfreq": Call(lambda: ug.fft.fftfreq(4), ()),
    "fft.rfftfreq": Call(lambda: ug.fft.rfftfreq(4), ()),
}


def _written(x: Any, y: Any) -> Any:
    x[0] = y
    return x


def _swapped(name: str) -> Callable[[Any, Any], Any]:
    return lambda x, y: getattr(y, name)(x)


UNARY = {"__abs__": operator.abs, "__neg__": operator.neg, "__pos__": operator.pos}
BINARY = ["add", "divmod", "eq", "floordiv", "ge", "gt", "le", "lt", "mod", "mul", "ne", "pow", "sub", "truediv"]
INTEGERS = ["and", "lshift", "or", "rshift", "xor"]

#: methods and attributes of a tensor
CALLS |= {f"Tensor.{name}": on(function) for name, function in UNARY.items()}
CALLS |= {f"Tensor.__{n}__": on(getattr(operator, f"__{n}__", divmod), A, (3,)) for n in BINARY}
CALLS |= {
    f"Tensor.__r{n}__": on(_swapped(f"__r{n}__"), A, (3,))
    for n in BINARY
    if n not in ("eq", "ge", "gt", "le", "lt", "ne")
}
CALLS |= {
    f"Tensor.__i{n}__": on(getattr(operator, f"__i{n}__"), A, (3,))
    for n in BINARY
    if n not in ("divmod", "eq", "ge", "gt", "le", "lt", "ne")
}
CALLS |= {f"Tensor.__{n}__": ints(getattr(operator, f"__{n}__"), 2) for n in INTEGERS}
CALLS |= {f"Tensor.__r{n}__": ints(_swapped(f"__r{n}__"), 2) for n in INTEGERS}
CALLS |= {f"Tensor.__i{n}__": ints(getattr(operator, f"__i{n}__"), 2) for n in INTEGERS}
CALLS |= {
    "Tensor.__invert__": ints(operator.invert, 1),
    "Tensor.__matmul__": on(operator.matmul, S, S),
    "Tensor.__rmatmul__": on(_swapped("__rmatmul__"), S, S),
    "Tensor.__imatmul__": on(operator.imatmul, S, S),
    "Tensor.__getitem__": on(lambda x: x[1:, ::2]),
    "Tensor.__setitem__": on(_written, A, (3,)),
    "Tensor.__iter__": on(lambda x: list(x)),
    "Tensor.__contains__": on(lambda x: 1.0 in x),
    "Tensor.T": on(lambda x: x.T),
    "Tensor.mT": on(lambda x: x.mT),
    "Tensor.real": on(lambda x: x.real),
    "Tensor.imag": half(lambda x: x.imag),
    "Tensor.at": on(lambda x, y: x.at[0].add(y), A, (3,)),
    "Tensor.astype": on(lambda x: x.astype(ug.complex64 if x.dtype.kind == "c" else ug.float32)),
    "Tensor.reshape": on(lambda x: x.reshape(3, 2)),
    # NumPy has one device, where all its tensors are: the row that another device would take
    "Tensor.to_device": on(lambda x: manipulation.move(x, device=None, back=x.device)),
    "Tensor.detach": on(lambda x: x.detach()),
    "Tensor.__bool__": on(lambda x: bool(x), ()),
    "Tensor.__complex__": on(lambda x: complex(x), ()),
    "Tensor.__round__": on(lambda x: round(x, 1)),
    "Tensor.__trunc__": on(lambda x: x.__trunc__(), ()),
    "Tensor.__float__": on(lambda x: float(x), ()),
    "Tensor.__int__": on(lambda x: int(x), ()),
    "Tensor.__index__": Call(operator.index, ((),), "int64", None),
    "Tensor.__dlpack__": on(lambda x: x.__dlpack__()),
    "Tensor.__array__": on(lambda x: np.asarray(x)),
    "Tensor.item": on(lambda x: x.item(), ()),
    "Tensor.numpy": on(lambda x: x.numpy()),
    "Tensor.tolist": on(lambda x: x.tolist()),
}

#: NumPy's methods: those that need no argument, and the others
PLAIN = """all any argmax argmin argsort conj conjugate copy cumprod cumsum diagonal flatten max mean min nonzero prod ravel
round std sum trace transpose var"""


def _changed(name: str) -> Callable[..., Any]:
    """A method that writes in place, and what it leaves."""

    def call(x: Any, *args: Any) -> Any:
        x = +x
        getattr(x, name)(*args)
        return x

    return call


CALLS |= {f"Tensor.{n}": on(operator.methodcaller(n)) for n in PLAIN.split()}
CALLS |= {
    "Tensor.argpartition": on(lambda x: x.argpartition(1)),
    "Tensor.choose": Call(lambda x: x.choose([1.0, 2.0]), ((2,),), "int64", None),
    "Tensor.clip": on(lambda x: x.clip(0.5, 1.2)),
    "Tensor.compress": on(lambda x: x.compress([True, False], axis=0)),
    "Tensor.dot": on(lambda x, y: x.dot(y), A, (3,)),
    "Tensor.fill": on(_changed("fill"), A, ()),
    "Tensor.flat": on(lambda x: x.flat[1:4]),
    "Tensor.partition": on(lambda x: _changed("partition")(x, 1)),
    "Tensor.put": on(lambda x, y: _changed("put")(x, [0, 4], y), A, (2,)),
    "Tensor.repeat": on(lambda x: x.repeat(2)),
    "Tensor.searchsorted": on(lambda x: x.searchsorted([1.0]), (3,)),
    "Tensor.sort": on(_changed("sort")),
    "Tensor.squeeze": on(lambda x: x.squeeze(), (2, 1)),
    "Tensor.swapaxes": on(lambda x: x.swapaxes(0, 1)),
    "Tensor.take": on(lambda x: x.take([0, 4])),
    "Tensor.view": on(lambda x: x.view(ug.float64 if x.dtype.kind == "c" else ug.complex128), (2, 2)),
}
