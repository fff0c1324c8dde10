"""`make demo`: it runs on every backend with warnings as errors, and the loss curves are the same to rounding.

Measured when this was written: the largest relative difference between two backends' curves is 1.4e-15 (float64).
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.helpers import BACKENDS, run_python

DEMO = Path(__file__).parents[1] / "examples" / "demo.py"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What the demo printed and wrote, for each backend; the three run side by side."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("UNIGRAD_", "JAX_"))}
    started = {}
    for name in BACKENDS:
        out = tmp_path_factory.mktemp(name)
        command = [sys.executable, "-W", "error", str(DEMO), "--out", str(out)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env | {"UNIGRAD_BACKEND": name}
        )
        started[name] = process, out
    found = {}
    for name, (process, out) in started.items():
        text, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        found[name] = text, json.loads((out / f"penguins_{name}.json").read_text()), out
    return found


@pytest.mark.parametrize("name", BACKENDS)
def test_what_it_shows(runs, name):
    text, run, out = runs[name]
    lines = [line.strip() for line in text.splitlines()]
    for line in ("6.0", "dense/kernel:0, shape: (3, 2)", "dense/bias:0, shape: (2,)", "[(3, 2), (2,)]", "-1.0"):
        assert line in lines
    assert "<tf.Variable 'w:0' shape=(3, 2) dtype=float32, numpy=" in lines
    assert f"{run['accuracy']:.1%}" in text
    assert (out / f"penguins_{name}.png").stat().st_size > 20_000


@pytest.mark.parametrize("name", BACKENDS)
def test_it_learns(runs, name):
    run = runs[name][1]
    assert run["backend"] == name
    assert run["accuracy"] > 0.95
    assert run["correct"] == round(run["accuracy"] * run["held_out_count"])
    assert run["train_loss"][-1] < 0.05 * run["train_loss"][0]


@pytest.mark.parametrize("curve", ["train_loss", "held_out_loss"])
@pytest.mark.parametrize("name", ["jax", "torch"])
def test_all_backends_reach_the_same_curve(runs, name, curve):
    one, other = np.array(runs["numpy"][1][curve]), np.array(runs[name][1][curve])
    np.testing.assert_allclose(other, one, rtol=1e-11)
    assert runs[name][1]["said"] == runs["numpy"][1]["said"]


def test_an_unknown_backend_is_told_in_one_line(tmp_path):
    env = os.environ | {"UNIGRAD_BACKEND": "nonsuch"}
    done = subprocess.run(
        [sys.executable, str(DEMO), "--out", str(tmp_path)], capture_output=True, text=True, env=env, timeout=120
    )
    assert done.returncode == 2
    assert "nonsuch" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", BACKENDS)
def test_the_code_in_the_readme(name):
    text = (DEMO.parents[1] / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    done = run_python("".join(blocks), UNIGRAD_BACKEND=name, PYTHONWARNINGS="error")
    assert done.returncode == 0, done.stderr
    assert "<unigrad.Variable 'w:0' shape=(2, 1)" in done.stdout
    assert "dense/kernel:0 (3, 2)\ndense/bias:0 (2,)\n" in done.stdout
    assert "backend=torch [ 0.0900" in done.stdout
    names: dict = {}
    exec(compile(blocks[2], "README.md", "exec"), names)
    assert type(names["grads"]["w"]) is np.ndarray
    np.testing.assert_allclose(names["curvature"], [0.0, 3.0, 2.0])
