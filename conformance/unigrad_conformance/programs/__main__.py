"""python -m unigrad_conformance.programs: random programs on a backend; exit status 1 when one fails."""

import argparse
import os
import sys
import time

from unigrad.primitive import TABLE


def main(argv: list[str] | None = None) -> int:
    """Run and tell."""
    parser = argparse.ArgumentParser(prog="python -m unigrad_conformance.programs", description="random programs")
    parser.add_argument("--backend", default=os.environ.get("UNIGRAD_BACKEND", "numpy"), help="as in UNIGRAD_BACKEND")
    parser.add_argument("--count", type=int, default=200, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same programs")
    options = parser.parse_args(argv)
    # JAX is imported later: its oracle computes in 64 bits, and compiles much more than it computes
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
    from unigrad_conformance.programs import check_programs
    from unigrad_conformance.programs.words import UNREACHED

    start = time.perf_counter()
    report = check_programs(options.backend, options.count, options.seed, told=print)
    missing = sorted(set(TABLE) - set(report.reached) - set(UNREACHED))
    print(
        f"{options.backend}: {report.programs} programs of {report.ops / max(report.programs, 1):.0f} ops, "
        f"{report.comparisons} comparisons, {report.rough} too rough for differences, "
        f"{len(set(TABLE) & set(report.reached))} of {len(TABLE)} rows reached, {len(report.failures)} failures, "
        f"in {time.perf_counter() - start:.0f} s"
    )
    if missing:
        print("not reached this time:", ", ".join(missing))
    return 1 if report.failures or not report.programs else 0


if __name__ == "__main__":
    sys.exit(main())
