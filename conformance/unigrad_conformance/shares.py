"""What a quick run takes a share of, on libraries that compile each op for each shape: the seed draws it, and the run says so.

So many seeds, one after the other, take all of it together. What is asked for by its name is always taken.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from zlib import crc32

from unigrad_conformance.plan import Plan

#: after the name of a backend: its own autodiff is under test, with no unigrad in between
NATIVE = " native"
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


HAZARDS = Share("hazard points", 32)
EXPRESSIONS = Share("expressions", 8)
#: the first of them: every seed has programs of its own
PROGRAMS = Share("random programs", 100)
#: of an op or expression, whose first case, real, is always taken
COMPLEX = Share("first complex cases", 2)
CASES = Share("further cases", 40)
#: of the first real case
DTYPES = Share("narrower dtypes", 12)
#: of second derivatives two of the four mixings are taken, each of which has to do with the rules of both modes
MIXINGS = (("rr", "ff"), ("rf", "fr"))
MIXED = Share("pairs of mixings of both modes", len(MIXINGS))
#: of the ops: the value and the gradients are computed op by op too
OP_BY_OP = Share("ops outside of the compiler", 16)
#: of whole units, by their kind; and of what is checked of each op
UNITS = {"hazard": HAZARDS, "expression": EXPRESSIONS, "programs": PROGRAMS}
OF_AN_OP = (COMPLEX, CASES, DTYPES, MIXED, OP_BY_OP)


@dataclass(frozen=True)
class Taken:
    """A share that a run took on a backend."""

    #: as in UNIGRAD_BACKEND, a device after the colon
    backend: str
    what: str
    one_in: int

    def __str__(self) -> str:
        return str(Share(self.what, self.one_in))


def lines(shares: Iterable[Taken], plan: Plan) -> list[str]:
    """The shares of a run, one line for each backend."""
    return [
        f"quick on {backend}: {', '.join(map(str, each))}; drawn by seed {plan.seed}, --thoroughness full takes all"
        for backend, each in groupby(shares, lambda share: share.backend)
    ]


def mixings(name: str, seed: int) -> tuple[str, str]:
    """The mixings of second order that the seed draws for a case."""
    return MIXINGS[not MIXED.takes(name, seed)]


def is_shared(backend: str, plan: Plan) -> bool:
    """Whether a run on a backend, named as in UNIGRAD_BACKEND, takes shares."""
    return plan.thoroughness in ("light", "quick") and backend.removesuffix(NATIVE).partition(":")[0] in COMPILING


def is_drawn(kind: str, name: str, backend: str, plan: Plan) -> bool:
    """Whether a run that asks for no names has a unit."""
    share = UNITS.get(kind)
    if share is None or not is_shared(backend, plan):
        return True
    return int(name.split()[1]) == 0 if share is PROGRAMS else share.takes(name, plan.seed)


def taken(backends: Iterable[str], plan: Plan, kinds: Collection[str]) -> list[Taken]:
    """The shares of a run.

    Args:
        backends: where it takes place.
        plan: how.
        kinds: of units that it was to draw from; without those of which it was asked for names or numbers.
    """
    shares = [share for kind, share in UNITS.items() if kind in kinds]
    shares += [s for s in OF_AN_OP if not (s is DTYPES and plan.dtypes) and not (s is MIXED and plan.orders < 2)]
    return [Taken(b, s.what, s.one_in) for b in backends if is_shared(b, plan) for s in shares]
