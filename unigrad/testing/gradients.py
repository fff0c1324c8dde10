"""check_gradients: a function's derivatives, in both modes and mixed, held against its values."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from unigrad.arguments import Argnames, Argnums
from unigrad.errors import GradientCheckError, SourceError
from unigrad.sources import short
from unigrad.testing.compared import Finding, compare, numbers, pairing, raised, sides
from unigrad.testing.kinks import between, refuse_kinks
from unigrad.testing.numeric import Numeric
from unigrad.testing.subject import Array, Subject, unit
from unigrad.testing.truth import Estimate, rounding

MODES = ("reverse", "forward")
BOTH = (
    "is a part of the result computed outside of the tape (float(), item(), .numpy(), stop_gradient)? Then both modes miss it. "
    "In a custom_gradient, is every path from the argument in the pullback?"
)


class Checked(NamedTuple):
    """What `check_gradients` has compared; all of it was right."""

    comparisons: int
    #: elements of the sources that were looked at one by one, and all of them
    elements: int
    of: int
    #: the largest distance, as a part of what was allowed
    worst: float
    #: how the truth was found
    truth: str
    #: why something was left out; empty: nothing was
    note: str = ""


def check_gradients(
    f: Callable[..., Any],
    args: Any = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    argnums: Argnums = None,
    argnames: Argnames = None,
    modes: str | Sequence[str] = MODES,
    order: int = 2,
    rtol: float | None = None,
    atol: float | None = None,
    kinks: str = "error",
    elements: int = 64,
    seed: int = 0,
) -> Checked:
    """Check unigrad's derivatives of a function against its values.

    Reverse mode, forward mode and every mixing of two of them (reverse over reverse, forward over reverse, reverse over
    forward, forward over forward) are compared with derivatives found from the function's values alone: central differences
    extrapolated to step 0, or the complex step where the function is analytic and takes complex numbers. Those are found in
    64 bits where the function can be, also for arguments in fewer.

    Args:
        f: a function of arrays, numbers and structures of them, which returns likewise; as it is, differentiated or not. It is
            called with tensors, some hundreds of times. Called twice with the same arguments it must give the same.
        args: its positional arguments, a tuple or list; anything else is its one argument. Tensors, variables, modules, arrays
            of any backend, numbers, structures of these.
        kwargs: its keyword arguments.
        argnums, argnames: which arguments to differentiate by, as in `unigrad.grad`; by default every positional one that
            holds floating numbers. Trainable variables that `f` reads are checked always.
        modes: "reverse", "forward", or both. With one of them, the second order is that mode over itself.
        order: 1 for first derivatives alone, 2 for second ones too.
        rtol, atol: how far a derivative may be off, relative to the size of its terms and absolutely; derived from the dtypes
            and from the error of the truth by default.
        kinks: what to do where `f` has no derivative because the sides differ (relu at 0): "error"; or "between", where any
            number between the derivatives of the two sides is right, and second derivatives are not asked for.
        elements: at most so many elements of each array are looked at one by one, chosen by `seed`; all of them are in the
            directions along which forward mode and the pairing of both modes are checked.
        seed: of the cotangents, tangents and elements.

    Returns:
        `Checked`: how much was compared, and how.

    Raises:
        GradientCheckError (also an AssertionError): a derivative is wrong, of another dtype or shape than its source, missing,
            or the function is none: not repeatable, not finite, with a kink.
        SourceError, SourceTypeError, DTypeError: there is nothing to differentiate by, or no floating result.
    """
    what = "check_gradients"
    asked = _modes(what, modes)
    if isinstance(order, bool) or order not in (1, 2):
        raise SourceError(f"{what}: order is 1 or 2, not {short(order)}; order 2 checks the first derivatives too")
    if kinks not in ("error", "between"):
        raise SourceError(f"{what}: kinks is 'error' or 'between', not {short(kinks)}")
    many: Any = elements
    if isinstance(many, bool) or not isinstance(many, int) or many < 1:
        raise SourceError(f"{what}: elements is a number of elements, at least 1, not {short(elements)}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        given: Any = value
        if given is not None and not (isinstance(given, int | float) and given >= 0):
            raise SourceError(f"{what}: {name} is a number that is not negative, or None, not {short(value)}")
    subject = Subject(what, f, args, dict(kwargs or {}), argnums, argnames)
    return check_subject(subject, asked, order, rtol, atol, kinks, elements, seed)


def check_subject(
    subject: Subject,
    modes: Sequence[str] = MODES,
    order: int = 2,
    rtol: float | None = None,
    atol: float | None = None,
    kinks: str = "error",
    elements: int = 64,
    seed: int = 0,
) -> Checked:
    """The check itself: see `check_gradients`."""
    check = _Check(subject, Numeric(subject, elements, np.random.default_rng(seed)), rtol, atol, seed)
    check.kinked = kinked = refuse_kinks(check.numeric, kinks)
    if "reverse" in modes:
        check.reverse()
    if "forward" in modes and not kinked:
        check.forward()
    if len(modes) == 2 and not check.findings and not kinked:
        check.pairing()
    skipped = "" if not kinked else "forward mode and second derivatives, for the kinks"
    if order == 2 and not check.findings and not kinked:
        check.second(modes)
    if check.findings:
        raise check.error()
    looked = sum(map(len, check.numeric.places))
    of = sum(s.at.size for s in subject.sources)
    return Checked(
        check.comparisons, looked, of, check.worst, check.numeric.how, f"left out: {skipped}" if skipped else ""
    )


def _modes(what: str, modes: Any) -> tuple[str, ...]:
    given = (modes,) if isinstance(modes, str) else tuple(modes) if isinstance(modes, list | tuple | set) else ()
    if not given or any(m not in MODES for m in given):
        raise SourceError(f"{what}: modes is 'reverse', 'forward' or both of them, not {short(modes)}")
    return tuple(m for m in MODES if m in given)


class _Check:
    """All comparisons of one function."""

    def __init__(self, subject: Subject, numeric: Numeric, rtol: float | None, atol: float | None, seed: int) -> None:
        self.subject, self.numeric = subject, numeric
        self.rtol, self.atol, self.seed = rtol, atol, seed
        rng = np.random.default_rng((seed, 1))
        self.ct = np.concatenate(
            [_drawn(rng, n, dt) for n, (_, _, dt) in zip(subject.sizes, subject.outs, strict=True)]
        )
        self.tangents = [_drawn(rng, s.shape, s.dtype) for s in subject.sources]
        self.others = [_drawn(rng, s.shape, s.dtype) for s in subject.sources]
        self.pulled: Sequence[Any] = []
        self.pushed: Sequence[Any] = []
        self.comparisons, self.worst, self.kinked = 0, 0.0, False
        self.findings: list[Finding] = []
        self.cause: Exception | None = None
        self.states: dict[str, str] = {}

    @property
    def floor(self) -> float:
        """The rounding error of the values, which no difference can look below."""
        values = np.maximum(unit(self.subject.dtype) * np.abs(self.numeric.at), self.numeric.blur)
        moved = max([1.0, *(float(np.max(np.abs(x), initial=0.0)) for x in self.numeric.primals)])
        return 2**4 * float(np.max(np.abs(self.ct) * values, initial=0.0)) / moved

    def blurs(self, ask: Callable[[], Sequence[Any]]) -> list[Array] | None:
        """What rounding does to computed derivatives: to be asked for where they are wrong, for it takes some calls."""
        rng, eps = np.random.default_rng((self.seed, 2)), unit(self.subject.dtype)
        along = self.ct, self.tangents, self.others
        rows: list[list[Sequence[Any]]] = []
        try:
            for ways in self.numeric.ways(rng, eps)[:2]:
                rows.append([])
                for j in range(8):
                    self.ct, *directions = [_nudged(x, rng, eps) for x in (self.ct, *self.tangents, *self.others)]
                    self.tangents, self.others = directions[: len(ways)], directions[len(ways) :]
                    with self.subject.moved([j * way for way in ways.values()]):
                        rows[-1].append(ask())
        except Exception:  # noqa: BLE001  (the user's own rule may raise anything: then there is no more to tell)
            return None
        finally:
            self.ct, self.tangents, self.others = along
        return [
            np.zeros(())
            if any(gots[k] is None for row in rows for gots in row)
            else rounding(np.stack([[numbers(gots[k]) for gots in row] for row in rows]))
            for k in range(len(rows[0][0]))
        ]

    # -- each mode -------------------------------------------------------------------------------------------------
    def _ask(self, mode: str, ask: Callable[[], Sequence[Any]]) -> Sequence[Any] | None:
        """What unigrad says; None, with a finding, where it raises."""
        self.states[mode] = "right"
        try:
            return ask()
        except Exception as e:  # noqa: BLE001  (the user's own rule may raise anything: told as what it is)
            self.cause = self.cause or e
            self._found(mode, [raised(mode, e)])
            return None

    def _found(self, mode: str, findings: list[Finding]) -> None:
        if findings:
            self.states[mode] = "WRONG"
        self.findings += findings

    def _judged(
        self, mode: str, ask: Callable[[], Sequence[Any]], wants: Any, order: int, *, tangents: bool = False
    ) -> Sequence[Any]:
        """What unigrad says, compared with the truth; nothing where it raises."""
        gots = self._ask(mode, ask)
        if gots is None:
            return []
        if self.kinked:
            wants = between(self.numeric, self.ct, gots, wants)
        found, worst = compare(self, mode, gots, wants, order, tangents=tangents)
        if found and not self.kinked and self.rtol is None and self.atol is None:
            found, worst = compare(self, mode, gots, wants, order, tangents=tangents, blurs=self.blurs(ask))
        self.comparisons += len(gots)
        self.worst = max(self.worst, worst)
        self._found(mode, found)
        return gots

    def reverse(self) -> None:
        """The gradient by all sources together, and by each alone."""
        wants = self.numeric.pulled(self.ct)
        self.pulled = self._judged("reverse mode", lambda: self.subject.vjp(self.ct), wants, 1)
        if len(wants) > 1 and self.pulled and not self.findings:
            for k in range(len(wants)):
                self._judged(
                    f"reverse mode, by {self.subject.sources[k].label} alone,",
                    lambda k=k: [*[None] * k, *self.subject.vjp(self.ct, [k])],  # type: ignore[misc]
                    [None] * k + [wants[k]],
                    1,
                )

    def forward(self) -> None:
        """The tangent along all sources together, and along each alone."""
        every, before = list(range(len(self.tangents))), len(self.findings)
        for some in [*([k] for k in every if len(every) > 1), every]:
            mode = (
                "forward mode" if some == every else f"forward mode, along {self.subject.sources[some[0]].label} alone,"
            )
            want = self._parts(self.numeric.along({k: self.tangents[k] for k in some}))
            ask = lambda some=some: self.subject.jvp(self.tangents, some)  # noqa: E731
            self.pushed = self._judged(mode, ask, want, 1, tangents=True)
            if len(self.findings) > before:
                return

    def _parts(self, want: Estimate) -> list[tuple[Array, Array, Array]]:
        """A tangent of the vector of all results as one of each: value, error, and size of the terms."""
        ends = np.cumsum(self.subject.sizes)[:-1]
        return [
            (v.reshape(shape), e.reshape(shape), np.abs(v).reshape(shape))
            for v, e, (_, shape, _) in zip(
                np.split(want.value, ends), np.split(want.error, ends), self.subject.outs, strict=True
            )
        ]  # fmt: skip

    def pairing(self) -> None:
        """<ct, J t> is <J* ct, t>: both modes, to rounding."""
        self.comparisons += 1
        found = pairing(self, self.pushed, self.pulled)
        if found and self.rtol is None and self.atol is None:

            def ask() -> list[Array]:
                return [sides(self, self.subject.jvp(self.tangents), self.subject.vjp(self.ct))]

            found = pairing(self, self.pushed, self.pulled, self.blurs(ask))
        if found:
            self._found("reverse against forward mode", [found])

    def second(self, modes: Sequence[str]) -> None:
        """Second derivatives in every mixing of the modes."""
        wanted = [
            (name, ask)
            for name, ask in self.subject.second(self.ct, self.tangents)
            if all(m in modes for m in name.split(" over "))
        ]
        if wanted:
            wants = self.numeric.twice(self.ct, self.tangents)
            for name, ask in wanted:
                self._judged(name, ask, wants, 2)
        if "forward" in modes:
            both = self.numeric.second(dict(enumerate(self.tangents)), dict(enumerate(self.others)))
            ask = lambda: self.subject.forward_forward(self.tangents, self.others)  # noqa: E731
            self._judged("forward over forward", ask, self._parts(both), 2, tangents=True)

    # -- the message ---------------------------------------------------------------------------------------------------
    def error(self) -> GradientCheckError:
        """Everything that was found wrong: the first in full."""
        s = self.subject
        first, *more = self.findings
        if (
            not first.hints
            and self.states.get("reverse mode") == self.states.get("forward mode") == "WRONG"
            and self.cause is None
        ):
            first.hints.append(BOTH)
        lines = [f"{s.what}: {s.name}: {first.title}", *first.lines]
        lines += [f"  hint: {hint}" for hint in dict.fromkeys(first.hints)]
        told = ", ".join(f"{mode} {v}" for mode, v in self.states.items() if v == "WRONG" or "alone" not in mode)
        lines.append(f"  checked: {told}")
        lines += [
            f"  also: {f.title}"
            for f in more[:6]
            if f.title.startswith(next(m for m, v in self.states.items() if v == "WRONG"))
        ]
        error = GradientCheckError("\n".join(lines))
        error.__cause__ = self.cause
        return error


def _nudged(x: Array, rng: np.random.Generator, eps: float) -> Array:
    """The same, but for some roundings."""
    return np.asarray(x * (1 + 4 * eps * rng.uniform(-1, 1, x.shape)))


def _drawn(rng: np.random.Generator, shape: Any, dtype: Any) -> Array:
    """Numbers of size 0.5 to 1.5 and of any sign or phase, as that dtype has them: none of them hides an element."""
    size = rng.uniform(0.5, 1.5, shape)
    if dtype.kind == "c":
        drawn = size * np.exp(2j * np.pi * rng.uniform(0, 1, shape))
    else:
        drawn = size * rng.choice([-1.0, 1.0], shape)
    return np.asarray(drawn.astype(dtype), np.complex128 if dtype.kind == "c" else np.float64)
