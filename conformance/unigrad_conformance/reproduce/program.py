"""The program: the arguments and the expected numbers as literals, the op's public call, the derivative that is asked for."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from unigrad_conformance.arrays import Array, from_coordinates, narrow
from unigrad_conformance.checks.check import Check
from unigrad_conformance.reproduce.source import call_of, literal
from unigrad_conformance.subjects import spec_of
from unigrad_conformance.tolerance import rounding
from unigrad_conformance.trial import Miss, Trial

REVERSE = '''
def reverse(f, seeds):
    """Reverse mode: cotangents of the sources."""

    def of(*xs):
        with ug.GradientTape() as tape:
            tape.watch(list(xs))
            out = f(*xs)
        return tape.gradient(out, list(xs), output_gradients=seeds, unconnected_gradients="zero")

    return of
'''
FORWARD = '''
def forward(f, tangents):
    """Forward mode: the tangent of the result."""

    def of(*xs):
        with ug.ForwardAccumulator(list(xs), tangents) as acc:
            out = f(*xs)
        return acc.jvp(out, unconnected_gradients="zero")

    return of
'''
COMPARE = """
for k, (found, wanted) in enumerate(zip(got, expected, strict=True)):
    found = np.asarray(found.numpy()).astype(np.asarray(wanted).dtype)
    print(k, "got", found, "expected", wanted)
    np.testing.assert_allclose(found, wanted, rtol=0, atol={limit!r})
"""
PROPERTIES = """
for x, g in zip(sources, got, strict=True):
    print(x.dtype, x.shape, "has the gradient", g)
    assert g is not None, "not connected"
    assert (g.dtype, g.shape, g.device) == (x.dtype, x.shape, x.device), (g.dtype, g.shape, g.device)
with ug.ForwardAccumulator(sources, tangents) as acc:
    out = f(*sources)
tangent = acc.jvp(out)
assert tangent is not None, "the result has no tangent"
assert (tangent.dtype, tangent.shape) == (out.dtype, out.shape), (tangent.dtype, tangent.shape)


def pairing(a, b):
    return sum(np.sum(np.real(np.conj(x.numpy().astype(complex)) * y.numpy())) for x, y in zip(a, b, strict=True))


left, right = pairing([ct], [tangent]), pairing(got, tangents)
print("forward", left, "reverse", right)
np.testing.assert_allclose(left, right, rtol={limit!r}, atol={limit!r})
for k, x in enumerate(sources):
    with ug.GradientTape() as tape:
        tape.watch(x)
        out = f(*sources)
    alone = tape.gradient(out, x, output_gradients=ct)
    np.testing.assert_allclose(alone.numpy().astype(complex), got[k].numpy().astype(complex), rtol={limit!r}, atol={limit!r})
"""


def script(check: Check, trial: Trial) -> str:
    """The program for a failure that a check of this trial just found; "" where there is none."""
    called = call_of(trial.case) if trial.subject.is_ours and check.shows else None
    if called is None or trial.case.layout:  # a literal has a layout of its own
        return ""
    definitions, call = called
    miss = trial.miss if check.shows != "any" else None
    parts = _head(trial, check, definitions, call)
    if miss is None:
        parts += _properties(trial) if trial.case.wrt and not trial.is_constant else []
    elif check.shows == "value":
        parts += ["got = [f(*sources)]", f"expected = [{literal(np.asarray(miss.want))}]", _compare(miss.limit)]
    else:
        parts += _derivative(trial, check.shows, miss)
    return "\n".join(parts) + "\n"


def _head(trial: Trial, check: Check, definitions: Sequence[str], call: str) -> list[str]:
    spec = spec_of(trial.backend)
    bound = [f"x{i}" for i in trial.case.wrt]
    lines = [f'"""{trial.case.name} in {trial.dtype} on {spec}: {check.title}."""', ""]
    if trial.backend.name == "jax":
        lines += ["import os", "", 'os.environ["JAX_ENABLE_X64"] = "1"', ""]
    lines += ["import numpy as np", "", "import unigrad as ug"]
    if call.startswith("TABLE"):
        lines += ["from unigrad.ops import load_all", "from unigrad.primitive import TABLE", "", "load_all()"]
    lines += ["", "nan, inf = np.nan, np.inf", f"ug.set_backend({spec!r})", *definitions, ""]
    lines += [f"x{i} = {_tensor(a, trial)}" for i, a in enumerate(trial.args)]
    return [
        *lines,
        f"sources = [{', '.join(bound)}]",
        "",
        "",
        f"def f({', '.join(bound)}):",
        f"    return {call}",
        "",
        "",
    ]


def _tensor(x: Any, trial: Trial) -> str:
    if not isinstance(x, np.ndarray):
        return literal(x)
    if x.dtype.kind == "V":
        return f"ug.asarray({literal(x)}, dtype={str(x.dtype)!r})"
    return f"ug.asarray({literal(x)})"


def _seed(x: Array, trial: Trial) -> str:
    return _tensor(narrow(x, trial.dtype), trial)


def _seeds(xs: Sequence[Array], trial: Trial) -> str:
    return f"[{', '.join(_seed(x, trial) for x in xs)}]"


def _compare(limit: float) -> str:
    return COMPARE.format(limit=float(limit))


def _properties(trial: Trial) -> list[str]:
    return [
        f"ct = {_seed(trial.cotangent, trial)}",
        f"tangents = {_seeds(trial.tangents, trial)}",
        "with ug.GradientTape() as tape:",
        "    tape.watch(sources)",
        "    out = f(*sources)",
        "got = tape.gradient(out, sources, output_gradients=ct)",
        PROPERTIES.format(limit=rounding(trial.judged, 1, trial.least)),
    ]


def _derivative(trial: Trial, modes: str, miss: Miss) -> list[str]:
    """The derivative by these modes, the last the outermost; of a Jacobian the row that is the farthest off."""
    sources, along = trial.problem.sources, [trial.tangents, trial.others, trial.third]
    ct, want = trial.cotangent, miss.want
    if miss.what == "rows":
        ct, want = trial.cotangents[miss.worst], want[miss.worst]
    elif miss.what == "columns":
        along, want = [trial.directions[miss.worst]], want[miss.worst]
    parts, nested, rest, pulled = [], "f", iter(along), False
    for mode in modes:
        if mode == "f" or pulled:
            word, seed = ("forward" if mode == "f" else "reverse"), _seeds(next(rest), trial)
        else:
            word, seed, pulled = "reverse", _seed(ct, trial), True
        nested = f"{word}({nested}, {seed})"
    parts += [REVERSE] if "r" in modes else []
    parts += [FORWARD] if "f" in modes else []
    parts += ["", f"got = {nested}(*sources)"]
    if miss.what.endswith("paired"):
        parts += [
            f"ct = {literal(ct)}",
            "pairing = np.sum(np.real(np.conj(ct) * got.numpy()))",
            f'print("got", pairing, "expected", {float(want[0])!r})',
            f"np.testing.assert_allclose(pairing, {float(want[0])!r}, rtol=0, atol={miss.limit!r})",
        ]
        return parts
    if "r" not in modes:
        parts += ["got = [got]"]
    likes = sources if "r" in modes else [trial.reference]
    parts += [f"expected = [{', '.join(literal(x) for x in from_coordinates(want, likes))}]", _compare(miss.limit)]
    return parts
