"""Where the conformance suite knows that a native framework answers otherwise: for each row, or for several together."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import unigrad as ug
from tools.coverage.tracing import rows_in
from unigrad.primitive import TABLE
from unigrad_conformance.differences import DIFFERENCES, POINTS
from unigrad_conformance.hazards import Hazard
from unigrad_conformance.points import arrays, hazards

RESPECTS = {"first": "reverse", "jvp": "forward", "second": "second derivatives", "third": "third derivatives"}
EVERYWHERE = {"reverse", "forward", "second derivatives"}


@dataclass(frozen=True)
class Known:
    """One known difference: of which row (None: of several together), at which point, of whom, and why."""

    row: str | None
    point: str
    natives: tuple[str, ...]
    reason: str
    #: unigrad's answer at a point
    answer: str = ""


def number(x: Any) -> str:
    """A short form of a number."""
    x = complex(x)
    if x.imag:
        return f"{x.real:.4g}{x.imag:+.4g}i"
    return "0" if x.real == 0 else f"{x.real:.4g}"


def answer(hazard: Hazard) -> str:
    """The gradient for each input, flattened."""
    parts = []
    for want in hazard.want:
        if want is None:
            parts.append("None")
            continue
        values = [number(v) for v in np.ravel(np.asarray(want))]
        parts.append(", ".join(values) if len(values) <= 6 else f"{', '.join(values[:4])}, …")
    return "; ".join(parts)


def of_rows() -> Iterator[Known]:
    """Differences over a whole row."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for d in DIFFERENCES:
        found.setdefault((d.group, d.native, d.when, d.reason), []).append(RESPECTS[d.respect])
    for (group, native, when, reason), respects in found.items():
        told = "everywhere" if set(respects) >= EVERYWHERE else ", ".join(respects)
        yield Known(group if group in TABLE else None, f"{told}{f' ({when})' if when else ''}", (native,), reason)


def of_points() -> Iterator[Known]:
    """Differences at single points; a point of one row alone is that row's."""
    for hazard in hazards():
        differs = {native: row.why for (native, point), row in POINTS.items() if point == hazard.label}
        if differs and hazard.error is None:
            with ug.use_backend("numpy"), np.errstate(all="ignore"):
                xs = arrays(hazard)
                xp = ug.asarray(xs[0]).__array_namespace__()
                rows = rows_in(lambda *ts, f=hazard.f, xp=xp: f(xp, *ts), xs)
            by_reason: dict[str, list[str]] = {}
            for native, reason in differs.items():
                by_reason.setdefault(reason, []).append(native)
            for reason, natives in by_reason.items():
                yield Known(rows[0] if len(rows) == 1 else None, hazard.name, tuple(natives), reason, answer(hazard))


def known() -> list[Known]:
    """All of them, by row; those of several rows together last."""
    found = [*of_rows(), *of_points()]
    return sorted(found, key=lambda k: (k.row is None, k.row or ""))
