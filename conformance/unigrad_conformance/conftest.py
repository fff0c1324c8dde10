"""``pytest --pyargs unigrad_conformance``: what is asked for, by the environment variables of the command's options."""

import functools
import os

import pytest

from unigrad_conformance.command.exits import Refused
from unigrad_conformance.command.request import Request, number, request
from unigrad_conformance.plan import Plan
from unigrad_conformance.shares import lines
from unigrad_conformance.workers import ENVIRONMENT

for _name, _value in ENVIRONMENT.items():  # before any library is imported
    os.environ.setdefault(_name, _value)


@functools.cache
def asked() -> Request | Refused:
    """The request, as the command would make it, or why there is none."""

    def said(name: str, default: str = "") -> str:
        return os.environ.get(f"UNIGRAD_CONFORMANCE_{name}") or default

    try:
        return request(
            [said("SUBJECT")], [said("BACKEND")], said("DEVICE"), [said("OPS")], [said("CHECKS")], [said("DTYPES")],
            number("orders", said("ORDERS", "3"), 1, 3), number("seed", said("SEED", "0"), 0),
            said("THOROUGHNESS", "quick"), workers=0, json="", html="",
            random_programs=number("programs", said("PROGRAMS"), 0) if said("PROGRAMS") else None,
        )  # fmt: skip
    except Refused as e:
        return e


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each unit; one that says it, when what is asked for is not there."""
    found = asked()
    if "unit" in metafunc.fixturenames and isinstance(found, Refused):
        metafunc.parametrize("unit", [found], ids=["what is asked for"])
    elif "unit" in metafunc.fixturenames:
        metafunc.parametrize("unit", found.units, ids=str)


def pytest_report_header() -> list[str]:
    """What a quick run takes a share of."""
    found = asked()
    return [] if isinstance(found, Refused) else lines(found.shares, found.plan)


@pytest.fixture
def plan() -> Plan:
    """How each is checked."""
    found = asked()
    return Plan() if isinstance(found, Refused) else found.plan
