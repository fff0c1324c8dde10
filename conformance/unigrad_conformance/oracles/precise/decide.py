"""What limits in 250 digits say of a hazard, whose expression runs on mpmath numbers with the words of this package."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FunctionType, SimpleNamespace
from typing import Any, Literal

import numpy as np

from unigrad_conformance.hazards import Hazard
from unigrad_conformance.oracles.precise.arrays import ARRAYS, listed
from unigrad_conformance.oracles.precise.conventions import CONVENTIONS, UNSAID
from unigrad_conformance.oracles.precise.elementwise import ELEMENTWISE
from unigrad_conformance.oracles.precise.limits import FAR, limit, second_sides, sides
from unigrad_conformance.oracles.precise.matrices import FOURIER, MATRICES
from unigrad_conformance.oracles.precise.numbers import is_complex, mp, numbers

#: how near an expected number, written in 64 bits, is to the limit
NEAR = 1e-13
#: of an input with more elements only the first and the last are asked
MANY = 16

#: `derivative`: it exists. `end`: from the one side that the function has. `kink`: the sides differ, and the answer lies between
#: them. `none`: there is none, and NaN is the answer. `convention`: the answer is none of these. `silent`: nothing to ask
Kind = Literal["derivative", "end", "kink", "none", "convention", "silent"]

WORDS = SimpleNamespace(
    **ELEMENTWISE, **ARRAYS, **MATRICES, inf=mp.inf, pi=mp.pi, float64=float, float32=float, int64="int64"
)
WORDS.fft = SimpleNamespace(**FOURIER)
WORDS.linalg = WORDS.special = WORDS.math = WORDS.nn = WORDS
WORDS.amax = WORDS.max
WORDS.maximum.accumulate = WORDS.running_max
#: the names by which the hazards' modules call functions
NAMES = {"ug": WORDS, "S": WORDS, "tf": WORDS, "nn": WORDS, "np": WORDS, "max_pool": WORDS.max_pool}


def spoken(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same expression, with `NAMES` in place of its module's."""
    assert isinstance(f, FunctionType)
    names = {k: v for k, v in NAMES.items() if k in f.__code__.co_names}
    return FunctionType(f.__code__, {**f.__globals__, **names}, f.__name__, f.__defaults__, f.__closure__)


def directions(like: Any) -> Iterator[tuple[Any, complex, Any]]:
    """Of an array each place, the factor (1, of complex numbers also i), and the array that points there."""
    for place in np.ndindex(like.shape):
        for factor in (1.0, 1j) if like.dtype.kind == "c" else (1.0,):
            direction = np.zeros_like(like)
            direction[place] = factor
            yield place, factor, direction


@dataclass
class Verdict:
    """Of each element that was asked: input, place, what kind of answer, what the limits are and what is expected."""

    elements: list[tuple[int, Any, Kind, list[Any], Any]] = field(default_factory=list)
    #: why nothing was asked
    silence: str = ""

    @property
    def kinds(self) -> set[Kind]:
        """The kinds of its elements."""
        return {e[2] for e in self.elements} or {"silent"}

    @property
    def told(self) -> str:
        """The elements whose answer is none of limits."""
        found = [
            (i, place, [mp.nstr(v, 6) for v in s], want)
            for i, place, kind, s, want in self.elements
            if kind == "convention"
        ]
        return "; ".join(f"input {i}{list(place)}: limits {s}, expected {want}" for i, place, s, want in found)


def silence(hazard: Hazard) -> str:
    """Why a hazard has no number to prove; "": it has."""
    if hazard.error is not None:
        return "an error is expected"
    if all(w is None for w in hazard.want):
        return "nothing connects the two"
    if unsaid := [why for name, why in UNSAID.items() if hazard.label.startswith(name)]:
        return unsaid[0]
    return "" if any(np.size(w) for w in hazard.want if w is not None) else "there is no element"


def decide(hazard: Hazard) -> Verdict:
    """What the limits say of each element of each input."""
    verdict = Verdict(silence=silence(hazard))
    if verdict.silence:
        return verdict
    for i, want in enumerate(hazard.want):
        like = np.asarray(hazard.inputs[i])
        like = like if like.dtype.kind == "c" else like.astype(np.float64)
        for k, (place, factor, direction) in enumerate(directions(like)):
            if want is None or (MANY < like.size != k + 1 and k > 0):
                continue
            expected = np.asarray(want)[place]
            number = float(np.real(expected) if factor == 1.0 else np.imag(expected))
            found = limits_of(hazard, i, direction)
            verdict.elements.append((i, place, kind_of(found, number), found, number))
    return verdict


def limits_of(hazard: Hazard, wrt: int, direction: Any) -> list[Any]:
    """The one-sided derivatives along a direction; where inputs are infinite, their limits as these grow."""
    if not any(np.isinf(x).any() for x in map(np.asarray, hazard.inputs)):
        return limits_at(hazard, wrt, direction, 0)
    return [limit(way) for way in zip(*(limits_at(hazard, wrt, direction, p) for p in FAR), strict=True)]


def limits_at(hazard: Hazard, wrt: int, direction: Any, far: int) -> list[Any]:
    """The one-sided derivatives, with 10 to the power `far` for infinity."""
    f = spoken(hazard.f)
    inputs = [numbers(x) for x in hazard.inputs]
    for x in inputs:
        for place in np.ndindex(x.shape):
            v = np.asarray(x)[place]
            if not is_complex(v) and mp.isinf(v):
                np.asarray(x)[place] = mp.sign(v) * mp.mpf(10) ** far
    sizes = [abs(v) for x in inputs for v in np.ravel(np.asarray(x)) if v != 0 and not mp.isnan(v)]
    scale = min([mp.mpf(1), *sizes]) if min(sizes, default=1) < 1 else max(mp.mpf(1), min(sizes, default=1))
    along = numbers(direction)

    def phi(h: Any, k: Any = 0) -> Any:
        moved = [x + k if hazard.order == 2 else x for x in inputs]
        moved[wrt] = moved[wrt] + along * h
        return [mp.re(v) for v in listed(WORDS.as_number(f(WORDS, *moved)))]

    return second_sides(phi, scale) if hazard.order == 2 else sides(phi, scale)


def kind_of(found: list[Any], want: float) -> Kind:
    """What an expected number is, next to the one-sided derivatives."""
    there = [v for v in found if not mp.isnan(v)]
    one = bool(there) and all(same(v, there[0]) for v in there)
    if np.isnan(want):
        return "convention" if one and len(there) == len(found) and mp.isfinite(there[0]) else "none"
    if one and same(there[0], want):
        return "derivative" if len(there) == len(found) else "end"
    if one or not there:
        return "convention"
    between = same(min(there), want) or same(max(there), want) or min(there) <= want <= max(there)
    return "kink" if between else "convention"


def same(a: Any, b: Any) -> bool:
    """Whether two numbers are one, as far as 64 bits say."""
    return bool(a == b or (mp.isfinite(a) and mp.isfinite(b) and abs(a - b) <= NEAR * max(1, abs(b))))


def unproved(hazard: Hazard, verdict: Verdict) -> Iterator[str]:
    """One text for each way in which a hazard's answer is not what limits or `CONVENTIONS` say."""
    reason = CONVENTIONS.get(hazard.label)
    if verdict.told and reason is None:
        yield f"no limit is the answer, and no row of CONVENTIONS says why: {verdict.told}"
    if reason is not None and not verdict.told:
        yield f"limits prove the answer, and a row of CONVENTIONS says that they do not: {reason}"
