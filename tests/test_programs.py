"""examples/programs: each runs as a user would run it, with TensorFlow's numbers, and leaves a picture."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent.parent / "examples" / "programs"
OTHERS = [pytest.param(b, marks=pytest.mark.sweep) for b in ("jax", "torch")]


def run(backend, *arguments):
    environment = {**os.environ, "UNIGRAD_BACKEND": backend, "OMP_NUM_THREADS": "1", "JAX_ENABLE_X64": "1"}
    command = [sys.executable, "-W", "error::DeprecationWarning", str(PROGRAMS / "run.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("backend", ["numpy", *OTHERS])
def test_programs_give_tensorflows_numbers(backend, tmp_path):
    done = run(backend, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    kept = json.loads((PROGRAMS / "tensorflow.json").read_text(encoding="utf-8"))
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"{name}_{backend}.png" for name in kept)
    assert len(kept) == 10


def test_programs_are_short():
    for path in PROGRAMS.glob("*.py"):
        if path.name not in ("run.py", "common.py"):
            assert len(path.read_text(encoding="utf-8").splitlines()) < 80, path.name


def test_a_wrong_number_is_told(tmp_path):
    """The comparison can fail: TensorFlow's numbers of another program are not these."""
    sys.path.insert(0, str(PROGRAMS))
    try:
        from run import differences, digest
    finally:
        sys.path.remove(str(PROGRAMS))
    a, b = {"x": digest([1.0, 2.0, 3.0])}, {"x": digest([1.0, 2.0, 3.00001])}
    assert not differences(a, a)
    assert differences(a, b)
    assert differences(a, {}) == ["x: only one side has it"]
