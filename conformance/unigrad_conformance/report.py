"""Failures and reports, and the precisions that arguments are brought to."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unigrad_conformance.differences import Difference

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Failure:
    """One thing that is not as it should be."""

    case: str
    what: str
    detail: str

    def __str__(self) -> str:
        return f"{self.case}: {self.what}: {self.detail}"


@dataclass
class Report:
    """What was compared, and what failed."""

    cases: int = 0
    comparisons: int = 0
    failures: list[Failure] = field(default_factory=list)
    used: set[Difference] = field(default_factory=set)
    #: whether a tape recorded the row
    reached: bool = False
    #: which native comparisons were made: respect, case
    seen: set[tuple[str, str]] = field(default_factory=set)

    def add(self, other: "Report") -> None:
        """Take in another report."""
        self.cases += other.cases
        self.comparisons += other.comparisons
        self.failures += other.failures
        self.used |= other.used
        self.seen |= other.seen


def narrow(x: Any, dtype: np.dtype) -> Any:
    """A floating argument in the precision of `dtype`; complex stays complex."""
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc":
        return x
    if x.dtype.kind == "c":
        return x.astype(np.complex64 if dtype.itemsize <= 4 else np.complex128)
    return x.astype(dtype)


def wide(x: Any) -> Any:
    """The same numbers in 64 bits, for the oracle."""
    if isinstance(x, np.ndarray) and x.dtype.kind in "fcV":
        return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    return x


def short(x: Any) -> str:
    """An array in a few characters."""
    return np.array2string(np.asarray(x), precision=8, threshold=12).replace("\n", "")[:160]
