"""A mutant: one mistake, where it is made, and the block in which it is in force."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Outcome = Literal["killed", "equivalent", "unreached", "survived"]
#: where a mistake is made
Area = Literal["rule", "engine", "batching", "backend", "oracle"]
AREAS: tuple[Area, ...] = get_args(Area)


@dataclass(frozen=True)
class Mutant:
    """One mistake. Its name is the same in every process."""

    name: str
    #: what kind of mistake: sign, factor 2, conjugate dropped, ...
    kind: str
    #: rows whose rules hold it, the first of which names it; for the engine, those that are tried first
    ops: tuple[str, ...]
    #: a block in which the mistake is in force
    made: Callable[[], AbstractContextManager[Any]] = field(compare=False)
    #: a block in which the place of the mistake raises: whether anything gets there; None: it cannot be told
    mined: Callable[[], AbstractContextManager[Any]] | None = field(default=None, compare=False)
    #: code that runs whenever the mistake can have an effect; empty: unknown
    code: frozenset[Any] = field(default=frozenset(), compare=False)
    area: Area = "rule"


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: for a killed one the failure that did it, for a survivor what is known of it."""

    mutant: str
    kind: str
    op: str
    area: Area
    outcome: Outcome
    detail: str = ""
