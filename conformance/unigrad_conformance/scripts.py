"""A program for a failure: the numbers of the case, both modes beside a difference quotient, and the check run again."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

import unigrad as ug
from unigrad_conformance.cases import BACKEND_PARAMS, Case, cases_of, rows
from unigrad_conformance.catalogue import checks
from unigrad_conformance.expressions import expressions
from unigrad_conformance.matrices import FORMS
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import HAZARDS, arrays
from unigrad_conformance.results import Failure, Report

#: elements of an argument up to which a script spells them out
SPELLED = 64

BODY = """
sources = [args[i] for i in wrt]
with ug.GradientTape() as tape:
    tape.watch(sources)
    out = f(*args)
print("value:", out)
print("reverse mode, of the sum:", *tape.gradient(out, sources))

with ug.ForwardAccumulator(sources, [ug.ones_like(s) for s in sources]) as acc:
    out = f(*args)
print("forward mode, along ones:", acc.jvp(out))

if out.dtype.kind in "fc":
    h = float(ug.finfo(sources[0].dtype).eps) ** (1 / 3)
    up, down = (f(*(a + s if i in wrt else a for i, a in enumerate(args))) for s in (h, -h))
    print("central difference, along ones:", (up - down) / (2 * h))
"""

AGAIN = """
# the check that failed, run again
from unigrad_conformance.plan import Plan
from unigrad_conformance.run import Unit, check_unit

report = check_unit(Unit({kind!r}, {name!r}, {backend!r}), {plan!r})
for failure in report.failures:
    print(failure)
print(len(report.failures), "failures in", report.comparisons, "comparisons")
"""


def with_scripts(kind: str, name: str, report: Report, plan: Plan) -> Report:
    """The report of one unit, the smallest failure of each cell with its program."""
    for cell in report.cells.values():
        if cell.failures:
            cell.failures.sort(key=lambda f: f.size)
            cell.failures[0] = replace(cell.failures[0], script=script_of(kind, name, cell.failures[0], plan))
    return report


def script_of(kind: str, name: str, failure: Failure, plan: Plan) -> str:
    """The program for one failure."""
    narrower = replace(
        plan,
        checks=(failure.check,) if failure.check in checks() else (),
        dtypes=(failure.dtype,) if failure.dtype in ug.dtypes.BY_NAME and kind != "hazard" else (),
    )
    again = AGAIN.format(kind=kind, name=name, backend=failure.backend, plan=narrower)
    head = " ".join(f"# {failure.case} {failure.dtype} on {failure.backend}: {failure.check}".split())
    numbers = "\n".join(numbers_of(kind, name, failure))
    return f"{head}\n{numbers}\n{BODY if numbers else ''}{again}".replace("\n\n\n", "\n\n")


def numbers_of(kind: str, name: str, failure: Failure) -> Iterator[str]:
    """Imports, function and arguments; none where no single case failed, or where no number of it is differentiated."""
    imports, function, args, wrt = "", "", [], ()
    if kind == "hazard":
        hazard = next(h for h in HAZARDS if h.label == name)
        args = arrays(hazard)
        wrt = tuple(i for i, a in enumerate(args) if a.dtype.kind in "fc")
        imports = "from unigrad_conformance.points import HAZARDS"
        function = (
            f"    hazard = next(h for h in HAZARDS if h.label == {name!r})\n"
            "    return hazard.f(args[0].__array_namespace__(), *args)"
        )
        wrt = () if hazard.error else wrt
    else:
        case = case_of(kind, name, failure.case)
        if case is not None and name not in BACKEND_PARAMS:
            args, wrt = [brought(a, failure.dtype) for a in case.args], case.wrt
            imports, function = call_of(kind, name, case)
    if not wrt or any(np.size(a) > SPELLED for a in args):
        return
    yield from ("import numpy as np", "", "import unigrad as ug")
    if imports:
        yield imports
    yield f'\nug.set_backend("{failure.backend.partition(" ")[0]}")\n\n\ndef f(*args):\n{function}\n\n'
    yield "args = ["
    yield from (f"    {spelled(a)}," for a in args)
    yield f"]\nwrt = {wrt}"


def case_of(kind: str, name: str, case: str) -> Case | None:
    """The case of that name."""
    if kind == "row":
        found = (c for row in rows(name) if row.name == name for c in cases_of(row))
    else:
        found = (c for cases in expressions(name) for c in cases)
    return next((c for c in found if c.name == case), None)


def call_of(kind: str, name: str, case: Case) -> tuple[str, str]:
    """An import, and the body of a function of `args`."""
    if kind == "expression":
        return (
            "from unigrad_conformance.expressions import expressions",
            f"    case = next(c for cases in expressions({name!r}) for c in cases if c.name == {case.name!r})\n"
            "    return case.ours(*args)",
        )
    params = "".join(f", {k}={parameter(v)}" for k, v in case.params.items())
    if name in FORMS:
        return (
            "from unigrad_conformance.matrices import FORMS",
            f"    return FORMS[{name!r}].ours(args[0].__array_namespace__(), *args{params})",
        )
    for module in ("", "linalg.", "fft.", "special."):
        public = getattr(getattr(ug, module[:-1]) if module else ug, name, None)
        if public is not None and public is getattr(case.row, "function", case.row):
            return "", f"    return ug.{module}{name}(*args{params})"
    return "from unigrad.primitive import TABLE", f"    return TABLE[{name!r}](*args{params})"


def brought(x: Any, dtype: str) -> Any:
    """An argument in the dtype of the failure."""
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc" or dtype not in ug.dtypes.BY_NAME:
        return x
    real = ug.dtypes.BY_NAME[dtype]
    if x.dtype.kind == "c":
        return x.astype(np.complex64 if real.itemsize <= 4 else np.complex128)
    return x.astype(real)


def spelled(x: Any) -> str:
    """An argument as Python text that gives the same numbers again."""
    if not isinstance(x, np.ndarray):
        return repr(x)
    shape = f".reshape({x.shape})" if x.size == 0 else ""
    return f'ug.asarray(np.asarray({digits(x)}, "{x.dtype.name}"){shape})'


def digits(x: Any) -> str:
    """Nested lists of numbers, each as short as its dtype allows."""
    if x.ndim:
        return "[" + ", ".join(digits(part) for part in x) + "]"
    if x.dtype.kind == "c":
        return f"complex({digits(x.real)}, {digits(x.imag)})"
    text = str(x[()])
    return text.replace("nan", "np.nan").replace("inf", "np.inf")


def parameter(x: Any) -> str:
    """A keyword's value as Python text."""
    if isinstance(x, np.ndarray):
        return f'np.asarray({digits(x)}, "{x.dtype.name}")'
    if isinstance(x, np.dtype):
        return f'np.dtype("{x.name}")'
    if isinstance(x, tuple) and type(x) is tuple:
        return "(" + "".join(f"{parameter(v)}, " for v in x).removesuffix(" ") + ")"
    return repr(x)
