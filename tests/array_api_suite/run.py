"""Run the standard's own test suite, data-apis/array-api-tests, on unigrad, and say what fails that is not known to.

    python tests/array_api_suite/run.py PATH --backend torch

PATH is a checkout of the suite with its submodule, which needs pytest-json-report and ndindex. `known.toml` has the known
failures with their reasons. `--compare` runs the suite on the library below unigrad too, and tells what fails on unigrad alone.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
WRAPPED = {"numpy": "array_api_compat.numpy", "jax": "jax.numpy", "torch": "array_api_compat.torch"}
#: dtypes that a library names, and has no arithmetic for
SKIPPED_DTYPES = {"torch": "uint16,uint32,uint64"}


class Known(NamedTuple):
    """Failures with one reason: names with * for anything, on some backends, perhaps only where a tape listens."""

    tests: tuple[str, ...]
    backends: tuple[str, ...]
    reason: str
    taped: bool

    def covers(self, test: str) -> bool:
        """Whether a test is one of these."""
        return any(re.fullmatch(re.escape(t).replace(r"\*", ".*"), test) for t in self.tests)


def known_failures(backend: str, taped: bool) -> list[Known]:
    """The rows of the data file that are about this run."""
    rows = tomllib.loads((HERE / "known.toml").read_text(encoding="utf-8"))["known"]
    found = [Known(tuple(r["tests"]), tuple(r["backends"]), r["reason"], r.get("taped", False)) for r in rows]
    return [k for k in found if backend in k.backends and (taped or not k.taped)]


def run_suite(suite: Path, backend: str, options: argparse.Namespace, wrapped: bool = False) -> dict[str, Any]:
    """Outcomes and messages of one run, on unigrad or on the library below it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "outcomes.json"
        paths = (str(HERE), str(HERE.parent.parent), os.environ.get("PYTHONPATH", ""))
        env = os.environ | {
            "ARRAY_API_TESTS_MODULE": WRAPPED[backend] if wrapped else "unigrad",
            "ARRAY_API_TESTS_VERSION": options.version,
            "ARRAY_API_TESTS_SKIP_DTYPES": SKIPPED_DTYPES.get(backend, ""),
            "UNIGRAD_BACKEND": backend,
            "UNIGRAD_SUITE_OUT": str(out),
            "UNIGRAD_SUITE_TAPE": "1" if options.tape and not wrapped else "",
            "JAX_ENABLE_X64": "1",
            "PYTHONPATH": os.pathsep.join(p for p in paths if p),
        }
        command = [
            sys.executable, "-m", "pytest", "array_api_tests", "-q", "-p", "plugin", "-p", "no:cacheprovider",
            "--disable-deadline", "--derandomize", "--max-examples", str(options.max_examples), "--tb=short", "-rN",
            *options.pytest_args,
        ]  # fmt: skip
        done = subprocess.run(command, cwd=suite, env=env, capture_output=True, text=True, check=False)
        if not out.exists():
            sys.exit(f"the suite did not run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        if options.log:
            Path(f"{options.log}-{backend}{'-below' if wrapped else ''}.log").write_text(done.stdout, encoding="utf-8")
        return json.loads(out.read_text())  # type: ignore[no-any-return]


def judge(backend: str, result: dict[str, Any], options: argparse.Namespace) -> int:
    """Tell what is new, what is known, and which rows nothing fails for any more; the number of new failures."""
    outcomes, reasons = result["outcomes"], result["reasons"]
    counts = {kind: sum(o == kind for o in outcomes.values()) for kind in ("passed", "failed", "skipped")}
    failed = sorted(name for name, outcome in outcomes.items() if outcome == "failed")
    known = known_failures(backend, options.tape)
    new = [name for name in failed if not any(k.covers(name) for k in known)]
    told = ", ".join(f"{n} {kind}" for kind, n in counts.items())
    print(f"{backend}{' with a tape' if options.tape else ''}: {told}; {len(failed) - len(new)} known, {len(new)} new")
    for name in new:
        print(f"  new: {name}: {reasons.get(name, '')}")
    for row in known:
        if not any(row.covers(name) for name in failed):
            print(f"  nothing fails any more of: {', '.join(row.tests)[:200]} ({row.reason})")
    return len(new)


def main() -> int:
    """Exit code 1 where a failure is new, or no test ran."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", type=Path, help="a checkout of data-apis/array-api-tests, with its submodule")
    parser.add_argument("--backend", action="append", choices=sorted(WRAPPED), help="one or several (all)")
    parser.add_argument("--tape", action="store_true", help="with a tape that watches every floating array")
    parser.add_argument("--compare", action="store_true", help="with the library below unigrad")
    parser.add_argument("--max-examples", type=int, default=20)
    parser.add_argument("--version", default="2024.12", help="of the standard")
    parser.add_argument("--log", default="", help="start of a file name for pytest's output")
    parser.add_argument("--json", type=Path, help="write all outcomes there")
    given = sys.argv[1:]
    cut = given.index("--") if "--" in given else len(given)  # what follows is pytest's
    options = parser.parse_args(given[:cut])
    options.pytest_args = given[cut + 1 :]
    if not (options.suite / "array_api_tests").is_dir():
        sys.exit(f"{options.suite} is no checkout of data-apis/array-api-tests")
    new, all_results = 0, {}
    for backend in options.backend or sorted(WRAPPED):
        result = all_results[backend] = run_suite(options.suite, backend, options)
        new += judge(backend, result, options) or (0 if result["outcomes"] else 1)
        if options.compare:
            below = all_results[f"{backend} below"] = run_suite(options.suite, backend, options, wrapped=True)
            mine, theirs = ({n for n, o in r["outcomes"].items() if o == "failed"} for r in (result, below))
            print(f"  {WRAPPED[backend]}: {len(theirs)} failed, of which {len(theirs - mine)} do not on unigrad")
            for name in sorted(mine - theirs):
                print(f"  fails on unigrad alone: {name}")
    if options.json:
        options.json.write_text(json.dumps(all_results), encoding="utf-8")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
