"""What a derivative is compared with. All in NumPy arrays of 64 bits, as matrices and vectors of real coordinates."""

from collections.abc import Sequence

import numpy as np

from unigrad.backend import Backend, load
from unigrad.errors import BackendError
from unigrad_conformance.oracles.complex_step import ComplexStep, Truth
from unigrad_conformance.oracles.differences import FiniteDifferences
from unigrad_conformance.oracles.native import Framework, framework, native, ours
from unigrad_conformance.oracles.protocol import Oracle, Problem, Told, Undecided
from unigrad_conformance.subjects.native import has_native, theirs

__all__ = [
    "ComplexStep", "FiniteDifferences", "Framework", "Oracle", "Problem", "Told", "Truth", "Undecided", "framework", "has_native",
    "importable", "native", "ours", "theirs", "truths",
]  # fmt: skip


def importable(names: Sequence[str]) -> list[Backend]:
    """Backends of those that can be imported here and have float64."""
    found = []
    for name in names:
        try:
            backend = load(name)
            backend.native_dtype(np.dtype("float64"))
        except (BackendError, TypeError):
            continue
        found.append(backend)
    return found


def truths() -> list[Oracle]:
    """The oracles that use no automatic differentiation, the most exact first."""
    return [Truth()]
