"""Runs programs in a framework's own interpreter: JSON {name: program} comes in, {"version": ..., "told": {name: what it prints}}
goes out. It needs nothing but the framework, and is run as a file, not imported: the framework may live in another environment.
"""

import contextlib
import importlib
import importlib.metadata
import io
import json
import os
import sys
import warnings


def printed(program: str) -> str:
    """What a program prints, or the error that ends it."""
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            exec(program, {})
    except Exception as e:  # noqa: BLE001  (whatever a framework raises is its answer)
        return f"{type(e).__name__}: {e}"
    return out.getvalue()


def main(native: str) -> None:
    """Read, run, write."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.update({"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"})
    warnings.simplefilter("ignore")
    programs = json.load(sys.stdin)
    module = importlib.import_module(native)
    version = getattr(module, "__version__", None) or importlib.metadata.version(native)
    told = {name: printed(program) for name, program in programs.items()}
    print(json.dumps({"version": version, "told": told}))


if __name__ == "__main__":
    main(sys.argv[1])
