"""Ten programs with tapes inside tapes, of the kind that papers and guides teach, each with a picture.

    UNIGRAD_BACKEND=numpy python examples/programs/run.py [NAME ...]     or: make examples BACKENDS="numpy jax torch"

Every program is written in TensorFlow's names alone. `--tensorflow` runs the very same files on TensorFlow itself and writes
its numbers to tensorflow.json; without it, the numbers are compared with these, and a difference is an error.
"""

import argparse
import importlib
import json
import os
import sys
import time
import types
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
NAMES = (
    "pinn", "wgan_gp", "maml", "newton", "clipping", "neural_ode", "jacobian", "hypergradient", "curvature", "lorenz",
)  # fmt: skip
KEPT = HERE / "tensorflow.json"
#: hundreds of training steps carry the rounding of the first into the last
RTOL, ATOL = 1e-6, 1e-9


def digest(value: Any) -> dict[str, float]:
    """A few numbers that stand for a result of any shape: its size, its sum and norm, its weighted sum, its last element."""
    flat = np.asarray(value, dtype=np.float64).reshape(-1)
    weights = np.cos(np.arange(flat.size))
    return {
        "size": flat.size, "sum": float(flat.sum()), "norm": float(np.linalg.norm(flat)),
        "weighted": float(flat @ weights), "last": float(flat[-1]),
    }  # fmt: skip


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Where two digests of a program's results differ, in words."""
    told = [f"{key}: only one side has it" for key in ours.keys() ^ theirs.keys()]
    for key in ours.keys() & theirs.keys():
        scale = abs(theirs[key]["norm"]) + ATOL
        told += [
            f"{key}, {what}: {ours[key][what]!r}, TensorFlow {theirs[key][what]!r}"
            for what in theirs[key]
            if abs(ours[key][what] - theirs[key][what]) > RTOL * scale
        ]
    return told


def picture(program: Any, name: str, found: dict[str, Any], folder: Path, where: str) -> Path:
    """Draw what a program found."""
    import matplotlib

    matplotlib.use("Agg")  # no display is needed
    import matplotlib.pyplot as plt

    title = program.__doc__.partition("\n")[0]
    style = {
        "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left",
        "axes.titlesize": 11,
    }  # fmt: skip
    with plt.rc_context(style):
        figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        program.draw(axes, found)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}_{where}.png"
        figure.savefig(path, dpi=120, facecolor="white")
        plt.close(figure)
    return path


def main() -> int:
    """Exit code 1 where a number differs from TensorFlow's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="one or several (all)")
    parser.add_argument("--out", type=Path, default=HERE.parent / "out" / "programs", help="folder for the pictures")
    parser.add_argument("--tensorflow", action="store_true", help="run on TensorFlow itself, and keep its numbers")
    options = parser.parse_args()
    names = options.names or NAMES
    sys.path.insert(0, str(HERE))
    if options.tensorflow:
        import tensorflow

        house = types.ModuleType("unigrad")
        house.tf = tensorflow  # type: ignore[attr-defined]
        sys.modules.update({"unigrad": house, "unigrad.tf": tensorflow})
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    where = os.environ.get("UNIGRAD_BACKEND", "numpy").replace(":", "_")
    failed = 0
    for name in names:
        program = importlib.import_module(name)
        start = time.perf_counter()
        found = program.run()
        seconds = time.perf_counter() - start
        numbers = {key: digest(value) for key, value in found.items()}
        if options.tensorflow:
            kept[name] = numbers
            print(f"{name:14} {seconds:6.1f} s on TensorFlow")
            continue
        told = differences(numbers, kept.get(name, {}))
        failed += bool(told)
        path = picture(program, name, found, options.out, where)
        print(f"{name:14} {seconds:6.1f} s  {'as TensorFlow' if not told else 'DIFFERS'}  {path}")
        for line in told:
            print(f"    {line}")
    if options.tensorflow:
        KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    # unigrad on JAX computes in float64 where JAX is asked to
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    sys.exit(main())
