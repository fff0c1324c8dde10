"""All checks, in the order in which they are run and told."""

from unigrad_conformance.checks import batched, compiled, first, higher, modes, natives, status, steady, values
from unigrad_conformance.checks.check import Check

CHECKS: tuple[Check, ...] = (
    *values.CHECKS,
    *status.CHECKS,
    *first.CHECKS,
    *modes.CHECKS,
    *higher.CHECKS,
    *steady.CHECKS,
    *natives.CHECKS,
    *batched.CHECKS,
    *compiled.CHECKS,
)

NAMES = tuple(check.name for check in CHECKS)
assert len(set(NAMES)) == len(NAMES), "two checks of one name"
