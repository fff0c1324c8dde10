"""`python -m unigrad_conformance.mutants`: how many mistakes the quick run notices. Status 1 where it misses more than it may."""

import argparse
import os
import sys
import time
from pathlib import Path

from unigrad_conformance.mutants.mutant import AREAS, Area, Verdict

#: the share of the mutants that change a result that the quick run must kill
ENOUGH = 0.98


def areas(text: str) -> tuple[Area, ...]:
    """Areas of a list with commas."""
    wanted = set(text.split(","))
    if unknown := wanted - set(AREAS):
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}: the areas are {', '.join(AREAS)}")
    return tuple(area for area in AREAS if area in wanted)


def options() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m unigrad_conformance.mutants",
        description="mistakes in the rules, the engine, a backend and its oracles: does the suite's quick run notice?",
    )
    parser.add_argument("--backend", default="numpy", help="as in UNIGRAD_BACKEND")
    parser.add_argument("--count", type=int, default=300, help="mutants of rules, engine and batching")
    parser.add_argument("--seed", type=int, default=0, help="which of all mutants")
    parser.add_argument("--ops", default="", help="names of rows, separated by commas; none: all")
    parser.add_argument("--areas", type=areas, default=AREAS, help=f"where: some of {','.join(AREAS)}; all by default")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--json", type=Path, help="a file for the whole list")
    parser.add_argument("--markdown", type=Path, help="a file for the table and the lists of those that live")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run and tell."""
    parser = options()
    asked = parser.parse_args(argv)
    began = time.monotonic()
    os.environ.setdefault("JAX_ENABLE_X64", "1")  # JAX is imported later: its oracle computes in 64 bits
    os.environ.setdefault(
        "PYTHONWARNINGS", "ignore"
    )  # for the workers: wrong rules make NaN, and libraries warn of them
    from unigrad.backend import load
    from unigrad.errors import BackendError
    from unigrad.primitive import TABLE
    from unigrad_conformance.mutants.run import run
    from unigrad_conformance.mutants.telling import as_json, listed, page, rate, table

    seen: list[Verdict] = []

    def told(verdict: Verdict) -> None:
        seen.append(verdict)
        if len(seen) % 25 == 0:
            print(f"{len(seen)} judged in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        if verdict.outcome != "killed":
            print(f"{verdict.outcome}: {verdict.mutant} ({verdict.kind}; {verdict.op}): {verdict.detail}", flush=True)

    ops = tuple(filter(None, asked.ops.split(",")))
    if unknown := set(ops) - set(TABLE):
        parser.error(f"--ops: there is no row {', '.join(sorted(unknown))}: `unigrad conformance --list ops` shows all")
    try:
        load(asked.backend)
    except BackendError as e:
        parser.error(f"--backend: {e}")
    broken_off = False
    try:
        verdicts = run(asked.backend, asked.count, asked.seed, ops, asked.areas, asked.workers, told)
    except KeyboardInterrupt:
        print("broken off: what was judged so far", file=sys.stderr)
        verdicts, broken_off = seen, True
    settings = {"backend": asked.backend, "count": asked.count, "seed": asked.seed, "ops": asked.ops}
    if asked.areas != AREAS:
        settings["areas"] = ",".join(asked.areas)
    for file in filter(None, (asked.json, asked.markdown)):
        file.parent.mkdir(parents=True, exist_ok=True)
    if asked.json:
        asked.json.write_text(as_json(verdicts, **settings), encoding="utf-8")
    if asked.markdown:
        words = " ".join(f"--{name} {value}" for name, value in settings.items() if value != "")
        asked.markdown.write_text(page(verdicts, f"python -m unigrad_conformance.mutants {words}"), encoding="utf-8")
    print("\n".join(["", *table(verdicts), "", *listed(verdicts, "survived")]))
    print(f"\n{rate(verdicts):.2%} of those that change a result are killed; {time.monotonic() - began:.0f} s")
    return 130 if broken_off else int(rate(verdicts) < ENOUGH)


if __name__ == "__main__":
    sys.exit(main())
