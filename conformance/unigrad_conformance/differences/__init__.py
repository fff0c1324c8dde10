"""Where a native framework is known to answer otherwise than unigrad: data, each row with its reason and a program that shows it.

The data are the files `jax.toml`, `torch.toml`, `tensorflow.toml` and `autograd.toml`; `form` tells their form and reads them.
The suite is strict about them: a comparison that differs without a row fails and is told the row to add; a row that no
comparison needs any more fails and says what to do (`telling`). `reproduce` runs the programs and compares what they print:
``python -m unigrad_conformance.differences`` does that for the frameworks that are installed.
"""

from unigrad_conformance.differences.form import KINDS, NATIVES, DataError, Difference, Row, rows
from unigrad_conformance.differences.telling import installed

__all__ = [
    "DIFFERENCES",
    "KINDS",
    "NATIVES",
    "POINTS",
    "DataError",
    "Difference",
    "Row",
    "at_point",
    "expected",
    "known",
    "rows",
]

#: comparisons of the cases that are known to differ
DIFFERENCES: tuple[Difference, ...] = tuple(d for row in rows() if row.holds(installed(row.native)) for d in row.cases)

#: the rows of hazard points at which the suite's comparison with a native framework differs
POINTS: dict[tuple[str, str], Row] = {
    (row.native, point): row for row in rows() if row.holds(installed(row.native)) for point in row.points
}


def known(group: str, native: str, respect: str, case: str) -> Difference | None:
    """The row that explains a difference, if there is one."""
    for d in DIFFERENCES:
        if (d.group, d.native, d.respect) == (group, native, respect) and d.when in case:
            return d
    return None


def expected(group: str, native: str) -> list[Difference]:
    """The rows that a run of this group against this native autodiff must need."""
    return [d for d in DIFFERENCES if (d.group, d.native) == (group, native)]


def at_point(point: str, native: str) -> Row | None:
    """The row that explains why the framework's answer at a hazard point is another one."""
    return POINTS.get((native, point))
