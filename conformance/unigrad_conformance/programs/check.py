"""What is compared for one program on one backend: value, reverse and forward mode, each with an independent truth.

On a backend with an autodiff of its own that is the truth, in both modes, and our run on NumPy a second one. On NumPy the truth
is finite differences along the direction in which the program was composed to be smooth, and PyTorch's or JAX's autodiff where
one can be imported. Where a library is known to differ (`unigrad_conformance.differences`) it is not asked.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unigrad.backend import Backend, load
from unigrad_conformance import differences as known
from unigrad_conformance.arrays import pairing
from unigrad_conformance.oracles import has_native, importable
from unigrad_conformance.programs.control import FORMS, OPEN
from unigrad_conformance.programs.natives import Face, differences, tapes
from unigrad_conformance.programs.runs import Ours, doubles, native
from unigrad_conformance.programs.steps import FOURTH, STENCIL, STEP
from unigrad_conformance.programs.text import Program, numbers
from unigrad_conformance.tolerance import DIFFERENCES, composed

Array = np.ndarray[Any, Any]
#: central differences of fourth order, on four of the points of the sixth: how far the two are apart bounds the error
#: differences that are less certain than this say nothing
ROUGH = 1e-3
#: rows whose derivatives a library's own autodiff cannot nest: with the reason
NOT_NESTED: dict[tuple[str, str], str] = {
    ("sign", "torch"): "reverse over forward over reverse of a complex sign writes into what its formula has saved",
    ("copysign", "torch"): "reverse over forward over reverse writes into what its formula has saved",
    ("eigvals", "torch"): "reverse over forward over reverse stops: it takes what it meets for a dependence on phases",
}
NESTED = frozenset({*FORMS, *OPEN}) - {"vmap", "checkpoint"}


@dataclass(frozen=True)
class Found:
    """A comparison that failed."""

    what: str
    detail: str
    want: Any = None
    oracle: str = ""
    tolerance: float = 0.0


@dataclass
class Checked:
    """What the check of programs has seen."""

    comparisons: int = 0
    #: programs whose finite differences were too uncertain to say anything
    rough: int = 0
    reached: Counter[str] = field(default_factory=Counter)
    found: Found | None = None


def distrusted(program: Program, backend: Backend, respect: str) -> bool:
    """Whether the library's own autodiff is known to differ on an op of the program, or cannot nest it."""
    nested = bool(program.words & NESTED)
    if nested and any((word, backend.name) in NOT_NESTED for word in program.words):
        return True
    respects = {respect, "second"} if nested else {respect}
    return any(
        d.native == backend.name and d.respect in respects and d.group in program.words for d in known.DIFFERENCES
    )


class Checker:
    """All comparisons of one program on one backend."""

    def __init__(self, program: Program, backend: Backend, seen: Checked) -> None:
        self.program, self.backend, self.seen = program, backend, seen
        self.args = [np.asarray(x) for x in program.inputs.values()]

    def near(self, what: str, got: Any, want: Any, oracle: str, tolerance: float = 0.0) -> bool:
        """Compare; the first that fails is kept."""
        if self.seen.found is not None:
            return False
        self.seen.comparisons += 1
        pairs = list(zip(got, want, strict=True)) if isinstance(got, list) else [(got, want)]
        size = max([1.0, *(float(np.abs(w).max()) for _, w in pairs if np.size(w))])
        tolerance = max(tolerance, composed(self.program.size, size))
        for k, (g, w) in enumerate(pairs):
            where = f" of input {k}" if isinstance(got, list) else ""
            if np.shape(g) != np.shape(w):
                detail = f"shape {np.shape(g)}, expected {np.shape(w)}"
            else:
                far = float(np.abs(np.asarray(g) - w).max(initial=0.0))
                if far <= tolerance:
                    continue
                detail = f"off by {far:.3g}, tolerance {tolerance:.2g}; got {numbers(g)}, expected {numbers(w)}"
            self.seen.found = Found(what, f"{what}{where} against {oracle}: {detail}", want, oracle, tolerance)
            return False
        return True

    def check(self) -> None:
        """Everything, until something differs."""
        program = self.program
        try:
            ours = Ours(program, self.backend, self.seen.reached)
            self.near("condition", ours.heard, ours.told, "our run on numpy")
        except Exception as e:  # noqa: BLE001  (whatever a program raises is a failure of it)
            self.seen.found = Found("raised", f"{type(e).__name__}: {str(e)[:500]}")
            return
        if not all(ours.like):
            self.seen.found = Found("gradient", "a gradient has not the shape and dtype of its source")
            return
        left, right = pairing(ours.tangent, program.cotangent), pairing(ours.grads, list(program.tangents))
        size = sum(pairing(np.abs(g), np.abs(t)) for g, t in zip(ours.grads, program.tangents, strict=True))
        self.near("pairing", left, right, "reverse mode", composed(program.size, size))
        if has_native(self.backend):
            self.against(ours, self.backend)
            self.with_numpy(ours)
        else:
            self.by_differences(ours)
            for peer in importable(("torch",)) or importable(("jax",)):
                self.against(ours, peer, respects=("first",))

    def with_numpy(self, ours: Ours) -> None:
        """Our run on NumPy is another run of the same rules over other kernels."""
        numpy = Ours(self.program, load("numpy"))
        self.near("value", ours.value, numpy.value, "our run on numpy")
        self.near("gradient", ours.grads, numpy.grads, "our run on numpy")
        self.near("tangent", ours.tangent, numpy.tangent, "our run on numpy")

    def against(self, ours: Ours, peer: Backend, respects: Sequence[str] = ("first", "jvp")) -> None:
        """Compare with a library's own autodiff."""
        oracle = f"{peer.name}'s native autodiff"
        got = {"value": ours.value, "gradient": ours.grads, "tangent": ours.tangent}
        try:
            found = native(self.program, peer, [r for r in respects if not distrusted(self.program, peer, r)])
        except Exception as e:  # noqa: BLE001  (a native framework may raise anything)
            self.seen.found = Found("oracle", f"{oracle} raised {type(e).__name__}: {str(e)[:500]}")
            return
        for what, want in found.items():
            self.near(what, got[what], want, oracle)

    def by_differences(self, ours: Ours) -> None:
        """Compare with finite differences along the tangents; inner derivatives are our own there, and looked at by value."""
        program, numpy = self.program, load("numpy")
        nested = bool(program.words & NESTED)
        value = program.function("native", Face(numpy, tapes if nested else differences).names())
        with doubles(numpy):  # what the program makes anew lies beside what it is given
            points = {
                k: np.asarray(value(*(x + k * STEP * t for x, t in zip(self.args, program.tangents, strict=True))))
                for k in (-3, -2, -1, 0, 1, 2, 3)
            }
        self.near("value", ours.value, points[0], "the same over raw arrays")
        sixth = sum(w / STEP * points[k] for k, w in STENCIL)
        fourth = sum(w / STEP * points[k] for k, w in FOURTH)
        size = max(1.0, float(np.abs(sixth).max()))
        bound = float(np.abs(sixth - fourth).max()) + composed(program.size, float(np.abs(points[0]).max())) / STEP
        if not bound < ROUGH * size:  # NaN says nothing either
            self.seen.rough += 1
            return
        tolerance = max(DIFFERENCES * size, bound)
        self.near("tangent", ours.tangent, sixth, "finite differences", tolerance)
        total = pairing(program.cotangent, sixth)
        weight = float(np.abs(program.cotangent).sum())
        self.near(
            "gradient along the tangents",
            pairing(ours.grads, list(program.tangents)),
            total,
            "finite differences",
            tolerance * weight,
        )
