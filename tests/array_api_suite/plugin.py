"""A pytest plugin for the standard's own test suite: notes which tests fail, and on request keeps a tape busy all the while."""

import pytest
from recorder import (  # noqa: F401 - hooks
    pytest_collectreport,
    pytest_runtest_call,
    pytest_runtest_logreport,
    pytest_sessionfinish,
    watch_what_is_made,
)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before the suite takes the functions out of the module."""
    import unigrad

    watch_what_is_made(unigrad)
