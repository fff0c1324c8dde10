"""What an explanation is made of."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from unigrad.looking.places import Place


class Reason(NamedTuple):
    """One reason why a gradient is None or zero.

    `kind` is one of: "not watched", "watched late", "integer", "left", "stopped", "assigned", "paused", "branch", "unused",
    "no path", "pullback", "another tape", "before the tape", "not recorded", "constant", "zero value", "used up".
    """

    kind: str
    text: str
    place: Place | None = None

    def __str__(self) -> str:
        return f"{self.text}\n      at {self.place}, in {self.place.function}" if self.place else self.text


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why a gradient is what it is.

    `status` is "connected", "zero" (connected, and zero: by the rules, or for these values) or "none". `reasons` come with the
    most telling one first; `path` are the ops from the source to the target, each a name and its place in the user's program,
    which is known where `unigrad.debug` was in force.
    """

    status: str
    source: str
    target: str
    reasons: tuple[Reason, ...]
    path: tuple[tuple[str, Place | None], ...] = ()
    note: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the reasons."""
        return tuple(r.kind for r in self.reasons)

    def __str__(self) -> str:
        word = {"none": "None", "zero": "zero", "connected": "not None"}[self.status]
        if self.kinds == ("used up",):
            word = "not known any more"
        lines = [f"the gradient of {self.target} with respect to {self.source} is {word}"]
        lines += [f"  {'-' if len(self.reasons) > 1 else ' '} {r}" for r in self.reasons]
        if self.note:
            lines.append(f"  {self.note}")
        if self.path:
            steps = [f"{name} ({place})" if place else name for name, place in self.path]
            if len(steps) > 12:
                steps = [*steps[:6], f"... {len(steps) - 12} more ...", *steps[-6:]]
            lines.append(f"  path: {' -> '.join([self.source, *steps, self.target])}")
        return "\n".join(lines)

    __repr__ = __str__  # what a notebook shows


def gone(tape: Any) -> bool:
    """Whether of a tape's records nothing is left but who came from whom."""
    return bool(tape._used and not tape._persistent)
