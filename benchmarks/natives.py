"""The rows of the table at a size where arithmetic dominates, and what each library's users call in their place.

An op is called by its public name on both sides: `ours` over unigrad's namespace, `native` over the library's own. A row that no
library has under any name (an adjugate, the transpose of a pooling) is compared with the library's autodiff through the row's
own kernel, which is what the conformance suite compares derivatives with, and marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.natives_other import ELEMENTWISE, OTHER
from benchmarks.natives_same import PLANE, SAME, Call, _plain
from unigrad import kinds
from unigrad.primitive import TABLE, Primitive
from unigrad.testing.samples import interval, samples_of

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


def _draw(row: Primitive, i: int, shape: Any, rng: np.random.Generator) -> np.ndarray:
    if callable(shape):
        return np.asarray(shape(rng))
    if row.name in ("conj", "real", "imag"):
        return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    if row.domain.holds == "integers":
        return rng.integers(0, 8, shape)
    if row.domain.holds == "bools" or row.args[min(i, len(row.args) - 1)] in row.fixed:
        return rng.random(shape) < 0.5
    return rng.uniform(*interval(row, i), shape)


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
