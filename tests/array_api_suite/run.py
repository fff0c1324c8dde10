"""Run the standard's own test suite, data-apis/array-api-tests, on unigrad, and say what fails that is not known to.

    python tests/array_api_suite/run.py PATH --backend torch

PATH is a checkout of the suite with its submodule, which needs pytest-json-report and ndindex. `known.toml` has the known
failures with their reasons. `--compare` runs the suite on the library below unigrad too, and tells what fails on unigrad alone.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "outside"))

import runs  # noqa: E402

WRAPPED = {"numpy": "array_api_compat.numpy", "jax": "jax.numpy", "torch": "array_api_compat.torch"}
#: dtypes that a library names, and has no arithmetic for
SKIPPED_DTYPES = {"torch": "uint16,uint32,uint64"}


def known_failures(backend: str, taped: bool) -> list[runs.Known]:
    """The rows of the data file that are about this run."""
    return runs.known_failures(HERE / "known.toml", backend, taped)


def run_suite(suite: Path, backend: str, options: argparse.Namespace, wrapped: bool = False) -> dict[str, Any]:
    """Outcomes and messages of one run, on unigrad or on the library below it; tests by their name without the folder."""
    environment = {
        "ARRAY_API_TESTS_MODULE": WRAPPED[backend] if wrapped else "unigrad",
        "ARRAY_API_TESTS_VERSION": options.version,
        "ARRAY_API_TESTS_SKIP_DTYPES": SKIPPED_DTYPES.get(backend, ""),
        "UNIGRAD_BACKEND": backend,
    }
    arguments = [
        "array_api_tests", "--disable-deadline", "--derandomize", "--max-examples", str(options.max_examples),
        *options.pytest_args,
    ]  # fmt: skip
    log = f"{options.log}-{backend}{'-below' if wrapped else ''}.log" if options.log else ""
    result = runs.run_pytest(arguments, HERE / "plugin.py", environment, options.tape and not wrapped, log, suite)
    return {
        kind: {name.removeprefix("array_api_tests/"): told for name, told in found.items()}
        for kind, found in result.items()
    }


def judge(backend: str, result: dict[str, Any], options: argparse.Namespace) -> int:
    """Tell what is new, what is known, and which rows nothing fails for any more; the number of new failures."""
    failed = runs.failed_in(result)
    known = known_failures(backend, options.tape)
    new = [name for name in failed if not any(k.covers(name) for k in known)]
    told = runs.counted(result["outcomes"])
    print(f"{backend}{' with a tape' if options.tape else ''}: {told}; {len(failed) - len(new)} known, {len(new)} new")
    runs.tell(new, result, known)
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
    given, pytest_args = runs.split_arguments(sys.argv[1:])
    options = parser.parse_args(given)
    options.pytest_args = pytest_args
    if not (options.suite / "array_api_tests").is_dir():
        sys.exit(f"{options.suite} is no checkout of data-apis/array-api-tests")
    new, all_results = 0, {}
    for backend in options.backend or sorted(WRAPPED):
        result = all_results[backend] = run_suite(options.suite, backend, options)
        new += judge(backend, result, options) + runs.nothing_passed(result)
        if options.compare:
            below = all_results[f"{backend} below"] = run_suite(options.suite, backend, options, wrapped=True)
            mine, theirs = (set(runs.failed_in(r)) for r in (result, below))
            print(f"  {WRAPPED[backend]}: {len(theirs)} failed, of which {len(theirs - mine)} do not on unigrad")
            for name in sorted(mine - theirs):
                print(f"  fails on unigrad alone: {name}")
    if options.json:
        options.json.write_text(json.dumps(all_results), encoding="utf-8")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
