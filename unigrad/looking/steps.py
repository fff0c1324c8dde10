"""What `unigrad.debug` remembers of the ops that ran: where, on what, and what came out."""

import weakref
from collections import deque
from typing import Any

import numpy as np

from unigrad.batched import visible
from unigrad.looking.places import Place

LONG = 30_000  # ops that are remembered beyond those that a tape keeps


class Step:
    """One op that ran. Of arrays it holds no more than shapes and dtypes."""

    __slots__ = (
        "back",
        "bad",
        "dtype",
        "inputs",
        "name",
        "number",
        "operands",
        "options",
        "part",
        "place",
        "seconds",
        "shape",
        "tapes",
        "texts",
    )

    def __init__(self, number: int, name: str, place: Place | None, inputs: tuple[int | None, ...]) -> None:
        self.number = number  # ops of one `unigrad.debug` are numbered as they run
        self.name = name  # empty: a value that no op made
        self.place = place
        self.inputs = inputs  # numbers of the ops that made the operands; None for a number
        self.texts: tuple[str, ...] = ()  # the operands, shortly
        self.operands: tuple[tuple[int, ...], ...] = ()  # their shapes
        self.options: dict[str, str] = {}  # the parameters, shortly
        self.tapes: tuple[int, ...] = ()  # identities of the tapes that were listening
        self.shape: tuple[int, ...] | None = None
        self.dtype: Any = None
        self.seconds = 0.0
        self.back = 0.0  # seconds of its derivative
        self.bad = False  # not finite, and told
        self.part = False  # one of the results of a call, and no op of its own


class History:
    """The latest steps, and which living array came from which."""

    def __init__(self) -> None:
        self.steps: deque[Step] = deque(maxlen=LONG)
        self.count = 0
        self._made: dict[int, tuple[Any, Step]] = {}
        self._scalars: deque[int] = deque()  # identities of NumPy's numbers, which cannot be referred to weakly

    def add(self, name: str, place: Place | None, raws: Any) -> Step:
        """A step with the operands `raws`."""
        inputs = tuple([self.of(r).number if hasattr(r, "dtype") else None for r in raws])
        return self._append(name, place, inputs)

    def _append(self, name: str, place: Place | None, inputs: tuple[int | None, ...]) -> Step:
        step = Step(self.count, name, place, inputs)
        self.count += 1
        self.steps.append(step)
        return step

    def at(self, number: int | None) -> Step | None:
        """The step of a number, if it is not forgotten."""
        if number is None:
            return None
        first = self.count - len(self.steps)
        return self.steps[number - first] if number >= first else None

    def of(self, raw: Any) -> Step:
        """The step that made an array; one without a name for what no op made."""
        raw = visible(raw)  # what vmap runs on is the same array inside and outside
        found = self._made.get(id(raw))
        if found is not None and (found[0] is raw or (type(found[0]) is weakref.ref and found[0]() is raw)):
            return found[1]
        step = self._append("", None, ())
        self.made(raw, step)
        return step

    def made(self, raw: Any, step: Step) -> None:
        """Note that an array came of a step."""
        raw = visible(raw)
        key = id(raw)
        if isinstance(raw, np.generic):
            self._made[key] = (raw, step)
            self._scalars.append(key)
            if len(self._scalars) > LONG:
                self._made.pop(self._scalars.popleft(), None)
            return
        made = self._made

        def forget(ref: Any) -> None:
            found = made.get(key)
            if found is not None and found[0] is ref:
                del made[key]

        self._made[key] = (weakref.ref(raw, forget), step)
