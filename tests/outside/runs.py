"""What the runs of other people's tests share: the data file of known failures, one run of pytest, the words for its result."""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Known(NamedTuple):
    """Failures with one reason: names with * for anything, on some backends, perhaps only where a tape listens."""

    tests: tuple[str, ...]
    backends: tuple[str, ...]
    reason: str
    taped: bool

    def covers(self, test: str) -> bool:
        """Whether a test is one of these."""
        return any(re.fullmatch(re.escape(t).replace(r"\*", ".*"), test) for t in self.tests)


def known_failures(file: Path, backend: str, taped: bool, library: str | None = None) -> list[Known]:
    """The rows of a data file that are about one run."""
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["known"]
    found = [
        Known(tuple(r["tests"]), tuple(r["backends"]), r["reason"], r.get("taped", False))
        for r in rows
        if r.get("library") == library
    ]
    return [k for k in found if backend in k.backends and (taped or not k.taped)]


def failed_in(result: dict[str, Any]) -> list[str]:
    """The names of the tests that failed, in order."""
    return sorted(name for name, outcome in result["outcomes"].items() if outcome == "failed")


def counted(outcomes: dict[str, str]) -> str:
    """How many passed, failed and were skipped."""
    return ", ".join(f"{sum(o == k for o in outcomes.values())} {k}" for k in ("passed", "failed", "skipped"))


def nothing_passed(*results: dict[str, Any]) -> bool:
    """Whether in one of the runs no test passed at all: then it says nothing, and a run that says nothing is no good one."""
    found = any("passed" not in r["outcomes"].values() for r in results)
    if found:
        print("  no test passed: see what the tests print with --log")
    return found


def strangers(result: dict[str, Any], baseline: dict[str, str]) -> bool:
    """Whether two runs name their tests differently: then no failure is found in the baseline, and none would be told."""
    found = len(result["outcomes"].keys() & baseline.keys()) * 2 < len(result["outcomes"])
    if found:
        example = next(iter(result["outcomes"])), next(iter(baseline), "nothing")
        print(f"  the baseline is of other tests: {example[0]} here, {example[1]} there: run it again with --baseline")
    return found


def tell(new: Sequence[str], result: dict[str, Any], known: Sequence[Known]) -> None:
    """Each new failure with its reason, and the rows that nothing fails for any more."""
    for name in new:
        print(f"  new: {name}: {result['reasons'].get(name, '')}")
    failed = failed_in(result)
    for row in known:
        if not any(row.covers(name) for name in failed):
            print(f"  nothing fails any more of: {', '.join(row.tests)[:200]} ({row.reason})")


def run_pytest(
    arguments: Sequence[str],
    plugin: Path,
    environment: dict[str, str],
    taped: bool,
    log: str,
    folder: Path | None = None,
) -> dict[str, Any]:
    """Outcomes and messages of one run of pytest with a plugin, in a folder of its own if none is given; `log`: a file's name."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "outcomes.json"
        inside = (plugin.parent, HERE, ROOT, ROOT / "backends", os.environ.get("PYTHONPATH", ""))
        env = os.environ | environment | {
            "UNIGRAD_SUITE_OUT": str(out),
            "UNIGRAD_SUITE_TAPE": "1" if taped else "",
            "JAX_ENABLE_X64": "1",
            "PYTHONPATH": os.pathsep.join(str(p) for p in inside if str(p)),
        }  # fmt: skip
        command = [
            sys.executable, "-m", "pytest", *arguments, "-q", "-p", plugin.stem, "-p", "no:cacheprovider", "--tb=short", "-rN"
        ]  # fmt: skip
        done = subprocess.run(command, cwd=folder or temporary, env=env, capture_output=True, text=True, check=False)
        if not out.exists():
            sys.exit(f"the tests did not run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        if log:
            Path(log).write_text(done.stdout, encoding="utf-8")
        return json.loads(out.read_text())  # type: ignore[no-any-return]


def split_arguments(given: list[str]) -> tuple[list[str], list[str]]:
    """The arguments of a run, and after ``--`` those of pytest."""
    cut = given.index("--") if "--" in given else len(given)
    return given[:cut], given[cut + 1 :]
