"""One comparison of a computed derivative with the true one, and the words for what is wrong."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from unigrad.testing import hints
from unigrad.testing.numeric import index_text
from unigrad.testing.subject import Array, unit, widened
from unigrad.testing.tolerance import ROUNDINGS, ROUNDINGS_HALF, tolerance

#: of second derivatives that are wrong where the first are right
SECOND = (
    "the first derivatives are right. Is a value in the rule no tensor of the tape (.detach(), .numpy(), .raw, float(), "
    "stop_gradient, a saved raw array)? It is a constant for the second derivative"
)


class Finding(NamedTuple):
    """Something that is wrong: in one line, in several, and how it may have come about."""

    title: str
    lines: list[str]
    hints: list[str]


def raised(mode: str, e: Exception) -> Finding:
    """A derivative that could not be computed."""
    return Finding(f"{mode} raised {type(e).__name__}: {e}", [], [])


def numbers(x: Any) -> Array:
    """The values of a tensor, in 64 bits."""
    if isinstance(x, np.ndarray):
        return x
    return widened(x.backend.to_numpy(x.raw))


def compare(
    check: Any,
    mode: str,
    gots: Sequence[Any],
    wants: Sequence[Any],
    order: int,
    *,
    tangents: bool = False,
    blurs: Sequence[Array] | None = None,
) -> tuple[list[Finding], float]:
    """Gradients of all sources (or tangents of all results) against (value, error, size of terms); None: not to be compared.

    Args:
        blurs: what rounding does to them, if that is known.

    Returns:
        What is wrong, one for each array; and the largest distance as a part of the tolerance.
    """
    s, numeric = check.subject, check.numeric
    forms = s.outs if tangents else [(source.label, source.shape, source.dtype) for source in s.sources]
    found, worst = [], 0.0
    values: list[Any] = []
    for k, (got, want) in enumerate(zip(gots, wants, strict=True)):
        values.append(None)
        if want is None:
            continue
        label, shape, dtype = forms[k]
        value, error, size = want
        known = ~np.isnan(value)
        noun = "tangent" if tangents else "gradient" if order == 1 else "second derivative"
        head = f"{mode} is wrong: {noun} of {label}" if tangents else f"{mode} is wrong: {noun} by {label}"
        blur = None if blurs is None else blurs[k]
        judged = tolerance(s.dtype, order, size, error, numeric.how, check.floor, check.rtol, check.atol, blur)
        if got is None:
            if np.any(np.abs(value[known]) > judged.allowed[known]):
                found.append(not_connected(head, value, shape, check, k, mode))
            continue
        if tuple(got.shape) != shape or got.dtype != dtype:
            found.append(of_another_form(head, got, shape, dtype))
            continue
        values[k] = g = numbers(got)
        with np.errstate(all="ignore"):
            far = np.where(known, np.abs(g - value), 0.0)
            wrong = known & ~(far <= judged.allowed)
        if np.any(judged.vague & known & ~wrong) or not np.isfinite(error[known]).all():
            found.append(vague(head, label, shape, error, order, blur))
            continue
        if wrong.any():
            found.append(differs(check, mode, head, g, want, wrong, judged, k, tangents, order))
        elif far.size:
            with np.errstate(all="ignore"):
                worst = max(worst, float(np.nanmax(np.where(far > 0, far / judged.allowed, 0.0))))
    if found and not tangents and len(gots) > 1:
        told = hints.exchanged(
            values, [w[0] if w else np.full((), np.nan) for w in wants], [f[0] for f in forms], slack(s)
        )
        if told:
            found[0].hints.insert(0, told)
    return found, worst


def slack(subject: Any) -> float:
    """How near two arrays must be for a hint, relative to the largest element."""
    eps = unit(subject.dtype)
    return float(max(1e-6, (ROUNDINGS_HALF if eps > 1e-4 else ROUNDINGS[2]) * eps))


def differs(
    check: Any,
    mode: str,
    head: str,
    got: Array,
    want: tuple[Array, Array, Array],
    wrong: Array,
    judged: Any,
    k: int,
    tangents: bool,
    order: int,
) -> Finding:
    """Numbers that are wrong: the worst element, the tolerance, and what they look like."""
    value = want[0]
    with np.errstate(all="ignore"):
        far = np.where(wrong, np.abs(got - value) / np.maximum(judged.allowed, 1e-300), -1.0)
    far = np.where(wrong & ~np.isfinite(far), np.inf, far)
    worst = int(np.argmax(far))
    at = np.ravel(judged.allowed)[worst]
    lines = []
    count = int(wrong.sum())
    for place in np.argsort(-np.ravel(far), kind="stable")[: min(count, 3)]:
        where = index_text(int(place), got.shape)
        lines.append(f"  {name_of(where)}: got {told(np.ravel(got)[place])}, expected {told(np.ravel(value)[place])}")
    if got.size > 1:
        lines.append(f"  wrong: {count} of {int((~np.isnan(value)).sum())} elements")
    lines.append(f"  tolerance {float(at):.2g}: {judged.told}")
    noted = []
    like = hints.looks_like(got, value, slack(check.subject))
    if like:
        noted.append(like)
    if order == 2:
        noted.append(SECOND)
    if order == 1 and not tangents:
        lines += per_result(check, k, worst)
        if not like:
            noted += through_jacobian(check, k, got)
    if np.ravel(far)[worst] < 100 and unit(check.subject.dtype) > 1e-15:
        noted.append(
            f"it is off by {np.ravel(far)[worst]:.1f} times the tolerance, in {check.subject.dtype}: rounding errors of an "
            f"ill-conditioned function look like this; with float64 arguments the check is sharper"
        )
    return Finding(head, lines, noted)


def per_result(check: Any, k: int, place: int) -> list[str]:
    """Of several results, those whose derivative by one element is wrong."""
    s, numeric = check.subject, check.numeric
    total = sum(s.sizes)
    column = numeric.columns.get((k, place, 1.0))
    if total < 2 or total > 64 or column is None or s.is_complex:
        return []
    lines = []
    for i in range(total):
        ct = np.zeros_like(check.ct)
        ct[i] = 1.0
        try:
            (got,) = s.vjp(ct, [k])
        except Exception:  # noqa: BLE001  (the rule may take no such cotangent: then there is no more to tell)
            return []
        g = 0.0 if got is None else numbers(got).flat[place]
        w = np.real(column.value[i])
        if not abs(g - w) <= 1e-6 * max(abs(w), abs(g)) + 10 * column.error[i]:
            lines.append(f"  d {numeric.result(i)} / d {numeric.source(k, place)}: got {told(g)}, expected {told(w)}")
    return lines[:4]


def through_jacobian(check: Any, k: int, got: Array) -> list[str]:
    """What can be told by the whole Jacobian."""
    numeric = check.numeric
    size = numeric.primals[k].size
    if len(numeric.places[k]) < size:
        return []
    jacobian = np.stack([numeric.columns[k, i, 1.0].value for i in range(size)], axis=1)
    like = hints.of_the_jacobian(np.ravel(got), jacobian, check.ct, slack(check.subject))
    return [like] if like else []


def name_of(where: str) -> str:
    """What an element is called in a line of its own."""
    return f"element {where}" if where else "the number"


def told(x: Any) -> str:
    """A number, to the digits that matter."""
    return f"{x:.10g}" if not np.iscomplexobj(x) else f"{complex(x):.8g}"


def not_connected(head: str, value: Array, shape: tuple[int, ...], check: Any, k: int, mode: str) -> Finding:
    """None, where there is a derivative."""
    noted = (
        "the value left the tape on its way (float(), item(), .numpy(), .raw, stop_gradient, another library's function), "
        "or a rule returns None: `tape.explain(result, source)` says where"
    )
    if mode.startswith("reverse mode"):
        noted = check.subject.explained(k) or noted
    elif mode.startswith("forward mode") and check.states.get("reverse mode") == "right":
        noted = (
            "reverse mode is right. Forward mode of a custom_gradient without a jvp is its pullback transposed: so that must be "
            "computed from the cotangent by ops on tensors, with no .detach(), .numpy() or .raw"
        )
    elif " over " in mode:
        noted = SECOND
    place = int(np.nanargmax(np.abs(value)))
    where = index_text(place, shape)
    return Finding(
        f"{head} is None: unigrad sees no connection",
        [f"  {name_of(where)}: got None, expected {told(np.ravel(value)[place])}"],
        [noted],
    )


def of_another_form(head: str, got: Any, shape: tuple[int, ...], dtype: Any) -> Finding:
    """A gradient of another shape or dtype than what it belongs to."""
    noted = []
    if tuple(got.shape) != shape:
        noted.append(
            "the argument was broadcast, and its gradient was not summed over the axes along which it was: unbroadcast it in the "
            "rule, or write the row with broadcasts=True"
            if len(got.shape) >= len(shape)
            and all(a == b or a == 1 for a, b in zip(shape[::-1], tuple(got.shape)[::-1]))
            else "a rule gives a gradient of another shape than that of the argument"
        )
    elif got.dtype.kind == "c" and dtype.kind != "c":
        noted.append("the gradient of a real argument is real: take unigrad.real in the rule")
    else:
        noted.append("a rule gives a gradient in another precision: does it compute with a NumPy number of its own?")
    return Finding(
        head, [f"  got dtype {got.dtype} and shape {tuple(got.shape)}, expected dtype {dtype} and shape {shape}"], noted
    )


def vague(head: str, label: str, shape: tuple[int, ...], error: Array, order: int, blur: Array | None) -> Finding:
    """Where differences tell nothing, or the computed derivative is noise."""
    noisy = blur is not None and np.max(blur, initial=0.0) > np.max(error, initial=0.0)
    worst: Array = np.broadcast_to(blur, shape) if blur is not None and noisy else error
    place = int(np.argmax(worst))
    where = index_text(place, shape)
    what = "derivative" if order == 1 else "second derivative"
    by = "as computed, changes by rounding" if noisy else "by differences is uncertain by"
    return Finding(
        head.replace(" is wrong:", " could not be judged:"),
        [f"  {name_of(where)}: the {what} {by} {worst.flat[place]:.2g}"],
        [
            f"the function is not smooth next to this point, or noisy, or computed in too few digits: move {label} a little, "
            f"give float64 arguments" + (", or check first derivatives alone with order=1" if order == 2 else "")
        ],
    )


def sides(check: Any, pushed: Sequence[Any], pulled: Sequence[Any]) -> Array:
    """<cotangent, forward>, <reverse, tangent>, and the size of their terms."""
    s = check.subject
    tangent = np.concatenate([
        np.zeros(n) if t is None else np.ravel(numbers(t)) for t, n in zip(pushed, s.sizes, strict=True)
    ])  # fmt: skip
    left = float(np.sum(np.real(np.conj(check.ct) * tangent)))
    right, size = 0.0, float(np.sum(np.abs(check.ct) * np.abs(tangent)))
    for g, t in zip(pulled, check.tangents, strict=True):
        if g is not None:
            right += float(np.sum(np.real(np.conj(numbers(g)) * t)))
            size += float(np.sum(np.abs(numbers(g)) * np.abs(t)))
    return np.asarray([left, right, size])


def pairing(
    check: Any, pushed: Sequence[Any], pulled: Sequence[Any], blurs: Sequence[Array] | None = None
) -> Finding | None:
    """Whether forward and reverse mode tell two different stories."""
    left, right, size = sides(check, pushed, pulled)
    blur = None if blurs is None else blurs[0][0] + blurs[0][1]
    judged = tolerance(check.subject.dtype, 1, size, np.zeros(()), "pairing", check.floor, check.rtol, check.atol, blur)
    if abs(left - right) <= judged.allowed:
        return None
    return Finding(
        "reverse and forward mode differ",
        [
            f"  <cotangent, forward> = {left:.15g}, <reverse, tangent> = {right:.15g}",
            f"  tolerance {float(judged.allowed):.2g}: {judged.told}",
        ],
        ["both are near the differences, so one of the rules is off by little: a constant with too few digits?"],
    )
