"""Random programs: composed of the table's ops with loops, conditions, writes in place and derivatives inside, and compared."""

from unigrad_conformance.programs.search import ProgramsReport, check_programs

__all__ = ["ProgramsReport", "check_programs"]
