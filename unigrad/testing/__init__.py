"""Checks for what users write themselves: a function's gradients, and an op of their own.

* `check_gradients`: both modes and all second orders of a function, against its values.
* `check_primitive`: a row of the table, or a `custom_gradient` function, on every backend.

A backend of one's own is checked by the conformance suite: ``python -m unigrad_conformance --backend NAME``.
"""

from unigrad.testing.gradients import Checked, check_gradients
from unigrad.testing.primitives import CheckedPrimitive, check_primitive

__all__ = ["Checked", "CheckedPrimitive", "check_gradients", "check_primitive"]
