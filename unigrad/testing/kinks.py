"""Points at which a function has no derivative."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad.errors import GradientCheckError
from unigrad.testing.compared import numbers, told
from unigrad.testing.numeric import Element, Numeric
from unigrad.testing.subject import Array


def refuse_kinks(numeric: Numeric, kinks: str) -> bool:
    """Whether there are kinks, where they are allowed; an error where they are not, and for a point at an edge of the domain."""
    s = numeric.subject
    edges = numeric.missing()
    if edges:
        k, place, _ = edges[0]
        column = numeric.columns[edges[0]]
        result = numeric.result(int(np.argmax(column.error)))
        raise GradientCheckError(
            f"{s.what}: {s.name} is not finite next to this point: {result} for a small change of "
            f"{numeric.source(k, place)}, which is {told(numeric.primals[k].flat[place])}. Differences have no meaning at an "
            f"edge of a function's domain: move the point inside"
        )
    found = numeric.kinks()
    if not found or kinks == "between":
        return bool(found)
    raise GradientCheckError(message(numeric, found))


def message(numeric: Numeric, found: list[Element]) -> str:
    """Where the kinks are, and what the sides say."""
    s = numeric.subject
    lines = [f"{s.what}: {s.name} has a kink at this point, and no derivative there:"]
    for element in found[:3]:
        k, place, _ = element
        sides = numeric.sides[element]
        i = int(np.argmax(np.where(sides.kink, np.abs(sides.right - sides.left), -1)))
        lines.append(
            f"  d {numeric.result(i)} / d {numeric.source(k, place)} at {told(numeric.primals[k].flat[place])}: "
            f"{told(sides.left[i])} from the left, {told(sides.right[i])} from the right"
        )
    if len(found) > 3:
        lines.append(f"  and at {len(found) - 3} more elements")
    lines.append(
        "  hint: move the point off the kink; or give kinks='between', where every number between the two sides is right"
    )
    return "\n".join(lines)


def between(
    numeric: Numeric, ct: Array, gots: Sequence[Any], wants: list[tuple[Array, Array, Array]]
) -> list[tuple[Array, Array, Array]]:
    """What is expected at kinks: the computed gradient itself, brought between the derivatives of the two sides."""
    computed = [None if g is None else numbers(g) for g in gots]
    for k, place, direction in numeric.kinks():
        got, (value, _, size) = computed[k], wants[k]
        if got is None or got.shape != value.shape:
            continue
        sides = numeric.sides[k, place, direction]
        ends = [float(np.sum(np.real(np.conj(ct) * side))) for side in (sides.left, sides.right)]
        size.flat[place] += sum(map(abs, ends))
        part = value.imag if direction == 1j else value.real
        part.flat[place] = np.clip(np.real(got.flat[place] / direction), min(ends), max(ends))
    return wants
