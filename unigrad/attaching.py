"""A call's own gradient where no tape asks for it: the library's own autodiff may differentiate the program, or around a tape."""

from collections.abc import Callable, Sequence
from typing import Any

from unigrad.backend import Raw, backend_of, find_backend, kind_of
from unigrad.batched import leading
from unigrad.conforming import raw_of
from unigrad.cotangents import ZERO
from unigrad.junction import Form, Pull, Push
from unigrad.operands import SCALARS
from unigrad.primitive import wrap
from unigrad.recording import only


def differentiated(x: Any) -> bool:
    """Whether the library's own autodiff may be differentiating by an array, or come to it later; False for what is none."""
    raw = raw_of(x)
    home = None if raw is None or type(raw) in SCALARS else find_backend(raw)
    return home is not None and home.differentiated(raw) and kind_of(raw) in "fc"


def attach(
    inputs: Sequence[Any], outs: Sequence[Raw], pull: Pull, push: Push, anew: Callable[[Any], Push]
) -> list[Raw]:
    """The raw outputs of a call, of which the library's own autodiff, too, takes the derivative from `pull` and `push`.

    Args:
        inputs: of the call, raw arrays among others.
        outs: its results.
        pull, push: as tapes and accumulators ask them, on tensors.
        anew: makes `push` for other raw arrays in the place of `inputs`.
    """
    into = [j for j, out in enumerate(outs) if kind_of(out) in "fc"]
    base = backend_of(outs[into[0]]).name if into else None
    by = [i for i, x in enumerate(inputs) if differentiated(x) and backend_of(x).name == base]
    if not by:
        return list(outs)
    forms = [Form.of(out) for out in outs]

    def back(cts: Sequence[Raw]) -> list[Raw | None]:
        given = dict(zip(into, cts, strict=True))
        with only(()):
            found = pull([wrap(given[j]) if j in given else form.zeros() for j, form in enumerate(forms)], 0)
        return [None if found[i] is None or found[i] is ZERO else raw_of(found[i]) for i in by]

    def forth(tangents: Sequence[Raw], at: Sequence[Raw] | None) -> list[Raw | None]:
        given = dict(zip(by, map(wrap, tangents), strict=True))
        with only(()):
            there = (
                push if at is None else anew([dict(zip(by, at, strict=True)).get(i, x) for i, x in enumerate(inputs)])
            )
            found = there([given.get(i) for i in range(len(inputs))])
        return [None if found[j] is None else raw_of(found[j]) for j in into]

    chosen = [outs[j] for j in into], [inputs[i] for i in by]
    top = leading([*chosen[0], *chosen[1]], {})
    made = backend_of(chosen[0][0] if top is None else top).attached(*chosen, back, forth)
    new = dict(zip(into, made, strict=True))
    return [new.get(j, out) for j, out in enumerate(outs)]
