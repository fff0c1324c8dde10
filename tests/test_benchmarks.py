"""The benchmarks can be imported: what they measure with has not moved away. Nothing is measured here."""

import importlib
import pkgutil

import pytest

import benchmarks


@pytest.mark.parametrize("name", [m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name != "__main__"])
def test_each_can_be_imported(name):
    try:
        importlib.import_module(f"benchmarks.{name}")
    except ModuleNotFoundError as e:
        if e.name not in ("autograd", "mygrad"):  # peers, which only `make bench` installs
            raise
