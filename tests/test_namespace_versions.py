"""`__array_namespace__` for versions of the standard that unigrad follows, and for others; the constants."""

import math

import pytest

import unigrad as ug
from unigrad.namespace import VERSIONS


@pytest.mark.parametrize("version", [None, *VERSIONS])
def test_known_versions_give_the_one_namespace(version, backend):
    x = ug.asarray([1.0])
    assert x.__array_namespace__(api_version=version) is x.__array_namespace__()
    assert x.__array_namespace__().__array_api_version__ == ug.__array_api_version__ == VERSIONS[-1]


@pytest.mark.parametrize("version", ["2025.12", "2031.01", "", "2024", 2024.12, ["2024.12"], object()])
def test_other_versions_are_an_error_that_names_those_that_are_known(version, backend):
    with pytest.raises(ug.VersionError, match=r"2021\.12, .*2024\.12, not "):
        ug.asarray([1.0]).__array_namespace__(api_version=version)
    assert issubclass(ug.VersionError, ValueError)


@pytest.mark.parametrize("where", ["unigrad", "namespace"])
def test_constants(where, backend):
    xp = ug if where == "unigrad" else ug.asarray([1.0]).__array_namespace__()
    assert (xp.pi, xp.e, xp.inf, xp.newaxis) == (math.pi, math.e, math.inf, None)
    assert math.isnan(xp.nan)
    assert all(type(c) is float for c in (xp.pi, xp.e, xp.inf, xp.nan))
    x = ug.asarray([1.0, 2.0], dtype=ug.float32)
    assert (x * xp.pi).dtype == ug.float32
    assert x[:, xp.newaxis].shape == (2, 1)
