"""check_primitive: an op of the user's own, as a row of the table or a `custom_gradient` function, on every backend."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from unigrad.backend import Backend, backends, use_backend
from unigrad.custom import CustomGradient
from unigrad.dtypes import BY_NAME
from unigrad.errors import BackendError, DTypeError, GradientCheckError, SourceError, SourceTypeError, UnigradError
from unigrad.ops import load_all
from unigrad.primitive import TABLE, Primitive, Sample, wrap
from unigrad.sources import short
from unigrad.structures import flatten_with_none
from unigrad.testing import mapped
from unigrad.testing.gradients import check_subject
from unigrad.testing.samples import ELSEWHERE, drawn, samples_of
from unigrad.testing.subject import Subject, has_floats, unit, widened

WHAT = "check_primitive"


class Call(NamedTuple):
    """One call of the op: its arguments, with NumPy arrays in them, and its parameters."""

    label: str
    args: tuple[Any, ...]
    params: dict[str, Any]


class CheckedPrimitive(NamedTuple):
    """What `check_primitive` has compared; all of it was right."""

    backends: tuple[str, ...]
    calls: int
    comparisons: int
    #: what was left out, and why
    notes: tuple[str, ...] = ()


def check_primitive(
    op: Any,
    samples: Sequence[Any] | None = None,
    *,
    backends: str | Sequence[str] | None = None,
    order: int = 2,
    vmap: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
) -> CheckedPrimitive:
    """Check an op of one's own on each backend: a row of the table, its name, or a `custom_gradient` function.

    For each sample: the value, the same on all backends and the same when asked again; tensors in, tensors out, and of a row raw
    arrays in, raw arrays out; reverse mode, forward mode, their pairing and all second orders against differences of the value,
    as by `check_gradients`; the dtype and shape of every gradient, in 64 and in 32 bits; `vmap`, and the gradient through it,
    against a loop over the examples.

    Args:
        op: a row (what `unigrad.kinds` makes), its public function, its name, or what `custom_gradient` returns.
        samples: calls of the op. Each is a tuple of arguments (NumPy arrays, numbers, structures of them), a pair of such a tuple
            and a dict of keyword arguments, or for a row a `unigrad.primitive.Sample` of shapes, drawn from its domain. By
            default a row's own samples; a `custom_gradient` function has none, and needs them.
        backends: names of backends; by default all that are installed.
        order, rtol, atol, seed: as in `check_gradients`.
        vmap: False leaves `vmap` out, for an op that needs the values of its arguments.

    Returns:
        `CheckedPrimitive`: how much was compared.

    Raises:
        GradientCheckError (also an AssertionError): something is wrong; on which backend, for which sample, and what.
        SourceError, SourceTypeError: no such row, or samples that do not fit.
    """
    function, row, name = resolved(op)
    calls = calls_of(row, name, samples, seed)
    names = chosen(backends)
    notes: dict[str, None] = {}
    values: dict[str, list[Any]] = {}
    failed: dict[str, GradientCheckError] = {}
    count = 0
    for backend in names:
        with use_backend(backend) as home:
            for k, call in enumerate(calls):
                check = _Checker(function, row, name, home, call, rtol, atol, seed)
                whole = backend == names[0] or k < 2
                try:
                    count += check.run(order if whole else 1, vmap and whole, values, notes)
                except GradientCheckError as e:
                    failed[backend] = e
                    break
    if failed:
        raise told(failed)
    return CheckedPrimitive(tuple(names), len(calls), count, tuple(notes))


def told(failed: dict[str, GradientCheckError]) -> GradientCheckError:
    """One error for all backends: the first in full."""
    (first, error), *more = failed.items()
    lines = [str(error)]
    for name, other in more:
        head = str(other).splitlines()[0].replace(f" on {name},", f" on {first},")
        lines.append(f"  the same on {name}" if head == lines[0].splitlines()[0] else f"  on {name}: {head}")
    whole = GradientCheckError("\n".join(lines))
    whole.__cause__ = error.__cause__
    return whole


# -- what is asked for -----------------------------------------------------------------------------------------------------


def resolved(op: Any) -> tuple[Callable[..., Any], Primitive | None, str]:
    """The function to call, the row if there is one, and the name."""
    load_all()
    if isinstance(op, str):
        if op not in TABLE:
            near = [n for n in TABLE if op and (op in n or n in op)][:5]
            raise SourceError(
                f"{WHAT}: no row is named {op!r}" + (f"; there are {', '.join(near)}" if near else "") + ". A row is "
                "in the table from when the module that makes it was imported"
            )
        op = TABLE[op]
    if isinstance(op, CustomGradient):
        return op, None, op._name
    row = op if isinstance(op, Primitive) else getattr(op, "primitive", None)
    if isinstance(row, Primitive):
        return getattr(row, "function", row), row, row.name
    hint = ": a function without a rule of its own is for check_gradients" if callable(op) else ""
    raise SourceTypeError(
        f"{WHAT}: takes a row of the table, its name, or a custom_gradient function, not {short(op)} of type "
        f"{type(op).__name__}{hint}"
    )


def chosen(names: str | Sequence[str] | None) -> list[str]:
    """The names of backends; all that can be imported, if none are given."""
    if names is None:
        return sorted((b.name for b in backends() if b.importable), key=lambda n: (n != "numpy", n))
    given = [names] if isinstance(names, str) else list(names)
    if not given:
        raise SourceError(f"{WHAT}: backends names no backend")
    return given


def calls_of(row: Primitive | None, name: str, samples: Any, seed: int) -> list[Call]:
    """The calls to check."""
    if row is not None and name in ELSEWHERE:
        raise SourceError(f"{WHAT}: the row {name!r} cannot be checked by itself: {ELSEWHERE[name]}")
    if samples is None:
        if row is None:
            raise SourceError(
                f"{WHAT}: {name} is a custom_gradient function, and needs samples: a list of tuples of arguments"
            )
        samples = samples_of(row)
        if not samples:
            raise SourceError(
                f"{WHAT}: the row {name!r} takes arrays of certain shapes, and its domain names none: give samples, or a "
                f"Domain with samples=(Sample(shapes, params), ...)"
            )
    elif not isinstance(samples, list | tuple) or not samples or isinstance(samples, Sample):
        raise SourceError(f"{WHAT}: samples is a list with one tuple of arguments for each call, not {short(samples)}")
    rng = np.random.default_rng(seed)
    calls = []
    for k, sample in enumerate(samples):
        if isinstance(sample, Sample):
            if row is None:
                raise SourceError(
                    f"{WHAT}: sample {k} names shapes, and {name} has no domain to draw from: give arrays"
                )
            fields = (False, True) if row.domain.draws_complex and not all(0 in s for s in sample.shapes) else (False,)
            calls += [_call(k, row, name, drawn(row, sample, rng, c), sample.params) for c in fields]
            continue
        params: Any = {}
        if (
            isinstance(sample, tuple | list)
            and len(sample) == 2
            and isinstance(sample[0], tuple | list)
            and isinstance(sample[1], dict)
        ):
            sample, params = sample
        if not isinstance(sample, tuple | list):
            raise SourceError(
                f"{WHAT}: sample {k} is no tuple of arguments, but {short(sample)} of type {type(sample).__name__}"
            )
        calls.append(_call(k, row, name, list(sample), params))
    return calls


def _call(k: int, row: Primitive | None, name: str, args: list[Any], params: dict[str, Any]) -> Call:
    if row is not None and not row.variadic and len(args) != len(row.args):
        raise SourceError(
            f"{WHAT}: sample {k} has {len(args)} arrays, and the row {name!r} takes {len(row.args)}: {', '.join(row.args)}"
        )
    leaves, unflatten = flatten_with_none(tuple(args))
    plain = unflatten([_numpy(k, leaf) for leaf in leaves])
    shown = ", ".join(_form(leaf) for leaf in flatten_with_none(plain)[0])
    told = "".join(f", {key}={value!r}" for key, value in params.items())
    return Call(f"sample {k} ({shown}{told})", plain, params)


def _numpy(k: int, leaf: Any) -> Any:
    if hasattr(leaf, "__unigrad_tensor__"):
        leaf = leaf.__unigrad_tensor__().numpy()
    if leaf is None or isinstance(leaf, bool | int | str):
        return leaf
    try:
        array = np.asarray(leaf)
    except Exception as e:
        raise SourceTypeError(f"{WHAT}: sample {k} has {short(leaf)}, which is no array: {e}") from e
    if array.dtype.kind not in "biufcV":
        raise SourceTypeError(f"{WHAT}: sample {k} has {short(leaf)} of type {type(leaf).__name__}, which is no array")
    return array


def _form(leaf: Any) -> str:
    return f"{leaf.dtype}{list(leaf.shape)}" if isinstance(leaf, np.ndarray) else repr(leaf)


# -- the checks of one call on one backend ---------------------------------------------------------------------------------


class _Checker:
    """All comparisons of one call on one backend."""

    def __init__(
        self, function: Any, row: Any, name: str, home: Backend, call: Call, rtol: Any, atol: Any, seed: int
    ) -> None:
        self.function, self.row, self.name, self.home, self.call = function, row, name, home, call
        self.rtol, self.atol, self.seed = rtol, atol, seed
        self.head = f"{WHAT}: {name} on {home.name}, {call.label}"

    def fail(self, text: str, cause: BaseException | None = None) -> GradientCheckError:
        """The error that says `text` of this call."""
        error = GradientCheckError(f"{self.head}: {text}")
        error.__cause__ = cause
        return error

    def run(self, order: int, vmap: bool, values: dict[str, list[Any]], notes: dict[str, None]) -> int:
        """Everything; how many comparisons were made."""
        count = 0
        for bits in (64, 32):
            args = self.arguments(bits)
            if args is None:
                notes[f"{self.home.name} has no {bits}-bit floats"] = None
                continue
            results = self.value(args, bits, values)
            if bits == 32 and self.row is not None:
                self.narrow(results)
            count += 2 + (self.row is not None)
            if not any(r.dtype.kind in "fcV" for r in results) or not any(map(has_floats, args)):
                notes["no floating argument or result: no derivatives"] = None
                continue
            if not any(np.size(leaf) for leaf in self._floats(args)):
                continue
            count += self.derivatives(args, order if bits == 64 else 1)
            if vmap and bits == 64:
                count += mapped.check(self, args, notes)
        return count

    def arguments(self, bits: int) -> tuple[Any, ...] | None:
        """The arguments as tensors of the backend, floats in that many bits; None where it has none."""
        leaves, unflatten = flatten_with_none(self.call.args)
        try:
            return unflatten([self.tensor(leaf, bits) for leaf in leaves])  # type: ignore[no-any-return]
        except DTypeError as e:
            if bits == 64 and self.home.name != "numpy":
                return None
            raise self.fail(f"its arrays cannot be made: {e}", e) from e

    def tensor(self, leaf: Any, bits: int) -> Any:
        """An array of the sample as a tensor; what is no array stays."""
        if not isinstance(leaf, np.ndarray):
            return leaf
        dtype = leaf.dtype
        if dtype.kind in "fcV":
            dtype = BY_NAME[f"complex{2 * bits}" if dtype.kind == "c" else f"float{bits}"]
            self.home.native_dtype(dtype)
        return wrap(self.home.asarray(leaf.astype(dtype), dtype, self.home.device, True))

    def call_op(self, *args: Any) -> Any:
        """The op with its parameters."""
        return self.function(*args, **self.call.params)

    def value(self, args: Any, bits: int, values: dict[str, list[Any]]) -> list[Any]:
        """The results for tensors, compared with those for raw arrays and on other backends."""
        try:
            results = self.leaves(self.call_op(*args))
        except BackendError as e:
            raise self.fail(f"{e}; or leave it out with backends=[...]", e) from e
        except UnigradError as e:
            raise self.fail(f"does not fit: {type(e).__name__}: {e}", e) from e
        for r in results:
            if not hasattr(r, "__unigrad_tensor__"):
                raise self.fail(f"tensors in, but out came {short(r)} of type {type(r).__name__}, which is no tensor")
        found = [widened(r.numpy()) if r.dtype.kind in "fcV" else r.numpy() for r in results]
        if self.row is not None:
            self.raw(args, results)
        if bits == 64:
            key = self.call.label
            if key not in values:
                values[key] = [self.home.name, found]
            else:
                other, theirs = values[key]
                for mine, its in zip(found, theirs, strict=True):
                    if mine.shape != its.shape or not np.allclose(
                        mine, its, rtol=2**10 * 2.3e-16, atol=2**10 * 2.3e-16 * _largest(its), equal_nan=True
                    ):
                        raise self.fail(f"the value is {short(mine)}, and on {other} {short(its)}")
        return results

    def narrow(self, results: list[Any]) -> None:
        """A row of arrays of 32-bit floats gives no wider ones, unless a parameter says so."""
        arrays = [leaf for leaf in flatten_with_none(self.call.args)[0] if isinstance(leaf, np.ndarray)]
        if any(a.dtype.kind in "iu" for a in arrays) or any(isinstance(p, np.dtype) for p in self.call.params.values()):
            return
        if not any(a.dtype.kind in "fcV" for a in arrays):
            return
        for r in results:
            if r.dtype in (BY_NAME["float64"], BY_NAME["complex128"]):
                raise self.fail(
                    f"a result of {r.dtype} for arguments of 32 bits: the kernel widens them, by an array or a scalar of 64 "
                    "bits, say"
                )

    def leaves(self, result: Any) -> list[Any]:
        """The arrays of a result."""
        return [leaf for leaf in flatten_with_none(result)[0] if leaf is not None]

    def raw(self, args: Any, results: list[Any]) -> None:
        """A row takes raw arrays and gives raw arrays, of the same values."""
        raws = [a.raw if hasattr(a, "__unigrad_tensor__") else a for a in args]
        for r, t in zip(self.leaves(self.row(*raws, **self.call.params)), results, strict=True):
            if not self.home.owns(r):
                raise self.fail(f"raw arrays in, but out came a {type(r).__module__}.{type(r).__qualname__}")
            mine, theirs = self.home.to_numpy(r), t.numpy()
            if mine.dtype != theirs.dtype or not np.array_equal(mine, theirs, equal_nan=mine.dtype.kind in "fc"):
                raise self.fail(f"the value of raw arrays is {short(mine)}, and of tensors {short(theirs)}")

    def derivatives(self, args: Any, order: int) -> int:
        """Both modes and second orders."""
        try:
            floating = [i for i, a in enumerate(args) if has_floats(a) and not self.refused(i)]
            if not floating:
                return 0
            subject = Subject(WHAT, self.call_op, args, {}, floating, None)
            subject.name = self.head.removeprefix(f"{WHAT}: ")
            return check_subject(subject, order=order, rtol=self.rtol, atol=self.atol, seed=self.seed).comparisons
        except GradientCheckError:
            raise
        except UnigradError as e:
            raise self.fail(f"{type(e).__name__}: {e}", e) from e

    def refused(self, i: int) -> bool:
        """Whether the row has no derivative by argument `i`, and says so."""
        partials = getattr(self.row, "partials", ())
        return i < len(partials) and getattr(partials[i], "refused", False)

    @staticmethod
    def _floats(args: Any) -> list[Any]:
        return [leaf for leaf in flatten_with_none(args)[0] if has_floats(leaf)]

    def near(self, a: Any, b: Any) -> bool:
        """Whether two arrays of numbers are one, to rounding."""
        if a.shape != b.shape:
            return False
        slack = 2**10 * (unit(a.dtype) if a.dtype.kind in "fc" else 0.0)
        return bool(np.allclose(a, b, rtol=slack, atol=slack * _largest(b), equal_nan=True))


def _largest(x: Any) -> float:
    finite = np.abs(x[np.isfinite(x)]) if np.size(x) else np.zeros(0)
    return float(finite.max()) if finite.size else 0.0
