"""Convolution in one to three dimensions: a row that is linear in either array, and its two transposes, which are rows too.

The three are one family: each is linear in both of its arrays, and the transposes of each are the other two. So every order of
derivative is a convolution again, computed by a kernel of the library's own.
"""

from collections.abc import Sequence
from typing import Any

from unigrad.cotangents import contract, shortcut
from unigrad.dtypes import REAL_FLOATS, as_dtype
from unigrad.errors import DTypeError, ShapeError
from unigrad.kinds import Multilinear, Rule, multilinear
from unigrad.kinds.rule import PULL_ALL
from unigrad.ops.elementwise import conj
from unigrad.ops.manipulation import flip, int_of, reshape
from unigrad.ops.together import together
from unigrad.primitive import Domain, Primitive, Sample

Pads = tuple[tuple[int, int], ...]

#: parameters of the samples: (x, w, y, stride, pads, dilation, groups)
_GEOMETRIES: tuple[tuple[Any, ...], ...] = (
    ((2, 2, 5), (3, 2, 3), (2, 3, 3), (2,), ((1, 1),), (1,), 1),
    ((2, 2, 4, 5), (2, 1, 2, 3), (2, 2, 2, 3), (2, 1), ((1, 0), (1, 1)), (1, 2), 2),
    ((1, 1, 3, 2, 3), (2, 1, 2, 1, 2), (1, 2, 2, 2, 4), (1, 1, 1), ((0, 0), (0, 0), (1, 1)), (1, 1, 1), 1),
)


def _samples(first: int, second: int, size_of: int | None) -> Domain:
    found = []
    for g in _GEOMETRIES:
        params = dict(zip(("stride", "pads", "dilation", "groups"), g[3:], strict=True))
        if size_of is not None:
            params = {"size": g[size_of][2:], **params}
        found.append(Sample((g[first], g[second]), params))
    return Domain(samples=tuple(found))


def _conv_x(ct: Any, w: Any, x_shape: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    return contract(
        conv_input, 0, ct, conj(w), size=x_shape[2:], stride=stride, pads=pads, dilation=dilation, groups=groups
    )


def _conv_w(ct: Any, x: Any, w_shape: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    return contract(
        conv_weight, 1, conj(x), ct, size=w_shape[2:], stride=stride, pads=pads, dilation=dilation, groups=groups
    )


class Convolution(Multilinear):
    """Multilinear, with both cotangents at once where a library has a kernel of that."""

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        rule = super().make_rule(wanted)
        if len(wanted) == 2:
            each, rule.code = rule.pull, PULL_ALL

            def pull(ct: Any, saved: Any) -> Any:
                (w, _, *geometry), (x, *_) = saved
                names = ("stride", "pads", "dilation", "groups")
                params = dict(zip(names, geometry, strict=True))
                both = shortcut("conv_pull", ct, x, w, **params)
                return each(ct, saved) if both is None else both

            rule.pull = pull
        return rule


conv_: Primitive = Convolution(
    "conv", ("x", "w"), (_conv_x, _conv_w), domain=_samples(0, 1, None),
    doc="Cross-correlation of x (N, C, *spatial) with w (O, C/groups, *kernel).",
)  # fmt: skip


def _input_x(ct: Any, y: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    return contract(conv_, 0, ct, conj(y), stride=stride, pads=pads, dilation=dilation, groups=groups)


def _input_y(ct: Any, x: Any, y_shape: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    return contract(
        conv_weight, 0, ct, conj(x), size=y_shape[2:], stride=stride, pads=pads, dilation=dilation, groups=groups
    )


conv_input: Primitive = multilinear(
    "conv_input", _input_x, _input_y, domain=_samples(2, 1, 0),
    doc="The transpose of conv with respect to its input: x (N, O, *places) with y (O, C/groups, *kernel).",
)  # fmt: skip


def _weight_x(ct: Any, y: Any, x_shape: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    return contract(
        conv_input, 1, conj(y), ct, size=x_shape[2:], stride=stride, pads=pads, dilation=dilation, groups=groups
    )


def _weight_y(ct: Any, x: Any, stride: Any, pads: Any, dilation: Any, groups: int) -> Any:
    return contract(conv_, 1, conj(x), ct, stride=stride, pads=pads, dilation=dilation, groups=groups)


conv_weight: Primitive = multilinear(
    "conv_weight", _weight_x, _weight_y, domain=_samples(0, 2, 1),
    doc="The transpose of conv with respect to its weight: x (N, C, *spatial) with y (N, O, *places).",
)  # fmt: skip


# -- public ------------------------------------------------------------------------------------------------------------


def numbers(value: int | Sequence[int], count: int, what: str, name: str, least: int = 1) -> tuple[int, ...]:
    """One int for each of `count` axes, from one for all or one each."""
    given = tuple(value) if isinstance(value, Sequence) else (value,) * count
    found = tuple(int_of(v, what, f"each {name}") for v in given)
    if len(found) != count:
        raise ShapeError(f"{what}: {name} {value!r} for {count} spatial axes")
    if any(v < least for v in found):
        raise ShapeError(f"{what}: {name} {value!r} must be at least {least}")
    return found


def pads_of(
    padding: Any, size: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int], what: str
) -> Pads:
    """What is added before and after each axis: of "valid", "same", an int, an int for each axis, or a pair for each."""
    count = len(size)
    if isinstance(padding, str):
        if padding.lower() == "valid":
            return ((0, 0),) * count
        if padding.lower() != "same":
            raise ShapeError(f"{what}: padding is 'valid', 'same', ints or pairs of ints, not {padding!r}")
        found = []
        for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
            total = max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
            found.append((total // 2, total - total // 2))
        return tuple(found)
    if isinstance(padding, Sequence) and any(isinstance(p, Sequence) for p in padding):
        pairs = [numbers(p, 2, what, "pair of the padding", 0) for p in padding]
        if len(pairs) != count:
            raise ShapeError(f"{what}: padding {padding!r} for {count} spatial axes")
        return tuple((lo, hi) for lo, hi in pairs)
    return tuple((p, p) for p in numbers(padding, count, what, "padding", 0))


def check_places(size: Sequence[int], kernel: Sequence[int], pads: Pads, dilation: Sequence[int], what: str) -> None:
    """An error for a kernel or window that fits nowhere."""
    for n, k, (lo, hi), d in zip(size, kernel, pads, dilation, strict=True):
        if d * (k - 1) + 1 > n + lo + hi:
            raise ShapeError(
                f"{what}: a window of {d * (k - 1) + 1} does not fit an axis of {n} padded with {lo} and {hi}"
            )


def conv(
    x: Any,
    w: Any,
    /,
    *,
    stride: int | Sequence[int] = 1,
    padding: Any = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Any:
    """Convolution as neural networks have it (the kernel is not reversed: cross-correlation), in one to three dimensions.

    ``out[n, o, p] = sum over c and k of x[n, c, p * stride + k * dilation - pad] * w[o, c, k]``

    Args:
        x: (N, C, *spatial), of one to three spatial axes.
        w: (O, C / groups, *kernel).
        stride: steps between the places of the kernel, one for all axes or one for each.
        padding: zeros around `x`: an int, an int for each axis, a pair (before, after) for each axis, "valid" (none), or "same"
            (as many places as the axis has steps, what is odd after it).
        dilation: steps between the elements of the kernel.
        groups: channels are in so many groups, which do not meet.

    Returns:
        (N, O, *places).

    Raises:
        ShapeError: shapes, channels or parameters that do not fit each other.
        DTypeError: arrays that are no numbers.
    """
    x, w = together("conv", x, w)
    axes = len(x.shape) - 2
    if axes not in (1, 2, 3) or len(w.shape) != len(x.shape):
        raise ShapeError(
            f"conv: x of shape {tuple(x.shape)} and w of shape {tuple(w.shape)}: both have two axes and one to three spatial ones"
        )
    steps, gaps = numbers(stride, axes, "conv", "stride"), numbers(dilation, axes, "conv", "dilation")
    n_groups = int_of(groups, "conv", "groups")
    kernel, size = tuple(w.shape[2:]), tuple(x.shape[2:])
    if n_groups < 1 or x.shape[1] != w.shape[1] * n_groups or w.shape[0] % n_groups:
        raise ShapeError(
            f"conv: {x.shape[1]} channels and {w.shape[0]} outputs in {groups} groups need a weight of shape "
            f"(a multiple of {groups}, {x.shape[1]} / {groups}, ...), not {tuple(w.shape)}"
        )
    if 0 in kernel or 0 in w.shape:
        raise ShapeError(f"conv: a weight of shape {tuple(w.shape)} has no elements")
    pads = pads_of(padding, size, kernel, steps, gaps, "conv")
    check_places(size, kernel, pads, gaps, "conv")
    return conv_(x, w, stride=steps, pads=pads, dilation=gaps, groups=n_groups)


def convolve(a: Any, v: Any, /, mode: str = "full") -> Any:
    """The discrete convolution of two 1-d arrays, as numpy.convolve has it: ``out[n] = sum over m of a[m] * v[n - m]``.

    Args:
        a, v: 1-d arrays of n and m elements.
        mode: "full" (n + m - 1 elements), "same" (max(n, m), the middle ones), "valid" (max(n, m) - min(n, m) + 1: where both
            overlap in full).

    Raises:
        ShapeError: an array that is not 1-d, or is empty; an unknown mode.
    """
    a, v = together("convolve", a, v)
    if len(a.shape) != 1 or len(v.shape) != 1 or 0 in (*a.shape, *v.shape):
        raise ShapeError(
            f"convolve: arrays of shapes {tuple(a.shape)} and {tuple(v.shape)}: both are 1-d, and not empty"
        )
    if a.shape[0] < v.shape[0]:
        a, v = v, a
    n, m = a.shape[0], v.shape[0]
    if mode == "full":
        pad = (m - 1, m - 1)
    elif mode == "same":
        pad = (m // 2, m - 1 - m // 2)
    elif mode == "valid":
        pad = (0, 0)
    else:
        raise ShapeError(f"convolve: the mode is 'full', 'same' or 'valid', not {mode!r}")
    line = conv_(reshape(a, (1, 1, n)), reshape(flip(v), (1, 1, m)), stride=(1,), pads=(pad,), dilation=(1,), groups=1)
    return reshape(line, (-1,))


def floats(x: Any, what: str) -> None:
    """An error for arrays that are not of real floats."""
    if as_dtype(x.dtype) not in REAL_FLOATS:
        raise DTypeError(f"{what}: real floating-point numbers, not {x.dtype}")
