"""From rows of small numbers to a program: the same numbers give the same program, and smaller ones a simpler one."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

from unigrad_conformance.programs.composer import MOST_ELEMENTS, MOST_OPS, Choices, Composer
from unigrad_conformance.programs.control import step
from unigrad_conformance.programs.text import Program, lines
from unigrad_conformance.programs.words import Word, vocabulary

#: shapes of inputs: few, so that a compiler meets the same again
INPUTS = ((3,), (2, 3), (3, 3), (), (2, 2, 2))


class Broken(Exception):
    """Something raised while a program was composed: `program` is what there was of it, with what raised at its end."""

    def __init__(self, program: Program) -> None:
        super().__init__("a program raised while it was composed")
        self.program = program


@cache
def words() -> tuple[tuple[Word, ...], ...]:
    """The vocabulary, made once: the ways to say a thing together."""
    together: dict[str, list[Word]] = {}
    for word in vocabulary():
        together.setdefault(word.name, []).append(word)
    return tuple(map(tuple, together.values()))


def numbers_for(rng: np.random.Generator, shape: Sequence[int], is_complex: bool, size: float = 1.5) -> np.ndarray:
    """Numbers of a few digits, that print short."""
    x = rng.uniform(-size, size, tuple(shape)).round(3)
    return np.asarray(x + 1j * rng.uniform(-size, size, tuple(shape)).round(3) if is_complex else x)


def compose(rows: Iterable[tuple[int, ...]]) -> Program:
    """The program of these choices: the first row says what the inputs are, each other one is a step.

    Raises:
        Broken: with what an op or a derivative inside of the program raised as its cause.
    """
    rows = iter(rows)
    first = Choices(next(rows, ()))
    rng = np.random.default_rng(first.pick(4096))
    count, is_complex, variables = 1 + first.pick(3), first.pick(4) == 3, first.pick(5) == 4
    inputs, tangents = {}, []
    for i in range(count):
        shape, field = first.one(INPUTS), is_complex and first.pick(3) < 2
        inputs[f"x{i}"] = numbers_for(rng, shape, field)
        tangents.append(numbers_for(rng, shape, field, 1.0))
    c = Composer(inputs, tangents, words())

    def program(result: str) -> Program:
        made = Program(inputs, tuple(tangents), tuple(c.steps), result, frozenset(c.used), variables)
        value = np.asarray(c.here(result.removesuffix(" * 1.0")))
        return made.with_cotangent(numbers_for(rng, value.shape, value.dtype.kind == "c", 1.0))

    try:
        for numbers in rows:
            if c.ops >= MOST_OPS:
                break
            step(c, numbers, rows)
        return program(_result(c, first.pick(4) > 0))
    except Exception as e:
        raise Broken(program(f"{c.visible[-1]} * 1.0")) from e


def _result(c: Composer, everything: bool) -> str:
    """What is returned: the last value, or a vector of all that no other step has used."""
    text = " ".join(lines(c.steps, "ours"))
    unused = [n for n in c.visible[:-1] if everything and len(re.findall(rf"\b{n}\b", text)) < 2][-7:]
    names = [*unused, c.visible[-1]]
    flat = ", ".join(f"ug.reshape({n} * 1.0, (-1,))" for n in names)
    out = c.make(f"{names[0]} * 1.0" if len(names) == 1 else f"ug.concat([{flat}])", letter="out")
    return c.tame(out) if c.here(out).size <= MOST_ELEMENTS else out
