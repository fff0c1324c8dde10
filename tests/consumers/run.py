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
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
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


class Known(NamedTuple):
    """Failures with one reason: names with * for anything, on some backends, perhaps only where a tape listens."""

    tests: tuple[str, ...]
    backends: tuple[str, ...]
    reason: str
    taped: bool

    def covers(self, test: str) -> bool:
        """Whether a test is one of these."""
        return any(re.fullmatch(re.escape(t).replace(r"\*", ".*"), test) for t in self.tests)


def known_failures(library: str, backend: str, taped: bool) -> list[Known]:
    """The rows of the data file that are about this run."""
    rows = tomllib.loads((HERE / "known.toml").read_text(encoding="utf-8"))["known"]
    rows = [r for r in rows if r["library"] == library and backend in r["backends"]]
    found = [Known(tuple(r["tests"]), tuple(r["backends"]), r["reason"], r.get("taped", False)) for r in rows]
    return [k for k in found if taped or not k.taped]


def test_files(library: Library, only: str) -> list[str]:
    """The files of tests that are about the array API; `only` is part of their path."""
    found = importlib.util.find_spec(library.module)
    if found is None or not found.submodule_search_locations:
        sys.exit(f"{library.module} is not installed: make consumers, or pip install --group consumers")
    top = Path(found.submodule_search_locations[0])
    files = [f for f in sorted(top.rglob("test_*.py")) if re.search(library.says, f.read_text(encoding="utf-8"))]
    files = [f for f in files if only in str(f.relative_to(top)) and not {"vendoring", "run_deps"} & {*f.parts}]
    return [str(f) for f in files] or sys.exit(f"no test file of {library.module} has {only!r} in its path")


def run_tests(library: Library, backend: str, options: argparse.Namespace) -> dict[str, Any]:
    """Outcomes and messages of one run, on a backend of unigrad or (empty) on array_api_strict itself."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "outcomes.json"
        inside = (HERE, ROOT, ROOT / "backends", os.environ.get("PYTHONPATH", ""))
        env = os.environ | {
            "SCIPY_ARRAY_API": library.scipy_array_api,
            "UNIGRAD_CONSUMERS_BACKEND": backend,
            "UNIGRAD_CONSUMERS_OUT": str(out),
            "UNIGRAD_CONSUMERS_TAPE": "1" if options.tape else "",
            "UNIGRAD_BACKEND": backend or "numpy",
            "UNIGRAD_FLOAT": "float64",  # array_api_strict's default
            "JAX_ENABLE_X64": "1",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(str(p) for p in inside if str(p)),
        }
        command = [
            sys.executable, "-m", "pytest", *test_files(library, options.only), *library.chosen, "-q", "-p", "plugin",
            "-p", "no:cacheprovider", "-o", "xfail_strict=false", "-W", "ignore", "--tb=short", "-rN", *options.pytest_args,
        ]  # fmt: skip
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        if not out.exists():
            sys.exit(f"the tests did not run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        if options.log:
            Path(f"{options.log}-{library.module}-{backend or 'strict'}.log").write_text(done.stdout, encoding="utf-8")
        return json.loads(out.read_text())  # type: ignore[no-any-return]


def baseline(name: str, options: argparse.Namespace) -> dict[str, str]:
    """The outcomes on array_api_strict itself, kept from the last time."""
    versions = "-".join(importlib.metadata.version(p) for p in (name, "array-api-strict", "numpy"))
    only = re.sub(r"\W", "_", options.only)
    kept = ROOT / "build" / "consumers" / f"{name}-{versions}{'-' if only else ''}{only}.json"
    if options.baseline or not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        result = run_tests(LIBRARIES[name], "", argparse.Namespace(**vars(options) | {"tape": False}))
        kept.write_text(json.dumps(result), encoding="utf-8")
    outcomes: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))["outcomes"]
    return outcomes


def counted(outcomes: dict[str, str]) -> str:
    """How many passed, failed and were skipped."""
    return ", ".join(f"{sum(o == k for o in outcomes.values())} {k}" for k in ("passed", "failed", "skipped"))


def judge(name: str, backend: str, result: dict[str, Any], strict: dict[str, str], taped: bool) -> int:
    """Tell the counts, what is new, and which rows nothing fails for any more; the number of new failures."""
    failed = sorted(n for n, outcome in result["outcomes"].items() if outcome == "failed")
    alone = [n for n in failed if strict.get(n) == "passed"]
    known = known_failures(name, backend, taped)
    new = [n for n in alone if not any(k.covers(n) for k in known)]
    print(f"{name} on {backend}{' with a tape' if taped else ''}: {counted(result['outcomes'])}")
    print(f"  array_api_strict: {counted(strict)}")
    skipped = sum(strict.get(n) == "skipped" for n in failed)
    print(
        f"  failed where array_api_strict passes: {len(alone)}, of which {len(new)} new; where it is skipped: {skipped}"
    )
    for n in new:
        print(f"  new: {n}: {result['reasons'].get(n, '')}")
    for row in known:
        if not any(row.covers(n) for n in failed):
            print(f"  nothing fails any more of: {', '.join(row.tests)[:200]} ({row.reason})")
    return len(new)


def main() -> int:
    """Exit code 1 where a failure is new, or no test ran."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", nargs="*", choices=[*LIBRARIES, []], help="one or several (all)")
    parser.add_argument("--backend", action="append", choices=BACKENDS, help="one or several (all)")
    parser.add_argument("--only", default="", help="part of the path of the test files, like scipy's stats/")
    parser.add_argument("--tape", action="store_true", help="with a tape that watches every floating array")
    parser.add_argument("--baseline", action="store_true", help="run array_api_strict again, too")
    parser.add_argument("--log", default="", help="start of a file name for pytest's output")
    given = sys.argv[1:]
    cut = given.index("--") if "--" in given else len(given)  # what follows is pytest's
    options = parser.parse_args(given[:cut])
    options.pytest_args = given[cut + 1 :]
    new = 0
    for name in options.library or LIBRARIES:
        strict = baseline(name, options)
        for backend in options.backend or BACKENDS:
            result = run_tests(LIBRARIES[name], backend, options)
            new += judge(name, backend, result, strict, options.tape) or (0 if result["outcomes"] else 1)
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
