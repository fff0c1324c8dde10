"""What a gradient frees is there for the next one."""

import platform
import sys

import pytest

from tests.helpers import run_python

CODE = """
import resource
import {imports}
import unigrad as ug

def chain(x):
    for _ in range(20):
        x = ug.sin(x) * x
    return ug.sum(x)

x = {x}
gradient = ug.grad(chain)
def faults(times):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        gradient(x)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults(5)
print(faults(20))
"""
X = {
    "numpy": ("numpy", "numpy.linspace(0.1, 1.0, 10_000)"),
    "torch": ("torch", "torch.linspace(0.1, 1.0, 10_000, dtype=torch.float64)"),
}


def faults(library, **env):
    imports, x = X[library]
    done = run_python(CODE.format(imports=imports, x=x), OMP_NUM_THREADS="1", **env)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or sys.platform != "linux", reason="what GNU's C library does"
)


@glibc
@pytest.mark.parametrize("library", X)
def test_the_next_gradient_need_not_ask_the_system_for_memory_again(library):
    # each gradient holds 3 to 5 MB, of 4,096 bytes a page: 16,000 faults where what it frees is given back
    assert faults(library) < 1000


@glibc
def test_a_bound_that_the_user_has_set_stays():
    assert faults("numpy", MALLOC_TRIM_THRESHOLD_="131072") > 5000
