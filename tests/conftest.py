"""What every test has: one thread a library, 64-bit JAX, a fourth backend as a third party would bring it, and `backend`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the test workers already fill the cores

# A distribution of its own, with its own entry point: what `pip install examples/backend_strict` would put here.
sys.path.insert(0, str(Path(__file__).parent / "strict_plugin"))
sys.path.insert(0, str(Path(__file__).parent.parent / "examples" / "backend_strict"))

import jax
import pytest
from hypothesis import settings

import unigrad as ug
from unigrad.backend import Backend

# The same examples in every run; others by --hypothesis-profile=default.
settings.register_profile("same", derandomize=True, database=None)
settings.load_profile("same")

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_disable_most_optimizations", True)  # the tests compile much and compute little
# What JAX compiled in the last run; a folder for each worker, for two that write one file would read it half written.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
jax.config.update("jax_compilation_cache_dir", str(Path(__file__).parent.parent / ".pytest_cache" / "jax" / _worker))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


#: pages of memory from which on a worker forgets what JAX compiled: thousands of small programs are gigabytes
_MUCH = 3 * 1024**3 // os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module", autouse=True)
def _not_too_much() -> Iterator[None]:
    yield
    if os.path.exists("/proc/self/statm"):
        with open("/proc/self/statm", encoding="ascii") as file:
            resident = int(file.read().split()[1])
        if resident > _MUCH:
            jax.clear_caches()


@pytest.fixture(autouse=True)
def _same_numbers() -> None:
    """Weights and noise that a test does not seed are the same in every run: what fails once fails again."""
    ug.random.set_seed(0)


@pytest.fixture(params=["numpy", "jax", "torch"])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Each backend in turn, as the one that makes new arrays."""
    with ug.use_backend(request.param) as chosen:
        yield chosen


@pytest.fixture
def double(backend: Backend) -> Iterator[Backend]:
    """Each backend in turn, with float64 for new arrays of Python floats on all of them."""
    ug.set_default_dtype(ug.float64)
    yield backend
    ug.set_default_dtype(None)
