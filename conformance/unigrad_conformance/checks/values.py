"""The value: what the function computes, before any derivative."""

from collections.abc import Iterator

import numpy as np

from unigrad_conformance.arrays import narrow
from unigrad_conformance.cases import SPOKEN
from unigrad_conformance.checks.check import Check, always
from unigrad_conformance.oracles import ours
from unigrad_conformance.trial import Trial


def of_numpy(trial: Trial) -> Iterator[str]:
    """The same as NumPy's function gives in 64 bits."""
    return trial.compare(trial.value, trial.reference)


def of_library(trial: Trial) -> Iterator[str]:
    """The same as the library's own function gives of the same arguments."""
    return trial.compare(trial.value, trial.native_value)


def no_native(trial: Trial) -> str:
    """The library cannot say it in the case's words."""
    home = trial.backend.name
    if trial.case.row is None and home not in SPOKEN:
        return f"the native forms of expressions are in the words of {', '.join(SPOKEN)}: a row's is the library's own"
    return f"{home} has no such function" if home in trial.case.not_native else ""


def of_others(trial: Trial) -> Iterator[str]:
    """The same as unigrad gives on other backends, in 64 bits."""
    for peer in trial.peers:
        want = ours(peer).value(trial.problem)
        yield from (f"unigrad on {peer.name}: {text}" for text in trial.compare(trial.value, want))


def no_others(trial: Trial) -> str:
    """Other libraries are not asked."""
    return "" if trial.peers else "no other backend is asked about this case"


def dtype(trial: Trial) -> Iterator[str]:
    """Arguments of a precision give a result of that precision."""
    trial.compared()
    kind = trial.reference.dtype
    want = narrow(np.zeros((), kind), trial.dtype).dtype if kind.itemsize >= 8 else kind
    got = trial.dtype_of(trial.value)
    if kind.kind in "fc" and got != want:
        yield f"a result of {got} for arguments of {trial.dtype}"


CHECKS = (
    Check("value", "the value, against NumPy's function in 64 bits", of_numpy, always, respect="value", shows="value"),
    Check(
        "value against native", "the value, against the library's own function", of_library, no_native, shows="value"
    ),
    Check(
        "value against another backend", "the value, against unigrad on another backend", of_others, no_others,
        depth="quick", shows="value",
    ),
    Check("dtype", "the dtype of the value", dtype, always),
)  # fmt: skip
