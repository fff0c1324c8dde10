"""All mutants, and which of them a run takes: at least one of each row with a rule, then of every kind in turn."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from unigrad.backend import Backend
from unigrad_conformance.mutants import batching, engine, kernels, natives, slips, wraps
from unigrad_conformance.mutants.mutant import AREAS, Area, Mutant

#: where there are so many mistakes that some are drawn; broken backends and oracles are few, and all taken
DRAWN: tuple[Area, ...] = ("rule", "engine", "batching")


def every(backend: Backend) -> dict[str, Mutant]:
    """All mutants by their names, always in the same order."""
    found: dict[str, Mutant] = {}
    for source in (
        wraps.of_rules(),
        slips.of_rules(),
        engine.of_engine(),
        batching.of_batching(),
        kernels.of_backends(backend),
        natives.of_oracles(backend),
    ):
        for mutant in source:
            found.setdefault(mutant.name, mutant)
    return found


def chosen(
    mutants: Sequence[Mutant], count: int, seed: int, ops: Sequence[str] = (), areas: Sequence[Area] = AREAS
) -> list[Mutant]:
    """`count` mutants of rules, engine and batching, drawn with a seed; and all broken backends and oracles, which are few.

    Args:
        ops: only mutants of these rows; none: of all.
        areas: only those that are made there.
    """
    rng = random.Random(seed)
    of = [m for m in mutants if m.area in areas and (not ops or set(m.ops) & set(ops))]
    drawn = [m for m in of if m.area in DRAWN]
    rng.shuffle(drawn)
    found = dict.fromkeys(_one_of_each_row(drawn))
    for mutant in _kinds_in_turn(drawn):
        if len(found) >= count:
            break
        found[mutant] = None
    return [*list(found)[:count], *(m for m in of if m.area not in DRAWN)]


def _one_of_each_row(mutants: Sequence[Mutant]) -> Iterator[Mutant]:
    met: set[str] = set()
    for m in mutants:
        if m.area == "rule" and m.ops[0] not in met:
            met.add(m.ops[0])
            yield m


def _kinds_in_turn(mutants: Sequence[Mutant]) -> Iterator[Mutant]:
    piles: dict[tuple[str, str], list[Mutant]] = defaultdict(list)
    for m in mutants:
        piles[m.area, m.kind].append(m)
    while piles:
        for key in sorted(piles):
            yield piles[key].pop()
            if not piles[key]:
                del piles[key]
