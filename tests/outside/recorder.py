"""What the plugins for other people's tests share: the outcome of each test in a file, and on request a tape busy all the while.

UNIGRAD_SUITE_OUT names the file for the outcomes. With UNIGRAD_SUITE_TAPE=1 each test runs inside a GradientTape; what `watched`
makes is watched by it, so all that is computed from that is recorded. A plugin imports the hooks from here.
"""

import contextlib
import functools
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

TAPE = bool(os.environ.get("UNIGRAD_SUITE_TAPE"))
MAKERS = (
    "arange", "asarray", "empty", "empty_like", "eye", "full", "full_like", "linspace", "ones", "ones_like", "zeros",
    "zeros_like",
)  # fmt: skip
outcomes: dict[str, str] = {}
reasons: dict[str, str] = {}
tapes: list[Any] = []


def watch_what_is_made(module: Any) -> None:
    """From now on the tape in force watches every floating array that the module's creation functions make."""
    if TAPE:
        for name in MAKERS:
            setattr(module, name, watched(getattr(module, name)))


def watched(make: Any) -> Any:
    """A creation function whose arrays the tape in force watches."""

    @functools.wraps(make)
    def call(*args: Any, **kwargs: Any) -> Any:
        out = make(*args, **kwargs)
        if tapes and out.dtype.kind in "fc":
            tapes[-1].watch(out)
        return out

    return call


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
    with recording() if TAPE else contextlib.nullcontext():
        return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """The worst outcome of a test's parts; an expected failure counts as skipped."""
    name = report.nodeid
    if report.when == "call" or report.failed or report.skipped:
        outcomes[name] = "failed" if "failed" in (report.outcome, outcomes.get(name)) else report.outcome
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            reasons[name] = (str(crash.message if crash else report.longrepr).strip().splitlines() or [""])[0][:300]


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot even be collected is a failure of its name."""
    if report.failed:
        outcomes[report.nodeid] = "failed"
        reasons[report.nodeid] = str(report.longrepr).strip().splitlines()[-1][:300]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the outcomes over; under xdist the workers have sent theirs to the one that started them."""
    if not hasattr(session.config, "workerinput"):
        with open(os.environ["UNIGRAD_SUITE_OUT"], "w") as file:
            json.dump({"outcomes": outcomes, "reasons": reasons}, file)
