"""Where rules are: the slots of each row, and the functions that a rule calls."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

import unigrad as ug
from unigrad import kinds
from unigrad.cotangents import ZERO
from unigrad.ops import load_all
from unigrad.primitive import TABLE, Primitive
from unigrad_conformance.mutants.source import plain

load_all()

#: attributes of a row that hold rules, and whether the first parameter is a cotangent or tangent
ATTRIBUTES = {"partials": False, "transpose": True, "transposes": True, "vjps": True, "jvps": True, "both": True}
#: what a user calls is no part of a rule, even where a rule calls it
PUBLIC = {getattr(room, name, None) for room in (ug, ug.linalg, ug.fft, ug.special) for name in dir(room)
          if isinstance(getattr(room, name, None), FunctionType)}  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """One rule of a row: in which attribute, at which place (None: it is the attribute itself)."""

    row: Primitive
    attribute: str
    place: int | None

    @property
    def rule(self) -> Any:
        """The rule that is there now."""
        found = getattr(self.row, self.attribute)
        return found if self.place is None else found[self.place]

    def put(self, rule: Any) -> None:
        """Put another rule there; what was made of the old one is forgotten."""
        old = getattr(self.row, self.attribute)
        place(self.row, self.attribute, rule if self.place is None else _replaced(old, self.place, rule))

    def __str__(self) -> str:
        return f"{self.row.name}.{self.attribute}" + ("" if self.place is None else f"[{self.place}]")


def _replaced(rules: Sequence[Any], i: int, rule: Any) -> tuple[Any, ...]:
    return (*rules[:i], rule, *tuple(rules)[i + 1 :])


def place(row: Any, attribute: str, value: Any) -> None:
    """Give a row another attribute with rules."""
    if attribute == "partials":
        row.define(value)
    else:
        setattr(row, attribute, value)
        row.rules.clear()


def slots(rows: Iterable[Primitive] = TABLE.values()) -> Iterator[Slot]:
    """Every rule of some rows, or of the table, that is not zero everywhere."""
    for row in rows:
        if isinstance(row, kinds.Constant):
            continue
        for attribute in ATTRIBUTES:
            rules = getattr(row, attribute, None)
            if rules is None:
                continue
            if callable(rules):
                yield Slot(row, attribute, None)
                continue
            for i, rule in enumerate(rules):
                if (
                    rule is not ZERO
                    and (rule is not None or attribute == "partials")
                    and not getattr(rule, "refused", False)
                ):
                    yield Slot(row, attribute, i)


def functions_of(rule: Any, room: str = "unigrad.ops") -> dict[CodeType, Any]:
    """A rule's own code and that of the helpers it calls in the same room, in the order in which they are met."""
    found: dict[CodeType, Any] = {}
    waiting = [rule]
    while waiting:
        function = waiting.pop(0)
        inner = plain(function)
        if inner is None or inner.__code__ in found or not inner.__module__.startswith(room):
            continue
        found[inner.__code__] = function
        met = [inner.__globals__.get(name) for name in names_in(inner.__code__)]
        met += [cell.cell_contents for cell in inner.__closure__ or ()]
        waiting += [f for f in met if plain(f) is not None and f not in PUBLIC and not hasattr(f, "primitive")]
        waiting += [f for f in (kinds.CONJUGATES.get(function),) if f is not None]
    return found


def names_in(code: CodeType) -> Iterator[str]:
    """The names that a function and the functions in it look up."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)
