"""Runs a call under a tape and an accumulator on NumPy, and says what it is made of and what became of the derivative."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

import unigrad as ug
from tools.coverage.calls import CALLS, Call
from unigrad.kinds import Constant
from unigrad.primitive import TABLE, Primitive
from unigrad_conformance.cases import cases_of, refused

#: what a mode gives
YES, ZERO, NONE, LEAVES = "yes", "zero", "–", "no"


@dataclass(frozen=True)
class Trace:
    """What was seen of one call."""

    #: the rows that were recorded, in the order in which they ran first
    rows: tuple[str, ...]
    reverse: str
    forward: str
    takes_complex: str
    #: why there is no derivative
    reason: str = ""


def draw(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Distinct numbers between 0.4 and 1.6; along one axis they ascend."""
    n = int(np.prod(shape))
    x = 0.4 + 1.2 * (np.arange(n) + rng.uniform(0.2, 0.8, n)) / max(n, 1)
    if len(shape) != 1:
        rng.shuffle(x)
    if np.dtype(dtype).kind == "i":
        return rng.permutation(n).reshape(shape).astype(dtype)
    imaginary = 1j * rng.uniform(0.2, 0.9, n) if np.dtype(dtype).kind == "c" else 0.0
    return (x + imaginary).reshape(shape).astype(dtype)


def arrays_of(name: str, call: Call, dtype: str) -> list[np.ndarray]:
    """The arguments of a call, the same in every run."""
    rng = np.random.default_rng(crc32(name.encode()))
    found = [draw(rng, shape, dtype) for shape in call.shapes]
    if call.hermitian:
        found[0] = directed(found[0], call) + 12 * np.eye(3)
    return found


def directed(x: np.ndarray, call: Call) -> np.ndarray:
    """A direction in which the first argument may move."""
    return x + x.conj().T if call.hermitian else x


def row_of(function: Any) -> Primitive | None:
    """The row that a public function is, if it is one."""
    return function if isinstance(function, Primitive) else getattr(function, "primitive", None)


def call_of(name: str, function: Any) -> tuple[Callable[..., Any], list[np.ndarray], list[np.ndarray] | None] | None:
    """How a public function is called: the call, its arguments, and its complex arguments."""
    if name in CALLS:
        call = CALLS[name]
        wide = arrays_of(name, call, call.complex_dtype) if call.complex_dtype and call.shapes else None
        return call.function, arrays_of(name, call, call.dtype), wide
    row = row_of(function)
    if row is None:
        return None
    first = next(c for c in cases_of(row) if not c.is_complex)
    wide_case = next((c for c in cases_of(row) if c.is_complex), None)
    held = {i: a for i, a in enumerate(first.args) if refused(row, i)}  # without a derivative: constants

    def ours(*arrays: Any) -> Any:
        rest = iter(arrays)
        return first.ours(*(held[i] if i in held else next(rest) for i in range(len(first.args))))

    arrays = [a for i, a in enumerate(first.args) if i not in held]
    return ours, arrays, list(wide_case.args) if wide_case else None


def leaves(result: Any) -> list[Any]:
    """The arrays and numbers of a result."""
    if isinstance(result, list | tuple):
        return [leaf for part in result for leaf in leaves(part)]
    return [result]


def recorded(tape: ug.GradientTape) -> tuple[str, ...]:
    """The names of the rows on a tape."""
    return tuple(dict.fromkeys(rule.primitive.name for rule in tape._records[::5]))


def rows_in(function: Callable[..., Any], arrays: Sequence[Any]) -> tuple[str, ...]:
    """The rows that a call records."""
    xs = [ug.asarray(a) for a in arrays]
    with ug.GradientTape() as tape:
        tape.watch([x for x in xs if x.dtype.kind in "fc"])
        function(*xs)
        return recorded(tape)


def trace(name: str, function: Any) -> Trace | None:
    """What is seen of a public function; None when nobody wrote a call for it."""
    found = call_of(name, function)
    if found is None:
        return None
    call, arrays, wide = found
    with ug.use_backend("numpy"), np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ug.NotDifferentiableWarning)
        try:
            rows, outs, reverse = backwards(call, arrays)
        except ug.GradientLostError as e:
            return Trace((), LEAVES, LEAVES, "", f"an error under a tape: {instead(e)}")
        takes_complex = accepts(call, wide) if arrays else ""
        if reverse == ZERO and takes_complex == "yes" and backwards(call, wide)[2] == YES:
            return Trace(rows, YES, forwards(call, wide), takes_complex, "of complex numbers; zero of real ones")
        if reverse != NONE:
            return Trace(rows, reverse, forwards(call, arrays), takes_complex)
    if not arrays:
        return Trace((), NONE, NONE, "")
    integers = all(a.dtype.kind in "biu" for a in arrays)
    reason = "integers and bools alone" if integers else "connected with nothing" if outs else "it leaves the tape"
    return Trace(rows, LEAVES, LEAVES, takes_complex, reason)


def instead(error: Exception) -> str:
    """What an error says one should do: what stands after its last colon."""
    return str(error).rpartition(": ")[2] or str(error)


def watched(arrays: Sequence[np.ndarray]) -> list[Any]:
    """The arguments as tensors."""
    return [ug.asarray(a) if isinstance(a, np.ndarray) else a for a in arrays]


def floating(xs: Sequence[Any]) -> list[Any]:
    """Those that can be differentiated."""
    return [x for x in xs if hasattr(x, "dtype") and x.dtype.kind in "fc"]


def weight(x: Any, seed: int = 1) -> Any:
    """A cotangent or tangent of no particular direction."""
    rng = np.random.default_rng(seed)
    w = rng.uniform(0.5, 1.5, x.shape)
    return ug.asarray(w + 1j * rng.uniform(0.5, 1.5, x.shape) if x.dtype.kind == "c" else w, dtype=x.dtype)


def backwards(call: Callable[..., Any], arrays: Sequence[np.ndarray]) -> tuple[tuple[str, ...], list[Any], str]:
    """The rows that a call records, the arrays that it returns, and what reverse mode gives."""
    xs = watched(arrays)
    sources = floating(xs)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch([x for x in xs if isinstance(x, ug.Tensor)])  # integers too: their rows are recorded
        outs = [leaf for leaf in leaves(call(*xs)) if isinstance(leaf, ug.Tensor)]
        rows = recorded(tape)
    targets = [out for out in outs if out.dtype.kind in "fc"]
    if not sources:
        return rows, outs, NONE
    if rows and (not targets or all(isinstance(TABLE[r], Constant) for r in rows)):
        return rows, outs, ZERO
    grads = [tape.gradient(t, x, ug.convert(weight(t), t.backend.name)) for t in targets for x in sources]
    return rows, outs, told([g for g in grads if g is not None])


def forwards(call: Callable[..., Any], arrays: Sequence[np.ndarray]) -> str:
    """What forward mode gives."""
    xs = watched(arrays)
    sources = floating(xs)
    if not sources:
        return NONE
    with ug.ForwardAccumulator(sources, [weight(x, i) for i, x in enumerate(sources)]) as accumulator:
        outs = [leaf for leaf in leaves(call(*xs)) if isinstance(leaf, ug.Tensor)]
    targets = [out for out in outs if out.dtype.kind in "fc"]
    if outs and not targets:
        return ZERO
    return told([t for t in (accumulator.jvp(out) for out in targets) if t is not None])


def told(derivatives: Sequence[Any]) -> str:
    """What is said of the derivatives that there are."""
    return NONE if not derivatives else YES if any(np.any(d.numpy() != 0) for d in derivatives) else ZERO


def accepts(call: Callable[..., Any], arrays: Sequence[np.ndarray] | None) -> str:
    """Whether a call takes complex numbers."""
    if arrays is None:
        return "no"
    try:
        call(*watched(arrays))
    except TypeError:
        return "no"
    return "yes"
