"""Samples of the rows of the table: drawn from each row's domain, the same on every backend and in every run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zlib import crc32

import numpy as np

from unigrad import kinds
from unigrad.ops import load_all
from unigrad.primitive import TABLE, Primitive, Sample
from unigrad.testing.samples import draw, drawn, interval, samples_of
from unigrad_conformance.layouts import LAYOUTS
from unigrad_conformance.matrices import FORMS
from unigrad_conformance.sizes import LARGE, ONE

load_all()

#: the libraries in whose words the native forms of expressions are written; another may have no `x[0]` of a matrix
SPOKEN = ("numpy", "jax", "torch")


@dataclass(frozen=True)
class Case:
    """One call: `ours` on tensors, `native` on a backend's raw arrays, and the arguments as NumPy arrays or scalars."""

    group: str
    name: str
    ours: Callable[..., Any]
    native: Callable[..., Any]
    args: tuple[Any, ...]
    #: positions of the arguments that are differentiated
    wrt: tuple[int, ...]
    #: second derivatives are checked too
    second: bool = True
    #: only a thorough run takes it; even a light run takes it
    thorough: bool = False
    light: bool = True
    #: the case that narrower precisions take, and that a backend without autodiff takes to the others' autodiffs
    lead: bool = False
    row: Primitive | None = None
    #: backends whose native autodiff cannot run `native` (it writes in place, say): finite differences alone
    not_native: frozenset[str] = frozenset()
    params: dict[str, Any] = field(default_factory=dict, hash=False)
    #: `ours` as a function of a namespace, the arrays and `params`, where it is one: a program that shows a failure has its text
    over: Callable[..., Any] | None = None
    #: how the arrays lie in memory, a name of `layouts.LAYOUTS`; "": in a row
    layout: str = ""
    #: only an exhaustive run takes it
    exhaustive: bool = False
    #: two-byte floats are computed in two bytes: a Fourier transform widens them
    two_bytes: bool = True

    @property
    def is_complex(self) -> bool:
        """Whether a differentiated argument is complex."""
        return any(np.asarray(self.args[i]).dtype.kind == "c" for i in self.wrt)

    @property
    def is_empty(self) -> bool:
        """Whether every differentiated argument is without elements."""
        return all(np.size(self.args[i]) == 0 for i in self.wrt)


def rows(pattern: str = "") -> list[Primitive]:
    """The rows whose name holds `pattern` (or one of several, separated by commas)."""
    wanted = [p for p in pattern.split(",") if p]
    return [row for name, row in TABLE.items() if not wanted or any(p in name for p in wanted)]


def random(label: str, seed: int) -> np.random.Generator:
    """Random numbers of a case: for the seed 0, and for each other one."""
    key = crc32(label.encode())
    return np.random.default_rng([seed, key] if seed else key)


def other_sizes(row: Primitive) -> tuple[Sample, ...]:
    """Samples of one element and of a few hundred."""
    if row.domain.samples:
        return LARGE.get(row.name, ()) + ONE.get(row.name, ())
    if not samples_of(row):
        return ()
    return (Sample(((16, 20),) * len(row.args), {}), Sample(((20,), (16, 20), (16, 1))[: len(row.args)], {}))


#: fewer numbers are no large sample
WHOLE = 40
#: parameters that name a backend or a device of it
BACKEND_PARAMS: dict[str, Callable[[Any, Any], dict[str, Any]]] = {
    "convert": lambda backend, raw: {"to": backend, "home": backend},
    "move": lambda backend, raw: {"device": backend.device_of(raw), "back": backend.device_of(raw)},
}


def cases_of(row: Primitive, seed: int = 0) -> Iterator[Case]:
    """Every case of a row: real, complex where its domain says so, with Python scalars for a row of two arguments; and variants.

    Args:
        row: of the table.
        seed: 0 gives the numbers that every run takes; another one other numbers of the same shapes.
    """
    cases = list(plain_cases(row, seed))
    yield from cases
    yield from variants(row, cases, seed)


def plain_cases(row: Primitive, seed: int = 0) -> Iterator[Case]:
    """The cases of a row without their variants."""
    samples = samples_of(row)
    fields = (False, True) if row.domain.draws_complex else (False,)
    for is_complex in fields:
        cases = [_case(row, sample, is_complex, f"{k}", seed) for k, sample in enumerate(samples)]
        cases += list(_mixed(row, samples, is_complex, seed))
        if isinstance(row, kinds.Elementwise) and len(row.args) == 2:
            cases += list(_with_scalars(row, is_complex, seed))
        yield from graded(cases)


def graded(cases: Sequence[Case]) -> Iterator[Case]:
    """What a quick run takes of cases of one kind: of the complex ones the first two, second derivatives of the first two."""
    full = [c for c in cases if not c.is_empty]
    for k, case in enumerate(cases):
        lead = bool(full) and case is full[0]
        quick = k < 2 or not case.is_complex or "real" in case.name
        few = lead or (
            case.group not in FORMS  # those run dozens of ops, and each is compiled
            and ("number" in case.name or k in (1, 4, 7) if not case.is_complex else "x real" in case.name)
        )
        yield replace(case, lead=lead, second=not case.is_empty, thorough=not quick, light=few)


def _mixed(row: Primitive, samples: Sequence[Sample], is_complex: bool, seed: int) -> Iterator[Case]:
    """A real operand next to a complex one: its gradient is real."""
    if is_complex and len(row.args) == 2 and row.promotes != "as is" and not isinstance(row, kinds.Constant):
        for i in (0, 1):
            yield _case(row, samples[0], is_complex, f"mixed {i}", seed, real_at=i)


def variants(row: Primitive, cases: Sequence[Case], seed: int) -> Iterator[Case]:
    """The same cases in other arrangements and of other sizes: of the first of a kind, or of all."""
    for case in cases:
        yield from arranged(case)
    for k, sample in enumerate(other_sizes(row)):
        case = _case(row, sample, False, f"size {k}", seed)
        # a few hundred numbers lie too near to each other for the steps of second differences
        yield replace(case, thorough=True, light=False, second=sum(map(np.size, case.args)) < WHOLE)


def arranged(case: Case) -> Iterator[Case]:
    """A case with each argument alone, and in other layouts."""
    if not case.wrt or case.is_empty:
        return
    row, once = case.row, replace(case, lead=False, light=False, exhaustive=not case.lead)
    if len(case.wrt) > 1:
        for i in case.wrt:
            name = f"argument {i}" if row is None or row.variadic else row.args[min(i, len(row.args) - 1)]
            yield replace(once, name=f"{case.name}, {name} alone", wrt=(i,), thorough=case.thorough or case.is_complex)
    if not any(np.ndim(a) for a in case.args):
        return
    for name, layout in LAYOUTS.items():
        if not layout.shared:
            thorough = layout.depth != "quick" or case.thorough or case.is_complex
            yield replace(once, name=f"{case.name}, {name}", layout=name, thorough=thorough)
        elif isinstance(row, kinds.Elementwise | kinds.Linear | kinds.Multilinear) and row.name not in FORMS:
            args = tuple(np.broadcast_to(a[:1], a.shape).copy() if np.ndim(a) and np.size(a) else a for a in case.args)
            yield replace(once, name=f"{case.name}, {name}", layout=name, thorough=True, args=args)


def refused(row: Primitive, i: int) -> bool:
    """Whether the row has no derivative with respect to argument `i`, and says so by an error."""
    return isinstance(row, kinds.Elementwise) and getattr(row.partials[i], "refused", False)


def _case(row: Primitive, sample: Sample, is_complex: bool, label: str, seed: int, real_at: int | None = None) -> Case:
    args = drawn(row, sample, random(f"{row.name} {label} {is_complex}", seed), is_complex, real_at)
    wrt = tuple(i for i, a in enumerate(args) if a.dtype.kind in "fc" and not refused(row, i))
    shapes = " ".join(str(s).replace(" ", "") for s in sample.shapes)
    told = ", ".join(f"{k}={v}" for k, v in sample.params.items())
    kind = "" if not is_complex else " complex" if real_at is None else f" complex, {row.args[real_at]} real"
    name = f"{row.name}[{shapes}{' ' + told if told else ''}{kind}]"
    return _of(row, name, tuple(args), wrt, sample.params)


def _with_scalars(row: Primitive, is_complex: bool, seed: int) -> Iterator[Case]:
    """An array with a Python number, on either side."""
    for i in (0, 1):
        if refused(row, i):
            continue
        rng = random(f"{row.name} scalar {i}", seed)
        args: list[Any] = [draw(rng, (3,), *interval(row, j), is_complex) for j in (0, 1)]
        args[1 - i] = float(rng.uniform(*interval(row, 1 - i)))
        what = "array with number" if i == 0 else "number with array"
        name = f"{row.name}[{what}{' complex' if is_complex else ''}]"
        yield _of(row, name, tuple(args), (i,), {})


def _of(row: Primitive, name: str, args: tuple[Any, ...], wrt: tuple[int, ...], params: dict[str, Any]) -> Case:
    if row.name in FORMS:
        return _formed(row, name, args, wrt, params)
    public = getattr(row, "function", row)  # an elementwise row's function has a fast road of its own

    def ours(*tensors: Any) -> Any:
        first = next(t for t in tensors if hasattr(t, "backend"))
        extra = BACKEND_PARAMS[row.name](first.backend, first.raw) if row.name in BACKEND_PARAMS else {}
        return public(*tensors, **params, **extra)

    def native(backend: Any, *raws: Any) -> Any:
        # on raw arrays a row is the backend's own kernel: no rule of ours is met
        if row.name in BACKEND_PARAMS:
            return raws[0] * 1
        return row(*raws, **params)

    return Case(row.name, name, ours, native, args, wrt, row=row, params=params)


def _formed(row: Primitive, name: str, args: tuple[Any, ...], wrt: tuple[int, ...], params: dict[str, Any]) -> Case:
    """A row that is called in a form of its own, over a namespace."""
    form = FORMS[row.name]

    def ours(*tensors: Any) -> Any:
        return form.ours(tensors[0].__array_namespace__(), *tensors, **params)

    def native(backend: Any, *raws: Any) -> Any:
        if backend.dtype_of(raws[0]).itemsize < 4:
            raise TypeError("no row of linear algebra takes two-byte floats, though a library may in a special case")
        with backend.making_here():
            return form.native(backend.xp, *raws, **params)

    return Case(row.name, name, ours, native, args, wrt, row=row, params=params, over=form.ours)
