"""A run's result as one might be, made by hand to look at: what the page and the JSON report must show is known beforehand."""

from unigrad_conformance.facts import BackendFacts, Machine
from unigrad_conformance.plan import Plan
from unigrad_conformance.results import Failure, Report
from unigrad_conformance.schema import Run

BACKENDS = ("numpy", "jax", "torch:cuda:0")
CHECKS = {
    "value": "The value against the backend's own function",
    "vjp against native": "The whole vjp Jacobian against the backend's own autodiff",
    "jvp against native": "The whole jvp Jacobian against the backend's own autodiff",
    "vjp against differences": "The vjp Jacobian against Richardson's central differences",
    "forward equals reverse": "Both modes give one pairing",
    "dtype and shape": "A gradient has its source's dtype, shape and device",
    "reverse over reverse": "Second derivatives, both by reverse mode",
    "forward over reverse": "Second derivatives, reverse inside forward",
    "inside jit": "The same inside the library's compiler",
    "bit for bit": "Twice the same",
}
OPS = {
    "abs": "row", "add": "row", "cholesky": "row", "cumulative_prod": "row", "divide": "row", "einsum": "row", "eigh": "row",
    "matmul": "row", "multiply": "row", "sin": "row", "sinh": "row", "sort": "row", "svd": "row",
    "softmax of <b>logits</b> & friends": "expression", "writes through views": "expression",
    "A maximum(x,0.) const at 0": "hazard", "B norm(zero vector)": "hazard", "J pinv zeros": "hazard",
}  # fmt: skip
SCRIPT = (
    'import unigrad as ug\n\nug.set_backend("numpy")\nprint("</script><b>not markup</b>", ug.sin(ug.asarray(0.5)))\n'
)


def planted(failing: bool = True, interrupted: bool = False) -> Run:
    """A run in which sin and svd fail, sort differs as is known, and some is left out."""
    report = Report(cases=540)
    for op, kind in OPS.items():
        for backend in BACKENDS:
            for k, check in enumerate(CHECKS):
                if kind == "hazard" and k > 4:
                    continue
                cell = report.cell(op, backend, check)
                if check == "inside jit" and backend == "numpy":
                    cell.left_out = {"numpy has no compiler": 3}
                    continue
                cell.comparisons = 12 + k
                if op == "sort" and check == "jvp against native" and backend != "numpy":
                    cell.known.add("sort on jax: its forward mode takes a tie for the first of the two")
    if failing:
        for size in (6, 1, 24):
            case = f"sin[{'()' if size == 1 else f'({size},)'}]"
            detail = "31.4 times the tolerance apart; got [-0.8775], expected [0.8775]"
            cell = report.cell("sin", "numpy", "vjp against differences")
            cell.failures.append(Failure("sin", cell.check, "numpy", case, "float32", detail, size, SCRIPT))
        cell = report.cell("svd", "torch:cuda:0", "reverse over reverse")
        cell.failures.append(
            Failure("svd", cell.check, cell.backend, "svd[(3,3)]", "float64", "raised ValueError: no", 9, SCRIPT)
        )
    dtypes = ("float64", "float32", "float16", "bfloat16", "complex128", "complex64")
    facts = [BackendFacts(b, b.partition(":")[2] or "cpu", ("cpu",), dtypes, "cuda" in b) for b in BACKENDS]
    return Run(
        Plan(), workers=2, machine=Machine("Linux", "6.1", "x86_64", 2, "3.11.7"),
        versions={"unigrad": "0.1.0", "numpy": "2.4.6", "jax": "0.10.2", "torch": "2.13.0", "mpmath": "1.3.0"},
        backends=facts, ops=dict(OPS), checks=dict(CHECKS), report=report, started="2026-11-28T01:00:00+00:00", seconds=41.5,
        planned=54, done=40 if interrupted else 54, interrupted=interrupted,
    )  # fmt: skip
