"""The rows of the table at a size where arithmetic dominates, and what each library's users call in their place.

An op is called by its public name on both sides: `ours` over unigrad's namespace, `native` over the library's own. A row that no
library has under any name (an adjugate, the transpose of a pooling) is compared with the library's autodiff through the row's
own kernel, which is what the conformance suite compares derivatives with, and marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unigrad import kinds
from unigrad.primitive import TABLE, Primitive
from unigrad_conformance.cases import BOOLS_ONLY, INTEGERS_ONLY, _interval, samples_of

Call = Callable[..., Any]  # (namespace, *arrays) -> array, or several

SIDE = 512
PLANE = (SIDE, SIDE)
#: rows that a caller never names: their work is measured in the ops that use them
INTERNAL = ("convert", "move", "through_numpy", "numbers_of", "unique_values", "factor")


@dataclass(frozen=True)
class Op:
    """One call of a row at its large size."""

    name: str
    row: Primitive
    arrays: tuple[np.ndarray, ...]
    ours: Call
    native: dict[str, Call] = field(hash=False)  # by the library's name; "" for any namespace
    differentiable: bool = True

    @property
    def size(self) -> str:
        return ", ".join("x".join(map(str, a.shape)) or "()" for a in self.arrays)

    def native_in(self, library: str) -> Call | None:
        return self.native.get(library, self.native.get(""))


# -- matrices with the properties that a factorization wants ------------------------------------------------------------------


def _square(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.standard_normal((n, n)) / n**0.5 + 2 * np.eye(n)


def _symmetric(rng: np.random.Generator, n: int) -> np.ndarray:
    x = rng.standard_normal((n, n))
    return x + x.T


def _positive(rng: np.random.Generator, n: int) -> np.ndarray:
    x = rng.standard_normal((n, n))
    return x @ x.T / n + np.eye(n)


def _triangular(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.tril(rng.standard_normal((n, n)) / n) + np.eye(n)


# -- what is called, over a namespace -------------------------------------------------------------------------------------------


def _linalg(name: str, **params: Any) -> Call:
    return lambda xp, *xs: getattr(xp.linalg, name)(*xs, **params)


def _plain(name: str, **params: Any) -> Call:
    return lambda xp, *xs: getattr(xp, name)(*xs, **params)


def _sizes(xp: Any, w: Any, v: Any) -> list[Any]:
    """Eigenvalues, and what does not depend on the phases of the vectors: of anything else torch refuses the gradient."""
    return [w, xp.abs(v)]


def _fourier(name: str, **params: Any) -> Call:
    return lambda xp, x: getattr(xp.fft, name)(x, **params)


#: name: shapes (or makers of arrays), and the call over either namespace
Spec = tuple[Sequence[Any], Call]

_ROWS = {"axis": -1}
SAME: dict[str, Spec] = {
    "astype": ([PLANE], lambda xp, x: xp.astype(x, xp.float32)),
    "reshape": ([PLANE], lambda xp, x: xp.reshape(x, (-1, 64))),
    "permute_dims": ([PLANE], lambda xp, x: xp.permute_dims(x, (1, 0))),
    "broadcast_to": ([(SIDE,)], lambda xp, x: xp.broadcast_to(x, PLANE)),
    "concat": ([(SIDE, 256), (SIDE, 256)], lambda xp, x, y: xp.concat([x, y], axis=1)),
    "flip": ([PLANE], _plain("flip", axis=1)),
    "roll": ([PLANE], lambda xp, x: xp.roll(x, 7, axis=1)),
    "repeat": ([(256, SIDE)], lambda xp, x: xp.repeat(x, 2, axis=1)),
    "tril": ([PLANE], _plain("tril")),
    "triu": ([PLANE], _plain("triu")),
    "getitem": ([PLANE], lambda xp, x: x[3:-2, ::2]),
    **{name: ([PLANE], _plain(name, axis=1)) for name in ("sum", "mean", "var", "std", "max", "min", "any", "all", "prod")},
    **{f"{name} of all": ([PLANE], _plain(name)) for name in ("sum", "max")},
    "prod of all": ([lambda rng: rng.uniform(0.99, 1.01, PLANE)], _plain("prod")),
    "cumulative_sum": ([PLANE], _plain("cumulative_sum", axis=1)),
    "cumulative_prod": ([PLANE], _plain("cumulative_prod", axis=1)),
    "matmul": ([PLANE, PLANE], _plain("matmul")),
    "vecdot": ([PLANE, PLANE], _plain("vecdot", axis=-1)),
    "cross": ([(100_000, 3), (100_000, 3)], _linalg("cross", axis=-1)),
    "diagonal": ([(64, 64, 64)], _linalg("diagonal")),
    "inv": ([_square], _linalg("inv")),
    "solve": ([_square, PLANE], _linalg("solve")),
    "solve of a vector": ([_square, (SIDE,)], _linalg("solve")),
    "pinv": ([(256, 128)], _linalg("pinv")),
    "svd": ([(256, 256)], _linalg("svd", full_matrices=False)),
    "svdvals": ([(256, 256)], _linalg("svdvals")),
    "matrix_rank": ([(256, 256)], _linalg("matrix_rank")),
    "det": ([_square], _linalg("det")),
    "slogdet": ([_square], lambda xp, x: xp.linalg.slogdet(x)[1]),
    "cholesky": ([_positive], _linalg("cholesky")),
    "qr": ([(SIDE, 256)], _linalg("qr")),
    "eigh": ([lambda rng: _symmetric(rng, 256)], _linalg("eigh")),
    "eigvalsh": ([lambda rng: _symmetric(rng, 256)], _linalg("eigvalsh")),
    "eig": ([lambda rng: _square(rng, 128)], lambda xp, x: _sizes(xp, *xp.linalg.eig(x))),
    "eigvals": ([lambda rng: _square(rng, 128)], _linalg("eigvals")),
    "vector_norm": ([PLANE], lambda xp, x: xp.linalg.vector_norm(x)),
    "vector_norm along an axis": ([PLANE], _linalg("vector_norm", axis=-1)),
    "vector_norm of order 3": ([PLANE], _linalg("vector_norm", ord=3)),
    "fftn": ([PLANE], lambda xp, x: xp.fft.fft(xp.astype(x, xp.complex128))),
    "fftn of real numbers": ([PLANE], lambda xp, x: xp.abs(xp.fft.fft(xp.astype(x, xp.complex128)))),
    "ifftn": ([PLANE], lambda xp, x: xp.fft.ifft(xp.astype(x, xp.complex128))),
    "rfftn": ([PLANE], _fourier("rfft")),
    "rfftn of two axes": ([PLANE], _fourier("rfftn")),
    "irfftn": ([PLANE], lambda xp, x: xp.fft.irfft(xp.astype(x, xp.complex128))),
    "argmax": ([PLANE], _plain("argmax", axis=1)),
    "argmin": ([PLANE], _plain("argmin", axis=1)),
    "count_nonzero": ([PLANE], _plain("count_nonzero", axis=1)),
    "nonzero": ([PLANE], _plain("nonzero")),
    "searchsorted": ([lambda rng: np.sort(rng.random(100_000)), (100_000,)], _plain("searchsorted")),
    "argsort": ([PLANE], _plain("argsort")),
    "sort": ([PLANE], _plain("sort")),
    "isin": ([(100_000,), (1000,)], _plain("isin")),
}  # fmt: skip
for _name in ("inv", "solve", "solve of a vector", "det", "slogdet", "cholesky"):
    _makers, _call = SAME[_name]
    SAME[_name] = ([(lambda rng, m=m: m(rng, SIDE)) if callable(m) else m for m in _makers], _call)


# -- where the libraries' names differ from ours --------------------------------------------------------------------------------

_RNG = np.random.default_rng(1)
_INDEX = _RNG.integers(0, SIDE, SIDE)
_LINES = _RNG.integers(0, SIDE, PLANE)
_LABELS = _RNG.integers(0, SIDE, SIDE)
_IDS = _RNG.integers(0, 50, SIDE)
_IMAGES = (8, 16, 32, 32)
_KERNEL = (16, 16, 3, 3)
_CONV = {"stride": (1, 1), "pads": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
_POOL = {"window": (2, 2), "stride": (2, 2), "pads": ((0, 0), (0, 0))}
_OVERLAP = {"window": (3, 3), "stride": (2, 2), "pads": ((1, 1), (1, 1))}
_POOLED = (8, 16, 16, 16)


def _torch(function: Callable[[Any], Call]) -> Call:
    """A call over torch itself: made when it is first called, so that nobody else imports torch."""
    made: list[Call] = []

    def call(xp: Any, *xs: Any) -> Any:
        if not made:
            import torch

            made.append(function(torch))
        return made[0](*xs)

    return call


def _jax(function: Callable[[Any], Call]) -> Call:
    made: list[Call] = []

    def call(xp: Any, *xs: Any) -> Any:
        if not made:
            import jax

            made.append(function(jax))
        return made[0](*xs)

    return call


def _row(name: str, **params: Any) -> Call:
    return lambda xp, *xs: TABLE[name](*xs, **params)


def _ug(name: str, *more: Any, **params: Any) -> Call:
    """A public function of unigrad's or of one of its modules."""

    def call(xp: Any, *xs: Any) -> Any:
        import unigrad as ug

        at: Any = ug
        for part in name.split("."):
            at = getattr(at, part)
        return at(*xs, *more, **params)

    return call


def _torch_index(torch: Any) -> Any:
    return torch.as_tensor(_INDEX)


#: name: shapes, ours, and each library's own; rows left out of a library's entry have nothing there
OTHER: dict[str, tuple[Sequence[Any], Call, dict[str, Call]]] = {
    "take": ([PLANE], lambda xp, x: xp.take(x, xp.asarray(_INDEX), axis=0), {
        "": lambda xp, x: xp.take(x, xp.asarray(_INDEX), axis=0),
    }),
    "getitem of an index array": ([PLANE], lambda xp, x: x[xp.asarray(_INDEX)], {
        "": lambda xp, x: x[xp.asarray(_INDEX)],
    }),
    "setitem": ([PLANE, (SIDE,)], _row("setitem", index=7), {
        "torch": _torch(lambda torch: lambda x, v: torch.select_scatter(x, v, 0, 7)),
        "jax": lambda xp, x, v: x.at[7].set(v),
    }),
    "scatter": ([PLANE], _row("scatter", shape=PLANE, indices=((_INDEX,),)), {
        "torch": _torch(lambda torch: lambda x: torch.zeros_like(x).index_add(0, _torch_index(torch), x)),
        "jax": lambda xp, x: xp.zeros_like(x).at[xp.asarray(_INDEX)].add(x),
    }),
    "take_along_axis": ([PLANE], _row("take_along_axis", indices=_LINES, axis=1), {
        "numpy": lambda xp, x: xp.take_along_axis(x, _LINES, axis=1),
        "jax": lambda xp, x: xp.take_along_axis(x, _LINES, axis=1),
        "torch": _torch(lambda torch: lambda x: torch.gather(x, 1, torch.as_tensor(_LINES))),
    }),
    "add_along_axis": ([PLANE], _row("add_along_axis", indices=_LINES, axis=1, n=SIDE), {
        "torch": _torch(lambda torch: lambda x: torch.zeros_like(x).scatter_add(1, torch.as_tensor(_LINES), x)),
    }),
    "pad_zeros": ([PLANE], _row("pad_zeros", widths=((3, 3), (2, 1))), {
        "numpy": lambda xp, x: xp.pad(x, ((3, 3), (2, 1))),
        "jax": lambda xp, x: xp.pad(x, ((3, 3), (2, 1))),
        "torch": _torch(lambda torch: lambda x: torch.nn.functional.pad(x, (2, 1, 3, 3))),
    }),
    "order_statistics": ([PLANE], _ug("median", axis=1), {
        "numpy": lambda xp, x: xp.median(x, axis=1),
        "jax": lambda xp, x: xp.median(x, axis=1),
        "torch": _torch(lambda torch: lambda x: torch.quantile(x, 0.5, dim=1)),
    }),
    "top_k_places": ([PLANE], lambda xp, x: _ug("top_k", 8)(xp, x)[0], {
        "torch": _torch(lambda torch: lambda x: torch.topk(x, 8).values),
        "jax": _jax(lambda jax: lambda x: jax.lax.top_k(x, 8)[0]),
    }),
    "segment_max": ([PLANE], _row("segment_max", ids=_IDS, count=50), {
        "jax": _jax(lambda jax: lambda x: jax.ops.segment_max(x, _IDS, 50)),
        "torch": _torch(lambda torch: lambda x: x.new_full((50, SIDE), -np.inf).scatter_reduce(
            0, torch.as_tensor(_IDS)[:, None].expand(x.shape), x, "amax")),
    }),
    "einsum_pair": ([(32, 128, 64), (32, 64, 128)], lambda xp, x, y: _ug("einsum")(xp, "bij,bjk->bik", x, y), {
        "": lambda xp, x, y: xp.einsum("bij,bjk->bik", x, y),
    }),
    "einsum_pair of three": ([(64, 64, 32), (64, 48), (48, 32)],
        lambda xp, x, y, z: _ug("einsum")(xp, "abc,bd,dc->ac", x, y, z), {
        "": lambda xp, x, y, z: xp.einsum("abc,bd,dc->ac", x, y, z),
    }),
    "affine": ([(SIDE, SIDE), (SIDE, SIDE), (SIDE,)], _row("affine"), {
        "numpy": lambda xp, x, w, b: x @ w + b,
        "jax": lambda xp, x, w, b: x @ w + b,
        "torch": _torch(lambda torch: lambda x, w, b: torch.addmm(b, x, w)),
    }),
    "solve_triangular": ([lambda rng: _triangular(rng, SIDE), PLANE], _row(
        "solve_triangular", lower=True, adjoint=False, unit=False, check=True), {
        "torch": _torch(lambda torch: lambda a, b: torch.linalg.solve_triangular(a, b, upper=False)),
        "jax": _jax(lambda jax: lambda a, b: jax.scipy.linalg.solve_triangular(a, b, lower=True)),
    }),
    "adjugate": ([lambda rng: _square(rng, 128)], _ug("ops.determinants.adjugate"), {}),
    "conv": ([_IMAGES, _KERNEL], _row("conv", **_CONV), {
        "torch": _torch(lambda torch: lambda x, w: torch.nn.functional.conv2d(x, w, padding=1)),
        "jax": _jax(lambda jax: lambda x, w: jax.lax.conv_general_dilated(x, w, (1, 1), ((1, 1), (1, 1)))),
    }),
    "conv by convolve": ([(20_000,), (64,)], _ug("convolve"), {
        "numpy": lambda xp, a, v: xp.convolve(a, v),
        "jax": lambda xp, a, v: xp.convolve(a, v),
        "torch": _torch(lambda torch: lambda a, v: torch.nn.functional.conv1d(
            a[None, None], torch.flip(v, (0,))[None, None], padding=63)[0, 0]),
    }),
    "conv_input": ([_IMAGES, _KERNEL], _row("conv_input", size=(32, 32), **_CONV), {
        "torch": _torch(lambda torch: lambda y, w: torch.nn.functional.conv_transpose2d(y, w, padding=1)),
    }),
    "conv_weight": ([_IMAGES, _IMAGES], _row("conv_weight", size=(3, 3), **_CONV), {}),
    "sum_pool": ([_IMAGES], _row("sum_pool", **_POOL), {
        "torch": _torch(lambda torch: lambda x: torch.nn.functional.avg_pool2d(x, 2, divisor_override=1)),
    }),
    "sum_pool_transpose": ([_POOLED], _row("sum_pool_transpose", size=(32, 32), **_POOL), {}),
    "max_pool": ([_IMAGES], _row("max_pool", **_POOL), {
        "torch": _torch(lambda torch: lambda x: torch.nn.functional.max_pool2d(x, 2)),
        "jax": _jax(lambda jax: lambda x: jax.lax.reduce_window(
            x, -np.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")),
    }),
    "max_pool with overlap": ([_IMAGES], _row("max_pool", **_OVERLAP), {
        "torch": _torch(lambda torch: lambda x: torch.nn.functional.max_pool2d(x, 3, 2, 1)),
        "jax": _jax(lambda jax: lambda x: jax.lax.reduce_window(
            x, -np.inf, jax.lax.max, (1, 1, 3, 3), (1, 1, 2, 2), ((0, 0), (0, 0), (1, 1), (1, 1)))),
    }),
    "max_pool_pull": ([_POOLED, _IMAGES], _row("max_pool_pull", **_POOL), {}),
    "max_pool_push": ([_IMAGES, _IMAGES], _row("max_pool_push", **_POOL), {}),
    "logsumexp": ([PLANE], _row("logsumexp", axis=(1,), keepdims=False), {
        "torch": _torch(lambda torch: lambda x: torch.logsumexp(x, 1)),
        "jax": _jax(lambda jax: lambda x: jax.nn.logsumexp(x, axis=1)),
    }),
    "softmax": ([PLANE], _row("softmax", axis=1), {
        "torch": _torch(lambda torch: lambda x: torch.softmax(x, 1)),
        "jax": _jax(lambda jax: lambda x: jax.nn.softmax(x, axis=1)),
    }),
    "log_softmax": ([PLANE], _row("log_softmax", axis=1), {
        "torch": _torch(lambda torch: lambda x: torch.log_softmax(x, 1)),
        "jax": _jax(lambda jax: lambda x: jax.nn.log_softmax(x, axis=1)),
    }),
    "surplus": ([PLANE], _row("surplus", labels=_LABELS), {}),
    "cross_entropy": ([PLANE], _row("cross_entropy", labels=_LABELS, mean=True), {
        "torch": _torch(lambda torch: lambda x: torch.nn.functional.cross_entropy(x, torch.as_tensor(_LABELS))),
    }),
    "polygamma": ([PLANE], _row("polygamma", n=1), {
        "torch": _torch(lambda torch: lambda x: torch.polygamma(1, x)),
        "jax": _jax(lambda jax: lambda x: jax.scipy.special.polygamma(1, x)),
    }),
    "iv": ([PLANE], _row("iv", n=2), {}),
    "ive": ([PLANE], _row("ive", n=2), {}),
    "sinc_derivative": ([PLANE], _row("sinc_derivative", n=1), {}),
    "cell_above": ([PLANE, lambda rng: np.sort(rng.random(100))], _row("cell_above"), {
        "torch": _torch(lambda torch: lambda x, knots: torch.searchsorted(knots, x, right=True)),
        "jax": lambda xp, x, knots: xp.searchsorted(knots, x, side="right"),
        "numpy": lambda xp, x, knots: xp.searchsorted(knots, x, side="right"),
    }),
    "cell_below": ([PLANE, lambda rng: np.sort(rng.random(100))], _row("cell_below"), {
        "torch": _torch(lambda torch: lambda x, knots: torch.searchsorted(knots, x)),
        "jax": lambda xp, x, knots: xp.searchsorted(knots, x),
        "numpy": lambda xp, x, knots: xp.searchsorted(knots, x),
    }),
    "knot_order": ([(100_000,)], _row("knot_order"), {"": lambda xp, x: xp.argsort(x)}),
    "where": ([PLANE, PLANE, PLANE], lambda xp, c, x, y: xp.where(c, x, y), {"": lambda xp, c, x, y: xp.where(c, x, y)}),
}  # fmt: skip

#: elementwise rows by the names that torch, JAX and NumPy's users know them by
_SPECIAL = (
    "cbrt", "erf", "erfc", "erfinv", "ndtr", "ndtri", "log_ndtr", "expit", "logit", "xlogy", "xlog1py", "entr", "rel_entr",
    "digamma", "gammaln", "i1", "i0", "i1e", "i0e",
)  # fmt: skip
ELEMENTWISE: dict[str, dict[str, Call]] = {
    **{name: {"torch": _torch(lambda torch, name=name: getattr(torch.special, name)),
              "jax": _jax(lambda jax, name=name: getattr(jax.scipy.special, name))}
       for name in _SPECIAL if name not in ("rel_entr", "cbrt")},
    "rel_entr": {"jax": _jax(lambda jax: jax.scipy.special.rel_entr)},
    "cbrt": {"numpy": _plain("cbrt"), "jax": _plain("cbrt")},
    "sinc": {"": _plain("sinc"), "torch": _torch(lambda torch: torch.sinc)},
    "relu": {"torch": _torch(lambda torch: torch.relu), "jax": _jax(lambda jax: jax.nn.relu)},
    "softplus": {"torch": _torch(lambda torch: torch.nn.functional.softplus), "jax": _jax(lambda jax: jax.nn.softplus)},
    "log_expit": {"torch": _torch(lambda torch: torch.nn.functional.logsigmoid), "jax": _jax(lambda jax: jax.nn.log_sigmoid)},
}  # fmt: skip


def _draw(row: Primitive, i: int, shape: Any, rng: np.random.Generator) -> np.ndarray:
    if callable(shape):
        return np.asarray(shape(rng))
    if row.name in ("conj", "real", "imag"):
        return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    if row.name.startswith(INTEGERS_ONLY):
        return rng.integers(0, 8, shape)
    if row.name.startswith(BOOLS_ONLY) or row.args[min(i, len(row.args) - 1)] in row.fixed:
        return rng.random(shape) < 0.5
    return rng.uniform(*_interval(row, i), shape)


def _by_name(row: Primitive) -> dict[str, Call]:
    """The namespace's function of the row's own name, where it has one; asked of a namespace when it is called."""
    return ELEMENTWISE.get(row.name) or ({"": _plain(row.name)} if row.name in STANDARD else {})


#: elementwise rows that every namespace has by the same name
STANDARD = frozenset(
    """
    abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_invert bitwise_left_shift bitwise_or
    bitwise_right_shift bitwise_xor ceil conj copysign cos cosh divide equal exp expm1 floor floor_divide greater
    greater_equal hypot imag isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp logical_and
    logical_not logical_or logical_xor maximum minimum multiply negative nextafter not_equal ones_like positive
    pow real reciprocal remainder round sign signbit sin sinh sqrt square subtract tan tanh trunc zeros_like
    """.split()  # noqa: SIM905
)


def ops(pattern: Sequence[str] = ()) -> Iterator[Op]:
    """Every row that has samples, by name, and its variants; those of `pattern` alone if there is any."""
    named = {**{n: (shapes, call, {"": call}) for n, (shapes, call) in SAME.items()}, **OTHER}
    for name, row in TABLE.items():
        if name in INTERNAL or not samples_of(row):
            continue
        variants = {n: s for n, s in named.items() if n == name or n.startswith((f"{name} of ", f"{name} along ",
                    f"{name} with ", f"{name} by "))}  # fmt: skip
        if name == "getitem":
            variants["take"] = named["take"]
        if not variants:
            public = getattr(row, "function", row)
            ours: Call = lambda xp, *xs, public=public: public(*xs)  # noqa: E731
            variants = {name: ([PLANE] * len(row.args), ours, _by_name(row))}
        for label, (shapes, ours, native) in variants.items():
            if pattern and not any(label == p or (p.endswith("*") and label.startswith(p[:-1])) for p in pattern):
                continue
            rng = np.random.default_rng(0)
            arrays = tuple(_draw(row, i, shape, rng) for i, shape in enumerate(shapes))
            # top_k is a constant row (of places) and a gather, which has a derivative
            differentiable = not isinstance(row, kinds.Constant) or name == "top_k_places"
            yield Op(label, row, arrays, ours, native, differentiable)
