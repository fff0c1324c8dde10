"""What is checked of a trial: a row for each check, in `table`; a new check is a function and a row in one of the modules."""

from unigrad_conformance.checks.check import Check
from unigrad_conformance.checks.table import CHECKS, NAMES

__all__ = ["CHECKS", "NAMES", "Check"]
