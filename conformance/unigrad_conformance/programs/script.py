"""A failing program as a script that anybody can run: plain code, the numbers that were expected, and an exit status."""

import textwrap
from typing import Any

import numpy as np

from unigrad_conformance.programs.text import Program, numbers
from unigrad_conformance.tolerance import composed

_HEAD = '''"""{told}"""

{first}import numpy as np

import unigrad as ug
{table}
ug.set_backend("{backend}")
ug.set_default_dtype(ug.float64)


'''
#: of JAX's two precisions one is off as it starts
_WIDE = 'import os\n\nos.environ["JAX_ENABLE_X64"] = "1"\n\n'
#: the rows of all chapters
_ROWS = "from unigrad.ops import load_all\nfrom unigrad.primitive import TABLE\n\nload_all()\n"
_RUN = """

inputs = [{made}]
tangents = [{tangents}]
cotangent = ug.asarray({cotangent})
with ug.GradientTape() as tape:
    tape.watch(inputs)
    out = {call}
gradients = tape.gradient(out, inputs, cotangent, unconnected_gradients="zero")
with ug.ForwardAccumulator(inputs, tangents) as accumulator:
    again = {call}
tangent = accumulator.jvp(again, unconnected_gradients="zero")


def pairing(xs, ys):
    return sum(float(np.sum(np.real(np.conj(np.asarray(x.numpy())) * np.asarray(y.numpy())))) for x, y in zip(xs, ys))


print("value", out)
print("reverse mode", gradients)
print("forward mode", tangent)
print("paired", pairing([cotangent], [tangent]), pairing(gradients, tangents))
"""
#: what is compared with the expected numbers, by what differed
GOT = {
    "value": "[out.numpy()]",
    "gradient": "[g.numpy() for g in gradients]",
    "tangent": "[tangent.numpy()]",
    "pairing": "[pairing([cotangent], [tangent])]",
    "gradient along the tangents": "[pairing(gradients, tangents)]",
}
_END = """
got = {got}
expected = [{expected}]  # {oracle}
far = max(np.max(np.abs(g - e), initial=0.0) for g, e in zip(got, expected))
print("expected", expected)
if not far < {tolerance:.2g}:
    raise SystemExit(f"{what}: off by {{far:.3g}}")
"""


def _tensor(value: Any) -> str:
    return f"ug.asarray({numbers(value)})"


def script(program: Program, backend: str, found: Any) -> str:
    """The script for a failure that was found.

    Args:
        program: as small as it got.
        backend: where it ran.
        found: the `unigrad_conformance.programs.check.Found`.
    """
    source = program.source("ours")
    against = f" against {found.oracle}" if found.oracle else ""
    told = textwrap.fill(f"Found by unigrad_conformance.programs on {backend}: {found.what}{against}", 110)
    kind = "ug.Variable" if program.variables else ""
    values = [_tensor(x) for x in program.inputs.values()]
    head = _HEAD.format(
        told=told.replace('"', "'"),
        first=_WIDE if backend.partition(":")[0] == "jax" else "",
        table=_ROWS if "TABLE[" in source else "",
        backend=backend,
    )
    body = _RUN.format(
        made=", ".join(f"{kind}({v})" if kind else v for v in values),
        tangents=", ".join(map(_tensor, program.tangents)),
        cotangent=numbers(program.cotangent),
        call="program(*[x.value() for x in inputs])" if program.variables else "program(*inputs)",
    )
    if found.what not in GOT:
        return head + source + body
    pairs = found.what in ("pairing", "gradient along the tangents")
    want = found.want if isinstance(found.want, list) else [found.want]
    size = max([1.0, *(float(np.abs(w).max(initial=0.0)) for w in want)])
    expected = (
        "pairing(gradients, tangents)"
        if found.what == "pairing"
        else ", ".join(f"np.array({numbers(w)})" for w in want)
    )
    end = _END.format(
        got=GOT[found.what],
        expected=expected,
        oracle=found.oracle,
        tolerance=max(found.tolerance, composed(program.size, size) if not pairs else 0.0),
        what=found.what,
    )
    return head + source + body + end
