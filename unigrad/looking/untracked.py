"""What `unigrad.debug` knows of ops that led from a source to a target without the tape."""

from typing import Any

from unigrad.looking.reasons import Reason
from unigrad.looking.steps import History, Step


def reasons(tape: Any, source: Any, targets: list[Any], name: str, what: str) -> list[Reason]:
    """The first op on the way from a source's array to a target's that the tape did not record, and why it did not.

    Args:
        tape: the tape; nothing is known unless `unigrad.debug` was in force while it recorded.
        source, targets: tensors.
        name, what: what they are called.
    """
    if tape.look is None or not tape.spans:
        return []
    history: History = tape.look.history
    start = history.of(source._raw)
    recorded = {step.number for step in (tape.steps or {}).values()}
    for target in targets:
        steps = way(history, start, history.of(target._raw))
        lost = next((s for s in steps if s.number not in recorded), None)
        if lost is not None:
            found = why(tape, lost, name, what)
            return [found] if found is not None else []
    return []


def way(history: History, start: Step, end: Step) -> list[Step]:
    """The ops from the step `start`, which made the source, to `end`; empty if there is no way, or it is forgotten."""
    seen: dict[int, Step | None] = {end.number: None}  # each with the one that takes it
    waiting = [end]
    while waiting:
        step = waiting.pop()
        if step is start:
            steps: list[Step] = []
            after = seen[step.number]
            while after is not None:
                steps.append(after)
                after = seen[after.number]
            return steps
        for number in step.inputs:
            before = history.at(number)
            if before is not None and before.number not in seen:
                seen[before.number] = step
                waiting.append(before)
    return []


def why(tape: Any, step: Step, name: str, what: str) -> Reason | None:
    """Why the tape did not record an op."""
    if step.number < tape.spans[0][0]:
        text = f"{step.name}, on the way from {name} to {what}, ran before the tape was entered"
        return Reason("before the tape", text, step.place)
    before = [span for span in tape.spans if span[0] <= step.number]
    _, on, pauses = before[-1]
    if not on:
        paused = pauses > (before[-2][2] if len(before) > 1 else 0)
        kind, when = ("paused", "while the tape was paused") if paused else ("after the tape", "after the tape's block")
        return Reason(kind, f"{step.name}, on the way from {name} to {what}, ran {when}", step.place)
    if id(tape) in step.tapes:
        return None  # it was listening: the value was not tracked, and the caller knows more of that
    text = (
        f"{step.name}, on the way from {name} to {what}, ran where the tape does not listen: in another thread or task"
    )
    return Reason("another thread", text, step.place)


def late(tape: Any, source: Any, targets: list[Any]) -> Step | None:
    """The op that took the source's array while the tape listened, and was not recorded."""
    if tape.look is None:
        return None
    history: History = tape.look.history
    recorded = {step.number for step in (tape.steps or {}).values()}
    start = history.of(source._raw)
    for target in targets:
        steps = way(history, start, history.of(target._raw))
        if steps and steps[0].number not in recorded and id(tape) in steps[0].tapes:
            return steps[0]
    return None
