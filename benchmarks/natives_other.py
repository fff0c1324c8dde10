"""Calls for which the libraries have names of their own, or none: ours, and what each library's users say in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.natives_same import PLANE, SIDE, Call, _plain, _square, _triangular
from unigrad.primitive import TABLE

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
