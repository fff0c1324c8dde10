"""Run another library's own array API tests on unigrad, in the place of array_api_strict, and say what fails on unigrad alone.

    python tests/consumers/run.py scipy --backend numpy
    python tests/consumers/run.py array-api-extra scikit-learn --backend torch --backend jax

A test that array_api_strict passes and unigrad fails is new, unless `known.toml` names it with its reason. What array_api_strict
gives is kept in build/consumers/, by the versions of the libraries; `--baseline` runs that again.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "outside"))

import runs  # noqa: E402

BACKENDS = ("numpy", "jax", "torch")


class Library(NamedTuple):
    """Where a library's tests are, which of them are run, and what SCIPY_ARRAY_API has to say for it."""

    module: str
    chosen: tuple[str, ...]
    scipy_array_api: str
    says: str = ""  # only files of tests that say this


LIBRARIES = {
    "scipy": Library("scipy", ("-m", "array_api_backends and not slow"), '["array_api_strict"]', "array_api"),
    "array-api-extra": Library("array_api_extra", (), "1", "xp"),
    "scikit-learn": Library("sklearn", (), "1", r"array_api_strict|yield_namespace|_array_api_for_tests"),
}


def top_of(library: Library) -> Path:
    """The folder of an installed library."""
    found = importlib.util.find_spec(library.module)
    if found is None or not found.submodule_search_locations:
        sys.exit(f"{library.module} is not installed: make consumers, or pip install --group consumers")
    return Path(found.submodule_search_locations[0])


def test_files(library: Library, only: str) -> list[Path]:
    """The files of tests that are about the array API; `only` is part of their path."""
    top = top_of(library)
    files = [f for f in sorted(top.rglob("test_*.py")) if re.search(library.says, f.read_text(encoding="utf-8"))]
    files = [f for f in files if only in str(f.relative_to(top)) and not {"vendoring", "run_deps"} & {*f.parts}]
    return files or sys.exit(f"no test file of {library.module} has {only!r} in its path")


def run_tests(library: Library, backend: str, options: argparse.Namespace) -> dict[str, Any]:
    """Outcomes and messages of one run, on a backend of unigrad or (empty) on array_api_strict itself."""
    environment = {
        "SCIPY_ARRAY_API": library.scipy_array_api,
        "UNIGRAD_CONSUMERS_BACKEND": backend,
        "UNIGRAD_BACKEND": backend or "numpy",
        "UNIGRAD_FLOAT": "float64",  # array_api_strict's default
        "OMP_NUM_THREADS": "1",
    }
    arguments = [
        *map(str, test_files(library, options.only)), *library.chosen, "-c", str(runs.HERE / "pytest.ini"),
        "--rootdir", str(top_of(library).parent), "-W", "ignore", *options.pytest_args,
    ]  # fmt: skip
    log = f"{options.log}-{library.module}-{backend or 'strict'}.log" if options.log else ""
    return runs.run_pytest(arguments, HERE / "plugin.py", environment, False, log)


def baseline(name: str, options: argparse.Namespace) -> dict[str, str]:
    """The outcomes on array_api_strict itself, kept from the last time."""
    versions = "-".join(importlib.metadata.version(p) for p in (name, "array-api-strict", "numpy"))
    only = re.sub(r"\W", "_", options.only)
    kept = ROOT / "build" / "consumers" / f"{name}-{versions}{'-' if only else ''}{only}.json"
    if options.baseline or not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        result = run_tests(LIBRARIES[name], "", options)
        kept.write_text(json.dumps(result), encoding="utf-8")
    outcomes: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))["outcomes"]
    return outcomes


def judge(name: str, backend: str, result: dict[str, Any], strict: dict[str, str]) -> int:
    """Tell the counts, what is new, and which rows nothing fails for any more; the number of new failures."""
    failed = runs.failed_in(result)
    alone = [n for n in failed if strict.get(n) == "passed"]
    known = runs.known_failures(HERE / "known.toml", backend, False, name)
    new = [n for n in alone if not any(k.covers(n) for k in known)]
    print(f"{name} on {backend}: {runs.counted(result['outcomes'])}")
    print(f"  array_api_strict: {runs.counted(strict)}")
    skipped = sum(strict.get(n) == "skipped" for n in failed)
    print(
        f"  failed where array_api_strict passes: {len(alone)}, of which {len(new)} new; where it is skipped: {skipped}"
    )
    runs.tell(new, result, known)
    return len(new)


def main() -> int:
    """Exit code 1 where a failure is new, or no test ran."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", nargs="*", choices=[*LIBRARIES, []], help="one or several (all)")
    parser.add_argument("--backend", action="append", choices=BACKENDS, help="one or several (all)")
    parser.add_argument("--only", default="", help="part of the path of the test files, like scipy's stats/")
    parser.add_argument("--baseline", action="store_true", help="run array_api_strict again, too")
    parser.add_argument("--log", default="", help="start of a file name for pytest's output")
    given, pytest_args = runs.split_arguments(sys.argv[1:])
    options = parser.parse_args(given)
    options.pytest_args = pytest_args
    new = 0
    for name in options.library or LIBRARIES:
        strict = baseline(name, options)
        for backend in options.backend or BACKENDS:
            result = run_tests(LIBRARIES[name], backend, options)
            new += judge(name, backend, result, strict)
            new += runs.nothing_passed(result, {"outcomes": strict}) + runs.strangers(result, strict)
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
