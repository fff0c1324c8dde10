"""Each keyword of each function of the standard is given another value than its default by some case or hazard point."""

import inspect
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from types import CodeType, FrameType
from typing import Any

import array_api_strict
import numpy as np

import unigrad as ug
from unigrad.backend import load
from unigrad.primitive import TABLE
from unigrad_conformance.cases import Case, plain_cases
from unigrad_conformance.expressions import expressions
from unigrad_conformance.points import HAZARDS, tensors
from unigrad_conformance.subjects import Tapes

#: what stands before a function's name, the room where it is ours, and the standard's
ROOMS = (
    ("", ug, array_api_strict),
    ("linalg.", ug.linalg, array_api_strict.linalg),
    ("fft.", ug.fft, array_api_strict.fft),
)
Keyword = tuple[str, str]

CONSTANTS = "it makes constants: there is nothing to differentiate"
MEMORY = "it says where numbers lie or whose memory they are, not which"

#: keywords that no case gives, with the reason
UNSAID: dict[Keyword, str] = {
    **{
        (name, "device"): MEMORY
        for name in (
            "arange", "asarray", "astype", "empty", "empty_like", "eye", "fft.fftfreq", "fft.rfftfreq", "from_dlpack",
            "full", "full_like", "linspace", "ones", "ones_like", "zeros", "zeros_like",
        )
    },
    ("from_dlpack", "copy"): MEMORY,
    ("empty", "dtype"): CONSTANTS,
    ("empty_like", "dtype"): CONSTANTS,
    ("fft.fftfreq", "dtype"): CONSTANTS,
    ("fft.rfftfreq", "dtype"): CONSTANTS,
}  # fmt: skip


@cache
def keywords() -> dict[str, dict[str, Any]]:
    """The functions of the standard that have keywords, with the defaults of these."""
    found: dict[str, dict[str, Any]] = {}
    for prefix, ours, theirs in ROOMS:
        for name in dir(theirs):
            f = getattr(ours, name, None)
            if inspect.isfunction(f) and not name.startswith("_") and hasattr(theirs, name):
                given = {
                    p.name: p.default for p in inspect.signature(f).parameters.values() if p.default is not p.empty
                }
                found |= {prefix + name: given} if given else {}
    return found


@cache
def codes() -> dict[CodeType, list[str]]:
    """The code of these functions, with the names that they have."""
    rooms, found = {prefix: ours for prefix, ours, _ in ROOMS}, {}
    for name in keywords():
        room, dot, short = name.rpartition(".")
        found.setdefault(inspect.unwrap(getattr(rooms[room + dot], short)).__code__, []).append(name)
    return found


def other(value: Any, default: Any) -> bool:
    """Whether a value is not the default."""
    return value is not default and not (type(value) in (int, float, str, bool, tuple) and value == default)


def everything() -> Iterator[tuple[Any, list[Any]]]:
    """Each case and hazard point as a function, and its arguments."""
    subject = Tapes(load("numpy"))
    cases: list[Case] = [c for row in TABLE.values() for c in plain_cases(row)] + [
        c for cs in expressions() for c in cs
    ]
    for case in cases:
        yield case.ours, [subject.array(a) if isinstance(a, np.ndarray) else a for a in case.args]
    for hazard in HAZARDS:
        xs = tensors(hazard, load("numpy"))
        yield hazard.f, [xs[0].__array_namespace__(), *xs]


@cache
def said() -> frozenset[Keyword]:
    """The keywords that were given another value: to the function, or as a parameter to the row of its name."""
    found: set[Keyword] = set()

    def called(frame: FrameType, event: str, argument: Any) -> None:
        for name in codes().get(frame.f_code, ()) if event == "call" else ():
            found.update((name, k) for k, d in keywords()[name].items() if other(frame.f_locals.get(k, d), d))

    with ug.use_backend("numpy"), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for f, args in everything():
            sys.setprofile(called)
            try:
                f(*args)
            except Exception:  # noqa: BLE001  (some points are errors)
                pass
            finally:
                sys.setprofile(None)
    for name, given in keywords().items():
        row = TABLE.get(name.rpartition(".")[2])
        for sample in row.domain.samples if row is not None else ():
            found |= {(name, k) for k, d in given.items() if k in sample.params and other(sample.params[k], d)}
    return frozenset(found)


def test_every_keyword_is_said() -> None:
    there = {(name, k) for name, given in keywords().items() for k in given}
    assert len(keywords()) >= 70
    assert sorted(there - said() - set(UNSAID)) == []
    assert sorted(set(UNSAID) - there) == []


def test_no_keyword_is_excused_that_is_said() -> None:
    assert sorted(set(UNSAID) & said()) == []
