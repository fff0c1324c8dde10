"""What a call costs where the arrays cost nothing: by NumPy's name, and by unigrad's on raw arrays. Extra time, not ratios."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from statistics import median
from time import thread_time
from typing import Any

from benchmarks.report import Row
from benchmarks.timing import interleave

#: microseconds more than the plain call
NUMPYS_NAME, RAW = 1.0, 0.3


def rows(quick: bool) -> Iterator[Row]:
    yield from _numpys_names(5 if quick else 25)
    yield from _raw_arrays(5 if quick else 41)


def _numpys_names(rounds: int) -> Iterator[Row]:
    """np.f(t) against unigrad.f(t)."""
    import numpy as np

    import unigrad as ug

    a = np.linspace(0.1, 0.9, 10)
    t = ug.asarray(a)
    pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any], float | None]] = {
        "np.sin(t)": (lambda: np.sin(t), lambda: ug.sin(t), NUMPYS_NAME),
        "np.multiply(t, t)": (lambda: np.multiply(t, t), lambda: ug.multiply(t, t), NUMPYS_NAME),
        "np.matmul(t, t)": (lambda: np.matmul(t, t), lambda: ug.matmul(t, t), NUMPYS_NAME),
        "a + t, an ndarray on the left": (lambda: operator.add(a, t), lambda: operator.add(t, a), None),
        "np.mean(t)": (lambda: np.mean(t), lambda: ug.mean(t), None),
        "np.reshape(t, (2, 5))": (lambda: np.reshape(t, (2, 5)), lambda: ug.reshape(t, (2, 5)), None),
        "np.concatenate([t, t])": (lambda: np.concatenate([t, t]), lambda: ug.concat([t, t]), None),
    }
    for what, (ours, theirs, bound) in pairs.items():
        yield _more(what, "unigrad's function", ours, theirs, rounds, bound)
    with ug.GradientTape(persistent=True) as tape:
        tape.watch(t)
        ours, theirs = (lambda: np.sin(t)), (lambda: ug.sin(t))
        yield _more("np.sin(t) on the tape", "unigrad's function", ours, theirs, rounds, NUMPYS_NAME)


def _raw_arrays(rounds: int) -> Iterator[Row]:
    """unigrad.f(a) of raw arrays against the library's own f(a)."""
    import jax.numpy as jnp
    import numpy as np
    import torch

    from benchmarks.direct import pairs

    for what, library, x in (
        ("ndarray", np, np.linspace(0.1, 0.9, 10)),
        ("torch tensor", torch, torch.linspace(0.1, 0.9, 10)),
        ("JAX array", jnp, jnp.linspace(0.1, 0.9, 10)),
    ):
        for name, (ours, theirs, because) in pairs(library, x):
            bound = None if because else RAW
            yield _more(
                f"unigrad.{name}, {what}", f"{library.__name__}'s own", ours, theirs, rounds, bound, because, 0.002
            )


def _more(
    what: str,
    peer: str,
    ours: Any,
    theirs: Any,
    rounds: int,
    bound: float | None,
    because: str | None = None,
    seconds: float = 0.02,
) -> Row:
    """How many microseconds more, the median over the rounds of the difference within a round."""
    timing = interleave({"ours": ours, "theirs": theirs}, rounds, seconds, thread_time, collect=False)
    pairs = zip(timing.samples["ours"], timing.samples["theirs"], strict=True)
    more = median(mine - plain for mine, plain in pairs) * 1e6
    note = f"{what}: {timing.seconds('ours') * 1e6:.2f} us, {peer} {timing.seconds('theirs') * 1e6:.2f} us"
    note += f"; no bound: {because}" if because else ""
    return Row("dispatch", f"{what}, beyond {peer}", more, "us", bound=bound, note=note)
