"""What a run finds: cells of ops by backends by checks, their failures, and all of it as one result."""

from dataclasses import dataclass, field
from typing import Literal

Status = Literal["failed", "known", "passed", "left out"]


@dataclass(frozen=True)
class Failure:
    """One disagreement: where, what was compared, and both sides."""

    op: str
    check: str
    #: as in UNIGRAD_BACKEND, a device after the colon
    backend: str
    case: str
    dtype: str
    #: both sides, and by how many times the tolerance they are apart
    detail: str
    #: elements of all arguments: of several failures of a cell the smallest is shown
    size: int = 0
    #: a program that shows it, using unigrad and NumPy alone; "": the failure has none
    script: str = ""

    def __str__(self) -> str:
        return f"{self.case} {self.dtype} on {self.backend}: {self.check}: {self.detail}"


@dataclass
class Cell:
    """One check of one op on one backend."""

    op: str
    backend: str
    check: str
    comparisons: int = 0
    failures: list[Failure] = field(default_factory=list)
    #: the known differences of native frameworks that were met, by their names
    known: set[str] = field(default_factory=set)
    #: reason: how many cases were left out for it
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """One word for the cell."""
        if self.failures:
            return "failed"
        if not self.comparisons:
            return "left out"
        return "known" if self.known else "passed"

    def add(self, other: "Cell") -> None:
        """Take in what another run of the same cell found."""
        self.comparisons += other.comparisons
        self.failures += other.failures
        self.known |= other.known
        for reason, count in other.left_out.items():
            self.left_out[reason] = self.left_out.get(reason, 0) + count


@dataclass
class Report:
    """The cells of a run, or of a part of one."""

    cases: int = 0
    cells: dict[tuple[str, str, str], Cell] = field(default_factory=dict)

    def cell(self, op: str, backend: str, check: str) -> Cell:
        """The cell, made when it is not there."""
        key = (op, backend, check)
        if key not in self.cells:
            self.cells[key] = Cell(*key)
        return self.cells[key]

    @property
    def failures(self) -> list[Failure]:
        """All failures, cell by cell."""
        return [f for cell in self.cells.values() for f in cell.failures]

    @property
    def comparisons(self) -> int:
        """How many numbers, arrays or properties were compared."""
        return sum(cell.comparisons for cell in self.cells.values())

    def add(self, other: "Report") -> None:
        """Take in another report."""
        self.cases += other.cases
        for key, cell in other.cells.items():
            self.cell(*key).add(cell)
