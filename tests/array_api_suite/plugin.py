"""A pytest plugin for the standard's own test suite: notes which tests fail, and on request keeps a tape busy all the while.

UNIGRAD_SUITE_OUT names the file for the outcomes. With UNIGRAD_SUITE_TAPE=1 each test runs inside a GradientTape that watches
every floating array that the test makes, so all that it computes is recorded.
"""

import contextlib
import functools
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

outcomes: dict[str, str] = {}
reasons: dict[str, str] = {}
tapes: list[Any] = []
MAKERS = (
    "arange", "asarray", "empty", "empty_like", "eye", "full", "full_like", "linspace", "ones", "ones_like", "zeros",
    "zeros_like",
)  # fmt: skip


def named(nodeid: str) -> str:
    """A test's name without its folder."""
    return nodeid.removeprefix("array_api_tests/")


def watched(make: Any) -> Any:
    """A creation function whose arrays the tape in force watches."""

    @functools.wraps(make)
    def call(*args: Any, **kwargs: Any) -> Any:
        out = make(*args, **kwargs)
        if tapes and out.dtype.kind in "fc":
            tapes[-1].watch(out)
        return out

    return call


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before the suite takes the functions out of the module."""
    if os.environ.get("UNIGRAD_SUITE_TAPE"):
        import unigrad

        for name in MAKERS:
            setattr(unigrad, name, watched(getattr(unigrad, name)))


@contextlib.contextmanager
def recording() -> Iterator[None]:
    """A tape in force, whatever the test raises."""
    import unigrad

    with unigrad.GradientTape() as tape:
        tapes.append(tape)
        try:
            yield
        finally:
            tapes.pop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Each test with its own tape."""
    with recording() if os.environ.get("UNIGRAD_SUITE_TAPE") else contextlib.nullcontext():
        return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """The worst outcome of a test's parts."""
    name = named(report.nodeid)
    if report.when == "call" or report.failed or report.skipped:
        outcomes[name] = "failed" if "failed" in (report.outcome, outcomes.get(name)) else report.outcome
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            reasons[name] = str(crash.message if crash else report.longrepr).splitlines()[0][:200]


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot even be collected is a failure of its name."""
    if report.failed:
        outcomes[named(report.nodeid)] = "failed"
        reasons[named(report.nodeid)] = str(report.longrepr).strip().splitlines()[-1][:200]


def pytest_sessionfinish() -> None:
    """Hand the outcomes over."""
    with open(os.environ["UNIGRAD_SUITE_OUT"], "w") as file:
        json.dump({"outcomes": outcomes, "reasons": reasons}, file)
