"""`docs/coverage-numpy.md`: NumPy's functions on tensors."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import unigrad as ug
from tests.numpy_calls import Call
from tests.numpy_samples import CONSTANT, SMOOTH
from tools.coverage.page import code, table
from tools.coverage.tracing import NONE, YES, ZERO, instead, recorded
from unigrad.operators import Operators
from unigrad.protocols.refused import ABOUT_NO_TENSOR, NOT_HANDED_OVER
from unigrad.protocols.table import Row, of_numpy

LEGEND = """\
What NumPy hands over, `np.f(t)`, is computed by unigrad's functions in the tensor's own library, and recorded. Each line is
checked on every backend against NumPy's value and central differences.

| kind | |
|---|---|
| direct | a function of unigrad's of the same meaning, with NumPy's arguments |
| composed | a few of them |
| constant | constant by nature: shapes, comparisons, positions |
| refused | an error that says what to do |

*rows*: what a tape recorded of a call. Ufuncs have their methods (`reduce`, `accumulate`, `outer`, `at`, `reduceat`), `out=` and
`where=` besides.
"""


def samples(name: str) -> list[Call]:
    """The calls of a function, under whichever name it has one."""
    wanted = of_numpy(name)
    found = [c for table in (SMOOTH, CONSTANT) for n, calls in table.items() if n == name for c in calls]
    return found or [
        c for table in (SMOOTH, CONSTANT) for n, calls in table.items() if of_numpy(n) is wanted for c in calls
    ]


def seen(name: str, call: Call) -> list[str]:
    """The rows that are recorded while NumPy hands over this function, and nothing of what the sample does besides."""
    wanted = of_numpy(name)
    rows: list[str] = []
    old = Operators.__array_function__, Operators.__array_ufunc__

    def around(hook: Any, self: Any, function: Any, *args: Any, **options: Any) -> Any:
        before = len(tape._records)
        out = hook(self, function, *args, **options)
        if function is wanted:
            rows.extend(rule.primitive.name for rule in tape._records[before::5])
        return out

    Operators.__array_function__ = lambda *a, **k: around(old[0], *a, **k)
    Operators.__array_ufunc__ = lambda *a, **k: around(old[1], *a, **k)
    try:
        xs = [ug.asarray(a) for a in call.arrays]
        with ug.GradientTape() as tape, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tape.watch([x for x in xs if x.dtype.kind in "fc"])
            call.function(*xs)
        return rows or list(recorded(tape))
    finally:
        Operators.__array_function__, Operators.__array_ufunc__ = old


def line(row: Row) -> list[str]:
    """One function."""
    calls = samples(row.name)
    if row.kind == "refused":
        return [shown(row.name), row.kind, NONE, f"no: {refusal(row.function)}"]
    rows: list[str] = []
    with ug.use_backend("numpy"), np.errstate(all="ignore"):
        for call in calls[:1]:
            rows = list(dict.fromkeys(seen(row.name, call)))
    told = code(rows[:6]) + (f" and {len(rows) - 6} more" if len(rows) > 6 else "")
    smooth = any(of_numpy(n) is of_numpy(row.name) for n in SMOOTH)
    return [shown(row.name), row.kind, told or NONE, YES if smooth else ZERO if rows else NONE]


def shown(name: str) -> str:
    return f"`{name.rpartition('.')[2]}`"


def refusal(function: Callable[..., Any]) -> str:
    """What a refused function says."""
    try:
        function(ug.asarray([1.0]))
    except ug.UnigradError as e:
        return instead(e)
    raise AssertionError("a refused function did not refuse")


def text() -> str:
    """All of it."""
    rows = ug.numpy_rules()
    here = {n: r for n, r in rows.items() if of_numpy(n) is not None}
    kinds = Counter(r.kind for r in here.values())
    lines = [
        "# NumPy's functions on tensors", "", "Written by `make docs` from `unigrad/protocols`; not by hand.", "",
        f"Of NumPy's functions {len(here)} take a tensor: " + ", ".join(f"{n} {k}" for k, n in kinds.most_common()) + ".", "",
        LEGEND,
    ]  # fmt: skip
    for module in sorted({n.rpartition(".")[0] for n in here}):
        names = sorted(n for n in here if n.rpartition(".")[0] == module)
        lines += [
            f"## np.{module}".rstrip("."),
            "",
            *table(["name", "kind", "rows", "derivative"], (line(here[n]) for n in names)),
        ]
    lines += [
        "## Not handed over",
        "",
        "NumPy takes the values of these arguments itself, by `__array__`, which raises while a tape",
    ]
    lines += [
        "tracks them.",
        "",
        *table(["name", "instead"], ([f"`{n}`", t] for n, t in sorted(NOT_HANDED_OVER.items()))),
    ]
    lines += ["## About no tensors", "", "They make constants, read files, speak of dtypes, or set NumPy up:", ""]
    return "\n".join([*lines, *wrapped(sorted(ABOUT_NO_TENSOR))]) + "\n"


def wrapped(names: list[str]) -> Iterator[str]:
    """Names in lines of some length."""
    out = ""
    for n in names:
        if len(out) + len(n) > 120:
            yield out.rstrip()
            out = ""
        out += f"`{n}`{',' if n != names[-1] else '.'} "
    yield out.rstrip()
