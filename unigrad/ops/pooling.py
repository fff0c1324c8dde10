"""Pooling: the largest elements and the means of windows, in one to three dimensions."""

from collections.abc import Sequence
from typing import Any

from unigrad.errors import ShapeError
from unigrad.kinds import general, linear
from unigrad.ops.convolution import Pads, check_places, floats, numbers, pads_of
from unigrad.ops.creation import as_array
from unigrad.ops.elementwise import ones_like, zeros_like
from unigrad.primitive import Domain, Primitive, Sample

_GEOMETRIES: tuple[tuple[Any, ...], ...] = (
    ((2, 2, 5), (2, 2, 3), (3,), (2,), ((1, 1),)),
    ((1, 2, 4, 5), (1, 2, 2, 5), (2, 3), (2, 1), ((0, 0), (1, 1))),
    ((1, 1, 3, 2, 4), (1, 1, 2, 2, 2), (2, 1, 2), (1, 1, 2), ((0, 0), (0, 0), (0, 0))),
)


def _samples(arrays: tuple[int, ...], *, sized: bool = False, is_complex: bool = True) -> Domain:
    found = []
    for g in _GEOMETRIES:
        params = dict(zip(("window", "stride", "pads"), g[2:], strict=True))
        if sized:
            params = {"size": g[0][2:], **params}
        found.append(Sample(tuple(g[i] for i in arrays), params))
    return Domain(
        -30.0, 30.0, complex=is_complex, samples=tuple(found)
    )  # wide: hardly two elements are near each other


sum_pool: Primitive = linear(
    "sum_pool",
    lambda ct, x_shape, window, stride, pads: sum_pool_transpose(
        ct, size=x_shape[2:], window=window, stride=stride, pads=pads
    ),
    promotes="as is", domain=_samples((0,)), doc="Sums over windows of x (N, C, *spatial), zeros around it.",
)  # fmt: skip
sum_pool_transpose: Primitive = linear(
    "sum_pool_transpose",
    lambda ct, window, stride, pads: sum_pool(ct, window=window, stride=stride, pads=pads),
    promotes="as is", domain=_samples((1,), sized=True), doc="The transpose of sum_pool.",
)  # fmt: skip


def _no_tangent(t: Any, out: Any) -> Any:
    return zeros_like(out)  # which elements are largest does not change in a neighbourhood


max_pool_pull: Primitive = general(
    "max_pool_pull",
    args=("x", "y"),
    vjp=(lambda ct, y, window, stride, pads: max_pool_push(ct, y, window=window, stride=stride, pads=pads), None),
    jvp=(lambda t, y, window, stride, pads: max_pool_pull(t, y, window=window, stride=stride, pads=pads), _no_tangent),
    domain=_samples((1, 0), is_complex=False),
    doc="The cotangent x of each window shared evenly by the largest elements of that window of y.",
)
max_pool_push: Primitive = general(
    "max_pool_push",
    args=("x", "y"),
    vjp=(lambda ct, y, window, stride, pads: max_pool_pull(ct, y, window=window, stride=stride, pads=pads), None),
    jvp=(lambda t, y, window, stride, pads: max_pool_push(t, y, window=window, stride=stride, pads=pads), _no_tangent),
    domain=_samples((0, 0), is_complex=False),
    doc="The mean of the elements of x where each window of y has its largest elements.",
)
max_pool_: Primitive = general(
    "max_pool",
    vjp=lambda ct, x, window, stride, pads: max_pool_pull(ct, x, window=window, stride=stride, pads=pads),
    jvp=lambda t, x, window, stride, pads: max_pool_push(t, x, window=window, stride=stride, pads=pads),
    promotes="as is",
    domain=_samples((0,), is_complex=False),
    doc="The largest element of each window of x (N, C, *spatial).",
)


def _geometry(
    x: Any, window: Any, stride: Any, padding: Any, what: str
) -> tuple[tuple[int, ...], tuple[int, ...], Pads]:
    axes = len(x.shape) - 2
    if axes not in (1, 2, 3):
        raise ShapeError(f"{what}: x of shape {tuple(x.shape)} has two axes and one to three spatial ones")
    sizes = numbers(window, axes, what, "window")
    steps = sizes if stride is None else numbers(stride, axes, what, "stride")
    ones = (1,) * axes
    pads = pads_of(padding, tuple(x.shape[2:]), sizes, steps, ones, what)
    check_places(tuple(x.shape[2:]), sizes, pads, ones, what)
    for k, (lo, hi) in zip(sizes, pads, strict=True):
        if lo >= k or hi >= k:
            raise ShapeError(f"{what}: padding {padding!r} makes windows of {k} that hold nothing of x")
    return sizes, steps, pads


def max_pool(
    x: Any, /, window: int | Sequence[int], *, stride: int | Sequence[int] | None = None, padding: Any = 0
) -> Any:
    """The largest element of each window; the gradient is split evenly among ties, and what is padded never counts.

    Args:
        x: (N, C, *spatial) real numbers, of one to three spatial axes.
        window: the size of a window, one for all spatial axes or one for each.
        stride: steps between windows; None: the size of a window.
        padding: as for `conv`.

    Raises:
        ShapeError: shapes or parameters that do not fit each other.
        DTypeError: `x` is not real floating-point.
    """
    x = as_array(x)
    floats(x, "max_pool")
    sizes, steps, pads = _geometry(x, window, stride, padding, "max_pool")
    return max_pool_(x, window=sizes, stride=steps, pads=pads)


def avg_pool(
    x: Any,
    /,
    window: int | Sequence[int],
    *,
    stride: int | Sequence[int] | None = None,
    padding: Any = 0,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window.

    Args:
        x: (N, C, *spatial), of one to three spatial axes.
        window, stride, padding: as for `max_pool`.
        count_include_pad: what is padded counts as zeros; otherwise the mean is over the elements of `x` alone.

    Raises:
        ShapeError: shapes or parameters that do not fit each other.
    """
    x = as_array(x)
    sizes, steps, pads = _geometry(x, window, stride, padding, "avg_pool")
    total = sum_pool(x, window=sizes, stride=steps, pads=pads)
    if count_include_pad or not any(map(any, pads)):
        n = 1
        for k in sizes:
            n *= k
        return total * (1 / n)
    return total / sum_pool(ones_like(x[:1, :1]), window=sizes, stride=steps, pads=pads)
