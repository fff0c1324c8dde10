"""What a wrong derivative looks like: the usual mistakes, each with a test and the words for it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def near(a: Any, b: Any, slack: float) -> bool:
    """Whether two arrays are one but for errors, and not both zero."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or not np.isfinite(a).all() or not np.isfinite(b).all():
        return False
    size = float(np.max(np.abs(b), initial=0.0))
    return size > 0 and bool(np.all(np.abs(a - b) <= slack * size))


def looks_like(got: Array, want: Array, slack: float = 1e-6) -> str | None:
    """How `got` could have come about, where `want` is right; both of one shape, with NaN in `want` where it is not known."""
    known = ~np.isnan(want)
    g, w = got[known], want[known]
    if not g.size:
        return None
    if not np.isfinite(g).all():
        return (
            "it is not finite: the rule divides by zero, or takes the logarithm or root of a number that it should not"
        )
    if not g.any() and w.any():
        return "it is zero everywhere: the value was computed from a constant, or the rule returns zeros"
    if near(g, w, slack):
        return (
            f"it agrees to {round(-math.log10(slack))} digits, as with rounding errors of an ill-conditioned function: move the "
            f"point, or give rtol="
        )
    if near(g, -w, slack):
        return "it has the opposite sign everywhere"
    if np.iscomplexobj(w) and near(g, np.conj(w), slack):
        return (
            "it is the complex conjugate of what is expected: unigrad's gradient of a real function is df/dx + i df/dy, as "
            "PyTorch's and TensorFlow's, and JAX's is the conjugate of that"
        )
    if np.iscomplexobj(w) and near(g, w.real, slack):
        return "it is the real part of what is expected"
    ratio = factor(g, w, slack)
    if ratio is not None:
        return f"it is {ratio} times what is expected, everywhere: a factor is wrong"
    return rearranged(got, want, slack) if known.all() else partly(g, w, slack)


def rearranged(got: Array, want: Array, slack: float) -> str | None:
    """The same numbers in other places."""
    if got.ndim >= 2 and got.shape[-1] == got.shape[-2]:
        other = np.swapaxes(want, -1, -2)
        if near(got, other, slack):
            return "it is transposed"
        if near(got, (want + other) / 2, slack):
            return (
                "it is shared by the two triangles of a matrix of which the function reads one, as symmetric: check it as a "
                "function of x that computes with (x + x.mT) / 2"
            )
    for axis in range(got.ndim):
        if got.shape[axis] > 1 and near(got, np.flip(want, axis), slack):
            return f"it is reversed along axis {axis}"
        for shift in range(1, min(got.shape[axis], 8)):
            if near(got, np.roll(want, shift, axis), slack):
                return f"it is shifted by {shift} along axis {axis}"
    flat, right = np.ravel(got), np.ravel(want)
    if flat.size > 1 and near(np.sort_complex(flat), np.sort_complex(right), slack):
        return "it holds the right numbers in other places"
    return partly(flat, right, slack)


def partly(g: Array, w: Array, slack: float) -> str | None:
    """Right but for zeros."""
    size = float(np.max(np.abs(w), initial=0.0))
    wrong = np.abs(g - w) > slack * size
    if wrong.any() and not wrong.all() and not g[wrong].any():
        return f"it is zero where it should not be, at {int(wrong.sum())} of {wrong.size} elements, and right elsewhere"
    return None


def factor(g: Array, w: Array, slack: float) -> str | None:
    """The number that `g` is times `w`, if there is one."""
    size = float(np.vdot(w, w).real)
    if not size or w.size < 2:
        return None if not size else _number(complex(g[0] / w[0])) if _simple(g, w) else None
    c = complex(np.vdot(w, g) / size)
    return _number(c) if abs(c) > 1e-12 and near(g, c * w, slack) else None


def _simple(g: Array, w: Array) -> bool:
    """For a single number every other one is a factor: only a plain one tells something."""
    c = complex(g[0] / w[0])
    return abs(c.imag) < 1e-9 and any(abs(c.real - k) < 1e-6 * k for k in (0.5, 2.0, 3.0, 4.0, 0.25, 1 / 3))


def _number(c: complex) -> str:
    return f"{c.real:.6g}" if abs(c.imag) <= 1e-9 * abs(c) else f"({c.real:.6g}{c.imag:+.6g}j)"


def of_the_jacobian(got: Array, jacobian: Array, ct: Array, slack: float = 1e-6) -> str | None:
    """What a gradient is that was made of a Jacobian in a wrong way.

    Args:
        got: the gradient, flat.
        jacobian: the right one, (results, elements): by real steps alone, so for complex numbers of an analytic function.
        ct: the cotangent, flat.
    """
    if np.iscomplexobj(jacobian) and near(got, ct @ jacobian, slack):
        return "the derivative in the rule is not conjugated: a pullback multiplies the cotangent by the conjugate of f'(z)"
    if jacobian.shape[0] == jacobian.shape[1] and near(got, jacobian @ ct, slack):
        return "the rule applies the derivative where it should apply its transpose"
    return None


def exchanged(gots: Sequence[Any], wants: Sequence[Array], labels: Sequence[str], slack: float) -> str | None:
    """Whether two gradients stand in each other's place."""
    for i, g in enumerate(gots):
        for j, w in enumerate(wants):
            if (
                i != j
                and g is not None
                and not np.isnan(w).any()
                and near(g, w, slack)
                and not near(g, wants[i], slack)
            ):
                return f"the gradient of {labels[i]} is that of {labels[j]}: they come in the wrong order"
    return None
