"""Composing a program line by line, with an eye on its values: what is computed stays bounded and smooth by construction.

Every line is run at once, over NumPy arrays, at three points: the inputs, and a little before and after along the tangents.
So the composer knows each value, how fast it changes and how its change changes; it brings an argument into the domain of
the next word, scales down what grows, and takes back a step that leaves the smooth ground (a kink, a jump, a pole).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from unigrad.backend import load
from unigrad_conformance.programs.natives import Face, tapes
from unigrad_conformance.programs.steps import STEP
from unigrad_conformance.programs.text import Block, Line, Step, lines, same
from unigrad_conformance.programs.words import Word

#: how far before and after the inputs the values are looked at: where finite differences look
REACH = 3 * STEP
#: bounds of a value, of its change along the tangents, and of the change's change
BOUNDS = (4.0, 8.0, 60.0)
#: how far across the tangents a word is tried, and the part of that by which its value may bend there
ASIDE, KINK = 1e-4, 0.1
#: a value that must be scaled down further than this is given up
LEAST = 2.0**-7
MOST_DIMENSIONS, MOST_ELEMENTS = 3, 64
#: ops of a program; a last move may go a little beyond
MOST_OPS = 44


class GivenUp(Exception):
    """A step that would leave the smooth ground, or finds no arguments."""


class Choices:
    """Small numbers, taken one by one; zeros when there are no more. Smaller numbers make simpler steps."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = iter(numbers)

    def pick(self, n: int) -> int:
        """One of n."""
        return next(self._numbers, 0) % n

    def one(self, things: Sequence[Any]) -> Any:
        """One of them."""
        return things[self.pick(len(things))]


class Composer:
    """A program that grows, and what its names stand for at the three points."""

    def __init__(self, inputs: dict[str, Any], tangents: Sequence[Any], words: Sequence[Sequence[Word]]) -> None:
        self.words = words  # by what they say, and for each the ways to say it
        self.steps: list[Step] = []
        face = Face(load("numpy"), tapes)
        self.points: list[dict[str, Any]] = []
        for shift in (-REACH, 0.0, REACH):
            moved = {n: np.asarray(x + shift * t) for (n, x), t in zip(inputs.items(), tangents, strict=True)}
            self.points.append({**face.names(), **moved})
        self.visible = list(inputs)
        #: arrays that are written to, and parts of them that share their memory: part, base, index
        self.buffers: set[str] = set()
        self.views: list[tuple[str, str, str]] = []
        self.writable: set[str] = set()
        self.used: set[str] = set()
        self.number = 0
        self.ops = 0
        #: how many derivatives deep, and whether inside of a vmap
        self.depth = 0
        self.batched = False
        #: names that are bound anew in a block around here; and in a loop the names that were there before it
        self.carried: set[str] = set()
        self.before_loop: frozenset[str] | None = None

    # -- lines ---------------------------------------------------------------------------------------------------------
    def name(self, letter: str = "v") -> str:
        """A new name."""
        self.number += 1
        return f"{letter}{self.number}"

    def run(self, steps: Sequence[Step]) -> None:
        """Run the native reading at the three points; what raises stays among the steps."""
        code = compile("\n".join(lines(steps, "native")), "<line>", "exec")
        try:
            with np.errstate(all="ignore"):
                for point in self.points:
                    exec(code, point)
        except Exception:
            self.steps += steps
            raise

    def emit(self, *steps: Step) -> None:
        """Add steps, and run them."""
        self.run(steps)
        self.steps += steps
        self.ops += len(steps)

    def make(self, text: str, native: str | None = None, letter: str = "v") -> str:
        """Add the line ``name = text`` and give the name."""
        out = self.name(letter)
        self.emit(Line(f"{out} = {text}", f"{out} = {native or text}"))
        return out

    def here(self, name: str) -> Any:
        """The value at the inputs."""
        return self.points[1][name]

    def shape(self, name: str) -> tuple[int, ...]:
        """Its shape."""
        return tuple(np.shape(self.here(name)))

    def is_complex(self, name: str) -> bool:
        """Whether its numbers are complex."""
        return np.asarray(self.here(name)).dtype.kind == "c"

    def attempt(self, move: Callable[[], None]) -> bool:
        """Make a move, or take all of it back."""
        kept = [dict(p) for p in self.points]
        steps, visible, views = list(self.steps), list(self.visible), list(self.views)
        buffers, writable, used = set(self.buffers), set(self.writable), set(self.used)
        depth, batched, ops = self.depth, self.batched, self.ops
        carried, before_loop = set(self.carried), self.before_loop
        try:
            move()
        except GivenUp:
            self.points, self.steps, self.visible, self.views = kept, steps, visible, views
            self.buffers, self.writable, self.used = buffers, writable, used
            self.depth, self.batched, self.ops = depth, batched, ops
            self.carried, self.before_loop = carried, before_loop
            return False
        return True

    def within(self, ours: str, native: str, compose: Callable[[], None], alone: Step | None = None) -> Block:
        """A block whose body `compose` makes; its names are not seen outside. It is not added yet.

        Args:
            ours, native: its head.
            compose: adds the steps of its body.
            alone: what stands for the head of a function when its body raises, so that the body runs.
        """
        outside, self.steps = self.steps, []
        visible, views = list(self.visible), list(self.views)
        try:
            compose()
            block = Block(ours, native, tuple(self.steps))
        except GivenUp:
            raise
        except Exception:
            outside += [alone, *self.steps] if alone else [Block(ours, native, tuple(self.steps))]
            raise
        finally:
            self.steps, self.visible, self.views = outside, visible, views
        return block

    def stays(self, name: str) -> bool:
        """Whether a name means the same whenever it is read later on: a closure that runs again may capture it."""
        bound_once = self.before_loop is None or name in self.before_loop
        return bound_once and name not in self.carried and not self.is_shared(name)

    # -- values --------------------------------------------------------------------------------------------------------
    def tame(self, name: str) -> str:
        """The value as a float of bounded size, slope and curvature; a line more scales it down if need be."""
        before, here, after = (np.asarray(p[name]) for p in self.points)
        if here.dtype.kind in "biu":
            return self.tame(self.make(f"ug.astype({name}, ug.float64)"))
        if not here.shape == before.shape == after.shape:
            raise GivenUp
        if here.ndim > MOST_DIMENSIONS:
            return self.tame(self.make(f"ug.reshape({name}, (-1,))"))
        if not 0 < here.size <= MOST_ELEMENTS or not all(np.isfinite(x).all() for x in (before, here, after)):
            raise GivenUp
        sizes = (
            np.abs(here).max(),
            np.abs(after - before).max() / (2 * REACH),
            np.abs(after - 2 * here + before).max() / REACH**2,
        )
        factor = min(bound / max(size, bound) for bound, size in zip(BOUNDS, sizes, strict=True))
        if factor < LEAST:
            raise GivenUp
        return name if factor == 1 else self.make(f"{float(2.0 ** np.floor(np.log2(factor)))} * {name}")

    def show(self, name: str) -> None:
        """Make a value visible to later steps."""
        self.visible.append(name)

    def find(
        self,
        choices: Choices,
        shape: tuple[int, ...] | None = None,
        like: Sequence[str] = (),
        real: bool = False,
        shared: bool = False,
        complex_: bool | None = None,
    ) -> str:
        """A visible value, brought to a shape (or one that broadcasts with another's), and to real numbers.

        Args:
            choices: which of them.
            shape: None: any.
            like: names whose values it must broadcast with.
            real: the real part of complex numbers.
            shared: it may be a buffer, whose memory will be written to.
            complex_: whether it is complex; None: either.
        """
        seen = [n for n in reversed(self.visible) if shared or not self.is_shared(n)]
        if complex_ is not None:
            seen = [n for n in seen if self.is_complex(n) == complex_]
        if not seen:
            raise GivenUp
        fitting = [n for n in seen if self._fits(n, shape, like)]
        found = choices.one((fitting if fitting and choices.pick(4) < 3 else seen)[:8])
        if real and self.is_complex(found):
            found = self.make(f"ug.{choices.one(('real', 'imag'))}({found}) * 1.0")
        if not self._fits(found, shape, like):
            found = self.shaped(found, self._together(like) if shape is None else shape)
        return found

    def is_shared(self, name: str) -> bool:
        """Whether its memory is, or is part of, a buffer."""
        return name in self.buffers or any(name == v for v, _, _ in self.views)

    def _together(self, names: Sequence[str]) -> tuple[int, ...]:
        return np.broadcast_shapes(*map(self.shape, names))

    def _fits(self, name: str, shape: tuple[int, ...] | None, like: Sequence[str]) -> bool:
        if shape is not None:
            return self.shape(name) == tuple(shape)
        try:
            together = self._together([name, *like])
        except ValueError:
            return False
        return len(together) <= MOST_DIMENSIONS and int(np.prod(together)) <= MOST_ELEMENTS

    def shaped(self, name: str, shape: tuple[int, ...]) -> str:
        """The value in another shape: reshaped, repeated by broadcasting, or its elements taken in turn."""
        have, size = self.shape(name), int(np.prod(shape))
        many = int(np.prod(have))
        text = f"{name} * 1.0" if self.is_shared(name) else name
        if many == size:
            return self.make(f"ug.reshape({text}, {shape})")
        try:
            if np.broadcast_shapes(have, shape) == tuple(shape):
                return self.make(f"ug.broadcast_to({text}, {shape})")
        except ValueError:
            pass
        if shape == ():
            return self.make(f"ug.mean({name})")
        flat = text if len(have) == 1 else f"ug.reshape({text}, (-1,))"
        if size < many:
            taken = f"({flat})[:{size}]" if " " in flat and len(have) == 1 else f"{flat}[:{size}]"
        else:
            taken = f"ug.take({flat}, np.array({[i % many for i in range(size)]}), axis=0)"
        return self.make(taken if len(shape) == 1 else f"ug.reshape({taken}, {shape})")

    def fitted(self, name: str, interval: tuple[float, float]) -> str:
        """The value inside an open interval (or the square over it), by an affine map where it is not there."""
        low, high = interval
        values = np.concatenate([np.ravel(p[name]) for p in self.points])
        parts = np.concatenate([values.real, values.imag]) if values.dtype.kind == "c" else values
        least, most, margin = float(parts.min()), float(parts.max()), 0.02 * (high - low)
        if low + margin <= least and most <= high - margin:
            return name
        factor = float(f"{min(1.0, 0.8 * (high - low) / (most - least + 0.1)):.2g}")
        shift = round((low + high) / 2 - factor * (least + most) / 2, 3)
        shift = complex(shift, shift) if values.dtype.kind == "c" else shift
        return self.make(f"{factor} * {name} + {shift}" if factor != 1 else f"{name} + {shift}")

    def say(self, word: Word, choices: Choices) -> str:
        """Add a word with arguments that suit it, and give the name of its value."""
        names: list[str] = []
        for i, interval in enumerate(word.intervals):
            shape = word.shapes[i] if word.shapes is not None else None
            like = names if shape is None else ()
            real = not word.complex or (word.alike and bool(names) and not self.is_complex(names[0]))
            found = self.find(choices, shape, like, real=real, shared=word.fresh)
            names.append(self.fitted(found, interval))
        out, k = self.name(), str(self.number)
        fill = {"out": out, "k": k}
        ours = word.text.format(*names, **fill).split("\n")
        native = (word.native or word.text).format(*names, **fill).split("\n")
        if ours == native:
            self.emit(*map(same, ours))
        else:
            self.emit(*(Line(line, None) for line in ours), *(Line(None, line) for line in native))
        self.used.update(word.rows)
        self._steady(out, names, "\n".join(native))
        return self.tame(out)

    def _steady(self, out: str, names: Sequence[str], text: str) -> None:
        """Give up where rounding errors of the arguments decide (two that are equal but for the last digit, in an argmax), and
        at kinks that the tangents run along: the spread of equal numbers."""
        code = compile(text, "<line>", "exec")

        def moved(far: float) -> Any:
            point = dict(self.points[1])
            for i, name in enumerate(dict.fromkeys(names)):
                x = np.asarray(point[name])
                point[name] = x + (1 + np.abs(x)) * far * np.cos(np.arange(x.size) + i).reshape(x.shape)
            with np.errstate(all="ignore"):
                exec(code, point)
            return np.asarray(point[out])

        here, near, before, after = np.asarray(self.here(out)), moved(1e-9), moved(-ASIDE), moved(ASIDE)
        if not here.shape == near.shape == before.shape == after.shape or not np.allclose(here, near, 1e-6, 1e-6):
            raise GivenUp
        if here.dtype.kind not in "biu" and not np.allclose(before + after, 2.0 * here, KINK * ASIDE, KINK * ASIDE):
            raise GivenUp
