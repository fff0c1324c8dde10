"""The hazards' expected numbers proved by mpmath: difference quotients of their own expressions in 250 digits.

* `numbers`: arrays of mpmath numbers. `elementwise`, `arrays`, `matrices`: the functions that the expressions name, by their
  definitions; nothing of unigrad is used.
* `limits`: derivatives as limits of quotients, from each side.
* `decide`: what these say of a hazard. `conventions`: the hazards whose answer no limit gives, each with its reason.
"""

from unigrad_conformance.oracles.precise.conventions import CONVENTIONS
from unigrad_conformance.oracles.precise.decide import Verdict, decide, unproved

__all__ = ["CONVENTIONS", "Verdict", "decide", "unproved"]
