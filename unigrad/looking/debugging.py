"""`unigrad.debug`: where each op ran, and the first op that made a NaN or an infinity.

While one is in force, the kernels of all rows are replaced, in the very dicts that the fast roads read, by ones that look; a tape
that begins to record gets a log that remembers lines. Afterwards the kernels are put back, so a program that does not debug
pays nothing. In other threads meanwhile the replaced kernels call the own ones, after one look at a context variable.
"""

import sys
import threading
import warnings
from collections.abc import Callable
from contextvars import Token
from time import perf_counter
from typing import Any, Self

from unigrad import cotangents, leaving, primitive
from unigrad.backend import Raw, backend_of
from unigrad.batched import visible
from unigrad.direct import close_roads, reopen_roads
from unigrad.errors import NonFiniteError, NonFiniteWarning
from unigrad.leaving import debugging, user_frame
from unigrad.looking.methods import Looks
from unigrad.looking.names import array_text, option_text
from unigrad.looking.nonfinite import Look, NonFinite, at, describe, look_at, where_first
from unigrad.looking.places import Place, place_in, place_of
from unigrad.looking.records import part_of
from unigrad.looking.steps import History, Step
from unigrad.looking.sweeping import Sweep
from unigrad.recording import listening

WAYS = ("raise", "warn", "collect")
_lock = threading.Lock()


class _Here(threading.local):
    """What is going on in this thread."""

    last: tuple[Any, Step, Any] | None = None  # the row, step and call of the latest kernel, until a tape has noted it
    inside: str = ""  # "kernel" or "rule": what runs there is part of an op


class debug:
    """A block in which each op is looked at: where it ran, and whether its value, tangent or cotangent is finite.

    The first op that makes a NaN or an infinity of finite numbers is named, with its line in the user's program and its
    operands. Of what was not finite before any op (data with NaN in it) it says so; an infinite operand that no op made is
    taken as meant, as is a NaN written into the program as a number. Inside of a compiler (`jax.jit`) nothing can be looked
    at: lines are noted, values not.

    Args:
        enabled: False for a block in which an outer `debug` is out of force.
        nonfinite: "raise" a `NonFiniteError`, "warn" with a `NonFiniteWarning`, or "collect" in `found` and say nothing.
        inf: look for infinities, and not only for NaN.
        profile: measure the time of each op, forward and backward, for `tape.summary()`.

    As a switch for the whole process: ``unigrad.debug().start()`` and `stop`, or UNIGRAD_DEBUG=1 in the environment, also
    UNIGRAD_DEBUG=warn.
    """

    def __init__(
        self, enabled: bool = True, *, nonfinite: str = "raise", inf: bool = True, profile: bool = False
    ) -> None:
        if not isinstance(enabled, bool):
            raise TypeError(f"debug: enabled is True or False, not {enabled!r}")
        if nonfinite not in WAYS:
            raise ValueError(f"debug: nonfinite is {', '.join(map(repr, WAYS))}, not {nonfinite!r}")
        self.enabled = enabled
        self.nonfinite = nonfinite
        self.inf = bool(inf)
        self.profile = bool(profile)
        self.found: list[NonFinite] = []
        self.history = History()
        self.here = _Here()
        self._tokens: list[Token[Any]] = []

    # -- in force or not -----------------------------------------------------------------------------------------
    def __enter__(self) -> Self:
        self._tokens.append(leaving._debug.set(self if self.enabled else leaving.OFF))
        if self.enabled:
            _begin(self)
        _relisten()
        return self

    def __exit__(self, *exc: object) -> None:
        leaving._debug.reset(self._tokens.pop())
        if self.enabled:
            _end(self)
        _relisten()

    def start(self) -> Self:
        """Be in force in every thread, until `stop`."""
        leaving.everywhere.append(self)
        _begin(self)
        _relisten()
        return self

    def stop(self) -> None:
        """Be in force no more."""
        if self in leaving.everywhere:
            leaving.everywhere.remove(self)
            _end(self)
            _relisten()

    @classmethod
    def from_environment(cls, value: str) -> Self:
        """What UNIGRAD_DEBUG asks for, begun."""
        if value != "1" and value not in WAYS:
            raise ValueError(f"UNIGRAD_DEBUG is 0, 1 or one of {', '.join(WAYS)}, not {value!r}")
        return cls(nonfinite="raise" if value == "1" else value).start()

    # -- what the engine calls -----------------------------------------------------------------------------------
    def call(self, row: Any, kernel: Callable[..., Raw], raws: Any, params: dict[str, Any]) -> Raw:
        """Run a kernel, remember it, and look at its result."""
        here = self.here
        if here.inside == "kernel":
            return kernel(*raws, **params)
        within, here.inside = here.inside, "kernel"
        home = backend_of(next(r for r in raws if hasattr(r, "dtype")))
        start = perf_counter()
        try:
            with home.quiet():  # what the library would warn of is looked at below
                out = kernel(*raws, **params)
            if self.profile:
                backend_of(visible(out)).wait(visible(out))
        finally:
            here.inside = within
        seconds = perf_counter() - start
        frame = user_frame(sys._getframe(1))
        step = self.history.add(row.name, None if frame is None else place_in(frame.f_code, frame.f_lineno), raws)
        step.texts = tuple([array_text(r) for r in raws])
        step.operands = tuple([tuple(getattr(r, "shape", ())) for r in raws])
        step.options = {key: option_text(key, value) for key, value in params.items()}
        step.shape, step.dtype, step.seconds = tuple(out.shape), backend_of(out).dtype_of(out), seconds
        step.tapes = tuple([id(r) for r in listening().recorders if r.is_tape])
        here.last = None
        if not within and not cotangents._absorbing.get():
            self.check(row, step, raws, out)
        if not any(out is r for r in raws):
            self.history.made(out, step)
        here.last = (row, step, _call_of(frame))
        return out

    def remember(self, steps: dict[Any, Step], record: Any) -> None:
        """Note the step of a record: that of the kernel that has just run, if it was for this."""
        rule, _, node, _, _ = record
        row = getattr(rule, "primitive", None)
        frame = user_frame(sys._getframe(1))
        last, self.here.last = self.here.last, None
        if last is not None and last[0] is row and last[2] == _call_of(frame):
            steps[node] = last[1]
            return
        place = None if frame is None else place_in(frame.f_code, frame.f_lineno)
        steps[node] = step = self.history.add(getattr(row, "name", type(rule).__name__), place, ())
        step.part = part_of(rule) is not None

    def follow(self, tape: Any, on: bool) -> None:
        """A tape begins or ends to record."""
        if tape._spans is None or tape._look is not self:
            tape._spans = []
        tape._spans.append((self.history.count, on, tape._pausing))
        tape._look = self
        if not on:
            return
        if tape._steps is None:
            tape._steps = {}
        steps, extend = tape._steps, tape._records.extend

        def log(record: Any) -> None:
            extend(record)
            look = debugging()
            if look is not None:
                look.remember(steps, record)

        tape.log = log

    def sweep(self, tape: Any, traced: bool) -> Sweep:
        """The sweeps of `unigrad.sweeps`, with a look at each record."""
        return Sweep(self, tape, traced)

    def tangent(self, entry: Any, tangents: Any, out: Any) -> None:
        """Look at the tangent of an op's result."""
        look = self.ignoring(look_at(out))
        if not any(look) or any(any(look_at(t)) for t in tangents if t is not None):
            return
        place = place_of(sys._getframe(1))
        what = "NaN" if look.nan else "inf"
        given = "".join(f"\n  operand {i}: {describe(r)}" for i, r in enumerate(entry.raws))
        given += "".join(f"\n  tangent of operand {i}: {describe(t)}" for i, t in enumerate(tangents) if t is not None)
        text = f"the tangent of {entry.primitive.name} is {what}{where_first(out, look.nan)}{at(place)}{given}"
        self.report(NonFinite("tangent", entry.primitive.name, what, place, text))

    # -- looking at values ---------------------------------------------------------------------------------------
    def ignoring(self, look: Look) -> Look:
        """What is looked for of what there is."""
        return look if self.inf else Look(look.nan, False)

    def check(self, row: Any, step: Step, raws: Any, out: Raw) -> None:
        """Whether an op made the first NaN or infinity of its result."""
        look = self.ignoring(look_at(out))
        if not any(look):
            return
        looks = [look_at(r) for r in raws]
        carried = [i for i, lk in enumerate(looks) if lk.nan or (lk.inf and not look.nan)]
        what = "NaN" if look.nan else "inf"
        given = "".join(f"\n  operand {i}: {describe(r)}" for i, r in enumerate(raws))
        step.bad = True
        if not carried:
            hint = "" if not any(lk.inf for lk in looks) else "\n  an operand was infinite before"
            text = f"{row.name} made {what}{where_first(out, look.nan)}{at(step.place)}{given}{hint}"
            self.report(NonFinite("value", row.name, what, step.place, text))
            return
        origins = [(i, self.history.of(raws[i])) for i in carried if hasattr(raws[i], "dtype")]
        if look.nan and any(not origin.name and not origin.bad for _, origin in origins):
            i = next(i for i, origin in origins if not origin.name and not origin.bad)
            if self.nonfinite != "raise":  # which runs the op again, by the general road
                for _, origin in origins:
                    origin.bad = True
            text = (
                f"operand {i} of {row.name} held NaN before: no op made it while unigrad.debug was in force, so it is in the data"
                f"{at(step.place)}{given}"
            )
            self.report(NonFinite("entered", row.name, "NaN", step.place, text))

    def report(self, finding: NonFinite) -> None:
        """Raise, warn, or keep quiet; and remember, once for each op and line."""
        known = any(f[:4] == finding[:4] for f in self.found)
        if not known:
            self.found.append(finding)
        if self.nonfinite == "raise":
            raise NonFiniteError(finding.text) from None
        if self.nonfinite == "warn" and not known:
            place = finding.place or Place("<unknown>", 0, "")
            warnings.warn_explicit(finding.text, NonFiniteWarning, place.file, place.line)


def _call_of(frame: Any) -> Any:
    """What tells one call in a running function from others."""
    return None if frame is None else (id(frame), frame.f_lasti)


# -- the kernels -------------------------------------------------------------------------------------------------------


def checked(row: Any, kernel: Callable[..., Raw]) -> Callable[..., Raw]:
    """A kernel that is looked at where `unigrad.debug` is in force."""

    def call(*raws: Raw, **params: Any) -> Raw:
        look = debugging()
        return kernel(*raws, **params) if look is None else look.call(row, kernel, raws, params)

    call.kernel = kernel  # type: ignore[attr-defined]
    return call


def _begin(look: debug) -> None:
    with _lock:
        leaving.debuggers.append(look)
        if len(leaving.debuggers) == 1:
            primitive.checking = checked
            close_roads()
            for row in list(primitive.TABLE.values()):
                for cls, kernel in list(row.kernels.items()):
                    row.kernels[cls] = checked(row, kernel)


def _end(look: debug) -> None:
    with _lock:
        leaving.debuggers.remove(look)
        if not leaving.debuggers:
            primitive.checking = None
            reopen_roads()
            for row in list(primitive.TABLE.values()):
                for cls, kernel in list(row.kernels.items()):
                    row.kernels[cls] = getattr(kernel, "kernel", kernel)


def _relisten() -> None:
    """Tapes that are recording here get the log that is right from now on."""
    for recorder in listening().recorders:
        if isinstance(recorder, Looks):
            recorder._relisten()
