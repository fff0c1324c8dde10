"""einsum: diagonals, sums, and products of two arrays; the products are one row, which is its own transpose."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad.cotangents import contract
from unigrad.dtypes import promote
from unigrad.errors import ShapeError
from unigrad.kinds import multilinear
from unigrad.operands import ndarray_of
from unigrad.ops import einsum_paths
from unigrad.ops.elementwise import astype, conj, multiply, positive
from unigrad.ops.manipulation import permute_dims, reshape
from unigrad.ops.reductions import dtype_like
from unigrad.ops.reductions import sum as sum_
from unigrad.ops.together import together
from unigrad.primitive import Domain, Primitive, Sample

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _samples(*samples: tuple[tuple[int, ...], tuple[int, ...], str, str, str]) -> Domain:
    return Domain(samples=tuple(Sample((a, b), {"left": x, "right": y, "result": z}) for a, b, x, y, z in samples))


einsum_pair: Primitive = multilinear(
    "einsum_pair",
    lambda ct, y, left, right, result: contract(einsum_pair, 0, ct, conj(y), left=result, right=right, result=left),
    lambda ct, x, left, right, result: contract(einsum_pair, 0, ct, conj(x), left=result, right=left, result=right),
    domain=_samples(
        ((2, 3), (3, 4), "ij", "jk", "ik"), ((2, 3, 2), (2, 2, 3), "bij", "kbi", "jbk"), ((3,), (3,), "i", "i", ""),
        ((2,), (3,), "i", "j", "ji"), ((2, 3), (3,), "ij", "j", "ij"), ((0, 2), (0, 3), "ki", "kj", "ij"),
    ),
    doc="The sum of x * y over the names of axes that the result lacks.",
)  # fmt: skip


# -- parsing -----------------------------------------------------------------------------------------------------------


def _spelled(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """The subscripts as one string, and the arrays; of either form of call."""
    if not operands:
        raise ShapeError("einsum: give subscripts and arrays, as in einsum('ij,jk->ik', x, y)")
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), list(operands[1:])
    arrays = list(operands[: len(operands) - len(operands) % 2])
    spelled = ",".join(map(_from_ints, arrays[1::2]))
    if len(operands) % 2:
        spelled += "->" + _from_ints(operands[-1])
    return spelled, arrays[0::2]


def _from_ints(names: Any) -> str:
    try:
        return "".join("..." if n is Ellipsis else _LETTERS[n] for n in names)
    except (TypeError, IndexError):
        raise ShapeError(
            f"einsum: a list of axes holds ints from 0 to 51 and at most one Ellipsis, not {names!r}"
        ) from None


def parse(spelled: str, shapes: Sequence[tuple[int, ...]]) -> tuple[list[str], str]:
    """One letter for each axis of each array, and those of the result; an ellipsis has become letters."""
    left, arrow, result = spelled.partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ShapeError(f"einsum: the subscripts {spelled!r} are for {len(terms)} arrays, and {len(shapes)} are given")
    free = [c for c in _LETTERS if c not in spelled]
    widest = 0
    for term, shape in zip(terms, shapes, strict=True):
        named = _checked(term, spelled)
        extra = len(shape) - len(named)
        if extra < 0 or (extra and "..." not in term):
            raise ShapeError(f"einsum: {term!r} names {len(named)} axes of an array of shape {tuple(shape)}")
        widest = max(widest, extra)
    dots = "".join(free[:widest])
    full = []
    for term, shape in zip(terms, shapes, strict=True):
        extra = len(shape) - len(term.replace("...", ""))
        full.append(term.replace("...", dots[widest - extra :]))
    if arrow:
        _checked(result, spelled)
        if dots and "..." not in result:
            raise ShapeError(
                f"einsum: {spelled!r}: the result lacks the axes of the ellipsis: write '...' there, or sum them by name"
            )
        out = result.replace("...", dots)
        if len(set(out)) != len(out) or not set(out) <= set("".join(full)):
            raise ShapeError(
                f"einsum: {spelled!r}: the result names each of its axes once, and only axes of the arrays"
            )
    else:
        every = "".join(full)
        out = dots + "".join(sorted(c for c in set(every) if every.count(c) == 1 and c not in dots))
    return full, out


def _checked(term: str, spelled: str) -> str:
    """The letters of a term without its ellipsis."""
    named = term.replace("...", "", 1)
    if not all(c in _LETTERS for c in named):
        raise ShapeError(f"einsum: subscripts are letters and '...', not {term!r} in {spelled!r}")
    return named


# -- one array ---------------------------------------------------------------------------------------------------------


def _diagonal(x: Any, names: str) -> tuple[Any, str]:
    """`x` with each name once: where a name stood twice the diagonal of its two axes."""
    for name in names:
        while names.count(name) > 1:
            i = names.index(name)
            j = names.index(name, i + 1)
            n = x.shape[i]
            rest = [k for k in range(len(names)) if k not in (i, j)]
            x = permute_dims(x, (*rest, i, j))
            x = reshape(x, (*x.shape[:-2], n * n))[..., :: n + 1]
            names = "".join(names[k] for k in rest) + name
    return x, names


def _sizes(terms: Sequence[str], arrays: Sequence[Any], spelled: str) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for term, a in zip(terms, arrays, strict=True):
        for name, n in zip(term, a.shape, strict=True):
            if sizes.setdefault(name, n) != n:
                if 1 not in (n, sizes[name]):
                    raise ShapeError(f"einsum: {spelled!r}: an axis has sizes {sizes[name]} and {n}")
                sizes[name] = max(n, sizes[name]) if 0 not in (n, sizes[name]) else 0
    return sizes


def _squeezed(x: Any, names: str, sizes: dict[str, int]) -> tuple[Any, str]:
    """Without axes of size 1 that are longer elsewhere: they broadcast."""
    kept = [i for i, n in enumerate(names) if x.shape[i] == sizes[n]]
    if len(kept) == len(names):
        return x, names
    return reshape(x, tuple(x.shape[i] for i in kept)), "".join(names[i] for i in kept)


def _summed(x: Any, names: str, needed: set[str]) -> tuple[Any, str]:
    """Summed over the names that nobody needs."""
    gone = tuple(i for i, n in enumerate(names) if n not in needed)
    if not gone:
        return x, names
    return sum_(x, axis=gone, dtype=x.dtype), "".join(n for n in names if n in needed)


def _joined(x: Any, left: str, y: Any, right: str, needed: set[str], out: str) -> tuple[Any, str]:
    """The product of two arrays, summed over what nobody needs any more."""
    x, left = _summed(x, left, needed | set(right))
    y, right = _summed(y, right, needed | set(left))
    names = [n for n in left if n in needed] + [n for n in right if n in needed and n not in left]
    final = "".join(sorted(names, key=out.index)) if set(names) <= set(out) else "".join(names)
    if left == right == final:
        return multiply(x, y), final
    return einsum_pair(x, y, left=left, right=right, result=final), final


def einsum(*operands: Any, optimize: Any = True) -> Any:
    """Sums of products over named axes (Einstein's convention), as numpy.einsum has them.

    ``einsum("bij,bjk->bik", x, y)``, or with lists of ints for letters ``einsum(x, [0, 1, 2], y, [0, 2, 3], [0, 1, 3])``.
    A name twice in one array is its diagonal; "..." is all axes that are not named, which broadcast. Without "->" the result has
    the axes of the ellipsis and then the names that stand once, in the order of the alphabet.

    Args:
        operands: subscripts and arrays of any number, in either form.
        optimize: True: the order of the products is chosen to be cheap, by opt_einsum where that is installed, else greedily;
            False: from left to right; a name that opt_einsum knows ("optimal", "greedy", ...); or a path as numpy.einsum_path
            gives it.

    Raises:
        ShapeError: subscripts that do not fit the arrays, or sizes that do not fit each other.
    """
    spelled, arrays = _spelled(operands)
    arrays = [ndarray_of("einsum", a) if isinstance(a, np.ndarray) else a for a in together("einsum", *arrays)]
    kinds = {dtype_like(a) for a in arrays}
    if len(kinds) > 1:  # one is summed before it meets the others: bools and small numbers would not count far
        arrays = [astype(a, dtype=functools.reduce(promote, kinds)) for a in arrays]
    terms, out = parse(spelled, [tuple(a.shape) for a in arrays])
    sizes = _sizes(terms, arrays, spelled)
    parts = []
    for a, term in zip(arrays, terms, strict=True):
        if len(set(term)) != len(term):
            for name in term:
                if len({n for c, n in zip(term, a.shape, strict=True) if c == name}) > 1:
                    raise ShapeError(f"einsum: {spelled!r}: the diagonal of axes of different sizes")
            a, term = _diagonal(a, term)
        parts.append(_squeezed(a, term, sizes))
    path = einsum_paths.path([names for _, names in parts], out, sizes, optimize)
    for step in path:
        taken = [parts.pop(i) for i in sorted(step, reverse=True)][::-1]
        x, names = taken[0]
        for k, (y, right) in enumerate(taken[1:], start=2):
            needed = set(out).union(*(n for _, n in parts), *(n for _, n in taken[k:]))
            x, names = _joined(x, names, y, right, needed, out)
        parts.append((x, names))
    x, names = _summed(*parts[0], set(out))
    if len(arrays) == 1 and names == out:
        return positive(x) if x is arrays[0] else x
    return x if names == out else permute_dims(x, tuple(names.index(n) for n in out))
