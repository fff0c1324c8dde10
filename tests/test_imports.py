"""What importing unigrad brings along: NumPy, and nothing that is large."""

import pytest

from tests.helpers import run_python

LARGE = ("jax", "jaxlib", "torch", "tensorflow", "scipy", "matplotlib", "unigrad_jax", "unigrad_torch")


def loaded(code):
    done = run_python(f"{code}\nimport sys\nprint(*[m for m in {LARGE!r} if m in sys.modules])")
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("code", [
    "import unigrad",
    "import unigrad as ug; x = ug.asarray([1.0]); ug.sum(x * x)",
    "import unigrad as ug, numpy as np; ug.sin(np.ones(2)); ug.asarray([1.0]) * np.ones(1)",
    "import unigrad as ug; ug.asarray([1.0]).__array_namespace__().zeros(2)",
    "import unigrad as ug\ntry: ug.sin(object())\nexcept TypeError: pass",
    "import unigrad as ug, fractions\ntry: ug.asarray([1.0]) * fractions.Fraction(1)\nexcept TypeError: pass",
])  # fmt: skip
def test_numpy_alone(code):
    assert loaded(code) == []


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_one_backend_brings_its_own_library(name):
    other = {"jax": "torch", "torch": "jax"}[name]
    found = loaded(f"import unigrad as ug; ug.set_backend({name!r}); ug.sum(ug.ones(2) * 2)")
    assert name in found
    assert other not in found


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_an_array_of_a_library_brings_its_backend(name):
    make = {"jax": "jax.numpy.ones(2)", "torch": "torch.ones(2)"}[name]
    code = f"import {name}, unigrad as ug; t = ug.asarray({make}); assert t.backend.name == {name!r}; t * 2.0"
    assert ("torch" if name == "jax" else "jax") not in loaded(code.replace("import jax,", "import jax.numpy, jax,"))


def test_every_public_name_is_there():
    import unigrad as ug
    from unigrad.namespace import functions

    for name in functions():
        assert callable(getattr(ug, name)), name
        assert getattr(ug, name).__doc__, name
    assert issubclass(ug.UnigradError, Exception)


def test_importing_unigrad_does_not_import_what_few_programs_need():
    late = "numpy.random", "unigrad.linalg", "unigrad.fft", "unigrad.special", "unigrad.fallbacks"
    run = run_python(f"import sys, numpy, unigrad; print([m for m in {late} if m in sys.modules])")
    assert run.stdout.strip() == "[]", run.stdout + run.stderr


def test_a_star_import_has_every_name_and_a_plain_import_none_of_the_late_ones():
    import types

    import unigrad as ug

    found = {}
    exec("from unigrad import *", found)
    extensions = {"fft", "linalg", "special", "random"}
    public = {
        n for n in dir(ug)
        if not n.startswith("_") and (n in extensions or not isinstance(getattr(ug, n), types.ModuleType))
    }  # fmt: skip
    assert set(ug.__all__) == public == set(found) - {"__builtins__"}
    others = {"nn", "testing", "tf"}  # found as `ug.nn`, and no part of the namespace
    assert set(ug._MODULE_OF) - {"__array_namespace_info__"} - others <= public
    assert all(getattr(ug, name).__name__ == f"unigrad.{name}" for name in others)
    assert len(ug.__all__) == len(public)
