"""What is compared: value, both modes, both orders, dtype and shape, each argument alone and all together."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from zlib import crc32

import numpy as np

import unigrad as ug
from unigrad import kinds
from unigrad.backend import Backend, load
from unigrad_conformance.cases import Case
from unigrad_conformance.differences import known
from unigrad_conformance.differences.telling import to_add
from unigrad_conformance.oracles import FiniteDifferences, Native, oracles_for, pairing
from unigrad_conformance.report import Array, Failure, Report, narrow, short, wide
from unigrad_conformance.tolerance import apart, rtol


class Checker:
    """All comparisons of one case on one backend in one precision."""

    def __init__(self, case: Case, backend: Backend, dtype: Any, report: Report, peers: bool = True) -> None:
        self.case, self.backend, self.dtype, self.report = case, backend, np.dtype(dtype), report
        self.args = [narrow(a, self.dtype) for a in case.args]
        self.exact_args = [wide(a) for a in self.args]
        self.peers = peers
        self.judged = self.dtype  # the coarsest precision that the value passed through
        self.rng = np.random.default_rng(crc32(case.name.encode()))
        self.label = case.name if self.dtype == np.float64 else f"{case.name} {self.dtype}"
        self.tangents = [self._random(self.exact_args[i]) for i in case.wrt]

    def _random(self, like: Any) -> Array:
        x = self.rng.uniform(-1, 1, np.shape(like))
        if np.asarray(like).dtype.kind == "c":
            x = x + 1j * self.rng.uniform(-1, 1, np.shape(like))
        return np.asarray(wide(narrow(x, self.dtype)))

    # -- ours ------------------------------------------------------------------------------------------------------
    def tensor(self, x: Any) -> Any:
        """An argument as a tensor of the backend, in the precision under test."""
        if not isinstance(x, np.ndarray):
            return x
        x = narrow(x, self.dtype)
        return ug.asarray(self.backend.asarray(x, x.dtype, None, True))

    def run(self, wrt: Sequence[int]) -> tuple[list[Any], list[Any]]:
        """Fresh tensors of all arguments, and those of `wrt` among them."""
        tensors = [self.tensor(a) for a in self.args]
        return tensors, [tensors[i] for i in wrt]

    def vjp(self, wrt: Sequence[int], ct: Array) -> list[Any]:
        """Our gradient with a cotangent."""
        tensors, sources = self.run(wrt)
        with ug.GradientTape() as tape:
            tape.watch(sources)
            out = self.case.ours(*tensors)
        row = self.case.row
        self.report.reached |= any(isinstance(r, kinds.Rule) and r.primitive is row for r in tape._records)
        return list(tape.gradient(out, sources, output_gradients=self.tensor(ct)))

    def jvp(self, wrt: Sequence[int], tangents: Sequence[Array]) -> Any:
        """Our forward mode."""
        tensors, sources = self.run(wrt)
        with ug.ForwardAccumulator(sources, [self.tensor(t) for t in tangents]) as acc:
            out = self.case.ours(*tensors)
        return acc.jvp(out)

    def seconds(self, ct: Array, tangents: Sequence[Array]) -> Iterator[tuple[str, Any]]:
        """The derivative of the gradients along the tangents, in every order of the two modes."""
        wrt = self.case.wrt
        along = [self.tensor(t) for t in tangents]

        tensors, sources = self.run(wrt)
        with ug.GradientTape() as outer:
            outer.watch(sources)
            with ug.GradientTape() as inner:
                inner.watch(sources)
                out = self.case.ours(*tensors)
            first = inner.gradient(out, sources, output_gradients=self.tensor(ct))
        yield "reverse over reverse", outer.gradient(first, sources, along, unconnected_gradients="zero")

        tensors, sources = self.run(wrt)
        with ug.ForwardAccumulator(sources, along) as acc:
            with ug.GradientTape() as inner:
                inner.watch(sources)
                out = self.case.ours(*tensors)
            first = inner.gradient(out, sources, output_gradients=self.tensor(ct))
        yield "forward over reverse", acc.jvp(first, unconnected_gradients="zero")

        tensors, sources = self.run(wrt)
        with ug.GradientTape() as outer:
            outer.watch(sources)
            with ug.ForwardAccumulator(sources, along) as acc:
                out = self.case.ours(*tensors)
            first = acc.jvp(out)
        yield "reverse over forward", outer.gradient(first, sources, self.tensor(ct), unconnected_gradients="zero")

    def forward_forward(self, tangents: Sequence[Array], others: Sequence[Array]) -> Any:
        """Forward over forward."""
        tensors, sources = self.run(self.case.wrt)
        with ug.ForwardAccumulator(sources, [self.tensor(t) for t in others]) as outer:
            with ug.ForwardAccumulator(sources, [self.tensor(t) for t in tangents]) as inner:
                out = self.case.ours(*tensors)
            first = inner.jvp(out)
        return outer.jvp(first, unconnected_gradients="zero")

    # -- comparisons -----------------------------------------------------------------------------------------------
    def fail(self, what: str, detail: str) -> None:
        """Note a failure."""
        self.report.failures.append(Failure(f"{self.label} on {self.backend.name}", what, detail))

    def numbers(self, tensor: Any) -> Array:
        """A tensor's values in 64 bits."""
        return wide(self.backend.to_numpy(tensor.raw))

    def compare(self, got: Any, want: Any, order: str, exact: bool) -> bool:
        """Whether ours is near enough; notes nothing."""
        self.report.comparisons += 1
        got = self.backend.to_numpy(got.raw) if hasattr(got, "raw") else np.asarray(got)
        if got.shape != np.shape(want):
            self.last = f"shape {got.shape}, expected {np.shape(want)}"
            return False
        far = apart(got, want, rtol(self.judged, order, exact))
        if far > 1:
            self.last = f"{far:.3g} times the tolerance apart; got {short(got)}, expected {short(want)}"
        return far <= 1

    def against(self, what: str, respect: str, gots: Sequence[Any], ask: Callable[[Any], Sequence[Any]]) -> None:
        """Compare with each oracle; where a native one is known to differ, with finite differences instead."""
        order = "second" if respect == "second" else "first"
        for oracle in oracles_for(self.backend, self.peers):
            native = isinstance(oracle, Native)
            if not native and self.judged != self.dtype:
                continue  # the value is rounded to fewer digits than differences need
            self.report.seen.add((respect, self.case.name))
            home = oracle.backend.name
            if native and home in self.case.not_native:
                if home != self.backend.name:
                    continue
                oracle = FiniteDifferences(load("numpy"))
            try:
                wants = ask(oracle)
                agree = all(self.compare(g, w, order, oracle.exact) for g, w in zip(gots, wants, strict=True))
                told = "" if agree else self.last
            except Exception as e:  # noqa: BLE001  (a native framework may raise anything; it is told as a failure)
                agree, told = False, f"the oracle raised {type(e).__name__}: {str(e)[:200]}"
            if agree:
                continue
            row = known(self.case.group, home, respect, self.case.name) if native else None
            wants = ask(FiniteDifferences(load("numpy"))) if native else []
            ours = all(self.compare(g, w, order, False) for g, w in zip(gots, wants))
            if row is None:
                add = to_add(home, told, group=self.case.group, respect=respect, case=self.case.name)
                self.fail(f"{what} against {oracle.name}", f"{told}. {add}" if native and ours else told)
                continue
            self.report.used.add(row)
            if not ours:
                self.fail(f"{what} against finite differences ({home}: {row.reason})", self.last)

    def like_source(self, what: str, grads: Sequence[Any], wrt: Sequence[int]) -> bool:
        """Each gradient is there, and of its source's dtype and shape."""
        for g, i in zip(grads, wrt, strict=True):
            source = self.tensor(self.args[i])
            if g is None:
                self.fail(what, f"argument {i} is not connected")
            elif (g.shape, g.dtype) != (source.shape, source.dtype):
                self.fail(what, f"argument {i} of {source.dtype}{source.shape} has a gradient of {g.dtype}{g.shape}")
            else:
                continue
            return False
        return True

    def check(self, orders: Sequence[int] = (1, 2), alone: bool = True) -> None:
        """Everything, in this precision."""
        self.report.cases += 1
        try:
            self._check(orders, alone)
        except Exception as e:  # noqa: BLE001  (whatever an op raises is a failure of the case, told with the rest)
            self.fail("raised", f"{type(e).__name__}: {str(e)[:300]}")

    def _check(self, orders: Sequence[int], alone: bool) -> None:
        case, f, args = self.case, self.case.native, self.exact_args
        reference = FiniteDifferences(load("numpy"))._value(f, args)
        tensors, _ = self.run(())
        value = case.ours(*tensors)
        if value.dtype.kind in "fcV" and value.dtype.itemsize // (1 + (value.dtype.kind == "c")) < self.dtype.itemsize:
            self.judged = value.dtype
        if not self.compare(value, reference, "first", True):
            self.fail("value", self.last)
        full = (
            narrow(np.zeros((), reference.dtype), self.dtype).dtype
            if reference.dtype.itemsize >= 8
            else reference.dtype
        )
        if reference.dtype.kind in "fc" and value.dtype != full:
            self.fail("value", f"a result of {value.dtype} for arguments of {self.dtype}")
        if not case.wrt:
            return
        if isinstance(case.row, kinds.Constant) or reference.dtype.kind not in "fc":
            self.check_constant(reference)
            return
        ct = self._random(reference).astype(reference.dtype)
        grads = self.vjp(case.wrt, ct)
        if not self.like_source("vjp", grads, case.wrt):
            return
        self.against("vjp", "first", grads, lambda o: o.vjp(f, args, case.wrt, ct))
        tangent = self.jvp(case.wrt, self.tangents)
        if tangent is None or tangent.dtype != value.dtype:
            self.fail("jvp", f"a {'missing' if tangent is None else tangent.dtype} tangent for {value.dtype}")
            return
        self.against("jvp", "jvp", [tangent], lambda o: [o.jvp(f, args, case.wrt, self.tangents)])
        self.check_pairing(grads, tangent, ct)
        if alone and len(case.wrt) > 1:
            self.check_alone(grads, tangent, ct)
        if 2 in orders and case.second:
            self.check_second(ct)

    def check_constant(self, reference: Array) -> None:
        """A row without derivative: connected, and zero in both modes."""
        wrt = self.case.wrt
        ct = np.ones(reference.shape, reference.dtype)
        grads = self.vjp(wrt, ct)
        if self.like_source("vjp of a constant", grads, wrt):
            for g, i in zip(grads, wrt, strict=True):
                if not self.compare(g, np.zeros(np.shape(self.args[i])), "first", True):
                    self.fail("vjp of a constant", self.last)
        tangent = self.jvp(wrt, self.tangents)
        if tangent is None or not self.compare(tangent, np.zeros(reference.shape), "first", True):
            self.fail("jvp of a constant", "missing" if tangent is None else self.last)

    def check_pairing(self, grads: Sequence[Any], tangent: Any, ct: Array) -> None:
        """Forward and reverse mode tell the same."""
        left = pairing(self.numbers(tangent), ct)
        right = pairing([self.numbers(g) for g in grads], self.tangents)
        size = 1 + sum(abs(pairing(np.abs(self.numbers(g)), np.abs(t))) for g, t in zip(grads, self.tangents))
        self.report.comparisons += 1
        if apart(left / size, right / size, rtol(self.judged, "first", True)) > 1:
            self.fail("forward and reverse", f"<ct, jvp> = {left}, <vjp, t> = {right}")

    def check_alone(self, grads: Sequence[Any], tangent: Any, ct: Array) -> None:
        """Each argument differentiated alone gives what it gives among the others, and their tangents add up."""
        total = 0
        for g, i, t in zip(grads, self.case.wrt, self.tangents, strict=True):
            (lone,) = self.vjp((i,), ct)
            if self.like_source("vjp alone", [lone], (i,)):
                if not self.compare(lone, self.numbers(g), "first", True):
                    self.fail(f"argument {i} alone", self.last)
            alone = self.jvp((i,), [t])
            total = total + (0 if alone is None else self.numbers(alone))
        if not self.compare(tangent, total, "first", True):
            self.fail("the sum of the tangents of each argument alone", self.last)

    def check_second(self, ct: Array) -> None:
        """Second derivatives in every order of the modes."""
        case, f, args = self.case, self.case.native, self.exact_args
        cache: dict[Any, Any] = {}

        def ask(oracle: Any) -> Sequence[Any]:
            if oracle.name not in cache:
                cache[oracle.name] = oracle.second(f, args, case.wrt, ct, self.tangents)
            return cache[oracle.name]

        found = []
        for what, grads in self.seconds(ct, self.tangents):
            if self.like_source(what, grads, case.wrt):
                self.against(what, "second", grads, ask)
                found = grads
        others = [self._random(t) for t in self.tangents]
        twice = self.forward_forward(self.tangents, others)
        left = pairing(self.numbers(twice), ct)
        right = pairing([self.numbers(g) for g in found], others)
        self.report.comparisons += 1
        if found and apart(left, right, rtol(self.judged, "second", True)) > 1:
            self.fail("forward over forward", f"<ct, D2> = {left}, <h, t> = {right}")
