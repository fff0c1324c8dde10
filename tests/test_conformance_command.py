"""The command, run as it is: what bad input gets, exit statuses, Ctrl-C. In float64 and float32 on small samples of ops."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.json_schema import errors
from tests.test_conformance_report import SCHEMA

pytest.importorskip("typer", reason="the command needs typer: pip install 'unigrad[conformance]'")

HERE = Path(__file__).parent
QUICK = ("-k", "acosh", "-n", "1")


def environment(**more):
    """As a user's: no settings of unigrad, and the plugins of this folder installed."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("UNIGRAD_", "JAX_", "PYTEST_"))}
    path = [str(HERE / "broken_plugins"), str(HERE / "strict_plugin"), *sys.path]
    return env | {"PYTHONPATH": os.pathsep.join(path), "COLUMNS": "100"} | more


def command(*arguments, **more):
    """The exit status, standard output and standard error of one run."""
    found = subprocess.run(
        [sys.executable, "-m", "unigrad_conformance", *map(str, arguments)],
        capture_output=True, text=True, timeout=300, env=environment(**more),
    )  # fmt: skip
    assert "Traceback" not in found.stderr, found.stderr
    return found.returncode, found.stdout, found.stderr


REFUSED = {
    "unknown backend": (
        ["-b", "nunpy"],
        2,
        ["unknown backend 'nunpy'", "did you mean 'numpy'", "Installed are", "torch"],
    ),
    "unknown backend of the environment": ([], 2, ["unknown backend 'nmupy'"]),
    "one good backend and one bad": (["-b", "numpy,tensorflow"], 2, ["unknown backend 'tensorflow'"]),
    "no such op": (["-k", "cholseky"], 2, ["'cholseky'", "did you mean 'cholesky'", "--list ops"]),
    "one good pattern and one bad": (["-k", "sin", "-k", "zzz*"], 2, ["'zzz*'"]),
    "no such check": (["--checks", "vpj against native"], 2, ["unknown check", "vjp against native", "There are:"]),
    "no such dtype": (["--dtypes", "flaot32"], 2, ["unknown dtype 'flaot32'", "did you mean 'float32'"]),
    "a dtype that the backend has not": (
        ["-b", "strict", "--dtypes", "bfloat16"],
        2,
        ["'strict' has no bfloat16", "float64"],
    ),
    "no such device": (["-b", "numpy", "--device", "cuda:7"], 2, ["numpy", "no device 'cuda:7'", "cpu"]),
    "no such device of torch": (["-b", "torch:cuda:7"], 2, ["torch", "cuda:7", "cpu"]),
    "a subject without autodiff": (["--subject", "numpy"], 2, ["numpy has no autodiff of its own"]),
    "a subject and a backend": (["--subject", "torch", "-b", "numpy"], 2, ["--backend", "'unigrad' to --subject"]),
    "orders": (["--orders", "4"], 2, ["--orders"]),
    "workers": (["--workers", "-2"], 2, ["--workers"]),
    "thoroughness": (["--thoroughness", "slow"], 2, ["--thoroughness", "exhaustive"]),
    "an option that is none": (["--opps", "sin"], 2, ["--opps"]),
    "json: no folder": (["--json", "/no/such/folder/r.json"], 2, ["--json", "/no/such/folder", "make it first"]),
    "html: a folder": (["--html", "/"], 2, ["--html /", "this is a folder"]),
    "html to standard output": (["--html", "-"], 2, ["--html needs a file"]),
    "one file for both": (["--html", "r", "--json", "r"], 2, ["same file"]),
    "json: not to be written": (["--json", "/proc/r.json"], 2, ["/proc/r.json", "cannot be written"]),
    "a plugin whose module is not there": (["-b", "absent"], 3, ["'absent'", "cannot be imported"]),
    "a plugin that raises on import": (["-b", "raises"], 3, ["'raises'", "RuntimeError", "another version"]),
    "a plugin that dies on import": (["-b", "dies"], 3, ["'dies'", "ended with status 5"]),
    "a plugin that is none": (["-b", "nothing"], 3, ["'nothing'", "no subclass of unigrad.Backend"]),
    "a plugin whose arrays have lost their shape": (["-b", "flat"], 3, ["backend 'flat'", "shape is wrong", "(3,)"]),
    "a plugin whose arrays come back cut": (["-b", "cut"], 3, ["backend 'cut'", "to_numpy is wrong"]),
    "two that are wrong": (["-b", "cut,raises"], 3, ["backend 'cut'", "backend 'raises'"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, tmp_path):
    arguments, status, words = REFUSED[name]
    more = {"UNIGRAD_BACKEND": "nmupy"} if "environment" in name else {}
    report = tmp_path / "never.json"
    reports = [] if any(a in ("--json", "--html") for a in arguments) else ["--json", report]
    code, out, err = command("-n", "1", *arguments, *reports, **more)
    assert (code, out) == (status, ""), err
    flat = " ".join(err.replace("│", " ").split())
    assert [w for w in words if w not in flat] == [], err
    assert not report.exists()


def test_all_agree(tmp_path):
    paths = tmp_path / "r.json", tmp_path / "r.html"
    code, out, err = command("-b", "numpy", "-k", "acosh,A abs*", "-n", "1", "--json", paths[0], "--html", paths[1])
    assert (code, err) == (0, "")
    assert "✓ all agree" in out
    data = json.loads(paths[0].read_text(encoding="utf-8"))
    assert not list(errors(SCHEMA, data))
    assert {c["op"] for c in data["cells"]} >= {"acosh", "A abs at -0,0"}
    assert data["summary"]["units"]["planned"] == data["summary"]["units"]["done"] == len(data["ops"])
    assert data["plan"]["ops"] == ["acosh", "A abs*"]
    assert data["versions"]["unigrad"]
    assert "</html>" in paths[1].read_text(encoding="utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.html", "r.json"]


def test_json_on_standard_output_alone():
    code, out, err = command("-b", "numpy", *QUICK, "--json", "-", "--checks", "value", "--dtypes", "float32")
    data = json.loads(out)
    assert code == 0
    assert "all agree" in err
    assert {(c["op"], c["check"]) for c in data["cells"]} == {("acosh", "value")}
    assert data["plan"]["dtypes"] == ["float32"]


def test_options_by_the_environment():
    more = {
        "UNIGRAD_CONFORMANCE_OPS": "acosh",
        "UNIGRAD_CONFORMANCE_CHECKS": "value",
        "UNIGRAD_CONFORMANCE_WORKERS": "0",
    }
    code, out, _ = command("-b", "numpy", "--json", "-", **more)
    assert code == 0
    assert json.loads(out)["plan"]["ops"] == ["acosh"]


def test_wrong_shapes_are_failures_and_not_the_end(tmp_path):
    path = tmp_path / "r.json"
    code, out, err = command("-b", "cosh", "-k", "cosh,tanh", "-n", "1", "--json", path)
    assert code == 1, out + err
    data = json.loads(path.read_text(encoding="utf-8"))
    assert not list(errors(SCHEMA, data))
    assert {f["op"] for f in data["failures"]} == {"cosh", "acosh"}  # whose second derivative has cosh in it
    assert {c["op"] for c in data["cells"] if c["status"] == "passed"} >= {"tanh"}
    first = next(f for f in data["failures"] if f["check"] == "value" and f["op"] == "cosh")
    assert "shape" in first["detail"]
    assert "✗ acosh on cosh" in out
    assert "import unigrad as ug" in first["script"]


def test_a_worker_that_dies_is_a_failure_and_not_the_end(tmp_path):
    path = tmp_path / "r.json"
    code, out, err = command("-b", "fatal", "-k", "cosh,tanh", "-n", "1", "--json", path)
    assert code == 1, out + err
    data = json.loads(path.read_text(encoding="utf-8"))
    assert {(f["op"], f["check"]) for f in data["failures"]} == {("cosh", "runs"), ("acosh", "runs")}
    assert all("SIGSEGV" in f["detail"] for f in data["failures"])
    assert "tanh" in {c["op"] for c in data["cells"] if c["status"] == "passed"}


@pytest.fixture
def interrupted(tmp_path):
    """A run that stands in the middle: log1p is done, cosh goes on for ever. Also the process of its worker."""
    mark = tmp_path / "mark"
    arguments = [
        "-b",
        "slow",
        "-k",
        "log1p,cosh",
        "-n",
        "1",
        "--json",
        tmp_path / "r.json",
        "--html",
        tmp_path / "r.html",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "unigrad_conformance", *map(str, arguments)], start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(UNIGRAD_TEST_MARK=str(mark)),
    )  # fmt: skip
    until = time.monotonic() + 120
    while not (mark.exists() and mark.read_text()):
        assert time.monotonic() < until, "the run did not start"
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    yield process, int(mark.read_text())
    if process.poll() is None:
        process.kill()
    process.communicate()


def gone(pid):
    """Whether a process ends within a few seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_ctrl_c_keeps_what_was_found(interrupted, tmp_path):
    process, worker = interrupted
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "interrupted" in err
    assert "so far" in out
    data = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert not list(errors(SCHEMA, data))
    assert data["interrupted"] is True
    units = data["summary"]["units"]
    assert 0 < units["done"] < units["planned"]
    assert {c["op"] for c in data["cells"]} == {"log1p"}
    assert '"interrupted":true' in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert gone(worker)


def test_a_second_ctrl_c_leaves_at_once(interrupted, tmp_path):
    process, worker = interrupted
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.3)  # the worker is deaf, so the first one waits for it
    os.killpg(process.pid, signal.SIGINT)
    start = time.monotonic()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert time.monotonic() - start < 10
    assert "left at once" in err
    assert "Traceback" not in err
    assert gone(worker)
    assert not (tmp_path / "r.json").exists()


def test_without_typer_it_says_what_to_install():
    program = (
        "import sys; sys.modules['typer'] = None; from unigrad_conformance.command import main; sys.exit(main([]))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment())
    assert found.returncode == 2
    assert "pip install 'unigrad[conformance]'" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("ops", ["cholesky", "row"]),
        ("checks", ["vjp against native"]),
        ("dtypes", ["float32"]),
        ("backends", ["numpy", "on cpu", "raises"]),
    ],
)
def test_listing(what, words):
    code, out, _ = command("--list", what)
    assert code == 0
    assert [w for w in words if w not in out] == []
