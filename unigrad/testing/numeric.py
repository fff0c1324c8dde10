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
        blur: the same in the precision of the sources.
        places: for each source the elements that are looked at.
        complete: whether these are all of them.
        columns: the derivative of all results by each of these elements.
        sides: from the left and from the right.
    """

    def __init__(self, subject: Subject, elements: int, rng: np.random.Generator) -> None:
        self.subject = subject
        self.primals = [s.at for s in subject.sources]
        self.blur = np.zeros(())
        self.at, self.wide, self.eps = self._values(rng)
        self.noise = np.maximum(self.eps * np.abs(self.at), self._near(rng)[0] if self.wide else self.blur)
        self._rng = rng
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
    def _values(self, rng: np.random.Generator) -> tuple[Array, bool, float]:
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
        self.at, self.wide, self.eps = at, False, noise
        self.blur, spread = self._near(rng)
        if s.dtype.itemsize // (1 + (s.dtype.kind == "c")) == 8:
            return at, False, noise
        try:
            wide = s.values(self.primals, True)
        except (DTypeError, TypeError, ValueError, RuntimeError):
            return at, False, noise
        # what a rounding of the arguments changes, one on the way may change too
        near = 2**6 * eps * (1 + np.abs(at)) + 2**3 * (self.blur + spread)
        alike = wide.shape == at.shape and np.all(np.abs(wide - at) <= near)
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

    def ways(self, rng: np.random.Generator, eps: float) -> list[dict[int, Array]]:
        """Moves of all sources, in any direction: by some roundings, and longer, but with cubes far below a rounding, for sums
        that change in large steps. In proportion to the elements, of which small ones may be next to a pole; the last is not.
        """
        longer = max(4 * eps, eps ** (2 / 3))
        return [
            {
                k: length * _random(rng, x) * np.where((x == 0) | fixed, np.maximum(1, np.abs(x)), np.abs(x))
                for k, x in enumerate(self.primals)
            }
            for length, fixed in ((4 * eps, False), (longer, False), (longer, False), (4 * eps, True))
        ]

    def _near(self, rng: np.random.Generator, u: dict[int, Array] | None = None) -> tuple[Array, Array]:
        """What rounding does to each value, which terms that cancel do not show; and how far it goes a few roundings away.

        With `u` those of the derivative along it, by the complex step.
        """
        step = {k: 1j * truth.IMAGINARY * x for k, x in (u or {}).items()}
        values = np.stack([
            np.stack([self.value(_plus(way, j, step, 1)) for j in range(8)]) for way in self.ways(rng, self.eps)
        ])  # fmt: skip
        if u:
            values = values.imag / truth.IMAGINARY
        with np.errstate(all="ignore"):
            spread = np.max(np.abs(values[-1] - values[0, 0]), axis=0)
        return truth.rounding(values[:-1]), np.nan_to_num(spread, nan=0.0, posinf=0.0)

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
        noise = self._noise(along)
        for e in self.columns:
            second = self.second(along, self._unit(e), self._sizes(self.primals[e[0]].flat[e[1]]), noise)
            found[e] = (*second.sum_with(ct), float(np.sum(np.abs(ct) * np.abs(second.value))))
        return self._gathered(found)

    def _noise(self, u: dict[int, Array]) -> Array:
        """What rounding does to what a second derivative along `u` is the difference of."""
        if not self.analytic:
            return self.noise
        first = self.value({k: 1j * truth.IMAGINARY * x for k, x in u.items()}).imag / truth.IMAGINARY
        return np.asarray(np.maximum(self.eps * np.abs(first), self._near(self._rng, u)[0]))

    def second(
        self,
        u: dict[int, Array],
        v: dict[int, Array],
        sizes: Sequence[float] | None = None,
        noise: Array | None = None,
    ) -> Estimate:
        """The second derivative of all results, along one direction and another."""
        noise = self._noise(u) if noise is None else noise
        if sizes is None:
            sizes = self._sizes(np.concatenate([np.ravel(x) for x in self.primals]))
        if self.analytic:  # exact in one direction

            def line(h: complex) -> Array:
                return np.asarray(self.value(_plus(u, 1j * truth.IMAGINARY, v, h)).imag / truth.IMAGINARY)

            return truth.first(line, sizes, noise)[0]
        return truth.second(lambda h, k: self.value(_plus(u, h, v, k)), sizes, noise)

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


def _random(rng: np.random.Generator, like: Array) -> Array:
    """Numbers of size 0.5 to 1 and of any sign."""
    real, imaginary = rng.uniform(0.5, 1, (2, *like.shape)) * rng.choice([-1.0, 1.0], (2, *like.shape))
    return np.asarray(real + 1j * imaginary if np.iscomplexobj(like) else real)


def _plus(u: dict[int, Array], h: complex, v: dict[int, Array], k: complex) -> dict[int, Array]:
    zero = np.zeros(())
    return {i: np.asarray(h * u.get(i, zero) + k * v.get(i, zero)) for i in {*u, *v}}


def index_text(place: int, shape: tuple[int, ...]) -> str:
    """The index of an element as Python writes it; nothing for an array of no dimensions."""
    return f"[{', '.join(str(int(i)) for i in np.unravel_index(place, shape))}]" if shape else ""
