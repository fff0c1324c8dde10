"""The programs of the data: made, run in the framework's own interpreter, and what they print compared with what is recorded."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from unigrad_conformance.differences.form import FILES, Example, File, Row, order

RUNNER = Path(__file__).with_name("runner.py")
SECONDS = 600.0
#: units of the last printed digit by which two machines may print the same number
UNITS = 4.0

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|nan|inf)", re.IGNORECASE)
_ERROR = re.compile(r"\w*(?:Error|Exception|Interrupt)\b")


class CannotRunError(RuntimeError):
    """The framework's interpreter did not run the programs."""


@dataclass(frozen=True)
class Answer:
    """What a program printed."""

    row: Row
    example: Example
    program: str
    says: str
    version: str

    @property
    def stays(self) -> bool:
        """Whether it is still the recorded answer."""
        return same(self.says, self.example.says)

    def advice(self) -> str:
        """What happened and what to do, where the answer is another one now."""
        row, recorded, path = self.row, self.example.says, f"differences/{self.row.native}.toml"
        told = (
            f"{row.label} at {self.example.point!r} is stale: {row.native} {self.version} says {self.says}, "
            f"recorded with {row.seen} is {recorded}.\n{self.program}\n"
        )
        if order(self.version) == order(row.seen):
            return f"{told}It is the version of the data: another machine, or a line that never was so. Correct it in {path}."
        return (
            f"{told}If that is right now, take the line out of {path}, and the row with its last one; while {row.seen} is "
            f'supported, give it a row of its own with until = "{self.version}" instead. If it is another wrong answer, write '
            f'{self.says!r} for {recorded!r}, and seen = "{self.version}" when the whole file agrees.'
        )


def program_of(file: File, example: Example, derivative: int = 1) -> str:
    """The three lines."""
    template = file.along if example.forward else file.second if derivative == 2 else file.program
    return template.strip().format(**example.gaps)


def programs(native: str, orders: dict[str, int]) -> list[tuple[Row, Example, str]]:
    """All programs of a framework; `orders` says which points are second derivatives."""
    file = FILES[native]
    return [(row, e, program_of(file, e, orders.get(e.point, 1))) for row in file.rows for e in row.examples]


def run(native: str, orders: dict[str, int], python: str = sys.executable) -> list[Answer]:
    """Run every program of a framework in an interpreter that has it."""
    made = programs(native, orders)
    numbered = {str(i): program for i, (_, _, program) in enumerate(made)}
    try:
        done = subprocess.run(
            [python, str(RUNNER), native], input=json.dumps(numbered), capture_output=True, text=True, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as e:
        raise CannotRunError(f"{python} did not run the programs of {native}: {e}") from e
    if done.returncode:
        raise CannotRunError(f"{python} did not run the programs of {native}: {done.stderr.strip()[-500:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    version = found["version"].partition("+")[0]
    return [
        Answer(row, example, program, plain(found["told"][str(i)]), version)
        for i, (row, example, program) in enumerate(made)
        if row.holds(version)
    ]


def plain(text: str) -> str:
    """What is printed, in one line, without the names of array classes and dtypes."""
    if _ERROR.match(text):
        return " ".join(re.sub(r"\{\{function_node.*?\}\}", "", text).split())
    text = re.sub(r"(?:tf\.Tensor|tensor|Array|array|np\.\w+)\(", "(", text)
    text = re.sub(r",?\s*(?:grad_fn=<\w+>|dtype=[\w.]+|shape=\([\d, ]*\)|weak_type=\w+)", "", text)
    text = re.sub(r"\(\s*([^(),]*(?:\[[^()]*\])?)\s*,?\s*\)", r"\1", " ".join(text.split()))
    return text.strip()


def same(got: str, recorded: str) -> bool:
    """Whether two printed answers are the same: of errors the name and the words that are recorded, of the rest the numbers."""
    if _ERROR.match(recorded):
        name, _, words = recorded.partition(": ")
        return got.startswith(f"{name}:") and words in got
    if _ERROR.match(got) or _frame(got) != _frame(recorded):
        return False
    return all(near(a, b) for a, b in zip(_NUMBER.findall(got), _NUMBER.findall(recorded)))


def _frame(text: str) -> str:
    return re.sub(r"[\s,]", "", _NUMBER.sub("#", text))


def near(a: str, b: str, units: float = UNITS) -> bool:
    """Whether two printed numbers are the same, but for a few units of the last digit of the one with fewer."""
    x, y = float(a), float(b)
    return x == y or (x != x and y != y) or abs(x - y) <= units * max(unit(a), unit(b))


def unit(number: str) -> float:
    """One unit of the last printed digit, of four at least: fewer are printed of a number that is exact."""
    mantissa, _, exponent = number.lower().partition("e")
    digits = len(mantissa.partition(".")[2])
    return 0.0 if "n" in mantissa else float(10.0 ** (int(exponent or 0) - max(digits, 4)))


def apart(printed: str, right: str) -> bool:
    """Whether a printed answer is another one than the right one: an error, None for numbers, or other numbers."""
    if _ERROR.match(printed) or _ERROR.match(right):
        return bool(_ERROR.match(printed)) != bool(_ERROR.match(right))
    a, b = _NUMBER.findall(printed), _NUMBER.findall(right)
    if printed.count("None") != right.count("None") or len(a) != len(b):
        return True
    return any(
        (x == x or y == y) and not abs(x - y) <= 0.51 * unit(n) and x != y
        for n, x, y in zip(a, map(float, a), map(float, b))
    )
