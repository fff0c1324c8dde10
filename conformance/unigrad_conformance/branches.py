"""Which branches of a row's rules its samples take: a branch that none takes is checked by nobody.

A rule is what `mutants.places` says: the row's partials, transposes, vjps and jvps, and what they call in `unigrad.ops`. Every
condition in them, of a statement, an expression or a comprehension, has to be true once and false once, over the cases of the
row, in reverse and forward mode, for each argument alone and all together, to second order, and for several examples at once;
or at a hazard point. What several rows call is looked for in the cases of all of them, and told by the first. A branch that
only raises is no derivative, and not asked for.

Rules are the same on every backend: they are watched on NumPy alone.
"""

import contextlib
import dis
import linecache
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

import numpy as np

from unigrad.backend import Backend
from unigrad.primitive import TABLE, Primitive
from unigrad_conformance.cases import Case, plain_cases
from unigrad_conformance.checks import batched
from unigrad_conformance.mutants.places import functions_of, names_in, slots
from unigrad_conformance.mutants.source import plain
from unigrad_conformance.points import HAZARDS, check_hazard
from unigrad_conformance.subjects import Subject
from unigrad_conformance.trial import Trial
from unigrad_conformance.unreachable import UNREACHABLE

#: the derivatives that are taken with respect to all arguments together
MODES = ("r", "f", "rr", "rf", "fr", "ff")
#: several examples at once, by unigrad's own vmap: of the first case, and of the others
OWN_VMAP = batched.OWN
#: one step inside a function: from the instruction at one place to that at another
Step = tuple[int, int]


class Branch(NamedTuple):
    """One way out of a condition."""

    file: str
    function: str
    #: where the condition is: first line and column, last line and column
    place: tuple[int, int, int, int]
    #: the condition's own words
    text: str
    truth: bool

    def __str__(self) -> str:
        at = f"{self.file.rpartition('unigrad/')[2]}:{self.place[0]}"
        return f"{at}, {self.function}: {self.text!r} is never {str(self.truth).lower()}"

    @property
    def excuse(self) -> str:
        """Why no sample can take it; "": one has to."""
        return UNREACHABLE.get((self.function, self.text, self.truth), "")


# -- what there is to take ---------------------------------------------------------------------------------------------


@cache
def branches_of(code: CodeType) -> dict[Branch, frozenset[Step]]:
    """The branches of a function; each with the steps that take it: several where the compiler wrote a condition twice."""
    found: dict[Branch, frozenset[Step]] = {}
    instructions = list(dis.get_instructions(code))
    place_of = {ins.offset: k for k, ins in enumerate(instructions)}
    for k, ins in enumerate(instructions):
        if "JUMP" not in ins.opname or "IF" not in ins.opname:
            continue
        starts = [ins.offset]
        while instructions[k - len(starts)].opname == "EXTENDED_ARG":
            starts.append(instructions[k - len(starts)].offset)
        for jumps, end in ((True, place_of[ins.argval]), (False, k + 1)):
            if not raises(instructions, end):
                branch = _branch(code, ins, instructions[k - len(starts)], jumps)
                steps = frozenset((start, instructions[end].offset) for start in starts)
                found[branch] = found.get(branch, frozenset()) | steps
    return found


def _branch(code: CodeType, jump: dis.Instruction, before: dis.Instruction, jumps: bool) -> Branch:
    of_none = (
        "NONE" in jump.opname
    )  # `x is None` and `x is not None` are one instruction; others test what was made before
    place = (jump if of_none else before).positions
    assert place is not None
    line, last, column, end = (n or 0 for n in place)
    lines = [linecache.getline(code.co_filename, n).encode() for n in range(line, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][column:]
    text = " ".join(b"".join(lines).decode().split())
    truth = ("NOT_NONE" in jump.opname) == ("is not" in text) if of_none else "IF_TRUE" in jump.opname
    return Branch(code.co_filename, code.co_qualname, (line, column, last, end), text, truth == jumps)


def raises(instructions: Sequence[dis.Instruction], k: int) -> bool:
    """Whether nothing but an error comes of going on at an instruction."""
    ins = instructions[k]
    while ins.opname not in ("RAISE_VARARGS", "RERAISE"):
        if ins.opname == "JUMP_FORWARD":
            k = next(j for j, other in enumerate(instructions) if other.offset == ins.argval)
        elif "JUMP" in ins.opname or "RETURN" in ins.opname or ins.opname in ("FOR_ITER", "SEND"):
            return False
        else:
            k += 1
        ins = instructions[k]
    return True


def within(code: CodeType) -> Iterator[CodeType]:
    """A function and the functions in it: lambdas and comprehensions."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from within(inner)


def rules_of(row: Primitive) -> list[CodeType]:
    """The functions with branches among a row's rules and what only rules call."""
    found: set[CodeType] = set()
    for slot in slots([row]):
        rule = plain(slot.rule)
        helpers = set(functions_of(slot.rule)) - called_elsewhere()
        for code in helpers if rule is None else helpers | {rule.__code__}:
            found.update(inner for inner in within(code) if branches_of(inner))
    return sorted(found, key=lambda c: (c.co_filename, c.co_firstlineno))


@cache
def called_elsewhere() -> set[CodeType]:
    """What functions call that belong to no rule: checks of what a user gave, say."""
    of_rules = {code for slot in slots() for code in functions_of(slot.rule)}
    functions = {
        f
        for name, module in list(sys.modules.items())
        if name.startswith("unigrad.")
        for held in list(vars(module).values())
        for f in (held, *(vars(held).values() if isinstance(held, type) else ()))
        if isinstance(f, FunctionType) and f.__code__ not in of_rules
    }
    called = (f.__globals__.get(name) for f in functions for name in names_in(f.__code__))
    return {inner.__code__ for f in called if (inner := plain(f)) is not None}


@cache
def callers() -> dict[CodeType, tuple[str, ...]]:
    """The functions with branches, each with the rows of the table that call it."""
    found: dict[CodeType, tuple[str, ...]] = {}
    for name, row in TABLE.items():
        for code in rules_of(row):
            found[code] = (*found.get(code, ()), name)
    return found


@cache
def remembering() -> dict[CodeType, Any]:
    """The functions that remember their answers, by the code that runs where they do not, and by the code inside of that."""
    modules = [vars(module) for name, module in list(sys.modules.items()) if name.startswith("unigrad.")]
    found = {id(f): f for names in modules for f in list(names.values()) if hasattr(f, "cache_clear")}
    return {code: f for f in found.values() if (inner := plain(f)) is not None for code in within(inner.__code__)}


# -- what is taken -----------------------------------------------------------------------------------------------------


class Watch:
    """A block in which the steps inside some functions are noted."""

    def __init__(self, codes: Iterable[CodeType]) -> None:
        self.steps: dict[CodeType, set[Step]] = {code: set() for code in codes}

    def __enter__(self) -> "Watch":
        for code in remembering().keys() & self.steps.keys():
            remembering()[code].cache_clear()  # or a function does not run that another case has asked the same
        self._before = sys.gettrace()
        sys.settrace(self._called)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(self._before)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        steps = self.steps.get(frame.f_code)
        if steps is None:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        last = -1

        def stepped(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal last
            if event == "opcode":
                steps.add((last, frame.f_lasti))
                last = frame.f_lasti
            return stepped

        return stepped

    def missed(self, codes: Iterable[CodeType]) -> set[Branch]:
        """The branches of functions that were not taken."""
        return {
            b for code in codes for b, steps in branches_of(code).items() if not steps & self.steps.get(code, set())
        }


def unreached(row: Primitive, cases: Sequence[Case], subject: Subject) -> list[Branch]:
    """The branches of a row's rules that no case and no hazard point takes, in the order of the source.

    Of a function that several rows of the table call the first of them answers, with the cases of all.
    """
    shared = callers() if TABLE.get(row.name) is row else {}
    codes = [code for code in rules_of(row) if shared.get(code, (row.name,))[0] == row.name]
    if not codes:
        return []
    watch = Watch(codes)

    def missed(name: str = "") -> set[Branch]:
        return {b for b in watch.missed(c for c in codes if not name or name in shared.get(c, ())) if not b.excuse}

    with watch:
        differentiate(cases, subject)
    for name in dict.fromkeys(name for code in codes for name in shared.get(code, ()) if name != row.name):
        if missed(name):
            with watch:
                differentiate(list(plain_cases(TABLE[name])), subject)
    return sorted(missed() & at_hazards(subject.backend).missed(codes)) if shared and missed() else sorted(missed())


def differentiate(cases: Iterable[Case], subject: Subject) -> None:
    """Derivatives of cases: in both modes for each argument alone, for all together to second order, and of two examples."""
    for case in cases:
        if not case.wrt or case.layout:
            continue
        trial = Trial(case, subject, np.dtype(np.float64), order=2)
        with contextlib.suppress(Exception):  # the other checks tell it
            for i in case.wrt if len(case.wrt) > 1 else ():
                trial.vjp((i,), trial.cotangent)
                trial.jvp((i,), trial.random("tangents", [trial.exact_args[i]]))
            for modes in MODES:
                trial.higher(modes)
            for check in OWN_VMAP:
                if not check.leave_out(trial):
                    list(check.run(trial))


@cache
def at_hazards(backend: Backend) -> Watch:
    """What all hazard points take of the table's rules."""
    watch = Watch(callers())
    with watch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 0 / 0 is what hazards are made of
        for hazard in HAZARDS:
            check_hazard(hazard, backend)
    return watch
