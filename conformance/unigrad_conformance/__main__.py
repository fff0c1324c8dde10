"""``python -m unigrad_conformance``: the suite on the backend in force, or on those named; exit code 1 when anything fails."""

import argparse
import dataclasses
import json
import os
import sys
import time

from unigrad_conformance.run import run


def main(argv: list[str] | None = None) -> int:
    """Run and tell."""
    parser = argparse.ArgumentParser(prog="python -m unigrad_conformance", description="unigrad's conformance suite")
    parser.add_argument(
        "--backend", action="append", default=[], help="a name as in UNIGRAD_BACKEND; may be given several times"
    )
    parser.add_argument(
        "--ops", default="", help="only rows, expressions and points whose name holds this (a,b: one of these)"
    )
    parser.add_argument("--thorough", action="store_true", help="every shape in every precision and both orders")
    parser.add_argument("--json", action="store_true", help="print the reports as JSON")
    options = parser.parse_args(argv)
    names = [name for given in options.backend for name in given.split(",")]
    os.environ.setdefault("JAX_ENABLE_X64", "1")  # JAX is imported later: its oracle computes in 64 bits
    start = time.perf_counter()
    reports = run(names, options.ops, thorough=options.thorough, told=None if options.json else print)
    if options.json:
        print(json.dumps({
            name: {"cases": r.cases, "comparisons": r.comparisons, "failures": [dataclasses.asdict(f) for f in r.failures]}
            for name, r in reports.items()
        }, indent=1))  # fmt: skip
    else:
        for name, r in reports.items():
            told = f"{len(r.failures)} failed" if r.failures else "all agree"
            print(f"{name}: {r.cases} cases, {r.comparisons} comparisons: {told}")
        print(f"in {time.perf_counter() - start:.0f} s")
    return 1 if any(r.failures or not r.cases for r in reports.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
