"""Samples of a row of the table, drawn from its domain."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad import kinds
from unigrad.primitive import Primitive, Sample

#: shapes for elementwise rows that name none: broadcasting both ways, no dimensions, no elements, size one
SHAPES = {
    1: (((2, 3),), ((),), ((0, 3),), ((1,),)),
    2: (
        ((2, 3), (2, 3)), ((3,), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (3,)), ((3,), ()), ((), ()),
        ((0,), (1,)), ((3,), (0, 3)), ((1,), (1,)),
    ),
    3: (
        ((2, 3), (2, 3), (2, 3)), ((3,), (2, 3), ()), ((2, 1), (3,), (1, 3)), ((2, 3), (), (3,)), ((), (2,), (2,)),
        ((0,), (1,), ()),
    ),
}  # fmt: skip

_CHOICE = (
    "its result depends on a choice of signs, phases or order, or its argument has to stay symmetric, which differences do not "
    "keep. The conformance suite checks it in a form of its own; for a function that uses it there is check_gradients"
)
_PLACE = "its parameters name a backend or a device, which the conformance suite gives to it"
#: rows that cannot be checked by themselves, and why
ELSEWHERE = dict.fromkeys(("cholesky", "qr", "svd", "eigh", "eigvalsh", "eig"), _CHOICE) | dict.fromkeys(
    ("convert", "move"), _PLACE
)


def samples_of(row: Primitive) -> tuple[Sample, ...]:
    """The row's own samples, or the standard shapes for a row that takes any shapes; none for another that names none."""
    if row.domain.samples:
        return row.domain.samples
    whole = isinstance(row, kinds.Elementwise | kinds.Constant) or row.broadcasts
    if (whole or (len(row.args) == 1 and not row.variadic)) and len(row.args) in SHAPES:
        return tuple(Sample(shapes, {}) for shapes in SHAPES[len(row.args)])
    return ()


def interval(row: Primitive, i: int) -> tuple[float, float]:
    """Where the numbers of the i-th argument lie."""
    domain = row.domain
    return domain.others[i - 1] if 0 < i <= len(domain.others) else (domain.low, domain.high)


def draw(rng: np.random.Generator, shape: Sequence[int], low: float, high: float, is_complex: bool) -> Any:
    """Numbers inside the interval, or inside the square over it."""
    x = rng.uniform(low, high, tuple(shape))
    return np.asarray(x + 1j * rng.uniform(low, high, tuple(shape)) if is_complex else x)


def drawn(
    row: Primitive, sample: Sample, rng: np.random.Generator, is_complex: bool, real_at: int | None = None
) -> list[Any]:
    """The arguments of one call: what the domain says, true and false for the fixed ones; the one at `real_at` is real."""
    found = []
    for i, shape in enumerate(sample.shapes):
        if row.domain.holds == "integers":
            found.append(np.asarray(rng.integers(0, 8, shape)))
        elif row.domain.holds == "bools" or row.args[min(i, len(row.args) - 1)] in row.fixed:
            found.append(np.asarray(rng.random(shape) < 0.5))
        else:
            found.append(draw(rng, shape, *interval(row, i), is_complex and i != real_at))
    return found
