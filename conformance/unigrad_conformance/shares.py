"""What a quick run takes a share of, on libraries that compile each op for each shape: the seed draws it, and the run says so.

So many seeds, one after the other, take all of it together. A name that is asked for is always taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from unigrad_conformance.plan import Plan

#: libraries that compile each op for each shape
COMPILING = ("jax",)


@dataclass(frozen=True)
class Share:
    """One in so many of something; 0: none."""

    what: str
    one_in: int

    def takes(self, name: str, seed: int) -> bool:
        """Whether the seed draws this one."""
        return bool(self.one_in) and (crc32(name.encode()) + seed) % self.one_in == 0

    def __str__(self) -> str:
        return f"1 of {self.one_in} {self.what}" if self.one_in else f"no {self.what}"


HAZARDS = Share("hazard points", 16)
EXPRESSIONS = Share("expressions", 6)
PROGRAMS = Share("random programs", 0)
#: of an op or expression, whose first case, real, is always taken
COMPLEX = Share("first complex cases", 2)
CASES = Share("further cases", 64)
#: of the first real case
DTYPES = Share("narrower dtypes", 9)
#: of second derivatives two of the four mixings are taken, each of which has to do with the rules of both modes
MIXINGS = (("rr", "ff"), ("rf", "fr"))
MIXED = Share("pairs of mixings of both modes", len(MIXINGS))
#: of the ops: the value and the gradients are computed op by op too
OP_BY_OP = Share("ops outside of the compiler", 8)
#: by the kind of unit
UNITS = {"hazard": HAZARDS, "expression": EXPRESSIONS, "programs": PROGRAMS}


def mixings(name: str, seed: int) -> tuple[str, str]:
    """The mixings of second order that the seed draws for a case."""
    return MIXINGS[not MIXED.takes(name, seed)]


def is_shared(backend: str, plan: Plan) -> bool:
    """Whether a run on a backend, named as in UNIGRAD_BACKEND, takes shares."""
    return plan.thoroughness in ("light", "quick") and backend.partition(":")[0] in COMPILING
