"""Every row of the table on every backend against the library's own: forward, and forward with backward.

`rows` measures all of them (about ten minutes) and writes `ops.md` next to this file. For a few of them, without writing:

    python -m benchmarks.table --backend torch svd qr 'fft*'
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402

import unigrad as ug  # noqa: E402
from benchmarks import natives  # noqa: E402
from benchmarks.natives import Op  # noqa: E402
from benchmarks.report import PEERS, Row, _processor, _version  # noqa: E402
from benchmarks.timing import Run, interleave  # noqa: E402
from unigrad.primitive import wrap  # noqa: E402

OUT = Path(__file__).with_name("ops.md")
OURS, THEIRS = "unigrad", "native"


class Figure(NamedTuple):
    """One comparison: in milliseconds, and the ratio; or what was raised, or why there is none."""

    ours: float | None = None
    ratio: float | None = None
    through_kernel: bool = False
    told: str = ""

    def __str__(self) -> str:
        if self.told:
            return self.told
        if self.ours is None:
            return ""
        if self.ratio is None:
            return f"{self.ours:.2f} ms, no native"
        return f"**{self.ratio:.2f}**{'°' if self.through_kernel else ''} {self.ours:.2f}"


@contextmanager
def one_core() -> Iterator[None]:
    """This thread, and those that it starts, on one core: XLA has no other way to be told."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def cheap_collection() -> Iterator[None]:
    """What is there already is not looked through by the garbage collector before every round: that took half of the time."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


# -- what is timed ----------------------------------------------------------------------------------------------------------


def _many(out: Any) -> list[Any]:
    return list(out) if isinstance(out, (list, tuple)) else [out]


def _raws(out: Any) -> list[Any]:
    return [o.raw if hasattr(o, "raw") else o for o in _many(out)]


class Program:
    """One op on one backend, in both forms."""

    def __init__(self, op: Op, name: str) -> None:
        self.op, self.name = op, name
        self.backend = ug.backend.load(name)
        self.raws = [self.backend.asarray(a, None, None, True) for a in op.arrays]
        native = op.native_in(name)
        self.through_kernel = native is None
        kernel = native or op.ours  # on raw arrays ours is the kernel, and what little stands around it
        xp = self.backend.xp
        self.native = lambda *raws: kernel(xp, *raws)
        with ug.use_backend(name):
            self.tensors = [wrap(r) for r in self.raws]
        self.space = self.tensors[0].__array_namespace__()
        self.wrt = [i for i, a in enumerate(op.arrays) if a.dtype.kind in "fc"]

    def ours(self, *tensors: Any) -> Any:
        with ug.use_backend(self.name):
            return self.op.ours(self.space, *tensors)

    def done(self, out: Any) -> Any:
        """JAX answers before it has computed."""
        if self.name == "jax":
            import jax

            jax.block_until_ready(out)
        return out

    def forward(self) -> dict[str, Run]:
        return {
            OURS: lambda: self.done(_raws(self.ours(*self.tensors))),
            THEIRS: lambda: self.done(self.native(*self.raws)),
        }

    def cotangents(self) -> list[Any]:
        """Of every output, random numbers: the same for both."""
        rng = np.random.default_rng(2)
        found = []
        for raw in _raws(self.ours(*self.tensors)):
            shape, dtype = tuple(raw.shape), self.backend.dtype_of(raw)
            ct = rng.uniform(0.5, 1.5, shape)
            ct = ct + 1j * rng.uniform(0.5, 1.5, shape) if dtype.kind == "c" else ct
            found.append(self.backend.asarray(np.asarray(ct).astype(dtype), None, None, True))
        return found

    def ours_backward(self, raws: Sequence[Any], cts: Sequence[Any]) -> list[Any]:
        with ug.use_backend(self.name):
            tensors = [wrap(r) for r in raws]
            sources = [tensors[i] for i in self.wrt]
            with ug.GradientTape() as tape:
                tape.watch(sources)
                out = self.op.ours(self.space, *tensors)
            seeds = [wrap(ct) for ct in cts]
            return _raws(tape.gradient(_many(out), sources, output_gradients=seeds))

    def native_backward(self) -> Any:
        """A function of raw arrays and cotangents."""
        if self.name == "torch":
            import torch

            def by_torch(raws: Sequence[Any], cts: Sequence[Any]) -> Any:
                leaves = [r.detach().requires_grad_(i in self.wrt) for i, r in enumerate(raws)]
                return torch.autograd.grad(
                    _many(self.native(*leaves)), [leaves[i] for i in self.wrt], cts, allow_unused=True
                )

            return by_torch
        if self.name == "jax":
            import jax

            def by_jax(raws: Sequence[Any], cts: Sequence[Any]) -> Any:
                def of_some(*some: Any) -> Any:
                    full = list(raws)
                    for i, r in zip(self.wrt, some, strict=True):
                        full[i] = r
                    return _many(self.native(*full))

                return jax.vjp(of_some, *(raws[i] for i in self.wrt))[1](list(cts))

            return by_jax
        return None

    def backward(self, compiled: bool = False) -> dict[str, Run] | None:
        cts = self.cotangents()
        theirs: Any = self.native_backward() if self.name != "numpy" else _by_hips(self.op, self.wrt)
        ours: Any = self.ours_backward
        if compiled:
            import jax

            ours, theirs = jax.jit(ours), jax.jit(theirs)
        runs = {OURS: lambda: self.done(ours(self.raws, cts))}
        if theirs is not None:
            runs[THEIRS] = lambda: self.done(theirs(self.raws, cts))
        return runs


_NUMPY_NAMES = {
    "acos": "arccos", "asin": "arcsin", "atan": "arctan", "acosh": "arccosh", "asinh": "arcsinh", "atanh": "arctanh",
    "atan2": "arctan2", "pow": "power", "permute_dims": "transpose", "concat": "concatenate", "cumulative_sum": "cumsum",
}  # fmt: skip


class _Hips:
    """HIPS autograd's namespace by the standard's names."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, _NUMPY_NAMES.get(name, name))
        return _Hips(found) if name in ("linalg", "fft") else found


def _by_hips(op: Op, wrt: Sequence[int]) -> Any:
    """NumPy has no autodiff: HIPS autograd's where it is installed, and knows the op."""
    native = op.native_in("numpy")
    try:
        import autograd.numpy as anp
        from autograd import make_vjp
    except ImportError:
        return None
    if native is None:
        return None
    space = _Hips(anp)

    def by_hips(raws: Sequence[Any], cts: Sequence[Any]) -> Any:
        def of_some(some: Any) -> Any:
            full = list(raws)
            for i, r in zip(wrt, some, strict=True):
                full[i] = r
            out = native(space, *full)
            return tuple(out) if isinstance(out, (list, tuple)) else out

        pull, out = make_vjp(of_some)(tuple(raws[i] for i in wrt))
        return pull(tuple(cts) if isinstance(out, tuple) else cts[0])

    try:
        by_hips(list(op.arrays), _ones_like(native, op))
    except Exception:  # noqa: BLE001 - whatever it raises for an op that it does not know
        return None
    return by_hips


def _ones_like(native: Any, op: Op) -> list[Any]:
    import array_api_compat.numpy as xp

    return [np.ones_like(o) for o in _many(native(xp, *op.arrays))]


# -- measuring ----------------------------------------------------------------------------------------------------------------


def compared(runs: Any, through_kernel: bool, quick: bool) -> Figure:
    """Both in turns; ours alone where there is no other."""
    timing = interleave(runs, 3 if quick else 5, seconds=0.001 if quick else 0.003)
    ratio = timing.ratio(OURS, THEIRS) if THEIRS in runs else None
    return Figure(timing.seconds(OURS) * 1e3, ratio, through_kernel)


def safely(make: Any, through_kernel: bool, quick: bool) -> Figure:
    """What was measured; an op that fails must not lose the figures of the others."""
    try:
        with np.errstate(all="ignore"):
            return compared(make(), through_kernel, quick)
    except Exception as e:  # noqa: BLE001
        return Figure(told=f"error: {type(e).__name__}")


#: the columns: backend, title, and which program
COLUMNS = (
    ("numpy", "numpy forward", "forward"), ("numpy", "numpy both, HIPS autograd", "backward"),
    ("torch", "torch forward", "forward"), ("torch", "torch both", "backward"),
    ("jax", "jax forward", "forward"), ("jax", "jax both", "backward"), ("jax", "jax both in jit", "compiled"),
)  # fmt: skip


def measure(op: Op, name: str, quick: bool = False) -> dict[str, Figure]:
    """The columns of one backend."""
    try:
        program = Program(op, name)
    except Exception as e:  # noqa: BLE001
        return {title: Figure(told=f"error: {type(e).__name__}") for b, title, _ in COLUMNS if b == name}
    found = {}
    for backend, title, which in COLUMNS:
        if backend != name or (which != "forward" and not (op.differentiable and program.wrt)):
            continue
        make = {"forward": program.forward, "backward": program.backward, "compiled": lambda: program.backward(True)}
        through = program.through_kernel and (name != "numpy" or which == "forward")
        found[title] = safely(make[which], through, quick)
    return found


def importable(names: Sequence[str] = ("numpy", "torch", "jax")) -> list[str]:
    found = []
    for name in names:
        try:
            ug.backend.load(name)
        except ug.BackendError:
            continue
        if name == "jax":
            import jax

            jax.config.update("jax_enable_x64", True)
        found.append(name)
    return found


def rows(quick: bool) -> Iterator[Row]:
    names = importable()
    table: dict[str, dict[str, Figure]] = {}
    sizes = {}
    with one_core(), cheap_collection():
        for op in natives.ops():
            sizes[op.name] = op.size
            for name in names:
                table.setdefault(op.name, {}).update(measure(op, name, quick))
            for title, figure in table[op.name].items():
                if figure.ours is not None:
                    theirs = None if figure.ratio is None else figure.ours / figure.ratio
                    yield Row("table", f"{op.name}, {title}", figure.ours, "ms", THEIRS, theirs, figure.ratio)
                elif figure.told:
                    yield Row("table", f"{op.name}, {title}: {figure.told}", float("nan"), "ms")
    if not quick:
        OUT.write_text(document(table, sizes), encoding="utf-8")


def worst(figures: dict[str, Figure]) -> float:
    return max((f.ratio for f in figures.values() if f.ratio is not None), default=0.0)


def document(table: dict[str, dict[str, Figure]], sizes: dict[str, str]) -> str:
    """The table in Markdown, the slowest first."""
    titles = [title for _, title, _ in COLUMNS]
    versions = ", ".join(f"{name} {_version(name)}" for name in PEERS if _version(name))
    python = ".".join(map(str, sys.version_info[:3]))
    lines = [
        "# Every op against the library's own",
        "",
        f"Generated by `python -m benchmarks --only table` on {datetime.now(UTC):%Y-%m-%d}: {_processor()}, one core, one "
        f"thread, Python {python}, {versions}. float64, at sizes where arithmetic dominates.",
        "",
        "A cell is the **ratio** ours / native (below 1 is faster; the median over rounds in which the two take turns), and our "
        "milliseconds. \"both\" is forward and backward. \"jax both\" is without `jit` on either side. Rows are in the order of "
        "their largest ratio. ° marks a row that the library has under no name: its autodiff goes through our own kernel there. "
        "\"no native\": nothing to compare with (NumPy's backward where HIPS autograd has none). An empty cell: the op has no "
        "derivative.",
        "",
        f"| op | arrays | {' | '.join(titles)} |",
        f"|---|---|{'---|' * len(titles)}",
    ]  # fmt: skip
    for name in sorted(table, key=lambda n: -worst(table[n])):
        cells = " | ".join(str(table[name].get(title, "")) for title in titles)
        lines.append(f"| {name} | {sizes[name]} | {cells} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """A few ops, printed."""
    parser = argparse.ArgumentParser(description="ops against the library's own")
    parser.add_argument("ops", nargs="*")
    parser.add_argument("--backend", action="append")
    options = parser.parse_args()
    with one_core(), cheap_collection():
        for op in natives.ops(options.ops):
            for name in importable(options.backend or ("numpy", "torch", "jax")):
                for title, figure in measure(op, name).items():
                    print(f"{op.name:28s} {op.size:20s} {title:26s} {figure}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
