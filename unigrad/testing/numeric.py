"""The derivatives of a `Subject` from its values alone: along directions, for each element of its sources, of second order."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad.dtypes import float64
from unigrad.errors import DTypeError, GradientCheckError
from unigrad.testing import truth
from unigrad.testing.subject import Array, Subject, unit
from unigrad.testing.truth import Estimate, Sides

#: an element of a source: the source, the place in it (flat), and the direction: 1, or 1j for the imaginary part
Element = tuple[int, int, complex]


class Numeric:
    """Derivatives by differences and complex steps.

    Attributes:
        at: the values at the place itself.
        wide: whether it is computed in 64 bits, whatever the precision of the sources.
        noise: of each value, by rounding on the way to it.
        places: for each source the elements that are looked at.
        complete: whether these are all of them.
        columns: the derivative of all results by each of these elements.
        sides: from the left and from the right.
    """

    def __init__(self, subject: Subject, elements: int, rng: np.random.Generator) -> None:
        self.subject = subject
        self.primals = [s.at for s in subject.sources]
        self.at, self.wide, self.eps = self._values()
        self.noise = np.maximum(self.eps * np.abs(self.at), self._rounding(rng))
        self.places = [
            np.arange(s.at.size) if s.at.size <= elements else np.sort(rng.choice(s.at.size, elements, replace=False))
            for s in subject.sources
        ]
        self.complete = all(len(p) == s.at.size for p, s in zip(self.places, subject.sources, strict=True))
        self.analytic = True
        self.columns: dict[Element, Estimate] = {}
        self.sides: dict[Element, Sides] = {}
        for k, s in enumerate(subject.sources):
            for place in self.places[k]:
                for direction in (1.0, 1j) if s.is_complex else (1.0,):
                    element = (k, int(place), direction)
                    self.columns[element], self.sides[element] = self._first(
                        self._unit(element), self._sizes(s.at.flat[place])
                    )

    @property
    def how(self) -> str:
        """What the truth is, for messages."""
        return "complex step" if self.analytic else "central differences"

    # -- values ----------------------------------------------------------------------------------------------------
    def _values(self) -> tuple[Array, bool, float]:
        """The values in the sources' precision, asked for twice; and whether they can be had in 64 bits."""
        s = self.subject
        eps = unit(s.dtype)
        at, again = s.values(self.primals, False), s.values(self.primals, False)
        head = f"{s.what}: {s.name}"
        bad = ~np.isfinite(at)
        if bad.any():
            place = int(np.argmax(bad))
            raise GradientCheckError(
                f"{head} is not finite at this point, so it has no derivative there: {self.result(place)} is {at[place]}"
            )
        if at.shape != again.shape or np.any(np.abs(at - again) > 2**6 * eps * (1 + np.abs(at))):
            place = 0 if at.shape != again.shape else int(np.argmax(np.abs(at - again)))
            raise GradientCheckError(
                f"{head} is not a function of its arguments: called twice with the same ones, {self.result(place)} was "
                f"{at[place]} and then {again[place] if again.size > place else 'missing'}. Fix its random numbers by a seed "
                f"inside of it, and keep no state between calls"
            )
        noise = max(eps, float(np.max(np.abs(at - again) / (1 + np.abs(at)), initial=0.0)))
        if s.dtype.itemsize // (1 + (s.dtype.kind == "c")) == 8:
            return at, False, noise
        try:
            wide = s.values(self.primals, True)
        except (DTypeError, TypeError, ValueError, RuntimeError):
            return at, False, noise
        alike = wide.shape == at.shape and np.all(np.abs(wide - at) <= 2**6 * eps * (1 + np.abs(at)))
        if alike and not self._stepped(wide):
            return wide, True, unit(float64) if np.any(wide != at) else noise
        return at, False, noise

    def _stepped(self, at: Array) -> bool:
        """Whether a source is rounded to fewer digits inside of the function: a small step changes nothing, a larger one does."""
        for k, x in enumerate(self.primals):
            signs = np.where(np.arange(x.size) % 2, 1.0, -1.0).reshape(x.shape)
            small, large = (
                self._moved([y + signs * h if i == k else y for i, y in enumerate(self.primals)], True, at)
                for h in (2.0**-36, 2.0**-8)
            )
            if np.array_equal(small, at) and not np.array_equal(large, at):
                return True
        return False

    def _rounding(self, rng: np.random.Generator) -> Array:
        """What rounding does to each value, measured where 64 bits are not to be had: terms that cancel leave more than shows.

        The third differences of values so close together that a smooth function is a line there (J. Moré and S. Wild, "Estimating
        computational noise", SIAM J. Sci. Comput. 33, 2011).
        """
        if self.eps <= unit(float64):
            return np.zeros(self.at.shape)
        values = []
        for _ in range(4):
            ways = [4 * self.eps * rng.uniform(-1, 1, x.shape) * np.maximum(1, np.abs(x)) for x in self.primals]
            values.append([self.value({k: j * way for k, way in enumerate(ways)}) for j in range(8)])
        with np.errstate(all="ignore"):
            third = np.abs(np.diff(np.stack(values), 3, axis=1))
        spread = np.sqrt(np.mean(third**2, axis=(0, 1)) / 20)  # 20: the squares of its weights 1, 3, 3, 1
        return np.asarray(np.nan_to_num(2 * spread, nan=0.0, posinf=0.0))

    def value(self, moves: dict[int, Array]) -> Array:
        """The values with some sources moved; NaN where the function refuses them: a large step may leave its domain."""
        moved = [x + moves[k] if k in moves else x for k, x in enumerate(self.primals)]
        return self._moved(moved, self.wide, self.at)

    def _moved(self, moved: list[Array], wide: bool, at: Array) -> Array:
        try:
            return self.subject.values(moved, wide)
        except (ArithmeticError, ValueError):  # those of linear algebra among them
            if any(np.iscomplexobj(x) for x in moved) and not any(np.iscomplexobj(x) for x in self.primals):
                raise  # it takes no complex numbers
            return np.full_like(at, np.nan, np.result_type(at, np.float64))

    def result(self, place: int) -> str:
        """What the element at `place` of the vector of results is called."""
        for label, shape, _ in self.subject.outs:
            size = int(np.prod(shape))
            if place < size:
                return label + index_text(place, shape)
            place -= size
        return "a result"

    def source(self, k: int, place: int) -> str:
        """What an element of a source is called."""
        s = self.subject.sources[k]
        at = index_text(place, s.shape)
        return f"{s.label}, element {at}" if at else s.label

    # -- directions ------------------------------------------------------------------------------------------------
    def _unit(self, element: Element) -> dict[int, Array]:
        k, place, direction = element
        change = np.zeros_like(self.primals[k])
        change.flat[place] = direction
        return {k: change}

    def _sizes(self, x: Any) -> list[float]:
        size = float(np.max(np.abs(x), initial=0.0))
        nonzero = np.abs(x)[np.abs(x) > 0] if np.ndim(x) else np.abs(np.atleast_1d(x))
        small = float(nonzero.min()) if nonzero.size else 0.0
        return [max(1.0, size)] + ([small] if 0 < small < 1 else [])

    def _first(self, change: dict[int, Array], sizes: Sequence[float]) -> tuple[Estimate, Sides]:
        def line(h: complex) -> Array:
            return self.value({k: h * c for k, c in change.items()})

        found, sides = truth.first(line, sizes, self.noise)
        if self.analytic:
            real = not any(np.iscomplexobj(c) for c in change.values())
            exact = truth.analytic(line, found, self.at, self.eps) if real else None
            self.analytic = exact is not None
            found = exact or found
        return found, sides

    def along(self, tangents: dict[int, Array]) -> Estimate:
        """The derivative of all results along tangents of some sources."""
        return self._first(tangents, self._sizes(np.concatenate([np.ravel(self.primals[k]) for k in tangents])))[0]

    def pulled(self, ct: Array) -> list[tuple[Array, Array, Array]]:
        """For each source the gradient of the real part of <ct, results>: value, error, and size of the terms. NaN: not known."""
        return self._gathered({
            e: (*c.sum_with(ct), float(np.sum(np.abs(ct) * np.abs(c.value)))) for e, c in self.columns.items()
        })  # fmt: skip

    def twice(self, ct: Array, tangents: Sequence[Array]) -> list[tuple[Array, Array, Array]]:
        """The same for the second derivative, along `tangents` once."""
        found = {}
        along = dict(enumerate(tangents))
        for e in self.columns:
            second = self.second(along, self._unit(e), self._sizes(self.primals[e[0]].flat[e[1]]))
            found[e] = (*second.sum_with(ct), float(np.sum(np.abs(ct) * np.abs(second.value))))
        return self._gathered(found)

    def second(self, u: dict[int, Array], v: dict[int, Array], sizes: Sequence[float] | None = None) -> Estimate:
        """The second derivative of all results, along one direction and another."""
        if sizes is None:
            sizes = self._sizes(np.concatenate([np.ravel(x) for x in self.primals]))
        if self.analytic:  # exact in one direction

            def line(h: complex) -> Array:
                return np.asarray(self.value(_plus(u, 1j * truth.IMAGINARY, v, h)).imag / truth.IMAGINARY)

            return truth.first(line, sizes, self.noise)[0]
        return truth.second(lambda h, k: self.value(_plus(u, h, v, k)), sizes, self.noise)

    def _gathered(self, found: dict[Element, tuple[float, float, float]]) -> list[tuple[Array, Array, Array]]:
        whole = [
            (np.full_like(x, np.nan), np.zeros(x.shape), np.zeros(x.shape)) for x in self.primals
        ]  # fmt: skip
        for (k, place, direction), (value, error, size) in found.items():
            values, errors, sizes = whole[k]
            values.flat[place] = direction * value + (0 if direction == 1 else values.flat[place])
            errors.flat[place] += error
            sizes.flat[place] += size
        return whole

    def kinks(self) -> list[Element]:
        """The elements by which some result has no derivative."""
        return [e for e, sides in self.sides.items() if sides.kink.any()]

    def missing(self) -> list[Element]:
        """The elements next to which some result is not finite."""
        return [e for e, column in self.columns.items() if not np.isfinite(column.error).all()]


def _plus(u: dict[int, Array], h: complex, v: dict[int, Array], k: complex) -> dict[int, Array]:
    zero = np.zeros(())
    return {i: np.asarray(h * u.get(i, zero) + k * v.get(i, zero)) for i in {*u, *v}}


def index_text(place: int, shape: tuple[int, ...]) -> str:
    """The index of an element as Python writes it; nothing for an array of no dimensions."""
    return f"[{', '.join(str(int(i)) for i in np.unravel_index(place, shape))}]" if shape else ""
